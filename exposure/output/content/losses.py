"""Losses before insurance: how much, how rarely, of what, from which cause, how many persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.content.blocks import (
    Block,
    Cell,
    Charts,
    Column,
    Prose,
    Row,
    Section,
    Table,
)
from exposure.output.content.words import (
    amount_cell,
    count_cell,
    known,
    probability_cell,
    text_of,
    yen_cell,
)
from exposure.shares import exact_share


def regime_charts(name: str, regimes: Sequence[str], lang: Lang) -> Charts:
    """Return one chart for every regime, side by side."""
    return Charts(
        tuple(f"{name}-{regime}" for regime in regimes),
        tuple(label("regime", regime, lang) for regime in regimes),
    )


def losses(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section:
    """Return the exceedance of the loss, per year and given a breach (損害額の超過確率)."""
    blocks: list[Block] = [
        regime_charts("loss_annual", regimes, lang),
        regime_charts("loss_event", regimes, lang),
        _exceedance(result, regimes, lang),
        Prose(text_of("losses.note", lang), "small"),
    ]
    return Section("losses", text_of("charts.heading", lang), tuple(blocks), page=True)


def _exceedance(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Table:
    views = [result["regimes"][regime]["ground_up"] for regime in regimes]
    first = views[0]
    rows = [Row((Cell(text_of("losses.annual", lang)),), part=True)]

    def line(name: str, cells: list[Cell]) -> None:
        rows.append(Row((Cell(name), *cells)))

    line(text_of("answer.mean", lang), [yen_cell(v["annual"]["mean"], lang) for v in views])
    for kind in ("aep", "oep"):
        for years in first["annual"][kind]:
            cells = [yen_cell(v["annual"][kind].get(years), lang) for v in views]
            line(text_of(f"losses.{kind}", lang, n=years), cells)
    for level in first["annual"]["tvar"]:
        cells = [yen_cell(v["annual"]["tvar"].get(level), lang) for v in views]
        line(text_of("losses.tvar", lang, p=exact_share(float(level))), cells)
    predicted = [
        result["regimes"][r].get("stability", {}).get("predictive", {}).get("mean") for r in regimes
    ]
    if any(mean is not None for mean in predicted):
        line(text_of("losses.predictive", lang), [amount_cell(mean, lang) for mean in predicted])
    rows.append(Row((Cell(text_of("losses.event", lang)),), part=True))
    line(text_of("answer.mean", lang), [yen_cell(v["event"]["mean"], lang) for v in views])
    for level in first["event"]["quantiles"]:
        cells = [yen_cell(v["event"]["quantiles"].get(level), lang) for v in views]
        line(text_of("losses.quantile", lang, p=exact_share(float(level))), cells)
    return Table(
        text_of("losses.table", lang),
        (
            Column("", width=1.3),
            *(Column(label("regime", r, lang), numeric=True, width=1.2) for r in regimes),
        ),
        tuple(rows),
        small=True,
    )


def breakdown(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section:
    """Return the loss by head and cause (費目別・原因別)."""
    blocks: list[Block] = [
        regime_charts("head", regimes, lang),
        regime_charts("cause", regimes, lang),
        _heads(result, regimes, lang),
        _causes(result, regimes, lang),
    ]
    return Section("breakdown", text_of("breakdown.heading", lang), tuple(blocks))


def _heads(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Table:
    by_regime = [result["regimes"][regime]["ground_up"]["by_head"] for regime in regimes]
    names = sorted(
        {head for heads in by_regime for head in heads},
        key=lambda head: (-max(heads.get(head, 0.0) for heads in by_regime), head),
    )
    wholes = [sum(heads.values()) or 1.0 for heads in by_regime]
    rows = [
        Row(
            (
                Cell(known("head", head, lang)),
                *(
                    cell
                    for heads, whole in zip(by_regime, wholes, strict=True)
                    for cell in (
                        amount_cell(heads.get(head, 0.0), lang),
                        probability_cell(heads.get(head, 0.0) / whole, lang),
                    )
                ),
            )
        )
        for head in names
    ]
    return Table(
        text_of("breakdown.heads", lang),
        (
            Column(text_of("breakdown.head", lang), width=2.2),
            *(
                Column(text_of(name, lang), label("regime", regime, lang), numeric=True)
                for regime in regimes
                for name in ("breakdown.mean", "breakdown.share")
            ),
        ),
        tuple(rows),
        small=True,
    )


def _causes(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Table:
    by_regime = [result["regimes"][regime]["ground_up"]["by_cause"] for regime in regimes]
    nothing = {"mean": 0.0, "share_of_events": 0.0}
    names = sorted(
        {cause for causes in by_regime for cause in causes},
        key=lambda cause: (-max(c.get(cause, nothing)["mean"] for c in by_regime), cause),
    )
    shares = [
        max(causes.get(cause, nothing)["share_of_events"] for causes in by_regime)
        for cause in names
    ]
    wholes = [sum(c["mean"] for c in causes.values()) or 1.0 for causes in by_regime]
    rows = [
        Row(
            (
                Cell(known("cause", cause, lang)),
                probability_cell(share, lang),
                *(
                    cell
                    for causes, whole in zip(by_regime, wholes, strict=True)
                    for cell in (
                        amount_cell(causes.get(cause, nothing)["mean"], lang),
                        probability_cell(causes.get(cause, nothing)["mean"] / whole, lang),
                    )
                ),
            )
        )
        for cause, share in zip(names, shares, strict=True)
    ]
    return Table(
        text_of("breakdown.causes", lang),
        (
            Column(text_of("breakdown.cause", lang), width=2.0),
            Column(text_of("breakdown.events", lang), numeric=True),
            *(
                Column(text_of(name, lang), label("regime", regime, lang), numeric=True)
                for regime in regimes
                for name in ("breakdown.mean", "breakdown.share")
            ),
        ),
        tuple(rows),
        small=True,
    )


def sizes(result: Mapping[str, Any], regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return how many persons a breach concerns; None if the result lacks it (漏えい人数)."""
    regime = regimes[0]
    size = result["regimes"][regime]["ground_up"].get("size")
    if size is None:
        return None
    rows = [Row((Cell(text_of("answer.mean", lang)), count_cell(size["mean"], lang)))]
    rows += [
        Row(
            (
                Cell(text_of("size.quantile", lang, p=exact_share(float(level)))),
                count_cell(persons, lang),
            )
        )
        for level, persons in size["quantiles"].items()
    ]
    rows.append(Row((Cell(text_of("size.full", lang)), probability_cell(size["full_share"], lang))))
    table = Table(
        text_of("size.table", lang),
        (Column("", width=1.6), Column(text_of("size.persons", lang), numeric=True)),
        tuple(rows),
    )
    note = Prose(text_of("size.note", lang), "small")
    charts = Charts((f"size-{regime}",), ("",))
    return Section("size", text_of("size.heading", lang), (charts, table, note))
