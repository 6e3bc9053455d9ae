from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.counting.datacenters import Ranges, read_ranges


def test_ranges_are_read_with_comments(tmp_path: Path) -> None:
    path = tmp_path / "ranges"
    path.write_text("# clouds\n3.0.0.0/8  # one\n\n2600:1f00::/24\n8.8.8.8\n")
    ranges = read_ranges(path)
    assert [address in ranges for address in ("3.4.5.6", "2600:1f00::1", "8.8.8.8")] == [True] * 3
    assert [address in ranges for address in ("4.0.0.0", "2601::1", "8.8.8.9", "", "x")] == [False] * 5


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ranges"
    path.write_text("3.0.0.0/8\n3.0.0.0/99\nhello\n")
    with pytest.raises(ValueError, match=r"line 2: '3.0.0.0/99' is not a network; line 3: 'hello' is not a network"):
        read_ranges(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none cannot be read"):
        read_ranges(tmp_path / "none")


networks = st.builds(
    lambda number, length: ip_network((number, length), strict=False), st.integers(0, 2**32 - 1), st.integers(4, 32)
)


@given(st.lists(networks, max_size=8), st.integers(0, 2**32 - 1))
def test_bisection_finds_what_a_look_at_each_finds(listed: list, number: int) -> None:
    address = ip_address(number)
    assert (str(address) in Ranges(listed)) == any(address in network for network in listed)
