"""The schema of result.json: accepts the sample, refuses what would mislead a reader."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import result_sample

from exposure.files import data_path, read_json, to_json

SCHEMA = read_json(data_path("schemas", "result.schema.json"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def problems(document: Any) -> list[str]:
    return ["/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_sample_is_the_one_its_generator_makes() -> None:
    assert result_sample.PATH.read_text(encoding="utf-8") == to_json(result_sample.build())


def test_the_sample_is_valid_and_consistent() -> None:
    sample = json.loads(result_sample.PATH.read_text(encoding="utf-8"))
    assert problems(sample) == []
    for regime in sample["regimes"].values():
        assert len(regime["plans"]) == 8
        gross = regime["ground_up"]["annual"]["mean"]["value"]
        for plan in regime["plans"]:
            retained = plan["retained"]["annual"]["mean"]["value"]
            assert sum(plan["unpaid_by_reason"].values()) == retained
            assert plan["paid"]["annual"]["mean"]["value"] + retained == gross
        for curve in (
            *regime["ground_up"]["curves"].values(),
            regime["plans"][0]["retained"]["curve"],
        ):
            assert sorted(curve["probability"], reverse=True) == curve["probability"]
            assert len({len(values) for values in curve.values()}) == 1


def test_every_object_says_which_keys_it_may_have() -> None:
    free = []

    def visit(node: Any, path: str) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and "additionalProperties" not in node:
                free.append(path)
            for key, value in node.items():
                visit(value, f"{path}/{key}")
        elif isinstance(node, list):
            for i, value in enumerate(node):
                visit(value, f"{path}/{i}")

    visit(SCHEMA, "")
    assert free == ["/properties/client"]


Change = Callable[[dict[str, Any]], object]


def _court(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["regimes"]["court"]
    return found


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(schema="exposure/result/2"), "schema"),
        (lambda d: d["study"].update(user="someone"), "study"),
        (lambda d: d["study"].update(inputs_sha256="abc"), "study/inputs_sha256"),
        (lambda d: d["regimes"].update(average={}), "regimes"),
        (lambda d: _court(d)["ground_up"]["annual"]["mean"].pop("low"),
         "regimes/court/ground_up/annual/mean"),
        (lambda d: _court(d)["ground_up"]["annual"]["var"].update({"99": 1}),
         "regimes/court/ground_up/annual/var"),
        (lambda d: _court(d)["frequency"].update(probability_of_no_event=91.4),
         "regimes/court/frequency/probability_of_no_event"),
        (lambda d: _court(d)["plans"][0]["limit_adequacy"]["event"].update(value=95),
         "regimes/court/plans/0/limit_adequacy/event/value"),
        (lambda d: _court(d)["plans"][0]["unpaid_by_reason"].pop("share"),
         "regimes/court/plans/0/unpaid_by_reason"),
        (lambda d: _court(d)["plans"][0]["premium"].update(amount=1),
         "regimes/court/plans/0/premium/amount"),
        (lambda d: _court(d)["plans"][1]["premium"].update(amount=None),
         "regimes/court/plans/1/premium/amount"),
        (lambda d: d["readings"][0].pop("product"), "readings/0"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_where_it_is_wrong(change: Change, where: str) -> None:
    document = copy.deepcopy(result_sample.build())
    change(document)
    assert where in problems(document)
