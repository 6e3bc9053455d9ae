"""Illustrations of the town and of what is done indoors."""

from random import Random

from adserver.demo import svg


def rain(draw: Random) -> str:
    blocks = (
        (-20, 120, 210, "#4a566b"),
        (110, 96, 262, "#3f4a5e"),
        (216, 130, 190, "#566379"),
        (470, 110, 240, "#46526a"),
        (588, 90, 300, "#3b465a"),
        (690, 130, 220, "#505d74"),
    )
    drops = ((draw.uniform(0, 820), draw.uniform(-20, 430)) for _ in range(150))
    lights = (40, 150, 262, 520, 620, 740)
    return svg.picture(
        svg.sky("#5c6d84", "#b3bfca"),
        svg.cloud(170, 60, 90, "#48566a", 0.7),
        svg.cloud(540, 44, 110, "#4d5b70", 0.7),
        *(svg.building(x, 352, width, height, wall, "#ffd98a") for x, width, height, wall in blocks),
        svg.shade("wet", "#5f6c7d", "#333d4b"),
        svg.rectangle(0, 350, 800, 100, "url(#wet)"),
        *(svg.rectangle(x, 356, 16, 80, "#ffd98a", 'opacity=".18" filter="url(#b)"') for x in lights),
        _under_umbrella(240, 120, "#2c3e5c", "#d2413a"),
        _under_umbrella(408, 130, "#6b3f52", "#f0b73c"),
        _under_umbrella(576, 112, "#3d5347", "#2f8f9d"),
        *(svg.line(f"M{x:.0f} {y:.0f} l-7 24", "#dbe8f5", 1.6, 'opacity=".5"') for x, y in drops),
    )


def _under_umbrella(x: int, height: int, coat: str, canopy: str) -> str:
    top = 420 - height * 1.32
    scallops = "q-15 -12 -30 0 " * 4
    return (
        svg.ellipse(x, 424, 34, 5, "#fff", 'opacity=".2"')
        + svg.person(x, 422, height, coat)
        + svg.line(f"M{x + 14} {top:.0f} V{420 - height * 0.55:.0f}", "#222", 3)
        + svg.path(f"M{x - 46} {top + 26:.0f} Q{x + 14} {top - 42:.0f} {x + 74} {top + 26:.0f} {scallops}Z", canopy)
    )


def school(draw: Random) -> str:
    windows = [
        svg.rectangle(x, y, 46, 44, "#cfe6f2", 'stroke="#fff" stroke-width="5"')
        for y in (206, 290)
        for x in (170, 236, 302, 472, 538, 604)
    ]
    return svg.picture(
        svg.sky("#78bce8", "#eef6ee"),
        svg.cloud(140, 84, 42),
        svg.cloud(640, 104, 50),
        svg.hills(draw, 270, 50, "#a8c7a0"),
        svg.rectangle(140, 180, 540, 190, "#f0c987"),
        svg.rectangle(352, 152, 106, 218, "#e2a964"),
        svg.path("M128 182 L158 146 H662 L692 182Z", "#b5533c"),
        svg.path("M340 154 L405 112 L470 154Z", "#9c4532"),
        svg.circle(405, 186, 19, "#fff", 'stroke="#7a4a30" stroke-width="4"'),
        svg.line("M405 186 v-11 M405 186 h8", "#333", 3),
        *windows,
        svg.rectangle(378, 296, 54, 74, "#6d4630"),
        svg.rectangle(0, 366, 800, 84, "#88b267"),
        svg.path("M384 370 H426 L500 450 H310Z", "#e2d3b3"),
        svg.line("M96 372 V150", "#8f969d", 5),
        *(svg.leafy(x, 396, s, "#3f8248", "#6bab5d") for x, s in ((40, 62), (742, 76), (676, 44))),
        *(svg.person(x, 432, 56, c) for x, c in ((290, "#d2413a"), (322, "#2f6fa8"), (520, "#f0a63c"))),
    )


def market(draw: Random) -> str:
    houses = (
        (-10, 230, "#ecd9bb"),
        (150, 250, "#e2c6a6"),
        (330, 226, "#f0e0c8"),
        (500, 252, "#e4cdb0"),
        (670, 232, "#eddabd"),
    )
    return svg.picture(
        svg.sky("#f3d9a8", "#fdf3df"),
        *(svg.building(x, 320, 130, height, wall, "#b9cfd8", "#b5533c") for x, height, wall in houses),
        svg.rectangle(0, 320, 800, 130, "#a88f74"),
        svg.person(262, 392, 150, "#3d5a80"),
        svg.person(530, 392, 142, "#8a4f7d"),
        *(_stall(draw, x, colour) for x, colour in ((10, "#d2413a"), (276, "#2f8f6b"), (542, "#e69a2c"))),
    )


def _stall(draw: Random, x: int, colour: str) -> str:
    parts = [svg.line(f"M{x + 8} 150 V420 M{x + 240} 150 V420", "#7a5a3c", 8)]
    colours = (colour, "#fff3e2") * 4
    parts += [svg.path(f"M{x + n * 31} 110 h31 v52 q-15.5 24 -31 0Z", fill) for n, fill in enumerate(colours)]
    for y in (300, 346, 392):
        for left in (x + 6, x + 86, x + 166):
            fruit = draw.choice(("#e23b2e", "#f28f1e", "#5c9b3b", "#f2c230", "#7b3b6b", "#8fbf4a"))
            heap = ((left + 8 + draw.uniform(0, 60), y - draw.uniform(0, 13)) for _ in range(17))
            parts += [svg.circle(dx, dy, 9, fruit, 'stroke="#000" stroke-opacity=".12"') for dx, dy in heap]
            parts += [svg.rectangle(left, y, 76, 28, "#b98550"), svg.rectangle(left, y + 11, 76, 3, "#8e6238")]
    return "".join(parts)


def library(draw: Random) -> str:
    books = []
    for shelf in (128, 240, 352):
        x = 70.0
        while x < 720:
            width, height = draw.uniform(15, 34), draw.uniform(62, 92)
            colour = draw.choice(
                ("#b23a48", "#2f6690", "#e0a030", "#3a7d44", "#7d5a8c", "#d8cbb0", "#1f3a4d", "#cf6f3a")
            )
            books.append(svg.rectangle(x, shelf - height, width - 2, height, colour, 'rx="2"'))
            books.append(svg.rectangle(x + 3, shelf - height + 12, width - 8, 5, "#fff", 'opacity=".55"'))
            x += width
    shelves = [svg.rectangle(52, y, 696, 14, "#6d4526") for y in (128, 240, 352)]
    lamp = (
        svg.path("M560 330 L640 330 L680 450 H500Z", "#ffe9ae", 'opacity=".35"'),
        svg.line("M600 440 V330", "#2b2b2b", 7),
        svg.path("M562 334 Q600 262 638 334Z", "#1d6b5c"),
        svg.ellipse(600, 440, 44, 9, "#2b2b2b"),
    )
    return svg.picture(
        svg.sky("#8f6a45", "#5c3d24"),
        svg.rectangle(52, 18, 696, 370, "#4a2f1b"),
        svg.circle(600, 260, 190, "#ffdf9a", 'opacity=".3" filter="url(#b)"'),
        *books,
        *shelves,
        svg.rectangle(0, 392, 800, 58, "#8c5a31"),
        *lamp,
        svg.path(
            "M250 420 Q310 390 370 420 Q430 390 490 420 V436 Q430 408 370 436 Q310 408 250 436Z",
            "#fbf4e4",
            'stroke="#b9a27c" stroke-width="2"',
        ),
    )


def bicycle(draw: Random) -> str:
    ripples = ((draw.uniform(0, 740), draw.uniform(252, 312)) for _ in range(26))
    frame = (
        "M300 376 L360 290 L470 290 L520 376 M360 290 L420 376 L470 290 M420 376 L300 376 "
        "M470 290 L462 258 H498 M360 290 L352 268"
    )
    return svg.picture(
        svg.sky("#54b4dd", "#fbeedb", 260),
        svg.sun(420, 120, 40, "#fff3cf"),
        svg.hills(draw, 240, 60, "#8fb1c0"),
        svg.shade("sea", "#3fa6c4", "#1f7fa3"),
        svg.rectangle(0, 240, 800, 80, "url(#sea)"),
        *(svg.line(f"M{x:.0f} {y:.0f} h44", "#fff", 2, 'opacity=".5"') for x, y in ripples),
        svg.rectangle(0, 318, 800, 132, "#e0cfae"),
        svg.rectangle(0, 318, 800, 12, "#c3ad86"),
        _palm(110, 330, 200),
        _palm(690, 336, 230),
        svg.ellipse(410, 430, 190, 9, "#000", 'opacity=".18"'),
        _wheel(300),
        _wheel(520),
        svg.line(frame, "#c9413a", 9, 'stroke-linejoin="round"'),
        svg.rectangle(330, 256, 46, 12, "#333", 'rx="6"'),
        svg.rectangle(196, 256, 132, 84, "#1d6b5c", 'rx="8"'),
        svg.rectangle(196, 290, 132, 10, "#f0c75e"),
    )


def _palm(x: int, y: int, height: int) -> str:
    fronds = ((-46, -36), (-30, -52), (30, -52), (48, -34), (-56, -8), (56, -8))
    leaves = (f"M{x - 6} {y - height} q{dx} {dy} {dx * 1.7:.0f} {dy + 52}" for dx, dy in fronds)
    trunk = svg.line(f"M{x} {y} Q{x + 12} {y - height / 2} {x - 6} {y - height}", "#7a5a3c", 11)
    return trunk + "".join(svg.line(leaf, "#2f7d4f", 8) for leaf in leaves)


def _wheel(x: int) -> str:
    turns = (f'transform="rotate({angle} {x} 376)"' for angle in range(0, 180, 30))
    return (
        svg.circle(x, 376, 50, "none", 'stroke="#22252b" stroke-width="8"')
        + svg.circle(x, 376, 5, "#22252b")
        + "".join(svg.line(f"M{x - 46} 376 h92", "#9aa2aa", 1.5, turn) for turn in turns)
    )


def stadium(draw: Random) -> str:
    crowd = [
        svg.circle(
            draw.uniform(0, 800),
            draw.uniform(118, 222),
            4,
            draw.choice(("#d2413a", "#f0b73c", "#f4efe6", "#d2413a", "#6b7688")),
        )
        for _ in range(620)
    ]
    stripes = [
        svg.path(f"M{400 + (k - 5) * 74} 232 h74 L{400 + (k - 4) * 150} 450 h-150Z", "#2f8a43" if k % 2 else "#379a4c")
        for k in range(-1, 11)
    ]
    players = [
        svg.person(x, y, h, c, "#fff")
        for x, y, h, c in (
            (250, 330, 52, "#d2413a"),
            (352, 300, 42, "#d2413a"),
            (430, 352, 60, "#2c3e6b"),
            (560, 310, 46, "#2c3e6b"),
            (516, 402, 74, "#d2413a"),
        )
    ]
    return svg.picture(
        svg.sky("#0f1c3d", "#34507f"),
        svg.rectangle(0, 100, 800, 134, "#2a3348"),
        *crowd,
        svg.rectangle(0, 222, 800, 14, "#c9413a"),
        *stripes,
        svg.line("M400 234 V450", "#fff", 3, 'opacity=".75"'),
        svg.ellipse(400, 340, 112, 42, "none", 'stroke="#fff" stroke-width="3" opacity=".75"'),
        *players,
        svg.circle(566, 408, 9, "#fff", 'stroke="#222" stroke-width="2"'),
        _floodlight(86),
        _floodlight(714),
    )


def _floodlight(x: int) -> str:
    lamps = "".join(svg.circle(x + dx, 43 + dy, 6, "#fffdf0") for dx in (-22, 0, 22) for dy in (-8, 8))
    glow = svg.circle(x, 43, 60, "#fffbe2", 'opacity=".3" filter="url(#b)"')
    return (
        svg.line(f"M{x} 230 V52", "#7d8794", 8) + svg.rectangle(x - 34, 26, 68, 34, "#cfd8e3", 'rx="4"') + glow + lamps
    )


def volleyball(draw: Random) -> str:
    crowd = [
        svg.circle(
            draw.uniform(0, 800), draw.uniform(90, 190), 6, draw.choice(("#f2c230", "#e8e2d4", "#2f6fa8", "#9aa5b8"))
        )
        for _ in range(260)
    ]
    net = [svg.line(f"M0 {y} H800", "#f4f1e8", 2, 'opacity=".7"') for y in range(216, 296, 13)] + [
        svg.line(f"M{x} 210 V292", "#f4f1e8", 2, 'opacity=".7"') for x in range(0, 800, 16)
    ]
    players = [
        svg.person(x, y, h, c, "#1f2d4d")
        for x, y, h, c in (
            (150, 420, 150, "#d2413a"),
            (330, 400, 168, "#d2413a"),
            (600, 380, 128, "#2f6fa8"),
            (700, 360, 110, "#2f6fa8"),
        )
    ]
    return svg.picture(
        svg.sky("#3a4a6b", "#6d7ea3", 300),
        *(svg.rectangle(x, 20, 90, 14, "#fff7d6", 'filter="url(#b)"') for x in (90, 350, 610)),
        *crowd,
        svg.rectangle(0, 190, 800, 14, "#243352"),
        svg.rectangle(0, 300, 800, 150, "#d98e4a"),
        svg.path("M0 330 H800 L760 450 H40Z", "#e3a15c"),
        svg.line("M0 330 H800", "#fff", 4),
        *players[2:],
        *net,
        svg.rectangle(0, 204, 800, 9, "#fff"),
        *players[:2],
        svg.line("M330 262 L372 198 M322 264 L300 206", "#d9a37e", 12),
        svg.circle(392, 152, 30, "#fff4d8"),
        svg.line("M366 138 Q392 156 418 138 M392 122 Q384 152 400 181 M365 164 Q388 160 396 181", "#2f6fa8", 3),
    )


def soup(draw: Random) -> str:
    planks = [svg.line(f"M0 {y} H800", "#7a4c28", 2, 'opacity=".5"') for y in range(236, 450, 44)]
    steam = [
        svg.line(f"M{x} 190 q-22 -34 0 -66 q20 -30 -2 -62", "#fff", 9, 'opacity=".35" filter="url(#b)"')
        for x in (340, 400, 460)
    ]
    crumbs = [
        svg.circle(400 + draw.uniform(-120, 120), 238 + draw.uniform(-22, 22), 3, draw.choice(("#a8322e", "#3f7a3a")))
        for _ in range(36)
    ]
    return svg.picture(
        svg.sky("#5a3a26", "#8c5f3c", 220),
        svg.circle(140, 70, 120, "#ffcf8a", 'opacity=".35" filter="url(#b)"'),
        svg.rectangle(0, 212, 800, 238, "#a06a3c"),
        *planks,
        svg.ellipse(400, 392, 210, 22, "#000", 'opacity=".28" filter="url(#b)"'),
        svg.path("M220 240 Q236 396 400 396 Q564 396 580 240Z", "#e9e0d0"),
        svg.path("M236 296 Q400 330 564 296 L556 318 Q400 350 244 318Z", "#2f6690"),
        svg.ellipse(400, 240, 180, 48, "#f6efe2"),
        svg.ellipse(400, 240, 160, 38, "#e0a35a"),
        svg.path(
            "M280 236 Q340 214 400 238 T520 232",
            "none",
            'stroke="#c9412e" stroke-width="7" stroke-linecap="round" opacity=".8"',
        ),
        *crumbs,
        *steam,
        svg.ellipse(668, 372, 92, 40, "#c98a45"),
        svg.ellipse(660, 362, 78, 28, "#e2ad68"),
        *(svg.line(f"M{x} 346 l16 30", "#c98a45", 5) for x in (622, 650, 678)),
        svg.line("M92 280 L150 420", "#cfd5da", 11),
        svg.ellipse(88, 268, 20, 30, "#dfe4e8", 'transform="rotate(-20 88 268)"'),
    )


def stage(draw: Random) -> str:
    beams = [
        svg.path(f"M{x} 0 L{to - 90} 400 H{to + 90}Z", "#ffe9b0", 'opacity=".2"')
        for x, to in ((250, 340), (550, 460), (400, 400))
    ]
    seats = [svg.path(f"M{x} 450 v-26 q18 -22 36 0 v26Z", "#2b1016") for x in range(-10, 800, 46)]
    return svg.picture(
        svg.sky("#221326", "#4b2a3f"),
        svg.rectangle(160, 0, 480, 392, "#2d3a5c"),
        svg.circle(520, 110, 42, "#f6e8c3", 'opacity=".9"'),
        svg.path("M170 392 V270 L240 230 L300 270 V392Z M520 392 V250 L600 200 L640 240 V392Z", "#1d2740"),
        *(
            svg.rectangle(x, y, 16, 20, "#ffd27a")
            for x, y in ((206, 290), (246, 290), (560, 280), (596, 280), (596, 320))
        ),
        *beams,
        svg.rectangle(0, 386, 800, 64, "#6d4128"),
        svg.ellipse(400, 396, 150, 14, "#ffe9b0", 'opacity=".35"'),
        svg.person(352, 396, 118, "#d9a441"),
        svg.person(446, 396, 124, "#2f8f9d"),
        *(_fold(x) for x in (0, 34, 68, 102, 136, 630, 664, 698, 732, 766)),
        *(svg.path(f"M{x} 0 h100 v30 q-50 44 -100 0Z", "#a62833") for x in range(0, 800, 100)),
        *seats,
    )


def _fold(x: int) -> str:
    """A fold of the curtain, which hangs from the top and is drawn aside."""
    lean = 6 if x < 400 else -6
    red = "#b3303a" if x // 34 % 2 else "#8f1d27"
    return svg.path(f"M{x} 0 h34 q-8 180 {lean} 392 h-34 q10 -200 0 -392Z", red)


def kilim(draw: Random) -> str:
    parts = [svg.rectangle(0, 0, 800, 450, "#7d1f26")]
    for row in range(5):
        y = row * 90
        parts.append(svg.rectangle(0, y, 800, 12, "#f0dcb4") + svg.rectangle(0, y + 12, 800, 6, "#1d2b4f"))
        for column in range(-1, 9):
            x, first, second = (
                column * 100 + (50 if row % 2 else 0),
                *draw.sample(("#1d2b4f", "#d98e2b", "#2f6b5a", "#f0dcb4"), 2),
            )
            middle = y + 54
            for half, colour in (
                (36, first),
                (25, "#f0dcb4" if first != "#f0dcb4" else "#7d1f26"),
                (15, second),
                (6, "#7d1f26"),
            ):
                wide = round(half * 1.3)
                steps = f"M{x + 50} {middle - half} l{wide} {half} l{-wide} {half} l{-wide} {-half}Z"
                parts.append(svg.path(steps, colour))
            parts += [svg.path(f"M{x - 8} {middle + dy} h16 v8 h-16Z", "#d98e2b") for dy in (-24, -4, 16)]
    threads = [svg.line(f"M0 {y} H800", "#000", 1, 'opacity=".09"') for y in range(0, 450, 4)]
    return svg.picture(*parts, *threads)
