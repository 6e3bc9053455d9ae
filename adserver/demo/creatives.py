"""The demo's image creatives: a brand's words and drawing, laid out for each size and drawn with Pillow."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

from adserver.demo.art import draw_art
from adserver.demo.brands import Brand, brands
from adserver.inventory.model import Size

SIZES = (Size(970, 250), Size(728, 90), Size(320, 100), Size(300, 250))
# Drawn twice as large and reduced, which smooths the edges that Pillow leaves jagged.
_SCALE = 2
_INK = "#141a22"


class Layout(NamedTuple):
    """Where things stand in a size, in CSS pixels; `art` is the drawing's left, top and side."""

    art: tuple[int, int, int]
    name: tuple[int, int, int]
    slogan: tuple[int, int, int]
    slogan_width: int
    line: tuple[int, int, int] | None
    call: tuple[int, int, int]


# Texts are (left, top, font size); the line comes below the slogan's last line, `line` gives its left and its gap.
# A button whose left is negative ends so far from the right edge.
LAYOUTS = {
    Size(970, 250): Layout((670, -25, 300), (48, 34, 19), (46, 70, 46), 620, (48, 8, 20), (48, 186, 18)),
    Size(728, 90): Layout((14, 3, 84), (116, 13, 13), (115, 28, 26), 450, (116, 3, 14), (-22, 29, 15)),
    Size(320, 100): Layout((222, 1, 98), (14, 8, 11), (13, 23, 18), 206, None, (14, 70, 11)),
    Size(300, 250): Layout((146, 108, 144), (20, 16, 14), (19, 36, 27), 266, (20, 5, 14), (20, 202, 14)),
}


def file_name(brand: str, size: Size) -> str:
    return f"{brand}-{size}.png"


def draw_missing(folder: Path) -> None:
    """Draw every brand in every size into the folder; what is there already stays."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = ((brand, size, folder / file_name(brand.key, size)) for brand in brands().values() for size in SIZES)
    for brand, size, path in wanted:
        if not path.exists():
            save(draw_creative(brand, size), path)


def save(image: Image.Image, path: Path) -> None:
    """Write the file whole or not at all: a half-written picture would be taken for a finished one."""
    part = path.with_suffix(".part")
    image.save(part, "PNG", compress_level=4)
    part.replace(path)


def draw_creative(brand: Brand, size: Size) -> Image.Image:
    layout = LAYOUTS[size]
    main, deep, accent = brand.colours
    image = _ground(size, main, deep)
    _place_art(image, brand, layout)
    draw = ImageDraw.Draw(image)
    _write(draw, layout.name, brand.name, "SemiBold", accent)
    bottom = _write_lines(draw, layout.slogan, brand.slogan, layout.slogan_width)
    if layout.line:
        left, gap, font_size = layout.line
        _write(draw, (left, bottom + gap, font_size), brand.line, "Medium", "#f0f3f7", layout.slogan_width)
    _button(draw, layout.call, brand.call, accent)
    return image.reduce(_SCALE)


def _ground(size: Size, main: str, deep: str) -> Image.Image:
    """A diagonal gradient with a light that falls in from the right."""
    slope, light = _masks(size)
    ground = Image.composite(Image.new("RGB", slope.size, deep), Image.new("RGB", slope.size, main), slope)
    ground.paste("#ffffff", (0, 0), light)
    return ground


@cache
def _masks(size: Size) -> tuple[Image.Image, Image.Image]:
    width, height = size.width * _SCALE, size.height * _SCALE
    slope = Image.linear_gradient("L").rotate(58, expand=True).crop((96, 96, 250, 250)).resize((width, height))
    glow = Image.radial_gradient("L").point(lambda level: max(0, 90 - level // 2)).resize((height * 3, height * 3))
    light = Image.new("L", (width, height))
    light.paste(glow, (width - height * 2, -height))
    return slope, light


def _place_art(image: Image.Image, brand: Brand, layout: Layout) -> None:
    left, top, side = (value * _SCALE for value in layout.art)
    art = _art(brand.art, brand.colours[2]).resize((side, side), Image.Resampling.BILINEAR)
    image.paste(art, (left, top), art)


@cache
def _art(name: str, accent: str) -> Image.Image:
    return draw_art(name, accent)


def _write_lines(draw: ImageDraw.ImageDraw, place: tuple[int, int, int], text: str, width: int) -> int:
    """Write the slogan, broken where it is wider than `width`, and return where it ends, in CSS pixels."""
    left, top, size = place
    for words in _broken(text, _font("ExtraBold", size), width * _SCALE):
        _write(draw, (left, top, size), words, "ExtraBold", "#ffffff")
        top += round(size * 1.12)
    return top


def _broken(text: str, font: ImageFont.FreeTypeFont, width: float) -> Iterable[str]:
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            yield line
            longer = word
        line = longer
    yield line


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[int, int, int], text: str, weight: str, fill: str, width: int = 0
) -> None:
    """Write one line; where a width is given, the letters shrink until it fits."""
    left, top, size = place
    font = _font(weight, size)
    while width and font.getlength(text) > width * _SCALE:
        size -= 1
        font = _font(weight, size)
    draw.text((left * _SCALE, top * _SCALE), text, font=font, fill=fill)


def _button(draw: ImageDraw.ImageDraw, place: tuple[int, int, int], text: str, fill: str) -> None:
    left, top, size = (value * _SCALE for value in place)
    font = _font("ExtraBold", place[2])
    width, height = font.getlength(text) + size * 2, size * 2.1
    if left < 0:
        left = round(draw.im.size[0] + left - width)
    draw.rounded_rectangle((left, top, left + width, top + height), height / 2, fill=fill)
    draw.text((left + width / 2, top + height / 2), text, font=font, fill=_INK, anchor="mm")


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    path = files("font_manrope") / "files" / f"Manrope-{weight}.ttf"
    return ImageFont.truetype(str(path), size * _SCALE)
