"""The plans of W3 as one writes them first: each product by hand, every event through every cover.

Takes limits, shares and caps from the plans as data and shares no code with the package. Says the
four products for the default client and nothing else: events no brochure pays for differently are
not told apart, and the twelve months of one product are 365 days.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from exposure.arrays import BoolArray, FloatArray, IntArray
from exposure.policy.plan import Layer, Plan
from tests.benchmarks.naive_losses import Events

GIFT, SENDING = "condolence", "condolence_shipping"
YEAR = 365
LIABILITY = ("damages", "litigation_costs")
Groups = Sequence[tuple[Sequence[str], BoolArray]]


class Sheet:
    """What one plan does with all events, cover by cover."""

    def __init__(self, plan: Plan, events: Events) -> None:
        self.events, self.product = events, plan.product
        self.layers: dict[str, Layer] = {layer.name: layer for layer in plan.layers}
        self.overall = plan.wording.plan.limit_covers
        self.unpaid = dict.fromkeys(
            (
                "not_covered", "excluded", "window", "per_unit",
                "deductible", "share", "sublimit", "limit",
            ),
            0.0,
        )  # fmt: skip
        self.covered: dict[str, BoolArray] = {}
        self.cut: dict[str, BoolArray] = {}
        self.above: dict[str, FloatArray] = {}  # what a limit takes of each event
        self.used = np.zeros(events.n_years, dtype=bool)
        self.left = events.total
        self.paid = np.zeros_like(events.total)

    def take(self, name: str, groups: Groups, days: float = np.inf) -> FloatArray:
        """Take up the losses of a cover: conditions, window, cap per person."""
        n = self.events.total.size
        loss, covered, inside, above = (np.zeros(n) for _ in range(4))
        for heads, flag in groups:
            amount = sum(self.events.costs[head] for head in heads)
            loss += amount
            covered += amount * flag
            inside += sum(self._in_window(head, days) for head in heads) * flag
            above += self._above_cap(name, heads, days) * flag
        capped = inside - above
        self.left = self.left - loss
        self.covered[name] = covered > 0
        self.cut[name + ".per_unit"] = above > 0
        self._lose("excluded", loss, covered)
        self._lose("window", covered, inside)
        self._lose("per_unit", inside, capped)
        return capped

    def _in_window(self, head: str, days: float) -> FloatArray:
        """Return what of a head is spent within so many days, in whole yen."""
        events = self.events
        if np.isinf(days):
            return events.costs[head]
        share = -np.expm1(-days / events.mean_days[head])
        if head in (GIFT, SENDING):
            return np.floor(events.given * share) * (
                events.gift if head == GIFT else events.sending
            )
        return np.floor(events.costs[head] * share)

    def _above_cap(self, name: str, heads: Sequence[str], days: float) -> FloatArray | float:
        """Return what gifts and their sending cost above a cap per person."""
        events, cover, above = self.events, self.layers[name].cover, 0.0
        if cover is None or GIFT not in heads:
            return 0.0
        for cap in cover.per_unit.values():
            if GIFT in cap.heads:
                each = events.gift + (events.sending if SENDING in cap.heads else 0.0)
                above += max(each - cap.amount, 0.0)
        persons = events.given
        if days < np.inf:
            persons = np.floor(persons * -np.expm1(-days / events.mean_days[GIFT]))
        return persons * above

    def settle(self, name: str, amount: FloatArray) -> FloatArray:
        """Apply deductible, share, limit per event and limit per year."""
        layer = self.layers[name]
        above = np.maximum(amount - (layer.cover.deductible if layer.cover else 0.0), 0.0)
        numerator, denominator = layer.ratio
        shared = np.floor(above * numerator / denominator)
        paid = np.minimum(shared, layer.event_limit)
        paid = self.events.run_down(paid, layer.period_limit)
        self._lose("deductible", amount, above)
        self._lose("share", above, shared)
        self._lose("limit" if name in self.overall else "sublimit", shared, paid)
        self.above[name] = shared - paid
        self.cut[name] = paid < shared
        if name in self.overall and np.isfinite(layer.period_limit):
            self.used |= self.events.by_year(paid) >= layer.period_limit
        elif name in self.overall and np.isfinite(layer.event_limit):
            self.used |= self.events.any_by_year(paid >= layer.event_limit)
        return paid

    def due(self, name: str, groups: Groups) -> FloatArray:
        """Return what a cover owes before its limits, and note nothing."""
        days, layer = _window(self, name), self.layers[name]
        amount = np.zeros(self.events.total.size)
        for heads, flag in groups:
            inside = sum(self._in_window(head, days) for head in heads)
            amount += (inside - self._above_cap(name, heads, days)) * flag
        numerator, denominator = layer.ratio
        above = np.maximum(amount - (layer.cover.deductible if layer.cover else 0.0), 0.0)
        return np.floor(above * numerator / denominator)

    def pro_rata(self, name: str, amount: FloatArray, claim: FloatArray, of: str) -> FloatArray:
        """Cut what is paid outside a limit where the claim exceeds it."""
        paid = np.floor(amount * np.minimum(1, self.layers[of].event_limit / np.maximum(claim, 1)))
        self._lose("limit", amount, paid)
        self.above[name] = amount - paid
        self.cut[name] = paid < amount
        return paid

    def _lose(self, reason: str, before: FloatArray, after: FloatArray) -> None:
        self.unpaid[reason] += (before - after).sum()

    def finish(self, paid: FloatArray) -> Sheet:
        """Note what is paid in the end, and what no cover takes."""
        self.paid = paid
        self.unpaid["not_covered"] = self.left.sum()
        return self


def _nipponkoa(sheet: Sheet) -> Sheet:
    events = sheet.events
    answers = ~(events.intent | events.knowing)
    public = answers & (events.reported | events.own_notice)
    notices = ("press_conference", "apology_ads")
    rest = (
        "consulting", "legal_consultation", "apology_letters", "call_centre", GIFT, SENDING,
        "investigation", "cyber_response", "overtime_travel",
    )  # fmt: skip
    made = answers & events.claimed_in_period
    liability = sheet.settle("liability", sheet.take("liability", [(LIABILITY, made)]))
    cost = sheet.take("cost", [(notices, answers), (rest, public)], YEAR)
    return sheet.finish(liability + sheet.settle("cost", cost))


def _sompo(sheet: Sheet) -> Sheet:
    answers = ~(sheet.events.intent | sheet.events.knowing)
    heads = (
        "press_conference", "apology_ads", "consulting", "legal_consultation", "apology_letters",
        "call_centre", GIFT, SENDING, "investigation", "cyber_response", "overtime_travel",
        "certification", "recurrence_prevention", "data_restoration", "system_repair",
        "regulatory_report", "regulatory_proceedings",
    )  # fmt: skip
    cost = sheet.settle("cost", sheet.take("cost", [(heads, answers)]))
    liability = sheet.settle("liability", sheet.take("liability", [(LIABILITY, answers)]))
    return sheet.finish(sheet.settle("plan", cost + liability))


def _galileo(sheet: Sheet) -> Sheet:
    events = sheet.events
    answers = events.leaked_in_period & ~events.suspected & ~(events.intent | events.knowing)
    known = events.reported | events.own_notice | events.media
    heads = (
        "press_conference", "apology_ads", "consulting", "apology_letters", "call_centre", GIFT,
    )  # fmt: skip
    made = answers & events.claimed_in_period
    damages = sheet.take("damages", [(("damages",), made)])
    fees = sheet.take("litigation", [(("litigation_costs",), made)])
    fees = sheet.pro_rata("litigation", fees, damages, "damages")
    cost = sheet.take("cost", [(heads, answers & known)], _window(sheet, "cost"))
    return sheet.finish(sheet.settle("damages", damages) + fees + sheet.settle("cost", cost))


def _aiu(sheet: Sheet) -> Sheet:
    events = sheet.events
    answers = ~events.suspected & ~events.intent
    public = answers & (events.reported | events.media)
    heads = [
        "legal_consultation", "investigation", "overtime_travel", "call_centre", "apology_letters",
        GIFT, SENDING, "apology_ads", "press_conference",
    ]  # fmt: skip
    total = sheet.settle("consulting", sheet.take("consulting", [(["consulting"], answers)],
                                                  _window(sheet, "consulting")))  # fmt: skip
    made = answers & events.claimed_in_period
    claims = sheet.settle("claims", sheet.take("claims", [(LIABILITY, made)]))
    total = total + sheet.settle("liability", claims)
    covers = {"execution": [*heads, "cyber_response"]}
    if sheet.layers["cyber"].attached:
        _split_by_what_pays_more(sheet, heads, public, total)
        covers["cyber"] = ["as_cyber"]
    flags = {"execution": public, "cyber": ~events.intent}
    for name, of_cover in covers.items():
        taken = sheet.take(name, [(of_cover, flags[name])], _window(sheet, name))
        total = total + sheet.settle(name, taken)
    return sheet.finish(sheet.settle("plan", total))


def _split_by_what_pays_more(
    sheet: Sheet, heads: Sequence[str], public: BoolArray, others: FloatArray
) -> None:
    """Bill the forensic work of each event under the cover that pays more, in order of the events.

    What goes to the rider stands under a head of its own from here on.
    """
    events, head = sheet.events, "cyber_response"
    without = sheet.due("execution", [(heads, public)])
    within = sheet.due("execution", [([*heads, head], public)])
    rider = sheet.due("cyber", [([head], ~events.intent)])
    spent = {name: np.zeros(events.n_years) for name in ("execution", "cyber", "plan")}
    place = np.arange(events.year.size) - events.first  # in the year

    def paid(name: str, amount: FloatArray, year: IntArray) -> FloatArray:
        layer = sheet.layers[name]
        left = np.maximum(layer.period_limit - spent[name][year], 0.0)
        return np.minimum(np.minimum(amount, layer.event_limit), left)

    to_rider = np.zeros(events.year.size, dtype=bool)
    for k in range(int(place.max()) + 1):
        at = np.flatnonzero(place == k)
        year = events.year[at]
        ways = []
        for execution, cyber in ((without[at], rider[at]), (within[at], np.zeros(at.size))):
            own = {
                "execution": paid("execution", execution, year),
                "cyber": paid("cyber", cyber, year),
            }
            whole = others[at] + own["execution"] + own["cyber"]
            ways.append(own | {"plan": paid("plan", whole, year)})
        better = ways[0]["plan"] >= ways[1]["plan"]
        to_rider[at] = better
        for name, yen in spent.items():
            yen[year] += np.where(better, ways[0][name], ways[1][name])
    cost, days = events.costs[head], events.mean_days
    sheet.events = replace(
        events,
        costs={**events.costs, head: cost * ~to_rider, "as_cyber": cost * to_rider},
        mean_days={**days, "as_cyber": days[head]},
    )


def _window(sheet: Sheet, name: str) -> float:
    cover = sheet.layers[name].cover
    return float(cover.require["window"].days)  # type: ignore[union-attr, arg-type]


_PRODUCTS: dict[str, Callable[[Sheet], Sheet]] = {
    "nipponkoa_2006": _nipponkoa,
    "sompo_alive_leak_limited": _sompo,
    "galileo_generic": _galileo,
    "aiu_2015": _aiu,
}
# The covers in which a section's losses and limits are.
SECTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "nipponkoa_2006": {"liability": ("liability",), "cost": ("cost",)},
    "sompo_alive_leak_limited": {"cost": ("cost",), "liability": ("liability",)},
    "galileo_generic": {"liability": ("damages", "litigation"), "cost": ("cost",)},
    "aiu_2015": {
        "consulting": ("consulting",),
        "execution": ("execution",),
        "cyber": ("cyber",),
        "liability": ("claims", "liability"),
    },
}


def pay(plan: Plan, events: Events) -> Sheet:
    """Pay every event under a plan."""
    return _PRODUCTS[plan.product](Sheet(plan, events))
