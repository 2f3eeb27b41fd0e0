"""Clients that share a vendor: the reference result of the model, and rates that stay as they were.

Counts are losses of one yen each, so that a sum of losses is a number of events.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from exposure.batch.client_list import ListedClient
from exposure.batch.portfolio import (
    BookTotals,
    BookYears,
    LossSample,
    Shocks,
    add_up,
    book_years,
    pack_years,
    portfolio,
    shares_of,
    unpack_years,
)
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.parameters import Override
from exposure.output.content.book_summary import Shown, ShownRegime, _chart_tables

YEARS = 100_000
SHOCKS = Shocks(rate=0.01, hit_probability=0.7)
OWN, SHARED = 0.03, 0.007
LEVEL = 0.995


def client(number: int, vendor: str | None = "給与クラウド") -> ListedClient:
    return ListedClient(f"C{number:03d}", f"list!{number}", vendor, {"name": f"顧客{number}"})


def poisson_sample(own: float, vendor: float, n_years: int = 50_000, seed: int = 3) -> LossSample:
    """Loss years of a client with Poisson counts, given at least one event; each costs one yen."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(own + vendor, size=int(n_years / -math.expm1(-own - vendor)))
    counts = counts[counts > 0]
    at_vendor = rng.binomial(counts, vendor / (own + vendor))
    return LossSample(
        math.exp(-own - vendor),
        (counts - at_vendor)[None, :].astype(float),
        np.repeat(np.arange(counts.size), at_vendor),
        np.ones((1, int(at_vendor.sum()))),
        vendor,
    )


def years_of(clients: list[ListedClient], sample: LossSample, shocks: Shocks) -> dict[str, bytes]:
    return {
        c.client_id: pack_years(
            book_years(sample, c.client_id, c.vendor, shocks, YEARS, 7), ("court",)
        )
        for c in clients
    }


def totals_of(clients: list[ListedClient], files: dict[str, bytes]) -> BookTotals:
    totals, _ = add_up(clients, lambda key: unpack_years(files[key]), ("court",), YEARS, 7)
    return totals["court"]


def quantile(values: np.ndarray) -> float:  # type: ignore[type-arg]  # any numbers
    return float(np.sort(values)[math.ceil(LEVEL * values.size) - 1])


def exact_quantile(shared: bool) -> int:
    """The quantile from the exact law: Poisson(6) plus, if shared, a binomial for each shock."""
    from scipy.stats import binom, poisson

    counts = np.arange(600)
    if not shared:
        return int(poisson(200 * (OWN + SHARED)).ppf(LEVEL))
    own = poisson(200 * OWN).pmf(counts)
    total = np.zeros(counts.size)
    for n_shocks in range(4):
        hit = binom(200 * n_shocks, SHOCKS.hit_probability).pmf(counts)
        total += poisson(SHOCKS.rate).pmf(n_shocks) * np.convolve(own, hit)[: counts.size]
    return int(np.searchsorted(np.cumsum(total), LEVEL))


@pytest.fixture(scope="module")
def reference_book() -> BookTotals:
    """200 clients of one vendor: own rate 0.03, shared events 0.01 × 0.7."""
    clients = [client(i) for i in range(200)]
    return totals_of(clients, years_of(clients, poisson_sample(OWN, SHARED), SHOCKS))


def test_the_exact_law_has_the_printed_quantiles() -> None:
    assert exact_quantile(shared=True) == pytest.approx(146, abs=1)
    assert exact_quantile(shared=False) == 15


def test_a_shared_vendor_multiplies_the_tail_of_the_book(reference_book: BookTotals) -> None:
    # Standard error of the quantile: sqrt(0.005 × 0.995 / 100,000) over a density of about 0.00057
    # is 0.4; three counts are more than five of it.
    assert quantile(reference_book.total) == pytest.approx(exact_quantile(shared=True), abs=3)
    assert quantile(reference_book.apart) == 15


def test_the_mean_of_the_book_is_that_of_its_clients(reference_book: BookTotals) -> None:
    # Var = 6 + 0.01 × (200 × 0.7 × 0.3 + 140²) = 202.4: five standard errors are 0.23.
    assert reference_book.total.mean() == pytest.approx(7.40, abs=0.23)
    assert reference_book.apart.mean() == reference_book.total.mean()


def test_each_client_keeps_its_own_rate() -> None:
    # The vendor rate of 0.02 is more than the shocks bring: 0.013 stay its own. Five standard
    # errors of a mean of 100,000 Poisson years at 0.05 are 0.0035.
    sample = poisson_sample(0.03, 0.02)
    years = book_years(sample, "C000", "給与クラウド", SHOCKS, YEARS, 7)
    shared = years.loss[0][years.is_shared].sum() / YEARS
    assert shared == pytest.approx(0.007, abs=0.0014)
    assert years.loss[0].sum() / YEARS == pytest.approx(0.05, abs=0.0035)


def test_a_client_that_rarely_suffers_at_vendors_is_hit_less_often() -> None:
    # λ h = 0.007 exceeds the client's own 0.002, so it is hit with probability 0.2.
    assert SHOCKS.hit(0.002) == pytest.approx(0.2)
    years = book_years(poisson_sample(0.03, 0.002), "C000", "V", SHOCKS, YEARS, 7)
    assert years.loss[0][years.is_shared].sum() / YEARS == pytest.approx(0.002, abs=0.0008)
    assert years.loss[0].sum() / YEARS == pytest.approx(0.032, abs=0.0029)


def test_clients_of_different_vendors_are_not_hit_together() -> None:
    apart = [client(i, f"V{i}") for i in range(50)]
    together = [client(i, "V") for i in range(50)]
    sample = poisson_sample(OWN, SHARED)
    variances = [
        totals_of(clients, years_of(clients, sample, SHOCKS)).total.var()
        for clients in (apart, together)
    ]
    # Independent: 50 × 0.037 = 1.85. Shared: 50 × 0.03 + 0.01 × (35 × 0.3 + 35²) = 13.86.
    assert variances[0] == pytest.approx(1.85, rel=0.03)
    assert variances[1] == pytest.approx(13.86, rel=0.15)


def test_shares_of_the_worst_years_by_hand() -> None:
    # Five years; A loses 10 in year 0 and, shared, 100 in year 3; B loses 50, shared, in year 3.
    def years(year: list[int], shared: list[bool], loss: list[float]) -> bytes:
        kept = BookYears(np.array(year, dtype=np.int32), np.array(shared), np.array([loss]))
        return pack_years(kept, ("court",))

    files = {
        "C000": years([0, 3], [False, True], [10.0, 100.0]),
        "C001": years([3], [True], [50.0]),
    }
    clients = [client(0), client(1)]
    totals, hit = add_up(clients, lambda key: unpack_years(files[key]), ("court",), 5, 7)
    assert totals["court"].total.tolist() == [10.0, 0.0, 0.0, 150.0, 0.0]
    assert totals["court"].apart.sum() == 160.0
    assert hit.tolist() == [1, 0, 0, 2, 0]
    # At level 0.8 the fourth of five years in order is the one of 10, so two years are the tail.
    shares = shares_of(clients, lambda key: unpack_years(files[key]), totals, 0.8)["court"]
    assert shares.mean.tolist() == [22.0, 10.0]
    assert shares.tail.tolist() == [55.0, 25.0]
    assert shares.shared_tail.tolist() == [50.0, 25.0]
    assert shares.in_year.tolist() == [10.0, 0.0]


def test_the_document_names_vendors_and_clients_behind_the_worst_years() -> None:
    assumptions = load_assumptions().with_overrides(
        {"portfolio.clients_shown": Override(value=2, reason="a short list")}
    )
    clients = [client(0), client(1), client(2, "V"), client(3, None)]
    files = years_of(clients, poisson_sample(OWN, SHARED), SHOCKS)
    found = portfolio(
        clients, ["C009"], lambda key: unpack_years(files[key]), ("court",), assumptions, 7
    )
    court = found.regimes["court"]
    assert found.clients == 4
    assert found.clients_missing == ["C009"]
    assert {one.vendor: one.clients for one in court.vendors} == {"給与クラウド": 2, "V": 1}
    assert len(court.tail_clients) == 2
    assert court.other_clients.clients == 2
    listed = sum(one.share_of_tail for one in court.tail_clients)
    assert listed + court.other_clients.share_of_tail == pytest.approx(1.0)
    assert court.annual.mean.value == pytest.approx(4 * 0.037, rel=0.05)


def test_a_vendor_without_a_part_in_the_worst_years_is_not_charted() -> None:
    clients = [client(i, f"V{i}") for i in range(3)]
    files = years_of(clients, poisson_sample(OWN, SHARED), SHOCKS)
    found = portfolio(
        clients, [], lambda key: unpack_years(files[key]), ("court",), load_assumptions(), 7
    )
    (part,) = found.regimes.values()
    court = {"court": ShownRegime({}, {})}
    shown = Shown("C1", "甲", None, "done", (), (), {}, court, ())

    def charted(*shares: float) -> list[list[str]]:
        vendors = [
            replace(one, share_of_tail=share)
            for one, share in zip(part.vendors, shares, strict=True)
        ]
        book = replace(found, regimes={"court": replace(part, vendors=vendors)})
        tables = [t for t in _chart_tables([shown], book, "ja") if "委託先の共通事故" in t.caption]
        return [[row.cells[0].text for row in table.rows] for table in tables]

    named = [one.vendor for one in part.vendors]
    assert charted(0.3, 0.1, 0.0) == [named[:2]]
    assert charted(0.0, 0.0, 0.0) == []


def test_the_order_of_the_clients_does_not_matter() -> None:
    clients = [client(i) for i in range(5)]
    files = years_of(clients, poisson_sample(OWN, SHARED), SHOCKS)
    forward, backward = totals_of(clients, files), totals_of(clients[::-1], files)
    assert (forward.total == backward.total).all()
    assert (forward.apart == backward.apart).all()
