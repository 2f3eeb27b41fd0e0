"""What retained risk costs and a plan is worth, against the cost of every year written out."""

from __future__ import annotations

import numpy as np
import pytest

from exposure.measures.cost import (
    CostOfRisk,
    RetainedLoss,
    cost_moments,
    cost_of_risk,
    retained_loss,
    technical_premium,
    worth,
)
from exposure.measures.exceedance import tail_measures, value_at_risk
from exposure.measures.intervals import mean_interval, moments, normal_interval
from exposure.tables import Annual

RULE = CostOfRisk(0.99, 0.05)
PRECISION = {"level": 0.9, "largest_share": 0.05}


def cost_of_years(one: RetainedLoss) -> Annual:
    """Return the cost of retained risk less c·v, year by year, as it is defined."""
    unpaid, c, p = one.annual.values, RULE.liquidity_cost, RULE.tail_level
    cost = (1 - c) * unpaid + c * np.maximum(unpaid - one.var, 0.0) / (1 - p)
    return Annual(cost, one.annual.empty_probability)


def random_plan(gross: np.ndarray, rng: np.random.Generator) -> RetainedLoss:
    limit, share = rng.lognormal(17.0, 2.0), rng.random()
    retained = Annual(np.rint(np.maximum(gross - limit, share * gross)), 0.9)
    return retained_loss(retained, value_at_risk(retained, RULE.tail_level, level=0.9).value)


@pytest.mark.parametrize("seed", range(8))
def test_costs_are_those_of_the_years_written_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gross = np.rint(rng.lognormal(15.0, 2.0, 5000))
    first, second = random_plan(gross, rng), random_plan(gross, rng)
    costs = cost_of_years(first), cost_of_years(second)
    difference = moments(first.annual.values, second.annual.values)
    paired = cost_moments(difference, first, second, RULE)
    plain = moments(costs[0].values, costs[1].values)
    assert paired.squares == pytest.approx(plain.squares, rel=1e-12)
    assert paired.total == pytest.approx(plain.total, abs=1e-13 * moments(gross).total)
    found = worth(second, first, RULE, level=0.9)
    expected = normal_interval(plain, 1 - costs[0].empty_probability, level=0.9)
    shift = RULE.liquidity_cost * (first.var - second.var)
    assert found.high - found.value == pytest.approx(expected.high - expected.value, rel=1e-12)
    assert found.value == pytest.approx(expected.value + shift, rel=1e-12)
    own = cost_of_risk(first, RULE, **PRECISION)
    alone = mean_interval(costs[0].values, **PRECISION)
    assert (own.high - own.low) == pytest.approx(0.1 * (alone.high - alone.low), rel=1e-12)
    assert own.reliable == alone.reliable


@pytest.mark.parametrize("seed", range(4))
def test_the_cost_is_mean_plus_a_share_of_what_the_tail_exceeds_it_by(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = random_plan(np.rint(rng.lognormal(15.0, 2.0, 5000)), rng)
    tail = tail_measures(one.annual, [RULE.tail_level], level=0.9, largest_share=0.05)
    mean, tvar = tail.mean.value, tail.tvar[0].value
    assert cost_of_risk(one, RULE, **PRECISION).value == pytest.approx(
        mean + RULE.liquidity_cost * (tvar - mean), rel=1e-12
    )


def test_a_plan_that_pays_everything_is_worth_what_no_insurance_costs() -> None:
    # A year in 50 costs 10 million: mean 200,000, worst hundredth 10 million, c = 5 %.
    bare = retained_loss(Annual(np.array([1e7, 1e7]), 0.98), 1e7)
    none = retained_loss(Annual(np.zeros(2), 0.98), 0.0)
    cost = 2e5 + 0.05 * (1e7 - 2e5)
    assert worth(none, bare, RULE, level=0.9).value == pytest.approx(cost, rel=1e-12)
    assert worth(bare, bare, RULE, level=0.9).value == 0
    assert cost_of_risk(bare, RULE, **PRECISION).value == pytest.approx(cost, rel=1e-12)


def test_plans_of_other_years_are_not_compared() -> None:
    one = retained_loss(Annual(np.array([1.0, 2.0]), 0.5), 1.0)
    other = retained_loss(Annual(np.array([1.0, 2.0]), 0.6), 1.0)
    with pytest.raises(ValueError, match="same simulated years"):
        worth(one, other, RULE, level=0.9)


def test_a_loading_is_a_share_of_the_premium() -> None:
    assert technical_premium(6e5, 0.4) == 1e6
    with pytest.raises(ValueError, match="loading"):
        technical_premium(1.0, 1.0)
