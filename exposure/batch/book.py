"""Run a book of clients into a folder, and finish what an earlier run began (一括処理).

The one writer of the folder. What a client's files hold is left to ``task``, how tasks reach
processes to ``engine``.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any  # Any: content of a study file, and a structured array

from exposure.batch.client_list import ListedClient
from exposure.batch.engine import NoAnswer, OpenPool, answers
from exposure.batch.portfolio import NAME as BOOK_YEARS
from exposure.batch.portfolio import Portfolio, portfolio, unpack_years
from exposure.batch.registry import DAMAGED, Registry, Run, hold_folder, open_registry
from exposure.batch.registry import NAME as REGISTRY
from exposure.batch.task import (
    Answer,
    Book,
    ClientSummary,
    Row,
    Task,
    input_key,
    row_document,
    work_out,
)
from exposure.errors import DataError, Problem, Text
from exposure.files import check_folder, to_json, write_together
from exposure.inputs.study_file import study_from_mapping
from exposure.result.document import to_plain, to_record

Progress = Callable[[int, int, int], None]
Summarise = Callable[[Iterable[Row], Portfolio | None], bytes]


@dataclass(frozen=True)
class BookResult:
    """What became of a book (一括処理の結果).

    Parameters
    ----------
    rows : tuple of Row
        Of each client, in the order of the list, without what was worked out.
    reused : int
        Clients finished by an earlier run.
    files : tuple of path
        Summaries written.
    """

    rows: tuple[Row, ...]
    reused: int
    files: tuple[Path, ...]

    def with_status(self, status: str) -> list[Row]:
        """Return the rows of a status: ``done``, ``refused`` or ``failed``."""
        return [row for row in self.rows if row.status == status]


def run_book(
    clients: Sequence[ListedClient],
    book: Book,
    folder: Path,
    open_pool: OpenPool,
    summarise: Summarise,
    progress: Progress | None = None,
    work: Callable[[Task], Answer] = work_out,
) -> BookResult:
    """Work out every client that is not finished, then sum up (一括処理の実行).

    Parameters
    ----------
    clients : sequence of ListedClient
        Checked; those with problems are listed and not run.
    book : Book
        What they have in common.
    folder : Path
        Of the results; may hold those of an earlier run.
    open_pool : callable
        From `exposure.batch.engine`.
    summarise : callable
        Makes the workbook of the rows and the portfolio.
    progress : callable, optional
        Called with clients finished, clients in all, and clients worked out by this run.
    work : callable
        What a process does with a task.

    Raises
    ------
    DataError
        If the folder is in use or cannot be written. Finished clients stay finished.
    """
    folder = Path(folder)
    good = [client for client in clients if not client.problems]
    keys = {client.place: input_key(book, client) for client in good}
    with open_registry(folder) as registry, hold_folder(registry):
        todo = [
            Task(book, client, keys[client.place])
            for client in good
            if not _is_finished(registry, folder, keys[client.place])
        ]
        reused = len(good) - len(todo)
        report = progress or (lambda done, total, own: None)
        report(reused, len(good), 0)
        with closing(answers(open_pool, work, todo)) as finished:
            for own, (task, answer) in enumerate(finished, start=1):
                _keep(registry, folder, task, answer)
                report(reused + own, len(good), own)
        listed = tuple((client, keys.get(client.place)) for client in clients)
        rows = tuple(replace(row, summary=None) for row in _rows(registry, listed))
        added = _portfolio(clients, rows, book, folder)
        files = _write_summaries(lambda: _rows(registry, listed), added, folder, summarise)
    return BookResult(rows, reused, files)


def _is_finished(registry: Registry, folder: Path, key: str) -> bool:
    """Say whether a run of these inputs is done, with all its files there and intact."""
    run = registry.find(key)
    if run is None or run.status != "done":
        return False
    own = folder / run.client_id
    return all(_sha256(own / name) == digest for name, digest in run.files.items())


def _sha256(path: Path) -> str | None:
    if not path.is_file():  # a pipe would be waited for
        return None
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def _keep(registry: Registry, folder: Path, task: Task, answer: Answer | NoAnswer) -> None:
    """Write a client's files, then its row: a run cut short in between is done again."""
    client_id = task.client.client_id
    if isinstance(answer, NoAnswer):
        text = Text(
            f"作業プロセスが途中で終了しました（{answer.reason}）。メモリ不足の可能性があります",
            f"the working process ended on the way ({answer.reason}); memory may be short",
        )
        answer = Answer("failed", error=(text,))
    files = {name: zlib.decompress(content) for name, content in answer.files.items()}
    own = folder / client_id
    _tidy(registry, own, client_id, files)
    if files:
        write_together(own, files)
    registry.keep(
        Run(
            key=task.key,
            client_id=client_id,
            status=answer.status,
            files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
            summary="" if answer.summary is None else to_json(to_plain(answer.summary)),
            error=answer.error,
            detail=answer.detail,
            seconds=answer.seconds,
            finished_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        )
    )


def _tidy(registry: Registry, own: Path, client_id: str, files: Mapping[str, bytes]) -> None:
    """Remove what earlier runs left of this client: reports of other inputs, half-written files."""
    if not own.is_dir():
        return
    known = registry.files_of(client_id)
    with suppress(OSError):  # what cannot be removed is said when the new files are written
        for path in own.iterdir():
            is_half = any(path.name.startswith(f".{name}.") for name in known | set(files))
            if is_half or (path.name in known and path.name not in files):
                path.unlink()


def _rows(registry: Registry, listed: Sequence[tuple[ListedClient, str | None]]) -> Iterator[Row]:
    """Yield the rows of the summary, one at a time, in the order of the list."""
    for client, key in listed:
        if key is None:
            yield _row_left_out(client)
            continue
        run = registry.find(key)
        if run is None:
            raise DataError(Problem(str(registry.path), client.client_id, DAMAGED))
        summary = to_record(ClientSummary, json.loads(run.summary)) if run.summary else None
        name = str(client.fields["name"])
        yield Row(client.client_id, name, client.vendor, run.status, run.error, summary)


def _row_left_out(client: ListedClient) -> Row:
    """Return the row of a client whose line of the list is wrong."""
    error = tuple(Text(p.say("ja"), p.say("en")) for p in client.problems)
    return Row(client.client_id, client.fields.get("name"), client.vendor, "refused", error)


def _write_summaries(
    rows: Callable[[], Iterable[Row]],
    added: Portfolio | None,
    folder: Path,
    summarise: Summarise,
) -> tuple[Path, ...]:
    contents = {"summary.json": b"".join(_listed_json(rows()))}
    if added is not None:
        contents["portfolio.json"] = to_json(to_plain(added)).encode("utf-8")
    contents["summary.xlsx"] = summarise(rows(), added)
    with suppress(OSError):
        for path in _half_written(folder, contents):
            path.unlink()
    return write_together(folder, contents)


def _listed_json(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a list of rows as ``to_json`` would write it whole."""
    before = "[\n  "
    for row in rows:
        written = to_json(row_document(row)).rstrip("\n").replace("\n", "\n  ")
        yield (before + written).encode("utf-8")
        before = ",\n  "
    yield b"\n]\n"


def _half_written(folder: Path, contents: Mapping[str, bytes]) -> Iterator[Path]:
    for name in contents:
        yield from folder.glob(f".{name}.*")


def _portfolio(
    clients: Sequence[ListedClient],
    rows: Sequence[Row],
    book: Book,
    folder: Path,
) -> Portfolio | None:
    """Add the clients up; None if there is nothing to add."""
    done = [c for c, row in zip(clients, rows, strict=True) if row.status == "done"]
    missing = [row.client_id for row in rows if row.status != "done"]
    if not done or not all((folder / c.client_id / BOOK_YEARS).is_file() for c in done):
        return None
    study = book.study_of(done[0])

    def read(client_id: str) -> Any:  # Any: a table with fields named by regime
        return unpack_years((folder / client_id / BOOK_YEARS).read_bytes())

    return portfolio(done, missing, read, study.study.regimes, study.in_force(), study.study.seed)


def check_book(
    clients: Sequence[ListedClient],
    study: Mapping[str, Any],
    where: str,
    folder: Path,
    *,
    skip_bad: bool = False,
) -> tuple[ListedClient, ...]:
    """Return the clients of a book that can run, before anything is written (実行前の検査).

    Parameters
    ----------
    clients : sequence of ListedClient
        Each read by itself.
    study : mapping
        Settings, plans and assumptions they share.
    where : str
        Name of the study file, for messages.
    folder : Path
        Of the results.
    skip_bad : bool
        Whether clients that cannot run are only marked with their problems.

    Raises
    ------
    DataError
        With every problem of the settings, of the clients under them, and of the folder.
    """
    from exposure.study.offers import offers_of

    check_folder(folder)
    if not clients:
        text = Text("顧客が1件もありません", "there is no client in the list")
        raise DataError(Problem(where, "", text))
    shared = study_from_mapping({**study, "client": {"records": 1}}, where)
    assumptions = shared.in_force()
    offers_of(shared, assumptions, where)
    _check_years(assumptions.whole("portfolio.years"), where)
    checked = tuple(_under_settings(client, study) for client in clients)
    problems = [problem for client in checked for problem in client.problems]
    if problems and not (skip_bad and any(not client.problems for client in checked)):
        raise DataError(problems)
    return checked


def _under_settings(client: ListedClient, study: Mapping[str, Any]) -> ListedClient:
    """Return a client with what the settings of the book find wrong with it."""
    if client.problems:
        return client
    try:
        study_from_mapping({**study, "client": dict(client.fields)}, client.place)
    except DataError as error:
        return replace(client, problems=error.problems)
    return client


def _check_years(n_years: int, where: str) -> None:
    from exposure.inputs.fields import fields

    low, high = fields("study")["loss_years"].range
    if not low <= n_years <= high:
        text = Text(f"{low:,}以上{high:,}以下にしてください", f"expected {low:,} to {high:,}")
        raise DataError(Problem(where, 'assumptions."portfolio.years"', text, n_years))


__all__ = ["REGISTRY", "BookResult", "check_book", "run_book"]
