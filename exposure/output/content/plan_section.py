"""The plans compared, what none of them pays and why, and where the cover of the named one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from exposure.amounts import exact_share
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import compared_plans, name_of, ordered_plans
from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Charts,
    Column,
    Heading,
    Prose,
    Row,
    Section,
    Side,
    Table,
    filled,
)
from exposure.output.content.loss_section import chart, regime_charts, value_columns
from exposure.output.content.words import (
    amount_cell,
    count_cell,
    in_language,
    join,
    known,
    limit_cell,
    opened,
    plan_cell,
    plan_in,
    premium_cell,
    round_cell,
    sentence,
    share_cell,
    shortened,
    text_of,
    view_name,
    years_cell,
    yen_cell,
)
from exposure.output.printed import DASH, about
from exposure.result.record import (
    Cover,
    Figure,
    Gaps,
    HeadGap,
    PlanResult,
    RegimeResult,
    Result,
    SizeProduct,
    SizeRow,
)

_LEVEL = "0.99"

_SMALL = 0.005  # a head of less than this share of the loss is left to the workbook

_TELLING = 0.001  # an arguable clause is told if it moves the payment by so much of the loss

_OFFERED = 0.1  # a quotation of less than this share of the premium used is none to wait for

_PARTS = ("loss", "covered", "capped", "excluded")


def plans(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the comparison of the plans: money, then limits (プランの比較)."""
    views = [result.regimes[regime] for regime in regimes]
    heading = text_of("plans.heading", lang)
    notes = [text_of("plans.note", lang)]
    if any(plan.worth.band is not None for view in views for plan in view.plans):
        notes.append(text_of("plans.band", lang))
    if left := _left_out(result, regimes):
        notes.append(text_of("plans.rest", lang, n=left))
    blocks: list[Block] = [Prose(sentence(notes, lang), "small")]
    if not any(view.plans for view in views):
        blocks.append(Prose(text_of("plans.missing", lang)))
        return Section("plans", heading, tuple(blocks))
    blocks += [
        Charts(
            ("worth", f"paid-{regimes[0]}"),
            ("", ""),
            (
                label("chart", "worth.title", lang),
                f"{label('chart', 'paid.title', lang)} – {view_name(regimes[0], lang)}",
            ),
        )
    ]
    for regime in regimes:
        blocks.append(_money(result, regime, compared_plans(result, regime), lang))
        blocks += _failings(result, regime, lang)
    return Section("plans", heading, tuple(blocks))


def all_plans(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return every plan compared, for the workbook, where the annex has only some (全プラン)."""
    if not _left_out(result, regimes):
        return None
    tables = (_money(result, r, ordered_plans(result, r), lang) for r in regimes)
    return Section("all_plans", text_of("plans.heading", lang), tuple(tables), part="workbook")


def _left_out(result: Result, regimes: Sequence[str]) -> int:
    """Return how many plans the annex leaves to the workbook."""
    return len(result.regimes[regimes[0]].plans) - len(compared_plans(result, regimes[0]))


def _named(result: Result, view: RegimeResult, plan: PlanResult, lang: Lang) -> Cell:
    choice = view.recommendation
    tag = ""
    if plan.id == choice.plan:
        tag = text_of("plans.mark", lang)
    elif choice.plan is None and plan.id == choice.best_on_market:
        tag = text_of("plans.best", lang)
    return plan_cell(result, plan, lang, tag)


def _marked(view: RegimeResult, plan: PlanResult) -> bool:
    return plan.id in (view.recommendation.plan, view.recommendation.best_on_market)


def _money(result: Result, regime: str, listed: Sequence[PlanResult], lang: Lang) -> Table:
    """Return one row a plan: premium, worth, cost, what is paid, what stays."""
    view = result.regimes[regime]
    rows = []
    for plan in listed:
        annual = plan.retained.annual
        rows.append(
            Row(
                (
                    _named(result, view, plan, lang),
                    premium_cell(plan, lang),
                    amount_cell(plan.premium.technical, lang),
                    yen_cell(plan.worth, lang),
                    _narrow(plan.total_cost, lang),
                    round_cell(plan.share_paid.value),
                    _narrow(annual.mean, lang),
                    _narrow(annual.var.get(_LEVEL), lang),
                    years_cell(plan.own_funds_return_period, lang),
                ),
                marked=_marked(view, plan),
                plan=plan.id,
            )
        )
    gross = view.ground_up.annual
    rows.append(
        Row(
            (
                Cell(label("chart", "no_insurance", lang)), Cell(DASH), Cell(DASH), Cell(DASH),
                _narrow(view.no_insurance.total_cost, lang), Cell("0%", value=0.0, kind="share"),
                _narrow(gross.mean, lang), _narrow(gross.var.get(_LEVEL), lang),
                years_cell(view.no_insurance.own_funds_return_period, lang),
            )
        )
    )  # fmt: skip
    stays = text_of("plans.retained", lang)
    banded = any(plan.worth.band is not None for plan in view.plans)
    return Table(
        text_of("plans.money", lang, view=view_name(regime, lang)),
        (
            Column(text_of("plans.plan", lang), width=2.6),
            Column(text_of("plans.premium", lang), numeric=True, width=1.3),
            Column(text_of("plans.technical", lang), numeric=True, width=0.95),
            Column(text_of("plans.worth", lang), numeric=True, width=1.9 if banded else 0.95),
            Column(text_of("plans.cost", lang), numeric=True, width=0.85),
            Column(text_of("candidates.share", lang), numeric=True, width=0.7),
            Column(text_of("plans.mean", lang), stays, numeric=True, width=0.85),
            Column(text_of("plans.var", lang), stays, numeric=True, width=0.9),
            Column(text_of("plans.funds", lang), numeric=True, width=1.05),
        ),
        tuple(rows),
        small=True,
    )


def _narrow(estimate: Figure | None, lang: Lang) -> Cell:
    """Return an estimate to the digits its band supports, the band itself left to the workbook."""
    return replace(yen_cell(estimate, lang), band="")


def _failings(result: Result, regime: str, lang: Lang) -> list[Block]:
    """Say what is short of what is recommended, what the next rung adds, what else would win."""
    choice = result.regimes[regime].recommendation
    view = result.regimes[regime]
    lines = [
        text_of("plans.short", lang, term=in_language(one.label, lang),
                annual=about(one.annual.value or 0.0, lang),
                when_cut=about(one.when_cut.value or 0.0, lang), cure=in_language(one.cure, lang))
        for one in choice.short_of
    ]  # fmt: skip
    if choice.next_step is not None:
        lines.append(shortened(in_language(choice.next_step.text, lang), lang))
    wins = [
        text_of("plans.wins", lang, plan=name_of(plan, lang), amount=about(one.wins_below, lang))
        for one in choice.alternatives
        if one.wins_below is not None
        and (plan := plan_in(view, one.plan)) is not None
        and one.wins_below >= _OFFERED * (plan.premium.amount or 0.0)
    ]
    if wins:
        lines.append(text_of("plans.alternatives", lang, listed=join(wins, lang)))
    ties = [plan for name in choice.ties if (plan := plan_in(view, name)) is not None]
    others = [name_of(plan, lang) for plan in ties if plan is not view.named]
    if view.named in ties and others:
        lines.append(text_of("plans.ties", lang, listed=join(others, lang)))
    return [Bullets(tuple(lines))] if lines else []


def limits(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what the limits of each plan cut, and how often (限度額で削られる額)."""
    if not any(result.regimes[regime].plans for regime in regimes):
        return None
    blocks: list[Block] = [
        Prose(text_of("limits.note", lang), "small"),
        _cuts(result, regimes, lang),
    ]
    drawn = [r for r in regimes if any(len(one.steps) > 1 for one in result.regimes[r].ladders)]
    if drawn:
        blocks.append(regime_charts("adequacy", "adequacy", drawn, lang))
    if result.size:
        bought = any(row.products for row in result.size)
        table = (_by_records(result.size, regimes, lang),) if bought else ()
        blocks.append(Side(((chart("records", lang),), table), (1.0, 1.0)))
    return Section("limits", text_of("limits.heading", lang), tuple(blocks))


def _by_records(rows: Sequence[SizeRow], regimes: Sequence[str], lang: Lang) -> Table:
    """Return the limit to buy of the product named, by record count (件数別の推奨支払限度額)."""
    bought = {(row.records, str(row.regime)): row.products for row in rows}
    lines = []
    for records in sorted({row.records for row in rows}):
        own = [bought.get((records, regime)) for regime in regimes]
        cells = [_to_buy(one[0], lang) if one else Cell(DASH) for one in own]
        lines.append(Row((count_cell(records, lang), *cells)))
    return Table(
        text_of("sizing.bought", lang),
        value_columns(text_of("sizing.records", lang), regimes, lang),
        tuple(lines),
        small=True,
    )


def _to_buy(one: SizeProduct, lang: Lang) -> Cell:
    """Return a limit to buy, and the verdict where it is not enough."""
    cell = limit_cell(one.limit.value, lang)
    if one.verdict == "sufficient":
        return cell
    return replace(cell, tag=text_of(f"verdict.word.{one.verdict}", lang))


def _cuts(result: Result, regimes: Sequence[str], lang: Lang) -> Table:
    """Return what limits cut of every plan, the views side by side."""
    first = result.regimes[regimes[0]]
    rows = []
    for plan in compared_plans(result, regimes[0]):
        found = [plan_in(result.regimes[r], plan.id) for r in regimes]
        own = [one or plan for one in found]
        terms = [t for one in own for t in one.cut_by_limits.by_term if (t.annual.value or 0) >= 1]
        rows.append(
            Row(
                (
                    _named(result, first, plan, lang),
                    limit_cell(plan.limit, lang),
                    limit_cell(plan.cost_limit, lang),
                    *(_narrow(one.cut_by_limits.annual, lang) for one in own),
                    *(round_cell(one.limit_adequacy.event.value) for one in own),
                    Cell(opened(in_language(terms[0].label, lang)) if terms else DASH),
                ),
                marked=_marked(first, plan),
                plan=plan.id,
            )
        )
    views = [(label("regime", f"{r}.short", lang), r) for r in regimes]
    sums = text_of("limits.sums", lang)

    def pair(name: str, width: float) -> list[Column]:
        group = text_of(name, lang)
        return [Column(v, group, numeric=True, width=width, view=r) for v, r in views]

    return Table(
        text_of("limits.table", lang),
        (
            Column(text_of("plans.plan", lang), width=2.3),
            Column(text_of("limits.liability", lang), sums, numeric=True, width=0.85),
            Column(text_of("limits.costs", lang), sums, numeric=True, width=0.85),
            *pair("limits.annual", 0.85),
            *pair("limits.adequacy", 0.82),
            Column(text_of("limits.first", lang), width=3.1),
        ),
        tuple(rows),
        small=True,
    )


def all_limits(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what every limit of every plan cuts, for the workbook (枠ごとの削られる額)."""
    rows = []
    for regime in regimes:
        for plan in ordered_plans(result, regime):
            rows += [
                Row(
                    (
                        plan_cell(result, plan, lang),
                        Cell(view_name(regime, lang)),
                        Cell(in_language(one.label, lang)),
                        yen_cell(one.annual, lang),
                        share_cell(one.share_of_breaches, lang),
                        yen_cell(one.when_cut, lang),
                    ),
                    plan=plan.id,
                )
                for one in plan.cut_by_limits.by_term
            ]
    if not rows:
        return None
    columns = (
        Column(text_of("plans.plan", lang), width=2.3),
        Column(text_of("sizing.regime", lang)),
        Column(text_of("limits.term", lang), width=1.6),
        Column(text_of("limits.annual", lang), numeric=True),
        Column(text_of("limits.often", lang), numeric=True),
        Column(text_of("limits.when", lang), numeric=True),
    )
    heading = text_of("limits.heading", lang)
    table = Table(text_of("limits.table", lang), columns, tuple(rows), small=True)
    return Section("all_limits", heading, (table,), part="workbook")


def unpaid(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what is not paid and why, plan by plan (払われない額と理由)."""
    if not any(result.regimes[regime].plans for regime in regimes):
        return None
    tables: list[Block] = []
    for regime in regimes:
        own = ordered_plans(result, regime)
        reasons = [
            reason
            for reason in labels("reason")
            if any(plan.unpaid_by_reason.get(reason, 0.0) > 0 for plan in own)
        ]
        rows = tuple(
            Row(
                (
                    _named(result, result.regimes[regime], plan, lang),
                    amount_cell(plan.paid.annual.mean.value, lang),
                    *(amount_cell(plan.unpaid_by_reason.get(r, 0.0), lang) for r in reasons),
                    amount_cell(plan.retained.annual.mean.value, lang),
                ),
                plan=plan.id,
            )
            for plan in own
        )
        headings = (
            Column(text_of("plans.plan", lang), width=2.3),
            Column(label("chart", "part.paid", lang), numeric=True),
            *(
                Column(label("reason", reason, lang), text_of("unpaid.group", lang), numeric=True)
                for reason in reasons
            ),
            Column(text_of("unpaid.total", lang), numeric=True),
        )
        caption = text_of("unpaid.table", lang, view=view_name(regime, lang))
        tables.append(Table(caption, headings, rows, small=True))
    return Section("unpaid", text_of("unpaid.heading", lang), tuple(tables), part="workbook")


# --- where the cover ends ------------------------------------------------------------------------


def cover_end(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return the gaps of the named plan and the worth of disputes (補償の空白と解釈の争い)."""
    found = [(r, cover) for r in regimes if (cover := result.regimes[r].cover) is not None]
    if not found:
        return None
    blocks: list[Block] = []
    gaps = [(regime, cover.gaps) for regime, cover in found if cover.gaps is not None]
    if gaps:
        years = f"{found[0][1].loss_years:,}"
        blocks.append(Prose(text_of("cover.gaps.note", lang, n=years), "small"))
    blocks += [_gaps(result, regime, one, lang) for regime, one in gaps]
    blocks += _disputes(result, found, lang)
    if not blocks:
        return None
    return Section("cover", text_of("cover.heading", lang), tuple(blocks))


def _gaps(result: Result, regime: str, gaps: Gaps, lang: Lang) -> Table:
    """Return what becomes of each head: its loss in yen, as everywhere, and parts of it in percent.

    Gaps are worked out on fewer years than losses: their yen would differ from page to page.
    """
    view = result.regimes[regime]
    plan = plan_in(view, gaps.plan)
    whole = sum(head.loss for head in gaps.heads)
    worst = sum(head.tail.loss for head in gaps.heads)
    yen = {head.head: view.ground_up.by_head.get(head.head, head.loss) for head in gaps.heads}
    heads = sorted(gaps.heads, key=lambda head: -yen[head.head])
    large = [head for head in heads if head.loss >= _SMALL * whole]
    rows = [
        Row(
            (
                Cell(known("head", head.head, lang)),
                amount_cell(yen[head.head], lang),
                *(_part(getattr(head, part), head.loss) for part in _PARTS[1:]),
                _part(head.tail.loss, worst),
                _part(head.tail.covered, head.tail.loss),
                Cell(_rider(head, lang)),
            )
        )
        for head in large
    ]
    mean = text_of("cover.mean", lang)
    tail = text_of("cover.tail", lang, share=exact_share(1 - gaps.tail_level))
    columns = (
        Column(text_of("cover.head", lang), width=2.6),
        *(Column(text_of(f"cover.{part}", lang), mean, numeric=True) for part in _PARTS),
        Column(text_of("cover.part", lang), tail, numeric=True),
        Column(text_of("cover.covered", lang), tail, numeric=True),
        Column(text_of("cover.rider", lang), width=1.9),
    )
    name = gaps.plan if plan is None else name_of(plan, lang)
    caption = text_of("cover.gaps", lang, plan=name, view=view_name(regime, lang))
    return filled(Table(caption, columns, tuple(rows), small=True))


def _part(amount: float, whole: float) -> Cell:
    return round_cell(amount / whole if whole else None)


def _rider(head: HeadGap, lang: Lang) -> str:
    """Return the endorsement that adds most, if it adds a hundredth of the loss."""
    for name, worth in head.riders.items():
        if worth * 100 >= head.loss:
            short = f"{name}.short" if f"{name}.short" in labels("option") else name
            return f"{opened(known('option', short, lang))} +{about(worth, lang)}"
    return DASH


def _disputes(result: Result, found: Sequence[tuple[str, Cover]], lang: Lang) -> list[Block]:
    worth = {
        (one.product, one.code, one.name, regime): one.worth
        for regime, cover in found
        for one in cover.disputes
    }
    least = _TELLING * max(result.regimes[r].ground_up.annual.mean.value or 0.0 for r, _ in found)
    moving = [
        one
        for one in found[0][1].disputes
        if any(abs(worth.get((one.product, one.code, one.name, r), 0.0)) >= 1 for r, _ in found)
    ]
    lines = [
        one
        for one in moving
        if any(abs(worth.get((one.product, one.code, one.name, r), 0.0)) >= least for r, _ in found)
    ]
    if not lines:
        return []
    names = {
        plan.id: name_of(plan, lang) for regime, _ in found for plan in result.regimes[regime].plans
    }
    rows = tuple(
        Row(
            (
                Cell(
                    opened(in_language(one.question, lang)),
                    code=f"{names.get(one.plan, one.plan)} {one.code}",
                ),
                Cell(opened(in_language(one.adopted, lang))),
                Cell(opened(in_language(one.alternative, lang))),
                *(
                    amount_cell(worth.get((one.product, one.code, one.name, regime)), lang)
                    for regime, _ in found
                ),
            ),
            plan=one.plan,
        )
        for one in lines
    )
    group = text_of("cover.worth", lang)
    columns = (
        Column(text_of("cover.question", lang), width=2.4),
        Column(text_of("cover.adopted", lang), width=1.5),
        Column(text_of("cover.alternative", lang), width=1.5),
        *(Column(view_name(r, lang), group, numeric=True, view=r) for r, _ in found),
    )
    notes = [text_of("cover.note", lang, n=f"{found[0][1].loss_years:,}")]
    if len(lines) < len(moving):
        notes.append(text_of("cover.little", lang, amount=about(least, lang)))
    return [
        Heading(text_of("cover.disputes", lang)),
        Table("", columns, rows, small=True),
        Prose(sentence(notes, lang), "small"),
    ]


def causes(result: Result, regimes: Sequence[str], lang: Lang) -> Section | None:
    """Return what each cause loses and what of it is covered, for the workbook (原因別の補償).

    In yen and in parts, as the heads.
    """
    found = [(r, c.gaps) for r in regimes if (c := result.regimes[r].cover) is not None and c.gaps]
    blocks: list[Block] = []
    for regime, gaps in found:
        known_losses = result.regimes[regime].ground_up.by_cause
        rows = []
        for cause in labels("cause"):
            lines = [one for one in gaps.causes if one.cause == cause]
            if lines:
                loss, *parts = (sum(getattr(one, part) for one in lines) for part in _PARTS)
                own = known_losses[cause].mean if cause in known_losses else loss
                cells = (amount_cell(own, lang), *(_part(amount, loss) for amount in parts))
                rows.append(Row((Cell(label("cause", cause, lang)), *cells)))
        mean = text_of("cover.mean", lang)
        heads = (Column(text_of(f"cover.{part}", lang), mean, numeric=True) for part in _PARTS)
        columns = (Column(text_of("cover.cause", lang), width=1.8), *heads)
        caption = text_of("cover.by_cause", lang, view=view_name(regime, lang))
        blocks.append(Table(caption, columns, tuple(rows), small=True))
    if not blocks:
        return None
    years = next(c.loss_years for r in regimes if (c := result.regimes[r].cover) is not None)
    note = Prose(text_of("cover.gaps.note", lang, n=f"{years:,}"), "small")
    return Section("causes", text_of("causes.heading", lang), (note, *blocks), part="workbook")
