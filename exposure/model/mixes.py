"""Cause mixes from published counts of incidents (調査年別の原因の構成比).

Completes surveys that list only some causes, and pools survey years. The results are stored as
scenarios in ``data/scenarios``; using them is left to the assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray

_ROUNDS = 2**10  # of an iteration that contracts


@dataclass(frozen=True)
class SurveyYear:
    """What a survey says of the causes of one year (調査1年分の原因別件数).

    Parameters
    ----------
    year : int
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


def completed(survey: SurveyYear, causes: Sequence[str], pattern: FloatArray) -> FloatArray:
    """Return the incidents of every cause, the rest split by a pattern (残りの配分).

    Parameters
    ----------
    survey : SurveyYear
    causes : sequence of str
    pattern : (n_causes,) array
        Shares in whose proportion the causes not listed have the rest. [-]

    Examples
    --------
    >>> survey = SurveyYear(2018, 10.0, {"theft": 4.0})
    >>> completed(survey, ["theft", "error", "virus"], np.array([0.5, 0.4, 0.2]))
    array([4., 4., 2.])
    """
    listed = np.array([survey.listed.get(cause, 0.0) for cause in causes])
    missing = np.array([cause not in survey.listed for cause in causes])
    rest = max(survey.total - float(listed.sum()), 0.0)
    others = np.where(missing, pattern, 0.0)
    return listed + (rest * others / others.sum() if missing.any() else 0.0)


def pooled(
    surveys: Sequence[SurveyYear], causes: Sequence[str], weights: FloatArray
) -> tuple[FloatArray, float]:
    """Pool survey years into one mix with its Dirichlet weight (調査年の統合).

    Parameters
    ----------
    surveys : sequence of SurveyYear
    causes : sequence of str
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
    >>> shares, weight = pooled(years, ["a", "b"], np.array([0.5, 0.5]))
    >>> shares.tolist(), weight
    ([0.65, 0.35], 9.0)
    """
    shares = np.full(len(causes), 1 / len(causes))
    counted = np.zeros(len(causes))
    for _ in range(_ROUNDS):
        counted = np.zeros(len(causes))
        for survey, weight in zip(surveys, weights.tolist(), strict=True):
            counted += weight * completed(survey, causes, shares)
        after = (counted + 1 / 2) / (counted + 1 / 2).sum()
        if np.array_equal(after, shares):
            break
        shares = after
    return shares, float(counted.sum())


def recency_weights(years: Sequence[int], weight: float, half_life: float) -> FloatArray:
    """Return what an incident of each survey year counts, recent years more (調査年の重み).

    Parameters
    ----------
    years : sequence of int
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
        whole = sum(pattern[cause] for cause in members[category])
        for cause in members[category]:
            found[cause] = found.get(cause, 0.0) + incidents * pattern[cause] / whole
    return found
