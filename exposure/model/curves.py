"""Numbers looked up among edges and on lines, probabilities by a logit (表引き・ロジット).

A binary search is the dearest step of drawing from a table, since a processor cannot foresee where
it branches. A guide says where to begin, and what is left is a step or two without branches. A
logit is solved for the intercept that gives the reference event its stated mean. What is looked up,
and what the probabilities are of, is left to others.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray, sum_of_products
from exposure.tables import Flag

_BUCKETS = 2**12


@dataclass(frozen=True)
class Edges:
    """Ascending numbers and where to begin looking among them (目次付きの区切り).

    Parameters
    ----------
    edges : (n_edges + 1,) array
        The numbers, and infinity.
    scale : float
        Buckets per unit.
    start : (n_buckets,) array
        How many of the numbers lie in the buckets before.
    steps : int
        Most numbers in one bucket.
    """

    edges: FloatArray
    scale: float
    start: IntArray
    steps: int


def build_guide(edges: FloatArray) -> Edges:
    """Work out where to begin looking among ascending edges. (n_edges,) array."""
    width = float(edges[-1] - edges[0])
    scale = _BUCKETS / width if width else 0.0
    bucket = _bucket(edges, float(edges[0]), scale)
    buckets = np.arange(_BUCKETS + 1)
    steps = int(np.bincount(bucket).max())
    return Edges(np.append(edges, np.inf), scale, np.searchsorted(bucket, buckets), steps)


def _bucket(x: FloatArray, first: float, scale: float) -> IntArray:
    # Never falls as x rises, whatever is rounded: an edge in an earlier bucket is below x.
    bucket = x - first
    bucket *= scale
    return bucket.astype(np.int64)


def edges_reached(edges: Edges, x: FloatArray) -> IntArray:
    """Return how many edges each number reaches: ``np.searchsorted(edges, x, side="right")``.

    Parameters
    ----------
    edges : Edges
        From `build_guide`.
    x : (n,) array

    Examples
    --------
    >>> edges_reached(build_guide(np.array([0.25, 0.5, 1.0])), np.array([0.1, 0.5, 0.7, 2.0]))
    array([0, 2, 2, 3])
    """
    bucket = _bucket(x, float(edges.edges[0]), edges.scale)
    reached: IntArray = edges.start.take(bucket, mode="clip")
    for _ in range(edges.steps):
        reached += x >= edges.edges.take(reached)
    return reached


@dataclass(frozen=True)
class Line:
    """A broken line through points, level beyond both ends (折れ線).

    Parameters
    ----------
    x : Edges
        Of the points, ascending.
    from_x, from_y, slope : (n_points + 1,) array
        Of the piece before the first point, after it, and so on.
    """

    x: Edges
    from_x: FloatArray
    from_y: FloatArray
    slope: FloatArray


def line_through(x: FloatArray, y: FloatArray) -> Line:
    """Lay a broken line through points with ascending x. (n_points,) arrays."""
    slope = np.diff(y) / np.diff(x)
    return Line(
        build_guide(x),
        np.concatenate([x[:1], x]),
        np.concatenate([y[:1], y]),
        np.concatenate([[0.0], slope, [0.0]]),
    )


def on_line(line: Line, x: FloatArray) -> FloatArray:
    """Return the height of the line at each number, as `numpy.interp` would. (n,) array.

    Examples
    --------
    >>> rising = line_through(np.array([0.0, 1.0]), np.array([2.0, 4.0]))
    >>> on_line(rising, np.array([-1.0, 0.5, 3.0]))
    array([2., 3., 4.])
    """
    piece = edges_reached(line.x, x)
    height = x - line.from_x.take(piece)
    height *= line.slope.take(piece)
    height += line.from_y.take(piece)
    return height


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


def solve_logit(level: float, pub: float, sensitive: float, size: float, reference: float) -> Logit:
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

    >>> solve_logit(0.5, 0.0, 0.0, 0.0, 100_000.0).intercept
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
    >>> flat = solve_logit(0.1, 0.0, 0.0, 0.0, 100_000.0)
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
