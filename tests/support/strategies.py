"""Random payout cases in the schema of `data/cases`, aimed at the boundaries.

`random_case(product, seed)` is deterministic and quick; `cases(product)` is the same generator as
a hypothesis strategy, so that a failing case shrinks. Amounts lie at limits and one yen beside
them, days at the ends of periods and windows, notices on the last days of February. Most
incidents are covered, so that limits matter; each condition fails now and then. Everything is
valid: no rider without the one it changes, earlier payments within the limits, ids of the
product's own tables.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import strategies as st
from support.strategies_tables import (
    EXCEPTIONS,
    EXCLUSIONS,
    FORMS,
    HEADS,
    HEADS_OF,
    ITEM_EXCLUSIONS,
)
from support.strategies_terms import TERMS, Record, amount, iso, near, often, year_after


def random_case(product: str, seed: int) -> Record:
    """Draw the case of this seed."""
    return _draw(product, random.Random(f"{product} {seed}"), f"{product}-{seed}")


def cases(product: str) -> st.SearchStrategy[Record]:
    """Give the cases of a product as a hypothesis strategy."""
    return st.randoms(use_true_random=False).map(lambda rng: _draw(product, rng, "drawn"))


def _draw(product: str, rng: random.Random, name: str) -> Record:
    case = {"id": name, "product": product, **TERMS[product](rng)}
    marks = case.pop("marks")
    count = rng.choice((1, 1, 1, 2, 2, 3, 4))
    case["incidents"] = [_incident(product, rng, case, marks) for _ in range(count)]
    return case


# --- incidents -------------------------------------------------------------------------------


def _incident(product: str, rng: random.Random, case: Record, marks: Record) -> Record:
    start = date.fromisoformat(case["policy"]["period"]["start"])
    end = date.fromisoformat(case["policy"]["period"]["end"])
    inside = start + timedelta(days=rng.randint(0, (end - start).days))
    edges = [start, end]
    if "first_inception" in case["policy"]:
        edges.append(date.fromisoformat(case["policy"]["first_inception"]))
    if case["policy"].get("retroactive_date"):
        edges.append(date.fromisoformat(case["policy"]["retroactive_date"]))
    days = {
        "leaked_on": near(rng, edges) if often(rng, 0.25) else inside,
        "discovered_on": near(rng, edges) if often(rng, 0.2) else inside,
        "claim_made_on": near(rng, (start, end)) if often(rng, 0.15) else inside,
    }
    if product == "nipponkoa_2006":
        days["notified_on"] = _notice(rng, inside)
    # A leak cannot follow its discovery, notice or claim.
    days["leaked_on"] = min(days.values())
    if product == "aiu_2015" and often(rng, 0.85):
        days["security_discovered_on"] = _security_day(rng, case, inside, edges)
    incident: Record = {key: iso(day) for key, day in days.items()}
    for key in ("claim_made_on", "notified_on", "discovered_on"):
        if key in incident and often(rng, 0.04):
            if often(rng, 0.5):
                incident[key] = None
            else:
                del incident[key]
    incident |= _circumstances(product, rng)
    opened = [days.get("notified_on") or days["discovered_on"]]
    if "security_discovered_on" in days:
        opened.append(days["security_discovered_on"])
    if product == "aiu_2015" and often(rng, 0.25):
        known = days["discovered_on"] + timedelta(days=rng.choice((0, 1, 30, 179, 180, 181)))
        incident["noncoverage_known_on"] = iso(known)
        opened.append(known)
    count = rng.choice((0, 1, 2, 2, 3, 3, 4, 5, 6))
    incident["items"] = [_item(product, rng, case, marks, opened) for _ in range(count)]
    _limit_choices(incident["items"])
    return incident


def _notice(rng: random.Random, inside: date) -> date:
    if often(rng, 0.25):
        return rng.choice((date(2007, 2, 28), date(2008, 2, 28), date(2008, 2, 29)))
    return inside


def _security_day(rng: random.Random, case: Record, inside: date, edges: Sequence[date]) -> date:
    """Draw a day around the sixty days after some other, so that deemed days arise."""
    if often(rng, 0.4):
        end = date.fromisoformat(case["policy"]["period"]["end"])
        return end - timedelta(days=30) + timedelta(days=rng.choice((0, 1, 30, 31, 59, 60, 61, 90)))
    return near(rng, edges) if often(rng, 0.25) else inside


def _circumstances(product: str, rng: random.Random) -> Record:
    found: Record = {
        "reported_to_authority": often(rng, 0.75),
        "own_notice": often(rng, 0.3),
        "media_report": often(rng, 0.3),
    }
    rare = {
        "leak_status": ("suspected",),
        "data_subject": ("employee", "officer", "corporate"),
        "deceased": (True,),
        "data_location": ("overseas",),
        "business_location": ("overseas",),
        "claim_country": ("US", "SG"),
        "entrusted": (True,),
        "approved_consultant": (False,),
    }
    for key, values in rare.items():
        if often(rng, 0.05):
            found[key] = rng.choice(values)
    if often(rng, 0.15):
        _exclude(product, rng, found, EXCLUSIONS[product])
    return found


def _exclude(product: str, rng: random.Random, record: Record, ids: Sequence[str]) -> None:
    """Establish one or two exclusions, at times with what lifts them."""
    chosen = sorted({rng.choice(ids) for _ in range(rng.choice((1, 1, 2)))})
    record["exclusions"] = chosen
    lifting = [EXCEPTIONS[name][product] for name in chosen if product in EXCEPTIONS.get(name, {})]
    if lifting and often(rng, 0.6):
        record["exceptions"] = lifting


def _item(
    product: str, rng: random.Random, case: Record, marks: Record, opened: Sequence[date]
) -> Record:
    head = rng.choice(HEADS if often(rng, 0.06) else HEADS_OF[product])
    item: Record = {"head": head} | _size(rng, head, marks)
    if often(rng, 0.3):
        item["incurred_on"] = iso(_day_in_window(rng, case, opened))
    if often(rng, 0.12):
        item["consent"] = often(rng, 0.3)
    if often(rng, 0.12):
        _exclude(product, rng, item, EXCLUSIONS[product] + ITEM_EXCLUSIONS[product])
    if head == "recurrence_prevention" and often(rng, 0.4):
        item["direct_cause_location"] = often(rng, 0.3)
    if product == "aiu_2015":
        _aiu_extras(rng, item)
    return item


def _aiu_extras(rng: random.Random, item: Record) -> None:
    if item["head"] == "ip_damages":
        ways = ("judgment", "arbitration", "court_settlement", "adr", "out_of_court")
        item["settled_by"] = rng.choice(ways)
    if item["head"] == "court_attendance" and often(rng, 0.5):
        item["claim"] = rng.choice(("corporate_info", "ip"))
    own = {"consulting": "consulting", "investigation": "execution", "cyber_response": "cyber"}
    own["legal_consultation"] = "execution"
    if item["head"] in own and often(rng, 0.45):
        others = [s for s in ("consulting", "execution", "cyber") if s != own[item["head"]]]
        more = others if often(rng, 0.3) else [rng.choice(others)]
        item["claimable_under"] = [own[item["head"]], *more]


def _limit_choices(items: list[Record]) -> None:
    """Keep at most three items with a choice of riders: the reference tries every combination."""
    for item in [item for item in items if "claimable_under" in item][3:]:
        del item["claimable_under"]


def _size(rng: random.Random, head: str, marks: Record) -> Record:
    if head in ("condolence", "entrustor_condolence"):
        return _condolence_size(rng, head, marks)
    if head == "condolence_corporate":
        each = rng.choice((99_999, 100_000, 100_001, 30_000))
        return {"corporations": rng.randint(1, 6), "per_corporation": each}
    if head == "court_attendance":
        return {"officer_days": rng.randint(0, 20), "employee_days": rng.randint(0, 30)}
    if head.startswith(("corporate_info", "ip_")) and "corporate" in marks:
        return {"amount": amount(rng, marks["corporate"])}
    if head in marks:
        return {"amount": amount(rng, marks[head])}
    liability = HEADS.index(head) < HEADS.index("press_conference")
    return {"amount": amount(rng, marks["liability" if liability else "cost"])}


def _condolence_size(rng: random.Random, head: str, marks: Record) -> Record:
    part = "liability" if head == "entrustor_condolence" else "cost"
    each = rng.choice((300, 499, 500, 501, 750, 999, 1000, 1001))
    persons = max(1, amount(rng, marks[part]) // rng.choice((500, each)))
    size: Record = {"persons": persons, "per_person": each}
    if head == "condolence":
        if often(rng, 0.6):
            size["form"] = rng.choice(FORMS)
        if often(rng, 0.4):
            size["shipping_per_person"] = rng.choice((0, 1, 50, 82, 500))
        if often(rng, 0.15):
            size["recipient"] = rng.choice(("customer", "employee_non_customer"))
    return size


def _day_in_window(rng: random.Random, case: Record, opened: Sequence[date]) -> date:
    """Draw a day at the opening or the close of some window, or in its middle."""
    first = rng.choice(opened)
    lengths = (0, 30, 90, 180, case["policy"].get("response_period_days", 180))
    close = rng.choice((*(first + timedelta(days=n) for n in lengths), year_after(first)))
    return close + timedelta(days=rng.choice((-1, 0, 0, 1)))
