"""``exposure check``: validate study, client, policy, assumption and case files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: TOML or JSON, not yet known to be anything

from exposure.batch.sheets import SUFFIXES
from exposure.commands import Arguments, tell
from exposure.errors import DataError, ExposureError, Lang, Problem, Text
from exposure.files import read_json, read_toml, shown_path

if TYPE_CHECKING:
    from exposure.files import TomlFile
    from exposure.policy.catalogue import Catalogue


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add("paths", "ファイルかフォルダ", "files or folders", metavar="PATH", nargs="+")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Check every file named, and all files of every folder named."""
    files = [file for path in args.paths for file in _files(Path(path))]
    notices: list[Problem] = []
    among = _catalogue(files)
    problems = [problem for file in files for problem in problems_in(file, among, notices)]
    for notice in notices:
        print(notice.say(lang), file=sys.stderr)
    if problems:
        raise DataError(problems)
    for file in files:
        _say_uncovered(file, lang)
    tell(lang, f"{len(files)}個のファイルに問題はありません。", f"{len(files)} files are good.")
    return 0


def _catalogue(files: list[Path]) -> Catalogue:
    """Return the products that cases may name: shipped, and of the policy files being checked."""
    from exposure.policy.catalogue import SHIPPED, policy_files, read_policies
    from exposure.policy.drafts import catalogue_of

    # As `os.path` has it, which goes round no circle of links.
    shipped = {os.path.realpath(path) for path in policy_files()}
    own: list[TomlFile] = []
    among = SHIPPED
    for file in files:
        if file.suffix == ".toml" and os.path.realpath(file) not in shipped:
            try:
                if _is_policy(read_toml(file)):
                    among = catalogue_of([*own, *read_policies([file])])
                    own += read_policies([file])
            except ExposureError:
                continue  # said when its turn comes
    return among


def _say_uncovered(path: Path, lang: Lang) -> None:
    """Say which heads a good policy file leaves out, and what share of a loss they are."""
    if path.suffix != ".toml" or _shipped_reader(path) or not _is_policy(read_toml(path)):
        return
    from exposure.output.content.wording import uncovered_line
    from exposure.policy.catalogue import read_product
    from exposure.policy.drafts import usual_plan
    from exposure.study.cover import breach_losses, find_uncovered

    source = read_product(path)
    for blank in source.blanks:
        print(blank.problem(shown_path(path)).say(lang))
    plan = usual_plan(source)
    if plan is not None:
        found = find_uncovered(plan, breach_losses())
        print(f"{shown_path(path)}: {uncovered_line(found, lang)}")


def _is_policy(raw: dict[str, Any]) -> bool:
    return "cover" in raw or isinstance(raw.get("plan"), dict)


def _files(path: Path) -> list[Path]:
    if os.path.isdir(path):  # noqa: PTH112  # unlike the method of a path it never raises
        found = [
            file
            for file in sorted(path.rglob("*"))
            if _is_checked(file) and not _is_hidden(file.relative_to(path))
        ]
        if not found:
            expected = Text("検査できるファイルがありません", "no file to check")
            raise DataError(Problem(str(path), "", expected))
        return found
    return [path]


def _is_hidden(place: Path) -> bool:
    """Say whether a file is hidden or in a hidden folder, as the results that are kept."""
    return any(part.startswith(".") for part in place.parts)


def _is_checked(file: Path) -> bool:
    """Say whether a file found in a folder is one to check; the reference tables are not lists."""
    if file.is_dir():
        return False
    if file.suffix.casefold() in SUFFIXES:
        return "reference" not in file.parts
    return file.suffix in (".toml", ".json")


def problems_in(
    path: Path, among: Catalogue | None = None, notices: list[Problem] | None = None
) -> list[Problem]:
    """Return everything wrong with one file, judged by what it contains.

    Parameters
    ----------
    among : Catalogue, optional
        The products that cases may name; those shipped without it.
    notices : list of Problem, optional
        What is only said is added to it.
    """
    try:
        if path.suffix == ".json":
            return _json_problems(path, among)
        if path.suffix.casefold() in SUFFIXES and (shipped := _shipped_reader(path)) is not None:
            shipped()
            return []
        if path.suffix.casefold() in SUFFIXES:
            return _client_list_problems(path, notices if notices is not None else [])
        return _toml_problems(path, read_toml(path))
    except ExposureError as error:
        return list(error.problems)


def _toml_problems(path: Path, raw: dict[str, Any]) -> list[Problem]:
    """Tell what a TOML file is by its tables, and check it as that."""
    shipped = _shipped_reader(path)
    if shipped is not None:
        shipped()
        return []
    if _is_policy(raw):
        from exposure.policy.drafts import policy_problems

        return policy_problems(path)
    if raw and all(isinstance(value, dict) and "grade" in value for value in raw.values()):
        from exposure.inputs.assumptions import assumption_problems

        return assumption_problems(path)
    problems = _other_problems(path, raw)
    if problems is not None:
        return problems
    return _study_problems(path)


def _other_problems(path: Path, raw: dict[str, Any]) -> list[Problem] | None:
    """Check a scenario, a questionnaire or the record of a fit; None if it is something else."""
    if "set" in raw and "label" in raw:
        from exposure.inputs.assumptions import scenario_problems

        return scenario_problems(path)
    if "answers" in raw:
        from exposure.inputs.questionnaire import questionnaire_problems

        return questionnaire_problems(path)
    return [] if {"survey", "fit"} == set(raw) else None


def _study_problems(path: Path) -> list[Problem]:
    from exposure.study.offers import check_study, offers_of

    study = check_study(read_toml(path), shown_path(path), path.stem, path.parent)
    offers_of(study, study.in_force(), shown_path(path))
    return []


def _client_list_problems(path: Path, notices: list[Problem]) -> list[Problem]:
    """Check a client list; tables of the shipped references are no client lists."""
    from exposure.batch.client_list import read_client_list

    found = read_client_list(path)
    notices += found.notices
    found.valid_clients()
    return []


def _shipped_reader(path: Path) -> Callable[[], object] | None:
    """Return the reader of a shipped table that is neither study, policy nor assumptions."""
    from exposure.files import data_path
    from exposure.inputs.fields import fields
    from exposure.inputs.names import causes
    from exposure.inputs.questionnaire import load_intake
    from exposure.inputs.sources import load_sources, printed_premiums
    from exposure.labels import labels
    from exposure.model.calibration import load_surveys
    from exposure.policy.form import questions
    from exposure.policy.premiums import market
    from exposure.result.document import most_kept
    from exposure.study.incidents import printed_scenarios
    from exposure.validation.checks import settings

    try:
        path = path.resolve()
    except (OSError, RuntimeError):  # a loop of links
        return None
    readers: dict[Path, Callable[[], object]] = {
        data_path("sources.toml").resolve(): load_sources,
        data_path("names.toml").resolve(): causes,
        data_path("fields.toml").resolve(): lambda: fields("client"),
        data_path("surveys.toml").resolve(): load_surveys,
        data_path("intake.toml").resolve(): load_intake,
        data_path("printed_scenarios.toml").resolve(): printed_scenarios,
        data_path("market.toml").resolve(): market,
        data_path("policy_form.toml").resolve(): questions,
        data_path("validation.toml").resolve(): settings,
        data_path("kept.toml").resolve(): most_kept,
        data_path("premiums.csv").resolve(): printed_premiums,
    }
    if path.parent == data_path("labels").resolve():
        return lambda: labels(path.stem)
    if path.parent == data_path("assumptions", "fits").resolve():
        return lambda: None  # written by `exposure calibrate`, never read: a record of its fits
    return readers.get(path)


def _json_problems(path: Path, among: Catalogue | None) -> list[Problem]:
    document = read_json(path)
    if isinstance(document, dict) and "$schema" in document:
        return []
    from exposure.policy.cases import read_cases
    from exposure.policy.catalogue import SHIPPED

    read_cases(path, among or SHIPPED)
    return []
