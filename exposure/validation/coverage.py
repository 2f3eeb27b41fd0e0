"""Whether updates and intervals are as sure as they say, and how often intervals hold (被覆).

Simulation-based calibration of the history update [1]_, and how often intervals hold the truth: a
long run stands for it, and short runs with other seeds are held against it. What is repeated, and
how often, is in ``data/validation.toml``.

References
----------
.. [1] Talts, Betancourt, Simpson, Vehtari, Gelman (2018), arXiv:1804.06788.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any  # Any: settings as read from TOML, and plain data

import numpy as np

from exposure.arrays import FloatArray, IntArray
from exposure.inputs.assumptions import Assumptions, load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.measures.cost import band
from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import Estimate, mean_interval, quantile_ranks, wilson_interval
from exposure.model.build import REGIMES, BreachModel, build_model
from exposure.model.frequency import CountMixture, update_counts
from exposure.policy.plan import Plan, plan
from exposure.result.record import Figure
from exposure.simulation.figures import (
    Measure,
    level_name,
    measure_of,
    needs_of,
    plan_figures_of,
    regime_figures,
    value_of,
)
from exposure.simulation.large_tables import draw_years, simulate_models, together
from exposure.simulation.loss_years import simulate_study
from exposure.simulation.machine import in_order
from exposure.streams import stream
from exposure.study.sizing import size_limits, size_task
from exposure.validation.checks import CALIBRATION, COVERAGE, Check, settings

Update = Callable[[Sequence[int]], CountMixture]

_SAMPLE = 2**10  # values of a repeat of a coverage test


def calibration_checks(sbc_repeats: int, coverage_repeats: int, seed: int) -> list[Check]:
    """Return the checks of the history update and of the intervals (較正の照合)."""
    h, criteria = settings()["history"], settings()["criteria"]
    rate, shared = np.array(h["no_event_rates"]), h["no_event_shared"]
    size, years = np.array(h["no_event_sizes"]), float(h["years"])

    points = load_assumptions().whole("run.history_grid_points")

    def update(events: Sequence[int]) -> CountMixture:
        return update_counts(rate, shared, size, list(events), years, points=points)

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
        for name, covered in interval_coverage(coverage_repeats, seed).items()
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
        From past events by group to the counts of the next year, as `update_counts`; its rows are
        gamma distributions of the rates, which the draws come from.
    rate, size : (n_groups,) array
        Prior means and sizes k_g. [1/year], [-]
    shared : float
        Size k_s of the shared level. [-]
    years : float
        Length of the history. [year]
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


def interval_coverage(repeats: int, seed: int) -> dict[str, float]:
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


STATISTICS = (
    "var",
    "tvar",
    "worth",
    "share_paid",
    "need_liability",
    "need_costs",
    "limit",
)

_REASON = "検証"


@dataclass(frozen=True)
class Experiment:
    """What is repeated (被覆率の実験).

    Parameters
    ----------
    study : StudyFile
        Its client and regime; the seed and the years are those of each run.
    model : BreachModel
        Built once: no repeat changes it.
    bought : Plan
        Of which worth and share paid are measured.
    product : str
        Of which the recommended limit is.
    measure : Measure
        Of its level are the intervals.
    level : float
        p of VaR and TVaR. [-]
    loss_years : int
        Of each repeat. [year]
    """

    study: StudyFile
    model: BreachModel
    bought: Plan
    product: str
    measure: Measure
    regime: str
    level: float
    loss_years: int


@dataclass(frozen=True)
class CoverageRate:
    """How often an interval held the value of the long run (被覆率).

    Parameters
    ----------
    truth : float
        Of the long run.
    share : Estimate
        Of the repeats, with its own interval. [-]
    """

    truth: float
    share: Estimate


def experiment_of(client: Mapping[str, Any], assumptions: Assumptions) -> Experiment:
    """Return what is repeated for one client of the settings (被覆実験の組み立て).

    The client is one of ``repeated.client`` in ``data/validation.toml``.

    Examples
    --------
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> client = settings()["repeated"]["client"][0]
    >>> experiment_of(client, load_assumptions()).bought.product
    'aiu_2015'
    """
    study = study_from_mapping(
        {
            "study": {"regimes": [client["regime"]], "endorsements": "as_given"},
            "client": dict(client["holds"]),
        },
        "validation",
    )
    stated: Client = study.client.with_defaults(assumptions)
    return Experiment(
        study=study,
        model=build_model(stated, assumptions, study.study.inception),
        bought=plan(client["plan"]),
        product=client["product"],
        measure=measure_of(study.client, assumptions),
        regime=client["regime"],
        level=settings()["repeated"]["level"],
        loss_years=client["loss_years"],
    )


def figures_of(experiment: Experiment, run: tuple[int, int]) -> dict[str, Estimate]:
    """Run a study with one seed for some loss years, and measure it."""
    seed, loss_years = run
    measure, bought = experiment.measure, experiment.bought
    years = simulate_study(
        experiment.model, (experiment.regime,), (bought,), (), loss_years=loss_years, seed=seed
    )[experiment.regime]
    tail = tail_measures(
        years.annual(years.gross),
        [experiment.level],
        level=measure.level,
        largest_share=measure.largest_share,
    )
    (figures,) = plan_figures_of(years, (bought,), measure)
    need = needs_of(years, measure)
    return {
        "var": tail.var[0],
        "tvar": tail.tvar[0],
        "worth": _estimate(figures.worth),
        "share_paid": _estimate(figures.share_paid),
        "need_liability": _estimate(need.liability),
        "need_costs": _estimate(need.costs),
        "limit": _limit(experiment, seed, loss_years),
    }


def _limit(experiment: Experiment, seed: int, loss_years: int) -> Estimate:
    """Return the limit recommended after so many years."""
    study = experiment.study
    years = {"value": loss_years, "reason": _REASON}
    raw = study.model_dump(mode="json", include={"study", "client"}, exclude_none=True)
    raw["assumptions"] = {"run.size_loss_years": years, "run.size_pilot_loss_years": years}
    changed = study_from_mapping(raw, "validation")
    task = size_task([study.client.records], changed, [experiment.product], seed)
    (row,) = size_limits(task, band=False)
    return _estimate(row.products[0].limit)


def _estimate(one: Figure) -> Estimate:
    value, low, high = (math.inf if end is None else end for end in (one.value, one.low, one.high))
    return Estimate(value, low, high)


def coverage(
    experiment: Experiment, repeats: int, truth_years: int, seed: int = 0, workers: int = 1
) -> Mapping[str, CoverageRate]:
    """Return how often each interval holds the value of a long run (被覆率).

    Parameters
    ----------
    truth_years : int
        Loss years of the long run. [year]
    seed : int
        Of the long run; the repeats have those that follow.

    Returns
    -------
    mapping of str to Covered
        By the names of ``STATISTICS``.
    """
    runs = [(seed, truth_years)]
    runs += [(seed + 1 + number, experiment.loss_years) for number in range(repeats)]
    found = in_order(figures_of, experiment, runs, workers)
    truth = next(found)
    held = dict.fromkeys(STATISTICS, 0)
    for figures in found:
        for name in STATISTICS:
            held[name] += figures[name].low <= truth[name].value <= figures[name].high
    level = experiment.measure.level
    return {
        name: CoverageRate(truth[name].value, wilson_interval(count, repeats, level=level))
        for name, count in held.items()
    }


def coverage_table(
    assumptions: Assumptions, repeats: int, seed: int, workers: int = 1
) -> list[dict[str, Any]]:
    """Return how often each interval held its truth, client by client (被覆率の表).

    Parameters
    ----------
    seed : int
        Of the long run; the repeats have those that follow.
    """
    rows = []
    for client in settings()["repeated"]["client"]:
        experiment = experiment_of(client, assumptions)
        truth_years = settings()["repeated"]["truth_factor"] * experiment.loss_years
        found = coverage(experiment, repeats, truth_years, seed, workers)
        rows += coverage_rows(experiment, found, client, repeats, truth_years)
    return rows


def coverage_rows(
    experiment: Experiment,
    found: Mapping[str, CoverageRate],
    client: Mapping[str, Any],
    repeats: int,
    truth_years: int,
) -> list[dict[str, Any]]:
    """Return the coverage of one client as plain data, with a verdict (被覆率の判定)."""
    low, high = settings()["criteria"]["repeated_low"], settings()["criteria"]["repeated_high"]
    # Limits sold come in steps: an interval of whole steps holds the right one more often.
    most = {"limit": 1.0}
    return [
        {
            "records": client["holds"]["records"],
            "regime": experiment.regime,
            "statistic": name,
            "title": dict(settings()["text"][f"covered_{name}"]),
            "truth": one.truth if math.isfinite(one.truth) else None,
            "nominal": experiment.measure.level,
            "covered": {
                "value": one.share.value,
                "low": one.share.low,
                "high": one.share.high,
            },
            "range": [low, most.get(name, high)],
            "inside": low <= one.share.value <= most.get(name, high),
            "repeats": repeats,
            "loss_years": experiment.loss_years,
            "truth_years": truth_years,
        }
        for name, one in found.items()
    ]


def coverage_checks(rows: list[dict[str, Any]]) -> list[Check]:
    """Return a check of every row of the table (被覆率の照合)."""
    return [
        Check(
            COVERAGE, f"covered_{row['statistic']}", f"{row['records']:,} {row['regime']}",
            row["covered"]["value"], row["nominal"], *row["range"],
        )
        for row in rows
    ]  # fmt: skip


# --- bands --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BandTask:
    """Whose bands are drawn again and again (前提の幅の実験).

    ``level`` is p of the TVaR. [-]
    """

    client: Client
    assumptions: Assumptions
    level: float


def band_ends(task: BandTask, seed: int) -> FloatArray:
    """Return the ends of the bands of a client, drawn with one seed as a study draws them.

    Returns
    -------
    (n_figures, 2) array
        Under each regime: mean and TVaR of the year, both needed limits, cost without insurance.
        [JPY]
    """
    known, inception = task.assumptions, task.assumptions.date("run.inception")
    measure = replace(measure_of(task.client, known), with_intervals=False)
    of, name = known.whole("run.parameter_draws"), level_name(task.level)

    def model_of(assumptions: Assumptions) -> BreachModel:
        return build_model(task.client.with_defaults(assumptions), assumptions, inception)

    p0 = model_of(known).empty_probability
    loss_years = draw_years(known, measure, p0, "run.draw_loss_years")
    rows = []
    for numbers in together(range(of), loss_years):
        models = [model_of(known.draw(seed, number, of)) for number in numbers]
        for years in simulate_models(
            models, REGIMES, (), loss_years=loss_years, seed=seed, numbers=numbers
        ):
            figures = [regime_figures(years[regime], (), measure) for regime in REGIMES]
            rows.append(
                [
                    value_of(one)
                    for own in figures
                    for one in (
                        own.ground_up.annual.mean,
                        own.ground_up.annual.tvar[name],
                        own.need.liability,
                        own.need.costs,
                        own.no_insurance.total_cost,
                    )
                ]
            )
    low, high = known.values("measure.band")
    return band(np.array(rows), (low, high)).T


def band_checks(assumptions: Assumptions, repeats: int, seed: int, workers: int = 1) -> list[Check]:
    """Check that the ends of bands are as precise as stated (前提の幅の精度).

    Parameters
    ----------
    repeats : int
        2 or more.
    seed : int
        The repeats have those that follow.
    """
    stated = settings()["band"]
    seeds = [seed + 1 + number for number in range(repeats)]
    checks = []
    for client in stated["client"]:
        holds = study_from_mapping({"client": client["holds"]}, "validation").client
        task = BandTask(holds, assumptions, stated["level"])
        moved = upper_ends_moved(np.array(list(in_order(band_ends, task, seeds, workers))))
        most = stated["precision"] * _chance_factor(repeats, stated["chance"])
        detail = client["name"]["en"]
        checks.append(Check(CALIBRATION, "band_end", detail, moved, stated["precision"], 0.0, most))
    return checks


def upper_ends_moved(ends: FloatArray) -> float:
    """Return how far upper ends move from seed to seed, as a share of the width (上端の動き).

    Parameters
    ----------
    ends : (n_seeds, n_figures, 2) array

    Returns
    -------
    float
        Root mean square, over the figures, of the standard deviation by the mean width. [-]

    Examples
    --------
    The end of the only band is at 9, 10 and 11, ten above the lower one on average:

    >>> upper_ends_moved(np.array([[[0.0, 9.0]], [[0.0, 10.0]], [[0.0, 11.0]]]))
    0.1
    """
    width = (ends[:, :, 1] - ends[:, :, 0]).mean(axis=0)
    moved = ends[:, :, 1].std(axis=0, ddof=1) / width
    return float(np.sqrt(np.square(moved).mean()))


def _chance_factor(repeats: int, chance: float) -> float:
    """Return how much more than is true so few repeats may show, of normal ends (χ²分布).

    The figures of one regime rise and fall together: they count as one.
    """
    from scipy.special import chdtri

    free = len(REGIMES) * (repeats - 1)
    return float(np.sqrt(chdtri(free, chance) / free))
