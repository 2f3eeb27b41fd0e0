"""How sure the answer is: joint draws of the parameters, and the whole rule on each (不確実性).

Every draw has loss years of its own. On the same years all draws would be wrong in the same
direction, as far as a thousand years are, and more draws would not help; on their own the errors
cancel in what the draws say together.

What the draws give is simulated without premiums and may be taken over from an earlier run; then
prices and the whole rule are put to each. The band over the draws stands beside every figure, with
how often the answer stays, what a wrong choice costs and what it would be worth to know more.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from exposure.arrays import BoolArray, FloatArray
from exposure.measures.cost import Predictive as Pooled
from exposure.measures.cost import band, predictive, regrets, value_of_knowing
from exposure.measures.decision import Answer, Price, decide
from exposure.policy.plan import Plan
from exposure.result.document import Columns, Found, Simulated, Stage, columns_of, figures_in
from exposure.result.record import (
    Band,
    Figure,
    Knowing,
    Predictive,
    RegimeResult,
    Stability,
    TermCut,
    Trials,
    Words,
)
from exposure.simulation.figures import (
    ClientValues,
    Measure,
    PlanValues,
    Values,
    bare_of,
    level_name,
    regime_figures,
)
from exposure.simulation.large_tables import draw_years, simulate_models, together
from exposure.simulation.loss_years import Progress, RegimeYears
from exposure.simulation.machine import in_order, spared_objects
from exposure.streams import stream
from exposure.study.answer import PricedOffers, Setting, StudyAnswer, cases_of
from exposure.study.offers import Offer
from exposure.tables import Annual


@dataclass(frozen=True)
class RegimeDraw:
    """What one draw gives under one regime, before any premium (抽出ごとの結果).

    Parameters
    ----------
    client : mapping of str to float
        Every figure by its path, and the annual loss without insurance at the level of the cost;
        infinite where no year of the draw reaches it.
    plans : mapping of str to mapping of str to float
        The same of every plan, by its identifier.
    annual : Annual
        Gross loss of its years. [JPY]
    """

    client: Mapping[str, float]
    plans: Mapping[str, Mapping[str, float]]
    annual: Annual


@dataclass(frozen=True)
class Draw:
    """One joint draw (パラメータの1組).

    Parameters
    ----------
    parameters : mapping of str to float
        The values drawn.
    events_per_year, empty_probability : float
        [1/year], [-]
    """

    parameters: Mapping[str, float]
    events_per_year: float
    empty_probability: float
    regimes: Mapping[str, RegimeDraw]


@dataclass(frozen=True)
class DrawTask:
    """What all draws have in common (抽出の設問).

    Parameters
    ----------
    plans : tuple of Plan
        That the draws choose from.
    loss_years : int
        Of each draw. [year]
    """

    setting: Setting
    plans: tuple[Plan, ...]
    loss_years: int


def draw_answers(task: DrawTask, numbers: Sequence[int]) -> list[Draw]:
    """Draw all parameters some times and simulate the study on them (パラメータの抽出と試算).

    A draw of the same number, 0 or more, has the same parameters.
    """
    setting, seed = task.setting, task.setting.study.study.seed
    of = setting.assumptions.whole("run.parameter_draws")
    drawn = [setting.assumptions.draw(seed, number, of) for number in numbers]
    models = [setting.model_of(assumptions) for assumptions in drawn]
    years = simulate_models(
        models, setting.study.study.regimes, task.plans,
        loss_years=task.loss_years, seed=seed, numbers=numbers, by_event=True,
    )  # fmt: skip
    return [
        Draw(
            parameters=dict(assumptions.replaced),
            events_per_year=float(model.events_per_year.sum()),
            empty_probability=float(model.empty_probability),
            regimes={regime: _draw(task, own) for regime, own in of_draw.items()},
        )
        for assumptions, model, of_draw in zip(drawn, models, years, strict=True)
    ]


_VAR = "uninsured_var"


def _draw(task: DrawTask, years: RegimeYears) -> RegimeDraw:
    """Measure the years of one draw under one regime."""
    measure = replace(task.setting.measure, with_intervals=False)
    figures = regime_figures(years, task.plans, measure)
    return RegimeDraw(
        client={**_by_path(figures), _VAR: bare_of(years, measure).var},
        plans={plan.id: _by_path(own) for plan, own in zip(task.plans, figures.plans, strict=True)},
        annual=years.annual(years.gross),
    )


def _by_path(figures: object) -> dict[str, float]:
    """Return figures by their path; an amount that no year reaches counts as infinite."""
    return {path: math.inf if one.value is None else one.value for path, one in figures_in(figures)}


@dataclass(frozen=True)
class DrawnClient:
    """What the draws together give of a client, before any premium (抽出の結果).

    Parameters
    ----------
    parameters : Columns
        The values drawn, by name.
    facts : Columns
        ``events_per_year`` [1/year] and ``empty_probability`` [-].
    figures : mapping of str to Columns
        By regime; not a number where a draw does not have the figure.
    predictive : mapping of str to Predictive
        Of the years of all draws, by regime.
    loss_years : int
        Of each draw. [year]
    """

    parameters: Columns
    facts: Columns
    figures: dict[str, Columns]
    predictive: dict[str, Pooled]
    loss_years: int


DRAWS = Stage("parameter draws", DrawnClient, dict[str, Columns])


def _together(
    task: DrawTask, regimes: Sequence[str], draws: Sequence[Draw]
) -> Found[DrawnClient, dict[str, Columns]]:
    """Return what all draws give, column by column."""
    levels = task.setting.measure.annual_levels
    own = {regime: [draw.regimes[regime] for draw in draws] for regime in regimes}
    facts = [
        {"events_per_year": draw.events_per_year, "empty_probability": draw.empty_probability}
        for draw in draws
    ]
    client = DrawnClient(
        parameters=_columns([draw.parameters for draw in draws]),
        facts=_columns(facts),
        figures={regime: _columns([one.client for one in of]) for regime, of in own.items()},
        predictive={
            regime: predictive([one.annual for one in of], levels) for regime, of in own.items()
        },
        loss_years=task.loss_years,
    )
    plans = {
        plan.id: {
            regime: _columns([one.plans[plan.id] for one in of]) for regime, of in own.items()
        }
        for plan in task.plans
    }
    return Found(client, plans)


def _columns(rows: Sequence[Mapping[str, float]]) -> Columns:
    names = dict.fromkeys(name for row in rows for name in row)
    return columns_of({name: np.array([row.get(name, math.nan) for row in rows]) for name in names})


@dataclass(frozen=True)
class RegimeDraws:
    """What the draws give under one regime, premiums among it (抽出と選定の結果).

    Parameters
    ----------
    client : mapping of str to (n_draws,) array
        Every figure by its path.
    plans : mapping of str to mapping of str to (n_draws,) array
        The same of every offer, with the premiums used.
    predictive : Predictive
        Of the years of all draws.
    uninsured : (n_draws,) array
        Total cost without insurance. [JPY/year]
    costs : mapping of str to (n_draws,) array
        Total cost of every offer. [JPY/year]
    """

    client: Mapping[str, FloatArray]
    plans: Mapping[str, Mapping[str, FloatArray]]
    predictive: Pooled
    uninsured: FloatArray
    costs: Mapping[str, FloatArray]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Draws:
    """All joint draws, and the whole rule on each (抽出と選定の結果).

    Parameters
    ----------
    parameters : mapping of str to (n_draws,) array
        The values drawn.
    events_per_year, empty_probability : (n_draws,) array
        [1/year], [-]
    loss_years : int
        Of each draw. [year]
    """

    parameters: Mapping[str, FloatArray]
    events_per_year: FloatArray
    empty_probability: FloatArray
    loss_years: int
    regimes: Mapping[str, RegimeDraws]


_T = TypeVar("_T")


def all_draws(
    setting: Setting,
    answer: StudyAnswer,
    workers: int = 1,
    progress: Progress | None = None,
    simulated: Simulated | None = None,
) -> Draws:
    """Draw the parameters as often as the assumptions ask, and run the study on each draw.

    Parameters
    ----------
    answer : StudyAnswer
        At the central parameters: its offers are what the draws choose from.
    progress : callable, optional
        Called with draws done and draws in all.
    """
    total = setting.assumptions.whole("run.parameter_draws")
    p0 = next(iter(answer.regimes.values())).details.empty_probability
    loss_years = draw_years(setting.assumptions, setting.measure, p0, "run.draw_loss_years")
    by_id = {offer.plan.id: offer.plan for offer in answer.priced.offers}

    def simulate(
        _: Sequence[int], missing: Sequence[str]
    ) -> list[Found[DrawnClient, dict[str, Columns]]]:
        task = DrawTask(setting, tuple(by_id[name] for name in missing), loss_years)
        found: list[Draw] = []
        with spared_objects() as spare:
            for draws in in_order(draw_answers, task, together(range(total), loss_years), workers):
                found += draws
                spare()
                if progress is not None:
                    progress(len(found), total)
        return [_together(task, setting.study.study.regimes, found)]

    known = Simulated() if simulated is None else simulated
    drawn = known.at(DRAWS, [""], [*by_id], simulate)[0]
    if progress is not None:
        progress(total, total)
    return _decided(setting, answer.priced, drawn)


def _decided(
    setting: Setting, priced: PricedOffers, drawn: Found[DrawnClient, dict[str, Columns]]
) -> Draws:
    """Let the rule decide on every draw, and put the premiums into its figures."""
    client, facts = drawn.client, drawn.client.facts.arrays()
    of_client = {regime: one.arrays() for regime, one in client.figures.items()}
    of_plans = {
        name: {regime: one.arrays() for regime, one in of_plan.items()}
        for name, of_plan in drawn.plans.items()
    }
    cases = [
        cases_of(priced, values, setting.measure)
        for values in _values(of_client, of_plans, setting.measure)
    ]
    decisions = [decide(of_draw, setting.rules) for of_draw in cases]
    regimes = {}
    for regime, figures in of_client.items():
        answers = tuple(decision.answers[regime] for decision in decisions)
        prices = {offer.id: [one.prices[offer.id] for one in answers] for offer in priced.offers}
        uninsured = np.array([case[regime].uninsured_cost for case in cases])
        costs = {}
        for k, offer in enumerate(priced.offers):
            worth = np.array([case[regime].candidates[k].worth for case in cases])
            costs[offer.id] = uninsured - worth + _amounts(prices[offer.id])
        regimes[regime] = RegimeDraws(
            client=figures,
            plans={
                offer.id: _with_premiums(of_plans[offer.plan.id][regime], prices[offer.id])
                for offer in priced.offers
            },
            predictive=client.predictive[regime],
            uninsured=uninsured,
            costs=costs,
            answers=answers,
        )
    return Draws(
        client.parameters.arrays(),
        facts["events_per_year"],
        facts["empty_probability"],
        client.loss_years,
        regimes,
    )


_Columns = Mapping[str, FloatArray]


def _values(
    client: Mapping[str, _Columns],
    plans: Mapping[str, Mapping[str, _Columns]],
    measure: Measure,
) -> Iterator[Values]:
    """Yield what the rule needs to know of each draw."""
    level = level_name(measure.cost.tail_level)
    of_plan = (
        "worth",
        "retained.annual.mean",
        f"retained.annual.var.{level}",
        f"retained.annual.tvar.{level}",
        "cut_by_limits.annual",
        "paid.annual.mean",
    )
    of_client = "no_insurance.total_cost", _VAR, "need.liability", "need.costs"
    bare = {regime: _rows(columns, of_client) for regime, columns in client.items()}
    own = {
        name: {regime: _rows(columns, of_plan) for regime, columns in of.items()}
        for name, of in plans.items()
    }
    for k in range(len(next(iter(bare.values())))):
        yield Found(
            {regime: ClientValues(*rows[k]) for regime, rows in bare.items()},
            {
                name: {regime: PlanValues(*rows[k]) for regime, rows in of.items()}
                for name, of in own.items()
            },
        )


def _rows(columns: _Columns, names: Sequence[str]) -> list[list[float]]:
    """Return some columns draw by draw."""
    rows: list[list[float]] = np.stack([columns[name] for name in names], axis=1).tolist()
    return rows


def _amounts(prices: Sequence[Price]) -> FloatArray:
    return np.array([price.amount for price in prices])


def _with_premiums(figures: _Columns, prices: Sequence[Price]) -> _Columns:
    """Put the premium used in each draw into the figures of a plan, as `with_premium` does."""
    amount, none = _amounts(prices), np.full(len(prices), math.nan)
    sold = np.array([price.basis != "not_sold" for price in prices])
    stated = np.array([price.basis not in ("technical", "not_sold") for price in prices])
    factor = np.divide(1.0, amount, out=none.copy(), where=stated & (amount > 0))
    return {
        **figures,
        "total_cost": np.where(sold, figures["total_cost"] + amount, none),
        "implied_loss_ratio": figures["paid.annual.mean"] * factor,
    }


def with_uncertainty(
    part: RegimeResult,
    regime: str,
    answer: StudyAnswer,
    draws: Draws,
    setting: Setting,
) -> RegimeResult:
    """Return one regime's part of the result with bands and stability.

    The answer is that at the central parameters.
    """
    low, high = setting.assumptions.values("measure.band")
    ends = low, high
    own = draws.regimes[regime]
    offers = answer.priced.offers
    plans = [with_bands(plan, own.plans[plan.id], ends) for plan in part.plans]
    central = answer.decision.answers[regime]
    return replace(
        with_bands(part, own.client, ends),
        frequency=replace(
            part.frequency,
            events_per_year_band=_band(draws.events_per_year, ends),
            probability_of_no_event_band=_band(draws.empty_probability, ends),
        ),
        plans=plans,
        stability=_stability(draws, own, setting),
        recommendation=replace(
            part.recommendation,
            trials=trials_of(central, own.answers, offers),
            regret=_regret(central, own),
        ),
    )


def figures_by_path(records: Sequence[object]) -> dict[str, FloatArray]:
    """Return every figure of a record over several of its kind (指標の列).

    Infinite where there is no such amount, not a number where a record does not have the figure.

    Examples
    --------
    >>> figures_by_path([{"a": Figure(2.0, None, None)}, {"a": Figure(None, None, None)}])
    {'a': array([ 2., inf])}
    """
    return _columns([_by_path(one) for one in records]).arrays()


def with_bands(node: _T, draws: Mapping[str, FloatArray], ends: tuple[float, float]) -> _T:
    """Return a record with a band beside every figure, from the same figure of every draw.

    Figures are met by their path: names of fields, keys of mappings and terms of limits. What a
    draw does not have keeps its figure without a band.

    Parameters
    ----------
    node : record, mapping, sequence or figure
    draws : mapping of str to (n_draws,) array
        By path; infinite where there is no such amount, not a number where there is no figure.
    ends : tuple of float
        Levels of the ends of the band. [-]

    Examples
    --------
    >>> draws = {"a": np.array([1.0, 3.0])}
    >>> with_bands({"a": Figure(2.0, None, None)}, draws, (0.0, 1.0))["a"].band
    (1.0, 3.0)
    """
    return _add_bands(node, draws, ends, "")  # type: ignore[return-value]  # the same kind as the node


def _add_bands(node: object, draws: _Columns, ends: tuple[float, float], path: str) -> object:
    if isinstance(node, Figure):
        own = draws.get(path)
        known = own is not None and not np.isnan(own).any()
        return replace(node, band=_band(own, ends)) if own is not None and known else node
    before = f"{path}." if path else ""
    if isinstance(node, Mapping):
        return {
            key: _add_bands(child, draws, ends, f"{before}{key}") for key, child in node.items()
        }
    if isinstance(node, list) and node and isinstance(node[0], TermCut):
        return [_add_bands(cut, draws, ends, before + cut.term) for cut in node]
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = dataclasses.fields(node)
        changed = {
            one.name: _add_bands(getattr(node, one.name), draws, ends, before + one.name)
            for one in fields
        }
        return replace(node, **changed)
    return node


def _band(values: FloatArray, ends: tuple[float, float]) -> Band | None:
    """Return the ends of a band; an amount that no year of a draw reaches counts as infinite."""
    if not values.size:
        return None
    low, high = np.sort(values)[_places(values.size, ends)] if np.isinf(values).any() else band(
        values, ends
    )  # fmt: skip
    return _end(low), _end(high)


def _places(n: int, ends: tuple[float, float]) -> list[int]:
    return [min(round(level * (n - 1)), n - 1) for level in ends]


def _end(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


# --- how often the answer stays --------------------------------------------------------------


def trials_of(central: Answer, drawn: Sequence[Answer], offers: Sequence[Offer]) -> Trials:
    """Count how often the draws give the same answer, one step off, or another (試算の件数).

    Notes
    -----
    The same plan with other endorsements, or the next smaller or larger limit of the product, is
    one step. Where the answer is a programme, what counts is that it stays one.
    """
    by_id = {offer.id: offer for offer in offers}
    counts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for answer in drawn:
        names[_name(answer)] += 1
        counts[_distance(central, answer, by_id)] += 1
    ordered = dict(sorted(names.items(), key=lambda entry: (-entry[1], entry[0])))
    return Trials(counts["same"], counts["one_step"], counts["other"], ordered)


def _name(answer: Answer) -> str:
    if answer.plan is not None:
        return answer.plan
    return "programme" if answer.verdict == "programme" else "none"


def _distance(central: Answer, other: Answer, offers: Mapping[str, Offer]) -> str:
    if _name(central) == _name(other):
        return "same"
    if central.plan is None or other.plan is None:
        return "other"
    own, others = offers[central.plan], offers[other.plan]
    if own.product != others.product:
        return "other"
    steps = sorted(
        {
            (one.limit, one.plan.pattern or "")
            for one in offers.values()
            if one.product == own.product
        }
    )
    places = [steps.index((one.limit, one.plan.pattern or "")) for one in (own, others)]
    return "one_step" if abs(places[0] - places[1]) <= 1 else "other"


def _choices(own: RegimeDraws) -> tuple[list[str], FloatArray]:
    """Return what one can do, no insurance among it, and what it costs in every draw."""
    names = ["", *own.costs]
    cost = np.stack([own.uninsured, *own.costs.values()], axis=1)
    sold: BoolArray = np.isfinite(cost).all(axis=0)  # type: ignore[assignment]  # one per choice
    return [name for name, is_sold in zip(names, sold, strict=True) if is_sold], cost[:, sold]


def _regret(central: Answer, own: RegimeDraws) -> float | None:
    """Return what choosing now costs a year on average against knowing the draw. [JPY/year]."""
    names, cost = _choices(own)
    chosen = central.plan or (central.best_on_market if central.verdict == "programme" else "")
    if chosen not in names:
        return None
    return float(regrets(cost)[names.index(chosen)])


def _stability(draws: Draws, own: RegimeDraws, setting: Setting) -> Stability:
    pooled = own.predictive
    names = [f"{level:g}" for level in setting.measure.annual_levels]
    _, cost = _choices(own)
    return Stability(
        draws=draws.events_per_year.size,
        loss_years=draws.loss_years,
        predictive=Predictive(
            pooled.mean,
            dict(zip(names, pooled.var, strict=True)),
            dict(zip(names, pooled.tvar, strict=True)),
        ),
        perfect_information=float(regrets(cost).min()),
        knowing=_knowing(draws, cost, setting),
    )


def _knowing(draws: Draws, cost: FloatArray, setting: Setting) -> list[Knowing]:
    """Return the parameters worth knowing most, and what each would save a year on average.

    What a parameter without any influence would seem to save is taken off: with few draws in a
    group chance looks like knowledge.
    """
    n_draws = len(cost)
    bins = min(setting.assumptions.whole("measure.information_groups"), n_draws // 2)
    if cost.shape[1] < 2 or bins < 2:
        return []
    rng = stream(setting.study.study.seed, "parameters.shuffled")
    shuffles = setting.assumptions.whole("measure.information_groups")
    noise = [value_of_knowing(rng.random(n_draws), cost, bins=bins) for _ in range(shuffles)]
    chance = float(np.mean(noise))
    saved: dict[str, float] = {}
    for name, of_draws in draws.parameters.items():
        saved[name] = value_of_knowing(of_draws, cost, bins=bins) - chance
    most = setting.assumptions.whole("measure.known_parameters")
    ordered = sorted(saved, key=lambda name: -saved[name])[:most]
    return [
        Knowing(name, Words(*setting.assumptions.record(name).label), saved[name])
        for name in ordered
        if saved[name] >= 1  # less than a yen is rounding
    ]
