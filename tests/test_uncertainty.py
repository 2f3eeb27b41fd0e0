import math

import numpy as np
import pytest

from exposure.measures.exceedance import tail_measures
from exposure.measures.sensitivity import Outcome, tornado
from exposure.measures.uncertainty import (
    band,
    predictive,
    stability,
    target_met,
    value_of_knowing,
)
from exposure.tables import Annual


def test_band_of_each_plan_is_taken_over_the_draws():
    draws = np.stack([np.arange(201.0), 1000 - np.arange(201.0)], axis=1)
    assert band(draws, (0.05, 0.95)).tolist() == [[10.0, 810.0], [190.0, 990.0]]


def test_predictive_of_one_draw_is_that_draw():
    annual = Annual(np.repeat([1e6, 1e8], [6, 4]), 0.9)
    levels = [0.5, 0.9, 0.95, 0.97]
    pooled = predictive([annual], levels)
    plain = tail_measures(annual, levels, level=0.9, largest_share=0.05)
    assert pooled.var == tuple(e.value for e in plain.var)
    assert pooled.tvar == pytest.approx([e.value for e in plain.tvar])
    assert pooled.mean == pytest.approx(annual.mean)
    assert pooled.tvar[2] == pytest.approx(80.2e6)


def test_draws_count_alike_whatever_their_number_of_years():
    short, long = Annual(np.array([10.0]), 0.8), Annual(np.full(1000, 30.0), 0.6)
    pooled = predictive([short, long], [0.69, 0.7, 0.79, 0.8, 0.95])
    # 0 with probability 0.7, 10 with 0.1, 30 with 0.2.
    assert pooled.mean == pytest.approx(7.0)
    assert pooled.var == (0.0, 0.0, 10.0, 10.0, 30.0)
    assert pooled.tvar == pytest.approx([7 / 0.31, 7 / 0.3, 6.1 / 0.21, 30.0, 30.0])


def test_predictive_at_level_zero_is_the_mean():
    pooled = predictive([Annual(np.array([4.0, 8.0]), 0.0)], [0.0])
    assert pooled.tvar == pytest.approx([6.0])


def test_not_knowing_the_parameters_thickens_the_tail():
    # Exponential losses whose mean is 1 or 3: at the mean of the parameters, 2.
    grid = -np.log1p(-(np.arange(20_000) + 0.5) / 20_000)
    pooled = predictive([Annual(grid, 0.0), Annual(3 * grid, 0.0)], [0.99])
    # Mixture: ½ e^{−x} + ½ e^{−x/3} = 0.01, up to one of the 400 grid points in the tail.
    (x,) = pooled.var
    assert 0.5 * math.exp(-x) + 0.5 * math.exp(-x / 3) == pytest.approx(0.01, rel=1 / 400)
    assert x > 2 * math.log(100)


COST = np.array([[1.0, 2.0, 9.0], [1.0, 2.0, 9.0], [1.0, 3.0, 9.0], [5.0, 1.0, 9.0]])


def test_stability_by_hand():
    found = stability(COST)
    assert found.probability_best.tolist() == [0.75, 0.25, 0.0]
    assert found.standard_error == pytest.approx([math.sqrt(0.1875 / 4)] * 2 + [0.0])
    # Regrets 0, 0, 0, 4 and 1, 1, 2, 0 and 8, 8, 8, 8.
    assert found.regret.tolist() == [1.0, 1.0, 8.0]
    assert found.perfect_information == 1.0


def test_only_plans_that_qualify_can_be_best():
    qualifies = np.array([[False, True, True], [True] * 3, [False] * 3, [True] * 3])
    found = stability(COST, qualifies)
    assert found.probability_best.tolist() == [0.25, 0.5, 0.0]


def test_equal_costs_go_to_the_first_column():
    assert stability(np.ones((5, 2))).probability_best.tolist() == [1.0, 0.0]


def test_probability_of_meeting_the_target():
    probability, error = target_met(np.array([[0.94, 0.95], [0.96, 0.97]]), 0.95)
    assert probability.tolist() == [0.5, 1.0]
    assert error == pytest.approx([math.sqrt(0.25 / 2), 0.0])


def test_knowing_a_normal_parameter_is_worth_its_closed_form():
    # Plan A costs 0, plan B costs θ + noise, θ ~ N(0, 1): E[min(0, θ)] = −1/√(2π).
    rng = np.random.default_rng(3)
    theta = rng.standard_normal(200_000)
    noise = rng.standard_normal(200_000)
    cost = np.stack([np.zeros_like(theta), theta + noise], axis=1)
    worth = value_of_knowing(theta, cost, bins=100)
    # Standard error about 0.002 of the mean of θ + noise, once, and of E[min], once.
    assert worth == pytest.approx(1 / math.sqrt(2 * math.pi), abs=0.012)
    everything = stability(cost).perfect_information
    assert everything == pytest.approx(math.sqrt(2) / math.sqrt(2 * math.pi), abs=0.012)
    # A parameter that has nothing to do with the costs is worth nothing but chance.
    assert value_of_knowing(rng.standard_normal(200_000), cost, bins=10) < 0.01


def test_knowing_is_worth_nothing_where_one_plan_is_always_best():
    cost = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert value_of_knowing(np.array([0.0, 1.0]), cost, bins=2) == 0.0


def test_groups_need_draws():
    with pytest.raises(ValueError, match="5 groups"):
        value_of_knowing(np.zeros(4), np.zeros((4, 2)), bins=5)


CENTRE = Outcome(0.1, 0.95, 300e3, 100e6, "A")


def test_tornado_puts_the_widest_bar_first_and_structure_last():
    bars = tornado(
        CENTRE,
        {
            "small": (Outcome(1, 0.95, 290e3, 100e6, "A"), Outcome(2, 0.95, 310e3, 100e6, "A")),
            "large": (Outcome(1, 0.99, 200e3, 50e6, "A"), Outcome(2, 0.80, 900e3, 300e6, "B")),
        },
        {"regime": (Outcome("court", 0.99, 9e6, 50e6, "C"),)},
        by="cost",
    )
    assert [bar.name for bar in bars] == ["large", "small", "regime"]
    assert [bar.swing for bar in bars] == [700e3, 20e3, 8.7e6]
    assert [bar.changes_plan for bar in bars] == [True, False, True]
    assert [bar.is_structural for bar in bars] == [False, False, True]


def test_a_bar_on_one_side_of_the_centre_reaches_back_to_it():
    ends = (Outcome(1, 0.96, None, None, "A"), Outcome(2, 0.97, None, None, "A"))
    (bar,) = tornado(CENTRE, {"x": ends}, {}, by="adequacy")
    assert bar.swing == pytest.approx(0.02)


def test_an_answer_that_vanishes_at_one_end_swings_without_bound():
    ends = (Outcome(1, 0.96, None, 50e6, "A"), Outcome(2, 0.5, None, None, None))
    (bar,) = tornado(CENTRE, {"x": ends}, {}, by="limit")
    assert bar.swing == math.inf
    assert bar.changes_plan


def test_an_answer_nobody_has_does_not_swing():
    centre = Outcome(0.1, 0.95, None, 100e6, "A")
    (bar,) = tornado(centre, {"x": (centre, centre)}, {}, by="cost")
    assert bar.swing == 0.0
