"""A rerun with other premiums simulates nothing anew and changes no byte."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exposure.cli import main
from exposure.files import to_json, to_toml
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.result import document as module
from exposure.result.document import FOLDER, Found, ResultStore, Simulated, Stage
from exposure.study import answer, sensitivity, sizing, uncertainty
from exposure.study.pipeline import run_study, simulation_inputs

FEW = {
    "run.parameter_draws": 5,
    "run.draw_loss_years": 60,
    "run.draw_tail_years": 1,
    "run.screen_loss_years": 40,
    "run.tornado_loss_years": 60,
    "run.tornado_parameters": 1,
    "run.size_loss_years": 60,
    "measure.information_groups": 2,
}
DEFAULTS = load_assumptions()
# Few parameters stay uncertain, so that a run with the band takes a second.
FIXED = {name: DEFAULTS.value(name) for k, name in enumerate(DEFAULTS.uncertain()) if k % 20}
F = "nipponkoa_2006/F"
AIU = "aiu_2015@limit=100000000"
# Endorsements of the second product are tried; of the first there are two quotations.
PLANS = [
    {"id": F, "premium": 420_000, "label": "甲社"},
    {"id": F, "premium": 450_000, "label": "乙社"},
    {"id": "nipponkoa_2006/A"},
    {"id": AIU},
]


def raw(premiums: dict[int, int | None] | None = None, **changed: Any) -> dict[str, Any]:
    """Return a study with some premiums quoted otherwise; None takes a quotation away."""
    plans: list[dict[str, Any]] = json.loads(json.dumps(PLANS))
    for place, premium in (premiums or {}).items():
        plans[place].pop("premium", None)
        if premium is not None:
            plans[place]["premium"] = premium
    return {
        "study": {"name": "甲", "loss_years": 1000, "seed": 3},
        "client": {"records": 100_000, "industry": "medical", "revenue": 500_000_000},
        "plan": plans,
        "assumptions": {
            name: {"value": value, "reason": "試験"} for name, value in {**FIXED, **FEW}.items()
        },
        **changed,
    }


def study(premiums: dict[int, int | None] | None = None, **changed: Any) -> StudyFile:
    return study_from_mapping(raw(premiums, **changed), "test")


CHANGES: dict[str, dict[int, int | None]] = {
    "one": {0: 390_000},
    "all": {0: 300_000, 1: 500_000, 2: 60_000, 3: 350_000},
    "none": {0: None, 1: None},
    "removed": {1: None},
    "too dear": dict.fromkeys(range(4), 90_000_000),
}


@pytest.fixture
def simulations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """Which module simulated so far, and how many plans."""
    calls: list[tuple[str, int]] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def simulate(of: Any, regimes: Any, plans: Any, *args: Any, **options: Any) -> Any:
            calls.append((name, len(plans)))
            return real(of, regimes, plans, *args, **options)

        return simulate

    for of in (answer, sensitivity, sizing, uncertainty):
        for name in ("simulate_study", "simulate_models"):
            if hasattr(of, name):
                real = getattr(of, name)
                monkeypatch.setattr(of, name, counted(of.__name__.rpartition(".")[2], real))
    yield calls


def run(store: ResultStore, of: StudyFile, *, band: bool) -> str:
    """Run a study on what is kept, keep what it simulates, and return its ``result.json``."""
    inputs = simulation_inputs(of)
    known = store.read_simulated(inputs)
    document = to_json(run_study(of, band=band, simulated=known).document)
    store.write_simulated(inputs, known)
    return document


@pytest.mark.parametrize("band", [False, True], ids=["without band", "with band"])
def test_a_rerun_with_other_premiums_gives_the_bytes_of_a_run_from_nothing(
    band: bool, tmp_path: Path
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    plain = to_json(run_study(study(), band=band).document)
    assert run(store, study(), band=band) == plain
    said = {}
    for name, premiums in CHANGES.items():
        fresh = to_json(run_study(study(premiums), band=band).document)
        assert fresh != plain
        assert run(store, study(premiums), band=band) == fresh, name
        said[name] = json.loads(fresh)["regimes"]["court"]["recommendation"]
    assert said["too dear"]["verdict"] == "no_insurance" != said["one"]["verdict"]
    assert run(store, study(), band=band) == plain
    assert len([*store.folder.iterdir()]) == 1


def test_nothing_is_simulated_where_a_premium_alone_changed(
    tmp_path: Path, simulations: list[tuple[str, int]]
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    run(store, study(), band=True)
    assert {name for name, _ in simulations} == {
        "answer", "sensitivity", "sizing", "uncertainty",
    }  # fmt: skip
    simulations.clear()
    run(store, study({0: 419_000}), band=True)
    assert simulations == []


def test_another_plan_alone_is_simulated_where_one_is_added(
    tmp_path: Path, simulations: list[tuple[str, int]]
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    as_given = {"name": "甲", "loss_years": 1000, "seed": 3, "endorsements": "as_given"}
    run(store, study(study=as_given, plan=PLANS[:3]), band=True)
    simulations.clear()
    more = study(study=as_given, plan=[*PLANS[:3], {"id": "sompo_alive_leak_limited"}])
    found = run(store, more, band=True)
    assert simulations and {count for _, count in simulations} == {1}
    assert found == to_json(run_study(more, band=True).document)


def test_the_band_takes_over_what_a_run_without_it_has_simulated(
    tmp_path: Path, simulations: list[tuple[str, int]]
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    run(store, study(), band=False)
    simulations.clear()
    run(store, study(), band=True)
    assert "answer" not in {name for name, _ in simulations}


# ---- what the simulation hangs on

OTHER: dict[str, Any] = {
    "records": {"client": {**raw()["client"], "records": 100_001}},
    "revenue": {"client": {**raw()["client"], "revenue": 500_000_001}},
    "own funds": {"client": {**raw()["client"], "liquidity": 10_000_000}},
    "cost of own funds": {"client": {**raw()["client"], "cost_of_liquidity": 0.07}},
    "history": {"client": {**raw()["client"], "incidents_last_3_years": 1}},
    "seed": {"study": {**raw()["study"], "seed": 4}},
    "loss years": {"study": {**raw()["study"], "loss_years": 1001}},
    "regimes": {"study": {**raw()["study"], "regimes": ["court"]}},
    "first day": {"study": {**raw()["study"], "inception": "2027-04-01"}},
    "scenario": {"study": {**raw()["study"], "scenarios": ["mix_listed_2025"]}},
    "assumption": {
        "assumptions": {
            **raw()["assumptions"],
            "claims.rate.court": {"value": 0.001, "reason": "試験"},
        }
    },
}


def place(of: StudyFile, code: str = "code") -> Path:
    store = ResultStore(Path(), code)
    store.write_simulated(simulation_inputs(of), Simulated())  # writes nothing: nothing is new
    return store.path([module._SIMULATED, simulation_inputs(of)])


@pytest.mark.parametrize("changed", OTHER.values(), ids=OTHER)
def test_whatever_acts_on_the_simulation_counts(changed: dict[str, Any]) -> None:
    assert place(study(**changed)) != place(study())


def test_names_plans_and_premiums_do_not_count() -> None:
    others = [
        study(CHANGES["all"]),
        study(plan=PLANS[:2]),
        study(study={**raw()["study"], "name": "乙"}),
        study(client={**raw()["client"], "name": "乙"}),
    ]
    assert {place(one) for one in others} == {place(study())}


def test_program_data_libraries_and_processor_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = place(study())
    assert place(study(), "another") != before
    monkeypatch.setattr(module, "version", lambda name: f"another {name}")
    assert place(study()) != before


def test_another_client_is_simulated_anew(
    tmp_path: Path, simulations: list[tuple[str, int]]
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    run(store, study(), band=False)
    for name in ("records", "assumption"):
        simulations.clear()
        other = study(**OTHER[name])
        assert run(store, other, band=False) == to_json(run_study(other).document)
        assert simulations


# ---- what is spoilt, foreign or too much


def sealed(path: Path, plain: object) -> bytes:
    content = json.dumps(plain).encode()
    return module._seal_of(path, content) + b"\n" + content


def kept_part(path: Path) -> dict[str, Any]:
    part: dict[str, Any] = json.loads(path.read_bytes().split(b"\n", 1)[1])
    return part


def _first(plain: dict[str, Any], stage: str) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(plain[stage].values()))
    return found


WHOLE: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-10]),
    "a digit": lambda path: path.write_bytes(path.read_bytes().replace(b"1", b"2")),
    "pickle": lambda path: path.write_bytes(b"cos\nsystem\n(S'false'\ntR."),
    "a list": lambda path: path.write_bytes(sealed(path, [])),
    "no stages": lambda path: path.write_bytes(sealed(path, {"few years": 1})),
    "no points": lambda path: path.write_bytes(sealed(path, {"few years": {"": 1}})),
}
PART: dict[str, Callable[[dict[str, Any]], object]] = {
    "no client": lambda all_: _first(all_, "few years").update(client=1),
    "no plan": lambda all_: _first(all_, "all years")["plans"].update(x=1),
    "too few numbers": lambda all_: _facts(all_).update(packed="AAAA"),
    "no numbers": lambda all_: _facts(all_).update(packed="é!"),
    "no stage": lambda all_: all_.pop("points"),
}


def _facts(plain: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = _first(plain, "parameter draws")["client"]["facts"]
    return facts


def small() -> StudyFile:
    settings = {"name": "甲", "loss_years": 1000, "endorsements": "as_given", "regimes": ["court"]}
    return study(study=settings, plan=PLANS[2:3])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with what a run kept, and the run's ``result.json``."""
    store = ResultStore(tmp_path_factory.mktemp("made") / FOLDER, "code")
    return store.folder, run(store, small(), band=True)


def copied(folder: Path, to: Path) -> tuple[ResultStore, Path]:
    """Return a copy of what a run kept, and its file."""
    store = ResultStore(to / FOLDER, "code")
    shutil.copytree(folder, store.folder)
    (path,) = store.folder.iterdir()
    return store, path


@pytest.mark.parametrize("damage", WHOLE.values(), ids=WHOLE)
def test_a_spoilt_file_is_as_good_as_none(
    damage: Callable[[Path], object], made: tuple[Path, str], tmp_path: Path
) -> None:
    store, path = copied(made[0], tmp_path)
    assert store.read_simulated(simulation_inputs(small())).to_plain() == kept_part(path)
    damage(path)
    assert store.read_simulated(simulation_inputs(small())).to_plain() == {}


@pytest.mark.parametrize("change", PART.values(), ids=PART)
def test_a_part_that_does_not_fit_is_simulated_anew(
    change: Callable[[dict[str, Any]], object],
    made: tuple[Path, str],
    tmp_path: Path,
    simulations: list[tuple[str, int]],
) -> None:
    store, path = copied(made[0], tmp_path)
    before = path.read_bytes()
    plain = kept_part(path)
    change(plain)
    path.write_bytes(sealed(path, plain))
    assert run(store, small(), band=True) == made[1]
    assert len({name for name, _ in simulations}) == 1
    assert kept_part(path) == json.loads(before.split(b"\n", 1)[1])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_followed(made: tuple[Path, str], tmp_path: Path) -> None:
    store, path = copied(made[0], tmp_path)
    elsewhere = tmp_path / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    whole, stamp = elsewhere.read_bytes(), elsewhere.stat().st_mtime_ns
    assert run(store, small(), band=True) == made[1]
    assert not path.is_symlink() and path.read_bytes() == whole
    assert (elsewhere.read_bytes(), elsewhere.stat().st_mtime_ns) == (whole, stamp)


def test_what_is_kept_is_text_that_anybody_can_read(made: tuple[Path, str]) -> None:
    (path,) = made[0].iterdir()
    assert set(kept_part(path)) == {
        "few years", "all years", "large breaches", "parameter draws", "screening", "points",
        "sizes",
    }  # fmt: skip


def test_the_oldest_go_where_all_are_too_large_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    stage = Stage("one", str, str)

    def write(number: int) -> Path:
        simulated = Simulated()
        simulated.at(stage, [""], [], lambda places, plans: [Found("x" * 1000, {})])
        store.write_simulated(number, simulated)
        return store.path([module._SIMULATED, number])

    size = write(0).stat().st_size
    monkeypatch.setattr(module, "most_kept", lambda: module._Most(16, 3 * size))
    paths = [write(number) for number in range(5)]
    assert [path.exists() for path in paths] == [False, False, True, True, True]
    monkeypatch.setattr(module, "most_kept", lambda: module._Most(16, size - 1))
    assert not write(7).exists()
    (found,) = store.read_simulated(4).at(stage, [""], [], lambda *_: [Found("new", {})])
    assert found.client == "new"


def test_what_is_in_use_is_not_the_next_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ResultStore(tmp_path / FOLDER, "code")
    stage = Stage("one", str, str)
    monkeypatch.setattr(module, "most_kept", lambda: module._Most(2, 2**30))
    for number in range(3):
        simulated = store.read_simulated(number)
        simulated.at(stage, [""], [], lambda places, plans: [Found("x", {})])
        store.write_simulated(number, simulated)
        # Long ago, whatever the clock of the file system can tell apart; what is read is used now.
        os.utime(store.path([module._SIMULATED, number]), (number + 1, number + 1))
        store.read_simulated(0)
    exist = [store.path([module._SIMULATED, number]).exists() for number in range(3)]
    assert exist == [True, False, True]


def test_numbers_are_kept_to_the_last_bit() -> None:
    some = {"a": np.array([0.1, np.inf, -0.0]), "b": np.array([np.nan, 5e-324, 1e308])}
    kept = module.columns_of(some)
    assert len(base64.b64decode(kept.packed)) == 6 * 8
    for name, column in kept.arrays().items():
        assert column.tobytes() == some[name].tobytes()


# ---- the command


def test_the_command_takes_over_what_it_has_simulated(
    tmp_path: Path, simulations: list[tuple[str, int]]
) -> None:

    def command(premium: int, out: str) -> bytes:
        path = tmp_path / "study.toml"
        path.write_text(to_toml(raw({0: premium})), encoding="utf-8")
        folder = tmp_path / out
        argv = ["run", str(path), "--out", str(folder), "--no-band", "--formats", "json"]
        assert main(argv) == 0
        return (folder / "result.json").read_bytes()

    command(420_000, "a")
    simulations.clear()
    again = command(390_000, "a")
    assert simulations == []
    assert again == command(390_000, "b")
    assert simulations
