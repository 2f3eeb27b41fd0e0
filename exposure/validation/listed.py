"""Leaks of listed companies by size, against what the model expects of them (上場会社の件数の照合).

The draws of the joint fit are weighted by the likelihood of some years only; other years are then
held against what the weighted draws predict. Nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import load_groups
from exposure.inputs.sources import reference_rows
from exposure.model.calibration import load_surveys
from exposure.model.fits import draw_priors, expected_large_leaks, joint_document
from exposure.model.frequency import anchored_rates
from exposure.model.sizes import probability_of_at_least, size_model
from exposure.streams import stream
from exposure.validation.checks import BackTest, Check, back_test, part, settings

_NODES = 2**6  # record counts over the companies
_FARTHEST = 2.0**2  # standard deviations beyond the point that the rate moves the holders to
_STEPS = 2**6  # of the search for a scaling
_WIDEST = 2.0**20  # factor beyond which nobody would scale


@dataclass(frozen=True)
class Count:
    """A published number of leaks (公表件数).

    Parameters
    ----------
    seen : float
        Leaks counted.
    least, below : float
        Persons from, and below which; infinity for no upper end. [person]
    years : float
        Years counted together.
    level : float
        Of the rate of those years, relative to today's. [-]
    all_known : bool
        Whether the sizes of all leaks of those years are known.
    """

    seen: float
    least: float
    below: float
    years: float
    level: float
    all_known: bool = False


@dataclass(frozen=True)
class Draws:
    """Parameters drawn, and what each expects of listed companies in a year (抽選した母集団).

    Parameters
    ----------
    parameters : mapping of str to (n_draws,) array
    known : (n_draws,) array
        Share of the leaks below the largest that are of known size. [-]
    at_least : (n_thresholds, n_draws) array
        Leaks a year of at least so many persons. [1/year]
    thresholds : tuple of float
        [person]
    largest : float
        From so many persons on, the size is always known. [person]
    excess : tuple of float
        d of the variance m + d m² of a count, below and from ``largest``. [-]
    """

    parameters: Mapping[str, FloatArray]
    known: FloatArray
    at_least: FloatArray
    thresholds: tuple[float, ...]
    largest: float
    excess: tuple[float, float]

    def mean(self, count: Count) -> FloatArray:
        """Return what each draw expects of a published count. (n_draws,) array."""
        above = self._at_least(count.least)
        known = np.ones_like(self.known) if count.all_known else self.known
        if count.below < np.inf:
            return (above - self._at_least(count.below)) * known * count.years * count.level
        # A leak of a million is counted whoever looks; smaller ones may be of unknown size.
        largest = self._at_least(max(count.least, self.largest))
        found: FloatArray = (largest + (above - largest) * known) * count.years * count.level
        return found

    def size(self, count: Count) -> float:
        """Return the size of the negative binomial, whose variance is m + m² ÷ size.

        The same for one year and for several together: they share the level they are off by.
        """
        return 1 / self.excess[int(count.least >= self.largest)]

    def _at_least(self, threshold: float) -> FloatArray:
        found: FloatArray = self.at_least[self.thresholds.index(threshold)]
        return found


def draw_listed(assumptions: Assumptions) -> Draws:
    """Draw the parameters from the priors of the joint fit, and work out the counts (母集団の抽選).

    What the counts say nothing about is as assumed.
    """
    survey = load_surveys().joint[settings()["listed_sizes"]["survey"]]
    drawn = draw_priors(survey)
    thresholds = tuple(float(t) for t in settings()["listed_sizes"]["thresholds"])
    unknown = stream(0, "validation/listed").random(survey.draws)
    return Draws(
        parameters=drawn,
        known=1 - unknown * survey.unknown.numerator / survey.unknown.denominator,
        at_least=expected_large_leaks(drawn, thresholds, survey, assumptions),
        thresholds=thresholds,
        largest=survey.large,
        excess=survey.overdispersion,
    )


def leaks_at_least(
    assumptions: Assumptions, median: float, sd_log: float, thresholds: Sequence[float]
) -> FloatArray:
    """Return the leaks of a company a year by least size, its records lognormal (規模別の頻度).

    Σ over causes of E[λ_c(N) P(B ≥ t | N, c)]. The leaks at vendors are those of somebody else and
    are not counted.

    (n_thresholds,) array [1/year].

    Parameters
    ----------
    median, sd_log : float
        Of the records held. [person], [-]
    thresholds : sequence of float
        Whole numbers of 2 or more. [person]

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> found = leaks_at_least(load_assumptions(), 60_000, 2.0, [10_000.0, 1_000_000.0])
    >>> bool(found[0] > found[1] > 0)
    True
    """
    rates, exponents = anchored_rates(assumptions), cause_exponents(assumptions)
    sizes = size_model(Client(records=1), assumptions)
    reference = assumptions.value("frequency.n_ref")
    industry = assumptions.value("frequency.r_ind.*")
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    found = np.zeros(len(thresholds))
    for k, threshold in enumerate(thresholds):
        # Nobody who holds fewer records can have such a leak: the integral starts there.
        start = (np.log(threshold) - np.log(median)) / sd_log
        for cause in np.flatnonzero(rates).tolist():
            # Weighting with a power of the records moves their normal distribution and no more.
            end = max(start, exponents[cause] * sd_log) + _FARTHEST
            first = max(start, exponents[cause] * sd_log - _FARTHEST)
            z = (first + end) / 2 + (end - first) / 2 * nodes
            density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * weights * (end - first) / 2
            held = median * np.exp(sd_log * z)
            rate = rates[cause] * (held / reference) ** exponents[cause]
            chance = probability_of_at_least(sizes, cause, threshold, held)
            found[k] += float(density @ (rate * chance))
    return found * industry


def cause_exponents(assumptions: Assumptions) -> FloatArray:
    """Return the exponent of the records in the rate of each cause. (n_causes,) array [-]."""
    groups = load_groups()
    return np.array(
        [assumptions.value(f"frequency.epsilon.{groups.groups[g]}") for g in groups.group_of_cause]
    )


def published_count(stated: Mapping[str, Any]) -> Count:
    """Return a count of the reference tables, as the settings name it (公表件数).

    Parameters
    ----------
    stated : mapping
        ``rows`` of ``size_buckets`` as dataset and least persons, which are added up, or ``seen``;
        ``least``, ``below``, ``years``, ``level`` and ``all_known``.
    """
    seen = float(stated.get("seen", 0))
    for dataset, least in stated.get("rows", ()):
        (row,) = (
            row
            for row in reference_rows("size_buckets")
            if row["dataset"] == dataset and row["persons_from"] == str(least)
        )
        seen += float(row["count"])
    return Count(
        seen=seen,
        least=float(stated["least"]),
        below=float(stated.get("below", np.inf)),
        years=float(stated.get("years", 1)),
        level=float(stated.get("level", 1)),
        all_known=bool(stated.get("all_known", False)),
    )


def likelihood_weights(draws: Draws, counts: Sequence[Count]) -> FloatArray:
    """Return the weights of draws that have seen some counts (尤度による重み).

    Returns
    -------
    (n_draws,) array
        Sums to one. [-]
    """
    from scipy.special import gammaln

    log = np.zeros(draws.known.size)
    for count in counts:
        mean, size = draws.mean(count), draws.size(count)
        log += (
            gammaln(count.seen + size)
            - gammaln(size)
            + size * np.log(size / (size + mean))
            + count.seen * np.log(mean / (size + mean))
        )
    weight = np.exp(log - log.max())
    scaled: FloatArray = weight / weight.sum()
    return scaled


def chance_of_at_most(seen: float, mean: FloatArray, weight: FloatArray, size: float) -> float:
    """Return the predictive probability of at most so many leaks (予測分布). [-].

    Examples
    --------
    >>> round(chance_of_at_most(10**6, np.array([5.0]), np.ones(1), 10.0), 6)
    1.0
    """
    from scipy.special import betainc

    if seen < 0:
        return 0.0
    return float(weight @ betainc(size, np.floor(seen) + 1, size / (size + mean)))


def listed_tests(assumptions: Assumptions) -> list[BackTest]:
    """Return the back-tests of listed companies (上場会社の件数の照合)."""
    test = settings()["listed_sizes"]
    draws = draw_listed(assumptions)
    found = []
    for name, one in test["tests"].items():
        weight = likelihood_weights(
            draws, [published_count(test["counts"][key]) for key in one["fitted_to"]]
        )
        found.append(back_test(name, [_part(name, key, draws, weight) for key in one["against"]]))
    return found


def fitted_parameters(assumptions: Assumptions) -> list[dict[str, Any]]:
    """Return the parameters after all counts beside the values used (当てはめの結果)."""
    test = settings()["listed_sizes"]
    survey = load_surveys().joint[test["survey"]]
    posterior = joint_document(survey, assumptions)["posterior"]
    return [
        {
            "name": name,
            "label": dict(test["labels"][name]),
            **{key: found[key] for key in ("low", "median", "high")},
            "used": assumptions.value(test["used"][name]) if name in test["used"] else None,
        }
        for name, found in posterior.items()
    ]


def _part(name: str, key: str, draws: Draws, weight: FloatArray) -> Check:
    """Hold one count against its predictive distribution."""
    criteria, stated = settings()["criteria"], settings()["listed_sizes"]["counts"][key]
    count = published_count(stated)
    mean, size = draws.mean(count), draws.size(count)

    def quantile(level: float) -> float:
        low, high = 0, 1
        while chance_of_at_most(high, mean, weight, size) < level:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            if chance_of_at_most(middle, mean, weight, size) < level:
                low = middle
            else:
                high = middle
        return float(low if chance_of_at_most(low, mean, weight, size) >= level else high)

    # The rate may be scaled until the count is in one tail or the other.
    least = _solve(
        lambda s: chance_of_at_most(count.seen - 1, s * mean, weight, size) <= criteria["high"]
    )
    most = _solve(lambda s: chance_of_at_most(count.seen, s * mean, weight, size) < criteria["low"])
    return part(
        name, stated["detail"], count.seen, quantile(1 / 2),
        (quantile(criteria["low"]), quantile(criteria["high"])), (least, most), stated["source"],
    )  # fmt: skip


def _solve(holds: Any) -> float:  # Any: a test of a factor that is true from some factor on
    """Return the smallest factor for which something holds."""
    low, high = 1 / _WIDEST, _WIDEST
    for _ in range(_STEPS):
        middle = float(np.sqrt(low * high))
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
