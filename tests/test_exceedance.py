import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure.arrays import Years
from exposure.measures.exceedance import (
    exceedance_curve,
    exceedance_probability,
    loss_at_return_period,
    tail_measures,
    value_at_risk,
)
from exposure.tables import Annual

PRECISION = {"level": 0.9, "largest_share": 0.05}
THREE_POINTS = Annual(np.repeat([1e8, 1e6], [4, 6]), 0.9)


def plain_var(annual, p):
    """Walk the weighted distribution, empty year first."""
    reached = annual.empty_probability
    if reached >= p - 1e-12:
        return 0.0
    weight = (1 - annual.empty_probability) / annual.values.size
    for value in sorted(annual.values.tolist()):
        reached += weight
        if reached >= p - 1e-12:
            return value
    return max(annual.values.tolist())


def plain_tvar(annual, p):
    """The formula as printed: what exceeds the VaR, and the VaR for the rest of the tail."""
    v, weight = plain_var(annual, p), (1 - annual.empty_probability) / annual.values.size
    above = sum(weight * value for value in annual.values.tolist() if value > v)
    mass = sum(weight for value in annual.values.tolist() if value > v)
    return (above + v * (1 - mass - p)) / (1 - p)


def quantile_grid(inverse, n):
    return np.array([inverse((i + 0.5) / n) for i in range(n)])


def test_tvar_with_atoms_is_neither_shortcut():
    assert value_at_risk(THREE_POINTS, 0.95, level=0.9).value == 1e6
    tvar = tail_measures(THREE_POINTS, [0.95], **PRECISION).tvar[0]
    assert tvar.value == pytest.approx(80.2e6)
    # The mean of S > VaR would be 100 million, that of S ≥ VaR 40.6 million.


def test_var_is_zero_up_to_the_probability_of_an_empty_year():
    annual = Annual(np.array([5.0, 9.0]), 0.9)
    measures = tail_measures(annual, [0.0, 0.5, 0.9, 0.900001], **PRECISION)
    assert [estimate.value for estimate in measures.var] == [0.0, 0.0, 0.0, 5.0]
    assert (measures.var[2].low, measures.var[2].high) == (0.0, 0.0)


def test_tvar_at_zero_is_the_mean_with_and_without_empty_years():
    for p0 in (0.0, 0.95):
        annual = Annual(np.array([1.0, 2.0, 6.0]), p0)
        measures = tail_measures(annual, [0.0], **PRECISION)
        assert measures.mean == measures.tvar[0]
        assert measures.mean.value == pytest.approx(3.0 * (1 - p0))
        # Variance 7 of three loss years.
        half = 1.6448536269514722 * (1 - p0) * math.sqrt(7 / 3)
        assert measures.mean.high == pytest.approx(3.0 * (1 - p0) + half)
        assert measures.mean.low == pytest.approx(3.0 * (1 - p0) - half)


def test_tvar_at_an_atom_of_zero_shares_the_empty_years():
    # p = 0.8 under p0 = 0.9: half of the worst fifth of years are empty.
    annual = Annual(np.array([4.0, 8.0]), 0.9)
    assert tail_measures(annual, [0.8], **PRECISION).tvar[0].value == pytest.approx(3.0)


def test_tvar_at_an_atom_at_the_limit_is_the_limit_with_no_error():
    annual = Annual(np.minimum(np.arange(1.0, 1001.0), 500.0), 0.5)
    tvar = tail_measures(annual, [0.9], **PRECISION).tvar[0]
    assert (tvar.value, tvar.low, tvar.high) == (500.0, 500.0, 500.0)


def test_a_level_on_a_step_is_not_pushed_over_it_by_rounding():
    # 100 × 0.95 = 95 in decimals, and (0.29 − 0) × 100 = 28.999999999999996 in binary.
    annual = Annual(np.arange(1.0, 101.0), 0.0)
    levels = [i / 100 for i in range(1, 100)]
    measures = tail_measures(annual, levels, **PRECISION)
    assert [estimate.value for estimate in measures.var] == list(range(1, 100))
    # The same steps behind an atom: p = p0 + (1 − p0) i/100.
    behind = Annual(np.arange(1.0, 101.0), 0.95)
    levels = [0.95 + 0.05 * i / 100 for i in range(1, 100)]
    measures = tail_measures(behind, levels, **PRECISION)
    assert [estimate.value for estimate in measures.var] == list(range(1, 100))


def test_var_interval_is_that_of_the_conditional_level():
    # p = 0.995 of all years is 0.95 of the loss years; 9457 and 9543 at 95 %.
    annual = Annual(np.arange(1.0, 10_001.0), 0.9)
    var = value_at_risk(annual, 0.995, level=0.95)
    assert (var.value, var.low, var.high, var.reliable) == (9500.0, 9457.0, 9543.0, True)


def test_var_without_observations_beyond_it_has_no_upper_end():
    var = value_at_risk(Annual(np.arange(1.0, 11.0), 0.0), 0.99, level=0.9)
    assert (var.value, var.high, var.reliable) == (10.0, math.inf, False)


def test_uniform_amounts_have_known_measures():
    annual = Annual(quantile_grid(lambda u: 1e8 * u, 20_000), 0.0)
    measures = tail_measures(annual, [0.9, 0.99], **PRECISION)
    assert [e.value for e in measures.var] == pytest.approx([9e7, 9.9e7], rel=1e-4)
    assert [e.value for e in measures.tvar] == pytest.approx([9.5e7, 9.95e7], rel=1e-4)


def test_exponential_amounts_forget_the_var():
    annual = Annual(quantile_grid(lambda u: -math.log1p(-u), 100_000), 0.5)
    measures = tail_measures(annual, [0.75, 0.95, 0.99], **PRECISION)
    # P(S > x) = ½ e^−x, and the mean excess is 1 whatever the level.
    expected = [math.log(0.5 / (1 - p)) for p in measures.levels]
    assert [e.value for e in measures.var] == pytest.approx(expected, rel=1e-3)
    assert [e.value for e in measures.tvar] == pytest.approx([v + 1 for v in expected], rel=2e-3)


def test_tvar_error_of_exponential_amounts_is_the_closed_form():
    # Var of (S − v)⁺ given a tail share t: 2t − t²; the error is √(Var / n) / t.
    n, p = 100_000, 0.99
    annual = Annual(quantile_grid(lambda u: -math.log1p(-u), n), 0.0)
    tvar = tail_measures(annual, [p], **PRECISION).tvar[0]
    t = 1 - p
    error = math.sqrt((2 * t - t * t) / n) / t
    assert (tvar.high - tvar.value) / 1.6448536269514722 == pytest.approx(error, rel=0.01)


def test_lognormal_breach_has_its_closed_form_quantiles():
    normal = NormalDist()
    mu, sigma = math.log(1e6), 2.0
    amount = quantile_grid(lambda u: math.exp(mu + sigma * normal.inv_cdf(u)), 50_000)
    found = tail_measures(Annual(amount, 0.0), [0.5, 0.9, 0.99], **PRECISION)
    expected = [math.exp(mu + sigma * normal.inv_cdf(p)) for p in (0.5, 0.9, 0.99)]
    assert [e.value for e in found.var] == pytest.approx(expected, rel=2e-3)
    assert all(e.low <= e.value <= e.high for e in found.var)


def test_one_year_that_carries_the_tail_is_reported():
    annual = Annual(np.array([1.0] * 999 + [1e6]), 0.0)
    measures = tail_measures(annual, [0.5], **PRECISION)
    assert not measures.mean.reliable
    assert not measures.tvar[0].reliable


def test_nothing_lost_is_measured_as_nothing():
    measures = tail_measures(Annual(np.zeros(10), 0.9), [0.5, 0.99], **PRECISION)
    assert {e.value for e in (measures.mean, *measures.var, *measures.tvar)} == {0.0}
    assert measures.mean.reliable is True  # not NumPy's, which JSON does not know


def test_lower_end_of_a_tail_mean_is_never_negative():
    measures = tail_measures(Annual(np.array([0.0, 0.0, 9.0]), 0.0), [0.9], **PRECISION)
    assert measures.mean.low == 0.0


def test_the_input_is_left_as_it_was():
    values = np.array([3.0, 1.0, 2.0])
    tail_measures(Annual(values, 0.0), [0.5], **PRECISION)
    assert values.tolist() == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("p", [-0.1, 1.0, math.nan])
def test_levels_outside_the_unit_interval_are_refused(p):
    with pytest.raises(ValueError, match="levels"):
        value_at_risk(THREE_POINTS, p, level=0.9)


@pytest.mark.parametrize("measure", [value_at_risk, exceedance_curve])
def test_one_loss_year_measures_nothing(measure):
    annual = Annual(np.array([1.0]), 0.0)
    arguments = {"p": 0.5} if measure is value_at_risk else {"kind": "aep", "points": 9}
    arguments |= {"level": 0.9} | ({} if measure is value_at_risk else {"largest_share": 0.05})
    with pytest.raises(ValueError, match="two are needed"):
        measure(annual, **arguments)


@pytest.mark.parametrize("amount", [-1.0, math.nan])
def test_amounts_that_are_no_losses_are_refused(amount):
    with pytest.raises(ValueError, match="0 or more"):
        value_at_risk(Annual(np.array([5.0, amount]), 0.5), 0.9, level=0.9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 20).map(float), min_size=2, max_size=40),
    st.sampled_from([0.0, 0.3, 0.95]),
    st.lists(st.integers(0, 99).map(lambda i: i / 100), min_size=1, max_size=6),
)
def test_measures_equal_the_plain_walk_through_the_distribution(values, p0, levels):
    annual = Annual(np.array(values), p0)
    measures = tail_measures(annual, levels, **PRECISION)
    for p, var, tvar in zip(levels, measures.var, measures.tvar, strict=True):
        # With p = 0 and no empty year the VaR is 0 by convention; the TVaR is the mean either way.
        assert var.value == (plain_var(annual, p) if p > 0 else 0.0)
        assert tvar.value == pytest.approx(plain_tvar(annual, p), abs=1e-9)
        assert var.low <= var.value <= var.high
        assert tvar.low <= tvar.value <= tvar.high
        assert tvar.value >= var.value - 1e-9
    order = np.argsort(levels)
    assert (np.diff(np.array([e.value for e in measures.tvar])[order]) >= -1e-9).all()


def test_conditioning_on_a_loss_year_changes_no_measure():
    # 19 empty years in 20, once as an atom and once as rows.
    loss = np.arange(1.0, 1001.0)
    levels = [0.96, 0.99, 0.995]
    conditional = tail_measures(Annual(loss, 0.95), levels, **PRECISION)
    rows = tail_measures(Annual(np.concatenate([np.zeros(19_000), loss]), 0.0), levels, **PRECISION)
    for one, other in zip(
        (conditional.mean, *conditional.var, *conditional.tvar),
        (rows.mean, *rows.var, *rows.tvar),
        strict=True,
    ):
        assert one.value == pytest.approx(other.value)
        # Knowing how many years are empty can only sharpen the interval.
        assert one.high - one.low <= (other.high - other.low) * 1.0001


def test_return_periods_are_of_years_and_start_at_one():
    annual = Annual(np.arange(1.0, 1001.0), 0.9)
    found = loss_at_return_period(annual, [1, 10, 20, 100], level=0.9)
    assert [e.value for e in found] == [0.0, 0.0, 500.0, 900.0]


def test_exceedance_probability_counts_empty_years_below():
    estimate = exceedance_probability(
        Annual(np.array([0.0, 10.0, 20.0, 30.0]), 0.6), 10.0, level=0.9
    )
    assert estimate.value == pytest.approx(0.2)
    # Wilson at 2 of 4, times 0.4.
    assert estimate.low < 0.2 < estimate.high < 0.4


def test_oep_of_simulated_maxima_lies_under_the_aep():
    years = Years((4, 2))
    amount = np.array([10.0, 20.0, 30.0, 40.0, 15.0, 5.0])
    total, largest = Annual(years.sum(amount), 0.0), Annual(years.max(amount), 0.0)
    assert largest.values.tolist() == [15.0, 20.0, 30.0, 40.0]
    for period in (2, 4):
        (aep,) = loss_at_return_period(total, [period], level=0.5)
        (oep,) = loss_at_return_period(largest, [period], level=0.5)
        assert oep.value <= aep.value


def test_curve_points_are_quantiles_and_tail_means():
    annual = Annual(np.arange(1.0, 10_001.0), 0.9)
    curve = exceedance_curve(annual, kind="oep", points=200, **PRECISION)
    assert curve.kind == "oep"
    assert curve.n == 10_000
    assert 150 < curve.loss.size <= 200
    # P(S > x) of the amounts 1…10,000 with probability 1/10.
    assert curve.probability == pytest.approx(0.1 * (1 - curve.loss / 10_000))
    assert curve.return_period == pytest.approx(1 / curve.probability)
    assert curve.tail_mean == pytest.approx((curve.loss + 1 + 10_000) / 2)
    for array in (curve.loss, curve.low, curve.high, curve.tail_mean, curve.return_period):
        assert (np.diff(array) >= 0).all()
    assert (curve.low <= curve.loss).all()
    assert (curve.loss <= curve.high).all()
    assert (curve.tail_low <= curve.tail_mean).all()
    assert (curve.tail_mean <= curve.tail_high).all()


def test_curve_agrees_with_the_measures_at_its_own_levels():
    annual = Annual(np.random.default_rng(5).lognormal(10.0, 2.0, 5000).round(), 0.95)
    curve = exceedance_curve(annual, kind="aep", points=50, **PRECISION)
    measures = tail_measures(annual, (1 - curve.probability).tolist(), **PRECISION)
    assert [e.value for e in measures.var] == curve.loss.tolist()
    assert [e.low for e in measures.var] == curve.low.tolist()
    assert [e.high for e in measures.var] == curve.high.tolist()
    assert [e.value for e in measures.tvar] == pytest.approx(curve.tail_mean.tolist())


@pytest.mark.parametrize("n", [4, 10, 1000, 50_000])
def test_curve_ends_where_the_sample_gives_no_upper_end(n):
    curve = exceedance_curve(
        Annual(np.arange(1.0, n + 1), 0.0), kind="event", points=200, **PRECISION
    )
    assert np.isfinite(curve.high).all()
    # One observation further up there is none.
    above = round(n * curve.probability[-1])
    var = value_at_risk(Annual(np.arange(1.0, n + 1), 0.0), 1 - (above - 1) / n, level=0.9)
    assert var.high == math.inf


def test_curve_of_a_tiny_sample_is_its_lowest_observation():
    curve = exceedance_curve(Annual(np.array([7.0, 3.0]), 0.5), kind="aep", points=5, **PRECISION)
    assert (curve.loss.tolist(), curve.probability.tolist()) == ([3.0], [0.25])


@pytest.mark.slow
def test_tvar_interval_covers_where_losses_are_capped_and_misses_where_not():
    rng = np.random.default_rng(21)
    normal = NormalDist()
    n, p, repeats, sigma = 10_000, 0.99, 1000, 2.5
    z = normal.inv_cdf(p)

    def tail_mean(cap):
        from exposure.validation.exact import lognormal_limited_mean

        v = math.exp(sigma * z)
        low, high = lognormal_limited_mean(np.array([v, cap]), 0.0, sigma)
        return v + (high - low) / (1 - p)

    for cap, least, most in ((math.exp(sigma * 3.0), 0.93, 0.97), (math.inf, 0.6, 0.93)):
        truth, covered = tail_mean(cap), 0
        for _ in range(repeats):
            sample = Annual(np.minimum(rng.lognormal(0.0, sigma, n), cap), 0.0)
            tvar = tail_measures(sample, [p], level=0.95, largest_share=0.05).tvar[0]
            covered += tvar.low <= truth <= tvar.high
        assert least <= covered / repeats <= most
