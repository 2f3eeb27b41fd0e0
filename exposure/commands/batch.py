"""``exposure batch``: a book of clients from one list, restartable at any moment."""

from __future__ import annotations

import argparse
import functools
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: a study file as read

from exposure.commands import SIMULATION, Arguments, tell
from exposure.errors import DataError, Lang, Problem, Text

if TYPE_CHECKING:
    from exposure.batch.book import BookResult
    from exposure.batch.engine import OpenPool

_TEMPLATE = "clients_template.xlsx"
_SETTINGS = ("study", "plan", "policy", "assumptions")


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add(
        "clients",
        "顧客一覧（1行に1社）",
        "client list, a client per row",
        metavar="CLIENTS.xlsx|.csv",
        nargs="?",
    )
    to.share("--out")
    to.add(
        "--template",
        "記入用の顧客一覧を書き出して終わる",
        "write an empty client list and exit",
        metavar="FILE.xlsx",
        nargs="?",
        const="",
    )
    to.add(
        "--study",
        "全社に共通の設定・プラン・前提（[client] は使わない）",
        "settings, plans and assumptions for all; its [client] is not used",
        metavar="STUDY.toml",
    )
    workers = "並列に動かすプロセスの数（既定は全部）", "processes at work (default: all)"
    to.add("--workers", *workers, metavar="N")
    scheduler = "既存のDaskクラスター（tcp://…）", "an existing Dask cluster (tcp://…)"
    to.add("--scheduler", *scheduler, metavar="ADDRESS")
    to.add(
        "--resume",
        "続きから再開（指定しなくても、同じ入力で済んだ顧客は計算し直さない）",
        "continue; without it too, clients finished with the same input are kept",
        action="store_true",
    )
    to.add(
        "--skip-bad",
        "不備のある行は飛ばして一覧に理由を残し、ほかの顧客を処理",
        "leave out rows with problems, list them with the reason, run the others",
        action="store_true",
    )
    to.share("--policy", *SIMULATION)
    to.share("--band", default=False)


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run a client list, or write an empty one."""
    if args.template is not None:
        return _write_template(Path(args.template or _TEMPLATE), lang)
    _require(args)
    from exposure.batch.book import check_book, run_book
    from exposure.batch.client_list import read_client_list
    from exposure.batch.engine import EngineError
    from exposure.batch.task import Book
    from exposure.inputs.study_file import outdated_key
    from exposure.output.folder import formats_of, render
    from exposure.output.workbook import summary_workbook

    langs: tuple[Lang, ...] = ("ja", "en") if args.lang == "both" else (args.lang,)
    formats = formats_of(args.formats)
    open_pool = _pool(args)
    study, where = _shared_study(args)
    listed = read_client_list(args.clients)
    for notice in listed.notices:
        print(notice.say(lang), file=sys.stderr)
    skip_bad = args.skip_bad and not listed.problems
    clients = listed.clients if skip_bad else listed.valid_clients()
    if any("adequacy_target" in client.fields for client in clients):
        print(outdated_key("adequacy_target").say(lang), file=sys.stderr)
    folder = Path(args.out)
    clients = check_book(clients, study, where, folder, skip_bad=skip_bad)
    book = Book(study, formats, langs, render, args.band)
    summarise = functools.partial(summary_workbook, lang=langs[0])
    try:
        with _end_like_interrupt(), _progress(lang) as progress:
            result = run_book(clients, book, folder, open_pool, summarise, progress)
    except EngineError as error:
        tell(
            lang,
            f"作業プロセスを動かし続けられません（{error}）。同じコマンドで続きから再開できます。",
            f"worker processes keep ending ({error}); the same command continues from here.",
            sys.stderr,
        )
        return 1
    except (DataError, KeyboardInterrupt):
        tell(
            lang,
            f"途中までの結果は {folder} にあります。同じコマンドで続きから再開できます。",
            f"What is finished is in {folder}; the same command continues from here.",
            sys.stderr,
        )
        raise
    return _report(result, folder, lang, skip_bad=skip_bad)


def _require(args: argparse.Namespace) -> None:
    problems = []
    if args.clients is None:
        text = Text(
            "顧客一覧を指定してください（ひな形は --template）",
            "name a client list (--template writes an empty one)",
        )
        problems.append(Problem("CLIENTS", "", text))
    if args.out is None:
        text = Text("出力フォルダを指定してください", "name a folder for the results")
        problems.append(Problem("--out", "", text))
    if problems:
        raise DataError(problems)


def _write_template(path: Path, lang: Lang) -> int:
    import os

    from exposure.files import check_file, write_together
    from exposure.output.forms import client_template

    if path.suffix.casefold() != ".xlsx":
        text = Text("拡張子を .xlsx にしてください", "expected a file name ending in .xlsx")
        raise DataError(Problem("--template", "", text, str(path)))
    check_file(path, "--template")
    if os.path.lexists(path):
        text = Text(
            "すでにあるファイルです。別の名前を指定してください", "already there; use another name"
        )
        raise DataError(Problem("--template", "", text, str(path)))
    write_together(path.parent, {path.name: client_template(lang)})
    tell(lang, f"{path} に書き出しました。", f"Written to {path}.")
    return 0


def _pool(args: argparse.Namespace) -> OpenPool:
    from exposure.batch.engine import cluster_pool, local_pool, usable_processors
    from exposure.commands.run import whole

    workers = whole("--workers", args.workers)
    if args.scheduler is not None:
        if workers is not None:
            text = Text(
                "--scheduler を使うときは指定できません（作業プロセスの数はクラスターが決めます）",
                "not together with --scheduler: the cluster decides",
            )
            raise DataError(Problem("--workers", "", text, args.workers))
        return cluster_pool(args.scheduler)
    most = usable_processors() if workers is None else workers
    if most < 1:
        text = Text("1以上の整数にしてください", "expected a whole number of 1 or more")
        raise DataError(Problem("--workers", "", text, args.workers))
    return local_pool(most)


def _shared_study(args: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Read the settings all clients share; options of the command line go before the file."""
    from exposure.commands.run import stated_settings
    from exposure.files import read_toml, shown_path, unknown_key
    from exposure.inputs.study_file import policies_of
    from exposure.policy.catalogue import read_policies

    raw = read_toml(args.study) if args.study else {}
    where = shown_path(args.study) if args.study else str(args.clients)
    allowed = (*_SETTINGS, "client")
    unknown = [unknown_key(where, key, key, allowed) for key in raw if key not in allowed]
    folder = Path(args.study).parent if args.study else None
    own, problems = policies_of(raw, where, folder)
    if unknown or problems:
        raise DataError([*unknown, *problems])
    # Read once, so that no worker looks for a file of this machine.
    raw["policy"] = [*own, *read_policies(args.policy)]
    study = {key: raw[key] for key in _SETTINGS if key in raw}
    given = stated_settings(args)
    stated = study.get("study", {})
    if isinstance(stated, dict):
        # The name of a study is that of its client; each client of a book has its own.
        kept = {key: value for key, value in stated.items() if key != "name"}
        study["study"] = {**kept, **given}
    return study, where


@contextmanager
def _end_like_interrupt() -> Iterator[None]:
    """Let a request to end (SIGTERM) leave the folder as tidily as Ctrl-C does."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress(lang: Lang) -> Iterator[Callable[[int, int, int], None]]:
    """Show clients done, rate and time left; nothing when standard error is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total, own: None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    title = Text("顧客", "clients").say(lang)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    started = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, pace="")

        def show(done: int, total: int, own: int) -> None:
            pace = _pace(own, total - done, time.monotonic() - started, lang) if own else ""
            bar.update(task, completed=done, total=total, pace=pace)

        yield show


def _pace(own: int, left: int, seconds: float, lang: Lang) -> str:
    """Return the rate so far and the time left.

    Examples
    --------
    >>> _pace(30, 60, 60.0, "en")
    '30.0/min, 0:02:00 left'
    """
    import datetime

    minute = datetime.timedelta(minutes=1).total_seconds()
    rate = own / max(seconds, 1.0)
    remaining = datetime.timedelta(seconds=round(left / rate))
    return Text(
        f"毎分{rate * minute:.1f}社、残り {remaining}", f"{rate * minute:.1f}/min, {remaining} left"
    ).say(lang)


def _report(result: BookResult, folder: Path, lang: Lang, *, skip_bad: bool) -> int:
    """Say what was done; return 1 or 2 if a client has no result, unless bad ones may be left."""
    refused, failed = result.with_status("refused"), result.with_status("failed")
    done = len(result.rows) - len(refused) - len(failed)
    problems = [
        Problem(row.client_id, "", error) for row in (*failed, *refused) for error in row.error
    ]
    for line in DataError(problems).lines(lang):
        print(line, file=sys.stderr)
    reused = Text(
        f"（うち{result.reused}社は前回までに済み）" if result.reused else "",
        f" ({result.reused} of them earlier)" if result.reused else "",
    )
    names = ", ".join(path.name for path in result.files)
    without = len(refused) + len(failed)
    missing = Text(
        f"、結果のない顧客 {without}社" if without else "",
        f", {without} without a result" if without else "",
    )
    tell(
        lang,
        f"{done}社の結果{reused.ja}{missing.ja}。{folder} にあります（{names}）",
        f"{done} clients done{reused.en}{missing.en}; see {folder} ({names})",
    )
    if failed:
        return 1
    return 2 if refused and not skip_bad else 0
