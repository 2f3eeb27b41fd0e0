"""How often a limit is enough, how much stays unpaid, and how far pairs of breaches tell less.

Breaches of a year share its frequency, its causes and the limit for the period, so that one is
more likely to find the limit short where another did. What is counted as enough is left to others.

Limit adequacy looks at limits only: of the breaches a plan covers, the share in which no yen is
unpaid because of a per-person limit, a sublimit or the overall limit. Own shares and exclusions do
not count against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import (
    Any,  # Any: whole numbers of any width
    TypeAlias,
)

import numpy as np
from numpy.typing import NDArray

from exposure.arrays import BoolArray, FloatArray, Years, sum_of_products
from exposure.lazy import lazy
from exposure.measures.intervals import Estimate, wilson_interval

Counts: TypeAlias = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Pairs:
    """Pairs of covered breaches of the same year (同一年度の事故の組).

    Pairs of blocks of years add up.

    Parameters
    ----------
    both_ok : int
        Pairs in which the limit was enough for both.
    n_ok : int
        Sufficient breaches, each counted once for every other covered breach of its year.
    n : int
        Pairs.

    Examples
    --------
    >>> Pairs(1, 2, 1) + Pairs(0, 1, 1)
    Pairs(both_ok=1, n_ok=3, n=2)
    """

    both_ok: int = 0
    n_ok: int = 0
    n: int = 0

    def __add__(self, other: Pairs) -> Pairs:
        """Return the pairs of both blocks."""
        return Pairs(self.both_ok + other.both_ok, self.n_ok + other.n_ok, self.n + other.n)


def each_year(flag: BoolArray, years: Years) -> Counts:
    """Count the flagged breaches of each year.

    Parameters
    ----------
    flag : (n_events,) array of bool
    years : Years
        Which event belongs to which year.

    Returns
    -------
    (n_years,) array
        In the smallest type that holds them, because studies count once for every plan. [event]

    Examples
    --------
    Years with 2, 2 and 1 breaches:

    >>> each_year(np.array([True, True, True, True, False]), Years((3, 2))).tolist()
    [2, 1, 1]
    """
    kind = np.min_scalar_type(len(years.sizes))
    return years.sum(flag.view(np.uint8).astype(kind, copy=False))


@dataclass(frozen=True)
class CoveredYears:
    """Covered breaches of each year, ready to be asked for pairs again and again.

    Parameters
    ----------
    n : (n_years,) array
        Years with fewer than two may be left out. [event]

    Examples
    --------
    Three breaches of one year, two of them within the limit:

    >>> CoveredYears(np.array([3])).pairs(np.array([2]))
    Pairs(both_ok=1, n_ok=4, n=3)
    """

    n: Counts

    @lazy
    def _number(self) -> FloatArray:
        # Whole numbers of this size are exact in floating point, and faster.
        return self.n.astype(np.float64)

    @lazy
    def _n_pairs(self) -> int:
        return int(sum_of_products(self._number, self._number) - self._number.sum()) // 2

    def pairs(self, n_ok: Counts) -> Pairs:
        """Count the pairs within each year, of which so many breaches were sufficient."""
        ok = n_ok.astype(np.float64)
        alone = float(ok.sum())
        both_ok, mixed = sum_of_products(ok, ok) - alone, sum_of_products(ok, self._number) - alone
        return Pairs(int(both_ok) // 2, int(mixed), self._n_pairs)


def pairs_of_rows(ok: Counts, n: Counts) -> list[Pairs]:
    """Count the pairs within each year, row by row of many years.

    Parameters
    ----------
    ok, n : (n_rows, n_years) array
        Sufficient breaches, and breaches, of each year. [event]

    Examples
    --------
    >>> rows = np.array([[2, 1], [1, 0]])
    >>> pairs_of_rows(rows, np.array([[3, 1], [2, 0]]))
    [Pairs(both_ok=1, n_ok=4, n=3), Pairs(both_ok=0, n_ok=1, n=1)]
    """
    enough, number = ok.astype(np.float64), n.astype(np.float64)
    alone, whole = enough.sum(axis=1), number.sum(axis=1)
    both_ok = np.einsum("ij,ij->i", enough, enough) - alone
    n_ok = np.einsum("ij,ij->i", enough, number) - alone
    pairs = np.einsum("ij,ij->i", number, number) - whole
    rows = zip(both_ok.tolist(), n_ok.tolist(), pairs.tolist(), strict=True)
    return [Pairs(int(a) // 2, int(b), int(c) // 2) for a, b, c in rows]


def design_effect(n_ok: int, n: int, pairs: Pairs) -> float:
    """Return how many breaches say as much as one breach alone (デザイン効果).

    Parameters
    ----------
    n_ok, n : int
        Sufficient and covered breaches.
    pairs : Pairs
        Of these breaches.

    Returns
    -------
    float
        Variance of the share of sufficient breaches with years as what is drawn, divided by that
        of as many independent breaches; never below 1. [-]

    Notes
    -----
    Years are independent and have n breaches, x of them sufficient: the share Σx/Σn is a ratio,
    with variance Σ(x − pn)² / (Σn)² to first order [1]_. That is p(1 − p)/Σn, as for independent
    breaches, and twice the sum of (xᵢ − p)(xⱼ − p) over the pairs of a year. Where all breaches
    agree nothing is seen of the dependence within a year, and breaches of a year count as one.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, 3rd ed., chapter 6.

    Examples
    --------
    Two years of two breaches each: in one the limit is enough twice, in the other never, so that
    four breaches are worth two. Mixed years say no less than single breaches:

    >>> design_effect(2, 4, Pairs(1, 2, 2)), design_effect(2, 4, Pairs(0, 2, 2))
    (2.0, 1.0)
    """
    if n == 0:
        return 1.0
    share = n_ok / n
    alone = n * share * (1 - share)
    if alone == 0:
        return 1 + 2 * pairs.n / n
    together = pairs.both_ok - share * pairs.n_ok + share * share * pairs.n
    return 1 + max(2 * together / alone, 0.0)


_ALONE = Pairs()


@dataclass(frozen=True)
class Tally:
    """Counted cases and those in which the limit was enough (件数の集計).

    Tallies of blocks of years add up, so that a simulation can drop its events.

    Parameters
    ----------
    n_ok, n : int
        Sufficient cases, cases.
    pairs : Pairs
        Pairs of these cases that depend on each other; none if all are independent.

    Examples
    --------
    >>> Tally(3, 4) + Tally(5, 6)
    Tally(n_ok=8, n=10)
    """

    n_ok: int
    n: int
    pairs: Pairs = field(default=_ALONE, repr=False)

    def __add__(self, other: Tally) -> Tally:
        """Return the tally of both blocks."""
        return Tally(self.n_ok + other.n_ok, self.n + other.n, self.pairs + other.pairs)


def event_tally(event_ok: BoolArray, covered: BoolArray, years: Years | None = None) -> Tally:
    """Count the covered breaches and those a limit was enough for.

    Parameters
    ----------
    event_ok : (n_events,) array of bool
        No yen is unpaid because of a limit.
    covered : (n_events,) array of bool
        The plan covers the breach at all.
    years : Years, optional
        Which event belongs to which year; without them all breaches count as independent.

    Examples
    --------
    Two breaches of one year, one of another:

    >>> ok, covered = np.array([True, True, False]), np.array([True, True, True])
    >>> tally = event_tally(ok, covered, Years((2, 1)))
    >>> tally, tally.pairs.n
    (Tally(n_ok=2, n=3), 1)
    """
    enough = event_ok & covered
    pairs = _ALONE
    if years is not None:
        pairs = CoveredYears(each_year(covered, years)).pairs(each_year(enough, years))
    return Tally(int(np.count_nonzero(enough)), int(np.count_nonzero(covered)), pairs)


def adequacy(tally: Tally, *, level: float) -> Estimate:
    """Return an adequacy from its tally, with its Wilson interval (限度額充足度).

    Breaches of one year depend on each other: the interval is that of as many independent breaches
    as say as much [1]_.

    Parameters
    ----------
    tally : Tally
        Of breaches or of years.
    level : float
        Coverage of the interval. [-]

    References
    ----------
    .. [1] Dean, Pagano (2015), Journal of Survey Statistics and Methodology 3(4).

    Examples
    --------
    >>> adequacy(Tally(950, 1000), level=0.9).value
    0.95
    """
    effect = design_effect(tally.n_ok, tally.n, tally.pairs)
    return wilson_interval(tally.n_ok, tally.n, level=level, design_effect=effect)
