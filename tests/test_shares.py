"""Shares as printed: to the digits their interval supports, nearly certain never as certain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure.amounts import exact_share, share_text, shown_with
from exposure.errors import Text


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.9534, 0.951, 0.956, "95.3%"),
        (0.9534, 0.90, 0.97, "95%"),
        (0.9534, 0.9533, 0.9535, "95.34%"),
        (0.95, 0.95, 0.95, "95.00%"),
        (0.9496, None, None, "95.0%"),
    ],
)
def test_a_share_has_the_digits_its_interval_supports(
    value: float, low: float | None, high: float | None, said: str
) -> None:
    assert share_text(value, low, high).ja == said


def test_nearly_certain_and_nearly_never_are_said_in_words() -> None:
    assert share_text(0.99996) == Text("99.9%超", ">99.9%")
    assert share_text(0.0001) == Text("0.1%未満", "<0.1%")
    assert (share_text(1.0).ja, share_text(0.0).ja) == ("100.0%", "0.0%")
    assert shown_with(1.0, 0).ja == "100%"


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.95, "95%"), (0.955, "95.5%"), (0.995, "99.5%"), (1.0, "100%"), (0.0, "0%"), (0.1, "10%")],
)
def test_a_share_somebody_set_is_printed_with_all_its_digits(share: float, said: str) -> None:
    assert exact_share(share) == said


@given(st.floats(0.0, 1.0))
def test_what_is_printed_is_the_share_rounded_or_a_bound_that_it_keeps(share: float) -> None:
    shown = share_text(share).en
    number = float(shown.strip("<>%")) / 100
    if shown.startswith("<"):
        assert share < number + 1e-12
    elif shown.startswith(">"):
        assert share >= number - 1e-12
    else:
        assert abs(share - number) <= 0.0005 + 1e-12
        assert (number > 0) == (share > 0)
        assert (number < 1) == (share < 1)
