"""Published figures against what the model would have predicted (実績との照合).

Organisations hold lognormally many records; a survey sees an incident with a probability that may
depend on its size. One survey is one joint draw of the parameters, one draw of the cause mix and a
number of incidents.

Criteria are fixed in ``data/validation.toml`` before anything runs. Each test says by how much the
quantity it tests could be scaled and still pass: one that hardly anything fails is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.inputs.sources import reference_rows, reference_value
from exposure.measures.market_premium import leave_one_out
from exposure.model.calibration import (
    load_surveys,
    mix_shares,
    pool_surveys,
    read_surveys,
    recency_weights,
)
from exposure.model.curves import on_line
from exposure.model.frequency import anchored_rates, frailty_sizes
from exposure.model.sizes import SizeModel, size_model, within_reach
from exposure.streams import stream
from exposure.validation.checks import TARIFF, BackTest, Check, back_test, part, settings
from exposure.validation.cost_checks import cost_tests
from exposure.validation.listed import leaks_at_least, listed_tests


@dataclass(frozen=True)
class Holders:
    """Records held across organisations (組織ごとの保有件数).

    Parameters
    ----------
    median : float
        [person]
    sd_log : float
        Of ln records. [-]
    most : float
        Nobody holds more. [person]
    """

    median: float
    sd_log: float
    most: float


def draw_holders(
    holders: Holders, n: int, rng: np.random.Generator, exponent: FloatArray | float = 0.0
) -> FloatArray:
    """Draw the records held by organisations with an incident (事故を起こした組織の保有件数).

    Parameters
    ----------
    exponent : (n,) array or float
        Of the records in the rate of the incident; 0 draws any organisation. Weighting a lognormal
        with a power of itself moves its median and nothing else. [-]

    Examples
    --------
    >>> draw_holders(Holders(1000.0, 0.0, 1e8), 2, np.random.default_rng(0))
    array([1000., 1000.])
    """
    z = rng.standard_normal(n)
    log = np.log(holders.median) + holders.sd_log * (z + exponent * holders.sd_log)
    held: FloatArray = np.clip(np.rint(np.exp(log)), 1.0, holders.most)
    return held


def cause_weights(
    share: FloatArray, exponent: FloatArray, holders: Holders, reference: float
) -> FloatArray:
    """Return the shares of the causes among a population's incidents (母集団での原因の割合).

    Parameters
    ----------
    share, exponent : (n_causes,) array
        At ``reference`` records, and of the records in the rate. [-]
    reference : float
        [person]

    Examples
    --------
    >>> holders = Holders(1000.0, 0.0, 1e8)
    >>> cause_weights(np.array([0.5, 0.5]), np.array([0.0, 1.0]), holders, 3000.0)
    array([0.75, 0.25])
    """
    mean = (holders.median / reference) ** exponent
    mean = mean * np.exp((exponent * holders.sd_log) ** 2 / 2)
    weight = share * mean
    scaled: FloatArray = weight / weight.sum()
    return scaled


def draw_incident_sizes(
    model: SizeModel, cause: IntArray, held: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw the persons of incidents at organisations of many sizes (事故ごとの人数).

    (n,) array [person].

    Parameters
    ----------
    model : SizeModel
        Its records are not used.
    cause : (n,) array
        Codes of the causes.
    held : (n,) array
        Records of the organisation of each. [person]
    """
    level, z = rng.random(cause.size), rng.standard_normal(cause.size)
    local = np.ceil(np.exp(model.median_log[cause] + model.sd_log * z))
    share = on_line(model.log_share, z)
    partial = np.minimum(np.ceil(np.exp(share * np.log(held))), held)
    full = level < model.full[cause]
    reached = within_reach(model, level[full] / model.full[cause[full]], held[full])
    partial[full] = np.maximum(reached, partial[full])
    persons: FloatArray = np.where(level < model.system[cause], partial, np.clip(local, 1.0, held))
    return persons


_HELD_OUT = "held_out"


@dataclass(frozen=True)
class World:
    """The parameters of one simulated survey (調査1回分のパラメータ).

    Parameters
    ----------
    assumptions : Assumptions
        One joint draw.
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
    drawn = assumptions.draw(seed, number, of)
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
    return pool_surveys(read, causes, weights)


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
        kept = _count(population, cause, persons, at.assumptions, rng)
        parts.append(Incidents(cause[kept], persons[kept]))
        found += int(kept.sum())
    cause = np.concatenate([part.cause for part in parts])[:incidents]
    persons = np.concatenate([part.persons for part in parts])[:incidents]
    return Incidents(cause, persons)


def _count(
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


def repeat_worlds(
    drawn: Sequence[World], seed: int, purpose: str
) -> list[tuple[World, np.random.Generator]]:
    """Return the worlds, each with the stream of a test (検証ごとの乱数系列)."""
    return [(at, stream(seed, f"validation/{purpose}", i)) for i, at in enumerate(drawn)]


_TOTALS, _LISTED = "jnsa_annual_totals", "tsr_listed_company_survey"


def back_tests(assumptions: Assumptions, leaks: int, repeats: int, seed: int) -> list[BackTest]:
    """Return the back-tests, each distinct test once (実績との照合).

    Parameters
    ----------
    leaks : int
        Simulated leaks of each test of costs.
    repeats : int
        Draws of the parameters, and simulated surveys of each test.
    """
    return [
        *listed_tests(assumptions),
        _test_certified(assumptions),
        _test_reported(assumptions),
        *cost_tests(assumptions, leaks, seed),
        *survey_tests(assumptions, repeats, seed),
    ]


def _test_certified(assumptions: Assumptions) -> BackTest:
    """Hold the reports of attacks of certified companies against the rate and its prior."""
    from scipy.special import ndtri

    test, criteria = settings()["certified"], settings()["criteria"]
    rate = assumptions.value("frequency.external.certified")
    sd = float(np.hypot(test["prior_sd_log"], test["year_sd_log"]))
    low, high = (float(rate * np.exp(sd * ndtri(criteria[end]))) for end in ("low", "high"))
    parts = []
    for one in test["years"]:
        reports = one.get("reports", 0.0) + one.get("share", 0.0) * one.get("of", 0.0)
        observed = reports / one["companies"]
        parts.append(part("certified", one["detail"], observed, rate, (low, high),
                          source=one["source"]))  # fmt: skip
    return back_test("certified", parts)


def _test_reported(assumptions: Assumptions) -> BackTest:
    """Hold the share of very large leaks among large ones, as reported, against the sizes."""
    test = settings()["reported"]
    found = [_share_above(assumptions, median) for median in test["medians"]]
    within = min(found), max(found)
    parts = [
        part("reported", one["detail"], one["large"] / one["all"], float(np.mean(found)), within,
             source=one["source"])
        for one in test["years"]
    ]  # fmt: skip
    return back_test("reported", parts)


def _share_above(assumptions: Assumptions, median: float) -> float:
    """Return P(B > t₂ | B > t₁) of the leaks of lognormal holders. [-]."""
    test = settings()["reported"]
    thresholds = [test["above"] + 1.0, test["far_above"] + 1.0]
    large, very_large = leaks_at_least(assumptions, median, test["sd_log"], thresholds).tolist()
    return float(very_large / large)


def tariff_checks(assumptions: Assumptions) -> list[Check]:
    """Hold every printed premium against its estimate from the others (保険料の目安の検証)."""
    factor = settings()["criteria"]["premium_factor"]
    return [
        Check(
            TARIFF, "printed_premium",
            f"{one.point.product} {one.point.trade} {one.point.revenue:.0f} "
            f"{one.point.liability_limit:.0f}",
            one.point.premium, one.estimate, one.estimate / factor, one.estimate * factor,
            f"premiums / {one.point.source}",
        )
        for one in leave_one_out(assumptions)
    ]  # fmt: skip


def survey_tests(assumptions: Assumptions, repeats: int, seed: int) -> list[BackTest]:
    """Return what surveys of many organisations say, shown and not counted (調査との照合)."""
    drawn = worlds(assumptions, repeats, seed)
    return [
        back_test("share_small", _small_shares(assumptions, drawn, seed)),
        back_test("mean_persons", _mean_persons(assumptions, drawn, seed)),
        back_test("listed_incidents", _check_listed(drawn, seed)),
    ]


def _check_draws(
    name: str, detail: str, observed: float, draws: Sequence[float], source: str
) -> Check:
    criteria = settings()["criteria"]
    low, middle, high = np.quantile(
        np.array(draws), [criteria["low"], 1 / 2, criteria["high"]]
    ).tolist()
    return part(name, detail, observed, middle, (low, high), source=source)


def _small_shares(assumptions: Assumptions, drawn: Sequence[World], seed: int) -> list[Check]:
    checks = []
    for test in settings()["share"]:
        mix = mix_of(test["mix"], test.get("year"), assumptions)
        draws = []
        for at, rng in repeat_worlds(drawn, seed, f"share/{test['row']}"):
            persons = survey(test["population"], mix, test["known"], at, rng).persons
            persons = persons[persons >= test.get("from", 1)]
            draws.append(float((persons <= test["threshold"]).mean()))
        observed = test["small"] / test["known"]
        detail = f"{test['population']} {test['label']}"
        checks.append(_check_draws("share_small", detail, observed, draws, test["row"]))
    return checks


def _mean_persons(assumptions: Assumptions, drawn: Sequence[World], seed: int) -> list[Check]:
    test = settings()["mean_persons"]
    checks = []
    for year in test["years"]:
        key = {"survey_year": str(year)}
        observed = reference_value(_TOTALS, "value", metric="mean_persons_per_incident", **key)
        # Incidents of known size: the printed mean leaves the others out.
        total = reference_value(_TOTALS, "value", metric="persons", **key)
        known = round(total / observed)
        mix = mix_of("held_out", year, assumptions)
        draws = [
            float(survey(test["population"], mix, known, at, rng).persons.mean())
            for at, rng in repeat_worlds(drawn, seed, f"mean_persons/{year}")
        ]
        checks.append(
            _check_draws("mean_persons", str(year), observed, draws, f"{_TOTALS} / {year}")
        )
    return checks


def _check_listed(drawn: Sequence[World], seed: int) -> list[Check]:
    test = settings()["listed"]
    checks = []
    since = -1
    for period in test["above"]:
        counted = [
            float(_one_year(at, period["large"] / period["known"], rng))
            for at, rng in repeat_worlds(drawn, seed, f"listed/{period['until']}")
        ]
        for year in test["years"]:
            if since < year <= period["until"]:
                key = {"period": str(year), "metric": "incidents"}
                seen = reference_value(_LISTED, "value", **key)
                source = f"{_LISTED} / {year}"
                checks.append(_check_draws("listed_incidents", str(year), seen, counted, source))
        since = period["until"]
    return checks


def _one_year(at: World, large_share: float, rng: np.random.Generator) -> int:
    """Draw how many incidents listed companies disclose in a year.

    The companies differ by the records they hold and by the frailty that is left. Small incidents
    are disclosed as far as leaves the published share of large ones.
    """
    test = settings()["listed"]
    population = settings()["population"][test["population"]]
    value = at.assumptions.value
    n = population["companies"]
    held = draw_holders(holders(population, at), n, rng)
    rate = anchored_rates(at.assumptions) * (held / at.reference)[:, None] ** at.exponent
    rate *= value("frequency.r_ind.*")
    for size in frailty_sizes(value("frequency.k_residual"), value("frequency.k_s")):
        if np.isfinite(size):
            rate *= rng.gamma(size, 1 / size, n)[:, None]
    company, cause = np.nonzero(events := rng.poisson(rate))
    company, cause = (np.repeat(code, events[company, cause]) for code in (company, cause))
    persons = draw_incident_sizes(at.sizes, cause, held[company], rng)
    large = persons > test["threshold"]
    # Disclosed small ones: n_small × p = n_large × (1 − share) / share.
    wanted = large.sum() * (1 - large_share) / large_share
    told = large | (rng.random(large.size) * max(int((~large).sum()), 1) < wanted)
    return int(told.sum())
