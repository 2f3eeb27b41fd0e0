"""What a plan of one section pays a year, exactly up to a stated error, without simulation.

Deductible, limit per event and limit for the period over a compound sum: the fast transform answers
in an instant and is the oracle of the simulation. Plans of several sections are simulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exposure.arrays import FloatArray
from exposure.measures.aggregate import (
    Aggregate,
    CountLaw,
    aggregate_limited_mean,
    compound_fft,
    discretise,
)

_MOST_POINTS = 2**24


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

    Examples
    --------
    At most one event, in half of the years, of 3 to 5: it pays 1 to 2 above 2, at most 2.

    >>> from exposure.measures.aggregate import binomial
    >>> layer = exact_layer(
    ...     binomial(1, 0.5), lambda x: np.minimum(x, 3.5),
    ...     deductible=2.0, event_limit=2.0, period_limit=2.0, step=0.25,
    ... )
    >>> round(layer.mean, 9), layer.mean_error < 1e-9
    (0.75, True)
    """
    if not (math.isfinite(event_limit) and math.isfinite(period_limit)):
        raise ValueError("an exact layer needs finite limits")

    def of_layer(x: FloatArray) -> FloatArray:
        start = limited_mean(np.full(1, deductible))
        return limited_mean(deductible + np.minimum(x, event_limit)) - start

    fine = _aggregate(law, of_layer, max(event_limit, period_limit), step)
    coarse = _aggregate(law, of_layer, max(event_limit, period_limit), 2 * step)
    means = [aggregate_limited_mean(one, period_limit) for one in (fine, coarse)]
    used = [_reached(one, period_limit) for one in (fine, coarse)]
    beyond = fine.aliasing + law.mean * fine.severity_beyond
    return ExactLayer(
        mean=means[0],
        probability_exhausted=used[0],
        mean_error=abs(means[0] - means[1]) + beyond * period_limit,
        probability_error=abs(used[0] - used[1]) + beyond,
    )


def _aggregate(
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
