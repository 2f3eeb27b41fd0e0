"""Array types, and the algebra of events arranged by ordinal within their year.

``Years`` says which events belong to which loss year; sums, maxima and running limits over the
events of a year are loops over the ordinal, each a contiguous prefix: exact, without sorting, and
bit-for-bit equal to a plain loop over events. Leaves to others what the amounts mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]
CodeArray: TypeAlias = NDArray[np.int8]
DateArray: TypeAlias = NDArray[np.datetime64]

_T = TypeVar("_T", bound=np.generic)

_EXACT = 2.0**53
_WHOLE = 2.0**62
_ROUNDING = 2 * float(np.finfo(np.float64).eps)
_FEW_YEARS = 2**6  # an ordinal of fewer years takes longer to call than to add up
_FIRST_YEARS = np.arange(_FEW_YEARS)


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
    def n_several(self) -> int:
        """Number of loss years with more than one event; they come first."""
        return self.sizes[1] if len(self.sizes) > 1 else 0

    @cached_property
    def n_events(self) -> int:
        """Number of events in all years."""
        return sum(self.sizes)

    def slices(self) -> Iterator[slice]:
        """Yield the events of each ordinal; event ``k`` of a slice is of year ``k``."""
        yield slice(0, self.n_years)
        for events, _ in self.passes:
            yield events

    @cached_property
    def passes(self) -> tuple[tuple[slice, slice], ...]:
        """Events of each ordinal after the first, and their years."""
        found, start = [], self.n_years
        for size in self.sizes[1:]:
            found.append((slice(start, start + size), slice(size)))
            start += size
        return tuple(found)

    @cached_property
    def _long(self) -> tuple[tuple[slice, slice], ...]:
        """The passes over many years, one by one: the others are put together in ``_tail``."""
        few = sum(size < _FEW_YEARS for size in self.sizes[1:])
        return self.passes[:-few] if few > 2 else self.passes

    @cached_property
    def _tail(self) -> tuple[slice, IntArray] | None:
        """The events of the other passes, and the year of each."""
        rest = self.passes[len(self._long) :]
        if not rest:
            return None
        year = np.concatenate([_FIRST_YEARS[years] for _, years in rest])
        return slice(rest[0][0].start, rest[-1][0].stop), year

    def year_of_event(self) -> IntArray:
        """Return the year of every event. (n_events,) array."""
        return np.concatenate([np.arange(size) for size in self.sizes])

    def sum(self, amount: NDArray[_T]) -> NDArray[_T]:
        """Add up the events of each year. (n_events,) array [JPY] to (n_years,) array [JPY]."""
        return self._fold(np.add, amount, self.n_years)

    def sum_of_several(self, amount: FloatArray) -> FloatArray:
        """Add up the events of each year that has more than one; these years come first."""
        return self._fold(np.add, amount, self.n_several)

    def max(self, amount: FloatArray) -> FloatArray:
        """Return the largest event of each year. (n_events,) array to (n_years,) array."""
        return self._fold(np.maximum, amount, self.n_years)

    def any(self, flag: BoolArray) -> BoolArray:
        """Say for each year whether any of its events is flagged."""
        return self._fold(np.maximum, flag.view(np.uint8), self.n_years).view(np.bool_)

    def _fold(self, step: np.ufunc, values: NDArray[_T], n_years: int) -> NDArray[_T]:
        """Put the events of the first years together, in their order."""
        found = values[:n_years].copy()
        for events, first_years in self._long:
            part = found[first_years]
            step(part, values[events], out=part)
        if self._tail is not None:
            events, year = self._tail
            step.at(found, year, values[events])
        return found


def within_period(
    amount: FloatArray,
    years: Years,
    limit: float,
    used: float | FloatArray = 0.0,
    most: FloatArray | None = None,
) -> FloatArray:
    """Let a limit for the policy period run down over the events of each year (保険期間中の限度額).

    Parameters
    ----------
    amount : (n_events,) array
        What each event would be paid without the limit. [JPY]
    years : Years
        Which event belongs to which year, in order of the events.
    limit : float
        Most for the period. [JPY]
    used : float, or (n_years,) array
        Already paid in the period before the first event; year by year where each has one. [JPY]
    most : (n_years,) array, optional
        Sums that those of the years do not exceed, where they are known. [JPY]

    Returns
    -------
    (n_events,) array
        What each event is paid. [JPY]

    Examples
    --------
    >>> within_period(np.array([60.0, 30.0, 50.0]), Years((2, 1)), 100.0)
    array([60., 30., 40.])
    """
    start = np.maximum(limit - used, 0.0)
    paid = np.minimum(amount, start)
    if not years.n_several:
        return paid
    # Only a year with several events can use up more than each of them. The sum of a year and what
    # it leaves are rounded apart where yen are not whole: a year that comes close is walked, too.
    close = start - start * len(years.sizes) * _ROUNDING
    several = years.sum_of_several(paid) if most is None else most[: years.n_several]
    if several.max(initial=0.0) <= close:
        return paid
    remaining = start - paid[: years.sizes[1]]
    for events, first_years in years.passes:
        part, left = paid[events], remaining[first_years]
        np.minimum(part, left, out=part)
        np.subtract(left, part, out=left)
    return paid


def remaining_limit(
    paid: FloatArray, years: Years, limit: float, used: float | FloatArray = 0.0
) -> FloatArray:
    """Return what was left of a period limit before each event (残っている限度額).

    Parameters
    ----------
    paid : (n_events,) array
        What each event was paid. [JPY]
    years, limit, used
        As in `within_period`.

    Examples
    --------
    >>> remaining_limit(np.array([60.0, 30.0, 40.0]), Years((2, 1)), 100.0)
    array([100., 100.,  40.])
    """
    left = np.empty_like(paid)
    remaining = np.full(years.n_years, np.maximum(limit - used, 0.0))
    first = slice(years.n_years)
    for events, first_years in ((first, first), *years.passes):
        left[events] = remaining[first_years]
        remaining[first_years] -= paid[events]
    return left


def sum_of_products(one: FloatArray | BoolArray, other: FloatArray | BoolArray) -> float:
    """Return Σ aᵢbᵢ, to the last digit the same on any number of threads (積和).

    The libraries behind ``@`` and its like share long vectors out over threads, so that their sums
    depend on how many there are, and wake those for a few microseconds' work.

    Examples
    --------
    >>> sum_of_products(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    return float(np.einsum("i,i->", one, other))


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


def prorate(amount: FloatArray, numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Return ⌊amount × min(1, numerator ÷ denominator)⌋ event by event, exactly (按分).

    Examples
    --------
    >>> room, claim = np.array([5e7, 5e7]), np.array([50_000_001.0, 1e7])
    >>> prorate(np.array([4e6, 4e6]), room, claim).tolist()
    [3999999.0, 4000000.0]
    """
    result = amount.copy()
    (cut,) = np.nonzero((denominator > numerator) & (amount > 0))
    if not cut.size:
        return result
    parts = amount[cut], numerator[cut], denominator[cut]
    # Yen that no whole number of the machine holds are multiplied as Python's, one by one.
    kind = np.int64 if parts[0].max() * parts[1].max() < _WHOLE else object
    share, of, whole = (part.astype(np.int64).astype(kind) for part in parts)
    result[cut] = share * of // whole
    return result
