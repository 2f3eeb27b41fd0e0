"""Shares and probabilities as people read them: one rule for sentences, tables and charts (割合).

A share is rounded to the nearest digit its interval supports. It never reads as certain unless it
is, nor as having met a target it misses: then it is shown with more digits, and at last in words.
"""

from __future__ import annotations

import math

from exposure.errors import Text

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

    Examples
    --------
    >>> [whole_percent(share) for share in (0.634, 0.002, 0.0, 0.9999, 1.0)]
    ['63%', '<1%', '0%', '>99%', '100%']
    """
    shown = f"{share:.0%}"
    if share > 0 and shown == f"{0:.0%}":
        return "<1%"
    return ">99%" if share < 1 and shown == f"{1:.0%}" else shown


def decimals_of(low: float, high: float) -> int:
    """Return how many decimals of a percentage an interval supports, from 0 to 2.

    Examples
    --------
    >>> decimals_of(0.951, 0.956), decimals_of(0.90, 0.97), decimals_of(0.95, 0.95)
    (1, 0, 2)
    """
    half = (high - low) / 2
    if half <= 0:
        return _MOST_DECIMALS
    return min(max(-math.floor(math.log10(half)) - 2, 0), _MOST_DECIMALS)


def share_text(
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    target: float | None = None,
) -> Text:
    """Return a computed share in percent (計算した割合).

    Parameters
    ----------
    value : float
        [-]
    low, high : float, optional
        Interval of the estimate; without it one decimal is shown. [-]
    target : float, optional
        What the share is held against: rounding never carries it across. [-]

    Examples
    --------
    >>> share_text(0.9534, 0.951, 0.956).ja, share_text(0.0857).ja
    ('95.3%', '8.6%')
    >>> share_text(0.9496, 0.92, 0.97, target=0.95).ja, share_text(0.9496, 0.92, 0.97).ja
    ('94.96%', '95%')
    >>> share_text(0.949999, target=0.95), share_text(0.99999, 0.9999, 1.0).en
    (Text(ja='95%未満', en='<95%'), '>99.99%')
    """
    return shown_with(value, shown_decimals(value, low, high, target=target), target=target)


def shown_decimals(
    value: float,
    low: float | None = None,
    high: float | None = None,
    *,
    target: float | None = None,
) -> int:
    """Return how many decimals of a percentage `share_text` shows.

    Examples
    --------
    >>> shown_decimals(0.9496, 0.92, 0.97), shown_decimals(0.9496, 0.92, 0.97, target=0.95)
    (0, 2)
    """
    least = _PLAIN_DECIMALS if low is None or high is None else decimals_of(low, high)
    wanted = (n for n in range(least, _MOST_DECIMALS + 1) if not _crosses(value, n, target))
    return next(wanted, _MOST_DECIMALS)


def shown_with(share: float, decimals: int, *, target: float | None = None) -> Text:
    """Return a share in percent with so many decimals; nearly never and nearly always say so.

    Examples
    --------
    >>> shown_with(0.951, 1).ja, shown_with(0.0001, 1).ja, shown_with(0.9999, 1).en
    ('95.1%', '0.1%未満', '>99.9%')
    """
    text, unit = f"{share:.{decimals}%}", float(f"1e-{decimals + 2}")
    if share > 0 and text == f"{0:.{decimals}%}":
        return _below(f"{unit:.{decimals}%}")
    if share < 1 and text == f"{1:.{decimals}%}":
        return _above(f"{1 - unit:.{decimals}%}")
    if target is not None and _crosses(share, decimals, target):
        return _below(exact_share(target)) if share < target else _above(exact_share(target))
    return Text(text, text)


def _below(bound: str) -> Text:
    return Text(f"{bound}未満", f"<{bound}")


def _above(bound: str) -> Text:
    return Text(f"{bound}超", f">{bound}")


def _crosses(share: float, decimals: int, target: float | None) -> bool:
    """Say whether rounding carries a share to the other side of its target."""
    if target is None:
        return False
    rounded = round(share, decimals + 2)
    return (rounded >= target) != (share >= target)
