"""What a plan costs its owner, premium and retained risk together.

Holds the records that plans are compared by and their economic cost; which plan wins is decided in
`exposure.measures.choice`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from exposure.arrays import FloatArray
from exposure.errors import Text
from exposure.measures.exceedance import TailMeasures, tail_measures
from exposure.measures.intervals import (
    Estimate,
    mean_interval,
    paired_difference,
)
from exposure.measures.moments import stretches
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


def assess_plan(
    plan: PlanSummary, constraints: Constraints, *, level: float, largest_share: float
) -> Standing:
    """Measure a plan and hold it against the client's conditions (プランの評価).

    Parameters
    ----------
    plan : PlanSummary
    constraints : Constraints
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Examples
    --------
    >>> retained = Annual(np.array([0.0, 2e6]), 0.9)
    >>> plan = PlanSummary("small", 1e5, Estimate(0.9, 0.88, 0.92), retained, 0.0)
    >>> conditions = Constraints(0.95, 1e6, 0.95, 0.05, 2.0, 0.02)
    >>> standing = assess_plan(plan, conditions, level=0.9, largest_share=0.05)
    >>> standing.failed, round(standing.economic_cost.value)
    (('limit_adequacy',), 295000)
    """
    asked = (constraints.tail_level,)
    tail = plan.tail and plan.tail.only(asked)
    if tail is None:
        tail = tail_measures(plan.retained, asked, level=level, largest_share=largest_share)
    (var,), (tvar,) = tail.var, tail.tvar
    failed: list[Condition] = []
    if plan.limit_adequacy.value < constraints.target:
        failed.append("limit_adequacy")
    if constraints.liquidity is not None and var.value > constraints.liquidity:
        failed.append("liquidity")
    cost = None
    if plan.premium is not None:
        risk = retained_cost(plan.retained, var.value, constraints)
        weight = 1 - risk.empty_probability
        mean = mean_interval(risk.values, level=level, largest_share=largest_share)
        cost = _shifted(
            Estimate(weight * mean.value, weight * mean.low, weight * mean.high, mean.reliable),
            plan.premium + constraints.liquidity_cost * var.value,
        )
    return Standing(plan.id, plan.limit_adequacy, tail.mean, var, tvar, cost, tuple(failed))


def retained_cost(retained: Annual, var: float, constraints: Constraints) -> Annual:
    """Spread the cost of retained risk over the years, so that plans can be compared in pairs.

    Parameters
    ----------
    retained : Annual
        Unpaid loss. [JPY]
    var : float
        VaR of it at the tail level. [JPY]
    constraints : Constraints
        Tail level and cost of liquidity.

    Returns
    -------
    Annual
        ``(1−c)·U + c·(U−v)⁺/(1−p)``, whose mean is the economic cost of the retained risk less
        ``c·v``. The VaR itself adds no error to first order. [JPY]

    Examples
    --------
    Of two loss years, half of all years, the second exceeds the VaR by 10 million; p = 0.75:

    >>> conditions = Constraints(0.95, None, 0.75, 0.1, 2.0, 0.02)
    >>> retained_cost(Annual(np.array([1e7, 2e7]), 0.5), 1e7, conditions).values
    array([ 9000000., 22000000.])
    """
    c, p = constraints.liquidity_cost, constraints.tail_level
    values = retained.values
    spread = np.empty_like(values)
    for part in stretches(values.size):
        unpaid, own = values[part], spread[part]
        np.maximum(np.subtract(unpaid, var, out=own), 0.0, out=own)
        own *= c / (1 - p)
        own += (1 - c) * unpaid
    return Annual(spread, retained.empty_probability)


@dataclass(frozen=True)
class Borne:
    """A plan and what its owner bears, year by year, as costs are compared (保有リスクのコスト).

    Parameters
    ----------
    plan : PlanSummary
    var : float
        VaR of the retained loss at the tail level. [JPY]
    risk : Annual
        From `retained_cost`. [JPY]
    """

    plan: PlanSummary
    var: float
    risk: Annual


def borne(plan: PlanSummary, standing: Standing, constraints: Constraints) -> Borne:
    """Work out once what several comparisons of a plan need.

    Parameters
    ----------
    plan : PlanSummary
    standing : Standing
        Of this plan under these constraints.
    constraints : Constraints
    """
    var = standing.retained_var.value
    return Borne(plan, var, retained_cost(plan.retained, var, constraints))


def break_even_premium(
    own: Borne, alternative: Borne, constraints: Constraints, *, level: float
) -> Estimate:
    """Return the premium at which a plan costs as much as an alternative (損益分岐保険料).

    Parameters
    ----------
    own : Borne
        The plan; its premium, if it has one, takes no part.
    alternative : Borne
        With a premium.
    constraints : Constraints
        Cost of liquidity.
    level : float
        Coverage of the interval, from the paired years. [-]

    Raises
    ------
    ValueError
        If the alternative has no premium.

    Examples
    --------
    >>> conditions = Constraints(0.95, None, 0.0, 0.0, 2.0, 0.02)
    >>> adequacy = Estimate(0.99, 0.98, 1.0)
    >>> def compared(name, premium, unpaid, paid):
    ...     retained = Annual(np.array([unpaid, unpaid]), 0.5)
    ...     plan = PlanSummary(name, premium, adequacy, retained, paid)
    ...     standing = assess_plan(plan, conditions, level=0.9, largest_share=0.05)
    ...     return borne(plan, standing, conditions)
    >>> bare, full = compared("bare", 1e5, 4e6, 0.0), compared("full", None, 0.0, 2e6)
    >>> break_even_premium(full, bare, conditions, level=0.9).value
    2100000.0
    """
    premium = alternative.plan.premium
    if premium is None:
        raise ValueError(f"{alternative.plan.id} has no premium to compare with")
    more = paired_difference(alternative.risk, own.risk, level=level)
    return _shifted(more, premium + constraints.liquidity_cost * (alternative.var - own.var))


def technical_premium(expected_payout: float, loading: float) -> float:
    """Return the premium that a loading turns an expected payment into (技術的保険料).

    For information only: never a price, and never put in place of a missing premium.

    Parameters
    ----------
    expected_payout : float
        Mean paid per year. [JPY]
    loading : float
        Share of the premium that is not expected payment, in [0, 1). [-]

    Raises
    ------
    ValueError
        If the loading is not in [0, 1).

    Examples
    --------
    >>> technical_premium(300_000.0, 0.4)
    500000.0
    """
    if not 0 <= loading < 1:
        raise ValueError(f"loading {loading} is not in [0, 1)")
    return expected_payout / (1 - loading)


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


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return Estimate(estimate.value + by, estimate.low + by, estimate.high + by, estimate.reliable)


def _costs(premium: float, standing: Standing) -> FloatArray:
    return np.array([premium, standing.retained_mean.value, standing.retained_tvar.value])
