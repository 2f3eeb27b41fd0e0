"""The terms of each plan with clause and edition, and the readings adopted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.output.charts.style import name_of
from exposure.output.content.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Prose,
    Row,
    Section,
    Table,
    columns,
)
from exposure.output.content.words import (
    DASH,
    historical_note,
    known,
    limit_cell,
    plan_cell,
    said,
    text_of,
)
from exposure.shares import exact_share
from exposure.yen import format_yen

_View = Mapping[str, Any]


def terms(result: _View, lang: Lang) -> Section | None:
    """Return the terms of the plans, product by product (プランの条件), or None without them."""
    found = result.get("terms", [])
    if not found:
        return None
    plans = {plan["id"]: plan for regime in result["regimes"].values() for plan in regime["plans"]}
    blocks: list[Block] = [
        *historical_note(result, lang),
        Prose(text_of("terms.lines", lang), "small"),
    ]
    for product in dict.fromkeys(one["product"] for one in found):
        own = [one for one in found if one["product"] == product]
        first = own[0]
        blocks += [
            Heading(said(first["product_label"], lang)),
            Prose(
                text_of(
                    "terms.edition",
                    lang,
                    insurer=said(first["insurer"], lang),
                    edition=said(first["edition"], lang),
                    clause=first["clause"],
                ),
                "small",
            ),
            _covers(own, lang),
            _limits(result, own, plans, lang),
        ]
        excluded = _exclusions(own, lang)
        if excluded:
            blocks.append(Prose(excluded, "small"))
    return Section("terms", text_of("terms.heading", lang), tuple(blocks), page=True)


def _all_covers(own: Sequence[_View]) -> list[_View]:
    """Return every cover that some plan of a product has, in the order of the fullest plan."""
    fullest = sorted(own, key=lambda one: -len(one["covers"]))
    found: dict[str, _View] = {}
    for one in fullest:
        for cover in one["covers"]:
            found.setdefault(cover["name"], cover)
    return list(found.values())


def _covers(own: Sequence[_View], lang: Lang) -> Table:
    rows = [
        Row(
            (
                Cell(said(cover["label"], lang), indent=cover["depth"]),
                Cell(
                    "、".join(known("head", h, lang) for h in cover["heads"])
                    if lang == "ja"
                    else ", ".join(known("head", h, lang) for h in cover["heads"])
                ),
                Cell(_conditions(cover, lang)),
                Cell(cover["clause"]),
            )
        )
        for cover in _all_covers(own)
    ]
    return Table(
        text_of("terms.covers", lang),
        columns(
            text_of("terms.cover", lang),
            text_of("terms.heads", lang),
            text_of("terms.conditions", lang),
            text_of("terms.clause", lang),
            widths=[1.5, 2.2, 1.8, 1.1],
        ),
        tuple(rows),
        small=True,
    )


def _conditions(cover: _View, lang: Lang) -> str:
    """Say share, deductible, caps, windows and fixed benefits in a few words."""
    parts = []
    if cover["deductible"]:
        parts.append(
            text_of("terms.deductible", lang, amount=format_yen(cover["deductible"], lang))
        )
    if cover["indemnity_ratio"] != 1:
        parts.append(text_of("terms.ratio", lang, p=exact_share(cover["indemnity_ratio"])))
    for cap in cover["per_unit"]:
        heads = "・".join(known("head", head, lang) for head in cap["heads"])
        amount = format_yen(cap["amount"], lang)
        parts.append(text_of("terms.per_unit", lang, heads=heads, amount=amount))
    parts += [text_of("terms.window", lang, n=one["days"]) for one in cover["window_days"]]
    parts += [
        text_of(f"terms.{unit}", lang, amount=format_yen(amount, lang))
        for unit, amount in cover["benefit"].items()
    ]
    share = cover["limit_share"]
    if share is not None:
        most = ""
        if share["at_most"] is not None:
            most = text_of("terms.at_most", lang, amount=format_yen(share["at_most"], lang))
        rate = exact_share(share["rate"])
        parts.append(text_of("terms.share", lang, rate=rate, of=said(share["of"], lang), most=most))
    return ("。" if lang == "ja" else "; ").join(parts) or DASH


def _limits(result: _View, own: Sequence[_View], plans: Mapping[str, _View], lang: Lang) -> Table:
    """Return the limits of every plan of a product, cover by cover."""
    covers = [
        cover
        for cover in _all_covers(own)
        if any(_cover_of(one, cover["name"]).get("event_limit") for one in own)
    ]
    rows = []
    for one in own:
        cells = [
            plan_cell(result, plans[one["id"]], lang) if one["id"] in plans else Cell(one["id"])
        ]
        cells.append(limit_cell(one["limit"], lang))
        for cover in covers:
            found = _cover_of(one, cover["name"])
            event, period = found.get("event_limit"), found.get("period_limit")
            cell = limit_cell(event if event is not None else period, lang)
            if not found:
                cell = Cell(text_of("terms.without", lang))
            elif event is not None and period is not None and event != period:
                note = text_of("terms.period", lang, amount=format_yen(period, lang))
                cell = Cell(cell.text, note, value=event, kind="yen")
            cells.append(cell)
        rows.append(Row(tuple(cells)))
    return Table(
        text_of("terms.limits", lang),
        (
            Column(text_of("plans.plan", lang), width=2.0),
            Column(text_of("terms.whole", lang), numeric=True),
            *(Column(said(cover["label"], lang), numeric=True) for cover in covers),
        ),
        tuple(rows),
        small=True,
    )


def _cover_of(one: _View, name: str) -> _View:
    return next((cover for cover in one["covers"] if cover["name"] == name), {})


def _exclusions(own: Sequence[_View], lang: Lang) -> str:
    named = {
        exclusion["name"]: exclusion["clause"] for one in own for exclusion in one["exclusions"]
    }
    if not named:
        return ""
    opened, closed = ("（", "）") if lang == "ja" else (" (", ")")
    parts = [f"{known('exclusion', n, lang)}{opened}{c}{closed}" for n, c in named.items()]
    return text_of("terms.exclusions", lang, listed=("、" if lang == "ja" else "; ").join(parts))


def readings(result: _View, lang: Lang) -> Section:
    """Return the readings adopted (採用した解釈)."""
    blocks: list[Block] = [
        Prose(text_of("readings.note", lang), "small"),
        *historical_note(result, lang),
        Prose(text_of("terms.lines", lang), "small"),
    ]
    if result["readings"]:
        names = ("code", "product", "question", "choice", "why")
        rows = tuple(
            Row(
                (
                    Cell(reading["code"]),
                    Cell(_product(result, reading, lang)),
                    *(Cell(said(reading[field], lang)) for field in names[2:]),
                )
            )
            for reading in result["readings"]
        )
        headings = columns(
            *(text_of(f"readings.{name}", lang) for name in names), widths=[0.5, 1.1, 2, 2, 2]
        )
        blocks.append(Table(text_of("readings.heading", lang), headings, rows, small=True))
    else:
        blocks.append(Prose(text_of("readings.missing", lang)))
    return Section("readings", text_of("readings.heading", lang), tuple(blocks))


def _product(result: _View, reading: _View, lang: Lang) -> str:
    """Return the name of the product a reading belongs to."""
    name = str(reading.get("product") or reading["plan"])
    for one in result.get("terms", []):
        if one["product"] == name:
            return said(one["product_label"], lang)
    for regime in result["regimes"].values():
        for curve in regime["adequacy_curves"]:
            if curve["product"] == name:
                return name_of(curve, lang)
        for plan in regime["plans"]:
            if plan["id"] == name:
                return name_of(plan, lang)
    return name
