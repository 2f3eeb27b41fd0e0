"""What a client reads first: the five lines, the statement, and the reasons (五行の答え).

The sentences stand in ``data/labels/answer.toml``, in Japanese a company president understands and
in English as good; here is chosen which is said, and how its figures are printed. Those come from
the record; nothing is computed but roundings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from exposure.amounts import exact_share, format_yen, whole_percent
from exposure.errors import Lang
from exposure.labels import LANGS, label, labels, phrase, sentence
from exposure.result.record import (
    Basis,
    Effect,
    Figure,
    Lines,
    Need,
    Overall,
    PlanFigures,
    PlanResult,
    RegimeResult,
    RegimeSince,
    Remainder,
    Shortfall,
    SizeProduct,
    SizeRow,
    Thresholds,
    Verdict,
    Words,
)

_DIGITS = 2
_FEW = 10_000


def _line(name: str, lang: Lang, /, **parts: object) -> str:
    return sentence("answer", name, lang, **parts)


def _words(name: str, /, **parts: object) -> Words:
    return Words(*phrase("answer", name, **parts))


def rounded_yen(
    amount: float, lang: Lang, *, up: bool = False, exact: bool = False, digits: int = _DIGITS
) -> str:
    """Return an amount to two significant digits (有効数字2桁の金額).

    Parameters
    ----------
    amount : float
        [JPY]
    up : bool
        Round up, as for a needed limit.
    exact : bool
        Say a small amount too, as for a price.
    digits : int
        Significant digits.

    Examples
    --------
    >>> rounded_yen(4_610_000, "ja", up=True), rounded_yen(4_610_000, "ja")
    ('470万円', '460万円')
    >>> rounded_yen(2_600, "ja"), rounded_yen(-144_000, "ja")
    ('数千円', '▲14万円')
    >>> rounded_yen(6_170, "en"), rounded_yen(6_170, "en", exact=True)
    ('a few thousand yen', 'JPY 6.2k')
    """
    if amount < 0:
        return _line("yen.minus", lang, amount=rounded_yen(-amount, lang))
    if 0 < amount < _FEW and not exact:
        return _line("yen.few", lang)
    if amount == 0:
        return _line("yen.none", lang)
    unit = 10.0 ** (math.floor(math.log10(amount)) - digits + 1)
    steps = amount / unit
    whole = math.ceil(steps - 1e-9) if up else round(steps)
    return format_yen(whole * unit, lang, digits)


def yen_words(amount: float, *, up: bool = False) -> Words:
    """Return an amount as `rounded_yen` does, in both languages.

    Examples
    --------
    >>> yen_words(4_610_000, up=True)
    Words(ja='470万円', en='JPY 4.7M')
    """
    return Words(rounded_yen(amount, "ja", up=up), rounded_yen(amount, "en", up=up))


def need_text(need: Need, thresholds: Thresholds, lang: Lang) -> tuple[str, str]:
    """Return the needed limits as they are printed; small ones as the smallest sum sold.

    Examples
    --------
    >>> of = lambda value: Figure(value, None, None)
    >>> need_text(Need(of(3.7e6), of(4.61e6)), Thresholds(1e7, 1e6, 3), "ja")
    ('1,000万円以下', '470万円')
    """

    def said(one: Figure, least: float) -> str:
        amount = one.value or 0.0
        if amount <= least:
            return _line("yen.up_to", lang, amount=format_yen(least, lang))
        return rounded_yen(amount, lang, up=True)

    return (
        said(need.liability, thresholds.least_liability),
        said(need.costs, thresholds.least_costs),
    )


def share_text(one: Figure) -> str:
    """Return a share in whole per cent."""
    return "–" if one.value is None else whole_percent(one.value)


# Units that are shares of something.
_SHARES = ("probability", "share", "rate")
_YEN = "JPY"
_COUNTED = ("ratio", "persons", "days", "years")  # units that follow a number without brackets


def setting_number(value: float | str, unit: str, lang: Lang) -> str:
    """Return a value tried of an assumption, to two digits: in percent or in yen where it is such.

    Examples
    --------
    >>> setting_number(0.0321, "share of B", "ja"), setting_number(15_432_100, "JPY", "ja")
    ('3.2%', '1,500万円')
    >>> setting_number(7.53e-5, "share of B", "en"), setting_number(6110.0, "JPY / claimant", "en")
    ('0.0075%', 'JPY 6.1k')
    >>> setting_number(4390.0, "persons", "ja"), setting_number("poisson", "choice", "en")
    ('4,400', 'poisson')
    >>> setting_number(-0.33, "exponent", "ja"), setting_number(-0.33, "exponent", "en")
    ('▲0.33', '−0.33')
    """
    if isinstance(value, str):
        return label("choice", value, lang) if value in labels("choice") else value
    rounded = float(f"{value:.{_DIGITS}g}")
    if unit.partition(" ")[0] in _SHARES:
        return exact_share(rounded)
    if unit.partition(" ")[0] == _YEN:
        return format_yen(rounded, lang, _DIGITS)
    shown = f"{abs(rounded):,.10g}"
    return _line("yen.minus", lang, amount=shown) if rounded < 0 else shown


def setting_unit(unit: str, lang: Lang) -> str:
    """Return the unit of an assumption in words; nothing where its number says it already.

    Examples
    --------
    >>> setting_unit("probability", "en"), setting_unit("share of B", "en")
    ('', 'share of persons leaked')
    """
    if unit in (*_SHARES, _YEN) or (unit == "ratio" and lang == "en"):
        return ""
    return label("unit", unit, lang) if unit in labels("unit") else unit


def setting_words(value: float | str, unit: str, lang: Lang) -> str:
    """Return a value of an assumption with its unit, as a sentence names it.

    Examples
    --------
    >>> setting_words(0.086, "share of B", "ja"), setting_words(0.5, "probability", "en")
    ('8.6%（漏えい人数に対する割合）', '50%')
    >>> setting_words(13_000, "JPY / claimant", "ja"), setting_words(620, "JPY / card", "en")
    ('1.3万円／請求者', 'JPY 620 per card')
    >>> setting_words(1.2, "ratio", "ja"), setting_words(4390.0, "persons", "en")
    ('1.2倍', '4,400 persons')
    """
    number, named = setting_number(value, unit, lang), setting_unit(unit, lang)
    if not named or isinstance(value, str):
        return number
    if unit.partition(" ")[0] == _YEN:  # its number names the currency
        return number + named.removeprefix(label("unit", _YEN, lang))
    if unit in _COUNTED:
        return _line("counted", lang, number=number, named=named)
    return _line("remark", lang, said=number, remark=named)


def statement_of(regimes: Mapping[str, RegimeResult], *, same: bool) -> Words:
    """Say over all regimes what is recommended (前提を通じた結論)."""
    many, first = len(regimes) > 1, next(iter(regimes.values()))
    if same and first.recommendation.plan is not None:
        name = "statement.plan.both" if many else "statement.plan"
        return _words(name, said=_answer_words(first))
    if same:
        said = _answer_words(first)
        if many:
            return _words("statement.none.both", said=Words(said.ja, _within(said, "en")))
        return _words("statement.none", said=said)
    views = {
        lang: _line("statement.between", lang).join(
            _line("statement.view", lang, view=view_name(name, lang), said=_answer(one, lang))
            for name, one in regimes.items()
        )
        for lang in LANGS
    }
    return _words("statement.differs", said=Words(views["ja"], views["en"]))


def view_name(regime: str, lang: Lang) -> str:
    """Return the short name of a view (試算例・裁判例).

    Examples
    --------
    >>> view_name("brochure", "ja"), view_name("court", "en")
    ('試算例', 'Court')
    """
    return label("regime", f"{regime}.short", lang)


def plan_name(plan: PlanResult, lang: Lang) -> str:
    """Return a plan's name with its limit, unless the name says it."""
    name = plan.label if lang == "ja" else plan.label_en
    limit = "" if plan.limit is None else format_yen(plan.limit, lang)
    if not limit or limit in name:
        return name
    return _line("remark", lang, said=name, remark=limit)


def _answer(one: RegimeResult, lang: Lang) -> str:
    verdict, named = one.recommendation.verdict, one.named
    if named is not None and verdict not in ("programme", "no_insurance"):
        return plan_name(named, lang)
    name = "answer.programme" if verdict == "programme" else "answer.no_insurance"
    said = _line(name, lang)
    if named is None:
        return said
    return _line(f"{name}.best", lang, said=said, plan=plan_name(named, lang))


def _answer_words(one: RegimeResult) -> Words:
    return Words(_answer(one, "ja"), _answer(one, "en"))


def overall_of(
    regimes: Mapping[str, RegimeResult], thresholds: Thresholds, *, same: bool
) -> Overall:
    """Return statement and five lines over all regimes (答えの五行).

    ``same`` says that all regimes name the same plan, or none.
    """
    lines = {lang: _five(regimes, thresholds, lang, same=same) for lang in LANGS}
    return Overall(same, statement_of(regimes, same=same), Lines(ja=lines["ja"], en=lines["en"]))


def _five(
    regimes: Mapping[str, RegimeResult], thresholds: Thresholds, lang: Lang, *, same: bool
) -> list[str]:
    every = list(regimes.values())
    return [
        _need_line(every, thresholds, lang),
        _answer_line(regimes, lang, same=same),
        _price_line(every, thresholds, lang),
        _effect_line(every, lang),
        _stays_line(every, lang),
    ]


def _join(values: Sequence[str], lang: Lang) -> str:
    """Return one figure where all views print the same, else one after the other."""
    return values[0] if len(set(values)) == 1 else _line("between", lang).join(values)


def _each(every: Sequence[RegimeResult], lang: Lang, said: Callable[[RegimeResult], str]) -> str:
    return _join([said(one) for one in every], lang)


def _need_line(every: Sequence[RegimeResult], thresholds: Thresholds, lang: Lang) -> str:
    needs = [need_text(one.need, thresholds, lang) for one in every]
    liability, costs = (_join([one[part] for one in needs], lang) for part in (0, 1))
    return _line("five.need", lang, liability=liability, costs=costs)


def _answer_line(regimes: Mapping[str, RegimeResult], lang: Lang, *, same: bool) -> str:
    every = list(regimes.values())
    if not same:
        said = _line("between", lang).join(
            _line("colon", lang, name=view_name(name, lang), said=_answer(one, lang))
            for name, one in regimes.items()
        )
    else:
        said = _answer(every[0], lang)
        if len(every) > 1 and every[0].recommendation.plan is not None:
            said = _line("five.both", lang, said=said)
    recommended = [one.recommendation for one in every]
    short = [one.short_of[0] for one in recommended if one.verdict == "short" and one.short_of]
    if short:
        first = short[0]
        yen = rounded_yen(first.annual.value or 0.0, lang)
        said = _line("five.short", lang, said=said, term=first.label, yen=yen, cure=first.cure)
    named = [one.named for one in every if one.recommendation.verdict != "no_insurance"]
    if any(plan is not None and plan.historical for plan in named):
        said = _line("five.historical", lang, said=said)
    return _line("five.answer", lang, said=said)


def _price_line(every: Sequence[RegimeResult], thresholds: Thresholds, lang: Lang) -> str:
    worth = _of_named(every, lang, lambda p: _yen(p.worth, lang))
    most = thresholds.doubtful_loss_ratio
    price = _of_named(every, lang, lambda p: _premium(p, most, lang))
    said = _line("five.price", lang, worth=worth, price=price)
    flips = [one for one in every if one.recommendation.flip_premium is not None]
    if not flips:
        return said
    yen = _each(
        flips,
        lang,
        lambda one: rounded_yen(one.recommendation.flip_premium or 0.0, lang, exact=True),
    )
    to = _each(flips, lang, lambda one: _flips_to(one, lang))
    return _line("five.flip", lang, said=said, yen=yen, to=to)


def _flips_to(one: RegimeResult, lang: Lang) -> str:
    to = one.recommendation.flips_to
    if to is None:
        return _line("turns.none", lang)
    plan = one.plan(to)
    return plan.label if lang == "ja" else plan.label_en


def _of_named(every: Sequence[RegimeResult], lang: Lang, say: Callable[[PlanResult], str]) -> str:
    """Say something of the plan that each view names."""
    return _each(every, lang, lambda one: "–" if one.named is None else say(one.named))


def _yen(one: Figure | None, lang: Lang, digits: int = _DIGITS) -> str:
    if one is None or one.value is None:
        return "–"
    return rounded_yen(one.value, lang, digits=digits)


def basis_name(basis: Basis, lang: Lang) -> str:
    """Return what a client reads for where a premium is from (保険料の根拠)."""
    return _line(f"basis.{basis}", lang)


def _premium(plan: PlanResult, most: float, lang: Lang) -> str:
    premium, basis = plan.premium, basis_name(plan.premium.basis, lang)
    if premium.amount is None:
        return _line("premium.not_sold", lang, basis=basis)
    notes = _line("comma", lang).join(_premium_notes(plan, most, lang))
    name = "premium.technical" if premium.basis == "technical" else "premium"
    amount = rounded_yen(premium.amount, lang, exact=True)
    return _line(f"{name}.notes" if notes else name, lang, basis=basis, amount=amount, notes=notes)


def _premium_notes(plan: PlanResult, most: float, lang: Lang) -> list[str]:
    """Return what stands beside a premium: how sure an estimate is, and the implied loss ratio."""
    premium, ratio, market = plan.premium, plan.implied_loss_ratio, plan.premium.market
    notes = []
    worth = plan.worth.value
    if premium.amount is not None and worth is not None and premium.amount > worth:
        notes.append(_line("note.above", lang))
    if premium.basis in ("market", "scaled"):
        if ratio is not None and ratio.value is not None and ratio.value > most:
            notes.append(_line("note.low", lang))
        # Quotations move an estimate away from the range that printed premiums give it.
        if market is not None and premium.amount == market.value and market.high is not None:
            low, high = (rounded_yen(yen or 0.0, lang) for yen in (market.low, market.high))
            notes.append(_line("note.range", lang, low=low, high=high))
        technical = rounded_yen(premium.technical, lang, exact=True)
        notes.append(_line("note.technical", lang, amount=technical))
    if ratio is not None and ratio.value is not None:
        notes.append(_line("note.ratio", lang, share=share_text(ratio)))
    return notes


def _effect_line(every: Sequence[RegimeResult], lang: Lang) -> str:
    mean = _each(every, lang, lambda one: _yen(one.ground_up.annual.mean, lang))
    paid = _of_named(every, lang, lambda p: share_text(p.share_paid))
    level = "0.99"

    def bad_year(one: RegimeResult) -> str:
        before = one.ground_up.annual.var.get(level)
        after = None if one.named is None else one.named.retained.annual.var.get(level)
        said = _yen(before, lang), _yen(after, lang)
        if said[0] == said[1]:  # a limit far below the loss: a digit more shows what it takes off
            said = _yen(before, lang, _DIGITS + 1), _yen(after, lang, _DIGITS + 1)
        return _line("since.from_to", lang, before=said[0], after=said[1])

    bad = _each(every, lang, bad_year)
    return _line("five.effect", lang, mean=mean, paid=paid, bad=bad)


_SHOWN = 2


def _stays_line(every: Sequence[RegimeResult], lang: Lang) -> str:
    def terms(one: RegimeResult) -> str:
        left = () if one.named is None else one.named.stays[:_SHOWN]
        return _line("comma", lang).join(
            f"{_within(part.label, lang)} {rounded_yen(part.annual, lang)}" for part in left
        )

    stays = _each(every, lang, terms)
    nothing = _of_named(every, lang, lambda p: share_text(p.no_payment_share))
    ask = _ask_next(every, lang)
    return _line("five.stays", lang, stays=stays, nothing=nothing, ask=ask)


def _within(words: Words, lang: Lang) -> str:
    """Return a name as it stands within a sentence: in English without its capital."""
    said = words.say(lang)
    return said[:1].lower() + said[1:] if lang == "en" else said


def _ask_next(every: Sequence[RegimeResult], lang: Lang) -> str:
    """Say what own funds lack, and what to ask for next."""
    tests = [one.recommendation.own_funds for one in every]
    short = [test for test in tests if test is not None and test.cure is not None]
    if not short:
        return _next(every, lang)
    cure = max(short, key=lambda test: test.missing).cure
    assert cure is not None
    said = cure.say(lang)
    said = said[:1].upper() + said[1:]
    return _line("five.cure", lang, cure=said, next=_next(every, lang))


def _next(every: Sequence[RegimeResult], lang: Lang) -> str:
    verdicts = {one.recommendation.verdict for one in every}
    named = every[0].named
    if "programme" in verdicts:
        return _line("next.programme", lang)
    if verdicts == {"no_insurance"}:
        return _line("next.no_insurance", lang)
    if named is not None and named.premium.basis not in ("quoted", "published"):
        return _line("next.today" if named.historical else "next.quotation", lang)
    return _line("next.decide", lang)


# --- reasons -------------------------------------------------------------------------------------


def recommendation_reason(
    verdict: str,
    plan: PlanResult | None,
    need: Need,
    thresholds: Thresholds,
    *,
    passes: bool | None,
) -> Words:
    """Say why this is the answer under one regime (推奨の理由).

    Parameters
    ----------
    plan : PlanResult or None
        Named, or the best on the market.
    passes : bool or None
        Whether it leaves no more than the own funds; None where none were stated.
    """
    said = {lang: _reason(verdict, plan, need, thresholds, lang) for lang in LANGS}
    funds = {lang: _line("funds", lang) if passes is False else "" for lang in LANGS}
    return Words(said["ja"] + funds["ja"], said["en"] + funds["en"])


def reasons_said(
    regimes: Mapping[str, RegimeResult], thresholds: Thresholds, lang: Lang
) -> list[str]:
    """Say why, once for all views where they differ in amounts alone, else view by view (理由)."""
    every = list(regimes.values())
    own = [one.recommendation.reason.say(lang) for one in every]
    first, funds = every[0], _line("funds", lang)
    short = [one.endswith(funds) for one in own]
    alike = {(v.recommendation.verdict, v.named and v.named.id) for v in every}
    verdict = first.recommendation.verdict
    in_both = verdict == "sufficient" and len(every) > 1 and len(alike) == 1
    if len(set(own)) == 1 and not in_both:
        return own[:1]
    if first.named is None or len(alike) > 1 or len(set(short)) > 1:
        return [
            _line("colon", lang, name=label("regime", name, lang), said=reason)
            for name, reason in zip(regimes, own, strict=True)
        ]
    once = _line(
        f"{verdict}.both" if in_both else verdict,
        lang,
        plan=plan_name(first.named, lang),
        worth=_of_named(every, lang, lambda p: _yen(p.worth, lang)),
        cut=_of_named(every, lang, lambda p: _yen(p.cut_by_limits.annual, lang)),
        liability=_each(every, lang, lambda one: need_text(one.need, thresholds, lang)[0]),
        costs=_each(every, lang, lambda one: need_text(one.need, thresholds, lang)[1]),
    )
    return [once + funds if short[0] else once]


def _reason(
    verdict: str, plan: PlanResult | None, need: Need, thresholds: Thresholds, lang: Lang
) -> str:
    if verdict == "programme":
        liability, costs = need_text(need, thresholds, lang)
        return _line("programme", lang, liability=liability, costs=costs)
    if plan is None:
        return _line("not_sold", lang)
    return _line(
        verdict,
        lang,
        plan=plan_name(plan, lang),
        worth=_yen(plan.worth, lang),
        cut=_yen(plan.cut_by_limits.annual, lang),
    )


def size_reason(
    plan: Words, figures: PlanFigures, verdict: Verdict, short: Sequence[Shortfall], scenario: Words
) -> Words:
    """Say why a client of so many records should buy this limit (推奨限度額の理由).

    Parameters
    ----------
    plan : Words
        Name of the plan.
    scenario : Words
        What the printed scenario of the brochure says, empty where there is none.
    """
    said = {lang: _size_reason(plan, figures, verdict, short, lang) for lang in LANGS}
    return Words(
        said["ja"] + scenario.ja, f"{said['en']} {scenario.en}" if scenario.en else said["en"]
    )


def _size_reason(
    plan: Words,
    figures: PlanFigures,
    verdict: Verdict,
    short: Sequence[Shortfall],
    lang: Lang,
) -> str:
    said = _line(
        "size",
        lang,
        plan=plan.say(lang),
        worth=_yen(figures.worth, lang),
        share=share_text(figures.share_paid),
        cut=_yen(figures.cut_by_limits.annual, lang),
    )
    if verdict == "programme":
        said += _line("size_programme", lang)
    elif verdict == "short" and short:
        term, cure = short[0].label.say(lang), short[0].cure.say(lang)
        said += _line("size_short", lang, term=term, cure=cure)
    return said


def verdict_name(verdict: Verdict, lang: Lang) -> str:
    """Return what a client reads for a verdict (判定)."""
    return _line(f"verdict.{verdict}", lang)


def size_lines(rows: Sequence[SizeRow], thresholds: Thresholds, lang: Lang) -> list[str]:
    """Return the five lines for one record count (件数ごとの五行).

    There is one row for each regime.
    """
    needs = [need_text(row.need, thresholds, lang) for row in rows]
    liability = _join([one[0] for one in needs], lang)
    costs = _join([one[1] for one in needs], lang)
    # One policy is bought: of the regimes' limits the larger.
    largest: dict[str, tuple[SizeProduct, ...]] = {}
    for product in rows[0].products:
        largest[product.product] = tuple(
            next(one for one in row.products if one.product == product.product) for row in rows
        )
    chosen = {
        name: max(of, key=lambda one: (one.limit.value or 0.0, one.cost_limit or 0.0))
        for name, of in largest.items()
    }
    first = next(iter(chosen), None)
    count = f"{rows[0].records:,}"
    names = [one.label.say(lang) for one in chosen.values()]
    lines = [
        _line("size.need", lang, count=count, liability=liability, costs=costs),
        _line("size.buy", lang, plans=_line("size.between", lang).join(names)),
    ]
    if first is None:
        return lines
    of = largest[first]
    worth = _join([_yen(one.worth, lang) for one in of], lang)
    cut = _join([_yen(one.cut_by_limits.annual, lang) for one in of], lang)
    verdicts = {one.verdict for products in largest.values() for one in products}
    return [
        *lines,
        _line("size.worth", lang, plan=chosen[first].label, worth=worth),
        _line("size.cut", lang, cut=cut),
        _size_verdict(verdicts, of, lang),
    ]


def _size_verdict(verdicts: set[Verdict], of: Sequence[SizeProduct], lang: Lang) -> str:
    if "programme" in verdicts:
        return _line("size.verdict.programme", lang)
    short = [one for one in of if one.verdict == "short"]
    if short and short[0].short_of:
        first = short[0].short_of[0]
        return _line("size.verdict.short", lang, term=first.label, cure=first.cure)
    return _line("size.verdict.sufficient", lang)


def cure_text(section: str, plan: Words | None, needed: float | None) -> Words:
    """Say what would cure a short limit (不足への手当て).

    Parameters
    ----------
    section : str
        ``liability``, ``costs`` or ``overall``.
    plan : Words or None
        A plan of the same product with a larger limit.
    needed : float or None
        Needed limit of the section, if the sum of the plan is less. [JPY]

    Examples
    --------
    >>> cure_text("costs", None, 1.5e8).ja
    '対応費用の枠1.5億円を出す保険会社に照会してください'
    """
    if plan is not None:
        return _words("cure.plan", plan=plan)
    if needed is None:
        return _words("cure.term")
    return _words(f"cure.{section}", amount=yen_words(needed, up=True))


def next_step_text(plan: Words, worth: float, premium: float | None) -> Words:
    """Say what the next limit would add (次の段階)."""
    if premium is None:
        return _words("step", plan=plan, worth=yen_words(worth))
    return _words("step.premium", plan=plan, worth=yen_words(worth), premium=_about(premium))


def _about(amount: float) -> Words:
    """Return a rough amount; "a few thousand" is rough enough by itself."""
    said = yen_words(amount)
    return said if 0 < amount < _FEW else _words("yen.about", amount=said)


def own_funds_cure(term: Remainder | None, missing: float) -> Words | None:
    """Say what would bring the retained loss below the own funds; None where nothing is missing."""
    if missing <= 0:
        return None
    amount = yen_words(missing)
    if term is None:
        return _words("funds_short", missing=amount)
    within = Words(_within(term.label, "ja"), _within(term.label, "en"))
    return _words("funds_cure", missing=amount, term=within)


# --- since last time -----------------------------------------------------------------------------


def effect_name(code: str) -> Words:
    """Return what a client reads for a figure or a cause of the renewal (変化とその原因).

    Examples
    --------
    >>> effect_name("records").ja
    '保有件数'
    """
    return _words(f"since.{code}")


def plan_words(plan: PlanResult) -> Words:
    """Return a plan's name with its limit in both languages (プラン名)."""
    return Words(plan_name(plan, "ja"), plan_name(plan, "en"))


def held_lines(before: float, after: float) -> Words:
    """Say an amount then and now, to the yen it was stated in (前回と今回の額)."""
    then, now = (Words(format_yen(one, "ja"), format_yen(one, "en")) for one in (before, after))
    return _words("since.from_to", before=then, after=now)


def since_lines(name: str, regimes: Mapping[str, RegimeSince]) -> Lines:
    """Say in a few lines what moved since an earlier result, and why (前回からの変化)."""
    return Lines(_since_lines(name, regimes, "ja"), _since_lines(name, regimes, "en"))


def _since_lines(name: str, regimes: Mapping[str, RegimeSince], lang: Lang) -> list[str]:
    if not regimes:
        return []
    lines = [_by_view(regimes, lang, "since.answer", lambda one: _plan_moved(name, one, lang))]
    if any(one.held is not None for one in regimes.values()):
        lines.append(_by_view(regimes, lang, "since.value", lambda one: _held_moved(one, lang)))
        lines.append(
            _by_view(regimes, lang, "since.why", lambda one: _causes(one, lang, lambda e: e.worth))
        )
        lines.append(
            _by_view(
                regimes,
                lang,
                "since.why_cost",
                lambda one: _causes(one, lang, lambda e: e.total_cost),
            )
        )
    return lines


def _by_view(
    regimes: Mapping[str, RegimeSince], lang: Lang, head: str, say: Callable[[RegimeSince], str]
) -> str:
    """Say it once where every view has the same to say, or else by view."""
    parts = {regime: say(one) for regime, one in regimes.items()}
    if len(set(parts.values())) == 1:
        said = next(iter(parts.values()))
    else:
        said = _line("between", lang).join(
            _line("colon", lang, name=view_name(regime, lang), said=part)
            for regime, part in parts.items()
        )
    return _line(head, lang, said=said)


def _plan_moved(name: str, one: RegimeSince, lang: Lang) -> str:
    none = _line("since.none", lang)
    before, after = (
        none if words is None else words.say(lang) for words in (one.label_before, one.label_after)
    )
    if one.plan_before == one.plan_after:
        said = _line("since.same", lang, name=name, plan=after)
    else:
        said = _line("since.other", lang, name=name, before=before, after=after)
    if one.verdict_before != one.verdict_after:
        verdict = _line(
            "since.verdict",
            lang,
            before=verdict_name(one.verdict_before, lang),
            after=verdict_name(one.verdict_after, lang),
        )
        said = _line("since.stop", lang, said=said, verdict=verdict)
    return said


def _held_moved(one: RegimeSince, lang: Lang) -> str:
    held = one.held
    if held is None:
        return _line("since.none", lang)
    if held.worth.after is None:
        return _line("since.gone", lang, plan=held.label.say(lang))

    def yen(amount: float | None) -> str:
        return "–" if amount is None else rounded_yen(amount, lang)

    return _line("comma", lang).join(
        (
            _line("since.held", lang, before=yen(held.worth.before), after=yen(held.worth.after)),
            _line(
                "since.cost",
                lang,
                before=yen(held.total_cost.before),
                after=yen(held.total_cost.after),
            ),
        )
    )


def _causes(one: RegimeSince, lang: Lang, amount: Callable[[Effect], float | None]) -> str:
    """Name the causes by what they moved, the largest first, with their sign."""
    held = one.held
    moved = [] if held is None else [(amount(effect), effect) for effect in held.effects]
    felt = [(value, effect) for value, effect in moved if value is not None and round(value) != 0]
    if not felt:
        return _line("since.unmoved", lang)
    return _line("comma", lang).join(
        _line(
            "since.cause",
            lang,
            cause=_with_detail(effect, lang),
            amount=("+" if value > 0 else "") + rounded_yen(value, lang),
        )
        for value, effect in sorted(felt, key=lambda part: -abs(part[0]))
    )


def _with_detail(effect: Effect, lang: Lang) -> str:
    detail = effect.detail.say(lang)
    if not detail:
        return effect.label.say(lang)
    return _line("remark", lang, said=effect.label, remark=detail)
