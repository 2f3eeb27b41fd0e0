"""Where cover ends and what disputes are worth, as a study and a reader see it."""

from __future__ import annotations

import json

import pytest

from exposure.cli import main
from exposure.files import data_path
from exposure.inputs.study_file import study_from_mapping
from exposure.study.pipeline import run_study

STUDY = {
    "study": {"loss_years": 4000, "seed": 5},
    "client": {"records": 100_000},
    "plan": [{"id": "aiu_2015@limit=300000000"}, {"id": "sompo_alive_leak_limited"}],
}


@pytest.fixture(scope="module")
def regimes() -> dict[str, dict[str, object]]:
    return run_study(study_from_mapping(STUDY, "study")).document["regimes"]


@pytest.mark.parametrize("regime", ["brochure", "court"])
def test_covered_capped_and_excluded_add_up_to_the_loss(regimes, regime: str) -> None:
    gaps = regimes[regime]["cover"]["gaps"]
    for line in (*gaps["heads"], *gaps["causes"], *(line["tail"] for line in gaps["heads"])):
        parts = line["covered"] + line["capped"] + line["excluded"]
        assert parts == pytest.approx(line["loss"], rel=1e-9, abs=1e-6)


def test_heads_and_causes_are_two_views_of_one_loss(regimes) -> None:
    gaps = regimes["brochure"]["cover"]["gaps"]
    by_head = sum(line["loss"] for line in gaps["heads"])
    assert by_head == pytest.approx(sum(line["loss"] for line in gaps["causes"]), rel=1e-9)
    # One block holds all years of so short a study, so the mean is that of the study.
    mean = regimes["brochure"]["ground_up"]["annual"]["mean"]["value"]
    assert by_head == pytest.approx(mean, rel=1e-9)


def test_covered_is_what_the_plan_pays(regimes) -> None:
    view = regimes["court"]
    gaps = view["cover"]["gaps"]
    plan = next(one for one in view["plans"] if one["id"] == gaps["plan"])
    covered = sum(line["covered"] for line in gaps["heads"])
    assert covered == pytest.approx(plan["paid"]["annual"]["mean"]["value"], rel=1e-6)


def test_the_kinder_reading_of_a_limit_per_accident_never_pays_less(regimes) -> None:
    for view in regimes.values():
        worth = {(one["product"], one["code"]): one["worth"] for one in view["cover"]["disputes"]}
        assert worth["sompo_alive_leak_limited", "S-1"] >= 0
        assert worth["aiu_2015", "A-10"] > 0


def test_show_says_what_a_dispute_is_worth_to_a_client(tmp_path, capsys) -> None:
    path = tmp_path / "study.toml"
    path.write_text("[study]\nloss_years = 2000\n[client]\nrecords = 100000\n", encoding="utf-8")
    assert main(["show", "sompo_alive_leak_limited", "--study", str(path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    codes = [one["code"] for one in shown["disputes"]["brochure"]]
    assert codes == ["S-1", "S-2", "S-4"]
    assert main(["show", "sompo_alive_leak_limited", "--study", str(path)]) == 0
    assert "@reading.S-1=per_event" in capsys.readouterr().out


def test_show_refuses_a_study_that_is_not_there(capsys) -> None:
    missing = str(data_path("studies", "no_such.toml"))
    assert main(["show", "nipponkoa_2006/F", "--study", missing]) == 2
    assert capsys.readouterr().out == ""
