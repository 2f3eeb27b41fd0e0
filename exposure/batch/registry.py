"""What a folder of results remembers: one row per client run, and who is working on it (台帳).

One SQLite file, ``registry.sqlite``. Knows nothing of clients or results but their names, hashes
and states.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exposure.errors import DataError, Problem, Text
from exposure.files import sha256_of

NAME = "registry.sqlite"
_SCHEMA_VERSION = 2
_WAIT_SECONDS = 30.0
_TABLES = """
create table if not exists run (
    key text primary key,
    client_id text not null,
    status text not null check (status in ('done', 'refused', 'failed')),
    files text not null,
    summary text not null,
    error text not null,
    detail text not null,
    seconds real not null,
    finished_at text not null,
    seal text not null
);
create index if not exists run_of_client on run (client_id);
create table if not exists lock (
    only_one integer primary key check (only_one = 1),
    host text not null,
    process integer not null,
    born text not null,
    started_at text not null,
    beat real not null
);
"""


@dataclass(frozen=True)
class Run:
    """One client run (顧客1社の実行記録).

    Parameters
    ----------
    key : str
        Hash of all inputs.
    client_id : str
    status : str
        ``done``, ``refused`` for bad input, ``failed`` for anything unforeseen.
    files : mapping of str to str
        Written files of the client's folder and their SHA-256.
    summary : str
        What the summary says of the client, as JSON; empty unless it is done.
    error : tuple of Text
        What went wrong, a line each.
    detail : str
        For whoever has to find out why.
    seconds : float
        Time it took. [s]
    finished_at : str
        When, in UTC.
    """

    key: str
    client_id: str
    status: str
    files: Mapping[str, str]
    summary: str = ""
    error: tuple[Text, ...] = ()
    detail: str = ""
    seconds: float = 0.0
    finished_at: str = ""


class Registry:
    """An open registry; every change is on disk when the call returns.

    Parameters
    ----------
    connection : sqlite3.Connection
    path : Path
        For messages.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path

    def find(self, key: str) -> Run | None:
        """Return the run of these very inputs, if there was one."""
        runs = self._runs("key", key)
        return runs[0] if runs else None

    def files_of(self, client_id: str) -> set[str]:
        """Return the names of all files ever written for a client."""
        return {name for run in self._runs("client_id", client_id) for name in run.files}

    def _runs(self, column: Literal["key", "client_id"], value: str) -> list[Run]:
        """Return the runs that stand as they were kept; a row somebody changed is none."""
        with said(self.path):
            rows = self.connection.execute(
                f"select {_COLUMNS}, seal from run where {column} = ?", (value,)
            ).fetchall()
        return [_run(row[:-1]) for row in rows if row[-1] == _seal(row[:-1])]

    def keep(self, run: Run) -> None:
        """Remember a run, in place of an earlier one of the same inputs."""
        values = (
            run.key,
            run.client_id,
            run.status,
            _plain(run.files),
            run.summary,
            _plain([list(text) for text in run.error]),
            run.detail,
            run.seconds,
            run.finished_at,
        )
        marks = ", ".join("?" * (len(values) + 1))
        with said(self.path), self.connection:
            self.connection.execute(
                f"insert or replace into run ({_COLUMNS}, seal) values ({marks})",
                (*values, _seal(values)),
            )


_COLUMNS = "key, client_id, status, files, summary, error, detail, seconds, finished_at"


def _seal(values: tuple[object, ...]) -> str:
    """Return a hash of a row, which tells whether it is as it was written."""
    return sha256_of([[repr(value) for value in values]])


def _plain(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _run(row: tuple[str, str, str, str, str, str, str, float, str]) -> Run:
    key, client_id, status, files, summary, error, detail, seconds, finished_at = row
    return Run(
        key,
        client_id,
        status,
        json.loads(files),
        summary,
        tuple(Text(ja, en) for ja, en in json.loads(error)),
        detail,
        seconds,
        finished_at,
    )


@contextmanager
def open_registry(folder: Path) -> Iterator[Registry]:
    """Open the registry of a folder, made if it is not there (台帳を開く).

    Raises
    ------
    DataError
        If the folder cannot be written, or the file is no registry of this version.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name, open_registry(Path(name)) as registry:
    ...     registry.keep(Run("k", "A001", "done", {}))
    ...     registry.find("k").status
    'done'
    """
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        text = Text(f"フォルダを作れません（{reason}）", f"the folder cannot be made ({reason})")
        raise DataError(Problem(str(folder), "", text)) from None
    with said(path):
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
    try:
        with said(path):
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            _prepare(connection, path)
        yield Registry(connection, path)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("pragma user_version").fetchone()
    if version not in (0, _SCHEMA_VERSION):
        text = Text(
            "この版では使えない台帳です。別の出力フォルダを指定してください",
            "a registry of another version; name another output folder",
        )
        raise DataError(Problem(str(path), "", text, version))
    connection.executescript(_TABLES)
    connection.execute(f"pragma user_version = {_SCHEMA_VERSION}")
    connection.commit()


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a file into one line for a person."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise DataError(Problem(str(path), "", _reason(error))) from None


DAMAGED = Text(
    "台帳が壊れています。このファイルを消して実行し直してください（計算はやり直しになります）",
    "the registry is damaged; delete this file and run again (clients are computed anew)",
)
_DAMAGED = (
    "malformed", "not a database", "no such column", "no column named", "no such table",
    "not be decoded", "decode to UTF-8", "may not be modified", "constraint failed", "view",
    "is not an ordinary table", "there is already", "datatype mismatch",
)  # fmt: skip


def _reason(error: sqlite3.DatabaseError) -> Text:
    message = str(error)
    if any(sign in message for sign in _DAMAGED):
        return DAMAGED
    if "locked" in message:
        return Text(
            "ほかのプログラムが台帳を使っています。閉じてから実行し直してください",
            "another program is using the registry; close it and run again",
        )
    return Text(f"書き込めません（{message}）", f"cannot be written ({message})")
