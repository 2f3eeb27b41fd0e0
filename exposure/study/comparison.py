"""How the plans compare with each other and with no insurance, on the same simulated years.

Paired differences, dominated plans, break-even premiums and the technical price. Which plan wins is
decided in the measures.
"""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Text
from exposure.measures.choice import Choice
from exposure.measures.cost import (
    Borne,
    assess_plan,
    borne,
    break_even_premium,
    technical_premium,
    unpaid_difference,
)
from exposure.measures.exceedance import TailMeasures
from exposure.measures.intervals import Estimate, normal_interval
from exposure.measures.moments import Moments
from exposure.measures.standing import PlanSummary
from exposure.study.headline import Asked, Plain, estimate
from exposure.study.simulation import RegimeYears

_UNINSURED = "no_insurance"


def comparison(
    summaries: Sequence[PlanSummary],
    choice: Choice,
    nothing: PlanSummary,
    paid: Sequence[Moments],
    asked: Asked,
) -> Plain:
    """Compare every plan with the recommended or nearest one, and with none (プランの比較).

    Parameters
    ----------
    summaries : sequence of PlanSummary
    choice : Choice
        Of the same plans, in the same order.
    nothing : PlanSummary
        Doing nothing, as a plan.
    paid : sequence of Moments
        What each plan pays in a loss year: what nothing leaves unpaid less what the plan does.
    asked : Asked
    """
    conditions = asked.constraints
    standing = assess_plan(
        nothing, conditions, level=asked.level, largest_share=asked.largest_share
    )
    assert standing.economic_cost is not None  # its premium is 0
    bare = borne(nothing, standing.retained_var.value)
    pairs = list(zip(summaries, choice.standings, strict=True))
    named = choice.plan or choice.nearest
    against = next((borne(s, one.retained_var.value) for s, one in pairs if s.id == named), None)
    return {
        "reference": named if against is not None else None,
        "no_insurance": {"economic_cost": estimate(standing.economic_cost)},
        "loading": asked.loading,
        "plans": [
            {
                "id": summary.id,
                "failed": list(one.failed),
                "tied": one.tied,
                "dominated_by": one.dominated_by,
                **_premiums(borne(summary, one.retained_var.value), against, bare, paid_by, asked),
                "technical_price": technical_premium(summary.expected_payout, asked.loading),
            }
            for (summary, one), paid_by in zip(pairs, paid, strict=True)
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


def _premiums(
    own: Borne, reference: Borne | None, bare: Borne, paid: Moments, asked: Asked
) -> Plain:
    """Compare a plan with another one, if there is another one, and with none."""
    conditions, level = asked.constraints, asked.level
    difference = even = cost = None
    if reference is not None and reference.plan.id != own.plan.id:
        unpaid = unpaid_difference(reference, own)
        weight = 1 - own.plan.retained.empty_probability
        difference = normal_interval(unpaid.turned, weight, level=level)
        if reference.plan.premium is not None:
            even = break_even_premium(own, reference, unpaid, conditions, level=level)
    if even is not None and own.plan.premium is not None:
        # The economic cost of the plan less that of the other, paired year by year.
        value, low, high = (own.plan.premium - end for end in (even.value, even.high, even.low))
        cost = Estimate(value, low, high, even.reliable)
    return {
        "retained_difference": difference and estimate(difference),
        "cost_difference": cost and estimate(cost),
        "break_even_premium": even and estimate(even),
        "break_even_uninsured": estimate(
            break_even_premium(own, bare, paid, conditions, level=level)
        ),
    }
