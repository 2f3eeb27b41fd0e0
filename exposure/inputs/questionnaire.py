"""The questionnaire of an application: what insurers ask, and what each answer sets (質問票).

Reads ``data/intake.toml`` and filled questionnaires. What the answers do to the loss is left to
the model.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any  # Any: values as read from a file, before they are checked

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from exposure.errors import DataError, Problem, Text
from exposure.files import data_path, read_toml, shown_path, unknown_key
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.fields import fields, share
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.inputs.study_file import StudyFile, study_from_mapping
from exposure.records import RuleError, problems_from

SCORE = "questionnaire_score"


class Choice(BaseModel):
    """One answer to choose (選択肢).

    Parameters
    ----------
    settings : mapping of str to float
        Client fields it sets.
    score : float or None
        What it counts in the score of the controls; 1 is best. [-]
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Text
    settings: Mapping[str, float] = Field(default_factory=dict, alias="set")
    score: float | None = Field(default=None, ge=0, le=1)

    @field_validator("settings")
    @classmethod
    def _are_client_fields(cls, settings: Mapping[str, float]) -> Mapping[str, float]:
        for name in settings:
            if name not in Client.model_fields:
                raise RuleError(f"{name} は顧客項目ではありません", f"{name} is no field")
        return settings


class Question(BaseModel):
    """One question (質問).

    Parameters
    ----------
    source, row : str
        Who asks it, and where.
    field : str
        Client field the answer goes into as it stands.
    share : str
        Client field a share may be stated for instead of a choice.
    best : int or None
        Best answer of a question without choices, if there is one.
    many : bool
        Whether several may be chosen.
    weight : float
        In the score of the controls. [-]
    mapping : str
        Source of what the answers are taken to mean; a judgement says why in ``note``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text
    source: str
    row: str
    field: str = ""
    share: str = ""
    best: int | None = None
    choices: Mapping[str, Choice] = Field(default_factory=dict, alias="choice")
    many: bool = False
    weight: float = Field(default=0.0, ge=0)
    mapping: str = ""
    note: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Question:
        if bool(self.field) == bool(self.choices):
            raise RuleError(
                "field か choice の一方を書いてください", "state either field or choice"
            )
        for name in (self.field, self.share):
            if name and name not in Client.model_fields:
                raise RuleError(f"{name} は顧客項目ではありません", f"{name} is no field")
        known = {*load_sources(), JUDGEMENT}
        if self.source not in known or (self.mapping and self.mapping not in known):
            raise RuleError("出所が data/sources.toml にありません", "not in data/sources.toml")
        if self.choices and not self.mapping:
            raise RuleError(
                "答えの読み替えの根拠を書いてください", "say on what the meaning rests", "mapping"
            )
        if self.mapping == JUDGEMENT and self.note is None:
            raise RuleError("判断の理由を書いてください", "a judgement needs its reason", "note")
        return self


@dataclass(frozen=True)
class Questionnaire:
    """A filled questionnaire, checked (記入済みの質問票).

    Parameters
    ----------
    answers : mapping of str to object
        As written; a question left out is not answered.
    study : StudyFile
        What a study file of the same client says.
    document : mapping
        The study file as plain data.
    """

    answers: Mapping[str, Any]
    client: Client
    study: StudyFile
    document: Mapping[str, Any]


@functools.cache
def load_intake() -> Mapping[str, Question]:
    """Return the questions by name, in the order asked (質問の一覧).

    Examples
    --------
    >>> load_intake()["training"].choices["yearly"].score
    1.0
    """
    path = data_path("intake.toml")
    try:
        found = TypeAdapter(dict[str, Question]).validate_python(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Question)) from None
    return MappingProxyType(found)


def read_questionnaire(path: Path | str) -> Questionnaire:
    """Read a filled questionnaire (質問票の読み取り).

    Raises
    ------
    DataError
        With every problem of the file.

    Examples
    --------
    >>> filled = read_questionnaire(data_path("studies", "questionnaire.toml"))
    >>> filled.client.records, filled.client.sensitive_share, filled.client.outsourced_share
    (20000, 1.0, 0.3)
    """
    path = Path(path)
    return questionnaire_from(read_toml(path), shown_path(path), path.stem)


def questionnaire_problems(path: Path | str) -> list[Problem]:
    """Return what is wrong with a questionnaire, without raising (``exposure check``).

    Examples
    --------
    >>> questionnaire_problems(data_path("studies", "questionnaire.toml"))
    []
    """
    try:
        read_questionnaire(path)
    except DataError as error:
        return list(error.problems)
    return []


def questionnaire_from(raw: Mapping[str, Any], where: str, name: str = "study") -> Questionnaire:
    """Check a questionnaire given as a plain mapping (質問票の検査).

    Parameters
    ----------
    raw : mapping
        With the key ``answers``; ``study``, ``plan`` and ``assumptions`` as in a study file.
    where, name : str
        What to call it in messages, and the study if it has no name.

    Raises
    ------
    DataError
        With every problem.

    Examples
    --------
    >>> filled = questionnaire_from({"answers": {"records": 500, "training": "yearly"}}, "q")
    >>> filled.client.questionnaire_score
    0.6
    >>> questionnaire_from({"answers": {"records": 500, "training": "yaerly"}}, "q")
    Traceback (most recent call last):
    exposure.errors.DataError: q: answers.training = "yaerly": expected one of yearly, once, none
    """
    known = ("answers", "study", "plan", "assumptions")
    problems = [unknown_key(where, key, key, known) for key in raw if key not in known]
    answers = raw.get("answers", {})
    if not isinstance(answers, Mapping):
        text = Text("質問と答えの表を指定してください", "expected a table of answers")
        raise DataError([*problems, Problem(where, "answers", text, answers)])
    client, wrong = client_fields(answers, where)
    problems += wrong
    study = {key: raw[key] for key in known[1:] if key in raw}
    document = {"study": {"name": name}, **study, "client": client}
    try:
        checked = study_from_mapping(document, where, name)
    except DataError as error:
        problems += [_as_question(problem) for problem in error.problems]
    if problems:
        raise DataError(problems)
    return Questionnaire(answers, checked.client, checked, document)


def _as_question(problem: Problem) -> Problem:
    """Return a problem of a client field as one of the question that sets it."""
    for name, question in load_intake().items():
        if question.field and problem.key == f"client.{question.field}":
            return Problem(problem.where, f"answers.{name}", problem.expected, problem.found)
    return problem


def client_fields(answers: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the client fields that answers set, and what is wrong with them.

    Parameters
    ----------
    answers : mapping of str to object
        By question.
    where : str
        File, for messages.

    Examples
    --------
    >>> client_fields({"records": 500, "contents": ["basic", "card"]}, "q")
    ({'records': 500, 'card_share': 1.0}, [])
    """
    questions = load_intake()
    found: dict[str, Any] = {}
    problems = [
        unknown_key(where, f"answers.{name}", name, questions)
        for name in answers
        if name not in questions
    ]
    scores: dict[str, float] = {}
    for name, question in questions.items():
        if name not in answers:
            continue
        raw = answers[name]
        try:
            if question.field:
                found[question.field] = raw
            elif question.share and _is_number(raw):
                found[question.share] = share(raw, fields("client")[question.share])
            else:
                for choice in _choices_of(question, raw):
                    found |= choice.settings
                    if choice.score is not None:
                        scores[name] = choice.score
        except RuleError as error:
            problems.append(Problem(where, f"answers.{name}", error.text, raw))
    if scores:
        found[SCORE] = _score(scores)
    return found, problems


def _is_number(raw: object) -> bool:
    if isinstance(raw, str):
        return any(character.isdigit() for character in raw)
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _choices_of(question: Question, raw: object) -> list[Choice]:
    names = raw if isinstance(raw, list | tuple) and question.many else [raw]
    if any(not isinstance(name, str) or name not in question.choices for name in names):
        listed = ", ".join(question.choices)
        several = (
            Text("次から選んでください（複数可）", "expected a list of")
            if question.many
            else (Text("次のいずれかにしてください", "expected one of"))
        )
        raise RuleError(f"{several.ja}: {listed}", f"{several.en} {listed}")
    return [question.choices[str(name)] for name in names]


def _score(scores: Mapping[str, float]) -> float:
    """Return the weighted mean over all questions on controls; those not answered are neutral."""
    neutral = load_assumptions().value("frequency.score")
    weights = {name: q.weight for name, q in load_intake().items() if q.weight}
    total = math.fsum(weight * scores.get(name, neutral) for name, weight in weights.items())
    # A score as people would write it: no digits that no answer could carry.
    return round(total / math.fsum(weights.values()), 2)
