from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.delivery.http import BadRequest, query_of

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
