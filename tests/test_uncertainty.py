from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from exposure.inputs.study_file import study_from_mapping
from exposure.measures.cost import band, predictive, regrets, value_of_knowing
from exposure.measures.decision import Answer
from exposure.measures.exceedance import tail_measures
from exposure.study.answer import prepare
from exposure.study.offers import Offer
from exposure.study.uncertainty import trials_of
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


def test_regrets_by_hand():
    cost = np.array([[1.0, 2.0, 9.0], [1.0, 2.0, 9.0], [1.0, 3.0, 9.0], [5.0, 1.0, 9.0]])
    # Regrets 0, 0, 0, 4 and 1, 1, 2, 0 and 8, 8, 8, 8.
    assert regrets(cost).tolist() == [1.0, 1.0, 8.0]


def test_knowing_a_normal_parameter_is_worth_its_closed_form():
    # Plan A costs 0, plan B costs θ + noise, θ ~ N(0, 1): E[min(0, θ)] = −1/√(2π).
    rng = np.random.default_rng(3)
    theta = rng.standard_normal(200_000)
    noise = rng.standard_normal(200_000)
    cost = np.stack([np.zeros_like(theta), theta + noise], axis=1)
    worth = value_of_knowing(theta, cost, bins=100)
    # Standard error about 0.002 of the mean of θ + noise, once, and of E[min], once.
    assert worth == pytest.approx(1 / math.sqrt(2 * math.pi), abs=0.012)
    everything = regrets(cost).min()
    assert everything == pytest.approx(math.sqrt(2) / math.sqrt(2 * math.pi), abs=0.012)
    # A parameter that has nothing to do with the costs is worth nothing but chance.
    assert value_of_knowing(rng.standard_normal(200_000), cost, bins=10) < 0.01


def test_knowing_is_worth_nothing_where_one_plan_is_always_best():
    cost = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert value_of_knowing(np.array([0.0, 1.0]), cost, bins=2) == 0.0


def test_groups_need_draws():
    with pytest.raises(ValueError, match="5 groups"):
        value_of_knowing(np.zeros(4), np.zeros((4, 2)), bins=5)


def offers() -> tuple[Offer, ...]:
    plans = [f"nipponkoa_2006/{pattern}" for pattern in "CDEF"]
    plans += ["aiu_2015@limit=100000000", "aiu_2015+execution_double@limit=100000000"]
    raw = {
        "study": {"endorsements": "as_given"},
        "client": {"records": 3000},
        "plan": [{"id": one} for one in plans],
    }
    return prepare(study_from_mapping(raw, "test")).offers


def answer_of(plan: str | None, verdict: Any = "sufficient") -> Answer:
    best = None if verdict == "no_insurance" else plan or "nipponkoa_2006/F"
    return Answer(plan, verdict, best, (), {}, (), None)


D, AIU = "nipponkoa_2006/D", "aiu_2015@limit=100000000"
DOUBLED = "aiu_2015+execution_double@limit=100000000"
NONE = answer_of(None, "no_insurance")
PROGRAMME = answer_of(None, "programme")


@pytest.mark.parametrize(
    ("central", "drawn", "counts"),
    [
        (answer_of(D), answer_of(D, "short"), (1, 0, 0)),
        (answer_of(D), answer_of("nipponkoa_2006/C"), (0, 1, 0)),
        (answer_of(D), answer_of("nipponkoa_2006/E"), (0, 1, 0)),
        (answer_of(D), answer_of("nipponkoa_2006/F"), (0, 0, 1)),
        (answer_of(AIU), answer_of(DOUBLED), (0, 1, 0)),
        (answer_of(D), answer_of(AIU), (0, 0, 1)),
        (answer_of(D), NONE, (0, 0, 1)),
        (answer_of(D), PROGRAMME, (0, 0, 1)),
        (NONE, NONE, (1, 0, 0)),
        (NONE, PROGRAMME, (0, 0, 1)),
        (PROGRAMME, answer_of(None, "programme"), (1, 0, 0)),
    ],
)
def test_trials_are_counted_by_their_distance_from_the_answer(
    central: Answer, drawn: Answer, counts: tuple[int, int, int]
) -> None:
    found = trials_of(central, [drawn], offers())
    assert (found.same, found.one_step, found.other) == counts


def test_trials_name_every_answer_the_most_frequent_first() -> None:
    drawn = [PROGRAMME, answer_of(AIU), NONE, answer_of(D), answer_of(D), answer_of(AIU)]
    found = trials_of(answer_of(D), drawn, offers())
    assert (found.same, found.one_step, found.other) == (2, 0, 4)
    # Equal counts in the order of their names.
    assert list(found.by_plan.items()) == [(AIU, 2), (D, 2), ("none", 1), ("programme", 1)]
