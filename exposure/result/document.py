"""The result as a JSON document, written, read back and kept, and as a notebook shows it.

The shape is that of the record alone; nothing here knows a field by name, except that records of
another edition are refused by theirs.

A hidden folder of plain JSON: deleting it, or any file in it, costs time and nothing else. What is
broken, foreign or cannot be written is passed over in silence, as if nothing had been kept. Links
are not followed, what belongs to another user is not believed, and no file is deleted but those
kept here: other programs have folders of this name too.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import platform
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: JSON
    TypeVar,
)

import numpy as np

import exposure
from exposure.amounts import format_yen
from exposure.errors import DataError, Lang, Problem, Text, own_language
from exposure.files import data_path, read_bytes, to_json, write_atomically
from exposure.labels import label
from exposure.result.lines import basis_name, plan_name, rounded_yen, share_text, view_name
from exposure.result.record import SCHEMA, Figure, PlanResult, RegimeResult, Result

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
    found: list[tuple[str, Figure]] = []
    _find_figures(node, path, found)
    yield from found


def _find_figures(node: object, path: str, found: list[tuple[str, Figure]]) -> None:
    if isinstance(node, Figure):
        found.append((path, node))
    elif names := _fields_of(type(node)):  # type: ignore[arg-type]  # a class can be hashed
        before = f"{path}." if path else ""
        for name in names:
            _find_figures(getattr(node, name), before + name, found)
    elif isinstance(node, Mapping):
        before = f"{path}." if path else ""
        for key, value in node.items():
            _find_figures(value, f"{before}{key}", found)
    elif isinstance(node, list):
        before = f"{path}." if path else ""
        for item in node:
            named = getattr(item, "term", None) or getattr(item, "section", None)
            if isinstance(named, str):
                _find_figures(item, before + named, found)


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a record; none of anything else."""
    known = dataclasses.is_dataclass(kind)
    return tuple(one.name for one in dataclasses.fields(kind)) if known else ()


@cache
def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    found: TypeAdapter[Any] = TypeAdapter(kind)
    return found


def _adapter() -> TypeAdapter[Result]:
    return _adapter_of(Result)


def to_record(kind: type[_T], plain: object) -> _T:
    """Return plain data as the record they describe; what does not fit is a fault of the program.

    Examples
    --------
    >>> from exposure.result.record import Words
    >>> to_record(Words, {"ja": "賠償", "en": "liability"})
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


_SUFFIXES = frozenset((".py", ".toml", ".json", ".csv", ".css", ".j2", ".typ", ".ttf", ".html"))


def code_hash() -> str:
    """Return a hash of the package, its data and the version of numpy (プログラムの指紋).

    Examples
    --------
    >>> len(code_hash())
    64
    """
    digest = hashlib.sha256(f"{exposure.__version__} {np.__version__}".encode())
    for root in (Path(exposure.__file__).resolve().parent, data_path().resolve()):
        for path in sorted(root.rglob("*")):
            # An installed package holds the data within itself; they are hashed once, as data.
            inside = path.relative_to(root)
            if path.suffix in _SUFFIXES and inside.parts[0] != "_data" and path.is_file():
                digest.update(inside.as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


FOLDER = ".cache"

_MOST_FILES = 2**4

_MOST_BYTES = 2**26  # of one file: many times the largest result


@dataclass(frozen=True)
class ResultStore:
    """The results kept in one folder (計算結果の保存).

    Parameters
    ----------
    folder : Path
        Made when the first result is kept.
    code : str
        Of `code_hash`: the program and its data.

    Examples
    --------
    >>> ResultStore(Path("no_such_folder"), "code").read({"records": 3000}) is None
    True
    """

    folder: Path
    code: str

    def path(self, inputs: object) -> Path:
        """Return where the result of some inputs is kept, whether it is there or not.

        Parameters
        ----------
        inputs : object
            Plain data: all that the result depends on, besides program, libraries and processor.
        """
        text = to_json([self.code, _machine(), inputs])  # the order of keys counts as well
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"

    def read(self, inputs: object) -> Result | None:
        """Return the result of these very inputs, or None where it is not kept."""
        path = self.path(inputs)
        # Whatever stands in such a file can be no worse than missing.
        with suppress(OSError, ValueError, RecursionError, DataError):
            if _is_own(self.folder, stat.S_ISDIR) and _is_own(path, stat.S_ISREG):
                seal, content = read_bytes(path, _MOST_BYTES).split(b"\n", 1)
                if seal == _seal_of(path, content):
                    return result_from(json.loads(content))
        return None

    def write(self, inputs: object, result: Result) -> None:
        """Keep a result; the oldest go when there are too many."""
        content = to_json(to_plain(result)).encode()
        with suppress(OSError, DataError):
            if os.path.lexists(self.folder) and not _is_own(self.folder, stat.S_ISDIR):
                return
            path = self.path(inputs)
            write_atomically(path, _seal_of(path, content) + b"\n" + content)
            for old in _oldest_first(self.folder)[:-_MOST_FILES]:
                old.unlink(missing_ok=True)


def _seal_of(path: Path, content: bytes) -> bytes:
    """Return the first line of a file, which tells its own whole content from any other."""
    return hashlib.sha256(path.name.encode() + content).hexdigest().encode()


def _machine() -> Sequence[object]:
    """Return what else moves the last digits of a result: libraries and kind of processor."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    return [platform.machine(), platform.python_version(), version("scipy"), extensions]


_KEPT_NAME = re.compile(r"[0-9a-f]{64}\.json")


def _is_own(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Say whether a path is itself, and not by a link, of a kind and of this user."""
    status = path.lstat()
    owner = os.geteuid() if hasattr(os, "geteuid") else status.st_uid  # Windows has no such number
    return is_kind(status.st_mode) and status.st_uid == owner


def _oldest_first(folder: Path) -> list[Path]:
    """Return the files kept in a folder, by the time they were written."""
    kept = [
        path
        for path in folder.iterdir()
        if _KEPT_NAME.fullmatch(path.name) and _is_own(path, stat.S_ISREG)
    ]
    return sorted(kept, key=lambda path: (path.stat().st_mtime_ns, path.name))


_DASH = "–"

_BAD_YEAR = "0.99"


def result_html(result: Result) -> str:
    """Return the answer in its five lines and the plans side by side, as HTML (ノートブックの表示).

    Nothing a client or a policy file says is read as markup. The language is that of errors.
    """
    lang = own_language()
    lines = result.recommendation.lines
    words = [*(lines.ja if lang == "ja" else lines.en)]
    if result.since is not None:
        moved = result.since.lines
        words += moved.ja if lang == "ja" else moved.en
    said = "".join(f"<li>{escape(line)}</li>" for line in words)
    return (
        f"<div><b>{escape(result.study.name)}</b>"
        f"<ul style='margin:0.3em 0 0.6em'>{said}</ul>{_table(result, lang)}</div>"
    )


_FIGURES = ("worth", "total_cost", "share_paid", "retained")


def _table(result: Result, lang: Lang) -> str:
    """Return the plans as a table: a group of columns for each view, the cheapest first."""
    names, views = list(result.regimes), list(result.regimes.values())
    heads = "".join(
        f"<th colspan='{len(_FIGURES)}' style='text-align:center'>"
        f"{escape(view_name(name, lang))}</th>"
        for name in names
    )
    figures = "".join(f"<th>{escape(_head(name, lang))}</th>" for name in _FIGURES)
    rows = [_row(plan, views, lang) for plan in sorted(views[0].plans, key=_cost)]
    return (
        f"<table><thead><tr><th></th><th></th>{heads}</tr>"
        f"<tr><th style='text-align:left'>{escape(_head('plan', lang))}</th>"
        f"<th>{escape(_head('premium', lang))}</th>{figures * len(views)}</tr></thead>"
        f"<tbody>{_bare(views, lang)}{''.join(rows)}</tbody></table>"
    )


def _head(name: str, lang: Lang) -> str:
    return label("answer", f"since.{name}", lang)


def _cost(plan: PlanResult) -> tuple[bool, float, str]:
    cost = None if plan.total_cost is None else plan.total_cost.value
    return cost is None, cost or 0.0, plan.id


def _bare(views: Sequence[RegimeResult], lang: Lang) -> str:
    """Return the row of having no insurance."""
    figures = []
    for view in views:
        bad = view.ground_up.annual.var.get(_BAD_YEAR)
        figures += [_DASH, _yen(view.no_insurance.total_cost, lang), _DASH, _yen(bad, lang)]
    return _cells([label("report", "none_of_them", lang), _DASH, *figures], marked=False)


def _row(plan: PlanResult, views: Sequence[RegimeResult], lang: Lang) -> str:
    """Return the row of a plan; bold where a view recommends it."""
    figures = []
    for view in views:
        of_view = next((one for one in view.plans if one.id == plan.id), None)
        if of_view is None:
            figures += [_DASH] * len(_FIGURES)
            continue
        figures += [
            _yen(of_view.worth, lang),
            _yen(of_view.total_cost, lang),
            share_text(of_view.share_paid),
            _yen(of_view.retained.annual.var.get(_BAD_YEAR), lang),
        ]
    marked = any(view.recommendation.plan == plan.id for view in views)
    return _cells([plan_name(plan, lang), _premium(plan, lang), *figures], marked=marked)


def _premium(plan: PlanResult, lang: Lang) -> str:
    basis = basis_name(plan.premium.basis, lang)
    if plan.premium.amount is None:
        return basis
    return f"{format_yen(plan.premium.amount, lang)} ({basis})"


def _yen(one: Figure | None, lang: Lang) -> str:
    return _DASH if one is None or one.value is None else rounded_yen(one.value, lang)


def _cells(texts: Sequence[str], *, marked: bool) -> str:
    name, *rest = (f"<b>{escape(text)}</b>" if marked else escape(text) for text in texts)
    figures = "".join(f"<td style='text-align:right'>{text}</td>" for text in rest)
    return f"<tr><td style='text-align:left'>{name}</td>{figures}</tr>"


Result._repr_html_ = result_html
