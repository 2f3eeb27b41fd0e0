"""How sure the result is, given that nobody knows the parameters exactly (パラメータの不確実性).

Puts the band over the parameter draws beside every headline, and says how often the recommended
plan would still be the best, what a wrong choice costs and what it would be worth to know more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any  # Any: branches of the result as plain data

import numpy as np

from exposure.arrays import FloatArray
from exposure.measures.choice import Choice
from exposure.measures.uncertainty import (
    Stability,
    band,
    predictive,
    stability,
    target_met,
    value_of_knowing,
)
from exposure.streams import stream
from exposure.study.draws import Draw, DrawnRegime, drawn
from exposure.study.headline import Plain
from exposure.study.parallel import in_order
from exposure.study.setting import Setting
from exposure.study.simulation import Progress


def all_draws(setting: Setting, workers: int = 1, progress: Progress | None = None) -> list[Draw]:
    """Draw the parameters as often as the assumptions ask, and run the study on each draw.

    Parameters
    ----------
    setting : Setting
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with draws done and draws in all.
    """
    numbers = list(range(setting.assumptions.whole("run.parameter_draws")))
    found = []
    for draw in in_order(drawn, setting, numbers, workers):
        found.append(draw)
        if progress is not None:
            progress(len(found), len(numbers))
    return found


def with_uncertainty(
    part: Plain, regime: str, choice: Choice, draws: Sequence[Draw], setting: Setting
) -> None:
    """Write bands and stability into one regime's part of the result.

    Parameters
    ----------
    part : mapping
        One regime of the result; changed in place.
    regime : str
    choice : Choice
        Of the plan, at the central parameters.
    draws : sequence of Draw
    setting : Setting
    """
    low, high = setting.assumptions.values("measure.band")
    own = [draw.regimes[regime] for draw in draws]
    _put_bands(part, [one.figures for one in own], (low, high))
    found = stability_of(choice, own, setting)
    part["stability"] = {
        "draws": len(draws),
        "loss_years": setting.assumptions.whole("run.draw_loss_years"),
        "frequency": {
            name: band(np.array([getattr(draw, field) for draw in draws]), (low, high)).tolist()
            for name, field in (
                ("events_per_year", "events_per_year"),
                ("probability_of_no_event", "empty_probability"),
            )
        },
        "predictive": _predictive(own, setting),
        **found,
        "knowing": _knowing(choice, draws, own, setting),
    }
    best = {one["id"]: one for one in found["plans"]}
    if choice.plan is not None:
        part["recommendation"]["probability_best"] = best[choice.plan]["probability_best"]
        part["recommendation"]["regret"] = best[choice.plan]["regret"]


def _put_bands(node: Any, draws: Sequence[Any], ends: tuple[float, float]) -> None:
    """Walk the result and the draws side by side, adding a band to every estimate."""
    if isinstance(node, list):
        for place, child in enumerate(node):
            _put_bands(child, [draw[place] for draw in draws], ends)
    elif isinstance(node, dict) and "value" in node and "low" in node:
        node["band"] = band(np.array(draws), ends).tolist()
    elif isinstance(node, dict):
        for key in draws[0]:
            if node[key] is not None:
                _put_bands(node[key], [draw[key] for draw in draws], ends)


def _predictive(own: Sequence[DrawnRegime], setting: Setting) -> Plain:
    levels = setting.asked.annual_levels
    pooled = predictive([one.annual for one in own], levels)
    names = [f"{level:g}" for level in levels]
    return {
        "mean": pooled.mean,
        "var": dict(zip(names, pooled.var, strict=True)),
        "tvar": dict(zip(names, pooled.tvar, strict=True)),
    }


def stability_of(choice: Choice, own: Sequence[DrawnRegime], setting: Setting) -> Plain:
    """Return how the ranking of plans survives the draws, as plain data (推奨の安定性).

    Parameters
    ----------
    choice : Choice
        At the central parameters.
    own : sequence of DrawnRegime
    setting : Setting
    """
    ids = [one.plan.id for one in setting.compared]
    adequacy = np.array([one.adequacy for one in own])
    qualifies = np.array([one.qualifies for one in own])
    cost = costs_of(own, setting)
    met, _ = target_met(adequacy, setting.asked.constraints.target)
    kept = _candidates(choice)
    priced = not np.isnan(cost[:, kept]).any()
    if priced:
        # Columns in order of preference decide between equal costs.
        order = sorted(kept, key=lambda k: (-choice.standings[k].limit_adequacy.value, ids[k]))
        found = stability(cost[:, order], qualifies[:, order])
        column = {k: place for place, k in enumerate(order)}
    else:
        found = stability(_ranks(own, setting), qualifies)
        column = {k: k for k in range(len(ids))}
    return {
        "by": "economic_cost" if priced else "limit_adequacy",
        "probability_none_qualifies": float((~qualifies.any(axis=1)).mean()),
        "plans": [
            {
                "id": ids[k],
                **_plan_stability(found, column.get(k), priced),
                "probability_target_met": float(met[k]),
            }
            for k in range(len(ids))
        ],
        "perfect_information": found.perfect_information if priced else None,
    }


def _plan_stability(found: Stability, place: int | None, priced: bool) -> Plain:
    """Return a plan's figures; a plan that missed a condition at the centre was no candidate."""
    if place is None:
        return {"probability_best": 0.0, "standard_error": 0.0, "regret": None}
    return {
        "probability_best": float(found.probability_best[place]),
        "standard_error": float(found.standard_error[place]),
        "regret": float(found.regret[place]) if priced else None,
    }


def _candidates(choice: Choice) -> list[int]:
    """Return the plans that meet the conditions at the centre; all if none does."""
    passing = [k for k, standing in enumerate(choice.standings) if not standing.failed]
    return passing or list(range(len(choice.standings)))


def costs_of(own: Sequence[DrawnRegime], setting: Setting) -> FloatArray:
    """Return the economic cost of every plan in every draw. (J, n_plans) array [JPY].

    A plan without a premium has NaN: its cost is not known.
    """
    premiums = [np.nan if one.premium is None else one.premium for one in setting.compared]
    total: FloatArray = np.array([one.retained_cost for one in own]) + np.array(premiums)
    return total


def _ranks(own: Sequence[DrawnRegime], setting: Setting) -> FloatArray:
    """Return the place of each plan in each draw where no cost decides, first 0.

    By adequacy, then bad years, then the identifier, as the choice of plan does.
    """
    by_name = np.argsort(np.argsort([one.plan.id for one in setting.compared]))
    orders = [np.lexsort((by_name, one.tvar, -one.adequacy)) for one in own]
    return np.array([np.argsort(order) for order in orders], dtype=np.float64)


def _knowing(
    choice: Choice, draws: Sequence[Draw], own: Sequence[DrawnRegime], setting: Setting
) -> list[Plain]:
    """Return the parameters worth knowing most, and what each would save a year on average.

    What a parameter without any influence would seem to save is taken off: with few draws in a
    group chance looks like knowledge.
    """
    cost = costs_of(own, setting)[:, _candidates(choice)]
    bins = min(setting.assumptions.whole("measure.information_groups"), len(draws) // 2)
    if np.isnan(cost).any() or cost.shape[1] < 2 or bins < 2:
        return []
    rng = stream(setting.study.study.seed, "parameters.shuffled")
    shuffles = setting.assumptions.whole("measure.information_groups")
    noise = [value_of_knowing(rng.random(len(draws)), cost, bins=bins) for _ in range(shuffles)]
    chance = float(np.mean(noise))
    saved: dict[str, float] = {}
    for name in draws[0].parameters:
        of_draws = np.array([draw.parameters[name] for draw in draws])
        saved[name] = value_of_knowing(of_draws, cost, bins=bins) - chance
    most = setting.assumptions.whole("measure.known_parameters")
    ordered = sorted(saved, key=lambda name: -saved[name])[:most]
    return [
        {
            "name": name,
            "label": setting.assumptions.sourced(name).label._asdict(),
            "value": saved[name],
        }
        for name in ordered
        if saved[name] > 0
    ]
