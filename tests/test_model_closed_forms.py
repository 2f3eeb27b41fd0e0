"""The simulation against expectations worked out without any draw.

Each comparison allows 4 standard errors: about 1 in 16,000 would fail by chance.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from support.model_reference import model_of

from exposure.model.build import BreachModel
from exposure.model.claims import Claims, draw_claims
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses, response_costs
from exposure.streams import Luck
from exposure.validation.expected import mean_annual_loss, mean_annual_losses

BLOCKS, YEARS = 4, 2**13


def _compare(model: BreachModel, seed: int) -> None:
    annual: dict[str, dict[str, list[np.ndarray]]] = {"brochure": {}, "court": {}}
    for block in range(BLOCKS):
        simulated = simulate_events(model, YEARS, Luck(seed, block))
        response = response_costs(model, simulated, Luck(seed, block))
        for regime, heads in annual.items():
            losses = price_losses(model, simulated, regime, Luck(seed, block), response)
            amounts = {**losses.by_head(), "": losses.total()}
            for head, amount in amounts.items():
                heads.setdefault(head, []).append(simulated.table.years.sum(amount))
    some = 1 - model.empty_probability
    for regime, heads in annual.items():
        expected = dict(mean_annual_losses(model, regime))
        expected[""] = sum(expected.values())
        assert {head for head, amount in expected.items() if amount > 0} <= set(heads)
        for head, parts in heads.items():
            sample = np.concatenate(parts)
            error = sample.std() / math.sqrt(sample.size) * some
            # Rare heads have too few events for the normal approximation.
            if np.count_nonzero(sample) > 200:
                assert abs(sample.mean() * some - expected[head]) < 4 * error + 1, (regime, head)


def test_the_mean_annual_loss_is_that_of_the_closed_form() -> None:
    _compare(model_of(), seed=21)


def test_so_it_is_with_every_refinement_switched_on() -> None:
    model = model_of(
        {
            "claims.card_misuse.rate": 0.001,
            "claims.card_misuse.amount": 50_000,
            "claims.voluntary_probability.court": 0.05,
            "claims.suit_probability_100000.court": 0.3,
            "price.dismissal.court": 0.3,
            "price.my_number_uplift": 3,
        },
        records=8_000,
        databases=[6_000, 4_000],
        outsourced_share=0.5,
        entrusted_share=0.4,
        sensitive_share=0.3,
        card_share=1.0,
        my_number_share=1.0,
        incidents_last_3_years=2,
    )
    _compare(model, seed=22)


def test_mistake_1_the_mean_persons_of_a_leak_are_those_of_incidents() -> None:
    model = model_of(records=30_000)
    sizes = [simulate_events(model, YEARS, Luck(23, block)).table for block in range(BLOCKS)]
    persons = np.concatenate([np.asarray(table.persons) for table in sizes])
    from exposure.validation.expected import size_cells

    shares = model.rates.by_cause.sum(axis=0) / model.rates.total
    means = [
        float(cells.probability @ cells.persons)
        for cells in (size_cells(model.sizes, cause, ()) for cause in range(shares.size))
    ]
    expected = float(shares @ np.array(means))
    # The sizes of a year's events share their cause mix; 5 standard errors.
    assert abs(persons.mean() - expected) < 5 * persons.std() / math.sqrt(persons.size)


def test_mistake_4_the_spread_of_damages_does_not_vanish_with_size() -> None:
    model = model_of({"claims.voluntary_probability.court": 0, "cost.condolence.probability": 0})
    spreads = []
    for persons in (10_000.0, 1_000_000.0):
        simulated = simulate_events(model, 20_000, Luck(24))
        at = simulated.circumstances
        n = at.persons.size
        large = type(at)(**{**vars(at), "persons": np.full(n, persons)})
        claims: Claims = draw_claims(
            model.claims["brochure"], large, simulated.factors.pub, Luck(24)
        )
        spreads.append(claims.suing.std() / claims.suing.mean())
    # The relative spread of the rate alone: Beta(0.5, 4.5) has √(4.5/(0.5 × 6)) = 1.22.
    assert spreads[0] == pytest.approx(1.22, abs=0.05)
    assert spreads[1] == pytest.approx(1.22, abs=0.05)


def test_mistake_10_a_rate_of_half_gives_half_the_mean_but_not_half_the_leak() -> None:
    poisson: dict[str, object] = {"frequency.k_residual": math.inf, "frequency.k_s": math.inf}
    once, half = (
        mean_annual_loss(model_of({**poisson, "frequency.m.*": m}), "court") for m in (1.0, 0.5)
    )
    assert half == pytest.approx(once / 2)


def test_fifty_leaks_a_year_are_simulated() -> None:
    model = model_of({"frequency.m.*": 50 / model_of(records=30_000).rates.total}, records=30_000)
    simulated = simulate_events(model, 400, Luck(25))
    table = simulated.table
    rate = table.n_events / 400 * (1 - model.empty_probability)
    counts = np.zeros(400)
    for size in table.years.sizes:
        counts[:size] += 1
    assert abs(rate - 50) < 4 * counts.std() / 20
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize(
    ("records", "brochure", "court", "allowed"),
    [(1_000, 0.051, 0.032, 0.08), (100_000, 1.75, 0.87, 0.05), (10_000_000, 287, 115, 0.05)],
)
def test_the_annual_loss_of_a_plain_client_is_the_printed_one(
    records: int, brochure: float, court: float, allowed: float
) -> None:
    # Printed from simulations of 65,536 loss years, to two or three digits; here without any draw.
    model = model_of(records=records)
    assert mean_annual_loss(model, "brochure") == pytest.approx(brochure * 1e6, rel=allowed)
    assert mean_annual_loss(model, "court") == pytest.approx(court * 1e6, rel=allowed)


@pytest.mark.parametrize(
    ("records", "share"),
    [(1_000, 0.017), (10_000, 0.028), (100_000, 0.042), (300_000, 0.032), (1_000_000, 0.023),
     (3_000_000, 0.016), (10_000_000, 0.011)],
)  # fmt: skip
def test_everything_is_lost_as_often_as_printed(records: int, share: float) -> None:
    model = model_of(records=records)
    weight = model.rates.by_cause.sum(axis=0) / model.rates.total
    reach = min(1.0, (100_000 / records) ** 0.4)
    assert weight @ model.sizes.full * reach == pytest.approx(share, abs=6e-4)
