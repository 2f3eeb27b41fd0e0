"""How often the intervals of a study hold the value of a far longer run (区間の被覆実験).

A long run stands for the truth, and short runs with other seeds are held against it. What is
repeated, and how often, is in ``data/validation.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # Any: settings as read from TOML, and plain data

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import Estimate, wilson_interval
from exposure.model.build import BreachModel, build_model
from exposure.policy.plans import Plan, plan
from exposure.result.record import Figure
from exposure.study.headline import Measure, bare_of, measure_of, needs_of, plan_figures
from exposure.study.parallel import in_order
from exposure.study.simulation import simulate_study
from exposure.study.sizing import size_limits, size_task
from exposure.validation.checks import COVERAGE, Check, settings

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
    regime : str
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
class Covered:
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

    Parameters
    ----------
    client : mapping
        Of ``repeated.client`` in ``data/validation.toml``.
    assumptions : Assumptions

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
    """Run a study with one seed for some loss years, and measure it.

    Parameters
    ----------
    experiment : Experiment
    run : tuple of int
        Seed and loss years.
    """
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
    figures = plan_figures(bought, years.plans[0], years, bare_of(years, measure), measure)
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
) -> Mapping[str, Covered]:
    """Return how often each interval holds the value of a long run (被覆率).

    Parameters
    ----------
    experiment : Experiment
    repeats : int
    truth_years : int
        Loss years of the long run. [year]
    seed : int
        Of the long run; the repeats have those that follow.
    workers : int
        Processes; their number changes nothing but the time.

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
        name: Covered(truth[name].value, wilson_interval(count, repeats, level=level))
        for name, count in held.items()
    }


def coverage_table(
    assumptions: Assumptions, repeats: int, seed: int, workers: int = 1
) -> list[dict[str, Any]]:
    """Return how often each interval held its truth, client by client (被覆率の表).

    Parameters
    ----------
    assumptions : Assumptions
    repeats : int
    seed : int
        Of the long run; the repeats have those that follow.
    workers : int
        Processes; their number changes nothing but the time.
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
    found: Mapping[str, Covered],
    client: Mapping[str, Any],
    repeats: int,
    truth_years: int,
) -> list[dict[str, Any]]:
    """Return the coverage of one client as plain data, with a verdict (被覆率の判定).

    Parameters
    ----------
    experiment : Experiment
    found : mapping of str to Covered
    client : mapping
        As in `experiment_of`.
    repeats, truth_years : int
    """
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
    """Return a check of every row of the table (被覆率の照合).

    Parameters
    ----------
    rows : list
        Of `coverage_table`.
    """
    return [
        Check(
            COVERAGE, f"covered_{row['statistic']}", f"{row['records']:,} {row['regime']}",
            row["covered"]["value"], row["nominal"], *row["range"],
        )
        for row in rows
    ]  # fmt: skip
