"""The exact answer for one section, against hand calculation and against the simulation."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import stats
from support.exact_layer import binomial, exact_layer, negative_binomial, poisson

import exposure as ex
from exposure.validation.exact import CountLaw, lognormal_limited_mean
from tests.benchmarks.compound import layer

MILLION = 1e6
CASES: list[tuple[CountLaw, Any]] = [
    (poisson(0.05), stats.poisson(0.05)),
    (poisson(2.0), stats.poisson(2.0)),
    (negative_binomial(1.0, 0.5), stats.nbinom(0.5, 0.5 / 1.5)),
    (binomial(5, 0.2), stats.binom(5, 0.2)),
]


def test_two_coins_by_hand() -> None:
    """0, 1 or 2 events of 30 less 10 each, at most 15 each and 25 a year: 0, 15 or 25."""
    found = exact_layer(
        binomial(2, 0.5),
        lambda x: np.minimum(x, 30.0),
        deductible=10.0,
        event_limit=15.0,
        period_limit=25.0,
        step=0.5,
    )
    assert math.isclose(found.mean, 0.5 * 15 + 0.25 * 25)
    assert math.isclose(found.probability_exhausted, 0.25)
    assert found.mean_error < 1e-9 and found.probability_error < 1e-9


@pytest.mark.parametrize(("rate", "ceded"), [(0.05, 2.56663), (2.0, 100.2628)])
def test_a_printed_layer(rate: float, ceded: float) -> None:
    severity = partial(lognormal_limited_mean, mu=math.log(20), sigma=1.8)
    found = exact_layer(
        poisson(rate), severity, deductible=10.0, event_limit=300.0, period_limit=500.0, step=0.1
    )
    assert math.isclose(found.mean, ceded, rel_tol=1e-5)
    assert found.mean_error < 1e-4 * ceded


@pytest.mark.parametrize(("law", "frequency"), CASES)
@pytest.mark.parametrize(("limit", "aggregate"), [(50.0, 75.0), (300.0, 500.0), (1000.0, 1500.0)])
def test_the_simulation_is_within_three_standard_errors(
    law: CountLaw, frequency: Any, limit: float, aggregate: float
) -> None:
    severity = partial(lognormal_limited_mean, mu=math.log(20), sigma=1.8)
    exact = exact_layer(
        law, severity, deductible=10.0, event_limit=limit, period_limit=aggregate, step=0.25
    )
    losses = ex.simulate_compound(
        frequency, stats.lognorm(1.8, scale=20 * MILLION), loss_years=200_000, seed=11
    )
    (found,) = ex.pay_years([layer(limit, aggregate)], losses)
    paid, weight = found.paid.values / MILLION, 1 - found.paid.empty_probability
    error = weight * paid.std(ddof=1) / math.sqrt(paid.size)
    assert abs(found.paid.mean / MILLION - exact.mean) < 3 * error + exact.mean_error
    share = exact.probability_exhausted / weight
    spread = weight * math.sqrt(share * (1 - share) / paid.size)
    off = abs(found.probability_exhausted - exact.probability_exhausted)
    assert off < 3 * spread + exact.probability_error


def test_a_layer_without_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        exact_layer(
            poisson(1.0),
            lambda x: np.minimum(x, 1.0),
            deductible=0.0,
            event_limit=math.inf,
            period_limit=1.0,
            step=0.1,
        )
