"""Where the cover ends, head by head, and what a dispute over the wording is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import name_of
from exposure.output.content.blocks import Block, Cell, Column, Heading, Prose, Row, Section, Table
from exposure.output.content.words import DASH, about, amount_cell, known, said, text_of
from exposure.shares import exact_share

_PARTS = ("loss", "covered", "capped", "excluded")


def cover_end(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return the cover-gap table and the worth of disputes (補償の空白と解釈の争い)."""
    known_ends = [regime for regime in regimes if "cover" in result["regimes"][regime]]
    if not known_ends:
        return None
    blocks: list[Block] = []
    for regime in known_ends:
        gaps = result["regimes"][regime]["cover"]["gaps"]
        if gaps is not None:
            blocks += _gaps(result, regime, gaps, lang)
    blocks += _disputes(result, known_ends, lang)
    return Section("cover", text_of("cover.heading", lang), tuple(blocks))


def _gaps(
    result: Mapping[str, Any], regime: str, gaps: Mapping[str, Any], lang: Lang
) -> list[Block]:
    view = result["regimes"][regime]
    plan = next(one for one in view["plans"] if one["id"] == gaps["plan"])
    heads = sorted(gaps["heads"], key=lambda line: -line["loss"])
    rows = [
        Row(
            (
                Cell(known("head", line["head"], lang)),
                *(amount_cell(line[part], lang) for part in _PARTS),
                *(amount_cell(line["tail"][part], lang) for part in ("loss", "covered")),
                Cell(_rider(line["riders"], line["loss"], lang)),
            )
        )
        for line in heads
    ]
    mean = text_of("cover.mean", lang)
    tail = text_of("cover.tail", lang, share=exact_share(1 - gaps["tail_level"]))
    columns = (
        Column(text_of("cover.head", lang), width=1.8),
        *(Column(text_of(f"cover.{part}", lang), mean, numeric=True) for part in _PARTS),
        *(Column(text_of(f"cover.{part}", lang), tail, numeric=True) for part in _PARTS[:2]),
        Column(text_of("cover.rider", lang), width=2.0),
    )
    name = f"{label('regime', regime, lang)} – {name_of(plan, lang)}"
    return [
        Heading(name),
        Table("", columns, tuple(rows), small=True),
        Table(
            text_of("cover.by_cause", lang), _cause_columns(lang), _causes(gaps, lang), small=True
        ),
    ]


def _rider(riders: Mapping[str, float], loss: float, lang: Lang) -> str:
    """Return the endorsement that adds most, if it adds a hundredth of the loss."""
    for name, worth in riders.items():
        if worth * 100 >= loss:
            return f"{known('option', name, lang)} +{about(worth, lang)}"
    return DASH


def _cause_columns(lang: Lang) -> tuple[Column, ...]:
    mean = text_of("cover.mean", lang)
    return (
        Column(text_of("cover.cause", lang), width=1.8),
        *(Column(text_of(f"cover.{part}", lang), mean, numeric=True) for part in _PARTS),
    )


def _causes(gaps: Mapping[str, Any], lang: Lang) -> tuple[Row, ...]:
    rows = []
    for cause in labels("cause"):
        lines = [line for line in gaps["causes"] if line["cause"] == cause]
        if lines:
            sums = (sum(line[part] for line in lines) for part in _PARTS)
            cells = (amount_cell(amount, lang) for amount in sums)
            rows.append(Row((Cell(label("cause", cause, lang)), *cells)))
    return tuple(rows)


def _disputes(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> list[Block]:
    worth = {
        (one["product"], one["code"], one["name"], regime): one["worth"]
        for regime in regimes
        for one in result["regimes"][regime]["cover"]["disputes"]
    }
    lines = result["regimes"][regimes[0]]["cover"]["disputes"]
    if not lines:
        return []
    names = {
        plan["product"]: name_of(plan, lang)
        for plan in result["regimes"][regimes[0]]["plans"][::-1]
    }
    rows = tuple(
        Row(
            (
                Cell(said(line["question"], lang), code=f"{names[line['product']]} {line['code']}"),
                Cell(said(line["adopted"], lang)),
                Cell(said(line["alternative"], lang)),
                *(
                    amount_cell(worth[line["product"], line["code"], line["name"], regime], lang)
                    for regime in regimes
                ),
            )
        )
        for line in lines
    )
    group = text_of("cover.worth", lang)
    columns = (
        Column(text_of("cover.question", lang), width=2.4),
        Column(text_of("cover.adopted", lang), width=1.6),
        Column(text_of("cover.alternative", lang), width=1.6),
        *(Column(label("regime", regime, lang), group, numeric=True) for regime in regimes),
    )
    years = result["regimes"][regimes[0]]["cover"]["loss_years"]
    return [
        Heading(text_of("cover.disputes", lang)),
        Table("", columns, rows, small=True),
        Prose(text_of("cover.note", lang, n=f"{years:,}"), "small"),
    ]
