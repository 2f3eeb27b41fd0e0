"""The plans compared: what they cost, pay and leave, and what is not paid and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import name_of
from exposure.output.content.answer import premium_cell, target_of
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Prose,
    Row,
    Section,
    Table,
)
from exposure.output.content.losses import regime_charts
from exposure.output.content.words import (
    DASH,
    amount_cell,
    historical_note,
    plan_cell,
    probability_cell,
    said,
    share_cell,
    text_of,
    yen_cell,
)
from exposure.output.printed import print_probability
from exposure.shares import exact_share

_View = Mapping[str, Any]


def plans(result: _View, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the comparison of the plans (プランの比較)."""
    blocks: list[Block] = [
        Prose(text_of("plans.note", lang), "small"),
        *historical_note(result, lang),
    ]
    views = [result["regimes"][regime] for regime in regimes]
    if not any(view["plans"] for view in views):
        blocks.append(Prose(text_of("plans.missing", lang)))
        return Section("plans", text_of("plans.heading", lang), tuple(blocks))
    for regime in regimes:
        blocks += [
            Heading(label("regime", regime, lang)),
            _money(result, regime, lang),
            _adequacy(result, regime, lang),
        ]
    blocks += [regime_charts(name, regimes, lang) for name in ("adequacy", "retained")]
    if any(plan["premium"]["amount"] is not None for view in views for plan in view["plans"]):
        blocks.append(regime_charts("premium", regimes, lang))
    for regime in regimes:
        blocks += _comparison(result, regime, lang)
    return Section("plans", text_of("plans.heading", lang), tuple(blocks))


def _sorted(view: _View) -> list[Mapping[str, Any]]:
    return sorted(view["plans"], key=lambda plan: str(plan["id"]))


def _named(result: _View, view: _View, plan: _View, lang: Lang) -> Cell:
    recommendation = view["recommendation"]
    tag = ""
    if plan["id"] == recommendation["plan"]:
        tag = text_of("plans.mark", lang)
    elif plan["id"] == recommendation.get("nearest"):
        tag = text_of("plans.nearest", lang)
    return plan_cell(result, plan, lang, tag)


def _money(result: _View, regime: str, lang: Lang) -> Table:
    view = result["regimes"][regime]
    rows = []
    for plan in _sorted(view):
        annual = plan["retained"]["annual"]
        cells = (
            _named(result, view, plan, lang),
            premium_cell(plan, lang),
            yen_cell(plan["paid"]["annual"]["mean"], lang),
            yen_cell(annual["mean"], lang),
            yen_cell(annual["var"].get("0.99"), lang),
            yen_cell(annual["tvar"].get("0.99"), lang),
            yen_cell(plan["economic_cost"], lang),
        )
        rows.append(Row(cells, marked=plan["id"] == view["recommendation"]["plan"]))
    bare = view.get("comparison", {}).get("no_insurance", {}).get("economic_cost")
    if bare is not None:
        gross = view["ground_up"]["annual"]
        cells = (
            Cell(label("chart", "no_insurance", lang)),
            Cell(DASH),
            Cell(DASH),
            yen_cell(gross["mean"], lang),
            yen_cell(gross["var"].get("0.99"), lang),
            yen_cell(gross["tvar"].get("0.99"), lang),
            yen_cell(bare, lang),
        )
        rows.append(Row(cells))
    retained = text_of("plans.retained", lang)
    return Table(
        text_of("plans.money", lang),
        (
            Column(text_of("plans.plan", lang), width=2.1),
            Column(text_of("plans.premium", lang), numeric=True),
            Column(text_of("plans.paid", lang), numeric=True),
            *(
                Column(text_of(f"plans.{name}", lang), retained, numeric=True)
                for name in ("mean", "var", "tvar")
            ),
            Column(text_of("plans.cost", lang), numeric=True),
        ),
        tuple(rows),
        small=True,
    )


def _adequacy(result: _View, regime: str, lang: Lang) -> Table:
    view = result["regimes"][regime]
    rows = []
    for plan in _sorted(view):
        shares = plan.get("binding", {}).get("shares", [])
        binding = Cell(DASH)
        if shares:
            binding = Cell(
                said(shares[0]["label"], lang), print_probability(shares[0]["share"], lang)
            )
        cells = (
            _named(result, view, plan, lang),
            share_cell(plan["limit_adequacy"]["event"], lang, target_of(view)),
            share_cell(plan["limit_adequacy"]["year"], lang),
            share_cell(plan["probability_limit_exhausted"], lang),
            binding,
        )
        rows.append(Row(cells, marked=plan["id"] == view["recommendation"]["plan"]))
    group = text_of("plans.adequacy", lang)
    return Table(
        text_of("plans.sure", lang),
        (
            Column(text_of("plans.plan", lang), width=2.1),
            Column(text_of("plans.event", lang), group, numeric=True),
            Column(text_of("plans.year", lang), group, numeric=True),
            Column(text_of("plans.exhausted", lang), numeric=True),
            Column(text_of("plans.binding", lang), width=1.7),
        ),
        tuple(rows),
        small=True,
    )


def _comparison(result: _View, regime: str, lang: Lang) -> list[Block]:
    view = result["regimes"][regime]
    comparison = view.get("comparison")
    if not comparison or not comparison["plans"]:
        return []
    plans_by_id = {plan["id"]: plan for plan in view["plans"]}
    best = {one["id"]: one for one in view.get("stability", {}).get("plans", [])}
    rows = []
    for one in sorted(comparison["plans"], key=lambda one: str(one["id"])):
        plan = plans_by_id[one["id"]]
        cells = [
            _named(result, view, plan, lang),
            yen_cell(one["retained_difference"], lang),
            yen_cell(one["break_even_uninsured"], lang),
            amount_cell(one["technical_price"], lang),
        ]
        if best:
            cells.append(probability_cell(best[one["id"]]["probability_best"], lang))
        cells.append(Cell(_verdict(one, plans_by_id, lang)))
        rows.append(Row(tuple(cells), marked=one["id"] == view["recommendation"]["plan"]))
    headings = [
        Column(text_of("plans.plan", lang), width=2.1),
        *(
            Column(text_of(f"compare.{name}", lang), numeric=True)
            for name in ("difference", "break_even", "technical", *(["best"] if best else []))
        ),
        Column(text_of("compare.verdict", lang), width=1.6),
    ]
    heading = text_of("compare.heading", lang, regime=label("regime", regime, lang))
    loading = exact_share(comparison["loading"])
    blocks: list[Block] = [
        Heading(heading),
        Table("", tuple(headings), tuple(rows), small=True),
        Prose(text_of("compare.note", lang, loading=loading), "small"),
    ]
    steps = comparison.get("next_steps", [])
    if steps:
        blocks.append(Prose(text_of("compare.steps", lang)))
        blocks.append(Bullets(tuple(said(step["text"], lang) for step in steps)))
    return blocks


def _verdict(one: _View, plans_by_id: Mapping[str, _View], lang: Lang) -> str:
    """Say in a word what speaks against a plan."""
    parts = [text_of(f"constraint.{name}", lang) for name in one["failed"]]
    parts = [text_of("compare.failed", lang, what=part) for part in parts]
    if one["dominated_by"] is not None:
        name = name_of(plans_by_id[one["dominated_by"]], lang)
        parts.append(text_of("compare.dominated", lang, plan=name))
    if one["tied"]:
        parts.append(text_of("compare.tied", lang))
    return ("、" if lang == "ja" else "; ").join(parts) or DASH


def unpaid(result: _View, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what is paid, and what is not and why (支払われない額と理由)."""
    if not any(result["regimes"][regime]["plans"] for regime in regimes):
        return None
    blocks: list[Block] = [regime_charts("paid", regimes, lang)]
    for regime in regimes:
        view = result["regimes"][regime]
        reasons = [
            reason
            for reason in labels("reason")
            if any(plan["unpaid_by_reason"][reason] > 0 for plan in view["plans"])
        ]
        rows = tuple(
            Row(
                (
                    _named(result, view, plan, lang),
                    _plain(plan["paid"]["annual"]["mean"], lang),
                    *(amount_cell(plan["unpaid_by_reason"][reason], lang) for reason in reasons),
                    _plain(plan["retained"]["annual"]["mean"], lang),
                )
            )
            for plan in _sorted(view)
        )
        headings = (
            Column(text_of("plans.plan", lang), width=2.1),
            Column(label("chart", "paid", lang), numeric=True),
            *(
                Column(label("reason", reason, lang), text_of("unpaid.group", lang), numeric=True)
                for reason in reasons
            ),
            Column(text_of("unpaid.total", lang), numeric=True),
        )
        blocks += [
            Heading(label("regime", regime, lang)),
            Table(text_of("unpaid.heading", lang), headings, rows, small=True),
        ]
    return Section("unpaid", text_of("unpaid.heading", lang), tuple(blocks))


def _plain(estimate: _View, lang: Lang) -> Cell:
    """Return an amount as printed elsewhere, without its interval."""
    cell = yen_cell(estimate, lang)
    return Cell(cell.text, value=cell.value, kind=cell.kind)
