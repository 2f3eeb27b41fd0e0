"""Surveys the model would have seen: incidents of a population, parameters drawn (調査の模擬).

One survey is one joint draw of the parameters, one draw of the cause mix and a number of
incidents. What published figure is held against it is in `exposure.validation.backtests`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.reference import reference_rows, reference_value
from exposure.model.calibration import load_surveys, mix_shares
from exposure.model.groups import load_groups
from exposure.model.mixes import pooled, read_surveys, recency_weights
from exposure.model.population import Holders, cause_weights, draw_holders, draw_incident_sizes
from exposure.model.sizes import SizeModel, size_model
from exposure.streams import stream
from exposure.validation.checks import settings

_HELD_OUT = "held_out"


@dataclass(frozen=True)
class World:
    """The parameters of one simulated survey (調査1回分のパラメータ).

    Parameters
    ----------
    assumptions : Assumptions
        One joint draw.
    sizes : SizeModel
    exponent : (n_causes,) array
        Of the records in the rate. [-]
    reference : float
        Records at which rate and mix hold. [person]
    organisations : float
        Factor on the median records of the organisations surveyed, which nobody publishes. [-]
    """

    assumptions: Assumptions
    sizes: SizeModel
    exponent: FloatArray
    reference: float
    organisations: float


@dataclass(frozen=True)
class Incidents:
    """Incidents of one simulated survey (模擬した事故). (n,) arrays."""

    cause: IntArray
    persons: FloatArray


def world(assumptions: Assumptions, seed: int, number: int, of: int) -> World:
    """Return one of several joint draws of the parameters (パラメータの抽出)."""
    drawn = assumptions.drawn(seed, number, of)
    groups = load_groups()
    exponent = np.array(
        [drawn.value(f"frequency.epsilon.{groups.groups[g]}") for g in groups.group_of_cause]
    )
    z = float(stream(seed, "validation/holders", number).standard_normal())
    return World(
        assumptions=drawn,
        sizes=size_model(Client(records=1), drawn),
        exponent=exponent,
        reference=drawn.value("frequency.n_ref"),
        organisations=float(np.exp(z * settings()["holders"]["median_sd_log"])),
    )


def holders(population: Mapping[str, Any], at: World) -> Holders:
    """Return who holds how many records in a population (保有件数の分布)."""
    most = at.assumptions.value("size.residents")
    return Holders(population["median"] * at.organisations, float(population["sd_log"]), most)


def mix_without(year: int | None, assumptions: Assumptions) -> tuple[FloatArray, float]:
    """Return the pooled mix of the other survey years and its weight (その年を除いた構成比)."""
    surveys, causes = load_surveys(), load_groups().causes
    years = [y for y in surveys.pooled_years if y != year]
    totals = {
        y: reference_value("jnsa_annual_totals", "value", survey_year=str(y), metric="incidents")
        for y in years
    }
    read = read_surveys(reference_rows("jnsa_cause_shares"), totals, causes, surveys.renamed)
    weights = recency_weights(
        years,
        assumptions.value("cause.pooling_weight"),
        assumptions.value("cause.pooling_half_life"),
    )
    return pooled(read, causes, weights)


def mix_of(name: str, year: int | None, assumptions: Assumptions) -> tuple[FloatArray, float]:
    """Return the mix a back-test uses, which never saw the year tested (検証に使う構成比)."""
    if name == _HELD_OUT:
        return mix_without(year, assumptions)
    shares, weight = mix_shares(name, assumptions)
    return np.array(list(shares.values())), weight


def draw_mix(shares: FloatArray, weight: float, rng: np.random.Generator) -> FloatArray:
    """Draw a mix from its Dirichlet distribution. (n_causes,) array [-]."""
    drawn: FloatArray = rng.dirichlet(weight * shares + 1 / 2)
    return drawn


def survey(
    name: str,
    mix: tuple[FloatArray, float],
    incidents: int,
    at: World,
    rng: np.random.Generator,
) -> Incidents:
    """Draw the incidents a survey of a population counts (調査の模擬).

    Parameters
    ----------
    name : str
        Of the population.
    mix : (n_causes,) array and float
        Shares of the causes and their Dirichlet weight.
    incidents : int
    at : World
    rng : numpy.random.Generator

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> assumptions = load_assumptions()
    >>> mix = mix_of("mix_jnsa_2018", None, assumptions)
    >>> rng = np.random.default_rng(0)
    >>> survey("media_survey", mix, 100, world(assumptions, 1, 0, of=1), rng).persons.size
    100
    """
    population = settings()["population"][name]
    held_by = holders(population, at)
    share = draw_mix(*mix, rng)
    exponent = at.exponent if population["weighted"] else np.zeros(share.size)
    weight = cause_weights(share, exponent, held_by, at.reference)
    parts: list[Incidents] = []
    found = 0
    while found < incidents:
        cause = rng.choice(share.size, incidents, p=weight)
        held = draw_holders(held_by, incidents, rng, exponent[cause])
        persons = draw_incident_sizes(at.sizes, cause, held, rng)
        kept = _counted(population, cause, persons, at.assumptions, rng)
        parts.append(Incidents(cause[kept], persons[kept]))
        found += int(kept.sum())
    cause = np.concatenate([part.cause for part in parts])[:incidents]
    persons = np.concatenate([part.persons for part in parts])[:incidents]
    return Incidents(cause, persons)


def _counted(
    population: Mapping[str, Any],
    cause: IntArray,
    persons: FloatArray,
    assumptions: Assumptions,
    rng: np.random.Generator,
) -> BoolArray:
    """Say which incidents the survey counts: all, or those with a duty to report."""
    if not population.get("duty"):
        return np.ones(cause.size, dtype=np.bool_)
    groups = load_groups()
    malicious = groups.is_in("external", "insider")
    malicious |= np.array([name == "theft" for name in groups.causes])
    due = persons > assumptions.value("event.reporting_threshold")
    due |= malicious[cause]
    due |= rng.random(cause.size) < population["sensitive"]
    return due


def worlds(assumptions: Assumptions, repeats: int, seed: int) -> list[World]:
    """Return the parameters of repeated surveys, the same for every test (調査の反復)."""
    return [world(assumptions, seed, i, repeats) for i in range(repeats)]


def repeated(
    drawn: Sequence[World], seed: int, purpose: str
) -> list[tuple[World, np.random.Generator]]:
    """Return the worlds, each with the stream of a test (検証ごとの乱数系列)."""
    return [(at, stream(seed, f"validation/{purpose}", i)) for i, at in enumerate(drawn)]
