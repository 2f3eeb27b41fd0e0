"""Wordings of the market, read in part: how much they pay, from the facts on their pages alone.

One policy year of incidents in, yen by section out; written from the fact sheets, one incident and
one item at a time, in plain whole yen. What a page does not show is passed in by name. Conditions
are those the pages name; a leak that is confirmed, in the period and in Japan is taken for granted
unless the incident says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
Section = Callable[[Record, Record], int]

GIFT = ("persons", "per_person")


def loss(item: Record, per_person: int | None = None, per_corporation: int | None = None) -> int:
    """Give an item's loss, a gift at no more than its cap."""
    if item["head"] == "condolence":
        each = item["per_person"]
        return int(item["persons"] * (each if per_person is None else min(each, per_person)))
    if item["head"] == "condolence_corporate":
        each = item["per_corporation"]
        most = each if per_corporation is None else min(each, per_corporation)
        return int(item["corporations"] * most)
    return int(item["amount"])


def of_heads(incident: Record, heads: set[str], **caps: int) -> int:
    return sum(loss(item, **caps) for item in incident["items"] if item["head"] in heads)


class Limits:
    """What is left of the limits of one policy year."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def pay(self, name: str, amount: int, limit: int) -> int:
        paid = min(amount, max(limit - self.used.get(name, 0), 0))
        self.used[name] = self.used.get(name, 0) + paid
        return paid


def ms_protector(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Deductible off each part, then its limit; nothing else is deducted in the example."""
    policy, left, paid = case["policy"], Limits(), []
    costs = {"consulting", "apology_ads", "apology_letters", "condolence"}
    claims = {"damages", "litigation_costs", "corporate_info_damages"}
    for incident in case["incidents"]:
        spent = of_heads(incident, costs, per_person=unseen["condolence"])
        due = max(spent - policy["cost_deductible"], 0)
        cost = left.pay("cost", due, policy["cost_limit"])
        due = max(of_heads(incident, claims) - policy["deductible"], 0)
        paid.append({"cost": cost, "liability": left.pay("liability", due, policy["limit"])})
    return paid


def nichibyo(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Brand costs after an apology in public or by letter: less 100,000, a tenth of the sum."""
    limit, left, paid = case["policy"]["limit"], Limits(), []
    brand = {"press_conference", "apology_ads", "apology_letters", "call_centre", "consulting"}
    for incident in case["incidents"]:
        due = 0
        if incident.get("own_notice") or incident.get("letters_sent"):
            spent = of_heads(incident, brand)
            for item in incident["items"]:
                if item["head"] == "condolence" and item.get("form", "cash") == "goods":
                    spent += loss(item, unseen["condolence"])
            due = max(spent - 100_000, 0)
        costs = left.pay("brand", due, limit // 10)
        claims = {"damages", "litigation_costs", "recourse_preservation_costs"}
        due = of_heads(incident, claims)
        paid.append({"brand": costs, "liability": left.pay("liability", due, limit)})
    return paid


SETS = {
    "A": (10_000_000, 1_000_000),
    "B": (50_000_000, 5_000_000),
    "C": (100_000_000, 10_000_000),
    "D": (300_000_000, 30_000_000),
}


def jcci(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Costs: 90 % of what is above 100,000, gifts at 1,000 yen each; suspicion is not enough."""
    (limit, cost_limit), left, paid = SETS[case["plan"]], Limits(), []
    costs = {"press_conference", "apology_ads", "apology_letters", "condolence", "card_reissue"}
    claims = {"damages", "litigation_costs", "corporate_info_damages"}
    for incident in case["incidents"]:
        leaked = incident.get("leak_status", "leak") == "leak"
        spent = of_heads(incident, costs, per_person=1_000) if leaked else 0
        cost = left.pay("cost", max(spent - 100_000, 0) * 90 // 100, cost_limit)
        at_home = incident.get("claim_country", "JP") == "JP"
        due = of_heads(incident, claims) if leaked and at_home else 0
        paid.append(
            {"cost": cost, "liability": left.pay("liability", max(due - 100_000, 0), limit)}
        )
    return paid


def dataproace(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Gifts at 500 yen a person and 50,000 a corporation; an entrustor's recourse to the limit."""
    policy, left, paid = case["policy"], Limits(), []
    gifts = {"condolence", "condolence_corporate"}
    claims = {"damages", "litigation_costs", "entrustor_costs"}
    for incident in case["incidents"]:
        spent = of_heads(incident, gifts, per_person=500, per_corporation=50_000)
        spent = max(spent - unseen["cost_deductible"], 0) * unseen["cost_percent"] // 100
        cost = left.pay("cost", spent, policy["cost_limit"])
        due = max(of_heads(incident, claims) - policy["deductible"], 0)
        paid.append({"cost": cost, "liability": left.pay("liability", due, policy["limit"])})
    return paid


OTHER_COSTS = {"press_conference", "apology_ads", "apology_letters", "call_centre", "condolence"}


def tokio(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Costs with limits of their own inside one limit; everything inside the liability limit."""
    policy, left, paid = case["policy"], Limits(), []
    percent, own = {"A": (100, 100_000_000), "B": (90, 30_000_000)}[case["plan"]]
    for incident in case["incidents"]:
        attack = incident.get("attack", "none_alleged")
        alarm = attack == "proved_none" and incident.get("outside_alert", False)
        costs = 0
        if attack == "confirmed" or alarm:
            costs += left.pay("cut", of_heads(incident, {"containment"}) * percent // 100, own)
        spent = of_heads(incident, {"investigation"}) * percent // 100
        costs += left.pay("search", spent, own)
        spent = of_heads(incident, {"consulting", "legal_consultation"}) * percent // 100
        costs += left.pay("advice", spent, own)
        if attack == "proved_none":
            spent = of_heads(incident, {"emergency_costs"}) * 90 // 100
            costs += left.pay("emergency", spent, 10_000_000)
        spent = of_heads(incident, OTHER_COSTS, per_person=unseen["condolence"])
        costs += left.pay("other", spent * unseen["other_percent"] // 100, unseen["other_limit"])
        costs = left.pay("cost", costs, policy["cost_limit"])
        claims = {"damages", "litigation_costs", "entrustor_costs", "third_party_interruption"}
        due = max(of_heads(incident, claims) - policy["deductible"], 0)
        liability = left.pay("liability", due, policy["limit"])
        costs_paid = left.pay("plan", costs, policy["limit"])
        paid.append({"cost": costs_paid, "liability": left.pay("plan", liability, policy["limit"])})
    return paid


PLANS = {"1": (100_000_000, 30_000_000), "2": (500_000_000, 100_000_000)}


def sompo(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Two plans of two limits; suspected leaks and slips count, 100,000 off the liability part."""
    (limit, cost_limit), left, paid = PLANS[case["plan"]], Limits(), []
    costs = {"investigation", "apology_letters", "call_centre", "condolence"}
    for incident in case["incidents"]:
        spent = of_heads(incident, costs, per_person=unseen["condolence"])
        spent = max(spent - unseen["cost_deductible"], 0) * unseen["cost_percent"] // 100
        cost = left.pay("cost", spent, cost_limit)
        due = of_heads(incident, {"damages", "litigation_costs"})
        due = max(due - case["policy"]["deductible"], 0)
        paid.append({"cost": cost, "liability": left.pay("liability", due, limit)})
    return paid


# Where liability and costs respond: Japan alone, anywhere, or nowhere.
TERRITORY = {
    "economy": ("JP", None),
    "standard": ("JP", "JP"),
    "premium": ("anywhere", "anywhere"),
}


def ms_cyber(case: Record, unseen: Record) -> list[dict[str, int]]:
    """Economy without costs, standard in Japan, premium worldwide; gifts of 1,000 and 50,000."""
    policy, left, paid = case["policy"], Limits(), []
    where = TERRITORY[case["plan"]]
    for incident in case["incidents"]:
        claimed, spent_in = incident.get("claim_country", "JP"), incident["business_location"]
        cost = claims = 0
        if where[1] in (spent_in, "anywhere"):
            gifts = {"condolence", "condolence_corporate"}
            spent = of_heads(incident, gifts, per_person=1_000, per_corporation=50_000)
            spent = max(spent - unseen["cost_deductible"], 0) * unseen["cost_percent"] // 100
            cost = left.pay("cost", spent, policy["cost_limit"])
        if where[0] in (claimed, "anywhere"):
            claims = of_heads(incident, {"damages", "litigation_costs"})
        due = max(claims - policy["deductible"], 0)
        paid.append({"cost": cost, "liability": left.pay("liability", due, policy["limit"])})
    return paid


def two_parts(
    costs: set[str], claims: set[str], caps: dict[str, int]
) -> Callable[[Record, Record], list[dict[str, int]]]:
    """Give a policy of two parts, each with limit and deductible, and a share on the costs."""

    def pay(case: Record, unseen: Record) -> list[dict[str, int]]:
        terms, left, paid = {**case["policy"], **unseen}, Limits(), []
        for incident in case["incidents"]:
            spent = of_heads(incident, costs, **caps)
            spent = max(spent - terms["cost_deductible"], 0) * terms["cost_percent"] // 100
            cost = left.pay("cost", spent, terms["cost_limit"])
            due = max(of_heads(incident, claims) - terms["deductible"], 0)
            paid.append({"cost": cost, "liability": left.pay("liability", due, terms["limit"])})
        return paid

    return pay
