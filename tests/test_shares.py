"""Shares as printed: to the digits their interval supports, never across a target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exposure.amounts import exact_share, share_text, shown_decimals, shown_with
from exposure.errors import Text


@pytest.mark.parametrize(
    ("value", "low", "high", "target", "said"),
    [
        (0.9534, 0.951, 0.956, None, "95.3%"),
        (0.9534, 0.90, 0.97, None, "95%"),
        (0.9534, 0.9533, 0.9535, None, "95.34%"),
        # 94.96 % must not read as the 95 % it misses, with or without an interval.
        (0.9496, None, None, None, "95.0%"),
        (0.9496, None, None, 0.95, "94.96%"),
        (0.9496, 0.92, 0.97, 0.95, "94.96%"),
        (0.94999, 0.92, 0.97, 0.95, "95%未満"),
        # A target met does not read as missed: 95.04 % would be 95 %, and meets 95 % but not 95.03.
        (0.9504, None, None, 0.95, "95.0%"),
        (0.9504, None, None, 0.9503, "95.04%"),
        (0.9503, None, None, 0.9503, "95.03%"),
        (0.950301, None, None, 0.950301, "95.0301%超"),
        (0.95, 0.95, 0.95, 0.95, "95.00%"),
    ],
)
def test_a_share_has_the_digits_its_interval_supports_and_keeps_its_side_of_the_target(
    value: float, low: float | None, high: float | None, target: float | None, said: str
) -> None:
    assert share_text(value, low, high, target=target).ja == said


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


@given(st.floats(0.0, 1.0), st.floats(0.01, 0.99))
def test_what_is_printed_is_on_the_side_of_the_target_where_the_share_is(
    share: float, target: float
) -> None:
    shown = share_text(share, target=target).en
    assert 0 <= shown_decimals(share, target=target) <= 2
    number = float(shown.strip("<>%")) / 100
    if shown.startswith("<"):
        assert share < number + 1e-12
    elif shown.startswith(">"):
        assert share >= number - 1e-12
    else:
        assert (round(number, 12) >= target) == (share >= target)
