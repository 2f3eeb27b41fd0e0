"""Words and cells: labels filled in, estimates printed beside their live numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any  # Any: a result read from JSON

from exposure.errors import Lang
from exposure.labels import label, labels
from exposure.output.charts.style import name_of, plan_number
from exposure.output.content.blocks import Cell, Prose
from exposure.output.printed import (
    print_count,
    print_probability,
    print_share,
    print_share_range,
    print_yen,
    print_yen_range,
)
from exposure.yen import format_yen

DASH = "－"
_ABOUT = 2  # significant digits of an amount that has no interval of its own


def text_of(name: str, lang: Lang, **parts: object) -> str:
    """Return a sentence of the report with its parts filled in.

    Examples
    --------
    >>> text_of("answer.quantile", "ja", n=100)
    '100件に1件の水準'
    """
    return label("report", name, lang).format(**parts)


def historical(result: Mapping[str, Any], lang: Lang) -> str:
    """Return which of the wordings of a result are no longer sold, with edition; else nothing.

    Examples
    --------
    >>> historical({"terms": []}, "ja")
    ''
    """
    editions = {
        one["product"]: (said(one["product_label"], lang), said(one["edition"], lang))
        for one in result.get("terms", ())
        if one["historical"]
    }
    return historical_of(editions.values(), lang)


def historical_of(editions: Iterable[tuple[str, str]], lang: Lang) -> str:
    """Return the same for products named with their editions.

    Examples
    --------
    >>> historical_of([("Sample", "of 2006")], "en")
    'These wordings are historical editions and differ from what is sold today: Sample (of 2006).'
    """
    named = [
        text_of("plans.one_edition", lang, product=product, edition=edition)
        for product, edition in editions
    ]
    listed = ("、" if lang == "ja" else ", ").join(named)
    return text_of("plans.historical", lang, names=listed) if named else ""


def historical_note(result: Mapping[str, Any], lang: Lang) -> tuple[Prose, ...]:
    """Return the same as a warning, where there is anything to warn of."""
    notice = historical(result, lang)
    return (Prose(notice, "warning"),) if notice else ()


def said(words: str | Mapping[str, str], lang: Lang) -> str:
    """Return words that may stand in both languages.

    Examples
    --------
    >>> said({"ja": "賠償", "en": "liability"}, "en")
    'liability'
    """
    return words if isinstance(words, str) else str(words[lang])


def known(kind: str, name: str, lang: Lang) -> str:
    """Return a label, or the name itself where there is none.

    Examples
    --------
    >>> known("head", "damages", "ja"), known("head", "of_tomorrow", "ja")
    ('損害賠償金', 'of_tomorrow')
    """
    return label(kind, name, lang) if name in labels(kind) else name


def yen_cell(estimate: Mapping[str, Any] | None, lang: Lang) -> Cell:
    """Return an estimated amount with interval and band (金額と区間).

    Examples
    --------
    >>> cell = yen_cell({"value": 2e6, "low": 1.9e6, "high": 2.1e6}, "ja")
    >>> cell.text, cell.note, cell.value
    ('200万円', '190～210万円', 2000000.0)
    """
    if estimate is None or estimate["value"] is None:
        return Cell(DASH)
    band = ""
    if "band" in estimate:
        low, high = (about(x, lang) for x in estimate["band"])
        band = text_of("band", lang, low=low, high=high)
    return Cell(
        print_yen(estimate, lang),
        print_yen_range(estimate, lang),
        band,
        value=estimate["value"],
        low=estimate["low"],
        high=estimate["high"],
        kind="yen",
    )


def share_cell(estimate: Mapping[str, Any], lang: Lang, target: float | None = None) -> Cell:
    """Return an estimated probability with interval and band (確率と区間).

    Parameters
    ----------
    estimate : mapping
    lang : {"ja", "en"}
    target : float, optional
        What it is held against; rounding never carries it across. [-]

    Examples
    --------
    >>> cell = share_cell({"value": 0.953, "low": 0.951, "high": 0.955}, "en")
    >>> cell.text, cell.note
    ('95.3%', '95.1–95.5%')
    """
    band = ""
    if "band" in estimate:
        low, high = (print_probability(x, lang) for x in estimate["band"])
        band = text_of("band", lang, low=low, high=high)
    return Cell(
        print_share(estimate, lang, target),
        print_share_range(estimate, lang, target),
        band,
        value=estimate["value"],
        low=estimate["low"],
        high=estimate["high"],
        kind="share",
    )


def about(amount: float, lang: Lang) -> str:
    """Return an amount to two digits.

    Examples
    --------
    >>> about(1_234_567, "ja")
    '120万円'
    """
    return format_yen(float(f"{amount:.{_ABOUT}g}"), lang)


def amount_cell(amount: float | None, lang: Lang) -> Cell:
    """Return an amount without an interval, to two digits (概数).

    Examples
    --------
    >>> [amount_cell(amount, "ja").text for amount in (1234, 0.3, 0, None)]
    ['1,200円', '1円未満', '0円', '－']
    """
    if amount is None:
        return Cell(DASH)
    tiny = 0 < amount < 1
    text = text_of("below_one_yen", lang) if tiny else about(amount, lang)
    return Cell(text, value=amount, kind="yen")


def exact_cell(amount: float | None, lang: Lang) -> Cell:
    """Return an amount to the yen (1円単位の金額).

    Examples
    --------
    >>> exact_cell(1234567, "ja").text, exact_cell(1234567, "en").text
    ('1,234,567円', 'JPY 1,234,567')
    """
    if amount is None:
        return Cell(DASH)
    text = f"{amount:,.0f}円" if lang == "ja" else f"JPY {amount:,.0f}"
    return Cell(text, value=amount, kind="yen")


def limit_cell(amount: float | None, lang: Lang) -> Cell:
    """Return a limit as a person writes it; no limit is a dash."""
    if amount is None:
        return Cell(DASH)
    return Cell(format_yen(amount, lang), value=amount, kind="yen")


def probability_cell(share: float | None, lang: Lang, target: float | None = None) -> Cell:
    """Return a probability without an interval."""
    if share is None:
        return Cell(DASH)
    return Cell(print_probability(share, lang, target), value=share, kind="share")


def count_cell(number: float | None, lang: Lang) -> Cell:
    """Return a number of persons."""
    if number is None:
        return Cell(DASH)
    return Cell(text_of("persons", lang, n=print_count(number, lang)), value=number, kind="number")


def plan_cell(
    result: Mapping[str, Any], plan: Mapping[str, Any], lang: Lang, tag: str = ""
) -> Cell:
    """Return a plan's number and name."""
    return Cell(name_of(plan, lang), badge=plan_number(result, plan["id"]), tag=tag)


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
    if isinstance(value, dict):
        pairs = (f"{known('choice', key, lang)} {value_text(x, lang)}" for key, x in value.items())
        return ", ".join(pairs)
    if isinstance(value, str):
        return known("choice" if value in labels("choice") else "head", value, lang)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return text_of("none", lang) if value is None else str(value)


def value_cell(value: object, unit: str, lang: Lang) -> Cell:
    """Return the value of an assumption with its unit; words have none.

    Examples
    --------
    >>> value_cell(3, "days", "ja").text, value_cell("every_event", "condition", "ja").text
    ('3 日', 'すべての事故')
    """
    words = isinstance(value, str) or (isinstance(value, list) and isinstance(value[0], str))
    shown = value_text(value, lang)
    if not words:
        shown = f"{shown} {known('unit', unit, lang)}".strip()
    number = float(value) if isinstance(value, float | int) else None
    return Cell(shown, value=number, kind="number" if number is not None else "text")
