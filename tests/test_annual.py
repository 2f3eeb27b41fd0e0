"""Many plans on one table: the same payments as one plan at a time, however the table is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from support.strategies_plans import built, period, table_of, wordings, years
from test_tallies import QUICK, used_up

import exposure as ex
from exposure.arrays import Years
from exposure.measures.tails import measure_tails, ranks_at, tail_values
from exposure.policy.assignment import losses_for
from exposure.policy.interpreter import pay
from exposure.simulation.large_tables import paid_years, pieces
from exposure.tables import EventTable, LossItem, LossTable
from tests.benchmarks.compound import layer

PLANS = ("nipponkoa_2006/A", "aiu_2015@limit=50000000", "nipponkoa_2006/F")


@QUICK
@given(wordings(), years(), st.integers(1, 5))
def test_a_table_cut_into_pieces_is_paid_alike(
    raw: dict[str, Any], drawn: list[Any], most: int
) -> None:
    plan, (losses, _) = built(raw), table_of(drawn)
    whole = pay(plan, losses_for(plan, losses), period())
    paid = losses.events.years.sum(whole.paid).tolist()
    parts = [paid_years([plan], piece, period())[0] for piece in pieces(losses, most)]
    assert [amount for part in parts for amount in part.paid.values.tolist()] == paid
    (found,) = paid_years([plan], losses, period())
    assert (found.paid.values.tolist(), found.exhausted) == (paid, used_up(whole))
    assert found.total == sum(paid)
    assert sum(part.exhausted.n_ok for part in parts) == found.exhausted.n_ok


def test_many_plans_pay_what_each_pays_alone() -> None:
    losses = ex.simulate_compound(
        stats.nbinom(1.5, 0.4), stats.lognorm(1.8, scale=20e6), loss_years=200_000, seed=3
    )
    assert len(list(pieces(losses))) > 1
    for name, found in zip(PLANS, ex.pay_years(PLANS, losses), strict=True):
        table = ex.pay(name, losses)
        assert np.array_equal(found.paid.values, losses.events.years.sum(table.paid))
        assert found.mean == found.paid.mean
        assert found.exhausted == used_up(table)


def two_years() -> LossTable:
    """Return a year of 80 and 40 million yen, and one of 30."""
    item = LossItem("damages", np.array([80e6, 30e6, 40e6]))
    return LossTable(EventTable(Years((2, 1)), {}, empty_probability=0.5), (item,))


def test_two_layers_by_hand() -> None:
    """Each event less 10 million yen; at most 50 an event and 75 a year, or 30 and 25."""
    wide, narrow = ex.pay_years([layer(50, 75), layer(30, 25)], two_years())
    assert wide.paid.values.tolist() == [75e6, 20e6]
    assert narrow.paid.values.tolist() == [25e6, 20e6]
    assert (wide.total, narrow.total) == (95e6, 45e6)
    assert wide.mean == wide.paid.mean == 0.5 * 95e6 / 2
    assert wide.probability_exhausted == narrow.probability_exhausted == 0.25


def test_years_are_laid_out_when_first_asked_for() -> None:
    wide, narrow = ex.pay_years([layer(50, 75), layer(30, 25)], two_years())
    assert wide.mean > narrow.mean and "values" not in vars(wide._table)
    assert np.shares_memory(wide.paid.values, wide._table.values)
    assert narrow._table is wide._table


@pytest.mark.parametrize("frequency", [stats.poisson(0.3), stats.poisson(4)])
def test_a_lognormal_drawn_piece_by_piece_has_the_numbers_of_scipy(frequency: Any) -> None:
    from exposure.streams import stream

    severity = stats.lognorm(1.8, loc=1000, scale=20e6)
    losses = ex.simulate_compound(frequency, severity, loss_years=20_000, seed=5)
    amount = losses.items[0].amount
    drawn = severity.rvs(size=amount.size, random_state=stream(5, "compound.severity"))
    assert np.array_equal(amount, np.rint(drawn))


def test_a_tail_found_by_a_guess_is_that_of_a_full_sort() -> None:
    rng = np.random.default_rng(1)
    p = np.array([0.995, 0.999])
    samples = (
        rng.lognormal(0, 2, 100_000),
        np.sort(rng.lognormal(0, 2, 100_000)),
        np.minimum(rng.lognormal(0, 2, 100_000), 50.0),
        np.concatenate([np.full(64, 1e9), np.zeros(100_000)]),
    )
    for values in samples:
        rank = np.rint(p * values.size).astype(np.int64)
        if values.size != 100_000:
            rank = np.ceil(p * values.size).astype(np.int64)
        ordered = np.sort(values)
        ranks = ranks_at(values.size, 0.0, p, level=0.9)
        var, tvar = tail_values(values, ranks)
        assert var.tolist() == ordered[rank - 1].tolist()
        beyond = [(ordered[r:] - v).sum() for r, v in zip(rank, var, strict=True)]
        assert np.allclose(tvar, var + np.array(beyond) / (1 - p) / values.size)
        measured = measure_tails(values, ranks, 0.9, 0.05)
        assert measured.var.tolist() == var.tolist() and measured.tvar.tolist() == tvar.tolist()
