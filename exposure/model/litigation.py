"""What defending a claim costs: lawyers' fees and days in court (争訟費用・裁判所出頭).

Fees follow the old bar-association scale or one of its alternatives. Who sues, and for how much, is
left to `exposure.model.claims`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.values import FeeBracket
from exposure.model.costs import optional


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
    scale : FeeScale
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
    scale : FeeScale

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

    Parameters
    ----------
    model : LitigationModel
    at_stake : (n,) array
        What the court awards unless it dismisses. [JPY]
    paid : (n,) array
        What it awards. [JPY]
    instances : (n,) array
        [-]

    Returns
    -------
    (n,) array
        Before rounding. [JPY]
    """
    return model.adjustment * _METHODS[model.method](model, at_stake, paid, instances)
