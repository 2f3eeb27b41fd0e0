"""Numbers and words as a report prints them: digits that are supported, lines broken at words.

Restates estimates as text; computes no statistic.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from exposure.amounts import (
    estimated_yen,
    format_yen,
    share_text,
    shown_decimals,
    shown_with,
    whole_percent,
)
from exposure.errors import Lang
from exposure.labels import label
from exposure.result.record import Band, Figure

DASH = "－"
_MOST_DIGITS = 3
_ABOUT = 2  # significant digits of an amount that is uncertain by a factor
_WIDE = 1.2  # a band of this factor or more supports no third digit
_MILLION = 10**6
_CURRENCY = re.compile("JPY ")
_UNIT = re.compile(r"[^\d]+$")
_OPENING, _CLOSING = "（「『［【〔(", "）」』］】〕、。，．：)・／"
_BRACKETS = "）」』］】〕"
_NO_FRONT = "をがはにへとのもでやか"


def about(amount: float, lang: Lang = "ja") -> str:
    """Return an amount to two digits (概数).

    Examples
    --------
    >>> about(1_234_567), about(-35_400), about(0.3, "en")
    ('120万円', '▲3.5万円', '<JPY 1')
    """
    if 0 < amount < 1:
        return label("report", "below_one_yen", lang)
    return format_yen(float(f"{amount:.{_ABOUT}g}"), lang)


def print_yen(estimate: Figure, lang: Lang = "ja") -> str:
    """Return an estimated amount, rounded to what its interval and its band support (金額).

    Examples
    --------
    >>> print_yen(Figure(15_432_100, 15_230_000, 15_630_000))
    '1,540万円'
    >>> print_yen(Figure(15_432_100, 15_230_000, 15_630_000, (5e6, 4.5e7)))
    '1,500万円'
    """
    if estimate.value is None:
        return DASH
    if is_wide(estimate.band):
        return about(estimate.value, lang)
    return estimated_yen(estimate.value, estimate.value, estimate.low, estimate.high, lang)


def is_wide(band: Band | None) -> bool:
    """Say whether a band is so wide that a third digit says nothing.

    Examples
    --------
    >>> is_wide((6.7e4, 1.2e5)), is_wide((1.0, 1.1)), is_wide(None)
    (True, False, False)
    """
    if band is None or band[0] is None:
        return False
    return band[1] is None or abs(band[1]) >= _WIDE * abs(band[0])


def print_yen_range(estimate: Figure, lang: Lang = "ja") -> str:
    """Return the interval of an estimated amount, to the same place as the amount (90%区間).

    Examples
    --------
    >>> print_yen_range(Figure(15_432_100, 15_230_000, 15_630_000))
    '1,520～1,560万円'
    """
    if estimate.value is None or estimate.low is None:
        return ""
    low = estimated_yen(estimate.low, estimate.value, estimate.low, estimate.high, lang)
    if estimate.high is None:
        return label("report", "range_open", lang).format(low=low)
    high = estimated_yen(estimate.high, estimate.value, estimate.low, estimate.high, lang)
    return join_range(low, high, lang)


def print_band(band: Band | None, lang: Lang = "ja") -> str:
    """Return the band of an amount, to two digits; nothing where there is none (前提の幅).

    Examples
    --------
    >>> print_band((1.1e8, 9.4e8)), print_band((5e5, None)), print_band(None)
    ('1.1～9.4億円', '50万円以上', '')
    """
    if band is None or band[0] is None:
        return ""
    low = about(band[0], lang)
    if band[1] is None:
        return label("report", "range_open", lang).format(low=low)
    return join_range(low, about(band[1], lang), lang)


def print_share(estimate: Figure, lang: Lang = "ja") -> str:
    """Return an estimated probability in percent, by the rule of `exposure.amounts` (確率).

    Examples
    --------
    >>> print_share(Figure(0.9534, 0.951, 0.956)), print_share(Figure(0.99999, 0.9999, 1.0))
    ('95.3%', '99.99%超')
    """
    if estimate.value is None:
        return DASH
    return share_text(estimate.value, estimate.low, estimate.high).say(lang)


def print_share_range(estimate: Figure, lang: Lang = "ja") -> str:
    """Return the interval of an estimated probability, to the same place as it (90%区間).

    Examples
    --------
    >>> print_share_range(Figure(0.9534, 0.951, 0.956))
    '95.1～95.6%'
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None or low is None or high is None:
        return ""
    decimals = shown_decimals(low, high)
    return join_range(
        shown_with(low, decimals).say(lang), shown_with(high, decimals).say(lang), lang
    )


def join_range(low: str, high: str, lang: Lang) -> str:
    """Join two ends of a range, naming their currency and unit once where they share it.

    Examples
    --------
    >>> join_range("130万円", "190万円", "ja"), join_range("9,200万円", "3.1億円", "ja")
    ('130～190万円', '9,200万円～3.1億円')
    >>> join_range("JPY 1.3M", "JPY 1.9M", "en"), join_range("5%", "5%", "en")
    ('JPY 1.3–1.9M', '5%')
    """
    if low == high:
        return low
    front, unit = _CURRENCY.match(low), _UNIT.search(low)
    if unit and high.endswith(unit.group()) and _UNIT.sub("", high)[-1:].isdigit():
        low = low[: unit.start()]
    if front and high.startswith(front.group()):
        high = high[front.end() :]
    return label("report", "range", lang).format(low=low, high=high)


def print_percent(share: float | None) -> str:
    """Return a share in whole percent, for a page that rounds everything (割合の概数).

    Examples
    --------
    >>> print_percent(0.634), print_percent(0.002), print_percent(0.0), print_percent(0.9999)
    ('63%', '<1%', '0%', '>99%')
    """
    return DASH if share is None else whole_percent(share)


def print_years(years: float | None, lang: Lang = "ja") -> str:
    """Return a return period in words; none is rarer than what was simulated (何年に1度か).

    Examples
    --------
    >>> print_years(204.3), print_years(1440, "en"), print_years(None)
    ('200年に1度', '1 in 1,400', 'ほぼない')
    """
    if years is None:
        return label("report", "never", lang)
    shown = f"{float(f'{years:.{_ABOUT}g}'):,.0f}"
    if years < 1 + 1 / 2:
        return label("report", "every_year", lang)
    return label("report", "one_in_years", lang).format(n=shown)


def print_probability(probability: float, lang: Lang = "ja") -> str:
    """Return an exact probability in percent.

    Examples
    --------
    >>> print_probability(0.0857)
    '8.6%'
    """
    return share_text(probability).say(lang)


def print_count(number: float, lang: Lang = "ja") -> str:
    """Return a number of persons or records, to three digits (件数・人数).

    Examples
    --------
    >>> print_count(100_000), print_count(24_532)
    ('10万', '2.45万')
    >>> print_count(100_000, "en"), print_count(10_000_000, "en")
    ('100,000', '10M')
    """
    rounded = float(f"{number:.{_MOST_DIGITS}g}")
    if lang == "ja":
        return format_yen(rounded, lang).removesuffix("円")
    if rounded < _MILLION:
        return f"{rounded:,.0f}"
    return _CURRENCY.sub("", format_yen(rounded, lang))


def columns_of(text: str) -> int:
    """Return the width of a text in half-width columns (半角換算の文字数).

    Examples
    --------
    >>> columns_of("AIU保険")
    7
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns_of_letter, text))


@cache
def _columns_of_letter(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WFA" else 1


def phrases(text: str) -> list[str]:
    """Return a text in the pieces between which a line may break (文節).

    Japanese breaks where another word follows a particle or an ending, where kanji and katakana
    meet, and around brackets and separators; other writing breaks after spaces. The pieces add up
    to the text.

    Examples
    --------
    >>> phrases("手元に残る損害（年間平均）"), phrases("paid by the insurer")
    (['手元に', '残る', '損害', '（年間平均）'], ['paid ', 'by ', 'the ', 'insurer'])
    >>> phrases("AIU JPY 100M (5%)."), phrases("お詫び状作成・送付費用")
    (['AIU ', 'JPY 100M ', '(5%).'], ['お詫び状作成・', '送付費用'])
    """
    found: list[str] = []
    current = ""
    for character in text:
        if current and _may_break(current, character):
            found.append(current)
            current = ""
        current += character
    if len(current) == 1 and found and not current.isascii():
        current = found.pop() + current  # one character alone on a line looks lost
    return [*found, current] if current else found


def _may_break(before: str, character: str) -> bool:
    """Say whether a line may end between what was written and a character."""
    last = before[-1]
    if last in _OPENING or character in _CLOSING or character in "ーっゃゅょッャュョー～":
        return False
    if character in ".,;:" or (last.isspace() and before.endswith("JPY ")):
        return False
    if last.isspace() or last in _CLOSING or character in _OPENING or last == "＋":
        return last not in _BRACKETS or not _is_hiragana(character)  # as in 「費用」の
    if _is_katakana(last) != _is_katakana(character) and not _is_hiragana(last + character):
        # A letter after katakana is a part of the name, as in パターンF.
        return len(before) > 2 and not character.isascii()
    if not (_is_hiragana(last) and not _is_hiragana(character)):
        return False
    # A prefix or the ending of a verb within a compound is no end of a word.
    return len(before) > 1 and last in _NO_FRONT + "るたいれ" and not character.isspace()


def _is_hiragana(characters: str) -> bool:
    return any("ぁ" <= one <= "ん" for one in characters)


def _is_katakana(character: str) -> bool:
    return "ァ" <= character <= "ー"
