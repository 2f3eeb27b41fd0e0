"""Estimates and how far simulation can be trusted: moments, intervals, paired differences.

Holds the statistics of simulation error only; what is being estimated, and the uncertainty of the
parameters themselves, is left to the other modules of this package. What is done to a vector of a
million years in one go is done in main memory; here nothing larger than a stretch is ever written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import overload

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.tables import Annual

# Few enough values that a handful of stretches stays in the cache.
_STRETCH = 2**15


@dataclass(frozen=True)
class Moments:
    """Mean and spread of a sample (平均とばらつき).

    Parameters
    ----------
    n : int
        Sample size, 2 or more.
    total : float
        Sum of the values.
    squares : float
        Sum of the squared deviations from the mean.
    """

    n: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Mean of the sample."""
        return self.total / self.n

    @property
    def standard_error(self) -> float:
        """Standard error of the mean of independent values."""
        return math.sqrt(self.squares / (self.n - 1)) / math.sqrt(self.n)


def stretches(n: int) -> Iterator[slice]:
    """Return the stretches of a vector of n values.

    Examples
    --------
    >>> list(stretches(3))
    [slice(0, 3, None)]
    """
    return (slice(start, min(start + _STRETCH, n)) for start in range(0, n, _STRETCH))


def moments(values: FloatArray, less: FloatArray | None = None) -> Moments:
    """Return mean and spread of a sample, or of the difference of two (平均とばらつき).

    Parameters
    ----------
    values : (n,) array
    less : (n,) array, optional
        To be taken off the values, pair by pair.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Notes
    -----
    Squares of deviations are taken from the mean of their stretch, and what the stretches differ
    in is added [1]_, so that nothing is lost where the mean is large against the spread.

    References
    ----------
    .. [1] Chan, Golub, LeVeque (1983), The American Statistician 37(3).

    Examples
    --------
    >>> moments(np.array([5.0, 9.0]), np.array([4.0, 6.0]))
    Moments(n=2, total=4.0, squares=2.0)
    """
    n = values.size
    if n < 2:
        raise ValueError(f"{n} value(s) say nothing about their spread: two are needed")
    room = np.empty(min(n, _STRETCH))
    parts: list[tuple[int, float, float]] = []
    for part in stretches(n):
        own, kept = values[part], room[: part.stop - part.start]
        if less is not None:
            own = np.subtract(own, less[part], out=kept)
        total = np.add.reduce(own)
        np.square(np.subtract(own, total / own.size, out=kept), out=kept)
        parts.append((own.size, float(total), float(np.add.reduce(kept))))
    total = math.fsum(total for _, total, _ in parts)
    mean = total / n
    within = math.fsum(squares for _, _, squares in parts)
    between = math.fsum(size * (total / size - mean) ** 2 for size, total, _ in parts)
    return Moments(n, total, within + between)


@dataclass(frozen=True)
class Estimate:
    """A simulated figure and its simulation interval (推定値と区間).

    Parameters
    ----------
    value, low, high : float
        Estimate and ends of its interval; ``inf`` where the sample gives no upper end.
    reliable : bool
        False where the interval may be too short: a handful of years carries the figure, or the
        sample has nothing beyond it.

    Examples
    --------
    >>> Estimate(0.96, 0.955, 0.964)
    Estimate(value=0.96, low=0.955, high=0.964, reliable=True)
    """

    value: float
    low: float
    high: float
    reliable: bool = True


_MOST_KEPT = 2**8


@lru_cache(maxsize=_MOST_KEPT)
def normal_quantile(level: float) -> float:
    """Return z of a two-sided normal interval of the given level.

    Examples
    --------
    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf((1 + level) / 2)


def quantile_ranks(n: int, p: FloatArray, *, level: float) -> tuple[IntArray, IntArray]:
    """Return the ranks of the order statistics that enclose a quantile (順位による区間).

    Parameters
    ----------
    n : int
        Sample size.
    p : (n_levels,) array
        Levels of the quantiles within the sample, in (0, 1). A sample of loss years only has
        1 − (1−p)/(1−p₀) where the year has p. [-]
    level : float
        Coverage of the interval. [-]

    Returns
    -------
    low, high : (n_levels,) array
        Ranks from 1 for the smallest; 0 and n + 1 mean that no order statistic serves.

    Notes
    -----
    The number of values below the quantile is Binomial(n, p): the ranks are its α/2 quantile and
    its 1 − α/2 quantile plus one, exact for continuous amounts and safe with atoms.

    Examples
    --------
    >>> quantile_ranks(10_000, np.array([0.95, 0.99]), level=0.95)
    (array([9457, 9880]), array([9543, 9920]))
    """
    outside = (1 - level) / 2
    return binomial_quantile(outside, n, p), binomial_quantile(1 - outside, n, p) + 1


def binomial_quantile(q: float, n: int, p: FloatArray) -> IntArray:
    """Return the smallest count that Binomial(n, p) does not exceed with probability q.

    Examples
    --------
    Two coins show no head, at most one head, at most two with probability ¼, ¾, 1:

    >>> binomial_quantile(0.75, 2, np.array([0.5])), binomial_quantile(0.76, 2, np.array([0.5]))
    (array([1]), array([2]))
    """
    from scipy.special import bdtr, bdtrik

    count = np.ceil(bdtrik(q, n, p))
    # The inverse is continuous and found by iteration: it may stop short of a whole number.
    ranks: IntArray = np.where(bdtr(count, n, p) < q, count + 1, count).astype(np.int64)
    return ranks


def wilson_interval(n_ok: int, n: int, *, level: float, design_effect: float = 1) -> Estimate:
    """Return a probability with its Wilson interval (割合の区間).

    Parameters
    ----------
    n_ok, n : int
        Successes and trials. Without a trial nothing is known: the value is 0, so that nothing
        passes a target unseen, and the interval is all of [0, 1].
    level : float
        Coverage of the interval. [-]
    design_effect : float
        How many of these trials say as much as one independent trial; 1 if they are independent.

    References
    ----------
    .. [1] Wilson (1927), Journal of the American Statistical Association 22.

    Examples
    --------
    >>> estimate = wilson_interval(81, 263, level=0.95)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return Estimate(0.0, 0.0, 1.0, reliable=False)
    z = normal_quantile(level)
    share = n_ok / n
    n_alone = n / design_effect
    widening = 1 + z * z / n_alone
    centre = (share + z * z / (2 * n_alone)) / widening
    half = z / widening * math.sqrt(share * (1 - share) / n_alone + (z / (2 * n_alone)) ** 2)
    return Estimate(share, max(min(centre - half, share), 0.0), min(max(centre + half, share), 1.0))


def mean_interval(values: FloatArray, *, level: float, largest_share: float) -> Estimate:
    """Return a mean with its normal interval, and whether the interval deserves trust.

    Parameters
    ----------
    values : (n,) array
        At least two independent values.
    level : float
        Coverage of the interval. [-]
    largest_share : float
        If the largest value makes up this share of the sum or more, the interval is marked as not
        reliable: with such tails a nominal 95 % interval covers far less. [-]

    Examples
    --------
    >>> estimate = mean_interval(np.array([1.0, 3.0]), level=0.95, largest_share=0.8)
    >>> estimate.value, round(estimate.low, 2), round(estimate.high, 2), estimate.reliable
    (2.0, 0.04, 3.96, True)
    """
    found = moments(values)
    lowest, highest = float(values.min()), float(values.max())
    total = found.total if lowest >= 0 else float(np.abs(values).sum())
    reliable = is_spread(max(highest, -lowest), total, largest_share)
    return replace(normal_interval(found, level=level), reliable=reliable)


def standard_error(values: FloatArray) -> float:
    """Return the standard error of the mean of independent values.

    Raises
    ------
    ValueError
        If there are fewer than two values.

    Examples
    --------
    >>> standard_error(np.array([1.0, 3.0]))
    1.0
    """
    return moments(values).standard_error


@overload
def is_spread(largest: float, total: float, largest_share: float) -> bool: ...


@overload
def is_spread(largest: float, total: FloatArray, largest_share: float) -> BoolArray: ...


def is_spread(largest: float, total: float | FloatArray, largest_share: float) -> bool | BoolArray:
    """Say whether no single value carries a sum: the condition of a normal interval.

    Examples
    --------
    >>> is_spread(4.0, 100.0, 0.05), is_spread(5.0, 100.0, 0.05), is_spread(0.0, 0.0, 0.05)
    (True, False, True)
    """
    return (largest < largest_share * total) | (largest == 0)


def tail_mean_error(
    n: int, weight: FloatArray, excess: FloatArray, excess_squares: FloatArray
) -> FloatArray:
    """Return the standard errors of TVaRs from the sums of what lies above their VaRs.

    Parameters
    ----------
    n : int
        Number of loss years.
    weight : (n_levels,) array
        (1−p₀)/(1−p). [-]
    excess, excess_squares : (n_levels,) array
        Sums of (S − VaR)⁺ [JPY] and of its square over the loss years.

    Notes
    -----
    The error of the mean of (S − VaR)⁺; to first order the error of the VaR adds nothing. For
    continuous amounts this is the formula of Manistre and Hancock [1]_,
    ``√([s² + p(TVaR − VaR)²] / (n(1−p)))`` with ``s²`` the variance in the tail, and it stays
    right where the VaR sits on an atom.

    References
    ----------
    .. [1] Manistre, Hancock (2005), North American Actuarial Journal 9(2).

    Examples
    --------
    Two of four loss years exceed the VaR, by 1 and by 3; no year is empty, p is one half:

    >>> one = np.ones(1)
    >>> tail_mean_error(4, 2 * one, 4 * one, 10 * one) ** 2
    array([2.])
    """
    variance = np.maximum(excess_squares - excess * excess / n, 0.0) / (n - 1)
    error: FloatArray = weight * np.sqrt(variance / n)
    return error


def normal_interval(found: Moments, weight: float = 1, *, level: float) -> Estimate:
    """Return a mean with its normal interval, from its moments (正規近似による区間).

    Parameters
    ----------
    found : Moments
        Of independent values.
    weight : float
        Share of the years that the values are of, the mean of the others being 0. [-]
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    >>> normal_interval(Moments(n=2, total=4.0, squares=0.0), 0.5, level=0.9)
    Estimate(value=1.0, low=1.0, high=1.0, reliable=True)
    """
    mean = weight * found.mean
    half = weight * normal_quantile(level) * found.standard_error
    return Estimate(mean, mean - half, mean + half)


def require_paired(first: Annual, second: Annual) -> None:
    """Raise if two annual vectors cannot come from the same years.

    Examples
    --------
    >>> require_paired(Annual(np.array([1.0]), 0.5), Annual(np.array([0.0]), 0.5))
    """
    same_size = first.values.shape == second.values.shape
    if not same_size or first.empty_probability != second.empty_probability:
        raise ValueError("plans can be compared on the same simulated years only")


def batch_means(batches: FloatArray, *, level: float) -> Estimate:
    """Return the mean of independent repeats of a figure with its t interval (バッチ平均法).

    Parameters
    ----------
    batches : (n_batches,) array
        The figure of each batch of years. Years within a run are ordered by their number of
        events, so a batch is a block with its own random stream, never a stretch of one block.
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    >>> batch_means(np.array([9.0, 11.0]), level=0.5)
    Estimate(value=10.0, low=9.0, high=11.0, reliable=True)
    """
    from scipy.special import stdtrit

    mean = float(batches.mean())
    half = float(stdtrit(batches.size - 1, (1 + level) / 2)) * standard_error(batches)
    return Estimate(mean, mean - half, mean + half)
