"""Fit sizes to published counts, and rates, sizes and records jointly to large leaks (当てはめ).

One lognormal, two lognormals and a Burr distribution by maximum likelihood, compared by deviance
and AIC, and the sum each would predict. Jointly, draws from the priors are weighted by the
likelihood of what a population of many companies disclosed. Which tables and counts are used stands
in ``data/surveys.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,  # Any: documents to be written as TOML
)

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from exposure.arrays import FloatArray, sum_of_products
from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.inputs.priors import parse_prior, quantile
from exposure.inputs.sources import reference_value
from exposure.model.curves import normal_nodes
from exposure.model.frequency import anchored_rates
from exposure.model.sizes import size_model
from exposure.streams import stream

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


_STARTS = 2**3  # starting points of a search with several optima


@dataclass(frozen=True)
class Bands:
    """Incidents by size band (規模別件数).

    Parameters
    ----------
    lower : (n_bands,) array
        Smallest size of each band, ascending; the last band is open. [person]
    count : (n_bands,) array
        Incidents of known size. [incident]
    """

    lower: FloatArray
    count: FloatArray

    @property
    def total(self) -> float:
        """Incidents in all. [incident]."""
        return float(self.count.sum())


@dataclass(frozen=True)
class Fit:
    """A distribution fitted to bands (当てはめの結果).

    Parameters
    ----------
    name : str
        ``lognormal``, ``two_lognormals`` or ``burr``.
    log_likelihood : float
        Without the multinomial constant, which all fits share.
    deviance : float
        G² against the saturated model. [-]
    degrees : int
        Degrees of freedom left.
    """

    name: str
    parameters: Mapping[str, float]
    log_likelihood: float
    deviance: float
    degrees: int

    @property
    def aic(self) -> float:
        """Akaike's information criterion. [-]."""
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    @property
    def p_value(self) -> float:
        """Probability of a deviance this large if the distribution holds. [-]."""
        from scipy.special import chdtrc

        return float(chdtrc(self.degrees, self.deviance))


def lognormal_cdf(x: FloatArray, p: Mapping[str, float]) -> FloatArray:
    """Return P(B ≤ x) of a lognormal with ``mu`` and ``sigma``.

    Examples
    --------
    >>> lognormal_cdf(np.array([1.0]), {"mu": 0.0, "sigma": 2.0})
    array([0.5])
    """
    from scipy.special import ndtr

    return np.asarray(ndtr((np.log(x) - p["mu"]) / p["sigma"]), dtype=np.float64)


def mixture_cdf(x: FloatArray, p: Mapping[str, float]) -> FloatArray:
    """Return P(B ≤ x) of two lognormals, ``weight`` being that of the first.

    Examples
    --------
    >>> same = {"weight": 0.3, "mu_1": 0.0, "sigma_1": 1.0, "mu_2": 0.0, "sigma_2": 2.0}
    >>> mixture_cdf(np.array([1.0]), same)
    array([0.5])
    """
    first = lognormal_cdf(x, {"mu": p["mu_1"], "sigma": p["sigma_1"]})
    second = lognormal_cdf(x, {"mu": p["mu_2"], "sigma": p["sigma_2"]})
    return p["weight"] * first + (1 - p["weight"]) * second


def burr_cdf(x: FloatArray, p: Mapping[str, float]) -> FloatArray:
    """Return P(B ≤ x) = 1 − (1 + (x/scale)^c)^−k of a Burr distribution.

    Examples
    --------
    >>> burr_cdf(np.array([3.0]), {"scale": 3.0, "c": 2.0, "k": 1.0})
    array([0.5])
    """
    beyond = np.log1p((x / p["scale"]) ** p["c"])
    return np.asarray(-np.expm1(-p["k"] * beyond), dtype=np.float64)


_Cdf = Callable[[FloatArray, Mapping[str, float]], FloatArray]

_CDF: Mapping[str, _Cdf] = {
    "lognormal": lognormal_cdf,
    "two_lognormals": mixture_cdf,
    "burr": burr_cdf,
}


def fit_bands(name: str, bands: Bands) -> Fit:
    """Fit one distribution to bands by maximum likelihood (最尤法による当てはめ).

    ``name`` is ``lognormal``, ``two_lognormals`` or ``burr``.

    Notes
    -----
    Sizes are counted in whole persons and at least 1, so the first band holds all below the
    second. "Unknown" is no band: leaving it out assumes that sizes are missing at random.

    Examples
    --------
    Half the incidents below 10 persons:

    >>> bands = Bands(np.array([1.0, 10.0, 1000.0]), np.array([50.0, 45.0, 5.0]))
    >>> fit = fit_bands("lognormal", bands)
    >>> round(float(np.exp(fit.parameters["mu"])), 2), abs(round(fit.deviance, 6)), fit.degrees
    (9.5, 0.0, 0)
    """

    def loss(theta: FloatArray) -> float:
        return -_log_likelihood(_CDF[name], _UNPACK[name](theta), bands)

    best = None
    for start in _starts(name, bands):
        # Once more from where it stopped: the simplex may have collapsed too early.
        found = _least(loss, _least(loss, start).x)
        if best is None or found.fun < best.fun:
            best = found
    assert best is not None  # there is at least one start
    likelihood = -float(best.fun)
    share = bands.count / bands.total
    seen = bands.count > 0
    saturated = sum_of_products(bands.count[seen], np.log(share[seen]))
    parameters = _UNPACK[name](best.x)
    return Fit(
        name,
        parameters,
        likelihood,
        2 * (saturated - likelihood),
        bands.count.size - 1 - len(parameters),
    )


def _least(loss: Callable[[FloatArray], float], start: FloatArray) -> OptimizeResult:
    from scipy.optimize import minimize

    return minimize(
        loss,
        start,
        method="Nelder-Mead",
        options={
            "xatol": _PRECISION,
            "fatol": _PRECISION,
            "maxiter": _MOST_STEPS,
            "maxfev": _MOST_STEPS,
        },
    )


_PRECISION = float(np.sqrt(np.finfo(float).eps))

_MOST_STEPS = 2**13


def _log_likelihood(cdf: _Cdf, parameters: Mapping[str, float], bands: Bands) -> float:
    # A size is a whole number of persons: the bands meet half a person below the next one.
    below = cdf(bands.lower[1:] - 1 / 2, parameters)
    share = np.diff(np.concatenate([[0.0], below, [1.0]]))
    if not (share > 0).all():
        return -float(np.finfo(float).max)
    return sum_of_products(bands.count, np.log(share))


def _one(theta: FloatArray) -> dict[str, float]:
    return {"mu": float(theta[0]), "sigma": float(np.exp(theta[1]))}


def _two(theta: FloatArray) -> dict[str, float]:
    first = (float(theta[0]), float(np.exp(theta[1])))
    second = (float(theta[2]), float(np.exp(theta[3])))
    weight = float(1 / (1 + np.exp(-theta[4])))
    if first[1] > second[1]:
        # The narrow one is named first, so that the same fit has one name only.
        first, second, weight = second, first, 1 - weight
    return {
        "weight": weight,
        "mu_1": first[0],
        "sigma_1": first[1],
        "mu_2": second[0],
        "sigma_2": second[1],
    }


def _burr(theta: FloatArray) -> dict[str, float]:
    scale, c, k = np.exp(np.clip(theta, -_WIDEST, _WIDEST)).tolist()
    return {"scale": scale, "c": c, "k": k}


_WIDEST = math.log(np.finfo(float).max) / 2

_UNPACK: Mapping[str, Callable[[FloatArray], dict[str, float]]] = {
    "lognormal": _one,
    "two_lognormals": _two,
    "burr": _burr,
}


def _starts(name: str, bands: Bands) -> list[FloatArray]:
    """Return starting points around the moments of the logarithm."""
    middle = np.log(bands.lower * 2)
    share = bands.count / bands.total
    mu = sum_of_products(share, middle)
    sd = math.sqrt(sum_of_products(share, (middle - mu) ** 2))
    if name == "lognormal":
        return [np.array([mu, math.log(sd)])]
    if name == "burr":
        return [np.array([mu, -math.log(sd), 0.0])]
    rng = np.random.default_rng(0)
    spread = rng.standard_normal((_STARTS, 2))
    return [
        np.array([mu + sd * a, math.log(sd) - 1, mu + sd * b, math.log(sd), -1.0])
        for a, b in spread.tolist()
    ]


def draw_sizes_of(fit: Fit, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
    """Draw sizes of a fitted distribution, in whole persons of at least 1 (規模の抽選).

    Examples
    --------
    >>> point = Fit("lognormal", {"mu": 0.0, "sigma": 0.0}, 0.0, 0.0, 0)
    >>> draw_sizes_of(point, (2,), np.random.default_rng(0))
    array([1., 1.])
    """
    p = fit.parameters
    if fit.name == "burr":
        with np.errstate(over="ignore"):
            odds = np.expm1(rng.standard_exponential(shape) / p["k"])
            size = p["scale"] * odds ** (1 / p["c"])
    elif fit.name == "lognormal":
        size = np.exp(p["mu"] + p["sigma"] * rng.standard_normal(shape))
    else:
        first = rng.random(shape) < p["weight"]
        z = rng.standard_normal(shape)
        size = np.exp(
            np.where(first, p["mu_1"], p["mu_2"]) + np.where(first, p["sigma_1"], p["sigma_2"]) * z
        )
    return np.maximum(np.ceil(size), 1.0)


def place_of_sum(
    fit: Fit, n: int, total: float, repeats: int, cap: float, rng: np.random.Generator
) -> float:
    """Return where an observed sum stands among the sums a fit predicts (合計の予測分布での位置).

    Parameters
    ----------
    n : int
        Incidents in the sum.
    total : float
        Observed. [person]
    repeats : int
        Simulated sums.
    cap : float
        No incident can concern more persons. [person]

    Returns
    -------
    float
        Share of predicted sums below it. [-]

    Examples
    --------
    >>> point = Fit("lognormal", {"mu": 0.0, "sigma": 0.0}, 0.0, 0.0, 0)
    >>> place_of_sum(point, 10, 10.5, 4, 1e8, np.random.default_rng(0))
    1.0
    """
    below = 0
    for _ in range(repeats):
        below += float(np.minimum(draw_sizes_of(fit, (n,), rng), cap).sum()) < total
    return below / repeats


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


class _Draw(_Record):
    value: float
    prior: str


class JointSurvey(_Record):
    """Which counts are fitted jointly, and from which priors (同時の当てはめの設定).

    Parameters
    ----------
    source, topic : str
        Table and topic of the counts.
    sd_log : float
        Of ln records between companies. [-]
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
    prior: Mapping[str, _Draw]


def expected_large_leaks(
    drawn: Mapping[str, FloatArray],
    thresholds: tuple[float, ...],
    survey: JointSurvey,
    assumptions: Assumptions,
) -> FloatArray:
    """Return the leaks of at least so many persons that a population has a year (規模別の期待件数).

    (n_thresholds, n_draws) array [1/year].

    Parameters
    ----------
    drawn : mapping of str to (n_draws,) array
        By the names of ``survey.prior``.
    thresholds : tuple of float
        [person]
    assumptions : Assumptions
        What is not drawn.
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
    """Return the record of a joint fit, as it is stored (同時の当てはめの記録)."""
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
