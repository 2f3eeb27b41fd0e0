"""What moved since an earlier result of the client, and why (前回からの変化)."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.errors import Lang
from exposure.output.content.blocks import Block, Bullets, Cell, Column, Prose, Row, Section, Table
from exposure.output.content.words import (
    amount_cell,
    limit_cell,
    probability_cell,
    said,
    text_of,
    view_name,
)
from exposure.output.printed import DASH
from exposure.result.lines import verdict_name
from exposure.result.record import Moved, RegimeSince, Result


def since(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what moved since an earlier result; None where there is none (前回からの変化)."""
    found = result.since
    if found is None or not found.regimes:
        return None
    lines = found.lines.ja if lang == "ja" else found.lines.en
    before = found.lines_before.ja if lang == "ja" else found.lines_before.en
    views = {name: found.regimes[name] for name in regimes if name in found.regimes}
    blocks: list[Block] = [
        Bullets(tuple(lines[:_TOLD])),
        *(_figures(one, name, lang) for name, one in views.items()),
        *(_effects(one, name, lang) for name, one in views.items() if one.held is not None),
        Prose(text_of("since.note", lang), "small"),
        Prose(text_of("since.before", lang, name=found.study.name), "small"),
        Bullets(tuple(before)),
    ]
    return Section("since", text_of("since.heading", lang), tuple(blocks))


def _figures(one: RegimeSince, regime: str, lang: Lang) -> Table:
    """Set the figures of both results side by side."""
    named = Row(
        (
            Cell(text_of("since.plan", lang)),
            Cell(DASH if one.label_before is None else said(one.label_before, lang)),
            Cell(DASH if one.label_after is None else said(one.label_after, lang)),
            Cell(""),
        )
    )
    verdict = Row(
        (
            Cell(text_of("since.verdict", lang)),
            Cell(verdict_name(one.verdict_before, lang)),
            Cell(verdict_name(one.verdict_after, lang)),
            Cell(""),
        )
    )
    rows = [
        Row(
            (
                Cell(said(moved.label, lang)),
                _cell(moved, moved.before, lang),
                _cell(moved, moved.after, lang),
                _difference(moved, lang),
            )
        )
        for moved in (one.limit, *one.figures)
    ]
    return Table(
        text_of("since.figures", lang, view=view_name(regime, lang)),
        _columns("", lang),
        (named, verdict, *rows),
        small=True,
    )


def _columns(first: str, lang: Lang) -> tuple[Column, ...]:
    return (
        Column(first, width=1.8),
        *(
            Column(text_of(f"since.{name}", lang), numeric=True, width=1.3)
            for name in ("then", "now", "difference")
        ),
    )


def _difference(moved: Moved, lang: Lang) -> Cell:
    if moved.before is None or moved.after is None:
        return Cell(DASH)
    amount = moved.after - moved.before
    if moved.unit == "share":
        points = text_of("since.points", lang, n=f"{100 * amount:+.1f}")
        return Cell(points, value=amount, kind="share")
    return _cell(moved, amount, lang)


def _cell(moved: Moved, amount: float | None, lang: Lang) -> Cell:
    if moved.unit == "share":
        return probability_cell(amount, lang)
    return limit_cell(amount, lang) if moved.code in _STATED else amount_cell(amount, lang)


_TOLD = 2  # of the lines; the causes stand in the tables
_STATED = ("limit", "premium")  # as a policy states them, not estimated


def _effects(one: RegimeSince, regime: str, lang: Lang) -> Table:
    """Say what each cause alone does to last time's plan; the lines add up to the difference."""
    held = one.held
    assert held is not None
    rows = [
        Row(
            (
                Cell(said(effect.label, lang), code=said(effect.detail, lang)),
                amount_cell(effect.worth, lang),
                amount_cell(effect.total_cost, lang),
            )
        )
        for effect in held.effects
    ]
    ends = [
        Row(
            (
                Cell(text_of(f"since.{name}", lang)),
                amount_cell(worth, lang),
                amount_cell(cost, lang),
            )
        )
        for name, worth, cost in (
            ("then", held.worth.before, held.total_cost.before),
            ("now", held.worth.after, held.total_cost.after),
        )
    ]
    return Table(
        text_of("since.effects", lang, view=view_name(regime, lang), plan=said(held.label, lang)),
        (
            Column(text_of("since.cause", lang), width=2.6),
            Column(text_of("since.worth", lang), numeric=True, width=1.2),
            Column(text_of("since.cost", lang), numeric=True, width=1.2),
        ),
        (ends[0], *rows, ends[1]),
        small=True,
    )
