"""One regime's part of the finished result as plain data: a branch of ``result.json``.

Arranges what the simulation kept and the measures make of it; nothing here depends on a clock, a
user or a path. The figures are in `exposure.study.headline`, how plans compare in
`exposure.study.comparison`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any  # Any: plain data on its way to JSON

from exposure.errors import Text
from exposure.measures.adequacy import adequacy
from exposure.measures.choice import Choice, choose_plan
from exposure.measures.exceedance import (
    CurveKind,
    ExceedanceCurve,
    TailMeasures,
    exceedance_curve,
    tails_and_curve,
)
from exposure.measures.sizing import binding_term
from exposure.measures.standing import PlanSummary, Standing
from exposure.model.build import BreachModel
from exposure.policy.terms import REASONS
from exposure.study.binding import term_label
from exposure.study.comparison import comparison
from exposure.study.headline import Asked, Plain, estimate, ground_up, plain, plan_figures
from exposure.study.plans import ComparedPlan, Ladder
from exposure.study.simulation import PlanYears, RegimeYears
from exposure.tables import Annual


def regime_result(
    model: BreachModel,
    years: RegimeYears,
    compared: Sequence[ComparedPlan],
    ladders: Sequence[Ladder],
    asked: Asked,
) -> tuple[Plain, Choice]:
    """Return one regime's part of the result, and its choice of plan."""
    measured = [_retained(years.annual(plan.retained), asked) for plan in years.plans]
    summaries = summaries_of(years, compared, asked, [retained for retained, _ in measured])
    choice = choose_plan(
        summaries, asked.constraints, level=asked.level, largest_share=asked.largest_share
    )
    plans = [
        _plan_result(one, plan, years, standing, retained, asked)
        for one, plan, standing, retained in zip(
            compared, years.plans, choice.standings, measured, strict=True
        )
    ]
    chosen = next((plan for plan in plans if plan["id"] == choice.plan), None)
    return {
        "frequency": {
            "events_per_year": float(model.events_per_year.sum()),
            "probability_of_no_event": float(years.empty_probability),
        },
        "ground_up": {**ground_up(years, asked), **_breakdown(years, asked)},
        "plans": plans,
        "adequacy_curves": _adequacy_curves(ladders, years, asked),
        "comparison": comparison(summaries, choice, years, asked),
        "recommendation": {
            "plan": choice.plan,
            "nearest": choice.nearest,
            "limit": chosen["limit"] if chosen else None,
            "reason": choice.text._asdict(),
            "constraint": choice.constraint,
            "probability_best": None,
            "regret": None,
            "target": asked.constraints.target,
        },
    }, choice


def _retained(retained: Annual, asked: Asked) -> tuple[TailMeasures, ExceedanceCurve]:
    """Measure what a plan leaves unpaid, at every level that is asked anywhere, with one sort."""
    return tails_and_curve(
        retained,
        (*asked.annual_levels, asked.constraints.tail_level),
        points=asked.curve_points,
        level=asked.level,
        largest_share=asked.largest_share,
    )


def summaries_of(
    years: RegimeYears,
    compared: Sequence[ComparedPlan],
    asked: Asked,
    retained: Sequence[TailMeasures | None] | None = None,
) -> tuple[PlanSummary, ...]:
    """Return what the comparison needs to know of every plan, what is measured already included."""
    weight = (1 - years.empty_probability) / years.gross.size
    known = retained if retained is not None else [None] * len(years.plans)
    return tuple(
        PlanSummary(
            id=one.plan.id,
            premium=one.premium,
            limit_adequacy=adequacy(plan.event, level=asked.level),
            retained=years.annual(plan.retained),
            expected_payout=weight * plan.paid_total,
            label=Text(one.label.ja, one.label.en),
            tail=tail,
        )
        for one, plan, tail in zip(compared, years.plans, known, strict=True)
    )


def _breakdown(years: RegimeYears, asked: Asked) -> Plain:
    """Return the gross loss by head and cause, and its curves."""
    weight = (1 - years.empty_probability) / years.gross.size
    n_events = years.events.size
    annual, largest = years.annual(years.gross), years.annual(years.largest)
    return {
        "by_head": {head: weight * total for head, total in years.by_head.items() if total > 0},
        "by_cause": {
            cause: {"mean": weight * total, "share_of_events": count / n_events}
            for (cause, total), count in zip(
                years.by_cause.items(), years.count_by_cause.values(), strict=True
            )
            if count > 0
        },
        "curves": {
            "aep": _curve(annual, "aep", asked),
            "oep": _curve(largest, "oep", asked),
            "event": _curve(Annual(years.events, 0.0), "event", asked),
        },
    }


def _curve(annual: Annual, kind: CurveKind, asked: Asked) -> Plain:
    return _plain_curve(
        exceedance_curve(
            annual,
            kind=kind,
            points=asked.curve_points,
            level=asked.level,
            largest_share=asked.largest_share,
        )
    )


def _plain_curve(curve: ExceedanceCurve) -> Plain:
    return {
        "probability": curve.probability.tolist(),
        "loss": curve.loss.tolist(),
        "low": curve.low.tolist(),
        "high": curve.high.tolist(),
    }


def _plan_result(
    one: ComparedPlan,
    plan: PlanYears,
    years: RegimeYears,
    standing: Standing,
    retained: tuple[TailMeasures, ExceedanceCurve],
    asked: Asked,
) -> Plain:
    tail, curve = retained
    weight = (1 - years.empty_probability) / years.gross.size
    figures = plan_figures(plan, years, standing, tail, asked)
    figures["retained"]["curve"] = _plain_curve(curve)
    figures["limit_adequacy"]["by_section"] = _by_section(one, plan, asked)
    return {
        "id": one.plan.id,
        "label": one.label.ja,
        "label_en": one.label.en,
        "product": one.plan.product,
        "pattern": one.plan.pattern,
        "endorsements": list(one.plan.endorsements),
        "limit": plain(one.plan.headline_limit),
        "premium": {"amount": one.premium, "basis": one.basis},
        **figures,
        "unpaid_by_reason": {reason: weight * plan.unpaid[reason] for reason in REASONS},
        "binding": _binding(one, plan),
    }


def _by_section(one: ComparedPlan, plan: PlanYears, asked: Asked) -> list[Plain]:
    """Return how often each section's own limits are enough, given a breach it covers."""
    return [
        {
            "section": section,
            "label": one.plan.wording.cover[section].label.model_dump(),
            "event": estimate(adequacy(tally, level=asked.level)),
        }
        for section, tally in plan.sections.items()
        if tally.n
    ]


def _binding(one: ComparedPlan, plan: PlanYears) -> Plain:
    """Return which limits cut a covered breach, and how often; the most frequent first."""
    binding = binding_term(plan.cut_shares)
    return {
        "term": binding.term,
        "shares": [
            {"term": term, "label": term_label(one.plan, term)._asdict(), "share": share}
            for term, share in binding.shares
        ],
    }


def _adequacy_curves(ladders: Sequence[Ladder], years: RegimeYears, asked: Asked) -> list[Plain]:
    tallies = iter(years.ladder)
    curves: list[dict[str, Any]] = []
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
