import pytest

from adserver.inventory.macros import macro_faults


@pytest.mark.parametrize(
    "html",
    [
        "<a href='{clickurl}'>",
        "<a href='https://x.example/?u={clickurl_enc}&r={random}{timestamp}{pageurl}{campaignid}{bannerid}'>",
        "<a href='%%CLICK_URL_UNESC%%https://x.example/'><img src='?%%CACHEBUSTER%%'>",
        "<a href='${CLICK_URL}'><img src='?${CACHEBUSTER}&gdpr=${GDPR}&c=${GDPR_CONSENT_755}'>",
        "<style>a{color:red} b{top}</style><script>const {a} = `${b}${MAX_COUNT}`; if (x) {y}</script>{clickurl}",
        "<a href='{clickurl}' style='x'>{ not a macro } {} {1}</a>",
    ],
)
def test_known_macros_and_code_are_fine(html: str) -> None:
    assert macro_faults(html) == []


@pytest.mark.parametrize(
    ("html", "faults"),
    [
        ("{clickurl}{clikurl}", ["unknown macro {clikurl}; did you mean {clickurl}?"]),
        ("{clickurl}{RANDOM}", ["unknown macro {RANDOM}; did you mean {random}?"]),
        ("{clickurl}%%CACHEBUSTR%%", ["unknown macro %%CACHEBUSTR%%; did you mean %%CACHEBUSTER%%?"]),
        ("{clickurl}%%PATTERN%%%%PATTERN%%", ["unknown macro %%PATTERN%%"]),
        ("{clickurl}${US_PRIVACY}", ["unknown macro ${US_PRIVACY}"]),
        (
            "<a href='https://x.example/'>",
            ["no click macro, so no click would be counted: put {clickurl} where the link's address stands"],
        ),
    ],
)
def test_unknown_and_missing_macros_are_told(html: str, faults: list[str]) -> None:
    assert macro_faults(html) == faults
