"""Leaks of a whole population of organisations, as surveys count them (母集団の事故).

Organisations hold lognormally many records; a survey sees an incident with a probability that may
depend on its size. For back-tests; one client is left to `exposure.model.events`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.model.lookup import on_line
from exposure.model.sizes import SizeModel, within_reach


@dataclass(frozen=True)
class Holders:
    """Records held across organisations (組織ごとの保有件数).

    Parameters
    ----------
    median : float
        [person]
    sd_log : float
        Of ln records. [-]
    most : float
        Nobody holds more. [person]
    """

    median: float
    sd_log: float
    most: float


def draw_holders(
    holders: Holders, n: int, rng: np.random.Generator, exponent: FloatArray | float = 0.0
) -> FloatArray:
    """Draw the records held by organisations with an incident (事故を起こした組織の保有件数).

    Parameters
    ----------
    holders : Holders
    n : int
    rng : numpy.random.Generator
    exponent : (n,) array or float
        Of the records in the rate of the incident; 0 draws any organisation. Weighting a lognormal
        with a power of itself moves its median and nothing else. [-]

    Examples
    --------
    >>> draw_holders(Holders(1000.0, 0.0, 1e8), 2, np.random.default_rng(0))
    array([1000., 1000.])
    """
    z = rng.standard_normal(n)
    log = np.log(holders.median) + holders.sd_log * (z + exponent * holders.sd_log)
    held: FloatArray = np.clip(np.rint(np.exp(log)), 1.0, holders.most)
    return held


def cause_weights(
    share: FloatArray, exponent: FloatArray, holders: Holders, reference: float
) -> FloatArray:
    """Return the shares of the causes among a population's incidents (母集団での原因の割合).

    Parameters
    ----------
    share, exponent : (n_causes,) array
        At ``reference`` records, and of the records in the rate. [-]
    holders : Holders
    reference : float
        [person]

    Examples
    --------
    >>> holders = Holders(1000.0, 0.0, 1e8)
    >>> cause_weights(np.array([0.5, 0.5]), np.array([0.0, 1.0]), holders, 3000.0)
    array([0.75, 0.25])
    """
    mean = (holders.median / reference) ** exponent
    mean = mean * np.exp((exponent * holders.sd_log) ** 2 / 2)
    weight = share * mean
    scaled: FloatArray = weight / weight.sum()
    return scaled


def draw_incident_sizes(
    model: SizeModel, cause: IntArray, held: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw the persons of incidents at organisations of many sizes (事故ごとの人数).

    Parameters
    ----------
    model : SizeModel
        Its records are not used.
    cause : (n,) array
        Codes of the causes.
    held : (n,) array
        Records of the organisation of each. [person]
    rng : numpy.random.Generator

    Returns
    -------
    (n,) array
        [person]
    """
    level, z = rng.random(cause.size), rng.standard_normal(cause.size)
    local = np.ceil(np.exp(model.median_log[cause] + model.sd_log * z))
    share = on_line(model.log_share, z)
    partial = np.minimum(np.ceil(np.exp(share * np.log(held))), held)
    full = level < model.full[cause]
    reached = within_reach(model, level[full] / model.full[cause[full]], held[full])
    partial[full] = np.maximum(reached, partial[full])
    persons: FloatArray = np.where(level < model.system[cause], partial, np.clip(local, 1.0, held))
    return persons
