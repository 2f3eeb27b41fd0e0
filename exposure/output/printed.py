"""Numbers as a report prints them: to no more digits than their interval supports.

Restates estimates as text; computes no statistic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeAlias  # Any: an end of an interval is a number or nothing

from exposure.errors import Lang
from exposure.labels import label
from exposure.yen import format_yen

Estimate: TypeAlias = Mapping[str, Any]
_MOST_DIGITS = 3
_MOST_DECIMALS = 2
_MILLION = 10**6
_CURRENCY = re.compile("JPY ")
_UNIT = re.compile(r"[^\d]+$")


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


def _rounded(amount: float, unit: float) -> float:
    return round(amount / unit) * unit


def print_yen(estimate: Estimate, lang: Lang = "ja") -> str:
    """Return an estimated amount, rounded to what its interval supports (金額).

    Examples
    --------
    >>> print_yen({"value": 15_432_100, "low": 15_230_000, "high": 15_630_000})
    '1,540万円'
    """
    return _yen(estimate["value"], estimate, lang)


def print_yen_range(estimate: Estimate, lang: Lang = "ja") -> str:
    """Return the interval of an estimated amount, to the same place as the amount (90%区間).

    Examples
    --------
    >>> print_yen_range({"value": 15_432_100, "low": 15_230_000, "high": 15_630_000})
    '1,520～1,560万円'
    """
    if estimate["low"] is None:
        return ""
    low = _yen(estimate["low"], estimate, lang)
    if estimate["high"] is None:
        return label("report", "range_open", lang).format(low=low)
    return _range(low, _yen(estimate["high"], estimate, lang), lang)


def _yen(amount: float, estimate: Estimate, lang: Lang) -> str:
    value = estimate["value"]
    if value == 0:
        return format_yen(amount, lang)
    low, high = estimate["low"], estimate["high"]
    # Where the sample gives no end, it does not support more than the leading digit.
    digits = 1 if low is None or high is None else supported_digits(value, low, high)
    unit = float(f"1e{math.floor(math.log10(abs(value))) - digits + 1}")
    rounded = _rounded(amount, max(unit, 1.0))
    return format_yen(rounded, lang, _MOST_DIGITS + 1)


def print_share(estimate: Estimate, lang: Lang = "ja") -> str:
    """Return an estimated probability in percent; nearly certain never reads as certain (確率).

    Examples
    --------
    >>> print_share({"value": 0.9534, "low": 0.951, "high": 0.956})
    '95.3%'
    >>> print_share({"value": 0.99999, "low": 0.9999, "high": 1.0})
    '99.99%超'
    """
    return _percent(estimate["value"], _decimals(estimate), lang)


def print_share_range(estimate: Estimate, lang: Lang = "ja") -> str:
    """Return the interval of an estimated probability (90%区間).

    Examples
    --------
    >>> print_share_range({"value": 0.9534, "low": 0.951, "high": 0.956})
    '95.1～95.6%'
    """
    decimals = _decimals(estimate)
    low, high = (_percent(estimate[side], decimals, lang) for side in ("low", "high"))
    return _range(low, high, lang)


def _range(low: str, high: str, lang: Lang) -> str:
    """Join two ends, naming their currency and unit once where they share it."""
    if low == high:
        return low
    front, unit = _CURRENCY.match(low), _UNIT.search(low)
    if unit and high.endswith(unit.group()) and _UNIT.sub("", high)[-1:].isdigit():
        low = low[: unit.start()]
    if front and high.startswith(front.group()):
        high = high[front.end() :]
    return label("report", "range", lang).format(low=low, high=high)


def print_probability(probability: float, lang: Lang = "ja") -> str:
    """Return an exact probability in percent.

    Examples
    --------
    >>> print_probability(0.0857)
    '8.6%'
    """
    return _percent(probability, 1, lang)


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


def _decimals(estimate: Estimate) -> int:
    half = (estimate["high"] - estimate["low"]) / 2
    if half <= 0:
        return _MOST_DECIMALS
    return min(max(-math.floor(math.log10(half)) - 2, 0), _MOST_DECIMALS)


def _percent(share: float, decimals: int, lang: Lang) -> str:
    text = f"{share:.{decimals}%}"
    nothing, everything = f"{0:.{decimals}%}", f"{1:.{decimals}%}"
    unit = float(f"1e-{decimals + 2}")
    if share > 0 and text == nothing:
        least = f"{unit:.{decimals}%}"
        return f"{least}未満" if lang == "ja" else f"<{least}"
    if share < 1 and text == everything:
        most = f"{1 - unit:.{decimals}%}"
        return f"{most}超" if lang == "ja" else f">{most}"
    return text
