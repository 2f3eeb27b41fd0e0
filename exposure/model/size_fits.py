"""Fit size distributions to published counts by size band (規模別件数への当てはめ).

One lognormal, two lognormals and a Burr distribution by maximum likelihood, compared by deviance
and AIC, and the sum each would predict. Which tables are fitted is left to
`exposure.model.calibration`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from exposure.arrays import FloatArray, sum_of_products

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
    parameters : mapping of str to float
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

    Parameters
    ----------
    name : str
        ``lognormal``, ``two_lognormals`` or ``burr``.
    bands : Bands

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
    fit : Fit
    n : int
        Incidents in the sum.
    total : float
        Observed. [person]
    repeats : int
        Simulated sums.
    cap : float
        No incident can concern more persons. [person]
    rng : numpy.random.Generator

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
