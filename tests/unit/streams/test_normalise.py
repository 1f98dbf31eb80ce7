from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Refusal
from streams.normalise import listed, lower, optional_time_ms, thousandths, whole, word


@given(st.decimals(min_value=0, max_value=10**9, places=5))
def test_thousandths_are_half_even_on_the_decimal_digits(written) -> None:  # type: ignore[no-untyped-def]
    value = float(written)

    assert thousandths(value) == round(Fraction(repr(value)) * 1000)


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert (whole(3.0, "$.x"), whole(3, "$.x"), whole(None, "$.x"), whole("", "$.x")) == (3, 3, None, None)


@pytest.mark.parametrize("value", [3.5, -1, 0])
def test_a_number_that_is_not_whole_or_too_small_is_refused(value: float) -> None:
    with pytest.raises(Refusal):
        whole(value, "$.x", least=1)


def test_a_date_alone_is_its_midnight() -> None:
    assert optional_time_ms("2026-03-16", "$.x") == 1_773_619_200_000
    assert optional_time_ms("", "$.x") is None


@pytest.mark.parametrize("text", ["2026-02-30", "16.03.2026", "next week", "0000-00-00", "0001-01-01"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        optional_time_ms(text, "$.x")


def test_words_and_lists() -> None:
    assert (word(" C-Level "), word(""), word(" ")) == ("c_level", None, None)
    assert (lower(" Bee Keeping "), lower(None)) == ("bee keeping", None)
    assert listed("a", frozenset("a"), "z") == "a"
    assert listed("b", frozenset("a"), "z") == "z"
    assert listed("", frozenset("a"), "z") == ""
