"""Breaches of one year depend on each other: pairs say how much, and intervals allow for it."""

from __future__ import annotations

import numpy as np
import pytest

from exposure.arrays import Years
from exposure.measures.adequacy import (
    CoveredYears,
    Pairs,
    Tally,
    adequacy,
    design_effect,
    each_year,
    event_tally,
)
from exposure.measures.intervals import Estimate, wilson_interval

# Years with 3, 2, 1 and 1 breaches: breaches 0, 4 and 6 are of year 0, 1 and 5 of year 1.
YEARS = Years((4, 2, 1))
ENOUGH = np.array([True, False, True, False, True, True, False])
ALL = np.ones(7, dtype=np.bool_)


def test_only_years_with_several_breaches_have_pairs() -> None:
    assert each_year(ENOUGH, YEARS).tolist() == [2, 1, 1, 0]
    assert each_year(ALL, YEARS).tolist() == [3, 2, 1, 1]
    assert each_year(ENOUGH[:4], Years((4,))).tolist() == [1, 0, 1, 0]
    assert event_tally(ENOUGH[:4], ALL[:4], Years((4,))) == Tally(2, 4)


def test_pairs_are_counted_within_each_year() -> None:
    # Year 0: one pair of two sufficient ones, three pairs. Year 1: one mixed pair.
    tally = event_tally(ENOUGH, ALL, YEARS)
    assert tally == Tally(4, 7, Pairs(both_ok=1, n_ok=2 * 2 + 1, n=3 + 1))


def test_pairs_of_blocks_add_up() -> None:
    ok, n = np.array([2, 1, 4]), np.array([3, 2, 5])
    assert CoveredYears(n[:1]).pairs(ok[:1]) + CoveredYears(n[1:]).pairs(ok[1:]) == CoveredYears(
        n
    ).pairs(ok)


def test_years_of_many_breaches_are_counted_in_full() -> None:
    years = Years((2,) * 300)
    assert each_year(np.ones(600, dtype=np.bool_), years).tolist() == [300, 300]
    assert CoveredYears(np.array([300])).pairs(np.array([300], dtype=np.uint16)).n == 300 * 299 // 2


def test_the_design_effect_is_the_variance_between_years_over_that_of_single_breaches() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(0, 6, 500)
    ok = rng.binomial(n, rng.beta(2, 1, 500))
    share = ok.sum() / n.sum()
    between = ((ok - share * n) ** 2).sum()
    expected = between / (n.sum() * share * (1 - share))
    found = design_effect(int(ok.sum()), int(n.sum()), CoveredYears(n).pairs(ok))
    assert found == pytest.approx(expected, rel=1e-12)
    assert found > 1.2


@pytest.mark.parametrize(
    ("n_ok", "n", "pairs", "effect"),
    [
        (3, 6, Pairs(), 1),  # one breach a year
        (3, 6, Pairs(both_ok=3, n_ok=6, n=6), 3),  # two years of three that agree
        (2, 4, Pairs(both_ok=0, n_ok=2, n=2), 1),  # years that are always mixed
        (6, 6, Pairs(both_ok=6, n_ok=12, n=6), 3),  # nothing ever fails: a year counts once
        (0, 6, Pairs(both_ok=0, n_ok=0, n=6), 3),
        (0, 0, Pairs(), 1),
    ],
)
def test_design_effects_one_can_work_out_by_hand(
    n_ok: int, n: int, pairs: Pairs, effect: float
) -> None:
    assert design_effect(n_ok, n, pairs) == pytest.approx(effect)


def test_breaches_that_depend_on_each_other_count_as_fewer() -> None:
    agreeing = Tally(50, 100, Pairs(both_ok=25, n_ok=50, n=50))
    assert adequacy(agreeing, level=0.9) == wilson_interval(25, 50, level=0.9)
    assert adequacy(Tally(50, 100), level=0.9) == wilson_interval(50, 100, level=0.9)


def covered(repeats: int, *, by_year: bool) -> float:
    """Share of 90 % intervals that hold ⅔, the mean of a beta(2, 1) that each year draws."""
    rng, years = np.random.default_rng(5), Years((300,) * 6)
    every = np.ones(years.n_events, dtype=np.bool_)
    held = 0
    for _ in range(repeats):
        ok = (rng.random((6, 300)) < rng.beta(2, 1, 300)).ravel()
        found: Estimate = adequacy(event_tally(ok, every, years if by_year else None), level=0.9)
        held += found.low <= 2 / 3 <= found.high
    return held / repeats


def test_the_interval_of_the_adequacy_covers_as_often_as_it_says() -> None:
    """Four standard errors at 1,000 repeats are 3.8 points."""
    assert covered(1000, by_year=True) == pytest.approx(0.9, abs=0.038)


def test_an_interval_that_takes_breaches_for_independent_is_caught() -> None:
    # The correlation ¼ makes the effect 1 + 5 · ¼: 1.645 errors become 1.097, which cover 72.7 %.
    assert covered(1000, by_year=False) == pytest.approx(0.727, abs=0.057)
