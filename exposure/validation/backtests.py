"""Published figures against what the model would have predicted (実績との照合).

The mix of causes never comes from the year tested; sizes and rates are drawn from their priors.
Nothing is fitted here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.reference import reference_rows, reference_value
from exposure.model.calibration import load_surveys
from exposure.model.frequency import anchored_rates, frailty_sizes
from exposure.model.groups import load_groups
from exposure.model.population import draw_holders, draw_incident_sizes
from exposure.validation.checks import BACK_TEST, Check, settings
from exposure.validation.surveys import (
    World,
    holders,
    mix_of,
    repeated,
    survey,
)

_TOTALS, _CAUSES, _LISTED = (
    "jnsa_annual_totals",
    "jnsa_cause_shares",
    "tsr_listed_company_survey",
)


def survey_checks(assumptions: Assumptions, repeats: int, seed: int) -> list[Check]:
    """Return the back-tests against surveys of many organisations (調査との照合).

    Parameters
    ----------
    assumptions : Assumptions
    repeats : int
        Simulated surveys of each test.
    seed : int
    """
    return [
        *_small_shares(assumptions, repeats, seed),
        *_mean_persons(assumptions, repeats, seed),
        *_person_shares(assumptions, repeats, seed),
        *_listed(assumptions, repeats, seed),
    ]


def _predicted(
    name: str, detail: str, observed: float, draws: Sequence[float], source: str
) -> Check:
    criteria = settings()["criteria"]
    low, middle, high = np.quantile(
        np.array(draws), [criteria["low"], 1 / 2, criteria["high"]]
    ).tolist()
    return Check(BACK_TEST, name, detail, observed, middle, low, high, source)


def _small_shares(assumptions: Assumptions, repeats: int, seed: int) -> list[Check]:
    checks = []
    for test in settings()["share"]:
        mix = mix_of(test["mix"], test.get("year"), assumptions)
        draws = []
        for at, rng in repeated(assumptions, repeats, seed, f"share/{test['row']}"):
            persons = survey(test["population"], mix, test["known"], at, rng).persons
            persons = persons[persons >= test.get("from", 1)]
            draws.append(float((persons <= test["threshold"]).mean()))
        observed = test["small"] / test["known"]
        detail = f"{test['population']} {test['label']}"
        checks.append(_predicted("share_small", detail, observed, draws, test["row"]))
    return checks


def _mean_persons(assumptions: Assumptions, repeats: int, seed: int) -> list[Check]:
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
            for at, rng in repeated(assumptions, repeats, seed, f"mean_persons/{year}")
        ]
        checks.append(_predicted("mean_persons", str(year), observed, draws, f"{_TOTALS} / {year}"))
    return checks


def _person_shares(assumptions: Assumptions, repeats: int, seed: int) -> list[Check]:
    test = settings()["person_share"]
    causes, renamed = load_groups().causes, load_surveys().renamed
    observed = dict.fromkeys(causes, 0.0)
    for row in reference_rows(_CAUSES):
        if row["survey_year"] == str(test["year"]) and row["basis"] == "persons":
            observed[renamed.get(row["cause"], row["cause"])] += float(row["value"])
    whole = sum(observed.values())
    mix = mix_of(test["mix"], test["year"], assumptions)
    shares: list[FloatArray] = []
    for at, rng in repeated(assumptions, repeats, seed, "person_share"):
        found = survey(test["population"], mix, test["incidents"], at, rng)
        persons = np.bincount(found.cause, found.persons, len(causes))
        shares.append(persons / persons.sum())
    drawn = np.array(shares)
    source = f"{_CAUSES} / {test['year']} persons"
    return [
        _predicted("person_share", cause, observed[cause] / whole, drawn[:, i].tolist(), source)
        for i, cause in enumerate(causes)
    ]


def _listed(assumptions: Assumptions, repeats: int, seed: int) -> list[Check]:
    test = settings()["listed"]
    checks = []
    since = -1
    for period in test["above"]:
        counted = [
            _one_year(at, period["large"] / period["known"], rng)
            for at, rng in repeated(assumptions, repeats, seed, f"listed/{period['until']}")
        ]
        years = [year for year in test["years"] if since < year <= period["until"]]
        checks += [check for year in years for check in _listed_year(year, counted)]
        since = period["until"]
    return checks


def _listed_year(year: int, counted: Sequence[tuple[int, int]]) -> list[Check]:
    seen, firms = (
        reference_value(_LISTED, "value", period=str(year), metric=metric)
        for metric in ("incidents", "companies")
    )
    source = f"{_LISTED} / {year}"
    incidents = [float(events) for events, _ in counted]
    companies = [float(firms) for _, firms in counted]
    each = [events / firms for events, firms in counted if firms]
    return [
        _predicted("listed_incidents", str(year), seen, incidents, source),
        _predicted("listed_companies", str(year), firms, companies, source),
        _predicted("listed_jointly", str(year), seen / firms, each, source),
    ]


def _one_year(at: World, large_share: float, rng: np.random.Generator) -> tuple[int, int]:
    """Draw incidents listed companies disclose in a year, and companies that disclose one.

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
    return int(told.sum()), int(np.unique(company[told]).size)
