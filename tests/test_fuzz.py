"""Spoilt files end with exit code 2 and a message that names the place; nothing is written.

A file may happen to be still good: it is then read to the end, and not simulated.
"""

from __future__ import annotations

import random
import time
import traceback
from pathlib import Path

import pytest
from fuzzing import KINDS, arguments

from exposure.cli import main

COMMANDS = {
    "study": lambda path, out: ["run", path, "--out", out, "--no-band"],
    "policy": lambda path, out: ["check", path],
    "cases": lambda path, out: ["payout", path, "--json"],
    "client_list": lambda path, out: ["batch", path, "--out", out, "--loss-years", "1000"],
}
FEWEST_REFUSED = {"study": 0.6, "policy": 0.4, "cases": 0.5, "client_list": 0.6}


class StillGoodError(Exception):
    """The file passed every check, and would be simulated now."""


@pytest.fixture(autouse=True)
def read_but_do_not_simulate(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(study: object, where: str = "", *_: object, **__: object) -> None:
        from exposure.study.setting import prepared

        setting = prepared(study, where)  # type: ignore[arg-type]
        setting.model_of(setting.assumptions)
        raise StillGoodError

    def stop_book(*_: object, **__: object) -> None:
        raise StillGoodError

    monkeypatch.setattr("exposure.study.run.run_study", stop)
    monkeypatch.setattr("exposure.batch.book.run_book", stop_book)


def outcome(kind: str, seed: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return ``refused``, ``good``, or what is wrong with the answer."""
    folder.mkdir()
    path = KINDS[kind](folder, random.Random(f"{kind} {seed}"))
    out = folder / "out"
    try:
        code = main([str(part) for part in COMMANDS[kind](path, out)])
    except StillGoodError:
        capsys.readouterr()
        return "good"
    except BaseException:
        return f"{kind} {seed}: {traceback.format_exc()}"
    said = capsys.readouterr()
    if out.exists():
        return f"{kind} {seed}: something was written"
    if code == 0 and kind in ("policy", "cases"):
        return "good"
    if code != 2 or said.out:
        return f"{kind} {seed}: exit {code}, on standard output {said.out[:200]!r}"
    if not said.err.strip() or "Traceback" in said.err:
        return f"{kind} {seed}: said {said.err[:500]!r}"
    lines = said.err.strip().splitlines()
    nameless = [line for line in lines if path.stem not in line or len(line) > 3000]
    return f"{kind} {seed}: {nameless[0]!r} names no place" if nameless else "refused"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seeds", [range(38), pytest.param(range(2000), marks=pytest.mark.slow)])
def test_spoilt_files_are_refused_by_name_and_place(
    kind: str, seeds: range, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = [outcome(kind, seed, tmp_path / str(seed), capsys) for seed in seeds]
    wrong = [one for one in found if one not in ("refused", "good")]
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n".join(wrong[:5])
    assert found.count("refused") >= FEWEST_REFUSED[kind] * len(found)


@pytest.fixture
def nothing_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop where the long work would begin: everything before is reading and checking."""

    def stop(*_: object, **__: object) -> None:
        raise StillGoodError

    for place in (
        "exposure.study.sizing.size_limits",
        "exposure.study.export.export_study",
        "exposure.model.losses.price_losses",
        "exposure.model.diagnosis.diagnose",
        "exposure.validation.report.validation_document",
        "exposure.model.calibration.documents",
        "exposure.study.incidents.first_events",
        "exposure.output.explorer_server.serve",
    ):
        monkeypatch.setattr(place, stop)


def said_to(argv: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is wrong with how a command takes arguments, or nothing."""
    before = sorted(folder.rglob("*"))
    try:
        code: object = main(argv)
    except StillGoodError:
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        return f"{argv}: {traceback.format_exc()}"
    said = capsys.readouterr()
    if code not in (0, 2):
        return f"{argv}: exit {code}, {said.err[:300]!r}"
    if code == 0:
        return "" if not said.err or "\n" in said.err else f"{argv}: said {said.err!r}"
    lines = said.err.splitlines()
    if sorted(folder.rglob("*")) != before:
        return f"{argv}: something was written"
    if not lines and not said.out:  # the help itself is the answer to no command at all
        return f"{argv}: exit 2 without a word"
    for line in lines:
        if len(line) > 3000 or "Traceback" in line or ":" not in line:
            return f"{argv}: said {line[:500]!r}"
    return ""


@pytest.mark.usefixtures("nothing_is_worked_out")
@pytest.mark.parametrize("seeds", [range(100), pytest.param(range(3000), marks=pytest.mark.slow)])
def test_arguments_of_any_kind_are_taken_or_refused_in_lines(
    seeds: range,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("voila")
    wrong = []
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        argv = arguments(folder, random.Random(f"arguments {seed}"))
        found = said_to(argv, folder, capsys)
        if found:
            wrong.append(f"{seed}: {found}")
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong[:8])


@pytest.mark.parametrize(
    "text",
    [
        ".".join(["a"] * 100_000) + " = 1",
        "x = { " + ".".join(['"a"'] * 50_000) + " = 1 }",
        "[" + ".".join(["'a'"] * 50_000) + "]",
        "x = " + "[" * 100_000 + "]" * 100_000,
        "x = " + "{ a = " * 50_000 + "1" + " }" * 50_000,
        "".join(f"key_{number} = 1\n" for number in range(5_000)),
        "x = '''" + "a.\n" * 100_000 + "'''",
        "x = " + "9" * 100_000,
        "".join(f"[[plan]]\nid = '{number}'\n" for number in range(500)),
        '[[plan]]\nid = "' + "a+b@c=d" * 50_000 + '"',
        "#" * 2**21,
    ],
    ids=range(11),
)
def test_a_study_of_any_depth_and_width_costs_little(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seconds of the processor: a hundred times less than without a bound."""
    path = tmp_path / "study.toml"
    path.write_text(f"[client]\nrecords = 3000\n{text}\n", encoding="utf-8")
    start = time.process_time()
    assert main(["check", str(path), "--lang", "en"]) == 2
    assert time.process_time() - start < 20
    lines = capsys.readouterr().err.splitlines()
    assert 1 <= len(lines) <= 101
    assert all("study.toml" in line and len(line) < 3000 for line in lines)
