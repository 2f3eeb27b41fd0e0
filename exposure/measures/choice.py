"""Which plan to recommend, by one stated rule.

Plans that miss a condition of the client are dropped; of the rest the lowest economic cost of risk
wins; plans too close to call are told apart by adequacy, bad years, premium and id, in that order.
A premium that nobody has quoted is never invented: without it the cost takes no part. What a plan
costs is measured in `exposure.measures.cost`, the sentences are in `exposure.measures.reasons`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from exposure.errors import Text
from exposure.measures.cost import assess_plan, borne, cost_moments, unpaid_difference
from exposure.measures.intervals import require_paired
from exposure.measures.reasons import CRITERIA, Criterion, Reason, choice_text
from exposure.measures.standing import (
    Condition,
    Constraints,
    PlanSummary,
    Standing,
    dominating,
)


@dataclass(frozen=True)
class Choice:
    """The recommended plan, or why there is none (推奨プラン).

    Parameters
    ----------
    plan : str, or None
        None if no plan meets the conditions.
    reason : str
        ``lowest_cost``, ``tie``, ``only_candidate``, ``premium_unknown``, ``none_qualifies`` or
        ``no_plans``.
    text : Text
        The reason as a sentence.
    criterion : str, or None
        What told the plan from the runner-up where cost did not.
    constraint : str, or None
        First condition the nearest failing plan misses.
    nearest : str, or None
        The best failing plan, if none passes: fewest conditions missed, then the smallest
        shortfall of adequacy, then of liquidity.
    ties : tuple of str
        Other plans too close in cost to call, in order of preference.
    standings : tuple of Standing
        In the order of the plans given.
    """

    plan: str | None
    reason: Reason
    text: Text
    criterion: Criterion | None
    constraint: Condition | None
    nearest: str | None
    ties: tuple[str, ...]
    standings: tuple[Standing, ...]


def choose_plan(
    plans: Sequence[PlanSummary], constraints: Constraints, *, level: float, largest_share: float
) -> Choice:
    """Recommend a plan (推奨プランの選定).

    Parameters
    ----------
    plans : sequence of PlanSummary
        On the same simulated years, with different ids.
    constraints : Constraints
        The client's conditions.
    level, largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]

    Raises
    ------
    ValueError
        If two plans share an id, or the plans were not run on the same years.

    Examples
    --------
    In one year of twenty, one plan leaves 8 million yen unpaid and the other nothing:

    >>> import numpy as np
    >>> from exposure.measures.intervals import Estimate
    >>> from exposure.tables import Annual
    >>> def plan(name, premium, unpaid):
    ...     retained = Annual(np.array([0.0, unpaid]), 0.9)
    ...     return PlanSummary(name, premium, Estimate(0.99, 0.98, 1.0), retained, 0.0)
    >>> conditions = Constraints(0.95, None, 0.95, 0.05, 0.0, 0.02)
    >>> both = [plan("small", 1e5, 8e6), plan("large", 3e5, 0.0)]
    >>> choice = choose_plan(both, conditions, level=0.9, largest_share=0.05)
    >>> choice.plan, choice.reason
    ('large', 'lowest_cost')
    >>> [round(standing.economic_cost.value) for standing in choice.standings]
    [880000, 300000]
    """
    if len({plan.id for plan in plans}) < len(plans):
        raise ValueError("two plans share an id")
    compared = [
        (plan, assess_plan(plan, constraints, level=level, largest_share=largest_share))
        for plan in plans
    ]
    compared = [
        (plan, replace(standing, dominated_by=dominating(plan, standing, compared)))
        for plan, standing in compared
    ]
    passing = [pair for pair in compared if not pair[1].failed]
    priced = all(plan.premium is not None for plan, _ in passing)
    tied = _tied(passing, constraints) if priced else passing
    ranked = sorted(tied, key=_preference)
    names = {plan.id for plan, _ in ranked} if priced else set()
    standings = tuple(replace(standing, tied=standing.id in names) for _, standing in compared)
    reason = _reason(compared, passing, priced, tied)
    criterion = _criterion(ranked)
    shown = ranked or sorted(compared, key=lambda pair: _shortfall(pair[1], constraints))
    winner = ranked[0][0].id if ranked else None
    nearest = shown[0][1] if shown and not ranked else None
    return Choice(
        plan=winner,
        reason=reason,
        text=choice_text(reason, criterion, shown, passing, constraints),
        criterion=criterion,
        constraint=nearest.failed[0] if nearest else None,
        nearest=nearest.id if nearest else None,
        ties=tuple(plan.id for plan, _ in ranked[1:]) if priced else (),
        standings=standings,
    )


_Pair = tuple[PlanSummary, Standing]


def _tied(passing: list[_Pair], constraints: Constraints) -> list[_Pair]:
    """Return the plan of lowest cost and those too close to it to call."""
    if not passing:
        return []
    best, best_standing = min(passing, key=lambda pair: (_cost(pair[1]), _preference(pair)))
    lowest = _cost(best_standing)
    cheapest = borne(best, best_standing.retained_var.value)
    tied = []
    for plan, standing in passing:
        require_paired(plan.retained, best.retained)
        gap = _cost(standing) - lowest
        if gap == 0 or gap < constraints.tie_share * lowest:
            tied.append((plan, standing))
            continue
        own = borne(plan, standing.retained_var.value)
        paired = cost_moments(unpaid_difference(own, cheapest), own, cheapest, constraints)
        weight = 1 - plan.retained.empty_probability
        if gap < constraints.tie_standard_errors * weight * paired.standard_error:
            tied.append((plan, standing))
    return tied


def _cost(standing: Standing) -> float:
    return math.inf if standing.economic_cost is None else standing.economic_cost.value


def _preference(pair: _Pair) -> tuple[float, float, float, str]:
    """Return what orders plans that cost does not tell apart, in the order of ``CRITERIA``."""
    plan, standing = pair
    premium = math.inf if plan.premium is None else plan.premium
    return (-plan.limit_adequacy.value, standing.retained_tvar.value, premium, plan.id)


def _criterion(ranked: list[_Pair]) -> Criterion | None:
    """Return the first criterion in which the winner and the runner-up differ."""
    if len(ranked) < 2:
        return None
    first, second = (_preference(pair) for pair in ranked[:2])
    differs = (a != b for a, b in zip(first, second, strict=True))
    return next(name for name, differ in zip(CRITERIA, differs, strict=True) if differ)


def _shortfall(standing: Standing, constraints: Constraints) -> tuple[int, float, float, str]:
    """Return what orders failing plans: the nearest to passing comes first."""
    short = max(constraints.target - standing.limit_adequacy.value, 0.0)
    bearable = math.inf if constraints.liquidity is None else constraints.liquidity
    over = max(standing.retained_var.value - bearable, 0.0)
    return (len(standing.failed), short, over, standing.id)


def _reason(compared: list[_Pair], passing: list[_Pair], priced: bool, tied: list[_Pair]) -> Reason:
    if not compared:
        return "no_plans"
    if not passing:
        return "none_qualifies"
    if len(passing) == 1:
        return "only_candidate"
    if not priced:
        return "premium_unknown"
    return "tie" if len(tied) > 1 else "lowest_cost"
