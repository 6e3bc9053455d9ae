"""An answer as text for people and as JSON for programs."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from adserver.forecast.answer import Answer
from adserver.forecast.errors import HeldOut

BAND = "80 %"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


def render(answer: Answer, file_format: Format) -> str:
    """Return the answer in one of the formats, with a line end."""
    if file_format is Format.JSON:
        return json.dumps(answer_data(answer), ensure_ascii=False, indent=2) + "\n"
    return "\n".join(_lines(answer)) + "\n"


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return the answer as plain data: numbers of impressions are whole, shares are of 1."""
    expected = answer.expected
    data: dict[str, Any] = {
        "from": str(answer.question.first),
        "to": str(answer.question.last),
        "slots": list(answer.slots),
        "targeting": [f"{wish.name}{wish.sign}{wish.value}" for wish in answer.question.wishes],
        "forecast": {
            "impressions": round(expected.impressions),
            "low": round(expected.low),
            "high": round(expected.high),
            "pages": round(expected.pages),
            "viewable": round(expected.viewable),
            "clicks": round(expected.clicks),
        },
        "held_out_error": None if answer.error is None else _error_data(answer.error),
        "history_weeks": round(answer.history_weeks, 1),
        "sampled_requests": answer.noted,
        "unknown_dimensions": list(answer.unknown),
    }
    if answer.available is not None:
        data["available"] = {
            "impressions": round(answer.available.impressions),
            "low": round(answer.available.low),
            "contending_campaigns": answer.available.contending,
            "booked": round(answer.available.booked),
            "booked_short": round(answer.available.short),
        }
    return data


def _error_data(error: HeldOut) -> dict[str, Any]:
    shares = {name: round(getattr(error, name), 4) for name in ("hourly", "daily", "weekly", "bias")}
    return {"weeks": error.weeks, **shares}


def _lines(answer: Answer) -> Iterator[str]:
    expected, left = answer.expected, answer.available
    yield f"{answer.question.first} to {answer.question.last}: {', '.join(answer.slots)}"
    if answer.question.wishes:
        yield "  " + ", ".join(f"{wish.name}{wish.sign}{wish.value}" for wish in answer.question.wishes)
    yield ""
    yield _row(
        "impressions to come", expected.impressions, f"{BAND} between {expected.low:,.0f} and {expected.high:,.0f}"
    )
    yield _row("  viewable", expected.viewable, "")
    yield _row("  clicks", expected.clicks, "at the slots' own click rate")
    yield _row("  on pages", expected.pages, "")
    if left is not None:
        yield _row("booked there", left.booked, f"by {left.contending} guaranteed campaigns")
        if left.short >= 1:
            yield _row("  more than comes", left.short, "whatever else is sold")
        yield _row("can still be sold", left.impressions, f"{left.low:,.0f} if traffic is at the low end")
    yield ""
    yield _basis(answer)
    if answer.unknown:
        yield f"Nothing is known yet of {', '.join(answer.unknown)}: counted as if no page had a value."


def _row(name: str, number: float, note: str) -> str:
    return f"{name:20} {number:>14,.0f}   {note}".rstrip()


def _basis(answer: Answer) -> str:
    basis = (
        f"From {answer.history_weeks:.1f} weeks of figures and {answer.noted:,} requests whose attributes are known."
    )
    if answer.error is None:
        return f"{basis} Too little history to hold a week out: the band is a guess."
    error = answer.error
    return (
        f"{basis} Error on {error.weeks} held-out weeks: {error.hourly:.1%} by hour, {error.daily:.1%} by day, "
        f"{error.weekly:.1%} by week, bias {error.bias:+.1%}."
    )
