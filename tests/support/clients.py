"""The six ordinary clients that the rule was worked out on, beside the three shipped samples."""

from __future__ import annotations

from typing import Any

from exposure.files import data_path
from exposure.inputs.study_file import StudyFile, read_study, study_from_mapping

_COMMON = {"outsourced_share": 0.3, "questionnaire_score": 0.7, "incidents_last_3_years": 0}
ORDINARY: dict[str, dict[str, Any]] = {
    "dental": {
        "records": 3_000, "industry": "medical", "revenue": 80_000_000, "employees": 8,
        "sensitive_share": 1, "questionnaire_score": 0.6,
    },
    "school": {
        "records": 5_000, "industry": "education", "revenue": 300_000_000, "employees": 120,
        "sensitive_share": 1,
    },
    "shop": {
        "records": 50_000, "industry": "wholesale_retail", "revenue": 500_000_000,
        "employees": 25, "card_share": 1,
    },
    "hospital": {
        "records": 200_000, "industry": "medical", "revenue": 12_000_000_000, "employees": 900,
        "sensitive_share": 1, "incidents_last_3_years": 1,
    },
    "saas": {
        "records": 2_000_000, "industry": "information", "revenue": 3_000_000_000,
        "employees": 90, "income_share": 1, "entrusted_share": 0.8,
    },
    "bank": {
        "records": 10_000_000, "industry": "finance", "revenue": 300_000_000_000,
        "employees": 12_000, "card_share": 1, "income_share": 1, "incidents_last_3_years": 2,
    },
}  # fmt: skip
SAMPLES = ("clinic", "retailer", "small_office")


def study_of(name: str, loss_years: int, **more: Any) -> StudyFile:
    """Return the study of a client; more keys are those of a study file."""
    if name in ORDINARY:
        client = {**_COMMON, **ORDINARY[name], **more.pop("client", {})}
        raw = {"client": client, **more, "study": {"loss_years": loss_years}}
        return study_from_mapping(raw, name)
    study = read_study(data_path("studies", f"{name}.toml"))
    settings = study.study.model_copy(update={"loss_years": loss_years})
    return study.model_copy(update={"study": settings})
