"""The illustrations by name, drawn once and the same every time."""

from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from adserver.demo import scenes_country, scenes_town

SCENES: Mapping[str, Callable[[Random], str]] = {
    scene.__name__: scene
    for scene in (
        scenes_country.bridge,
        scenes_country.forest,
        scenes_country.greenhouse,
        scenes_country.harbour,
        scenes_country.landslide,
        scenes_country.mountains,
        scenes_country.olive,
        scenes_country.orchard,
        scenes_country.road,
        scenes_country.ruins,
        scenes_country.solar,
        scenes_country.walk,
        scenes_town.bicycle,
        scenes_town.kilim,
        scenes_town.library,
        scenes_town.market,
        scenes_town.rain,
        scenes_town.school,
        scenes_town.soup,
        scenes_town.stadium,
        scenes_town.stage,
        scenes_town.volleyball,
    )
}


@cache
def picture_svg(name: str) -> str:
    """Return the SVG document of a scene. Raises KeyError for a name that is not in SCENES."""
    return SCENES[name](Random(name))
