"""A simulated breach told through the plan, line by line, as an adjuster would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import name_of
from exposure.output.content.blocks import Block, Cell, Heading, Prose, Row, Section, Table, columns
from exposure.output.content.words import exact, exact_cell, known, said, text_of, view_name
from exposure.output.printed import about, print_count
from exposure.result.record import Explanation, Incident, Line, Result

_SMALL = 1e-4  # of the loss: what is less is told together
_TYPICAL = 100  # one in so many: the breach a report tells


def incidents(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return one large breach told through the named plan (想定事故), or None without any."""
    for regime in regimes:
        own = [one for one in result.regimes[regime].incidents if one.explanation is not None]
        if own:
            one = min(own, key=lambda incident: abs(incident.one_in - _TYPICAL))
            blocks = (
                Prose(text_of("incidents.note", lang), "small"),
                *_told(result, regime, one, lang),
            )
            return Section("incidents", text_of("incidents.heading", lang), blocks)
    return None


def all_incidents(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return every breach the result tells, for the workbook (すべての想定事故)."""
    blocks: list[Block] = []
    for regime in regimes:
        for one in result.regimes[regime].incidents:
            blocks += _told(result, regime, one, lang)
    if not blocks:
        return None
    heading = text_of("incidents.heading", lang)
    return Section("all_incidents", heading, tuple(blocks), part="workbook")


def _told(result: Result, regime: str, one: Incident, lang: Lang) -> list[Block]:
    """Return heading, story and arithmetic of one breach."""
    if one.explanation is None:
        return []
    names = {plan.id: name_of(plan, lang) for plan in result.regimes[regime].plans}
    heading = text_of("incidents.one", lang, n=f"{one.one_in:g}", regime=view_name(regime, lang))
    return [
        Heading(heading),
        Prose(_story(one, names, lang)),
        Table(
            "",
            columns(
                text_of("incidents.line", lang), text_of("incidents.clause", lang),
                widths=[4.4, 1.2],
            ),
            tuple(_lines(one, one.explanation, lang)),
            small=True,
        ),
    ]  # fmt: skip


def _story(incident: Incident, names: Mapping[str, str], lang: Lang) -> str:
    return text_of(
        "incidents.story" if incident.paid else "incidents.story_unpaid",
        lang,
        cause=known("cause", str(incident.cause), lang),
        persons=print_count(incident.persons or 0, lang),
        claimants=print_count(incident.claimants or 0, lang),
        loss=about(incident.loss, lang),
        plan=names.get(incident.plan, incident.plan),
        paid=about(incident.paid, lang),
        retained=about(incident.retained, lang),
    )


def _lines(incident: Incident, found: Explanation, lang: Lang) -> list[Row]:
    """Return the arithmetic as ``exposure explain`` prints it: losses, covers, what is unpaid."""
    rows = [Row((Cell(text_of("explain.losses", lang)),), part=True)]
    rows += _losses(incident, found.losses, lang)
    rows.append(_sum(text_of("incidents.total", lang), incident.loss, lang))
    rows.append(Row((Cell(text_of("explain.lines", lang)),), part=True))
    rows += _folded(found.lines, lang)
    total = text_of("explain.total", lang, amount=exact_cell(found.total, lang).text)
    rows.append(Row((Cell(total, value=found.total, kind="exact"), Cell("")), marked=True))
    unpaid = {reason: amount for reason, amount in found.unpaid.items() if amount}
    if unpaid:
        rows.append(Row((Cell(text_of("explain.unpaid", lang)),), part=True))
        rows += [
            _sum(label("reason", reason, lang), amount, lang, marked=False)
            for reason, amount in unpaid.items()
        ]
        rows.append(_sum(text_of("incidents.retained", lang), incident.retained, lang))
    return rows


def _losses(incident: Incident, lines: Sequence[Line], lang: Lang) -> list[Row]:
    """Return the losses one by one, but what is left of a bill by an allocation of days together.

    A report that lists a bill of one yen looks wrong, however right it is.
    """
    least = incident.loss * _SMALL
    small = [line for line in lines if line.amount is not None and line.amount < least]
    rows = [_line(line, lang) for line in lines if line not in small]
    if small:
        amount = exact(sum(line.amount or 0 for line in small), lang)
        words = text_of("explain.small", lang, n=len(small), amount=amount)
        rows.append(Row((Cell(words, indent=2), Cell(""))))
    return rows


def _folded(lines: Sequence[Line], lang: Lang) -> list[Row]:
    """Return the arithmetic, items that get nothing in a row together."""
    rows: list[Row] = []
    for nothing, group in groupby(lines, key=lambda line: line.amount == 0):
        own = list(group)
        if nothing and len(own) > 2:
            words = text_of("explain.folded", lang, n=len(own))
            clauses = list(dict.fromkeys(line.clause for line in own if line.clause))
            indent = own[0].depth + 2
            rows.append(Row((Cell(words, indent=indent), Cell("; ".join(clauses[:2])))))
        else:
            rows += [_line(line, lang) for line in own]
    return rows


def _line(line: Line, lang: Lang) -> Row:
    """Return one line; the title of a cover stands out, what belongs to it is set in."""
    text, is_title = said(line.text, lang), line.kind == "title"
    if is_title:
        text = text_of("explain.title", lang, words=text)
    depth = line.depth + (1 if is_title else 2)
    cell = Cell(text, value=line.amount, kind="exact", indent=depth)
    return Row((cell, Cell(line.clause)))


def _sum(words: str, amount: float, lang: Lang, *, marked: bool = True) -> Row:
    colon = "：" if lang == "ja" else ": "
    cell = Cell(
        f"{words}{colon}{exact_cell(amount, lang).text}", value=amount, kind="exact", indent=2
    )
    return Row((cell, Cell("")), marked=marked)
