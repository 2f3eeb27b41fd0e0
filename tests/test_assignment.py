"""A rider never takes anything away: each item goes where it is paid most, event by event."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.reference import adjudicate
from support.strategies_plans import NAMES, built, period, table_of, wordings, years
from support.wordings_filled import filled

from exposure.arrays import FloatArray, Years
from exposure.lazy import Shared
from exposure.policy.assignment import candidates, losses_for
from exposure.policy.catalogue import Catalogue, product, product_from, products
from exposure.policy.choices import parse_id
from exposure.policy.interpreter import PayoutTable, pay
from exposure.policy.plan import Plan, plan
from exposure.policy.simulated_cases import cases_from, incidents_from
from exposure.policy.vocabulary import HEADS, PolicyPeriod
from exposure.tables import CATEGORIES, FLAGS, EventTable, LossItem, LossTable

START, END = date(2026, 4, 1), date(2027, 3, 31)
YEAR = PolicyPeriod(start=START, end=END)
DAY = np.datetime64("2026-06-01")
SPENT = {"cyber_response": 45.0, "investigation": 60.0, "call_centre": 30.0, "consulting": 90.0}


def one_event(*items: LossItem, **facts: Any) -> LossTable:
    known = {"discovered_on": DAY, "security_discovered_on": DAY, "reported_to_authority": True}
    return LossTable(EventTable(Years((1,)), {**known, **facts}), items)


def paid(identifier: str, losses: LossTable) -> PayoutTable:
    chosen = plan(identifier)
    return pay(chosen, losses_for(chosen, losses), YEAR)


# By hand. AIU, limit 100M: execution pays 90 % of at most 10M, cyber 90 % and 3M at most.


def test_a_large_forensic_bill_stays_an_investigation() -> None:
    losses = one_event(LossItem("cyber_response", np.array([5e6])))
    table = paid("aiu_2015+cyber@limit=100000000", losses)
    assert table.paid.tolist() == [4_500_000]  # not the three millions of the rider
    assert {name: own[0] for name, own in table.paid_by_section().items() if own[0]} == {
        "execution": 4_500_000
    }


def test_a_suspected_leak_goes_under_the_rider_that_needs_none() -> None:
    suspected = CATEGORIES["leak_status"].index("suspected")
    losses = one_event(LossItem("cyber_response", np.array([5e6])), leak_status=suspected)
    assert paid("aiu_2015@limit=100000000", losses).paid.tolist() == [0]
    table = paid("aiu_2015+cyber@limit=100000000", losses)
    assert table.paid.tolist() == [3_000_000]
    assert table.payments["cyber"].payable.tolist() == [3_000_000]


def test_where_both_pay_alike_the_rider_of_its_own_name_does() -> None:
    losses = one_event(LossItem("cyber_response", np.array([1e6])))
    table = paid("aiu_2015+cyber@limit=100000000", losses)
    assert table.payments["cyber"].payable.tolist() == [900_000]
    assert table.payments["execution"].payable.tolist() == [0]


def test_a_full_execution_limit_sends_the_bill_to_the_rider() -> None:
    items = LossItem("call_centre", np.array([2e7])), LossItem("cyber_response", np.array([2e6]))
    table = paid("aiu_2015+cyber@limit=100000000", one_event(*items))
    assert table.paid.tolist() == [10_000_000 + 1_800_000]


def test_what_an_event_took_of_a_limit_is_gone_for_the_next() -> None:
    """Two attacks of 2M: the rider's 3M pay the first (a tie), the second goes to execution."""
    events = EventTable(Years((1, 1)), one_event().events.facts)
    losses = LossTable(events, (LossItem("cyber_response", np.array([2e6, 2e6])),))
    table = paid("aiu_2015+cyber@limit=100000000", losses)
    assert table.payments["cyber"].payable.tolist() == [1_800_000, 0]
    assert table.payments["execution"].payable.tolist() == [0, 1_800_000]
    taken = [(cover, item.amount.tolist()) for _, cover, item in table.items_by_cover()]
    assert taken == [("cyber", [2e6, 0]), ("execution", [0, 2e6])]


def test_a_sampled_case_says_under_which_rider_the_bill_went() -> None:
    """Execution counts 180 days from 1 June; 5M x (1 - e^-4) = 4,908,421 fall within them."""
    bill = LossItem("cyber_response", np.array([5e6]), spending_mean_days=45.0)
    chosen = plan("aiu_2015+cyber@limit=100000000")
    case = next(cases_from(chosen, one_event(bill), START, END))
    under = {"head": "cyber_response", "claimable_under": ["execution"]}
    assert case["incidents"][0]["items"] == [
        {**under, "amount": 4_908_421, "incurred_on": "2026-06-01"},
        {**under, "amount": 91_579, "incurred_on": "2026-11-29"},
    ]
    assert case["expected"]["total"] == 4_908_421 * 9 // 10


# Random wordings, against a choice that is tried event by event.


def tried_one_by_one(chosen: Plan, losses: LossTable, number: int) -> FloatArray:
    """Give every event an item of its own, and put each under what pays that event most."""
    whole = losses.items[number]
    n = losses.events.n_events
    each: list[LossItem] = []
    for event in range(n):
        here = np.arange(n) == event

        def kept(column: Any, here: Any = here) -> Any:
            return None if column is None else column * here

        each.append(
            replace(
                whole,
                amount=whole.amount * here,
                units=kept(whole.units),
                officer_days=kept(whole.officer_days),
                employee_days=kept(whole.employee_days),
                claimable_under=(),
            )
        )
    items = tuple(item for k, item in enumerate(losses.items) if k != number)
    split = LossTable(losses.events, (*items, *each))
    covers = candidates(chosen, whole.claimable_under, whole.head)
    assigned = {len(items) + event: covers[0] for event in range(n)}
    for event in range(n):
        ways = [{**assigned, len(items) + event: cover} for cover in covers]
        totals = [pay(chosen, split, period(), assigned=way).paid[event] for way in ways]
        assigned = ways[int(np.argmax(totals))]
    return pay(chosen, split, period(), assigned=assigned).paid


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw=wordings(), drawn=years(), data=st.data())
def test_the_choice_for_all_events_is_that_of_each_alone(
    raw: Any, drawn: Any, data: st.DataObject
) -> None:
    chosen = built(raw)
    losses, _ = table_of(drawn)
    number = data.draw(st.integers(0, len(losses.items) - 1))
    two = data.draw(st.lists(st.sampled_from(list(raw["cover"])), min_size=1, unique=True))
    items = list(losses.items)
    items[number] = replace(items[number], claimable_under=tuple(two[:3]))
    doubtful = LossTable(losses.events, tuple(items))
    table = pay(chosen, doubtful, period())
    np.testing.assert_array_equal(table.paid, tried_one_by_one(chosen, doubtful, number))
    unpaid = sum(table.unpaid_by_reason().values())
    np.testing.assert_array_equal(unpaid, doubtful.total() - table.paid)
    assert set(NAMES) >= set(table.payments) - {"plan"}


def test_plans_paid_together_choose_as_each_alone() -> None:
    losses = random_years(5, Years((60, 40, 20, 5)))
    shared = Shared()
    ids = [
        f"aiu_2015+cyber{more}@limit={limit}"
        for more in ("", "+execution_double", "+card")
        for limit in (10_000_000, 30_000_000, 100_000_000)
    ]
    for identifier in ids * 2:
        chosen = plan(identifier)
        together = pay(chosen, losses_for(chosen, losses, shared), YEAR, shared=shared)
        alone = paid(identifier, losses)
        np.testing.assert_array_equal(together.paid, alone.paid)
        for reason, amount in alone.unpaid_by_reason().items():
            np.testing.assert_array_equal(together.unpaid_by_reason()[reason], amount, reason)


# Sampled cases: the slow twin makes the same choice.


def test_the_slow_twin_chooses_alike_event_by_event() -> None:
    losses = random_years(11, Years((50, 30, 20, 8)))
    used: Counter[str] = Counter()
    for identifier in (
        "aiu_2015+cyber@limit=30000000",
        "aiu_2015+cyber+execution_double@limit=300000000",
    ):
        chosen = plan(identifier)
        named = losses_for(chosen, losses)
        under: dict[str, list[Any]] = {}
        for name in ("cyber", "execution"):
            one = tuple(
                replace(item, claimable_under=(name,)) if item.claimable_under else item
                for item in named.items
            )
            under[name] = incidents_from(chosen, replace(named, items=one), YEAR)
        year_of = losses.events.years.year_of_event().tolist()
        for year, case in enumerate(cases_from(chosen, losses, START, END)):
            rows = [row for row, of in enumerate(year_of) if of == year]
            incidents: list[Any] = []
            for row in rows:
                totals = {
                    name: adjudicate({**case, "incidents": [*incidents, written[row]]})[
                        "incidents"
                    ][-1]["total"]
                    for name, written in under.items()
                }
                best = max(totals, key=lambda name: totals[name])
                used[best] += len(set(totals.values())) > 1
                incidents.append(under[best][row])
            got = [
                one["total"] for one in adjudicate({**case, "incidents": incidents})["incidents"]
            ]
            assert got == [one["total"] for one in case["expected"]["incidents"]]
    assert used["cyber"] > 5
    assert used["execution"] > 5


# Every endorsement of every shipped product.


def random_years(seed: int, arranged: Years) -> LossTable:
    """Draw events in which every head costs something now and then."""
    rng = np.random.default_rng(seed)
    n = arranged.n_events

    def flags(probability: float) -> Any:
        return rng.random(n) < probability

    facts: dict[str, Any] = {name: flags(0.8 if on else 0.5) for name, on in FLAGS.items()}
    for of_items in ("consent", "direct_cause_location"):
        del facts[of_items]
    facts |= {
        name: np.where(flags(0.8), 0, rng.integers(0, len(values), n)).astype(np.int8)
        for name, values in CATEGORIES.items()
        if name not in ("claim", "form", "recipient", "settled_by")
    }
    found = np.datetime64(START) + np.sort(rng.integers(-40, 340, n)).astype("timedelta64[D]")
    facts |= dict.fromkeys(("discovered_on", "notified_on", "claim_made_on"), found)
    facts["security_discovered_on"] = np.where(flags(0.8), found, np.datetime64("NaT", "D"))
    facts["leaked_on"] = found - rng.integers(0, 400, n).astype("timedelta64[D]")
    exclusions = {name: flags(0.1) for name in ("card_number_misuse", "dispatched_worker_act")}
    items = []
    for head in HEADS:
        amount = np.where(flags(0.6), np.floor(rng.lognormal(14, 1.5, n)), 0.0)
        units = per_unit = days = None
        if head.startswith(("condolence", "entrustor_condolence")):
            units, per_unit = np.floor(amount / 700), np.full(n, 700.0)
            amount = units * per_unit
        if head == "court_attendance":
            days = rng.integers(0, 9, n).astype(np.float64)
            amount = days * 50_000
        items.append(
            LossItem(
                head, amount, units, per_unit, officer_days=days,
                employee_days=None if days is None else np.zeros(n),
                spending_mean_days=SPENT.get(head),
            )
        )  # fmt: skip
    return LossTable(EventTable(arranged, facts, exclusions), tuple(items))


# A template is tried with its blanks filled in.
BASES = {
    "aiu_2015": (
        "aiu_2015@limit={limit}",
        "aiu_2015@limit={limit}@execution=false@deductible=100000@own_share_percent=10",
        "aiu_2015+card+dispatch+cyber@limit={limit}",
        "aiu_2015+cyber+consulting_double+execution_double@limit={limit}@ip=10000000",
    ),
    "galileo_generic": (
        "galileo_generic@limit_per_event={limit}@cost_limit_per_event=5000000"
        "@response_period_days=90@first_inception=2024-04-01",
    ),
    "tokio_cyber": ("tokio_cyber/B@limit={limit}@deductible=0@cost_limit=50000000",),
    "sompo_cyber": ("sompo_cyber/1",),
    "ms_cyber_protector": (
        "ms_cyber_protector/standard@limit={limit}@deductible=0@cost_limit=30000000",
    ),
}


def endorsed(base: str) -> list[tuple[Plan, Plan]]:
    """Return a plan with and without each endorsement that can be added to it."""
    source = filled(parse_id(base).product)
    among = Catalogue({source.name: source})
    chosen = plan(base, among=among)
    pairs = []
    for name, option in source.options.items():
        if chosen.options[name] not in (False, None):
            continue
        if any(chosen.options[need] in (False, None) for need in option.needs):
            continue
        for value in option.values or ("true",):
            head = base.replace("@execution=false", "") if name == "execution" else base
            pairs.append((chosen, plan(f"{head}@{name}={value}", among=among)))
    return pairs


def test_every_product_with_endorsements_is_looked_at() -> None:
    assert {name for name in products() if product(name).options} == set(BASES)


@pytest.mark.parametrize("base", [one for bases in BASES.values() for one in bases])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from((10**7, 3 * 10**7, 10**8, 10**9)))
def test_an_endorsement_never_lowers_what_an_event_is_paid(
    base: str, seed: int, limit: int
) -> None:
    losses = random_years(seed, Years((150,)))  # every event alone in its year
    for without, with_it in endorsed(base.format(limit=limit)):
        before = pay(without, losses_for(without, losses), YEAR).paid
        after = pay(with_it, losses_for(with_it, losses), YEAR).paid
        assert (after >= before).all(), with_it.id


def test_every_cost_rider_adds_something() -> None:
    """The property would hold of riders that do nothing, too."""
    losses = random_years(3, Years((400,)))
    for without, with_it in endorsed("aiu_2015@limit=100000000"):
        before = pay(without, losses_for(without, losses), YEAR).paid
        assert pay(with_it, losses_for(with_it, losses), YEAR).paid.sum() > before.sum(), with_it.id


def with_security_cover(terms: dict[str, Any] | None) -> Plan:
    """Build a policy of damages and investigation, with or without a cover of the consultant."""
    label = {"ja": "例", "en": "example"}
    covers: dict[str, Any] = {
        "a": {"label": label, "heads": ["damages", "investigation"], "limit": 10**8}
    }
    if terms is not None:
        covers["c"] = {"label": label, "heads": ["cyber_response"], **terms}
    named = dict.fromkeys(("label", "short", "insurer", "edition"), label)
    raw = {"plan": {"product": "own", "source": "own", "limit_covers": ["a"], **named}}
    among = Catalogue({"own": product_from({**raw, "cover": covers}, "own", "own.toml")})
    return plan("own", among=among)


@pytest.mark.parametrize(
    "terms", [{"limit": 100_000}, {"limit": 100_000, "within": "a"}, {"deductible": 10**6}]
)
def test_a_cover_more_never_lowers_what_an_event_is_paid(terms: dict[str, Any]) -> None:
    """The bill stays an investigation wherever the small cover for it would pay less."""
    losses = random_years(5, Years((400,)))
    without, with_it = with_security_cover(None), with_security_cover(terms)
    before = pay(without, losses_for(without, losses), YEAR).paid
    after = pay(with_it, losses_for(with_it, losses), YEAR).paid
    assert (after >= before).all()
