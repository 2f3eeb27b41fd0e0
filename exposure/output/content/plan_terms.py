"""The terms of each plan with clause, and simulated breaches told through them line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import name_of, shortlist
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
    filled,
)
from exposure.output.content.words import (
    exact,
    exact_cell,
    in_language,
    join,
    known,
    limit_cell,
    opened,
    plan_cell,
    plan_in,
    text_of,
    view_name,
)
from exposure.output.printed import DASH, about, print_count, print_percent
from exposure.policy import description
from exposure.result.record import (
    CoverTerms,
    Explanation,
    Incident,
    Line,
    PlanResult,
    Reading,
    Result,
    Term,
    Terms,
)


def terms(result: Result, lang: Lang) -> Section | None:
    """Return the terms of the short-listed plans, product by product, or None without them."""
    listed_plans = shortlist(result)
    found = [one for one in result.terms if one.id in listed_plans]
    return _terms(result, found, lang, excluded=False)


def all_terms(result: Result, lang: Lang) -> Section | None:
    """Return the terms of every plan, for the workbook (すべてのプランの条件)."""
    section = _terms(result, result.terms, lang, excluded=True)
    if section is None:
        return None
    return Section("all_terms", section.heading, section.blocks, part="workbook")


def _terms(result: Result, found: Sequence[Terms], lang: Lang, *, excluded: bool) -> Section | None:
    if not found:
        return None
    plans = {plan.id: plan for view in result.regimes.values() for plan in view.plans}
    blocks: list[Block] = [Prose(text_of("terms.lines", lang), "small")]
    for product in dict.fromkeys(one.product for one in found):
        own = [one for one in found if one.product == product]
        first = own[0]
        name = "terms.edition.historical" if first.historical else "terms.edition"
        blocks += [
            Heading(in_language(first.product_label, lang)),
            Prose(
                text_of(
                    name,
                    lang,
                    insurer=in_language(first.insurer, lang),
                    edition=in_language(first.edition, lang),
                    clause=first.clause,
                )
                + _whole(own, lang),
                "small",
            ),
            _covers(own, lang),
            _limits(result, own, plans, lang),
        ]
        listing = _exclusions(own, lang)
        if listing and excluded:
            blocks.append(Prose(listing, "small"))
    if not excluded:
        blocks.append(Prose(text_of("terms.exclusions.where", lang), "small"))
    return Section("terms", text_of("terms.heading", lang), tuple(blocks))


def _all_covers(own: Sequence[Terms]) -> list[CoverTerms]:
    """Return every cover that some plan of a product has, in the order of the fullest plan."""
    fullest = sorted(own, key=lambda one: -len(one.covers))
    found: dict[str, CoverTerms] = {}
    for one in fullest:
        for cover in one.covers:
            found.setdefault(cover.name, cover)
    return list(found.values())


def _covers(own: Sequence[Terms], lang: Lang) -> Table:
    rows = [
        Row(
            (
                Cell(in_language(cover.label, lang), indent=cover.depth),
                Cell(join([known("head", head, lang) for head in cover.heads], lang)),
                Cell(_conditions(cover.name, own, lang)),
                Cell(cover.clause),
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
            widths=[1.2, 1.8, 2.9, 1.0],
        ),
        tuple(rows),
        small=True,
    )


def _conditions(name: str, own: Sequence[Terms], lang: Lang) -> str:
    """Say figures and conditions of a cover, and which of them not every plan has."""
    having = [found for one in own if (found := _cover_of(one, name)) is not None]
    listed = [[_term(term, lang) for term in (*c.figures, *c.conditions)] for c in having]
    parts = [
        said if all(said in other for other in listed) else text_of("terms.some", lang, said=said)
        for said in dict.fromkeys(said for terms in listed for said in terms)
    ]
    return text_of("terms.between", lang).join(parts) or DASH


def _term(term: Term, lang: Lang) -> str:
    """Say a term; only the name of a figure is needed to understand it."""
    said = in_language(term.text, lang)
    named = term.name in description.LIMITS or term.name in description.FIGURES
    return f"{in_language(term.label, lang)} {said}" if named else said


def _limits(
    result: Result, own: Sequence[Terms], plans: Mapping[str, PlanResult], lang: Lang
) -> Table:
    """Return the limits of every plan of a product, cover by cover."""
    covers = [
        cover
        for cover in _all_covers(own)
        if any(other.event_limit for one in own if (other := _cover_of(one, cover.name)))
    ]
    rows = []
    for one in own:
        plan = plans.get(one.id)
        cells = [Cell(one.id) if plan is None else plan_cell(result, plan, lang)]
        cells.append(limit_cell(one.limit, lang))
        for cover in covers:
            found = _cover_of(one, cover.name)
            if found is None:
                cells.append(Cell(text_of("terms.without", lang)))
                continue
            event, period = found.event_limit, found.period_limit
            cell = limit_cell(event if event is not None else period, lang)
            if event is not None and period is not None and event != period:
                note = text_of("terms.period", lang, amount=format_yen(period, lang))
                cell = Cell(cell.text, code=note, value=event, kind="yen")
            cells.append(cell)
        rows.append(Row(tuple(cells), plan=one.id))
    table = Table(
        text_of("terms.limits", lang),
        (
            Column(text_of("plans.plan", lang), width=2.0),
            Column(text_of("terms.whole", lang), numeric=True),
            *(Column(in_language(cover.label, lang), numeric=True) for cover in covers),
        ),
        tuple(rows),
        small=True,
    )
    return filled(table)


def _whole(own: Sequence[Terms], lang: Lang) -> str:
    """Say the terms of the whole plan that are no limit, as up to which revenue it is sold."""
    said = dict.fromkeys(
        text_of(
            "terms.whole_term",
            lang,
            label=in_language(term.label, lang),
            said=in_language(term.text, lang),
        )
        for one in own
        for term in one.figures
    )
    return "".join(said)


def _cover_of(one: Terms, name: str) -> CoverTerms | None:
    return next((cover for cover in one.covers if cover.name == name), None)


def _exclusions(own: Sequence[Terms], lang: Lang) -> str:
    """Say every exclusion that some plan has, in which covers what lifts it, and its clause."""
    covers = {cover.name: in_language(cover.label, lang) for cover in _all_covers(own)}
    found: dict[str, str] = {}
    fullest = sorted(own, key=lambda one: -len(one.covers))
    for exclusion in (each for one in fullest for each in one.exclusions):
        if exclusion.name in found:
            continue
        parts = []
        for one in exclusion.exceptions:
            said = in_language(one.text, lang)
            if set(one.covers) < set(exclusion.covers):
                where = join([covers[name] for name in one.covers], lang)
                said = text_of("terms.exception", lang, covers=where, said=said)
            parts.append(said)
        notes = text_of("terms.between", lang).join([*parts, exclusion.clause])
        label = in_language(exclusion.label, lang)
        said = text_of("terms.exclusion", lang, label=label, notes=notes)
        if not all(any(each.name == exclusion.name for each in one.exclusions) for one in own):
            said = text_of("terms.some", lang, said=said)
        found[exclusion.name] = said
    if not found:
        return ""
    listed = text_of("terms.listed", lang).join(found.values())
    return text_of("terms.exclusions", lang, listed=listed)


def readings(result: Result, lang: Lang) -> Section:
    """Return the readings adopted for the short-listed products (採用した解釈)."""
    products = {
        plan.product
        for view in result.regimes.values()
        for plan in view.plans
        if plan.id in shortlist(result)
    }
    found = [one for one in result.readings if one.product in products]
    return Section("readings", text_of("readings.heading", lang), _readings(result, found, lang))


def all_readings(result: Result, lang: Lang) -> Section:
    """Return every reading, for the workbook (すべての解釈)."""
    blocks = _readings(result, result.readings, lang)
    return Section("all_readings", text_of("readings.heading", lang), blocks, part="workbook")


def _readings(result: Result, found: Sequence[Reading], lang: Lang) -> tuple[Block, ...]:
    """Return what was read in which way, the readings of a product under its name."""
    blocks: list[Block] = [Prose(text_of("readings.note", lang), "small")]
    if not found:
        return (*blocks, Prose(text_of("readings.missing", lang)))
    rows: list[Row] = []
    for product in dict.fromkeys(one.product for one in found):
        rows.append(Row((Cell(_product(result, product, lang)),), part=True))
        rows += [
            Row(
                (
                    Cell(one.code),
                    *(
                        Cell(opened(in_language(words, lang)))
                        for words in (one.question, one.choice, one.why)
                    ),
                )
            )
            for one in found
            if one.product == product
        ]
    names = ("code", "question", "choice", "why")
    headings = columns(
        *(text_of(f"readings.{name}", lang) for name in names), widths=[0.4, 2.2, 2.2, 2.2]
    )
    blocks.append(Table("", headings, tuple(rows), small=True))
    return tuple(blocks)


def _product(result: Result, product: str, lang: Lang) -> str:
    """Return the name of the product a reading belongs to."""
    for one in result.terms:
        if one.product == product:
            return in_language(one.product_label, lang)
    for view in result.regimes.values():
        for ladder in view.ladders:
            if ladder.product == product:
                return in_language(ladder.label, lang)
    return product


_SMALL = 1e-4  # of the loss: what is less is told together

_TYPICAL = 100  # one in so many: the breach a report tells


def incidents(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return one large breach told through the named plan (想定事故), or None without any."""
    for regime in regimes:
        own = [one for one in result.regimes[regime].incidents if one.explanation is not None]
        if own:
            one = min(own, key=lambda incident: abs(incident.one_in - _TYPICAL))
            told = _tell(result, regime, one, lang)
            blocks = [Prose(text_of("incidents.note", lang), "small"), *told]
            plan = plan_in(result.regimes[regime], one.plan)
            if plan is not None and one.one_in == _TYPICAL:
                share = print_percent(plan.large_breach.paid)
                blocks.insert(-1, Prose(text_of("incidents.mean", lang, share=share)))
            return Section("incidents", text_of("incidents.heading", lang), tuple(blocks))
    return None


def all_incidents(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return every breach the result tells, for the workbook (すべての想定事故)."""
    blocks: list[Block] = []
    for regime in regimes:
        for one in result.regimes[regime].incidents:
            blocks += _tell(result, regime, one, lang)
    if not blocks:
        return None
    heading = text_of("incidents.heading", lang)
    return Section("all_incidents", heading, tuple(blocks), part="workbook")


def _tell(result: Result, regime: str, one: Incident, lang: Lang) -> list[Block]:
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
    rows += _fold(found.lines, lang)
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


def _fold(lines: Sequence[Line], lang: Lang) -> list[Row]:
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
    text, is_title = in_language(line.text, lang), line.kind == "title"
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
