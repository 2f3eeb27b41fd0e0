"""Which cover takes what two of them could take, event by event (補償の割り当て).

A loss item goes wholly under one cover, and the insured chooses the one that pays most (A-5). In a
simulated table the choice is made for all events at once, in the order of the events of a year,
because what an event takes of a limit is gone for the next. Real claims, whose items are many and
whose events are few, are settled in ``claims``.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, CodeArray, FloatArray, IntArray, Years
from exposure.policy.eligible import Eligible, added
from exposure.policy.layers import Layer
from exposure.policy.payments import Due, Payment
from exposure.policy.plans import Plan
from exposure.policy.vocabulary import INSURED_AS, ROOT
from exposure.tables import LossItem, LossTable

Owns = Mapping[str, Eligible]


@dataclass(frozen=True)
class Assignment:
    """The covers of the items that the head alone does not place (補償の割り当て).

    Parameters
    ----------
    ways : tuple of mapping of int to str
        Covers by the number of the item; "" for none.
    chosen : (n_events,) array, or None
        Which way each event goes; None where there is one only.
    """

    ways: tuple[Mapping[int, str], ...]
    chosen: CodeArray | None = None

    def parts(self, number: int, item: LossItem) -> Iterator[tuple[str, LossItem]]:
        """Yield the covers that take an item placed here, each with the events it takes."""
        names = [way[number] for way in self.ways]
        for name in dict.fromkeys(names):
            if self.chosen is None or len(set(names)) == 1:
                yield name, item
                continue
            here = np.isin(self.chosen, [k for k, other in enumerate(names) if other == name])
            yield name, _of_events(item, here)


def _of_events(item: LossItem, here: BoolArray) -> LossItem:
    """Return an item with nothing in all other events."""

    def kept(column: FloatArray | None) -> FloatArray | None:
        return None if column is None else np.where(here, column, 0.0)

    return replace(
        item,
        amount=np.where(here, item.amount, 0.0),
        units=kept(item.units),
        officer_days=kept(item.officer_days),
        employee_days=kept(item.employee_days),
    )


def ways_of(
    plan: Plan, losses: LossTable, assigned: Mapping[int, str]
) -> tuple[Mapping[int, str], ...]:
    """Return every way to place the items that several covers could take.

    Parameters
    ----------
    plan : Plan
    losses : LossTable
    assigned : mapping of int to str
        Items placed already.
    """
    doubtful = {
        number: candidates(plan, item.claimable_under, item.head)
        for number, item in enumerate(losses.items)
        if item.claimable_under and number not in assigned
    }
    ways = itertools.product(*doubtful.values())
    return tuple({**assigned, **dict(zip(doubtful, way, strict=True))} for way in ways)


def candidates(plan: Plan, names: Sequence[str], head: str) -> tuple[str, ...]:
    """Return for each named cover the one at it or inside it that would take an item.

    A cover that names the head comes first, then one that names the head it passes as, then the
    named cover itself; "" stands for one that is not attached.
    """
    found: dict[str, None] = {}
    for name in names:
        inside = [layer for layer in plan.layers if layer.attached and name in layer.path]
        for heads in ({head}, {INSURED_AS.get(head, head)}):
            taking = [one.name for one in inside if one.cover and heads & set(one.cover.heads)]
            if taking:
                break
        found |= dict.fromkeys(taking or [one.name for one in inside if one.name == name] or [""])
    return tuple(found)


def touched(plan: Plan, owns: Sequence[Owns]) -> tuple[Layer, ...]:
    """Return the covers whose payment hangs on the way taken, in the order in which they pay."""
    names = {layer.name for layer in plan.layers if _differs([own[layer.name] for own in owns])}
    names.add(ROOT)
    while True:
        more = set(names)
        for layer in plan.layers:
            outside = None if layer.cover is None else layer.cover.outside
            if names & set(layer.inner) or outside in names:
                more.add(layer.name)
            if layer.name in names and outside is not None:
                more.add(outside)
        if more == names:
            return tuple(layer for layer in plan.layers if layer.name in names)
        names = more


def _differs(owns: Sequence[Eligible]) -> bool:
    return any(own is not owns[0] for own in owns)


def terms_of(layers: Sequence[Layer]) -> Hashable:
    """Return all that the choice of a way asks of these covers, besides what they take up."""
    return tuple(
        (layer.name, layer.event_limit, layer.period_limit, layer.ratio, layer.inner)
        + (() if layer.cover is None else (layer.cover.deductible, layer.cover.ratio_limit))
        for layer in layers
    )


def best_ways(
    layers: Sequence[Layer],
    owns: Sequence[Owns],
    payments: Mapping[str, Payment],
    years: Years,
    used: Mapping[str, float],
) -> CodeArray:
    """Return the way that pays each event most; of equal ones the first (支払いが最も多い割り当て).

    Parameters
    ----------
    layers : sequence of Layer
        From `touched`.
    owns : sequence of mapping of str to Eligible
        What the covers take up, way by way.
    payments : mapping of str to Payment
        Of all other covers.
    years : Years
    used : mapping of str to float
        Paid under these covers before the first event. [JPY]

    Returns
    -------
    (n_events,) array
    """
    chosen = np.zeros(years.n_events, dtype=np.int8)
    matters = np.zeros(years.n_events, dtype=np.bool_)
    for layer in layers:
        first, *others = (own[layer.name].capped for own in owns)
        for other in others:
            if other is not first:
                matters |= other != first
    # Years stay in their order, so the first of them are those with many events.
    year = np.flatnonzero(years.any(matters))
    spent = {layer.name: np.full(year.size, used[layer.name]) for layer in layers}
    for part, size in zip(years.slices(), years.sizes, strict=True):
        n = int(np.searchsorted(year, size))
        if not n:
            break
        place = part.start + year[:n]
        before = {name: yen[:n] for name, yen in spent.items()}
        paid = [_paid_at(place, layers, own, payments, before) for own in owns]
        best = np.argmax([way[ROOT] for way in paid], axis=0)
        chosen[place] = best
        for name, yen in before.items():
            yen += np.choose(best, [way[name] for way in paid])
    return chosen


def _paid_at(
    place: IntArray,
    layers: Sequence[Layer],
    owns: Owns,
    payments: Mapping[str, Payment],
    spent: Mapping[str, FloatArray],
) -> dict[str, FloatArray]:
    """Return what covers pay for one event of each of some years. [JPY]."""
    found: dict[str, Payment] = {}
    walked = {layer.name for layer in layers}
    for layer in layers:
        own = owns[layer.name]
        others = (payments[name] for name in layer.inner if name not in walked)
        parts = [own.capped[place], *(p.payable[place] for p in others if not p.is_empty)]
        by_item = tuple((item, amount[place]) for item, amount in own.by_item)
        taken = added(parts)
        here = Eligible(taken, taken, taken, taken, by_item)
        inside = [found[name] for name in layer.inner if name in found]
        outside = None if layer.cover is None else found.get(layer.cover.outside or "")
        due = Due(layer, here, inside, outside, Years((place.size,)))
        found[layer.name] = Payment(due, layer, spent[layer.name])
    return {name: payment.payable for name, payment in found.items()}


def chosen_of(owns: Sequence[Owns], chosen: CodeArray) -> dict[str, Eligible]:
    """Return what each cover takes up if every event goes its way."""
    return {
        name: _chosen([own[name] for own in owns], chosen)
        if _differs([o[name] for o in owns])
        else one
        for name, one in owns[0].items()
    }


def _chosen(owns: Sequence[Eligible], chosen: CodeArray) -> Eligible:
    steps: list[FloatArray] = []
    before: Collection[FloatArray] = ()
    for after in zip(*((o.loss, o.covered, o.in_window, o.capped) for o in owns), strict=True):
        # A step that changes nothing on any way is the very array before it.
        same = before and all(a is b for a, b in zip(after, before, strict=True))
        steps.append(steps[-1] if same else np.choose(chosen, after))
        before = after
    by_item = tuple(
        (item, np.where(chosen == way, amount, 0.0))
        for way, own in enumerate(owns)
        for item, amount in own.by_item
    )
    loss, covered, in_window, capped = steps
    is_empty = all(own.is_empty for own in owns)
    return Eligible(loss, covered, in_window, capped, by_item, is_empty)
