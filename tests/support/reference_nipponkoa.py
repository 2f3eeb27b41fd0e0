"""Nipponkoa, edition of February 2006 (document 002), read line by line."""

from __future__ import annotations

from support.reference_common import (
    Record,
    add,
    case_result,
    corresponding_day,
    day,
    facts,
    in_period,
    incident_result,
    losses_of,
    percent,
    spread,
)

PATTERNS = {  # 002 L326-331: liability, costs
    "A": (10_000_000, 1_000_000),
    "B": (30_000_000, 3_000_000),
    "C": (50_000_000, 5_000_000),
    "D": (100_000_000, 10_000_000),
    "E": (200_000_000, 20_000_000),
    "F": (300_000_000, 30_000_000),
}
DISPUTE_RESPONSE = 10_000_000  # L133, through the policy period

ENTRUSTOR_HEADS = ("entrustor_costs", "entrustor_condolence")  # L333
LIABILITY_HEADS = (
    "damages",
    *ENTRUSTOR_HEADS,
    "litigation_costs",
    "dispute_response_costs",
    "recourse_preservation_costs",
    "cooperation_costs",
)
CONSENT_HEADS = (  # L140, N-6
    "litigation_costs",
    "dispute_response_costs",
    "recourse_preservation_costs",
)
MEDIA_AND_NOTICE_HEADS = ("press_conference", "apology_ads")  # (1), (2)
CONFIRMED_HEADS = (
    "consulting",  # (3)
    "legal_consultation",  # (3)
    "apology_letters",  # (4)
    "call_centre",  # (4)
    "condolence_shipping",  # (4), N-11
    "condolence",  # (5)
    "investigation",  # (6)
    "recourse_claim_costs",  # (7)
    "temporary_staff",  # (8)
    "overtime_travel",  # (8)
)
EXCLUDED_FROM_BOTH = {
    "insured_intent",  # common (1)
    "knowing_law_violation",  # (2)
    "after_administrative_order",  # (3)
    "public_authority_seizure",  # (4)
    "war_or_riot",  # (5)
    "unverifiable_incident",  # (6)
    "illegally_obtained_data",  # (7)
    "bodily_injury_or_property_damage",  # (8)
    "purpose_change",  # liability (5), costs (2)
    "purpose_not_notified",  # liability (6), costs (3)
    "non_personal_info",  # liability (7), costs (1)
    "known_before_first_inception",  # liability (10), costs (7)
    "not_a_leak_intended",  # L108
    "not_a_leak_internal_recipient",  # L108-113
}
EXCLUDED_FROM_LIABILITY = EXCLUDED_FROM_BOTH | {
    "contractual_increase",  # liability (1)
    "family_liability",  # (2)
    "penalty_payment",  # (3)
    "claim_by_officer_or_joint_user",  # (4)
    "reputation_damage",  # (8)
    "shareholder_derivative_suit",  # (9)
    "claim_before_premium_receipt",  # (11)
}
EXCLUDED_FROM_COST = EXCLUDED_FROM_BOTH | {
    "family_expense",  # costs (4)
    "occurred_before_premium_receipt",  # (5)
    "learned_before_premium_receipt",  # (6)
    "overseas_advertising",  # L173, L223
    "ordinary_advertising",  # L225
    "claim_settlement_cost",  # L227
    "threat_or_harm_cost",  # L231
    "ordinary_pay",  # L233
    "contractual_excess_cost",  # L235
    "unjustified_excess_cost",  # L237
    "improvement_or_prevention_cost",  # L179
}


def adjudicate_nipponkoa(case: Record) -> Record:
    liability_limit, cost_limit = PATTERNS[case["plan"]]
    prior = case.get("prior_paid", {})
    used = {key: prior.get(key, 0) for key in ("liability", "cost", "entrustor", "dispute")}
    results = []
    for incident in case["incidents"]:
        losses: dict[str, int] = {}
        eligible: dict[str, dict[str, int]] = {"liability": {}, "cost": {}}
        for item in incident["items"]:
            for head, loss in losses_of(item).items():
                add(losses, head, loss)
                if head in LIABILITY_HEADS and _liability_answers(case, incident, item):
                    add(eligible["liability"], head, loss)
                if _cost_answers(incident, item, head):
                    add(eligible["cost"], head, _cost_amount(item, head, loss))
        _apply_inner_limits(eligible["liability"], liability_limit, used)
        # L241-270: liability at 100%, no deductible; costs at 95%, then the limit
        liability_left = max(0, liability_limit - used["liability"])
        cost_left = max(0, cost_limit - used["cost"])
        liability = min(sum(eligible["liability"].values()), liability_left)
        cost = min(percent(sum(eligible["cost"].values()), 95), cost_left)
        used["liability"] += liability
        used["cost"] += cost
        sections = {
            "liability": {"payable": liability, "paid": liability},
            "cost": {"payable": cost, "paid": cost},
        }
        paid = [spread(liability, eligible["liability"]), spread(cost, eligible["cost"])]
        results.append(incident_result(losses, eligible, paid, sections))
    return case_result(results)


def _is_personal_information(incident: Record) -> bool:
    # L98-104, N-1, N-2: the dead and the employees are in; the officers are not
    return incident.get("data_subject", "customer") in ("customer", "employee")


def _is_excluded(incident: Record, item: Record, reaching: set[str]) -> bool:
    found = facts(incident, item, "exclusions")
    lifted = facts(incident, item, "exceptions")
    if "fire_or_evacuation" in lifted:
        found = found - {"public_authority_seizure"}  # L283
    if "liable_without_contract" in lifted:
        found = found - {"contractual_increase"}  # L291
    return bool(found & reaching)


def _liability_answers(case: Record, incident: Record, item: Record) -> bool:
    if not _is_personal_information(incident):
        return False
    # L117: leak or suspicion of one; claim in the policy period, in Japan
    if not in_period(day(incident.get("claim_made_on")), case["policy"]):
        return False
    if incident.get("claim_country", "JP") != "JP":
        return False
    if item["head"] in CONSENT_HEADS and not item.get("consent", True):
        return False  # L140
    return not _is_excluded(incident, item, EXCLUDED_FROM_LIABILITY)


def _cost_answers(incident: Record, item: Record, head: str) -> bool:
    if head not in MEDIA_AND_NOTICE_HEADS + CONFIRMED_HEADS:
        return False
    if not _is_personal_information(incident):
        return False
    # L146-149, N-8: (3)-(8) only after a written report or a notice placed in the press
    confirmed = incident.get("reported_to_authority", False) or incident.get("own_notice", False)
    if head in CONFIRMED_HEADS and not confirmed:
        return False
    # L144, L153-159, N-5: ordered from the notice day to the corresponding day a year later
    notified = day(incident.get("notified_on"))
    if notified is None:
        return False
    ordered = day(item.get("incurred_on"))
    if ordered is not None and not notified <= ordered <= corresponding_day(notified):
        return False
    return not _is_excluded(incident, item, EXCLUDED_FROM_COST)


def _cost_amount(item: Record, head: str, loss: int) -> int:
    if head != "condolence" or item["head"] != "condolence":
        return loss
    if item.get("recipient", "customer") == "employee_non_customer":
        return 0  # L201
    if item.get("form", "cash") in ("own_voucher", "points"):
        return 0  # L201-203
    return int(item["persons"] * min(item["per_person"], 500))  # L197


def _apply_inner_limits(
    liability: dict[str, int], liability_limit: int, used: dict[str, int]
) -> None:
    # L333, N-3, N-4: 10% of the liability limit for what the entrustor spent
    entrustor = {head: liability[head] for head in liability if head in ENTRUSTOR_HEADS}
    left = max(0, percent(liability_limit, 10) - used["entrustor"])
    taken = min(sum(entrustor.values()), left)
    liability.update(spread(taken, entrustor))
    used["entrustor"] += taken
    # L133
    if "dispute_response_costs" in liability:
        left = max(0, DISPUTE_RESPONSE - used["dispute"])
        liability["dispute_response_costs"] = min(liability["dispute_response_costs"], left)
        used["dispute"] += liability["dispute_response_costs"]
