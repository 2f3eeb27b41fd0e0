"""What a client reads first: the five lines, the statement, and the reasons (五行の答え).

Every sentence about the answer is written here, in Japanese a company president understands and in
English as good. Figures come from the record; nothing is computed but roundings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from exposure.amounts import exact_share, format_yen, whole_percent
from exposure.labels import label, labels
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

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, Lang] = ("ja", "en")

_DIGITS = 2
_FEW = 10_000
_BETWEEN = {"ja": "／", "en": " / "}


def rounded_yen(
    amount: float, lang: Lang, *, up: bool = False, exact: bool = False, digits: int = _DIGITS
) -> str:
    """Return an amount to two significant digits (有効数字2桁の金額).

    Parameters
    ----------
    amount : float
        [JPY]
    lang : str
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
        return (
            f"▲{rounded_yen(-amount, lang)}" if lang == "ja" else f"−{rounded_yen(-amount, lang)}"
        )
    if 0 < amount < _FEW and not exact:
        return "数千円" if lang == "ja" else "a few thousand yen"
    if amount == 0:
        return "0円" if lang == "ja" else "JPY 0"
    unit = 10.0 ** (math.floor(math.log10(amount)) - digits + 1)
    steps = amount / unit
    whole = math.ceil(steps - 1e-9) if up else round(steps)
    return format_yen(whole * unit, lang, digits)


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
            shown = format_yen(least, lang)
            return f"{shown}以下" if lang == "ja" else f"up to {shown}"
        return rounded_yen(amount, lang, up=True)

    return (
        said(need.liability, thresholds.least_liability),
        said(need.costs, thresholds.least_costs),
    )


def share_text(one: Figure, lang: Lang) -> str:
    """Return a share in whole per cent."""
    del lang
    return "–" if one.value is None else whole_percent(one.value)


# Units that are shares of something.
_SHARES = ("probability", "share", "rate")
_YEN = "JPY"


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
    """
    if isinstance(value, str):
        return label("choice", value, lang) if value in labels("choice") else value
    rounded = float(f"{value:.{_DIGITS}g}")
    if unit.partition(" ")[0] in _SHARES:
        return exact_share(rounded)
    if unit.partition(" ")[0] == _YEN:
        return format_yen(rounded, lang, _DIGITS)
    return f"{rounded:,.10g}"


def setting_unit(unit: str, lang: Lang) -> str:
    """Return the unit of an assumption in words; nothing where its number says it already.

    Examples
    --------
    >>> setting_unit("probability", "en"), setting_unit("share of B", "en")
    ('', 'share of persons leaked')
    """
    if unit in (*_SHARES, _YEN):
        return ""
    return label("unit", unit, lang) if unit in labels("unit") else unit


def setting_words(value: float | str, unit: str, lang: Lang) -> str:
    """Return a value of an assumption with its unit, as a sentence names it.

    Examples
    --------
    >>> setting_words(0.086, "share of B", "ja"), setting_words(0.5, "probability", "en")
    ('8.6%（漏えい人数に対する割合）', '50%')
    """
    number, named = setting_number(value, unit, lang), setting_unit(unit, lang)
    if not named or isinstance(value, str):
        return number
    return f"{number}（{named}）" if lang == "ja" else f"{number} ({named})"


def statement_of(regimes: Mapping[str, RegimeResult], *, same: bool) -> Words:
    """Say over all regimes what is recommended (前提を通じた結論)."""
    parts = {lang: [_answer(one, lang) for one in regimes.values()] for lang in LANGS}
    if same:
        many, one = len(regimes) > 1, next(iter(regimes.values()))
        ja, en = parts["ja"][0], parts["en"][0]
        if one.recommendation.plan is not None:
            ja, en = f"{ja}をお勧めします", f"We recommend {en}{' on either basis' if many else ''}"
        elif many:
            en = f"On either basis {en[:1].lower()}{en[1:]}"
        return Words(f"{'どちらの前提でも、' if many else ''}{ja}。", f"{en}.")
    names = list(regimes)
    ja = "、".join(f"{view_name(n, 'ja')}では{p}" for n, p in zip(names, parts["ja"], strict=True))
    en = "; ".join(f"{view_name(n, 'en')}: {p}" for n, p in zip(names, parts["en"], strict=True))
    return Words(f"前提によって答えが分かれます。{ja}。", f"The answer depends on the view. {en}.")


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
    return f"{name}（{limit}）" if lang == "ja" else f"{name} ({limit})"


def _answer(one: RegimeResult, lang: Lang) -> str:
    verdict, named = one.recommendation.verdict, one.named
    if verdict == "programme":
        said = {
            "ja": "市販の商品では足りません。自己保有と上積みを組む保険計画が必要です",
            "en": "No product on sale is enough: a programme of own retention and layers is needed",
        }[lang]
        if named is None:
            return said
        best = {"ja": "。市販で最もよいのは", "en": "; best on the market: "}[lang]
        return f"{said}{best}{plan_name(named, lang)}"
    if verdict == "no_insurance" or named is None:
        said = {"ja": "保険なしが最も安くなります", "en": "Buying no insurance costs least"}[lang]
        if named is None:
            return said
        name = plan_name(named, lang)
        return said + {"ja": f"（入るなら{name}）", "en": f" (best plan on offer: {name})"}[lang]
    return {"ja": plan_name(named, "ja"), "en": plan_name(named, "en")}[lang]


def overall_of(
    regimes: Mapping[str, RegimeResult], thresholds: Thresholds, *, same: bool
) -> Overall:
    """Return statement and five lines over all regimes (答えの五行).

    Parameters
    ----------
    regimes : mapping of str to RegimeResult
    thresholds : Thresholds
    same : bool
        All regimes name the same plan, or none.
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
    return values[0] if len(set(values)) == 1 else _BETWEEN[lang].join(values)


def _each(every: Sequence[RegimeResult], lang: Lang, said: Callable[[RegimeResult], str]) -> str:
    return _join([said(one) for one in every], lang)


def _need_line(every: Sequence[RegimeResult], thresholds: Thresholds, lang: Lang) -> str:
    needs = [need_text(one.need, thresholds, lang) for one in every]
    liability, costs = (_join([one[part] for one in needs], lang) for part in (0, 1))
    if lang == "ja":
        return f"必要な限度額　賠償 {liability}、対応費用 {costs}"
    return f"Needed limits: liability {liability}, response costs {costs}"


def _answer_line(regimes: Mapping[str, RegimeResult], lang: Lang, *, same: bool) -> str:
    every = list(regimes.values())
    head = {"ja": "推奨　", "en": "Recommended: "}[lang]
    if same:
        said = _answer(every[0], lang)
        if len(every) > 1 and every[0].recommendation.plan is not None:
            said += {"ja": "。どちらの前提でも同じ", "en": " on either basis"}[lang]
    else:
        colon = {"ja": "：", "en": ": "}[lang]
        said = _BETWEEN[lang].join(
            f"{view_name(name, lang)}{colon}{_answer(one, lang)}" for name, one in regimes.items()
        )
    said += _short_note(every, lang) + _historical_note(every, lang)
    return head + said


def _short_note(every: Sequence[RegimeResult], lang: Lang) -> str:
    for one in every:
        if one.recommendation.verdict == "short" and one.recommendation.short_of:
            first = one.recommendation.short_of[0]
            yen = rounded_yen(first.annual.value or 0.0, lang)
            if lang == "ja":
                return f"。ただし{first.label.ja}で年{yen}が削られます。{first.cure.ja}"
            return f"; but {first.label.en} takes {yen} a year: {first.cure.en}"
    return ""


def _historical_note(every: Sequence[RegimeResult], lang: Lang) -> str:
    named = [one.named for one in every if one.recommendation.verdict != "no_insurance"]
    if not any(plan is not None and plan.historical for plan in named):
        return ""
    if lang == "ja":
        return "（過去の約款で、現在は販売されていません。いま検討中の約款でお確かめください）"
    return " (a wording no longer sold: try the wording you are offered today)"


def _price_line(every: Sequence[RegimeResult], thresholds: Thresholds, lang: Lang) -> str:
    worth = _each(every, lang, lambda one: _of_named(one, lang, lambda p: _yen(p.worth, lang)))
    most = thresholds.doubtful_loss_ratio
    price = _each(every, lang, lambda one: _of_named(one, lang, lambda p: _premium(p, most, lang)))
    flip = _flip(every, lang)
    if lang == "ja":
        return f"価値と保険料　払う価値があるのは年 {worth} まで。保険料は {price}{flip}"
    return f"Worth and premium: worth up to {worth} a year; premium: {price}{flip}"


def _of_named(one: RegimeResult, lang: Lang, said: Callable[[PlanResult], str]) -> str:
    del lang
    return "–" if one.named is None else said(one.named)


def _yen(one: Figure | None, lang: Lang, digits: int = _DIGITS) -> str:
    if one is None or one.value is None:
        return "–"
    return rounded_yen(one.value, lang, digits=digits)


_BASIS = {
    "quoted": Words("見積り", "quoted"),
    "published": Words("保険料表", "printed"),
    "scaled": Words("見積りからの換算", "scaled from a quotation"),
    "market": Words("目安", "estimate"),
    "technical": Words("技術的保険料", "technical premium"),
}


def basis_name(basis: Basis, lang: Lang) -> str:
    """Return what a client reads for where a premium is from (保険料の根拠)."""
    if basis == "not_sold":
        return {"ja": "販売対象外", "en": "not sold to this client"}[lang]
    return _BASIS[basis].say(lang)


def _premium(plan: PlanResult, most: float, lang: Lang) -> str:
    premium = plan.premium
    if premium.amount is None:
        return {"ja": "（販売対象外）", "en": "(not sold to this client)"}[lang]
    amount, basis = rounded_yen(premium.amount, lang, exact=True), _BASIS[premium.basis].say(lang)
    notes = _premium_notes(plan, most, lang)
    if lang == "en":
        return f"{amount} ({', '.join([basis, *notes])})"
    if premium.basis == "technical":
        return f"{amount}（{'、'.join([basis, *notes])}）"
    return f"{basis} {amount}" + (f"（{'、'.join(notes)}）" if notes else "")


def _premium_notes(plan: PlanResult, most: float, lang: Lang) -> list[str]:
    """Return what stands beside a premium: how sure an estimate is, and the implied loss ratio."""
    premium, ratio, market = plan.premium, plan.implied_loss_ratio, plan.premium.market
    notes = []
    if premium.basis in ("market", "scaled"):
        if ratio is not None and ratio.value is not None and ratio.value > most:
            notes.append({"ja": "低すぎるおそれ", "en": "may be too low"}[lang])
        # Quotations move an estimate away from the range that printed premiums give it.
        if market is not None and premium.amount == market.value and market.high is not None:
            low, high = (rounded_yen(yen or 0.0, lang) for yen in (market.low, market.high))
            notes.append({"ja": f"幅 {low}～{high}", "en": f"range {low} to {high}"}[lang])
        technical = rounded_yen(premium.technical, lang, exact=True)
        notes.append(
            {"ja": f"技術的保険料 {technical}", "en": f"technical premium {technical}"}[lang]
        )
    if ratio is not None and ratio.value is not None:
        share = share_text(ratio, lang)
        notes.append({"ja": f"見込み損害率 {share}", "en": f"implied loss ratio {share}"}[lang])
    return notes


def _flip(every: Sequence[RegimeResult], lang: Lang) -> str:
    amounts = [
        one.recommendation.flip_premium
        for one in every
        if one.recommendation.flip_premium is not None
    ]
    if not amounts:
        return ""
    yen = _join([rounded_yen(amount, lang, exact=True) for amount in amounts], lang)
    names = []
    for one in every:
        if one.recommendation.flip_premium is None:
            continue
        to = one.recommendation.flips_to
        none = {"ja": "保険なし", "en": "no insurance"}[lang]
        names.append(none if to is None else _label(one.plan(to), lang))
    to = _join(names, lang)
    if lang == "ja":
        return f"。見積りが {yen} を超えるなら {to} のほうが有利"
    return f"; if the quotation exceeds {yen}, {to} is better"


def _label(plan: PlanResult, lang: Lang) -> str:
    return plan.label if lang == "ja" else plan.label_en


def _effect_line(every: Sequence[RegimeResult], lang: Lang) -> str:
    mean = _each(every, lang, lambda one: _yen(one.ground_up.annual.mean, lang))
    paid = _each(
        every, lang, lambda one: _of_named(one, lang, lambda p: share_text(p.share_paid, lang))
    )
    level = "0.99"

    def bad_year(one: RegimeResult) -> str:
        before = one.ground_up.annual.var.get(level)
        after = None if one.named is None else one.named.retained.annual.var.get(level)
        said = _yen(before, lang), _yen(after, lang)
        if said[0] == said[1]:  # a limit far below the loss: a digit more shows what it takes off
            said = _yen(before, lang, _DIGITS + 1), _yen(after, lang, _DIGITS + 1)
        return ("→" if lang == "ja" else " → ").join(said)

    bad = _each(every, lang, bad_year)
    if lang == "ja":
        return (
            f"効果　平均損害 年 {mean} のうち {paid} を保険が払う。"
            f"100年に1度の年に手元に残る額 {bad}"
        )
    return (
        f"Effect: of a mean annual loss of {mean} the plan pays {paid};"
        f" what stays in a 1-in-100 year: {bad}"
    )


_SHOWN = 2


def _stays_line(every: Sequence[RegimeResult], lang: Lang) -> str:
    def terms(one: RegimeResult) -> str:
        left = () if one.named is None else one.named.stays[:_SHOWN]
        comma = {"ja": "、", "en": ", "}[lang]
        return comma.join(
            f"{_within(part.label, lang)} {rounded_yen(part.annual, lang)}" for part in left
        )

    stays = _each(every, lang, terms)
    nothing = _each(
        every,
        lang,
        lambda one: _of_named(one, lang, lambda p: share_text(p.no_payment_share, lang)),
    )
    ask = _ask_next(every, lang)
    if lang == "ja":
        return f"残るもの　年平均で {stays}。大きな漏えいで1円も出ない割合 {nothing}。{ask}"
    unpaid = f"the plan pays nothing in {nothing} of large breaches"
    return f"What stays: {stays} a year; {unpaid}. {ask}"


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
    if lang == "ja":
        return f"{said}。{_next(every, lang)}"
    return f"{said[:1].upper()}{said[1:]}. {_next(every, lang)}"


def _next(every: Sequence[RegimeResult], lang: Lang) -> str:
    verdicts = {one.recommendation.verdict for one in every}
    named = every[0].named
    if "programme" in verdicts:
        return {
            "ja": "次に、必要な限度額で複数の保険会社に照会してください",
            "en": "Next: ask several insurers for the needed limits",
        }[lang]
    if verdicts == {"no_insurance"}:
        return {
            "ja": "次に、上の価値を下回る見積りがあるかをお確かめください",
            "en": "Next: see whether anybody quotes less than that worth",
        }[lang]
    if named is not None and named.premium.basis not in ("quoted", "published"):
        return {
            "ja": "次に、このプランの見積りをお取りください",
            "en": "Next: ask for a quotation",
        }[lang]
    return {
        "ja": "次に、この額を自社で負えるかをお決めください",
        "en": "Next: decide whether you can bear what stays",
    }[lang]


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
    verdict : str
    plan : PlanResult or None
        Named, or the best on the market.
    need : Need
    thresholds : Thresholds
    passes : bool or None
        Whether it leaves no more than the own funds; None where none were stated.
    """
    said = {lang: _reason(verdict, plan, need, thresholds, lang) for lang in LANGS}
    funds = {lang: _line("funds", lang) if passes is False else "" for lang in LANGS}
    return Words(said["ja"] + funds["ja"], said["en"] + funds["en"])


def reasons_said(
    regimes: Mapping[str, RegimeResult], thresholds: Thresholds, lang: Lang
) -> list[str]:
    """Say why, once for all views where they differ in amounts alone, else view by view (理由).

    Parameters
    ----------
    regimes : mapping of str to RegimeResult
    thresholds : Thresholds
    lang : str
    """
    every = list(regimes.values())
    own = [one.recommendation.reason.say(lang) for one in every]
    if len(set(own)) == 1:
        return own[:1]
    first, funds = every[0], _line("funds", lang)
    short = [one.endswith(funds) for one in own]
    alike = {(v.recommendation.verdict, v.named and v.named.id) for v in every}
    if first.named is None or len(alike) > 1 or len(set(short)) > 1:
        colon = {"ja": "：", "en": ": "}[lang]
        return [
            f"{label('regime', name, lang)}{colon}{reason}"
            for name, reason in zip(regimes, own, strict=True)
        ]
    once = _line(
        first.recommendation.verdict,
        lang,
        plan=plan_name(first.named, lang),
        worth=_each(every, lang, lambda one: _of_named(one, lang, lambda p: _yen(p.worth, lang))),
        cut=_each(
            every,
            lang,
            lambda one: _of_named(one, lang, lambda p: _yen(p.cut_by_limits.annual, lang)),
        ),
        liability=_each(every, lang, lambda one: need_text(one.need, thresholds, lang)[0]),
        costs=_each(every, lang, lambda one: need_text(one.need, thresholds, lang)[1]),
    )
    return [once + funds if short[0] else once]


def _line(name: str, lang: Lang, /, **values: str) -> str:
    return label("answer", name, lang).format(**values)


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
    figures : PlanFigures
    verdict : str
    short : sequence of Shortfall
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
        share=share_text(figures.share_paid, lang),
        cut=_yen(figures.cut_by_limits.annual, lang),
    )
    if verdict == "programme":
        said += _line("size_programme", lang)
    elif verdict == "short" and short:
        term, cure = short[0].label.say(lang), short[0].cure.say(lang)
        said += _line("size_short", lang, term=term, cure=cure)
    return said


_VERDICTS: dict[Verdict, Words] = {
    "sufficient": Words("足りる", "sufficient"),
    "short": Words("不足", "short"),
    "programme": Words("保険計画が必要", "programme needed"),
    "no_insurance": Words("保険なし", "no insurance"),
}


def verdict_name(verdict: Verdict, lang: Lang) -> str:
    """Return what a client reads for a verdict (判定)."""
    return _VERDICTS[verdict].say(lang)


def size_lines(rows: Sequence[SizeRow], thresholds: Thresholds, lang: Lang) -> list[str]:
    """Return the five lines for one record count (件数ごとの五行).

    Parameters
    ----------
    rows : sequence of SizeRow
        One per regime, of the same record count.
    thresholds : Thresholds
    lang : str
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
    verdicts = {one.verdict for of in largest.values() for one in of}
    colon = {"ja": "　", "en": ": "}[lang]
    names = [f"{_size_name(name, one, lang)}" for name, one in chosen.items()]
    comma = {"ja": "、", "en": "; "}[lang]
    of_need, of_plans, of_worth, of_cuts = {
        "ja": (f"{count}人　必要な限度額", "買うなら", "価値", "限度額で残るもの"),
        "en": (f"{count} records, needed limits", "Buy", "Worth", "Cut by limits"),
    }[lang]
    parts = {
        "ja": f"賠償 {liability}、対応費用 {costs}",
        "en": f"liability {liability}, response costs {costs}",
    }[lang]
    lines = [f"{of_need}{colon}{parts}", f"{of_plans}{colon}{comma.join(names)}"]
    if first is None:
        return lines
    of = largest[first]
    worth = _join([_yen(one.worth, lang) for one in of], lang)
    cut = _join([_yen(one.cut_by_limits.annual, lang) for one in of], lang)
    lines.append(
        f"{of_worth}{colon}"
        + {"ja": f"{_size_name(first, chosen[first], lang)}は年 {worth} まで払う価値",
           "en": f"{_size_name(first, chosen[first], lang)} up to {worth} a year"}[lang]
    )  # fmt: skip
    lines.append(f"{of_cuts}{colon}" + {"ja": f"年 {cut}", "en": f"{cut} a year"}[lang])
    lines.append(_size_verdict(verdicts, of, lang))
    return lines


def _size_name(product: str, one: SizeProduct, lang: Lang) -> str:
    del product
    return one.label.say(lang)


def _size_verdict(verdicts: set[Verdict], of: Sequence[SizeProduct], lang: Lang) -> str:
    if "programme" in verdicts:
        return {
            "ja": "判定　市販の商品では足りません。自己保有と上積みを組む保険計画が必要です",
            "en": "Verdict: no product on sale is enough; a programme of retention and layers",
        }[lang]
    short = [one for one in of if one.verdict == "short"]
    if short and short[0].short_of:
        first = short[0].short_of[0]
        return {
            "ja": f"判定　{first.label.ja}が足りません。{first.cure.ja}",
            "en": f"Verdict: {first.label.en} is short; {first.cure.en}",
        }[lang]
    return {"ja": "判定　足ります", "en": "Verdict: sufficient"}[lang]


def cure_text(section: str, plan: Words | None, needed: float) -> Words:
    """Say what would cure a short limit (不足への手当て).

    Parameters
    ----------
    section : str
        ``liability``, ``costs`` or ``overall``.
    plan : Words or None
        A plan of the same product with a larger limit.
    needed : float
        Needed limit of the section. [JPY]

    Examples
    --------
    >>> cure_text("costs", None, 1.5e8).ja
    '対応費用の枠1.5億円を出す保険会社に照会してください'
    """
    if plan is not None:
        return Words(f"「{plan.ja}」なら増えます", f"{plan.en} has more")
    names = {
        "liability": Words("賠償の限度額", "a liability limit of"),
        "costs": Words("対応費用の枠", "a cost limit of"),
        "overall": Words("全体の限度額", "an overall limit of"),
    }[section]
    return Words(
        f"{names.ja}{rounded_yen(needed, 'ja', up=True)}を出す保険会社に照会してください",
        f"ask insurers for {names.en} {rounded_yen(needed, 'en', up=True)}",
    )


def next_step_text(plan: Words, worth: float, premium: float | None) -> Words:
    """Say what the next limit would add (次の段階)."""
    ja, en = rounded_yen(worth, "ja"), rounded_yen(worth, "en")
    if premium is None:
        return Words(
            f"「{plan.ja}」にすると価値が年{ja}増えます。", f"{plan.en} is worth {en} a year more."
        )
    return Words(
        f"「{plan.ja}」にすると価値が年{ja}、保険料が{_about(premium, 'ja')}増えます。",
        f"{plan.en} is worth {en} a year more and costs {_about(premium, 'en')} more.",
    )


def _about(amount: float, lang: Lang) -> str:
    """Return a rough amount; "a few thousand" is rough enough by itself."""
    said = rounded_yen(amount, lang)
    if 0 < amount < _FEW:
        return said
    return {"ja": f"約{said}", "en": f"about {said}"}[lang]


def own_funds_cure(term: Remainder | None, missing: float) -> Words | None:
    """Say what would bring the retained loss below the own funds; None where nothing is missing."""
    if missing <= 0:
        return None
    said = {}
    for lang in LANGS:
        amount = rounded_yen(missing, lang)
        if term is None:
            said[lang] = _line("funds_short", lang, missing=amount)
        else:
            said[lang] = _line("funds_cure", lang, missing=amount, term=_within(term.label, lang))
    return Words(said["ja"], said["en"])


# --- since last time -----------------------------------------------------------------------------


def effect_name(code: str) -> Words:
    """Return what a client reads for a figure or a cause of the renewal (変化とその原因).

    Examples
    --------
    >>> effect_name("records").ja
    '保有件数'
    """
    return Words(label("answer", f"since.{code}", "ja"), label("answer", f"since.{code}", "en"))


def plan_words(plan: PlanResult) -> Words:
    """Return a plan's name with its limit in both languages (プラン名)."""
    return Words(plan_name(plan, "ja"), plan_name(plan, "en"))


def held_lines(before: float, after: float) -> Words:
    """Say an amount then and now, to the yen it was stated in (前回と今回の額)."""
    said = {
        lang: _line(
            "since.from_to", lang, before=format_yen(before, lang), after=format_yen(after, lang)
        )
        for lang in LANGS
    }
    return Words(said["ja"], said["en"])


def since_lines(name: str, regimes: Mapping[str, RegimeSince]) -> Lines:
    """Say in a few lines what moved since an earlier result, and why (前回からの変化).

    Parameters
    ----------
    name : str
        Of the earlier study.
    regimes : mapping of str to RegimeSince
    """
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
        colon = {"ja": "：", "en": ": "}[lang]
        said = _BETWEEN[lang].join(
            f"{view_name(regime, lang)}{colon}{part}" for regime, part in parts.items()
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
        said += {"ja": "。", "en": "; "}[lang] + verdict
    return said


def _held_moved(one: RegimeSince, lang: Lang) -> str:
    held = one.held
    if held is None:
        return _line("since.none", lang)
    if held.worth.after is None:
        return _line("since.gone", lang, plan=held.label.say(lang))

    def yen(amount: float | None) -> str:
        return "–" if amount is None else rounded_yen(amount, lang)

    comma = {"ja": "、", "en": ", "}[lang]
    return comma.join(
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
    comma = {"ja": "、", "en": ", "}[lang]
    return comma.join(
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
    if lang == "ja":
        return f"{effect.label.ja}（{detail}）"
    return f"{effect.label.en} ({detail})"
