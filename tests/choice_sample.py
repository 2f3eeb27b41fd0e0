"""Plans on a hundred loss years of 1 to 100 million yen, whose costs one can work out by hand."""

from __future__ import annotations

import math

import numpy as np
from exposure.measures.standing import Constraints, PlanSummary

from exposure.errors import Text
from exposure.measures.intervals import Estimate
from exposure.tables import Annual

PRECISION = {"level": 0.9, "largest_share": 0.05}
# One loss year in ten; the worst 1 % of all years are the worst ten loss years of a hundred.
CONDITIONS = Constraints(
    target=0.95,
    liquidity=None,
    tail_level=0.99,
    liquidity_cost=0.05,
    tie_standard_errors=2.0,
    tie_share=0.02,
)
GROSS = np.arange(1.0, 101.0) * 1e6


def plan(
    name: str,
    premium: float | None = None,
    *,
    limit: float = math.inf,
    adequacy: float = 0.99,
    label: Text | None = None,
) -> PlanSummary:
    """Say a plan that pays all of a year up to a limit; one loss year in ten."""
    unpaid = np.maximum(GROSS - limit, 0.0)
    paid = 0.1 * float((GROSS - unpaid).mean())
    enough = Estimate(adequacy, adequacy - 0.01, min(adequacy + 0.01, 1.0))
    return PlanSummary(name, premium, enough, Annual(unpaid, 0.9), paid, label)
