"""What retained risk costs, what a plan is worth, and what knowing more would be (総費用).

Retained risk costs ``E[U] + c·(TVaR − E[U])``, which is the mean over the years of
``(1−c)·U + c·(U−v)⁺/(1−p)``, plus ``c·v``: U is the unpaid loss, v its VaR at the level p and c the
yearly cost of a yen held against bad years. Spread over the years in this way plans can be compared
in pairs; the VaR itself adds no error to first order.

Functions of what J draws of the parameters gave, each with simulated years of its own: bands,
predictive values, what choosing now costs, and what it would be worth to know better. Drawing
parameters and running the simulations is left to others. Repeating a run with other seeds is not a
draw of parameters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.lazy import lazy
from exposure.measures.intervals import (
    Estimate,
    Moments,
    is_spread,
    moments,
    normal_interval,
    require_paired,
)
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

    @lazy
    def moments(self) -> Moments:
        """Mean and spread of U."""
        return moments(self.annual.values)

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
    second : RetainedLoss, or None
        Whose cost is taken off.

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

    ``level`` and ``largest_share`` are as in `exposure.measures.intervals.mean_interval`.

    Examples
    --------
    A year in twenty costs 2 million: 100,000 on average and 2 million in the worst twentieth.

    >>> own = retained_loss(Annual(np.array([0.0, 2e6]), 0.9), 0.0)
    >>> round(cost_of_risk(own, CostOfRisk(0.95, 0.05), level=0.9, largest_share=0.05).value)
    195000
    """
    retained, c = own.annual, rule.liquidity_cost
    cost = cost_moments(own.moments, own, None, rule)
    found = normal_interval(cost, 1 - retained.empty_probability, level=level)
    # No year costs more than the worst.
    worst = float(retained.values.max())
    largest = (1 - c) * worst + c / (1 - rule.tail_level) * max(worst - own.var, 0.0)
    is_reliable = is_spread(largest, cost.total, largest_share)
    return shift(replace(found, reliable=is_reliable), c * own.var)


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


def worth(
    own: RetainedLoss,
    bare: RetainedLoss,
    rule: CostOfRisk,
    *,
    level: float,
    difference: Moments | None = None,
) -> Estimate:
    """Return what a plan is worth a year: the most one should pay for it (保険の価値).

    The total cost without insurance less that of the plan at premium 0.

    Parameters
    ----------
    own, bare : RetainedLoss
        With the plan and without insurance, of the same years.
    level : float
        Coverage of the interval, from the paired years. [-]
    difference : Moments, optional
        Of the annual losses without insurance less those with the plan, where they are known. [JPY]

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
    if difference is None:
        difference = moments(bare.annual.values, own.annual.values)
    cost = cost_moments(difference, bare, own, rule)
    found = normal_interval(cost, 1 - own.annual.empty_probability, level=level)
    return shift(found, rule.liquidity_cost * (bare.var - own.var))


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


def shift(estimate: Estimate, by: float) -> Estimate:
    """Return an estimate moved by a constant that has no error.

    Examples
    --------
    >>> shift(Estimate(1.0, 0.5, 1.5), 2.0)
    Estimate(value=3.0, low=2.5, high=3.5, reliable=True)
    """
    return Estimate(estimate.value + by, estimate.low + by, estimate.high + by, estimate.reliable)


@dataclass(frozen=True)
class Predictive:
    """Measures of a year that may be a year of any draw (予測分布).

    Parameters
    ----------
    levels : tuple of float
        [-]
    mean : float
        [JPY]
    var, tvar : tuple of float
        One per level. [JPY]
    """

    levels: tuple[float, ...]
    mean: float
    var: tuple[float, ...]
    tvar: tuple[float, ...]


def band(draws: FloatArray, ends: tuple[float, float]) -> FloatArray:
    """Return the band of a figure over the parameter draws (パラメータの不確実性の幅).

    Parameters
    ----------
    draws : (J, ...) array
        The figure in each draw.
    ends : (float, float)
        Levels of the two ends. [-]

    Returns
    -------
    (2, ...) array
        Low and high end, in the unit of the figure.

    Examples
    --------
    >>> band(np.arange(101.0), (0.05, 0.95))
    array([ 5., 95.])
    """
    return np.asarray(np.quantile(draws, ends, axis=0), dtype=np.float64)


def predictive(draws: Sequence[Annual], levels: Sequence[float]) -> Predictive:
    """Pool the years of all draws into one distribution (予測値).

    This is not the value at the mean parameters: not knowing them thickens the tail.

    Parameters
    ----------
    draws : sequence of Annual
        Non-negative amounts of each draw; draws count the same, however many years they have. [JPY]
    levels : sequence of float
        In [0, 1). [-]

    Examples
    --------
    One draw says that no year costs more than 10, the other that half the years cost 50:

    >>> pooled = predictive([Annual(np.array([10.0]), 0.5), Annual(np.array([50.0]), 0.5)], [0.6])
    >>> pooled.mean, pooled.var, [round(value, 6) for value in pooled.tvar]
    (15.0, (10.0,), [35.0])
    """
    values = np.concatenate([annual.values for annual in draws])
    weights = np.concatenate(
        [
            np.full(a.values.size, (1 - a.empty_probability) / (a.values.size * len(draws)))
            for a in draws
        ]
    )
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    # From the top, where the small probabilities live: P(S ≥ value) and E[S; S ≥ value].
    reached = np.cumsum(weights[::-1])[::-1]
    money = np.cumsum((values * weights)[::-1])[::-1]
    var, tvar = [], []
    noise = values.size * np.finfo(np.float64).eps
    for p in levels:
        # The largest value reached with more than 1 − p; the years without a breach lie below all.
        place = int(np.count_nonzero(reached > (1 - p) * (1 + noise)))
        v = float(values[place - 1]) if place else 0.0
        above = float(money[place]) if place < values.size else 0.0
        mass = float(reached[place]) if place < values.size else 0.0
        var.append(v)
        tvar.append((above + v * (1 - p - mass)) / (1 - p))
    return Predictive(tuple(levels), float(money[0]), tuple(var), tuple(tvar))


def regrets(cost: FloatArray) -> FloatArray:
    """Return what staying with each choice costs on average against the best of every draw.

    The smallest of them is what knowing every parameter would save (完全情報の価値).

    Parameters
    ----------
    cost : (J, n_choices) array
        Total cost of each choice in each draw. [JPY]

    Returns
    -------
    (n_choices,) array
        E[cost − lowest cost]. [JPY]

    Examples
    --------
    >>> regrets(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [5.0, 1.0]]))
    array([1.  , 0.75])
    """
    return np.asarray((cost - cost.min(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def value_of_knowing(parameter: FloatArray, cost: FloatArray, *, bins: int) -> float:
    """Return what knowing one parameter would save on average (EVPPI, 部分情報の価値).

    Parameters
    ----------
    parameter : (J,) array
        Its value in each draw.
    cost : (J, n_plans) array
        Economic cost of risk. [JPY]
    bins : int
        Number of groups of neighbouring draws; few enough that each holds a good number.

    Returns
    -------
    float
        Lowest mean cost less the mean of the lowest mean cost within each group. Never negative;
        somewhat too high when groups are small, as chance then looks like knowledge. [JPY]

    Raises
    ------
    ValueError
        If there are more groups than draws.

    Examples
    --------
    The parameter tells the two good draws for each plan apart:

    >>> cost = np.array([[0.0, 4.0], [0.0, 4.0], [4.0, 0.0], [4.0, 0.0]])
    >>> value_of_knowing(np.array([1.0, 2.0, 3.0, 4.0]), cost, bins=2)
    2.0
    """
    if bins > parameter.size:
        raise ValueError(f"{bins} groups need as many draws; there are {parameter.size}")
    groups = np.array_split(cost[np.argsort(parameter, kind="stable")], bins)
    informed = math.fsum(float(group.mean(axis=0).min()) * len(group) for group in groups)
    return max(float(cost.mean(axis=0).min()) - informed / len(cost), 0.0)
