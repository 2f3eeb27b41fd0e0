"""Published figures against what the model would have predicted (実績との照合).

Criteria are fixed in ``data/validation.toml`` before anything runs. Each test says by how much the
quantity it tests could be scaled and still pass: one that hardly anything fails is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.reference import reference_value
from exposure.measures.market_premium import leave_one_out
from exposure.model.frequency import anchored_rates, frailty_sizes
from exposure.model.population import draw_holders, draw_incident_sizes
from exposure.validation.checks import TARIFF, BackTest, Check, back_test, part, settings
from exposure.validation.costs import cost_tests
from exposure.validation.listed import leaks_at_least, listed_tests
from exposure.validation.surveys import (
    World,
    holders,
    mix_of,
    repeated,
    survey,
    worlds,
)

_TOTALS, _LISTED = "jnsa_annual_totals", "tsr_listed_company_survey"


def back_tests(assumptions: Assumptions, leaks: int, repeats: int, seed: int) -> list[BackTest]:
    """Return the back-tests, each distinct test once (実績との照合).

    Parameters
    ----------
    assumptions : Assumptions
    leaks : int
        Simulated leaks of each test of costs.
    repeats : int
        Draws of the parameters, and simulated surveys of each test.
    seed : int
    """
    return [
        *listed_tests(assumptions, repeats, seed),
        _certified(assumptions),
        _reported(assumptions),
        *cost_tests(assumptions, leaks, seed),
        *survey_tests(assumptions, repeats, seed),
    ]


def _certified(assumptions: Assumptions) -> BackTest:
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


def _reported(assumptions: Assumptions) -> BackTest:
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
    """Hold every printed premium against its estimate from the others (保険料の目安の検証).

    Parameters
    ----------
    assumptions : Assumptions
        ``premium.*``.
    """
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
    """Return what surveys of many organisations say, shown and not counted (調査との照合).

    Parameters
    ----------
    assumptions : Assumptions
    repeats : int
        Simulated surveys of each test.
    seed : int
    """
    drawn = worlds(assumptions, repeats, seed)
    return [
        back_test("share_small", _small_shares(assumptions, drawn, seed)),
        back_test("mean_persons", _mean_persons(assumptions, drawn, seed)),
        back_test("listed_incidents", _listed(drawn, seed)),
    ]


def _predicted(
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
        for at, rng in repeated(drawn, seed, f"share/{test['row']}"):
            persons = survey(test["population"], mix, test["known"], at, rng).persons
            persons = persons[persons >= test.get("from", 1)]
            draws.append(float((persons <= test["threshold"]).mean()))
        observed = test["small"] / test["known"]
        detail = f"{test['population']} {test['label']}"
        checks.append(_predicted("share_small", detail, observed, draws, test["row"]))
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
            for at, rng in repeated(drawn, seed, f"mean_persons/{year}")
        ]
        checks.append(_predicted("mean_persons", str(year), observed, draws, f"{_TOTALS} / {year}"))
    return checks


def _listed(drawn: Sequence[World], seed: int) -> list[Check]:
    test = settings()["listed"]
    checks = []
    since = -1
    for period in test["above"]:
        counted = [
            float(_one_year(at, period["large"] / period["known"], rng))
            for at, rng in repeated(drawn, seed, f"listed/{period['until']}")
        ]
        for year in test["years"]:
            if since < year <= period["until"]:
                key = {"period": str(year), "metric": "incidents"}
                seen = reference_value(_LISTED, "value", **key)
                source = f"{_LISTED} / {year}"
                checks.append(_predicted("listed_incidents", str(year), seen, counted, source))
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
