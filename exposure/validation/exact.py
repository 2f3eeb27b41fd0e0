"""Checks against closed forms, exact compound sums and printed results (厳密解との照合).

Counts of the Panjer class, a severity put on a grid without moving its mean, and the sum by fast
Fourier transform or by Panjer recursion, with a statement of the error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from exposure.arrays import FloatArray, sum_of_products
from exposure.inputs.assumptions import Assumptions, load_assumptions
from exposure.inputs.client import Client
from exposure.measures.exceedance import tail_measures
from exposure.model.build import REGIMES, build_model
from exposure.model.counts import count_tables, draw_counts
from exposure.model.frequency import prior_counts, update_counts
from exposure.model.losses import BLOCK_YEARS, blocks
from exposure.model.sizes import beta_line, expected_persons, size_model
from exposure.streams import stream
from exposure.tables import Annual
from exposure.validation.backtests import draw_incident_sizes
from exposure.validation.checks import EXACT, Check, printed, settings, within
from exposure.validation.expected import mean_annual_loss

_Numbers = TypeVar("_Numbers", FloatArray, NDArray[np.complex128])


@dataclass(frozen=True)
class CountLaw:
    """Number of events in a year: Poisson, negative binomial or binomial (件数の分布).

    The three are one family: the variance is ``mean + mean² / size``.

    Parameters
    ----------
    mean : float
        [1/year]
    size : float
        k of a negative binomial; ``inf`` for Poisson; minus the number of trials for a binomial.

    Examples
    --------
    >>> CountLaw(0.3, math.inf), CountLaw(5.0, -10.0)  # Poisson, and ten trials
    (CountLaw(mean=0.3, size=inf), CountLaw(mean=5.0, size=-10.0))
    """

    mean: float
    size: float


@dataclass(frozen=True)
class Aggregate:
    """Distribution of an annual sum on a grid (年間損害の分布).

    Parameters
    ----------
    probability : (n_points,) array
        P(S = j × step). [-]
    step : float
        [JPY]
    mean : float
        Exact mean of the sum, not that of the grid. [JPY]
    severity_beyond : float
        Probability that one event is beyond the grid; such events are not in it. [-]
    aliasing : float
        Bound of the probability that the sum is beyond the grid; the transform puts it back at the
        start of the grid, the recursion leaves it out. [-]
    """

    probability: FloatArray
    step: float
    mean: float
    severity_beyond: float
    aliasing: float


def count_pgf(law: CountLaw, z: _Numbers) -> _Numbers:
    """Return E[z^K], the probability generating function, of real or complex z.

    Examples
    --------
    Two coins: (½ + ½z)² at z = 0 and 1.

    >>> count_pgf(CountLaw(1.0, -2.0), np.array([0.0, 1.0]))
    array([0.25, 1.  ])
    """
    if math.isinf(law.size):
        return np.exp(law.mean * (z - 1))
    return (1 + law.mean / law.size * (1 - z)) ** -law.size


def lognormal_limited_mean(limit: FloatArray, mu: float, sigma: float) -> FloatArray:
    """Return E[min(X, limit)] of a lognormal in closed form (制限付き期待値).

    Parameters
    ----------
    limit : (n,) array
        0 or more; ``inf`` gives the mean. [JPY]
    mu, sigma : float
        Of ln X.

    Examples
    --------
    >>> lognormal_limited_mean(np.array([0.0, np.inf]), 0.0, 1.0).round(4)
    array([0.    , 1.6487])
    """
    from scipy.special import ndtr

    with np.errstate(divide="ignore"):
        z = (np.log(limit) - mu) / sigma
    above = ndtr(-z)
    # inf × 0: nothing lies above no limit.
    rest = np.where(above > 0, np.where(np.isinf(limit), 0.0, limit) * above, 0.0)
    return np.asarray(math.exp(mu + sigma**2 / 2) * ndtr(z - sigma) + rest, dtype=np.float64)


def discretise(
    limited_mean: Callable[[FloatArray], FloatArray], step: float, n_points: int
) -> FloatArray:
    """Put a severity on a grid so that its mean stays (局所一次モーメント法).

    Parameters
    ----------
    limited_mean : callable
        E[min(X, x)] of an array of x. [JPY]
    step : float
        [JPY]
    n_points : int
        Points of the grid, 0 included.

    Returns
    -------
    (n_points,) array
        P(X = j × step): every point takes from its two neighbours in proportion to nearness. What
        lies beyond the grid is missing from the sum. [-]

    Notes
    -----
    Rounding to the nearest point would move the mean.

    Examples
    --------
    A loss of exactly 1.25 steps: three quarters at 1, one quarter at 2.

    >>> discretise(lambda x: np.minimum(x, 1.25), 1.0, 4)
    array([0.  , 0.75, 0.25, 0.  ])
    """
    grid: FloatArray = step * np.arange(n_points + 1, dtype=np.float64)
    mean = limited_mean(grid)
    slope = np.diff(mean) / step
    return np.concatenate(([1 - slope[0]], slope[:-1] - slope[1:]))


def compound_fft(law: CountLaw, severity: FloatArray, step: float, mean: float) -> Aggregate:
    """Return the distribution of the annual sum by fast Fourier transform.

    Parameters
    ----------
    law : CountLaw
        Number of events.
    severity : (n_points,) array
        From `discretise`; as many points as the sum is to have. [-]
    step : float
        [JPY]
    mean : float
        Exact mean of one event. [JPY]

    Examples
    --------
    Two coins, each head costing one step:

    >>> coins = compound_fft(CountLaw(1.0, -2.0), np.array([0.0, 1.0, 0.0, 0.0]), 1.0, 1.0)
    >>> np.abs(coins.probability.round(9))
    array([0.25, 0.5 , 0.25, 0.  ])
    """
    transform: NDArray[np.complex128] = count_pgf(law, np.fft.rfft(severity))
    probability = np.fft.irfft(transform, severity.size)
    return _aggregate(law, severity, step, mean, np.asarray(probability, dtype=np.float64))


def compound_panjer(law: CountLaw, severity: FloatArray, step: float, mean: float) -> Aggregate:
    """Return the distribution of the annual sum by Panjer recursion: slow, and free of aliasing.

    Arguments are as in `compound_fft`.

    References
    ----------
    .. [1] Panjer (1981), ASTIN Bulletin 12(1).

    Examples
    --------
    >>> compound_panjer(CountLaw(1.0, -2.0), np.array([0.0, 1.0, 0.0, 0.0]), 1.0, 1.0).probability
    array([0.25, 0.5 , 0.25, 0.  ])
    """
    if math.isinf(law.size):
        a, b = 0.0, law.mean
    else:
        a = law.mean / (law.mean + law.size)
        b = (law.size - 1) * a
    n = severity.size
    support = int(np.flatnonzero(severity)[-1])
    jumps = np.stack([severity, np.arange(n) * severity])[:, 1 : support + 1]
    # Kept from the last point to the first, so that each step reads one stretch of memory.
    backwards = np.zeros(n + support)
    backwards[n - 1] = float(count_pgf(law, severity[:1])[0])
    scale = 1 - a * severity[0]
    for s in range(1, n):
        plain, weighted = np.einsum("ij,j->i", jumps, backwards[n - s : n - s + support])
        backwards[n - 1 - s] = (a * plain + b / s * weighted) / scale
    return _aggregate(law, severity, step, mean, backwards[n - 1 :: -1].copy())


def _aggregate(
    law: CountLaw, severity: FloatArray, step: float, mean: float, probability: FloatArray
) -> Aggregate:
    beyond = max(1 - float(severity.sum()), 0.0)
    return Aggregate(probability, step, law.mean * mean, beyond, _beyond_grid(law, severity))


def _beyond_grid(law: CountLaw, severity: FloatArray) -> float:
    """Return a Chernoff bound of the probability that the sum on the grid leaves the grid."""
    n = severity.size
    place = np.flatnonzero(severity)
    weight = severity[place]
    best = 0.0
    # E[e^{tS}] e^{−tn} bounds P(S ≥ n) for every t > 0; each t tried is twice the last.
    tilt = 1 / n
    while True:
        with np.errstate(over="ignore"):
            z = sum_of_products(weight, np.exp(tilt * place))
        log_bound = _log_pgf(law, z) - tilt * n
        if not log_bound < best:
            return math.exp(best)
        best = log_bound
        tilt *= 2


def _log_pgf(law: CountLaw, z: float) -> float:
    """Return ln E[z^K] of z ≥ 1; ``inf`` where the expectation does not exist."""
    if math.isinf(law.size):
        return law.mean * (z - 1)
    base = 1 + law.mean / law.size * (1 - z)
    return -law.size * math.log(base) if base > 0 else math.inf


def exact_checks(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    """Return every check of the program against an exact figure (厳密解との照合)."""
    return [
        *_compound(loss_years, seed),
        _transforms(),
        *_sizes(assumptions, loss_years, seed),
        *_history(loss_years, seed),
        *_annual_means(assumptions, loss_years, seed),
    ]


def _limited_mean(x: FloatArray) -> FloatArray:
    c = settings()["compound"]
    return lognormal_limited_mean(np.minimum(x, c["cap"]), math.log(c["median"]), c["sigma"])


def _compound_years(n: int, seed: int) -> tuple[Annual, Annual]:
    """Draw annual sums and largest events with the model's own counts."""
    c = settings()["compound"]
    counts = prior_counts(np.array([c["mean"]]), math.inf, c["size"], points=1)
    years, _, _ = draw_counts(count_tables(counts), n, stream(seed, "validation/counts"))
    z = stream(seed, "validation/severity").standard_normal(years.n_events)
    loss = np.minimum(c["median"] * np.exp(c["sigma"] * z), c["cap"])
    empty = counts.empty_probability
    return Annual(years.sum(loss), empty), Annual(years.max(loss), empty)


def _compound(n: int, seed: int) -> list[Check]:
    c, criteria = settings()["compound"], settings()["criteria"]
    total, largest = _compound_years(n, seed)
    some = 1 - total.empty_probability
    mean = float(_limited_mean(np.array([math.inf]))[0])
    # E[min(X, cap)²] of the lognormal X, in closed form.
    mu, sigma = math.log(c["median"]), c["sigma"]
    z = (math.log(c["cap"]) - mu) / sigma
    from scipy.special import ndtr

    square = math.exp(2 * mu + 2 * sigma**2) * ndtr(z - 2 * sigma) + c["cap"] ** 2 * ndtr(-z)
    variance = c["mean"] * square + (c["mean"] * mean) ** 2 / c["size"]
    centred = (total.values - c["mean"] * mean) ** 2
    beside = (c["mean"] * mean) ** 2 * (1 - some)
    checks = [
        _mean_check("compound_mean", "", total.values, some, 0.0, c["mean"] * mean),
        _mean_check("compound_variance", "", centred, some, beside, variance),
    ]
    levels = [float(level) for level in c["quantiles"]]
    measured = tail_measures(total, levels, level=criteria["rank_level"], largest_share=1.0)
    for level, estimate, reference in zip(
        levels, measured.var, c["quantiles"].values(), strict=True
    ):
        # The printed figure stands on the grid of the transform.
        low, high = estimate.low - c["step"], estimate.high + c["step"]
        shift = estimate.value - reference
        checks.append(
            Check(
                EXACT, "quantile", f"{level}", estimate.value, reference, low + shift, high + shift
            )
        )
    for limit, reference in c["limited"].items():
        paid = np.minimum(total.values, float(limit))
        checks.append(_mean_check("limited", f"{int(limit):,}", paid, some, 0.0, reference))
    below = ndtr((math.log(c["oep_at"]) - mu) / sigma)
    law = CountLaw(c["mean"], c["size"])
    beyond = 1 - float(count_pgf(law, np.array([below]))[0])
    hit = (largest.values > c["oep_at"]).astype(np.float64)
    checks.append(_mean_check("oep", f"{c['oep_at']:,}", hit, some, 0.0, beyond))
    return checks


def _mean_check(
    name: str, detail: str, values: FloatArray, some: float, beside: float, expected: float
) -> Check:
    """Return the check of a mean over all years; ``beside`` is what the empty years add."""
    error = some * float(values.std()) / math.sqrt(values.size)
    return within(EXACT, name, detail, some * float(values.mean()) + beside, expected, error)


def _transforms() -> Check:
    c = settings()["compound"]
    severity = discretise(_limited_mean, c["step"], c["points"])
    mean = float(_limited_mean(np.array([math.inf]))[0])
    law = CountLaw(c["mean"], c["size"])
    pair = [f(law, severity, c["step"], mean) for f in (compound_fft, compound_panjer)]
    difference = float(np.abs(pair[0].probability - pair[1].probability).max())
    return Check(EXACT, "fft_panjer", "", difference, 0.0, 0.0, settings()["criteria"]["relative"])


def _sizes(assumptions: Assumptions, n: int, seed: int) -> list[Check]:
    from dataclasses import replace

    s = settings()["expected_size"]
    base = size_model(Client(records=1), assumptions)
    n_causes = base.median_log.size
    model = replace(
        base,
        median_log=np.full(n_causes, float(s["m"])),
        sd_log=float(s["sigma"]),
        system=np.full(n_causes, s["rho"]),
        full=np.full(n_causes, s["rho"] * s["alpha"]),
        shape_a=float(s["a"]),
        shape_b=float(s["b"]),
        log_share=beta_line(float(s["a"]), float(s["b"])),
        reach_from=float(s["reach_from"]),
        reach_exponent=float(s["reach_exponent"]),
    )
    reach = (float(s["reach_from"]), float(s["reach_exponent"]))
    checks = []
    for records, reference in s["records"].items():
        exact = expected_persons(
            float(records), s["rho"], s["alpha"], (s["a"], s["b"]), s["m"], s["sigma"], reach
        )
        checks.append(printed(EXACT, "expected_size", f"N = {int(records):,}", exact, reference))
        rng = stream(seed, f"validation/sizes/{records}")
        cause = np.zeros(n, dtype=np.int64)
        held = np.full(n, float(records))
        persons = draw_incident_sizes(model, cause, held, rng)
        error = float(persons.std()) / math.sqrt(n)
        found = within(
            EXACT,
            "expected_size",
            f"N = {int(records):,}, n = {n:,}",
            float(persons.mean()),
            exact,
            error,
        )
        # Rounding up to whole persons adds less than one.
        checks.append(replace(found, high=found.high + 1))
    return checks


def _history(n: int, seed: int) -> list[Check]:
    h = settings()["history"]
    rate = np.array([h["rate"]])
    checks = []
    for events, reference in enumerate(h["means"]):
        after = update_counts(rate, math.inf, h["size"], events, float(h["years"]), points=1)
        mean = float(after.mean[0])
        checks.append(printed(EXACT, "history_mean", f"x = {events}", mean, reference))
        b = h["size"] / h["rate"] + h["years"]
        exact = (b / (b + 1)) ** (h["size"] + events)
        rng = stream(seed, f"validation/history/{events}")
        theta = rng.gamma(h["size"] + events, 1 / b, n)
        none = (rng.poisson(theta) == 0).astype(np.float64)
        error = float(none.std()) / math.sqrt(n)
        checks.append(
            within(EXACT, "history_predictive", f"x = {events}", float(none.mean()), exact, error)
        )
        checks.append(
            within(
                EXACT, "history_predictive", f"x = {events}, mixture", after.empty_probability,
                exact, float(np.finfo(float).eps),
            )
        )  # fmt: skip
    counts = prior_counts(
        np.array(h["no_event_rates"]),
        h["no_event_shared"],
        np.array(h["no_event_sizes"]),
        points=load_assumptions().whole("run.history_grid_points"),
    )
    checks.append(printed(EXACT, "no_event", "", counts.empty_probability, h["no_event"]))
    return checks


def _annual_means(assumptions: Assumptions, loss_years: int, seed: int) -> list[Check]:
    client = Client.model_validate(settings()["client"])
    model = build_model(client, assumptions, assumptions.date("run.inception"))
    gross: dict[str, list[FloatArray]] = {regime: [] for regime in REGIMES}
    for block in blocks(model, -(-loss_years // BLOCK_YEARS) * BLOCK_YEARS, seed):
        for regime, parts in gross.items():
            parts.append(block.events.table.years.sum(block.losses(regime).total()))
    some = 1 - model.empty_probability
    return [
        _mean_check(
            "annual_mean", regime, np.concatenate(parts), some, 0.0, mean_annual_loss(model, regime)
        )
        for regime, parts in gross.items()
    ]
