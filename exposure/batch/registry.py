"""What a folder of results remembers: one row per client run, and who is working on it (台帳).

One SQLite file, ``registry.sqlite``. Knows nothing of clients or results but their names, hashes
and states.

The lock is a row of the registry. A dead owner's row is recognised: on this machine by its process,
on another by a beat that has stopped.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exposure.errors import DataError, ExposureError, Problem, Text
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
    """An open registry; every change is on disk when the call returns."""

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
        with sqlite_message(self.path):
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
        with sqlite_message(self.path), self.connection:
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
    with sqlite_message(path):
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
    try:
        with sqlite_message(path):
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
def sqlite_message(path: Path) -> Iterator[None]:
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


_BEAT_SECONDS = 10.0

_SILENT_BEATS = 12


@dataclass(frozen=True)
class Owner:
    """The process that works on a folder (使用中のプロセス).

    Parameters
    ----------
    born : str
        Tells it from a later process of the same number; empty where the system does not say.
    beat : float
        When it last gave a sign of life. [s]
    """

    host: str
    process: int
    born: str
    started_at: str
    beat: float

    def is_alive(self, now: float) -> bool:
        """Say whether the owner may still be working."""
        if self.host != socket.gethostname():
            return now - self.beat < _BEAT_SECONDS * _SILENT_BEATS
        return _exists(self.process) and _born(self.process) == self.born


def _exists(process: int) -> bool:
    if os.name == "nt":  # a signal would end the process there
        return process in _processes()
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _processes() -> set[int]:
    import subprocess

    listed = subprocess.run(
        ["tasklist", "/fo", "csv", "/nh"], capture_output=True, text=True, check=False
    ).stdout
    cells = [line.split('","') for line in listed.splitlines()]
    return {int(cell[1]) for cell in cells if len(cell) > 1 and cell[1].isdigit()}


def _born(process: int) -> str:
    """Return the start of a process since boot, where the system tells."""
    with suppress(OSError, IndexError):
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        # The name of the program, in brackets, may hold spaces.
        return text.rpartition(")")[2].split()[_STARTED]
    return ""


_STARTED = 19  # field "starttime" of proc(5), counted behind the name


@contextmanager
def hold_folder(registry: Registry) -> Iterator[None]:
    """Hold the folder of a registry for this process (フォルダの占有).

    Raises
    ------
    DataError
        If another batch is working on it, saying which.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    process = os.getpid()
    me = Owner(socket.gethostname(), process, _born(process), now, time.time())
    with sqlite_message(registry.path):
        _take(registry, me)
    stop = threading.Event()
    beat = threading.Thread(target=_keep_alive, args=(registry.path.parent, me, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        with suppress(ExposureError), sqlite_message(registry.path), registry.connection:
            registry.connection.execute(
                "delete from lock where host = ? and process = ? and born = ?",
                (me.host, me.process, me.born),
            )


def _take(registry: Registry, me: Owner) -> None:
    connection = registry.connection
    connection.execute("begin immediate")
    try:
        row = connection.execute(
            "select host, process, born, started_at, beat from lock"
        ).fetchone()
        owner = None if row is None else _owner(row, registry.path)
        if owner is not None and owner.is_alive(me.beat):
            text = Text(
                f"別の一括処理が使用中です（{owner.host} のプロセス {owner.process}、"
                f"{owner.started_at} 開始）。終わるのを待つか、別の --out を指定してください",
                f"another batch is working here (process {owner.process} on {owner.host} since "
                f"{owner.started_at}); wait for it, or name another --out",
            )
            raise DataError(Problem(str(registry.path.parent), "", text))
        connection.execute(
            "insert or replace into lock values (1, ?, ?, ?, ?, ?)",
            (me.host, me.process, me.born, me.started_at, me.beat),
        )
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _owner(row: tuple[object, ...], path: Path) -> Owner:
    """Return the owner a row names; the columns of SQLite hold whatever was put in."""
    host, process, born, started_at, beat = row
    if (
        isinstance(host, str)
        and isinstance(process, int)
        and isinstance(born, str)
        and isinstance(started_at, str)
        and isinstance(beat, float)
    ):
        return Owner(host, process, born, started_at, beat)
    raise DataError(Problem(str(path), "", DAMAGED))


def _keep_alive(folder: Path, me: Owner, stop: threading.Event) -> None:
    """Give a sign of life now and then, through a connection of the thread's own."""
    while not stop.wait(_BEAT_SECONDS):
        with (
            suppress(ExposureError),
            open_registry(folder) as registry,
            sqlite_message(registry.path),
            registry.connection,
        ):
            registry.connection.execute(
                "update lock set beat = ? where process = ? and host = ?",
                (time.time(), me.process, me.host),
            )
