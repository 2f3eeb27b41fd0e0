"""Which order statistics answer a question about quantiles, and where tail sums begin.

Ranks depend on the size of a sample and on the levels asked, never on the amounts: all plans of a
study share them. What stands at the ranks is left to `exposure.measures.tails`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.measures.intervals import quantile_ranks


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
def asked_ranks(
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
    >>> ranks, probability = asked_ranks(1000, 0.5, (0.95,), 0.9, 3)
    >>> ranks.sought[0].tolist(), probability.tolist()
    ([900, 1, 945, 997], [0.4995, 0.0275, 0.0015])
    """
    asked = np.array(levels, dtype=np.float64)
    if not ((asked >= 0) & (asked < 1)).all():
        raise ValueError(f"levels {list(levels)} must lie in [0, 1)")
    if not points:
        return ranks_at(n, p0, asked, level=level), np.zeros(0)
    above = thinned(n, points, level)
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


def thinned(n: int, points: int, level: float) -> IntArray:
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
    >>> thinned(1000, 3, 0.9).tolist()
    [999, 55, 3]
    """
    if n < 2:
        raise ValueError(f"{n} loss year(s) make no curve: two are needed")
    # An order statistic above the quantile exists while P(all n below it) stays under α/2.
    fewest = math.ceil(-n * math.expm1(math.log((1 - level) / 2) / n))
    top = min(max(fewest, 1), n - 1)
    above: IntArray = np.unique(np.rint(np.geomspace(top, n - 1, points)).astype(np.int64))[::-1]
    return above
