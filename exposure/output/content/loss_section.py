"""Losses before insurance: how much, how rarely, of what, from which cause, how many persons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exposure.amounts import exact_share
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.content.blocks import Block, Cell, Charts, Column, Prose, Row, Section, Table
from exposure.output.content.words import (
    amount_cell,
    count_cell,
    known,
    opened,
    probability_cell,
    sentence,
    share_cell,
    text_of,
    view_name,
    yen_cell,
)
from exposure.result.record import CauseLoss, Figure, GroundUp, Kind, Result

# Levels the annex prints; the workbook has all of them.
_FEW = {"tvar": ("0.99",), "event": ("0.5", "0.9", "0.99"), "kind": ("0.5", "0.99")}

_APART = 1.1  # the largest breach of a year is printed where it is so much less than the year


def chart(name: str, lang: Lang, spoken: str = "", caption: str = "") -> Charts:
    """Return one chart of all views; its title says what it is."""
    title = spoken or label("chart", f"{name}.title", lang)
    return Charts((name,), (caption,), (title,))


def regime_charts(name: str, title: str, regimes: Sequence[str], lang: Lang) -> Charts:
    """Return one chart for every view, side by side."""
    words = label("chart", f"{title}.title", lang)
    return Charts(
        tuple(f"{name}-{regime}" for regime in regimes),
        tuple(view_name(regime, lang) for regime in regimes),
        tuple(f"{words} – {view_name(regime, lang)}" for regime in regimes),
        tuple(regimes),
    )


def value_columns(
    first: str, regimes: Sequence[str], lang: Lang, width: float = 1.3
) -> tuple[Column, ...]:
    """Return a column of names and one of figures for each view."""
    views = (Column(view_name(r, lang), numeric=True, width=1.1, view=r) for r in regimes)
    return (Column(first, width=width), *views)


def losses(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return how much a year and a breach cost, and how rarely (損害額の水準)."""
    banded = any(result.regimes[r].ground_up.annual.mean.band is not None for r in regimes)
    notes = [text_of("losses.band", lang)] if banded else []
    notes.append(text_of("losses.note", lang))
    blocks: list[Block] = [
        Charts(
            ("loss_annual", "loss_event"),
            ("", ""),
            tuple(label("chart", f"{n}.title", lang) for n in ("loss_annual", "loss_event")),
        ),
        _levels(result, regimes, lang, every=False),
        Prose(sentence(notes, lang), "small"),
    ]
    return Section("losses", text_of("losses.heading", lang), tuple(blocks))


def all_levels(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return every level of year and breach, for the workbook (すべての水準)."""
    table = _levels(result, regimes, lang, every=True)
    heading = text_of("losses.heading", lang)
    return Section("all_levels", heading, (table,), part="workbook")


def _levels(result: Result, regimes: Sequence[str], lang: Lang, *, every: bool) -> Table:
    views = [result.regimes[regime] for regime in regimes]
    grounds = [view.ground_up for view in views]
    rows = [Row((Cell(text_of("losses.annual", lang)),), part=True)]

    def line(name: str, find: Callable[[GroundUp], Figure | None]) -> None:
        cells = [yen_cell(find(ground), lang) for ground in grounds]
        if any(cell.value is not None for cell in cells):
            rows.append(Row((Cell(name), *cells)))

    line(text_of("losses.mean", lang), lambda g: g.annual.mean)
    for years in grounds[0].annual.aep:
        line(text_of("losses.aep", lang, n=years), lambda g, n=years: g.annual.aep.get(n))  # type: ignore[misc]
    for years in grounds[0].annual.oep:
        if every or any(_differs(ground, years) for ground in grounds):
            line(text_of("losses.oep", lang, n=years), lambda g, n=years: g.annual.oep.get(n))  # type: ignore[misc]
    for level in grounds[0].annual.tvar if every else _FEW["tvar"]:
        p = exact_share(1 - float(level))
        line(text_of("losses.tvar", lang, p=p), lambda g, q=level: g.annual.tvar.get(q))  # type: ignore[misc]
    predicted = [view.stability.predictive.mean if view.stability else None for view in views]
    if any(mean is not None for mean in predicted):
        name = text_of("losses.predictive", lang)
        rows.append(Row((Cell(name), *(amount_cell(mean, lang) for mean in predicted))))
    rows.append(Row((Cell(text_of("losses.event", lang)),), part=True))
    line(text_of("losses.mean", lang), lambda g: g.event.mean)
    for level in grounds[0].event.quantiles if every else _FEW["event"]:
        one_in = f"{1 / (1 - float(level)):.3g}"
        line(text_of("losses.one_in", lang, n=one_in), lambda g, q=level: g.event.quantiles.get(q))  # type: ignore[misc]
    rows += _kinds(grounds, lang, every=every)
    return Table(
        text_of("losses.table", lang),
        value_columns("", regimes, lang),
        tuple(rows),
        small=True,
    )


def _differs(ground: GroundUp, years: str) -> bool:
    """Say whether the largest breach of a year is worth a line beside the year's total."""
    largest, whole = ground.annual.oep.get(years), ground.annual.aep.get(years)
    if largest is None or whole is None or not largest.value or not whole.value:
        return False
    return whole.value > _APART * largest.value


def _kinds(grounds: Sequence[GroundUp], lang: Lang, *, every: bool) -> list[Row]:
    """Return the slip and the attack apart: the median of all breaches falls between them."""
    kinds = [ground.kinds for ground in grounds]
    if any(one is None for one in kinds):
        return []
    rows = [Row((Cell(text_of("losses.kinds", lang)),), part=True)]
    for name in ("slip", "attack"):
        own: list[Kind] = [getattr(one, name) for one in kinds]
        words = text_of(f"losses.{name}", lang)
        share = [share_cell(kind.share_of_breaches, lang) for kind in own]
        rows.append(Row((Cell(opened(text_of("losses.kind.share", lang, kind=words))), *share)))
        for level in own[0].quantiles if every else _FEW["kind"]:
            one_in = f"{1 / (1 - float(level)):.3g}"
            cells = [yen_cell(kind.quantiles.get(level), lang) for kind in own]
            line = opened(text_of("losses.kind.one_in", lang, kind=words, n=one_in))
            rows.append(Row((Cell(line, indent=1), *cells)))
    return rows


def breakdown(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the loss by head and by cause (費目別・原因別)."""
    blocks: list[Block] = [
        Charts(
            ("head", "cause"),
            ("", ""),
            tuple(label("chart", f"{n}.title", lang) for n in ("head", "cause")),
        ),
        Prose(text_of("breakdown.note", lang), "small"),
    ]
    return Section("breakdown", text_of("breakdown.heading", lang), tuple(blocks))


def breakdown_tables(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return every head and cause with its figures, for the workbook (費目別・原因別の表)."""
    blocks = (_heads(result, regimes, lang), _causes(result, regimes, lang))
    heading = text_of("breakdown.heading", lang)
    return Section("breakdown_tables", heading, blocks, part="workbook")


def _heads(result: Result, regimes: Sequence[str], lang: Lang) -> Table:
    by_regime = [result.regimes[regime].ground_up.by_head for regime in regimes]
    names = sorted(
        {head for heads in by_regime for head in heads},
        key=lambda head: (-max(heads.get(head, 0.0) for heads in by_regime), head),
    )
    rows = [
        Row(
            (
                Cell(known("head", head, lang)),
                *(_pair_cell(heads.get(head, 0.0), lang) for heads in by_regime),
                *(
                    probability_cell(heads.get(head, 0.0) / (sum(heads.values()) or 1.0), lang)
                    for heads in by_regime
                ),
            )
        )
        for head in names
    ]
    return Table(
        text_of("breakdown.heads", lang),
        (
            Column(text_of("breakdown.head", lang), width=2.2),
            *_pairs("breakdown.mean", regimes, lang),
            *_pairs("breakdown.share", regimes, lang),
        ),
        tuple(rows),
        small=True,
    )


def _pair_cell(amount: float, lang: Lang) -> Cell:
    return amount_cell(amount, lang)


def _pairs(name: str, regimes: Sequence[str], lang: Lang) -> list[Column]:
    return [Column(view_name(r, lang), text_of(name, lang), numeric=True, view=r) for r in regimes]


def _causes(result: Result, regimes: Sequence[str], lang: Lang) -> Table:
    by_regime = [result.regimes[regime].ground_up.by_cause for regime in regimes]
    nothing = CauseLoss(0.0, 0.0)
    names = sorted(
        {cause for causes in by_regime for cause in causes},
        key=lambda cause: (-max(c.get(cause, nothing).mean for c in by_regime), cause),
    )
    shares = [max(c.get(name, nothing).share_of_events for c in by_regime) for name in names]
    wholes = [sum(one.mean for one in causes.values()) or 1.0 for causes in by_regime]
    rows = [
        Row(
            (
                Cell(known("cause", cause, lang)),
                probability_cell(share, lang),
                *(amount_cell(causes.get(cause, nothing).mean, lang) for causes in by_regime),
                *(
                    probability_cell(causes.get(cause, nothing).mean / whole, lang)
                    for causes, whole in zip(by_regime, wholes, strict=True)
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
            *_pairs("breakdown.mean", regimes, lang),
            *_pairs("breakdown.share", regimes, lang),
        ),
        tuple(rows),
        small=True,
    )


def sizes(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return how many persons a breach concerns; None if the result lacks it (漏えい人数)."""
    size = result.regimes[regimes[0]].ground_up.size
    if size is None:
        return None
    rows = [Row((Cell(text_of("losses.mean", lang)), count_cell(size.mean.value, lang)))]
    rows += [
        Row(
            (
                Cell(text_of("size.quantile", lang, p=exact_share(float(level)))),
                count_cell(persons.value, lang),
            )
        )
        for level, persons in size.quantiles.items()
    ]
    rows.append(Row((Cell(text_of("size.full", lang)), share_cell(size.full_share, lang))))
    table = Table(
        text_of("size.table", lang),
        (Column("", width=1.6), Column(text_of("size.persons", lang), numeric=True)),
        tuple(rows),
        small=True,
    )
    return Section("size", text_of("size.heading", lang), (table,), part="workbook")
