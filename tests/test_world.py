"""The world around a command: folders, names, disks, streams, terminals, memory, other programs.

Each fault is provoked. What follows is the right answer, or exit code 2 with one line and nothing
written; never a traceback.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exposure.batch.registry import Run, hold_folder, open_registry
from exposure.cli import main
from exposure.errors import DataError
from exposure.files import data_path, write_together
from exposure.result.document import FOLDER

STUDY = """
[study]
loss_years = 1000
regimes = ["court"]
[client]
records = 3000
[[plan]]
id = "nipponkoa_2006/B"
"""
CLIENTS = "client_id,name,records\nA,甲,1000\nB,乙,2000\n"
CASES = str(data_path("cases", "aiu_2015.json"))
FILLED = str(data_path("studies", "questionnaire.toml"))
LONG = "x" * 300


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    path = tmp_path / "clients.csv"
    path.write_text(CLIENTS, encoding="utf-8")
    return path


def refused(argv: list[Any], capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command that must end with 2 and one line, and return that."""
    code = main(["--lang", "en", *map(str, argv)])
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    (line,) = said.err.splitlines()
    return line


def child(
    *argv: str | Path,
    env: dict[str, str] | None = None,
    before: Callable[[], object] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "exposure.cli", *map(str, argv)]
    whole = {**os.environ, **(env or {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(
        command, env=whole, preexec_fn=before, timeout=120, check=False, **streams
    )  # fmt: skip


def names(folder: Path = Path()) -> list[str]:
    """Return what lies in a folder but for the hidden folder of kept results."""
    return sorted(path.name for path in folder.iterdir() if path.name != FOLDER)


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what a process said that ended with 2."""
    assert done.returncode == 2, done
    (line,) = done.stderr.decode("utf-8").splitlines()
    assert "Traceback" not in line
    return line


# ---- where results go


def writers(study: Path, clients: Path, out: Path) -> dict[str, list[Any]]:
    """Every command that writes, into one place."""
    return {
        "run": ["run", study, "--out", out, "--no-band", "--formats", "json"],
        "demo": ["demo", "--out", out, "--formats", "json"],
        "export": ["export", study, "--out", out],
        "sample": ["sample", study, "--plan", "nipponkoa_2006/B", "--events", "1", "--out", out],
        "batch": ["batch", clients, "--out", out, "--formats", "json"],
        "template": ["batch", "--template", out.with_name(out.name + ".xlsx")],
        "validate": ["validate", "--out", out],
        "calibrate": ["calibrate", "--out", out],
        "intake": ["intake", FILLED, "--out", out],
    }


WRITERS = tuple(writers(Path(), Path(), Path("out")))


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (LONG, "the name is too long"),
        (f"new/{'あ' * 100}/deep", "the name is too long"),
        ("a/" * 3000 + "b", "too long"),
        ("loop/out", "the links lead round in a circle"),
        ("file/out", "something on the way is not a folder"),
        ("nowhere/out", "no such file or folder"),
    ],
)
def test_a_place_that_cannot_be_made_is_said_before_any_work(
    command: str, place: str, reason: str, study: Path, clients: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    folder = study.parent
    (folder / "loop").symlink_to(folder / "loop2")
    (folder / "loop2").symlink_to(folder / "loop")
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "file").write_text("")
    before = names(folder)
    start = time.perf_counter()
    line = refused(writers(study, clients, folder / place)[command], capsys)
    is_file = command in ("sample", "template", "intake")
    assert reason in line or (place == "file/out" and is_file and "expected a folder" in line)
    assert line.startswith("--template" if command == "template" else "--out")
    assert names(folder) == before
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("command", ["run", "export", "batch", "validate", "calibrate"])
def test_a_file_is_no_folder_for_results(
    command: str, study: Path, clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(writers(study, clients, study)[command], capsys)
    assert line.endswith("expected a folder")


@pytest.mark.parametrize("command", ["sample", "intake"])
def test_a_folder_is_no_file_for_results(
    command: str, study: Path, clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(writers(study, clients, study.parent)[command], capsys)
    assert line.endswith("expected a file, found a folder")


_PR_CAPBSET_DROP = 24
_OF_ROOT = (1, 2)  # to write and to read whatever the rights say


def without_rights() -> None:
    """Take from root what it may do beyond others; everybody else has nothing to lose."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in _OF_ROOT:
            assert libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="rights of root are taken the Linux way")
@pytest.mark.parametrize("rights", [0o000, 0o555])
@pytest.mark.parametrize("place", ["closed/out", "closed/new/out", "closed"])
@pytest.mark.parametrize("command", ["run", "sample"])
def test_a_folder_without_rights_is_said_before_any_work(
    command: str, place: str, rights: int, study: Path, clients: Path
) -> None:
    closed = study.parent / "closed"
    (closed / "deep").mkdir(parents=True)
    closed.chmod(rights)
    try:
        if command == "sample" and place == "closed":
            place = "closed/file.json"
        argv = writers(study, clients, study.parent / place)[command]
        line = one_line(child(*argv, "--lang", "en", before=without_rights))
    finally:
        closed.chmod(0o755)
    assert line.startswith("--out") and line.endswith("cannot be written (permission denied)")
    assert names(closed) == ["deep"] and not names(closed / "deep")


@pytest.mark.skipif(sys.platform != "linux", reason="rights of root are taken the Linux way")
def test_an_input_without_rights_is_said(study: Path) -> None:
    study.chmod(0)
    for argv in (["run", study], ["check", study], ["check", study.parent]):
        line = one_line(child(*argv, "--lang", "en", before=without_rights))
        assert line.endswith("cannot be opened (permission denied)")


def small_files() -> None:
    """Let no file grow beyond a few bytes, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize("command", ["run", "export", "sample"])
def test_a_disk_that_gets_full_leaves_nothing_behind(
    command: str, study: Path, clients: Path
) -> None:
    out = study.parent / "new" / "out"
    argv = writers(study, clients, out)[command]
    line = one_line(child(*argv, "--lang", "en", before=small_files))
    assert str(out) in line and "cannot be written (the file would be too large)" in line
    assert names(study.parent) == ["clients.csv", "study.toml"]


def test_what_was_there_stays_when_the_disk_gets_full(study: Path) -> None:
    out = study.parent / "out"
    out.mkdir()
    (out / "result.json").write_text("before")
    argv = ["run", study, "--out", out, "--no-band", "--formats", "json"]
    one_line(child(*argv, before=small_files))
    assert names(out) == ["result.json"]
    assert (out / "result.json").read_text() == "before"


def test_a_folder_in_the_place_of_a_file_leaves_the_other_files_as_they_were(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = study.parent / "out"
    (out / "result.json").mkdir(parents=True)
    line = refused(["run", study, "--out", out, "--no-band", "--formats", "json"], capsys)
    assert line.endswith("cannot be written (it is a folder)")
    with pytest.raises(Exception, match="it is a folder"):
        write_together(out, {"a.json": b"1", "result.json": b"2"})
    assert names(out) == ["result.json"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o027])
def test_results_have_the_rights_the_user_gives_files(mask: int, study: Path) -> None:
    out = study.parent / "out"
    for argv in (["run", study, "--no-band", "--formats", "json"], ["export", study]):
        done = child(*argv, "--out", out, before=lambda: os.umask(mask))
        assert done.returncode == 0, done
    for path in out.rglob("*"):
        most = 0o777 if path.is_dir() else 0o666
        assert stat.S_IMODE(path.stat().st_mode) == most & ~mask, path
    assert stat.S_IMODE(out.stat().st_mode) == 0o777 & ~mask


@pytest.mark.parametrize("name", ["あ" * 80, "x" * 250])
def test_a_long_name_that_is_allowed_is_written(
    name: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = study.parent / f"{name}.json"
    argv = ["sample", study, "--plan", "nipponkoa_2006/B", "--events", "1", "--out", out]
    assert main([str(part) for part in argv]) == 0
    assert len(json.loads(out.read_text(encoding="utf-8"))) == 1


# ---- where input comes from


READERS: dict[str, Callable[[Path], list[Any]]] = {
    "run": lambda path: ["run", path],
    "export": lambda path: ["export", path, "--out", "x"],
    "sample": lambda path: ["sample", path, "--plan", "nipponkoa_2006/B", "--events", "1",
                            "--out", "x"],
    "size": lambda path: ["size", "--records", "1000", "--study", path],
    "check": lambda path: ["check", path],
    "payout": lambda path: ["payout", path],
    "explain": lambda path: ["explain", path],
    "intake": lambda path: ["intake", path],
    "explore": lambda path: ["explore", path, "--no-browser"],
    "show": lambda path: ["show", "nipponkoa_2006/B", "--study", path],
}  # fmt: skip


@pytest.mark.parametrize("command", READERS)
def test_what_is_no_file_is_said_and_not_waited_for(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    pytest.importorskip("voila")
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.toml")
    Path("loop.toml").symlink_to("loop.toml")
    Path("folder.toml").mkdir()
    for place, reason in (
        ("pipe.toml", "expected a file, found a pipe or a device"),
        ("/dev/zero", "expected a file, found a pipe or a device"),
        ("loop.toml", "the links lead round in a circle"),
        (f"{LONG}.toml", "the name is too long"),
        ("gone.toml", "no such file"),
        ("folder.toml", "expected a file, found a folder" if command != "check" else "no file"),
    ):
        assert reason in refused(READERS[command](Path(place)), capsys), place
    assert names() == ["folder.toml", "loop.toml", "pipe.toml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_list_that_is_no_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.csv")
    Path("loop.csv").symlink_to("loop.csv")
    for place, reason in (
        ("pipe.csv", "expected an ordinary file"),
        ("loop.csv", "the links lead round in a circle"),
        (f"{LONG}.csv", "the name is too long"),
        ("gone.csv", "no such file"),
    ):
        assert reason in refused(["batch", place, "--out", "out"], capsys), place
    assert names() == ["loop.csv", "pipe.csv"]


def test_what_is_kept_beside_results_is_not_checked(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = study.parent / "out"
    argv = ["run", study, "--no-band", "--formats", "json", "--out", out]
    assert main([str(part) for part in argv]) == 0
    assert list(out.glob(f"{FOLDER}/*.json"))
    (out / "result.json").unlink()  # `check` reads what a person writes
    capsys.readouterr()
    assert main(["check", str(study.parent), "--lang", "en"]) == 0
    assert capsys.readouterr().out == "1 files are good.\n"


def test_a_file_that_never_ends_is_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # a hole: it takes no room
    start = time.perf_counter()
    assert "too large" in refused(["run", path], capsys)
    assert time.perf_counter() - start < 5


def test_a_folder_of_everything_is_checked_to_the_end(
    tmp_path: Path, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "inner.toml").mkdir()
    assert main(["check", str(tmp_path), "--lang", "en"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "pipe.toml" in said[1] and "loop.json" in said[0]


# ---- standard output


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "argv",
    [["plans"], ["plans", "--json"], ["--help"], ["payout", CASES]],
)
def test_an_output_that_takes_nothing_is_said(argv: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = child("--lang", "en", *argv, stdout=full)
    assert one_line(done) == "standard output: no space left"
    closed = child("--lang", "en", *argv, before=lambda: os.close(1), stdout=None)
    assert one_line(closed) == "standard output: it is closed"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_results_are_written_whatever_becomes_of_the_words_about_them(study: Path) -> None:
    def written(number: int, **options: Any) -> bytes:
        out = study.parent / str(number)
        argv = ["run", study, "--no-band", "--formats", "json", "--out", out]
        done = child(*argv, **options)
        assert done.returncode == 0, done
        assert names(out) == ["result.json"]
        return (out / "result.json").read_bytes()

    with Path("/dev/full").open("wb") as full:
        right = written(0)
        assert written(1, before=lambda: os.close(1)) == right
        assert written(2, stdout=full) == right
        assert written(3, stderr=full) == right


@pytest.mark.parametrize("stream", [0, 2])
def test_other_closed_streams_do_no_harm(stream: int, study: Path) -> None:
    argv = ["run", study, "--no-band", "--formats", "json", "--out", study.parent / "out"]
    done = child(*argv, before=lambda: os.close(stream), stderr=None)
    assert done.returncode == 0 and names(study.parent / "out") == ["result.json"]
    bad = child("run", study.parent / "gone", before=lambda: os.close(stream), stderr=None)
    assert (bad.returncode, bad.stdout) == (2, b"")


@pytest.mark.parametrize("argv", ["plans", "show nipponkoa_2006/F", "plans --json", "--help",
                                  "show assumptions", f"payout {CASES}"])  # fmt: skip
def test_a_reader_may_leave(argv: str) -> None:
    script = f"set -o pipefail; {sys.executable} -m exposure.cli {argv} | head -c 1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr, len(done.stdout)) == (0, b"", 1)


TERMINALS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_terminal_without_japanese_gets_it_escaped(terminal: str, study: Path) -> None:
    env = TERMINALS[terminal]
    encoding = "cp1252" if terminal == "cp1252" else "ascii"
    commands: list[list[Any]] = [["plans"], ["--help"]]
    if terminal == "ascii":
        commands += [
            ["show", "nipponkoa_2006/F"],
            ["payout", CASES],
            ["explain", CASES],
            ["show", "assumptions"],
            ["run", study, "--no-band", "--formats", "json", "--out", study.parent / "out"],
            ["size", "--records=1000", "--product=nipponkoa_2006", "--no-band", "--study", study],
        ]
    for argv in commands:
        done = child(*argv, env=env)
        assert done.returncode == 0, (argv, done.stderr)
        assert "\\u" in done.stdout.decode(encoding), argv
    plain, escaped = child("plans", "--json"), child("plans", "--json", env=env)
    assert json.loads(escaped.stdout.decode(encoding)) == json.loads(plain.stdout)
    missing = child("run", study.parent / "無.toml", env=env)
    assert "\\u30d5" in one_line(missing)


# ---- memory


@pytest.mark.skipif(sys.platform != "linux", reason="limits hold on Linux")
@pytest.mark.parametrize("megabytes", [90, 250, 450, 600])
def test_little_memory_gives_the_answer_or_one_line(megabytes: int, study: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)

    out = study.parent / "out"
    argv = ["run", study, "--no-band", "--formats", "json", "--out", out, "--lang", "en"]
    done = child(*argv, before=limited)
    if done.returncode == 0:
        reference = study.parent / "reference"
        child(*argv[:-3], reference)
        assert (out / "result.json").read_bytes() == (reference / "result.json").read_bytes()
    else:
        assert "memory" in one_line(done)
        assert not out.exists()
    assert done.returncode == 0 or megabytes < 600


# ---- temporary files


@pytest.mark.parametrize("place", ["gone", "file"])
def test_a_temporary_folder_that_is_none_does_no_harm(place: str, study: Path) -> None:
    pytest.importorskip("typst")
    (study.parent / "file").write_text("")
    out = study.parent / "out"
    argv = ["run", study, "--no-band", "--formats", "pdf", "--out", out]
    done = child(*argv, env={"TMPDIR": str(study.parent / place)})
    assert done.returncode == 0, done
    assert (out / "report_ja.pdf").read_bytes()[:4] == b"%PDF"


# ---- a registry somebody edited


def edited(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "registry.sqlite") as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished book of two clients."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    assert main(batch(folder)) == 0
    return folder


def batch(folder: Path) -> list[str]:
    common = ["--loss-years", "1000", "--formats", "json", "--workers", "1", "--lang", "en"]
    return ["batch", str(folder / "clients.csv"), "--out", str(folder / "out"), *common]


EDITS = (
    "update run set summary = '{}'",
    "update run set summary = 'no json'",
    "update run set summary = '[1]'",
    "update run set files = '[\"../../etc/passwd\"]'",
    "update run set files = 'x'",
    "update run set status = 'failed', error = '[[1]]'",
    "update run set error = '{\"a\": 1}'",
    "update run set seconds = 'long'",
    "update run set client_id = 'B'",
    "update run set summary = zeroblob(100)",
    "update run set seal = ''",
    "delete from run",
    "insert into lock values (1, 'elsewhere', 7, 'x', 'then', 0.0)",
    "insert into lock values (1, 'elsewhere', 7, 'x', 'then', 'soon')",
    f"insert into lock values (1, '{socket.gethostname()}', 99999999999999, '', 'then', 0.0)",
    "pragma user_version = 1",
    "pragma user_version = 99",
    "alter table run rename column seal to mark",
    "alter table run drop column detail",
    "alter table run rename to ran",
    "create trigger t after insert on run begin delete from run; end",
    "create trigger t before insert on run begin select raise(abort, 'no'); end",
)


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_registry_is_read_right_or_refused(statement: str, tmp_path: Path) -> None:
    kept = Run("key", "A", "done", {"result.json": "00"}, '{"a": 1}', (), "", 1.5, "2026-01-01")
    with open_registry(tmp_path) as registry:
        registry.keep(kept)
    edited(tmp_path, statement)
    try:
        with open_registry(tmp_path) as registry, hold_folder(registry):
            assert registry.find("key") in (None, kept)
            assert registry.files_of("A") <= {"result.json"}
            registry.keep(kept)
            assert registry.find("key") in (None, kept)
    except DataError as error:
        (line,) = error.lines("en")
        assert "registry" in line and str(tmp_path) in line


@pytest.mark.parametrize(
    "statement",
    [
        "update run set summary = '{}'",
        "update run set seal = ''",
        "insert into lock values (1, 'elsewhere', 7, 'x', 'then', 'soon')",
        "create trigger t after insert on run begin delete from run; end",
    ],
)
def test_a_book_with_an_edited_registry_is_right_or_refused(
    statement: str, book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(book, folder)
    if "trigger" in statement:
        edited(folder / "out", "delete from run")  # so that there is something to do
    edited(folder / "out", statement)
    right = {path: path.read_bytes() for path in (folder / "out").rglob("*.json")}
    capsys.readouterr()
    code = main(batch(folder))
    said = capsys.readouterr().err
    assert code in (0, 2) and "Traceback" not in said
    assert ("registry" in said) == (code == 2)
    assert {path: path.read_bytes() for path in right} == right


@pytest.mark.parametrize("kind", ["folder", "pipe", "empty", "link"])
def test_what_is_no_registry_is_said(
    kind: str, clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = clients.parent / "out"
    out.mkdir()
    path = out / "registry.sqlite"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link":
        path.symlink_to(path)
    else:
        path.write_bytes(b"")  # what SQLite takes for a new one
    code = main(batch(clients.parent))
    said = capsys.readouterr()
    assert code == (0 if kind == "empty" else 2)
    assert "Traceback" not in said.err
    assert kind == "empty" or "registry.sqlite" in said.err


# ---- a scheduler that is none


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def babbling() -> Iterator[int]:
    """A port that answers in another language."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        held: list[socket.socket] = []

        def answer() -> None:
            for _ in range(10):
                try:
                    other, _ = listener.accept()
                except OSError:
                    return
                other.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10)
                held.append(other)

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]
        for one in held:
            one.close()


@pytest.mark.parametrize(
    "address",
    ["abc", "", "tcp://", "tcp://127.0.0.1", "http://127.0.0.1:80", "tcp://[::1]:99999",
     "inproc://x", "tcp://127.0.0.1:1", "tcp://nohost.invalid:8786", f"tcp://{LONG}:80"],
)  # fmt: skip
def test_an_address_without_a_scheduler_is_said_at_once(
    address: str, clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    out = clients.parent / "out"
    start = time.perf_counter()
    argv = ["batch", clients, "--out", out, "--scheduler", address]
    assert refused(argv, capsys).startswith("--scheduler")
    assert time.perf_counter() - start < 10 and not out.exists()


def test_another_program_is_no_scheduler(
    silent: int, babbling: int, clients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    out = clients.parent / "out"
    for port, reason in ((silent, "no answer"), (babbling, "no")):
        start = time.perf_counter()
        argv = ["batch", clients, "--out", out, "--scheduler", f"tcp://127.0.0.1:{port}"]
        assert reason in refused(argv, capsys)
        assert time.perf_counter() - start < 20 and not out.exists()


# ---- the language of the command line


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--lang", "en", "run"], "exposure run: the following arguments are required: STUDY.toml"),
        (["run"], "exposure run: 指定が必要です: STUDY.toml"),
        (["run", "--lang=en"], "exposure run: the following arguments are required: STUDY.toml"),
        (["--lang", "ja", "run", "--lang", "en"], "exposure run: the following arguments"),
        (["--lan", "en", "plans", "x"], "exposure: unrecognized arguments: x"),
        (["plans", "x"], "exposure: 知らない指定です: x"),
        (["foo"], "exposure: COMMAND: 'foo' は使えません。次から選んでください"),
        (["--lang", "en", "foo"], "exposure: argument COMMAND: invalid choice: 'foo'"),
        (["run", "a", "--seed"], "exposure run: --seed: 値を1つ指定してください"),
        (["run", "a", "--json"], "exposure: 知らない指定です: --json"),
        (["plans", "--json=1"], "exposure plans: --json: 値は指定できません（'1'）"),
        (
            ["plans", "--lang", "fr"],
            "exposure plans: --lang: 'fr' は使えません。次から選んでください",
        ),
        (["--lang", "en", "run", "no.toml"], "no.toml: no such file"),
        (["--lang", "en", "run", "a\nb"], "a·b: no such file"),
        (["plans", "a\nb"], "exposure: 知らない指定です: a·b"),
    ],
)
def test_arguments_are_refused_in_the_language_asked_for(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(argv)
    except SystemExit as end:
        code = end.code
    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    (line,) = shown.err.splitlines()
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--lang", "en", "--help"], ("usage:", "commands:", "show this help")),
        (["--help"], ("使い方:", "コマンド:", "この説明を")),
        (["--lang", "en", "run", "--help"], ("usage:", "positional arguments:", "study file")),
        (["run", "--help"], ("使い方:", "引数:", "オプション:", "検討ファイル")),
    ],
)
def test_help_is_in_the_language_asked_for(
    argv: list[str], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    shown = capsys.readouterr()
    assert (end.value.code, shown.err) == (0, "")
    assert all(word in shown.out for word in words)


def test_no_command_at_all_is_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "使い方:" in capsys.readouterr().out


def test_the_language_in_front_is_that_of_the_report_too(study: Path) -> None:
    out = study.parent / "out"
    argv = ["--lang", "both", "run", study, "--out", out, "--no-band", "--formats", "html"]
    assert main([str(part) for part in argv]) == 0
    assert names(out) == ["report_en.html", "report_ja.html", "result.json"]


def test_json_alone_writes_the_result_alone(study: Path) -> None:
    out = study.parent / "out"
    argv = ["run", study, "--out", out, "--no-band", "--formats", "json"]
    assert main([str(part) for part in argv]) == 0
    assert names(out) == ["result.json"]


def test_a_key_that_no_longer_decides_is_said_in_one_line(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study.write_text(STUDY.replace("records", "adequacy_target = 0.9\nrecords"), encoding="utf-8")
    out = study.parent / "out"
    argv = ["run", study, "--out", out, "--no-band", "--formats", "json", "--lang", "en"]
    assert main([str(part) for part in argv]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("client.adequacy_target: no longer decides")
