"""Whether updates and intervals are as sure as they say (較正と区間の被覆).

Simulation-based calibration of the history update [1]_, and how often intervals hold the truth.

References
----------
.. [1] Talts, Betancourt, Simpson, Vehtari, Gelman (2018), arXiv:1804.06788.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import load_assumptions
from exposure.measures.intervals import mean_interval, quantile_ranks, wilson_interval
from exposure.model.history import CountMixture, updated_counts
from exposure.streams import stream
from exposure.validation.checks import CALIBRATION, Check, settings

Update = Callable[[Sequence[int]], CountMixture]
_SAMPLE = 2**10  # values of a repeat of a coverage test


def calibration_checks(sbc_repeats: int, coverage_repeats: int, seed: int) -> list[Check]:
    """Return the checks of the history update and of the intervals (較正の照合).

    Parameters
    ----------
    sbc_repeats, coverage_repeats : int
    seed : int
    """
    h, criteria = settings()["history"], settings()["criteria"]
    rate, shared = np.array(h["no_event_rates"]), h["no_event_shared"]
    size, years = np.array(h["no_event_sizes"]), float(h["years"])

    points = load_assumptions().whole("run.history_grid_points")

    def update(events: Sequence[int]) -> CountMixture:
        return updated_counts(rate, shared, size, list(events), years, points=points)

    found = update_p_values(update, rate, shared, size, years, sbc_repeats, seed)
    names = [*(f"λ_{i + 1}" for i in range(rate.size)), "Σλ"]
    checks = [
        Check(CALIBRATION, "sbc", name, p, 1 / 2, criteria["sbc_p"], 1.0)
        for name, p in zip(names, found, strict=True)
    ]
    return checks + [
        Check(
            CALIBRATION, "coverage", name, covered, criteria["level"],
            criteria["coverage_low"], criteria["coverage_high"],
        )
        for name, covered in coverage(coverage_repeats, seed).items()
    ]  # fmt: skip


def update_p_values(
    update: Update,
    rate: FloatArray,
    shared: float,
    size: FloatArray,
    years: float,
    repeats: int,
    seed: int,
) -> list[float]:
    """Return p of uniform ranks of each group's rate and of their sum (順位の一様性).

    Parameters
    ----------
    update : callable
        From past events by group to the counts of the next year, as `updated_counts`; its rows are
        gamma distributions of the rates, which the draws come from.
    rate, size : (n_groups,) array
        Prior means and sizes k_g. [1/year], [-]
    shared : float
        Size k_s of the shared level. [-]
    years : float
        Length of the history. [year]
    repeats, seed : int
    """
    criteria = settings()["criteria"]
    n_draws, bins = criteria["sbc_draws"], criteria["sbc_bins"]
    rng = stream(seed, "validation/sbc")
    known = functools.cache(lambda events: update(events))
    ranks = np.empty((repeats, rate.size + 1), dtype=np.int64)
    for i in range(repeats):
        truth = rate * rng.gamma(shared, 1 / shared) * rng.gamma(size, 1 / size)
        past = tuple(int(x) for x in rng.poisson(truth * years))
        draws = posterior_rates(known(past), n_draws, rng)
        below = (draws < truth).sum(axis=0)
        ranks[i] = [*below, int((draws.sum(axis=1) < truth.sum()).sum())]
    return [_uniform_p(column, n_draws, bins) for column in ranks.T]


def posterior_rates(counts: CountMixture, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw the rates of the groups behind a mixture of negative binomials. (n, n_groups) array.

    Each row of the mixture is a gamma of shape linear ÷ ratio and rate 1/ratio − 1.
    """
    row = rng.choice(counts.weight.size, n, p=counts.weight)
    ratio = counts.ratio[row]
    shape = counts.linear[row] / ratio
    drawn: FloatArray = rng.gamma(shape) * ratio / (1 - ratio)
    return drawn


def _uniform_p(ranks: IntArray, n_draws: int, bins: int) -> float:
    from scipy.special import chdtrc

    counts = np.bincount(ranks * bins // (n_draws + 1), minlength=bins)
    expected = ranks.size / bins
    statistic = float(((counts - expected) ** 2 / expected).sum())
    return float(chdtrc(bins - 1, statistic))


def coverage(repeats: int, seed: int) -> dict[str, float]:
    """Return how often 95 % intervals hold the truth, by kind (区間の被覆率)."""
    level = settings()["criteria"]["level"]
    p = level
    rng = stream(seed, "validation/coverage")
    (low,), (high,) = quantile_ranks(_SAMPLE, np.array([p]), level=level)
    samples = np.sort(rng.random((repeats, _SAMPLE)), axis=1)
    ranks = float(((samples[:, low - 1] <= p) & (samples[:, high - 1] >= p)).mean())
    successes = rng.binomial(_SAMPLE, p, repeats)
    wilson = [wilson_interval(int(k), _SAMPLE, level=level) for k in successes]
    means = [
        mean_interval(rng.standard_exponential(_SAMPLE), level=level, largest_share=1.0)
        for _ in range(repeats)
    ]
    return {
        "rank": ranks,
        "Wilson": float(np.mean([one.low <= p <= one.high for one in wilson])),
        "mean": float(np.mean([one.low <= 1 <= one.high for one in means])),
        "batch": _batch_coverage(repeats, level, rng),
    }


def _batch_coverage(repeats: int, level: float, rng: np.random.Generator) -> float:
    from exposure.measures.intervals import batch_means

    n_batches = math.isqrt(_SAMPLE)
    drawn = rng.standard_exponential((repeats, n_batches, n_batches)).mean(axis=2)
    found = [batch_means(batches, level=level) for batches in drawn]
    return float(np.mean([one.low <= 1 <= one.high for one in found]))
