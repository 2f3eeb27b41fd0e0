"""What a plan of one section pays a year, worked out exactly from its sum of events (厳密解)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray, sum_of_products
from exposure.validation.exact import Aggregate, CountLaw, compound_fft, discretise

_MOST_POINTS = 2**24


def poisson(mean: float) -> CountLaw:
    return CountLaw(mean, math.inf)


def negative_binomial(mean: float, size: float) -> CountLaw:
    return CountLaw(mean, size)


def binomial(trials: int, probability: float) -> CountLaw:
    return CountLaw(trials * probability, -float(trials))


def aggregate_quantile(aggregate: Aggregate, p: float) -> float:
    """Return the VaR of the sum: the first point of the grid with F ≥ p; ``inf`` beyond it."""
    reached = np.cumsum(aggregate.probability)
    (enough,) = np.nonzero(reached >= p)
    return float(enough[0]) * aggregate.step if enough.size else math.inf


def aggregate_limited_mean(aggregate: Aggregate, limit: float) -> float:
    """Return E[min(S, limit)] of the annual sum S; beyond the grid counts as the limit."""
    amount = aggregate.step * np.arange(aggregate.probability.size)
    inside = sum_of_products(np.minimum(amount, limit), aggregate.probability)
    return inside + limit * max(1 - float(aggregate.probability.sum()), 0.0)


def aggregate_stop_loss(aggregate: Aggregate, retention: float) -> float:
    """Return E[(S − retention)⁺] of the annual sum S (ストップロス)."""
    return aggregate.mean - aggregate_limited_mean(aggregate, retention)


@dataclass(frozen=True)
class ExactLayer:
    """What a section pays a year, with a statement of the error (一担保の厳密解).

    Parameters
    ----------
    mean : float
        Mean annual payment. [JPY]
    probability_exhausted : float
        Probability that the limit for the period is used up. [-]
    mean_error, probability_error : float
        How far a grid twice as coarse is away, plus all that can lie beyond the grid. The error of
        the grid falls with the step or faster, so that the true figure is nearer. [JPY], [-]
    """

    mean: float
    probability_exhausted: float
    mean_error: float
    probability_error: float


def exact_layer(
    law: CountLaw,
    limited_mean: Callable[[FloatArray], FloatArray],
    *,
    deductible: float,
    event_limit: float,
    period_limit: float,
    step: float,
) -> ExactLayer:
    """Work out what a plan of one section pays a year (一担保の年間支払の厳密解).

    Parameters
    ----------
    law : CountLaw
        Number of events in a year.
    limited_mean : callable
        E[min(X, x)] of the loss of one event, of an array of x. [JPY]
    deductible, event_limit, period_limit : float
        As of a cover; both limits finite. [JPY]
    step : float
        Of the grid; limits should be multiples of twice the step. [JPY]

    Raises
    ------
    ValueError
        If a limit is not finite, or the grid would have too many points.
    """
    if not (math.isfinite(event_limit) and math.isfinite(period_limit)):
        raise ValueError("an exact layer needs finite limits")

    def of_layer(x: FloatArray) -> FloatArray:
        start = limited_mean(np.full(1, deductible))
        return limited_mean(deductible + np.minimum(x, event_limit)) - start

    fine = _annual_sum(law, of_layer, max(event_limit, period_limit), step)
    coarse = _annual_sum(law, of_layer, max(event_limit, period_limit), 2 * step)
    means = [aggregate_limited_mean(one, period_limit) for one in (fine, coarse)]
    used = [_reached(one, period_limit) for one in (fine, coarse)]
    beyond = fine.aliasing + law.mean * fine.severity_beyond
    return ExactLayer(
        mean=means[0],
        probability_exhausted=used[0],
        mean_error=abs(means[0] - means[1]) + beyond * period_limit,
        probability_error=abs(used[0] - used[1]) + beyond,
    )


def _annual_sum(
    law: CountLaw, of_layer: Callable[[FloatArray], FloatArray], most: float, step: float
) -> Aggregate:
    """Return the annual sum on a grid long enough that next to nothing is beyond it."""
    mean = float(of_layer(np.full(1, np.inf))[0])
    n_points = 2 ** math.ceil(math.log2(most / step + 2))
    while n_points <= _MOST_POINTS:
        severity = discretise(of_layer, step, n_points)
        # Differences of means that ought to be equal are noise of the last digits.
        found = compound_fft(law, np.maximum(severity, 0.0), step, mean)
        if found.aliasing < np.sqrt(np.finfo(np.float64).eps):
            return found
        n_points *= 2
    raise ValueError(f"the grid of step {step} would need more than {_MOST_POINTS} points")


def _reached(aggregate: Aggregate, limit: float) -> float:
    """Return P(S ≥ limit): half a step below the limit is on the grid already the limit."""
    below = math.ceil(limit / aggregate.step)
    return max(1 - float(aggregate.probability[:below].sum()), 0.0)
