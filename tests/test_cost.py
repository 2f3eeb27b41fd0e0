"""What retained risk costs, against the cost of every year written out as a vector."""

import numpy as np
import pytest
from choice_sample import CONDITIONS, PRECISION, plan
from exposure.measures.standing import PlanSummary

from exposure.measures.cost import (
    Borne,
    assess_plan,
    borne,
    break_even_premium,
    cost_moments,
    technical_premium,
    unpaid_difference,
)
from exposure.measures.exceedance import tail_measures, value_at_risk
from exposure.measures.intervals import Estimate, mean_interval, paired_difference
from exposure.measures.moments import moments
from exposure.tables import Annual


def cost_of_years(one: Borne) -> Annual:
    """Return the cost of retained risk less c·v, year by year, as it is defined."""
    unpaid, c, p = one.plan.retained.values, CONDITIONS.liquidity_cost, CONDITIONS.tail_level
    cost = (1 - c) * unpaid + c * np.maximum(unpaid - one.var, 0.0) / (1 - p)
    return Annual(cost, one.plan.retained.empty_probability)


def random_plan(name: str, gross: np.ndarray, rng: np.random.Generator) -> Borne:
    limit, share = rng.lognormal(17.0, 2.0), rng.random()
    unpaid = np.rint(np.maximum(gross - limit, share * gross))
    retained = Annual(unpaid, 0.9)
    var = value_at_risk(retained, CONDITIONS.tail_level, level=0.9).value
    return borne(PlanSummary(name, 1e5, Estimate(1.0, 1.0, 1.0), retained, 0.0), var)


@pytest.mark.parametrize("seed", range(8))
def test_costs_are_those_of_the_years_written_out(seed):
    rng = np.random.default_rng(seed)
    gross = np.rint(rng.lognormal(15.0, 2.0, 5000))
    first, second = random_plan("a", gross, rng), random_plan("b", gross, rng)
    costs = cost_of_years(first), cost_of_years(second)
    paired = cost_moments(unpaid_difference(first, second), first, second, CONDITIONS)
    plain = moments(costs[0].values, costs[1].values)
    assert paired.squares == pytest.approx(plain.squares, rel=1e-12)
    assert paired.total == pytest.approx(plain.total, abs=1e-13 * moments(gross).total)
    even = break_even_premium(
        second, first, unpaid_difference(first, second), CONDITIONS, level=0.9
    )
    expected = paired_difference(*costs, level=0.9)
    shift = 1e5 + CONDITIONS.liquidity_cost * (first.var - second.var)
    assert even.high - even.value == pytest.approx(expected.high - expected.value, rel=1e-12)
    assert even.value == pytest.approx(expected.value + shift, rel=1e-12)
    own = assess_plan(first.plan, CONDITIONS, **PRECISION).economic_cost
    alone = mean_interval(costs[0].values, **PRECISION)
    assert (own.high - own.low) == pytest.approx(0.1 * (alone.high - alone.low), rel=1e-12)
    assert own.reliable == alone.reliable


def test_plans_that_differ_by_a_constant_have_costs_without_spread():
    rng = np.random.default_rng(3)
    first = random_plan("a", np.rint(rng.lognormal(15.0, 2.0, 500)), rng)
    more = Annual(first.plan.retained.values + 5e6, 0.9)
    second = borne(PlanSummary("b", 1e5, Estimate(1.0, 1.0, 1.0), more, 0.0), first.var + 5e6)
    found = cost_moments(unpaid_difference(second, first), second, first, CONDITIONS)
    assert (found.mean, found.squares) == (0.95 * 5e6, 0.0)


def test_a_plan_without_any_limit_costs_its_premium():
    standing = assess_plan(plan("unlimited", 8e5, adequacy=1.0), CONDITIONS, **PRECISION)
    assert standing.retained_tvar.value == 0.0
    cost = standing.economic_cost
    assert (cost.value, cost.low, cost.high) == (8e5, 8e5, 8e5)


def costed(one: PlanSummary) -> Borne:
    standing = assess_plan(one, CONDITIONS, **PRECISION)
    return borne(one, standing.retained_var.value)


def break_even(own: PlanSummary, alternative: PlanSummary) -> Estimate:
    pair = costed(own), costed(alternative)
    return break_even_premium(*pair, unpaid_difference(*pair[::-1]), CONDITIONS, level=0.9)


def test_break_even_premium_makes_the_costs_equal():
    small, large = plan("small", 1e5, limit=80e6), plan("large")
    # Small costs 210,000 + 0.05 × (15.5 million − 210,000) = 974,500 before its premium.
    even = break_even(large, small)
    assert even.value == pytest.approx(1_074_500)
    assert even.low < even.value < even.high


def test_break_even_needs_a_premium_to_start_from():
    with pytest.raises(ValueError, match="large has no premium"):
        break_even(plan("small", 1e5), plan("large"))


def test_break_even_is_the_difference_of_the_costs_however_the_plans_are_limited():
    first, second = plan("a", 2e5, limit=60e6), plan("b", limit=75e6)
    tails = [tail_measures(p.retained, [0.99], **PRECISION) for p in (first, second)]
    costs = [t.mean.value + 0.05 * (t.tvar[0].value - t.mean.value) for t in tails]
    even = break_even(second, first)
    assert even.value == pytest.approx(2e5 + costs[0] - costs[1])


def test_technical_premium():
    assert technical_premium(60_000.0, 0.4) == pytest.approx(100_000.0)
    with pytest.raises(ValueError, match="loading"):
        technical_premium(60_000.0, 1.0)
