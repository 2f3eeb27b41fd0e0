"""Quantiles and tail means of one sample at many levels: ranks, one partial sort, one pass.

The engine room of `exposure.measures.exceedance`: knows about arrays and the atom at zero, not
about what the amounts mean. Ranks depend on the size of a sample and on the levels asked, never on
the amounts: all plans of a study share them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.measures.intervals import is_spread, normal_quantile, quantile_ranks, tail_mean_error


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks from 1 for the smallest of n loss years (順位).

    Parameters
    ----------
    n : int
        Loss years.
    weight : (n_levels,) array
        (1−p₀)/(1−p). [-]
    sought : (n_rows, n_levels) array
        Quantiles, and below them the ends of their intervals if any; 0 is an amount of 0, n + 1
        means that no order statistic serves.
    starts : (n_starts,) array
        The different ranks of the quantiles, ascending: where sums over a tail begin.
    tail : (n_levels,) array
        Place of each quantile among the starts.
    lowest : int
        No rank sought is lower, those of an amount of 0 apart.
    """

    n: int
    weight: FloatArray
    sought: IntArray
    starts: IntArray
    tail: IntArray
    lowest: int


_MOST_KEPT = 2**6


@lru_cache(maxsize=_MOST_KEPT)
def ranks_of_curve(
    n: int, p0: float, levels: tuple[float, ...], level: float, points: int = 0
) -> tuple[Ranks, FloatArray]:
    """Look up the ranks of levels and, after them, of the points of a curve (順位の一覧).

    Kept, because every plan of a study asks for the same ones and they take iterations.

    Parameters
    ----------
    n : int
        Loss years.
    p0 : float
        Probability of the years that are not there and cost nothing. [-]
    levels : tuple of float
        In [0, 1) of all years, in any order. [-]
    level : float
        Coverage of the intervals. [-]
    points : int
        Of the curve, at most; 0 for none.

    Returns
    -------
    Ranks
    (n_points,) array
        Probabilities of exceeding the points of the curve, falling. [-]

    Raises
    ------
    ValueError
        If a level is not in [0, 1), or there are fewer than two loss years to make a curve of.

    Examples
    --------
    >>> ranks, probability = ranks_of_curve(1000, 0.5, (0.95,), 0.9, 3)
    >>> ranks.sought[0].tolist(), probability.tolist()
    ([900, 1, 945, 997], [0.4995, 0.0275, 0.0015])
    """
    asked = np.array(levels, dtype=np.float64)
    if not ((asked >= 0) & (asked < 1)).all():
        raise ValueError(f"levels {list(levels)} must lie in [0, 1)")
    if not points:
        return ranks_at(n, p0, asked, level=level), np.zeros(0)
    above = counts_above(n, points, level)
    probability = (1 - p0) * above / n
    probability.flags.writeable = False  # One for all who ask.
    p = np.append(asked, 1 - probability)
    known = np.append(ranks_at(n, p0, asked).sought[0], n - above)
    return ranks_at(n, p0, p, level=level, known=known), probability


@lru_cache(maxsize=_MOST_KEPT)
def plain_ranks(n: int, p0: float, levels: tuple[float, ...]) -> Ranks:
    """Return the ranks of VaR at some levels, without intervals; kept for who asks alike.

    Parameters
    ----------
    n, p0
        As in `ranks_at`.
    levels : tuple of float
        [-]
    """
    return ranks_at(n, p0, np.array(levels, dtype=np.float64))


def ranks_at(
    n: int,
    p0: float,
    p: FloatArray,
    *,
    level: float | None = None,
    known: IntArray | None = None,
) -> Ranks:
    """Look up the ranks of VaR at given levels of all years (順位の決定).

    Parameters
    ----------
    n : int
        Loss years.
    p0 : float
        Probability of the years that are not there and cost nothing. [-]
    p : (n_levels,) array
        Levels in [0, 1) of all years, in any order. [-]
    level : float, optional
        Coverage of the intervals; without one no interval is sought. [-]
    known : (n_levels,) array, optional
        Ranks of the quantiles among the loss years where they are known better than from p.

    Examples
    --------
    Half of all years have a loss: the median is 0, three quarters are half of ten loss years.

    >>> ranks_at(10, 0.5, np.array([0.5, 0.75]), level=0.9).sought.tolist()
    [[0, 5], [0, 2], [0, 9]]
    """
    rank = _quantile_ranks(n, p0, p) if known is None else known
    inside = rank > 0
    sought = [rank]
    if level is not None:
        ends = np.zeros((2, rank.size), dtype=np.int64)
        ends[:, inside] = quantile_ranks(n, (p[inside] - p0) / (1 - p0), level=level)
        sought += [*ends]
    starts, tail = np.unique(rank, return_inverse=True)
    return Ranks(
        n=n,
        weight=(1 - p0) / (1 - p),
        sought=np.array(sought),
        starts=starts,
        tail=tail,
        lowest=max(int(np.array(sought)[:, inside].min(initial=n)), 1),
    )


def _quantile_ranks(n: int, p0: float, p: FloatArray) -> IntArray:
    """Return the rank of each VaR among the loss years; 0 up to the probability of none."""
    exact = n * (p - p0) / (1 - p0)
    # 100 × 0.95 must be 95 and not 95.00000000000001, whatever p₀ does to the last bits.
    noise = n * np.finfo(np.float64).eps * 2 / (1 - p0)
    nearest = np.rint(exact)
    rank = np.where(np.abs(exact - nearest) <= noise, nearest, np.ceil(exact))
    ranks: IntArray = np.maximum(rank, 0).astype(np.int64)
    return ranks


def counts_above(n: int, points: int, level: float) -> IntArray:
    """Return how many observations lie above each point of a curve, most first (曲線の点).

    Even in the logarithm of the probability, and no further up than an order statistic above the
    quantile gives the interval an upper end.

    Parameters
    ----------
    n : int
        Size of the sample.
    points : int
        At most so many.
    level : float
        Coverage of the intervals. [-]

    Raises
    ------
    ValueError
        If there are fewer than two loss years.

    Examples
    --------
    >>> counts_above(1000, 3, 0.9).tolist()
    [999, 55, 3]
    """
    if n < 2:
        raise ValueError(f"{n} loss year(s) make no curve: two are needed")
    # An order statistic above the quantile exists while P(all n below it) stays under α/2.
    fewest = math.ceil(-n * math.expm1(math.log((1 - level) / 2) / n))
    top = min(max(fewest, 1), n - 1)
    above: IntArray = np.unique(np.rint(np.geomspace(top, n - 1, points)).astype(np.int64))[::-1]
    return above


@dataclass(frozen=True)
class Tails:
    """VaR and TVaR of one sample, level by level.

    Parameters
    ----------
    var, low, high : (n_levels,) array
        Quantile and its order-statistic interval; ``inf`` above the sample. [JPY]
    tvar, half : (n_levels,) array
        Tail mean and half the width of its interval. [JPY]
    spread : (n_levels,) array of bool
        Whether no single value carries the tail mean.
    """

    var: FloatArray
    low: FloatArray
    high: FloatArray
    tvar: FloatArray
    half: FloatArray
    spread: BoolArray

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


def measure_tails(values: FloatArray, ranks: Ranks, level: float, largest_share: float) -> Tails:
    """Measure a sample with an atom at zero at given levels (分位点と裾の平均).

    Parameters
    ----------
    values : (n,) array
        Non-negative amounts of the loss years. [JPY]
    ranks : Ranks
        What is sought in so many loss years, with intervals of the same level.
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Raises
    ------
    ValueError
        If there are fewer than two loss years, or an amount is negative or not a number.

    Examples
    --------
    >>> from exposure.measures.tails import ranks_at
    >>> ranks = ranks_at(2, 0.5, np.array([0.0, 0.75]), level=0.9)
    >>> tails = measure_tails(np.array([10.0, 30.0]), ranks, 0.9, 0.05)
    >>> tails.var, tails.tvar, tails.spread
    (array([ 0., 10.]), array([10., 30.]), array([False, False]))
    """
    n, weight = ranks.n, ranks.weight
    if n < 2:
        raise ValueError(f"{n} loss year(s) measure nothing: two are needed")
    if not values.min() >= 0:
        raise ValueError("amounts must be numbers of 0 or more")
    ordered = _sorted_above(values, ranks.lowest)
    largest = ordered[-1]
    var, low, high = _order_statistics(ordered, ranks)
    total = _sums_beyond(ordered, ranks, values)
    # The amounts themselves are not needed any more, and a second large array costs time.
    squares = _sums_beyond(np.square(ordered, out=ordered), ranks, values, squared=True)
    excess = _excess(total, ranks, var)
    count = n - ranks.sought[0]
    excess_squares = np.maximum(squares - 2 * var * total + count * var * var, 0.0)
    tvar = var + weight * excess / n
    return Tails(
        var=var,
        low=low,
        high=high,
        tvar=tvar,
        half=normal_quantile(level) * tail_mean_error(n, weight, excess, excess_squares),
        spread=is_spread(largest, tvar * n / weight, largest_share),
    )


def tail_values(values: FloatArray, ranks: Ranks) -> tuple[FloatArray, FloatArray]:
    """Return VaR and TVaR alone, without their intervals: what a parameter draw needs.

    Parameters
    ----------
    values : (..., n) array
        Non-negative amounts of the loss years, of one sample or of several in rows. [JPY]
    ranks : Ranks
        What is sought in so many loss years; ends of intervals are passed over.

    Returns
    -------
    var, tvar : (..., n_levels) array
        The same values as `measure_tails` gives. [JPY]

    Examples
    --------
    >>> from exposure.measures.tails import ranks_at
    >>> ranks = ranks_at(2, 0.5, np.array([0.0, 0.75]))
    >>> tail_values(np.array([10.0, 30.0]), ranks)
    (array([ 0., 10.]), array([10., 30.]))
    >>> tail_values(np.array([[10.0, 30.0], [20.0, 0.0]]), ranks)[1].tolist()
    [[10.0, 30.0], [5.0, 20.0]]
    """
    ordered = _sorted_above(values, ranks.lowest)
    var = _order_statistics(ordered, ranks)[..., 0, :]
    excess = _excess(_sums_beyond(ordered, ranks, values), ranks, var)
    return var, var + ranks.weight * excess / ranks.n


# One value in so many is looked at to guess where a far tail begins, and the guess asks for more
# values than the tail has, so that it rarely has to be taken back. A tail of a larger share of the
# values than that is no longer found faster by a guess.
_PILOT_STEP = 2**6

_SPARE = 2


def _sorted_above(values: FloatArray, rank: int) -> FloatArray:
    """Return the values of each row from the given rank upwards, sorted."""
    size = values.shape[-1] - rank + 1
    if values.ndim > 1:
        # Rows are short: to sort them whole takes no longer than to part them first.
        return np.sort(values, axis=-1)[..., rank - 1 :]
    tail = _tail_above(values, size) if size <= values.size // _PILOT_STEP else None
    if tail is None:
        tail = values.copy() if rank == 1 else np.partition(values, rank - 1)[rank - 1 :]
    tail.sort()
    return tail[tail.size - size :]


def _tail_above(values: FloatArray, size: int) -> FloatArray | None:
    """Return the largest values, by way of a guess that is verified; None if it fails."""
    pilot = values[::_PILOT_STEP]
    spare = _SPARE * (size // _PILOT_STEP + 1)
    if _SPARE * spare >= pilot.size:
        return None
    guess = np.partition(pilot, pilot.size - spare)[pilot.size - spare]
    tail: FloatArray = values[values >= guess]
    return tail if size <= tail.size <= _SPARE * spare * _PILOT_STEP else None


def _order_statistics(ordered: FloatArray, ranks: Ranks) -> FloatArray:
    """Return what stands at the ranks sought. (..., n_rows, n_levels) array."""
    n, sought = ranks.n, ranks.sought
    found = ordered[..., np.clip(sought, ranks.lowest, n) - 1 - n]
    found[..., sought < 1] = 0.0
    found[..., sought > n] = np.inf
    return found


def _sums_beyond(
    ordered: FloatArray, ranks: Ranks, values: FloatArray, *, squared: bool = False
) -> FloatArray:
    """Return the sums of what lies beyond each quantile, each amount being visited once."""
    starts = ranks.starts
    size = ordered.shape[-1]
    place = starts + size - ranks.n
    # Stretch by stretch between the ranks; a rank of n leaves nothing beyond it.
    inside = (place >= 0) & (place < size)
    stretches = np.zeros((*ordered.shape[:-1], starts.size))
    stretches[..., inside] = np.add.reduceat(ordered, place[inside], axis=-1)
    sums = np.cumsum(stretches[..., ::-1], axis=-1)[..., ::-1]
    if place[0] < 0:  # Beyond a rank of 0 lie all amounts, of which some are not ordered.
        sums[..., 0] = (np.square(values) if squared else values).sum(axis=-1)
    return sums[..., ranks.tail]


def _excess(total: FloatArray, ranks: Ranks, var: FloatArray) -> FloatArray:
    """Return the sums of (S − VaR)⁺ from those of what lies beyond the VaR."""
    excess: FloatArray = np.maximum(total - (ranks.n - ranks.sought[0]) * var, 0.0)
    return excess
