"""Spoilt files end with exit code 2 and a message that names the place; nothing is written.

A file may happen to be still good: it is then read to the end, and not simulated.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import pytest
from support.fuzzing import KINDS, OPTIONS, arguments, own_losses

from exposure import commands
from exposure.cli import build_parser, main
from exposure.errors import DataError
from exposure.simulation.own_losses import losses_from_frame

COMMANDS = {
    "study": lambda path, out: ["run", path, "--out", out, "--no-band"],
    "policy": lambda path, out: ["check", path],
    "cases": lambda path, out: ["payout", path, "--json"],
    "client_list": lambda path, out: ["batch", path, "--out", out, "--loss-years", "1000"],
    "form": lambda path, out: ["policy", "new", "--from", path, "--out", out / "own.toml"],
    "archive": lambda path, out: ["check", path],
}
FEWEST_REFUSED = {
    "study": 0.6, "policy": 0.4, "cases": 0.5, "client_list": 0.6, "form": 0.3, "archive": 0.4,
    "losses": 0.4,
}  # fmt: skip
OUTDATED = "client.adequacy_target: "
# Of one input, in seconds of a processor and in bytes beyond what the program takes anyway.
MOST_SECONDS, MOST_BYTES = 20, 2**30


class StillGoodError(Exception):
    """The file passed every check, and would be simulated now."""


@pytest.fixture(autouse=True)
def read_but_do_not_simulate(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(study: object, where: str = "", *_: object, **__: object) -> None:
        from exposure.study.answer import prepare

        setting = prepare(study, where)  # type: ignore[arg-type]
        setting.model_of(setting.assumptions)
        raise StillGoodError

    def stop_book(*_: object, **__: object) -> None:
        raise StillGoodError

    monkeypatch.setattr("exposure.study.pipeline.run_study", stop)
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
    if code == 0 and kind in ("policy", "cases", "form", "archive"):
        return "good"
    if out.exists():
        return f"{kind} {seed}: something was written"
    if code != 2 or said.out:
        return f"{kind} {seed}: exit {code}, on standard output {said.out[:200]!r}"
    if not said.err.strip() or "Traceback" in said.err:
        return f"{kind} {seed}: said {said.err[:500]!r}"
    # One line may say that a key of edition 0.1 no longer decides; that is no refusal.
    lines = [line for line in said.err.strip().splitlines() if not line.startswith(OUTDATED)]
    if not lines:
        return f"{kind} {seed}: refused without a reason"
    nameless = [line for line in lines if path.stem not in line or len(line) > 3000]
    return f"{kind} {seed}: {nameless[0]!r} names no place" if nameless else "refused"


def outcome_of_losses(seed: int) -> str:
    """Return ``refused``, ``good``, or what is wrong with how own losses are read."""
    frame = own_losses(random.Random(f"losses {seed}"))
    try:
        losses_from_frame(frame)
    except DataError as error:
        lines = error.lines("en")
        odd = [line for line in lines if "\n" in line or ":" not in line or len(line) > 3000]
        return f"losses {seed}: {odd[0]!r} names no place" if odd or not lines else "refused"
    except BaseException:
        return f"losses {seed}: {traceback.format_exc()}"
    return "good"


@pytest.mark.parametrize("kind", [*KINDS, "losses"])
def test_spoilt_input_is_refused_by_name_and_place(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = range(38)
    found = [
        outcome_of_losses(seed)
        if kind == "losses"
        else outcome(kind, seed, tmp_path / str(seed), capsys)
        for seed in seeds
    ]
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
        "exposure.study.table_files.export_study",
        "exposure.model.losses.price_losses",
        "exposure.model.diagnosis.diagnose",
        "exposure.validation.overview.validation_document",
        "exposure.model.calibration.documents",
        "exposure.study.incidents.first_block",
        "exposure.output.explorer_server.serve",
    ):
        monkeypatch.setattr(place, stop)


def said_to(argv: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return ``refused``, ``good``, or what is wrong with how a command takes arguments."""
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
        return "good" if not said.err or "\n" in said.err else f"{argv}: said {said.err!r}"
    lines = said.err.splitlines()
    if sorted(folder.rglob("*")) != before:
        return f"{argv}: something was written"
    if not lines and not said.out:  # the help itself is the answer to no command at all
        return f"{argv}: exit 2 without a word"
    for line in lines:
        if len(line) > 3000 or "Traceback" in line or ":" not in line:
            return f"{argv}: said {line[:500]!r}"
    return "refused"


def test_every_command_is_tried_on_bad_input_with_options_it_has() -> None:
    listed = "tests/support/fuzzing.py, OPTIONS"
    assert set(OPTIONS) == set(commands.COMMANDS), f"{listed}: a line for every command"
    (actions,) = (one for one in build_parser("en")._actions if isinstance(one.choices, dict))
    for command, options in OPTIONS.items():
        known = set(actions.choices[command]._option_string_actions)
        assert set(options) <= known, f"{listed}: {command}"


@pytest.mark.usefixtures("nothing_is_worked_out")
def test_arguments_of_any_kind_are_taken_or_refused_in_lines(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("voila")
    found = [outcome_of_arguments(seed, tmp_path, capsys, monkeypatch) for seed in range(100)]
    wrong = [one for one in found if one not in ("refused", "good")]
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n".join(wrong[:8])


def outcome_of_arguments(
    seed: int, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return ``refused``, ``good``, or what is wrong with how arguments are taken."""
    folder = place / str(seed)
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin", io.StringIO())  # nobody is there to be asked
    argv = arguments(folder, random.Random(f"arguments {seed}"))
    found = said_to(argv, folder, capsys)
    return f"arguments {seed}: {found}" if found not in ("refused", "good") else found


HOW_MANY = {
    "study": 1500, "policy": 1500, "cases": 1500, "client_list": 2000, "form": 1000,
    "archive": 1500, "losses": 1000, "arguments": 1000,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_is_worked_out")
@pytest.mark.parametrize("kind", HOW_MANY)
def test_ten_thousand_spoilt_inputs(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kinds in one go, with a line each of what became of them and what the worst one took."""
    pytest.importorskip("voila")
    assert sum(HOW_MANY.values()) >= 10_000
    counts, wrong, seconds, memory = Counter[str](), [], 0.0, 0
    outcome_of_seed(kind, 0, tmp_path / "first", capsys, monkeypatch)  # what is loaded once
    for seed in range(HOW_MANY[kind]):
        peak, start = _peak(), time.process_time()
        one = outcome_of_seed(kind, seed, tmp_path / "all", capsys, monkeypatch)
        seconds = max(seconds, time.process_time() - start)
        memory = max(memory, _peak() - peak)
        counts[one if one in ("refused", "good") else "wrong"] += 1
        wrong += [one] if one not in ("refused", "good") else []
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kind}: {counts.total():,} inputs, {counts['refused']:,} refused, "
            f"{counts['good']:,} still good, {counts['wrong']:,} wrong; the worst took "
            f"{seconds:.2f} s and {memory / 2**20:.0f} MB\n"
        )
    assert not wrong, f"{len(wrong)} of {counts.total()}:\n" + "\n".join(wrong[:5])
    assert counts["refused"] >= FEWEST_REFUSED.get(kind, 0) * counts.total()
    assert seconds < MOST_SECONDS and memory < MOST_BYTES


def outcome_of_seed(
    kind: str,
    seed: int,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    if kind == "losses":
        return outcome_of_losses(seed)
    if kind == "arguments":
        return outcome_of_arguments(seed, place, capsys, monkeypatch)
    place.mkdir(exist_ok=True)
    return outcome(kind, seed, place / str(seed), capsys)


def _peak() -> int:
    """Return the most memory the process has had. [byte]."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


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
