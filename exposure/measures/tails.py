"""Quantiles and tail means of one sample at many levels: one partial sort, one pass.

The engine room of `exposure.measures.exceedance`; knows about arrays and the atom at zero, not
about what the amounts mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.measures.intervals import (
    is_spread,
    normal_quantile,
    quantile_ranks,
    tail_mean_error,
)


@dataclass(frozen=True)
class Tails:
    """VaR and TVaR of one sample, level by level.

    Parameters
    ----------
    var, low, high : (n_levels,) array
        Quantile and its order-statistic interval; ``inf`` above the sample. [JPY]
    tvar, half : (n_levels,) array
        Tail mean and half the width of its interval. [JPY]
    spread : tuple of bool
        Whether no single value carries the tail mean.
    """

    var: FloatArray
    low: FloatArray
    high: FloatArray
    tvar: FloatArray
    half: FloatArray
    spread: tuple[bool, ...]

    def part(self, start: int, stop: int | None = None) -> Tails:
        """Return some of the levels."""
        some = slice(start, stop)
        return Tails(
            self.var[some],
            self.low[some],
            self.high[some],
            self.tvar[some],
            self.half[some],
            self.spread[some],
        )


def measure_tails(
    values: FloatArray,
    p0: float,
    p: FloatArray,
    level: float,
    largest_share: float,
    ranks: IntArray | None = None,
) -> Tails:
    """Measure a sample with an atom at zero at given levels (分位点と裾の平均).

    Parameters
    ----------
    values : (n,) array
        Non-negative amounts of the loss years. [JPY]
    p0 : float
        Probability of the years that are not there and cost nothing. [-]
    p : (n_levels,) array
        Levels in [0, 1) of all years, in any order. [-]
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]
    ranks : (n_levels,) array, optional
        Ranks of the quantiles among the loss years where they are known better than from p.

    Raises
    ------
    ValueError
        If there are fewer than two loss years, or an amount is negative or not a number.

    Examples
    --------
    >>> tails = measure_tails(np.array([10.0, 30.0]), 0.5, np.array([0.0, 0.75]), 0.9, 0.05)
    >>> tails.var, tails.tvar, tails.spread
    (array([ 0., 10.]), array([10., 30.]), (False, False))
    """
    n = values.size
    if n < 2:
        raise ValueError(f"{n} loss year(s) measure nothing: two are needed")
    if not values.min() >= 0:
        raise ValueError("amounts must be numbers of 0 or more")
    rank = ranks_of(n, p0, p) if ranks is None else ranks
    low_rank, high_rank = np.zeros_like(rank), np.zeros_like(rank)
    inside = rank > 0
    low_rank[inside], high_rank[inside] = quantile_ranks(
        n, (p[inside] - p0) / (1 - p0), level=level
    )
    ordered = _sorted_above(values, int(low_rank[inside].min(initial=n)))
    var = _order_statistic(ordered, n, rank)
    excess, squares = _excess_sums(values, ordered, rank, var)
    weight = (1 - p0) / (1 - p)
    tvar = var + weight * excess / n
    errors = [
        tail_mean_error(n, w, e, s)
        for w, e, s in zip(weight.tolist(), excess.tolist(), squares.tolist(), strict=True)
    ]
    largest = float(values.max())
    totals = (tvar * n / weight).tolist()
    return Tails(
        var=var,
        low=_order_statistic(ordered, n, low_rank),
        high=_order_statistic(ordered, n, high_rank),
        tvar=tvar,
        half=normal_quantile(level) * np.array(errors),
        spread=tuple(is_spread(largest, total, largest_share) for total in totals),
    )


def tail_values(values: FloatArray, p0: float, p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return VaR and TVaR alone, without their intervals: what a parameter draw needs.

    Parameters
    ----------
    values : (n,) array
        Non-negative amounts of the loss years. [JPY]
    p0 : float
        Probability of the years that are not there and cost nothing. [-]
    p : (n_levels,) array
        Levels in [0, 1) of all years, in any order. [-]

    Returns
    -------
    var, tvar : (n_levels,) array
        The same values as `measure_tails` gives. [JPY]

    Examples
    --------
    >>> tail_values(np.array([10.0, 30.0]), 0.5, np.array([0.0, 0.75]))
    (array([ 0., 10.]), array([10., 30.]))
    """
    rank = ranks_of(values.size, p0, p)
    n = values.size
    ordered = _sorted_above(values, int(rank[rank > 0].min(initial=n)))
    var = _order_statistic(ordered, n, rank)
    excess, _ = _excess_sums(values, ordered, rank, var)
    return var, var + (1 - p0) / (1 - p) * excess / n


def ranks_of(n: int, p0: float, p: FloatArray) -> IntArray:
    """Return the rank of each VaR among the loss years; 0 up to the probability of none."""
    exact = n * (p - p0) / (1 - p0)
    # 100 × 0.95 must be 95 and not 95.00000000000001, whatever p₀ does to the last bits.
    noise = n * np.finfo(np.float64).eps * 2 / (1 - p0)
    nearest = np.rint(exact)
    rank = np.where(np.abs(exact - nearest) <= noise, nearest, np.ceil(exact))
    ranks: IntArray = np.maximum(rank, 0).astype(np.int64)
    return ranks


# One value in so many is looked at to guess where the tail begins, and the guess asks for more
# values than the tail has, so that it rarely has to be taken back.
_PILOT_STEP = 2**6
_SPARE = 2


def _sorted_above(values: FloatArray, rank: int) -> FloatArray:
    """Return the values from the given rank upwards, sorted, or all of them."""
    tail = _tail_above(values, values.size - max(rank, 1) + 1)
    return np.sort(values) if tail is None else tail


def _tail_above(values: FloatArray, size: int) -> FloatArray | None:
    """Return the largest values, sorted, by way of a guess that is verified; None if it fails."""
    pilot = values[::_PILOT_STEP]
    spare = _SPARE * (size // _PILOT_STEP + 1)
    if _SPARE * spare >= pilot.size:
        return None
    guess = np.partition(pilot, pilot.size - spare)[pilot.size - spare]
    tail: FloatArray = values[values >= guess]
    if tail.size < size or tail.size > _SPARE * spare * _PILOT_STEP:
        return None
    tail.sort()
    return tail[tail.size - size :]


def _order_statistic(ordered: FloatArray, n: int, rank: IntArray) -> FloatArray:
    """Return order statistics of n values; 0 below the sample, ``inf`` above it."""
    found = ordered[np.clip(rank, n - ordered.size + 1, n) - 1 - n]
    found = np.where(rank < 1, 0.0, found)
    return np.where(rank > n, np.inf, found)


def _excess_sums(
    values: FloatArray, ordered: FloatArray, rank: IntArray, var: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the sums of (S − VaR)⁺ and of its square, each value being visited once."""
    n = values.size
    starts = np.unique(rank)
    # Stretch by stretch between the ranks; a rank of n leaves nothing above it, one of 0 all.
    at = starts[(starts > 0) & (starts < n)] + ordered.size - n
    sums = np.zeros((2, starts.size))
    inside = slice(int(starts[0] == 0), int(starts[0] == 0) + at.size)
    np.add.reduceat(ordered, at, out=sums[0, inside])
    np.add.reduceat(np.square(ordered), at, out=sums[1, inside])
    first, second = np.cumsum(sums[:, ::-1], axis=1)[:, ::-1]
    if starts[0] == 0:
        first[0], second[0] = values.sum(), np.square(values).sum()
    place = np.searchsorted(starts, rank)
    total, squares, count = first[place], second[place], n - rank
    excess = np.maximum(total - count * var, 0.0)
    return excess, np.maximum(squares - 2 * var * total + count * var * var, 0.0)
