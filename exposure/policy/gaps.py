"""Where the cover ends: what is covered, capped and excluded by loss head and cause (補償の空白).

Also what an endorsement would add, and what an arguable reading is worth. Pure functions on payout
tables; printing is left to others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, sum_of_products
from exposure.lazy import Shared
from exposure.policy.assignment import losses_for
from exposure.policy.choices import identifier_of, parse_id, text_of
from exposure.policy.conditions import add_deemed_days
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.payments import eligible_of
from exposure.policy.plan import Plan
from exposure.policy.vocabulary import ROOT, Label, PolicyPeriod
from exposure.tables import LossItem, LossTable


@dataclass(frozen=True)
class HeadPayment:
    """What becomes of one loss head, event by event; (n_events,) arrays [JPY].

    ``paid`` is the head's part of the payment, in proportion where heads share a deductible, a
    share or a limit, so it need not be whole yen. ``excluded`` fails a condition, an exclusion or
    the window, or no cover takes it; ``capped`` is the rest of what stays unpaid.
    """

    loss: FloatArray
    paid: FloatArray
    capped: FloatArray
    excluded: FloatArray


@dataclass(frozen=True)
class Gap:
    """One line of the cover-gap table, in yen a year over all years (補償の空白).

    Parameters
    ----------
    head : str
        Loss head.
    cause : str or None
        Cause of the leak; None where the table is by head alone.
    loss, covered, capped, excluded : float
        The last three add up to the first. [JPY/year]
    by_rider : mapping of str to float
        What each endorsement would pay in addition. [JPY/year]
    """

    head: str
    cause: str | None
    loss: float
    covered: float
    capped: float
    excluded: float
    by_rider: Mapping[str, float]


@dataclass(frozen=True)
class Dispute:
    """What another reading of an arguable wording is worth (解釈の争いの値打ち).

    ``worth`` is the expected payment under it less that under the reading adopted. [JPY/year]
    """

    code: str
    name: str
    question: Label
    adopted: Label
    alternative: Label
    worth: float


def head_payments(
    table: PayoutTable, period: PolicyPeriod, named: LossTable | None = None
) -> dict[str, HeadPayment]:
    """Divide what a plan pays among the loss heads (費目別の支払額).

    A cover's payment is divided in proportion to what it takes up of each head, and cut further in
    the proportion in which the covers around it are cut.

    Parameters
    ----------
    period : PolicyPeriod
        The one it was paid with.
    named : LossTable, optional
        The same items under the heads to report, as simulated; the plan may know them otherwise.

    Returns
    -------
    dict of str to HeadPayment
        ``paid`` adds up to the payment of each event, but for rounding in binary fractions.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> from exposure.tables import EventTable
    >>> item = LossItem("call_centre", np.array([1.5e6]))
    >>> losses = LossTable(EventTable(Years((1,)), {}), (item,))
    >>> year = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> parts = head_payments(pay(plan("sompo_alive_leak_limited"), losses, year), year)
    >>> parts["call_centre"].paid, parts["call_centre"].capped
    (array([1000000.]), array([500000.]))
    """
    chosen, losses = table.plan, table.losses
    events = add_deemed_days(losses.events, chosen.wording.derive)
    reach = _reach(table)
    reported = (named or losses).items
    by_head: dict[str, list[tuple[str | None, LossItem]]] = {}
    for number, name, item in table.items_by_cover():
        by_head.setdefault(reported[number].head, []).append((name, item))
    found: dict[str, HeadPayment] = {}
    for head, items in by_head.items():
        loss, paid, in_window = (np.zeros(events.n_events) for _ in range(3))
        for name, item in items:
            loss += item.amount
            if name is not None:
                own = eligible_of(chosen.layer(name), (item,), events, period, None)
                in_window += np.minimum(own.in_window, item.amount)
                paid += own.capped * reach[name]
        # A fixed benefit may be more than the loss.
        found[head] = HeadPayment(
            loss, paid, np.maximum(in_window - paid, 0.0), loss - np.maximum(in_window, paid)
        )
    return found


def _reach(table: PayoutTable) -> dict[str, FloatArray]:
    """Return the share of what a cover takes up that is paid in the end. (n_events,) arrays [-]."""
    reach: dict[str, FloatArray] = {}
    # Layers stand inside out, so this meets every cover after what it stands in.
    for layer in reversed(table.plan.layers):
        payment = table.payments[layer.name]
        own = np.zeros(table.losses.events.n_events)
        np.divide(payment.payable, payment.due.eligible, out=own, where=payment.due.eligible > 0)
        outer = ROOT if len(layer.path) == 1 else layer.path[1] if layer.path else None
        reach[layer.name] = own if outer is None else own * reach[outer]
    return reach


def cover_gaps(
    table: PayoutTable,
    period: PolicyPeriod,
    riders: Mapping[str, PayoutTable] | None = None,
    years: BoolArray | None = None,
    by_cause: bool = True,
    named: LossTable | None = None,
) -> tuple[Gap, ...]:
    """Say for each loss head and cause where the money comes from (補償の空白の表).

    Parameters
    ----------
    table : PayoutTable
        Of simulated losses.
    period : PolicyPeriod
        The one they were paid with.
    riders : mapping of str to PayoutTable, optional
        The same losses under the plan with each endorsement, as `with_riders` gives them.
    years : (n_years,) array of bool, optional
        Count these loss years alone, such as those beyond a threshold; the amounts are then means
        over these years. Without it they are means over all years, empty ones included.
    by_cause : bool
        One line for each head and cause instead of one for each head.
    named : LossTable, optional
        The losses as simulated, whose heads are reported.

    Returns
    -------
    tuple of Gap
        Lines without any loss are left out. Amounts in yen a year.

    Examples
    --------
    See ``tests/test_policy_gaps.py`` for one worked by hand.
    """
    events = table.losses.events
    weight = _weights(table, years)
    parts = head_payments(table, period, named)
    more = {name: head_payments(other, period, named) for name, other in (riders or {}).items()}
    causes: list[tuple[str | None, BoolArray]] = [(None, np.ones(events.n_events, dtype=np.bool_))]
    if by_cause and events.cause is not None:
        causes = [(name, events.cause == code) for code, name in enumerate(events.cause_names)]
    gaps = []
    for head, part in parts.items():
        for cause, here in causes:
            counted = weight * here
            loss = sum_of_products(part.loss, counted)
            if loss == 0:
                continue
            gaps.append(
                Gap(
                    head=head,
                    cause=cause,
                    loss=loss,
                    covered=sum_of_products(part.paid, counted),
                    capped=sum_of_products(part.capped, counted),
                    excluded=sum_of_products(part.excluded, counted),
                    by_rider={
                        name: sum_of_products(other[head].paid - part.paid, counted)
                        for name, other in more.items()
                    },
                )
            )
    return tuple(gaps)


def _weights(table: PayoutTable, years: BoolArray | None) -> FloatArray:
    """Return what one event counts in a mean over years. (n_events,) array [-]."""
    events = table.losses.events
    n_years = events.years.n_years
    if years is None:
        return np.full(events.n_events, (1.0 - events.empty_probability) / n_years)
    of_year = years.astype(np.float64) / max(int(np.count_nonzero(years)), 1)
    weight: FloatArray = of_year[events.years.year_of_event()]
    return weight


def with_riders(
    chosen: Plan, losses: LossTable, period: PolicyPeriod, shared: Shared | None = None
) -> dict[str, PayoutTable]:
    """Pay the same losses under a plan with each endorsement it does not have yet (特約の追加).

    An endorsement with several values is tried at each; one that another must come with is left
    out while that other is missing.

    Parameters
    ----------
    losses : LossTable
        As simulated.
    shared : Shared, optional
        When the same losses are paid under other plans, too.
    """
    found: dict[str, PayoutTable] = {}
    shared = shared or Shared()
    for name, option in chosen.source.options.items():
        if chosen.options[name] not in (False, None):
            continue
        if any(chosen.options[need] in (False, None) for need in option.needs):
            continue
        for value in option.values or (True,):
            key = name if value is True else f"{name}={value}"
            extended = chosen.variant(with_choice(chosen.id, name, value))
            named = losses_for(extended, losses, shared)
            found[key] = pay(extended, named, period, shared=shared)
    return found


def with_choice(identifier: str, name: str, value: int | str | bool) -> str:
    """Return an identifier with one choice made anew."""
    parts = parse_id(identifier)
    text = text_of(value)
    kept = {key: chosen for key, chosen in parts.choices.items() if key != name}
    attached = tuple(other for other in parts.endorsements if other != name)
    return identifier_of(replace(parts, endorsements=attached, choices={**kept, name: text}))


def dispute_worth(
    chosen: Plan, losses: LossTable, period: PolicyPeriod, shared: Shared | None = None
) -> tuple[Dispute, ...]:
    """Say what every arguable reading of a plan is worth (解釈の争いの値打ち).

    Parameters
    ----------
    chosen : Plan
        Readings it follows itself stay, but for the one in question.
    losses : LossTable
        As simulated.
    shared : Shared, optional
        When the same losses are paid under other plans, too.

    Returns
    -------
    tuple of Dispute
        One for each alternative in the policy file; worth in yen a year over all years.

    Examples
    --------
    Two events of 0.8 million each: the adopted reading pays the million of the period.

    >>> from datetime import date
    >>> from exposure.arrays import Years
    >>> from exposure.policy.plan import plan
    >>> from exposure.tables import EventTable
    >>> item = LossItem("call_centre", np.array([8e5, 8e5]))
    >>> losses = LossTable(EventTable(Years((1, 1)), {}), (item,))
    >>> year = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> found = dispute_worth(plan("sompo_alive_leak_limited"), losses, year)
    >>> [(one.code, one.worth) for one in found if one.worth]
    [('S-1', 600000.0)]
    """
    found, kept = [], shared or Shared()
    for code, reading in chosen.all_readings.items():
        if not reading.alternative:
            continue

        def paid_when(name: str, key: str = f"reading.{code}") -> float:
            read = chosen.variant(with_choice(chosen.id, key, name))
            return _mean_paid(read, losses, period, kept)

        adopted = paid_when("adopted")
        for name, other in reading.alternative.items():
            paid = paid_when(name)
            question, choice = reading.question, reading.choice
            found.append(Dispute(code, name, question, choice, other.label, paid - adopted))
    return tuple(found)


def _mean_paid(chosen: Plan, losses: LossTable, period: PolicyPeriod, shared: Shared) -> float:
    paid = pay(chosen, losses_for(chosen, losses, shared), period, shared=shared).paid
    events = losses.events
    return float(paid.sum()) * (1.0 - events.empty_probability) / events.years.n_years
