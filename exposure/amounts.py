"""Amounts and shares as people read and type them: 円・万円・億円, per cent (金額と割合).

Amounts are whole yen; nothing here computes with them.

A share is rounded to the nearest digit its interval supports, and never reads as certain unless it
is: then it is said in words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

from exposure.errors import Text

_LARGE = {"兆": 10**12, "億": 10**8, "万": 10**4}

_SMALL = {"千": 10**3, "百": 10**2, "十": 10}

_SMALL_PART = re.compile(r"(\d[\d,. ]*)([千百十]?)")

_GROUPED = re.compile(r"(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)(?:\.\d+)?")

_SIGNED = re.compile(r"-\d+(\.0*)?")

_POINT_FOR_COMMA = re.compile(r"[1-9]\d{0,2}\.000")

_COUNTER = re.compile(r"(円|件|人|名|社|年|台)$")

_SPACE_BEFORE_UNIT = re.compile(r" +(?=[百千万億兆]+$)")

_MAN, _OKU = 10**4, 10**8

_MOST_DIGITS = 3


_VAGUE = re.compile(
    r"約|およそ|おおよそ|概算|概ね|おおむね|程度|前後|ほど|くらい|ぐらい|以上|以下|超|未満|強$|弱$|数[十百千万億]"
    r"|[〜～~]|\d\s*(から|より|ないし)|\d\s*[-‐–—−ー]\s*\d|不明|未定|未確認|未回答|未集計|確認中|調査中|集計中|非公開"
    r"|非開示|要確認|わからない|分からない|[?？]|^(ca\.?|about|approx|unknown|n/?a|tbd|tba)\b|\d\s*\+$",
    re.IGNORECASE,
)

_NOTHING = frozenset(
    (
        "なし",
        "無し",
        "無",
        "ナシ",
        "該当なし",
        "該当無し",
        "特になし",
        "none",
        "nil",
        "-",
        "--",
        "---",
    )
)

_DASHES = re.compile(r"[‐‑‒–—―−ー─━ｰ]")

_ERROR = re.compile(
    r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|#+)"
    r"|Err:\d+",
    re.IGNORECASE,
)


def format_yen(amount: float, lang: str = "ja", digits: int = 3) -> str:
    """Return an amount as a person would write it.

    Parameters
    ----------
    amount : float
        [JPY]
    lang : str
        ``ja`` for 円・万円・億円, ``en`` for yen, thousand and million yen.
    digits : int
        Significant digits shown; whole yen below 10,000 are shown in full.

    Examples
    --------
    >>> format_yen(154_000_000), format_yen(35_200_000), format_yen(500)
    ('1.54億円', '3,520万円', '500円')
    >>> format_yen(154_000_000, "en"), format_yen(-35_000)
    ('JPY 154M', '▲3.5万円')
    """
    if math.isinf(amount):
        return "無制限" if lang == "ja" else "unlimited"
    if amount < 0:
        return ("▲" if lang == "ja" else "-") + format_yen(-amount, lang, digits)
    if lang == "ja":
        if amount < _MAN:
            return f"{amount:,.0f}円"
        if round(amount) < _OKU and _round_to(amount, digits) < _OKU:
            return f"{_short(amount / _MAN, max(digits, 4))}万円"
        return f"{_short(amount / _OKU, digits)}億円"
    for size, name in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if _round_to(amount, digits) >= size:
            return f"JPY {_short(amount / size, digits)}{name}"
    return f"JPY {amount:,.0f}"


def _round_to(amount: float, digits: int) -> float:
    if amount == 0:
        return 0.0
    return float(f"{amount:.{digits}g}")


def _short(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(_round_to(value, digits))))
    text = f"{round(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def supported_digits(value: float, low: float, high: float) -> int:
    """Return how many significant digits an interval supports, from 1 to 3 (有効数字).

    The last digit printed is the leading digit of the interval's half-width.

    Examples
    --------
    >>> supported_digits(15_400_000, 15_200_000, 15_600_000)
    3
    >>> supported_digits(82_000_000, 70_000_000, 95_000_000)
    1
    """
    half = (high - low) / 2
    if value == 0 or half <= 0:
        return _MOST_DIGITS
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(half)) + 1
    return min(max(digits, 1), _MOST_DIGITS)


def estimated_yen(
    amount: float, value: float, low: float | None, high: float | None, lang: str = "ja"
) -> str:
    """Return an amount to the place that an estimate's interval supports (推定値の金額).

    One rule for sentences and tables.

    Parameters
    ----------
    amount : float
        The estimate itself or an end of its interval. [JPY]
    value, low, high : float
        The estimate; None or ``inf`` where the sample gives no end. [JPY]
    lang : str
        ``ja`` or ``en``.

    Examples
    --------
    >>> estimated_yen(15_432_100, 15_432_100, 15_230_000, 15_630_000)
    '1,540万円'
    >>> estimated_yen(15_630_000, 15_432_100, 15_230_000, None)
    '2,000万円'
    """
    if value == 0:
        return format_yen(amount, lang)
    unknown = low is None or high is None or math.isinf(high - low)
    # Where the sample gives no end, it does not support more than the leading digit.
    digits = 1 if unknown else supported_digits(value, low or 0.0, high or 0.0)
    unit = max(float(f"1e{math.floor(math.log10(abs(value))) - digits + 1}"), 1.0)
    return format_yen(round(amount / unit) * unit, lang, _MOST_DIGITS + 1)


def is_vague(text: str) -> bool:
    """Say whether a text is an estimate, a range or an unknown, and no number (概数・不明).

    Examples
    --------
    >>> [is_vague(text) for text in ("約12万", "10〜20万", "1万以上", "不明", "12万", "-5")]
    [True, True, True, True, False, False]
    """
    return _VAGUE.search(unicodedata.normalize("NFKC", text).strip()) is not None


def means_nothing(text: str) -> bool:
    """Say whether a text is what people write for nothing (なし、-).

    Examples
    --------
    >>> [means_nothing(text) for text in ("なし", "－", "―", "該当なし", "0", "-5")]
    [True, True, True, True, False, False]
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return _DASHES.sub("-", plain) in _NOTHING or plain in _NOTHING


def is_sheet_error(text: str) -> bool:
    """Say whether a text is an error of a spreadsheet (#N/A など).

    Examples
    --------
    >>> [is_sheet_error(text) for text in ("#DIV/0!", "#N/A", "Err:502", "####", "#1")]
    [True, True, True, True, False]
    """
    return _ERROR.fullmatch(text.strip()) is not None


def plain_digits(text: str) -> str:
    """Return a text in narrow characters, if that makes no mark a digit (全角を半角に).

    Footnote marks and circled numbers (``²``, ``①``) would otherwise become digits of the number.

    Raises
    ------
    ValueError
        If it holds such a mark.

    Examples
    --------
    >>> plain_digits("　１２,５００ ")
    '12,500'
    """
    for character in text:
        folded = unicodedata.normalize("NFKC", character)
        if folded != character and unicodedata.category(character)[0] != "N":
            is_mark = any(part.isdigit() for part in folded)
        else:
            is_mark = unicodedata.category(character) in ("No", "Nl")
        if is_mark:
            raise ValueError(text)
    return unicodedata.normalize("NFKC", text).strip()


def counter_of(text: str) -> str:
    """Return what a number is said to count: 円, 件, 人, …, empty where nothing is said (助数詞).

    Examples
    --------
    >>> counter_of("１２万件"), counter_of("¥500"), counter_of("12,000")
    ('件', '円', '')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _COUNTER.search(plain)
    return match[1] if match else "円" if plain.startswith(("¥", "\\")) else ""


def parse_number(text: str) -> int:
    """Read a whole number as Japanese offices write it.

    Full-width digits, thousands separators, 千・万・億・兆 alone or together, and the counters
    円・件・人・名・社・年・台 are understood. Footnote marks and groups of other than three digits
    are not.

    Raises
    ------
    ValueError
        If the text is not one whole number.

    Examples
    --------
    >>> parse_number("１２万件"), parse_number("1,250,000")
    (120000, 1250000)
    >>> parse_number("3億円"), parse_number("1億5,000万"), parse_number("3億2千万")
    (300000000, 150000000, 320000000)
    """
    plain = plain_digits(text).lstrip("¥\\").lstrip()
    plain = _SPACE_BEFORE_UNIT.sub("", _COUNTER.sub("", plain).rstrip())
    if _SIGNED.fullmatch(plain):
        return int(Decimal(plain))
    if _POINT_FOR_COMMA.fullmatch(plain):
        raise ValueError(text)
    return _whole_part(plain.removeprefix("+"), text)


def parse_counted(text: str, counters: str) -> int:
    """Read a whole number that counts what is meant, or does not say what it counts (数量).

    Parameters
    ----------
    text : str
        As of `parse_number`.
    counters : str
        What may be counted: ``円`` for an amount, ``名人件`` for persons, empty for a bare number.

    Raises
    ------
    ValueError
        If the text is not one whole number, or one of something else.

    Examples
    --------
    >>> parse_counted("1億円", "円"), parse_counted("1億", "円"), parse_counted("1万名", "名人件")
    (100000000, 100000000, 10000)
    >>> parse_counted("1億人", "円")
    Traceback (most recent call last):
    ValueError: 1億人
    """
    if counter_of(text) not in ("", *counters):
        raise ValueError(text)
    return parse_number(text)


def _whole_part(plain: str, text: str) -> int:
    """Add up 兆, 億, 万 and what is below, each less than one of the next."""
    total, below, rest = Decimal(0), None, plain
    for unit, size in (*_LARGE.items(), ("", 1)):
        part, sign, after = rest.partition(unit) if unit else (rest, "", "")
        if unit and not sign:
            continue
        if unit or part:
            amount = _below_man(part.strip(), text) * size
            if below is not None and amount >= below:
                raise ValueError(text)
            below = Decimal(size)
            total += amount
        rest = after
    if below is None or total != int(total):
        raise ValueError(text)
    return int(total)


def amount_in_words(value: object) -> object:
    """Return the yen of a text in 円, ¥, 千, 万, 億 or 兆; all else as it is (金額の読み取り).

    Examples
    --------
    >>> amount_in_words("10万円"), amount_in_words("1億"), amount_in_words("100")
    (100000, 100000000, '100')
    >>> amount_in_words("1億人")
    '1億人'
    """
    if not isinstance(value, str) or not set(value) & {"円", "¥", "￥", "百", *_LARGE, *_SMALL}:
        return value
    try:
        return parse_counted(value, "円")
    except ValueError:
        return value


def _below_man(part: str, text: str) -> Decimal:
    """Add up 千, 百, 十 and ones; a number before the first of them may be of any size."""
    found = _SMALL_PART.findall(part)
    if not found or "".join("".join(piece) for piece in found) != part.replace("　", ""):
        raise ValueError(text)
    total, below = Decimal(0), None
    for number, unit in found:
        size = _SMALL[unit] if unit else 1
        if not _GROUPED.fullmatch(number):
            raise ValueError(text)
        amount = Decimal(number.replace(",", "").replace(" ", "")) * size
        if below is not None and (amount >= below or size >= below):
            raise ValueError(text)
        below = Decimal(size)
        total += amount
    return total


_MOST_DECIMALS = 2

_PLAIN_DECIMALS = 1  # of a share without an interval

_NOISE_DECIMALS = 10  # binary fractions are exact to more


def exact_share(share: float) -> str:
    """Return a share that somebody set, with all its digits and no more (定めた割合).

    Examples
    --------
    >>> exact_share(0.95), exact_share(0.995), exact_share(1 - 0.99)
    ('95%', '99.5%', '1%')
    """
    return f"{share:.{_NOISE_DECIMALS}%}".rstrip("%").rstrip("0").rstrip(".") + "%"


def whole_percent(share: float) -> str:
    """Return a share in whole percent; a small one never reads as nothing (割合の概数).

    What is above the whole, as a loss ratio may be, has two digits like any rough amount.

    Examples
    --------
    >>> [whole_percent(share) for share in (0.634, 0.002, 0.0, 0.9999, 1.0)]
    ['63%', '<1%', '0%', '>99%', '100%']
    >>> whole_percent(2.174), whole_percent(11.74)
    ('220%', '1,200%')
    """
    if share > 1:
        return f"{float(f'{share:.2g}'):,.0%}"
    shown = f"{share:.0%}"
    if share > 0 and shown == f"{0:.0%}":
        return "<1%"
    return ">99%" if share < 1 and shown == f"{1:.0%}" else shown


def shown_decimals(low: float | None, high: float | None) -> int:
    """Return how many decimals of a percentage an interval supports, from 0 to 2; 1 without one.

    Examples
    --------
    >>> shown_decimals(0.951, 0.956), shown_decimals(0.90, 0.97), shown_decimals(0.95, 0.95)
    (1, 0, 2)
    """
    if low is None or high is None:
        return _PLAIN_DECIMALS
    half = (high - low) / 2
    if half <= 0:
        return _MOST_DECIMALS
    return min(max(-math.floor(math.log10(half)) - 2, 0), _MOST_DECIMALS)


def share_text(value: float, low: float | None = None, high: float | None = None) -> Text:
    """Return a computed share in percent, to the digits its interval supports (計算した割合).

    Examples
    --------
    >>> share_text(0.9534, 0.951, 0.956).ja, share_text(0.0857).ja
    ('95.3%', '8.6%')
    """
    return shown_with(value, shown_decimals(low, high))


def shown_with(share: float, decimals: int) -> Text:
    """Return a share in percent with so many decimals; nearly never and nearly always say so.

    Examples
    --------
    >>> shown_with(0.951, 1).ja, shown_with(0.0001, 1).ja, shown_with(0.9999, 1).en
    ('95.1%', '0.1%未満', '>99.9%')
    """
    text, unit = f"{share:.{decimals}%}", float(f"1e-{decimals + 2}")
    if share > 0 and text == f"{0:.{decimals}%}":
        bound = f"{unit:.{decimals}%}"
        return Text(f"{bound}未満", f"<{bound}")
    if share < 1 and text == f"{1:.{decimals}%}":
        bound = f"{1 - unit:.{decimals}%}"
        return Text(f"{bound}超", f">{bound}")
    return Text(text, text)
