"""Probabilities that depend on the event through a logit (事故の性質で変わる確率).

Solves for the intercept that gives the reference event its stated mean, and evaluates. What the
probabilities are of is left to `exposure.model.claims`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, sum_of_products
from exposure.tables import Flag

_QUADRATURE = 2**6  # nodes over the publicity factor


@dataclass(frozen=True)
class Logit:
    """A probability that depends on the event (ロジットで表した確率).

    logit p = intercept + pub·Z_pub + sensitive·[sensitive] + size·log10(B ÷ reference).

    Parameters
    ----------
    level : float
        Mean over Z_pub at the reference event. [-]
    intercept, pub, sensitive, size : float
        [logit]
    reference : float
        Persons of the reference event. [person]
    """

    level: float
    intercept: float
    pub: float
    sensitive: float
    size: float
    reference: float

    @property
    def is_flat(self) -> bool:
        """Whether every event has the same probability."""
        return self.level in (0, 1) or not (self.pub or self.sensitive or self.size)


def solved_logit(
    level: float, pub: float, sensitive: float, size: float, reference: float
) -> Logit:
    """Solve for the intercept that gives the reference event its mean probability.

    Parameters
    ----------
    level : float
        Mean over the standard normal Z_pub, basic data, at the reference size. [-]
    pub, sensitive, size : float
        Slopes. [logit], the last per log10 of persons.
    reference : float
        [person]

    Examples
    --------
    Without slopes the intercept is the logit itself:

    >>> solved_logit(0.5, 0.0, 0.0, 0.0, 100_000.0).intercept
    0.0
    """
    if level in (0, 1):
        return Logit(level, math.copysign(math.inf, level - 1 / 2), pub, sensitive, size, reference)
    plain = math.log(level) - math.log1p(-level)
    if not pub:
        return Logit(level, plain, pub, sensitive, size, reference)
    from scipy.optimize import brentq
    from scipy.special import expit

    nodes, weights = normal_nodes()
    # The mean lies between the probabilities at the outermost nodes.
    width = abs(pub) * float(nodes[-1])
    intercept = brentq(
        lambda c: sum_of_products(weights, expit(c + pub * nodes)) / level - 1,
        plain - width,
        plain + width,
    )
    return Logit(level, float(intercept), pub, sensitive, size, reference)


@functools.cache
def normal_nodes(n_nodes: int = _QUADRATURE) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of Gauss–Hermite quadrature for a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    return nodes, weights / weights.sum()


def probability(
    logit: Logit,
    persons: FloatArray,
    sensitive: FloatArray | Flag | float,
    z_pub: FloatArray | float,
) -> FloatArray:
    """Return the probability of every event (事故ごとの確率). (n_events,) array [-].

    ``sensitive`` is the share of the persons with sensitive data; between 0 and 1, the probability
    is the mean over the persons.

    Examples
    --------
    >>> flat = solved_logit(0.1, 0.0, 0.0, 0.0, 100_000.0)
    >>> probability(flat, np.array([10.0, 1000.0]), False, 0.0)
    array([0.1, 0.1])
    """
    if logit.is_flat:
        return np.broadcast_to(logit.level, persons.shape)
    x = np.log10(persons / logit.reference)
    x *= logit.size
    x += logit.intercept + logit.pub * z_pub
    if isinstance(sensitive, np.ndarray) and sensitive.dtype != np.bool_ and logit.sensitive:
        found = _logistic(x + logit.sensitive)
        found *= sensitive
        found += (1 - sensitive) * _logistic(x)
        return found
    if not np.isscalar(sensitive) or sensitive:
        x += logit.sensitive * np.asarray(sensitive, dtype=float)
    return _logistic(x)


def _logistic(x: FloatArray) -> FloatArray:
    """Return 1/(1 + e^−x), in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1.0
    return np.reciprocal(x, out=x)
