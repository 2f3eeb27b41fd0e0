"""Labels: every name the project uses has a word in both languages."""

from __future__ import annotations

import re

import pytest

from exposure import labels as module
from exposure.errors import DataError
from exposure.inputs.assumptions import load_assumptions
from exposure.labels import kinds, label, labels
from exposure.model.costs import priced_heads
from exposure.policy.vocabulary import HEADS
from exposure.tables import CATEGORIES, DATES, FLAGS

CAUSES = [
    "misoperation", "management_error", "loss_misplacement", "theft", "unauthorised_access",
    "unauthorised_take_out", "misconfiguration", "insider_crime", "bug_security_hole",
    "worm_virus", "other_unknown",
]  # fmt: skip


def test_a_wording_may_name_every_head_but_fines() -> None:
    assert set(labels("head")) == {*HEADS, "fines"}


def test_every_head_that_is_simulated_is_in_the_list() -> None:
    assert set(priced_heads(load_assumptions())) <= set(HEADS)


def test_every_cause_and_group_has_a_label() -> None:
    assert set(CAUSES) <= set(labels("cause"))
    assert list(labels("group")) == ["external", "insider", "vendor", "physical", "error", "other"]


def test_reasons_stand_in_the_order_in_which_a_wording_is_applied() -> None:
    assert list(labels("reason")) == [
        "not_covered", "excluded", "window", "per_unit", "deductible", "share", "sublimit", "limit",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [*FLAGS, *DATES, *CATEGORIES])
def test_every_fact_of_an_event_has_a_label(name: str) -> None:
    assert label("fact", name)


@pytest.mark.parametrize(
    "name", [f"{fact}.{value}" for fact, values in CATEGORIES.items() for value in values]
)
def test_every_value_of_a_fact_has_a_label(name: str) -> None:
    assert label("fact", name, "en")


def test_a_grade_for_each_letter() -> None:
    assert list(labels("grade")) == ["A", "B", "C", "J"]


@pytest.mark.parametrize("kind", kinds())
def test_the_same_blanks_in_both_languages(kind: str) -> None:
    for name, text in labels(kind).items():
        ja, en = (set(re.findall(r"\{(\w+)\}", words)) for words in text)
        assert ja == en or name == "years", name


@pytest.mark.parametrize("kind", sorted(set(kinds()) - {"report", "chart", "term", "section"}))
def test_no_two_names_of_a_kind_read_the_same(kind: str) -> None:
    plain = {name: text for name, text in labels(kind).items() if "." not in name}
    assert len({text.ja for text in plain.values()}) == len(plain)
    assert len({text.en for text in plain.values()}) == len(plain)


def test_terms_are_those_of_the_brochures() -> None:
    assert label("head", "litigation_costs") == "争訟費用"
    assert label("reason", "share") == "自己負担割合"
    assert label("term", "indemnity_ratio") == "縮小てん補割合"
    assert label("option", "execution_double") == "危機管理実行費用倍額支払特約"


def test_a_missing_label_is_named_with_its_neighbour() -> None:
    with pytest.raises(ValueError, match=r"'damage'.*'damages'"):
        label("head", "damage")
    with pytest.raises(ValueError, match="'nothing'"):
        label("nothing", "damages")


def test_a_label_without_one_language_is_an_error(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    (folder / "odd.toml").write_text('a = { ja = "あ" }\nb = "い"\n', encoding="utf-8")
    monkeypatch.setattr(module, "data_path", lambda *parts: folder.joinpath(*parts[1:]))
    with pytest.raises(DataError, match=r"odd\.toml: a = .*\n.*odd\.toml: b = "):
        labels.__wrapped__("odd")


def test_a_head_of_no_kind_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    text = 'a = { kind = "cost", ja = "あ", en = "a" }\nb = { ja = "い", en = "b" }\n'
    (folder / "head.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "data_path", lambda *parts: folder.joinpath(*parts[1:]))
    with pytest.raises(DataError, match=r"head\.toml: a\.kind = .*\n.*head\.toml: b = "):
        labels.__wrapped__("head")
