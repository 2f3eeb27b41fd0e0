"""The first page: the answer, what a breach costs, who pays, how sure, what to decide."""

from __future__ import annotations

from collections.abc import Sequence

from exposure.amounts import format_yen
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.plan_charts import sizes_of
from exposure.output.charts.style import candidates, name_of, option_number
from exposure.output.content.blocks import (
    Block,
    Box,
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
    Tile,
    Tiles,
)
from exposure.output.content.words import (
    answer_text,
    both,
    both_years,
    end_sentence,
    in_language,
    join,
    known,
    limit_cell,
    opened,
    plan_in,
    premium_cell,
    sentence,
    shortened,
    stated,
    text_of,
    view_name,
)
from exposure.output.printed import DASH, about, join_range, print_band, print_percent
from exposure.result.lines import basis_name, need_text, overall_of, reasons_said, setting_words
from exposure.result.record import Figure, PlanResult, RegimeResult, Result, Trials

_LEVEL = "0.99"  # the year and the breach a first page speaks of

_REST = 2  # answers and assumptions named one by one

_LITTLE = 0.01  # of the mean loss of a year


def answer(result: Result, regimes: Sequence[str], lang: Lang) -> Section:
    """Return the first page (結論)."""
    named = [
        f"{view_name(r, lang)}{'＝' if lang == 'ja' else ': '}{label('regime', f'{r}.note', lang)}"
        for r in regimes
    ]
    if len(regimes) > 1:
        named.append(text_of("answer.views", lang))
    blocks: list[Block] = [
        _conclusion(result, regimes, lang),
        _tiles(result, regimes, lang),
        Prose(sentence(named, lang), "small"),
        Side(
            (tuple(_cost(result, regimes, lang)), tuple(_payers(result, regimes, lang))),
            (1.0, 1.08),
        ),
        *_candidates(result, regimes, lang),
        Side(
            (tuple(_sureness(result, regimes, lang)), tuple(_asks(result, regimes, lang))),
            (1.0, 1.12),
        ),
        Prose(_outside(result, lang), "warning"),
    ]
    return Section("answer", text_of("answer.heading", lang), tuple(blocks), part="answer")


def client_facts(result: Result, lang: Lang) -> tuple[tuple[str, str], ...]:
    """Return what is known of the client, in the order of the labels."""
    rows = []
    for key in labels("report"):
        kind, _, field = key.partition(".")
        value = result.client.get(field)
        if kind != "client" or value is None or field == "name":
            continue
        if field == "revenue" and isinstance(value, int | float):
            shown = format_yen(value, lang)
        elif field == "industry":
            shown = known("industry", str(value), lang)
        elif f"unit.{field}" in labels("report") and isinstance(value, int | float):
            shown = text_of(f"unit.{field}", lang, n=f"{value:,}")
        else:
            shown = str(value)
        rows.append((text_of(key, lang), shown))
    plans = len({plan.id for view in result.regimes.values() for plan in view.plans})
    rows.append((text_of("facts.plans", lang), text_of("unit.plans", lang, n=plans)))
    return tuple(rows)


# --- conclusion ----------------------------------------------------------------------------------


def _conclusion(result: Result, regimes: Sequence[str], lang: Lang) -> Box:
    """Return the answer in a box: the sentence, why, and five rows of figures by view."""
    views = [result.regimes[regime] for regime in regimes]
    verdicts = {view.recommendation.verdict for view in views}
    blocks: list[Block] = [
        *(
            Prose(words)
            for words in reasons_said(
                {r: result.regimes[r] for r in regimes}, result.thresholds, lang
            )
        ),
        Table(
            "", _columns(regimes, lang, first=0.5, each=1.4), tuple(_five(result, regimes, lang))
        ),
    ]
    notes = [in_language(notice.text, lang) for notice in result.notices]
    if result.since is not None:
        moved = result.since.lines
        notes = [*(moved.ja if lang == "ja" else moved.en)[:1], *notes]
    if notes:
        blocks.append(Prose(sentence([end_sentence(note, lang) for note in notes], lang), "small"))
    return Box(
        shortened(in_language(result.recommendation.statement, lang), lang),
        tuple(blocks),
        "good" if verdicts == {"sufficient"} else "caution",
    )


def _columns(
    regimes: Sequence[str], lang: Lang, *, first: float, each: float
) -> tuple[Column, ...]:
    heads = [Column(label("regime", f"{r}.long", lang), width=each, view=r) for r in regimes]
    return (Column("", width=first), *heads)


def _five(result: Result, regimes: Sequence[str], lang: Lang) -> list[Row]:
    """Return the five lines of the answer, a column for each view."""
    lines = []
    for regime in regimes:
        view = {regime: result.regimes[regime]}
        own = overall_of(view, result.thresholds, same=True).lines
        lines.append(own.ja if lang == "ja" else own.en)
    between = "　" if lang == "ja" else ": "
    rows = []
    for same_line in zip(*lines, strict=True):
        head = same_line[0].partition(between)[0]
        words = [opened(shortened(line.partition(between)[2], lang)) for line in same_line]
        merged = len(set(words)) == 1
        cells = words[:1] if merged else words
        rows.append(Row((Cell(head), *map(Cell, cells)), merged=merged))
    return rows


def _known_amount(estimate: Figure | None, lang: Lang) -> str:
    known_value = None if estimate is None else estimate.value
    return DASH if known_value is None else about(known_value, lang)


def premium_words(plan: PlanResult, lang: Lang) -> str:
    """Return a premium as a sentence names it: where it is from, and the technical one beside."""
    cell = premium_cell(plan, lang)
    if plan.premium.amount is None:
        return cell.text
    basis, technical = plan.premium.basis, about(plan.premium.technical, lang)
    name = {"technical": "premium.technical", "market": "premium.notes", "scaled": "premium.notes"}
    notes = label("answer", "note.technical", lang).format(amount=technical)
    words = label("answer", name.get(basis, "premium"), lang)
    return words.format(basis=basis_name(basis, lang), amount=cell.text, notes=notes)


# --- tiles ---------------------------------------------------------------------------------------


def _tiles(result: Result, regimes: Sequence[str], lang: Lang) -> Tiles:
    views = [result.regimes[regime] for regime in regimes]
    events = [view.ground_up.event for view in views]
    return Tiles(
        (
            _frequency(views[0], lang),
            _amounts("ordinary", [event.quantiles.get("0.5") for event in events], regimes, lang),
            _amounts("large", [event.quantiles.get(_LEVEL) for event in events], regimes, lang),
            _amounts("year", [view.ground_up.annual.mean for view in views], regimes, lang),
        )
    )


def _frequency(view: RegimeResult, lang: Lang) -> Tile:
    rate = view.frequency.events_per_year
    chance = print_percent(1 - view.frequency.probability_of_no_event)
    notes = [text_of("answer.tile.chance", lang, p=chance)]
    band = view.frequency.events_per_year_band
    if band is not None and band[0] and band[1]:
        low, high = (_rarity(1 / x) for x in (band[1], band[0]))
        words = text_of("range", lang, low=low, high=high)
        notes.append(text_of("answer.tile.band", lang, band=words))
    return Tile(text_of("answer.tile.frequency", lang), _often(rate, lang), tuple(notes))


def _rarity(years: float) -> str:
    return f"{float(f'{years:.2g}'):g}"


def _often(rate: float, lang: Lang) -> str:
    """Return how often a breach happens, in years or in a year.

    Examples
    --------
    >>> _often(0.05, "ja"), _often(2.4, "en")
    ('約20年に1回', 'about 2.4 times a year')
    """
    if rate <= 0:
        return text_of("never", lang)
    if rate >= 1:
        return text_of("answer.tile.times", lang, n=f"{rate:.2g}")
    return text_of("answer.tile.once", lang, n=f"{float(f'{1 / rate:.2g}'):,.0f}")


def _amounts(
    name: str, estimates: Sequence[Figure | None], regimes: Sequence[str], lang: Lang
) -> Tile:
    """Return a tile of an amount: from the least to the most of the views, bands below."""
    found = [
        (regime, one, one.value)
        for regime, one in zip(regimes, estimates, strict=True)
        if one is not None and one.value is not None
    ]
    heading = text_of(f"answer.tile.{name}", lang)
    if not found:
        return Tile(heading, DASH, ())
    values = sorted(value for _, _, value in found)
    shown = join_range(about(values[0], lang), about(values[-1], lang), lang)
    notes = [
        (regime, print_band(one.band, lang) or about(value, lang)) for regime, one, value in found
    ]
    key = "range" if any(one.band for _, one, _ in found) else "value"
    if len({words for _, words in notes}) == 1:
        once = text_of(f"answer.tile.{key}", lang, band=notes[0][1])
        return Tile(heading, shown, (once,) if notes[0][1] != shown else ())
    lines = tuple(
        text_of(f"answer.tile.{key}.view", lang, view=view_name(regime, lang), band=words)
        for regime, words in notes
    )
    return Tile(heading, shown, lines)


# --- charts --------------------------------------------------------------------------------------


def _cost(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    levels = ("0.5", "0.9", _LEVEL)
    spoken = [text_of("spoken.cost", lang)]
    banded = False
    for regime in regimes:
        event = result.regimes[regime].ground_up.event
        amounts = [_known_amount(event.quantiles.get(level), lang) for level in levels]
        spoken.append(
            text_of("spoken.cost.view", lang, view=view_name(regime, lang), ordinary=amounts[0],
                    large=amounts[1], largest=amounts[2])
        )  # fmt: skip
        banded = banded or event.mean.band is not None
    noise = _noise([result.regimes[r].ground_up.event.mean for r in regimes])
    note = text_of("answer.band" if banded else "answer.no_band", lang, p=noise)
    return [
        Heading(text_of("answer.cost", lang), text_of("given_breach", lang)),
        Charts(("breach",), ("",), (sentence(spoken, lang),)),
        Prose(note, "small"),
    ]


def _noise(means: Sequence[Figure]) -> str:
    """Return how far the simulation itself may be off, in percent of the amount."""
    shares = [
        (one.high - one.low) / 2 / one.value
        for one in means
        if one.value and one.low is not None and one.high is not None
    ]
    return print_percent(max(shares, default=0.0))


def _payers(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    spoken = [text_of("spoken.payers", lang)]
    for regime in regimes:
        view = result.regimes[regime]
        parts = [
            f"{name_of(plan, lang)} {print_percent(plan.large_breach.paid)}"
            for plan in (plan_in(view, name) for name in candidates(result))
            if plan is not None
        ]
        colon = "：" if lang == "ja" else ": "
        spoken.append(f"{view_name(regime, lang)}{colon}{join(parts, lang)}。" if lang == "ja"
                      else f"{view_name(regime, lang)}{colon}{join(parts, lang)}.")  # fmt: skip
    sizes = sizes_of(result, regimes, lang)
    note = label("chart", "who_pays.size", lang).format(sizes=sizes)
    return [
        Heading(text_of("answer.payers", lang), text_of("given_breach", lang)),
        Charts(("who_pays",), ("",), (sentence(spoken, lang),)),
        Prose(note, "small"),
    ]


# --- candidates ----------------------------------------------------------------------------------


def _candidates(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    """Return at most six rows: no insurance, what is recommended, what comes near."""
    views = [result.regimes[regime] for regime in regimes]
    names = candidates(result)
    funds = format_yen(result.own_funds.amount, lang)
    columns = (
        Column(text_of("plans.plan", lang), width=3.0),
        Column(text_of("candidates.limits", lang), numeric=True, width=1.2),
        Column(text_of("candidates.premium", lang), numeric=True, width=0.9),
        Column(text_of("candidates.worth", lang), numeric=True, width=1.1),
        Column(text_of("candidates.share", lang), numeric=True, width=0.8),
        Column(text_of("candidates.nothing", lang), numeric=True, width=1.0),
        Column(text_of("candidates.funds", lang, amount=funds), numeric=True, width=1.1),
    )
    crossed = [v.no_insurance.own_funds_return_period.value for v in views]
    without = both_years(crossed, lang)
    bare = (
        Cell(label("chart", "no_insurance", lang)), Cell(DASH), Cell(DASH), Cell(DASH),
        Cell("0%"), Cell(DASH),
        Cell(without),
    )  # fmt: skip
    found = [[plan_in(view, name) for view in views] for name in names]
    worths = [[about(p.worth.value or 0.0, lang) for p in own if p] for own in found]
    best = max(found, key=_most_worth, default=[])
    most = [about(p.worth.value or 0.0, lang) for p in best if p]
    rows = [Row(bare)]
    for own, worth in zip(found, worths, strict=True):
        plans = [plan for plan in own if plan is not None]
        if not plans:
            continue
        first = plans[0]
        rows.append(
            Row(
                (
                    Cell(name_of(first, lang), badge=option_number(result, first.id)),
                    Cell(_limits(first, lang)),
                    _premium(plans, lang),
                    Cell(both(worth, lang), strong=worth == most),  # ties as they are printed
                    Cell(both([print_percent(p.share_paid.value) for p in plans], lang)),
                    Cell(both([print_percent(p.no_payment_share.value) for p in plans], lang)),
                    Cell(both_years([p.own_funds_return_period.value for p in plans], lang)),
                ),
                marked=option_number(result, first.id) == 1,
                plan=first.id,
            )
        )  # fmt: skip
    note = "candidates.note" if result.own_funds.stated else "candidates.note_example"
    beside = text_of("candidates.order", lang) if len(regimes) > 1 else ""
    return [
        Heading(text_of("candidates.heading", lang), beside),
        Table("", columns, tuple(rows), small=True),
        Prose(text_of(note, lang), "small"),
    ]


def _most_worth(own: Sequence[PlanResult | None]) -> float:
    """Return what a plan is worth in the view in which it is worth most."""
    return max((p.worth.value or 0.0 for p in own if p is not None), default=0.0)


def _limits(plan: PlanResult, lang: Lang) -> str:
    """Return the most a plan pays for liability and for costs."""
    parts = [limit_cell(amount, lang).text for amount in (plan.limit, plan.cost_limit)]
    return "・".join(parts) if lang == "ja" else " / ".join(parts)


def _premium(plans: Sequence[PlanResult], lang: Lang) -> Cell:
    """Return a plan's premium; what rests on the view is given for each."""
    cells = [premium_cell(plan, lang) for plan in plans]
    first = cells[0]
    words = both([cell.text for cell in cells], lang)
    estimated = plans[0].premium.basis in ("scaled", "market", "technical")
    return Cell(words, tag=first.tag if estimated else "", value=first.value, kind="yen")


# --- how sure ------------------------------------------------------------------------------------


def _sureness(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    """Say in how many trials the answer stays, and what would change it."""
    blocks: list[Block] = [Heading(text_of("sure.heading", lang))]
    trials = [(r, result.regimes[r].recommendation.trials) for r in regimes]
    known_trials = [(r, one) for r, one in trials if one is not None]
    if known_trials:
        n = _all(known_trials[0][1])
        blocks.append(Prose(text_of("sure.trials", lang, n=f"{n:,}")))
        spoken = sentence(
            [text_of("spoken.trials", lang, view=view_name(r, lang), same=one.same, n=_all(one),
                     one_step=one.one_step, other=one.other) for r, one in known_trials],
            lang,
        )  # fmt: skip
        blocks.append(Charts(("stability",), ("",), (spoken,)))
        blocks += [Prose(words) for words in _others(result, known_trials, lang)]
    else:
        blocks.append(Prose(text_of("sure.none", lang)))
    flips = _flips(result, regimes, lang)
    technical = _at_technical(result, regimes, lang)
    blocks += [Prose(words) for words in (technical, flips) if words]
    return blocks


def _all(trials: Trials) -> int:
    return trials.same + trials.one_step + trials.other


def _others(result: Result, trials: Sequence[tuple[str, Trials]], lang: Lang) -> list[str]:
    """Say which answers the other trials gave, the most frequent first."""
    counts: dict[str, list[int]] = {}
    for i, (regime, one) in enumerate(trials):
        own = _answer_of(result.regimes[regime])
        for name, count in one.by_plan.items():
            if name != own and count:
                counts.setdefault(name, [0] * len(trials))[i] = count
    if not counts:
        return []
    first = sorted(counts, key=lambda name: (-max(counts[name]), name))[:_REST]
    same = [one.same for _, one in trials]
    more = [n for n in first if all(a > b for a, b in zip(counts[n], same, strict=True))]
    said = []
    for name, some in (("sure.more", more), ("sure.others", [n for n in first if n not in more])):
        parts = [
            text_of("sure.count", lang, plan=answer_text(result.regimes.values(), one, lang),
                    n=both([str(count) for count in counts[one]], lang))
            for one in some
        ]  # fmt: skip
        if parts:
            said.append(text_of(name, lang, listed=join(parts, lang)))
    return said


def _answer_of(view: RegimeResult) -> str:
    """Return the answer of a view as trials count it: a plan, no insurance or a programme."""
    choice = view.recommendation
    if choice.plan is not None:
        return choice.plan
    return "none" if choice.verdict == "no_insurance" else choice.verdict


def _at_technical(result: Result, regimes: Sequence[str], lang: Lang) -> str:
    """Say whether the answer stays where estimates are replaced by technical premiums."""
    changed = []
    for regime in regimes:
        choice = result.regimes[regime].recommendation
        at = choice.at_technical
        if (at.plan, at.verdict) != (choice.plan, choice.verdict) and (
            at.plan != choice.plan or at.verdict == "no_insurance"
        ):
            name = at.plan or ("none" if at.verdict == "no_insurance" else at.verdict)
            changed.append(answer_text(result.regimes.values(), name, lang))
    if not changed:
        return text_of("sure.technical.same", lang)
    return text_of("sure.technical.other", lang, plan=both(changed, lang))


def _flips(result: Result, regimes: Sequence[str], lang: Lang) -> str:
    """Name the assumptions that change the answer, with the value at which they do."""
    found: dict[str, str] = {}
    for regime in regimes:
        sensitivity = result.regimes[regime].sensitivity
        for bar in sensitivity.parameters if sensitivity is not None else ():
            if bar.changes_plan and bar.flips_at is not None:
                value = setting_words(bar.flips_at, bar.unit, lang)
                words = text_of("sure.flip", lang, name=in_language(bar.label, lang), value=value)
                found.setdefault(bar.name, words)
    if not found:
        return ""
    return text_of("sure.flips", lang, listed=join(list(found.values())[:_REST], lang))


# --- what to decide ------------------------------------------------------------------------------


def _asks(result: Result, regimes: Sequence[str], lang: Lang) -> list[Block]:
    """Return what is asked of the reader: quotations, limits, wordings, own funds."""
    views = [result.regimes[regime] for regime in regimes]
    found = [
        *_quote(result, views, lang),
        *_cures(views, lang),
        *_wording(views, lang),
        _funds(result, views, lang),
        *_first_question(views, lang),
        *_edition(views, lang),
    ]
    return [
        Heading(text_of("asks.heading", lang)),
        Items(tuple(found[: _REST * 2]), numbered=True),
    ]


def _quote(result: Result, views: Sequence[RegimeResult], lang: Lang) -> list[Item]:
    """Ask for a quotation of what is recommended, and say from which premium it is no more."""
    names = dict.fromkeys(view.named.id for view in views if view.named is not None)
    found = []
    for name in names:
        own = [(v, plan_in(v, name)) for v in views]
        plans = [
            (v, p) for v, p in own if p is not None and v.named is not None and v.named.id == name
        ]
        plan = plans[0][1]
        worth = both([about(p.worth.value or 0.0, lang) for _, p in plans], lang)
        verdict = plans[0][0].recommendation.verdict
        today = "asks.quote.today" if plan.historical else "asks.quote"
        lead = text_of(today, lang, plan=name_of(plan, lang))
        if verdict == "programme":
            lead = text_of("asks.programme", lang)
            needs = [need_text(v.need, result.thresholds, lang) for v, _ in plans]
            liability, costs = zip(*needs, strict=True)
            text = text_of(
                "asks.programme.text",
                lang,
                liability=both(liability, lang),
                costs=both(costs, lang),
            )
        elif verdict == "no_insurance":
            lead = text_of("asks.no_insurance", lang)
            text = text_of("asks.no_insurance.text", lang, plan=name_of(plan, lang), worth=worth)
        elif plan.premium.basis == "quoted":
            lead = text_of("asks.quoted", lang, plan=name_of(plan, lang))
            text = text_of("asks.quoted.text", lang, premium=stated(plan.premium.amount or 0, lang),
                           worth=worth)  # fmt: skip
        else:
            flips = [v.recommendation.flip_premium for v, _ in plans]
            firm = [about(x, lang) for x in flips if x is not None]
            limit = both(firm, lang) if firm else worth
            text = text_of("asks.quote.text", lang, premium=premium_words(plan, lang), limit=limit)
        found.append(Item(lead, text))
    return found


def _cures(views: Sequence[RegimeResult], lang: Lang) -> list[Item]:
    """Ask for what would cure a limit that is short, once for every limit."""
    found: dict[str, tuple[str, list[str], str]] = {}
    for view in views:
        for one in view.recommendation.short_of:
            name = in_language(one.label, lang)
            entry = found.setdefault(one.term, (name, [], in_language(one.cure, lang)))
            entry[1].append(about(one.annual.value or 0.0, lang))
    return [
        Item(
            text_of("asks.cure", lang, term=name),
            text_of("asks.cure.text", lang, amount=both(amounts, lang), cure=cure),
        )
        for name, amounts, cure in list(found.values())[:1]
    ]


def _wording(views: Sequence[RegimeResult], lang: Lang) -> list[Item]:
    """Ask about the arguable clause that is worth most for what is recommended."""
    best: tuple[float, str, str] | None = None
    for view in views:
        plan = view.named
        for one in view.cover.disputes if view.cover is not None else ():
            if plan is not None and one.plan == plan.id and one.worth >= _matters(view):
                question = opened(in_language(one.question, lang))
                words = (one.worth, question, in_language(one.alternative, lang))
                best = words if best is None else max(best, words)
    if best is None:
        return []
    amount, question, other = best
    return [
        Item(
            text_of("asks.wording", lang),
            text_of("asks.wording.text", lang, question=question, other=other,
                    amount=about(amount, lang)),
        )
    ]  # fmt: skip


def _matters(view: RegimeResult) -> float:
    """Return from which yen a year on a clause is worth a question on the first page."""
    return max((view.ground_up.annual.mean.value or 0.0) * _LITTLE, 1.0)


def _funds(result: Result, views: Sequence[RegimeResult], lang: Lang) -> Item:
    """Ask the board what it can bear in a year."""
    amount = format_yen(result.own_funds.amount, lang)
    crossed = both_years([v.no_insurance.own_funds_return_period.value for v in views], lang)
    name = "asks.funds.stated" if result.own_funds.stated else "asks.funds.example"
    missing = [v.recommendation.own_funds for v in views]
    short = [one.missing for one in missing if one is not None and one.missing > 0]
    text = text_of(name, lang, amount=amount, years=crossed)
    if short:
        text = sentence([text, text_of("asks.funds.missing", lang, amount=about(max(short), lang))],
                        lang)  # fmt: skip
    return Item(text_of("asks.funds", lang), text)


def _edition(views: Sequence[RegimeResult], lang: Lang) -> list[Item]:
    """Ask for the wording on sale today where what is recommended stands on a historical one."""
    named = [view.named for view in views if view.recommendation.verdict != "no_insurance"]
    if not any(plan is not None and plan.historical for plan in named):
        return []
    return [Item(text_of("asks.edition", lang), text_of("asks.edition.text", lang))]


def _first_question(views: Sequence[RegimeResult], lang: Lang) -> list[Item]:
    """Ask about the assumption that is worth settling first."""
    for view in views:
        for one in view.sensitivity.ask_first if view.sensitivity is not None else ():
            words = shortened(in_language(one.text, lang), lang)
            return [Item(text_of("asks.first", lang), words)]
    return []


def _outside(result: Result, lang: Lang) -> str:
    """Say what is not in the figures, in the words of the client's trade where there are such."""
    name = f"outside.{result.client.get('industry')}"
    words = text_of(name if name in labels("report") else "outside.any", lang)
    return text_of("outside", lang, what=words)
