"""Add the clients of a book up, year by year, with the leaks of shared vendors (顧客全体の集積).

A book is simulated over all its years, with and without leaks. Each client draws its own years from
its study; where it names a vendor, part of its vendor events come from shocks it shares with the
vendor's other clients. Its own rate of vendor events stays what it was: as many are left out of its
own as the shocks bring.

Reads each client's years twice and keeps none, so that memory does not grow with their number.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any  # Any: structured arrays, with fields named by regime

import numpy as np
from numpy.typing import NDArray

from exposure.arrays import FloatArray, IntArray
from exposure.batch.client_list import ListedClient
from exposure.inputs.assumptions import Assumptions
from exposure.measures.exceedance import exceedance_curve, loss_at_return_period, tail_measures
from exposure.measures.intervals import Estimate
from exposure.model.build import vendor_code
from exposure.model.losses import blocks
from exposure.result.record import ByLevel, Figure
from exposure.simulation.figures import figure, level_name
from exposure.streams import stream
from exposure.study.pipeline import StudyResult
from exposure.tables import Annual


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
    client_id : str
        Keys the client's own luck.
    vendor : str or None
        Keys the luck its clients share.
    n_years : int
        Years of the book, with and without leaks. [year]
    seed : int
        Of the book.

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
    shared = _sum_by_position(sample.vendor[:, events], position, year.size)
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
    loss = loss + _sum_by_position(sample.vendor[:, events[kept]], position[kept], n_own)
    return year, loss


def _sum_by_position(amount: FloatArray, position: IntArray, n: int) -> FloatArray:
    """Add up the columns that share a position; whole yen, so that the order does not matter."""
    rows = [np.bincount(position, weights=row, minlength=n) for row in amount]
    return np.array(rows, dtype=np.float64).reshape(amount.shape[0], n)


NAME = "book_years.npy"


def years_of_client(
    result: StudyResult, client_id: str, vendor: str | None, assumptions: Assumptions
) -> bytes:
    """Return a client's losses in the years of the book, as a NumPy file (``book_years.npy``).

    Returns
    -------
    bytes
        A table of ``year``, ``is_shared`` and the loss under each regime [JPY].
    """
    sample = _plain_sample(result) if vendor is None else _sample(result, assumptions)
    shocks = Shocks(
        assumptions.value("portfolio.vendor_rate"), assumptions.value("portfolio.hit_probability")
    )
    years = book_years(
        sample,
        client_id,
        vendor,
        shocks,
        assumptions.whole("portfolio.years"),
        result.study.study.seed,
    )
    return pack_years(years, result.study.study.regimes)


def pack_years(years: BookYears, regimes: tuple[str, ...]) -> bytes:
    """Return a client's years as a NumPy file.

    Examples
    --------
    >>> one = BookYears(np.array([3], dtype=np.int32), np.array([True]), np.array([[5.0]]))
    >>> unpack_years(pack_years(one, ("court",)))["court"].tolist()
    [5.0]
    """
    kinds = [("year", "<i4"), ("is_shared", "?"), *((regime, "<f8") for regime in regimes)]
    table = np.zeros(years.year.size, dtype=kinds)
    table["year"], table["is_shared"] = years.year, years.is_shared
    for regime, loss in zip(regimes, years.loss, strict=True):
        table[regime] = loss
    stream = io.BytesIO()
    np.save(stream, table, allow_pickle=False)
    return stream.getvalue()


def unpack_years(payload: bytes) -> np.ndarray:
    """Return the table of a NumPy file written by `pack_years`."""
    table: np.ndarray = np.load(io.BytesIO(payload), allow_pickle=False)
    return table


def _plain_sample(result: StudyResult) -> LossSample:
    """Return all loss years of the study; who names no vendor shares no event."""
    annual = np.array([result.years[regime].gross for regime in result.study.study.regimes])
    none = np.zeros(0, dtype=np.int64)
    empty = np.zeros((len(annual), 0))
    return LossSample(result.model.empty_probability, annual, none, empty, 0.0)


def _sample(result: StudyResult, assumptions: Assumptions) -> LossSample:
    """Draw the first blocks of the study again, with the group of every event.

    A block is whole or not taken: its years stand in order of their number of events.
    """
    settings = result.study.study
    most = assumptions.value("portfolio.client_loss_years")
    code = vendor_code(result.model.groups)
    other, years, vendor = [], [], []
    for block in blocks(result.model, settings.loss_years, settings.seed):
        if block.done and block.done + block.n_years > most:
            break
        total = np.array([block.losses(regime).total() for regime in settings.regimes])
        table = block.events.table
        is_vendor = np.asarray(table.group) == code
        other.append(np.array([table.years.sum(np.where(is_vendor, 0.0, row)) for row in total]))
        years.append(table.years.year_of_event()[is_vendor] + block.done)
        vendor.append(total[:, is_vendor])
    return LossSample(
        result.model.empty_probability,
        np.concatenate(other, axis=1),
        np.concatenate(years),
        np.concatenate(vendor, axis=1),
        float(result.model.counts.mean[code]),
    )


SCHEMA = "exposure/portfolio/1"


# Table of a client's years: ``year``, ``is_shared`` and the loss under each regime.
ReadYears = Callable[[str], Any]


@dataclass(frozen=True)
class ClientsHit:
    """How many clients have a leak in the same year."""

    mean: float
    quantiles: dict[str, int]


@dataclass(frozen=True)
class BookYear:
    """A year of the whole book: mean, VaR and TVaR by level, AEP by return period. [JPY]."""

    mean: Figure
    var: ByLevel
    tvar: ByLevel
    aep: ByLevel


@dataclass(frozen=True)
class BookCurve:
    """Probability of more than each loss, falling."""

    probability: list[float]
    loss: list[float]


@dataclass(frozen=True)
class VendorPart:
    """What the shared events of a vendor add to the mean and to the worst years. [JPY]."""

    vendor: str
    clients: int
    shared_mean: float
    shared_tail: float
    share_of_tail: float


@dataclass(frozen=True)
class TailPart:
    """A part of the worst years, and of the one at their edge. [JPY]."""

    mean: float
    tail: float
    shared_tail: float
    share_of_tail: float
    in_year: float


@dataclass(frozen=True, kw_only=True)
class ClientPart(TailPart):
    """A client's part."""

    client_id: str
    name: str
    vendor: str | None


@dataclass(frozen=True, kw_only=True)
class OtherClients(TailPart):
    """The part of all clients not shown one by one."""

    clients: int


@dataclass(frozen=True)
class BookRegime:
    """The book under one regime (賠償前提ごとの集積)."""

    annual: BookYear
    if_vendors_were_not_shared: BookYear
    curve: BookCurve
    vendors: list[VendorPart]
    tail_clients: list[ClientPart]
    other_clients: OtherClients
    year_at_level: float
    tail_mean: float


@dataclass(frozen=True)
class Portfolio:
    """The book as a whole, the content of ``portfolio.json`` (顧客全体の結果)."""

    schema: str
    years: int
    seed: int
    clients: int
    clients_missing: list[str]
    level: float
    vendor_rate: float
    hit_probability: float
    clients_hit: ClientsHit
    regimes: dict[str, BookRegime]


@dataclass(frozen=True)
class BookTotals:
    """The book's years under one regime (顧客全体の年度別合計).

    Parameters
    ----------
    total : (n_years,) array
        [JPY]
    apart : (n_years,) array
        The same losses if every client's shared events fell in years of its own. [JPY]
    """

    total: FloatArray
    apart: FloatArray


@dataclass(frozen=True)
class Shares:
    """How much of the book's years comes from each client (顧客別の内訳).

    Parameters
    ----------
    mean, tail, in_year : (n_clients,) array
        Loss of an average year, of an average year of the tail, and of the one at its edge. [JPY]
    shared_mean, shared_tail : (n_clients,) array
        The part of them that comes from shared events. [JPY]
    """

    mean: FloatArray
    tail: FloatArray
    in_year: FloatArray
    shared_mean: FloatArray
    shared_tail: FloatArray


def add_up(
    clients: Sequence[ListedClient],
    read: ReadYears,
    regimes: Sequence[str],
    n_years: int,
    seed: int,
) -> tuple[dict[str, BookTotals], IntArray]:
    """Add up the losses of all clients (集積).

    Parameters
    ----------
    read : callable
        Returns the years of a client, by its id.
    n_years : int
        Years of the book. [year]
    seed : int
        Of the book.

    Returns
    -------
    totals : dict of str to BookTotals
    hit : (n_years,) array
        Clients with a loss in each year.
    """
    totals = {r: BookTotals(np.zeros(n_years), np.zeros(n_years)) for r in regimes}
    hit = np.zeros(n_years, dtype=np.int64)
    for client in clients:
        table = read(client.client_id)
        hit[np.unique(table["year"])] += 1
        # A turn of the client's own separates it from the others and keeps every loss.
        turn = int(stream(seed, f"book.apart.{client.client_id}").integers(n_years))
        apart = np.where(table["is_shared"], (table["year"] + turn) % n_years, table["year"])
        for regime, sums in totals.items():
            sums.total[:] += np.bincount(table["year"], table[regime], n_years)
            sums.apart[:] += np.bincount(apart, table[regime], n_years)
    return totals, hit


def shares_of(
    clients: Sequence[ListedClient], read: ReadYears, totals: Mapping[str, BookTotals], level: float
) -> dict[str, Shares]:
    """Trace the book's mean and worst years back to the clients (内訳).

    Parameters
    ----------
    clients, read
        As in `add_up`.
    totals : mapping of str to BookTotals
        From it.
    level : float
        Years beyond this quantile are the tail; its edge is the year looked at. [-]
    """
    n = len(clients)
    found = {r: Shares(*(np.zeros(n) for _ in range(5))) for r in totals}
    worst = {r: _tail_years(sums.total, level) for r, sums in totals.items()}
    for i, client in enumerate(clients):
        table = read(client.client_id)
        year, is_shared = table["year"], table["is_shared"]
        for regime, shares in found.items():
            edge, is_tail = worst[regime]
            loss, tail = table[regime], is_tail[year]
            n_years, n_tail = is_tail.size, int(is_tail.sum())
            shares.mean[i] = loss.sum() / n_years
            shares.tail[i] = loss[tail].sum() / n_tail
            shares.in_year[i] = loss[year == edge].sum()
            shares.shared_mean[i] = loss[is_shared].sum() / n_years
            shares.shared_tail[i] = loss[tail & is_shared].sum() / n_tail
    return found


def _tail_years(total: FloatArray, level: float) -> tuple[int, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return the year at a quantile, and a mark for that year and all worse ones."""
    order = np.argsort(total, kind="stable")
    rank = min(max(int(np.ceil(level * total.size)) - 1, 0), total.size - 1)
    is_tail = np.zeros(total.size, dtype=np.bool_)
    is_tail[order[rank:]] = True
    return int(order[rank]), is_tail


def portfolio(
    clients: Sequence[ListedClient],
    missing: Sequence[str],
    read: ReadYears,
    regimes: Sequence[str],
    assumptions: Assumptions,
    seed: int,
) -> Portfolio:
    """Return the content of ``portfolio.json`` (顧客全体の結果).

    Parameters
    ----------
    clients : sequence of ListedClient
        With a result, in the order of the list.
    missing : sequence of str
        Ids of clients without a result, which the sums leave out.
    read : callable
        Returns the years of a client, by its id.
    assumptions : Assumptions
        In force.
    seed : int
        Of the book.
    """
    n_years = assumptions.whole("portfolio.years")
    level = assumptions.value("portfolio.level")
    totals, hit = add_up(clients, read, regimes, n_years, seed)
    shares = shares_of(clients, read, totals, level)
    most = assumptions.whole("portfolio.clients_shown")
    vendors = list(dict.fromkeys(c.vendor for c in clients if c.vendor is not None))
    return Portfolio(
        schema=SCHEMA,
        years=n_years,
        seed=seed,
        clients=len(clients),
        clients_missing=list(missing),
        level=level,
        vendor_rate=assumptions.value("portfolio.vendor_rate"),
        hit_probability=assumptions.value("portfolio.hit_probability"),
        clients_hit=_counts(hit, assumptions),
        regimes={
            regime: BookRegime(
                annual=_measure(sums.total, assumptions),
                if_vendors_were_not_shared=_measure(sums.apart, assumptions),
                curve=_curve(sums.total, assumptions),
                vendors=_by_vendor(clients, vendors, shares[regime]),
                tail_clients=_tail_clients(clients, shares[regime], most),
                other_clients=_other_clients(shares[regime], most),
                year_at_level=float(shares[regime].in_year.sum()),
                tail_mean=float(shares[regime].tail.sum()),
            )
            for regime, sums in totals.items()
        },
    )


def _counts(hit: IntArray, assumptions: Assumptions) -> ClientsHit:
    levels = assumptions.values("measure.annual_levels")
    ordered = np.sort(hit)
    ranks = [min(max(int(np.ceil(p * hit.size)) - 1, 0), hit.size - 1) for p in levels]
    return ClientsHit(
        float(hit.mean()),
        {level_name(p): int(ordered[k]) for p, k in zip(levels, ranks, strict=True)},
    )


def _measure(values: FloatArray, assumptions: Assumptions) -> BookYear:
    level = assumptions.value("measure.interval_level")
    share = assumptions.value("measure.largest_share")
    levels = assumptions.values("measure.annual_levels")
    periods = assumptions.values("measure.return_periods")
    annual = Annual(values, 0.0)
    found = tail_measures(annual, levels, level=level, largest_share=share)
    at = loss_at_return_period(annual, periods, level=level)

    def named(names: Sequence[float], estimates: Sequence[Estimate]) -> ByLevel:
        return {level_name(n): figure(one) for n, one in zip(names, estimates, strict=True)}

    return BookYear(
        mean=figure(found.mean),
        var=named(levels, found.var),
        tvar=named(levels, found.tvar),
        aep=named(periods, at),
    )


def _curve(total: FloatArray, assumptions: Assumptions) -> BookCurve:
    curve = exceedance_curve(
        Annual(total, 0.0),
        kind="aep",
        points=assumptions.whole("measure.curve_points"),
        level=assumptions.value("measure.interval_level"),
        largest_share=assumptions.value("measure.largest_share"),
    )
    return BookCurve(curve.probability.tolist(), curve.loss.tolist())


def _by_vendor(
    clients: Sequence[ListedClient], vendors: Sequence[str], shares: Shares
) -> list[VendorPart]:
    """Return what the shared events of each vendor add to the mean and to the tail."""
    code = {vendor: i for i, vendor in enumerate(vendors)}
    members = np.array([-1 if c.vendor is None else code[c.vendor] for c in clients], dtype=int)
    named = members >= 0
    tail = float(shares.tail.sum())

    def by_vendor(amount: FloatArray) -> list[float]:
        summed: list[float] = np.bincount(members[named], amount[named], len(vendors)).tolist()
        return summed

    parts = [
        VendorPart(
            vendor=vendor,
            clients=int(np.count_nonzero(members == i)),
            shared_mean=mean,
            shared_tail=in_tail,
            share_of_tail=in_tail / tail if tail > 0 else 0.0,
        )
        for i, (vendor, mean, in_tail) in enumerate(
            zip(vendors, by_vendor(shares.shared_mean), by_vendor(shares.shared_tail), strict=True)
        )
    ]
    return sorted(parts, key=lambda part: -part.shared_tail)


def _by_tail(shares: Shares) -> IntArray:
    """Return the places of the clients, those behind the worst years first."""
    return np.argsort(-shares.tail, kind="stable")


def _tail_part(shares: Shares, index: IntArray) -> TailPart:
    tail, in_tail = float(shares.tail.sum()), float(shares.tail[index].sum())
    return TailPart(
        mean=float(shares.mean[index].sum()),
        tail=in_tail,
        shared_tail=float(shares.shared_tail[index].sum()),
        share_of_tail=in_tail / tail if tail > 0 else 0.0,
        in_year=float(shares.in_year[index].sum()),
    )


def _tail_clients(clients: Sequence[ListedClient], shares: Shares, most: int) -> list[ClientPart]:
    """Return the clients behind the worst years, largest first."""
    return [
        ClientPart(
            **asdict(_tail_part(shares, np.array([i]))),
            client_id=clients[i].client_id,
            name=str(clients[i].fields["name"]),
            vendor=clients[i].vendor,
        )
        for i in _by_tail(shares)[:most].tolist()
    ]


def _other_clients(shares: Shares, most: int) -> OtherClients:
    rest = _by_tail(shares)[most:]
    return OtherClients(**asdict(_tail_part(shares, rest)), clients=int(rest.size))
