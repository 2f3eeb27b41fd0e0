"""What each uncertain figure does to the answer, one at a time (感度分析).

Every uncertain parameter is tried at both ends of its range on few years; those that move the
recommended plan most are tried again on more years with all plans and limits. Structural choices
stand apart. All points use the same random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exposure.inputs.assumptions import Assumptions
from exposure.measures.adequacy import adequacy
from exposure.measures.choice import Choice, choose_plan
from exposure.measures.sensitivity import Outcome, TornadoBar, tornado
from exposure.measures.sizing import recommended_limit
from exposure.study.draws import drawn_regime
from exposure.study.parallel import in_order
from exposure.study.plans import ComparedPlan, Ladder, ladder
from exposure.study.result import summaries_of
from exposure.study.setting import Setting
from exposure.study.simulation import Progress, RegimeYears, simulate_study
from exposure.study.structure import Form, forms_of, with_values


@dataclass(frozen=True)
class Point:
    """One setting of the model at which the answer is asked (感度分析の点).

    Parameters
    ----------
    name : str
        Parameter or structural choice; empty for the centre.
    shown : float or str
        Value of the parameter, or the alternative.
    replaced : mapping of str to float
        Parameters moved.
    form : Form or None
        Structural choice made otherwise.
    """

    name: str
    shown: float | str
    replaced: Mapping[str, float]
    form: Form | None = None


@dataclass(frozen=True)
class Task:
    """What is asked at every point (感度分析の設問).

    Parameters
    ----------
    setting : Setting
    reference : mapping of str to str
        The plan in question under each regime.
    loss_years : int
    ladders : mapping of str to Ladder
        Of each plan in question, at every limit it can have.
    in_full : bool
        With all plans and limits, or with the plans in question alone.
    """

    setting: Setting
    reference: Mapping[str, str]
    loss_years: int
    ladders: Mapping[str, Ladder]
    in_full: bool


@dataclass(frozen=True)
class Sensitivity:
    """What the points gave (感度分析の結果).

    Parameters
    ----------
    bars : mapping of str to tuple of TornadoBar
        By regime; parameters by what they do to the cost, then the structural choices.
    centre : mapping of str to Outcome
        By regime.
    effects : mapping of str to mapping of str to float
        By regime: how far each uncertain parameter moves the cost of the plan. [JPY/year]
    forms : mapping of str to Form
        The structural choices tried, by name.
    """

    bars: Mapping[str, tuple[TornadoBar, ...]]
    centre: Mapping[str, Outcome]
    effects: Mapping[str, Mapping[str, float]]
    forms: Mapping[str, Form]


def sensitivity_of(
    setting: Setting,
    choices: Mapping[str, Choice],
    workers: int = 1,
    progress: Progress | None = None,
) -> Sensitivity:
    """Try every uncertain parameter and structural choice (感度分析).

    Parameters
    ----------
    setting : Setting
    choices : mapping of str to Choice
        By regime, at the central parameters.
    workers : int
        Processes; their number changes nothing but the time.
    progress : callable, optional
        Called with points done and points in all.
    """
    named = {regime: choice.plan or choice.nearest for regime, choice in choices.items()}
    reference = {regime: name for regime, name in named.items() if name is not None}
    whole, most = setting.assumptions.whole, setting.assumptions.whole("run.tornado_parameters")
    names = setting.assumptions.uncertain()
    forms = forms_of(setting)
    total = 2 * len(names) + 2 * most * len(reference) + len(forms) + 1

    screening = Task(setting, reference, whole("run.screen_loss_years"), {}, in_full=False)
    ends = [point for name in names for point in _ends(setting, name)]
    screened = _outcomes(screening, ends, workers, progress, 0, total)
    effects = {regime: _effects(names, screened, regime) for regime in reference}

    kept = _most_influential(names, screened, reference, most)
    points = [Point("", "", {})]
    points += [point for name in kept for point in _ends(setting, name)]
    points += [Point(form.name, form.name, {}, form) for form in forms]
    limits = setting.assumptions.values("measure.limit_grid")
    built = {one.plan.id: one.plan for one in setting.compared}
    rungs = {plan: ladder(built[plan], limits) for plan in set(reference.values())}
    full = Task(setting, reference, whole("run.tornado_loss_years"), rungs, in_full=True)
    found = _outcomes(full, points, workers, progress, len(ends), total)
    bars = {regime: _bars(points, found, regime) for regime in reference}
    centre = {regime: found[0][regime] for regime in reference}
    return Sensitivity(bars, centre, effects, {form.name: form for form in forms})


def _ends(setting: Setting, name: str) -> list[Point]:
    found = []
    for level in setting.assumptions.values("measure.band"):
        moved = setting.assumptions.at_quantile(name, level)
        found.append(Point(name, moved.value(name), moved.replaced))
    return found


def _outcomes(
    task: Task,
    points: list[Point],
    workers: int,
    progress: Progress | None,
    before: int,
    total: int,
) -> list[Mapping[str, Outcome]]:
    found: list[Mapping[str, Outcome]] = []
    for outcome in in_order(outcomes_at, task, points, workers):
        found.append(outcome)
        if progress is not None:
            progress(before + len(found), total)
    return found


def outcomes_at(task: Task, point: Point) -> dict[str, Outcome]:
    """Return the answer at one point, by regime; a cost without a premium is that of the rest."""
    setting, wanted = task.setting, set(task.reference.values())
    compared = [one for one in setting.compared if task.in_full or one.plan.id in wanted]
    assumptions = Assumptions(setting.assumptions.records, point.replaced)
    if point.form is not None:
        assumptions = with_values(assumptions, point.form.values)
    years = simulate_study(
        setting.model_of(assumptions, use_history=point.form is None or point.form.use_history),
        list(task.reference),
        [one.plan for one in compared],
        [plan for rungs in task.ladders.values() for plan in rungs.plans],
        loss_years=task.loss_years,
        seed=setting.study.study.seed,
        by_reason=False,
    )
    return {
        regime: _outcome(task, regime, years[regime], compared, point.shown)
        for regime in task.reference
    }


def _outcome(
    task: Task,
    regime: str,
    years: RegimeYears,
    compared: Sequence[ComparedPlan],
    shown: float | str,
) -> Outcome:
    asked = task.setting.asked
    of_plans = drawn_regime(years, compared, asked)
    place = next(k for k, p in enumerate(compared) if p.plan.id == task.reference[regime])
    plan = task.reference[regime]
    if task.in_full:
        chosen = choose_plan(
            summaries_of(years, compared, asked),
            asked.constraints,
            level=asked.level,
            largest_share=asked.largest_share,
        ).plan
    else:
        chosen = plan
    return Outcome(
        setting=shown,
        adequacy=float(of_plans.adequacy[place]),
        cost=float(of_plans.retained_cost[place] + (compared[place].premium or 0.0)),
        limit=_limit(task, plan, years),
        plan=chosen,
    )


def _limit(task: Task, plan: str, years: RegimeYears) -> float | None:
    """Return the smallest limit of a plan that meets the target of adequacy."""
    asked, tallies = task.setting.asked, iter(years.ladder)
    for name, rungs in task.ladders.items():
        enough = [adequacy(next(tallies)[0], level=asked.level) for _ in rungs.plans]
        if name == plan:
            return recommended_limit(rungs.limits, enough, asked.constraints.target).value
    return None


def _effects(
    names: Sequence[str], screened: Sequence[Mapping[str, Outcome]], regime: str
) -> dict[str, float]:
    costs = [outcome[regime].cost or 0.0 for outcome in screened]
    return {name: abs(costs[2 * k + 1] - costs[2 * k]) for k, name in enumerate(names)}


def _most_influential(
    names: Sequence[str],
    screened: Sequence[Mapping[str, Outcome]],
    regimes: Mapping[str, str],
    most: int,
) -> list[str]:
    """Return the parameters that move cost or adequacy most under any regime, in their order."""
    kept: set[str] = set()
    for regime in regimes:
        cost = _effects(names, screened, regime)
        shares = [outcome[regime].adequacy for outcome in screened]
        share = {name: abs(shares[2 * k + 1] - shares[2 * k]) for k, name in enumerate(names)}
        half = math.ceil(most / 2)
        by_cost = sorted(names, key=lambda name: -cost[name])[:half]
        by_share = [name for name in sorted(names, key=lambda n: -share[n]) if name not in by_cost]
        kept |= {*by_cost, *by_share[: most - half]}
    return [name for name in names if name in kept]


def _bars(
    points: Sequence[Point], found: Sequence[Mapping[str, Outcome]], regime: str
) -> tuple[TornadoBar, ...]:
    by_name: dict[str, list[Outcome]] = {}
    for point, outcome in zip(points[1:], found[1:], strict=True):
        by_name.setdefault(point.name, []).append(outcome[regime])
    parameters = {name: (ends[0], ends[1]) for name, ends in by_name.items() if len(ends) > 1}
    structural = {name: tuple(ends) for name, ends in by_name.items() if len(ends) == 1}
    return tornado(found[0][regime], parameters, structural, by="cost")
