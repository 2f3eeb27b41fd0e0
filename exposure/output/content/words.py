"""Words and cells: labels filled in, estimates printed beside their live numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from exposure.amounts import exact_share, format_yen
from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import drawable, in_short, name_of, option_number
from exposure.output.content.blocks import Cell
from exposure.output.printed import (
    DASH,
    about,
    join_range,
    print_band,
    print_count,
    print_percent,
    print_probability,
    print_share,
    print_share_range,
    print_years,
    print_yen,
    print_yen_range,
)
from exposure.result.record import Figure, PlanResult, RegimeResult, Result, Words

# Units that are shares of something, and units that follow a number without a space.
_PERCENT = ("probability", "share", "rate")
_COUNTERS = ("円", "日", "時間", "年", "人", "社", "項目", "組", "回", "点", "倍", "件", "件に1件")
_COUNTED = tuple(unit for unit in _COUNTERS if unit not in ("円", "倍"))
_CURRENCY, _UNIT = "JPY ", re.compile(r"[^\d.,]+$")
_STATED = 4  # digits of a stated amount in short
_MILLION = 10**6


def text_of(name: str, lang: Lang, /, **parts: object) -> str:
    """Return a sentence of the report with its parts filled in.

    Examples
    --------
    >>> text_of("answer.tile.large", "ja")
    '最大級の漏えい（100件に1件）'
    """
    return label("report", name, lang).format(**parts)


def in_language(words: Words | str, lang: Lang) -> str:
    """Return words in one language; plain text says the same in both.

    Examples
    --------
    >>> in_language(Words("賠償", "liability"), "en")
    'liability'
    """
    return words if isinstance(words, str) else words.say(lang)


def known(kind: str, name: str, lang: Lang) -> str:
    """Return a label, or the name itself where there is none.

    Examples
    --------
    >>> known("head", "damages", "ja"), known("head", "of_tomorrow", "ja")
    ('損害賠償金', 'of_tomorrow')
    """
    return label(kind, name, lang) if name in labels(kind) else name


def join(parts: Sequence[str], lang: Lang) -> str:
    """Return words one after the other.

    Examples
    --------
    >>> join(["a", "b"], "ja"), join(["a", "b"], "en")
    ('a、b', 'a, b')
    """
    return ("、" if lang == "ja" else ", ").join(parts)


def historical_of(editions: Iterable[tuple[str, str]], lang: Lang) -> str:
    """Say which wordings are historical, by product and edition; nothing where none is.

    Examples
    --------
    >>> historical_of([("Sample", "of 2006")], "en")
    'Historical wordings, which differ from what is sold today: Sample (of 2006).'
    """
    named = [text_of("historical.one", lang, product=p, edition=e) for p, e in editions]
    return text_of("historical.editions", lang, listed=join(named, lang)) if named else ""


def both(parts: Sequence[str], lang: Lang) -> str:
    """Return the figures of the views side by side, once where they read the same.

    What all begin or end with, as a unit, stands once.

    Examples
    --------
    >>> both(["31万円", "20万円"], "ja"), both(["9,000万円", "1.2億円"], "ja")
    ('31／20万円', '9,000万円／1.2億円')
    >>> both(["JPY 5.3M", "JPY 710k"], "en"), both(["63%", "51%"], "en"), both(["1%", "1%"], "en")
    ('JPY 5.3M / 710k', '63 / 51%', '1%')
    """
    if len(set(parts)) < 2:
        return parts[0] if parts else DASH
    units = {found.group() if (found := _UNIT.search(part)) else "" for part in parts}
    unit = units.pop() if len(units) == 1 else ""
    bare = [part[: len(part) - len(unit)] if unit else part for part in parts]
    if not all(part[-1:].isdigit() for part in bare):
        unit, bare = "", list(parts)
    front = _CURRENCY if all(part.startswith(_CURRENCY) for part in bare) else ""
    between = "／" if lang == "ja" else " / "
    return front + between.join(part.removeprefix(front) for part in bare) + unit


def both_years(years: Sequence[float | None], lang: Lang) -> str:
    """Return the return periods of the views side by side, their unit once.

    Examples
    --------
    >>> both_years([204.0, 660.0], "ja"), both_years([1000.0, None], "ja")
    ('200／660年に1度', '1,000年に1度／ほぼない')
    >>> both_years([204.0, 660.0], "en")
    '1 in 200 / 660'
    """
    shown = [print_years(one, lang) for one in years]
    before, after = text_of("one_in_years", lang, n="|").split("|")
    if len(set(shown)) > 1 and all(w.startswith(before) and w.endswith(after) for w in shown):
        bare = [w[len(before) : len(w) - len(after)] for w in shown]
        return before + both(bare, lang) + after
    return both(shown, lang)


def opened(words: str) -> str:
    """Return words as they open a sentence or a cell; Japanese has no capitals.

    Examples
    --------
    >>> opened("own share"), opened("自己負担"), opened("e-Gov laws")
    ('Own share', '自己負担', 'e-Gov laws')
    """
    name = words[1:2] == "-"  # as e-Gov, which is written small
    return words if name else words[:1].upper() + words[1:]


def shortened(line: str, lang: Lang) -> str:
    """Return a line with the endorsements it names in short, as the fonts can draw it.

    Examples
    --------
    >>> shortened("「AIU＋サイバー攻撃対応費用特約」", "ja")
    '「AIU＋サイバー」'
    """
    return drawable(in_short(line, list(labels("option")), lang))


def titled(words: str, subject: str) -> str:
    """Return a title with whom it is of, where that is known.

    Examples
    --------
    >>> titled("検討結果", "青葉クリニック"), titled("検討結果", "")
    ('検討結果 – 青葉クリニック', '検討結果')
    """
    return " – ".join(part for part in (words, subject) if part)


def sentence(parts: Sequence[str], lang: Lang) -> str:
    """Return sentences one after the other."""
    return ("" if lang == "ja" else " ").join(part for part in parts if part)


def end_sentence(words: str, lang: Lang) -> str:
    """Return a sentence with its full stop, put there where it has none.

    Examples
    --------
    >>> end_sentence("件数を確かめてください", "ja"), end_sentence("Ask for the count.", "en")
    ('件数を確かめてください。', 'Ask for the count.')
    """
    stop = "。" if lang == "ja" else "."
    return words if words.endswith(stop) else words + stop


# --- cells ---------------------------------------------------------------------------------------


def yen_cell(estimate: Figure | None, lang: Lang) -> Cell:
    """Return an estimated amount; its interval is for the workbook, its band is printed (金額).

    Examples
    --------
    >>> cell = yen_cell(Figure(2.04e6, 1.9e6, 2.1e6, (8e5, 6e6)), "ja")
    >>> cell.text, cell.band, cell.note, cell.value
    ('200万円', '（80～600万円）', '190～210万円', 2040000.0)
    """
    if estimate is None or estimate.value is None:
        return Cell(DASH)
    band = print_band(estimate.band, lang)
    return Cell(
        print_yen(estimate, lang),
        print_yen_range(estimate, lang),
        text_of("band", lang, band=band) if band else "",
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        kind="yen",
        band_low=None if estimate.band is None else estimate.band[0],
        band_high=None if estimate.band is None else estimate.band[1],
    )


def share_cell(estimate: Figure | None, lang: Lang) -> Cell:
    """Return an estimated probability (確率と区間).

    Examples
    --------
    >>> cell = share_cell(Figure(0.953, 0.951, 0.955), "en")
    >>> cell.text, cell.note
    ('95.3%', '95.1–95.5%')
    >>> cell = share_cell(Figure(0.682, 0.68, 0.684, (0.481, 0.821)), "ja")
    >>> cell.text, cell.band
    ('68%', '（48～82%）')
    """
    if estimate is None or estimate.value is None:
        return Cell(DASH)
    band, shown = "", print_share(estimate, lang)
    if estimate.band is not None and None not in estimate.band:
        low, high = (print_percent(end) for end in estimate.band)
        band = text_of("band", lang, band=join_range(low, high, lang))
        shown = print_percent(estimate.value)  # beside its band a decimal says nothing
    return Cell(
        shown,
        print_share_range(estimate, lang),
        band,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        kind="share",
        band_low=None if estimate.band is None else estimate.band[0],
        band_high=None if estimate.band is None else estimate.band[1],
    )


def round_cell(share: float | None) -> Cell:
    """Return a share in whole percent, for a page that rounds everything."""
    if share is None:
        return Cell(DASH)
    return Cell(print_percent(share), value=share, kind="share")


def years_cell(estimate: Figure, lang: Lang) -> Cell:
    """Return a return period in words (何年に1度か)."""
    shown = print_years(estimate.value, lang)
    return Cell(shown, value=estimate.value, low=estimate.low, high=estimate.high, kind="number")


def amount_cell(amount: float | None, lang: Lang) -> Cell:
    """Return an amount without an interval, to two digits (概数).

    Examples
    --------
    >>> [amount_cell(amount, "ja").text for amount in (1234, 0.3, 0, None)]
    ['1,200円', '1円未満', '0円', '－']
    """
    if amount is None:
        return Cell(DASH)
    return Cell(about(amount, lang), value=amount, kind="yen")


def exact_cell(amount: float | None, lang: Lang) -> Cell:
    """Return an amount to the yen (1円単位の金額).

    Examples
    --------
    >>> exact_cell(1234567, "ja").text, exact_cell(1234567, "en").text
    ('1,234,567円', 'JPY 1,234,567')
    """
    if amount is None:
        return Cell(DASH)
    return Cell(exact(amount, lang), value=amount, kind="exact")


def exact(amount: float, lang: Lang) -> str:
    """Return an amount to the yen as words."""
    return f"{amount:,.0f}円" if lang == "ja" else f"JPY {amount:,.0f}"


def stated(amount: float, lang: Lang) -> str:
    """Return an amount that somebody stated: in short where that loses nothing, else to the yen.

    Examples
    --------
    >>> stated(420_000, "ja"), stated(109_000, "en"), stated(1_234_567, "ja")
    ('42万円', 'JPY 109k', '1,234,567円')
    >>> stated(14_880, "ja"), stated(14_880, "en")
    ('14,880円', 'JPY 14,880')
    """
    digits = _STATED if amount >= _MILLION else _STATED - 1  # nobody writes 1.488万円
    short = f"{amount:.{digits}g}"
    return format_yen(amount, lang, digits) if float(short) == amount else exact(amount, lang)


def limit_cell(amount: float | None, lang: Lang) -> Cell:
    """Return a limit as a person writes it; no limit is a dash."""
    if amount is None:
        return Cell(DASH)
    return Cell(format_yen(amount, lang), value=amount, kind="yen")


def probability_cell(share: float | None, lang: Lang) -> Cell:
    """Return a probability without an interval."""
    if share is None:
        return Cell(DASH)
    return Cell(print_probability(share, lang), value=share, kind="share")


def count_cell(number: float | None, lang: Lang) -> Cell:
    """Return a number of persons."""
    if number is None:
        return Cell(DASH)
    return Cell(text_of("persons", lang, n=print_count(number, lang)), value=number, kind="number")


def plan_cell(result: Result, plan: PlanResult, lang: Lang, tag: str = "") -> Cell:
    """Return a plan's name, and its number if it is short-listed."""
    return Cell(name_of(plan, lang), badge=option_number(result, plan.id), tag=tag)


def premium_cell(plan: PlanResult, lang: Lang) -> Cell:
    """Return a premium with where it is from; an estimate is rounded, a quotation is not."""
    premium = plan.premium
    basis = text_of(f"basis.{premium.basis}", lang)
    if premium.amount is None:
        return Cell(basis)
    firm = premium.basis in ("quoted", "published")
    shown = stated(premium.amount, lang) if firm else about(premium.amount, lang)
    return Cell(shown, tag=basis, value=premium.amount, kind="exact" if firm else "yen")


def value_text(value: object, lang: Lang) -> str:
    """Return the value of an assumption as people write it.

    Examples
    --------
    >>> value_text(0.05, "ja"), value_text([1, 2], "ja"), value_text(None, "en")
    ('0.05', '1, 2', 'none')
    >>> value_text("hourly", "ja"), value_text(["name", "damages"], "en")
    ('時間単価による', 'name, Damages')
    """
    if isinstance(value, list):
        between = "; " if value and isinstance(value[0], dict) else ", "
        return between.join(value_text(item, lang) for item in value)
    if isinstance(value, Mapping):
        pairs = (f"{known('choice', key, lang)} {value_text(x, lang)}" for key, x in value.items())
        return ", ".join(pairs)
    if isinstance(value, str):
        return known("choice" if value in labels("choice") else "head", value, lang)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return text_of("none", lang) if value is None else str(value)


def value_cell(value: object, unit: str, lang: Lang) -> Cell:
    """Return the value of an assumption with its unit in words; words have none.

    Examples
    --------
    >>> value_cell(3, "days", "ja").text, value_cell("every_event", "condition", "ja").text
    ('3日', 'すべての事故')
    >>> value_cell(0.018, "share of incidents", "ja").text, value_cell(-5, "logit", "ja").text
    ('1.8%（事故件数に対する割合）', '▲5（ロジット）')
    >>> value_cell(0.4, "loading", "en").text
    '0.4 (loading, −1 to 1)'
    """
    number = float(value) if isinstance(value, float | int) else None
    if isinstance(value, str) or (isinstance(value, list) and isinstance(value[0], str)):
        return Cell(value_text(value, lang))
    shown, named = value_text(value, lang), known("unit", unit, lang)
    if lang == "ja":
        shown = shown.replace("-", "▲")
    if number is not None and unit.partition(" ")[0] in _PERCENT:
        shown, named = exact_share(number), "" if unit in _PERCENT else named
    if named and lang == "ja" and named.partition("／")[0].partition("（")[0] in _COUNTERS:
        shown += named
    elif named and lang == "en" and known("unit", unit, "ja").split("（")[0] in _COUNTED:
        shown += f" {named}"
    elif named:
        # Brackets within brackets are hard to read.
        named = named.replace("（", "、").replace(" (", ", ").rstrip("）)")
        shown += f"（{named}）" if lang == "ja" else f" ({named})"
    return Cell(shown, value=number, kind="number" if number is not None else "text")


def view_name(regime: str, lang: Lang) -> str:
    """Return the short name of a view."""
    return label("regime", regime, lang)


def plan_in(view: RegimeResult, identifier: str | None) -> PlanResult | None:
    """Return a plan of a view, or None if it has none of that name."""
    return next((plan for plan in view.plans if plan.id == identifier), None)


def answer_text(views: Iterable[RegimeResult], name: str | None, lang: Lang) -> str:
    """Return the name of an answer as trials count it: of a plan, no insurance or a programme.

    Examples
    --------
    >>> answer_text([], "programme", "en"), answer_text([], "none", "ja")
    ('a programme', '保険なし')
    """
    for view in views:
        plan = plan_in(view, name)
        if plan is not None:
            return name_of(plan, lang)
    key = f"trial.{name or 'none'}"
    return text_of(key, lang) if key in labels("report") else str(name)
