"""The distribution of a leak's size as cells with probabilities (漏えい規模の離散分布).

For checks and expectations without any draw: every size up to some sixty persons is a cell of
its own, larger ones are binned narrowly, and no cell straddles a threshold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.model.sizes import SizeModel, reach_probability

_SINGLE = 2**6  # persons up to whom every size is a cell
_PER_OCTAVE = 2**4  # cells for every doubling beyond


@dataclass(frozen=True)
class SizeCells:
    """Sizes with their probabilities (規模のセル).

    Parameters
    ----------
    persons, notified : (n_cells,) array
        [person]
    probability : (n_cells,) array
        Sums to one. [-]
    system : (n_cells,) array of bool
        Whether the leak is in a system as such, and not local.
    """

    persons: FloatArray
    notified: FloatArray
    probability: FloatArray
    system: BoolArray


def size_cells(model: SizeModel, cause: int, thresholds: Iterable[float]) -> SizeCells:
    """Return the sizes of one cause (原因別の規模分布).

    Parameters
    ----------
    model : SizeModel
    cause : int
        Code of the cause.
    thresholds : iterable of float
        No cell holds sizes on both sides of one. [person]
    """
    rho, full = float(model.system[cause]), float(model.full[cause])
    told = model.everyone_told
    marks = tuple(thresholds)
    parts: list[tuple[FloatArray, FloatArray, FloatArray, BoolArray]] = []

    def add(
        weight: float,
        persons: FloatArray,
        notified: FloatArray,
        share: FloatArray,
        system: bool = True,
    ) -> None:
        if weight > 0:
            parts.append((persons, notified, weight * share, np.full(persons.shape, system)))

    reach = [(h * (1 - model.all_hit), n) for h, n in zip(model.hit, model.databases, strict=True)]
    reach.append((model.all_hit, model.records))
    for hit, held in zip(model.hit, model.databases, strict=True):
        persons, share = _local(model, cause, float(held), marks)
        add((1 - rho) * hit, persons, persons, share, system=False)
    for hit, held in reach:
        # A full loss tells the persons it reached, or everybody, as a partial one does.
        persons, share = _reached(model, float(held), marks)
        add(full * hit * (1 - told), persons, persons, share)
        add(full * hit * told, persons, np.full(persons.shape, float(held)), share)
        persons, share = _partial(model, float(held), marks)
        add((rho - full) * hit * (1 - told), persons, persons, share)
        add((rho - full) * hit * told, persons, np.full(persons.shape, float(held)), share)
    columns = zip(*parts, strict=True)
    return SizeCells(*(np.concatenate(column) for column in columns))


def _edges(held: float, thresholds: tuple[float, ...]) -> FloatArray:
    """Return the upper ends of the cells, whole persons up to ``held``."""
    octaves = max(float(np.log2(held / _SINGLE)), 0.0)
    beyond = _SINGLE * 2.0 ** (np.arange(int(octaves * _PER_OCTAVE) + 1) / _PER_OCTAVE)
    # "More than t" parts the sizes at t, "t or more" just below it.
    marks = np.array([t - below for t in thresholds for below in (0, 1)])
    edges = np.concatenate([np.arange(1, _SINGLE + 1), np.floor(beyond), np.floor(marks), [held]])
    return np.unique(edges[(edges >= 1) & (edges <= held)]).astype(np.float64)


def _local(
    model: SizeModel, cause: int, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    from scipy.special import ndtr

    edges = _edges(held, thresholds)
    distance = np.log(edges) - model.median_log[cause]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = ndtr(distance / model.sd_log)
    # Without a spread, all local events have the median size.
    return _cells(edges, np.where(model.sd_log > 0, below, distance >= 0))


def _partial(
    model: SizeModel, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    from scipy.special import betainc

    edges = _edges(held, thresholds)
    log_held = np.log(held)
    share = np.log(edges) / log_held if log_held else np.ones(edges.size)
    return _cells(edges, betainc(model.shape_a, model.shape_b, np.minimum(share, 1.0)))


def _reached(
    model: SizeModel, held: float, thresholds: tuple[float, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return the sizes of full losses; all that is held is a cell of its own."""
    from scipy.special import betainc

    if not model.reach_exponent or held <= model.reach_from:
        return np.array([held]), np.ones(1)
    edges = _edges(held, (*thresholds, held))
    share = np.minimum(np.log(edges) / np.log(held), 1.0)
    below = betainc(model.shape_a, model.shape_b, share)
    return _cells(edges, below * (1 - reach_probability(model, edges)))


def _cells(edges: FloatArray, below: FloatArray) -> tuple[FloatArray, FloatArray]:
    below = below.copy()
    below[-1] = 1.0
    first = np.concatenate([[1.0], edges[:-1] + 1])
    middle: FloatArray = (first + edges) / 2
    return middle, np.diff(below, prepend=0.0)
