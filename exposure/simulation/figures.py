"""The figures of a client and of every plan, worked out in one place (指標).

The central result, every parameter draw, comparisons on losses of one's own and the book of clients
all call the two functions here; a figure added to the record and worked out here appears in all of
them. Nothing here knows a premium but `with_premium`: what is measured of simulated years can be
kept (`exposure.result.document.Simulated`) and decided on again. Which plan wins is decided in
`exposure.measures.decision`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any  # Any: parts of a record as plain data

import numpy as np

from exposure.arrays import FloatArray
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import NeedSection
from exposure.measures.adequacy import Tally, adequacy
from exposure.measures.cost import (
    CostOfRisk,
    RetainedLoss,
    cost_of_risk,
    cost_value,
    retained_loss,
    worth,
)
from exposure.measures.decision import Price
from exposure.measures.exceedance import (
    CurveKind,
    exceedance_curve,
    exceedance_probability,
    level_at,
    tail_measures,
    value_at_risk,
)
from exposure.measures.intervals import Estimate, Moments, moments, normal_interval, wilson_interval
from exposure.measures.tails import plain_ranks, tail_values
from exposure.model.losses import BLOCK_YEARS
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import REASONS
from exposure.result.document import Found, part_of
from exposure.result.record import (
    AnnualLoss,
    AnnualMean,
    ByLevel,
    CauseLoss,
    Convergence,
    Curve,
    CutByLimits,
    EventLoss,
    EventQuantiles,
    Figure,
    GroundUpCurves,
    GroundUpFigures,
    Kind,
    Kinds,
    LimitAdequacy,
    Need,
    NoInsurance,
    OwnFunds,
    Paid,
    Persons,
    PlanFigures,
    RegimeFigures,
    Retained,
    SectionAdequacy,
    SizeBand,
    Tail,
    TermCut,
    Words,
)
from exposure.simulation.loss_years import PlanYears, RegimeYears
from exposure.simulation.tallies import NO_CUTS, TermCuts, term_label
from exposure.tables import Annual


@dataclass(frozen=True)
class Measure:
    """What is measured, from the assumptions and the client (指標の設定).

    Parameters
    ----------
    level : float
        Coverage of simulation intervals. [-]
    largest_share : float
        As in `exposure.measures.intervals.mean_interval`. [-]
    annual_levels, event_levels, kind_levels : tuple of float
        Levels of years, breaches, and breaches of one kind. [-]
    return_periods : tuple of float
        [year]
    loading : float
        Of the technical premium. [-]
    need_return_period, need_breach_level : float
        What a needed limit has to bear. [year], [-]
    dear_share : float
        Share of the breaches that count as dear. [-]
    with_intervals : bool
        False in parameter draws, where only the values are needed.
    """

    level: float
    largest_share: float
    annual_levels: tuple[float, ...]
    event_levels: tuple[float, ...]
    kind_levels: tuple[float, ...]
    return_periods: tuple[float, ...]
    curve_points: int
    loading: float
    cost: CostOfRisk
    need_return_period: float
    need_breach_level: float
    dear_share: float
    own_funds: OwnFunds
    with_intervals: bool = True


def measure_of(client: Client, assumptions: Assumptions) -> Measure:
    """Return what a client's result measures; what the client states goes before defaults."""
    value = assumptions.value
    stated = client.cost_of_liquidity
    return Measure(
        level=value("measure.interval_level"),
        largest_share=value("measure.largest_share"),
        annual_levels=assumptions.values("measure.annual_levels"),
        event_levels=assumptions.values("measure.event_levels"),
        kind_levels=assumptions.values("measure.kind_levels"),
        return_periods=assumptions.values("measure.return_periods"),
        curve_points=assumptions.whole("measure.curve_points"),
        loading=value("measure.technical_loading"),
        cost=CostOfRisk(
            tail_level=value("measure.ecr_level"),
            liquidity_cost=value("measure.ecr_cost") if stated is None else stated,
        ),
        need_return_period=value("measure.need_return_period"),
        need_breach_level=value("measure.need_breach_level"),
        dear_share=value("measure.dear_share"),
        own_funds=own_funds_of(client, assumptions),
    )


def own_funds_of(client: Client, assumptions: Assumptions) -> OwnFunds:
    """Return what the client can bear in a year, or an example where it did not say (手元資金)."""
    if client.liquidity is not None:
        return OwnFunds(float(client.liquidity), stated=True)
    least = assumptions.value("measure.own_funds_least")
    share = assumptions.value("measure.own_funds_share")
    return OwnFunds(max(share * (client.revenue or 0.0), least), stated=False)


def figure(estimate: Estimate) -> Figure:
    """Return an estimate as the record has it; what the sample does not give is None.

    Examples
    --------
    >>> figure(Estimate(2.0, 1.0, math.inf))
    Figure(value=2.0, low=1.0, high=None, band=None)
    """
    return Figure(finite(estimate.value), finite(estimate.low), finite(estimate.high))


Plain = dict[str, Any]


def finite(number: float) -> float | None:
    """Return a number, or None where there is none."""
    return float(number) if math.isfinite(number) else None


def value_of(one: Figure) -> float:
    """Return the value of a figure that always has one."""
    assert one.value is not None
    return one.value


def level_name(level: float) -> str:
    """Return the name of a level or return period in the record.

    Examples
    --------
    >>> level_name(0.995), level_name(250.0)
    ('0.995', '250')
    """
    return f"{level:g}"


# --- before insurance ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class AllFigures(RegimeFigures):
    """All figures of one regime, those of its plans among them (賠償前提ごとの指標)."""

    plans: list[PlanFigures]


def regime_figures(
    years: RegimeYears,
    plans: Sequence[Plan],
    measure: Measure,
) -> AllFigures:
    """Work out the figures of a client and of its plans under one regime (指標の計算).

    Plans are in the order of the years; their total cost is that at premium 0 until a premium is
    put in by `with_premium`.
    """
    bare = bare_of(years, measure)
    cost = _cost(bare, measure)
    return AllFigures(
        ground_up=GroundUpFigures(
            event=event_loss(years.events, measure.event_levels, measure),
            kinds=_kinds(years, measure),
            annual=_annual_loss(years, measure),
        ),
        need=needs_of(years, measure),
        no_insurance=NoInsurance(cost, _return_period(bare.annual, measure)),
        plans=plan_figures_of(years, plans, measure),
    )


def plan_figures_of(
    years: RegimeYears, plans: Sequence[Plan], measure: Measure
) -> list[PlanFigures]:
    """Work out the figures of plans alone (プランの指標の一覧)."""
    if not plans:
        return []
    bare = bare_of(years, measure)
    own = zip(
        _retained_tails(years, measure),
        _retained_of_events(years, measure),
        strict=True,
    )
    return [
        plan_figures(plan, of_plan, years, bare, Retained(*retained), measure)
        for plan, of_plan, retained in zip(plans, years.plans, own, strict=True)
    ]


def bare_of(years: RegimeYears, measure: Measure) -> RetainedLoss:
    """Return the annual loss without insurance with its bad years (保険なしの損害)."""
    annual = years.annual(years.gross)
    return retained_loss(annual, _quantile(annual, measure.cost.tail_level))


def worth_values(years: RegimeYears, measure: Measure) -> tuple[float, list[float]]:
    """Return the total cost without insurance and what every plan is worth, and nothing else.

    The values of `regime_figures`, for who asks many models for these alone. [JPY/year].
    """
    bare = bare_of(years, measure)
    cost = cost_value(bare, measure.cost)
    worths = []
    for of_plan in years.plans:
        annual = years.annual(of_plan.retained)
        own = retained_loss(annual, _quantile(annual, measure.cost.tail_level))
        worths.append(cost - cost_value(own, measure.cost))
    return value_of(_cost(bare, measure)), worths


def _quantile(annual: Annual, level: float) -> float:
    ranks = plain_ranks(annual.values.size, annual.empty_probability, (level,))
    return float(tail_values(annual.values, ranks)[0][0])


def _tail(annual: Annual, levels: Sequence[float], measure: Measure) -> Tail:
    """Return mean, VaR and TVaR; with their intervals where they are wanted."""
    if not measure.with_intervals:
        ranks = plain_ranks(annual.values.size, annual.empty_probability, tuple(levels))
        var, tvar = tail_values(annual.values, ranks)
        return Tail(_bare(annual.mean), _by_level(levels, *var), _by_level(levels, *tvar))
    names = [level_name(level) for level in levels]
    found = tail_measures(annual, levels, level=measure.level, largest_share=measure.largest_share)
    return Tail(
        figure(found.mean),
        {name: figure(one) for name, one in zip(names, found.var, strict=True)},
        {name: figure(one) for name, one in zip(names, found.tvar, strict=True)},
    )


def _bare(value: float) -> Figure:
    return Figure(finite(value), None, None)


def event_loss(events: FloatArray, levels: Sequence[float], measure: Measure) -> EventLoss:
    """Return mean and quantiles of what a breach costs, or of the persons it concerns."""
    if events.size < 2:
        nothing = Figure(None, None, None)
        return EventLoss(nothing, {level_name(level): nothing for level in levels})
    found = _tail(Annual(events, 0.0), levels, measure)
    return EventLoss(found.mean, found.var)


def _kinds(years: RegimeYears, measure: Measure) -> Kinds | None:
    if years.attack is None:
        return None

    def kind(of: FloatArray) -> Kind:
        share = wilson_interval(of.size, years.events.size, level=measure.level)
        loss = event_loss(of, measure.kind_levels, measure)
        return Kind(figure(share), loss.mean, loss.quantiles)

    return Kinds(slip=kind(years.events[~years.attack]), attack=kind(years.events[years.attack]))


def _annual_loss(years: RegimeYears, measure: Measure) -> AnnualLoss:
    periods = [level_at(period) for period in measure.return_periods]
    names = [level_name(period) for period in measure.return_periods]
    levels = (*measure.annual_levels, *periods)
    found = _tail(years.annual(years.gross), levels, measure)
    largest = _tail(years.annual(years.largest), periods, measure).var
    of_level = [level_name(level) for level in measure.annual_levels]

    def by_period(tails: ByLevel) -> ByLevel:
        return {name: tails[level_name(level)] for name, level in zip(names, periods, strict=True)}

    return AnnualLoss(
        mean=found.mean,
        var={name: found.var[name] for name in of_level},
        tvar={name: found.tvar[name] for name in of_level},
        oep=by_period(largest),
        aep=by_period(found.var),
    )


def needs_of(years: RegimeYears, measure: Measure) -> Need:
    """Return the needed limits of both sections (必要な限度額)."""

    def needed(name: NeedSection) -> Figure:
        section = years.sections[name]
        annual = years.annual(section.annual)
        breach_level, return_period = measure.need_breach_level, measure.need_return_period
        if not measure.with_intervals:
            given = _quantile(Annual(section.events, 0.0), breach_level)
            return _bare(max(given, _quantile(annual, level_at(return_period))))
        return figure(
            needed_limit(
                section.events, annual, breach_level=breach_level, return_period=return_period,
                level=measure.level,
            )
        )  # fmt: skip

    return Need(liability=needed("liability"), costs=needed("costs"))


def needed_limit(
    events: FloatArray, annual: Annual, *, breach_level: float, return_period: float, level: float
) -> Estimate:
    """Return the sum a policy would have to sell for one section (必要な限度額).

    The larger of a quantile of a breach and of the loss of a rare year: where breaches are seldom
    the first is the larger, where they are frequent the second.

    Parameters
    ----------
    events : (n_events,) array
        Loss of the section given a breach; breaches without such a loss count as 0. [JPY]
    annual : Annual
        Loss of the section in a year. [JPY]
    breach_level : float
        [-]
    return_period : float
        [year]
    level : float
        Coverage of the interval. [-]

    Examples
    --------
    A breach every hundred years costs 1 to 100 million: the year of 250 years is the 60th of them.

    >>> events = np.arange(1.0, 101.0) * 1e6
    >>> once = Annual(events, 0.99)
    >>> needed_limit(events, once, breach_level=0.95, return_period=250, level=0.9).value
    95000000.0
    >>> needed_limit(events, once, breach_level=0.5, return_period=250, level=0.9).value
    60000000.0
    """
    given = value_at_risk(Annual(events, 0.0), breach_level, level=level)
    year = value_at_risk(annual, level_at(return_period), level=level)
    return Estimate(
        max(given.value, year.value), max(given.low, year.low), max(given.high, year.high)
    )


def _cost(own: RetainedLoss, measure: Measure) -> Figure:
    return figure(
        cost_of_risk(own, measure.cost, level=measure.level, largest_share=measure.largest_share)
    )


def _return_period(annual: Annual, measure: Measure) -> Figure:
    """Return how rarely a year costs more than the own funds; None where no year does. [year]."""
    if not measure.with_intervals:
        above = int(np.count_nonzero(annual.values > measure.own_funds.amount))
        chance = (1 - annual.empty_probability) * (above / annual.values.size)
        return Figure(1 / chance if chance > 0 else None, None, None)
    share = exceedance_probability(annual, measure.own_funds.amount, level=measure.level)
    value, low, high = (
        None if one <= 0 else 1 / one for one in (share.value, share.high, share.low)
    )
    return Figure(value, low, high)


# --- plans ---------------------------------------------------------------------------------------


def plan_figures(
    plan: Plan,
    of_plan: PlanYears,
    years: RegimeYears,
    bare: RetainedLoss,
    retained: Retained,
    measure: Measure,
) -> PlanFigures:
    """Work out what a plan pays, leaves and is worth, at premium 0 (プランの指標).

    Parameters
    ----------
    years : RegimeYears
        Of the same years.
    bare : RetainedLoss
        Without insurance.
    retained : Retained
        What stays with the client under the plan.
    """
    annual = years.annual(of_plan.retained)
    var = retained.annual.var[level_name(measure.cost.tail_level)]
    own = retained_loss(annual, value_of(var))
    paid, held, gained = _money(own, bare, years, of_plan, measure)
    exhausted = _share_of(of_plan.exhausted, measure)
    return PlanFigures(
        worth=gained,
        total_cost=held,
        implied_loss_ratio=None,
        share_paid=figure(_share_paid(years, of_plan, bare, measure)),
        no_payment_share=figure(_no_payment(years, of_plan, measure)),
        paid=Paid(AnnualMean(paid)),
        retained=retained,
        own_funds_return_period=_return_period(annual, measure),
        cut_by_limits=_cut_by_limits(plan, of_plan, years, measure),
        limit_adequacy=LimitAdequacy(
            figure(_share_of(of_plan.event, measure)), figure(_share_of(of_plan.year, measure))
        ),
        probability_limit_exhausted=figure(_times(exhausted, 1 - years.empty_probability)),
    )


def _money(
    own: RetainedLoss, bare: RetainedLoss, years: RegimeYears, of_plan: PlanYears, measure: Measure
) -> tuple[Figure, Figure, Figure]:
    """Return what a plan pays, what is kept under it costs, and what it is worth. [JPY/year]."""
    weight, rule = 1 - years.empty_probability, measure.cost
    if not measure.with_intervals:
        cost = cost_value(own, rule)
        mean = weight * of_plan.paid_total / years.gross.size
        return _bare(mean), _bare(cost), _bare(cost_value(bare, rule) - cost)
    difference = moments(years.gross, of_plan.retained)
    paid = normal_interval(difference, weight, level=measure.level)
    held = cost_of_risk(own, rule, level=measure.level, largest_share=measure.largest_share)
    gained = worth(own, bare, rule, level=measure.level, difference=difference)
    return figure(_not_negative(paid)), figure(held), figure(gained)


def _share_of(tally: Tally, measure: Measure) -> Estimate:
    """Return the share of the counted cases that were enough."""
    if measure.with_intervals:
        return adequacy(tally, level=measure.level)
    return _alone(tally.n_ok / tally.n if tally.n else 0.0)


def _alone(value: float) -> Estimate:
    """Return a value whose interval nobody asks for."""
    return Estimate(value, math.nan, math.nan)


def with_premium(figures: PlanFigures, price: Price) -> PlanFigures:
    """Put the premium used into the figures of a plan (保険料を加えた指標).

    Parameters
    ----------
    figures : PlanFigures
        At premium 0.
    price : Price
        Where the product is not sold, there is no total cost; a technical premium is worked out
        from the payment, so a loss ratio would say nothing.
    """
    if price.basis == "not_sold":
        return replace(figures, total_cost=None)
    assert figures.total_cost is not None
    ratio = None
    if price.basis != "technical" and price.amount > 0:
        ratio = _scale(figures.paid.annual.mean, 1 / price.amount)
    return replace(
        figures,
        total_cost=_move(figures.total_cost, price.amount),
        implied_loss_ratio=ratio,
    )


def _scale(one: Figure, factor: float) -> Figure:
    value, low, high = (
        None if end is None else end * factor for end in (one.value, one.low, one.high)
    )
    return Figure(value, low, high)


def _move(one: Figure, by: float) -> Figure:
    value, low, high = (None if end is None else end + by for end in (one.value, one.low, one.high))
    return Figure(value, low, high)


def _times(one: Estimate, factor: float) -> Estimate:
    return Estimate(one.value * factor, one.low * factor, one.high * factor, one.reliable)


def _not_negative(one: Estimate) -> Estimate:
    return Estimate(one.value, max(one.low, 0.0), one.high, one.reliable)


def _share_paid(
    years: RegimeYears, of_plan: PlanYears, bare: RetainedLoss, measure: Measure
) -> Estimate:
    """Return E[paid] / E[gross], with the interval of a ratio of means of the same years."""
    if not measure.with_intervals:
        whole = float(years.gross.sum())
        return _alone(1 - float(of_plan.retained.sum()) / whole if whole > 0 else 0.0)
    gross = bare.moments
    if gross.total <= 0:
        return Estimate(0.0, 0.0, 0.0)
    share = 1 - float(of_plan.retained.sum()) / gross.total
    off = moments((1 - share) * years.gross, of_plan.retained)
    error = normal_interval(off, 1 / gross.mean, level=measure.level)
    half = (error.high - error.low) / 2
    return Estimate(share, max(share - half, 0.0), min(share + half, 1.0))


def _no_payment(years: RegimeYears, of_plan: PlanYears, measure: Measure) -> Estimate:
    """Return the share of the dearest breaches in which nothing at all is paid."""
    if of_plan.event_retained is None:
        return Estimate(math.nan, math.nan, math.nan)
    dear = years.dearest(measure.dear_share)
    unpaid = of_plan.event_retained.take(dear) >= years.events.take(dear)
    number = int(np.count_nonzero(unpaid))
    if not measure.with_intervals:
        return _alone(number / dear.size)
    return wilson_interval(number, dear.size, level=measure.level)


def _retained_tails(years: RegimeYears, measure: Measure) -> list[Tail]:
    """Return what every plan leaves of a year; of all plans together where values are enough."""
    levels = tuple(dict.fromkeys((*measure.annual_levels, measure.cost.tail_level)))
    kept = [years.annual(of_plan.retained) for of_plan in years.plans]
    if measure.with_intervals:
        return [_tail(annual, levels, measure) for annual in kept]
    ranks = plain_ranks(years.gross.size, years.empty_probability, levels)
    var, tvar = tail_values(np.array([annual.values for annual in kept]), ranks)
    return [
        Tail(_bare(annual.mean), _by_level(levels, *of_var), _by_level(levels, *of_tvar))
        for annual, of_var, of_tvar in zip(kept, var.tolist(), tvar.tolist(), strict=True)
    ]


def _retained_of_events(years: RegimeYears, measure: Measure) -> list[EventQuantiles]:
    """Return what every plan leaves of a breach; nothing where events were not kept."""
    kept = [one.event_retained for one in years.plans if one.event_retained is not None]
    if not kept:
        return [EventQuantiles({}) for _ in years.plans]
    levels = measure.event_levels
    if measure.with_intervals or years.events.size < 2:
        return [EventQuantiles(event_loss(one, levels, measure).quantiles) for one in kept]
    var, _ = tail_values(np.array(kept), plain_ranks(years.events.size, 0.0, levels))
    return [EventQuantiles(_by_level(levels, *one)) for one in var.tolist()]


def _by_level(levels: Sequence[float], *values: float) -> ByLevel:
    return {level_name(p): _bare(one) for p, one in zip(levels, values, strict=True)}


def _cut_by_limits(
    plan: Plan, of_plan: PlanYears, years: RegimeYears, measure: Measure
) -> CutByLimits:
    covered = of_plan.event.n

    def parts(cuts: TermCuts) -> tuple[Figure, Figure, Figure]:
        n, weight = years.gross.size, 1 - years.empty_probability
        if not measure.with_intervals:
            once = weight * cuts.amount / n
            each = cuts.amount / max(cuts.events, 1)
            return _bare(once), _bare(cuts.events / max(covered, 1)), _bare(each)
        spread = max(cuts.squares - cuts.amount**2 / n, 0.0)
        mean = _not_negative(
            normal_interval(Moments(n, cuts.amount, spread), weight, level=measure.level)
        )
        share = wilson_interval(cuts.events, covered, level=measure.level)
        once = 0.0 if mean.value <= 0 else cuts.amount / max(cuts.events, 1) / mean.value
        return figure(mean), figure(share), figure(_times(mean, once))

    by_term = [
        TermCut(layer.name, _words(plan, layer.name), *parts(of_plan.cuts.get(layer.name, NO_CUTS)))
        for layer in plan.layers
        if layer.attached and (layer.is_limited or (layer.cover and layer.cover.outside))
    ]
    return CutByLimits(*parts(of_plan.all_cuts), by_term)


def _words(plan: Plan, term: str) -> Words:
    return Words(*term_label(plan, term))


# --- curves --------------------------------------------------------------------------------------


def curve_of(annual: Annual, measure: Measure, kind: CurveKind = "aep") -> Curve:
    """Return an exceedance curve as the record has it (超過確率曲線)."""
    found = exceedance_curve(
        annual, kind=kind, points=measure.curve_points, level=measure.level,
        largest_share=measure.largest_share,
    )  # fmt: skip
    return Curve(
        probability=found.probability.tolist(),
        loss=found.loss.tolist(),
        low=[finite(one) for one in found.low.tolist()],
        high=[finite(one) for one in found.high.tolist()],
    )


# --- what a result is made of ---------------------------------------------------------------------


@dataclass(frozen=True)
class PlanValues:
    """What the rule needs to know of a plan besides its premium (選定に使うプランの値).

    Parameters
    ----------
    worth : float
        Total cost without insurance less that of the plan at premium 0. [JPY/year]
    mean, var, tvar : float
        Of the retained annual loss, at the level of the cost. [JPY]
    cut, paid : float
        What its limits cut, and what it pays. [JPY/year]
    """

    worth: float
    mean: float
    var: float
    tvar: float
    cut: float
    paid: float


@dataclass(frozen=True)
class ClientValues:
    """What the rule needs to know of a client without insurance (選定に使う顧客の値).

    Parameters
    ----------
    uninsured_cost : float
        Total cost. [JPY/year]
    uninsured_var : float
        Annual loss at the level of the cost. [JPY]
    liability, costs : float
        Needed limits. [JPY]
    """

    uninsured_cost: float
    uninsured_var: float
    liability: float
    costs: float


# By regime, of the client and of each plan.
Values = Found[dict[str, ClientValues], dict[str, PlanValues]]


def _plan_values(figures: PlanFigures, measure: Measure) -> PlanValues:
    """Return of the figures of a plan what the rule needs."""
    tail, level = figures.retained.annual, level_name(measure.cost.tail_level)
    return PlanValues(
        worth=value_of(figures.worth),
        mean=value_of(tail.mean),
        var=value_of(tail.var[level]),
        tvar=value_of(tail.tvar[level]),
        cut=value_of(figures.cut_by_limits.annual),
        paid=value_of(figures.paid.annual.mean),
    )


def _client_values(figures: RegimeFigures, uninsured_var: float) -> ClientValues:
    """Return of the figures of a client what the rule needs."""
    return ClientValues(
        uninsured_cost=value_of(figures.no_insurance.total_cost),
        uninsured_var=uninsured_var,
        liability=value_of(figures.need.liability),
        costs=value_of(figures.need.costs),
    )


def values_of(
    years_of: Mapping[str, RegimeYears], plans: Sequence[Plan], measure: Measure
) -> Values:
    """Measure simulated years for the rule alone (選定に使う値).

    Parameters
    ----------
    years_of : mapping of str to RegimeYears
        By regime.
    plans : sequence of Plan
        In the order of the years.
    """
    client: dict[str, ClientValues] = {}
    of_plans: dict[str, dict[str, PlanValues]] = {plan.id: {} for plan in plans}
    for regime, years in years_of.items():
        figures = regime_figures(years, plans, measure)
        client[regime] = _client_values(figures, bare_of(years, measure).var)
        for plan, own in zip(plans, figures.plans, strict=True):
            of_plans[plan.id][regime] = _plan_values(own, measure)
    return Found(client, of_plans)


@dataclass(frozen=True)
class PlanDetails:
    """All that a result says of a plan, but for its premium (プランの計算結果).

    Parameters
    ----------
    figures : PlanFigures
        With the curve of what stays, and the adequacy of every section.
    unpaid : mapping of str to float
        By reason. [JPY/year]
    """

    figures: PlanFigures
    unpaid: dict[str, float]


@dataclass(frozen=True)
class RegimeDetails:
    """All that a result says of a client under one regime, but for plans (顧客の計算結果).

    Parameters
    ----------
    empty_probability : float
        Of a year without a breach. [-]
    uninsured_var : float
        Annual loss without insurance at the level of the cost. [JPY]
    by_head, by_cause : mapping
        Mean annual loss; what never costs anything is left out. [JPY/year]
    size : Persons or None
        Of `size_distribution`.
    large : tuple of float
        Between which a breach counts as a large one. [JPY]
    """

    figures: RegimeFigures
    empty_probability: float
    uninsured_var: float
    by_head: dict[str, float]
    by_cause: dict[str, CauseLoss]
    curves: GroundUpCurves
    size: Persons | None
    convergence: Convergence
    large: tuple[float, float]


# By regime, of the client and of each plan.
Details = Found[dict[str, RegimeDetails], dict[str, PlanDetails]]


def details_of(
    years_of: Mapping[str, RegimeYears],
    plans: Sequence[Plan],
    measure: Measure,
    client: Client,
    assumptions: Assumptions,
) -> Details:
    """Measure simulated years for a result (計算結果の指標).

    Parameters
    ----------
    years_of : mapping of str to RegimeYears
        By regime.
    plans : sequence of Plan
        In the order of the years.
    """
    of_client: dict[str, RegimeDetails] = {}
    of_plans: dict[str, dict[str, PlanDetails]] = {plan.id: {} for plan in plans}
    for regime, years in years_of.items():
        figures = regime_figures(years, plans, measure)
        of_client[regime] = _regime_details(years, figures, measure, client, assumptions)
        for plan, of_plan, own in zip(plans, years.plans, figures.plans, strict=True):
            of_plans[plan.id][regime] = _plan_details(plan, of_plan, own, years, measure)
    return Found(of_client, of_plans)


def values_in(details: Details, measure: Measure) -> Values:
    """Return of all that was measured what the rule needs (選定に使う値)."""
    client = {
        regime: _client_values(one.figures, one.uninsured_var)
        for regime, one in details.client.items()
    }
    plans = {
        name: {regime: _plan_values(one.figures, measure) for regime, one in of_plan.items()}
        for name, of_plan in details.plans.items()
    }
    return Found(client, plans)


def _regime_details(
    years: RegimeYears,
    figures: AllFigures,
    measure: Measure,
    client: Client,
    assumptions: Assumptions,
) -> RegimeDetails:
    at, half = (assumptions.value(f"report.large_breach{end}") for end in ("", "_width"))
    low, high = np.quantile(years.events, [at - half, min(at + half, 1.0)])
    return RegimeDetails(
        figures=part_of(RegimeFigures, figures),
        empty_probability=float(years.empty_probability),
        uninsured_var=bare_of(years, measure).var,
        by_head=_by_head(years),
        by_cause=_by_cause(years),
        curves=GroundUpCurves(
            aep=curve_of(years.annual(years.gross), measure),
            oep=curve_of(years.annual(years.largest), measure, "oep"),
            event=curve_of(Annual(years.events, 0.0), measure, "event"),
        ),
        size=size_distribution(years, client.records, measure, assumptions),
        convergence=convergence(years, measure),
        large=(float(low), float(high)),
    )


def _plan_details(
    plan: Plan, of_plan: PlanYears, figures: PlanFigures, years: RegimeYears, measure: Measure
) -> PlanDetails:
    weight = (1 - years.empty_probability) / years.gross.size
    retained = curve_of(years.annual(of_plan.retained), measure)
    return PlanDetails(
        figures=replace(
            figures,
            retained=replace(figures.retained, curve=retained),
            limit_adequacy=replace(
                figures.limit_adequacy, by_section=_by_section(plan, of_plan, measure)
            ),
        ),
        unpaid={reason: weight * of_plan.unpaid[reason] for reason in REASONS},
    )


def _by_section(plan: Plan, of_plan: PlanYears, measure: Measure) -> list[SectionAdequacy]:
    found = []
    for section, tally in of_plan.sections.items():
        label = plan.wording.cover[section].label
        if tally.n:
            share = figure(adequacy(tally, level=measure.level))
            found.append(SectionAdequacy(section, Words(label.ja, label.en), share))
    return found


def _by_head(years: RegimeYears) -> dict[str, float]:
    weight = (1 - years.empty_probability) / years.gross.size
    return {head: weight * total for head, total in years.by_head.items() if total > 0}


def _by_cause(years: RegimeYears) -> dict[str, CauseLoss]:
    weight = (1 - years.empty_probability) / years.gross.size
    n_events = years.events.size
    return {
        cause: CauseLoss(weight * total, years.count_by_cause[cause] / n_events)
        for cause, total in years.by_cause.items()
        if years.count_by_cause[cause] > 0
    }


def size_distribution(
    years: RegimeYears, records: int, measure: Measure, assumptions: Assumptions
) -> Persons | None:
    """Return how many persons a breach concerns, over all simulated years (漏えい人数の分布).

    Parameters
    ----------
    records : int
        Persons the client holds, N. [person]

    Returns
    -------
    Persons or None
        Mean and quantiles, the share of breaches that take everything (P(B = N)), and shares by
        size band, each with its interval; None where the persons are not known.
    """
    persons = years.persons
    if persons is None:
        return None

    def share(count: int) -> Figure:
        return figure(wilson_interval(count, persons.size, level=measure.level))

    edges = [0.0]
    step = assumptions.value("report.size_band")
    edge = 1.0
    while edge * step < records:
        edge *= step
        edges.append(edge)
    edges.append(float(records))
    below = np.searchsorted(np.sort(persons), edges, side="right")
    full = int(np.count_nonzero(persons >= records))
    counts = np.diff(below).tolist()
    counts[-1] -= full
    levels = assumptions.values("measure.event_levels")
    spread = event_loss(persons, levels, measure)
    return Persons(
        events=int(persons.size),
        mean=spread.mean,
        quantiles=spread.quantiles,
        full_share=share(full),
        bands=[
            SizeBand(low, high, share(count))
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ],
    )


def convergence(years: RegimeYears, measure: Measure) -> Convergence:
    """Return how mean and tail settle as years are added, block by block (収束の様子)."""
    level = max(level for level in measure.annual_levels if level <= measure.cost.tail_level)
    size = years.gross.size
    ends = [*range(BLOCK_YEARS, size, BLOCK_YEARS), size]
    found = [
        tail_measures(
            years.annual(years.gross[:end]),
            (level,),
            level=measure.level,
            largest_share=measure.largest_share,
        )
        for end in ends
    ]
    return Convergence(
        level=f"{level:g}",
        years=ends,
        mean=[figure(one.mean) for one in found],
        var=[figure(one.var[0]) for one in found],
    )
