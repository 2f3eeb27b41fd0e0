"""What moves the answer, and what moved since an earlier result (感度・前回からの変化)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exposure.amounts import exact_share
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import look
from exposure.output.charts.sureness import starred_first
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Prose,
    Row,
    Section,
    Table,
    columns,
)
from exposure.output.content.loss_section import regime_charts
from exposure.output.content.words import (
    amount_cell,
    answer_text,
    count_cell,
    in_language,
    limit_cell,
    opened,
    probability_cell,
    sentence,
    shortened,
    text_of,
    view_name,
    yen_cell,
)
from exposure.output.printed import DASH
from exposure.result.lines import need_text, setting_number, setting_unit, verdict_name
from exposure.result.record import (
    Moved,
    Outcome,
    RegimeResult,
    RegimeSince,
    Result,
    Sensitivity,
    SizeRow,
    StructuralBar,
    Thresholds,
    TornadoBar,
)

# The columns of needed limits, and those of what to buy.
_NEEDED = ("records", "regime", "liability", "costs")

_BOUGHT = ("plan", "limit", "cost_limit", "worth", "cut", "verdict")


def sensitivity(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return what moves the answer most, or the sentence that it was not computed (感度分析)."""
    heading = text_of("sensitivity.heading", lang)
    found = [(r, one) for r in regimes if (one := result.regimes[r].sensitivity) is not None]
    if not found:
        missing = Prose(text_of("sensitivity.missing", lang))
        return Section("sensitivity", heading, (missing,))
    blocks: list[Block] = [regime_charts("tornado", "tornado", [r for r, _ in found], lang)]
    for regime, one in found:
        if one.ask_first:
            blocks.append(Prose(text_of("sensitivity.ask", lang, view=view_name(regime, lang))))
            asks = (shortened(in_language(ask.text, lang), lang) for ask in one.ask_first)
            blocks.append(Bullets(tuple(asks)))
        blocks.append(_table(result, regime, one, lang, look()["draw"]["most_rows"]))
    joint = text_of("sensitivity.joint", lang) if len(found) > 1 else ""
    rest = text_of("sensitivity.rest", lang, n=f"{found[0][1].loss_years:,}")
    blocks.append(Prose(sentence([joint, rest], lang), "small"))
    return Section("sensitivity", heading, tuple(blocks))


def all_sensitivity(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return every assumption tried, for the workbook (すべての感度)."""
    tables = tuple(
        _table(result, regime, one, lang)
        for regime in regimes
        if (one := result.regimes[regime].sensitivity) is not None
    )
    if not tables:
        return None
    heading = text_of("sensitivity.heading", lang)
    return Section("all_sensitivity", heading, tables, part="workbook")


def _table(
    result: Result, regime: str, found: Sensitivity, lang: Lang, most: int | None = None
) -> Table:
    """Return what the assumptions do, so many of each kind, those that change it first."""
    view = result.regimes[regime]
    ends = [exact_share(end) for end in found.ends if end is not None]
    first, last = (text_of("sensitivity.end", lang, end=end) for end in (ends[0], ends[-1]))
    named = (first, last)
    rows = [Row((Cell(text_of("sensitivity.parameters", lang)),), part=True)]
    rows += [
        Row(_cells(view, bar, (bar.low, bar.high), lang))
        for bar in starred_first(found.parameters)[:most]
    ]
    if found.structural:
        rows.append(Row((Cell(text_of("sensitivity.structural", lang)),), part=True))
    forms = sorted(found.structural, key=lambda bar: (not bar.changes_plan, -abs(bar.swing)))
    few = None if most is None else most // 2
    rows += [Row(_cells(view, bar, (bar.outcome,), lang)) for bar in forms[:few]]
    return Table(
        text_of("sensitivity.table", lang, view=view_name(regime, lang)),
        (
            Column(text_of("sensitivity.name", lang), width=2.2),
            Column(text_of("sensitivity.values", lang, low=ends[0], high=ends[-1]), width=1.2),
            Column(text_of("sensitivity.cost", lang), numeric=True, width=1.2, ends=named),
            Column(text_of("sensitivity.worth", lang), numeric=True, width=1.2, ends=named),
            Column(text_of("sensitivity.plan", lang), width=1.6),
        ),
        tuple(rows),
        small=True,
    )


def _cells(
    view: RegimeResult, bar: TornadoBar | StructuralBar, ends: Sequence[Outcome], lang: Lang
) -> tuple[Cell, ...]:
    """Return one assumption: its values, and what each of them does."""
    arrow = " → "
    unit = bar.unit if isinstance(bar, TornadoBar) else ""
    settings = [setting_number(end.setting, unit, lang) for end in ends if end.setting != ""]
    costs, worths = [end.cost for end in ends], [end.worth for end in ends]
    plans = list(dict.fromkeys(answer_text([view], end.plan, lang) for end in ends))
    changed = text_of("sensitivity.changes", lang, plan=arrow.join(plans))
    if isinstance(bar, TornadoBar) and bar.flips_at is not None:
        value = setting_number(bar.flips_at, unit, lang)
        at = text_of("sensitivity.flips", lang, value=value)
        changed = f"{changed} {at}"
    return (
        Cell(("★" if bar.changes_plan else "") + opened(in_language(bar.label, lang))),
        Cell(arrow.join(settings) if len(settings) > 1 else "", code=setting_unit(unit, lang)),
        _ends(costs, lang),
        _ends(worths, lang),
        Cell(opened(changed if bar.changes_plan else text_of("sensitivity.same", lang))),
    )


def _ends(amounts: Sequence[float], lang: Lang) -> Cell:
    """Return the amounts at both ends in their order; the numbers stay apart for the workbook."""
    words = " → ".join(amount_cell(amount, lang).text for amount in amounts)
    if len(amounts) == 1:  # another form of the model has no ends
        return Cell(words, kind="yen")
    return Cell(words, low=amounts[0], high=amounts[-1], kind="yen")


def convergence(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return how the figures settled, for the workbook (計算の収束)."""
    tables: list[Block] = []
    for regime in regimes:
        run = result.regimes[regime].convergence
        if run is None or len(run.years) < 2:
            continue
        rows = tuple(
            Row((Cell(f"{n:,}", value=n, kind="number"), yen_cell(mean, lang), yen_cell(var, lang)))
            for n, mean, var in zip(run.years, run.mean, run.var, strict=True)
        )
        level = exact_share(float(run.level))
        headings = (
            Column(label("chart", "axis.loss_years", lang), numeric=True),
            Column(text_of("losses.mean", lang), numeric=True),
            Column(f"VaR {level}", numeric=True),
        )
        caption = text_of("convergence.table", lang, view=view_name(regime, lang))
        tables.append(Table(caption, headings, rows, small=True))
    if not tables:
        return None
    heading = text_of("convergence.heading", lang)
    return Section("convergence", heading, tuple(tables), part="workbook")


def sizing(result: Result, lang: Lang) -> Section | None:
    """Return needed limits and what to buy by record count, for the workbook (件数別の限度額)."""
    if not result.size:
        return None
    table = sizes_table(result.size, result.thresholds, lang)
    return Section("sizing", table.caption, (table,), part="workbook")


def sizes_table(rows: Sequence[SizeRow], thresholds: Thresholds, lang: Lang) -> Table:
    """Return needed limits and what to buy of each product, by record count and view."""
    lines = []
    for row in rows:
        needs = zip(
            need_text(row.need, thresholds, lang), (row.need.liability, row.need.costs), strict=True
        )
        first = (
            count_cell(row.records, lang),
            Cell(label("regime", f"{row.regime}.short", lang)),
            *(replace(yen_cell(need, lang), text=text) for text, need in needs),
        )
        lines += [
            Row(
                (
                    *first,
                    Cell(in_language(one.label, lang)),
                    limit_cell(one.limit.value, lang),
                    limit_cell(one.cost_limit, lang),
                    yen_cell(one.worth, lang),
                    yen_cell(one.cut_by_limits.annual, lang),
                    Cell(text_of(f"verdict.word.{one.verdict}", lang)),
                ),
                plan=one.plan,
            )
            for one in row.products
        ]
        if not row.products:
            lines.append(Row((*first, *(Cell("") for _ in _BOUGHT))))
    names = (*_NEEDED, *_BOUGHT)
    amounts = set(names) - {"regime", "plan", "verdict"}
    headings = (text_of(f"sizing.{name}", lang) for name in names)
    numeric = [i for i, name in enumerate(names) if name in amounts]
    caption = text_of("sizing.heading", lang)
    return Table(caption, columns(*headings, numeric=numeric), tuple(lines), small=True)


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
            Cell(DASH if one.label_before is None else in_language(one.label_before, lang)),
            Cell(DASH if one.label_after is None else in_language(one.label_after, lang)),
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
                Cell(in_language(moved.label, lang)),
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
                Cell(in_language(effect.label, lang), code=in_language(effect.detail, lang)),
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
        text_of(
            "since.effects", lang, view=view_name(regime, lang), plan=in_language(held.label, lang)
        ),
        (
            Column(text_of("since.cause", lang), width=2.6),
            Column(text_of("since.worth", lang), numeric=True, width=1.2),
            Column(text_of("since.cost", lang), numeric=True, width=1.2),
        ),
        (ends[0], *rows, ends[1]),
        small=True,
    )
