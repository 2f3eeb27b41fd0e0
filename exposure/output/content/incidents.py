"""Simulated breaches told through the plan, line by line, as an adjuster would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import name_of
from exposure.output.content.blocks import Block, Cell, Heading, Prose, Row, Section, Table, columns
from exposure.output.content.words import exact_cell, historical_note, known, said, text_of
from exposure.output.printed import print_count
from exposure.yen import format_yen

_View = Mapping[str, Any]


def incidents(result: _View, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return the breaches told through the recommended plan (想定事故), or None without any."""
    blocks: list[Block] = [
        Prose(text_of("incidents.note", lang), "small"),
        *historical_note(result, lang),
    ]
    found = False
    for regime in regimes:
        view = result["regimes"][regime]
        names = {plan["id"]: name_of(plan, lang) for plan in view["plans"]}
        for incident in view.get("incidents", []):
            # A result written before the arithmetic was part of it has no explanation.
            if "explanation" not in incident:
                continue
            found = True
            heading = text_of(
                "incidents.one",
                lang,
                n=f"{incident['one_in']:g}",
                regime=label("regime", regime, lang),
            )
            blocks += [
                Heading(heading),
                Prose(_story(incident, names, lang)),
                Table(
                    "",
                    columns(
                        text_of("incidents.line", lang),
                        text_of("incidents.clause", lang),
                        widths=[4.4, 1.2],
                    ),
                    tuple(_lines(incident, lang)),
                    small=True,
                ),
            ]
    if not found:
        return None
    return Section("incidents", text_of("incidents.heading", lang), tuple(blocks), page=True)


def _story(incident: _View, names: Mapping[str, str], lang: Lang) -> str:
    persons, claimants = incident["persons"], incident["claimants"]
    return text_of(
        "incidents.story" if incident["paid"] else "incidents.story_unpaid",
        lang,
        cause=known("cause", str(incident["cause"]), lang),
        persons=print_count(persons or 0, lang),
        claimants=print_count(claimants or 0, lang),
        loss=format_yen(float(f"{incident['loss']:.3g}"), lang),
        plan=names.get(incident["plan"], incident["plan"]),
        paid=format_yen(float(f"{incident['paid']:.3g}"), lang),
        retained=format_yen(float(f"{incident['retained']:.3g}"), lang),
    )


def _lines(incident: _View, lang: Lang) -> list[Row]:
    """Return the arithmetic as ``exposure explain`` prints it: losses, covers, what is unpaid."""
    found = incident["explanation"]
    rows = [Row((Cell(text_of("explain.losses", lang)),), part=True)]
    rows += [_line(line, lang) for line in found["losses"]]
    rows.append(_sum(text_of("incidents.total", lang), incident["loss"], lang))
    rows.append(Row((Cell(text_of("explain.lines", lang)),), part=True))
    rows += [_line(line, lang) for line in found["lines"]]
    total = text_of("explain.total", lang, amount=exact_cell(found["total"], lang).text)
    rows.append(Row((Cell(total, value=found["total"], kind="yen"), Cell("")), marked=True))
    if found["unpaid"]:
        rows.append(Row((Cell(text_of("explain.unpaid", lang)),), part=True))
        rows += [
            _sum(label("reason", reason, lang), amount, lang, marked=False)
            for reason, amount in found["unpaid"].items()
        ]
        rows.append(_sum(text_of("incidents.retained", lang), incident["retained"], lang))
    return rows


def _line(line: _View, lang: Lang) -> Row:
    """Return one line; the title of a cover stands out, what belongs to it is set in."""
    text, is_title = said(line["text"], lang), line["kind"] == "title"
    if is_title:
        text = text_of("explain.title", lang, words=text)
    depth = line["depth"] + (1 if is_title else 2)
    cell = Cell(text, value=line["amount"], kind="yen", indent=depth)
    return Row((cell, Cell(line["clause"])))


def _sum(words: str, amount: float, lang: Lang, *, marked: bool = True) -> Row:
    colon = "：" if lang == "ja" else ": "
    cell = Cell(
        f"{words}{colon}{exact_cell(amount, lang).text}", value=amount, kind="yen", indent=2
    )
    return Row((cell, Cell("")), marked=marked)
