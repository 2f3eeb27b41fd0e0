"""The figures a client reads first, with their intervals, as plain data.

Gross loss of a breach and of a year, and what each plan pays and leaves. Curves, reasons and
sentences are left to `exposure.study.result`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any  # Any: plain data on its way to JSON

from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.measures.adequacy import adequacy
from exposure.measures.exceedance import (
    CurveKind,
    ExceedanceCurve,
    TailMeasures,
    level_at,
    tails_and_curve,
)
from exposure.measures.intervals import Estimate, normal_interval
from exposure.measures.moments import Moments
from exposure.measures.standing import Constraints, Standing
from exposure.study.simulation import PlanYears, RegimeYears
from exposure.tables import Annual

Plain = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is measured, from the assumptions (指標の設定)."""

    level: float
    largest_share: float
    annual_levels: tuple[float, ...]
    event_levels: tuple[float, ...]
    return_periods: tuple[float, ...]
    curve_points: int
    loading: float
    constraints: Constraints


def asked_of(client: Client, assumptions: Assumptions) -> Asked:
    """Return what a client's result measures; the client's own conditions go before defaults."""

    def own(stated: float | None, name: str) -> float:
        return assumptions.value(name) if stated is None else stated

    return Asked(
        level=assumptions.value("measure.interval_level"),
        largest_share=assumptions.value("measure.largest_share"),
        annual_levels=assumptions.values("measure.annual_levels"),
        event_levels=assumptions.values("measure.event_levels"),
        return_periods=assumptions.values("measure.return_periods"),
        curve_points=assumptions.whole("measure.curve_points"),
        loading=assumptions.value("measure.technical_loading"),
        constraints=Constraints(
            target=own(client.adequacy_target, "measure.adequacy_target"),
            liquidity=client.liquidity,
            tail_level=assumptions.value("measure.ecr_level"),
            liquidity_cost=own(client.cost_of_liquidity, "measure.ecr_cost"),
            tie_standard_errors=assumptions.value("measure.tie_standard_errors"),
            tie_share=assumptions.value("measure.tie_share"),
        ),
    )


def estimate(one: Estimate) -> Plain:
    """Return an estimate as plain data; an end the sample does not give is null.

    Examples
    --------
    >>> estimate(Estimate(2.0, 1.0, math.inf))
    {'value': 2.0, 'low': 1.0, 'high': None}
    """
    return {"value": plain(one.value), "low": plain(one.low), "high": plain(one.high)}


def plain(number: float) -> float | None:
    """Return a number, or None where the sample gives none."""
    return float(number) if math.isfinite(number) else None


def by_level(levels: Sequence[float], estimates: Sequence[Estimate]) -> Plain:
    """Return estimates by the name of their level."""
    return {f"{level:g}": estimate(one) for level, one in zip(levels, estimates, strict=True)}


@dataclass(frozen=True)
class Measured:
    """One vector, measured at every level that is asked anywhere, with one sort (指標一式)."""

    tail: TailMeasures
    curve: ExceedanceCurve


def measured(
    annual: Annual, levels: Sequence[float], asked: Asked, kind: CurveKind = "aep"
) -> Measured:
    """Measure annual sums, annual maxima or breaches (指標の計算)."""
    return Measured(
        *tails_and_curve(
            annual,
            levels,
            kind=kind,
            points=asked.curve_points,
            level=asked.level,
            largest_share=asked.largest_share,
        )
    )


@dataclass(frozen=True)
class Gross:
    """What a year, its largest breach and a breach cost before insurance (保険前の損害)."""

    annual: Measured
    largest: Measured
    event: Measured


def gross_of(years: RegimeYears, asked: Asked) -> Gross:
    """Measure the losses before insurance (保険前の損害の計算)."""
    periods = [level_at(period) for period in asked.return_periods]
    tail_level = asked.constraints.tail_level
    return Gross(
        annual=measured(
            years.annual(years.gross), (*asked.annual_levels, *periods, tail_level), asked
        ),
        largest=measured(years.annual(years.largest), periods, asked, "oep"),
        event=measured(Annual(years.events, 0.0), asked.event_levels, asked, "event"),
    )


def ground_up(gross: Gross, asked: Asked) -> Plain:
    """Return what a breach and a year cost before insurance, as plain data."""
    event = gross.event.tail

    def period_losses(of: Measured) -> Plain:
        losses = of.tail.only([level_at(period) for period in asked.return_periods]).var
        return by_level(asked.return_periods, losses)

    return {
        "event": {"mean": estimate(event.mean), "quantiles": by_level(event.levels, event.var)},
        "annual": {
            **tail(gross.annual.tail.only(asked.annual_levels)),
            "oep": period_losses(gross.largest),
            "aep": period_losses(gross.annual),
        },
    }


def plan_figures(
    plan: PlanYears,
    years: RegimeYears,
    paid: Moments,
    standing: Standing,
    retained: TailMeasures,
    asked: Asked,
) -> Plain:
    """Return what a plan pays and leaves, and how often its limits are enough (プランの指標)."""
    level = asked.level
    weight = 1 - years.empty_probability
    exhausted = adequacy(plan.exhausted, level=level)
    mean = normal_interval(paid, weight, level=level)
    return {
        "paid": {"annual": {"mean": estimate(replace(mean, low=max(mean.low, 0.0)))}},
        "retained": {"annual": tail(retained.only(asked.annual_levels))},
        "limit_adequacy": {
            "event": estimate(adequacy(plan.event, level=level)),
            "year": estimate(adequacy(plan.year, level=level)),
        },
        "economic_cost": estimate(standing.economic_cost) if standing.economic_cost else None,
        "probability_limit_exhausted": estimate(
            Estimate(weight * exhausted.value, weight * exhausted.low, weight * exhausted.high)
        ),
    }


def tail(measures: TailMeasures) -> Plain:
    """Return mean, VaR and TVaR as plain data."""
    return {
        "mean": estimate(measures.mean),
        "var": by_level(measures.levels, measures.var),
        "tvar": by_level(measures.levels, measures.tvar),
    }
