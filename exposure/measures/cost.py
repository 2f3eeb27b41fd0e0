"""What a plan costs its owner, premium and retained risk together (経済的コスト).

Retained risk costs ``E[U] + c·(TVaR − E[U])``, which is the mean over the years of
``(1−c)·U + c·(U−v)⁺/(1−p)``, plus ``c·v``: U is the unpaid loss, v its VaR at the level p and c the
yearly cost of a yen held against bad years. Spread over the years in this way plans can be compared
in pairs; the VaR itself adds no error to first order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import (
    Estimate,
    is_spread,
    normal_interval,
    require_paired,
)
from exposure.measures.moments import Moments, moments
from exposure.measures.standing import Condition, Constraints, PlanSummary, Standing


@dataclass(frozen=True)
class Borne:
    """The unpaid loss of a plan, and the years in which it is worse than its VaR (自己保有損害).

    Parameters
    ----------
    plan : PlanSummary
        With its unpaid loss U.
    var : float
        v, VaR of U at the tail level. [JPY]
    bad : (n_years,) array of bool
        Years with more than that.
    """

    plan: PlanSummary
    var: float
    bad: BoolArray

    def in_years(self, years: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return U and (U−v)⁺ of some years. [JPY]."""
        unpaid = self.plan.retained.values.take(years)
        return unpaid, np.maximum(unpaid - self.var, 0.0)


def borne(plan: PlanSummary, var: float) -> Borne:
    """Find the bad years of a plan (大きな事故の年).

    Parameters
    ----------
    plan : PlanSummary
    var : float
        VaR of its retained loss at the tail level. [JPY]

    Examples
    --------
    >>> from exposure.tables import Annual
    >>> retained = Annual(np.array([1e7, 2e7]), 0.5)
    >>> borne(PlanSummary("small", 1e5, Estimate(0.9, 0.88, 0.92), retained, 0.0), 1e7).bad
    array([False,  True])
    """
    return Borne(plan, var, plan.retained.values > var)


def unpaid_difference(first: Borne, second: Borne) -> Moments:
    """Return mean and spread of the difference of two unpaid losses, year by year.

    Parameters
    ----------
    first, second : Borne
        Of the same years.

    Raises
    ------
    ValueError
        If the two are visibly not of the same years.

    Examples
    --------
    >>> from exposure.tables import Annual
    >>> def of(unpaid):
    ...     retained = Annual(np.array(unpaid), 0.5)
    ...     return borne(PlanSummary("a", 0.0, Estimate(1.0, 1.0, 1.0), retained, 0.0), 9.0)
    >>> unpaid_difference(of([5.0, 9.0]), of([4.0, 6.0]))
    Moments(n=2, total=4.0, squares=2.0)
    """
    require_paired(first.plan.retained, second.plan.retained)
    return moments(first.plan.retained.values, second.plan.retained.values)


def cost_moments(
    unpaid: Moments, first: Borne, second: Borne | None, constraints: Constraints
) -> Moments:
    """Return mean and spread of the cost of retained risk, or of a difference of two (保有コスト).

    Parameters
    ----------
    unpaid : Moments
        Of the unpaid loss, or of the difference of the two. [JPY]
    first : Borne
    second : Borne, or None
        Whose cost is taken off.
    constraints : Constraints
        Tail level and cost of liquidity.

    Notes
    -----
    The cost is ``(1−c)·D + k·X`` with ``k = c/(1−p)`` and X, the part of the bad years, zero in all
    others: only the bad years are looked at once more.

    Examples
    --------
    Of two loss years, half of all years, the second exceeds the VaR by 10 million; p = 0.75. The
    years cost 9 and 22 million:

    >>> from exposure.tables import Annual
    >>> conditions = Constraints(0.95, None, 0.75, 0.1, 2.0, 0.02)
    >>> retained = Annual(np.array([1e7, 2e7]), 0.5)
    >>> own = borne(PlanSummary("small", 1e5, Estimate(0.9, 0.88, 0.92), retained, 0.0), 1e7)
    >>> found = cost_moments(moments(retained.values), own, None, conditions)
    >>> found.total, round(found.squares / 1e12, 6)
    (31000000.0, 84.5)
    """
    c, p = constraints.liquidity_cost, constraints.tail_level
    share, charge = 1 - c, c / (1 - p)
    years = np.flatnonzero(first.bad if second is None else first.bad | second.bad)
    difference, excess = first.in_years(years)
    if second is not None:
        less, excess_less = second.in_years(years)
        difference -= less
        excess -= excess_less
    total = float(excess.sum())
    mean = total / unpaid.n
    others = unpaid.n - years.size
    alone = float(np.square(excess - mean).sum()) + others * mean**2
    together = float(((difference - unpaid.mean) * excess).sum())
    squares = share**2 * unpaid.squares + charge * (2 * share * together + charge * alone)
    return Moments(unpaid.n, share * unpaid.total + charge * total, max(squares, 0.0))


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
    >>> from exposure.tables import Annual
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
        own = borne(plan, var.value)
        cost = _shifted(
            _retained_cost(own, constraints, level, largest_share),
            plan.premium + constraints.liquidity_cost * var.value,
        )
    return Standing(plan.id, plan.limit_adequacy, tail.mean, var, tvar, cost, tuple(failed))


def break_even_premium(
    own: Borne, alternative: Borne, unpaid: Moments, constraints: Constraints, *, level: float
) -> Estimate:
    """Return the premium at which a plan costs as much as an alternative (損益分岐保険料).

    Parameters
    ----------
    own : Borne
        The plan; its premium, if it has one, takes no part.
    alternative : Borne
        With a premium.
    unpaid : Moments
        Of what the alternative leaves unpaid less what the plan does, from `unpaid_difference`.
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
    In every second year a plan of 100,000 yen leaves 4 million yen unpaid; to pay it all is worth
    2 million yen a year more:

    >>> from exposure.tables import Annual
    >>> conditions = Constraints(0.95, None, 0.0, 0.0, 2.0, 0.02)
    >>> def compared(name, premium, unpaid):
    ...     retained = Annual(np.array([unpaid, unpaid]), 0.5)
    ...     return borne(PlanSummary(name, premium, Estimate(1.0, 1.0, 1.0), retained, 0.0), 0.0)
    >>> bare, full = compared("bare", 1e5, 4e6), compared("full", None, 0.0)
    >>> unpaid = unpaid_difference(bare, full)
    >>> break_even_premium(full, bare, unpaid, conditions, level=0.9).value
    2100000.0
    """
    premium = alternative.plan.premium
    if premium is None:
        raise ValueError(f"{alternative.plan.id} has no premium to compare with")
    cost = cost_moments(unpaid, alternative, own, constraints)
    more = normal_interval(cost, 1 - own.plan.retained.empty_probability, level=level)
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


def _retained_cost(
    own: Borne, constraints: Constraints, level: float, largest_share: float
) -> Estimate:
    """Return the cost of retained risk of a plan, less c times its VaR."""
    retained = own.plan.retained
    cost = cost_moments(moments(retained.values), own, None, constraints)
    found = normal_interval(cost, 1 - retained.empty_probability, level=level)
    # No year costs more than the worst.
    c, worst = constraints.liquidity_cost, float(retained.values.max())
    largest = (1 - c) * worst + c / (1 - constraints.tail_level) * max(worst - own.var, 0.0)
    return replace(found, reliable=is_spread(largest, cost.total, largest_share))


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return Estimate(estimate.value + by, estimate.low + by, estimate.high + by, estimate.reliable)
