"""How often the intervals of a study hold the truth, by repeating it with other seeds (被覆率).

An experiment for the validation, not part of any study: a long run stands for the truth, and short
runs with other seeds are held against it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exposure.measures.adequacy import adequacy
from exposure.measures.exceedance import tail_measures
from exposure.measures.intervals import Estimate, wilson_interval
from exposure.measures.sizing import RecommendedLimit, recommended_limit
from exposure.model.build import BreachModel
from exposure.study.parallel import in_order
from exposure.study.plans import Ladder
from exposure.study.setting import Setting
from exposure.study.simulation import simulate_study


@dataclass(frozen=True)
class Experiment:
    """What is repeated (被覆率の実験).

    Parameters
    ----------
    setting : Setting
    regime : str
    rungs : Ladder
        Whose adequacy and recommended limit are measured.
    target : float
        Of the adequacy. [-]
    level : float
        p of VaR and TVaR. [-]
    loss_years : int
        Of each repeat. [year]
    """

    setting: Setting
    regime: str
    rungs: Ladder
    target: float
    level: float
    loss_years: int


@dataclass(frozen=True)
class Figures:
    """The figures of one run (1回分の推定値)."""

    var: Estimate
    tvar: Estimate
    adequacy: Estimate
    limit: RecommendedLimit


def figures_of(experiment: Experiment, seed: int, loss_years: int | None = None) -> Figures:
    """Run a study with one seed and measure it."""
    setting = experiment.setting
    model: BreachModel = setting.model_of(setting.assumptions)
    years = simulate_study(
        model,
        (experiment.regime,),
        (),
        experiment.rungs.plans,
        loss_years=loss_years or experiment.loss_years,
        seed=seed,
        by_reason=False,
    )[experiment.regime]
    asked = setting.asked
    tail = tail_measures(
        years.annual(years.gross),
        [experiment.level],
        level=asked.level,
        largest_share=asked.largest_share,
    )
    enough = [adequacy(event, level=asked.level) for event, _ in years.ladder]
    limit = recommended_limit(experiment.rungs.limits, enough, experiment.target)
    return Figures(tail.var[0], tail.tvar[0], enough[len(enough) // 2], limit)


def coverage(
    experiment: Experiment, repeats: int, truth_years: int, workers: int = 1
) -> Mapping[str, Estimate]:
    """Return how often each interval holds the value of a long run (被覆率).

    Parameters
    ----------
    experiment : Experiment
    repeats : int
        Seeds 1, 2, …; the long run has seed 0.
    truth_years : int
        Loss years of the long run. [year]
    workers : int
        Processes.

    Returns
    -------
    mapping of str to Estimate
        For ``var``, ``tvar``, ``adequacy`` and ``limit``: share of the repeats, with its interval.
    """
    truth = figures_of(experiment, 0, truth_years)
    held = dict.fromkeys(("var", "tvar", "adequacy", "limit"), 0)
    for found in in_order(figures_of, experiment, list(range(1, repeats + 1)), workers):
        for name in ("var", "tvar", "adequacy"):
            interval, right = getattr(found, name), getattr(truth, name).value
            held[name] += interval.low <= right <= interval.high
        low, high = (_or_none_enough(end) for end in (found.limit.low, found.limit.high))
        held["limit"] += low <= _or_none_enough(truth.limit.value) <= high
    level = experiment.setting.asked.level
    return {name: wilson_interval(count, repeats, level=level) for name, count in held.items()}


def _or_none_enough(limit: float | None) -> float:
    return math.inf if limit is None else limit
