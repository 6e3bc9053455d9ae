"""A decided creative as JSON for the tag and as HTML for includes and frames."""

import json
import random
from html import escape
from typing import NamedTuple, TypeVar

from adserver.counting.counter import NO_CREATIVE, ad_of
from adserver.decision.request import Decision, NoFill
from adserver.delivery.http import Header
from adserver.delivery.macros import (
    BASE,
    CLICK_URL,
    TOKEN,
    Showing,
    fill,
    fill_base,
    has_moments,
    prepare,
    without_marks,
)
from adserver.delivery.origin import LONGEST_ORIGIN
from adserver.inventory.model import Campaign, Creative, CreativeId, CreativeKind, SiteId, Slot, SlotId

SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

# The same is in `static/tag/parts/text.js`: what a page says of these classes wins.
TEXT_LOOK = (
    ":where(.adserver-text){display:flex;gap:12px;align-items:safe center;overflow:hidden;text-decoration:none;"
    "color:inherit;text-align:start;font-size:1rem;line-height:1.35;overflow-wrap:anywhere}"
    ":where(.adserver-text img){width:72px;height:72px;object-fit:cover;flex:none}"
    ":where(.adserver-title){display:block;text-decoration:underline}"
)

FRAME_HEAD = '<!doctype html><meta charset="utf-8"><base target="_blank">'


FORMS_KEPT = 10_000
BASES_KEPT = 8
"""Nearly always there is one; whoever makes up host names does not fill our memory."""
ENVELOPES_KEPT = 1024


class Forms:
    """The prepared forms of one snapshot's creatives, made on first use; they go when the snapshot goes."""

    def __init__(self) -> None:
        self._answers: dict[str, Answers] = {}
        self.envelopes: dict[EnvelopeKey, Envelope] = {}
        self._html: dict[tuple[SlotId, CreativeId], str] = {}

    def of(self, base: str) -> "Answers":
        """Return the forms of `/v1/ads` whose links begin with this address."""
        answers = self._answers.get(base)
        if answers is None:
            answers = Answers(base)
            if len(self._answers) < BASES_KEPT:
                self._answers[base] = answers
        return answers

    def keep_envelope(self, key: "EnvelopeKey", envelope: "Envelope") -> None:
        """Have the envelope in `envelopes`, unless its host is one too many or what was sent is too long."""
        is_short = len(key.host) <= LONGEST_ORIGIN and len(key.origin or b"") <= LONGEST_ORIGIN
        if is_short and envelope.answers in self._answers.values():
            if len(self.envelopes) >= ENVELOPES_KEPT:
                self.envelopes.clear()
            self.envelopes[key] = envelope

    def fragment(self, slot: Slot, campaign: Campaign, creative: Creative, showing: Showing) -> str:
        """Return what a server-side include puts into the page: label, creative, and the pixel that counts it."""
        key = (slot.id, creative.id)
        form = self._html.get(key)
        if form is None:
            form = _fragment_form(slot, campaign, creative)
            _keep(self._html, key, form)
        return fill(form, showing)


HERE = b"\n"
"""No JSON of ours has this letter."""


class Form(NamedTuple):
    """A decided slot as JSON, in one piece, with HERE where its token belongs. `marked` is None where nothing else
    differs; `ad` is what begins the counter's subject, None for a name that is no slot's; `why` says why there is no
    creative."""

    text: bytes
    marked: str | None
    ad: bytes | None
    why: NoFill | None
    why_json: bytes


class Answers:
    """The slots of `/v1/ads` as JSON, with links that begin with one address. `kept` are the forms made so far."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.kept: dict[Decision, Form] = {}

    def form(self, decision: Decision) -> Form:
        """Return the slot's form, from now on in `kept`."""
        form = _form(decision, self._base)
        if decision.slot is not None:  # a name that is no slot's is a new decision each time
            _keep(self.kept, decision, form)
        return form

    def fill(self, form: Form, token: str, page: str, now: int) -> bytes:
        """Return the form filled in, where more than its tokens differs."""
        return fill(form.marked or "", Showing(token, self._base, random.getrandbits(48), now, page)).encode()


class Envelope(NamedTuple):
    """What all answers of `/v1/ads` to one site's pages have in common that come from one origin to one host."""

    answers: Answers
    headers: tuple[Header, ...]


class EnvelopeKey(NamedTuple):
    site_id: SiteId
    host: bytes
    origin: bytes | None
    scheme: str


def _form(decision: Decision, base: str) -> Form:
    name, slot, campaign, creative, why = (
        json.dumps(decision.name, ensure_ascii=False),
        decision.slot,
        decision.campaign,
        decision.creative,
        decision.why,
    )
    if slot is None or campaign is None or creative is None:
        ad = None if slot is None else ad_of(slot.id, NO_CREATIVE)
        return Form(f"{name}:null".encode(), None, ad, why, f"{name}:{json.dumps(why)}".encode())
    form, ad = f"{name}:{_json_form(slot, campaign, creative)}", ad_of(slot.id, creative.id)
    if has_moments(form):
        return Form(b"", form, ad, None, b"")
    return Form(fill_base(form, base).replace(TOKEN, HERE.decode()).encode(), None, ad, None, b"")


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _keep(forms: dict[_Key, _Value], key: _Key, form: _Value) -> None:
    if len(forms) >= FORMS_KEPT:
        forms.clear()
    forms[key] = form


def image_form(creative: Creative) -> str:
    """Return the image's address as a form; one of our own names its content and never changes."""
    return f"{BASE}/a/{creative.asset}" if creative.asset else without_marks(creative.src or "")


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
        # What the tag keeps a record of, on the page always, on the device where the reader agrees, to tell which
        # campaigns are capped; 0 seconds is a cap of the page, whose later slots are other requests.
        answer["caps"] = [
            {"impressions": cap.impressions, "seconds": int(cap.per.total_seconds())} for cap in campaign.caps
        ]
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def creative_page(campaign: Campaign, creative: Creative, showing: Showing) -> str:
    """Return an HTML creative as the page of a frame, for pages whose own policy would stop it."""
    return fill(FRAME_HEAD + prepare(creative.html or "", campaign, creative), showing)


def _fragment_form(slot: Slot, campaign: Campaign, creative: Creative) -> str:
    label, look = escape(without_marks(slot.label)), ""
    if creative.kind is CreativeKind.IMAGE:
        inner = _image_link(creative)
    elif creative.kind is CreativeKind.TEXT:
        inner, look = _text_link(creative), f"<style>{TEXT_LOOK}</style>"
    else:
        document = escape(prepare(creative.html or "", campaign, creative))
        inner = (
            f'<iframe sandbox="{SANDBOX}" srcdoc="{document}" width="{creative.size.width}" '
            f'height="{creative.size.height}" title="{label}" style="{_sized(creative)}"></iframe>'
        )
    return (
        f'{look}<div class="adserver-ad" role="complementary" aria-label="{label}">'
        f'<div class="adserver-label">{label}</div>{inner}'
        f'<img src="{BASE}/v1/i/{TOKEN}.gif" width="1" height="1" alt="" style="position:absolute;opacity:0"></div>'
    )


def _image_link(creative: Creative) -> str:
    width, height = creative.size
    alt, sized = escape(without_marks(creative.alt)), _sized(creative)
    return (
        f'<a href="{CLICK_URL}" rel="sponsored noopener" target="_blank" style="{sized}">'
        f'<img src="{escape(image_form(creative))}" width="{width}" height="{height}" alt="{alt}" '
        f'style="{sized};height:auto;aspect-ratio:{width}/{height}"></a>'
    )


def _text_link(creative: Creative) -> str:
    width, height = creative.size
    # Whole lines, where the browser can tell.
    highest = f"max-height:{height}px;max-height:round(down,{height}px,1lh)"
    picture = ""
    if creative.asset or creative.src:
        alt = escape(without_marks(creative.alt))
        picture = f'<img src="{escape(image_form(creative))}" alt="{alt}" width="72" height="72" style="{highest}"> '
    return (
        f'<a class="adserver-text" href="{CLICK_URL}" rel="sponsored noopener" target="_blank" '
        f'style="width:{width}px;max-width:100%;margin:0 auto;{highest}">{picture}'
        f'<span><strong class="adserver-title">{escape(without_marks(creative.title or ""))}</strong> '
        f"{escape(without_marks(creative.text or ''))}</span></a>"
    )


def _sized(creative: Creative) -> str:
    """Return styles by which a page's rules for the pictures and links of its articles do not stretch a creative."""
    return f"display:block;width:{creative.size.width}px;max-width:100%;margin:0 auto;padding:0;border:0"
