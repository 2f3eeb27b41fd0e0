"""One batch at a time on a folder (多重起動の防止).

The lock is a row of the registry. A dead owner's row is recognised: on this machine by its process,
on another by a beat that has stopped.
"""

from __future__ import annotations

import datetime
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from exposure.batch.registry import DAMAGED, Registry, open_registry, said
from exposure.errors import DataError, ExposureError, Problem, Text

_BEAT_SECONDS = 10.0
_SILENT_BEATS = 12


@dataclass(frozen=True)
class Owner:
    """The process that works on a folder (使用中のプロセス).

    Parameters
    ----------
    host : str
    process : int
    born : str
        Tells it from a later process of the same number; empty where the system does not say.
    started_at : str
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
def locked(registry: Registry) -> Iterator[None]:
    """Hold the folder of a registry for this process (フォルダの占有).

    Raises
    ------
    DataError
        If another batch is working on it, saying which.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    process = os.getpid()
    me = Owner(socket.gethostname(), process, _born(process), now, time.time())
    with said(registry.path):
        _take(registry, me)
    stop = threading.Event()
    beat = threading.Thread(target=_keep_alive, args=(registry.path.parent, me, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        with suppress(ExposureError), said(registry.path), registry.connection:
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
            said(registry.path),
            registry.connection,
        ):
            registry.connection.execute(
                "update lock set beat = ? where process = ? and host = ?",
                (time.time(), me.process, me.host),
            )
