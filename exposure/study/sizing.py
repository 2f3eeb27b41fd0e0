"""Which limits a client of N records needs, and what to buy of each product (推奨支払限度額).

Needed limits first, from the losses alone; then of every product the smallest limit that gives
nearly all the worth of the best limit sold. The same random numbers at every N and every limit, the
whole product rebuilt at each limit. The interval is simulation error, the band is not knowing the
parameters; the two are never mixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exposure.errors import DataError, ExposureError, Problem, Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.measures.cost import RetainedLoss, retained_loss, technical_premium, worth
from exposure.measures.decision import Rules
from exposure.measures.intervals import Estimate
from exposure.model.build import BreachModel, build_model
from exposure.policy.catalogue import Catalogue
from exposure.policy.choices import identifier_of, parse_id
from exposure.policy.drafts import catalogue_of
from exposure.policy.plan import Plan
from exposure.result.lines import size_reason
from exposure.result.record import (
    CutByLimits,
    Figure,
    Need,
    PlanFigures,
    SizeProduct,
    SizeRow,
    Verdict,
    Words,
)
from exposure.simulation.figures import (
    Measure,
    figure,
    level_name,
    measure_of,
    needs_of,
    plan_figures_of,
    value_of,
)
from exposure.simulation.large_tables import draw_years, simulate_models, together
from exposure.simulation.loss_years import PlanYears, Progress, RegimeYears, simulate_study
from exposure.simulation.machine import in_order, same_processes
from exposure.study.answer import rules_of
from exposure.study.assembly import largest_first, shortfalls, words_of
from exposure.study.incidents import scenario_text
from exposure.study.offers import (
    Ladder,
    default_plans,
    ladder,
    plans_with_endorsements,
    section_limit,
)
from exposure.study.uncertainty import figures_by_path, with_bands


@dataclass(frozen=True)
class Product:
    """A product asked for (試算する商品).

    Parameters
    ----------
    identifier : str
        As asked for; its limit or pattern is what varies.
    sets : tuple of Ladder
        It with every set of endorsements to be tried, at every limit; one where the identifier
        names its endorsements itself.
    """

    identifier: str
    sets: tuple[Ladder, ...]


@dataclass(frozen=True)
class SizeTask:
    """What is asked (限度額の試算の設問).

    Parameters
    ----------
    study : StudyFile
        Its client's records are what varies.
    clients : tuple of Client
        One per record count.
    """

    study: StudyFile
    clients: tuple[Client, ...]
    assumptions: Assumptions
    rules: Rules
    products: tuple[Product, ...]

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes of the study."""
        return self.study.study.regimes

    def model_of(self, client: Client, assumptions: Assumptions) -> BreachModel:
        """Return the model of one record count under given assumptions."""
        stated = client.with_defaults(assumptions)
        return build_model(stated, assumptions, self.study.study.inception)


def size_task(
    records: Sequence[int],
    study: StudyFile | None = None,
    products: Sequence[str | Plan] = (),
    seed: int | None = None,
) -> SizeTask:
    """Look up and build what a recommended limit needs; bad input is refused here.

    Parameters
    ----------
    records : sequence of int
        Each once. [person]
    products : sequence of str or Plan
        Products, or plans without their limit; all shipped ones, and those of the study's own
        files, if none is named.
    seed : int, optional
        In place of that of the study.

    Raises
    ------
    ExposureError
        If a record count or a product cannot be.
    """
    base = study or study_from_mapping({"client": {"records": 1}}, "size")
    if seed is not None:
        base = base.with_settings(seed=seed)
    problems: list[Problem] = []
    clients = [_with_records(base.client, count, problems) for count in records]
    if len(set(records)) < len(records) or not records:
        text = Text("件数を1回ずつ指定してください", "expected record counts, each once")
        problems.append(Problem("--records", "", text, ",".join(map(str, records))))
    assumptions = base.in_force()
    limits = assumptions.values("measure.limit_grid")
    tries = base.study.endorsements == "tried"
    found: list[Product] = []
    try:
        among = catalogue_of(base.policies)
        wanted = products or _all(assumptions, among)
        found = [_product(one, limits, among, tries=tries) for one in wanted]
    except ExposureError as error:
        problems += error.problems
    if problems:
        raise DataError(dict.fromkeys(problems))
    return SizeTask(
        base, tuple(c for c in clients if c), assumptions, rules_of(assumptions), tuple(found)
    )


def _all(assumptions: Assumptions, among: Catalogue) -> tuple[str, ...]:
    """Return the products that need no more than a limit, each once."""
    first: dict[str, str] = {}
    for identifier in default_plans(assumptions, among):
        parts = parse_id(identifier)
        first.setdefault(parts.product, parts.product)
    return tuple(first.values())


def _product(of: str | Plan, limits: Sequence[float], among: Catalogue, *, tries: bool) -> Product:
    """Build a product at every limit; endorsements that are named are taken as named."""
    where = "--product"
    identifier = of if isinstance(of, str) else of.id
    parts = parse_id(identifier, where)
    if isinstance(of, str):
        source = among.product(parts.product, where)
        if source.patterns and parts.pattern is None:
            parts = replace(parts, pattern=next(iter(source.patterns)))
        own = ladder(identifier_of(parts), limits, where, among)
    else:
        own = ladder(of, limits, where)
    if parts.endorsements or not tries:
        return Product(identifier, (own,))
    top = own.plans[-1]
    sets = [own]
    sets += [ladder(endorsed, limits, where) for endorsed in plans_with_endorsements(top)[1:]]
    return Product(identifier, tuple(sets))


def _with_records(client: Client, count: int, problems: list[Problem]) -> Client | None:
    """Return the client with another record count, or tell what is wrong with that."""
    from pydantic import ValidationError

    from exposure.records import problems_from

    try:
        return client.with_records(count)
    except ValidationError as error:
        problems += problems_from(error, "--records", known=Client)
        return None


def size_limits(
    task: SizeTask, *, band: bool = True, workers: int = 1, progress: Progress | None = None
) -> tuple[SizeRow, ...]:
    """Return what every record count needs and should buy, by regime (必要な限度額・推奨限度額).

    Parameters
    ----------
    band : bool
        Also draw the parameters.
    """
    n_draws = task.assumptions.whole("run.size_draws") if band else 0
    centres: list[_SizeAnswer] = []
    total = len(task.clients) * (1 + n_draws)
    done = 0
    drawn: list[list[_SizeAnswer]] = [[] for _ in task.clients]
    with same_processes(workers):
        for found in in_order(_centre, task, list(range(len(task.clients))), workers):
            centres.append(found)
            done += 1
            if progress is not None:
                progress(done, total)
        pieces = [
            _Draws(number, draws, centre.chosen, centre.draw_years)
            for number, centre in enumerate(centres)
            for draws in together(range(n_draws), centre.draw_years)
        ]
        for piece, some in zip(pieces, in_order(_draws, task, pieces, workers), strict=True):
            drawn[piece.number] += some
            done += len(some)
            if progress is not None:
                progress(done, total)
    return tuple(
        _row(task, number, regime, centres[number], drawn[number])
        for number in range(len(task.clients))
        for regime in task.regimes
    )


@dataclass(frozen=True)
class _Bought:
    """Of one product: the limit to buy, and the figures of the plan there."""

    place: int
    limit: Estimate
    figures: PlanFigures


@dataclass(frozen=True)
class _SizeAnswer:
    """One record count, by regime: the need, and the plan to buy of every product."""

    chosen: tuple[int, ...]
    need: Mapping[str, Need]
    bought: Mapping[str, tuple[_Bought, ...]]
    draw_years: int = 0  # that a parameter draw needs, told at the centre


@dataclass(frozen=True)
class _Draws:
    """Some draws of the parameters for one record count."""

    number: int
    draws: tuple[int, ...]
    chosen: tuple[int, ...]
    loss_years: int


def _centre(task: SizeTask, number: int) -> _SizeAnswer:
    """Choose endorsements on few years, then limits on more."""
    whole = task.assumptions.whole
    model = task.model_of(task.clients[number], task.assumptions)
    measure = measure_of(task.clients[number], task.assumptions)
    few = whole("run.size_pilot_loss_years")
    chosen = _choose_sets(task, model, replace(measure, with_intervals=False), few)
    years = _simulate(task, model, _plans(task, chosen), whole("run.size_loss_years"))
    found = _answer_size(task, years, chosen, measure)
    p0 = model.empty_probability
    of_draw = draw_years(task.assumptions, measure, p0, "run.size_draw_loss_years")
    return replace(found, draw_years=of_draw)


def _draws(task: SizeTask, piece: _Draws) -> list[_SizeAnswer]:
    """Size one record count under some draws of the parameters."""
    seed, of = task.study.study.seed, task.assumptions.whole("run.size_draws")
    drawn = [task.assumptions.draw(seed, draw, of) for draw in piece.draws]
    client = task.clients[piece.number]
    years = simulate_models(
        [task.model_of(client, assumptions) for assumptions in drawn],
        task.regimes,
        _plans(task, piece.chosen),
        loss_years=piece.loss_years,
        seed=seed,
        numbers=piece.draws,
    )
    return [
        _answer_size(
            task, of_draw, piece.chosen, replace(measure_of(client, own), with_intervals=False)
        )
        for own, of_draw in zip(drawn, years, strict=True)
    ]


def _choose_sets(
    task: SizeTask, model: BreachModel, measure: Measure, loss_years: int
) -> tuple[int, ...]:
    """Return of every product the set of endorsements to buy it with.

    No market premium enters, because none is known for a mere record count.
    """
    if all(len(product.sets) == 1 for product in task.products):
        return (0,) * len(task.products)
    sets = [one for product in task.products for one in product.sets]
    plans = [*{plan.id: plan for one in sets for plan in one.plans}.values()]
    worths = {plan.id: 0.0 for plan in plans}
    prices = dict(worths)
    for of_regime in _simulate(task, model, plans, loss_years).values():
        found = plan_figures_of(of_regime, plans, measure)
        for plan, figures in zip(plans, found, strict=True):
            worths[plan.id] += value_of(figures.worth)
            paid = value_of(figures.paid.annual.mean)
            prices[plan.id] += technical_premium(paid, measure.loading)
    return tuple(_best_set(product, worths, prices, task.rules) for product in task.products)


def _best_set(
    product: Product, worths: Mapping[str, float], prices: Mapping[str, float], rules: Rules
) -> int:
    """Return the set of endorsements to buy a product with.

    Of the sets that are worth nearly as much as the best, their own technical price taken off,
    the one that does with the smallest limit, then the one with the fewest endorsements.
    """
    bare = product.sets[0].plans[-1].id
    net, limit = [], []
    for one in product.sets:
        ids = [plan.id for plan in one.plans]
        best = max(worths[name] for name in ids)
        extra = max(prices[ids[-1]] - prices[bare], 0.0)
        net.append(best - extra)
        smallest = next(k for k, name in enumerate(ids) if worths[name] >= rules.worth_share * best)
        limit.append(one.limits[smallest])
    least = rules.worth_share * max(net)
    able = [k for k, amount in enumerate(net) if amount >= least]
    smallest_limit = min(limit[k] for k in able)
    able = [k for k in able if limit[k] == smallest_limit]
    slack = rules.endorsement_share * max(net[k] for k in able)
    equal = [k for k in able if net[k] >= max(net[one] for one in able) - slack]
    return min(equal, key=lambda k: (len(product.sets[k].plans[-1].endorsements), -net[k]))


def _rungs(task: SizeTask, chosen: Sequence[int]) -> list[Ladder]:
    return [product.sets[place] for product, place in zip(task.products, chosen, strict=True)]


def _simulate(
    task: SizeTask, model: BreachModel, plans: Sequence[Plan], loss_years: int
) -> dict[str, RegimeYears]:
    return simulate_study(
        model, task.regimes, plans, (), loss_years=loss_years,
        seed=task.study.study.seed, by_reason=False,
    )  # fmt: skip


def _plans(task: SizeTask, chosen: Sequence[int]) -> list[Plan]:
    return [plan for rungs in _rungs(task, chosen) for plan in rungs.plans]


def _answer_size(
    task: SizeTask, years: Mapping[str, RegimeYears], chosen: tuple[int, ...], measure: Measure
) -> _SizeAnswer:
    need, bought = {}, {}
    for regime, of_regime in years.items():
        need[regime] = needs_of(of_regime, measure)
        of_plans = zip(
            plan_figures_of(of_regime, _plans(task, chosen), measure), of_regime.plans, strict=True
        )
        found = []
        for rungs in _rungs(task, chosen):
            own = [next(of_plans) for _ in rungs.plans]
            figures = [one for one, _ in own]
            retained = [_retained(of_regime, one, of_plan, measure) for one, of_plan in own]
            place, limit = _recommend(rungs, figures, retained, measure, task.rules)
            found.append(_Bought(place, limit, figures[place]))
        bought[regime] = tuple(found)
    return _SizeAnswer(chosen, need, bought)


def _retained(
    years: RegimeYears, figures: PlanFigures, of_plan: PlanYears, measure: Measure
) -> RetainedLoss:
    var = value_of(figures.retained.annual.var[level_name(measure.cost.tail_level)])
    return retained_loss(years.annual(of_plan.retained), var)


def _recommend(
    rungs: Ladder,
    figures: Sequence[PlanFigures],
    retained: Sequence[RetainedLoss],
    measure: Measure,
    rules: Rules,
) -> tuple[int, Estimate]:
    """Return the smallest limit with nearly all the worth of the best, and its interval.

    What a limit lacks of the best one is measured on the same years, so that the interval is of
    that difference.
    """
    worths = [value_of(one.worth) for one in figures]
    best = int(np.argmax(worths))
    least = (1 - rules.worth_share) * max(worths[best], 0.0)
    lacks = [worth(retained[best], one, measure.cost, level=measure.level) for one in retained]

    def smallest(lacking: Sequence[float]) -> int:
        return next((k for k, amount in enumerate(lacking) if amount <= least), best)

    place = smallest([one.value for one in lacks])
    low = smallest([one.low for one in lacks])
    high = smallest([one.high for one in lacks])
    limits = rungs.limits
    return place, Estimate(limits[place], limits[min(low, place)], limits[max(high, place)])


def _row(
    task: SizeTask, number: int, regime: str, centre: _SizeAnswer, drawn: Sequence[_SizeAnswer]
) -> SizeRow:
    low, high = task.assumptions.values("measure.band")
    need = centre.need[regime]
    records = task.clients[number].records
    if drawn:
        need = with_bands(need, figures_by_path([one.need[regime] for one in drawn]), (low, high))
    programme = any(_needs_programme(one, task.rules) for one in centre.need.values())
    products = []
    for k, (product, rungs) in enumerate(
        zip(task.products, _rungs(task, centre.chosen), strict=True)
    ):
        found = centre.bought[regime][k]
        plan = rungs.plans[found.place]
        limit = figure(found.limit)
        figures = found.figures
        if drawn:
            # The band is of limits that exist, so no value between two of them.
            values = np.array([one.bought[regime][k].limit.value for one in drawn])
            ends = np.quantile(values, (low, high), method="inverted_cdf").tolist()
            limit = replace(limit, band=(ends[0], ends[1]))
            of_draws = figures_by_path([one.bought[regime][k].figures for one in drawn])
            figures = with_bands(figures, of_draws, (low, high))
        products.append(
            _size_product(
                task, product, rungs, plan, figures, limit, centre.need, records,
                programme=programme,
            )
        )  # fmt: skip
    products.sort(key=lambda one: (-value_of(one.worth), one.product))
    return SizeRow(records, regime, need, products)  # type: ignore[arg-type]  # of REGIMES


def _needs_programme(need: Need, rules: Rules) -> bool:
    most = rules.programme_multiple
    return (
        value_of(need.liability) > most * rules.sold_liability
        or value_of(need.costs) > most * rules.sold_costs
    )


def _size_product(
    task: SizeTask,
    product: Product,
    rungs: Ladder,
    plan: Plan,
    figures: PlanFigures,
    limit: Figure,
    needs: Mapping[str, Need],
    records: int,
    *,
    programme: bool,
) -> SizeProduct:
    cuts: CutByLimits = largest_first(figures.cut_by_limits)
    share = value_of(cuts.annual) / max(value_of(figures.worth), 1.0)
    verdict: Verdict = "sufficient" if share <= task.rules.short_share else "short"
    liability = max(value_of(one.liability) for one in needs.values())
    costs = max(value_of(one.costs) for one in needs.values())
    top = rungs.plans[-1]
    if programme and not (top.headline_limit >= liability and section_limit(top, "costs") >= costs):
        verdict = "programme"
    short = []
    if verdict != "sufficient":
        short = shortfalls(
            plan,
            cuts,
            task.rules.short_share,
            {"liability": liability, "costs": costs},
            rungs.plans,
        )
    said = scenario_text(product.identifier, rungs.product, records, rungs.limits)
    label = words_of(plan.label)
    reason = size_reason(label, figures, verdict, short, Words(*said))
    return SizeProduct(
        product=rungs.product,
        plan=plan.id,
        label=label,
        limit=limit,
        cost_limit=min(section_limit(plan, "costs"), plan.headline_limit),
        worth=figures.worth,
        cut_by_limits=cuts,
        endorsements=list(plan.endorsements),
        verdict=verdict,
        short_of=short,
        reason=reason,
    )
