"""What the answer rests on: sourced assumptions with their grade, judgements apart, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

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

_View = Mapping[str, Any]
_SETTINGS = ("run", "measure", "report", "portfolio")


def judgements(result: _View, lang: Lang) -> Section:
    """Return what rests on judgement: what matters first, then part by part (判断による前提)."""
    rows = [row for row in result["judgements"] if _part(row) not in _SETTINGS or row["override"]]
    settings = [row for row in result["judgements"] if row not in rows]
    blocks: list[Block] = [Prose(text_of("judgements.note", lang), "small")]
    if not rows:
        blocks.append(Prose(text_of("judgements.missing", lang)))
    first = _first(rows)
    weighed = any(row.get("effect") for row in rows)
    if first:
        name = "judgements.first" if weighed else "judgements.changed"
        blocks.append(
            _table(
                text_of(name, lang),
                [Row(_cells(row, lang, weighed)) for row in first],
                lang,
                weighed,
            )
        )
    if rows and not weighed:
        blocks.append(Prose(text_of("judgements.unweighed", lang), "small"))
    rest = [row for row in rows if row not in first]
    if rest:
        blocks.append(
            _table(text_of("judgements.rest", lang), _grouped(rest, lang, weighed), lang, weighed)
        )
    if settings:
        lines = [Row(_cells(row, lang, False)) for row in settings]
        blocks.append(_table(text_of("judgements.settings", lang), lines, lang, False))
    return Section("judgements", text_of("judgements.heading", lang), tuple(blocks), page=True)


def _part(row: _View) -> str:
    return str(row["name"]).partition(".")[0]


def _first(rows: Sequence[_View]) -> list[_View]:
    """Return the judgements to read first: changed for the client, then those that move most."""
    most = look()["draw"]["most_judgements"]
    changed = [row for row in rows if row["override"]]
    moving = [row for row in rows if row.get("effect") and not row["override"]]
    moving = sorted(moving, key=lambda row: -float(row["effect"]))[:most]
    return changed + moving


def _grouped(rows: Sequence[_View], lang: Lang, weighed: bool) -> list[Row]:
    """Return rows under the part of the model they belong to."""
    parts = [part for part in labels("part") if any(_part(row) == part for row in rows)]
    parts += sorted({_part(row) for row in rows} - set(parts))
    found = []
    for part in parts:
        found.append(Row((Cell(known("part", part, lang)),), part=True))
        found += [Row(_cells(row, lang, weighed)) for row in rows if _part(row) == part]
    return found


def _cells(row: _View, lang: Lang, weighed: bool) -> tuple[Cell, ...]:
    tag = text_of("judgements.override", lang) if row["override"] else ""
    value = row["value"]
    if isinstance(value, Mapping) and "value" in value:
        value = value["value"]
    cells = [
        Cell(said(row["label"], lang), tag=tag, code=row["name"]),
        value_cell(value, row["unit"], lang),
        Cell(said(row["note"], lang)),
    ]
    if weighed:
        cells.append(amount_cell(row.get("effect"), lang))
    return tuple(cells)


def _table(caption: str, rows: Sequence[Row], lang: Lang, weighed: bool) -> Table:
    names = ["name", "value", "why", *(["effect"] if weighed else [])]
    headings = columns(
        *(text_of(f"judgements.{name}", lang) for name in names),
        numeric=[3] if weighed else [],
        widths=[1.8, 1.1, 2.8, *([0.8] if weighed else [])],
    )
    return Table(caption, headings, tuple(rows), small=True)


def sourced(result: _View, lang: Lang) -> Section | None:
    """Return the assumptions that have a source (出典のある前提), or None without them."""
    rows = result.get("assumptions", [])
    if not rows:
        return None
    titles = {source["key"]: source for source in result["sources"]}
    parts = [part for part in labels("part") if any(_part(row) == part for row in rows)]
    lines = []
    for part in parts:
        lines.append(Row((Cell(known("part", part, lang)),), part=True))
        lines += [
            Row(
                (
                    Cell(said(row["label"], lang), code=row["name"]),
                    value_cell(row["value"], row["unit"], lang),
                    Cell(row["grade"]),
                    Cell(cited_briefly(titles.get(row["source"]), row["source"], lang)),
                )
            )
            for row in rows
            if _part(row) == part
        ]
    table = Table(
        text_of("assumptions.heading", lang),
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
    grades = ("、" if lang == "ja" else "; ").join(
        label("grade", grade, lang) for grade in labels("grade")
    )
    blocks = (Prose(text_of("assumptions.note", lang, grades=grades), "small"), table)
    return Section("assumptions", text_of("assumptions.heading", lang), blocks, page=True)


def citation(source: _View, lang: Lang) -> str:
    """Return a source as a reader finds it; in English with the original title.

    Examples
    --------
    >>> one = {"publisher": "AIU損害保険", "title": "個人情報漏洩保険", "year": 2015}
    >>> citation(one, "ja")
    'AIU損害保険「個人情報漏洩保険」2015年'
    >>> citation(one | {"publisher_en": "AIU Insurance", "title_en": "Leak insurance"}, "en")
    'AIU Insurance, “Leak insurance” (original title: 個人情報漏洩保険), 2015'
    """
    publisher, title = publisher_of(source, lang), said(source["title"], lang)
    year = source["year"]
    if lang == "ja":
        return f"{publisher}「{title}」" + ("" if year is None else f"{year}年")
    translated = source.get("title_en", title)
    original = "" if translated == title else f" (original title: {title})"
    return f"{publisher}, “{translated}”{original}" + ("" if year is None else f", {year}")


def publisher_of(source: _View, lang: Lang) -> str:
    """Return who published a source.

    Examples
    --------
    >>> publisher_of({"publisher": "AIU損害保険", "publisher_en": "AIU Insurance"}, "en")
    'AIU Insurance'
    """
    own = said(source["publisher"], lang)
    return own if lang == "ja" else str(source.get("publisher_en", own))


def cited_briefly(source: _View | None, key: str, lang: Lang) -> str:
    """Return a source as a table cites it; the original title stands in the list of sources.

    Examples
    --------
    >>> one = {"publisher": "AIU損害保険", "title": "個人情報漏洩保険", "year": 2015}
    >>> cited_briefly(one | {"title_en": "Leak insurance"}, "aiu", "en")
    'AIU損害保険, “Leak insurance”, 2015'
    >>> cited_briefly(None, "aiu", "en")
    'aiu'
    """
    if source is None:
        return key
    shown = source["title"] if lang == "ja" else source.get("title_en", source["title"])
    return citation({**source, "title": shown}, lang)


def sources(result: _View, lang: Lang) -> Section:
    """Return the sources (出典)."""
    found = result["sources"]
    block: Block = Prose(text_of("sources.missing", lang))
    if found:
        block = Bullets(tuple(citation(source, lang) for source in found))
    return Section("sources", text_of("sources.heading", lang), (block,))
