"""The second page, what the answer rests on: bad years, limits, what is not paid, the two views."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.labels import label
from exposure.output.charts.style import ladder_name, name_of, option_number, shortlist
from exposure.output.content.blocks import (
    Block,
    Cell,
    Charts,
    Column,
    Heading,
    Item,
    Items,
    Prose,
    Row,
    Section,
    Side,
    Table,
)
from exposure.output.content.words import (
    amount_cell,
    both,
    both_years,
    in_language,
    join,
    known,
    opened,
    plan_in,
    sentence,
    shortened,
    text_of,
    view_name,
)
from exposure.output.printed import DASH, about, print_percent, print_years
from exposure.result.record import Ladder, PlanResult, RegimeResult, Result

_ROWS = 5

_WORDS = ("one_in_events", "one_in_years", "band", "stays", "suspected", "sublimit")


def grounds(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the second page (判断の材料)."""
    blocks: list[Block] = [
        *_bad_years(result, regimes, lang),
        *_limits(result, regimes, lang),
        Side(
            (tuple(_unpaid(result, regimes, lang)), tuple(_views(result, regimes, lang))),
            (1, 1),
        ),
        *_words(lang),
        Prose(_where_next(result, lang), "small"),
    ]
    heading = text_of("grounds.heading", lang)
    return Section("grounds", heading, tuple(blocks), part="answer")


# --- own funds against bad years -----------------------------------------------------------------


def _bad_years(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    amount = format_yen(result.own_funds.amount, lang)
    spoken = []
    for regime in regimes:
        view = result.regimes[regime]
        without = print_years(view.no_insurance.own_funds_return_period.value, lang)
        parts = [
            text_of(
                "spoken.crossing", lang, plan=label("chart", "no_insurance", lang), years=without
            )
        ]
        parts += [
            text_of("spoken.crossing", lang, plan=name_of(plan, lang),
                    years=print_years(plan.own_funds_return_period.value, lang))
            for plan in (plan_in(view, name) for name in shortlist(result))
            if plan is not None
        ]  # fmt: skip
        spoken.append(
            text_of("spoken.bad_years", lang, view=view_name(regime, lang), amount=amount,
                    listed=join(parts, lang))
        )  # fmt: skip
    name = "bad_years.note" if result.own_funds.stated else "bad_years.note_example"
    views = [result.regimes[regime] for regime in regimes]
    without = both_years([v.no_insurance.own_funds_return_period.value for v in views], lang)
    notes = [text_of(name, lang, amount=amount, years=without)]
    plans = [v.named for v in views]
    if all(plan is not None for plan in plans) and plans:
        own = both_years([p.own_funds_return_period.value for p in plans if p], lang)
        named = both(list(dict.fromkeys(name_of(p, lang) for p in plans if p)), lang)
        notes.append(text_of("bad_years.plan", lang, plan=named, years=own))
    return [
        Heading(text_of("bad_years.heading", lang), text_of("bad_years.beside", lang)),
        Charts(
            tuple(f"retained-{r}" for r in regimes),
            tuple(label("regime", f"{r}.long", lang) for r in regimes),
            tuple(spoken),
            tuple(regimes),
        ),
        Prose(sentence([_key(result, lang), *notes], lang), "small"),
    ]


def _key(result: Result, lang: Lang) -> str:
    """Say which line is which plan."""
    found = {p.id: p for view in result.regimes.values() for p in view.plans}
    parts = [
        text_of("option.is", lang, n=option_number(result, name), plan=name_of(found[name], lang))
        for name in shortlist(result)
    ]
    return text_of("bad_years.key", lang, listed=join(parts, lang)) if parts else ""


# --- share paid against the limit ----------------------------------------------------------------


def _limits(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    drawn = [r for r in regimes if any(len(one.steps) > 1 for one in result.regimes[r].ladders)]
    if not drawn:
        return []
    spoken = []
    for regime in drawn:
        parts = [_climb(one, lang) for one in result.regimes[regime].ladders if one.steps]
        colon = "：" if lang == "ja" else ": "
        stop = "。" if lang == "ja" else "."
        spoken.append(f"{view_name(regime, lang)}{colon}{join(parts, lang)}{stop}")
    notes = []
    for regime in drawn:
        step = result.regimes[regime].recommendation.next_step
        if step is not None:
            words = shortened(in_language(step.text, lang), lang)
            notes.append(words if words in notes else text_of(
                "by_view", lang, view=view_name(regime, lang), words=words))  # fmt: skip
    return [
        Heading(text_of("by_limit.heading", lang), text_of("by_limit.beside", lang)),
        Charts(
            tuple(f"by_limit-{r}" for r in drawn),
            tuple(label("regime", f"{r}.long", lang) for r in drawn),
            tuple(spoken),
            tuple(drawn),
        ),
        Prose(sentence([text_of("by_limit.note", lang), *notes], lang), "small"),
    ]


def _climb(ladder: Ladder, lang: Lang) -> str:
    """Say how far a product comes along its limits."""
    first, last = ladder.steps[0], ladder.steps[-1]
    return text_of(
        "spoken.climb", lang, product=ladder_name(ladder, lang),
        low=print_percent(first.share_paid.value), high=print_percent(last.share_paid.value),
        least=format_yen(first.limit, lang), most=format_yen(last.limit, lang),
    )  # fmt: skip


# --- what is not paid ----------------------------------------------------------------------------


def _unpaid(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    """Return the five largest terms of what stays with the client, and their sum."""
    plans = [result.regimes[regime].named for regime in regimes]
    if not plans or any(plan is None for plan in plans):
        return []
    own = [plan for plan in plans if plan is not None]
    gaps = [{in_language(one.label, lang): one.annual for one in plan.stays} for plan in own]
    names = list(dict.fromkeys(name for one in gaps for name in one))
    names.sort(key=lambda name: -max(one.get(name, 0.0) for one in gaps))
    first, rest = names[:_ROWS], names[_ROWS:]
    rows = [
        Row((Cell(opened(name)), *(amount_cell(one.get(name, 0.0), lang) for one in gaps)))
        for name in first
    ]
    if rest:
        sums = [sum(one.get(name, 0.0) for name in rest) for one in gaps]
        rows.append(
            Row((Cell(text_of("unpaid.rest", lang)), *(amount_cell(x, lang) for x in sums)))
        )
    total = [plan.retained.annual.mean.value or 0.0 for plan in own]
    rows.append(
        Row(
            (Cell(text_of("unpaid.sum", lang)), *(amount_cell(x, lang) for x in total)), marked=True
        )
    )
    numbers = dict.fromkeys(option_number(result, plan.id) for plan in own)
    plan_names = both([label("chart", "option", lang).format(n=n) for n in numbers], lang)
    columns = (
        Column(text_of("unpaid.why", lang), width=1.7),
        *(Column(view_name(r, lang), numeric=True, view=r) for r in regimes),
    )
    return [
        Heading(text_of("unpaid.short", lang), text_of("unpaid.beside", lang, plan=plan_names)),
        Table("", columns, tuple(rows)),
    ]


# --- the two views -------------------------------------------------------------------------------


def _views(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    """Return how the views differ, in five rows."""
    views = [result.regimes[regime] for regime in regimes]
    rows = [
        _row("views.who", [_claimants(result, r, lang) for r in regimes], lang),
        _row("views.price", [_price(result, r, lang) for r in regimes], lang),
        _row("views.head", [_main_head(view, lang) for view in views], lang),
        _row("views.limit", [_main_limit(view, lang) for view in views], lang),
        _row("views.when", [text_of(f"views.when.{r}", lang) for r in regimes], lang),
    ]
    columns = (
        Column("", width=0.9),
        *(Column(label("regime", f"{r}.long", lang), width=1.2, view=r) for r in regimes),
    )
    heading = text_of("views.heading" if len(regimes) > 1 else "views.one", lang)
    return [Heading(heading), Table("", columns, tuple(rows))]


def _row(name: str, cells: Sequence[str], lang: Lang) -> Row:
    return Row((Cell(text_of(name, lang)), *(Cell(words) for words in cells)))


def _value(result: Result, name: str) -> float | None:
    """Return the value of an assumption the result states."""
    values = {one.name: one.value for one in result.assumptions}
    values |= {one.name: one.value for one in result.judgements}
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else None


def _claimants(result: Result, regime: str, lang: Lang) -> str:
    share = _value(result, f"claims.rate.{regime}")
    if not share:
        return text_of(f"views.who.{regime}", lang)
    one_in = f"{float(f'{1 / share:.1g}'):,.0f}"
    return text_of(f"views.who.{regime}.of", lang, n=one_in)


def _price(result: Result, regime: str, lang: Lang) -> str:
    found = [_value(result, f"price.median.{kind}.{regime}") for kind in ("basic", "sensitive")]
    amounts = [about(x, lang) for x in found if x is not None]
    if not amounts:
        return text_of(f"views.price.{regime}", lang)
    if len(set(amounts)) == 1:
        return text_of("views.price.about", lang, amount=amounts[0])
    return text_of("views.price.two", lang, basic=amounts[0], sensitive=amounts[-1])


def _main_head(view: RegimeResult, lang: Lang) -> str:
    by_head = view.ground_up.by_head
    whole = sum(by_head.values())
    if not whole:
        return DASH
    head = max(by_head, key=lambda name: by_head[name])
    share = print_percent(by_head[head] / whole)
    return text_of("views.head.text", lang, head=known("head", head, lang), p=share)


def _main_limit(view: RegimeResult, lang: Lang) -> str:
    """Say which limit cuts most of what is recommended, and in how many breaches."""
    plan: PlanResult | None = view.named
    terms = plan.cut_by_limits.by_term if plan is not None else []
    cutting = [one for one in terms if (one.annual.value or 0.0) >= 1]
    if not cutting:
        return text_of("views.limit.none", lang)
    share = print_percent(cutting[0].share_of_breaches.value)
    term = opened(in_language(cutting[0].label, lang))
    return text_of("views.limit.text", lang, term=term, p=share)


# --- words ---------------------------------------------------------------------------------------


def _words(lang: Lang) -> list[Block]:
    items = tuple(
        Item(text_of(f"glossary.{name}", lang), text_of(f"glossary.{name}.text", lang))
        for name in _WORDS
    )
    return [Heading(text_of("glossary.heading", lang)), Items(items, columns=2)]


def _where_next(result: Result, lang: Lang) -> str:
    study = result.study
    return text_of(
        "grounds.next", lang, seed=study.seed, n=f"{study.loss_years:,}",
        version=study.versions.exposure,
    )  # fmt: skip
