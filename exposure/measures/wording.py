"""Small pieces of the sentences that explain a recommendation."""

from __future__ import annotations

import math

_TENTHS = 10**3
_NOISE_DIGITS = 6


def percent(share: float) -> str:
    """Return a share as a percentage, rounded down to a tenth of a percent.

    Rounded down, so that 94.96 % does not read as having met 95 %, nor 99.99 % as always.

    Examples
    --------
    >>> percent(0.95), percent(0.9496), percent(0.99996), percent(1.0)
    ('95%', '94.9%', '99.9%', '100%')
    """
    tenths = math.floor(round(share * _TENTHS, _NOISE_DIGITS))
    return f"{tenths / _TENTHS:.1%}".replace(".0%", "%")
