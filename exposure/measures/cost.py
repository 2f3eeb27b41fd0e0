"""What retained risk costs, and what a plan is worth (総費用・保険の価値).

Retained risk costs ``E[U] + c·(TVaR − E[U])``, which is the mean over the years of
``(1−c)·U + c·(U−v)⁺/(1−p)``, plus ``c·v``: U is the unpaid loss, v its VaR at the level p and c the
yearly cost of a yen held against bad years. Spread over the years in this way plans can be compared
in pairs; the VaR itself adds no error to first order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.measures.intervals import Estimate, is_spread, normal_interval, require_paired
from exposure.measures.moments import Moments, moments
from exposure.tables import Annual


@dataclass(frozen=True)
class CostOfRisk:
    """How retained risk is turned into a cost (リスクの費用).

    Parameters
    ----------
    tail_level : float
        p of VaR and TVaR of the retained loss. [-]
    liquidity_cost : float
        c, yearly cost of a yen held against bad years. [-]
    """

    tail_level: float
    liquidity_cost: float


@dataclass(frozen=True)
class RetainedLoss:
    """The unpaid loss of the years, and those that are worse than its VaR (手元に残る損害).

    Parameters
    ----------
    annual : Annual
        U. [JPY]
    var : float
        v, VaR of U at the tail level. [JPY]
    bad : (n_years,) array of bool
        Years with more than that.
    """

    annual: Annual
    var: float
    bad: BoolArray

    def in_years(self, years: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return U and (U−v)⁺ of some years. [JPY]."""
        unpaid = self.annual.values.take(years)
        return unpaid, np.maximum(unpaid - self.var, 0.0)


def retained_loss(annual: Annual, var: float) -> RetainedLoss:
    """Find the bad years of a retained loss (大きな事故の年).

    Parameters
    ----------
    annual : Annual
        [JPY]
    var : float
        Its VaR at the tail level. [JPY]

    Examples
    --------
    >>> retained_loss(Annual(np.array([1e7, 2e7]), 0.5), 1e7).bad
    array([False,  True])
    """
    return RetainedLoss(annual, var, annual.values > var)


def cost_moments(
    unpaid: Moments, first: RetainedLoss, second: RetainedLoss | None, rule: CostOfRisk
) -> Moments:
    """Return mean and spread of the cost of retained risk, or of a difference of two (保有コスト).

    Parameters
    ----------
    unpaid : Moments
        Of the unpaid loss, or of the difference of the two. [JPY]
    first : RetainedLoss
    second : RetainedLoss, or None
        Whose cost is taken off.
    rule : CostOfRisk

    Notes
    -----
    The cost is ``(1−c)·D + k·X`` with ``k = c/(1−p)`` and X, the part of the bad years, zero in all
    others: only the bad years are looked at once more.

    Examples
    --------
    Of two loss years, half of all years, the second exceeds the VaR by 10 million; p = 0.75. The
    years cost 9 and 22 million:

    >>> retained = Annual(np.array([1e7, 2e7]), 0.5)
    >>> own = retained_loss(retained, 1e7)
    >>> found = cost_moments(moments(retained.values), own, None, CostOfRisk(0.75, 0.1))
    >>> found.total, round(found.squares / 1e12, 6)
    (31000000.0, 84.5)
    """
    c, p = rule.liquidity_cost, rule.tail_level
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


def cost_of_risk(
    own: RetainedLoss, rule: CostOfRisk, *, level: float, largest_share: float
) -> Estimate:
    """Return what a retained loss costs a year, ``E[U] + c·(TVaR − E[U])`` (リスクの費用).

    Parameters
    ----------
    own : RetainedLoss
    rule : CostOfRisk
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Examples
    --------
    A year in twenty costs 2 million: 100,000 on average and 2 million in the worst twentieth.

    >>> own = retained_loss(Annual(np.array([0.0, 2e6]), 0.9), 0.0)
    >>> round(cost_of_risk(own, CostOfRisk(0.95, 0.05), level=0.9, largest_share=0.05).value)
    195000
    """
    retained, c = own.annual, rule.liquidity_cost
    cost = cost_moments(moments(retained.values), own, None, rule)
    found = normal_interval(cost, 1 - retained.empty_probability, level=level)
    # No year costs more than the worst.
    worst = float(retained.values.max())
    largest = (1 - c) * worst + c / (1 - rule.tail_level) * max(worst - own.var, 0.0)
    is_reliable = is_spread(largest, cost.total, largest_share)
    return shifted(replace(found, reliable=is_reliable), c * own.var)


def cost_value(own: RetainedLoss, rule: CostOfRisk) -> float:
    """Return what a retained loss costs a year, without an interval (リスクの費用). [JPY/year].

    Examples
    --------
    >>> own = retained_loss(Annual(np.array([0.0, 2e6]), 0.9), 0.0)
    >>> round(cost_value(own, CostOfRisk(0.95, 0.05)))
    195000
    """
    values, c = own.annual.values, rule.liquidity_cost
    beyond = float((values[own.bad] - own.var).sum())
    of_years = (1 - c) * float(values.sum()) + c / (1 - rule.tail_level) * beyond
    return (1 - own.annual.empty_probability) * of_years / values.size + c * own.var


def worth(own: RetainedLoss, bare: RetainedLoss, rule: CostOfRisk, *, level: float) -> Estimate:
    """Return what a plan is worth a year: the most one should pay for it (保険の価値).

    The total cost without insurance less that of the plan at premium 0.

    Parameters
    ----------
    own, bare : RetainedLoss
        With the plan and without insurance, of the same years.
    rule : CostOfRisk
    level : float
        Coverage of the interval, from the paired years. [-]

    Raises
    ------
    ValueError
        If the two are visibly not of the same years.

    Examples
    --------
    In one year of twenty a breach costs 8 million, of which the plan pays all. On average that is
    400,000 a year, in the worst twentieth 8 million:

    >>> bare = retained_loss(Annual(np.array([0.0, 8e6]), 0.9), 0.0)
    >>> own = retained_loss(Annual(np.array([0.0, 0.0]), 0.9), 0.0)
    >>> round(worth(own, bare, CostOfRisk(0.95, 0.05), level=0.9).value)
    780000
    """
    require_paired(bare.annual, own.annual)
    difference = moments(bare.annual.values, own.annual.values)
    cost = cost_moments(difference, bare, own, rule)
    found = normal_interval(cost, 1 - own.annual.empty_probability, level=level)
    return shifted(found, rule.liquidity_cost * (bare.var - own.var))


def technical_premium(expected_payment: float, loading: float) -> float:
    """Return the premium that a loading turns an expected payment into (技術的保険料).

    Parameters
    ----------
    expected_payment : float
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
    return expected_payment / (1 - loading)


def shifted(estimate: Estimate, by: float) -> Estimate:
    """Return an estimate moved by a constant that has no error.

    Examples
    --------
    >>> shifted(Estimate(1.0, 0.5, 1.5), 2.0)
    Estimate(value=3.0, low=2.5, high=3.5, reliable=True)
    """
    return Estimate(estimate.value + by, estimate.low + by, estimate.high + by, estimate.reliable)
