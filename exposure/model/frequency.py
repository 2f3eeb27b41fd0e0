"""How often a client leaks, by cause and group, and what its history says of it (事故の頻度).

A two-level gamma model, exact on a grid of the shared level. The result is a mixture of
independent count distributions, one per group, that `exposure.model.counts` draws from; nothing is
drawn here but the splits of a long total.

Three rates are anchored in what certified companies report: leaks by attack, leaks of more than a
thousand persons for other reasons, and leaks by insiders. The mix of the causes counts within each.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray, sum_of_products
from exposure.errors import DataError, Problem, Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import VENDOR, load_groups
from exposure.model.sizes import probability_of_at_least, probability_of_partial, size_model
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


def update_counts(
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

    >>> counts = update_counts(np.array([0.05]), np.inf, 1.0, 0, 3.0, points=1)
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
        later.insert(0, _convolve(table, later[0]))
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


def _convolve(first: FloatArray, second: FloatArray) -> FloatArray:
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


_EXTERNAL, _INSIDER = "external", "insider"

_NODES = 2**7  # over the records certified companies hold

_FARTHEST = 2**3  # standard deviations of them


@dataclass(frozen=True)
class Rates:
    """Expected events per year before the client's own history (事故頻度).

    Parameters
    ----------
    by_cause : (n_groups, n_causes) array
        Rate of each cause within each group; the row of ``vendor`` holds every cause. [1/year]
    size_shared, size_group : float
        Sizes k_s and k_g of the two gamma levels; ``inf`` for none. [-]
    """

    by_cause: FloatArray
    size_shared: float
    size_group: float

    @property
    def by_group(self) -> FloatArray:
        """Rate of each group. (n_groups,) array [1/year]."""
        total: FloatArray = self.by_cause.sum(axis=1)
        return total

    @property
    def total(self) -> float:
        """Events per year. [1/year]."""
        return float(self.by_cause.sum())


def cause_rates(client: Client, assumptions: Assumptions) -> Rates:
    """Work out the rate of each cause and group for a client (原因別の頻度).

    Raises
    ------
    DataError
        If the client cannot have an event at all, so that there is nothing to simulate, or the
        rate counts another population than the sizes and was not converted.

    Notes
    -----
    The cause shares are shares of incidents, never of persons: drawing causes from the latter
    multiplies the expected persons per incident by 1 + χ² of the two. Features of the client act on
    rates, so a new web shop does not remove lost briefcases.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> client = Client(name="例", records=30_000, industry="medical")
    >>> cause_rates(client, load_assumptions()).by_group.round(4)
    array([0.0198, 0.0023, 0.    , 0.0272, 0.0367, 0.0016])
    """
    _refuse_mixed_populations(assumptions)
    groups = load_groups()
    value = assumptions.value
    anchored = anchored_rates(assumptions)
    industry = value(
        f"frequency.r_ind.{client.industry}" if client.industry else "frequency.r_ind.*"
    )
    given = client.questionnaire_score
    score = value("frequency.score") if given is None else given

    by_cause = np.zeros((len(groups.groups), len(groups.causes)))
    for code, group in enumerate(groups.groups):
        if group == VENDOR:
            continue
        relative_size = client.records / value("frequency.n_ref")
        factor = (
            relative_size ** value(f"frequency.epsilon.{group}")
            * industry
            * math.exp(-value(f"frequency.delta.{group}") * (score - 1 / 2))
            * value(f"frequency.m.{group}")
        )
        members = groups.group_of_cause == code
        by_cause[code, members] = anchored[members] * factor
    at_vendors = _share(client.outsourced_share, assumptions, "client.outsourced_share")
    outsourced = at_vendors * value("frequency.r_out") * value(f"frequency.m.{VENDOR}")
    by_cause[groups.groups.index(VENDOR)] = outsourced * by_cause.sum(axis=0)

    if not by_cause.sum() > 0:
        raise DataError(
            Problem(
                "assumptions",
                "frequency",
                Text(
                    "事故の頻度が0のため、試算する事故がありません。頻度を正の値にしてください",
                    "no event can happen, so there is nothing to simulate; state a positive rate",
                ),
                float(by_cause.sum()),
            )
        )
    shared, group_level = frailty_sizes(value("frequency.k_residual"), value("frequency.k_s"))
    return Rates(by_cause, shared, group_level)


def anchored_rates(assumptions: Assumptions) -> FloatArray:
    """Return the rate of each cause for a holder of ``frequency.n_ref`` records (基準頻度).

    External: A (N_ref/M)^ε exp(−ε²s²/2), so that the average over certified companies, whose
    records are LN(M, s), is A whatever ε is. Insiders: β_ins. The others: β_rest, which gives the
    certified companies B₁ leaks of more than a thousand persons a year. Each is split by the shares
    of its causes among themselves.

    (n_causes,) array [1/year].

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> rates = anchored_rates(load_assumptions())
    >>> groups = load_groups()
    >>> round(float(rates[groups.is_in("external")].sum()), 5)
    0.01982
    """
    groups, value = load_groups(), assumptions.value
    share = np.array([value(f"cause.share.{cause}") for cause in groups.causes])
    external, insider = groups.is_in(_EXTERNAL), groups.is_in(_INSIDER)
    rest = ~(external | insider)
    within = np.zeros(share.size)
    for members in (external, insider, rest):
        whole = share[members].sum()
        within[members] = share[members] / whole if whole else 0.0
    exponent = value(f"frequency.epsilon.{_EXTERNAL}")
    spread = exponent * value("frequency.certified.sd_log")
    size = value("frequency.n_ref") / value("frequency.certified.median")
    at_reference = value("frequency.external.certified") * size**exponent
    rates = within.copy()
    rates[external] *= at_reference * math.exp(-(spread**2) / 2)
    rates[insider] *= value("frequency.insider.base")
    counted = _rest_above(within, rest, assumptions)
    rates[rest] *= value("frequency.rest.certified_over_1000") / counted if counted else 0.0
    return rates


def _rest_above(within: FloatArray, rest: BoolArray, assumptions: Assumptions) -> float:
    """Return the leaks above the threshold of certified companies if β_rest were 1. [-]."""
    groups, value = load_groups(), assumptions.value
    threshold = value("frequency.certified.threshold")
    median, sd = value("frequency.certified.median"), value("frequency.certified.sd_log")
    sizes = size_model(Client(records=1), assumptions)
    # Nobody who holds fewer records can have such a leak: the integral starts there.
    start = max((math.log(threshold) - math.log(median)) / sd, -_FARTHEST)
    nodes, weights = _legendre_nodes()
    z = (start + _FARTHEST) / 2 + (_FARTHEST - start) / 2 * nodes
    weight = (_FARTHEST - start) / 2 * weights * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    held = median * np.exp(sd * z)
    partial = probability_of_partial(sizes, threshold + 1, held)
    total = 0.0
    for cause in np.flatnonzero(rest).tolist():
        exponent = value(f"frequency.epsilon.{groups.groups[groups.group_of_cause[cause]]}")
        rate = within[cause] * (held / value("frequency.n_ref")) ** exponent
        above = probability_of_at_least(sizes, cause, threshold + 1, held, partial)
        total += float(np.sum(weight * rate * above))
    return total


@functools.cache
def _legendre_nodes() -> tuple[FloatArray, FloatArray]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def _refuse_mixed_populations(assumptions: Assumptions) -> None:
    """Refuse the rate of one population with the sizes of another, unless it was converted."""
    of_rate = assumptions.choice("frequency.population")
    of_sizes = assumptions.choice("size.population")
    if of_rate != of_sizes and assumptions.choice("frequency.conversion") == "none":
        raise DataError(
            Problem(
                "assumptions",
                "frequency.population",
                Text(
                    f"漏えい規模の母集団（{of_sizes}）と違います。"
                    "換算した頻度を使い、frequency.conversion に示してください",
                    f"not the population of the sizes ({of_sizes}); "
                    "use a converted rate and state it in frequency.conversion",
                ),
                of_rate,
            )
        )


def _share(stated: float | None, assumptions: Assumptions, name: str) -> float:
    return assumptions.value(name) if stated is None else stated


def frailty_sizes(residual: float, shared: float) -> tuple[float, float]:
    """Split the size of the negative binomial over the shared and the group level (k_s, k_g).

    The two levels together hold the heterogeneity of ``residual``:
    1 + 1/k_residual = (1 + 1/k_s)(1 + 1/k_g). A shared level that would hold more is raised to all
    of it, and leaves nothing to the groups.

    Parameters
    ----------
    residual, shared : float
        k_residual and the k_s wanted; ``inf`` for the Poisson distribution. [-]

    Examples
    --------
    >>> shared, group = frailty_sizes(0.62, 1.0)
    >>> shared, round(group, 2)
    (1.0, 3.26)
    >>> frailty_sizes(float("inf"), 1.0)
    (inf, inf)
    """
    if shared <= residual:
        return residual, math.inf
    ratio = (1 + 1 / residual) / (1 + 1 / shared)
    return shared, math.inf if ratio == 1 else 1 / (ratio - 1)
