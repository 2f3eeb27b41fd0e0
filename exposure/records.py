"""Say what is wrong with a record read from a file, in Japanese and English.

Turns the errors of pydantic into problems of one line each. Knows the kinds of error, not the
records; which figures are allowed is left to the modules that define them.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any  # Any: values as read from a file, and type annotations walked at run time

from pydantic import BaseModel, ValidationError

from exposure.errors import MOST_LINES, DataError, Problem, Text, own_language
from exposure.files import unknown_key


class RuleError(ValueError):
    """A value that breaks a rule, said in both languages (規則に反する値).

    Raised inside validators, where pydantic collects it.

    Parameters
    ----------
    ja, en : str
        What was expected, as an instruction.
    key : str
        Key below the record, when the rule of a whole record points at one of its fields.

    Examples
    --------
    >>> str(RuleError("正の整数にしてください", "expected a positive whole number"))
    'expected a positive whole number'
    """

    def __init__(self, ja: str, en: str, key: str = "") -> None:
        self.text = Text(ja, en)
        self.key = key
        super().__init__(self.text.say(own_language()))


class Refusing(type(BaseModel)):  # type: ignore[misc]  # the class of a class, found at run time
    """Let a record made in a notebook be refused as one from a file is (不備の伝え方).

    A call of the class raises `DataError`; ``model_validate`` raises what pydantic does.
    """

    def __call__(cls, *given: object, **stated: object) -> Any:
        """Make a record, or say what is wrong with it, a line each."""
        try:
            return super().__call__(*given, **stated)
        except ValidationError as error:
            raise DataError(problems_from(error, cls.__name__, known=cls)) from None


_MISSING = Text("必須の項目がありません", "required, but missing")
_WHOLE = Text("整数を入力してください", "expected a whole number")
_NUMBER = Text("数値を入力してください", "expected a number")
_FINITE = Text(
    "有限の数値を入力してください（nanやinfは使えません）",
    "expected a finite number, neither nan nor inf",
)
_BOOL = Text("trueかfalseを指定してください", "expected true or false")
_STRING = Text("文字列を入力してください", "expected text in quotes")
_LIST = Text("[ ] で囲んだ並びを指定してください", "expected a list in [ ]")
_TABLE = Text("項目の組（表）を指定してください", "expected a table of keys and values")
_DATE = Text("日付を YYYY-MM-DD で入力してください", "expected a date as YYYY-MM-DD")
_NULL = Text("何も指定しないでください", "expected no value")

_FIXED: Mapping[str, Text] = {
    "missing": _MISSING,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _FINITE,
    "bool_type": _BOOL,
    "bool_parsing": _BOOL,
    "string_type": _STRING,
    "string_sub_type": _STRING,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "dataclass_type": _TABLE,
    "arguments_type": _TABLE,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "none_required": _NULL,
    "missing_argument": _MISSING,
    "missing_keyword_only_argument": _MISSING,
}


def _bound(ja: str, en: str, name: str) -> Callable[[Mapping[str, Any]], Text]:
    return lambda ctx: Text(ja.format(_show(ctx[name])), en.format(_show(ctx[name])))


def _show(number: object) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number}"


def _one_of(ctx: Mapping[str, Any]) -> Text:
    allowed = str(ctx["expected"]).replace(" or ", ", ").replace("'", '"')
    return Text(f"次のいずれかにしてください: {allowed}", f"expected one of {allowed}")


_WITH_CONTEXT: Mapping[str, Callable[[Mapping[str, Any]], Text]] = {
    "greater_than": _bound("{}より大きい値にしてください", "expected more than {}", "gt"),
    "greater_than_equal": _bound("{}以上にしてください", "expected {} or more", "ge"),
    "less_than": _bound("{}より小さい値にしてください", "expected less than {}", "lt"),
    "less_than_equal": _bound("{}以下にしてください", "expected {} or less", "le"),
    "multiple_of": _bound("{}の倍数にしてください", "expected a multiple of {}", "multiple_of"),
    "string_too_short": _bound(
        "{}文字以上にしてください", "expected at least {} characters", "min_length"
    ),
    "string_too_long": _bound(
        "{}文字以下にしてください", "expected at most {} characters", "max_length"
    ),
    "string_pattern_mismatch": _bound(
        "形式が違います（{}）", "expected text matching {}", "pattern"
    ),
    "too_short": _bound("{}個以上にしてください", "expected at least {} items", "min_length"),
    "too_long": _bound("{}個以下にしてください", "expected at most {} items", "max_length"),
    "literal_error": _one_of,
    "enum": _one_of,
}


def problems_from(
    error: ValidationError,
    where: str,
    prefix: str = "",
    known: type[BaseModel] | Iterable[str] | None = None,
) -> list[Problem]:
    """Return one problem for each error pydantic found (入力の不備の一覧).

    Parameters
    ----------
    error : ValidationError
        What pydantic collected.
    where : str
        File as the user named it.
    prefix : str
        Key of the record inside the file; empty for the whole file.
    known : pydantic model or names, optional
        The record that was read (its keys, at any depth, are suggested for a misspelt one), or the
        names allowed at the place of a misspelt key.

    Returns
    -------
    list of Problem
        In the order of the record. Members of a list are counted from 1.

    Examples
    --------
    >>> class Dog(BaseModel, extra="forbid"):
    ...     name: str
    >>> try:
    ...     Dog.model_validate({"nane": "Pochi"})
    ... except ValidationError as error:
    ...     for problem in problems_from(error, "dogs.toml", "dog", known=Dog):
    ...         print(problem.say("en"))
    dogs.toml: dog.name: required, but missing
    dogs.toml: dog.nane: unknown key; did you mean "name"?
    """
    names = known if known is None or isinstance(known, type) else tuple(known)
    # Beyond those that are shown, nobody reads what a key could have meant.
    found = error.errors(include_url=False)
    # A list is also too short for its members that are refused; what those are says it.
    short = [one for one in found if one["type"] == "too_short"]
    within = {one["loc"][: len(empty["loc"])] for one in found for empty in short if one != empty}
    found = [one for one in found if one["type"] != "too_short" or one["loc"] not in within]
    return [
        _problem(details, where, prefix, names if number < MOST_LINES else None)
        for number, details in enumerate(found)
    ]


def _problem(
    details: Mapping[str, Any],  # pydantic's ErrorDetails, whose ctx differs by kind of error
    where: str,
    prefix: str,
    known: type[BaseModel] | tuple[str, ...] | None,
) -> Problem:
    kind, loc, ctx = details["type"], details["loc"], details.get("ctx", {})
    key = key_of(loc, prefix)
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        names = _names_at(known, loc[:-1]) if isinstance(known, type) else known or ()
        if names:
            return unknown_key(where, key, str(loc[-1]), names)
        return Problem(where, key, Text("知らない項目です", "unknown key"))
    if kind in _FIXED:
        text = _FIXED[kind]
    elif kind in _WITH_CONTEXT:
        text = _WITH_CONTEXT[kind](ctx)
    elif kind == "value_error" and isinstance(ctx.get("error"), RuleError):
        rule: RuleError = ctx["error"]
        if rule.key:
            return Problem(where, key_of((*loc, rule.key), prefix), rule.text)
        text = rule.text
    else:
        text = Text(f"この値は使えません（{details['msg']}）", f"not allowed ({details['msg']})")
    if text is _MISSING or (kind == "value_error" and isinstance(details["input"], dict)):
        return Problem(where, key, text)
    return Problem(where, key, text, details["input"])


def key_of(loc: Sequence[str | int], prefix: str = "") -> str:
    """Return a place in a record as a dotted key; members of lists are counted from 1.

    Examples
    --------
    >>> key_of(("plan", 0, "id"))
    'plan[1].id'
    >>> key_of(("claims.kappa", "value"), "assumptions")
    'assumptions."claims.kappa".value'
    """
    key = prefix
    for part in loc:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        else:
            quoted = f'"{part}"' if "." in part else part
            key = f"{key}.{quoted}" if key else quoted
    return key


def _names_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys a record allows at a place inside it."""
    here: object = model
    for part in loc:
        for candidate in _models_in(here):
            field = _fields(candidate).get(str(part))
            if field is not None:
                here = field
                break
    return [name for candidate in _models_in(here) for name in _fields(candidate)]


def _fields(model: type[BaseModel]) -> dict[str, object]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]
