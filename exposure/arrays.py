"""Array types, and the algebra of events arranged by ordinal within their year.

``Years`` says which events belong to which loss year; sums, maxima and running limits over the
events of a year are loops over the ordinal, each a contiguous prefix: exact, without sorting, and
bit-for-bit equal to a plain loop over events. Leaves to others what the amounts mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]
CodeArray: TypeAlias = NDArray[np.int8]
DateArray: TypeAlias = NDArray[np.datetime64]

_EXACT = 2.0**53


@dataclass(frozen=True)
class Years:
    """Loss years and the place of their events (保険年度と事故の並び).

    Years are ordered by their number of events, most first. All first events come first, one per
    year, then the second events of the ``sizes[1]`` years that have one, and so on: event number
    ``offsets[j] + i`` is the (j+1)-th event of year ``i``.

    Parameters
    ----------
    sizes : tuple of int
        ``sizes[j]`` is the number of years with more than ``j`` events; never increasing.

    Examples
    --------
    Three years with 2, 1 and 1 events:

    >>> years = Years((3, 1))
    >>> years.n_years, years.n_events
    (3, 4)
    >>> years.sum(np.array([10.0, 20.0, 30.0, 5.0]))
    array([15., 20., 30.])
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.sizes or any(a < b for a, b in zip(self.sizes, self.sizes[1:], strict=False)):
            raise ValueError(f"sizes {self.sizes} must be non-empty and never increase")

    @property
    def n_years(self) -> int:
        """Number of loss years."""
        return self.sizes[0]

    @property
    def n_events(self) -> int:
        """Number of events in all years."""
        return sum(self.sizes)

    def slices(self) -> Iterator[slice]:
        """Yield the events of each ordinal; event ``k`` of a slice is of year ``k``."""
        start = 0
        for size in self.sizes:
            yield slice(start, start + size)
            start += size

    def later(self) -> Iterator[slice]:
        """Yield the events of each ordinal after the first."""
        return islice(self.slices(), 1, None)

    def year_of_event(self) -> IntArray:
        """Return the year of every event. (n_events,) array."""
        return np.concatenate([np.arange(size) for size in self.sizes])

    def part(self, place: IntArray) -> tuple[IntArray, Years]:
        """Return the events of some years, and which belongs to which of these years.

        Parameters
        ----------
        place : (n,) array
            The years, ascending.

        Examples
        --------
        >>> Years((3, 1)).part(np.array([0, 2]))
        (array([0, 2, 3]), Years(sizes=(2, 1)))
        """
        sizes = [size for size in np.searchsorted(place, self.sizes).tolist() if size]
        starts = [part.start for part in self.slices()]
        events = [place[:size] + start for start, size in zip(starts, sizes, strict=False)]
        return np.concatenate(events) if events else place, Years(tuple(sizes) or (0,))

    def sum(self, amount: FloatArray) -> FloatArray:
        """Add up the events of each year. (n_events,) array [JPY] to (n_years,) array [JPY]."""
        total = amount[: self.n_years].copy()
        for part, size in zip(self.later(), self.sizes[1:], strict=True):
            total[:size] += amount[part]
        return total

    def max(self, amount: FloatArray) -> FloatArray:
        """Return the largest event of each year. (n_events,) array to (n_years,) array."""
        largest = amount[: self.n_years].copy()
        for part, size in zip(self.later(), self.sizes[1:], strict=True):
            np.maximum(largest[:size], amount[part], out=largest[:size])
        return largest

    def any(self, flag: BoolArray) -> BoolArray:
        """Say for each year whether any of its events is flagged."""
        found = flag[: self.n_years].copy()
        for part, size in zip(self.later(), self.sizes[1:], strict=True):
            found[:size] |= flag[part]
        return found


def within_period(amount: FloatArray, years: Years, limit: float, used: float = 0.0) -> FloatArray:
    """Let a limit for the policy period run down over the events of each year (保険期間中の限度額).

    Parameters
    ----------
    amount : (n_events,) array
        What each event would be paid without the limit. [JPY]
    years : Years
        Which event belongs to which year, in order of the events.
    limit : float
        Most for the period. [JPY]
    used : float
        Already paid in the period before the first event. [JPY]

    Returns
    -------
    (n_events,) array
        What each event is paid. [JPY]

    Examples
    --------
    >>> within_period(np.array([60.0, 30.0, 50.0]), Years((2, 1)), 100.0)
    array([60., 30., 40.])
    """
    start = max(limit - used, 0.0)
    paid = np.minimum(amount, start)
    # Only a year with several events can use up more than each of them.
    if len(years.sizes) == 1 or not (_sum_of_several(paid, years) > start).any():
        return paid
    parts = list(years.slices())
    remaining = start - paid[parts[0]][: years.sizes[1]]
    for part, size in zip(parts[1:], years.sizes[1:], strict=True):
        left = remaining[:size]
        np.minimum(paid[part], left, out=paid[part])
        left -= paid[part]
    return paid


def _sum_of_several(amount: FloatArray, years: Years) -> FloatArray:
    """Add up the events of the years that have more than one, which come first."""
    total = amount[: years.sizes[1] if len(years.sizes) > 1 else 0].copy()
    for part, size in zip(years.later(), years.sizes[1:], strict=True):
        total[:size] += amount[part]
    return total


def left_before(paid: FloatArray, years: Years, limit: float, used: float = 0.0) -> FloatArray:
    """Return what was left of a period limit before each event (残っている限度額).

    Parameters
    ----------
    paid : (n_events,) array
        What each event was paid. [JPY]
    years, limit, used
        As in `within_period`.

    Examples
    --------
    >>> left_before(np.array([60.0, 30.0, 40.0]), Years((2, 1)), 100.0)
    array([100., 100.,  40.])
    """
    left = np.empty_like(paid)
    remaining = np.full(years.n_years, max(limit - used, 0.0))
    for part, size in zip(years.slices(), years.sizes, strict=True):
        left[part] = remaining[:size]
        remaining[:size] -= paid[part]
    return left


def share_of(amount: FloatArray, numerator: int, denominator: int) -> FloatArray:
    """Return ⌊amount × numerator ÷ denominator⌋ of whole yen, exactly (1円未満切捨て).

    Binary fractions are not good enough: 16,000,000 × 0.95 is a shade under 15,200,000. Splitting
    off the quotient keeps every product a small whole number.

    Examples
    --------
    >>> share_of(np.array([16_000_000.0, 99.0]), 95, 100).tolist()
    [15200000.0, 94.0]
    """
    if numerator == denominator:
        return amount
    if amount.max(initial=0.0) * numerator < _EXACT / 2:
        # The product is a whole number below 2⁵², so its quotient cannot round up to a whole one.
        return np.floor(amount * numerator / denominator)
    whole = np.floor(amount / denominator)
    rest = amount - whole * denominator
    # The quotient may round up to the next whole number for large amounts.
    low = rest < 0
    whole = np.where(low, whole - 1, whole)
    rest = np.where(low, rest + denominator, rest)
    part = rest * numerator
    out: FloatArray = whole * numerator + np.floor(part / denominator)
    return out


def prorated(amount: FloatArray, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Return ⌊amount × min(1, numerator ÷ denominator)⌋ event by event, exactly (按分).

    Examples
    --------
    >>> room, claim = np.array([5e7, 5e7]), np.array([50_000_001.0, 1e7])
    >>> prorated(np.array([4e6, 4e6]), room, claim).tolist()
    [3999999.0, 4000000.0]
    """
    result = amount.copy()
    (cut,) = np.nonzero((denominator > numerator) & (amount > 0))
    for i in cut.tolist():
        result[i] = int(amount[i]) * int(numerator[i]) // int(denominator[i])
    return result
