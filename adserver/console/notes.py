"""What must be known to read a report, in the reader's language."""

from adserver.console.words import Words
from adserver.reporting.report import Report


def report_notes(words: Words, answer: Report) -> list[str]:
    """Return the days and their zone, how fresh the figures are, and how they are counted, a sentence or two each."""
    zone = answer.zones[0] if answer.zones else "UTC"
    days = words.text("Figures from %(first)s to %(last)s, days of the time zone %(zone)s.") % {
        "first": words.day(answer.query.first),
        "last": words.day(answer.query.last),
        "zone": ", ".join(answer.zones) or "UTC",
    }
    fresh = words.text("Counted until %(moment)s.") % {"moment": words.moment(answer.counted_until, zone)}
    notes = [
        f"{days} {fresh}" if answer.counted_until else days,
        words.text(
            "An impression is counted when an ad begins to appear in a reader's browser, a viewable impression when at "
            "least half of it (30% of large ads) was on screen for one second."
        ),
        words.text("Robots, repeats and other invalid events are left out of every figure and listed apart."),
    ]
    if answer.refreshed:
        refreshed = words.text("Of the impressions, %(count)s came when a slot changed its ad by itself.")
        notes.append(refreshed % {"count": words.number(answer.refreshed)})
    return notes
