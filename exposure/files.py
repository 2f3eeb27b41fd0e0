"""Where the shipped data are, strict reading, patching of plain mappings, and safe writing.

Knows formats (TOML, JSON) and places, not what the files mean.
"""

from __future__ import annotations

import copy
import difflib
import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: values read from TOML or JSON, before they are checked

from exposure.errors import DataError, PlanError, Problem, Text

_HERE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Return the path of a shipped data file, in a checkout or an installed wheel.

    Examples
    --------
    >>> data_path("policies").name
    'policies'
    """
    installed = _HERE / "_data"
    root = installed if installed.is_dir() else _HERE.parent / "data"
    return root.joinpath(*parts)


def notebook_path(name: str) -> Path:
    """Return the path of a shipped notebook, in a checkout or an installed wheel.

    Examples
    --------
    >>> notebook_path("explorer.ipynb").name
    'explorer.ipynb'
    """
    installed = _HERE / "_notebooks"
    root = installed if installed.is_dir() else _HERE.parent / "notebooks"
    return root / name


def shown_path(path: Path | str) -> str:
    """Return a path as messages show it: shipped files by their place in ``data/``."""
    path = Path(path)
    try:
        return "data/" + path.resolve().relative_to(data_path().resolve()).as_posix()
    except (ValueError, OSError):
        return str(path)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file, or say in one line why it cannot be read.

    Raises
    ------
    DataError
        If the file is missing, unreadable or not UTF-8.
    """
    return _text_of(_bytes_of(path), shown_path(path))


def _bytes_of(path: Path) -> bytes:
    where = shown_path(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(Problem(where, "", Text("ファイルがありません", "no such file"))) from None
    except IsADirectoryError:
        raise DataError(
            Problem(
                where,
                "",
                Text(
                    "フォルダではなくファイルを指定してください", "expected a file, found a folder"
                ),
            )
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            Problem(
                where, "", Text(f"ファイルを開けません（{reason}）", f"cannot be opened ({reason})")
            )
        ) from None


def _text_of(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            Problem(
                where,
                f"byte {error.start}",
                Text(
                    "UTF-8の文字として読めません。UTF-8で保存してください",
                    "not UTF-8 text; save the file as UTF-8",
                ),
            )
        ) from None


def read_toml(path: Path | str) -> dict[str, Any]:
    """Read a TOML file, or say in one line where it is broken.

    Raises
    ------
    DataError
        If the file is missing, unreadable or not TOML.
    """
    path = Path(path)
    return _toml_of(read_text(path), shown_path(path))


def _toml_of(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            Problem(
                where,
                "",
                Text(f"TOMLとして読めません（{reason}）", f"not valid TOML ({reason})"),
            )
        ) from None


@dataclass(frozen=True)
class TomlFile:
    """A TOML file as read, or a mapping laid out as one; it needs no disk any more.

    Parameters
    ----------
    where : str
        What messages call it.
    sha256 : str
        Of the bytes of the file.
    raw : mapping
        What it says.
    """

    where: str
    sha256: str
    raw: Mapping[str, Any] = field(compare=False, repr=False)


def read_toml_file(path: Path | str) -> TomlFile:
    """Read a TOML file together with the hash of its bytes; errors as `read_toml`.

    Examples
    --------
    >>> read_toml_file(data_path("policies", "aiu_2015.toml")).where
    'data/policies/aiu_2015.toml'
    """
    where, content = shown_path(path), _bytes_of(Path(path))
    raw = _toml_of(_text_of(content, where), where)
    return TomlFile(where, hashlib.sha256(content).hexdigest(), raw)


def toml_file_of(raw: Mapping[str, Any], where: str) -> TomlFile:
    """Return a mapping as if it had been read from a file.

    Examples
    --------
    >>> toml_file_of({"plan": {}}, "draft") == toml_file_of({"plan": {}}, "draft")
    True
    """
    return TomlFile(where, sha256_of([raw]), raw)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"duplicate key {key!r}")
        result[key] = value
    return result


def read_json(path: Path | str) -> Any:  # Any: a JSON document, checked by the caller
    """Read a JSON file strictly: no NaN, no duplicate keys, one line on where it is broken.

    Raises
    ------
    DataError
        If the file is missing, unreadable or not JSON.
    """
    path = Path(path)
    try:
        return json.loads(
            read_text(path),
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error).splitlines()[0]
    raise DataError(
        Problem(
            shown_path(path),
            "",
            Text(f"JSONとして読めません（{reason}）", f"not valid JSON ({reason})"),
        )
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to a misspelt one, if any is near.

    Examples
    --------
    >>> nearest("recrods", ["records", "revenue"])
    'records'
    """
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def by_likeness(name: str, known: Iterable[str]) -> list[str]:
    """Return known names, those that look most like a misspelt one first.

    Examples
    --------
    >>> by_likeness("cover", ["apology_ads", "recover", "call_centre"])[0]
    'recover'
    """
    ratios = {one: difflib.SequenceMatcher(None, name, one).ratio() for one in known}
    return sorted(ratios, key=lambda one: (-ratios[one], one))


def unknown_key(where: str, key: str, name: str, known: Iterable[str]) -> Problem:
    """Return the problem of a key nobody knows, with the nearest known one.

    Where none is near, all are listed, those that look most like it first.
    """
    known = list(known)
    near = nearest(name, known)
    if near:
        text = Text(
            f"知らない項目です。「{near}」ではありませんか", f'unknown key; did you mean "{near}"?'
        )
    else:
        listed = ", ".join(by_likeness(name, known))
        text = Text(f"知らない項目です。使えるのは: {listed}", f"unknown key; known keys: {listed}")
    return Problem(where, key, text)


def _check_patch(patch: Mapping[str, Any], where: str) -> None:
    problems = [
        Problem(
            where,
            verb,
            Text("項目の組（表）を指定してください", "expected a table of keys and values"),
            patch[verb],
        )
        for verb in ("set", "add")
        if not isinstance(patch.get(verb, {}), Mapping)
    ]
    removed = patch.get("remove", [])
    if not isinstance(removed, list | tuple) or not all(isinstance(p, str) for p in removed):
        text = Text("文字列の並びにしてください", "expected a list of words")
        problems.append(Problem(where, "remove", text, removed))
    if problems:
        raise PlanError(problems)


def patched(
    raw: Mapping[str, Any], patch: Mapping[str, Any], where: str = "patch"
) -> dict[str, Any]:
    """Return a copy of a mapping with a patch applied (特約・型・選択はすべて差分).

    Parameters
    ----------
    raw : mapping
        What a file says.
    patch : mapping
        ``set`` and ``add`` map dotted paths to values (``add`` appends to a list or makes what is
        not there yet); ``remove`` lists dotted paths, the last part of which may be a member
        of a list.
    where : str
        Name of the patch for messages.

    Raises
    ------
    PlanError
        If a path does not exist, or ``add`` would replace something.

    Examples
    --------
    >>> patched({"a": {"b": 1, "c": ["x", "y"]}}, {"set": {"a.b": 2}, "remove": ["a.c.x"]})
    {'a': {'b': 2, 'c': ['y']}}
    """
    _check_patch(patch, where)
    result = copy.deepcopy(dict(raw))
    for path, value in patch.get("set", {}).items():
        parent, last = _parent(result, path, where)
        if not isinstance(parent, dict) or last not in parent:
            raise _no_path(where, path)
        parent[last] = copy.deepcopy(value)
    for path, value in patch.get("add", {}).items():
        parent, last = _parent(result, path, where)
        present = parent.get(last) if isinstance(parent, dict) else None
        if isinstance(present, list):
            present.extend(copy.deepcopy(value) if isinstance(value, list) else [value])
        elif isinstance(parent, dict) and last not in parent:
            parent[last] = copy.deepcopy(value)
        else:
            raise PlanError(
                Problem(
                    where, path, Text("すでにある項目は追加できません", "already there; use set")
                )
            )
    for path in patch.get("remove", []):
        parent, last = _parent(result, path, where)
        if isinstance(parent, list) and last in parent:
            parent.remove(last)
        elif isinstance(parent, dict) and last in parent:
            del parent[last]
        else:
            raise _no_path(where, path)
    return result


def _parent(raw: dict[str, Any], path: str, where: str) -> tuple[Any, str]:
    *front, last = path.split(".")
    node: Any = raw
    for part in front:
        if not isinstance(node, dict) or part not in node:
            raise _no_path(where, path)
        node = node[part]
    return node, last


def _no_path(where: str, path: str) -> PlanError:
    return PlanError(
        Problem(
            where,
            path,
            Text("差分の対象がありません", "the patch names something that is not there"),
        )
    )


def write_atomically(path: Path | str, content: str | bytes) -> None:
    """Write one file so that it is either complete or not there; see `write_together`."""
    path = Path(path)
    payload = content.encode("utf-8") if isinstance(content, str) else content
    write_together(path.parent, {path.name: payload})


def write_together(folder: Path | str, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write several files of one folder, replacing what is there only when all are complete.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    contents : mapping of str to bytes
        By file name, which may have folders in front.

    Raises
    ------
    DataError
        If the folder cannot be written; what was there before is left as it was.
    """
    folder = Path(folder)
    staged: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, payload in contents.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            staged.append((Path(temporary), target))
            with os.fdopen(handle, "wb") as stream:
                stream.write(payload)
            Path(temporary).chmod(0o644)
        for temporary_path, target in staged:
            temporary_path.replace(target)
    except OSError as error:
        reason = error.strerror or str(error)
        text = Text(f"書き込めません（{reason}）", f"cannot be written ({reason})")
        raise DataError(Problem(str(folder), "", text)) from None
    finally:
        for temporary_path, _ in staged:
            temporary_path.unlink(missing_ok=True)
    return tuple(target for _, target in staged)


@contextmanager
def staged(folder: Path | str) -> Iterator[Path]:
    """Give a folder to write into; its files replace those of the real one only at the end.

    For files too large to hold in memory; `write_together` is for the others.

    Parameters
    ----------
    folder : path
        Made if it is not there.

    Raises
    ------
    DataError
        If the folder cannot be written; what was there before is left as it was.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".staged-") as temporary:
            yield Path(temporary)
            for path in sorted(Path(temporary).iterdir()):
                path.replace(folder / path.name)
    except OSError as error:
        reason = error.strerror or str(error)
        text = Text(f"書き込めません（{reason}）", f"cannot be written ({reason})")
        raise DataError(Problem(str(folder), "", text)) from None


def to_json(document: object) -> str:
    """Return a document as JSON text, the same bytes for the same content.

    Examples
    --------
    >>> print(to_json({"a": [1, "円"]}))
    {
      "a": [
        1,
        "円"
      ]
    }
    <BLANKLINE>
    """
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def sha256_of(documents: Iterable[object]) -> str:
    """Return one hash of plain documents, independent of the order of keys."""
    digest = hashlib.sha256()
    for document in documents:
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, default=str)
        digest.update(text.encode("utf-8"))
    return digest.hexdigest()
