"""Macros of HTML creatives: which are known, and which of a creative's are not."""

import re
from difflib import get_close_matches

CLICK_MACROS = ("{clickurl}", "{clickurl_enc}", "%%CLICK_URL_UNESC%%", "%%CLICK_URL_ESC%%", "${CLICK_URL}")
_OTHERS = ("{random}", "{timestamp}", "{pageurl}", "{campaignid}", "{bannerid}", "%%CACHEBUSTER%%", "${CACHEBUSTER}")
MACROS = (*CLICK_MACROS, *_OTHERS, "${GDPR}")
_CONSENT = re.compile(r"\$\{GDPR_CONSENT_\d+\}", re.ASCII)
_LOOKS_LIKE_A_MACRO = re.compile(r"%%\w+%%|\$\{[A-Z][A-Z0-9_]+\}|(?<!\$)\{[A-Za-z_]+\}", re.ASCII)
# In scripts and styles braces are the language's own.
_CODE = re.compile(r"<(script|style)\b.*?</\1\s*>", re.ASCII | re.DOTALL | re.IGNORECASE)


def macro_faults(html: str) -> list[str]:
    """What is wrong with the macros of an HTML creative, a message each."""
    unknown = dict.fromkeys(_LOOKS_LIKE_A_MACRO.findall(_CODE.sub("", html)))
    faults = [f"unknown macro {name}{_suggestion(name)}" for name in unknown if not _is_known(name)]
    if not any(macro in html for macro in CLICK_MACROS):
        faults.append("no click macro, so no click would be counted: put {clickurl} where the link's address stands")
    return faults


def _is_known(name: str) -> bool:
    return name in MACROS or bool(_CONSENT.fullmatch(name))


def _suggestion(name: str) -> str:
    spellings = {macro.strip("{}$%").lower(): macro for macro in MACROS if macro[0] == name[0]}
    near = get_close_matches(name.strip("{}$%").lower(), spellings, n=1, cutoff=0.7)
    return f"; did you mean {spellings[near[0]]}?" if near else ""
