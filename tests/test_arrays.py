"""Events by ordinal give what a plain loop over the events of each year gives, bit for bit."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce

import numpy as np
import pytest

from exposure.arrays import FloatArray, Years, prorate, remaining_limit, within_period

# Ordinals of few years are put together where there are several of them.
LONG_TAIL = (300, 200, 120, 64, 63, 40, 9, 9, 2, 1, 1, 1)
SHAPES = ((4,), (3, 1), (2, 2, 2), (70, 65, 64), (70, 5, 4), (70, 5, 4, 3), LONG_TAIL)


def test_a_year_is_the_sum_and_the_largest_of_its_events() -> None:
    years, amount = Years((3, 2, 1)), np.array([10.0, 20.0, 30.0, 5.0, 60.0, 7.0])
    assert years.n_events == 6
    assert years.sum(amount).tolist() == [22.0, 80.0, 30.0]
    assert years.sum_of_several(amount).tolist() == [22.0, 80.0]
    assert years.max(amount).tolist() == [10.0, 60.0, 30.0]
    assert years.any(amount == 60.0).tolist() == [False, True, False]
    assert [amount[part].tolist() for part in years.slices()] == [[10, 20, 30], [5, 60], [7]]
    assert (years.n_years, years.n_several) == (3, 2)


def test_a_year_of_one_event_is_that_event() -> None:
    years, amount = Years((2,)), np.array([10.0, 20.0])
    assert years.sum(amount).tolist() == [10.0, 20.0]
    assert years.sum_of_several(amount).size == 0
    assert within_period(amount, years, 15.0).tolist() == [10.0, 15.0]


def test_no_year_at_all_has_no_event() -> None:
    years, nothing = Years((0,)), np.zeros(0)
    assert (years.n_events, years.sum(nothing).size, within_period(nothing, years, 1.0).size) == (
        0,
        0,
        0,
    )


@pytest.mark.parametrize("sizes", [(), (1, 2)])
def test_years_are_ordered_by_their_number_of_events(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="never increase"):
        Years(sizes)


def test_what_was_paid_before_the_first_event_is_gone() -> None:
    paid = within_period(np.array([60.0, 30.0, 50.0]), Years((2, 1)), 100.0, used=50.0)
    assert paid.tolist() == [50.0, 30.0, 0.0]
    assert within_period(np.array([60.0]), Years((1,)), 100.0, used=200.0).tolist() == [0.0]


def events_of(sizes: Sequence[int], year: int) -> list[int]:
    """Return the numbers of a year's events, in their order."""
    return [sum(sizes[:j]) + year for j, size in enumerate(sizes) if size > year]


def drawn(sizes: Sequence[int], *, whole: bool) -> FloatArray:
    amount = np.random.default_rng(len(sizes)).lognormal(0.0, 2.0, sum(sizes))
    return np.rint(amount * 2**10) if whole else amount


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("sizes", SHAPES)
def test_years_are_put_together_in_the_order_of_their_events(
    sizes: tuple[int, ...], whole: bool
) -> None:
    years, amount = Years(sizes), drawn(sizes, whole=whole)
    flag = amount > np.quantile(amount, 0.9)
    for year, (total, largest, flagged) in enumerate(
        zip(years.sum(amount), years.max(amount), years.any(flag), strict=True)
    ):
        own = events_of(sizes, year)
        assert total == reduce(operator.add, amount[own].tolist(), 0.0)
        assert (largest, flagged) == (max(amount[own]), any(flag[own]))
    n_several = sizes[1] if len(sizes) > 1 else 0
    assert years.sum_of_several(amount).tolist() == years.sum(amount)[:n_several].tolist()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("sizes", SHAPES)
def test_a_limit_runs_down_event_by_event(
    sizes: tuple[int, ...], whole: bool, share: float
) -> None:
    years, amount = Years(sizes), drawn(sizes, whole=whole)
    limit = float(np.quantile(years.sum(amount), share))
    paid = within_period(amount, years, limit)
    left = remaining_limit(paid, years, limit)
    for year in range(sizes[0]):
        remaining = limit
        for event in events_of(sizes, year):
            assert left[event] == remaining
            assert paid[event] == min(amount[event], remaining)
            remaining -= paid[event]


def test_the_same_years_are_equal_whatever_has_been_asked_of_them() -> None:
    one, other = Years(LONG_TAIL), Years(LONG_TAIL)
    one.sum(drawn(LONG_TAIL, whole=True))
    assert one == other and hash(one) == hash(other)


@pytest.mark.parametrize("largest", [10**8, 10**15])
def test_prorated_yen_are_those_of_whole_numbers(largest: int) -> None:
    rng = np.random.default_rng(1)
    amount, room, claim = rng.integers(0, largest, (3, 200)).astype(np.float64)
    found = prorate(amount, room, np.maximum(claim, 1.0))
    for paid, *terms in zip(found, amount, room, np.maximum(claim, 1.0), strict=True):
        due, left, claimed = (int(term) for term in terms)
        assert int(paid) == (due * left // claimed if claimed > left else due)
