"""W3 without the package: the breach model, the 24 plans and the measures in plain NumPy.

What a competent user writes first, knowing the formulas of the model and the brochures but not the
engine: every policy year is drawn, also those without an event; every variate and every head for
every event; every plan sees every event in every cover; every vector is sorted whole. Nothing is
made slow on purpose: no loop over events or years, and no draw that the client cannot need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from exposure.model.build import BreachModel
from exposure.study.headline import Asked
from exposure.study.plans import ComparedPlan
from tests.benchmarks.naive_losses import simulate
from tests.benchmarks.naive_measures import difference, ground_up, plan_result
from tests.benchmarks.naive_plans import pay


def answer(
    model: BreachModel,
    compared: Sequence[ComparedPlan],
    asked: Asked,
    policy_years: int,
    seed: int,
) -> dict[str, Any]:
    """Return the figures of ``result.json`` for the default client under ``brochure``."""
    events = simulate(model, policy_years, seed)
    gross = events.by_year(events.total)
    plans, retained, costs = {}, [], []
    for one in compared:
        sheet = pay(one.plan, events)
        figures, left, cost = plan_result(sheet, one.plan.product, gross, one.premium, asked)
        plans[one.plan.id] = figures
        retained.append(left)
        costs.append(cost)
    bare = _bare(gross, asked)
    best = int(np.argmax([figures["adequacy"]["event"][0] for figures in plans.values()]))
    for figures, left, cost in zip(plans.values(), retained, costs, strict=True):
        figures["retained_difference"] = difference(left, retained[best], asked.level)
        figures["break_even_uninsured"] = difference(bare, cost, asked.level)
    return {"ground_up": ground_up(events, asked), "plans": plans}


def _bare(gross: Any, asked: Asked) -> Any:
    """Return the cost of every year without insurance."""
    c, p = asked.constraints.liquidity_cost, asked.constraints.tail_level
    var = np.quantile(gross, p, method="inverted_cdf")
    return (1 - c) * gross + c / (1 - p) * np.maximum(gross - var, 0.0) + c * var
