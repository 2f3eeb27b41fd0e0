"""How often a limit is enough (限度額充足度).

Limit adequacy looks at limits only: of the breaches a plan covers, the share in which no yen is
unpaid because of a per-person limit, a sublimit or the overall limit. Own shares and exclusions do
not count against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from exposure.arrays import BoolArray, Years
from exposure.measures.intervals import (
    Estimate,
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
