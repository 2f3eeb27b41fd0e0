"""The schema of result.json: that of the record, and it refuses what would mislead a reader."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from support import result_sample

from exposure.errors import DataError
from exposure.files import data_path, read_json, to_json
from exposure.result.document import result_from, result_schema, to_plain

SCHEMA = read_json(data_path("schemas", "result.schema.json"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SAMPLE = json.loads(to_json(to_plain(result_sample.complete())))


def problems(document: Any) -> list[str]:
    return ["/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(document)]


def test_the_file_is_generated_from_the_record() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    written = data_path("schemas", "result.schema.json").read_text(encoding="utf-8")
    assert written == to_json(result_schema()), "run: python reports/make_guide.py"


def test_a_result_is_valid_and_comes_back_as_it_was() -> None:
    assert problems(SAMPLE) == []
    assert json.loads(to_json(to_plain(result_from(SAMPLE)))) == SAMPLE


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
    assert free == []


Change = Callable[[dict[str, Any]], object]


def _court(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["regimes"]["court"]
    return found


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(schema="exposure/result/1"), "schema"),
        (lambda d: d["study"].update(user="someone"), "study"),
        (lambda d: _court(d)["ground_up"]["annual"]["mean"].pop("low"),
         "regimes/court/ground_up/annual/mean"),
        (lambda d: _court(d)["plans"][0].update(wroth=1), "regimes/court/plans/0"),
        (lambda d: _court(d)["plans"][0]["premium"].update(basis="guess"),
         "regimes/court/plans/0/premium/basis"),
        (lambda d: _court(d)["plans"][0].pop("unpaid_by_reason"), "regimes/court/plans/0"),
        (lambda d: d["recommendation"].update(verdict="perhaps"), "recommendation"),
        (lambda d: d["readings"].append({"product": "x"}), "readings/"),
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_where_it_is_wrong(change: Change, where: str) -> None:
    document = copy.deepcopy(SAMPLE)
    change(document)
    found = problems(document)
    assert any(one.startswith(where) for one in found), found


def test_a_document_without_a_part_is_no_result() -> None:
    document = copy.deepcopy(SAMPLE)
    _court(document)["plans"][0].pop("unpaid_by_reason")
    with pytest.raises(DataError, match="unpaid_by_reason"):
        result_from(document, "result.json")
