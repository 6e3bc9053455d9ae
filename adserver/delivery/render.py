"""A decided creative as JSON for the tag and as HTML for includes and frames."""

import json
from collections.abc import Callable
from html import escape

from adserver.delivery.macros import BASE, CLICK_URL, TOKEN, Showing, fill, prepare, without_marks
from adserver.inventory.model import Campaign, Creative, CreativeId, CreativeKind, Slot, SlotId

SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

FRAME_HEAD = '<!doctype html><meta charset="utf-8"><base target="_blank">'


class Forms:
    """The prepared forms of one snapshot's creatives, made on first use; they go when the snapshot goes."""

    def __init__(self) -> None:
        self._json: dict[tuple[SlotId, CreativeId], str] = {}
        self._html: dict[tuple[SlotId, CreativeId], str] = {}

    def json(self, slot: Slot, campaign: Campaign, creative: Creative, showing: Showing) -> str:
        """Return the creative's object in an answer of `/v1/ads`."""
        return fill(_form(self._json, _json_form, slot, campaign, creative), showing)

    def fragment(self, slot: Slot, campaign: Campaign, creative: Creative, showing: Showing) -> str:
        """Return what a server-side include puts into the page: label, creative, and the pixel that counts it."""
        return fill(_form(self._html, _fragment_form, slot, campaign, creative), showing)


def image_form(creative: Creative) -> str:
    """Return the image's address as a form; one of our own names its content and never changes."""
    return f"{BASE}/a/{creative.asset}" if creative.asset else without_marks(creative.src or "")


_Make = Callable[[Slot, Campaign, Creative], str]


def _form(
    forms: dict[tuple[SlotId, CreativeId], str], make: _Make, slot: Slot, campaign: Campaign, creative: Creative
) -> str:
    key = (slot.id, creative.id)
    form = forms.get(key)
    if form is None:
        form = forms[key] = make(slot, campaign, creative)
    return form


def _json_form(slot: Slot, campaign: Campaign, creative: Creative) -> str:
    answer: dict[str, object] = {
        "token": TOKEN,
        "campaign": campaign.key,
        "creative": creative.key,
        "kind": creative.kind.value,
        "width": creative.size.width,
        "height": creative.size.height,
        "click": CLICK_URL,
        "label": without_marks(slot.label),
    }
    if creative.kind is CreativeKind.HTML:
        answer["html"] = prepare(creative.html or "", campaign, creative)
    elif creative.asset or creative.src:
        answer |= {"image": image_form(creative), "alt": without_marks(creative.alt)}
    if creative.kind is CreativeKind.TEXT:
        answer |= {"title": without_marks(creative.title or ""), "text": without_marks(creative.text or "")}
    if campaign.caps:
        # What the tag may keep a record of, where the reader agrees, to tell which campaigns are capped.
        answer["caps"] = [
            {"impressions": cap.impressions, "seconds": int(cap.per.total_seconds())} for cap in campaign.caps
        ]
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def _text_link(creative: Creative) -> str:
    picture = ""
    if creative.asset or creative.src:
        alt = escape(without_marks(creative.alt))
        picture = f'<img src="{escape(image_form(creative))}" alt="{alt}" width="72" height="72"> '
    return (
        f'<a class="adserver-text" href="{CLICK_URL}" rel="sponsored noopener" target="_blank">{picture}'
        f'<span><strong class="adserver-title">{escape(without_marks(creative.title or ""))}</strong> '
        f"{escape(without_marks(creative.text or ''))}</span></a>"
    )


def creative_page(campaign: Campaign, creative: Creative, showing: Showing) -> str:
    """Return an HTML creative as the page of a frame, for pages whose own policy would stop it."""
    return fill(FRAME_HEAD + prepare(creative.html or "", campaign, creative), showing)


def _fragment_form(slot: Slot, campaign: Campaign, creative: Creative) -> str:
    width, height = creative.size
    if creative.kind is CreativeKind.IMAGE:
        inner = (
            f'<a href="{CLICK_URL}" rel="sponsored noopener" target="_blank"><img src="{escape(image_form(creative))}" '
            f'width="{width}" height="{height}" alt="{escape(without_marks(creative.alt))}" '
            'style="max-width:100%;height:auto;border:0"></a>'
        )
    elif creative.kind is CreativeKind.TEXT:
        inner = _text_link(creative)
    else:
        document = escape(prepare(creative.html or "", campaign, creative))
        inner = (
            f'<iframe sandbox="{SANDBOX}" srcdoc="{document}" width="{width}" height="{height}" '
            f'title="{escape(slot.label)}" style="border:0;max-width:100%"></iframe>'
        )
    return (
        f'<div class="adserver-ad"><div class="adserver-label">{escape(without_marks(slot.label))}</div>{inner}'
        f'<img src="{BASE}/v1/i/{TOKEN}.gif" width="1" height="1" alt="" style="position:absolute;opacity:0"></div>'
    )
