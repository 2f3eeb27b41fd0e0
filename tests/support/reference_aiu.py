"""AIU, edition of October 2015 (document 004): how much; whether, in `reference_aiu_conditions`."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from support.reference_aiu_conditions import answers
from support.reference_common import (
    Record,
    add,
    case_result,
    day,
    incident_result,
    losses_of,
    percent,
    spread,
)

# the order in which one incident uses the shared limit
SECTIONS = ("consulting", "execution", "cyber", "liability", "corporate_info", "ip")

SECTION_OF_HEAD = {
    "damages": "liability",
    "entrustor_costs": "liability",
    "entrustor_condolence": "liability",
    "card_misuse_damages": "liability",
    "card_reissue": "liability",
    "litigation_costs": "liability",
    "dispute_response_costs": "liability",
    "corporate_info_damages": "corporate_info",
    "corporate_info_litigation_costs": "corporate_info",
    "ip_damages": "ip",
    "ip_litigation_costs": "ip",
    "consulting": "consulting",
    "legal_consultation": "execution",  # L805 (1)
    "investigation": "execution",  # (2)
    "overtime_travel": "execution",  # (3)
    "call_centre": "execution",  # (4)
    "apology_letters": "execution",  # (5)
    "condolence": "execution",  # (6)
    "condolence_shipping": "execution",  # (7)
    "apology_ads": "execution",  # (8)
    "press_conference": "execution",  # (9)
    "cyber_response": "cyber",
}


def adjudicate_aiu(case: Record) -> Record:
    prior = case.get("prior_paid", {})
    used = {key: prior.get(key, 0) for key in (*SECTIONS, "entrustor_condolence")}
    deemed_days = _deemed_security_days(case["incidents"])
    results = []
    for incident, deemed in zip(case["incidents"], deemed_days, strict=True):
        result, used = _best_assignment(case, incident, deemed, used)
        results.append(result)
    return case_result(results)


def _deemed_security_days(incidents: list[Record]) -> list[date | None]:
    """L1209-1211, A-7: found within 60 days of a notified one, deemed found the same day."""
    notified: list[date] = []
    deemed: list[date | None] = []
    for incident in incidents:
        found = day(incident.get("security_discovered_on"))
        if found is None:
            deemed.append(None)
            continue
        for first in notified:
            if first <= found <= first + timedelta(days=60):
                deemed.append(first)
                break
        else:
            notified.append(found)
            deemed.append(found)
    return deemed


def _best_assignment(
    case: Record, incident: Record, deemed: date | None, used: dict[str, int]
) -> tuple[Record, dict[str, int]]:
    """L1212-1219, A-5: each item wholly under one rider, as pays most; ties to the first listed."""
    choices = [
        item.get("claimable_under") or [SECTION_OF_HEAD.get(item["head"], "")]
        for item in incident["items"]
    ]
    best: tuple[Record, dict[str, int]] | None = None
    for assignment in product(*choices):
        outcome = _pay_incident(case, incident, deemed, used, assignment)
        if best is None or outcome[0]["total"] > best[0]["total"]:
            best = outcome
    assert best is not None
    return best


def _pay_incident(
    case: Record,
    incident: Record,
    deemed: date | None,
    used: dict[str, int],
    assignment: tuple[str, ...],
) -> tuple[Record, dict[str, int]]:
    losses: dict[str, int] = {}
    eligible: dict[str, dict[str, int]] = {section: {} for section in SECTIONS}
    for item, assigned in zip(incident["items"], assignment, strict=True):
        section = assigned
        if item["head"] == "court_attendance":
            claim = item.get("claim")
            section = claim if claim in ("corporate_info", "ip") else "liability"
        for head, loss in losses_of(item).items():
            add(losses, head, loss)
            if section in SECTIONS and answers(section, case, incident, item, deemed):
                add(eligible[section], head, _amount_per_person(item, head, loss))
    used = dict(used)
    _apply_entrustor_condolence_limit(case, eligible["liability"], used)

    payable = {}
    for section in SECTIONS:
        left = max(0, _own_limit(section, case) - used[section])
        payable[section] = min(_before_limit(section, case, eligible[section]), left)

    # L821-825 and parallels: everything paid under every rider within L
    together = max(0, case["policy"]["limit"] - sum(used[section] for section in SECTIONS))
    sections, paid = {}, []
    for section in SECTIONS:
        section_paid = min(payable[section], together)
        together -= section_paid
        used[section] += section_paid
        sections[section] = {"payable": payable[section], "paid": section_paid}
        paid.append(_spread_section(section_paid, section, case, eligible[section]))
    return incident_result(losses, eligible, paid, sections), used


def _amount_per_person(item: Record, head: str, loss: int) -> int:
    if head in ("condolence", "entrustor_condolence") and item["head"] == head:
        # L812 and L790-791: 500 per victim
        return int(item["persons"] * min(item["per_person"], 500))
    return loss


def _apply_entrustor_condolence_limit(
    case: Record, liability: dict[str, int], used: dict[str, int]
) -> None:
    # L787-789, A-6: lower of 20% of L and 100,000,000, on the damages, claim and period
    if "entrustor_condolence" not in liability:
        return
    sublimit = min(percent(case["policy"]["limit"], 20), 100_000_000)
    left = max(0, sublimit - used["entrustor_condolence"])
    liability["entrustor_condolence"] = min(liability["entrustor_condolence"], left)
    used["entrustor_condolence"] += liability["entrustor_condolence"]


def _own_limit(section: str, case: Record) -> int:
    limit, options = int(case["policy"]["limit"]), case.get("options", {})
    if section == "consulting":
        return 10_000_000 if options.get("consulting_double", False) else 5_000_000  # L948, L867
    if section == "execution":
        if options.get("execution_double", False):
            return min(100_000_000, percent(limit, 20))  # L875-877
        return min(50_000_000, percent(limit, 10))  # L818-820
    if section == "cyber":
        return 3_000_000  # L1196
    if section == "corporate_info":  # L1044-1046
        own = options.get("corporate_info")
        return limit if own == "same" else int(own or 0)
    if section == "ip":
        return int(options.get("ip") or 0)  # L1125-1126
    return limit


def _before_limit(section: str, case: Record, eligible: dict[str, int]) -> int:
    """Take deductible and own share off, before any limit."""
    loss = sum(eligible.values())
    options, policy = case.get("options", {}), case["policy"]
    if section == "execution" and not options.get("execution_own_share_waiver", False):
        return percent(loss, 90)  # L829
    if section == "cyber":
        return percent(loss, 90)  # L1194-1195
    if section == "liability":
        # (loss - deductible) x (1 - own share); A-4: court attendance in full
        attendance = eligible.get("court_attendance", 0)
        net = max(0, loss - attendance - policy.get("deductible", 0))
        return percent(net, 100 - policy.get("own_share_percent", 0)) + attendance
    return loss


def _spread_section(
    paid: int, section: str, case: Record, eligible: dict[str, int]
) -> dict[str, int]:
    """X-2, save that court attendance bears neither deductible nor own share (A-4)."""
    if section != "liability" or "court_attendance" not in eligible:
        return spread(paid, eligible)
    attendance = eligible["court_attendance"]
    others = {head: amount for head, amount in eligible.items() if head != "court_attendance"}
    net = spread(_before_limit(section, case, eligible) - attendance, others)
    return spread(paid, {head: net.get(head, attendance) for head in eligible})
