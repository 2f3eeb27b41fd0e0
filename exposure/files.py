"""Where the shipped data are, strict reading, patching of plain mappings, and safe writing.

Knows formats (TOML, JSON) and places, not what the files mean.
"""

from __future__ import annotations

import codecs
import datetime
import difflib
import errno
import hashlib
import json
import math
import os
import re
import secrets
import stat
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
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
    except (ValueError, OSError, RuntimeError):  # a loop of links, which Python 3.11 calls so
        return str(path)


_REASONS: Mapping[int, Text] = {
    errno.EACCES: Text("権限がありません", "permission denied"),
    errno.EPERM: Text("権限がありません", "operation not permitted"),
    errno.ENAMETOOLONG: Text("名前が長すぎます", "the name is too long"),
    errno.ELOOP: Text("リンクが循環しています", "the links lead round in a circle"),
    errno.ENOENT: Text("ありません", "no such file or folder"),
    errno.ENOTDIR: Text(
        "途中にフォルダでないものがあります", "something on the way is not a folder"
    ),
    errno.EISDIR: Text("フォルダです", "it is a folder"),
    errno.EEXIST: Text("同じ名前のものがあります", "something of that name is there"),
    errno.ENOSPC: Text("空き容量がありません", "no space left"),
    errno.EDQUOT: Text("割り当て容量を使い切りました", "the quota is used up"),
    errno.EFBIG: Text("大きさの上限を超えます", "the file would be too large"),
    errno.EROFS: Text("読み取り専用です", "read-only file system"),
    errno.EMFILE: Text("開いているファイルが多すぎます", "too many open files"),
    errno.EIO: Text("装置の誤りです", "input/output error"),
    errno.ENOMEM: Text("メモリーが足りません", "out of memory"),
    errno.ECONNREFUSED: Text("接続を断られました", "the connection is refused"),
    errno.EBADF: Text("閉じられています", "it is closed"),
}


def reason_of(error: OSError | ValueError) -> Text:
    """Return in a few words what the system says is in the way (システムの理由).

    Examples
    --------
    >>> reason_of(OSError(errno.ENOSPC, "No space left on device")).en
    'no space left'
    """
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number in _REASONS:
        return _REASONS[number]
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return Text(said, said) if said else Text(type(error).__name__, type(error).__name__)


def read_bytes(path: Path | str, most: int | None = None) -> bytes:
    """Read a file whole, or say in one line why it cannot be read.

    Parameters
    ----------
    path : path
        Of a file on a disk. A pipe or a device is refused: it could be waited for without end, and
        read only once.
    most : int, optional
        Largest file allowed. [byte]

    Raises
    ------
    DataError
        If the file is missing, unreadable, too large or no file.
    """
    path = Path(path)

    def refusal(text: Text) -> DataError:
        return DataError(Problem(shown_path(path), "", text))

    try:
        # Looked at once opened, so that nothing can change in between; a pipe is not waited for.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(stream.fileno())
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError
            if not stat.S_ISREG(status.st_mode):
                raise refusal(
                    Text(
                        "パイプや装置は読めません。ファイルに保存してから指定してください",
                        "expected a file, found a pipe or a device; save it as a file first",
                    )
                )
            content = stream.read(-1 if most is None else most + 1)
    except FileNotFoundError:
        raise refusal(Text("ファイルがありません", "no such file")) from None
    except IsADirectoryError:
        raise refusal(
            Text("フォルダではなくファイルを指定してください", "expected a file, found a folder")
        ) from None
    except (OSError, ValueError) as error:
        why = reason_of(error)
        raise refusal(
            Text(f"ファイルを開けません（{why.ja}）", f"cannot be opened ({why.en})")
        ) from None
    if most is not None and len(content) > most:
        raise refusal(
            Text(f"大きすぎます（{most:,}バイトまで）", f"too large (at most {most:,} bytes)")
        )
    return content


_BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends


def read_text(path: Path, most: int | None = None) -> str:
    """Read a UTF-8 text file, or say in one line why it cannot be read.

    Raises
    ------
    DataError
        If the file is missing, unreadable, too large or not UTF-8.
    """
    return _text_of(read_bytes(path, most), shown_path(path))


def _text_of(content: bytes, where: str) -> str:
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
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


# Studies and policies have a few kilobytes; reading TOML takes a second per megabyte.
_LARGEST_TOML = 2**20
_DEEP_KEY = re.compile(r"""(?<![\w-])(?>(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){64}""")


def read_toml(path: Path | str) -> dict[str, Any]:
    """Read a TOML file, or say in one line where it is broken.

    Raises
    ------
    DataError
        If the file is missing, unreadable or not TOML.
    """
    path = Path(path)
    return _toml_of(read_text(path, _LARGEST_TOML), shown_path(path))


def read_table(path: Path | str, name: str) -> dict[str, Any]:
    """Read one table of a TOML file, where most of a call would go into reading the others.

    Parameters
    ----------
    path : path
        Of a shipped file, whose tables begin on lines of their own.
    name : str
        Of the table, quoted where the file quotes it.

    Examples
    --------
    >>> read_table(data_path("assumptions", "run.toml"), '"run.loss_years"')["unit"]
    'years'
    """
    path = Path(path)
    _, _, after = read_text(path, _LARGEST_TOML).partition(f"\n[{name}]\n")
    return _toml_of(after.partition("\n[")[0], shown_path(path))


def _toml_of(text: str, where: str) -> dict[str, Any]:
    try:
        if _DEEP_KEY.search(text):  # the reader takes the square of its length
            raise ValueError("a key of too many parts")
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
    where, content = shown_path(path), read_bytes(Path(path))
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
    if not known:
        text = Text(
            "知らない項目です。まだ一つも定義されていません", "unknown key; none is defined"
        )
    elif near:
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


def apply_patch(
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
    >>> apply_patch({"a": {"b": 1, "c": ["x", "y"]}}, {"set": {"a.b": 2}, "remove": ["a.c.x"]})
    {'a': {'b': 2, 'c': ['y']}}
    """
    _check_patch(patch, where)
    result: dict[str, Any] = _copied(raw)
    for path, value in patch.get("set", {}).items():
        parent, last = _parent(result, path, where)
        if not isinstance(parent, dict) or last not in parent:
            raise _no_path(where, path)
        parent[last] = _copied(value)
    for path, value in patch.get("add", {}).items():
        parent, last = _parent(result, path, where)
        present = parent.get(last) if isinstance(parent, dict) else None
        if isinstance(present, list):
            present.extend(_copied(value) if isinstance(value, list) else [value])
        elif isinstance(parent, dict) and last not in parent:
            parent[last] = _copied(value)
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


def _copied(node: Any) -> Any:
    """Return a copy of what a TOML file can hold; its values themselves never change."""
    if isinstance(node, Mapping):
        return {key: _copied(value) for key, value in node.items()}
    return [_copied(one) for one in node] if isinstance(node, list) else node


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


_LONGEST_NAME = 255  # of every file system in use; in UTF-8


def check_folder(folder: Path | str, option: str = "--out") -> None:
    """Refuse a folder for results that could not be made or written, before any work (出力先).

    Nothing is made. What changes while the work is done is found when the files are written.

    Parameters
    ----------
    folder : path
        There already or not.
    option : str
        Under which the user named it, for messages.

    Raises
    ------
    DataError
        If it is no folder, or cannot be made or written.
    """

    def refusal(text: Text) -> DataError:
        return DataError(Problem(option, "", text, str(folder)))

    path = Path(folder)
    try:
        for part in path.parts:
            if len(os.fsencode(part)) > _LONGEST_NAME:
                raise OSError(errno.ENAMETOOLONG, "")
        with suppress(FileNotFoundError):
            path.stat()
        there = next(one for one in (path, *path.parents, Path()) if os.path.lexists(one))
        if not stat.S_ISDIR(there.stat().st_mode):
            if there == path:
                raise refusal(Text("フォルダを指定してください", "expected a folder"))
            raise OSError(errno.ENOTDIR, "")
        if not os.access(there, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, "")
    except (OSError, ValueError) as error:
        raise refusal(_unwritable(error)) from None


def check_file(path: Path | str, option: str = "--out") -> None:
    """Refuse a file for results that could not be written, before any work (出力先).

    Raises
    ------
    DataError
        As `check_folder`; or if it is a folder.
    """
    path = Path(path)
    check_folder(path.parent, option)

    def refusal(text: Text) -> DataError:
        return DataError(Problem(option, "", text, str(path)))

    try:
        if len(os.fsencode(path.name)) > _LONGEST_NAME:
            raise OSError(errno.ENAMETOOLONG, "")
        if not path.name or path.is_dir():
            raise refusal(
                Text(
                    "フォルダではなくファイルを指定してください", "expected a file, found a folder"
                )
            )
    except (OSError, ValueError) as error:
        raise refusal(_unwritable(error)) from None


def _unwritable(error: OSError | ValueError) -> Text:
    why = reason_of(error)
    return Text(f"書き込めません（{why.ja}）", f"cannot be written ({why.en})")


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder; take it away again, and those above it, if what follows comes to nothing."""
    missing = []
    for one in (folder, *folder.parents):
        if os.path.lexists(one):
            break
        missing.append(one)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        with suppress(OSError):  # somebody else may have put something in
            for one in missing:
                if os.path.lexists(one):
                    one.rmdir()
        raise


def write_atomically(path: Path | str, content: str | bytes) -> None:
    """Write one file so that it is either complete or not there; see `write_together`."""
    path = Path(path)
    payload = content.encode("utf-8") if isinstance(content, str) else content
    write_together(path.parent, {path.name: payload})


_SHOWN = 50  # characters of a name that a half-written file keeps, so that it never gets too long


def _open_beside(target: Path) -> tuple[int, Path]:
    """Open a new file beside a target, with the rights that the user's mask leaves."""
    while True:
        path = target.parent / f".{target.name[:_SHOWN]}.{secrets.token_hex(4)}"
        with suppress(FileExistsError):
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666), path


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
    try:
        with _new_folder(folder), ExitStack() as below:
            half_written: list[tuple[Path, Path]] = []
            try:
                for name, payload in contents.items():
                    target = folder / name
                    below.enter_context(_new_folder(target.parent))
                    if target.is_dir():
                        raise OSError(errno.EISDIR, "")
                    handle, temporary = _open_beside(target)
                    half_written.append((temporary, target))
                    with os.fdopen(handle, "wb") as stream:
                        stream.write(payload)
                for temporary, target in half_written:
                    temporary.replace(target)
            finally:
                for temporary, _ in half_written:
                    with suppress(OSError):
                        temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        place = folder if len(contents) != 1 else folder / next(iter(contents))
        raise DataError(Problem(str(place), "", _unwritable(error))) from None
    return tuple(folder / name for name in contents)


@contextmanager
def stage_folder(folder: Path | str) -> Iterator[Path]:
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
        with (
            _new_folder(folder),
            tempfile.TemporaryDirectory(dir=folder, prefix=".staged-") as temporary,
        ):
            yield Path(temporary)
            paths = sorted(Path(temporary).iterdir())
            if any((folder / path.name).is_dir() for path in paths):
                raise OSError(errno.EISDIR, "")
            for path in paths:
                path.replace(folder / path.name)
    except OSError as error:
        raise DataError(Problem(str(folder), "", _unwritable(error))) from None


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards (一時フォルダ).

    Raises
    ------
    DataError
        If the place for temporary files (``TMPDIR``) is full or cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    except OSError as error:
        why = _unwritable(error)
        text = Text(f"一時フォルダに{why.ja}", f"the place for temporary files {why.en}")
        raise DataError(Problem("TMPDIR", "", text, tempfile.gettempdir())) from None


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


# What the standard library only reads. Tables, lists of tables and simple values occur, no more.
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
    _add_tables(lines, (), document)
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines) + "\n"


def _add_tables(lines: list[str], path: tuple[str, ...], table: Mapping[str, Any]) -> None:
    simple = {key: value for key, value in table.items() if not _is_toml_table(value, path)}
    if path and (simple or not table):
        lines += ["", f"[{'.'.join(_toml_key(part) for part in path)}]"]
    elif simple and lines:
        lines.append("")
    lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in simple.items()]
    for key, value in table.items():
        if isinstance(value, Mapping) and _is_toml_table(value, path):
            _add_tables(lines, (*path, key), value)
        elif _is_toml_table(value, path):
            for item in value:
                lines += ["", f"[[{'.'.join(_toml_key(part) for part in (*path, key))}]]"]
                lines += [f"{_toml_key(k)} = {_toml_value(v)}" for k, v in item.items()]


def _is_toml_table(value: object, path: tuple[str, ...]) -> bool:
    if isinstance(value, Mapping):
        if set(value) == {"ja", "en"}:
            return False
        # A pair of simple values reads best on one line, but not as the head of a file.
        complex_ = any(isinstance(v, Mapping | list) for v in value.values())
        return not path or len(value) > 2 or complex_
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)


def _toml_key(name: str) -> str:
    return name if name and set(name) <= _BARE else _toml_text(name)


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, int | datetime.date):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        pairs = (f"{_toml_key(key)} = {_toml_value(part)}" for key, part in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} cannot be written as TOML")
