"""The arithmetic of a claim line by line, as a brochure prints it (支払保険金の計算過程).

Restates what ``payout`` worked out, each step with its clause; works out nothing itself. Printing
is left to ``output``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exposure.errors import Text
from exposure.policy.cases import Case, settle
from exposure.policy.conditions import add_deemed_days, holds, is_excluded
from exposure.policy.description import text_of
from exposure.policy.interpreter import PayoutTable
from exposure.policy.payments import Payment, waiting_hours
from exposure.policy.phrases import condition, exclusion, join_texts, label_of, words, yen
from exposure.policy.plan import Layer
from exposure.policy.vocabulary import REASONS, ROOT, Cover, PolicyPeriod
from exposure.tables import NOT_STATED, EventTable, LossItem


@dataclass(frozen=True)
class Line:
    """One line of the arithmetic (計算の1行).

    Parameters
    ----------
    kind : str
        ``title``, ``loss``, ``not_met``, ``excluded``, ``window``, ``cap``, ``benefit``, ``sum``,
        ``deductible``, ``share``, ``ratio``, ``limit``, ``left`` or ``payable``.
    depth : int
        How deep the cover lies.
    amount : int or None
        What is left after the line. [JPY]
    """

    kind: str
    depth: int
    text: Text
    amount: int | None = None
    clause: str = ""


@dataclass(frozen=True)
class IncidentExplanation:
    """One incident: its losses, the arithmetic of every section, what stays unpaid and why.

    ``losses`` are lettered as in a brochure; ``unpaid`` maps reasons to yen.
    """

    number: int
    losses: tuple[Line, ...]
    lines: tuple[Line, ...]
    total: int
    unpaid: dict[str, int]


@dataclass(frozen=True)
class CaseExplanation:
    """A case, explained (事例の説明)."""

    id: str
    plan: Text
    plan_id: str
    incidents: tuple[IncidentExplanation, ...]
    total: int
    uninsured: int


def letter_of(k: int) -> str:
    """Return the letter of a loss, as a brochure numbers them: a), b), …."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return (letter_of(k // len(alphabet) - 1)[:-1] if k >= len(alphabet) else "") + (
        f"{alphabet[k % len(alphabet)]})"
    )


def counter_of(head: str) -> Text:
    """Return the counter of a head: persons or corporations."""
    if head == "condolence_corporate":
        return words("counter.corporation")
    return words("counter.person")


def spending_day(item: LossItem, event: int = 0) -> Text | None:
    """Return the day a cost of an event was spent, where it is stated: windows ask for it."""
    days = np.asarray(item.facts.get("incurred_on", NOT_STATED))
    day = days[event] if days.ndim else days
    if np.isnat(day):
        return None
    return words("explain.spent", day=day.astype("datetime64[D]"))


def percent_of(cover: Cover) -> str:
    """Return the share a cover pays, in percent."""
    return f"{float(cover.indemnity_ratio * 100):.6g}%"


def compare_with_limit(
    kind: str, depth: int, amount: int, limit: float, what: Text, clause: str
) -> Line:
    """Write an amount against a limit, as brochures do: 1,520万円 < 3,000万円."""
    sign = "<" if amount < limit else "=" if amount == limit else ">"
    name = "explain.compare.cut" if amount > limit else "explain.compare"
    text = words(name, amount=yen(amount), sign=sign, most=yen(limit), what=what)
    return Line(kind, depth, text, int(min(amount, limit)), clause)


_PLUS = Text(" + ", " + ")


def explain_case(case: Case) -> CaseExplanation:
    """Write out how a case is paid (支払保険金の計算過程).

    Returns
    -------
    CaseExplanation
        Totals equal those of ``claims.adjust``.
    """
    table = settle(case)
    incidents = explain_events(table, case.period)
    total = sum(incident.total for incident in incidents)
    return CaseExplanation(
        id=case.id,
        plan=text_of(case.plan.label),
        plan_id=case.plan.id,
        incidents=incidents,
        total=total,
        uninsured=int(case.losses.total().sum()) - total,
    )


def explain_events(table: PayoutTable, period: PolicyPeriod) -> tuple[IncidentExplanation, ...]:
    """Write out how each event of a table was paid (支払保険金の計算過程).

    Parameters
    ----------
    table : PayoutTable
        Of claims, whose items are kept apart; simulated items are added up as they are paid.
    period : PolicyPeriod
        Of the table.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.policy.case_schema import Incident
    >>> from exposure.policy.case_schema import losses_of
    >>> from exposure.policy.interpreter import pay
    >>> from exposure.policy.plan import plan
    >>> item = {"head": "damages", "amount": 20_000_000}
    >>> incident = Incident.model_validate({"claim_made_on": "2026-05-01", "items": [item]})
    >>> period = PolicyPeriod(start=date(2026, 4, 1), end=date(2027, 3, 31))
    >>> table = pay(plan("nipponkoa_2006/A"), losses_of([incident])[0], period)
    >>> explain_events(table, period)[0].lines[2].text.en
    'JPY 20,000,000 > JPY 10,000,000 (limit) → JPY 10,000,000'
    """
    period = period.model_copy(update=table.plan.contract_days)
    events = add_deemed_days(table.losses.events, table.plan.wording.derive)
    unpaid = table.unpaid_by_reason()
    pages = (_Page(table, period, events, i) for i in range(events.n_events))
    return tuple(
        IncidentExplanation(
            number=page.i + 1,
            losses=tuple(page.losses()),
            lines=tuple(page.arithmetic()),
            total=int(table.paid[page.i]),
            unpaid={reason: int(unpaid[reason][page.i]) for reason in REASONS},
        )
        for page in pages
    )


class _Page:
    """What is needed to write one incident down."""

    def __init__(
        self, table: PayoutTable, period: PolicyPeriod, events: EventTable, i: int
    ) -> None:
        self.table, self.period, self.events, self.i = table, period, events, i
        items = [item for item in table.losses.items if item.amount[i] > 0]
        self.letters = {id(item): letter_of(k) for k, item in enumerate(items)}
        self.items = items

    def at(self, values: object) -> int:
        """Return this incident's value of a column. [JPY]."""
        return int(np.broadcast_to(np.asarray(values), self.events.n_events)[self.i])

    def named(self, item: LossItem) -> Text:
        """Return what an item is called, after its letter."""
        letter, label = self.letters[id(item)], label_of(item.head, "head")
        return words("explain.named", letter=letter, label=label)

    def losses(self) -> Iterator[Line]:
        for item in self.items:
            amount = self.at(item.amount)
            said = words("explain.loss", item=self.named(item), amount=yen(amount))
            remarks = [part for part in (self.count_of(item), spending_day(item, self.i)) if part]
            if remarks:
                said = words("remark", said=said, remark=join_texts(remarks, words("listed")))
            yield Line("loss", 0, said, amount)

    def count_of(self, item: LossItem) -> Text | None:
        """Return yen per head × heads, or days in court, where the item is made up so."""
        if item.units is not None and item.per_unit is not None:
            each, count = self.at(item.per_unit), self.at(item.units)
            unit = counter_of(item.head)
            return words("explain.times", each=f"{each:,}", count=f"{count:,}", unit=unit)
        if item.head != "court_attendance" or item.officer_days is None:
            return None
        officer, employee = self.at(item.officer_days), self.at(item.employee_days)
        return words("explain.court_days", officer=officer, employee=employee)

    def arithmetic(self) -> Iterator[Line]:
        yield from self.not_covered()
        sections = [name for name in self.table.plan.sections if self.is_reached(name)]
        for name in sections:
            yield from self.cover(name, 0)
        root = self.table.payments[ROOT]
        total = self.sum_line(root, sections, 0)
        if len(sections) > 1 and total.amount:
            yield total
        if root.layer.is_limited and total.amount:
            yield from self.limits(root, 0, self.table.plan.wording.plan.clause)

    def not_covered(self) -> Iterator[Line]:
        taken = {
            id(item) for payment in self.table.payments.values() for item, _ in payment.own.by_item
        }
        for item in self.items:
            if id(item) not in taken:
                text = words("explain.no_cover", item=self.named(item))
                yield Line("not_met", 0, text, 0)

    def is_reached(self, name: str) -> bool:
        """Say whether anything of this incident falls under a cover."""
        payment = self.table.payments[name]
        own = any(item.amount[self.i] > 0 for item, _ in payment.own.by_item)
        return own or any(self.is_reached(inner) for inner in payment.layer.inner)

    def cover(self, name: str, depth: int) -> Iterator[Line]:
        payment = self.table.payments[name]
        layer, cover = payment.layer, payment.layer.cover
        assert cover is not None  # the plan itself is written by arithmetic
        yield Line("title", depth, words("explain.title", cover=cover.label), clause=cover.clause)
        inner = [part for part in layer.inner if self.is_reached(part)]
        for part in inner:
            yield from self.cover(part, depth + 1)
        for item, taken_up in payment.own.by_item:
            if item.amount[self.i] > 0:
                yield from self.item(layer, cover, item, self.at(taken_up), depth)
        total = self.sum_line(payment, inner, depth)
        own = any(taken_up[self.i] > 0 for _, taken_up in payment.own.by_item)
        # What one inner cover pays has just been said.
        if total.amount and (own or len(inner) > 1):
            yield total
        if total.amount:
            yield from self.terms(payment, cover, depth)
            where = cover.clause_of("limit", "event_limit", "period_limit")
            yield from self.limits(payment, depth, where)
        paid = self.at(payment.payable)
        yield Line("payable", depth, words("explain.payable", amount=yen(paid)), paid)

    def item(
        self, layer: Layer, cover: Cover, item: LossItem, left: int, depth: int
    ) -> Iterator[Line]:
        before = self.named(item)
        reasons = list(self.reasons_against(layer, item))
        for kind, why, clause in reasons:
            yield Line(kind, depth, words(f"explain.{kind}", item=before, why=why), 0, clause)
        if reasons:
            return
        if cover.benefit:
            fixed = words("explain.fixed", item=before, left=yen(left))
            yield Line("benefit", depth, fixed, left, cover.clause_of("benefit"))
        waiting, hours = waiting_hours(layer, item), item.outage_hours
        if waiting and hours is not None and self.at(hours):
            stood = self.at(hours)
            text = words(
                "explain.waiting",
                item=before,
                stood=f"{stood:,}",
                waiting=waiting,
                rest=f"{max(stood - waiting, 0):,}",
                left=yen(left),
            )
            yield Line("waiting", depth, text, left, cover.clause_of("waiting_hours"))
        for cap in cover.per_unit.values():
            if item.head not in cap.heads or item.units is None or left >= item.amount[self.i]:
                continue
            count, unit = self.at(item.units), counter_of(item.head)
            each = left // count
            shared = Text("", "")
            if each < cap.amount:
                others = join_texts(label_of(head, "head") for head in cap.heads)
                shared = words("explain.cap.shared", others=others, most=yen(cap.amount))
            text = words(
                "explain.cap",
                item=before,
                unit=unit,
                each=f"{each:,}",
                shared=shared,
                count=f"{count:,}",
                left=yen(left),
            )
            yield Line("cap", depth, text, left, cap.clause)

    def reasons_against(self, layer: Layer, item: LossItem) -> Iterator[tuple[str, Text, str]]:
        """Yield what keeps an item from being paid: exclusions, conditions, the window."""
        period, derive = self.period, self.table.plan.wording.derive
        for key, rule in layer.exclusions:
            if self.at(is_excluded(((key, rule),), layer.path, self.events, item, period)):
                yield "excluded", exclusion(key, {key: rule}), rule.clause
        for asked in layer.requires:
            if asked.heads and layer.head_of(item.head) not in asked.heads:
                continue
            if not self.at(holds(asked, self.events, item, period)):
                kind = "window" if asked.is_window else "not_met"
                yield kind, condition(asked, derive), asked.clause

    def sum_line(self, payment: Payment, inner: list[str], depth: int) -> Line:
        """Add up what is left of the items, with letters where they are paid as they are."""
        total = self.at(payment.due.eligible)
        parts = []
        for name in inner:
            amount = yen(self.at(self.table.payments[name].payable))
            if self.at(self.table.payments[name].payable):
                parts.append(amount)
        for item, taken_up in payment.own.by_item:
            if taken_up[self.i] > 0:
                letter, amount = self.letters.get(id(item)), yen(self.at(taken_up))
                named = words("explain.named", letter=letter or "", label=amount)
                parts.append(named if letter else amount)
        listed = join_texts(parts, _PLUS) if parts else yen(0)
        if len(parts) > 1:
            listed = words("explain.sum", listed=listed, total=yen(total))
        return Line("sum", depth, listed, total)

    def terms(self, payment: Payment, cover: Cover, depth: int) -> Iterator[Line]:
        amount = self.at(payment.due.eligible)
        if cover.deductible > 0:
            left, taken = self.at(payment.due.after_deductible), yen(cover.deductible)
            sign, then = ("−", "=") if left else ("≤", "→")
            text = words(
                "explain.deductible",
                amount=yen(amount),
                sign=sign,
                taken=taken,
                then=then,
                left=yen(left),
            )
            yield Line("deductible", depth, text, left, cover.clause_of("deductible"))
            amount = left
        if cover.indemnity_ratio != 1:
            left, rate = self.at(payment.due.after_share), percent_of(cover)
            text = words("explain.share", amount=yen(amount), rate=rate, left=yen(left))
            where = cover.clause_of("own_share_percent", "indemnity_percent")
            yield Line("share", depth, text, left, where)
            amount = left
        if cover.outside is not None:
            yield self.ratio(payment, cover, amount, depth)

    def ratio(self, payment: Payment, cover: Cover, amount: int, depth: int) -> Line:
        other = self.table.payments[str(cover.outside)]
        label = text_of(other.layer.cover.label) if other.layer.cover else Text("", "")
        room = self.limit_left(other)
        if cover.ratio_limit == "event":
            room = other.layer.event_limit
        left, claim = self.at(payment.due.after_ratio), yen(self.at(other.due.eligible))
        if left == amount:
            text = words("explain.within", other=label, claim=claim)
        else:
            text = words(
                "explain.ratio",
                amount=yen(amount),
                most=yen(room),
                other=label,
                claim=claim,
                left=yen(left),
            )
        return Line("ratio", depth, text, left, cover.clause_of("outside"))

    def limit_left(self, payment: Payment) -> float:
        """Return what is left of a cover's limits before this incident. [JPY]."""
        before = float(payment.used) + float(np.asarray(payment.payable)[: self.i].sum())
        left = max(payment.layer.period_limit - before, 0.0)
        return min(payment.layer.event_limit, left)

    def limits(self, payment: Payment, depth: int, clause: str) -> Iterator[Line]:
        amount, layer = self.at(payment.due.after_ratio), payment.layer
        after = self.at(payment.after_event_limit)
        what = words("explain.limit.whole" if layer.name == ROOT else "explain.limit")
        left = self.limit_left(payment)
        runs_down = left < layer.period_limit and left < layer.event_limit
        # Where less is left, the full limit matters only if it cuts as well.
        if np.isfinite(layer.event_limit) and (amount > layer.event_limit or not runs_down):
            yield compare_with_limit("limit", depth, amount, layer.event_limit, what, clause)
        if not np.isfinite(layer.period_limit):
            return
        if runs_down:
            most, used = yen(layer.period_limit), yen(layer.period_limit - left)
            what = words("explain.limit.left", most=most, used=used)
            yield compare_with_limit("left", depth, after, left, what, clause)
        elif not np.isfinite(layer.event_limit):
            what = words("explain.limit.period", limit=what)
            yield compare_with_limit("limit", depth, after, layer.period_limit, what, clause)
