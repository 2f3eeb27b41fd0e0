"""Simulated breaches told through the plan, line by line, as an adjuster would write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import name_of
from exposure.output.content.blocks import Block, Cell, Heading, Prose, Row, Section, Table, columns
from exposure.output.content.words import exact_cell, known, said, text_of
from exposure.output.printed import print_count
from exposure.yen import format_yen

_View = Mapping[str, Any]


def incidents(result: _View, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return the breaches told through the recommended plan (想定事故), or None without any."""
    blocks: list[Block] = [
        Prose(text_of("incidents.note", lang), "small"),
        Prose(text_of("plans.historical", lang), "warning"),
    ]
    found = False
    for regime in regimes:
        view = result["regimes"][regime]
        names = {plan["id"]: name_of(plan, lang) for plan in view["plans"]}
        for incident in view.get("incidents", []):
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
                        text_of("incidents.amount", lang),
                        text_of("incidents.clause", lang),
                        numeric=[1],
                        widths=[3.2, 1.2, 1.2],
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
        "incidents.story",
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
    """Return the arithmetic: losses by head, then each cover, then the limit of the plan."""
    rows = [Row((Cell(text_of("incidents.losses", lang)),), part=True)]
    for head, amount in sorted(incident["heads"].items(), key=lambda item: (-item[1], item[0])):
        rows.append(_line(known("head", head, lang), amount, lang))
    rows.append(_line(text_of("incidents.total", lang), incident["loss"], lang, total=True))
    for cover in incident["covers"]:
        rows.append(Row((Cell(said(cover["label"], lang), code=""),), part=True))
        rows += _cover(cover, lang)
    rows.append(Row((Cell(text_of("incidents.whole", lang)),), part=True))
    overall = incident["overall"]
    rows.append(_line(text_of("incidents.sections", lang), overall["payable"], lang))
    if overall["unpaid"]:
        rows.append(_line(_limit("limit", overall["limit"], lang), -overall["unpaid"], lang))
    rows.append(_line(text_of("incidents.paid", lang), incident["paid"], lang, total=True))
    if incident["not_covered"]:
        words = text_of("incidents.not_covered", lang)
        rows.append(_line(words, incident["not_covered"], lang))
    rows.append(_line(text_of("incidents.retained", lang), incident["retained"], lang, total=True))
    return rows


def _cover(cover: _View, lang: Lang) -> list[Row]:
    rows = []
    if cover["loss"]:
        words = text_of("incidents.claimed", lang)
        rows.append(_line(words, cover["loss"], lang, clause=cover["clause"]))
    if cover["inner"]:
        rows.append(_line(text_of("incidents.inner", lang), cover["inner"], lang))
    for reason, amount in cover["unpaid"].items():
        words = label("reason", reason, lang)
        if reason in ("limit", "sublimit"):
            words = _limit(reason, cover["limit"], lang)
        rows.append(_line(words, -amount, lang))
    rows.append(_line(text_of("incidents.payable", lang), cover["payable"], lang, total=True))
    return rows


def _limit(reason: str, amount: float | None, lang: Lang) -> str:
    words = label("reason", reason, lang)
    if amount is None:
        return words
    return text_of("incidents.limit", lang, reason=words, limit=format_yen(amount, lang))


def _line(words: str, amount: float, lang: Lang, clause: str = "", *, total: bool = False) -> Row:
    return Row((Cell(words, indent=1), exact_cell(amount, lang), Cell(clause)), marked=total)
