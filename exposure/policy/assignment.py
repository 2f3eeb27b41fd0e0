"""Which cover takes what two of them could take, event by event (補償の割り当て).

A loss item goes wholly under one cover, and the insured chooses the one that pays most (A-5). In a
simulated table the choice is made for all events at once, in the order of the events of a year,
because what an event takes of a limit is gone for the next. Real claims, whose items are many and
whose events are few, are settled in ``claims``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from exposure.arrays import CodeArray, FloatArray, IntArray, Years
from exposure.policy.eligible import Eligible, added
from exposure.policy.layers import Layer
from exposure.policy.payments import Due, Payment
from exposure.policy.plans import Plan
from exposure.policy.shared import Shared
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
            yield name, item.of_events(here)


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


def affected_layers(plan: Plan, owns: Sequence[Owns]) -> tuple[Layer, ...]:
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
    shared: Shared,
) -> CodeArray:
    """Return the way that pays each event most; of equal ones the first (支払いが最も多い割り当て).

    Plans differ most in the limit of the whole: the way is chosen once for all of them as if there
    were none, and again for the few years in which it could matter.

    Parameters
    ----------
    layers : sequence of Layer
        From `affected_layers`; the plan itself is the last.
    owns : sequence of mapping of str to Eligible
        What the covers take up, way by way.
    payments : mapping of str to Payment
        Of all other covers.
    years : Years
    used : mapping of str to float
        Paid under these covers before the first event. [JPY]
    shared : Shared
        Of the loss table.

    Returns
    -------
    (n_events,) array
    """
    *covers, root = layers
    unlimited = (
        *covers,
        replace(
            root,
            event_limit=math.inf,
            period_limit=math.inf,
            inner=tuple(cover.name for cover in covers if len(cover.path) == 1),
        ),
    )
    open_years = _open_years(layers, owns, years, shared)

    def without_limit() -> CodeArray:
        chosen = np.zeros(years.n_events, dtype=np.int8)
        ways = [_Way(unlimited, own, payments, years, shared) for own in owns]
        _walk(chosen, open_years, unlimited, ways, years, used)
        return chosen

    ids = identity_of(unlimited, owns, payments)
    already = tuple(used[cover.name] for cover in covers)
    free = shared.once(("free ways", terms_of(unlimited), ids, already), without_limit)
    ways = [_Way(layers, own, payments, years, shared) for own in owns]
    tight = open_years[
        _most(layers, ways, payments, used)[open_years] > min(root.event_limit, root.period_limit)
    ]
    if not tight.size:
        return free
    chosen = free.copy()
    _walk(chosen, tight, layers, ways, years, used)
    return chosen


def identity_of(
    layers: Sequence[Layer], owns: Sequence[Owns], payments: Mapping[str, Payment]
) -> tuple[Hashable, Hashable]:
    """Tell apart what some covers take up, way by way, and what covers inside them pay."""
    inside = dict.fromkeys(name for layer in layers for name in layer.inner if name in payments)
    return (
        tuple(id(own[layer.name]) for own in owns for layer in layers),
        tuple(id(payments[name]) for name in inside),
    )


def _most(
    layers: Sequence[Layer],
    ways: Sequence[_Way],
    payments: Mapping[str, Payment],
    used: Mapping[str, float],
) -> FloatArray:
    """Return what is paid for each year at most if the plan itself has no limit. [JPY]."""
    most: FloatArray | float = used[ROOT]
    for name in layers[-1].inner:
        if name in payments:
            most = most + payments[name].each_year
    for layer in layers[:-1]:
        if len(layer.path) == 1:
            due = [way.due_of_year(layer.name) for way in ways]
            most = most + np.minimum(np.max(due, axis=0), layer.period_limit)
    return np.asarray(most, dtype=np.float64)


def _walk(
    chosen: CodeArray,
    year: IntArray,
    layers: Sequence[Layer],
    ways: Sequence[_Way],
    years: Years,
    used: Mapping[str, float],
) -> None:
    """Choose for the events of some years, in their order."""
    spent = {layer.name: np.full(year.size, used[layer.name]) for layer in layers}
    for part, size in zip(years.slices(), years.sizes, strict=True):
        n = int(np.searchsorted(year, size))
        if not n:
            break
        place = part.start + year[:n]
        before = {name: yen[:n] for name, yen in spent.items()}
        paid = [way.paid_at(place, before) for way in ways]
        best, most = np.zeros(n, dtype=np.int8), paid[0][ROOT]
        for k, of_way in enumerate(paid[1:], start=1):
            best[of_way[ROOT] > most] = k
            most = np.maximum(most, of_way[ROOT])
        chosen[place] = best
        for name, yen in before.items():
            yen += by_way([of_way[name] for of_way in paid], best)


def _open_years(
    layers: Sequence[Layer], owns: Sequence[Owns], years: Years, shared: Shared
) -> IntArray:
    """Return the years with an event for which the way matters, in their order."""

    def found() -> IntArray:
        matters = np.zeros(years.n_events, dtype=np.bool_)
        for layer in layers:
            first, *others = (own[layer.name].capped for own in owns)
            for other in others:
                if other is not first:
                    matters |= other != first
        return np.flatnonzero(years.any(matters))

    return shared.once(
        ("open years", *(id(own[one.name]) for own in owns for one in layers)), found
    )


def by_way(of_ways: Sequence[FloatArray], chosen: CodeArray) -> FloatArray:
    """Return for each event the value of its way."""
    found = of_ways[0].copy()
    for k, values in enumerate(of_ways[1:], start=1):
        if values is not of_ways[0]:
            np.copyto(found, values, where=chosen == k)
    return found


class _Way:
    """What some covers pay if all events go one way, for some events at a time."""

    def __init__(
        self,
        layers: Sequence[Layer],
        owns: Owns,
        payments: Mapping[str, Payment],
        years: Years,
        shared: Shared,
    ) -> None:
        self.layers, self.owns, self.years = layers, owns, years
        walked = {layer.name for layer in layers}
        self.others = {
            layer.name: [
                payments[name].payable
                for name in layer.inner
                if name not in walked and not payments[name].is_empty
            ]
            for layer in layers
        }
        self.has_outside = any(layer.cover and layer.cover.outside for layer in layers)
        # What is due before any limit hangs on nothing else where no cover stands inside.
        self.due: dict[str, Due] = {}
        for layer in layers:
            if layer.cover is not None and not layer.inner and not self.has_outside:
                own = owns[layer.name]
                key = "due alone", id(own), layer.ratio, layer.cover.deductible
                due = shared.once(key, partial(Due, layer, own, (), None, years))
                self.due[layer.name] = due

    def due_of_year(self, name: str) -> FloatArray:
        """Return what is due under a cover in each year; without end if unknown. [JPY]."""
        if name in self.due:
            return self.due[name].each_year
        return np.full(self.years.n_years, np.inf)

    def paid_at(self, place: IntArray, spent: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return what covers pay for one event of each of some years. [JPY].

        Parameters
        ----------
        place : (n,) array
            Of the events.
        spent : mapping of str to (n,) array
            Paid under each cover before them in their year. [JPY]
        """
        found: dict[str, Payment] = {}
        paid: dict[str, FloatArray] = {}
        for layer in self.layers:
            if layer.name in self.due:
                amount = self.due[layer.name].after_ratio[place]
            else:
                due = self._due_at(layer, place, paid, found)
                amount = due.after_ratio
                if self.has_outside:
                    found[layer.name] = Payment(due, layer, spent[layer.name])
            left = np.maximum(layer.period_limit - spent[layer.name], 0.0)
            paid[layer.name] = np.minimum(np.minimum(amount, layer.event_limit), left)
        return paid

    def _due_at(
        self,
        layer: Layer,
        place: IntArray,
        paid: Mapping[str, FloatArray],
        found: Mapping[str, Payment],
    ) -> Due:
        own = self.owns[layer.name]
        parts = [] if own.is_empty else [own.capped[place]]
        parts += [payable[place] for payable in self.others[layer.name]]
        parts += [paid[name] for name in layer.inner if name in paid]
        taken = added(parts) if parts else np.zeros(place.size)
        by_item = tuple((item, amount[place]) for item, amount in own.by_item)
        here = Eligible(taken, taken, taken, taken, by_item)
        outside = None if layer.cover is None else found.get(layer.cover.outside or "")
        return Due(layer, here, (), outside, Years((place.size,)))


def chosen_of(owns: Sequence[Owns], chosen: CodeArray) -> dict[str, Eligible]:
    """Return what each cover takes up if every event goes its way."""
    found = {}
    for name, one in owns[0].items():
        of_ways = [own[name] for own in owns]
        found[name] = _chosen(of_ways, chosen) if _differs(of_ways) else one
    return found


def _chosen(owns: Sequence[Eligible], chosen: CodeArray) -> Eligible:
    steps: list[FloatArray] = []
    before: tuple[FloatArray, ...] = ()
    for after in zip(*((o.loss, o.covered, o.in_window, o.capped) for o in owns), strict=True):
        # A step that changes nothing on any way is the very array before it.
        same = before and all(a is b for a, b in zip(after, before, strict=True))
        steps.append(steps[-1] if same else by_way(after, chosen))
        before = after
    by_item = tuple(
        (item, np.where(chosen == way, amount, 0.0))
        for way, own in enumerate(owns)
        for item, amount in own.by_item
    )
    loss, covered, in_window, capped = steps
    is_empty = all(own.is_empty for own in owns)
    return Eligible(loss, covered, in_window, capped, by_item, is_empty)
