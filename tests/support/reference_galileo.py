"""The generic two-part description (`galileo_generic`, document 000), read line by line."""

from __future__ import annotations

from fractions import Fraction

from support.reference_common import (
    Record,
    add,
    case_result,
    day,
    facts,
    in_period,
    incident_result,
    losses_of,
    percent,
    spread,
    within_days,
)

DISPUTE_HEADS = ("litigation_costs", "dispute_response_costs")  # 000 L66 (2)
LIABILITY_HEADS = (
    "damages",  # (1)
    *DISPUTE_HEADS,  # (2)
    "recourse_preservation_costs",  # (3)
    "emergency_costs",  # (4)
    "cooperation_costs",  # (5)
)
CONSENT_HEADS = ("damages", *DISPUTE_HEADS, "recourse_preservation_costs")  # 000 L71: (1)(2)(3)
COST_HEADS = (
    "press_conference",  # 000 L81 (1)
    "apology_ads",  # (1)
    "apology_letters",  # (2)
    "condolence",  # (3), no cap per person and no restriction of form stated
    "consulting",  # (4)
    "call_centre",  # (5)
)
EXCLUDED_FROM_BOTH = {
    "knowing_illegal_or_harmful_act",  # L91
    "data_located_overseas",  # L92
    "natural_disaster",  # L93
    "known_before_first_inception",  # L94
    "bodily_injury_or_property_damage",  # L95
}
EXCLUDED_FROM_LIABILITY = EXCLUDED_FROM_BOTH | {
    "card_number_misuse",  # L96
    "ip_infringement",  # L97
    "advertising_or_publishing_act",  # L98
    "stock_price_or_sales_change",  # L99
    "claim_made_overseas",  # L100
}


def adjudicate_galileo(case: Record) -> Record:
    prior = case.get("prior_paid", {})
    damages_paid, cost_paid = prior.get("damages", 0), prior.get("cost", 0)
    results = []
    for incident in case["incidents"]:
        result, damages, cost = _one_incident(case, incident, damages_paid, cost_paid)
        damages_paid += damages
        cost_paid += cost
        results.append(result)
    return case_result(results)


def _one_incident(
    case: Record, incident: Record, damages_paid: int, cost_paid: int
) -> tuple[Record, int, int]:
    policy = case["policy"]
    losses: dict[str, int] = {}
    eligible: dict[str, dict[str, int]] = {"liability": {}, "cost": {}}
    for item in incident["items"]:
        for head, loss in losses_of(item).items():
            add(losses, head, loss)
            if head in LIABILITY_HEADS and _liability_answers(case, incident, item):
                add(eligible["liability"], head, loss)
            if head in COST_HEADS and _cost_answers(case, incident, item):
                add(eligible["cost"], head, loss)
    by_head = _pay_liability(policy, eligible["liability"], damages_paid)
    liability = sum(by_head.values())
    cost = _pay_cost(policy, sum(eligible["cost"].values()), cost_paid)
    sections = {
        "liability": {"payable": liability, "paid": liability},
        "cost": {"payable": cost, "paid": cost},
    }
    paid = [by_head, spread(cost, eligible["cost"])]
    return incident_result(losses, eligible, paid, sections), by_head.get("damages", 0), cost


def _is_insured_information(incident: Record) -> bool:
    if incident.get("leak_status", "leak") != "leak":
        return False  # G-5: "has leaked" throughout
    if incident.get("data_subject", "customer") != "customer":
        return False  # L13: officers' and employees' data are not; corporate data are not personal
    if incident.get("deceased", False):
        return False  # L13: a living individual
    return bool(incident.get("data_location", "JP") == "JP")  # L15-16, L20, L92


def _liability_answers(case: Record, incident: Record, item: Record) -> bool:
    policy = case["policy"]
    if not _is_insured_information(incident):
        return False
    # 000 L63: a leak that arose on or after the first policy's inception ...
    first = day(policy["first_inception"])
    leaked, discovered = day(incident.get("leaked_on")), day(incident.get("discovered_on"))
    assert first is not None
    after_inception = leaked is not None and leaked >= first
    # 000 L46, G-6: insurer A answers for an earlier leak not come to light at the start
    if case.get("options", {}).get("pre_inception_leak", False):
        after_inception = after_inception or (discovered is not None and discovered >= first)
    if not after_inception:
        return False
    # ... and a claim during the policy period, in Japan
    if not in_period(day(incident.get("claim_made_on")), policy):
        return False
    if incident.get("claim_country", "JP") != "JP":  # L63, L100
        return False
    if item["head"] in CONSENT_HEADS and not item.get("consent", True):  # L71
        return False
    return not facts(incident, item, "exclusions") & EXCLUDED_FROM_LIABILITY


def _cost_answers(case: Record, incident: Record, item: Record) -> bool:
    policy = case["policy"]
    if not _is_insured_information(incident):
        return False
    # 000 L79: leaked during the policy period ...
    first = day(policy["first_inception"])
    leaked, discovered = day(incident.get("leaked_on")), day(incident.get("discovered_on"))
    assert first is not None
    in_time = in_period(leaked, policy)
    option = case.get("options", {}).get("pre_inception_leak", False)
    if option and (leaked is None or leaked < first):
        # G-6: for an earlier leak the discovery in the policy period takes the leak's place
        in_time = in_period(discovered, policy) and discovered is not None and discovered >= first
    if not in_time:
        return False
    # ... and objectively clear by a report to a public body, an announcement or media coverage
    if not (
        incident.get("reported_to_authority", False)
        or incident.get("own_notice", False)
        or incident.get("media_report", False)
    ):
        return False
    # 000 L79: arisen within the response period, which runs from the discovery
    if not within_days(day(item.get("incurred_on")), discovered, policy["response_period_days"]):
        return False
    return not facts(incident, item, "exclusions") & EXCLUDED_FROM_BOTH


def _pay_liability(policy: Record, eligible: dict[str, int], damages_paid: int) -> dict[str, int]:
    limit = policy["limit_per_event"]
    if policy.get("limit_aggregate") is not None:  # G-2, G-3: the limit still available
        limit = min(limit, max(0, policy["limit_aggregate"] - damages_paid))
    damages = eligible.get("damages", 0)
    by_head = {}
    for head, loss in eligible.items():
        if head == "damages":
            # L73, G-1: the deductible comes off the damages, at most the limit
            by_head[head] = min(limit, max(0, loss - policy.get("deductible", 0)))
        elif head in DISPUTE_HEADS and damages > limit:
            # L75: cut by limit / damages; X-1: fraction dropped per head
            by_head[head] = int(Fraction(loss * limit, damages))
        else:
            by_head[head] = loss  # L75: actual cost
    return by_head


def _pay_cost(policy: Record, loss: int, cost_paid: int) -> int:
    payable = min(percent(loss, policy["cost_rate_percent"]), policy["cost_limit_per_event"])
    if policy.get("cost_limit_aggregate") is not None:
        payable = min(payable, max(0, policy["cost_limit_aggregate"] - cost_paid))
    return payable
