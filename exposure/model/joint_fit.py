"""Fit rates, sizes and records jointly to counts of large leaks (頻度と規模の同時の当てはめ).

Draws from the priors are weighted by the likelihood of what a population of many companies
disclosed. Which counts are used stands in ``data/surveys.toml``; one client is left to
`exposure.model.build`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any  # Any: documents to be written as TOML

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from exposure.arrays import FloatArray, sum_of_products
from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.priors import parse_prior, quantile
from exposure.inputs.reference import reference_value
from exposure.model.frequency import anchored_rates
from exposure.model.groups import load_groups
from exposure.model.logit import normal_nodes
from exposure.model.sizes import size_model
from exposure.streams import stream

_NODES = 2**6  # over the records companies hold
_DIGITS = 6  # decimals kept of what is stored
_ACCESS = "unauthorised_access"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Band(_Record):
    start: float = Field(alias="from")
    end: float | None = Field(default=None, alias="to")
    years: tuple[int, ...]
    item: str


class _Rare(_Record):
    start: float = Field(alias="from")
    years: int
    level: float
    item: str
    period: str


class _Share(_Record):
    numerator: float
    denominator: float


class _Drawn(_Record):
    value: float
    prior: str


class JointSurvey(_Record):
    """Which counts are fitted jointly, and from which priors (同時の当てはめの設定).

    Parameters
    ----------
    label : Text
    source, topic : str
        Table and topic of the counts.
    companies : int
    sd_log : float
        Of ln records between companies. [-]
    draws : int
    unknown : share
        Of the leaks, whose size is not published. [-]
    large : float
        From so many persons on, sizes are always published. [person]
    overdispersion : tuple of float
        Factors d of the variance m + d m² of the counts of a year, below and from ``large``. [-]
    bands : counts of leaks by size, year by year
    rare : the same over many years, at a share of today's level
    prior : mapping of str to value and prior
        Of the median of the records, the exponent of the rate of attacks, the exponent of the
        reach, the share of full losses, the share of attacks on systems, and the two anchors.
    """

    label: Text
    source: str
    topic: str
    companies: int
    sd_log: float
    draws: int
    unknown: _Share
    large: float
    overdispersion: tuple[float, float]
    bands: tuple[_Band, ...]
    rare: _Rare
    prior: Mapping[str, _Drawn]


def expected_large_leaks(
    drawn: Mapping[str, FloatArray],
    thresholds: tuple[float, ...],
    survey: JointSurvey,
    assumptions: Assumptions,
) -> FloatArray:
    """Return the leaks of at least so many persons that a population has a year (規模別の期待件数).

    Parameters
    ----------
    drawn : mapping of str to (n_draws,) array
        By the names of ``survey.prior``.
    thresholds : tuple of float
        [person]
    survey : JointSurvey
    assumptions : Assumptions
        What is not drawn.

    Returns
    -------
    (n_thresholds, n_draws) array
        [1/year]
    """
    from scipy.special import betaincc, ndtr

    groups, value = load_groups(), assumptions.value
    sizes = size_model(Client(records=1), assumptions)
    base = anchored_rates(assumptions)
    nodes, weights = normal_nodes(_NODES)
    log_held = np.log(drawn["median"])[:, None] + survey.sd_log * nodes
    median, sd = value("frequency.certified.median"), value("frequency.certified.sd_log")
    log_reference = math.log(value("frequency.n_ref"))
    exponent = drawn["epsilon"][:, None]
    external = drawn["external"][:, None] * np.exp(
        exponent * (log_held - math.log(median)) - (exponent * sd) ** 2 / 2
    )
    anchor = drawn["rest"][:, None] / value("frequency.rest.certified_over_1000")
    found = np.zeros((len(thresholds), drawn["median"].size))
    for row, threshold in enumerate(thresholds):
        before = math.log(threshold - 1)
        share = np.minimum(before / np.maximum(log_held, before), 1.0)
        partial = betaincc(sizes.shape_a, sizes.shape_b, share)
        within = np.minimum(1.0, sizes.reach_from / threshold) ** drawn["gamma"][:, None]
        held = log_held >= math.log(threshold)
        for cause, name in enumerate(groups.causes):
            group = groups.groups[groups.group_of_cause[cause]]
            system: FloatArray | float = float(sizes.system[cause])
            alpha: FloatArray | float = value(f"size.alpha.{group}")
            if group == "external":
                members = groups.is_in("external")
                rate = external * base[cause] / base[members].sum()
                alpha = drawn["alpha"][:, None]
                if name == _ACCESS:
                    system = drawn["rho"][:, None]
            elif group == "insider":
                rate = base[cause] * np.exp(exponent * (log_held - log_reference))
            else:
                grown = value(f"frequency.epsilon.{group}") * (log_held - log_reference)
                rate = base[cause] * anchor * np.exp(grown)
            local = ndtr((sizes.median_log[cause] - before) / sizes.sd_log)
            whole = alpha * within
            beyond = (1 - system) * local + system * (whole + (1 - whole) * partial)
            found[row] += np.einsum("ij,j->i", rate * beyond * held, weights)
    return survey.companies * found


def draw_priors(survey: JointSurvey) -> dict[str, FloatArray]:
    """Draw from the priors of a joint fit (事前分布からの抽出). (n_draws,) arrays."""
    drawn = {}
    for name, one in survey.prior.items():
        prior = parse_prior(one.prior)
        u = stream(0, f"calibration/joint/{name}").random(survey.draws)
        low = 0.0 if prior.family == "normal" else -math.inf
        drawn[name] = np.array([quantile(prior, one.value, q, low) for q in u.tolist()])
    return drawn


def log_likelihood(expected: FloatArray, survey: JointSurvey) -> FloatArray:
    """Return the log likelihood of the published counts (公表件数の対数尤度). (n_draws,) array.

    Parameters
    ----------
    expected : (n_bands + 1, n_draws) array
        Leaks of at least the lower end of each band, and of the rare ones. [1/year]
    survey : JointSurvey
    """
    u = stream(0, "calibration/joint/unknown").random(expected.shape[1])
    known = 1 - u * survey.unknown.numerator / survey.unknown.denominator
    total = np.zeros(expected.shape[1])
    for row, band in enumerate(survey.bands):
        large = band.start >= survey.large
        mean = expected[row] - (0.0 if band.end is None else expected[row + 1])
        mean = mean if large else mean * known
        for year in band.years:
            count = reference_value(
                survey.source, "value", topic=survey.topic, item=band.item, year=str(year)
            )
            total += _negative_binomial(count, mean, survey.overdispersion[int(large)])
    rare = survey.rare
    count = reference_value(
        survey.source, "value", topic=survey.topic, item=rare.item, year=rare.period
    )
    mean = expected[-1] * rare.level * rare.years
    # Years vary independently: the factor of the sum is that of a year, divided by their number.
    return total + _negative_binomial(count, mean, survey.overdispersion[1] / rare.years)


def _negative_binomial(count: float, mean: FloatArray, factor: float) -> FloatArray:
    """Return ln P(X = count), with variance m + d m²."""
    from scipy.special import gammaln

    size = 1 / factor
    found: FloatArray = (
        gammaln(count + size)
        - gammaln(size)
        - gammaln(count + 1)
        + size * np.log(size / (size + mean))
        + count * np.log(mean / (size + mean))
    )
    return found


def joint_document(survey: JointSurvey, assumptions: Assumptions) -> dict[str, Any]:
    """Return the record of a joint fit, as it is stored (同時の当てはめの記録).

    Parameters
    ----------
    survey : JointSurvey
    assumptions : Assumptions
    """
    drawn, band = draw_priors(survey), assumptions.values("measure.band")
    starts = (*(band.start for band in survey.bands), survey.rare.start)
    expected = expected_large_leaks(drawn, starts, survey, assumptions)
    log_weight = log_likelihood(expected, survey)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    return {
        "survey": {
            "label": survey.label._asdict(),
            "source": survey.source,
            "topic": survey.topic,
            "effective_draws": round(1 / float((weight**2).sum())),
            "correlation_epsilon_log_median": round(
                _correlation(drawn["epsilon"], np.log(drawn["median"]), weight), 2
            ),
        },
        "posterior": {name: _summary(values, weight, band) for name, values in drawn.items()},
        "expected_per_year": {
            f"{int(start)}": _summary(values, weight, band)
            for start, values in zip(starts, expected, strict=True)
        },
    }


def _correlation(one: FloatArray, other: FloatArray, weight: FloatArray) -> float:
    """Return the correlation of two samples under weights that add up to 1."""
    first, second = one - sum_of_products(weight, one), other - sum_of_products(weight, other)
    spread = sum_of_products(weight, first**2) * sum_of_products(weight, second**2)
    return sum_of_products(weight, first * second) / math.sqrt(spread)


def _summary(values: FloatArray, weight: FloatArray, band: tuple[float, ...]) -> dict[str, float]:
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    low, middle, high = (
        values[order][min(int(np.searchsorted(reached, q)), values.size - 1)]
        for q in (band[0], 1 / 2, band[-1])
    )
    kept = {"mean": sum_of_products(weight, values), "low": low, "median": middle, "high": high}
    return {name: round(float(value), _DIGITS) for name, value in kept.items()}
