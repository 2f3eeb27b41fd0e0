"""The examples that brochures print, and hand-worked ones where none is printed, to the yen."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from exposure.files import data_path, read_toml
from exposure.policy.cases import Case, case_from
from exposure.policy.catalogue import Catalogue, Product, product, product_from, products
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


def filled(name: str, turn: int = 0) -> Product:
    """Return a product, what was not seen on its pages filled in as its test says.

    Of two values that are given, ``turn`` names the one to put in; "" leaves a member out.
    """
    path = data_path("policies", f"{name}.toml")
    raw, fill = read_toml(path), read(name).get("fill", {})

    def put(node: Any, key: str) -> Any:
        if isinstance(node, dict):
            parts = {part: put(value, f"{key}.{part}") for part, value in node.items()}
            return {part: value for part, value in parts.items() if value != ""}
        if isinstance(node, list):
            members = [put(value, f"{key}[{i}]") for i, value in enumerate(node, start=1)]
            return [value for value in members if value != ""]
        if isinstance(node, str) and node.startswith("?"):
            values = fill[key.removeprefix(".")]
            return values[turn % len(values)]
        return node

    return product_from(put(raw, ""), name, name)


def answered(name: str, entry: dict[str, Any], turn: int = 0, **terms: int) -> CaseAnswer:
    source = filled(name, turn)
    incident = {
        "leaked_on": DAY,
        "discovered_on": DAY,
        "notified_on": DAY,
        "claim_made_on": DAY,
        "items": entry["losses"],
        **dict.fromkeys(entry.get("flags", []), True),
        **entry.get("facts", {}),
    }
    raw = {
        "id": entry["name"],
        "product": name,
        "plan": entry.get("pattern") or source.case_plan,
        "policy": {"period": PERIOD, **entry.get("policy", {}), **terms},
        "incidents": [incident],
    }
    case = case_from(raw, name, entry["name"], Catalogue({name: source}))
    assert isinstance(case, Case)
    return answer_of(case, settle(case))


@pytest.mark.parametrize("name", products())
def test_every_policy_has_an_example(name: str) -> None:
    assert (HERE / f"{name}.toml").exists(), f"add tests/wordings/{name}.toml"
    assert read(name)["example"]


@pytest.mark.parametrize("name", products())
def test_every_blank_is_filled_in_for_the_examples(name: str) -> None:
    assert {blank.key for blank in product(name).blanks} == set(read(name).get("fill", {}))
    assert not filled(name).blanks


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(("name", "entry"), entries("example"))
def test_example_pays_as_printed(name: str, entry: dict[str, Any], turn: int) -> None:
    answer = answered(name, entry, turn)
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
