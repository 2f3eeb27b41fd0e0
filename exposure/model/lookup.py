"""Find many numbers among ascending edges, and on a broken line through points (目次による検索).

A binary search is the dearest step of drawing from a table, since a processor cannot foresee where
it branches. A guide says where to begin, and what is left is a step or two without branches. What
the edges mean is left to others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray

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


def guided(edges: FloatArray) -> Edges:
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
        From `guided`.
    x : (n,) array

    Examples
    --------
    >>> edges_reached(guided(np.array([0.25, 0.5, 1.0])), np.array([0.1, 0.5, 0.7, 2.0]))
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
        guided(x),
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
