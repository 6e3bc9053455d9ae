"""An explanation as text for people and as plain data for programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from adserver.decision.explain import SlotExplanation, Verdict

_COLUMNS = ("chance", "tier", "campaign", "why")


def explanation_text(slots: Sequence[SlotExplanation]) -> str:
    """A table for each slot, the likeliest campaign first, with a line end."""
    return "\n".join(line for slot in slots for line in _lines(slot))


def explanation_data(slots: Sequence[SlotExplanation]) -> dict[str, Any]:
    """Plain data for JSON: chances are of 1; `sieve` is null where the campaign has a chance."""
    return {"slots": {slot.name: _slot_data(slot) for slot in slots}}


def _slot_data(slot: SlotExplanation) -> dict[str, Any]:
    return {
        "empty": round(slot.empty, 6),
        "why": slot.why.value if slot.why else None,
        "campaigns": [
            {
                "campaign": campaign.key,
                "tier": campaign.tier.value,
                "chance": round(chance, 6),
                "sieve": sieve.value if sieve else None,
                "detail": detail,
            }
            for campaign, chance, sieve, detail in slot.verdicts
        ],
    }


def _lines(slot: SlotExplanation) -> Iterator[str]:
    because = f" ({slot.why})" if slot.why else ""
    yield f"{slot.name}: empty {slot.empty:.1%}{because}"
    rows = [_COLUMNS, *map(_row, slot.verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS) - 1)]
    for chance, tier, campaign, why in rows:
        yield f"  {chance:>{widths[0]}}  {tier:{widths[1]}}  {campaign:{widths[2]}}  {why}".rstrip()
    yield ""


def _row(verdict: Verdict) -> tuple[str, str, str, str]:
    campaign, chance, sieve, detail = verdict
    return (
        f"{chance:.2%}" if chance else "-",
        campaign.tier.value,
        campaign.key,
        f"{sieve}: {detail}" if sieve else detail,
    )
