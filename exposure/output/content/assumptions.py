"""What the answer rests on: sourced assumptions with their grade, judgements apart, sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import look
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Prose,
    Row,
    Section,
    Table,
    columns,
)
from exposure.output.content.words import amount_cell, known, said, text_of, value_cell
from exposure.result.record import Judgement, Result, Source

# Settings of the program: what they are decides no loss, so a client is not asked to read them.
_SETTINGS = ("run", "report", "portfolio")


def judgements(result: Result, lang: Lang) -> Section:
    """Return the judgements that move the answer most, and what was changed (判断による前提)."""
    rows = _relevant(result)
    blocks: list[Block] = [Prose(text_of("judgements.note", lang), "small")]
    if not rows:
        blocks.append(Prose(text_of("judgements.missing", lang)))
    first = _first(rows)
    weighed = any(row.effect for row in rows)
    if first:
        name = "judgements.first" if weighed else "judgements.changed"
        lines = [Row(_cells(row, lang, weighed)) for row in first]
        blocks.append(_table(text_of(name, lang), lines, lang, weighed))
    if rows and not weighed:
        blocks.append(Prose(text_of("judgements.unweighed", lang), "small"))
    if len(rows) > len(first):
        blocks.append(Prose(text_of("judgements.others", lang, n=len(rows) - len(first)), "small"))
    return Section("judgements", text_of("judgements.heading", lang), tuple(blocks))


def all_judgements(result: Result, lang: Lang) -> Section | None:
    """Return every judgement, part by part, for the workbook (すべての判断)."""
    rows = _relevant(result)
    if not rows:
        return None
    weighed = any(row.effect for row in rows)
    table = _table(text_of("judgements.all", lang), _grouped(rows, lang, weighed), lang, weighed)
    heading = text_of("judgements.heading", lang)
    return Section("all_judgements", heading, (table,), part="workbook")


def _relevant(result: Result) -> list[Judgement]:
    return [row for row in result.judgements if row.override or _part(row.name) not in _SETTINGS]


def _part(name: str) -> str:
    return name.partition(".")[0]


def _first(rows: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements to read first: changed for the client, then those that move most."""
    most = look()["draw"]["most_judgements"]
    changed = [row for row in rows if row.override]
    moving = [row for row in rows if row.effect and not row.override]
    return changed + sorted(moving, key=lambda row: -(row.effect or 0.0))[:most]


def _grouped(rows: Sequence[Judgement], lang: Lang, weighed: bool) -> list[Row]:
    """Return rows under the part of the model they belong to."""
    parts = [part for part in labels("part") if any(_part(row.name) == part for row in rows)]
    parts += sorted({_part(row.name) for row in rows} - set(parts))
    found = []
    for part in parts:
        found.append(Row((Cell(known("part", part, lang)),), part=True))
        own = [row for row in rows if _part(row.name) == part]
        found += [Row(_cells(row, lang, weighed)) for row in own]
    return found


def _cells(row: Judgement, lang: Lang, weighed: bool) -> tuple[Cell, ...]:
    tag = text_of("judgements.override", lang) if row.override else ""
    cells = [
        Cell(said(row.label, lang), tag=tag),
        value_cell(row.value, row.unit, lang),
        Cell(said(row.note, lang)),
    ]
    if weighed:
        cells.append(amount_cell(row.effect, lang))
    return tuple(cells)


def _table(caption: str, rows: Sequence[Row], lang: Lang, weighed: bool) -> Table:
    names = ["name", "value", "why", *(["effect"] if weighed else [])]
    headings = columns(
        *(text_of(f"judgements.{name}", lang) for name in names),
        numeric=[3] if weighed else [],
        widths=[1.8, 1.1, 2.8, *([0.8] if weighed else [])],
    )
    return Table(caption, headings, tuple(rows), small=True)


def sourced(result: Result, lang: Lang) -> Section | None:
    """Return the assumptions that have a source, for the workbook (出典のある前提)."""
    rows = result.assumptions
    if not rows:
        return None
    titles = {source.key: source for source in result.sources}
    parts = [part for part in labels("part") if any(_part(row.name) == part for row in rows)]
    lines = []
    for part in parts:
        lines.append(Row((Cell(known("part", part, lang)),), part=True))
        lines += [
            Row(
                (
                    Cell(said(row.label, lang), code=row.name),
                    value_cell(row.value, row.unit, lang),
                    Cell(row.grade),
                    Cell(cited_briefly(titles.get(row.source), row.source, lang), code=row.row),
                )
            )
            for row in rows
            if _part(row.name) == part
        ]
    heading = text_of("assumptions.heading", lang)
    table = Table(
        heading,
        columns(
            text_of("judgements.name", lang),
            text_of("judgements.value", lang),
            text_of("assumptions.grade", lang),
            text_of("assumptions.source", lang),
            widths=[1.8, 1.3, 0.4, 2.6],
        ),
        tuple(lines),
        small=True,
    )
    note = Prose(text_of("assumptions.note", lang, grades=grades(lang)), "small")
    return Section("assumptions", heading, (note, table), part="workbook")


def grades(lang: Lang) -> str:
    """Say what the grades of a source mean."""
    return ("、" if lang == "ja" else "; ").join(label("grade", g, lang) for g in labels("grade"))


def citation(source: Source, lang: Lang) -> str:
    """Return a source as a reader finds it; in English with the original title.

    Examples
    --------
    >>> one = Source("aiu", "漏洩保険", "AIU損害保険", 2015, "Leak insurance", "AIU Insurance")
    >>> citation(one, "ja")
    'AIU損害保険「漏洩保険」2015年'
    >>> citation(one, "en")
    'AIU Insurance, “Leak insurance” (original title: 漏洩保険), 2015'
    """
    if lang == "ja":
        year = "" if source.year is None else f"{source.year}年"
        return f"{source.publisher}「{source.title}」{year}"
    original = "" if source.title_en == source.title else f" (original title: {source.title})"
    year = "" if source.year is None else f", {source.year}"
    return f"{source.publisher_en}, “{source.title_en}”{original}{year}"


def cited_briefly(source: Source | None, key: str, lang: Lang) -> str:
    """Return a source as a table cites it; the original title stands in the list of sources.

    Examples
    --------
    >>> one = Source("aiu", "漏洩保険", "AIU損害保険", 2015, "Leak insurance", "AIU Insurance")
    >>> cited_briefly(one, "aiu", "en"), cited_briefly(None, "aiu", "en")
    ('AIU Insurance, “Leak insurance”, 2015', 'aiu')
    """
    if source is None:
        return key
    return citation(replace(source, title=source.title_en if lang == "en" else source.title), lang)


def sources(result: Result, lang: Lang) -> Section:
    """Return the sources (出典)."""
    block: Block = Prose(text_of("sources.missing", lang))
    if result.sources:
        block = Bullets(tuple(citation(source, lang) for source in result.sources))
    return Section("sources", text_of("sources.heading", lang), (block,))
