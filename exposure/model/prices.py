"""What the claimants of a leak are paid (賠償額).

A level common to the event, a spread between claimants, and what a voucher has paid already. Who
claims is left to `exposure.model.claims`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.model.attributes import Circumstances
from exposure.model.costs import Factors
from exposure.model.jo import JoModel, jo_model, jo_price
from exposure.streams import Luck

_SUMMED_SINGLY = 2**4  # claimants up to whom each price is drawn


@dataclass(frozen=True)
class PriceModel:
    """What one claimant is paid (1人あたりの賠償額).

    Parameters
    ----------
    median_basic, median_sensitive : float
        [JPY]
    sigma_level, sigma_own : float
        Spread of the level common to the event, and between its claimants. [ln]
    load_law, load_org, load_year : float
        Loadings of the common level. [-]
    my_number_uplift : float
        [-]
    sensitive_odds : float
        How much more readily a person claims whose sensitive data leaked, as odds. [-]
    jo : JoModel or None
        The formula of the JNSA, which then gives every price, without any spread.
    """

    median_basic: float
    median_sensitive: float
    sigma_level: float
    sigma_own: float
    load_law: float
    load_org: float
    load_year: float
    my_number_uplift: float
    sensitive_odds: float = 1.0
    jo: JoModel | None = None

    @property
    def own_load(self) -> float:
        """Loading of the common level on the factor of its own. [-]."""
        return math.sqrt(1 - self.load_law**2 - self.load_org**2 - self.load_year**2)


def price_model(regime: str, assumptions: Assumptions) -> PriceModel:
    """Compile the prices of one regime."""
    value = assumptions.value
    by_formula = assumptions.choice("price.model") == "jo"
    return PriceModel(
        median_basic=value(f"price.median.basic.{regime}"),
        median_sensitive=value(f"price.median.sensitive.{regime}"),
        sigma_level=0.0 if by_formula else value(f"price.sigma_A.{regime}"),
        sigma_own=0.0 if by_formula else value(f"price.sigma_eta.{regime}"),
        load_law=value("event.loading.price.Z_law"),
        load_org=value("event.loading.price.Z_org"),
        load_year=value("event.loading.year.Y"),
        my_number_uplift=value("price.my_number_uplift"),
        sensitive_odds=math.exp(value(f"claims.beta_s.{regime}")),
        jo=jo_model(assumptions) if by_formula else None,
    )


def middle_level(model: PriceModel, at: Circumstances) -> FloatArray:
    """Return the median of the price level of every event (賠償水準の中央値). (n,) array [JPY].

    Where some of the persons have sensitive data, the level is the mean over those who claim.
    """
    if model.jo is not None:
        return jo_price(model.jo, at)
    graver = at.sensitive * model.sensitive_odds
    graver = graver / (graver + (1.0 - at.sensitive))
    median = model.median_basic + graver * (model.median_sensitive - model.median_basic)
    uplifted = median * (1.0 + at.my_number * (model.my_number_uplift - 1.0))
    level: FloatArray = np.broadcast_to(uplifted, at.persons.shape)
    return level


def price_levels(
    model: PriceModel,
    index: IntArray,
    at: Circumstances,
    factors: Factors,
    luck: Luck,
) -> FloatArray:
    """Return the price level A of some events (事故ごとの賠償水準).

    Parameters
    ----------
    model : PriceModel
    index : (n,) array
        Events with a claimant.
    at, factors
        Of all events.
    luck : Luck

    Returns
    -------
    (n,) array
        Common to all claimants of the event. [JPY]
    """
    level = middle_level(model, at).take(index)
    if model.sigma_level:
        factors = factors.taken(index)
        xi = luck.stream("price.level").standard_normal(index.size)
        xi *= model.own_load
        xi += model.load_law * factors.law + model.load_org * factors.org
        xi += model.load_year * factors.year
        xi *= model.sigma_level
        level *= np.exp(xi, out=xi)
    return level


def total_paid(
    count: IntArray,
    level: FloatArray,
    offset: FloatArray,
    sigma: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Add up what the claimants of each event are paid (賠償金の合計).

    Each is paid max(0, level·η − offset) with ln η ~ N(−σ²/2, σ²). Up to sixteen claimants every
    η is drawn; beyond, the sum is a gamma with the exact mean and variance, since there the common
    level is all that matters.

    Parameters
    ----------
    count : (n,) array
        Claimants. [person]
    level : (n,) array
        [JPY]
    offset : (n,) array
        Already paid to each, as a voucher. [JPY]
    sigma : float
        [ln]
    rng : numpy.random.Generator

    Returns
    -------
    (n,) array
        Before rounding. [JPY]

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> total_paid(np.array([10]), np.array([6000.0]), np.array([500.0]), 0.0, rng)
    array([55000.])
    """
    if not sigma:
        flat = level - offset
        np.maximum(flat, 0.0, out=flat)
        flat *= count
        return flat
    paid = np.zeros(count.size)
    (few,) = np.nonzero((count > 0) & (count <= _SUMMED_SINGLY))
    claimant = np.repeat(few, count[few])
    eta = np.exp(sigma * rng.standard_normal(claimant.size) - sigma**2 / 2)
    each = np.maximum(level[claimant] * eta - offset[claimant], 0.0)
    paid += np.bincount(claimant, each, minlength=count.size)
    (many,) = np.nonzero(count > _SUMMED_SINGLY)
    mean, variance = price_moments(level[many], offset[many], sigma)
    mean, variance = count[many] * mean, count[many] * variance
    positive = (mean > 0) & (variance > 0)
    shape = np.where(positive, mean**2 / np.where(positive, variance, 1), 1)
    drawn = rng.standard_gamma(shape) * np.where(
        positive, variance / np.where(positive, mean, 1), 0
    )
    paid[many] = np.where(positive, drawn, mean)
    return paid


def price_moments(
    level: FloatArray, offset: FloatArray, sigma: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of max(0, level·η − offset), η lognormal with mean 1. [JPY], [JPY²].

    Examples
    --------
    >>> mean, variance = price_moments(np.array([100.0]), np.array([0.0]), 1.0)
    >>> float(mean[0]), round(float(variance[0]) / 100**2, 4)
    (100.0, 1.7183)
    """
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        d = (np.log(level) - np.log(offset)) / sigma + sigma / 2
    above, mean_above = ndtr(d - sigma), ndtr(d)
    mean = level * mean_above - offset * above
    square = (
        level**2 * math.exp(sigma**2) * ndtr(d + sigma)
        - 2 * level * offset * mean_above
        + offset**2 * above
    )
    return np.maximum(mean, 0.0), np.maximum(square - mean**2, 0.0)
