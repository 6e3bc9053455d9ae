from hypothesis import given
from hypothesis import strategies as st

from adserver.counting.counter import AnyCounter, Counter, ViewCounter, decode, encode
from adserver.counting.events import Metric, Rejection
from adserver.delivery.device import Device

u32 = st.integers(0, 2**32 - 1)
rejections = st.none() | st.sampled_from(Rejection)
counters = st.builds(
    Counter, u32, u32, u32, st.sampled_from(Metric), rejections, st.text(max_size=40), st.sampled_from(Device)
) | st.builds(ViewCounter, u32, u32, st.text(max_size=80), rejections)


@given(counters)
def test_a_counter_is_read_back_from_its_field(counter: AnyCounter) -> None:
    assert decode(encode(counter)) == counter


@given(counters, counters)
def test_two_counters_never_share_a_field(one: AnyCounter, other: AnyCounter) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(counters)
def test_no_field_is_taken_for_the_batch_id(counter: AnyCounter) -> None:
    assert len(encode(counter)) > len(b"id")
