import math

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from exposure.arrays import Years
from exposure.measures.adequacy import (
    AdequacyCurve,
    Tally,
    adequacy,
    adequacy_curve,
    annual_limit_adequacy,
    event_tally,
    event_weighted_unpaid_share,
    full_adequacy,
    full_tally,
    limit_adequacy,
    money_weighted_unpaid_share,
    year_tally,
)
from exposure.measures.intervals import wilson_interval
from exposure.validation.aggregate import lognormal_limited_mean

# Six breaches of four years: years 0 and 1 have two. One breach is not covered.
YEARS = Years((4, 2))
OK = np.array([True, True, False, True, False, True])
COVERED = np.array([True, True, True, False, True, True])


def test_event_adequacy_is_given_a_covered_breach():
    assert event_tally(OK, COVERED) == Tally(3, 5)
    assert limit_adequacy(OK, COVERED, level=0.9) == wilson_interval(3, 5, level=0.9)


def test_a_year_fails_with_its_first_failing_breach_and_counts_only_if_covered():
    # Year 0: ok, then not. Year 1: ok twice. Year 2: not ok. Year 3: nothing covered.
    assert year_tally(OK, COVERED, YEARS) == Tally(1, 3)
    assert annual_limit_adequacy(OK, COVERED, YEARS, level=0.9).value == pytest.approx(1 / 3)


def test_a_breach_that_is_not_covered_does_not_spoil_its_year():
    ok, covered = np.array([True, False]), np.array([True, False])
    assert year_tally(ok, covered, Years((1, 1))) == Tally(1, 1)


def test_blocks_of_years_add_up_to_the_whole():
    whole = event_tally(OK, COVERED)
    blocks = event_tally(OK[:2], COVERED[:2]) + event_tally(OK[2:], COVERED[2:])
    assert blocks == whole
    assert adequacy(blocks, level=0.9) == limit_adequacy(OK, COVERED, level=0.9)


def test_a_plan_that_covers_nothing_is_adequate_in_nothing():
    estimate = limit_adequacy(OK, np.zeros(6, dtype=bool), level=0.9)
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 1.0)


def test_an_own_share_leaves_limit_adequacy_at_one_and_full_adequacy_at_zero():
    gross = np.array([1e5, 1e6, 1e9])
    unpaid = 0.05 * gross
    every = np.array([True, True, True])
    assert limit_adequacy(every, every, level=0.9).value == 1.0
    assert full_adequacy(unpaid, 0.0, level=0.9).value == 0.0
    assert full_tally(unpaid, 50_000.0) == Tally(2, 3)


def test_three_figures_called_the_unpaid_share():
    # Lognormal with median 1 million and σ 2.2 under a limit of 100 million, on a quantile grid.
    n, mu, sigma, limit = 1_000_000, math.log(1e6), 2.2, 1e8
    gross = np.exp(mu + sigma * ndtri((np.arange(n) + 0.5) / n))
    unpaid = np.maximum(gross - limit, 0.0)
    money = money_weighted_unpaid_share(unpaid, gross, level=0.9, largest_share=0.05)
    event = event_weighted_unpaid_share(unpaid, gross, level=0.9)
    paid = full_adequacy(unpaid, 0.0, level=0.9)
    # The grid stops at its last point; what the closed form has beyond it is 0.2 points.
    assert money.value == pytest.approx(0.381, abs=0.003)
    assert event.value == pytest.approx(0.0083, abs=5e-5)
    assert paid.value == pytest.approx(0.982, abs=5e-4)
    # Closed forms of the first and the last.
    reached, mean = lognormal_limited_mean(np.array([limit, np.inf]), mu, sigma)
    assert 1 - reached / mean == pytest.approx(0.381, abs=5e-4)
    assert ndtr((math.log(limit) - mu) / sigma) == pytest.approx(paid.value, abs=1e-6)


def test_money_weighted_share_has_the_error_of_a_ratio():
    unpaid, gross = np.array([0.0, 2.0, 1.0]), np.array([2.0, 4.0, 6.0])
    share = money_weighted_unpaid_share(unpaid, gross, level=0.9, largest_share=0.9)
    # Ratio ¼; residuals −½, 1, −½: variance ¾, standard error ½, over a mean of 4.
    assert share.value == 0.25
    assert share.high - share.value == pytest.approx(1.6448536269514722 * 0.5 / 4)
    assert share.reliable


def test_money_weighted_share_of_plenty_unpaid_stays_within_one():
    unpaid, gross = np.array([9.0, 0.0]), np.array([9.0, 1.0])
    share = money_weighted_unpaid_share(unpaid, gross, level=0.99, largest_share=0.05)
    assert 0.0 <= share.low <= 0.9 <= share.high <= 1.0
    assert not share.reliable


def test_free_breaches_have_no_unpaid_share():
    unpaid, gross = np.array([0.0, 0.0, 5.0, 5.0]), np.array([0.0, 0.0, 10.0, 10.0])
    estimate = event_weighted_unpaid_share(unpaid, gross, level=0.9)
    assert (estimate.value, estimate.low, estimate.high) == (0.5, 0.5, 0.5)


def test_nothing_lost_means_nothing_unpaid():
    nothing = np.zeros(3)
    money = money_weighted_unpaid_share(nothing, nothing, level=0.9, largest_share=0.05)
    event = event_weighted_unpaid_share(nothing, nothing, level=0.9)
    assert money.value == money.high == event.value == event.high == 0.0


def test_adequacy_curve_pairs_limits_with_their_tallies():
    tallies = [Tally(80, 100), Tally(95, 100), Tally(100, 100)]
    curve = adequacy_curve([1e8, 3e8, math.inf], tallies, level=0.9)
    expected = tuple(wilson_interval(n, 100, level=0.9) for n in (80, 95, 100))
    assert curve == AdequacyCurve((1e8, 3e8, math.inf), expected)


def test_limits_of_a_curve_ascend():
    with pytest.raises(ValueError, match="ascend"):
        adequacy_curve([3e8, 1e8], [Tally(1, 2), Tally(1, 2)], level=0.9)
