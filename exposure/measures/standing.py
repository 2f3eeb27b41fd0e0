"""The records that plans are compared by, and when one plan dominates another.

What a plan costs is worked out in `exposure.measures.cost`; which plan wins is decided in
`exposure.measures.choice`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from exposure.arrays import FloatArray
from exposure.errors import Text
from exposure.measures.exceedance import TailMeasures
from exposure.measures.intervals import Estimate
from exposure.tables import Annual

Condition = Literal["limit_adequacy", "liquidity"]


@dataclass(frozen=True)
class PlanSummary:
    """What the comparison needs to know of a plan (プランの比較項目).

    Parameters
    ----------
    id : str
        Plan identifier.
    premium : float, or None
        Per year; None where it is on enquiry. [JPY]
    limit_adequacy : Estimate
        In a covered breach. [-]
    retained : Annual
        Unpaid loss of the year; all plans on the same years. [JPY]
    expected_payout : float
        Mean paid per year, empty years included. [JPY]
    label : Text, or None
        Name the client reads; the id if None.
    tail : TailMeasures, or None
        Of the retained loss, at the tail level among others, where it is measured already. [JPY]
    """

    id: str
    premium: float | None
    limit_adequacy: Estimate
    retained: Annual
    expected_payout: float
    label: Text | None = None
    tail: TailMeasures | None = None

    @property
    def name(self) -> Text:
        """The name the client reads."""
        return self.label if self.label is not None else Text(self.id, self.id)


@dataclass(frozen=True)
class Constraints:
    """The client's conditions and the measure of cost (選定の条件).

    Parameters
    ----------
    target : float
        Least limit adequacy. [-]
    liquidity : float, or None
        Most the client can bear in a bad year; None if it named none. [JPY]
    tail_level : float
        p of VaR and TVaR of the retained loss. [-]
    liquidity_cost : float
        c, yearly cost of a yen held against bad years. [-]
    tie_standard_errors, tie_share : float
        Plans are tied below so many standard errors of the paired difference, or this share of the
        lowest cost, whichever is more. [-]
    """

    target: float
    liquidity: float | None
    tail_level: float
    liquidity_cost: float
    tie_standard_errors: float
    tie_share: float


@dataclass(frozen=True)
class Standing:
    """Where a plan stands in the comparison (プランの評価).

    Parameters
    ----------
    id : str
        Plan identifier.
    limit_adequacy : Estimate
        [-]
    retained_mean, retained_var, retained_tvar : Estimate
        Of the unpaid loss of a year. [JPY]
    economic_cost : Estimate, or None
        ECR, premium + ``E[U] + c·(TVaR − E[U])``; None without a premium. [JPY]
    failed : tuple of str
        Conditions missed.
    tied : bool
        Too close to the lowest cost to call, the lowest itself included.
    dominated_by : str, or None
        A plan that costs no more in premium, mean and TVaR of the retained loss, and less in one.
    """

    id: str
    limit_adequacy: Estimate
    retained_mean: Estimate
    retained_var: Estimate
    retained_tvar: Estimate
    economic_cost: Estimate | None
    failed: tuple[Condition, ...]
    tied: bool = False
    dominated_by: str | None = None


def dominating(
    plan: PlanSummary, standing: Standing, others: list[tuple[PlanSummary, Standing]]
) -> str | None:
    """Return the first plan that is no dearer and retains no more, and is better in something.

    Parameters
    ----------
    plan, standing
        The plan in question; without a premium nothing dominates it.
    others : list of (PlanSummary, Standing)
        The plans compared.

    Examples
    --------
    >>> from exposure.measures.cost import assess_plan
    >>> conditions = Constraints(0.95, None, 0.99, 0.05, 2.0, 0.02)
    >>> def compared(name, premium, unpaid):
    ...     retained = Annual(np.array([0.0, unpaid]), 0.9)
    ...     plan = PlanSummary(name, premium, Estimate(0.99, 0.98, 1.0), retained, 0.0)
    ...     return plan, assess_plan(plan, conditions, level=0.9, largest_share=0.05)
    >>> dear, cheap = compared("dear", 3e5, 9e6), compared("cheap", 1e5, 8e6)
    >>> dominating(*dear, [dear, cheap]), dominating(*cheap, [dear, cheap])
    ('cheap', None)
    """
    if plan.premium is None:
        return None
    own = _costs(plan.premium, standing)
    for other, other_standing in others:
        if other.premium is None:
            continue
        costs = _costs(other.premium, other_standing)
        if (costs <= own).all() and (costs < own).any():
            return other.id
    return None


def _costs(premium: float, standing: Standing) -> FloatArray:
    return np.array([premium, standing.retained_mean.value, standing.retained_tvar.value])
