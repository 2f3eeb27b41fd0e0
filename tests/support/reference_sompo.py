"""SOMPO Japan, leak-limited type, group scheme Alive (document 001), read line by line."""

from __future__ import annotations

from support.reference_common import (
    Record,
    add,
    case_result,
    facts,
    incident_result,
    losses_of,
    spread,
)

LIABILITY_AMOUNT = 100_000_000  # 001 L29, in the policy period
COST_AMOUNT = 1_000_000  # 001 L30, S-1 (accident and period), S-3 (both groups together)
TOGETHER = 100_000_000  # 001 L51, both parts in the policy period

LIABILITY_HEADS = (
    "damages",  # L66
    "entrustor_costs",  # what a client claims back is legal liability, no sublimit
    "entrustor_condolence",
    "corporate_info_damages",  # L5: information held, not only personal
    "litigation_costs",  # L67
    "dispute_response_costs",
    "cooperation_costs",  # L68
)
APPROVAL_HEADS = ("litigation_costs", "dispute_response_costs")  # L67
COST_HEADS = (
    "press_conference",  # L22
    "apology_ads",  # L22
    "consulting",
    "legal_consultation",
    "apology_letters",
    "call_centre",
    "condolence",
    "condolence_shipping",
    "condolence_corporate",
    "investigation",
    "overtime_travel",  # L77 c
    "certification",
    "misuse_monitoring",
    "containment",
    "recurrence_prevention",
    "data_restoration",
    "system_repair",  # L76, S-2
    "regulatory_report",
    "regulatory_proceedings",
    "recurrence_plan",
)
TANGIBLE_OR_MONEY = ("cash", "goods", "third_party_voucher", "own_voucher")  # L70: 有体物
EXCLUDED_FROM_BOTH = {
    "intentional_or_foreseen_harm",  # L89, S-5
    "knowing_law_violation",  # L90
    "ip_infringement",  # L91
    "shareholder_derivative_suit",  # L92
}
EXCLUDED_FROM_COST = EXCLUDED_FROM_BOTH | {
    "illegally_obtained_data",  # L96
    "officer_data",  # L97
    "utility_interruption",  # L98
    "incurred_anyway",  # L81, L83
    "fine_or_surcharge",  # L83
}


def adjudicate_sompo(case: Record) -> Record:
    prior = case.get("prior_paid", {})
    liability_paid, cost_paid = prior.get("liability", 0), prior.get("cost", 0)
    results = []
    for incident in case["incidents"]:
        losses: dict[str, int] = {}
        eligible: dict[str, dict[str, int]] = {"liability": {}, "cost": {}}
        for item in incident["items"]:
            for head, loss in losses_of(item).items():
                add(losses, head, loss)
            if _liability_answers(incident, item):
                add(eligible["liability"], item["head"], sum(losses_of(item).values()))
            if _cost_answers(incident, item):
                for head, loss in _reasonable_cost(item).items():
                    add(eligible["cost"], head, loss)
        cost_payable = min(sum(eligible["cost"].values()), max(0, COST_AMOUNT - cost_paid))
        liability_payable = min(
            sum(eligible["liability"].values()), max(0, LIABILITY_AMOUNT - liability_paid)
        )
        # L51: both parts together; X-3: costs are spent first
        together = max(0, TOGETHER - liability_paid - cost_paid)
        cost = min(cost_payable, together)
        liability = min(liability_payable, together - cost)
        liability_paid += liability
        cost_paid += cost
        sections = {
            "liability": {"payable": liability_payable, "paid": liability},
            "cost": {"payable": cost_payable, "paid": cost},
        }
        paid = [spread(liability, eligible["liability"]), spread(cost, eligible["cost"])]
        results.append(incident_result(losses, eligible, paid, sections))
    return case_result(results)


def _is_excluded(incident: Record, item: Record, reaching: set[str]) -> bool:
    found = facts(incident, item, "exclusions")
    if "copyright_or_trademark" in facts(incident, item, "exceptions"):
        found = found - {"ip_infringement"}  # L91, second sentence
    return bool(found & reaching)


def _liability_answers(incident: Record, item: Record) -> bool:
    # L5: leak or fear of one, in or outside Japan; no claims-made condition (S-6)
    if item["head"] not in LIABILITY_HEADS:
        return False
    if item["head"] in APPROVAL_HEADS and not item.get("consent", True):
        return False  # L67: prior approval
    return not _is_excluded(incident, item, EXCLUDED_FROM_BOTH)


def _cost_answers(incident: Record, item: Record) -> bool:
    if item["head"] not in COST_HEADS:
        return False
    if incident.get("data_subject", "customer") == "officer":
        return False  # L97
    if item["head"] == "recurrence_prevention" and not item.get("direct_cause_location", True):
        return False  # L74: only the point of direct origin
    return not _is_excluded(incident, item, EXCLUDED_FROM_COST)


def _reasonable_cost(item: Record) -> dict[str, int]:
    """Apply the amounts per person and per corporation."""
    if item["head"] == "condolence":
        if item.get("form", "cash") not in TANGIBLE_OR_MONEY:
            return {}  # L70: gifts and their sending only where tangible
        # L70, S-4: 1,000 a person including the sending
        gift = min(item["per_person"], 1_000)
        amounts = {"condolence": item["persons"] * gift}
        if "shipping_per_person" in item:
            sending = min(item["shipping_per_person"], 1_000 - gift)
            amounts["condolence_shipping"] = item["persons"] * sending
        return amounts
    if item["head"] == "condolence_corporate":
        if item.get("form", "cash") not in TANGIBLE_OR_MONEY:
            return {}
        # L71: 100,000 a corporation
        return {item["head"]: item["corporations"] * min(item["per_corporation"], 100_000)}
    return losses_of(item)


def premium(case: Record) -> int | None:
    """001 L32-43: annual premium by revenue, by the month when joined mid-term."""
    annual = None
    for upper, amount in (
        (50_000_000, 20_000),
        (100_000_000, 30_000),
        (150_000_000, 40_000),
        (200_000_000, 45_000),
        (250_000_000, 55_000),
        (300_000_000, 66_000),
        (400_000_000, 88_000),
        (500_000_000, 109_000),
    ):
        if case["revenue"] <= upper:
            annual = amount
            break
    if annual is None:
        return None  # L41: 別途ご照会
    return int(annual * case.get("months", 12) // 12)
