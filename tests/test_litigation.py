import dataclasses

import numpy as np
import pytest
from support.model_reference import model_of, old_scale_retainer, with_values

from exposure.model.claim_costs import (
    defence_fee,
    fee_scale,
    litigation_costs,
    litigation_model,
    retainer,
    success_fee,
)

SCALE = fee_scale(with_values({}))


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (1_000_000, 100_000),  # 8 % would be 80,000; the minimum is 100,000
        (3_000_000, 240_000),
        (30_000_000, 1_590_000),
        (100_000_000, 3_690_000),
        (300_000_000, 9_690_000),
        (1_000_000_000, 23_690_000),
    ],
)
def test_the_retainer_follows_the_old_scale(amount: int, fee: int) -> None:
    assert retainer(amount, SCALE) == fee
    assert old_scale_retainer(amount) == fee


@pytest.mark.parametrize("boundary", [3e6, 30e6, 300e6])
def test_the_scale_is_continuous(boundary: float) -> None:
    for fee in (retainer, success_fee):
        below, above = fee(np.array([boundary, boundary + 1]), SCALE)
        assert 0 <= above - below < 1


def test_the_success_fee_is_twice_the_retainer() -> None:
    assert success_fee(100e6, SCALE) == 7_380_000
    assert success_fee(0.0, SCALE) == 0


def test_a_defendants_success_fee_follows_what_is_avoided() -> None:
    # Mistake 6.
    assert defence_fee(100e6, 100e6, 1, SCALE) == 3_690_000
    assert defence_fee(200e6, 100e6, 1, SCALE) == 14_070_000
    assert defence_fee(100e6, 100e6, 2, SCALE) == 7_380_000


def test_the_brochure_choice_reproduces_the_printed_14_million() -> None:
    brochure = litigation_model("brochure", with_values({}))
    amount = np.array([100e6])
    assert round(float(litigation_costs(brochure, amount, amount, np.ones(1))[0])) == 14_000_000
    plain = dataclasses.replace(brochure, adjustment=1.0)
    assert litigation_costs(plain, amount, amount, np.ones(1))[0] == 11_070_000


def test_the_other_choices() -> None:
    share = litigation_model("court", with_values({"litigation.scale.court": "fixed_share"}))
    hourly = litigation_model("court", with_values({"litigation.scale.court": "hourly"}))
    amount, two = np.array([100e6]), np.full(1, 2.0)
    assert litigation_costs(share, amount, amount, two)[0] == pytest.approx(14e6)
    assert litigation_costs(hourly, amount, amount, two)[0] == 30_000 * 150 * 2


def test_the_court_regime_claims_seventeen_times_the_award() -> None:
    court = model_of().claims["court"].litigation
    # 17 M claimed, 1 M awarded, two instances: 2 R(17 M) + W(16 M) = 2 × 0.94 M + 1.78 M.
    fee = litigation_costs(court, np.array([1e6]), np.array([1e6]), np.full(1, 2.0))
    assert fee[0] == pytest.approx(2 * 940_000 + 1_780_000)
