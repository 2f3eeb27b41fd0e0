"""VaR, TVaR and exceedance curves of annual amounts, and quantiles of one breach.

All functions of a year take `Annual`, so the empty years always count. Each function sorts its
vector once, and only as far down as it has to. Adequacy of limits and the choice of plans are left
to the neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from exposure.arrays import FloatArray
from exposure.measures.intervals import Estimate, wilson_interval
from exposure.measures.tails import Tails, measure_tails, ranks_of_curve
from exposure.tables import Annual

CurveKind = Literal["aep", "oep", "event"]


@dataclass(frozen=True)
class TailMeasures:
    """Mean, VaR and TVaR at several levels, with intervals.

    Parameters
    ----------
    levels : tuple of float
        [-]
    mean : Estimate
        [JPY]
    var, tvar : tuple of Estimate
        One per level. [JPY]
    """

    levels: tuple[float, ...]
    mean: Estimate
    var: tuple[Estimate, ...]
    tvar: tuple[Estimate, ...]

    def only(self, levels: Sequence[float]) -> TailMeasures:
        """Return the measures at some of the levels."""
        place = [self.levels.index(level) for level in levels]
        var, tvar = (tuple(of[k] for k in place) for of in (self.var, self.tvar))
        return TailMeasures(tuple(levels), self.mean, var, tvar)


@dataclass(frozen=True)
class ExceedanceCurve:
    """Loss against the probability of exceeding it (損失超過確率曲線).

    Parameters
    ----------
    kind : str
        ``aep`` annual sum, ``oep`` largest event of the year, ``event`` one breach, given a breach.
    n : int
        Loss years, or breaches, the curve rests on.
    probability : (n_points,) array
        P(loss > x), falling: per year, or given a breach. [-]
    return_period : (n_points,) array
        1 / probability: years, or breaches.
    loss, low, high : (n_points,) array
        x and its interval. [JPY]
    tail_mean, tail_low, tail_high : (n_points,) array
        TVaR at 1 − probability and its interval. [JPY]
    """

    kind: CurveKind
    n: int
    probability: FloatArray
    return_period: FloatArray
    loss: FloatArray
    low: FloatArray
    high: FloatArray
    tail_mean: FloatArray
    tail_low: FloatArray
    tail_high: FloatArray


def value_at_risk(annual: Annual, p: float, *, level: float) -> Estimate:
    """Return the amount not exceeded in a share p of all years (バリュー・アット・リスク).

    Parameters
    ----------
    annual : Annual
        Non-negative amounts. [JPY]
    p : float
        Share of years, in [0, 1); the VaR is 0 up to the probability of an empty year. [-]
    level : float
        Coverage of the interval, by order statistics. [-]

    Returns
    -------
    Estimate
        ``inf{x : F(x) ≥ p}``. [JPY]

    Examples
    --------
    >>> annual = Annual(np.arange(1.0, 1001.0), 0.5)
    >>> value_at_risk(annual, 0.95, level=0.9)
    Estimate(value=900.0, low=884.0, high=916.0, reliable=True)
    >>> value_at_risk(annual, 0.4, level=0.9).value
    0.0
    """
    return _var_estimates(_measure(annual, [p], level, level))[0]


def tail_measures(
    annual: Annual, levels: Sequence[float], *, level: float, largest_share: float
) -> TailMeasures:
    """Return mean, VaR and TVaR at many levels from one partial sort (テールの尺度).

    Parameters
    ----------
    annual : Annual
        Non-negative amounts. [JPY]
    levels : sequence of float
        In [0, 1), in any order. [-]
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Notes
    -----
    The VaR counts with exactly the weight needed to fill the tail, so an atom, at 0 or at a limit,
    is right where the mean of ``S > VaR`` and the mean of ``S ≥ VaR`` are both wrong.

    Examples
    --------
    0, 1 million and 100 million yen with probabilities 0.90, 0.06 and 0.04: of the worst 5 %,
    four parts cost 100 million and one part 1 million.

    >>> annual = Annual(np.repeat([1e6, 1e8], [6, 4]), 0.9)
    >>> round(tail_measures(annual, [0.95], level=0.9, largest_share=0.3).tvar[0].value)
    80200000
    >>> annual = Annual(np.arange(1.0, 1001.0), 0.0)
    >>> measures = tail_measures(annual, [0.99, 0.5], level=0.9, largest_share=0.05)
    >>> [round(e.value, 6) for e in (measures.mean, *measures.var, *measures.tvar)]
    [500.5, 990.0, 500.0, 995.5, 750.5]
    """
    return _tail_measures(_measure(annual, [0.0, *levels], level, largest_share), levels)


def _tail_measures(tails: Tails, levels: Sequence[float]) -> TailMeasures:
    means = [
        Estimate(value, max(value - half, 0.0), value + half, spread)
        for value, half, spread in zip(
            tails.tvar.tolist(), tails.half.tolist(), tails.spread.tolist(), strict=True
        )
    ]
    return TailMeasures(tuple(levels), means[0], _var_estimates(tails)[1:], tuple(means[1:]))


def loss_at_return_period(
    annual: Annual, return_periods: Sequence[float], *, level: float
) -> tuple[Estimate, ...]:
    """Return the amount exceeded once in so many years on average (再現期間).

    Parameters
    ----------
    annual : Annual
        Annual sums for the AEP, annual maxima for the OEP. [JPY]
    return_periods : sequence of float
        1 / P(amount > x), 1 or more. [year]
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    >>> annual = Annual(np.arange(1.0, 1001.0), 0.5)
    >>> [e.value for e in loss_at_return_period(annual, [1, 2, 20], level=0.9)]
    [0.0, 0.0, 900.0]
    """
    asked = [level_at(period) for period in return_periods]
    return _var_estimates(_measure(annual, asked, level, level))


def level_at(return_period: float) -> float:
    """Return the share of years that cost no more than what is exceeded once in so many years.

    Examples
    --------
    >>> level_at(200)
    0.995
    """
    return 1 - 1 / return_period


def exceedance_probability(annual: Annual, amount: float, *, level: float) -> Estimate:
    """Return the probability that a year costs more than an amount (超過確率).

    Examples
    --------
    >>> exceedance_probability(Annual(np.arange(1.0, 101.0), 0.5), 90.0, level=0.9).value
    0.05
    """
    weight = 1 - annual.empty_probability
    above = int(np.count_nonzero(annual.values > amount))
    share = wilson_interval(above, annual.values.size, level=level)
    return Estimate(weight * share.value, weight * share.low, weight * share.high)


def exceedance_curve(
    annual: Annual, *, kind: CurveKind, points: int, level: float, largest_share: float
) -> ExceedanceCurve:
    """Thin a sample to an exceedance curve, even in the logarithm of the probability.

    The curve ends where the sample no longer gives an upper end of the interval (about three
    observations from the top), because beyond it no figure can be defended.

    Parameters
    ----------
    annual : Annual
        Annual sums (``aep``), annual maxima (``oep``), or the breaches themselves with an empty
        probability of 0 (``event``). [JPY]
    kind : str
        Label of the curve.
    points : int
        At most so many points.
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Examples
    --------
    >>> annual = Annual(np.arange(1.0, 1001.0), 0.5)
    >>> curve = exceedance_curve(annual, kind="aep", points=3, level=0.9, largest_share=0.05)
    >>> curve.loss, curve.return_period.round(1)
    (array([  1., 945., 997.]), array([  2. ,  36.4, 666.7]))
    """
    n, p0 = annual.values.size, annual.empty_probability
    ranks, probability = ranks_of_curve(n, p0, (), level, points)
    return _curve(kind, n, probability, measure_tails(annual.values, ranks, level, largest_share))


def _curve(kind: CurveKind, n: int, probability: FloatArray, tails: Tails) -> ExceedanceCurve:
    return ExceedanceCurve(
        kind=kind,
        n=n,
        probability=probability,
        return_period=1 / probability,
        loss=tails.var,
        low=tails.low,
        high=tails.high,
        tail_mean=tails.tvar,
        tail_low=np.maximum(tails.tvar - tails.half, 0.0),
        tail_high=tails.tvar + tails.half,
    )


def _measure(annual: Annual, levels: Sequence[float], level: float, largest_share: float) -> Tails:
    n, p0 = annual.values.size, annual.empty_probability
    ranks, _ = ranks_of_curve(n, p0, tuple(levels), level)
    return measure_tails(annual.values, ranks, level, largest_share)


def _var_estimates(tails: Tails) -> tuple[Estimate, ...]:
    return tuple(
        Estimate(value, low, high, math.isfinite(high))
        for value, low, high in zip(
            tails.var.tolist(), tails.low.tolist(), tails.high.tolist(), strict=True
        )
    )
