"""The study file (検討ファイル): one client, the plans to compare, what differs from the defaults.

Reads and checks it whole, with every problem at once. Which plans exist is left to the policy
floor, and running it to the study.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias  # Any: a mapping as read from a file

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_serializer,
    field_validator,
    model_validator,
)

from exposure.errors import DataError, Problem, Text
from exposure.files import (
    TomlFile,
    read_toml,
    read_toml_file,
    shown_path,
    toml_file_of,
    unknown_key,
)
from exposure.inputs.assumptions import (
    Assumptions,
    load_assumptions,
    override_problems,
    scenario_overrides,
    unknown_name,
)
from exposure.inputs.client import Client
from exposure.inputs.fields import as_field, printable_text, whole_number
from exposure.inputs.parameters import Override
from exposure.records import RuleError, problems_from

Regime: TypeAlias = Literal["brochure", "court"]
REGIMES: tuple[Regime, ...] = ("brochure", "court")


class StudySettings(BaseModel):
    """How to run a study (検討の設定).

    Parameters
    ----------
    name : str
        Title of the report and, made safe, its folder.
    seed : int
        Of the random streams.
    loss_years : int
        Simulated policy years with at least one event, per regime. [year]
    regimes : tuple of str
        ``brochure``, ``court`` or both, in this order.
    inception : date
        First day of the policy period.
    scenarios : tuple of str
        Named sets of assumptions of ``data/scenarios``; the study's own assumptions go before.
    endorsements : str
        ``tried`` with every plan, where they are worth their price, or as each plan has them:
        ``as_given``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, as_field("study", printable_text)]
    seed: Annotated[int, as_field("study", whole_number)]
    loss_years: Annotated[int, as_field("study", whole_number)]
    regimes: tuple[Regime, ...] = REGIMES
    inception: datetime.date
    scenarios: tuple[str, ...] = ()
    endorsements: Literal["tried", "as_given"] = "tried"

    @field_validator("inception", mode="before")
    @classmethod
    def _a_day(cls, raw: object) -> datetime.date:
        if isinstance(raw, str):
            try:
                return datetime.date.fromisoformat(raw)
            except ValueError:
                raw = None
        if not isinstance(raw, datetime.date) or isinstance(raw, datetime.datetime):
            raise RuleError("日付を YYYY-MM-DD で入力してください", "expected a date as YYYY-MM-DD")
        return raw

    @field_validator("regimes", mode="after")
    @classmethod
    def _each_once(cls, regimes: tuple[Regime, ...]) -> tuple[Regime, ...]:
        if not regimes or len(set(regimes)) < len(regimes):
            raise RuleError(
                "brochure と court の一方か両方を、1回ずつ指定してください",
                "expected brochure, court or both, once each",
            )
        return tuple(regime for regime in REGIMES if regime in regimes)


class PlanChoice(BaseModel):
    """A plan to compare (比較するプラン).

    Parameters
    ----------
    id : str
        As ``exposure plans`` lists it, with endorsements and choices appended.
    premium : int or None
        Quoted to the client. [JPY/year]
    label : str or None
        Shown instead of the plan's own name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, as_field("plan", printable_text)]
    premium: Annotated[int, as_field("plan", whole_number)] | None = None
    label: Annotated[str, as_field("plan", printable_text)] | None = None


class StudyFile(BaseModel):
    """A study as its file states it, defaults filled in (検討ファイルの内容).

    Parameters
    ----------
    study : StudySettings
        How to run it.
    client : Client
        Whom it is about.
    plans : tuple of PlanChoice
        In the order of the file; empty if the file names none, then the caller decides.
    assumptions : mapping of str to Override
        What differs from the defaults.
    policies : tuple of TomlFile
        Policy files of one's own; their wordings are checked where plans are built.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: StudySettings
    client: Client
    policies: tuple[TomlFile, ...] = Field(default=(), alias="policy")
    plans: tuple[PlanChoice, ...] = Field(default=(), alias="plan")
    assumptions: Mapping[str, Override] = Field(default_factory=dict)

    @field_serializer("policies")
    def _hashes(self, policies: tuple[TomlFile, ...]) -> list[str]:
        # Where a file stands, on which nothing depends, stays out of every hash.
        return [file.sha256 for file in policies]

    @model_validator(mode="after")
    def _no_plan_twice(self) -> StudyFile:
        named = [(plan.id, plan.label) for plan in self.plans]
        for number, plan in enumerate(named):
            if plan in named[:number]:
                raise RuleError(*plan_twice(plan[0]), "plan")
        return self

    @property
    def notices(self) -> tuple[Text, ...]:
        """What the reader of the file should know, a line each: keys that decide nothing now."""
        return (
            () if self.client.adequacy_target is None else (outdated_key("client.adequacy_target"),)
        )

    def with_policies(self, files: Iterable[TomlFile]) -> StudyFile:
        """Return the study with further policy files of one's own (約款ファイルの追加)."""
        return self.model_copy(update={"policies": (*self.policies, *files)})

    def with_settings(self, **settings: object) -> StudyFile:
        """Return the study with other settings, as its seed; they are not checked (検討の設定)."""
        return self.model_copy(update={"study": self.study.model_copy(update=settings)})

    def in_force(self) -> Assumptions:
        """Return the assumptions the study runs on: shipped, its scenarios, its overrides."""
        named = scenario_overrides(self.study.scenarios, "study", "study.scenarios")
        return load_assumptions().with_overrides({**named, **self.assumptions})


def outdated_key(key: str) -> Text:
    """Return the line that says that a key of edition 0.1 decides nothing any more.

    Examples
    --------
    >>> outdated_key("--target").en
    '--target: no longer decides; the answer goes by worth and total cost, and it is ignored'
    """
    return Text(
        f"{key}: この項目は推奨を左右しません（推奨は補償の価値と総費用で決まります）。無視します",
        f"{key}: no longer decides; the answer goes by worth and total cost, and it is ignored",
    )


def plan_twice(identifier: str) -> Text:
    """Say that a plan stands twice in a study, and how two quotations are told apart."""
    return Text(
        f"同じプランが2回あります（{identifier}）。見積りが二つなら、別々の label を付けてください",
        f'plan "{identifier}" is there twice; give two quotations different labels',
    )


def read_study(path: Path | str) -> StudyFile:
    """Read and check a study file.

    A study without a name takes that of the file; its client has none.

    Raises
    ------
    DataError
        With every problem of the file.

    Examples
    --------
    >>> from exposure.files import data_path
    >>> read_study(data_path("studies", "clinic.toml")).client.records
    100000
    """
    path = Path(path)
    return study_from_mapping(read_toml(path), shown_path(path), path.stem, path.parent)


def study_from_mapping(
    raw: Mapping[str, Any], where: str, name: str = "study", folder: Path | None = None
) -> StudyFile:
    """Check a study given as a plain mapping, laid out as the TOML file is.

    Parameters
    ----------
    raw : mapping
        With the keys ``study``, ``client``, ``plan`` (a list), ``policy`` (a list) and
        ``assumptions``.
    where : str
        What to call it in messages.
    name : str
        Of the study, if neither it nor its client has one; the client then stays without a name.
    folder : path, optional
        That policy files are named from; the working folder if left out.

    Raises
    ------
    DataError
        With every problem.

    Examples
    --------
    >>> study = study_from_mapping({"client": {"records": 3000}}, "example")
    >>> study.study.loss_years, study.study.regimes, study.plans
    (200000, ('brochure', 'court'), ())
    >>> study_from_mapping({"client": {"recrods": 3000}}, "example")
    Traceback (most recent call last):
    exposure.errors.DataError: example: client.records: required, but missing
    example: client.recrods: unknown key; did you mean "records"?
    """
    filled, problems = _with_defaults(raw, where, name)
    filled["policy"], of_policies = policies_of(raw, where, folder)
    problems += of_policies
    try:
        study = StudyFile.model_validate(filled)
    except ValidationError as error:
        raise DataError(problems_from(error, where, known=StudyFile) + problems) from None
    if problems:
        raise DataError(problems)
    try:
        study.client.with_defaults(study.in_force())
    except ValidationError as error:
        raise DataError(problems_from(error, where, "client", known=Client)) from None
    stated = raw.get("study", {})
    if study.client.name is None and isinstance(stated, Mapping) and "name" in stated:
        client = study.client.model_copy(update={"name": study.study.name})
        study = study.model_copy(update={"client": client})
    return study


_POLICY_KEYS = ("file",)


def policies_of(
    raw: Mapping[str, Any], where: str, folder: Path | None = None
) -> tuple[tuple[TomlFile, ...], list[Problem]]:
    """Read the policy files that a study names (自分の約款ファイル).

    Parameters
    ----------
    raw : mapping
        A study; each member of ``policy`` names a ``file``, is a wording laid out as one, or has
        been read already.
    where : str
        What to call the study in messages.
    folder : path, optional
        That files are named from; the working folder if left out.

    Returns
    -------
    tuple of TomlFile, list of Problem
        What could be read, and what is wrong with the rest.

    Examples
    --------
    >>> files, problems = policies_of({"policy": [{"file": "none.toml"}]}, "study.toml")
    >>> [problem.say("en") for problem in problems]
    ['study.toml: policy[1].file = "none.toml": no such file']
    """
    entries = raw.get("policy", ())
    if not isinstance(entries, list | tuple):
        text = Text(
            '[[policy]] と file = "約款.toml" の形で書いてください',
            'expected [[policy]] with file = "policy.toml"',
        )
        return (), [Problem(where, "policy", text)]
    found: list[TomlFile] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries, start=1):
        key = f"policy[{number}]"
        if isinstance(entry, TomlFile):
            found.append(entry)
        elif isinstance(entry, Mapping) and "plan" in entry:
            found.append(toml_file_of(entry, f"{where}: {key}"))
        else:
            read, wrong = _policy_file(entry, where, key, folder or Path())
            found += read
            problems += wrong
    return tuple(found), problems


def _policy_file(
    entry: object, where: str, key: str, folder: Path
) -> tuple[list[TomlFile], list[Problem]]:
    named = entry.get("file") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(named, str) or not named.strip():
        text = Text('file = "約款.toml" を書いてください', 'expected file = "policy.toml"')
        return [], [Problem(where, f"{key}.file", text)]
    problems = [
        unknown_key(where, f"{key}.{name}", name, _POLICY_KEYS)
        for name in entry
        if name not in _POLICY_KEYS
    ]
    try:
        return [read_toml_file(folder / named)], problems
    except DataError as error:
        # Under the words of the study, so that its reader finds the line.
        return [], [
            *problems,
            *(Problem(where, f"{key}.file", p.expected, named) for p in error.problems),
        ]


def _with_defaults(
    raw: Mapping[str, Any], where: str, name: str
) -> tuple[dict[str, Any], list[Problem]]:
    """Fill in what the file left out, and check its overrides against the assumptions."""
    filled = dict(raw)
    assumptions = load_assumptions()
    settings, client = raw.get("study", {}), raw.get("client")
    named, problems = _of_scenarios(settings, where)
    overrides = {**named, **_readable(raw.get("assumptions", {}))}
    problems += override_problems(overrides, where) + _misspelt(raw.get("assumptions"), where)
    if overrides and not problems:
        assumptions = assumptions.with_overrides(overrides, where)
    called = client.get("name") if isinstance(client, Mapping) else None
    if isinstance(settings, Mapping):
        filled["study"] = {
            "name": name if called is None else called,
            "seed": assumptions.whole("run.seed"),
            "loss_years": assumptions.whole("run.loss_years"),
            "inception": assumptions.date("run.inception"),
            **settings,
        }
    return filled, problems


def _of_scenarios(settings: object, where: str) -> tuple[dict[str, Override], list[Problem]]:
    """Return what the scenarios of a study set; what is no list of words is found later."""
    names = settings.get("scenarios", ()) if isinstance(settings, Mapping) else ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return {}, []
    try:
        return scenario_overrides(names, where, "study.scenarios"), []
    except DataError as error:
        return {}, list(error.problems)


def _misspelt(raw: object, where: str) -> list[Problem]:
    """Return the unknown names among the overrides that cannot be read for another reason too."""
    records, readable = load_assumptions().records, _readable(raw)
    named = [
        unknown_name(records, name, where)
        for name, override in (raw.items() if isinstance(raw, Mapping) else ())
        if name not in readable and isinstance(override, Mapping) and "value" in override
    ]
    return [problem for problem in named if problem is not None]


def _readable(raw: object) -> dict[str, Override]:
    """Return the overrides that are records at all; the others are found with the whole file."""
    found: dict[str, Override] = {}
    for name, override in raw.items() if isinstance(raw, Mapping) else ():
        try:
            found[name] = Override.model_validate(override)
        except ValidationError:
            continue
    return found


_UNSAFE = '<>:"/\\|?*'
_WIDE_SPACE = "\u3000"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_LONGEST = 60
_DIGITS = 8


def folder_name(name: str) -> str:
    """Return a folder name that is safe on every system (フォルダ名).

    A name that had to be changed gets a mark of its own, so that two different names never share a
    folder.

    Examples
    --------
    >>> folder_name("青葉クリニック")
    '青葉クリニック'
    >>> folder_name("../a/b") == folder_name(".._a_b")
    False
    """
    safe = "".join(
        c if (c.isprintable() or c == _WIDE_SPACE) and c not in _UNSAFE else "_" for c in name
    )
    ends = " ." + _WIDE_SPACE
    safe = safe.strip(ends)[:_LONGEST].rstrip(ends)
    if safe == name and safe and not _RESERVED.fullmatch(safe):
        return safe
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{safe or 'study'}-{mark}"
