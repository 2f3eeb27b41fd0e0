"""What one cover pays, term by term, from what it takes up and what covers inside it pay.

Every cover applies the same steps in the same order: deductible, share, ratio, event limit, period
limit. A step is worked out when it is first asked for, so that who asks for the sums of years does
not wait for what each event is paid. Which cover takes what is left to ``payout``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from exposure.arrays import FloatArray, Years, left_before, prorated, share_of, within_period
from exposure.lazy import lazy
from exposure.policy.eligible import Eligible, added
from exposure.policy.layers import Layer


class Due:
    """What one cover would pay if it had no limit, step by step; (n_events,) arrays [JPY].

    A step that the cover does not have hands on the very array it was given.

    Parameters
    ----------
    layer : Layer
        Its limits do not matter here.
    own : Eligible
    inside : sequence of Payment
        Of the covers directly inside, those that anything falls under.
    outside : Payment, or None
        Of the cover outside of whose limit this one is paid.
    years : Years
    """

    def __init__(
        self,
        layer: Layer,
        own: Eligible,
        inside: Sequence[Payment],
        outside: Payment | None,
        years: Years,
    ) -> None:
        self.layer, self.own, self.inside, self.outside = layer, own, inside, outside
        self.years = years
        self.deductible = 0.0 if layer.cover is None else layer.cover.deductible
        self.is_empty = own.is_empty and not inside  # nothing falls under it or a cover inside it
        # Whether any term but the limits can leave something unpaid.
        self.has_terms = self.deductible > 0 or layer.ratio != (1, 1) or outside is not None

    @lazy
    def eligible(self) -> FloatArray:
        """Taken up, and paid by the covers inside."""
        paid = [payment.payable for payment in self.inside]
        return added(paid if paid and self.own.is_empty else [self.own.capped, *paid])

    @lazy
    def after_deductible(self) -> FloatArray:
        """What the deductible leaves."""
        if not self.deductible:
            return self.eligible
        left = self.eligible - self.deductible
        return np.maximum(left, 0.0, out=left)

    @lazy
    def after_share(self) -> FloatArray:
        """What the insured's own share leaves."""
        return share_of(self.after_deductible, *self.layer.ratio)

    @lazy
    def after_ratio(self) -> FloatArray:
        """What is left where the claim under another cover exceeds that one's limit."""
        return self.after_share if self.outside is None else _after_ratio(self, self.outside)

    @lazy
    def each_year(self) -> FloatArray:
        """Sum of each year, which needs no event where no term does. (n_years,) array [JPY]."""
        if self.has_terms or not self.own.is_empty or not self.inside:
            return self.years.sum(self.after_ratio)
        return added([payment.each_year for payment in self.inside])


class Payment:
    """What one cover pays, its limits applied to what is due.

    Parameters
    ----------
    due : Due
    layer : Layer
    used : float, or (n_years,) array
        Paid under the cover before the first event; year by year where each has one event. [JPY]
    """

    def __init__(self, due: Due, layer: Layer, used: float | FloatArray) -> None:
        self.due, self.layer, self.used = due, layer, used
        self.own, self.is_empty = due.own, due.is_empty
        # Whether a limit, or the ratio to another cover's limit, can cut what is due.
        self.can_be_cut = not due.is_empty and (layer.is_limited or due.outside is not None)

    @property
    def after_event_limit(self) -> FloatArray:
        """What the limit for one event leaves, before that for the period. [JPY]."""
        return np.minimum(self.due.after_ratio, self.layer.event_limit)

    @lazy
    def payable(self) -> FloatArray:
        """What is paid for each event, after all terms. (n_events,) array [JPY]."""
        if not self.is_reached:
            return self.due.after_ratio
        amount, sums, layer = self._of_event(), self.due.each_year, self.layer
        if math.isinf(layer.period_limit):
            return amount
        return within_period(amount, self.due.years, layer.period_limit, self.used, sums)

    @lazy
    def each_year(self) -> FloatArray:
        """What is paid in each year. (n_years,) array [JPY]."""
        if not self.is_reached:
            return self.due.each_year
        # A limit no smaller than that of the period changes nothing that the other leaves.
        by_event = self.layer.event_limit < self.layer.period_limit
        total = self.due.years.sum(self._of_event()) if by_event else self.due.each_year
        return np.minimum(total, self._left)

    @property
    def _left(self) -> float | FloatArray:
        left = self.layer.period_limit - self.used
        return max(left, 0.0) if isinstance(left, float) else np.maximum(left, 0.0)

    @lazy
    def is_reached(self) -> bool:
        """Whether any year comes to more than a limit; the losses of many stay below them."""
        if self.is_empty or not self.layer.is_limited:
            return False
        left = self._left
        if not isinstance(left, float):
            return bool((self.due.each_year > np.minimum(self.layer.event_limit, left)).any())
        return float(self.due.each_year.max(initial=0.0)) > min(self.layer.event_limit, left)

    def _of_event(self) -> FloatArray:
        """Return what is due, cut by the limit for one event where it is the smaller. [JPY]."""
        # Not kept: who asks for years only would fill the cache with it.
        if self.layer.event_limit < self.layer.period_limit:
            return np.minimum(self.due.after_ratio, self.layer.event_limit)
        return self.due.after_ratio


def total_of(amounts: Iterable[FloatArray], n_events: int) -> FloatArray:
    """Add up any number of arrays, none included. (n_events,) array."""
    total = np.zeros(n_events)
    for amount in amounts:
        total += amount
    return total


def _after_ratio(due: Due, reference: Payment) -> FloatArray:
    """Cut what is paid outside a limit by limit ÷ claim where the claim exceeds it.

    Fractions are dropped head by head where the heads are paid as they are, else once.
    """
    cover, of, years = due.layer.cover, reference.layer, due.years
    assert cover is not None  # only covers stand outside others
    room = np.full(years.n_events, of.event_limit)
    if cover.ratio_limit == "available" and np.isfinite(of.period_limit):
        left = left_before(reference.payable, years, of.period_limit, reference.used)
        room = np.minimum(room, left)
    claim = reference.due.eligible
    if due.layer.inner or cover.deductible > 0 or due.layer.ratio != (1, 1):
        return prorated(due.after_share, room, claim)
    heads: dict[str, FloatArray] = {}
    for item, amount in due.own.by_item:
        heads[item.head] = heads[item.head] + amount if item.head in heads else amount
    return total_of((prorated(amount, room, claim) for amount in heads.values()), len(room))
