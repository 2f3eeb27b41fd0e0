"""Slow, readable twins of the loss model: plain Python, one year or one event at a time."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence

import numpy as np

from exposure.inputs.assumptions import Assumptions, load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.parameters import Override
from exposure.model.build import BreachModel, build_model

INCEPTION = datetime.date(2026, 4, 1)


def with_values(values: Mapping[str, object]) -> Assumptions:
    """Return the shipped assumptions with some values replaced."""
    return load_assumptions().with_overrides(
        {
            name: Override.model_validate({"value": v, "reason": "test"})
            for name, v in values.items()
        }
    )


def model_of(values: Mapping[str, object] | None = None, **client: object) -> BreachModel:
    return build_model(
        Client.model_validate({"records": 100_000, **client}), with_values(values or {}), INCEPTION
    )


def one_year_of_counts(
    rng: np.random.Generator, rates: Sequence[float], k_s: float, k_g: Sequence[float]
) -> list[int]:
    """Draw the events of one year by group, empty years included, straight from the definition."""
    shared = rng.gamma(k_s) / k_s
    return [
        int(rng.poisson(lam * shared * rng.gamma(k) / k)) for lam, k in zip(rates, k_g, strict=True)
    ]


def old_scale_retainer(amount: int) -> int:
    """Work out the retainer of the old bar-association scale, bracket by bracket, in whole yen."""
    fee = 0
    below = 0
    for upper, percent in ((3_000_000, 8), (30_000_000, 5), (300_000_000, 3), (None, 2)):
        top = amount if upper is None else min(amount, upper)
        fee += max(top - below, 0) * percent // 100
        below = upper or below
    return max(fee, 100_000)


def size_of_one_event(
    rng: np.random.Generator,
    n: int,
    rho: float,
    alpha: float,
    ab: tuple[float, float],
    m: float,
    s: float,
    reach: tuple[float, float],
) -> int:
    """Draw one size: local, partial or full as far as it hangs together."""
    if rng.random() >= rho:
        return min(n, max(1, math.ceil(math.exp(m + s * rng.standard_normal()))))
    partial = math.ceil(n ** rng.beta(*ab) * (1 - 1e-12))
    if rng.random() >= alpha:
        return partial
    start, exponent = reach
    w = start * rng.random() ** (-1 / exponent)
    return max(partial, min(n, math.ceil(w)))
