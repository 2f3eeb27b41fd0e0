"""How the plans compare with each other and with no insurance, on the same simulated years.

Paired differences, dominated plans, break-even premiums and the technical price. Which plan wins is
decided in the measures.
"""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Text
from exposure.measures.choice import Choice
from exposure.measures.exceedance import TailMeasures
from exposure.measures.intervals import Estimate, paired_difference
from exposure.measures.standing import (
    Borne,
    PlanSummary,
    Standing,
    assess_plan,
    borne,
    break_even_premium,
    technical_premium,
)
from exposure.study.headline import Asked, Plain, estimate
from exposure.study.simulation import RegimeYears

_UNINSURED = "no_insurance"


def comparison(
    summaries: Sequence[PlanSummary], choice: Choice, nothing: PlanSummary, asked: Asked
) -> Plain:
    """Compare every plan with the recommended or nearest one, and with none (プランの比較).

    Parameters
    ----------
    summaries : sequence of PlanSummary
    choice : Choice
        Of the same plans, in the same order.
    nothing : PlanSummary
        Doing nothing, as a plan.
    asked : Asked
    """
    conditions = asked.constraints
    standing = assess_plan(
        nothing, conditions, level=asked.level, largest_share=asked.largest_share
    )
    assert standing.economic_cost is not None  # its premium is 0
    bare = borne(nothing, standing, conditions)
    pairs = list(zip(summaries, choice.standings, strict=True))
    named = choice.plan or choice.nearest
    against = next((borne(s, one, conditions) for s, one in pairs if s.id == named), None)
    return {
        "reference": named if against is not None else None,
        "no_insurance": {"economic_cost": estimate(standing.economic_cost)},
        "loading": asked.loading,
        "plans": [
            _compared(borne(summary, one, conditions), one, against, bare, asked)
            for summary, one in pairs
        ],
    }


def uninsured(years: RegimeYears, gross: TailMeasures) -> PlanSummary:
    """Return doing nothing as a plan that costs nothing and pays nothing (無保険).

    Parameters
    ----------
    years : RegimeYears
    gross : TailMeasures
        Of the annual loss before insurance, at the tail level among others. [JPY]
    """
    return PlanSummary(
        id=_UNINSURED,
        premium=0.0,
        limit_adequacy=Estimate(0.0, 0.0, 0.0),
        retained=years.annual(years.gross),
        expected_payout=0.0,
        label=Text("保険なし", "no insurance"),
        tail=gross,
    )


def _compared(
    own: Borne, standing: Standing, reference: Borne | None, bare: Borne, asked: Asked
) -> Plain:
    plan = own.plan
    against = reference if reference is not None and reference.plan.id != plan.id else None
    difference = even = cost = None
    if against is not None:
        difference = paired_difference(plan.retained, against.plan.retained, level=asked.level)
        if against.plan.premium is not None:
            even = break_even_premium(own, against, asked.constraints, level=asked.level)
    if even is not None and plan.premium is not None:
        # The economic cost of the plan less that of the other, paired year by year.
        value, low, high = (plan.premium - end for end in (even.value, even.high, even.low))
        cost = Estimate(value, low, high, even.reliable)
    uninsured_even = break_even_premium(own, bare, asked.constraints, level=asked.level)
    return {
        "id": plan.id,
        "failed": list(standing.failed),
        "tied": standing.tied,
        "dominated_by": standing.dominated_by,
        "retained_difference": difference and estimate(difference),
        "cost_difference": cost and estimate(cost),
        "break_even_premium": even and estimate(even),
        "break_even_uninsured": estimate(uninsured_even),
        "technical_price": technical_premium(plan.expected_payout, asked.loading),
    }
