"""Macros of creatives: prepared once a creative, filled in for each decision."""

import re
from typing import NamedTuple
from urllib.parse import quote

from adserver.inventory.model import Campaign, Creative

# Marks of what differs from answer to answer: private-use characters, which are taken out of creatives beforehand.
TOKEN, BASE, BASE_ENCODED, RANDOM, TIME, PAGE = "\ue001", "\ue002", "\ue003", "\ue004", "\ue005", "\ue006"
_MARK = re.compile("[\ue001-\ue006]")

CLICK_URL = f"{BASE}/v1/c/{TOKEN}"
_CLICK_URL_ENCODED = f"{BASE_ENCODED}%2Fv1%2Fc%2F{TOKEN}"

# The trade's names: Revive, Google Ad Manager, Xandr.
_MACROS = {
    "{clickurl}": CLICK_URL,
    "{clickurl_enc}": _CLICK_URL_ENCODED,
    "{random}": RANDOM,
    "{timestamp}": TIME,
    "{pageurl}": PAGE,
    "%%CLICK_URL_UNESC%%": CLICK_URL,
    "%%CLICK_URL_ESC%%": _CLICK_URL_ENCODED,
    "%%CACHEBUSTER%%": RANDOM,
    "${CLICK_URL}": CLICK_URL,
    "${CACHEBUSTER}": RANDOM,
}
# Consent is not passed on: we do not ask readers for any on the advertiser's behalf.
_CONSENT = r"\$\{GDPR(?:_CONSENT_[0-9]+)?\}"
_MACRO = re.compile("|".join([*map(re.escape, (*_MACROS, "{campaignid}", "{bannerid}")), _CONSENT]))


class Showing(NamedTuple):
    """What differs from answer to answer: the server's address `base`, the reader's `page`, Unix seconds."""

    token: str
    base: str
    random: int
    timestamp: int
    page: str


def prepare(markup: str, campaign: Campaign, creative: Creative) -> str:
    """Put marks where macros stand; what is the same for every answer is put in at once."""
    values = {**_MACROS, "{campaignid}": campaign.key, "{bannerid}": creative.key}
    return _MACRO.sub(lambda macro: values.get(macro[0], ""), without_marks(markup))


def without_marks(text: str) -> str:
    """Take out the characters that we use as marks."""
    return _MARK.sub("", text)


def has_moments(form: str) -> bool:
    """Say whether more differs between two answers than their tokens and the server's address."""
    return any(mark in form for mark in (RANDOM, TIME, PAGE))


def fill_base(form: str, base: str) -> str:
    """Put the server's address where its marks stand."""
    if BASE_ENCODED in form:
        form = form.replace(BASE_ENCODED, quote(base, safe=""))
    return form.replace(BASE, base)


def fill(form: str, showing: Showing) -> str:
    """Put the showing's values where the marks stand; each is safe in HTML, in JSON and in an address."""
    if has_moments(form):
        form = form.replace(PAGE, quote(showing.page, safe=""))
        form = form.replace(RANDOM, str(showing.random)).replace(TIME, str(showing.timestamp))
    return fill_base(form, showing.base).replace(TOKEN, showing.token)
