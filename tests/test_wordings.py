"""The examples that brochures print, and hand-worked ones where none is printed, to the yen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from exposure.policy.cases import Case, case_from
from exposure.policy.catalogue import product, products
from exposure.policy.claims import CaseAnswer, answer_of, settle

HERE = Path(__file__).parent / "wordings"
DAY = "2016-06-01"
PERIOD = {"start": "2016-01-01", "end": "2016-12-31"}


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def entries(kind: str) -> list[Any]:
    return [
        pytest.param(name, entry, id=f"{name}: {entry['name']}")
        for name in products()
        for entry in (read(name).get(kind, []) if (HERE / f"{name}.toml").exists() else [])
    ]


def answered(name: str, entry: dict[str, Any], **terms: int) -> CaseAnswer:
    incident = {
        "leaked_on": DAY,
        "discovered_on": DAY,
        "notified_on": DAY,
        "claim_made_on": DAY,
        "items": entry["losses"],
        **dict.fromkeys(entry.get("flags", []), True),
    }
    raw = {
        "id": entry["name"],
        "product": name,
        "plan": entry.get("pattern") or product(name).raw["plan"]["case_plan"],
        "policy": {"period": PERIOD, **entry.get("policy", {}), **terms},
        "incidents": [incident],
    }
    case = case_from(raw, name, entry["name"])
    assert isinstance(case, Case)
    return answer_of(case, settle(case))


@pytest.mark.parametrize("name", products())
def test_every_policy_has_an_example(name: str) -> None:
    assert (HERE / f"{name}.toml").exists(), f"add tests/wordings/{name}.toml"
    assert read(name)["example"]


@pytest.mark.parametrize(("name", "entry"), entries("example"))
def test_example_pays_as_printed(name: str, entry: dict[str, Any]) -> None:
    answer = answered(name, entry)
    sections = answer["incidents"][0]["sections"]
    paid = {section: amounts["paid"] for section, amounts in sections.items()}
    expected = dict(entry["paid"])
    assert answer["total"] == expected.pop("total")
    assert {section: paid[section] for section in expected} == expected
    assert sum(paid.values()) == answer["total"]


@pytest.mark.parametrize(("name", "entry"), entries("scenario"))
def test_scenario_pays_by_limit(name: str, entry: dict[str, Any]) -> None:
    for limit, expected in entry["paid"].items():
        answer = answered(name, entry, **{entry["key"]: int(limit)})
        assert answer["total"] == expected, limit
        assert answer["total"] + answer["uninsured"] == entry["loss"]
