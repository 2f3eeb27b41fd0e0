"""Which limit a client should buy, and which term of the wording stands in the way.

Decides on numbers somebody else has simulated: the adequacy and the retained loss at each limit of
a product, on the same breaches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from exposure.errors import Text
from exposure.measures.intervals import Estimate
from exposure.measures.wording import about, share_of
from exposure.shares import exact_share
from exposure.yen import format_yen

SizingReason = Literal["sufficient", "insufficient_adequacy", "insufficient_liquidity"]


@dataclass(frozen=True)
class RecommendedLimit:
    """The smallest limit that meets the client's conditions (推奨支払限度額).

    Parameters
    ----------
    value : float, or None
        None if no limit tried is enough. [JPY]
    low, high : float, or None
        Smallest limit that is enough if the intervals are read in the limit's favour, and against
        it; None if none is. [JPY]
    adequacy : Estimate
        At the value, or at the largest limit tried. [-]
    reason : str
        ``sufficient``, or which condition the largest limit misses.
    text : Text
        The reason as a sentence.
    target : float
        Least adequacy the client accepts. [-]
    """

    value: float | None
    low: float | None
    high: float | None
    adequacy: Estimate
    reason: SizingReason
    text: Text
    target: float


@dataclass(frozen=True)
class Binding:
    """The term that cuts most breaches (支払を制限している条件).

    Parameters
    ----------
    term : str, or None
        None if no term cuts any breach.
    share : float
        Share of breaches it cuts. [-]
    shares : tuple of (str, float)
        All terms that cut, most first.
    """

    term: str | None
    share: float
    shares: tuple[tuple[str, float], ...]


def recommended_limit(
    limits: Sequence[float],
    adequacy: Sequence[Estimate],
    target: float,
    *,
    retained_var: Sequence[Estimate] = (),
    liquidity: float = math.inf,
) -> RecommendedLimit:
    """Return the smallest limit whose adequacy meets a target (推奨支払限度額).

    Parameters
    ----------
    limits : sequence of float
        Limits of the product, ascending; ``inf`` for none. [JPY]
    adequacy : sequence of Estimate
        Limit adequacy in a covered breach at each limit. [-]
    target : float
        Least adequacy the client accepts. [-]
    retained_var : sequence of Estimate, optional
        VaR of the retained annual loss at each limit. [JPY]
    liquidity : float
        Most the client can bear in such a year; ``inf`` if it named none. [JPY]

    Raises
    ------
    ValueError
        If there is no limit, the limits do not ascend, or a liquidity has no VaR to hold against.

    Examples
    --------
    >>> sufficient = [Estimate(0.90, 0.89, 0.91), Estimate(0.952, 0.945, 0.96), Estimate(1, 1, 1)]
    >>> found = recommended_limit([1e8, 2e8, 3e8], sufficient, 0.95)
    >>> found.value, found.low, found.high
    (200000000.0, 200000000.0, 300000000.0)
    >>> found.reason
    'sufficient'
    """
    if not limits or any(low >= high for low, high in pairwise(limits)):
        raise ValueError(f"limits {tuple(limits)} must ascend and there must be one")
    if math.isfinite(liquidity) and not retained_var:
        raise ValueError("a liquidity needs the VaR of the retained loss at each limit")
    bearable = retained_var or (Estimate(0.0, 0.0, 0.0),) * len(limits)
    table = tuple(zip(limits, adequacy, bearable, strict=True))

    def smallest(passes: Callable[[Estimate, Estimate], bool]) -> float | None:
        return next((limit for limit, enough, var in table if passes(enough, var)), None)

    value = smallest(lambda enough, var: enough.value >= target and var.value <= liquidity)
    low = smallest(lambda enough, var: enough.high >= target and var.low <= liquidity)
    high = smallest(lambda enough, var: enough.low >= target and var.high <= liquidity)
    shown = limits.index(value) if value is not None else len(limits) - 1
    reason = _reason(value, adequacy[shown], target)
    text = _sentence(reason, limits[shown], adequacy[shown], target, bearable[shown], liquidity)
    return RecommendedLimit(value, low, high, adequacy[shown], reason, text, target)


def binding_term(cut_shares: Mapping[str, float]) -> Binding:
    """Return the term of the wording that cuts most breaches (支払を制限している条件).

    Parameters
    ----------
    cut_shares : mapping of str to float
        Share of breaches cut by each named term; of equal terms the first one named counts. [-]

    Examples
    --------
    >>> binding_term({"limit": 0.01, "execution.limit": 0.04, "deductible": 0.0})
    Binding(term='execution.limit', share=0.04, shares=(('execution.limit', 0.04), ('limit', 0.01)))
    """
    cutting = [(term, share) for term, share in cut_shares.items() if share > 0]
    ordered = tuple(sorted(cutting, key=lambda item: -item[1]))
    if not ordered:
        return Binding(None, 0.0, ())
    return Binding(*ordered[0], ordered)


def unexpected_decreases(by_records: Sequence[RecommendedLimit]) -> tuple[int, ...]:
    """Return where a client with more records would need clearly less (限度額の逆転).

    Under common random numbers a breach never shrinks with the number of records; only the mix of
    causes can make the limit fall, so a fall beyond simulation error deserves a look.

    Parameters
    ----------
    by_records : sequence of RecommendedLimit
        In ascending order of the number of records.

    Returns
    -------
    tuple of int
        Places in the sequence that lie wholly below an earlier place.

    Examples
    --------
    >>> full = [Estimate(1.0, 1.0, 1.0)]
    >>> larger, smaller = recommended_limit([3e8], full, 0.9), recommended_limit([1e8], full, 0.9)
    >>> unexpected_decreases([smaller, larger, smaller])
    (2,)
    """
    found = []
    floor = 0.0
    for place, limit in enumerate(by_records):
        if (math.inf if limit.high is None else limit.high) < floor:
            found.append(place)
        floor = max(floor, math.inf if limit.low is None else limit.low)
    return tuple(found)


def _reason(value: float | None, adequacy: Estimate, target: float) -> SizingReason:
    if value is not None:
        return "sufficient"
    return "insufficient_adequacy" if adequacy.value < target else "insufficient_liquidity"


def _sentence(
    reason: SizingReason,
    limit: float,
    adequacy: Estimate,
    target: float,
    var: Estimate,
    liquidity: float,
) -> Text:
    """Return the sentence a client reads next to the limit."""
    share, goal = share_of(adequacy, target), exact_share(target)
    yen = {lang: format_yen(limit, lang) for lang in ("ja", "en")}
    if reason == "sufficient":
        return Text(
            f"支払限度額{yen['ja']}なら限度額充足度（1事故）は{share.ja}で、目標の{goal}を満たします。"
            "試算したこれより小さい支払限度額では条件を満たしません。",
            f"At a limit of {yen['en']} the limit adequacy per event is {share.en}, which meets the"
            f" target of {goal}; no smaller limit tried does.",
        )
    if reason == "insufficient_adequacy":
        return Text(
            f"試算した最大の支払限度額{yen['ja']}でも限度額充足度（1事故）は{share.ja}で、"
            f"目標の{goal}に届きません。",
            f"Even at the largest limit tried, {yen['en']}, the limit adequacy per event is only"
            f" {share.en} and misses the target of {goal}.",
        )
    worst = about(var)
    return Text(
        f"試算した最大の支払限度額{yen['ja']}でも大きな事故の年の自己保有額が{worst.ja}となり、"
        f"手元資金の{format_yen(liquidity)}を超えます。",
        f"Even at the largest limit tried, {yen['en']}, a bad year leaves {worst.en} retained,"
        f" more than the {format_yen(liquidity, 'en')} the client can bear.",
    )
