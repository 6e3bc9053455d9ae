"""Drawings for the demo's creatives: each fills a square canvas that is later scaled into the creative."""

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

from PIL import Image, ImageDraw

CANVAS = 1000
White = "#ffffff"
Draw = ImageDraw.ImageDraw
Point = tuple[float, float]


def draw_art(name: str, accent: str) -> Image.Image:
    """Return a drawing with a transparent ground. Raises KeyError for a name that is not in DRAWINGS."""
    image = Image.new("RGBA", (CANVAS, CANVAS))
    DRAWINGS[name](ImageDraw.Draw(image), accent)
    return image


def olive(draw: Draw, accent: str) -> None:
    draw.rounded_rectangle((560, 250, 800, 930), 56, fill="#e8c64a")
    draw.rounded_rectangle((560, 560, 800, 930), 56, fill="#d2a92c")
    draw.polygon([(630, 260), (650, 130), (710, 130), (730, 260)], fill="#e8c64a")
    draw.rounded_rectangle((638, 70, 722, 150), 18, fill="#3c2a18")
    draw.rounded_rectangle((590, 470, 770, 760), 20, fill="#fdf6e0")
    draw.ellipse((640, 540, 720, 640), fill="#5d7a2c")
    draw.line([(680, 540), (716, 494)], fill="#5d7a2c", width=14)
    draw.rectangle((620, 680, 740, 696), fill="#c9a86a")
    draw.line([(60, 760), (200, 560), (420, 400), (520, 210)], fill="#7a5a36", width=22, joint="curve")
    for x, y, angle in (
        (120, 650, 200),
        (210, 520, 250),
        (240, 560, 20),
        (330, 440, 240),
        (360, 480, 30),
        (440, 360, 225),
    ):
        _leaf(draw, x, y, angle, 190, "#a9c26a" if angle > 100 else "#86a544")
    for x, y in ((180, 690), (300, 600), (420, 520), (500, 370)):
        draw.ellipse((x, y, x + 112, y + 140), fill="#39471a")
        draw.ellipse((x + 22, y + 22, x + 50, y + 58), fill="#76863f")


def sofa(draw: Draw, accent: str) -> None:
    draw.ellipse((90, 820, 940, 930), fill="#0000002e")
    draw.line([(150, 880), (150, 250)], fill="#3a2b20", width=18)
    draw.polygon([(60, 270), (110, 110), (190, 110), (240, 270)], fill=accent)
    draw.ellipse((90, 862, 210, 900), fill="#3a2b20")
    draw.rounded_rectangle((270, 420, 910, 800), 80, fill="#e0844f")
    draw.rounded_rectangle((220, 560, 360, 840), 64, fill="#c96b38")
    draw.rounded_rectangle((820, 560, 960, 840), 64, fill="#c96b38")
    draw.rounded_rectangle((340, 640, 590, 790), 40, fill="#f0a06c")
    draw.rounded_rectangle((596, 640, 846, 790), 40, fill="#f0a06c")
    draw.polygon([(400, 500), (540, 470), (560, 620), (420, 650)], fill="#f7ead2")
    draw.polygon([(650, 470), (780, 500), (760, 650), (630, 620)], fill=accent)
    for x in (290, 860):
        draw.polygon([(x, 830), (x + 44, 830), (x + 30, 896), (x + 14, 896)], fill="#3a2b20")
    draw.rectangle((470, 130, 830, 350), fill="#f7ead2")
    draw.polygon([(490, 330), (610, 190), (700, 290), (750, 240), (810, 330)], fill="#7fae9f")


def heart(draw: Draw, accent: str) -> None:
    draw.ellipse((60, 60, 940, 940), fill="#ffffff1f")
    draw.ellipse((150, 150, 850, 850), fill="#ffffff26")
    steps = (math.tau * step / 90 for step in range(90))
    shape = [(500 + 17.6 * 16 * math.sin(t) ** 3, 455 - 18.5 * _heart(t)) for t in steps]
    draw.polygon(shape, fill="#ff5a68")
    pulse = [(60, 480), (330, 480), (390, 400), (450, 600), (530, 300), (600, 560), (640, 480), (940, 480)]
    draw.line(pulse, fill=White, width=30, joint="curve")
    draw.rounded_rectangle((700, 660, 900, 860), 44, fill=accent)
    draw.rectangle((782, 700, 818, 820), fill="#0b3c74")
    draw.rectangle((740, 742, 860, 778), fill="#0b3c74")


def star(draw: Draw, accent: str) -> None:
    for number, (x, top) in enumerate(((110, 720), (300, 590), (490, 460), (680, 330))):
        shade = ("#8f78e0", "#a48ff0", "#bcabf7", "#d6cbff")[number]
        draw.rounded_rectangle((x, top, x + 170, 930), 26, fill=shade)
    _star(draw, 770, 180, 150, accent)
    for x, y, size in ((230, 240, 46), (440, 150, 34), (120, 420, 28), (560, 290, 26)):
        _star(draw, x, y, size, White)
    draw.polygon([(380, 430), (575, 340), (700, 400), (510, 494)], fill="#1d1347")
    draw.polygon([(450, 462), (450, 540), (520, 566), (610, 520), (610, 446), (510, 494)], fill="#2f2170")
    draw.line([(420, 440), (408, 560)], fill=accent, width=12)


def car(draw: Draw, accent: str) -> None:
    draw.ellipse((40, 760, 960, 850), fill="#0000003a")
    draw.polygon([(250, 560), (360, 390), (640, 390), (760, 560)], fill="#f4f6f8")
    draw.polygon([(300, 550), (384, 420), (496, 420), (496, 550)], fill="#314a63")
    draw.polygon([(520, 550), (520, 420), (628, 420), (712, 550)], fill="#27405a")
    draw.rounded_rectangle((60, 540, 940, 780), 90, fill="#f4f6f8")
    draw.rounded_rectangle((60, 660, 940, 790), 60, fill="#d7dde4")
    draw.rounded_rectangle((840, 590, 936, 650), 26, fill=accent)
    draw.rounded_rectangle((66, 590, 130, 650), 22, fill="#e2503f")
    draw.line([(508, 560), (508, 770)], fill="#c3cbd4", width=7)
    draw.rounded_rectangle((540, 600, 620, 622), 10, fill="#aab4bf")
    for x in (250, 750):
        draw.ellipse((x - 116, 660, x + 116, 892), fill="#20262e")
        draw.ellipse((x - 60, 716, x + 60, 836), fill="#ced6de")
        draw.ellipse((x - 20, 756, x + 20, 796), fill="#59636e")
    for x, y, size in ((160, 260, 60), (830, 220, 76), (560, 180, 40)):
        _star(draw, x, y, size, accent)


def bus(draw: Draw, accent: str) -> None:
    draw.polygon(
        [(0, 640), (190, 300), (330, 470), (520, 170), (760, 480), (860, 380), (1000, 600), (1000, 700), (0, 700)],
        fill="#ffffff2b",
    )
    draw.ellipse((690, 90, 870, 270), fill=accent)
    draw.rectangle((0, 806, 1000, 906), fill="#23343c")
    for x in range(20, 1000, 180):
        draw.rectangle((x, 852, x + 100, 864), fill="#f4e9c8")
    draw.rounded_rectangle((90, 380, 930, 800), 70, fill=White)
    draw.rectangle((90, 610, 930, 672), fill=accent)
    for x in range(140, 740, 122):
        draw.rounded_rectangle((x, 430, x + 102, 560), 18, fill="#24505f")
    draw.rounded_rectangle((760, 430, 930, 580), 30, fill="#24505f")
    draw.rounded_rectangle((880, 690, 936, 740), 16, fill=accent)
    for x in (270, 740):
        draw.ellipse((x - 84, 720, x + 84, 888), fill="#1d2329")
        draw.ellipse((x - 40, 764, x + 40, 844), fill="#c8d0d6")


def pot(draw: Draw, accent: str) -> None:
    for x, lift in ((360, 0), (500, 50), (640, 10)):
        wave = [(x + 34 * math.sin(step / 3.2), 380 - lift - step * 9) for step in range(26)]
        draw.line(wave, fill="#ffffff8c", width=26, joint="curve")
    draw.ellipse((90, 820, 910, 930), fill="#00000030")
    draw.rounded_rectangle((40, 500, 240, 580), 40, fill="#8c4a22")
    draw.rounded_rectangle((760, 500, 960, 580), 40, fill="#8c4a22")
    draw.pieslice((150, 130, 850, 900), 0, 180, fill="#c9753a")
    draw.pieslice((150, 130, 500, 900), 90, 180, fill="#b5642d")
    draw.ellipse((150, 430, 850, 600), fill="#e39a58")
    draw.ellipse((190, 450, 810, 580), fill="#7c2a1c")
    chance = Random(7)
    for _ in range(46):
        angle, reach = chance.uniform(0, math.tau), math.sqrt(chance.random())
        east, south = 500 + 280 * reach * math.cos(angle), 515 + 50 * reach * math.sin(angle)
        size, colour = chance.uniform(16, 32), chance.choice(("#f0b13c", "#d9432c", "#8fb54a", "#f7dfb0"))
        draw.ellipse((east - size, south - size * 0.6, east + size, south + size * 0.6), fill=colour)
    draw.line([(300, 700), (700, 700)], fill=accent, width=16)
    draw.line([(330, 740), (670, 740)], fill=accent, width=10)


def tyre(draw: Draw, accent: str) -> None:
    chance = Random(3)
    for _ in range(42):
        x, y = chance.uniform(0, 1000), chance.uniform(-40, 940)
        draw.line([(x, y), (x - 26, y + 86)], fill=accent + "a0", width=9)
    draw.ellipse((120, 840, 900, 940), fill="#7ec8f055")
    for step in range(36):
        angle = math.tau * step / 36
        x, y = 500 + 376 * math.cos(angle), 500 + 376 * math.sin(angle)
        draw.ellipse((x - 42, y - 42, x + 42, y + 42), fill="#0f141a")
    draw.ellipse((130, 130, 870, 870), fill="#161c23")
    draw.ellipse((190, 190, 810, 810), outline="#39434f", width=14)
    draw.ellipse((255, 255, 745, 745), fill="#d4dbe2")
    for step in range(5):
        angle = math.tau * step / 5 - math.pi / 2
        spoke = [_polar(500, 500, angle + turn, reach) for turn, reach in ((0.32, 212), (0.95, 212), (0.64, 84))]
        draw.polygon(spoke, fill="#4b5662")
    draw.ellipse((420, 420, 580, 580), fill="#8a95a1")
    draw.ellipse((462, 462, 538, 538), fill="#2a323b")


def flame(draw: Draw, accent: str) -> None:
    draw.polygon([(90, 480), (500, 120), (910, 480), (910, 930), (90, 930)], fill="#ffffff30")
    draw.line([(40, 520), (500, 116), (960, 520)], fill=White, width=56, joint="curve")
    draw.rectangle((716, 150, 800, 330), fill=White)
    for scale, colour in ((1.0, "#ff8a3c"), (0.68, accent), (0.36, "#fff6dd")):
        draw.polygon(_flame(500, 890, 260 * scale, 480 * scale), fill=colour)


def snow(draw: Draw, accent: str) -> None:
    draw.rounded_rectangle((90, 130, 910, 430), 60, fill=White)
    draw.rounded_rectangle((90, 340, 910, 430), 40, fill="#dfe8ef")
    draw.rounded_rectangle((160, 366, 840, 396), 15, fill="#9fb4c6")
    draw.ellipse((800, 190, 840, 230), fill="#31c48d")
    for x in (230, 420, 610, 800):
        wave = [(x + 40 * math.sin(step / 3), 480 + step * 11) for step in range(24)]
        draw.line(wave, fill=accent + "c0", width=26, joint="curve")
    for x, y, size in ((140, 640, 70), (510, 850, 92), (880, 660, 62)):
        for step in range(3):
            near, far = _polar(x, y, math.pi * step / 3, size), _polar(x, y, math.pi * step / 3 + math.pi, size)
            draw.line([near, far], fill=White, width=18)


def mask(draw: Draw, accent: str) -> None:
    for x in range(0, 1000, 125):
        draw.polygon(
            [(x, 0), (x + 125, 0), (x + 108, 1000), (x + 18, 1000)], fill="#ffffff14" if x % 250 else "#0000002c"
        )
    draw.polygon([(500, 0), (60, 1000), (940, 1000)], fill="#ffe9a824")
    for left, top, colour, is_glad in ((120, 260, accent, True), (480, 380, "#f3e8dc", False)):
        draw.pieslice((left, top - 240, left + 400, top + 460), 0, 180, fill=colour)
        draw.rounded_rectangle((left, top - 10, left + 400, top + 120), 46, fill=colour)
        for x in (left + 76, left + 236):
            draw.chord((x, top + 60, x + 92, top + 150), 180, 360, fill="#2b0a16")
        mouth = (left + 110, top + 170, left + 290, top + 340)
        draw.chord(mouth, 0, 180, fill="#2b0a16") if is_glad else draw.chord(mouth, 180, 360, fill="#2b0a16")


def paper(draw: Draw, accent: str) -> None:
    draw.polygon([(130, 260), (700, 180), (790, 850), (220, 930)], fill="#dfe6ef")
    draw.polygon([(220, 190), (800, 190), (800, 860), (220, 860)], fill=White)
    draw.rectangle((270, 240, 750, 320), fill="#c8102e")
    draw.rectangle((270, 360, 530, 560), fill="#8fb4d8")
    draw.polygon([(270, 560), (370, 430), (440, 510), (480, 470), (530, 560)], fill="#3f6f9e")
    for row in range(5):
        draw.rectangle((556, 364 + row * 44, 750 - (row % 2) * 40, 382 + row * 44), fill="#b7c2cf")
    draw.rounded_rectangle((270, 600, 750, 720), 14, fill=accent)
    for row in range(2):
        draw.rectangle((270, 754 + row * 44, 750 - row * 120, 772 + row * 44), fill="#b7c2cf")


def _heart(t: float) -> float:
    return 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)


def _polar(x: float, y: float, angle: float, reach: float) -> Point:
    return x + reach * math.cos(angle), y + reach * math.sin(angle)


def _leaf(draw: Draw, x: float, y: float, degrees: float, length: float, colour: str) -> None:
    angle = math.radians(degrees)
    tip = _polar(x, y, angle, length)
    middle = _polar(x, y, angle, length / 2)
    sides = [_polar(*middle, angle + turn, length * 0.17) for turn in (math.pi / 2, -math.pi / 2)]
    draw.polygon(_rounded([(x, y), sides[0], tip, sides[1]]), fill=colour)


def _rounded(points: Sequence[Point]) -> list[Point]:
    """Cut the corners three times (Chaikin): a soft outline."""
    rounded = list(points)
    for _ in range(3):
        pairs = zip(rounded, rounded[1:] + rounded[:1], strict=True)
        rounded = [
            (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pairs for share in (0.25, 0.75)
        ]
    return rounded


def _star(draw: Draw, x: float, y: float, size: float, colour: str) -> None:
    points = [
        _polar(x, y, math.pi * step / 5 - math.pi / 2, size if step % 2 == 0 else size * 0.44) for step in range(10)
    ]
    draw.polygon(points, fill=colour)


def _flame(x: float, foot: float, half: float, height: float) -> list[Point]:
    left = ((0, 0), (-0.75, -0.08), (-1, -0.36), (-0.72, -0.62), (-0.3, -0.8), (-0.12, -1.12))
    right = ((0.22, -0.8), (0.3, -0.62), (0.52, -0.7), (0.95, -0.42), (0.8, -0.1))
    return _rounded([(x + half * dx, foot + height * dy) for dx, dy in (*left, *right)])


DRAWINGS: Mapping[str, Callable[[Draw, str], None]] = {
    drawing.__name__: drawing for drawing in (olive, sofa, heart, star, car, bus, pot, tyre, flame, snow, mask, paper)
}
