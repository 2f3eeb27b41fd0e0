"""W3 without the package: the breach model, the 24 plans and the measures in plain NumPy.

What a competent user writes first, knowing the formulas of the model and the brochures but not the
engine: every policy year is drawn, also those without an event; every variate and every head for
every event; every plan sees every event in every cover; every vector is sorted whole. Nothing is
made slow on purpose: no loop over events or years, and no draw that the client cannot need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exposure.model.build import BreachModel
from exposure.policy.plan import Plan
from exposure.simulation.figures import Measure
from tests.benchmarks.naive_losses import simulate
from tests.benchmarks.naive_measures import ground_up, plan_result
from tests.benchmarks.naive_plans import pay


def answer(
    model: BreachModel, plans: Sequence[Plan], measure: Measure, policy_years: int, seed: int
) -> dict[str, Any]:
    """Return the figures of ``result.json`` for the default client under ``brochure``."""
    events = simulate(model, policy_years, seed)
    gross = events.by_year(events.total)
    return {
        "ground_up": ground_up(events, gross, measure),
        "plans": {plan.id: plan_result(pay(plan, events), gross, measure) for plan in plans},
    }
