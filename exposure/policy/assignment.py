"""Which cover takes which loss, and which of two that could, event by event (補償の割り当て).

Simulated losses are first named as a plan's wording names them. In a real claim the adjuster knows
whether a bill is one of the security consultant; in the simulation such work is insured as cause
investigation wherever a plan has no cover of its own, and as whichever pays more where it has both.

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
from functools import partial, reduce

import numpy as np

from exposure.arrays import CodeArray, FloatArray, IntArray, Years
from exposure.lazy import Shared
from exposure.policy.payments import Due, Eligible, Payment, add_up
from exposure.policy.plan import Layer, Plan
from exposure.policy.vocabulary import INSURED_AS, ROOT
from exposure.tables import NOT_STATED, Fact, LossItem, LossTable, code_of

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

    ``assigned`` are items placed already.
    """
    doubtful = {
        number: candidates(plan, item.claimable_under, item.head)
        for number, item in enumerate(losses.items)
        if item.claimable_under and number not in assigned
    }
    ways = itertools.product(*doubtful.values())
    return tuple({**assigned, **dict(zip(doubtful, way, strict=True))} for way in ways)


def candidates(plan: Plan, names: Sequence[str], head: str) -> tuple[str, ...]:
    """Return for each named cover those at it or inside it that would take an item.

    Covers that name the head come first, then those that name the head it passes as, without
    either the named cover itself; "" stands for one that is not attached.
    """
    found: dict[str, None] = {}
    for name in names:
        inside = [layer for layer in plan.layers if layer.attached and name in layer.path]
        taking = [
            one.name
            for called in dict.fromkeys((head, INSURED_AS.get(head, head)))
            for one in inside
            if one.cover and called in one.cover.heads
        ]
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

    already = tuple(used[cover.name] for cover in covers)
    key = "free ways", terms_of(unlimited), already, len(owns)
    free = shared.once(key, without_limit, *uptake_by_way(unlimited, owns, payments))
    ways = [_Way(layers, own, payments, years, shared) for own in owns]
    tight = open_years[
        _most(layers, ways, payments, used)[open_years] > min(root.event_limit, root.period_limit)
    ]
    if not tight.size:
        return free
    chosen = free.copy()
    _walk(chosen, tight, layers, ways, years, used)
    return chosen


def uptake_by_way(
    layers: Sequence[Layer], owns: Sequence[Owns], payments: Mapping[str, Payment]
) -> tuple[object, ...]:
    """Return what some covers take up, way by way, and what covers inside them pay."""
    inside = dict.fromkeys(name for layer in layers for name in layer.inner)
    taken = (own[layer.name] for own in owns for layer in layers)
    return (*taken, *(payments.get(name) for name in inside))


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
            due = reduce(np.maximum, (way.due_of_year(layer.name) for way in ways))
            most = most + np.minimum(due, layer.period_limit)
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
    number = [int(n) for n in np.searchsorted(year, years.sizes)]
    spent = {layer.name: np.full(year.size, used[layer.name]) for layer in layers}
    for part, n, n_next in zip(years.slices(), number, (*number[1:], 0), strict=True):
        if not n:
            break
        place = part.start + year[:n]
        before = {name: yen[:n] for name, yen in spent.items()}
        at = _Rows(place)
        paid = [way.pay_at(at, before) for way in ways]
        best, most = np.zeros(n, dtype=np.int8), paid[0][ROOT]
        for k, of_way in enumerate(paid[1:], start=1):
            best[of_way[ROOT] > most] = k
            most = np.maximum(most, of_way[ROOT])
        chosen[place] = best
        if n_next:  # what the other years have left does not matter any more
            others = places_by_way(best[:n_next], len(ways))
            for name, yen in before.items():
                yen[:n_next] += by_way([of_way[name][:n_next] for of_way in paid], others)


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

    taken = (own[one.name] for own in owns for one in layers)
    return shared.once(("open years", len(owns)), found, *taken)


def places_by_way(chosen: CodeArray, n_ways: int) -> tuple[IntArray, ...]:
    """Return the places of the events that go each way but the first, which most of them go."""
    return tuple(np.flatnonzero(chosen == way) for way in range(1, n_ways))


def by_way(of_ways: Sequence[FloatArray], others: Sequence[IntArray]) -> FloatArray:
    """Return for each event the value of its way.

    Parameters
    ----------
    of_ways : sequence of (n_events,) array
    others : sequence of array
        From `places_by_way`.
    """
    found = of_ways[0].copy()
    for values, place in zip(of_ways[1:], others, strict=True):
        if values is not of_ways[0]:
            found[place] = values.take(place)
    return found


class _Rows:
    """The values of some events, each column looked up once for all ways."""

    def __init__(self, place: IntArray) -> None:
        self.place = place
        self._known: dict[int, FloatArray] = {}  # who asks holds the columns meanwhile

    def of(self, column: FloatArray) -> FloatArray:
        """Return the column at these events."""
        if id(column) not in self._known:
            self._known[id(column)] = column.take(self.place)
        return self._known[id(column)]


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
                key = "due alone", layer.ratio, layer.cover.deductible
                due = shared.once(key, partial(Due, layer, own, (), None, years), own)
                self.due[layer.name] = due

    def due_of_year(self, name: str) -> FloatArray:
        """Return what is due under a cover in each year; without end if unknown. [JPY]."""
        if name in self.due:
            return self.due[name].each_year
        return np.full(self.years.n_years, np.inf)

    def pay_at(self, at: _Rows, spent: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return what covers pay for one event of each of some years. [JPY].

        Parameters
        ----------
        at : _Rows
            At the n events.
        spent : mapping of str to (n,) array
            Paid under each cover before them in their year. [JPY]
        """
        found: dict[str, Payment] = {}
        paid: dict[str, FloatArray] = {}
        for layer in self.layers:
            if layer.name in self.due:
                amount = at.of(self.due[layer.name].after_ratio)
            else:
                due = self._due_at(layer, at, paid, found)
                amount = due.after_ratio
                if self.has_outside:
                    found[layer.name] = Payment(due, layer, spent[layer.name])
            if layer.event_limit < layer.period_limit:
                amount = np.minimum(amount, layer.event_limit)
            if math.isfinite(layer.period_limit):
                left = layer.period_limit - spent[layer.name]
                amount = np.minimum(amount, np.maximum(left, 0.0, out=left))
            paid[layer.name] = amount
        return paid

    def _due_at(
        self,
        layer: Layer,
        at: _Rows,
        paid: Mapping[str, FloatArray],
        found: Mapping[str, Payment],
    ) -> Due:
        own = self.owns[layer.name]
        parts = [] if own.is_empty else [at.of(own.capped)]
        parts += [at.of(payable) for payable in self.others[layer.name]]
        parts += [paid[name] for name in layer.inner if name in paid]
        taken = add_up(parts) if parts else np.zeros(at.place.size)
        by_item = tuple((item, at.of(amount)) for item, amount in own.by_item)
        here = Eligible(taken, taken, taken, taken, by_item)
        outside = None if layer.cover is None else found.get(layer.cover.outside or "")
        return Due(layer, here, (), outside, Years((at.place.size,)))


def uptake_of(owns: Sequence[Owns], chosen: CodeArray) -> dict[str, Eligible]:
    """Return what each cover takes up if every event goes its way."""
    others = places_by_way(chosen, len(owns))
    goes = [(chosen == way).astype(np.float64) for way in range(len(owns))]
    found = {}
    for name, one in owns[0].items():
        of_ways = [own[name] for own in owns]
        found[name] = _uptake(of_ways, others, goes) if _differs(of_ways) else one
    return found


def _uptake(
    owns: Sequence[Eligible], others: Sequence[IntArray], goes: Sequence[FloatArray]
) -> Eligible:
    steps: list[FloatArray] = []
    before: tuple[FloatArray, ...] = ()
    for after in zip(*((o.loss, o.covered, o.in_window, o.capped) for o in owns), strict=True):
        # A step that changes nothing on any way is the very array before it.
        same = before and all(a is b for a, b in zip(after, before, strict=True))
        steps.append(steps[-1] if same else by_way(after, others))
        before = after
    by_item = tuple(
        (item, amount * here)
        for here, own in zip(goes, owns, strict=True)
        for item, amount in own.by_item
    )
    loss, covered, in_window, capped = steps
    is_empty = all(own.is_empty for own in owns)
    return Eligible(loss, covered, in_window, capped, by_item, is_empty)


# --- simulated losses ---------------------------------------------------------------------------


_GIFT, _SENDING, _LETTERS = "condolence", "condolence_shipping", "apology_letters"
_DERIVED = frozenset(("letters_sent", "attack"))


def losses_for(plan: Plan, losses: LossTable, shared: Shared | None = None) -> LossTable:
    """Return simulated losses under the heads of a plan (プランの項目への読み替え).

    Parameters
    ----------
    losses : LossTable
        Simulated; a real claim keeps its heads.
    shared : Shared, optional
        When several plans are paid.

    Examples
    --------
    >>> import numpy as np
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> from exposure.tables import EventTable, LossItem
    >>> item = LossItem("cyber_response", np.array([1e6]))
    >>> losses = LossTable(EventTable(Years((1,)), {}), (item,))
    >>> losses_for(plan("nipponkoa_2006/F"), losses).items[0].head
    'investigation'
    >>> item = losses_for(plan("aiu_2015+cyber@limit=100000000"), losses).items[0]
    >>> item.head, item.claimable_under
    ('cyber_response', ('cyber', 'execution'))
    """
    covers = {head: (plan.takes(head), plan.takes(other)) for head, other in INSURED_AS.items()}
    renamed = {head: INSURED_AS[head] for head, (own, _) in covers.items() if own is None}
    either = {
        head: (own, other)
        for head, (own, other) in covers.items()
        if own is not None and other is not None and own != other
    }
    asked = frozenset[str]().union(*(layer.asks_facts for layer in plan.layers)) & _DERIVED
    shared = shared or Shared()
    key = "named", tuple(renamed), tuple(either.items()), asked
    return shared.once(key, lambda: _rename(renamed, either, losses, asked, shared), losses)


def _rename(
    renamed: Mapping[str, str],
    either: Mapping[str, tuple[str, str]],
    losses: LossTable,
    asked: frozenset[str],
    shared: Shared,
) -> LossTable:
    gift = next((item for item in losses.items if item.head == _GIFT), None)
    items = []
    for item in losses.items:
        if item.head == _SENDING:
            # The same for all plans, so that they share what is paid for it.
            items.append(shared.once("sending", partial(_join_sending, gift, item), gift, item))
        elif item.head in renamed:
            items.append(replace(item, head=renamed[item.head]))
        elif item.head in either:
            items.append(replace(item, claimable_under=either[item.head]))
        else:
            items.append(item)
    facts = {name: _fact(name, losses) for name in asked if name not in losses.events.facts}
    if not facts:
        return replace(losses, items=tuple(items))
    events = shared.once(
        ("facts", asked),
        lambda: replace(losses.events, facts={**losses.events.facts, **facts}),
        losses.events,
    )
    return LossTable(events, tuple(items))


def _fact(name: str, losses: LossTable) -> Fact:
    """Work out an attribute that a wording asks for and the loss model does not name."""
    if name == "letters_sent":
        sent = np.zeros(losses.events.n_events, dtype=np.bool_)
        for item in losses.items:
            if item.head == _LETTERS:
                sent |= item.amount > 0
        return sent
    # The model draws no false alarms: a security incident that was found was an attack.
    found = np.asarray(losses.events.facts.get("security_discovered_on", NOT_STATED))
    codes = [code_of("attack", value) for value in ("none_alleged", "confirmed")]
    return np.where(np.isnat(found), *codes).astype(np.int8)


def _join_sending(gift: LossItem | None, sending: LossItem) -> LossItem:
    """Return the sending of a gift: spent together with it as one item, and under one cap."""
    if gift is None:
        return replace(sending, per_unit_before=None)
    before = None
    if gift.units is not None and gift.per_unit is not None:
        before = np.where(gift.units > 0, gift.per_unit, 0.0)
    return replace(sending, per_unit_before=before, spending_mean_days=gift.spending_mean_days)
