"""How the plans compare with each other and with no insurance, on the same simulated years.

Paired differences, dominated plans, break-even premiums and the technical price. Which plan wins is
decided in the measures.
"""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Text
from exposure.measures.choice import Choice
from exposure.measures.intervals import Estimate, paired_difference
from exposure.measures.standing import (
    PlanSummary,
    Standing,
    assess_plan,
    break_even_premium,
    technical_premium,
)
from exposure.study.headline import Asked, Plain, estimate
from exposure.study.simulation import RegimeYears

_UNINSURED = "no_insurance"


def comparison(
    summaries: Sequence[PlanSummary], choice: Choice, years: RegimeYears, asked: Asked
) -> Plain:
    """Compare every plan with the recommended or nearest one, and with none (プランの比較).

    Parameters
    ----------
    summaries : sequence of PlanSummary
    choice : Choice
        Of the same plans, in the same order.
    years : RegimeYears
    asked : Asked
    """
    bare = uninsured(years, asked)
    reference = next((s for s in summaries if s.id == (choice.plan or choice.nearest)), None)
    standing = assess_plan(
        bare, asked.constraints, level=asked.level, largest_share=asked.largest_share
    )
    assert standing.economic_cost is not None  # its premium is 0
    return {
        "reference": reference.id if reference else None,
        "no_insurance": {"economic_cost": estimate(standing.economic_cost)},
        "loading": asked.loading,
        "plans": [
            _compared(summary, one, reference, bare, asked)
            for summary, one in zip(summaries, choice.standings, strict=True)
        ],
    }


def uninsured(years: RegimeYears, asked: Asked) -> PlanSummary:
    """Return doing nothing as a plan that costs nothing and pays nothing (無保険)."""
    return PlanSummary(
        id=_UNINSURED,
        premium=0.0,
        limit_adequacy=Estimate(0.0, 0.0, 0.0),
        retained=years.annual(years.gross),
        expected_payout=0.0,
        label=Text("保険なし", "no insurance"),
    )


def _compared(
    plan: PlanSummary,
    standing: Standing,
    reference: PlanSummary | None,
    bare: PlanSummary,
    asked: Asked,
) -> Plain:
    against = reference if reference is not None and reference.id != plan.id else None
    priced = against is not None and against.premium is not None
    return {
        "id": plan.id,
        "failed": list(standing.failed),
        "tied": standing.tied,
        "dominated_by": standing.dominated_by,
        "retained_difference": (
            estimate(paired_difference(plan.retained, against.retained, level=asked.level))
            if against is not None
            else None
        ),
        "cost_difference": (
            estimate(_cost_difference(plan.premium, plan, against, asked))
            if against is not None and priced and plan.premium is not None
            else None
        ),
        "break_even_premium": (
            estimate(break_even_premium(plan, against, asked.constraints, level=asked.level))
            if against is not None and priced
            else None
        ),
        "break_even_uninsured": estimate(
            break_even_premium(plan, bare, asked.constraints, level=asked.level)
        ),
        "technical_price": technical_premium(plan.expected_payout, asked.loading),
    }


def _cost_difference(
    premium: float, plan: PlanSummary, against: PlanSummary, asked: Asked
) -> Estimate:
    """Return the economic cost of a plan less that of another, paired year by year."""
    even = break_even_premium(plan, against, asked.constraints, level=asked.level)
    return Estimate(premium - even.value, premium - even.high, premium - even.low, even.reliable)
