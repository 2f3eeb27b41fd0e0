"""AIU, edition of October 2015 (document 004): which rider answers for an item."""

from __future__ import annotations

from datetime import date

from support.reference_common import Record, day, facts, in_period, within_days

# L770-772, L433-437: what is paid to others by judgment or approved settlement
CARD_HEADS = ("card_misuse_damages", "card_reissue")
DAMAGES_HEADS = ("damages", "entrustor_costs", "entrustor_condolence", *CARD_HEADS)

# A personal information, C consulting, E execution, K corporate information, I IP, Y cyber
LETTER = {
    "liability": "A",
    "consulting": "C",
    "execution": "E",
    "corporate_info": "K",
    "ip": "I",
    "cyber": "Y",
}
REACHES = {
    "officer_crime_or_intent": "ACEKY",  # (1)
    "property_damage": "ACEKIY",  # (2)
    "dispatched_worker_act": "ACEKI",  # (3)
    "war_or_terrorism": "ACEKIY",  # (4)
    "bodily_injury": "AKI",  # (5)
    "non_personal_info": "A",  # (6)
    "ip_infringement": "A",  # (7)
    "contractual_increase": "AKI",  # (8)
    "parent_or_subsidiary_claim": "AKI",  # (9)
    "service_discontinued_or_changed": "AKI",  # (10)
    "corporate_reputation_damage": "A",  # (11)
    "insolvency": "AKI",  # (12)
    "claim_by_other_insured": "AKI",  # (13)
    "officer_provided_or_entrusted_data": "AK",  # (14)
    "card_number_misuse": "AK",  # (15)
    "shareholder_derivative_suit": "AKI",  # (18)
    "recall_or_disposal_cost": "AKI",  # (19)
    "insured_crime_or_intent": "I",  # L1065
    "claim_made_before_inception": "I",  # L1066
    "foreseeable_at_first_inception": "I",  # L1067
    "overseas_ip_infringement": "I",  # L1069
    "licence_breach": "I",  # L1079
    "internal_software_copying": "I",  # L1080
    "consulting_not_covered_kind": "C",  # L937-946
    "spent_overseas": "CE",  # L934, L803
    "retainer_fee": "E",  # L806
    "consulting_for_dispatch_client": "C",  # L916
}
SAVED_BY_L841 = {  # exclusions (1)-(4), which are all that the consulting rider takes
    "officer_crime_or_intent",
    "property_damage",
    "dispatched_worker_act",
    "war_or_terrorism",
}


def answers(
    section: str, case: Record, incident: Record, item: Record, deemed: date | None
) -> bool:
    if section == "consulting":
        return _consulting_answers(case, incident, item)
    if section == "execution":
        return _execution_answers(case, incident, item)
    if section == "cyber":
        return _cyber_answers(case, incident, item, deemed)
    if section == "liability":
        return _liability_answers(case, incident, item)
    if section == "corporate_info":
        return _corporate_info_answers(case, incident, item)
    return _ip_answers(case, incident, item)


def _excluded_by(section: str, case: Record, incident: Record, item: Record) -> set[str]:
    """Collect the exclusions that stand against an item under one rider."""
    letter = LETTER[section]
    options = case.get("options", {})
    found = facts(incident, item, "exclusions")
    lifted = facts(incident, item, "exceptions")
    standing = {fact for fact in found if letter in REACHES.get(fact, "")}
    if "lost_or_stolen_medium" in lifted and letter in "ACEK":
        standing.discard("property_damage")  # L714-716, L985
    if "third_party_claim_passed_on" in lifted:
        standing.discard("parent_or_subsidiary_claim")  # L730-733, L988, L1073
    if "employee_own_data_claim" in lifted and letter == "A":
        standing.discard("claim_by_other_insured")  # L739-743
    if options.get("card", False) and letter == "A":
        standing.discard("card_number_misuse")  # L892-894; never for K, L997-999
    card_loss = item["head"] in CARD_HEADS or "card_number_misuse" in found
    if options.get("dispatch", False) and letter in "ACE" and not (letter == "A" and card_loss):
        standing.discard("dispatched_worker_act")  # L909-917; never for K and I
    return standing


def _personal_information_leaked(incident: Record) -> bool:
    """L760, L838, L856: a leak (A-10) of personal information, in business done in Japan."""
    return (
        incident.get("leak_status", "leak") == "leak"
        and incident.get("data_subject", "customer") != "corporate"
        and incident.get("business_location", "JP") == "JP"
    )


def _claim_in_japan_and_period(case: Record, incident: Record) -> bool:
    """L763, L469-470, (17): first claimed in the period, not abroad."""
    if incident.get("claim_country", "JP") != "JP":
        return False
    return in_period(day(incident.get("claim_made_on")), case["policy"])


def _found_before_retroactive_date(case: Record, incident: Record) -> bool:
    """(16), L1000: discovered before the retroactive date of the policy."""
    retroactive = day(case["policy"].get("retroactive_date"))
    discovered = day(incident.get("discovered_on"))
    return retroactive is not None and discovered is not None and discovered < retroactive


def _liability_answers(case: Record, incident: Record, item: Record) -> bool:
    if not _personal_information_leaked(incident):
        return False
    if not _claim_in_japan_and_period(case, incident):
        return False
    if _found_before_retroactive_date(case, incident):
        return False
    if item["head"] in CARD_HEADS and not case.get("options", {}).get("card", False):
        return False  # (15), given back by the card rider only
    if item["head"] in DAMAGES_HEADS and not item.get("consent", True):
        return False  # L770-772, A-9: an unapproved settlement is no damages
    return not _excluded_by("liability", case, incident, item)


def _consulting_answers(case: Record, incident: Record, item: Record) -> bool:
    discovered = day(incident.get("discovered_on"))
    incurred = day(item.get("incurred_on"))
    if not in_period(discovered, case["policy"]):
        return False  # L845
    if not incident.get("approved_consultant", True):
        return False  # L933
    if not within_days(incurred, discovered, 180):
        return False  # L955
    standing = _excluded_by("consulting", case, incident, item)
    # L841-843, A-8: until non-coverage became known, on that day too; never later
    known = day(incident.get("noncoverage_known_on"))
    if known is not None:
        if incurred is not None and incurred > known:
            return False
        return not standing - SAVED_BY_L841
    return _personal_information_leaked(incident) and not standing


def _execution_answers(case: Record, incident: Record, item: Record) -> bool:
    if not case.get("options", {}).get("execution", True):
        return False
    if not _personal_information_leaked(incident):
        return False
    discovered = day(incident.get("discovered_on"))
    if not in_period(discovered, case["policy"]):
        return False  # L864
    # L860-863, A-2: a filing, or a report by the media; one's own notice is neither
    if not (incident.get("reported_to_authority", False) or incident.get("media_report", False)):
        return False
    if not incident.get("approved_consultant", True):
        return False  # L801: the direct result of the approved consultant's service
    if not within_days(day(item.get("incurred_on")), discovered, 180):
        return False  # L827
    return not _excluded_by("execution", case, incident, item)


def _cyber_answers(case: Record, incident: Record, item: Record, deemed: date | None) -> bool:
    if not case.get("options", {}).get("cyber", False):
        return False
    # L1149-1152, L1143: the security incident (suspicion is enough) comes to light in the period
    if not in_period(deemed, case["policy"]):
        return False
    if not within_days(day(item.get("incurred_on")), deemed, 90):
        return False  # L1205
    return not _excluded_by("cyber", case, incident, item)


def _corporate_info_answers(case: Record, incident: Record, item: Record) -> bool:
    if case.get("options", {}).get("corporate_info") is None:
        return False
    # L1007-1011: leaked, in business done in Japan, claimed first in the period
    if incident.get("leak_status", "leak") != "leak":
        return False
    if incident.get("business_location", "JP") != "JP":
        return False
    if not _claim_in_japan_and_period(case, incident):
        return False
    if _found_before_retroactive_date(case, incident):
        return False
    if item["head"] == "corporate_info_damages" and not item.get("consent", True):
        return False  # L1016-1027: neither a judgment nor an amount assessed by the insurer
    return not _excluded_by("corporate_info", case, incident, item)


def _ip_answers(case: Record, incident: Record, item: Record) -> bool:
    if case.get("options", {}).get("ip") is None:
        return False
    # L1087-1091: an infringement, not a leak; business in Japan, claimed first in the period
    if incident.get("business_location", "JP") != "JP":
        return False
    if not _claim_in_japan_and_period(case, incident):
        return False
    if item["head"] == "ip_damages":
        settled_by = item.get("settled_by", "judgment")
        if settled_by == "out_of_court":
            return False  # L560
        if settled_by in ("court_settlement", "adr") and not item.get("consent", True):
            return False  # L1099-1102: approved by the insurer
    return not _excluded_by("ip", case, incident, item)
