"""The geometry of a bar chart: across in per cent, to fit any screen; down in pixels, so that text stays crisp."""

from collections.abc import Sequence
from typing import NamedTuple

PLOT_HEIGHT = 180
_TOP = 12  # room for the highest line's label
_GAP = 0.28  # of a bar's place
_TICKS_AT_MOST = 4
_LABELS_AT_MOST = 8


class Tick(NamedTuple):
    value: int
    y: float


class Bar(NamedTuple):
    """`place` and `place_width` are where to point, `x` and `width` what is drawn, in per cent; `part` of the bar is
    drawn stronger; `label_rank` is 0 for labels always shown, 1 where there is room, 2 never."""

    place: float
    place_width: float
    x: float
    width: float
    y: float
    height: float
    part_y: float
    part_height: float
    label_rank: int


class Chart(NamedTuple):
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]


def bar_chart(values: Sequence[tuple[int, int]]) -> Chart:
    """Lay out a bar for each pair of a whole and the part of it that is drawn stronger."""
    ticks = nice_ticks(max((whole for whole, _ in values), default=0))
    scale = (PLOT_HEIGHT - _TOP) / ticks[-1]
    step = 100 / max(len(values), 1)
    every = -(-len(values) // _LABELS_AT_MOST) or 1
    bars = []
    for at, (whole, part) in enumerate(values):
        height, part_height = round(whole * scale, 2), round(part * scale, 2)
        bars.append(
            Bar(
                place=round(at * step, 4),
                place_width=round(step, 4),
                x=round((at + _GAP / 2) * step, 4),
                width=round((1 - _GAP) * step, 4),
                y=PLOT_HEIGHT - height,
                height=height,
                part_y=PLOT_HEIGHT - part_height,
                part_height=part_height,
                label_rank=2 if at % every else at // every % 2,
            )
        )
    return Chart(tuple(bars), tuple(Tick(value, round(PLOT_HEIGHT - value * scale, 2)) for value in ticks))


def nice_ticks(highest: int) -> list[int]:
    """Return 0 and up to four more round numbers at equal distances, the last not below `highest`."""
    step = 1
    while highest > _TICKS_AT_MOST * step:
        # 1, 2, 5, 10, 20, 50, …
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return [step * at for at in range(max(-(-highest // step), 1) + 1)]
