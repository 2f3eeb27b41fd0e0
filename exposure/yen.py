"""Yen for people: 円・万円・億円, and the numbers people type.

Amounts are whole yen; nothing here computes with them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal, InvalidOperation

_UNITS = {"千": 10**3, "万": 10**4, "億": 10**8, "兆": 10**12, "百万": 10**6, "十億": 10**9}
_PART = re.compile(r"(\d+(?:\.\d+)?)(百万|十億|千|万|億|兆)?")
_MAN, _OKU = 10**4, 10**8
_MOST_DIGITS = 3


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
    >>> format_yen(154_000_000, "en")
    'JPY 154M'
    """
    if math.isinf(amount):
        return "無制限" if lang == "ja" else "unlimited"
    if amount < 0:
        return "-" + format_yen(-amount, lang, digits)
    if lang == "ja":
        if amount < _MAN:
            return f"{amount:,.0f}円"
        if round(amount) < _OKU and _rounded(amount, digits) < _OKU:
            return f"{_short(amount / _MAN, max(digits, 4))}万円"
        return f"{_short(amount / _OKU, digits)}億円"
    for size, name in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if _rounded(amount, digits) >= size:
            return f"JPY {_short(amount / size, digits)}{name}"
    return f"JPY {amount:,.0f}"


def _rounded(amount: float, digits: int) -> float:
    if amount == 0:
        return 0.0
    return float(f"{amount:.{digits}g}")


def _short(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(_rounded(value, digits))))
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


def parse_number(text: str) -> int:
    """Read a whole number as Japanese offices write it.

    Full-width digits, thousands separators, 万・億, and the counters 円・件・人・名 are understood.

    Raises
    ------
    ValueError
        If the text is not one whole number.

    Examples
    --------
    >>> parse_number("１２万件"), parse_number("1,250,000")
    (120000, 1250000)
    >>> parse_number("3億円"), parse_number("1億5,000万")
    (300000000, 150000000)
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace(" ", "")
    plain = plain.lstrip("¥\\")
    plain = re.sub(r"(円|件|人|名|社|年)$", "", plain)
    if re.fullmatch(r"[+-]?\d+(\.0*)?", plain):
        return int(Decimal(plain))
    parts = _PART.findall(plain)
    if not parts or "".join(a + b for a, b in parts) != plain:
        raise ValueError(text)
    units = [_UNITS[unit] if unit else 1 for _, unit in parts]
    if units != sorted(set(units), reverse=True):
        raise ValueError(text)
    try:
        total = sum(Decimal(number) * unit for (number, _), unit in zip(parts, units, strict=True))
    except InvalidOperation:
        raise ValueError(text) from None
    if total != int(total):
        raise ValueError(text)
    return int(total)


def amount_in_words(value: object) -> object:
    """Return the yen of a text with 円 or 千, 万, 億, 兆; anything else as it is (金額の読み取り).

    Examples
    --------
    >>> amount_in_words("10万円"), amount_in_words("1億"), amount_in_words("100")
    (100000, 100000000, '100')
    """
    if not isinstance(value, str) or not set(value) & {"円", *_UNITS}:
        return value
    try:
        return parse_number(value)
    except ValueError:
        return value
