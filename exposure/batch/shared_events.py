"""Leaks that clients of one vendor suffer together (委託先の共通事故).

A book is simulated over all its years, with and without leaks. Each client draws its own years from
its study; where it names a vendor, part of its vendor events come from shocks it shares with the
vendor's other clients. Its own rate of vendor events stays what it was: as many are left out of its
own as the shocks bring. Adding clients up is left to ``portfolio``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exposure.arrays import FloatArray, IntArray
from exposure.streams import stream


@dataclass(frozen=True)
class LossSample:
    """A client's simulated loss years, vendor events set apart (1社の事故年度の標本).

    Parameters
    ----------
    empty_probability : float
        Of a year without any event. [-]
    other : (n_regimes, n_years) array
        Annual loss but for the vendor events. [JPY]
    vendor_year : (n_vendor_events,) array
        Loss year of each vendor event.
    vendor : (n_regimes, n_vendor_events) array
        Its loss. [JPY]
    vendor_rate : float
        Vendor events per year, from the model. [1/year]
    """

    empty_probability: float
    other: FloatArray
    vendor_year: IntArray
    vendor: FloatArray
    vendor_rate: float


@dataclass(frozen=True)
class Shocks:
    """Shared events of a vendor (委託先の共通事故).

    Parameters
    ----------
    rate : float
        λ_v of each vendor. [1/year]
    hit_probability : float
        h_v, that a client of the vendor is hit. [-]
    """

    rate: float
    hit_probability: float

    def hit(self, vendor_rate: float) -> float:
        """Return the probability that a client is hit, no more than its own rate allows.

        Examples
        --------
        >>> Shocks(0.01, 0.7).hit(0.02), Shocks(0.01, 0.7).hit(0.005)
        (0.7, 0.5)
        """
        if self.rate == 0:
            return 0.0
        return min(self.hit_probability, vendor_rate / self.rate)


@dataclass(frozen=True)
class BookYears:
    """What a client loses in the years of the book that cost it anything (顧客全体の年度別損害).

    Parameters
    ----------
    year : (n,) array of int32
        Year of the book; a year has at most one entry of each kind.
    is_shared : (n,) array of bool
        Loss from shared events of the vendor, or the client's own.
    loss : (n_regimes, n) array
        [JPY]
    """

    year: NDArray[np.int32]
    is_shared: NDArray[np.bool_]
    loss: FloatArray


def book_years(
    sample: LossSample,
    client_id: str,
    vendor: str | None,
    shocks: Shocks,
    n_years: int,
    seed: int,
) -> BookYears:
    """Draw a client's losses in the years of a book (顧客全体の年度の抽選).

    Parameters
    ----------
    sample : LossSample
    client_id : str
        Keys the client's own luck.
    vendor : str or None
        Keys the luck its clients share.
    shocks : Shocks
    n_years : int
        Years of the book, with and without leaks. [year]
    seed : int
        Of the book.

    Returns
    -------
    BookYears

    Examples
    --------
    >>> none = np.zeros(0, dtype=np.int64)
    >>> sample = LossSample(0.5, np.array([[7.0]]), none, np.zeros((1, 0)), 0.0)
    >>> years = book_years(sample, "A001", None, Shocks(0.0, 0.0), 100, seed=1)
    >>> set(years.loss[0].tolist()), 30 < years.year.size < 70
    ({7.0}, True)
    """
    hit = shocks.hit(sample.vendor_rate) if vendor is not None and sample.vendor_year.size else 0.0
    shared_share = shocks.rate * hit / sample.vendor_rate if hit else 0.0
    own_year, own = _own(sample, client_id, shared_share, n_years, seed)
    if not hit or vendor is None:
        return BookYears(own_year.astype(np.int32), np.zeros(own_year.size, dtype=np.bool_), own)
    counts = stream(seed, f"book.vendor.{vendor}").poisson(shocks.rate, n_years)
    rng = stream(seed, f"book.shared.{client_id}")
    struck = np.repeat(np.arange(n_years), counts)
    struck = struck[rng.random(struck.size) < hit]
    events = rng.integers(sample.vendor_year.size, size=struck.size)
    year, position = np.unique(struck, return_inverse=True)
    shared = _summed(sample.vendor[:, events], position, year.size)
    return BookYears(
        np.concatenate([own_year, year]).astype(np.int32),
        np.repeat([False, True], [own_year.size, year.size]),
        np.concatenate([own, shared], axis=1),
    )


def _own(
    sample: LossSample, client_id: str, shared_share: float, n_years: int, seed: int
) -> tuple[IntArray, FloatArray]:
    """Draw the client's own years, its vendor events thinned by the share that is shared."""
    rng = stream(seed, f"book.own.{client_id}")
    n_own = int(rng.binomial(n_years, 1 - sample.empty_probability))
    year = np.sort(rng.choice(n_years, n_own, replace=False))
    drawn = rng.integers(sample.other.shape[1], size=n_own)
    loss = sample.other[:, drawn]
    order = np.argsort(sample.vendor_year, kind="stable")
    first = np.searchsorted(sample.vendor_year[order], np.arange(sample.other.shape[1] + 1))
    counts = np.diff(first)[drawn]
    position = np.repeat(np.arange(n_own), counts)
    within = np.arange(position.size) - np.repeat(np.cumsum(counts) - counts, counts)
    events = order[np.repeat(first[drawn], counts) + within]
    kept = rng.random(events.size) >= shared_share
    loss = loss + _summed(sample.vendor[:, events[kept]], position[kept], n_own)
    return year, loss


def _summed(amount: FloatArray, position: IntArray, n: int) -> FloatArray:
    """Add up the columns that share a position; whole yen, so that the order does not matter."""
    rows = [np.bincount(position, weights=row, minlength=n) for row in amount]
    return np.array(rows, dtype=np.float64).reshape(amount.shape[0], n)
