"""Figures a broker asks for, and what the choice of the cause mix does (目安と構成比の影響)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: plain data

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.scenarios import cause_mixes, scenarios, under_each
from exposure.model.build import REGIMES, BreachModel, build_model
from exposure.model.losses import blocks
from exposure.validation.checks import settings


@dataclass(frozen=True)
class Headline:
    """What a client may expect under one regime (見込みの要約).

    Parameters
    ----------
    events_per_year : float
        [1/year]
    annual_mean : float
        [JPY/year]
    event_quantiles : mapping of str to float
        Of one leak, by level. [JPY]
    """

    events_per_year: float
    annual_mean: float
    event_quantiles: Mapping[str, float]


def headlines(
    model: BreachModel, levels: Sequence[float], loss_years: int, seed: int
) -> dict[str, Headline]:
    """Simulate the headline figures of a client by regime (要約の模擬).

    Parameters
    ----------
    model : BreachModel
    levels : sequence of float
        Of the quantiles of one leak. [-]
    loss_years : int
    seed : int

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> a = load_assumptions()
    >>> model = build_model(Client(records=1000), a, a.date("run.inception"))
    >>> found = headlines(model, [0.5], 1000, 1)
    >>> found["brochure"].events_per_year == found["court"].events_per_year
    True
    """
    losses: dict[str, list[Any]] = {regime: [] for regime in REGIMES}
    for block in blocks(model, loss_years, seed):
        for regime, parts in losses.items():
            parts.append(block.losses(regime).total())
    rate = float(model.events_per_year.sum())
    found = {}
    for regime, parts in losses.items():
        amounts = np.concatenate(parts)
        quantiles = np.quantile(amounts, levels, method="inverted_cdf").tolist()
        found[regime] = Headline(
            rate,
            (1 - model.empty_probability) * float(amounts.sum()) / loss_years,
            {str(level): value for level, value in zip(levels, quantiles, strict=True)},
        )
    return found


def sanity_table(assumptions: Assumptions, loss_years: int, seed: int) -> list[dict[str, Any]]:
    """Return the headline figures for clients of many sizes, both regimes (目安表)."""
    rows = []
    for records in settings()["sanity"]["records"]:
        model = build_model(Client(records=records), assumptions, assumptions.date("run.inception"))
        for regime, headline in headlines(model, _levels(assumptions), loss_years, seed).items():
            rows.append({"records": records, "regime": regime, **_plain(headline)})
    return rows


def mix_table(assumptions: Assumptions, loss_years: int, seed: int) -> list[dict[str, Any]]:
    """Return the headline figures under every cause mix, both regimes (構成比の影響)."""
    client = Client(records=settings()["sanity"]["mix_records"])

    def run(changed: Assumptions) -> dict[str, Headline]:
        model = build_model(client, changed, changed.date("run.inception"))
        return headlines(model, _levels(assumptions), loss_years, seed)

    return [
        {
            "mix": name,
            "label": scenarios()[name].label._asdict(),
            "note": scenarios()[name].note._asdict(),
            "default": scenarios()[name].is_default,
            "regime": regime,
            **_plain(headline),
        }
        for name, found in under_each(assumptions, cause_mixes(), run).items()
        for regime, headline in found.items()
    ]


def _levels(assumptions: Assumptions) -> tuple[float, ...]:
    return assumptions.values("measure.event_levels")


def _plain(headline: Headline) -> dict[str, Any]:
    return {
        "events_per_year": headline.events_per_year,
        "annual_mean": headline.annual_mean,
        "event": dict(headline.event_quantiles),
    }
