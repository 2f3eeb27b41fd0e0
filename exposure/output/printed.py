"""Numbers as a report prints them: to no more digits than their interval supports.

Restates estimates as text; computes no statistic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias  # Any: an end of an interval is a number or nothing

from exposure.errors import Lang
from exposure.labels import label
from exposure.shares import share_text, shown_decimals, shown_with
from exposure.yen import estimated_yen, format_yen

Estimate: TypeAlias = Mapping[str, Any]
_MOST_DIGITS = 3
_MILLION = 10**6
_CURRENCY = re.compile("JPY ")
_UNIT = re.compile(r"[^\d]+$")


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
    return estimated_yen(amount, estimate["value"], estimate["low"], estimate["high"], lang)


def print_share(estimate: Estimate, lang: Lang = "ja", target: float | None = None) -> str:
    """Return an estimated probability in percent, by the rule of `exposure.shares` (確率).

    Examples
    --------
    >>> print_share({"value": 0.9534, "low": 0.951, "high": 0.956})
    '95.3%'
    >>> print_share({"value": 0.99999, "low": 0.9999, "high": 1.0})
    '99.99%超'
    """
    value, low, high = (estimate[side] for side in ("value", "low", "high"))
    return share_text(value, low, high, target=target).say(lang)


def print_share_range(estimate: Estimate, lang: Lang = "ja", target: float | None = None) -> str:
    """Return the interval of an estimated probability, to the same place as it (90%区間).

    Examples
    --------
    >>> print_share_range({"value": 0.9534, "low": 0.951, "high": 0.956})
    '95.1～95.6%'
    """
    value, low, high = (estimate[side] for side in ("value", "low", "high"))
    decimals = shown_decimals(value, low, high, target=target)
    return _range(shown_with(low, decimals).say(lang), shown_with(high, decimals).say(lang), lang)


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


def print_probability(probability: float, lang: Lang = "ja", target: float | None = None) -> str:
    """Return an exact probability in percent.

    Examples
    --------
    >>> print_probability(0.0857)
    '8.6%'
    """
    return share_text(probability, target=target).say(lang)


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
