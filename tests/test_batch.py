"""A book of clients survives what nights bring, and says the same as one client run alone."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter
from support.book_sample import clients, contents, run, work
from support.refusals import read_clients

from exposure.batch.client_list import ListedClient
from exposure.batch.engine import EngineError, NoAnswer, answers, cluster_pool, local_pool
from exposure.batch.portfolio import Portfolio
from exposure.batch.registry import NAME, open_registry
from exposure.batch.task import ClientSummary, Row, Task, input_key
from exposure.cli import main
from exposure.errors import DataError
from exposure.result.document import to_record

LONGEST_WAIT = 900  # seconds; a busy machine takes its time
SAMPLE = Path(__file__).parent / "support" / "book_sample.py"


@contextmanager
def two_threads() -> Iterator[tuple[Executor, int]]:
    with ThreadPoolExecutor(2) as pool:
        yield pool, 2


@contextmanager
def one_thread() -> Iterator[tuple[Executor, int]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool, 1


def listed(client_id: str, name: str = "顧客", records: int = 100) -> ListedClient:
    return ListedClient(client_id, f"list!{client_id}", None, {"name": name, "records": records})


# The engine.


def test_every_task_is_answered_once_whatever_the_executor() -> None:
    for pool in (one_thread, two_threads):
        found = dict(answers(pool, abs, range(-50, 0)))
        assert found == {number: -number for number in range(-50, 0)}


def test_a_long_list_is_never_held_as_futures() -> None:
    taken = 0

    def numbers() -> Iterator[int]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield number

    finished = answers(two_threads, abs, numbers())
    for _ in range(10):
        next(finished)
    assert taken < 20
    finished.close()


def test_a_task_that_ends_its_process_is_given_up_and_the_others_are_not(tmp_path: Path) -> None:
    names = ["C000", "ENDS", "C001", "C002", "C003"]
    result = run(tmp_path, [listed(name) for name in names], local_pool(2))
    assert [row.status for row in result.rows] == ["done", "failed", "done", "done", "done"]
    assert "the working process ended" in result.rows[1].error[0].en


def test_a_process_killed_once_costs_nothing_but_time(tmp_path: Path) -> None:
    pair = [listed("ONCE", str(tmp_path / "mark")), *clients(6)]
    (tmp_path / "mark").touch()
    run(tmp_path / "quiet", pair, two_threads)
    (tmp_path / "mark").unlink()
    result = run(tmp_path / "killed", pair, local_pool(2))
    assert not result.with_status("failed")
    assert contents(tmp_path / "killed") == contents(tmp_path / "quiet")


def test_pools_that_keep_breaking_end_the_run() -> None:
    from concurrent.futures import BrokenExecutor

    class Broken(ThreadPoolExecutor):
        def submit(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            raise BrokenExecutor("no process starts")

    @contextmanager
    def broken() -> Iterator[tuple[Executor, int]]:
        with Broken(1) as pool:
            yield pool, 1

    with pytest.raises(EngineError, match="no process starts"):
        list(answers(broken, abs, [1]))


def test_no_answer_says_why() -> None:
    assert NoAnswer("out of memory").reason == "out of memory"


# The folder.


def test_the_same_bytes_from_any_number_of_workers(tmp_path: Path) -> None:
    for name, pool in (("a", one_thread), ("b", two_threads), ("c", local_pool(2))):
        run(tmp_path / name, clients(8), pool)
    assert contents(tmp_path / "a") == contents(tmp_path / "b") == contents(tmp_path / "c")


def test_finished_clients_are_not_repeated_and_changed_ones_are(tmp_path: Path) -> None:
    assert run(tmp_path, clients(6), two_threads).reused == 0
    assert run(tmp_path, clients(6), two_threads).reused == 6
    assert run(tmp_path, clients(7, C003=500), two_threads).reused == 5
    rows = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert [row["client"]["records"] for row in rows] == [100, 100, 100, 500, 100, 100, 100]
    assert run(tmp_path, clients(7, C003=500), two_threads, seed=1).reused == 0


def test_spelling_does_not_make_a_client_another() -> None:
    one, other = listed("A", records=120_000), listed("A")
    other = ListedClient("A", other.place, None, {"name": "顧客", "records": "１２万"})
    from support.book_sample import book

    assert input_key(book(), one) == input_key(book(), other)
    assert input_key(book(), one) != input_key(book(), listed("B", records=120_000))
    assert input_key(book(), one) != input_key(book(seed=2), one)


@pytest.mark.parametrize("damage", [b"", b"cut", None])
def test_a_damaged_or_missing_file_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    run(tmp_path, clients(3), two_threads)
    before = contents(tmp_path)
    victim = tmp_path / "C001" / "result.json"
    victim.unlink() if damage is None else victim.write_bytes(damage)
    assert run(tmp_path, clients(3), two_threads).reused == 2
    assert contents(tmp_path) == before


def test_what_a_kill_left_half_written_is_swept_away(tmp_path: Path) -> None:
    own = tmp_path / "C001"
    own.mkdir()
    (own / ".result.json.x1y2").write_bytes(b"half")
    (own / "notes.txt").write_text("the user's own")
    (tmp_path / ".summary.json.x1y2").write_bytes(b"half")
    run(tmp_path, clients(3), two_threads)
    assert not list(tmp_path.rglob(".*"))
    assert (own / "notes.txt").exists()


def test_a_client_that_cannot_be_worked_out_keeps_no_report_of_other_inputs(tmp_path: Path) -> None:
    run(tmp_path, [listed("BAD", records=1)], two_threads)
    own = tmp_path / "BAD"
    own.mkdir()
    with open_registry(tmp_path) as registry:
        from exposure.batch.registry import Run

        registry.keep(Run("earlier", "BAD", "done", {"result.json": "00"}))
    (own / "result.json").write_text("of earlier inputs")
    result = run(tmp_path, [listed("BAD", records=2)], two_threads)
    assert result.rows[0].status == "refused"
    assert not (own / "result.json").exists()


def test_a_second_batch_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, SAMPLE, tmp_path, "400"]) as first:
        try:
            wait_until(lambda: finished(tmp_path) >= 2, first)
            with pytest.raises(DataError, match=f"another batch is working here.*{first.pid}"):
                run(tmp_path, clients(3), two_threads)
        finally:
            first.kill()


# What nights bring.


def finished(folder: Path) -> int:
    return len(list(folder.glob("C*/result.json")))


def wait_until(condition, process: subprocess.Popen[bytes]) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert process.poll() is None, "ended too early"
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill_and_resume(folder: Path, n: int, n_kills: int, seed: int) -> None:
    """Kill the whole group of processes after a random number of further clients, n_kills times."""
    luck = random.Random(seed)
    for _ in range(n_kills):
        before = finished(folder)
        if before >= n - 2:
            break
        further = luck.randint(1, max((n - before) // (n_kills + 1), 1))
        with subprocess.Popen([sys.executable, SAMPLE, folder, str(n)]) as process:
            wait_until(lambda: finished(folder) >= before + further, process)  # noqa: B023
            time.sleep(luck.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
    subprocess.run([sys.executable, SAMPLE, folder, str(n)], check=True)


@pytest.mark.parametrize(("n", "n_kills"), [(30, 2), pytest.param(150, 10, marks=pytest.mark.slow)])
def test_killed_at_random_moments_and_resumed(tmp_path: Path, n: int, n_kills: int) -> None:
    run(tmp_path / "quiet", clients(n), two_threads)
    kill_and_resume(tmp_path / "killed", n, n_kills, seed=n)
    assert contents(tmp_path / "killed") == contents(tmp_path / "quiet")


def test_a_full_disk_stops_the_run_with_a_message_and_the_next_completes(tmp_path: Path) -> None:
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from book_sample import *\n"
        "from exposure.errors import DataError\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from contextlib import contextmanager\n"
        "@contextmanager\n"
        "def pool():\n"
        "    with ThreadPoolExecutor(1) as one: yield one, 1\n"
        "listed = clients(6)\n"
        "run(Path(sys.argv[1]), listed[:3], pool)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "try: run(Path(sys.argv[1]), listed, pool)\n"
        "except DataError as error: print(error); sys.exit(2)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "full", SAMPLE.parent],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stdout
    assert finished(tmp_path / "full") == 3
    assert run(tmp_path / "full", clients(6), two_threads).reused == 3
    run(tmp_path / "quiet", clients(6), two_threads)
    assert contents(tmp_path / "full") == contents(tmp_path / "quiet")


@pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may write anywhere"
)
def test_a_read_only_folder_is_said_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"cannot be made|cannot be written"):
        run(tmp_path / "out", clients(2), two_threads)


def test_a_client_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "C001").write_text("a file where a folder should be")
    with pytest.raises(DataError, match="cannot be written"):
        run(tmp_path, clients(2), two_threads)
    (tmp_path / "C001").unlink()
    assert not run(tmp_path, clients(2), two_threads).with_status("failed")


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupt_leaves_a_folder_that_goes_on(
    tmp_path: Path, small_list: Path, number: signal.Signals
) -> None:
    command = [*BATCH, str(small_list), "--out", str(tmp_path / "out"), *QUICK]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: finished(tmp_path / "out") >= 1, process)  # type: ignore[arg-type]
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "同じコマンドで続きから再開できます" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "summary.json").exists()
    with open_registry(tmp_path / "out") as registry:
        assert registry.connection.execute("select count(*) from lock").fetchone() == (0,)


# The command.

BATCH = [sys.executable, "-m", "exposure.cli", "batch"]
QUICK = ["--loss-years", "1000", "--formats", "json", "--workers", "2"]
INDUSTRIES = ("医療", "小売", "教育", "製造", "情報通信")


def write_list(path: Path, n: int) -> Path:
    """Write a list as offices do: a title, merged cells, units, numbers as text."""
    luck = random.Random(n)
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet("顧客一覧")
        page.write(0, 0, "2026年度 顧客一覧")
        page.merge_range("C2:E2", "規模")
        headings = [
            "顧客番号",
            "会社名",
            "件数",
            "売上高（百万円）",
            "従業員数",
            "業種",
            "委託割合",
            "委託先",
        ]
        page.write_row(2, 0, headings)
        for i in range(n):
            records = round(10 ** luck.uniform(3, 6))
            row = [
                f"C{i:04d}", f"株式会社{i}", f"{records:,}" if i % 2 else records, records // 50,
                10 + i, INDUSTRIES[i % 5], "40%", ("給与クラウド", "印刷", None)[i % 3],
            ]  # fmt: skip
            for column, cell in enumerate(row):
                if cell is not None:
                    page.write(3 + i, column, cell)
    return path


@pytest.fixture(scope="module")
def small_list(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_list(tmp_path_factory.mktemp("list") / "clients.xlsx", 6)


@pytest.fixture(scope="module")
def small_book(small_list: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book")
    assert main(["batch", str(small_list), "--out", str(out), *QUICK]) == 0
    return out


def summary(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "summary.json").read_text("utf-8"))
    return found


def rows_of(folder: Path) -> list[Row]:
    """Return the rows of ``summary.json`` as the records they were written from."""
    names = [one.name for one in dataclasses.fields(ClientSummary)]
    return [
        Row(
            str(row["client_id"]),
            str(row["name"]),
            None,
            str(row["status"]),
            summary=to_record(ClientSummary, {name: row[name] for name in names}),
        )
        for row in summary(folder)
    ]


def test_the_summary_is_in_the_order_of_the_list(small_book: Path) -> None:
    assert [row["client_id"] for row in summary(small_book)] == [f"C{i:04d}" for i in range(6)]
    assert {row["status"] for row in summary(small_book)} == {"done"}


def test_the_folder_holds_what_was_promised(small_book: Path) -> None:
    for name in ("summary.json", "summary.xlsx", "portfolio.json", "registry.sqlite"):
        assert (small_book / name).is_file()
    assert (small_book / "C0003" / "result.json").is_file()


def test_run_and_batch_agree_to_the_byte(small_book: Path, tmp_path: Path) -> None:
    document = json.loads((small_book / "C0002" / "result.json").read_text("utf-8"))
    stated = document["client"]
    lines = ["[study]", "loss_years = 1000", "[client]"]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in stated.items()]
    (tmp_path / "one.toml").write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "one"
    assert (
        main(
            ["run", str(tmp_path / "one.toml"), "--out", str(out), "--formats", "json", "--no-band"]
        )
        == 0
    )
    assert (out / "result.json").read_bytes() == (small_book / "C0002" / "result.json").read_bytes()


@pytest.mark.parametrize("workers", ["1", "8"])
def test_one_worker_or_two_or_eight_and_a_list_as_csv(
    small_book: Path, small_list: Path, tmp_path: Path, workers: str
) -> None:
    from exposure.batch.sheets import read_sheets

    rows = read_sheets(small_list)[0].rows
    lines = [",".join(f'"{"" if c is None else c}"' for c in row) for row in rows[2:]]
    (tmp_path / "clients.csv").write_bytes("\r\n".join(lines).encode("cp932"))
    out = tmp_path / "out"
    options = [*QUICK[:-1], workers]
    assert main(["batch", str(tmp_path / "clients.csv"), "--out", str(out), *options]) == 0
    assert contents(out) == contents(small_book)


def test_the_book_adds_up(small_book: Path) -> None:
    found = json.loads((small_book / "portfolio.json").read_text("utf-8"))
    assert found["clients"] == 6
    for regime, part in found["regimes"].items():
        means = [
            row["regimes"][regime]["ground_up"]["annual"]["mean"] for row in summary(small_book)
        ]  # type: ignore[index]
        total = sum(mean["value"] for mean in means)
        # Two samples of the same mean: of 1,000 loss years a client, and of 100,000 book years
        # drawn from them; the intervals are 90 %.
        spread = sum((mean["high"] - mean["low"]) ** 2 for mean in means) ** 0.5
        assert abs(part["annual"]["mean"]["value"] - total) < 2 * spread
        assert {one["vendor"] for one in part["vendors"]} == {"給与クラウド", "印刷"}


def test_the_workbook_is_sortable_has_charts_and_no_formulas(small_book: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(small_book / "summary.xlsx")
    assert book.sheetnames == ["顧客別", "グラフ", "集積", "全数値", "読み方"]
    page = book["顧客別"]
    assert page.tables["clients"].ref.startswith("A1:")
    assert page.max_row == 7
    assert len(book["グラフ"]._charts) == 6
    for name, names in (("顧客別", "$A:$C"), ("全数値", "$A:$D")):
        # On paper every page has the headings, and what the rows are about.
        assert (book[name].print_title_cols, book[name].print_title_rows) == (names, "$1:$1")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_workbook_holds_what_the_book_adds_up_to(small_book: Path) -> None:
    from openpyxl import load_workbook

    added = json.loads((small_book / "portfolio.json").read_text("utf-8"))
    page = load_workbook(small_book / "summary.xlsx")["集積"]
    rows = list(page.iter_rows(values_only=True))
    tops = [i for i, row in enumerate(rows) if str(row[0]).startswith("顧客全体の年間損害額")]
    assert len(tops) == len(added["regimes"])
    for top, part in zip(tops, added["regimes"].values(), strict=True):
        below = {row[0]: row[1:3] for row in rows[top + 2 : top + 20] if row[0]}
        sides = part["annual"], part["if_vendors_were_not_shared"]
        assert below["平均"] == tuple(pytest.approx(side["mean"]["value"]) for side in sides)
        for name in ("VaR", "TVaR"):
            wanted = tuple(pytest.approx(side[name.lower()]["0.99"]["value"]) for side in sides)
            assert below[f"{name} 99%"] == wanted


def test_a_client_without_a_result_stands_out() -> None:
    import io

    from openpyxl import load_workbook

    from exposure.batch.task import Row
    from exposure.errors import Text
    from exposure.output.workbook import summary_workbook

    rows = [Row("A1", "甲", None, "refused", (Text("件数がない", "no records"),))]
    book = load_workbook(io.BytesIO(summary_workbook(rows, None, "ja")))
    heads, *lines = book["顧客別"].iter_rows()
    (line,) = lines
    shown = {head.value: cell.value for head, cell in zip(heads, line, strict=True)}
    # Seen at once: beside the name, and in view wherever the sheet is scrolled to.
    assert [head.value for head in heads[:4]] == ["顧客番号", "会社名", "状態", "できなかった理由"]
    assert book["顧客別"].freeze_panes == "D2"
    assert shown["状態"] == "入力の不備"
    assert shown["できなかった理由"] == "件数がない"
    assert len({cell.fill.bgColor.rgb for cell in line}) == 1
    assert line[0].fill.fgColor.rgb == "FFF4CCCC"
    assert book.sheetnames == ["顧客別", "グラフ", "全数値", "読み方"]


def test_a_name_that_looks_like_a_formula_stays_text(small_book: Path) -> None:
    import io

    from openpyxl import load_workbook

    from exposure.output.workbook import summary_workbook

    rows = [dataclasses.replace(row, name='=HYPERLINK("http://x")') for row in rows_of(small_book)]
    added = to_record(Portfolio, json.loads((small_book / "portfolio.json").read_text("utf-8")))
    book = load_workbook(io.BytesIO(summary_workbook(rows, added, "en")))
    assert book["Clients"]["B2"].value == '=HYPERLINK("http://x")'
    assert book["Clients"]["B2"].data_type == "s"
    assert summary_workbook(rows, added, "en") == summary_workbook(rows, added, "en")


def test_a_client_nobody_foresaw_is_listed_and_the_others_are_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "client_id,name,records,outsourced_share,incidents_by_group\n"
        "A1,甲,1000,0,vendor:1\nA2,乙,1000,,\n",
        encoding="utf-8",
    )
    code = main(["batch", str(path), "--out", str(tmp_path / "out"), *QUICK])
    said = capsys.readouterr().err
    rows = summary(tmp_path / "out")
    assert [row["status"] for row in rows] == ["refused", "done"]
    assert code == 2
    assert said.startswith("A1: ")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (["--workers", "0"], "--workers"),
        (["--workers", "two"], "--workers"),
        (["--formats", "doc"], "--formats"),
        (["--loss-years", "5"], "study.loss_years"),
        (["--seed", "-1"], "study.seed"),
        (["--study", "none.toml"], "none.toml"),
        (["--scheduler", "tcp://x:1", "--workers", "2"], "--workers"),
    ],
)
def test_bad_options_are_said_before_anything_is_written(
    tmp_path: Path,
    small_list: Path,
    capsys: pytest.CaptureFixture[str],
    options: Sequence[str],
    place: str,
) -> None:
    assert main(["batch", str(small_list), "--out", str(tmp_path / "out"), *options]) == 2
    assert place in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_named_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch"]) == 2
    said = capsys.readouterr().err
    assert "CLIENTS" in said
    assert "--out" in said


def test_an_empty_list_is_no_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "new.xlsx"
    assert main(["batch", "--template", str(template)]) == 0
    assert main(["check", str(template)]) == 0
    assert main(["batch", "--template", str(template)]) == 2
    assert main(["batch", str(template), "--out", str(tmp_path / "out")]) == 2
    assert "顧客が1件もありません" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_settings_plans_and_assumptions_for_all(tmp_path: Path) -> None:
    (tmp_path / "all.toml").write_text(
        '[study]\nname = "ある顧客"\nloss_years = 1000\nregimes = ["court"]\nseed = 5\n'
        '[[plan]]\nid = "nipponkoa_2006/F"\n'
        '[assumptions]\n"portfolio.years" = { value = 5000, reason = "速さ" }\n',
        encoding="utf-8",
    )
    (tmp_path / "a.csv").write_text("client_id,name,records\nA1,甲,1000\n", encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["--study", str(tmp_path / "all.toml"), "--formats", "json", "--workers", "1"]
    assert main(["batch", str(tmp_path / "a.csv"), "--out", str(out), *arguments]) == 0
    document = json.loads((out / "A1" / "result.json").read_text("utf-8"))
    assert document["study"]["name"] == "甲"
    assert document["study"]["seed"] == 5
    assert [plan["id"] for plan in document["regimes"]["court"]["plans"]] == ["nipponkoa_2006/F"]
    assert json.loads((out / "portfolio.json").read_text("utf-8"))["years"] == 5000


def test_another_version_on_a_worker_is_refused(small_list: Path) -> None:
    from exposure.batch.task import Book, work_out

    book = Book({}, ("json",), ("ja",), work, code="another")  # type: ignore[arg-type]
    answer = work_out(Task(book, read_clients(small_list)[0], "key"))
    assert answer.status == "refused"
    assert "another version" in answer.error[0].en


def test_an_unforeseen_error_of_one_client_is_an_answer_too(small_list: Path) -> None:
    from exposure.batch.task import Book, work_out

    book = Book({"study": {"loss_years": 1000}}, ("json",), ("ja",), fail)
    answer = work_out(Task(book, read_clients(small_list)[0], "key"))
    assert answer.status == "failed"
    assert answer.error[0].en == "unforeseen error (ZeroDivisionError: no such luck)"
    assert "Traceback" in answer.detail


def fail(*_: object) -> dict[str, bytes]:
    raise ZeroDivisionError("no such luck")


def test_the_one_writer_keeps_its_name() -> None:
    assert NAME == "registry.sqlite"


@pytest.mark.slow
def test_three_hundred_clients_on_processes_a_cluster_and_after_kills(tmp_path: Path) -> None:
    """The whole promise: two workers, a Dask cluster that loses one, and ten kills."""
    path = write_list(tmp_path / "clients.xlsx", 300)
    quick = QUICK[:-2]
    subprocess.run([*BATCH, path, "--out", tmp_path / "plain", *QUICK], check=True)
    with cluster() as (address, victim):
        command = [*BATCH, path, "--out", tmp_path / "dask", *quick, "--scheduler", address]
        with subprocess.Popen(command) as process:
            wait_until(lambda: finished(tmp_path / "dask") >= 100, process)  # type: ignore[arg-type]
            victim.kill()
            assert process.wait(timeout=1800) == 0
    luck = random.Random(1)
    for _ in range(10):
        before = finished(tmp_path / "killed")
        command = [*BATCH, path, "--out", tmp_path / "killed", *QUICK, "--resume"]
        with subprocess.Popen(command) as process:
            wait_until(lambda: finished(tmp_path / "killed") > before, process)  # type: ignore[arg-type]  # noqa: B023
            time.sleep(luck.uniform(0, 10))
            process.kill()
    subprocess.run(command, check=True)
    plain = contents(tmp_path / "plain")
    assert len(summary(tmp_path / "plain")) == 300
    assert contents(tmp_path / "dask") == plain
    assert contents(tmp_path / "killed") == plain


@contextmanager
def cluster(
    scheme: str = "tcp", more: Sequence[str] = (), own: Mapping[str, str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a scheduler and two workers; yield the address and the second worker.

    What they are told is in ``more``, what a client of Dask needs to know in ``own``.
    """
    import dask.config
    from distributed import Client

    command = [sys.executable, "-m", "dask"]
    options = ["--no-dashboard", *more]
    started = []
    try:
        port = 20_000 + os.getpid() % 20_000
        address = f"{scheme}://127.0.0.1:{port}"
        at = ["--host", f"{scheme}://127.0.0.1", "--port", str(port)]
        scheduler = [*command, "scheduler", *at, *options]
        started.append(subprocess.Popen(scheduler))
        for _ in range(2):
            worker = [*command, "worker", address, "--nthreads", "1", "--no-nanny", *options]
            started.append(subprocess.Popen(worker))
        with (
            dask.config.set(own or {}),
            Client(address, timeout=LONGEST_WAIT, set_as_default=False) as client,
        ):
            client.wait_for_workers(2, timeout=LONGEST_WAIT)
        yield address, started[-1]
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_a_cluster_gives_the_same_bytes(small_book: Path, small_list: Path, tmp_path: Path) -> None:
    with cluster() as (address, _):
        options = [*QUICK[:-2], "--scheduler", address]
        assert main(["batch", str(small_list), "--out", str(tmp_path / "out"), *options]) == 0
    assert contents(tmp_path / "out") == contents(small_book)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A scheduler that answers only to who has its certificate; its address, and Dask's options."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    asked = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=localhost"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*asked, *files], check=True, capture_output=True)
    shown = ["--tls-ca-file", certificate, "--tls-cert", certificate, "--tls-key", key]
    own = {
        "distributed.comm.tls.ca-file": certificate,
        "distributed.comm.tls.client.cert": certificate,
        "distributed.comm.tls.client.key": key,
    }
    with cluster("tls", shown, own) as (address, _):
        yield address, own


@pytest.mark.slow
def test_the_tls_options_of_dask_are_passed_through(
    secured: tuple[str, dict[str, str]],
) -> None:
    import dask

    address, options = secured
    with dask.config.set(options), cluster_pool(address)() as (executor, width):
        assert width == 2
        assert executor.submit(abs, -3).result() == 3
    with pytest.raises(DataError, match="--scheduler"):
        cluster_pool(address)  # without them nobody is let in
    with dask.config.set(options), pytest.raises(DataError, match="--scheduler"):
        cluster_pool(address.replace("tls://", "tcp://"))


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer(
    tmp_path: Path, small_list: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--scheduler", "tcp://127.0.0.1:1"]
    assert main(["batch", str(small_list), "--out", str(tmp_path / "out"), *options]) == 2
    assert "--scheduler" in capsys.readouterr().err


@pytest.mark.slow
def test_memory_does_not_grow_with_the_clients(tmp_path: Path) -> None:
    peaks = []
    for n in (10, 1000):
        done = subprocess.run(
            [sys.executable, SAMPLE, tmp_path / str(n), str(n)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks.append([int(word) for word in done.stdout.split()])
    parents, workers = zip(*peaks, strict=True)
    assert parents[1] < 1.2 * parents[0]
    assert workers[1] < 1.2 * workers[0]
