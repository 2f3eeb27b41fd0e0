"""The study file: what it says, what it leaves out, and everything wrong with it at once."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.refusals import problems_of

from exposure.errors import DataError
from exposure.files import data_path
from exposure.inputs.study_file import folder_name, read_study, study_from_mapping


def saved(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mystudy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lines(raw: dict[str, Any]) -> list[str]:
    with pytest.raises(DataError) as caught:
        study_from_mapping(raw, "s")
    return caught.value.lines("en")


def test_a_client_alone_is_a_study(tmp_path: Path) -> None:
    study = read_study(saved(tmp_path, "[client]\nrecords = 3000\n"))
    assert (study.study.name, study.client.name) == ("mystudy", None)
    assert study.study.seed == 20260401
    assert study.study.loss_years == 200_000
    assert study.study.regimes == ("brochure", "court")
    assert study.study.inception == datetime.date(2026, 4, 1)
    assert study.plans == ()
    assert study.in_force().value("claims.rate.brochure") == 0.1


def test_everything_stated_is_read(tmp_path: Path) -> None:
    study = read_study(
        saved(
            tmp_path,
            """
            [study]
            name = "青葉"
            seed = 0
            loss_years = "1万"
            regimes = ["court"]
            inception = 2027-01-01
            [client]
            records = "１０万"
            [[plan]]
            id = "nipponkoa_2006/F"
            premium = 420_000
            label = "F型"
            [[plan]]
            id = "aiu_2015@limit=300000000"
            [assumptions]
            "claims.rate.brochure" = { value = 0.05, reason = "顧問弁護士の見解" }
            """,
        )
    )
    assert (study.study.name, study.study.seed, study.study.loss_years) == ("青葉", 0, 10_000)
    assert study.study.regimes == ("court",)
    assert study.study.inception == datetime.date(2027, 1, 1)
    assert study.client.records == 100_000
    assert [plan.id for plan in study.plans] == ["nipponkoa_2006/F", "aiu_2015@limit=300000000"]
    assert (study.plans[0].premium, study.plans[1].premium) == (420_000, None)
    assert study.in_force().value("claims.rate.brochure") == 0.05


def test_the_client_name_names_the_study_where_it_has_none() -> None:
    study = study_from_mapping({"client": {"records": 1, "name": "青葉"}}, "s")
    assert study.study.name == "青葉"
    named = study_from_mapping({"study": {"name": "青葉"}, "client": {"records": 1}}, "s")
    assert named.client.name == "青葉"
    both = study_from_mapping(
        {"study": {"name": "検討A"}, "client": {"records": 1, "name": "青葉"}}, "s"
    )
    assert (both.study.name, both.client.name) == ("検討A", "青葉")


def test_regimes_come_in_one_order() -> None:
    raw = {"study": {"regimes": ["court", "brochure"]}, "client": {"records": 1}}
    assert study_from_mapping(raw, "s").study.regimes == ("brochure", "court")


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("claims.rate.brochure", "5%", 0.05),
        ("claims.rate.brochure", 5, 0.05),
        ("claims.rate.brochure", "0.05", 0.05),
        ("claims.rate.brochure", 1, 1.0),
        ("run.loss_years", "5万", 50_000.0),
        ("run.loss_years", np.int64(5000), 5000.0),
    ],
)
def test_assumptions_are_read_as_people_write_them(
    name: str, written: object, value: float
) -> None:
    raw = {"client": {"records": 1}, "assumptions": {name: {"value": written, "reason": "x"}}}
    assert study_from_mapping(raw, "s").in_force().value(name) == value


@pytest.mark.parametrize("written", [1.5, "150%", "half", 101])
def test_a_probability_that_is_none_is_refused(written: object) -> None:
    stated = {"claims.rate.brochure": {"value": written, "reason": "x"}}
    (line,) = lines({"client": {"records": 1}, "assumptions": stated})
    assert line.endswith("expected a number in [0, 1]")


def test_endorsements_are_tried_unless_the_study_takes_plans_as_given() -> None:
    raw: dict[str, Any] = {"client": {"records": 1}}
    assert study_from_mapping(raw, "s").study.endorsements == "tried"
    given = {**raw, "study": {"endorsements": "as_given"}}
    assert study_from_mapping(given, "s").study.endorsements == "as_given"
    (line,) = lines({**raw, "study": {"endorsements": "none"}})
    assert line == 's: study.endorsements = "none": expected one of "tried", "as_given"'


def test_a_key_that_no_longer_decides_is_read_with_one_line_that_says_so() -> None:
    assert study_from_mapping({"client": {"records": 1}}, "s").notices == ()
    old = study_from_mapping({"client": {"records": 1, "adequacy_target": "95%"}}, "s")
    assert old.client.adequacy_target == 0.95
    (notice,) = old.notices
    assert notice.en.startswith("client.adequacy_target: no longer decides")


def test_an_override_of_a_run_setting_is_the_default_of_the_study() -> None:
    raw = {
        "client": {"records": 1},
        "assumptions": {"run.loss_years": {"value": 5000, "reason": "速報"}},
    }
    assert study_from_mapping(raw, "s").study.loss_years == 5000


def test_all_problems_come_at_once() -> None:
    found = lines(
        {
            "studdy": {},
            "study": {"nmae": "x", "seed": -1, "loss_years": 10, "regimes": ["cort"]},
            "client": {"records": -5, "card_share": 1.2, "reveneu": 3},
            "plan": [{"id": "a", "premium": -3}, {"premium": 3}],
            "assumptions": {
                "claims.rate.brochur": {"value": 0.05, "reason": "x"},
                "claims.kappa": 3,
                "frequency.m.extrnal": {"value": 1, "reason": ""},
            },
        }
    )
    expected = [
        "s: study.seed = -1: expected a whole number from 0",
        "s: study.loss_years = 10: expected a whole number of years from 1,000 to 100,000,000",
        's: study.regimes[1] = "cort": expected one of "brochure", "court"',
        's: study.nmae: unknown key; did you mean "name"?',
        "s: client.records = -5: expected a whole number of persons from 1 to 1,000,000,000",
        "s: client.card_share = 1.2: expected a share in [0, 1]",
        's: client.reveneu: unknown key; did you mean "revenue"?',
        "s: plan[1].premium = -3: expected a whole number of JPY from 0",
        "s: plan[2].id: required, but missing",
        's: assumptions."claims.kappa" = 3: expected { value = ..., reason = "..." }',
        's: assumptions."frequency.m.extrnal".reason = "": state the reason for the change',
        's: studdy: unknown key; did you mean "study"?',
        's: assumptions."claims.rate.brochur": unknown key; did you mean "claims.rate.brochure"?',
        's: assumptions."frequency.m.extrnal": unknown key; did you mean "frequency.m.external"?',
    ]
    assert len(found) == len(expected)
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ({}, "s: client: required, but missing"),
        ({"client": 3}, "s: client = 3: expected a table of keys and values"),
        ({"client": {"records": 1}, "study": []}, "s: study = []: expected a table"),
        ({"client": {"records": 1}, "study": {"name": "a\nb"}}, "remove line breaks"),
        ({"client": {"records": 1}, "study": {"name": ""}}, "not blank"),
        ({"client": {"records": 1}, "study": {"name": 5}}, "expected text in quotes"),
        ({"client": {"records": 1}, "study": {"seed": 2**64}}, "s: study.seed = "),
        ({"client": {"records": 1}, "study": {"seed": True}}, "s: study.seed = True"),
        ({"client": {"records": 1}, "study": {"loss_years": 1e12}}, "s: study.loss_years"),
        ({"client": {"records": 1}, "study": {"regimes": []}}, "brochure, court or both"),
        ({"client": {"records": 1}, "study": {"regimes": ["court", "court"]}}, "once each"),
        ({"client": {"records": 1}, "study": {"regimes": "court"}}, "expected a list in [ ]"),
        ({"client": {"records": 1}, "study": {"inception": "soon"}}, "expected a date"),
        ({"client": {"records": 1}, "plan": {"id": "a"}}, "s: plan = {'id': 'a'}: expected a list"),
        ({"client": {"records": 1}, "plan": [{"id": "a"}, {"id": "a"}]}, '"a" is there twice'),
        ({"client": {"records": 1}, "plans": []}, 'did you mean "plan"?'),
        ({"client": {"records": 1}, "assumptions": []}, "s: assumptions = []: expected a table"),
        (
            {"client": {"records": 1}, "assumptions": {"claims": {"rate": {"value": 1}}}},
            'put the whole name in quotes, as "claims.rate.brochure"',
        ),
        (
            {
                "client": {"records": 1, "employee_share": 0.9},
                "assumptions": {"client.officer_share": {"value": 0.2, "reason": "x"}},
            },
            "must sum to 1 or less",
        ),
    ],
)  # fmt: skip
def test_each_problem_is_one_line(raw: dict[str, Any], line: str) -> None:
    (found,) = lines(raw)
    assert line in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[study]\nname = "x\n', "not valid TOML"),
        ("[client]\nrecords = 1\n[client]\n", "not valid TOML"),
        ("", "client: required, but missing"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    (problem,) = problems_of(read_study, saved(tmp_path, text))
    assert line in problem.say("en")


def test_a_missing_file_and_a_folder_are_one_line(tmp_path: Path) -> None:
    (missing,) = problems_of(read_study, tmp_path / "none.toml")
    assert missing.say("en").endswith("none.toml: no such file")
    (folder,) = problems_of(read_study, tmp_path)
    assert "expected a file, found a folder" in folder.say("en")


def test_messages_exist_in_japanese() -> None:
    with pytest.raises(DataError) as caught:
        study_from_mapping({"client": {"records": 0}}, "s.toml")
    assert caught.value.lines("ja") == [
        "s.toml: client.records = 0: 1以上1,000,000,000以下の整数（人）にしてください"
    ]


SAMPLES = sorted(
    set(data_path("studies").glob("*.toml")) - {data_path("studies", "questionnaire.toml")}
)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_the_samples_are_good_studies(path: Path) -> None:
    study = read_study(path)
    assert study.plans


def test_the_demo_is_the_clinic_of_the_documentation() -> None:
    study = read_study(data_path("studies", "clinic.toml"))
    assert study.study.name == "青葉クリニック"
    assert (study.study.seed, study.study.loss_years) == (20260401, 200_000)
    assert study.client.records == 100_000
    assert study.client.industry == "medical_welfare"
    assert study.client.revenue == 500_000_000
    assert study.client.history == 0
    premiums = {plan.id: plan.premium for plan in study.plans if plan.premium is not None}
    assert premiums == {"nipponkoa_2006/F": 420_000}


@pytest.mark.parametrize("name", ["青葉クリニック", "A & B", "株式会社　青葉", "x.y", "😀"])
def test_a_safe_name_is_its_own_folder(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../../etc", "a/b", "a\\b", ".hidden", "a.", "C:", "con", "NUL.txt",
     "a\nb", "a\x00", "あ" * 200, "\u202eabc", "\ud800"],
)  # fmt: skip
def test_an_unsafe_name_is_made_safe(name: str, tmp_path: Path) -> None:
    folder = folder_name(name)
    assert folder not in (name, "", ".", "..")
    assert not set(folder) & set('/\\:*?"<>|\n\x00')
    assert not folder.startswith(".")
    assert len(folder.encode("utf-8")) <= 255
    (tmp_path / folder).mkdir()
    assert (tmp_path / folder).parent == tmp_path


def test_different_names_never_share_a_folder() -> None:
    names = ["a/b", "a\\b", "a_b", "a:b", "あ" * 100, "あ" * 101, "", " "]
    assert len({folder_name(name) for name in names}) == len(names)
