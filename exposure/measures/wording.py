"""Small pieces of the sentences that explain a recommendation."""

from __future__ import annotations

from exposure.errors import Text
from exposure.measures.intervals import Estimate
from exposure.shares import share_text
from exposure.yen import estimated_yen


def share_of(share: Estimate, target: float | None = None) -> Text:
    """Return an estimated share as the tables print it (割合).

    Examples
    --------
    >>> share_of(Estimate(0.9496, 0.92, 0.97), target=0.95).ja
    '94.96%'
    """
    return share_text(share.value, share.low, share.high, target=target)


def about(amount: Estimate) -> Text:
    """Return an estimated amount as the tables print it.

    Examples
    --------
    >>> about(Estimate(627_250.0, 440_000.0, 815_000.0))
    Text(ja='約60万円', en='about JPY 600k')
    """
    ja, en = (
        estimated_yen(amount.value, amount.value, amount.low, amount.high, lang)
        for lang in ("ja", "en")
    )
    return Text(f"約{ja}", f"about {en}")
