"""What is kept beside a result saves the simulation and changes no byte."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import result_sample

import exposure
from exposure.cli import main
from exposure.files import data_path, read_toml
from exposure.inputs.study_file import study_from_mapping
from exposure.result import document as module
from exposure.result.document import FOLDER, ResultStore, result_from, to_plain
from exposure.study import pipeline

MOST_FILES = read_toml(data_path("kept.toml"))["most_files"]
STUDY = """
[study]
name = "甲"
loss_years = 1000
[client]
records = 5000
revenue = 500_000_000
[[plan]]
id = "nipponkoa_2006/B"
premium = 300_000
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of the studies simulated so far."""
    names: list[str] = []
    real = pipeline.run_study

    def counted(study: Any, *args: Any, **options: Any) -> pipeline.StudyResult:
        names.append(study.study.name)
        return real(study, *args, **options)

    monkeypatch.setattr(pipeline, "run_study", counted)
    yield names


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def made(study: Path, out: Path, *options: str) -> dict[str, bytes]:
    argv = ["run", str(study), "--out", str(out), "--no-band", *options]
    assert main(argv) == 0
    return files(out)


def test_another_language_or_format_is_not_simulated_again(
    study: Path, tmp_path: Path, simulated: list[str]
) -> None:
    made(study, tmp_path / "out", "--formats", "json")
    again = made(study, tmp_path / "out", "--formats", "html,xlsx", "--lang", "both")
    assert simulated == ["甲"]
    assert again == made(study, tmp_path / "fresh", "--formats", "html,xlsx", "--lang", "both")
    assert simulated == ["甲", "甲"]


def test_a_rerun_tells_what_moved_since_without_simulating_the_study_again(
    study: Path, tmp_path: Path, simulated: list[str]
) -> None:
    old = tmp_path / "old.toml"
    old.write_text(STUDY.replace("5000", "4000"), encoding="utf-8")
    made(old, tmp_path / "before", "--formats", "json")
    since = ("--formats", "json", "--since", str(tmp_path / "before" / "result.json"))
    first = made(study, tmp_path / "out", *since)
    assert "since" in json.loads(first["result.json"])
    assert made(study, tmp_path / "out", *since) == first
    # What is kept is the study alone.
    assert "since" not in json.loads(
        made(study, tmp_path / "out", "--formats", "json")["result.json"]
    )
    assert len(simulated) == 2


def test_what_is_kept_is_hidden_and_can_be_deleted(
    study: Path, tmp_path: Path, simulated: list[str]
) -> None:
    out = tmp_path / "out"
    first = made(study, out, "--formats", "json")
    assert sorted(path.name for path in out.iterdir()) == [FOLDER, "result.json"]
    assert FOLDER.startswith(".")
    shutil.rmtree(out / FOLDER)
    assert made(study, out, "--formats", "json") == first
    assert len(simulated) == 2


def only(folder: Path) -> Path:
    (path,) = (folder / FOLDER).iterdir()
    return path


def of_result(folder: Path) -> Path:
    """The file of the result, beside that of what was simulated."""
    (path,) = (one for one in (folder / FOLDER).iterdir() if b'"schema"' in one.read_bytes())
    return path


def test_a_broken_file_costs_a_simulation_and_is_mended(
    study: Path, tmp_path: Path, simulated: list[str]
) -> None:
    out = tmp_path / "out"
    first = made(study, out, "--formats", "json")
    whole = of_result(out).read_bytes()
    of_result(out).write_bytes(whole[:-10])
    assert made(study, out, "--formats", "json") == first
    assert len(simulated) == 2
    assert of_result(out).read_bytes() == whole


def sealed(path: Path, content: bytes) -> bytes:
    return module._seal_of(path, content) + b"\n" + content


def with_value(key: str, value: object) -> Callable[[Path, bytes], bytes]:
    def change(path: Path, content: bytes) -> bytes:
        return sealed(path, json.dumps({**json.loads(content), key: value}).encode())

    return change


@pytest.mark.parametrize(
    "damaged",
    [
        lambda path, content: b"",
        lambda path, content: content,
        lambda path, content: sealed(path, content)[:-10],
        lambda path, content: sealed(path, content).replace(b"1", b"2"),
        lambda path, content: sealed(path.with_name("another.json"), content),
        lambda path, content: sealed(path, b"not JSON"),
        lambda path, content: sealed(path, b"[" * 100_000),
        lambda path, content: sealed(path, b"\xff\xfe"),
        lambda path, content: sealed(path, b"[]"),
        lambda path, content: sealed(path, b'{"schema": "exposure/result/2"}'),
        lambda path, content: b"cos\nsystem\n(S'false'\ntR.",
        with_value("schema", "exposure/result/3"),
        with_value("regimes", 1),
    ],
)
def test_what_is_damaged_or_foreign_is_as_good_as_none(
    tmp_path: Path, damaged: Callable[[Path, bytes], bytes]
) -> None:
    kept, result = ResultStore(tmp_path / FOLDER, "code"), result_sample.build()
    kept.write("one", result)
    path = kept.path("one")
    assert kept.read("one") == result_from(to_plain(result))
    content = path.read_bytes().split(b"\n", 1)[1]
    assert path.read_bytes() == sealed(path, content)
    path.write_bytes(damaged(path, content))
    assert kept.read("one") is None


def test_a_folder_that_cannot_be_written_keeps_nothing(
    study: Path, tmp_path: Path, simulated: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / FOLDER).write_bytes(b"in the way")
    first = made(study, out, "--formats", "json")
    assert made(study, out, "--formats", "json") == first
    assert len(simulated) == 2
    assert capsys.readouterr().err == ""
    assert (out / FOLDER).read_bytes() == b"in the way"


def in_the_way(path: Path, kind: str, elsewhere: Path) -> None:
    """Put something in the place of a file that is kept."""
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "nowhere":
        path.symlink_to(elsewhere / "gone")
    elif kind == "hole":
        with path.open("wb") as stream:
            stream.truncate(5 * 2**30)
    elif kind == "closed":
        path.write_bytes(b"")
        path.chmod(0)
    else:
        path.symlink_to("/dev/zero" if kind == "device" else elsewhere / "other.json")


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
@pytest.mark.parametrize(
    "kind", ["folder", "pipe", "loop", "nowhere", "hole", "closed", "device", "link"]
)
def test_what_is_no_file_of_results_is_neither_read_nor_followed(kind: str, tmp_path: Path) -> None:
    kept, result = ResultStore(tmp_path / FOLDER, "code"), result_sample.build()
    kept.write("one", result)
    path = kept.path("one")
    (tmp_path / "other.json").write_bytes(path.read_bytes())  # whole: only the link is wrong
    before = (tmp_path / "other.json").read_bytes()
    in_the_way(path, kind, tmp_path)
    assert kept.read("one") is None
    kept.write("one", result)
    assert sorted(one.name for one in tmp_path.iterdir()) == [FOLDER, "other.json"]
    assert (tmp_path / "other.json").read_bytes() == before
    if kind == "folder":
        assert kept.read("one") is None and path.is_dir()
    else:
        assert kept.read("one") == result_from(to_plain(result))
        assert stat.S_ISREG(path.lstat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = ResultStore(tmp_path / "elsewhere", "code")
    elsewhere.write("one", result_sample.build())
    (tmp_path / FOLDER).symlink_to(tmp_path / "elsewhere")
    kept = ResultStore(tmp_path / FOLDER, "code")
    assert kept.read("one") is None
    kept.write("two", result_sample.build("乙"))
    assert [path.name for path in elsewhere.folder.iterdir()] == [elsewhere.path("one").name]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no numbers of users there")
@pytest.mark.parametrize("whose", ["folder", "file"])
def test_what_belongs_to_another_user_is_not_believed(
    whose: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ResultStore(tmp_path / FOLDER, "code")
    kept.write("one", result_sample.build())
    place = kept.folder if whose == "folder" else kept.path("one")
    real = Path.lstat

    def of_another(self: Path) -> os.stat_result:
        status = real(self)
        if self != place:
            return status
        return os.stat_result((*status[:4], status.st_uid + 1, *status[5:]))

    monkeypatch.setattr(Path, "lstat", of_another)
    assert kept.read("one") is None
    kept.write("two", result_sample.build("乙"))
    assert kept.path("two").exists() == (whose == "file")


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    kept = ResultStore(tmp_path / FOLDER, "code")
    kept.folder.mkdir()
    others = {f"{number}.json" for number in range(MOST_FILES + 3)} | {"a.txt"}
    for name in others:
        (kept.folder / name).write_text("{}")
        os.utime(kept.folder / name, (0, 0))
    (kept.folder / f"{'0' * 64}.json").mkdir()  # cannot be deleted as a file
    for number in range(MOST_FILES + 2):
        kept.write(number, result_sample.build())
    left = {path.name for path in kept.folder.iterdir() if path.is_file()}
    assert others <= left and len(left - others) == MOST_FILES


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    kept = ResultStore(tmp_path / FOLDER, "code")
    results = [result_sample.build(f"甲{number}") for number in range(MOST_FILES + 3)]
    for number, result in enumerate(results):
        kept.write(number, result)
        os.utime(kept.path(number), (number, number))
    left = [kept.read(number) for number in range(len(results))]
    assert [to_plain(one) for one in left if one is not None] == [
        to_plain(one) for one in results[3:]
    ]
    assert len(list(kept.folder.iterdir())) == MOST_FILES


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = ResultStore(tmp_path / FOLDER, "code")
    kept.write("one", result_sample.build())
    size = kept.path("one").stat().st_size
    monkeypatch.setattr(module, "most_kept", lambda: module._Most(1, size))
    assert kept.read("one") is not None
    monkeypatch.setattr(module, "most_kept", lambda: module._Most(1, size - 1))
    assert kept.read("one") is None


@pytest.mark.skipif(os.name == "nt", reason="no masks there")
def test_the_mask_of_the_user_holds(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        ResultStore(tmp_path / FOLDER, "code").write("one", result_sample.build())
    finally:
        os.umask(before)
    assert stat.S_IMODE(only(tmp_path).stat().st_mode) == 0o640


# ---- what the name of a file hangs on

WHOLE: dict[str, Any] = {
    "study": {"name": "甲", "seed": 1, "loss_years": 1000, "regimes": ["court"]},
    "client": {"records": 5000, "industry": "medical", "revenue": 10**9},
    "plan": [{"id": "nipponkoa_2006/B", "premium": 300_000, "label": "見積り"}],
    "assumptions": {"claims.rate.brochure": {"value": 0.05, "reason": "助言"}},
}
OTHER: dict[tuple[str | int, ...], Any] = {
    ("study", "name"): "乙",
    ("study", "seed"): 2,
    ("study", "loss_years"): 1001,
    ("study", "regimes"): ["brochure"],
    ("study", "inception"): "2027-04-01",
    ("study", "endorsements"): "as_given",
    ("client", "records"): 5001,
    ("client", "industry"): "retail",
    ("client", "revenue"): 10**9 + 1,
    ("client", "employees"): 41,
    ("client", "incidents_last_3_years"): 1,
    ("client", "liquidity"): 10**7,
    ("plan", 0, "id"): "nipponkoa_2006/C",
    ("plan", 0, "premium"): 300_001,
    ("plan", 0, "label"): "別の見積り",
    ("assumptions", "claims.rate.brochure", "value"): 0.06,
    ("assumptions", "claims.rate.brochure", "reason"): "別の助言",
}


def with_other(place: tuple[str | int, ...], value: object) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(WHOLE))
    node: Any = whole
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = value
    return whole


def key_of(raw: dict[str, Any]) -> Path:
    return ResultStore(Path(), "code").path(study_from_mapping(raw, "test").model_dump(mode="json"))


@pytest.mark.parametrize("place", OTHER, ids=lambda place: ".".join(map(str, place)))
def test_every_input_counts(place: tuple[str | int, ...]) -> None:
    assert key_of(with_other(place, OTHER[place])) != key_of(WHOLE)


def test_a_policy_file_counts_by_what_it_says_not_where_it_stands(tmp_path: Path) -> None:
    text = (module.data_path() / "policies" / "nipponkoa_2006.toml").read_text("utf-8")
    text = text.replace("nipponkoa_2006", "own")
    keys = []
    for place, said in (("a", text), ("b", text), ("c", text + "\n# changed\n")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "own.toml").write_text(said, encoding="utf-8")
        policy = [{"file": str(tmp_path / place / "own.toml")}]
        keys.append(key_of({**WHOLE, "policy": policy}))
    assert keys[0] == keys[1]
    assert keys[2] != keys[0]


def test_libraries_and_processor_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(WHOLE)
    monkeypatch.setattr(module, "version", lambda name: f"another {name}")
    assert key_of(WHOLE) != before


def test_data_code_and_version_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "data"
    shutil.copytree(module.data_path(), copy)
    monkeypatch.setattr(module, "data_path", lambda: copy)
    found = [module.code_hash()]
    changed = copy / "assumptions" / "claims.toml"
    changed.write_bytes(changed.read_bytes() + b"\n")
    found.append(module.code_hash())
    monkeypatch.setattr(exposure, "__version__", "999")
    found.append(module.code_hash())
    assert len(set(found)) == len(found)
    assert len({ResultStore(Path(), one).path("inputs") for one in found}) == len(found)
