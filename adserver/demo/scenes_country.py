"""Illustrations of the land: fields, woods, mountains and the sea."""

from random import Random

from adserver.demo import svg


def orchard(draw: Random) -> str:
    rows = []
    for depth, (y, size) in enumerate(((262, 22), (292, 32), (336, 48), (408, 76))):
        for x in range(-20 + depth * 17, 840, int(size * 2.4)):
            rows.append(svg.leafy(x, y, size, "#2f6b3a", "#4d9150"))
            fruit = ((draw.uniform(-0.5, 0.5), draw.uniform(-1.6, -0.85)) for _ in range(9))
            rows += [svg.circle(x + size * dx, y + size * dy, size * 0.085, "#f08a1d") for dx, dy in fruit]
    return svg.picture(
        svg.sky("#f7b267", "#fdebc8"),
        svg.sun(610, 118, 42, "#fff3d0"),
        svg.hills(draw, 235, 90, "#b79bb5"),
        svg.hills(draw, 252, 60, "#8d7fa3", 120),
        svg.haze(205, 40, "#fdebc8"),
        svg.rectangle(0, 245, 800, 205, "#8fae5d"),
        svg.path("M360 250 L440 250 L640 450 L180 450Z", "#c9a877"),
        *rows,
    )


def olive(draw: Random) -> str:
    trees = [
        svg.leafy(x, y, size, "#6f8663", "#a3b48f", "#6a5a4a")
        for y, size, step in ((270, 26, 74), (318, 44, 128), (400, 78, 236))
        for x in range(int(draw.uniform(-20, 50)), 840, step)
    ]
    crates = []
    for x in (120, 236, 500):
        heap = (
            svg.circle(
                x + draw.uniform(6, 98), 386 + draw.uniform(-9, 8), 8, draw.choice(("#4c4a2a", "#6d7a35", "#3a2b3d"))
            )
            for _ in range(34)
        )
        slats = (svg.rectangle(x, y, 104, 15, "#c08a4e") for y in (390, 409, 428))
        crates.append("".join((*heap, *slats)))
    return svg.picture(
        svg.sky("#8fc3dd", "#eef4e4"),
        svg.cloud(180, 92, 44),
        svg.cloud(560, 66, 34),
        svg.hills(draw, 230, 80, "#a7bfae"),
        svg.hills(draw, 262, 50, "#93ab84"),
        svg.rectangle(0, 262, 800, 188, "#b9a86b"),
        svg.hills(draw, 366, 20, "#a8945a"),
        *trees,
        *crates,
    )


def mountains(draw: Random) -> str:
    far, near = Random(4), Random(9)
    firs = [
        svg.pine(
            draw.uniform(-20, 820),
            draw.uniform(395, 470),
            draw.uniform(70, 150),
            draw.choice(("#17352f", "#1f4439", "#12302d")),
        )
        for _ in range(34)
    ]
    return svg.picture(
        svg.sky("#2f6fa8", "#f4d8c0"),
        svg.sun(250, 172, 34, "#fff0d8"),
        svg.ridge(far, 250, 150, "#e9eef5", 64),
        svg.ridge(Random(4), 276, 140, "#8aa3c2", 64),
        svg.haze(245, 40),
        svg.ridge(near, 320, 110, "#5b7fa0", 58),
        svg.haze(300, 36, "#fbe9da"),
        svg.hills(draw, 352, 60, "#35606a"),
        svg.haze(345, 26, "#dfe9ea", 0.3),
        svg.hills(draw, 410, 50, "#234b48"),
        *firs,
    )


def forest(draw: Random) -> str:
    back = [svg.pine(x, 300 + draw.uniform(-8, 8), draw.uniform(110, 170), "#4d7d68") for x in range(-10, 820, 34)]
    front = [
        svg.pine(x, 356 + draw.uniform(-8, 8), draw.uniform(150, 230), "#1f4f3c") for x in (-6, 60, 118, 660, 720, 790)
    ]
    truck = (
        svg.rectangle(300, 268, 190, 88, "#c9252d", 'rx="8"'),
        svg.path("M490 356 V284 h54 q16 0 22 18 l12 28 v26Z", "#b31e26"),
        svg.path("M502 294 h38 q8 0 12 10 l8 22 h-58Z", "#bfe0ec"),
        svg.rectangle(300, 312, 278, 9, "#f7e9c8"),
        svg.rectangle(318, 252, 150, 16, "#8f959c", 'rx="4"'),
        svg.rectangle(508, 272, 26, 11, "#2f7fe0", 'rx="4"'),
        *(svg.circle(x, 360, 25, "#22252b") + svg.circle(x, 360, 11, "#b9bec5") for x in (350, 420, 530)),
    )
    return svg.picture(
        svg.sky("#9fd0cf", "#f2f1d6"),
        svg.hills(draw, 220, 90, "#8fb8a8"),
        *back,
        svg.rectangle(0, 290, 800, 160, "#6f9a5a"),
        svg.path("M0 372 Q400 352 800 376 V450 H0Z", "#c7ab7d"),
        *front,
        svg.ellipse(440, 386, 160, 8, "#000", 'opacity=".22"'),
        *truck,
    )


def road(draw: Random) -> str:
    bus = (
        svg.rectangle(392, 276, 96, 52, "#fff", 'rx="9"'),
        svg.rectangle(392, 304, 96, 11, "#0b7a75"),
        *(svg.rectangle(x, 283, 17, 15, "#36536b", 'rx="2"') for x in range(399, 480, 21)),
        *(svg.circle(x, 329, 9, "#22252b") for x in (413, 466)),
    )
    poles = [
        svg.line(f"M{x} {y} V{y - h} q0 -8 12 -8", "#6c7783", h / 34)
        for x, y, h in ((560, 300, 62), (640, 348, 96), (250, 296, 58), (150, 350, 100))
    ]
    return svg.picture(
        svg.sky("#4f9bd0", "#e9f2ee"),
        svg.cloud(620, 80, 46),
        svg.cloud(150, 110, 36),
        svg.hills(draw, 210, 80, "#9cbcae"),
        svg.hills(draw, 250, 70, "#79a37c"),
        svg.hills(draw, 300, 50, "#5e8f59"),
        svg.path("M392 236 Q470 262 400 292 Q250 352 150 450 H690 Q560 372 520 318 Q490 262 420 236Z", "#565d66"),
        svg.line("M404 240 Q476 268 446 300 Q400 360 420 450", "#f4e9b8", 5, 'stroke-dasharray="16 16"'),
        *poles,
        svg.ellipse(440, 334, 56, 6, "#000", 'opacity=".3"'),
        *bus,
        *(svg.leafy(x, 420, 26, "#3f7a45", "#69a45b") for x in (40, 96, 730, 782)),
    )


def landslide(draw: Random) -> str:
    stones = []
    for _ in range(46):
        x, y = draw.uniform(330, 640), draw.uniform(300, 392)
        stones.append(
            svg.ellipse(
                x,
                y,
                draw.uniform(7, 24),
                draw.uniform(5, 15),
                draw.choice(("#6e5c4b", "#86715b", "#59493b", "#9a8468")),
            )
        )
    barriers = [
        svg.rectangle(x, 392, 110, 20, "#fff")
        + "".join(svg.path(f"M{x + k} 392 h18 l-12 20 h-18Z", "#d8342b") for k in (14, 50, 86))
        + svg.line(f"M{x + 14} 412 v24 M{x + 96} 412 v24", "#444", 5)
        for x in (90, 214, 640)
    ]
    return svg.picture(
        svg.sky("#8796a3", "#d5d8d4"),
        svg.cloud(180, 74, 70, "#6f7c88", 0.6),
        svg.cloud(520, 58, 84, "#76838f", 0.6),
        svg.ridge(draw, 240, 120, "#8b9aa0", 70),
        svg.path("M250 450 L430 90 Q560 60 800 150 V450Z", "#7b7358"),
        svg.path("M400 170 Q470 130 540 200 Q600 280 680 400 L300 400 Q380 280 400 170Z", "#93785a"),
        svg.path("M0 350 H800 V450 H0Z", "#5f646a"),
        svg.line("M0 402 H330 M690 402 H800", "#e8e2c8", 4, 'stroke-dasharray="26 20"'),
        svg.path("M300 400 Q330 330 440 316 Q580 300 690 404Z", "#7a624a"),
        *stones,
        *(svg.pine(x, 352, 80, "#3b5346") for x in (28, 84, 150, 752)),
        *barriers,
    )


def harbour(draw: Random) -> str:
    ripples = [
        svg.line(f"M{x:.0f} {y:.0f} h{draw.uniform(20, 90):.0f}", "#ffe2b8", 2.5, 'opacity=".5"')
        for x, y in ((draw.uniform(0, 760), draw.uniform(290, 440)) for _ in range(40))
    ]
    boats = [
        svg.path(f"M{x} {y} h{w} q-8 {w * 0.2:.0f} -26 {w * 0.2:.0f} h{26 + 26 - w} q-20 0 -26 -{w * 0.2:.0f}Z", hull)
        + svg.rectangle(x + w * 0.52, y - w * 0.2, w * 0.24, w * 0.2, "#f3ead9")
        + svg.line(f"M{x + w * 0.36:.0f} {y} V{y - w * 0.72:.0f} L{x + w * 0.1:.0f} {y - 6}", "#3c2f3c", 3)
        for x, y, w, hull in ((90, 352, 170, "#1d5c7a"), (330, 388, 210, "#a8322e"), (590, 346, 150, "#e7dfd0"))
    ]
    lighthouse = (
        svg.path("M652 292 l10 -108 h30 l10 108Z", "#f7f0e6")
        + svg.rectangle(656, 214, 42, 22, "#c9413a")
        + svg.rectangle(660, 160, 34, 24, "#ffe9a6")
        + svg.path("M654 160 L677 138 L700 160Z", "#8c2d2a")
    )
    return svg.picture(
        svg.sky("#58447a", "#ffb56b", 290),
        svg.sun(300, 262, 46, "#ffe3a8"),
        svg.hills(Random(3), 268, 90, "#6e4f7c"),
        svg.shade("sea", "#d9805f", "#23375d"),
        svg.rectangle(0, 270, 800, 180, "url(#sea)"),
        *ripples,
        svg.path("M520 300 L800 280 V318 H560Z", "#4a3a50"),
        lighthouse,
        *boats,
    )


def solar(draw: Random) -> str:
    panels = []
    for y, height, step in ((276, 22, 76), (318, 34, 116), (384, 56, 190)):
        for x in range(-60, 840, step):
            width, lean = step * 0.88, height * 0.5
            face = f"M{x + lean:.0f} {y} h{width:.0f} l{-lean:.0f} {height} h{-width:.0f}Z"
            grid = (
                f"M{x + lean + width / 3:.0f} {y} l{-lean:.0f} {height} M{x + lean + width / 1.5:.0f} {y} "
                f"l{-lean:.0f} {height} M{x + lean / 2:.0f} {y + height / 2} h{width:.0f}"
            )
            panels.append(
                svg.path(face, "url(#glass)")
                + svg.line(grid, "#a9cdf0", 1.4, 'opacity=".7"')
                + svg.line(f"M{x + width / 2:.0f} {y + height} v{height * 0.3:.0f}", "#7d8792", 4)
            )
    return svg.picture(
        svg.sky("#3d9be0", "#fdf3d6"),
        svg.sun(640, 92, 44, "#fff2b8"),
        svg.shade("glass", "#2a63a8", "#14305f"),
        svg.hills(draw, 232, 60, "#9fb8a6"),
        *(
            svg.building(x, 266, w, h, c, "#dfeaf0")
            for x, w, h, c in ((40, 150, 62, "#c9ced4"), (206, 110, 84, "#b4bcc4"), (470, 180, 54, "#d7d3c9"))
        ),
        svg.line("M232 182 v-58 M262 182 v-44", "#9aa2aa", 14),
        svg.rectangle(0, 264, 800, 186, "#a8b56a"),
        *panels,
    )


def greenhouse(draw: Random) -> str:
    ribs = [
        svg.line(
            f"M{400 - s} 450 V{250 - s * 0.42:.0f} Q400 {120 - s * 0.62:.0f} {400 + s} {250 - s * 0.42:.0f} V450",
            "#fff",
            3 + s / 90,
            'opacity=".85"',
        )
        for s in (110, 190, 300, 420)
    ]
    return svg.picture(
        svg.sky("#bfe3ee", "#f3fbef"),
        svg.hills(draw, 250, 60, "#b8d6c2"),
        *ribs,
        svg.path("M0 450 L330 300 H470 L800 450Z", "#d8cdb7"),
        svg.path("M330 450 L384 300 H416 L470 450Z", "#efe8da"),
        *(_tomato(draw, x) for x in (60, 190, 310, 490, 610, 740)),
    )


def _tomato(draw: Random, x: int) -> str:
    """A plant in its row: the farther from the middle, the nearer and larger."""
    near = abs(x - 400) / 340
    foot, top, reach = 350 + 90 * near, 210 - 130 * near, 0.4 + near
    parts = [svg.line(f"M{x} {foot:.0f} V{top:.0f}", "#3d7a36", 5 + 5 * near)]
    for _ in range(26):
        y, green = draw.uniform(top, foot - 8), draw.choice(("#3f8a3c", "#56a34a", "#2f6f35"))
        parts.append(svg.ellipse(x + draw.uniform(-40, 40) * reach, y, 12 + 18 * near, 6 + 9 * near, green))
    for _ in range(11):
        y, red = draw.uniform(top + 20, foot - 10), draw.choice(("#e0392c", "#ef5a3a", "#f39a3a"))
        parts.append(svg.circle(x + draw.uniform(-34, 34) * reach, y, 6 + 8 * near, red))
    return "".join(parts)


def walk(draw: Random) -> str:
    leaves = [
        svg.ellipse(draw.uniform(0, 800), draw.uniform(330, 446), 7, 4, draw.choice(("#d9772b", "#c4551f", "#e8a33a")))
        for _ in range(90)
    ]
    trees = [
        svg.leafy(x, y, s, c, light)
        for x, y, s, c, light in (
            (60, 340, 96, "#c9672a", "#e58f3d"),
            (212, 300, 58, "#d88a2c", "#f0b04e"),
            (600, 300, 60, "#b9501f", "#dd7a35"),
            (738, 346, 104, "#d27a26", "#efa243"),
            (470, 280, 36, "#c9822f", "#e6ac55"),
        )
    ]
    return svg.picture(
        svg.sky("#a9cbdc", "#fbeed6"),
        svg.hills(draw, 250, 60, "#b9c3a0"),
        svg.rectangle(0, 280, 800, 170, "#9aa761"),
        svg.path("M372 280 H428 L620 450 H180Z", "#d9c7a4"),
        *trees,
        *leaves,
        svg.person(366, 396, 118, "#1f6f8b"),
        svg.person(438, 402, 110, "#a8324e"),
    )


def bridge(draw: Random) -> str:
    blocks = [
        svg.rectangle(
            x + (12 if row % 2 else 0),
            222 + row * 16,
            draw.uniform(20, 30),
            11,
            draw.choice(("#cdb48c", "#bda27a", "#d9c39c")),
            'opacity=".55"',
        )
        for row in range(6)
        for x in range(60, 730, 36)
    ]
    arches = "".join(
        f"M{x} 400 V{330} A{r} {r} 0 0 1 {x + 2 * r} 330 V400Z " for x, r in ((120, 62), (312, 88), (556, 62))
    )
    return svg.picture(
        svg.sky("#7fb4d6", "#f7ecd2"),
        svg.sun(690, 96, 30, "#fff4d2"),
        svg.cloud(240, 80, 40),
        svg.hills(draw, 240, 80, "#9db59a"),
        svg.hills(draw, 280, 50, "#7d9f73"),
        svg.shade("river", "#5f9fb5", "#2c6480"),
        svg.rectangle(0, 344, 800, 106, "url(#river)"),
        svg.path("M20 400 V250 Q400 150 780 250 V400Z", "#b2966c"),
        *blocks,
        svg.path(arches, "#4c8197"),
        svg.path("M14 250 Q400 146 786 250 v-16 Q400 130 14 234Z", "#d8c19a"),
        *(
            svg.line(f"M{draw.uniform(20, 700):.0f} {draw.uniform(404, 444):.0f} h60", "#d7eef2", 3, 'opacity=".5"')
            for _ in range(14)
        ),
        svg.leafy(54, 404, 84, "#5d8f4c", "#86b563"),
        svg.leafy(752, 410, 92, "#557f45", "#7cab5c"),
    )


def ruins(draw: Random) -> str:
    columns = []
    for x, height in ((110, 190), (196, 236), (282, 236), (368, 236), (560, 150), (676, 222)):
        columns.append(svg.rectangle(x, 356 - height, 38, height, "url(#stone)"))
        columns += [svg.line(f"M{x + k} {362 - height} V352", "#b58e63", 2, 'opacity=".6"') for k in (9, 19, 29)]
        columns.append(
            svg.rectangle(x - 8, 346 - height, 54, 14, "#e9cfa3") + svg.rectangle(x - 8, 352, 54, 14, "#cfae80")
        )
    return svg.picture(
        svg.sky("#e58a5a", "#fbe0b5"),
        svg.sun(520, 228, 54, "#fff0c4"),
        svg.shade("stone", "#f2dcb4", "#c69c6c"),
        svg.hills(draw, 300, 40, "#a5767c"),
        svg.rectangle(0, 290, 800, 60, "#5d8aa0"),
        svg.rectangle(0, 340, 800, 110, "#b98f62"),
        svg.path("M300 340 H470 L620 450 H170Z", "#d9b98a"),
        *(svg.line(f"M{170 + k * 90} 450 L{300 + k * 34} 340", "#b58e63", 2) for k in range(6)),
        *columns,
        svg.rectangle(180, 86, 244, 22, "#e2c394"),
        svg.path("M176 86 L302 46 L428 86Z", "#d6b381"),
        *(svg.ellipse(draw.uniform(20, 780), draw.uniform(392, 440), 20, 9, "#9c7a52") for _ in range(9)),
    )
