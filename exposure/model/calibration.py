"""Calibrate size distributions and cause mixes to the published tables (較正).

Completes surveys that list only some causes, pools survey years, and returns what ``exposure
calibrate`` writes to ``data/assumptions/fits`` and ``data/scenarios``: the figures with the record
of how they were found. Which rows are used stands in ``data/surveys.toml``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: documents to be written as TOML

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from exposure.arrays import FloatArray
from exposure.errors import DataError, Text
from exposure.files import data_path, read_toml, shown_path
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.names import load_groups
from exposure.inputs.sources import reference_rows, reference_value
from exposure.model.fits import Bands, Fit, JointSurvey, fit_bands, joint_document, place_of_sum
from exposure.records import problems_from
from exposure.streams import stream

_ROUNDS = 2**10  # of an iteration that contracts


@dataclass(frozen=True)
class SurveyYear:
    """What a survey says of the causes of one year (調査1年分の原因別件数).

    Parameters
    ----------
    total : float
        Incidents in all. [incident]
    listed : mapping of str to float
        Incidents of the causes listed; the rest have one of the others. [incident]
    """

    year: int
    total: float
    listed: Mapping[str, float]


def read_surveys(
    rows: Sequence[Mapping[str, str]],
    totals: Mapping[int, float],
    causes: Sequence[str],
    renamed: Mapping[str, str],
) -> tuple[SurveyYear, ...]:
    """Read the years of a survey whose cause shares are by incidents (原因別件数の読み取り).

    Parameters
    ----------
    rows : sequence of mapping
        Of ``jnsa_cause_shares``; those by persons are not read.
    totals : mapping of int to float
        Incidents of the years wanted. [incident]
    causes : sequence of str
        Names of the causes.
    renamed : mapping of str to str
        Causes of the survey that are part of one of them.

    Examples
    --------
    >>> row = {"survey_year": "2018", "basis": "incidents", "cause": "theft", "value": "17",
    ...        "share_pct": "3.8"}
    >>> read_surveys([row], {2018: 443.0}, ["theft"], {})[0].listed
    {'theft': 17.0}
    """
    found = []
    for year, total in totals.items():
        listed: dict[str, float] = {}
        for row in rows:
            if row["survey_year"] != str(year) or row["basis"] != "incidents":
                continue
            cause = renamed.get(row["cause"], row["cause"])
            if cause not in causes:
                raise ValueError(f"{row['cause']!r} is no cause")
            listed[cause] = listed.get(cause, 0.0) + _incidents(row, total)
        found.append(SurveyYear(year, total, listed))
    return tuple(found)


def _incidents(row: Mapping[str, str], total: float) -> float:
    return float(row["value"]) if row["value"] else float(f"{row['share_pct']}e-2") * total


def complete_causes(survey: SurveyYear, causes: Sequence[str], pattern: FloatArray) -> FloatArray:
    """Return the incidents of every cause, the rest split by a pattern (残りの配分).

    Parameters
    ----------
    pattern : (n_causes,) array
        Shares in whose proportion the causes not listed have the rest. [-]

    Examples
    --------
    >>> survey = SurveyYear(2018, 10.0, {"theft": 4.0})
    >>> complete_causes(survey, ["theft", "error", "virus"], np.array([0.5, 0.4, 0.2]))
    array([4., 4., 2.])
    """
    listed = np.array([survey.listed.get(cause, 0.0) for cause in causes])
    missing = np.array([cause not in survey.listed for cause in causes])
    rest = max(survey.total - float(listed.sum()), 0.0)
    others = np.where(missing, pattern, 0.0)
    return listed + (rest * others / others.sum() if missing.any() else 0.0)


def pool_surveys(
    surveys: Sequence[SurveyYear], causes: Sequence[str], weights: FloatArray
) -> tuple[FloatArray, float]:
    """Pool survey years into one mix with its Dirichlet weight (調査年の統合).

    Parameters
    ----------
    weights : (n_years,) array
        What one incident of each year counts. [-]

    Returns
    -------
    shares : (n_causes,) array
        Mean of p ~ Dirichlet(Σ w n + ½). [-]
    weight : float
        Σ w n over all causes. [incident]

    Notes
    -----
    What a year does not list is split in proportion to the pooled shares themselves, which is
    the expectation–maximisation algorithm for counts known in part.

    Examples
    --------
    >>> years = [SurveyYear(2017, 9.0, {"a": 6.0, "b": 3.0}), SurveyYear(2018, 9.0, {"a": 6.0})]
    >>> shares, weight = pool_surveys(years, ["a", "b"], np.array([0.5, 0.5]))
    >>> shares.tolist(), weight
    ([0.65, 0.35], 9.0)
    """
    shares = np.full(len(causes), 1 / len(causes))
    counted = np.zeros(len(causes))
    for _ in range(_ROUNDS):
        counted = np.zeros(len(causes))
        for survey, weight in zip(surveys, weights.tolist(), strict=True):
            counted += weight * complete_causes(survey, causes, shares)
        after = (counted + 1 / 2) / (counted + 1 / 2).sum()
        if np.array_equal(after, shares):
            break
        shares = after
    return shares, float(counted.sum())


def recency_weights(years: Sequence[int], weight: float, half_life: float) -> FloatArray:
    """Return what an incident of each survey year counts, recent years more (調査年の重み).

    Parameters
    ----------
    weight : float
        Of the last year. [-]
    half_life : float
        Years after which a survey counts half. [year]

    Examples
    --------
    >>> recency_weights([2016, 2018], 0.1, 2.0)
    array([0.05, 0.1 ])
    """
    age = max(years) - np.array(years, dtype=np.float64)
    halved: FloatArray = weight * 2.0 ** (-age / half_life)
    return halved


def spread_over(
    survey: Mapping[str, float], members: Mapping[str, Sequence[str]], pattern: Mapping[str, float]
) -> dict[str, float]:
    """Spread the categories of one survey over the causes of another (区分の読み替え).

    Parameters
    ----------
    survey : mapping of str to float
        Incidents by category. [incident]
    members : mapping of str to sequence of str
        Causes each category holds.
    pattern : mapping of str to float
        Shares in whose proportion the causes of a category have its incidents. [-]

    Examples
    --------
    >>> spread_over({"lost": 6.0}, {"lost": ["paper", "laptop"]}, {"paper": 0.2, "laptop": 0.1})
    {'paper': 4.0, 'laptop': 2.0}
    """
    found: dict[str, float] = {}
    for category, incidents in survey.items():
        whole = math.fsum(pattern[cause] for cause in members[category])
        for cause in members[category]:
            found[cause] = found.get(cause, 0.0) + incidents * pattern[cause] / whole
    return found


_REPEATS = 2**11  # simulated sums

_DIGITS = 6  # decimals kept of what is stored

_CAUSES, _SIZES = "jnsa_cause_shares", "size_buckets"

RATE = "frequency.external.certified"  # what a scenario of the surveys sets


class _Above(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    start: int = Field(alias="from")
    count: int


class SizeSurvey(BaseModel):
    """Which size bands are fitted, and how (規模の当てはめの設定).

    Parameters
    ----------
    dataset : str
        Of ``size_buckets``.
    above : size and count, optional
        Part of the open band that is known apart. [person], [incident]
    persons : int
        Their sum. [person]
    fits : tuple of str
        Distributions compared.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    dataset: str
    above: _Above | None = None
    persons: int
    fits: tuple[str, ...]


class MixSurvey(BaseModel):
    """How a cause mix is made (構成比の設定).

    Parameters
    ----------
    year : int or None
        Of the JNSA survey.
    rest : mapping of str to float
        What the causes not listed have, in proportion; left out, that of the complete year.
    source, period, members, others
        Of another survey: its table and period, the causes in each category, and that of the rest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    note: Text
    year: int | None = None
    rest: Mapping[str, float] = Field(default_factory=dict)
    source: str = _CAUSES
    period: str = ""
    members: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    others: str = ""


class RateSurvey(BaseModel):
    """What a survey says of the rate of attacks (調査が示す外部攻撃の頻度).

    Parameters
    ----------
    value : float
        External attacks of certified companies. [1/year]
    default : bool
        Whether the shipped assumptions have it already.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    note: Text
    value: float
    source: str
    row: str
    default: bool = False


class Surveys(BaseModel):
    """What ``data/surveys.toml`` says (調査の使い方)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sizes: Mapping[str, SizeSurvey]
    default: str
    renamed: Mapping[str, str]
    pattern_year: int
    pooled_years: tuple[int, ...]
    mixes: Mapping[str, MixSurvey]
    rates: Mapping[str, RateSurvey]
    joint: Mapping[str, JointSurvey]


@functools.cache
def load_surveys() -> Surveys:
    """Read which rows are used for what.

    Examples
    --------
    >>> load_surveys().pattern_year
    2011
    """
    path = data_path("surveys.toml")
    raw = read_toml(path)
    causes = dict(raw.get("causes", {}))
    mixes = {name: causes.pop(name) for name in list(causes) if name.startswith("mix_")}
    try:
        return Surveys.model_validate(
            {
                "sizes": raw.get("sizes", {}),
                "rates": raw.get("rates", {}),
                "joint": raw.get("joint", {}),
                "mixes": mixes,
                **causes,
            }
        )
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Surveys)) from None


def size_bands(survey: SizeSurvey) -> Bands:
    """Return the bands of a survey, those of unknown size left out (規模別件数).

    Examples
    --------
    >>> bands = size_bands(load_surveys().sizes["media_2006"])
    >>> bands.total, bands.lower.size
    (1540.0, 10)
    """
    rows = [r for r in reference_rows(_SIZES) if r["dataset"] == survey.dataset]
    known = [(float(r["persons_from"]), float(r["count"])) for r in rows if r["persons_from"]]
    if survey.above is not None:
        start, count = known[-1]
        known[-1] = (start, count - survey.above.count)
        known.append((float(survey.above.start), float(survey.above.count)))
    lower, counts = zip(*known, strict=True)
    return Bands(np.array(lower), np.array(counts))


@functools.cache
def size_fits(name: str) -> tuple[Fit, ...]:
    """Fit every distribution a survey asks for, the best by AIC first (規模の当てはめ).

    Examples
    --------
    >>> [fit.name for fit in size_fits("media_2006")]
    ['two_lognormals', 'burr', 'lognormal']
    """
    survey = load_surveys().sizes[name]
    bands = size_bands(survey)
    return tuple(sorted((fit_bands(one, bands) for one in survey.fits), key=lambda fit: fit.aic))


def fit_document(name: str, cap: float) -> dict[str, Any]:
    """Return the record of the fits to one survey, as it is stored (当てはめの記録).

    Parameters
    ----------
    name : str
        Of ``data/surveys.toml``.
    cap : float
        No incident can concern more persons. [person]
    """
    survey = load_surveys().sizes[name]
    bands = size_bands(survey)
    fits = size_fits(name)
    n = int(bands.total)

    def record(fit: Fit) -> dict[str, Any]:
        rng = stream(0, f"calibration/{name}/{fit.name}")
        return {
            "distribution": fit.name,
            **{key: round(value, _DIGITS) for key, value in fit.parameters.items()},
            "log_likelihood": round(fit.log_likelihood, _DIGITS // 2),
            "deviance": round(fit.deviance, _DIGITS // 2),
            "degrees_of_freedom": fit.degrees,
            "p_value": round(fit.p_value, _DIGITS),
            "aic": round(fit.aic, _DIGITS // 2),
            "place_of_observed_sum": round(
                place_of_sum(fit, n, survey.persons, _REPEATS, cap, rng), _DIGITS // 2
            ),
        }

    return {
        "survey": {
            "name": name,
            "label": survey.label._asdict(),
            "source": _SIZES,
            "dataset": survey.dataset,
            "lower_ends": [int(x) for x in bands.lower],
            "incidents": [int(x) for x in bands.count],
            "persons": survey.persons,
            "best_by_aic": fits[0].name,
        },
        "fit": [record(fit) for fit in fits],
    }


def mix_shares(name: str, assumptions: Assumptions) -> tuple[dict[str, float], float]:
    """Return the shares of a cause mix and its Dirichlet weight (原因の構成比).

    Parameters
    ----------
    name : str
        Of ``data/surveys.toml``.
    assumptions : Assumptions
        Weight of a survey year, and of older ones.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> shares, weight = mix_shares("mix_jnsa_2018", load_assumptions())
    >>> round(shares["unauthorised_access"], 3), round(weight, 1)
    (0.203, 44.3)
    """
    surveys = load_surveys()
    mix, causes = surveys.mixes[name], load_groups().causes
    per_year = assumptions.value("cause.pooling_weight")
    if mix.members:
        counts, total = _listed_counts(mix, assumptions)
    elif mix.year is None:
        years = surveys.pooled_years
        half_life = assumptions.value("cause.pooling_half_life")
        read = read_surveys(reference_rows(_CAUSES), _totals(years), causes, surveys.renamed)
        shares, weight = pool_surveys(read, causes, recency_weights(years, per_year, half_life))
        return dict(zip(causes, shares.tolist(), strict=True)), weight
    else:
        counts, total = _one_year(mix.year, mix.rest), _totals((mix.year,))[mix.year]
    return dict(zip(causes, (counts / counts.sum()).tolist(), strict=True)), per_year * total


def _totals(years: tuple[int, ...]) -> dict[int, float]:
    table = "jnsa_annual_totals"
    return {
        y: reference_value(table, "value", survey_year=str(y), metric="incidents") for y in years
    }


def _one_year(year: int, rest: Mapping[str, float]) -> FloatArray:
    surveys, causes = load_surveys(), load_groups().causes
    rows = reference_rows(_CAUSES)
    (survey,) = read_surveys(rows, _totals((year,)), causes, surveys.renamed)
    if rest:
        pattern = np.array([rest.get(cause, 0.0) for cause in causes])
    else:
        complete = _totals((surveys.pattern_year,))
        (whole,) = read_surveys(rows, complete, causes, surveys.renamed)
        pattern = np.array([whole.listed.get(cause, 0.0) for cause in causes])
    return complete_causes(survey, causes, pattern)


def _listed_counts(mix: MixSurvey, assumptions: Assumptions) -> tuple[FloatArray, float]:
    causes = load_groups().causes
    total = reference_value(mix.source, "value", period=mix.period, metric="incidents")
    survey = {
        metric: reference_value(mix.source, "value", period=mix.period, metric=metric)
        for metric in mix.members
    }
    pattern, _ = mix_shares(load_surveys().default, assumptions)
    found = spread_over(survey, mix.members, pattern)
    found[mix.others] = found.get(mix.others, 0.0) + total - math.fsum(survey.values())
    return np.array([found.get(cause, 0.0) for cause in causes]), total


def mix_document(assumptions: Assumptions) -> dict[str, Any]:
    """Return the record of the cause mixes, as it is stored (原因の構成比の記録)."""
    years = load_surveys().pooled_years
    found: dict[str, Any] = {}
    for name, mix in load_surveys().mixes.items():
        shares, weight = mix_shares(name, assumptions)
        row = mix.period or str(mix.year or f"{years[0]}-{years[-1]}")
        found[name] = {
            "label": mix.label._asdict(),
            "note": mix.note._asdict(),
            "source": mix.source,
            "row": f"{row} / incidents",
            "dirichlet_weight": round(weight, _DIGITS // 2),
            "share": _round_shares(shares),
        }
    return found


def rate_document(name: str) -> dict[str, Any]:
    """Return the rate of attacks a survey implies as a scenario file (外部攻撃の頻度のシナリオ)."""
    rate = load_surveys().rates[name]
    return {
        "label": rate.label._asdict(),
        "note": rate.note._asdict(),
        **({"default": True} if rate.default else {}),
        "source": rate.source,
        "row": rate.row,
        "set": {RATE: {"value": rate.value}},
    }


def _round_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Round shares so that they still sum to one, the largest taking the difference."""
    found = {cause: round(share, _DIGITS // 2 + 1) for cause, share in shares.items()}
    largest = max(found, key=lambda cause: found[cause])
    found[largest] = round(found[largest] + 1 - math.fsum(found.values()), _DIGITS)
    return found


def documents(assumptions: Assumptions, cap: float) -> dict[str, dict[str, Any]]:
    """Return every file of the calibration by its place in ``data`` (較正の結果一式).

    No incident can concern more persons than ``cap``, the residents of the country. [person]
    """
    surveys = load_surveys()
    fits = {f"assumptions/fits/{name}.toml": fit_document(name, cap) for name in surveys.sizes}
    rates = {f"scenarios/{name}.toml": rate_document(name) for name in surveys.rates}
    fits |= {
        f"assumptions/fits/{name}_joint.toml": joint_document(survey, assumptions)
        for name, survey in surveys.joint.items()
    }
    return {**fits, "assumptions/fits/cause_mixes.toml": mix_document(assumptions), **rates}
