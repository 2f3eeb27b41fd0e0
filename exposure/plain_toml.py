"""Write plain mappings as TOML, which the standard library only reads.

Tables, lists of tables, and simple values; nothing else occurs in the files of this package.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from typing import Any  # Any: plain values of a document

_BARE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


def to_toml(document: Mapping[str, Any], heading: str = "") -> str:
    """Return a document as TOML text, the same bytes for the same content.

    Parameters
    ----------
    document : mapping
        Simple values, lists, mappings, and lists of mappings.
    heading : str
        Comment on the first lines.

    Examples
    --------
    >>> print(to_toml({"name": "例", "client": {"records": 3, "a": 0.5, "b": [1]}}, "見本"))
    # 見本
    <BLANKLINE>
    name = "例"
    <BLANKLINE>
    [client]
    records = 3
    a = 0.5
    b = [1]
    <BLANKLINE>
    """
    lines = [f"# {line}" for line in heading.splitlines()]
    _table(lines, (), document)
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines) + "\n"


def _table(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    simple = {key: value for key, value in table.items() if not _is_table(value, path)}
    if path and (simple or not table):
        lines += ["", f"[{'.'.join(_key(part) for part in path)}]"]
    elif simple and lines:
        lines.append("")
    lines += [f"{_key(key)} = {_value(value)}" for key, value in simple.items()]
    for key, value in table.items():
        if isinstance(value, Mapping) and _is_table(value, path):
            _table(lines, (*path, key), value)
        elif _is_table(value, path):
            for item in value:
                lines += ["", f"[[{'.'.join(_key(part) for part in (*path, key))}]]"]
                lines += [f"{_key(k)} = {_value(v)}" for k, v in item.items()]


def _is_table(value: object, path: tuple[str, ...]) -> bool:
    if isinstance(value, Mapping):
        if set(value) == {"ja", "en"}:
            return False
        # A pair of simple values reads best on one line, but not as the head of a file.
        complex_ = any(isinstance(v, Mapping | list) for v in value.values())
        return not path or len(value) > 2 or complex_
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _key(name: str) -> str:
    return name if name and set(name) <= _BARE else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | datetime.date):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} cannot be written as TOML")
