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
from exposure.measures.exceedance import ExceedanceCurve, TailMeasures
from exposure.measures.moments import Moments, moments
from exposure.measures.sizing import binding_term
from exposure.measures.standing import PlanSummary, Standing
from exposure.model.build import BreachModel
from exposure.policy.terms import REASONS
from exposure.study.binding import term_label
from exposure.study.comparison import comparison, uninsured
from exposure.study.headline import (
    Asked,
    Gross,
    Measured,
    Plain,
    estimate,
    gross_of,
    ground_up,
    measured,
    plain,
    plan_figures,
)
from exposure.study.plans import ComparedPlan, Ladder
from exposure.study.simulation import PlanYears, RegimeYears


def regime_result(
    model: BreachModel,
    years: RegimeYears,
    compared: Sequence[ComparedPlan],
    ladders: Sequence[Ladder],
    asked: Asked,
) -> tuple[Plain, Choice]:
    """Return one regime's part of the result, and its choice of plan."""
    gross = gross_of(years, asked)
    levels = (*asked.annual_levels, asked.constraints.tail_level)
    retained = [measured(years.annual(plan.retained), levels, asked) for plan in years.plans]
    paid = [moments(years.gross, plan.retained) for plan in years.plans]
    summaries = summaries_of(years, compared, asked, [of_plan.tail for of_plan in retained])
    choice = choose_plan(
        summaries, asked.constraints, level=asked.level, largest_share=asked.largest_share
    )
    plans = [
        _plan_result(one, plan, years, standing, of_plan, own_paid, asked)
        for one, plan, standing, of_plan, own_paid in zip(
            compared, years.plans, choice.standings, retained, paid, strict=True
        )
    ]
    chosen = next((plan for plan in plans if plan["id"] == choice.plan), None)
    return {
        "frequency": {
            "events_per_year": float(model.events_per_year.sum()),
            "probability_of_no_event": float(years.empty_probability),
        },
        "ground_up": {**ground_up(gross, asked), **_breakdown(years, gross)},
        "plans": plans,
        "adequacy_curves": _adequacy_curves(ladders, years, asked),
        "comparison": comparison(
            summaries, choice, uninsured(years, gross.annual.tail), paid, asked
        ),
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


def _breakdown(years: RegimeYears, gross: Gross) -> Plain:
    """Return the gross loss by head and cause, and its curves."""
    weight = (1 - years.empty_probability) / years.gross.size
    n_events = years.events.size
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
            "aep": _plain_curve(gross.annual.curve),
            "oep": _plain_curve(gross.largest.curve),
            "event": _plain_curve(gross.event.curve),
        },
    }


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
    retained: Measured,
    paid: Moments,
    asked: Asked,
) -> Plain:
    weight = (1 - years.empty_probability) / years.gross.size
    figures = plan_figures(plan, years, paid, standing, retained.tail, asked)
    figures["retained"]["curve"] = _plain_curve(retained.curve)
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
