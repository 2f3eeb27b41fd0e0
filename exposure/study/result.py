"""The finished result of a study as plain data: the content of ``result.json``.

Arranges what the simulation kept and the measures make of it. Everything printed in a report is
here; nothing here depends on a clock, a user or a path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: plain data on its way to JSON

from exposure.errors import Text
from exposure.inputs.assumptions import Assumptions
from exposure.inputs.client import Client
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.measures.adequacy import adequacy
from exposure.measures.choice import Choice, choose_plan
from exposure.measures.exceedance import (
    ExceedanceCurve,
    TailMeasures,
    event_measures,
    exceedance_curve,
    loss_at_return_period,
    tail_measures,
)
from exposure.measures.intervals import Estimate, mean_interval
from exposure.measures.standing import Constraints, PlanSummary
from exposure.model.build import BreachModel
from exposure.policy.terms import REASONS
from exposure.study.plans import ComparedPlan, Ladder
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
    return {"value": _plain(one.value), "low": _plain(one.low), "high": _plain(one.high)}


def _plain(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _by(levels: Sequence[float], estimates: Sequence[Estimate]) -> Plain:
    return {f"{level:g}": estimate(one) for level, one in zip(levels, estimates, strict=True)}


def _curve(curve: ExceedanceCurve) -> Plain:
    return {
        "probability": curve.probability.tolist(),
        "loss": curve.loss.tolist(),
        "low": [_plain(low) for low in curve.low.tolist()],
        "high": [_plain(high) for high in curve.high.tolist()],
    }


def regime_result(
    model: BreachModel,
    years: RegimeYears,
    compared: Sequence[ComparedPlan],
    ladders: Sequence[Ladder],
    asked: Asked,
) -> tuple[Plain, Choice]:
    """Return one regime's part of the result, and its choice of plan."""
    choice = choose_plan(
        [
            _summary(one, plan, years, asked)
            for one, plan in zip(compared, years.plans, strict=True)
        ],
        asked.constraints,
        level=asked.level,
        largest_share=asked.largest_share,
    )
    plans = [
        _plan_result(one, plan, years, choice, asked)
        for one, plan in zip(compared, years.plans, strict=True)
    ]
    chosen = next((plan for plan in plans if plan["id"] == choice.plan), None)
    return {
        "frequency": {
            "events_per_year": float(model.events_per_year.sum()),
            "probability_of_no_event": float(years.empty_probability),
        },
        "ground_up": _ground_up(years, asked),
        "plans": plans,
        "adequacy_curves": _adequacy_curves(ladders, years, asked),
        "recommendation": {
            "plan": choice.plan,
            "limit": chosen["limit"] if chosen else None,
            "reason": choice.text._asdict(),
            "constraint": choice.constraint,
            "probability_best": None,
            "regret": None,
            "target": asked.constraints.target,
        },
    }, choice


def _ground_up(years: RegimeYears, asked: Asked) -> Plain:
    level, share = asked.level, asked.largest_share
    annual, largest = years.annual(years.gross), years.annual(years.largest)
    event = event_measures(years.events, asked.event_levels, level=level, largest_share=share)
    measures = tail_measures(annual, asked.annual_levels, level=level, largest_share=share)
    weight = (1 - years.empty_probability) / years.gross.size
    n_events = years.events.size

    def period_losses(of: Annual) -> Plain:
        losses = loss_at_return_period(of, asked.return_periods, level=level)
        return _by(asked.return_periods, losses)

    def curve(of: Annual, kind: Any) -> Plain:  # Any: one of the kinds of a curve
        return _curve(
            exceedance_curve(
                of, kind=kind, points=asked.curve_points, level=level, largest_share=share
            )
        )

    return {
        "event": {
            "mean": estimate(event.mean),
            "quantiles": _by(asked.event_levels, event.var),
        },
        "annual": {
            **_tail(measures),
            "oep": period_losses(largest),
            "aep": period_losses(annual),
        },
        "by_head": {head: weight * total for head, total in years.by_head.items() if total > 0},
        "by_cause": {
            cause: {"mean": weight * total, "share_of_events": count / n_events}
            for (cause, total), count in zip(
                years.by_cause.items(), years.count_by_cause.values(), strict=True
            )
            if count > 0
        },
        "curves": {
            "aep": curve(annual, "aep"),
            "oep": curve(largest, "oep"),
            "event": curve(Annual(years.events, 0.0), "event"),
        },
    }


def _tail(measures: TailMeasures) -> Plain:
    return {
        "mean": estimate(measures.mean),
        "var": _by(measures.levels, measures.var),
        "tvar": _by(measures.levels, measures.tvar),
    }


def _summary(one: ComparedPlan, plan: PlanYears, years: RegimeYears, asked: Asked) -> PlanSummary:
    weight = (1 - years.empty_probability) / years.gross.size
    return PlanSummary(
        id=one.plan.id,
        premium=one.premium,
        limit_adequacy=adequacy(plan.event, level=asked.level),
        retained=years.annual(plan.retained),
        expected_payout=weight * plan.paid_total,
        label=Text(one.label.ja, one.label.en),
    )


def _plan_result(
    one: ComparedPlan, plan: PlanYears, years: RegimeYears, choice: Choice, asked: Asked
) -> Plain:
    level, share = asked.level, asked.largest_share
    retained = years.annual(plan.retained)
    weight = (1 - years.empty_probability) / years.gross.size
    paid = mean_interval(years.gross - plan.retained, level=level, largest_share=share)
    p1 = 1 - years.empty_probability
    standing = next(found for found in choice.standings if found.id == one.plan.id)
    exhausted = adequacy(plan.exhausted, level=level)
    limit = one.plan.headline_limit
    return {
        "id": one.plan.id,
        "label": one.label.ja,
        "label_en": one.label.en,
        "product": one.plan.product,
        "pattern": one.plan.pattern,
        "endorsements": list(one.plan.endorsements),
        "limit": _plain(limit),
        "premium": {"amount": one.premium, "basis": one.basis},
        "paid": {
            "annual": {
                "mean": estimate(Estimate(p1 * paid.value, max(p1 * paid.low, 0.0), p1 * paid.high))
            }
        },
        "retained": {
            "annual": _tail(
                tail_measures(retained, asked.annual_levels, level=level, largest_share=share)
            ),
            "curve": _curve(
                exceedance_curve(
                    retained,
                    kind="aep",
                    points=asked.curve_points,
                    level=level,
                    largest_share=share,
                )
            ),
        },
        "limit_adequacy": {
            "event": estimate(adequacy(plan.event, level=level)),
            "year": estimate(adequacy(plan.year, level=level)),
        },
        "unpaid_by_reason": {reason: weight * plan.unpaid[reason] for reason in REASONS},
        "economic_cost": estimate(standing.economic_cost) if standing.economic_cost else None,
        "probability_limit_exhausted": estimate(
            Estimate(p1 * exhausted.value, p1 * exhausted.low, p1 * exhausted.high)
        ),
    }


def _adequacy_curves(ladders: Sequence[Ladder], years: RegimeYears, asked: Asked) -> list[Plain]:
    tallies = iter(years.ladder)
    curves = []
    for ladder in ladders:
        own = [next(tallies) for _ in ladder.plans]
        curves.append(
            {
                "product": ladder.product,
                "label": ladder.label.ja,
                "label_en": ladder.label.en,
                "limit": list(ladder.limits),
                "event": [estimate(adequacy(event, level=asked.level)) for event, _ in own],
                "year": [estimate(adequacy(year, level=asked.level)) for _, year in own],
            }
        )
    return curves


def overall(choices: Mapping[str, Choice], compared: Sequence[ComparedPlan]) -> Plain:
    """Say whether all regimes recommend the same plan, or how they differ (前提を通じた結論)."""
    names = {one.plan.id: one.label for one in compared}
    plans = {choice.plan for choice in choices.values()}
    same = len(plans) == 1
    plan = next(iter(plans)) if same else None
    if same and plan is not None:
        label = names[plan]
        statement = Text(
            f"どの賠償前提でも推奨は「{label.ja}」です。",
            f"The recommendation is {label.en} under every regime shown.",
        )
    elif same:
        statement = Text(
            "どの賠償前提でも、条件をすべて満たすプランはありません。",
            "No plan meets every condition under any regime shown.",
        )
    else:
        statement = _differences(choices, names)
    return {"same_plan": same, "plan": plan, "statement": statement._asdict()}


def _differences(choices: Mapping[str, Choice], names: Mapping[str, Any]) -> Text:
    from exposure.labels import label

    ja, en = [], []
    for regime, choice in choices.items():
        chosen = names[choice.plan] if choice.plan is not None else None
        said = chosen.ja if chosen else "条件を満たすプランなし"
        ja.append(f"{label('regime', regime, 'ja')}では{said}")
        said = chosen.en if chosen else "no plan that qualifies"
        en.append(f"{label('regime', regime, 'en')}: {said}")
    return Text(
        "賠償の前提によって推奨が異なります（" + "、".join(ja) + "）。",
        "The recommendation depends on the regime (" + "; ".join(en) + ").",
    )


def readings_of(compared: Sequence[ComparedPlan]) -> list[Plain]:
    """Return the readings adopted for the products compared, each once (約款の解釈)."""
    found: dict[tuple[str, str], Plain] = {}
    for one in compared:
        for code, reading in one.plan.all_readings.items():
            selected = one.plan.readings.get(code, "adopted")
            chosen = reading.choice
            if selected != "adopted":
                chosen = reading.alternative[selected].label
            key = (one.plan.product, f"{code}={selected}")
            found[key] = {
                "product": one.plan.product,
                "code": code,
                "question": reading.question.model_dump(),
                "choice": chosen.model_dump(),
                "why": reading.why.model_dump(),
            }
    return list(found.values())


def judgements_of(assumptions: Assumptions) -> list[Plain]:
    """Return what rests on judgement or was changed for the client (判断による前提)."""
    return [
        {
            "name": record.name,
            "label": record.label._asdict(),
            "value": assumptions.document()[record.name],
            "unit": record.unit,
            "note": record.override.reason if record.override else record.note,
            "override": record.override is not None,
        }
        for record in assumptions.judgements()
    ]


def sources_of(assumptions: Assumptions, compared: Sequence[ComparedPlan]) -> list[Plain]:
    """Return the sources cited by the assumptions and the wordings compared (出所)."""
    sources = load_sources()
    cited = {record.source for record in assumptions.records.values()} - {JUDGEMENT}
    cited |= {one.plan.wording.plan.source for one in compared}
    return [
        {
            "key": key,
            "title": source.title,
            "publisher": source.publisher,
            "year": source.year,
        }
        for key, source in sources.items()
        if key in cited
    ]
