"""The damage formula of the JNSA as a price: printed examples, and where it is refused."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from support.model_reference import model_of, with_values

from exposure.errors import DataError
from exposure.model.claim_costs import jo_model, jo_price, price_model
from exposure.streams import Luck
from exposure.validation.expected import mean_annual_losses

JO = {"price.model": "jo"}


@pytest.mark.parametrize(
    ("kinds", "price"),
    [
        ({}, 6_000),  # name and address
        ({"card": True}, 78_000),  # with a card number
        ({"sensitive": True}, 303_000),  # with a medical record
        ({"income": True}, 500 * (10 + 5) * 6),
        ({"sensitive": True, "card": True}, 500 * (100 + 25) * 6),
    ],
)
def test_the_printed_examples(kinds: dict[str, bool], price: int) -> None:
    at = simulated_at()
    flags = dict.fromkeys(("sensitive", "card", "income", "my_number"), False) | kinds
    assert jo_price(jo_model(with_values(JO)), replace(at, **flags)) == pytest.approx(price)


def simulated_at():
    from exposure.model.events import simulate_events

    return simulate_events(model_of(), 100, Luck(1)).circumstances


def test_responsibility_and_response_each_double_it() -> None:
    values = {**JO, "price.jo.responsibility": 2, "price.jo.response": 2}
    assert (jo_price(jo_model(with_values(values)), simulated_at()) == 24_000).all()


def test_the_formula_is_refused_with_everybody_claiming_in_court() -> None:
    with pytest.raises(DataError, match=r"claims\.rate\.court = 1\.0: the JNSA formula"):
        model_of({**JO, "claims.rate.court": 1})
    assert model_of(JO).claims["court"].price.jo is not None


def test_the_formula_has_no_spread() -> None:
    price = price_model("court", with_values(JO))
    assert price.sigma_level == price.sigma_own == 0


def test_damages_by_the_formula_agree_with_their_expectation() -> None:
    from exposure.model.events import simulate_events
    from exposure.model.losses import price_losses

    values = {**JO, "claims.voluntary_probability.court": 0, "cost.condolence.probability": 0}
    model = model_of(values, records=5_000)
    damages = []
    for block in range(2):
        simulated = simulate_events(model, 2**13, Luck(9, block))
        losses = price_losses(model, simulated, "brochure", Luck(9, block)).by_head()
        damages.append(simulated.table.years.sum(losses["damages"]))
    sample = np.concatenate(damages) * (1 - model.empty_probability)
    expected = mean_annual_losses(model, "brochure")["damages"]
    assert abs(sample.mean() - expected) < 4 * sample.std() / math.sqrt(sample.size)
    awards = mean_annual_losses(model_of(records=5_000), "brochure")["damages"]
    assert expected < awards  # 6,000 yen of basic data against 10,000
