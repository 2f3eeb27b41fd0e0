"""Heads, forms and exclusion ids of each product, as the random cases draw them."""

from __future__ import annotations

HEADS = (
    "damages",
    "entrustor_costs",
    "entrustor_condolence",
    "card_misuse_damages",
    "card_reissue",
    "litigation_costs",
    "dispute_response_costs",
    "recourse_preservation_costs",
    "emergency_costs",
    "cooperation_costs",
    "court_attendance",
    "corporate_info_damages",
    "corporate_info_litigation_costs",
    "ip_damages",
    "ip_litigation_costs",
    "press_conference",
    "apology_ads",
    "consulting",
    "legal_consultation",
    "apology_letters",
    "call_centre",
    "condolence",
    "condolence_corporate",
    "investigation",
    "recourse_claim_costs",
    "temporary_staff",
    "overtime_travel",
    "cyber_response",
    "certification",
    "misuse_monitoring",
    "containment",
    "recurrence_prevention",
    "data_restoration",
    "system_repair",
    "regulatory_report",
    "regulatory_proceedings",
    "recurrence_plan",
)
FORMS = ("cash", "goods", "third_party_voucher", "own_voucher", "points", "digital")

# Heads drawn most of the time; the others are heads the product does not take.
HEADS_OF = {
    "galileo_generic": (
        *("damages", "litigation_costs", "dispute_response_costs", "recourse_preservation_costs"),
        *("emergency_costs", "cooperation_costs", "press_conference", "apology_ads"),
        *("apology_letters", "condolence", "consulting", "call_centre"),
    ),
    "sompo_alive_leak_limited": tuple(
        head
        for head in HEADS
        if not head.startswith(("ip_", "card_", "court_", "recourse_", "emergency_", "temporary_"))
        and head not in ("corporate_info_litigation_costs", "cyber_response")
    ),
    "nipponkoa_2006": (
        *("damages", "entrustor_costs", "entrustor_condolence", "litigation_costs"),
        *("dispute_response_costs", "recourse_preservation_costs", "cooperation_costs"),
        *("press_conference", "apology_ads", "consulting", "legal_consultation"),
        *("apology_letters", "call_centre", "condolence", "investigation"),
        *("recourse_claim_costs", "temporary_staff", "overtime_travel"),
    ),
    "aiu_2015": (
        *(
            "damages",
            "entrustor_costs",
            "entrustor_condolence",
            "card_misuse_damages",
            "card_reissue",
        ),
        *("litigation_costs", "dispute_response_costs", "court_attendance"),
        *("corporate_info_damages", "corporate_info_litigation_costs", "ip_damages"),
        *("ip_litigation_costs", "consulting", "consulting", "legal_consultation"),
        *("investigation", "overtime_travel", "call_centre", "apology_letters", "condolence"),
        *("apology_ads", "press_conference", "cyber_response", "cyber_response"),
    ),
}
# The tables of exclusions: ids for an incident or an item, then ids for an item alone.
EXCLUSIONS: dict[str, tuple[str, ...]] = {
    "galileo_generic": (
        *("knowing_illegal_or_harmful_act", "data_located_overseas", "natural_disaster"),
        *("known_before_first_inception", "bodily_injury_or_property_damage"),
        *("card_number_misuse", "ip_infringement", "advertising_or_publishing_act"),
        *("stock_price_or_sales_change", "claim_made_overseas"),
    ),
    "sompo_alive_leak_limited": (
        *("intentional_or_foreseen_harm", "knowing_law_violation", "ip_infringement"),
        *("shareholder_derivative_suit", "illegally_obtained_data", "officer_data"),
        "utility_interruption",
    ),
    "nipponkoa_2006": (
        *("insured_intent", "knowing_law_violation", "after_administrative_order"),
        *("public_authority_seizure", "war_or_riot", "unverifiable_incident"),
        *("illegally_obtained_data", "bodily_injury_or_property_damage"),
        *("contractual_increase", "family_liability", "penalty_payment"),
        *("claim_by_officer_or_joint_user", "purpose_change", "purpose_not_notified"),
        *("non_personal_info", "reputation_damage", "shareholder_derivative_suit"),
        *("known_before_first_inception", "claim_before_premium_receipt", "family_expense"),
        *("occurred_before_premium_receipt", "learned_before_premium_receipt"),
        *("not_a_leak_intended", "not_a_leak_internal_recipient"),
    ),
    "aiu_2015": (
        *("officer_crime_or_intent", "property_damage", "dispatched_worker_act"),
        *("war_or_terrorism", "bodily_injury", "non_personal_info", "ip_infringement"),
        *("contractual_increase", "parent_or_subsidiary_claim"),
        *("service_discontinued_or_changed", "corporate_reputation_damage", "insolvency"),
        *("claim_by_other_insured", "officer_provided_or_entrusted_data"),
        *("card_number_misuse", "shareholder_derivative_suit", "recall_or_disposal_cost"),
        *("insured_crime_or_intent", "claim_made_before_inception"),
        *("foreseeable_at_first_inception", "overseas_ip_infringement", "licence_breach"),
        "internal_software_copying",
    ),
}
ITEM_EXCLUSIONS: dict[str, tuple[str, ...]] = {
    "galileo_generic": (),
    "sompo_alive_leak_limited": ("incurred_anyway", "fine_or_surcharge"),
    "nipponkoa_2006": (
        *("overseas_advertising", "ordinary_advertising", "claim_settlement_cost"),
        *("threat_or_harm_cost", "ordinary_pay", "contractual_excess_cost"),
        *("unjustified_excess_cost", "improvement_or_prevention_cost"),
    ),
    "aiu_2015": (
        *("consulting_not_covered_kind", "spent_overseas", "retainer_fee"),
        "consulting_for_dispatch_client",
    ),
}
EXCEPTIONS = {
    "ip_infringement": {"sompo_alive_leak_limited": "copyright_or_trademark"},
    "public_authority_seizure": {"nipponkoa_2006": "fire_or_evacuation"},
    "contractual_increase": {"nipponkoa_2006": "liable_without_contract"},
    "property_damage": {"aiu_2015": "lost_or_stolen_medium"},
    "parent_or_subsidiary_claim": {"aiu_2015": "third_party_claim_passed_on"},
    "claim_by_other_insured": {"aiu_2015": "employee_own_data_claim"},
}
PATTERNS = {  # liability and cost limits of Nipponkoa
    "A": (10_000_000, 1_000_000),
    "B": (30_000_000, 3_000_000),
    "C": (50_000_000, 5_000_000),
    "D": (100_000_000, 10_000_000),
    "E": (200_000_000, 20_000_000),
    "F": (300_000_000, 30_000_000),
}
