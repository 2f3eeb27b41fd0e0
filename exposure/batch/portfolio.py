"""Add the clients of a book up, year by year (顧客全体の集積).

Reads each client's years twice and keeps none, so that memory does not grow with their number. What
a client loses in which year is left to ``shared_events``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any  # Any: structured arrays, with fields named by regime

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.batch.client_list import ListedClient
from exposure.inputs.assumptions import Assumptions
from exposure.measures.exceedance import exceedance_curve, loss_at_return_period, tail_measures
from exposure.measures.intervals import Estimate
from exposure.result.record import ByLevel, Figure
from exposure.streams import stream
from exposure.study.headline import figure, level_name
from exposure.tables import Annual

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
    clients : sequence of ListedClient
    read : callable
        Returns the years of a client, by its id.
    regimes : sequence of str
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
    regimes : sequence of str
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
                annual=_measured(sums.total, assumptions),
                if_vendors_were_not_shared=_measured(sums.apart, assumptions),
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


def _measured(values: FloatArray, assumptions: Assumptions) -> BookYear:
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
