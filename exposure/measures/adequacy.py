"""How often a limit is enough, and how much stays unpaid.

Limit adequacy looks at limits only: of the breaches a plan covers, the share in which no yen is
unpaid because of a per-person limit, a sublimit or the overall limit. Full adequacy looks at every
yen, own share and exclusions included. Shares of money and shares of events have names of their
own, because all of them are "the unpaid share" in somebody's slide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from exposure.arrays import BoolArray, FloatArray, Years
from exposure.measures.intervals import (
    Estimate,
    is_spread,
    mean_interval,
    normal_quantile,
    standard_error,
    wilson_interval,
)
from exposure.measures.pairs import CoveredYears, Pairs, design_effect, each_year

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


@dataclass(frozen=True)
class AdequacyCurve:
    """Limit adequacy against the limit (限度額充足度の曲線).

    Parameters
    ----------
    limits : tuple of float
        Ascending; ``inf`` for none. [JPY]
    adequacy : tuple of Estimate
        Probability that the limit is enough in one covered breach. [-]
    """

    limits: tuple[float, ...]
    adequacy: tuple[Estimate, ...]


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


def year_tally(event_ok: BoolArray, covered: BoolArray, years: Years) -> Tally:
    """Count the years with a covered breach and those a limit was enough for throughout.

    Parameters
    ----------
    event_ok, covered : (n_events,) array of bool
        As in `event_tally`.
    years : Years
        Which event belongs to which year.

    Examples
    --------
    Two years; the second breach of the first year is too large for the limit:

    >>> year_tally(np.array([True, True, False]), np.array([True, True, True]), Years((2, 1)))
    Tally(n_ok=1, n=2)
    """
    counted = years.any(covered)
    failed = years.any(covered & ~event_ok)
    return Tally(int(np.count_nonzero(counted & ~failed)), int(np.count_nonzero(counted)))


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


def limit_adequacy(
    event_ok: BoolArray, covered: BoolArray, years: Years | None = None, *, level: float
) -> Estimate:
    """Return the probability that the limits are enough in a covered breach (限度額充足度).

    Parameters
    ----------
    event_ok, covered, years
        As in `event_tally`.
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    >>> ok, covered = np.array([True, True, False, True]), np.array([True] * 4)
    >>> limit_adequacy(ok, covered, level=0.9).value
    0.75
    """
    return adequacy(event_tally(event_ok, covered, years), level=level)


def annual_limit_adequacy(
    event_ok: BoolArray, covered: BoolArray, years: Years, *, level: float
) -> Estimate:
    """Return the probability that the limits are enough all year, given a covered breach.

    Examples
    --------
    >>> ok = np.array([True, True, False])
    >>> annual_limit_adequacy(ok, np.array([True] * 3), Years((2, 1)), level=0.9).value
    0.5
    """
    return adequacy(year_tally(event_ok, covered, years), level=level)


def full_tally(unpaid: FloatArray, tolerance: float) -> Tally:
    """Count the breaches that leave the client no more than a tolerated amount.

    Parameters
    ----------
    unpaid : (n_events,) array
        Gross less paid of each breach, whatever the reason. [JPY]
    tolerance : float
        What the client can bear. [JPY]

    Examples
    --------
    >>> full_tally(np.array([0.0, 500.0, 501.0]), 500.0)
    Tally(n_ok=2, n=3)
    """
    return Tally(int(np.count_nonzero(unpaid <= tolerance)), unpaid.size)


def full_adequacy(unpaid: FloatArray, tolerance: float, *, level: float) -> Estimate:
    """Return the probability that a breach leaves no more than a tolerated amount (完全充足度).

    Parameters
    ----------
    unpaid, tolerance
        As in `full_tally`. With an own share the probability of nothing unpaid is zero for every
        limit, so the tolerance is the client's to name.
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    >>> full_adequacy(np.array([0.0, 500.0, 501.0, 900.0]), 500.0, level=0.9).value
    0.5
    """
    return adequacy(full_tally(unpaid, tolerance), level=level)


def money_weighted_unpaid_share(
    unpaid: FloatArray, gross: FloatArray, *, level: float, largest_share: float
) -> Estimate:
    """Return the share of the yen that stays unpaid, E[U] / E[S] (金額ベースの未払割合).

    Parameters
    ----------
    unpaid, gross : (n,) array
        Of the same breaches, or of the same loss years: the empty years cancel. [JPY]
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Returns
    -------
    Estimate
        0 if nothing was lost. [-]

    Examples
    --------
    One loss of 900 paid in full, one of 100 not at all:

    >>> both = np.array([900.0, 100.0])
    >>> share = money_weighted_unpaid_share(
    ...     np.array([0.0, 100.0]), both, level=0.9, largest_share=0.05
    ... )
    >>> share.value, share.reliable
    (0.1, False)
    """
    total = float(gross.sum())
    if total == 0:
        return Estimate(0.0, 0.0, 0.0)
    share = float(unpaid.sum()) / total
    error = standard_error(unpaid - share * gross) * gross.size / total
    half = normal_quantile(level) * error
    reliable = is_spread(float(gross.max()), total, largest_share)
    return Estimate(share, max(share - half, 0.0), min(share + half, 1.0), reliable)


def event_weighted_unpaid_share(unpaid: FloatArray, gross: FloatArray, *, level: float) -> Estimate:
    """Return the mean unpaid share of a breach, E[U / G] (事故ベースの未払割合).

    Parameters
    ----------
    unpaid, gross : (n_events,) array
        Breaches that cost nothing have no share and are left out. [JPY]
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    One loss of 900 paid in full, one of 100 not at all:

    >>> both = np.array([900.0, 100.0])
    >>> event_weighted_unpaid_share(np.array([0.0, 100.0]), both, level=0.9).value
    0.5
    """
    cost = gross > 0
    if not cost.any():
        return Estimate(0.0, 0.0, 0.0)
    # A share lies in [0, 1]: no single breach can carry a mean worth printing.
    mean = mean_interval(unpaid[cost] / gross[cost], level=level, largest_share=math.inf)
    return Estimate(mean.value, max(mean.low, 0.0), min(mean.high, 1.0))


def adequacy_curve(
    limits: Sequence[float], tallies: Sequence[Tally], *, level: float
) -> AdequacyCurve:
    """Put the adequacy of each limit in a curve, the whole product rebuilt at each.

    Parameters
    ----------
    limits : sequence of float
        Ascending; ``inf`` for none. [JPY]
    tallies : sequence of Tally
        Covered breaches and those the limit was enough for, on the same breaches.
    level : float
        Coverage of the intervals. [-]

    Raises
    ------
    ValueError
        If the limits do not ascend.

    Examples
    --------
    >>> curve = adequacy_curve([1e8, 3e8], [Tally(80, 100), Tally(99, 100)], level=0.9)
    >>> [estimate.value for estimate in curve.adequacy]
    [0.8, 0.99]
    """
    if any(low >= high for low, high in pairwise(limits)):
        raise ValueError(f"limits {tuple(limits)} must ascend")
    estimates = (adequacy(tally, level=level) for tally in tallies)
    pairs = tuple(zip(limits, estimates, strict=True))
    return AdequacyCurve(tuple(limit for limit, _ in pairs), tuple(e for _, e in pairs))
