"""What a claim costs: the price of a claimant, lawyers' fees, days in court (賠償額・争訟費用).

A level common to the event, a spread between claimants, and what a voucher has paid already; or the
JNSA's 500 yen × sensitivity × identifiability × responsibility × response, with the sensitivity of
the most sensitive items leaked, which prices potential exposure and not what courts award.

Fees follow the old bar-association scale or one of its alternatives. Who claims, who sues and for
how much is left to `exposure.model.claims`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.priors import FeeBracket
from exposure.inputs.sources import reference_rows
from exposure.model.attributes import KINDS, Circumstances
from exposure.model.costs import Factors, optional
from exposure.streams import Luck

_BASIC = "basic"

_LEVELS = "jo_model_ep_levels"


@dataclass(frozen=True)
class JoModel:
    """The formula of the JNSA (JOモデル).

    Parameters
    ----------
    factor : float
        Basic value × identifiability × responsibility × response. [JPY]
    distress_base, loss_base : float
        The sensitivity is distress_base^(x−1) + loss_base^(y−1). [-]
    distress, loss : mapping of str to float
        Levels x and y of basic data and of each kind of data. [-]
    """

    factor: float
    distress_base: float
    loss_base: float
    distress: Mapping[str, float]
    loss: Mapping[str, float]


def jo_model(assumptions: Assumptions) -> JoModel:
    """Compile the formula from the assumptions and the published levels.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> jo_model(load_assumptions()).factor
    3000.0
    """
    value = assumptions.value
    items = {kind: assumptions.words(f"price.jo.items.{kind}") for kind in (_BASIC, *KINDS)}
    return JoModel(
        factor=value("price.jo.basic_value")
        * value("price.jo.identifiability")
        * value("price.jo.responsibility")
        * value("price.jo.response"),
        distress_base=value("price.jo.distress_base"),
        loss_base=value("price.jo.loss_base"),
        distress={kind: _highest(named, "mental_distress_x") for kind, named in items.items()},
        loss={kind: _highest(named, "economic_loss_y") for kind, named in items.items()},
    )


def _highest(items: tuple[str, ...], column: str) -> float:
    levels = {row["information_item"]: float(row[column]) for row in reference_rows(_LEVELS)}
    return max(levels[item] for item in items)


def jo_price(model: JoModel, at: Circumstances) -> FloatArray:
    """Return the price per person of every event by the kinds of data leaked (JO モデルの単価).

    (n_events,) array [JPY].

    Examples
    --------
    Name and address; with a card number; with a medical record:

    >>> from types import SimpleNamespace
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> at = SimpleNamespace(persons=np.ones(3), income=0.0, my_number=0.0,
    ...                      card=np.array([0.0, 1.0, 0.0]), sensitive=np.array([0.0, 0.0, 1.0]))
    >>> jo_price(jo_model(load_assumptions()), at)
    array([  6000.,  78000., 303000.])
    """
    price = np.zeros(at.persons.shape)
    # A kind some of the persons have concerns each of them alone, whatever else he has.
    for held in itertools.product((False, True), repeat=len(KINDS)):
        kinds = [kind for kind, holds in zip(KINDS, held, strict=True) if holds]
        chance: FloatArray | float = 1.0
        for kind, holds in zip(KINDS, held, strict=True):
            share = getattr(at, kind)
            chance = chance * (share if holds else 1.0 - share)
        if not np.any(chance):
            continue
        distress = max(model.distress[kind] for kind in (_BASIC, *kinds))
        loss = max(model.loss[kind] for kind in (_BASIC, *kinds))
        price += chance * (model.distress_base ** (distress - 1) + model.loss_base ** (loss - 1))
    price *= model.factor
    return price


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
    index : (n,) array
        Events with a claimant.
    at, factors
        Of all events.

    Returns
    -------
    (n,) array
        Common to all claimants of the event. [JPY]
    """
    level = middle_level(model, at).take(index)
    if model.sigma_level:
        factors = factors.select(index)
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

    Before rounding. (n,) array [JPY].

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


@dataclass(frozen=True)
class FeeScale:
    """A lawyers' fee scale (弁護士報酬基準).

    Parameters
    ----------
    brackets : tuple of FeeBracket
        Retainer on the amount at issue.
    minimum : float
        Least retainer. [JPY]
    success_factor : float
        Success fee ÷ retainer of the same amount. [-]
    """

    brackets: tuple[FeeBracket, ...]
    minimum: float
    success_factor: float


@dataclass(frozen=True)
class LitigationModel:
    """Costs of a suit under one regime (争訟費用の算定).

    Parameters
    ----------
    method : str
        ``old_scale``, ``brochure``, ``fixed_share`` or ``hourly``.
    adjustment : float
        u, for the difficulty of the matter. [-]
    appeal : float
        Probability of a second instance. [-]
    claimed_to_awarded : float
        Amount claimed ÷ amount at stake. [-]
    fixed_share, hourly_rate, hours : float
        For the methods of these names. [-], [JPY/hour], [hour/instance]
    officer_days, employee_days : float
        Expected days in court per suit. [day]
    officer_day, employee_day : float
        [JPY/day]
    """

    method: str
    scale: FeeScale
    adjustment: float
    appeal: float
    claimed_to_awarded: float
    fixed_share: float
    hourly_rate: float
    hours: float
    officer_days: float
    employee_days: float
    officer_day: float
    employee_day: float


def fee_scale(assumptions: Assumptions) -> FeeScale:
    """Read the old bar-association scale (旧弁護士報酬基準).

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> scale = fee_scale(load_assumptions())
    >>> float(retainer(100e6, scale)), float(success_fee(100e6, scale))
    (3690000.0, 7380000.0)
    """
    return FeeScale(
        assumptions.brackets("litigation.bar_scale"),
        assumptions.value("litigation.minimum_retainer"),
        assumptions.value("litigation.success_factor"),
    )


def litigation_model(regime: str, assumptions: Assumptions) -> LitigationModel:
    """Compile the costs of suits of one regime."""
    value = assumptions.value
    return LitigationModel(
        method=assumptions.choice(f"litigation.scale.{regime}"),
        scale=fee_scale(assumptions),
        adjustment=value(f"litigation.u.{regime}"),
        # The brochures know neither appeals nor claims beyond what is paid.
        appeal=optional(assumptions, f"litigation.appeal.{regime}", 0.0),
        claimed_to_awarded=optional(assumptions, f"litigation.claimed_to_paid.{regime}", 1.0),
        fixed_share=value("litigation.fixed_share"),
        hourly_rate=value("litigation.hourly.rate"),
        hours=value("litigation.hourly.hours"),
        officer_days=value(f"litigation.officer_days.{regime}"),
        employee_days=value(f"litigation.employee_days.{regime}"),
        officer_day=value("litigation.officer_day_amount"),
        employee_day=value("litigation.employee_day_amount"),
    )


def _on_scale(amount: FloatArray, brackets: tuple[FeeBracket, ...]) -> FloatArray:
    # A handful of lines: counting those that end below beats a search for each amount.
    ended = np.zeros(amount.shape, dtype=np.int8)
    for line in brackets[:-1]:
        ended += amount > line.up_to
    fee: FloatArray = amount * np.array([line.rate for line in brackets]).take(ended)
    fee += np.array([line.constant for line in brackets]).take(ended)
    return fee


def retainer(amount: FloatArray | float, scale: FeeScale) -> FloatArray:
    """Return the retainer (着手金) for an amount at issue, per instance. [JPY].

    Examples
    --------
    >>> scale = FeeScale((FeeBracket(np.inf, 0.08, 0.0),), 100_000.0, 2.0)
    >>> retainer(np.array([1e6, 3e6]), scale)
    array([100000., 240000.])
    """
    return np.maximum(_on_scale(np.asarray(amount, dtype=float), scale.brackets), scale.minimum)


def success_fee(amount: FloatArray | float, scale: FeeScale) -> FloatArray:
    """Return the success fee (報酬金) for an amount won or avoided. [JPY].

    Examples
    --------
    >>> scale = FeeScale((FeeBracket(np.inf, 0.08, 0.0),), 100_000.0, 2.0)
    >>> success_fee(np.array([0.0, 3e6]), scale)
    array([     0., 480000.])
    """
    return scale.success_factor * _on_scale(np.asarray(amount, dtype=float), scale.brackets)


def defence_fee(
    claimed: FloatArray | float,
    paid: FloatArray | float,
    instances: FloatArray | float,
    scale: FeeScale,
) -> FloatArray:
    """Return the fee of a defendant's lawyers on the old scale (旧基準による被告側の報酬).

    The retainer follows the amount claimed, the success fee the amount avoided.

    Parameters
    ----------
    claimed, paid : (n,) array or float
        [JPY]
    instances : (n,) array or float
        Instances the suit goes through. [-]

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> scale = fee_scale(load_assumptions())
    >>> float(defence_fee(200e6, 100e6, 1, scale)), float(defence_fee(100e6, 100e6, 1, scale))
    (14070000.0, 3690000.0)
    """
    avoided = np.maximum(np.asarray(claimed) - paid, 0.0)
    return instances * retainer(claimed, scale) + success_fee(avoided, scale)


def _old_scale(
    model: LitigationModel, at_stake: FloatArray, paid: FloatArray, instances: FloatArray
) -> FloatArray:
    return defence_fee(at_stake * model.claimed_to_awarded, paid, instances, model.scale)


def _brochure(
    model: LitigationModel, at_stake: FloatArray, paid: FloatArray, instances: FloatArray
) -> FloatArray:
    # Both fees are on the amount paid, which is looked up once.
    fee = _on_scale(paid, model.scale.brackets)
    return np.maximum(fee, model.scale.minimum) + model.scale.success_factor * fee


def _fixed_share(
    model: LitigationModel, at_stake: FloatArray, paid: FloatArray, instances: FloatArray
) -> FloatArray:
    return model.fixed_share * at_stake


def _hourly(
    model: LitigationModel, at_stake: FloatArray, paid: FloatArray, instances: FloatArray
) -> FloatArray:
    return model.hourly_rate * model.hours * instances


_METHODS: Mapping[
    str, Callable[[LitigationModel, FloatArray, FloatArray, FloatArray], FloatArray]
] = {
    "old_scale": _old_scale,
    "brochure": _brochure,
    "fixed_share": _fixed_share,
    "hourly": _hourly,
}


def litigation_costs(
    model: LitigationModel, at_stake: FloatArray, paid: FloatArray, instances: FloatArray
) -> FloatArray:
    """Return the costs of suits (争訟費用), one matter each however many join it.

    Before rounding. (n,) array [JPY].

    Parameters
    ----------
    at_stake : (n,) array
        What the court awards unless it dismisses. [JPY]
    paid : (n,) array
        What it awards. [JPY]
    instances : (n,) array
        [-]
    """
    return model.adjustment * _METHODS[model.method](model, at_stake, paid, instances)
