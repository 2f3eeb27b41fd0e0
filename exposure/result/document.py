"""The result as a JSON document, written, read back and kept, and as a notebook shows it.

The shape is that of the record alone; nothing here knows a field by name, except that records of
another edition are refused by theirs.

A hidden folder of plain JSON: deleting it, or any file in it, costs time and nothing else. What is
broken, foreign or cannot be written is passed over in silence, as if nothing had been kept. Links
are not followed, what belongs to another user is not believed, and no file is deleted but those
kept here: other programs have folders of this name too. Kept are whole results and, for the next
one with other premiums, what was simulated: it knows none.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import os
import platform
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,  # Any: JSON
    Generic,
    NamedTuple,
    TypeVar,
)

import numpy as np

import exposure
from exposure.amounts import format_yen
from exposure.arrays import FloatArray
from exposure.errors import DataError, Lang, Problem, Text, own_language
from exposure.files import data_path, read_bytes, read_toml, to_json, write_atomically
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
    if kept := _kept_of(type(value)):  # type: ignore[arg-type]  # a class can be hashed
        found = {}
        for name, optional in kept:
            held = getattr(value, name)
            if held is not None or not optional:
                found[name] = to_plain(held)
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
    before = f"{path}." if path else ""
    if isinstance(node, Figure):
        found.append((path, node))
        return
    parts: Iterable[tuple[str, object]]
    if kept := _kept_of(type(node)):  # type: ignore[arg-type]  # a class can be hashed
        parts = [(name, getattr(node, name)) for name, _ in kept]
    elif isinstance(node, Mapping):
        parts = node.items()
    elif isinstance(node, list):
        parts = [(named, item) for item in node if (named := _name_in_list(item)) is not None]
    else:
        return
    for name, part in parts:
        if type(part) is Figure:  # most are, and some hundred draws have a million
            found.append((f"{before}{name}", part))
        else:
            _find_figures(part, f"{before}{name}", found)


def _name_in_list(item: object) -> str | None:
    """Return what tells an item of a list from the others, if anything does."""
    named = getattr(item, "term", None) or getattr(item, "section", None)
    return named if isinstance(named, str) else None


@cache
def _kept_of(kind: type) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a record, and whether each is left out when empty; none of others."""
    known = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
    return tuple((one.name, bool(one.metadata.get("optional"))) for one in known)


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


@dataclass(frozen=True)
class ResultStore:
    """The results kept in one folder, and what was simulated for them (計算結果の保存).

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

        Inputs are plain data: all that the result depends on, besides program, libraries and
        processor.
        """
        text = to_json([self.code, _machine(), inputs])  # the order of keys counts as well
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"

    def read(self, inputs: object) -> Result | None:
        """Return the result of these very inputs, or None where it is not kept."""
        with suppress(DataError):
            return result_from(self._content(self.path(inputs)))
        return None

    def write(self, inputs: object, result: Result) -> None:
        """Keep a result; the oldest go when there are too many."""
        self._keep(self.path(inputs), to_plain(result))

    def read_simulated(self, inputs: object) -> Simulated:
        """Return what was simulated of these inputs, which may be nothing."""
        path = self.path([_SIMULATED, inputs])
        with suppress(ValueError, RecursionError):
            found = Simulated(to_record(_Stages, self._content(path)))
            with suppress(OSError):  # in use, so that it is not the next to go
                os.utime(path, follow_symlinks=os.utime not in os.supports_follow_symlinks)
            return found
        return Simulated()

    def write_simulated(self, inputs: object, simulated: Simulated) -> None:
        """Keep what was simulated, if there is anything new in it."""
        if simulated.is_new:
            self._keep(self.path([_SIMULATED, inputs]), simulated.to_plain())

    def _content(self, path: Path) -> Any:
        """Return the content of a file that tells itself whole; None where it does not."""
        # Whatever stands in such a file can be no worse than missing.
        with suppress(OSError, ValueError, RecursionError, DataError):
            if _is_own(self.folder, stat.S_ISDIR) and _is_own(path, stat.S_ISREG):
                seal, content = read_bytes(path, most_kept().size).split(b"\n", 1)
                if seal == _seal_of(path, content):
                    return json.loads(content)
        return None

    def _keep(self, path: Path, plain: object) -> None:
        content = json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()
        with suppress(OSError, DataError):
            if os.path.lexists(self.folder) and not _is_own(self.folder, stat.S_ISDIR):
                return
            whole = _seal_of(path, content) + b"\n" + content
            if len(whole) > most_kept().size:
                return
            write_atomically(path, whole)
            for old in _too_many(_oldest_first(self.folder)):
                old.unlink(missing_ok=True)


_SIMULATED = "simulated"


class _Most(NamedTuple):
    """How many files are kept at most, and how many bytes in all."""

    files: int
    size: int


@cache
def most_kept() -> _Most:
    """Return the bounds of what is kept (保存の上限)."""
    bounds = read_toml(data_path("kept.toml"))
    return _Most(bounds["most_files"], bounds["most_bytes"])


def _too_many(kept: Sequence[Path]) -> list[Path]:
    """Return the files that have to go, of some from the oldest to the newest."""
    sizes = np.cumsum([path.stat().st_size for path in reversed(kept)])
    left = min(int(np.searchsorted(sizes, most_kept().size, side="right")), most_kept().files)
    return list(kept[: len(kept) - left])


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


# --- what was simulated ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Columns:
    """Numbers of many draws under each name, as text that JSON holds to the last bit (数値の列).

    ``packed`` has the columns one after the other: base64 of doubles, the lowest byte first.

    Examples
    --------
    >>> kept = columns_of({"a": np.array([1.0, np.inf]), "b": np.array([0.1, np.nan])})
    >>> kept.arrays()["b"]
    array([0.1, nan])
    """

    names: list[str]
    packed: str

    def __post_init__(self) -> None:
        """Refuse text that is no such numbers."""
        size = len(base64.b64decode(self.packed, validate=True))
        if size % (_DOUBLE.itemsize * max(len(self.names), 1)):
            raise ValueError(f"{size} bytes are not {len(self.names)} columns")

    def arrays(self) -> dict[str, FloatArray]:
        """Return the columns by name. (n_draws,) arrays."""
        values = np.frombuffer(base64.b64decode(self.packed), dtype=_DOUBLE).astype(np.float64)
        return dict(zip(self.names, values.reshape(len(self.names), -1), strict=True))


_DOUBLE = np.dtype("<f8")


def columns_of(arrays: Mapping[str, FloatArray]) -> Columns:
    """Return columns as they are kept (数値の列)."""
    whole = b"".join(one.astype(_DOUBLE).tobytes() for one in arrays.values())
    return Columns([*arrays], base64.b64encode(whole).decode("ascii"))


_C = TypeVar("_C")
_P = TypeVar("_P")


@dataclass(frozen=True)
class Stage(Generic[_C, _P]):
    """A part of a study that simulates, and the types of what it finds (模擬計算の段階).

    Records say what is found of the client, and of each plan.
    """

    name: str
    client: type[_C]
    plan: type[_P]


@dataclass(frozen=True)
class Found(Generic[_C, _P]):
    """What was found at one point of a stage, before any premium (模擬計算の結果).

    Parameters
    ----------
    client : record
    plans : mapping of str to record
        By the identifier of the plan.
    """

    client: _C
    plans: Mapping[str, _P]


@dataclass(frozen=True)
class _Plain:
    """The same as it is kept; read as records when it is asked for."""

    client: Any
    plans: dict[str, Any]


_Stages = dict[str, dict[str, _Plain]]

# Simulates some points, by their place, under some plans.
Simulate = Callable[[Sequence[int], Sequence[str]], Sequence[Found[_C, _P]]]


class Simulated:
    """What was simulated of one study, by stage, point and plan (模擬計算の再利用).

    No premium is known here: whoever asks decides anew on what is found.

    ``kept`` is that of an earlier run.

    Examples
    --------
    >>> stage = Stage("double", float, float)
    >>> def simulate(points, plans):
    ...     print("simulated", list(plans))
    ...     return [Found(0.0, {plan: 2.0 * int(plan) for plan in plans}) for _ in points]
    >>> simulated = Simulated()
    >>> simulated.at(stage, ["centre"], ["1", "2"], simulate)[0].plans
    simulated ['1', '2']
    {'1': 2.0, '2': 4.0}
    >>> simulated.at(stage, ["centre"], ["2", "3"], simulate)[0].plans
    simulated ['3']
    {'2': 4.0, '3': 6.0}
    """

    def __init__(self, kept: Mapping[str, Mapping[str, _Plain]] | None = None) -> None:
        self._kept = kept or {}
        self._found: dict[str, dict[str, Found[Any, Any]]] = {}
        self.is_new = False

    def at(
        self,
        stage: Stage[_C, _P],
        points: Sequence[str],
        plans: Sequence[str],
        simulate: Simulate[_C, _P],
    ) -> list[Found[_C, _P]]:
        """Return what is found at each point under each plan; simulated is what is not there.

        Parameters
        ----------
        points : sequence of str
            What tells them apart.
        plans : sequence of str
            Their identifiers.
        simulate : callable
            Of the places of points and of the plans missing there. What it finds of a plan may
            depend on nothing but the point and the plan.
        """
        found = self._found.setdefault(stage.name, {})
        missing: dict[tuple[str, ...], list[int]] = {}
        for place, point in enumerate(points):
            if point not in found:
                self._recall(stage, point)
            known = found.get(point)
            left = tuple(one for one in plans if known is None or one not in known.plans)
            if left or known is None:
                missing.setdefault(left, []).append(place)
        for left, places in missing.items():
            self.is_new = True
            for place, made in zip(places, simulate(places, left), strict=True):
                known = found.get(points[place], made)
                found[points[place]] = Found(known.client, {**known.plans, **made.plans})
        return [
            Found(found[point].client, {one: found[point].plans[one] for one in plans})
            for point in points
        ]

    def knows(self, stage: Stage[_C, _P]) -> bool:
        """Return whether anything of a stage is known."""
        return stage.name in self._kept or stage.name in self._found

    def _recall(self, stage: Stage[_C, _P], point: str) -> None:
        """Read what is kept of a point; what does not fit is as good as none."""
        plain = self._kept.get(stage.name, {}).get(point)
        if plain is not None:
            with suppress(ValueError, RecursionError):
                self._found[stage.name][point] = Found(
                    to_record(stage.client, plain.client),
                    {name: to_record(stage.plan, one) for name, one in plain.plans.items()},
                )

    def to_plain(self) -> Any:
        """Return all that is known, as plain data for JSON."""
        stages = {**self._kept, **self._found}
        return {
            name: to_plain({**self._kept.get(name, {}), **self._found.get(name, {})})
            for name in stages
        }


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
    style = "text-align:right;white-space:nowrap"
    figures = "".join(f"<td style='{style}'>{text}</td>" for text in rest)
    return f"<tr><td style='text-align:left'>{name}</td>{figures}</tr>"


Result._repr_html_ = result_html
