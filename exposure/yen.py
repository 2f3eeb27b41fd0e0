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
