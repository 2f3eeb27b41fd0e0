"""What the client's own history says about its rate (過去の事故歴による更新).

A two-level gamma model, exact on a grid of the shared level. The result is a mixture of
independent count distributions, one per group, that `exposure.model.counts` draws from; nothing is
drawn here but the splits of a long total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, IntArray, sum_of_products
from exposure.errors import DataError, Problem, Text
from exposure.streams import stream

_MOST_ROWS = 2**17  # beyond this, splits of a total are sampled instead of listed
_SAMPLED_ROWS = 2**14
_FEWEST, _MOST_EVENTS = 2**8, 2**10  # events the distribution of a history is worked out for


@dataclass(frozen=True)
class CountMixture:
    """Counts per group, independent given the row of a mixture (群別件数の混合分布).

    Given row r, P(K_g = 0) = zero and P(K_g = a + 1) = P(K_g = a) (linear + a·ratio)/(a + 1), which
    is the negative binomial, and the Poisson when ratio = 0.

    Parameters
    ----------
    weight : (n_rows,) array
        Probability of each row. [-]
    zero, linear, ratio : (n_rows, n_groups) array
        [-]
    """

    weight: FloatArray
    zero: FloatArray
    linear: FloatArray
    ratio: FloatArray

    @property
    def empty_probability(self) -> float:
        """Probability of a year without any event. [-]."""
        return sum_of_products(self.weight, self.zero.prod(axis=1))

    @property
    def mean(self) -> FloatArray:
        """Expected events per year of each group. (n_groups,) array [1/year]."""
        mean: FloatArray = np.einsum("i,ij->j", self.weight, self.linear / (1 - self.ratio))
        return mean


def shared_grid(size: float, points: int) -> FloatArray:
    """Return the shared level Θ_s as points of equal mass, each the median of its cell.

    Parameters
    ----------
    size : float
        k_s; ``inf`` for none. [-]
    points : int
        How many, if the level varies at all.

    Returns
    -------
    (points,) array
        A single 1 where the level is fixed. [-]

    Examples
    --------
    >>> grid = shared_grid(1.0, points=400)
    >>> grid.size, round(float(grid.mean()), 3)
    (400, 0.999)
    """
    from scipy.special import gammaincinv

    if np.isinf(size):
        return np.ones(1)
    middle = (2 * np.arange(points) + 1) / (2 * points)
    return np.asarray(gammaincinv(size, middle) / size, dtype=np.float64)


def prior_counts(
    rate: FloatArray, size_shared: float, size_group: FloatArray | float, *, points: int
) -> CountMixture:
    """Return the counts of a client whose history is not known (事故歴なしの件数分布).

    Parameters
    ----------
    rate : (n_groups,) array
        [1/year]
    size_shared : float
        k_s; ``inf`` for none. [-]
    size_group : (n_groups,) array or float
        k_g; ``inf`` for none, which with k_s = ``inf`` is the Poisson distribution. [-]
    points : int
        Of the grid of the shared level.

    Examples
    --------
    >>> counts = prior_counts(np.array([0.02, 0.01, 0.05]), 1.0, np.array([2, 1, 0.5]), points=400)
    >>> round(counts.empty_probability, 5)
    0.92961
    """
    theta = shared_grid(size_shared, points)
    weight = np.full(theta.size, 1 / theta.size)
    nothing = np.zeros(rate.size)
    return _mixture(weight, theta, rate, _per_group(size_group, rate), nothing, nothing)


def updated_counts(
    rate: FloatArray,
    size_shared: float,
    size_group: FloatArray | float,
    events: Sequence[int] | int,
    exposure_years: FloatArray | float,
    *,
    points: int,
) -> CountMixture:
    """Return the counts after the events of the last years (事故歴で更新した件数分布).

    Parameters
    ----------
    rate, size_shared, size_group, points
        As in `prior_counts`.
    events : sequence of int, or int
        Events by group, or their total alone.
    exposure_years : (n_groups,) array or float
        Years looked back × share of events the client would have counted, τ_g T. [year]

    Raises
    ------
    DataError
        If events are stated of groups that cannot have any.

    Examples
    --------
    One group with λ = 0.05, k = 1 and no events in three years:

    >>> counts = updated_counts(np.array([0.05]), np.inf, 1.0, 0, 3.0, points=1)
    >>> round(float(counts.mean[0]), 4)
    0.0435
    """
    theta = shared_grid(size_shared, points)
    size = _per_group(size_group, rate)
    exposure = np.broadcast_to(np.asarray(exposure_years, dtype=float), rate.shape)
    weight = np.full(theta.size, 1 / theta.size)
    past = _mixture(weight, theta, rate * exposure, size, np.zeros(rate.size), np.zeros(rate.size))
    if isinstance(events, int):
        rows, weight, split = _splits_of_total(past, events)
    else:
        split = np.asarray([events], dtype=np.int64)
        likelihood = np.ones(theta.size)
        for group, count in enumerate(events):
            likelihood = likelihood * _probabilities(past, group, int(count))[:, -1]
        rows, weight = np.arange(theta.size), likelihood
    total = float(weight.sum())
    if not total > 0:
        raise DataError(
            Problem(
                "client",
                "incidents",
                Text(
                    "頻度が0の原因群に事故歴があります",
                    "past incidents of a cause group whose rate is 0",
                ),
                events if isinstance(events, int) else list(events),
            )
        )
    return _mixture(weight / total, theta[rows], rate, size, split, exposure)


def _per_group(size: FloatArray | float, rate: FloatArray) -> FloatArray:
    return np.broadcast_to(np.asarray(size, dtype=float), rate.shape)


def _mixture(
    weight: FloatArray,
    theta: FloatArray,
    rate: FloatArray,
    size: FloatArray,
    events: FloatArray | IntArray,
    exposure: FloatArray,
) -> CountMixture:
    """Return the counts of one year given Θ_s, past events and exposure, row by row."""
    mean = theta[:, None] * rate
    shape = size + np.where(np.isinf(size), 0, events)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse_scale = size / mean + exposure
        ratio = 1 / (inverse_scale + 1)
        linear = np.where(np.isinf(size), mean, shape * ratio)
        log_zero = np.where(np.isinf(size), -mean, shape * np.log1p(-ratio))
    ratio = np.where(np.isinf(size) | (mean == 0), 0.0, ratio)
    linear = np.where(mean == 0, 0.0, linear)
    zero = np.exp(np.where(mean == 0, 0.0, log_zero))
    # The recursion starts at P(K = 0), which must be a normal number.
    if zero.size and zero.min() < np.finfo(float).tiny:
        raise ValueError(f"{float(mean.max()):.0f} events a year are too many for this model")
    return CountMixture(
        weight, zero, np.broadcast_to(linear, zero.shape), np.broadcast_to(ratio, zero.shape)
    )


def _probabilities(counts: CountMixture, group: int, most: int) -> FloatArray:
    """Return P(K_g = 0 … most | row). (n_rows, most + 1) array."""
    probability = np.empty((counts.weight.size, most + 1))
    probability[:, 0] = counts.zero[:, group]
    for a in range(most):
        step = (counts.linear[:, group] + a * counts.ratio[:, group]) / (a + 1)
        probability[:, a + 1] = probability[:, a] * step
    return probability


def _splits_of_total(past: CountMixture, total: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Return rows of the grid, weights, and events by group, for a total alone."""
    n_rows, n_groups = past.zero.shape
    tables = [_probabilities(past, group, total) for group in range(n_groups)]
    active = [g for g in range(n_groups) if past.linear[:, g].any()]
    splits = _compositions(total, len(active), _MOST_ROWS // n_rows)
    if splits is None:
        return _sampled_splits(tables, total)
    events = np.zeros((len(splits), n_groups), dtype=np.int64)
    events[:, active] = splits
    weight = np.ones((n_rows, len(splits)))
    for group in range(n_groups):
        weight *= tables[group][:, events[:, group]]
    rows = np.repeat(np.arange(n_rows), len(splits))
    return rows, weight.ravel(), np.tile(events, (n_rows, 1))


def _compositions(total: int, parts: int, most: int) -> IntArray | None:
    """Return all ways to split a total, (n, parts) array, or None if more than ``most``."""
    found = np.zeros((1, 0), dtype=np.int64)
    for _ in range(parts - 1):
        left = total - found.sum(axis=1)
        repeats = left + 1
        if repeats.sum() > most:
            return None
        starts = np.cumsum(repeats) - repeats
        value = np.arange(repeats.sum()) - np.repeat(starts, repeats)
        found = np.column_stack([np.repeat(found, repeats, axis=0), value])
    return np.column_stack([found, total - found.sum(axis=1)]) if parts else found


def _sampled_splits(tables: list[FloatArray], total: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Draw splits of a long total from their exact distribution, always the same ones."""
    n_rows = tables[0].shape[0]
    later = [np.eye(1, total + 1).repeat(n_rows, axis=0)]
    for table in reversed(tables):
        later.insert(0, _convolved(table, later[0]))
    rng = stream(0, "history")
    cumulative = np.cumsum(later[0][:, total])
    points = (np.arange(_SAMPLED_ROWS) + rng.random()) / _SAMPLED_ROWS * cumulative[-1]
    rows = np.minimum(np.searchsorted(cumulative, points, side="right"), n_rows - 1)
    left = np.full(_SAMPLED_ROWS, total)
    events = np.empty((_SAMPLED_ROWS, len(tables)), dtype=np.int64)
    for group, table in enumerate(tables):
        count = np.arange(total + 1)
        rest = left[:, None] - count
        joint = table[rows] * later[group + 1][rows[:, None], np.maximum(rest, 0)] * (rest >= 0)
        reached = np.cumsum(joint, axis=1)
        target = rng.random(_SAMPLED_ROWS)[:, None] * reached[:, -1:]
        events[:, group] = (reached <= target).sum(axis=1)
        left = left - events[:, group]
    return rows, np.full(_SAMPLED_ROWS, 1 / _SAMPLED_ROWS), events


def _convolved(first: FloatArray, second: FloatArray) -> FloatArray:
    """Convolve row by row, as far as the tables go."""
    result = np.zeros_like(second)
    for a in range(first.shape[1]):
        result[:, a:] += first[:, a : a + 1] * second[:, : second.shape[1] - a]
    return result


def history_probability(
    rate: FloatArray,
    size_shared: float,
    size_group: FloatArray | float,
    events: int,
    exposure_years: FloatArray | float,
    *,
    points: int,
) -> tuple[float, float]:
    """Return how likely so few, and so many, leaks were before they happened (事故歴の確率).

    Parameters
    ----------
    rate, size_shared, size_group, points
        As in `prior_counts`.
    events : int
        Leaks of all groups together.
    exposure_years : (n_groups,) array or float
        Years looked back × share of events the client would have counted. [year]

    Returns
    -------
    tuple of float
        P(X ≤ events) and P(X ≥ events) of the prior predictive distribution. [-]

    Notes
    -----
    The distribution is read off its generating function Π_g (1 + λ_g t_g Θ (1 − z)/k_g)^(−k_g), a
    mean over Θ, by a Fourier transform.

    Examples
    --------
    A Poisson number of mean 0.3 is 0 with probability 0.74, and at least 2 with 0.037:

    >>> few, _ = history_probability(np.array([0.1]), np.inf, np.inf, 0, 3.0, points=1)
    >>> _, many = history_probability(np.array([0.1]), np.inf, np.inf, 2, 3.0, points=1)
    >>> round(few, 4), round(many, 4)
    (0.7408, 0.0369)
    """
    theta = shared_grid(size_shared, points)
    size = _per_group(size_group, rate)
    # So many at least is no likelier than fewer at least, which bounds the work.
    events = min(events, _MOST_EVENTS)
    terms = 2 ** (2 + int(np.ceil(np.log2(events + _FEWEST))))
    apart = 1 - np.exp(-2j * np.pi * np.arange(terms // 2 + 1) / terms)
    log = np.zeros((theta.size, apart.size), dtype=np.complex128)
    for mean, k in zip(rate * exposure_years, size, strict=True):
        at = mean * theta[:, None] * apart
        log += -at if np.isinf(k) else -k * np.log1p(at / k)
    probability = np.fft.irfft(np.exp(log).mean(axis=0), terms)
    below = float(np.clip(probability[:events].sum(), 0.0, 1.0))
    return min(below + max(float(probability[events]), 0.0), 1.0), 1 - below
