"""The damage formula of the JNSA as a price (JOモデル).

500 yen × sensitivity × identifiability × responsibility × response, with the sensitivity of the
most sensitive items leaked. It prices potential exposure, not what courts award.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.reference import reference_rows
from exposure.model.attributes import KINDS, Circumstances

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

    Parameters
    ----------
    model : JoModel
    at : Circumstances

    Returns
    -------
    (n_events,) array
        [JPY]

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
