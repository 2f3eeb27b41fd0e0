"""The questionnaire: what answers set, what is wrong with them, and what they do to the loss."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.model_reference import INCEPTION

from exposure.errors import DataError
from exposure.files import data_path
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.questionnaire import (
    client_fields,
    load_intake,
    questionnaire_from,
    read_questionnaire,
)
from exposure.inputs.study_file import read_study
from exposure.model.diagnosis import diagnose

AIU_SEVEN = {"records", "contents", "access", "take_out", "training", "outsourcing", "entrusted"}
SAMPLE = data_path("studies", "questionnaire.toml")


def test_the_seven_questions_of_the_brochure_are_asked() -> None:
    assert set(load_intake()) >= AIU_SEVEN
    assert all(load_intake()[name].source == "aiu_2015_10" for name in AIU_SEVEN)


def test_every_mapping_is_sourced_or_a_judgement_with_its_reason() -> None:
    for question in load_intake().values():
        assert question.field or (question.mapping == "judgement" and question.note)


def test_answers_become_client_fields() -> None:
    answers = {
        "records": "12万件", "contents": ["basic", "card"], "access": "logged",
        "take_out": "never", "training": "yearly", "authentication": "all", "updates": "prompt",
        "outsourcing": "40%", "entrusted": "none", "incidents": 2,
    }  # fmt: skip
    found, problems = client_fields(answers, "q")
    assert problems == []
    client = Client.model_validate(found)
    assert client.records == 120_000
    assert client.card_share == 1.0
    assert client.sensitive_share is None
    assert client.questionnaire_score == 1.0
    assert client.outsourced_share == 0.4
    assert client.entrusted_share == 0.0
    assert client.incidents_last_3_years == 2


def test_unanswered_controls_are_neutral() -> None:
    assert client_fields({"access": "open"}, "q")[0]["questionnaire_score"] == pytest.approx(0.4)
    assert "questionnaire_score" not in client_fields({"records": 5}, "q")[0]


def test_everything_wrong_is_said_at_once() -> None:
    raw = {
        "answers": {"records": -1, "acess": "open", "training": 3, "contents": ["gold"]},
        "extra": 1,
    }
    with pytest.raises(DataError) as caught:
        questionnaire_from(raw, "q.toml")
    lines = "\n".join(caught.value.lines("en"))
    assert "q.toml: answers.records = -1: expected a whole number" in lines
    assert 'q.toml: answers.acess: unknown key; did you mean "access"?' in lines
    assert "q.toml: answers.training = 3: expected one of yearly, once, none" in lines
    assert "q.toml: answers.contents = ['gold']: expected a list of basic, card" in lines
    assert "q.toml: extra: unknown key" in lines


def test_the_diagnosis_orders_answers_by_what_they_save() -> None:
    filled = read_questionnaire(SAMPLE)
    found = diagnose(
        filled.client, filled.answers, load_assumptions(), INCEPTION, loss_years=4000, seed=1
    )
    totals = [sum(f.at_best.annual_loss.values()) for f in found.findings]
    assert totals == sorted(totals)
    assert all(total < sum(found.now.annual_loss.values()) for total in totals)
    by_name = {finding.question: finding for finding in found.findings}
    assert by_name["authentication"].best == "all"
    # From "none" to "all" moves the score by a fifth, from "limited" to "logged" by a tenth.
    assert (
        by_name["authentication"].at_best.events_per_year
        < by_name["access"].at_best.events_per_year
    )
    assert by_name["incidents"].best == 0


def test_the_best_controls_save_no_more_than_the_bound_allows() -> None:
    base = {"records": 50_000, "access": "open", "take_out": "freely", "training": "none",
            "authentication": "none", "updates": "seldom"}  # fmt: skip
    worst = Client.model_validate(client_fields(base, "q")[0])
    assert worst.questionnaire_score == 0.0
    found = diagnose(worst, base, load_assumptions(), INCEPTION, loss_years=1000, seed=1)
    for finding in found.findings:
        assert 0 < finding.saving(found.now)["court"] < 0.3 * found.now.annual_loss["court"]


def test_the_command_writes_a_study_that_can_be_read(tmp_path: Path) -> None:
    out = tmp_path / "study.toml"
    done = subprocess.run(
        [sys.executable, "-m", "exposure.cli", "intake", str(SAMPLE), "--out", str(out), "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert document["schema"] == "exposure/intake/1"
    study = read_study(out)
    assert study.client.records == document["client"]["records"] == 20_000
    assert study.client == read_questionnaire(SAMPLE).client
    assert len(study.plans) == 3
