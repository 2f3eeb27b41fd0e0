"""Quantiles and tail means of one sample at many levels: one partial sort, one pass.

The engine room of `exposure.measures.exceedance`; knows about arrays and the atom at zero, not
about what the amounts mean. Which ranks are sought is settled in `exposure.measures.ranks`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.measures.intervals import is_spread, normal_quantile, tail_mean_error
from exposure.measures.ranks import Ranks


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
    >>> from exposure.measures.ranks import ranks_at
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
    values : (n,) array
        Non-negative amounts of the loss years. [JPY]
    ranks : Ranks
        What is sought in so many loss years; ends of intervals are passed over.

    Returns
    -------
    var, tvar : (n_levels,) array
        The same values as `measure_tails` gives. [JPY]

    Examples
    --------
    >>> from exposure.measures.ranks import ranks_at
    >>> tail_values(np.array([10.0, 30.0]), ranks_at(2, 0.5, np.array([0.0, 0.75])))
    (array([ 0., 10.]), array([10., 30.]))
    """
    ordered = _sorted_above(values, ranks.lowest)
    var = _order_statistics(ordered, ranks)[0]
    excess = _excess(_sums_beyond(ordered, ranks, values), ranks, var)
    return var, var + ranks.weight * excess / ranks.n


# One value in so many is looked at to guess where a far tail begins, and the guess asks for more
# values than the tail has, so that it rarely has to be taken back. A tail of a larger share of the
# values than that is no longer found faster by a guess.
_PILOT_STEP = 2**6
_SPARE = 2


def _sorted_above(values: FloatArray, rank: int) -> FloatArray:
    """Return the values from the given rank upwards, sorted."""
    size = values.size - rank + 1
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
    """Return what stands at the ranks sought. (n_rows, n_levels) array."""
    n, sought = ranks.n, ranks.sought
    found = ordered[np.clip(sought, ranks.lowest, n) - 1 - n]
    found[sought < 1] = 0.0
    found[sought > n] = np.inf
    return found


def _sums_beyond(
    ordered: FloatArray, ranks: Ranks, values: FloatArray, *, squared: bool = False
) -> FloatArray:
    """Return the sums of what lies beyond each quantile, each amount being visited once."""
    starts = ranks.starts
    place = starts + ordered.size - ranks.n
    # Stretch by stretch between the ranks; a rank of n leaves nothing beyond it.
    inside = (place >= 0) & (place < ordered.size)
    stretches = np.zeros(starts.size)
    stretches[inside] = np.add.reduceat(ordered, place[inside])
    sums = np.cumsum(stretches[::-1])[::-1]
    if place[0] < 0:  # Beyond a rank of 0 lie all amounts, of which some are not ordered.
        sums[0] = (np.square(values) if squared else values).sum()
    return sums[ranks.tail]


def _excess(total: FloatArray, ranks: Ranks, var: FloatArray) -> FloatArray:
    """Return the sums of (S − VaR)⁺ from those of what lies beyond the VaR."""
    excess: FloatArray = np.maximum(total - (ranks.n - ranks.sought[0]) * var, 0.0)
    return excess
