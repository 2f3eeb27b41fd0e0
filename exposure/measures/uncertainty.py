"""How far the answer depends on figures nobody knows exactly.

Functions of what J draws of the parameters gave, each with simulated years of its own: bands,
predictive values, what choosing now costs, and what it would be worth to know better. Drawing
parameters and running the simulations is left to others. Repeating a run with other seeds is not a
draw of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray
from exposure.tables import Annual


@dataclass(frozen=True)
class Predictive:
    """Measures of a year that may be a year of any draw (予測分布).

    Parameters
    ----------
    levels : tuple of float
        [-]
    mean : float
        [JPY]
    var, tvar : tuple of float
        One per level. [JPY]
    """

    levels: tuple[float, ...]
    mean: float
    var: tuple[float, ...]
    tvar: tuple[float, ...]


def band(draws: FloatArray, ends: tuple[float, float]) -> FloatArray:
    """Return the band of a figure over the parameter draws (パラメータの不確実性の幅).

    Parameters
    ----------
    draws : (J, ...) array
        The figure in each draw.
    ends : (float, float)
        Levels of the two ends. [-]

    Returns
    -------
    (2, ...) array
        Low and high end, in the unit of the figure.

    Examples
    --------
    >>> band(np.arange(101.0), (0.05, 0.95))
    array([ 5., 95.])
    """
    return np.asarray(np.quantile(draws, ends, axis=0), dtype=np.float64)


def predictive(draws: Sequence[Annual], levels: Sequence[float]) -> Predictive:
    """Pool the years of all draws into one distribution (予測値).

    This is not the value at the mean parameters: not knowing them thickens the tail.

    Parameters
    ----------
    draws : sequence of Annual
        Non-negative amounts of each draw; draws count the same, however many years they have. [JPY]
    levels : sequence of float
        In [0, 1). [-]

    Examples
    --------
    One draw says that no year costs more than 10, the other that half the years cost 50:

    >>> pooled = predictive([Annual(np.array([10.0]), 0.5), Annual(np.array([50.0]), 0.5)], [0.6])
    >>> pooled.mean, pooled.var, [round(value, 6) for value in pooled.tvar]
    (15.0, (10.0,), [35.0])
    """
    values = np.concatenate([annual.values for annual in draws])
    weights = np.concatenate(
        [
            np.full(a.values.size, (1 - a.empty_probability) / (a.values.size * len(draws)))
            for a in draws
        ]
    )
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    # From the top, where the small probabilities live: P(S ≥ value) and E[S; S ≥ value].
    reached = np.cumsum(weights[::-1])[::-1]
    money = np.cumsum((values * weights)[::-1])[::-1]
    var, tvar = [], []
    noise = values.size * np.finfo(np.float64).eps
    for p in levels:
        # The largest value reached with more than 1 − p; the years without a breach lie below all.
        place = int(np.count_nonzero(reached > (1 - p) * (1 + noise)))
        v = float(values[place - 1]) if place else 0.0
        above = float(money[place]) if place < values.size else 0.0
        mass = float(reached[place]) if place < values.size else 0.0
        var.append(v)
        tvar.append((above + v * (1 - p - mass)) / (1 - p))
    return Predictive(tuple(levels), float(money[0]), tuple(var), tuple(tvar))


def regrets(cost: FloatArray) -> FloatArray:
    """Return what staying with each choice costs on average against the best of every draw.

    The smallest of them is what knowing every parameter would save (完全情報の価値).

    Parameters
    ----------
    cost : (J, n_choices) array
        Total cost of each choice in each draw. [JPY]

    Returns
    -------
    (n_choices,) array
        E[cost − lowest cost]. [JPY]

    Examples
    --------
    >>> regrets(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [5.0, 1.0]]))
    array([1.  , 0.75])
    """
    return np.asarray((cost - cost.min(axis=1, keepdims=True)).mean(axis=0), dtype=np.float64)


def value_of_knowing(parameter: FloatArray, cost: FloatArray, *, bins: int) -> float:
    """Return what knowing one parameter would save on average (EVPPI, 部分情報の価値).

    Parameters
    ----------
    parameter : (J,) array
        Its value in each draw.
    cost : (J, n_plans) array
        Economic cost of risk. [JPY]
    bins : int
        Number of groups of neighbouring draws; few enough that each holds a good number.

    Returns
    -------
    float
        Lowest mean cost less the mean of the lowest mean cost within each group. Never negative;
        somewhat too high when groups are small, as chance then looks like knowledge. [JPY]

    Raises
    ------
    ValueError
        If there are more groups than draws.

    Examples
    --------
    The parameter tells the two good draws for each plan apart:

    >>> cost = np.array([[0.0, 4.0], [0.0, 4.0], [4.0, 0.0], [4.0, 0.0]])
    >>> value_of_knowing(np.array([1.0, 2.0, 3.0, 4.0]), cost, bins=2)
    2.0
    """
    if bins > parameter.size:
        raise ValueError(f"{bins} groups need as many draws; there are {parameter.size}")
    groups = np.array_split(cost[np.argsort(parameter, kind="stable")], bins)
    informed = sum(float(group.mean(axis=0).min()) * len(group) for group in groups)
    return max(float(cost.mean(axis=0).min()) - informed / len(cost), 0.0)
