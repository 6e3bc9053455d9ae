from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.delivery.http import BadRequest, location, query_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_a_query_is_read_as_the_library_reads_it(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    assert query_of({"query_string": query.encode()}) == parse_qsl(query, keep_blank_values=True) or query == "="


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        (b"", []),
        (b"a", [("a", "")]),
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"il=%C5%9Eanl%C4%B1urfa+merkez", [("il", "Şanlıurfa merkez")]),
        ("il=Şırnak".encode(), [("il", "Şırnak")]),
    ],
)
def test_queries_are_read(query: bytes, pairs: list[tuple[str, str]]) -> None:
    assert query_of({"query_string": query}) == pairs


@pytest.mark.parametrize("query", [b"a=%ff", b"a=\xff", b"%c3=1"])
def test_what_is_not_utf_8_is_refused(query: bytes) -> None:
    with pytest.raises(BadRequest, match="not UTF-8"):
        query_of({"query_string": query})


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("https://zeytin.example/a|b?c=%20#d", b"https://zeytin.example/a|b?c=%20#d"),
        (
            "https://çay.example:8443/ürün%20?il=Muğla&a=b#şişe",
            b"https://xn--ay-3ia.example:8443/%C3%BCr%C3%BCn%20?il=Mu%C4%9Fla&a=b#%C5%9Fi%C5%9Fe",
        ),
        ("https://ığdır..example/", b"https://%C4%B1%C4%9Fd%C4%B1r..example/"),
    ],
    ids=["ascii", "Turkish", "no host's name"],
)
def test_browser_is_sent_to_where_the_address_means(address: str, sent: bytes) -> None:
    assert location(address) == (b"location", sent)
