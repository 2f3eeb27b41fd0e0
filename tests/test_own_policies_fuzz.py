"""Malformed policy files and forms: refused with file, field and fix, never a traceback."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exposure.errors import DataError, ExposureError
from exposure.files import data_path, toml_file_of
from exposure.policy.catalogue import catalogue
from exposure.policy.description import describe
from exposure.policy.drafts import catalogue_of
from exposure.policy.form import Answers, encode, questions
from exposure.policy.vocabulary import HEADS
from tests.support.own_policy import NAME, WORDING
from tests.test_policy_form import MITSUI

BASE = tomllib.loads(WORDING)
RICH = tomllib.loads(data_path("policies", "aiu_2015.toml").read_text(encoding="utf-8"))
RICH["plan"]["product"] = NAME
ODD = st.sampled_from(
    [
        0, -1, 1.5, 10**14, 10**30, float("nan"), float("inf"), True, "", " ", "?", "x",
        "$limit", "$none", "20兆円", "10万円", [], [[]], ["damages"], ["?"], {}, {"a": 1},
        {"ja": "a", "en": "b"}, {"rate_percent": 10, "of": "plan"},
        {"rate_percent": 10, "of": "third_party"}, "third_party", "first_party", "plan",
        ["own_rule"], {"date": "incurred_on"}, {"any_of": [[{}]]},
    ]
)  # fmt: skip


def places(node: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from places(value, (*path, number))


def changed(raw: dict[str, Any], path: tuple[Any, ...], how: str, value: object) -> dict[str, Any]:
    found: Any = copy.deepcopy(raw)
    node = found
    for part in path[:-1]:
        node = node[part]
    if how == "drop":
        del node[path[-1]]
    elif how == "misspell" and isinstance(node, dict):
        node[f"{path[-1]}x"] = node.pop(path[-1])
    else:
        node[path[-1]] = value
    return found  # type: ignore[no-any-return]  # as it was


def tried(raw: dict[str, Any]) -> None:
    """Use a policy as every command does; what is wrong with it is a problem in one line each."""
    try:
        among = catalogue_of([toml_file_of(raw, "mine.toml")])
        for name in among.own:
            catalogue(among)
            describe(name, among)
    except ExposureError as error:
        assert error.problems
        for problem in error.problems:
            for lang in ("ja", "en"):
                line = problem.say(lang)
                assert "\n" not in line
                assert "mine.toml" in line or NAME in line, line


@pytest.mark.parametrize("section", ["plan", "cover"])
@pytest.mark.parametrize("value", ["?", ["?"], {"limit": "?"}])
def test_a_section_to_be_looked_up_is_refused_in_a_line(section: str, value: object) -> None:
    tried({**BASE, section: value})
    if not isinstance(value, dict):
        with pytest.raises(ExposureError, match=rf"\[{section}\]"):
            catalogue_of([toml_file_of({**BASE, section: value}, "mine.toml")])


def test_a_limit_without_an_amount_is_described_or_refused() -> None:
    tried(changed(BASE, ("plan", "limit"), "put", {}))


@pytest.mark.parametrize("how", ["drop", "misspell"])
def test_every_field_missing_or_misspelt(how: str) -> None:
    for path in places(BASE):
        tried(changed(BASE, path, how, None))


# The rich wording has twenty ways to be built, each of which is tried.
@pytest.mark.parametrize(
    "raw", [BASE, pytest.param(RICH, marks=pytest.mark.slow)], ids=["small", "rich"]
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_odd_values_anywhere(raw: dict[str, Any], data: st.DataObject) -> None:
    found = raw
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(places(found))))
        found = changed(found, path, "set", data.draw(ODD))
    tried(found)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_odd_forms(data: st.DataObject) -> None:
    words = st.one_of(
        ODD,
        st.text(max_size=12),
        st.sampled_from(
            ["なし", "自由", "1億円、1億円", "A 1/2、A 3/4", "10%", "101%", "1.5", "0.5"]
        ),
    )
    answers = {
        **MITSUI["answers"],
        **data.draw(st.dictionaries(st.sampled_from(list(questions())), words, max_size=5)),
    }
    heads = {
        **MITSUI["heads"],
        **data.draw(st.dictionaries(st.sampled_from([*HEADS, "見舞"]), words, max_size=3)),
    }
    losses = data.draw(st.dictionaries(st.sampled_from([*HEADS, "損害賠償金"]), words, max_size=3))
    try:
        policy = encode(Answers("form", answers, heads, losses)).policy
    except DataError as error:
        assert error.problems
        return
    tried(policy)
