"""Small pieces of the sentences that explain a recommendation."""

from __future__ import annotations

import math

from exposure.errors import Text
from exposure.measures.intervals import Estimate, digits
from exposure.yen import format_yen

_MOST_DIGITS = 4
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


def about(amount: Estimate) -> Text:
    """Return an amount with as many digits as its interval supports, and no more than four.

    Examples
    --------
    >>> about(Estimate(627_250.0, 440_000.0, 815_000.0))
    Text(ja='約60万円', en='about JPY 600k')
    """
    kept = min(digits(amount), _MOST_DIGITS)
    rounded = float(f"{amount.value:.{kept}g}")
    return Text(f"約{format_yen(rounded, 'ja', kept)}", f"about {format_yen(rounded, 'en', kept)}")
