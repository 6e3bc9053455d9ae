"""`GET /api/v1/forecast` and `GET /api/v1/availability`."""

from collections.abc import Iterable
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from adserver.api.problem import Problem, json_response
from adserver.forecast.apart import Busy, Failed, answer_apart
from adserver.forecast.question import Question, QuestionError, Sign, Wish, read_size
from adserver.settings import Settings

SIGNS = {"kv": Sign.IS, "not": Sign.IS_NOT, "min": Sign.AT_LEAST, "max": Sign.AT_MOST}
"""What stands before the point of a parameter that names a dimension."""
_SINGLE = ("site", "from", "to")
_SEVERAL = ("slot", "size")


async def forecast(request: Request) -> Response:
    """Answer with the impressions to come."""
    return await _answer(request, with_bookings=False)


async def availability(request: Request) -> Response:
    """Answer with the impressions to come, and how many of them can still be sold."""
    return await _answer(request, with_bookings=True)


def read_question(parameters: Iterable[tuple[str, str]]) -> Question:
    """Read a question. Raises QuestionError."""
    single: dict[str, str] = {}
    several: dict[str, list[str]] = {name: [] for name in _SEVERAL}
    wishes: list[Wish] = []
    for name, value in parameters:
        kind, _, dimension = name.partition(".")
        if kind in SIGNS and dimension:
            wishes.append(Wish(dimension, SIGNS[kind], value))
        elif name in _SINGLE:
            single[name] = value
        elif name in _SEVERAL:
            several[name] += value.split(",")
        else:
            raise QuestionError(f"there is no parameter {name}")
    return Question(
        _day(single, "from"),
        _day(single, "to"),
        single.get("site"),
        tuple(several["slot"]),
        tuple(map(read_size, several["size"])),
        tuple(wishes),
    )


async def _answer(request: Request, *, with_bookings: bool) -> Response:
    settings: Settings = request.app.state.settings
    try:
        question = read_question(request.query_params.multi_items())
        return json_response(await answer_apart(settings, question, with_bookings=with_bookings))
    except QuestionError as error:
        raise Problem(400, str(error)) from error
    except Busy as error:
        raise Problem(503, "other forecasts are being worked out", {"retry-after": "2"}) from error
    except Failed as error:
        raise Problem(503, "the forecast cannot be worked out now", {"retry-after": "5"}) from error


def _day(single: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(single[name])
    except KeyError:
        raise QuestionError(f"{name} is missing, a day such as 2026-11-01") from None
    except ValueError:
        raise QuestionError(f"{name} must be a day such as 2026-11-01") from None
