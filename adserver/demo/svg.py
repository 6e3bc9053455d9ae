"""Shapes from which the demo's illustrations are put together, as SVG text on a canvas of 800 by 450."""

from collections.abc import Iterable
from random import Random

WIDTH, HEIGHT = 800, 450


def picture(*parts: str) -> str:
    """Put the parts over each other and return a whole SVG document, with a soft vignette like a lens makes."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" preserveAspectRatio="xMidYMid slice">'
        '<defs><radialGradient id="v" r=".78"><stop offset=".62" stop-opacity="0"/>'
        '<stop offset="1" stop-opacity=".26"/></radialGradient>'
        '<filter id="b" x="-1" y="-1" width="3" height="3"><feGaussianBlur stdDeviation="9"/></filter></defs>'
        + "".join(parts)
        + rectangle(0, 0, WIDTH, HEIGHT, "url(#v)")
        + "</svg>"
    )


def rectangle(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}" {more}/>'


def circle(x: float, y: float, radius: float, fill: str, more: str = "") -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" {more}/>'


def ellipse(x: float, y: float, across: float, down: float, fill: str, more: str = "") -> str:
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{across:g}" ry="{down:g}" fill="{fill}" {more}/>'


def path(d: str, fill: str, more: str = "") -> str:
    return f'<path d="{d}" fill="{fill}" {more}/>'


def line(d: str, stroke: str, width: float, more: str = "") -> str:
    return f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round" {more}/>'


def group(parts: Iterable[str], more: str) -> str:
    return f"<g {more}>{''.join(parts)}</g>"


def shade(name: str, top: str, bottom: str) -> str:
    """Define a vertical gradient that others fill with as `url(#name)`."""
    return (
        f'<linearGradient id="{name}" x2="0" y2="1"><stop stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
    )


def sky(top: str, bottom: str, height: float = HEIGHT) -> str:
    return shade("sky", top, bottom) + rectangle(0, 0, WIDTH, height, "url(#sky)")


def sun(x: float, y: float, radius: float, colour: str) -> str:
    glow = (
        f'<radialGradient id="glow"><stop stop-color="{colour}" stop-opacity=".7"/>'
        f'<stop offset="1" stop-color="{colour}" stop-opacity="0"/></radialGradient>'
    )
    return glow + circle(x, y, radius * 4, "url(#glow)") + circle(x, y, radius, colour)


def cloud(x: float, y: float, size: float, colour: str = "#fff", opacity: float = 0.8) -> str:
    puffs = ((0, 0, 1.6, 0.5), (-0.8, -0.2, 0.7, 0.5), (0.1, -0.5, 0.8, 0.7), (0.9, -0.15, 0.6, 0.45))
    drawn = (ellipse(x + size * dx, y + size * dy, size * a, size * b, colour) for dx, dy, a, b in puffs)
    return group(drawn, f'opacity="{opacity:g}"')


def ridge(draw: Random, y: float, height: float, fill: str, step: int = 50) -> str:
    """A jagged line of mountains whose tops reach `height` above `y`; all below is filled."""
    points = [(x, y - height * draw.random()) for x in range(-step, WIDTH + 2 * step, step)]
    return path("M-50 450 " + " ".join(f"L{x:g} {top:.0f}" for x, top in points) + " L850 450Z", fill)


def hills(draw: Random, y: float, height: float, fill: str, step: int = 160) -> str:
    """A soft line of hills, drawn as a smooth curve; all below is filled."""
    tops = [y - height * draw.random() for _ in range(WIDTH // step + 3)]
    start = -step
    curve = f"M{start} 450 L{start} {tops[0]:.0f}"
    for number, top in enumerate(tops[1:], 1):
        x, before = start + number * step, tops[number - 1]
        curve += f" C{x - step / 2:g} {before:.0f} {x - step / 2:g} {top:.0f} {x} {top:.0f}"
    return path(curve + f" L{start + len(tops) * step} 450Z", fill)


def haze(y: float, height: float, colour: str = "#fff", opacity: float = 0.35) -> str:
    return rectangle(-40, y, WIDTH + 80, height, colour, f'opacity="{opacity:g}" filter="url(#b)"')


def pine(x: float, y: float, height: float, fill: str) -> str:
    """A fir that stands on (x, y): three tiers on a short trunk."""
    tiers = "".join(
        f"M{x - height * half:.0f} {y - height * foot:.0f} L{x:.0f} {y - height * top:.0f} "
        f"L{x + height * half:.0f} {y - height * foot:.0f}Z"
        for foot, top, half in ((0.12, 0.54, 0.30), (0.34, 0.76, 0.23), (0.57, 1.0, 0.15))
    )
    return rectangle(x - height * 0.03, y - height * 0.14, height * 0.06, height * 0.14, "#4b3525") + path(tiers, fill)


def leafy(x: float, y: float, size: float, fill: str, light: str, trunk: str = "#5d4631") -> str:
    """A round tree that stands on (x, y), lit from the left."""
    foot, top = size * 0.09, size * 0.05
    stem = path(f"M{x - foot:.1f} {y} L{x - top:.1f} {y - size:.1f} h{top * 2:.1f} L{x + foot:.1f} {y}Z", trunk)
    crown = ((0, -1.25, 0.62, fill), (-0.42, -1.0, 0.42, fill), (0.42, -1.0, 0.42, fill), (-0.16, -1.36, 0.34, light))
    return stem + "".join(circle(x + size * dx, y + size * dy, size * r, colour) for dx, dy, r, colour in crown)


def building(
    x: float, base: float, width: float, height: float, wall: str, window: str, roof: str | None = None
) -> str:
    """A block whose foot is at `base`, with rows of windows and perhaps a pitched roof."""
    top = base - height
    parts = [rectangle(x, top, width, height, wall)]
    if roof:
        parts.append(path(f"M{x - 8} {top} L{x + width / 2} {top - width * 0.28:.0f} L{x + width + 8} {top}Z", roof))
    columns, rows = max(1, int(width // 26)), max(1, int(height // 34))
    gap = width / columns
    for row in range(rows):
        for column in range(columns):
            lit = ((column * 7 + row * 5 + int(x)) % 3) > 0
            left, high = x + gap * column + gap / 2 - 6, top + 12 + row * 34
            parts.append(rectangle(left, high, 12, 17, window, f'opacity="{1 if lit else 0.35}"'))
    return "".join(parts)


def person(x: float, y: float, height: float, coat: str, legs: str = "#2b3040", skin: str = "#d9a37e") -> str:
    """Someone who stands or walks at (x, y)."""
    unit = height / 100
    hip = f"M{x:g} {y - 45 * unit:.0f}"
    neck, hem = y - 74 * unit, y - 36 * unit
    body = (
        f"M{x - 15 * unit:.1f} {hem:.1f} L{x - 12 * unit:.1f} {neck:.1f} "
        f"Q{x:g} {neck - 12 * unit:.1f} {x + 12 * unit:.1f} {neck:.1f} L{x + 15 * unit:.1f} {hem:.1f}Z"
    )
    head = y - 90 * unit
    hair = (
        f"M{x - 10 * unit:.1f} {head:.1f} a{10 * unit:.1f} {10 * unit:.1f} 0 0 1 {20 * unit:.1f} 0 "
        f"q{-10 * unit:.1f} {-7 * unit:.1f} {-20 * unit:.1f} 0Z"
    )
    return (
        line(f"{hip} L{x - 13 * unit:.0f} {y:g} {hip} L{x + 14 * unit:.0f} {y:g}", legs, 11 * unit)
        + path(body, coat)
        + circle(x, head, 10 * unit, skin)
        + path(hair, "#3a2a22")
    )
