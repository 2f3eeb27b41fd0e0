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
from exposure.study.headline import Asked
from exposure.study.parallel import in_order
from exposure.study.plans import Ladder
from exposure.study.simulation import simulate_study


@dataclass(frozen=True)
class Experiment:
    """What is repeated (被覆率の実験).

    Parameters
    ----------
    model : BreachModel
        Built once: no repeat changes it.
    asked : Asked
        Of its level are the intervals.
    regime : str
    sold : Ladder
        A product at the limits it is sold at or tried at.
    fine : Ladder
        The same product at limits so close that the recommended one hardly depends on the steps.
    adequacy_at : float
        The sold limit of which the adequacy is measured. [JPY]
    target : float
        Of the adequacy. [-]
    level : float
        p of VaR and TVaR. [-]
    loss_years : int
        Of each repeat. [year]
    """

    model: BreachModel
    asked: Asked
    regime: str
    sold: Ladder
    fine: Ladder
    adequacy_at: float
    target: float
    level: float
    loss_years: int


@dataclass(frozen=True)
class Figures:
    """The figures of one run (1回分の推定値).

    Parameters
    ----------
    var, tvar : Estimate
        Of the annual loss before insurance. [JPY]
    adequacy : Estimate
        Per breach. [-]
    limit, sold_limit : Estimate
        Recommended limit, of the fine steps and of those sold; ``inf`` where none is enough. [JPY]
    """

    var: Estimate
    tvar: Estimate
    adequacy: Estimate
    limit: Estimate
    sold_limit: Estimate


@dataclass(frozen=True)
class Covered:
    """How often an interval held the value of the long run (被覆率).

    Parameters
    ----------
    truth : float
        Of the long run; ``inf`` where no limit is enough.
    share : Estimate
        Of the repeats, with its own interval. [-]
    """

    truth: float
    share: Estimate


STATISTICS = ("var", "tvar", "adequacy", "limit", "sold_limit")


def figures_of(experiment: Experiment, run: tuple[int, int]) -> Figures:
    """Run a study with one seed for some loss years, and measure it.

    Parameters
    ----------
    experiment : Experiment
    run : tuple of int
        Seed and loss years.
    """
    asked, sold, fine = experiment.asked, experiment.sold, experiment.fine
    seed, loss_years = run
    years = simulate_study(
        experiment.model,
        (experiment.regime,),
        (),
        (*sold.plans, *fine.plans),
        loss_years=loss_years,
        seed=seed,
        by_reason=False,
    )[experiment.regime]
    tail = tail_measures(
        years.annual(years.gross),
        [experiment.level],
        level=asked.level,
        largest_share=asked.largest_share,
    )
    enough = [adequacy(event, level=asked.level) for event, _ in years.ladder]
    of_sold, of_fine = enough[: len(sold.plans)], enough[len(sold.plans) :]
    return Figures(
        var=tail.var[0],
        tvar=tail.tvar[0],
        adequacy=of_sold[sold.limits.index(experiment.adequacy_at)],
        limit=_estimate(recommended_limit(fine.limits, of_fine, experiment.target)),
        sold_limit=_estimate(recommended_limit(sold.limits, of_sold, experiment.target)),
    )


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
            interval: Estimate = getattr(figures, name)
            held[name] += interval.low <= getattr(truth, name).value <= interval.high
    level = experiment.asked.level
    return {
        name: Covered(getattr(truth, name).value, wilson_interval(count, repeats, level=level))
        for name, count in held.items()
    }


def _estimate(limit: RecommendedLimit) -> Estimate:
    value, low, high = (
        math.inf if end is None else end for end in (limit.value, limit.low, limit.high)
    )
    return Estimate(value, low, high)
