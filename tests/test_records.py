"""Every kind of error pydantic reports, as the line a person reads."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, StrictBool, StrictInt, ValidationError, field_validator

from exposure.records import RuleError, key_of, problems_from


class Colour(enum.Enum):
    RED = "red"


class Leg(BaseModel, extra="forbid"):
    length: int = 1


class Animal(BaseModel, extra="forbid"):
    name: Annotated[str, Field(min_length=2, max_length=5)] = "Pochi"
    code: Annotated[str, Field(pattern="^[a-z]+$")] = "a"
    age: StrictInt = 1
    size: Annotated[float, Field(gt=0, lt=10)] = 1.0
    weight: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 1.0
    even: Annotated[int, Field(multiple_of=2)] = 2
    alive: StrictBool = True
    kind: Literal["cat", "dog"] = "dog"
    colour: Colour = Colour.RED
    legs: Annotated[tuple[Leg, ...], Field(alias="leg", min_length=1, max_length=2)] = (Leg(),)
    by_name: Mapping[str, Leg] = {}
    born: datetime.date = datetime.date(2020, 1, 1)
    nothing: None = None
    rule: int = 1

    @field_validator("rule", mode="before")
    @classmethod
    def _rule(cls, raw: object) -> object:
        if raw == 0:
            raise RuleError("零は不可", "expected anything but zero")
        if raw == -1:
            raise ValueError("no words for this")
        return raw


def lines(raw: Mapping[str, Any], lang: Literal["ja", "en"] = "en") -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Animal.model_validate(raw)
    return [p.say(lang) for p in problems_from(caught.value, "a.toml", known=Animal)]


@pytest.mark.parametrize(
    ("key", "value", "found", "expected"),
    [
        ("name", 3, "3", "expected text in quotes"),
        ("name", "x", '"x"', "expected at least 2 characters"),
        ("name", "xxxxxx", '"xxxxxx"', "expected at most 5 characters"),
        ("code", "A", '"A"', "expected text matching ^[a-z]+$"),
        ("age", True, "True", "expected a whole number"),
        ("age", "x", '"x"', "expected a whole number"),
        ("age", 1.5, "1.5", "expected a whole number"),
        ("even", "x", '"x"', "expected a whole number"),
        ("even", 1.5, "1.5", "expected a whole number"),
        ("even", 3, "3", "expected a multiple of 2"),
        ("size", "x", '"x"', "expected a number"),
        ("size", [], "[]", "expected a number"),
        ("size", 0, "0", "expected more than 0.0"),
        ("size", 10, "10", "expected less than 10.0"),
        ("weight", -1, "-1", "expected 0.0 or more"),
        ("weight", 101, "101", "expected 100.0 or less"),
        ("weight", float("inf"), "inf", "expected a finite number, neither nan nor inf"),
        ("alive", 1, "1", "expected true or false"),
        ("kind", "cow", '"cow"', 'expected one of "cat", "dog"'),
        ("colour", "blue", '"blue"', 'expected one of "red"'),
        ("leg", 1, "1", "expected a list in [ ]"),
        ("leg", [], "[]", "expected at least 1 items"),
        ("by_name", 1, "1", "expected a table of keys and values"),
        ("born", "soon", '"soon"', "expected a date as YYYY-MM-DD"),
        ("born", [], "[]", "expected a date as YYYY-MM-DD"),
        ("nothing", 1, "1", "expected no value"),
        ("rule", 0, "0", "expected anything but zero"),
        ("rule", -1, "-1", "not allowed (Value error, no words for this)"),
    ],
)
def test_each_kind_of_error_says_what_was_expected(
    key: str, value: object, found: str, expected: str
) -> None:
    assert lines({key: value}) == [f"a.toml: {key} = {found}: {expected}"]


def test_too_many_members_are_counted() -> None:
    (line,) = lines({"leg": [{}, {}, {}]})
    assert line.endswith(": expected at most 2 items")


def test_a_member_of_a_list_is_counted_from_one() -> None:
    assert lines({"leg": [{}, 5]}) == ["a.toml: leg[2] = 5: expected a table of keys and values"]


def test_a_misspelt_key_suggests_the_nearest_at_its_own_depth() -> None:
    assert lines({"leg": [{}, {"lenght": 1}]}) == [
        'a.toml: leg[2].lenght: unknown key; did you mean "length"?'
    ]
    assert lines({"by_name": {"left.front": {"lengt": 1}}}) == [
        'a.toml: by_name."left.front".lengt: unknown key; did you mean "length"?'
    ]
    assert lines({"legs": []}) == ['a.toml: legs: unknown key; did you mean "leg"?']


def test_a_misspelt_key_without_known_names_is_still_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        Leg.model_validate({"x": 1})
    (problem,) = problems_from(caught.value, "a.toml", "leg")
    assert problem.say("en") == "a.toml: leg.x: unknown key"
    (problem,) = problems_from(caught.value, "a.toml", known=["y", "z"])
    assert problem.say("ja") == "a.toml: x: 知らない項目です。使えるのは: y, z"


def test_a_missing_key_shows_no_value() -> None:
    class Needy(BaseModel):
        wanted: int

    with pytest.raises(ValidationError) as caught:
        Needy.model_validate({"other": "secret"})
    (problem,) = problems_from(caught.value, "a.toml", "needy")
    assert problem.say("ja") == "a.toml: needy.wanted: 必須の項目がありません"


def test_all_problems_come_at_once_in_both_languages() -> None:
    raw = {"age": "x", "kind": "cow", "nmae": "y"}
    assert lines(raw, "ja") == [
        'a.toml: age = "x": 整数を入力してください',
        'a.toml: kind = "cow": 次のいずれかにしてください: "cat", "dog"',
        "a.toml: nmae: 知らない項目です。「name」ではありませんか",
    ]


def test_a_rule_of_a_whole_record_can_point_at_a_field() -> None:
    class Pair(BaseModel):
        low: int
        high: int

        def model_post_init(self, _: Any) -> None:
            raise RuleError("低い", "too low", "high")

    with pytest.raises(ValidationError) as caught:
        Pair.model_validate({"low": 2, "high": 1})
    (problem,) = problems_from(caught.value, "a.toml", "pair")
    assert problem.say("en") == "a.toml: pair.high: too low"


def test_a_line_break_in_a_value_does_not_break_the_line() -> None:
    (line,) = lines({"kind": "a\nb"})
    assert "\n" not in line


def test_keys_with_dots_are_quoted() -> None:
    assert key_of(("a.b", 2, "c")) == '"a.b"[3].c'
