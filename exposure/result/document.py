"""The result as a JSON document: written, read back, and its schema (result.json).

The shape is that of the record alone; nothing here knows a field by name, except that records of
another edition are refused by theirs.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar  # Any: JSON

from exposure.errors import DataError, Problem, Text
from exposure.result.record import SCHEMA, Figure, Result

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def to_plain(value: object) -> Any:
    """Return a record, or a part of one, as plain data for JSON.

    A field marked optional is left out where there is none. JSON knows no infinity, so a number
    that is none becomes null.

    Examples
    --------
    >>> from exposure.result.record import Figure
    >>> to_plain(Figure(2.0, 1.0, math.inf))
    {'value': 2.0, 'low': 1.0, 'high': None}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {}
        for one in dataclasses.fields(value):
            held = getattr(value, one.name)
            if held is not None or not one.metadata.get("optional"):
                found[one.name] = to_plain(held)
        return found
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): to_plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_plain(one) for one in value]
    return value


_T = TypeVar("_T")


def part_of(kind: type[_T], record: _T) -> _T:
    """Return the part of a record that a more general kind of it has (記録の一部).

    Examples
    --------
    >>> from exposure.result.record import AnnualLoss, Figure, Tail
    >>> year = AnnualLoss(Figure(2.0, 1.0, 3.0), {}, {}, {}, {})
    >>> part_of(Tail, year)
    Tail(mean=Figure(value=2.0, low=1.0, high=3.0, band=None), var={}, tvar={})
    """
    names = [one.name for one in dataclasses.fields(kind)]  # type: ignore[arg-type]  # a record
    return kind(**{name: getattr(record, name) for name in names})


def figures_in(node: object, path: str = "") -> Iterator[tuple[str, Figure]]:
    """Yield every figure of a part of the record by its path (指標とその位置).

    Examples
    --------
    >>> from exposure.result.record import AnnualMean, Figure, Paid
    >>> list(figures_in(Paid(AnnualMean(Figure(5.0, 4.0, 6.0)))))
    [('annual.mean', Figure(value=5.0, low=4.0, high=6.0, band=None))]
    """
    if isinstance(node, Figure):
        yield path, node
        return
    before = f"{path}." if path else ""
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        for one in dataclasses.fields(node):
            yield from figures_in(getattr(node, one.name), before + one.name)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from figures_in(value, f"{before}{key}")
    elif isinstance(node, list):
        for item in node:
            named = getattr(item, "term", None) or getattr(item, "section", None)
            if isinstance(named, str):
                yield from figures_in(item, before + named)


@cache
def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    found: TypeAdapter[Any] = TypeAdapter(kind)
    return found


def _adapter() -> TypeAdapter[Result]:
    return _adapter_of(Result)


def typed(kind: type[_T], plain: object) -> _T:
    """Return plain data as the record they describe; what does not fit is a fault of the program.

    Examples
    --------
    >>> from exposure.result.record import Words
    >>> typed(Words, {"ja": "賠償", "en": "liability"})
    Words(ja='賠償', en='liability')
    """
    found: _T = _adapter_of(kind).validate_python(plain)  # type: ignore[arg-type]  # a type is hashable
    return found


def result_from(document: Mapping[str, Any], where: str = "result.json") -> Result:
    """Read a result from the content of its file (結果の読込み).

    Raises
    ------
    DataError
        In one line if the document is of another edition or is no result at all.

    Examples
    --------
    >>> try:
    ...     result_from({"schema": "exposure/result/1"}, "old.json")
    ... except DataError as error:
    ...     print(error.lines("en")[0])
    old.json: schema = "exposure/result/1": made by an earlier edition: run the study again
    (exposure/result/2 is needed)
    """
    from pydantic import ValidationError

    edition = document.get("schema") if isinstance(document, Mapping) else None
    if edition != SCHEMA:
        text = Text(
            f"以前の版の結果です。同じ検討ファイルで計算し直してください（{SCHEMA} が必要）",
            f"made by an earlier edition: run the study again ({SCHEMA} is needed)",
        )
        raise DataError(Problem(where, "schema", text, edition))
    try:
        return _adapter().validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        text = Text(
            "結果の形が違います。同じ検討ファイルで計算し直してください",
            f"not the shape of a result ({first['msg']}): run the study again",
        )
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(Problem(where, key, text)) from None


def result_schema() -> dict[str, Any]:
    """Return the JSON schema of a result, generated from the record (スキーマ)."""
    schema = _adapter().json_schema()
    for definition in (schema, *schema["$defs"].values()):
        if definition.get("type") == "object" and "properties" in definition:
            definition["additionalProperties"] = False
    schema["properties"]["schema"] = {"const": SCHEMA}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}
