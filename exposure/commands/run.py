"""``exposure run``: one client from the study file to the report."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exposure.commands import SIMULATION, Arguments, tell
from exposure.errors import DataError, Lang, Problem, Text

if TYPE_CHECKING:
    from exposure.inputs.study_file import StudyFile
    from exposure.policy.catalogue import Catalogue
    from exposure.result.record import Result


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("study", "--out", *SIMULATION)
    to.share("--band", default=True)
    to.share("--policy")
    to.add(
        "--since",
        "前回の結果（何が、なぜ変わったかも示す）",
        "an earlier result: also say what moved since, and why",
        metavar="OLD/result.json",
    )


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run the study of a file."""
    return run_file(Path(args.study), args, lang, args.policy, args.since)


def run_file(
    path: Path,
    args: argparse.Namespace,
    lang: Lang,
    policies: Sequence[str] = (),
    since: str | None = None,
) -> int:
    """Run a study file with the options of the command line.

    Parameters
    ----------
    policies : sequence of str
        Policy files of one's own.
    since : str, optional
        File of an earlier result.
    """
    from exposure.files import check_folder
    from exposure.inputs.study_file import folder_name
    from exposure.output.folder import formats_of, skipped_formats, write_folder
    from exposure.output.terminal import progress_bar
    from exposure.result.document import FOLDER, ResultStore, code_hash
    from exposure.study.pipeline import run_study, simulation_inputs
    from exposure.study.since import earlier_result, with_since

    formats = formats_of(args.formats)
    langs: tuple[Lang, ...] = ("ja", "en") if args.lang == "both" else (args.lang,)
    stated = stated_settings(args)
    # Read before anything is computed, and before the new result may take its place.
    earlier, problems = None, list[Problem]()
    try:
        earlier = None if since is None else earlier_result(since)
    except DataError as error:
        problems += error.problems
    try:
        study = study_of(path, stated, policies)
    except DataError as error:
        raise DataError([*error.problems, *problems]) from None
    if problems:
        raise DataError(problems)
    say_notices(study, lang)
    folder = Path(args.out) if args.out else Path("reports") / folder_name(study.study.name)
    check_folder(folder)
    kept = ResultStore(folder / FOLDER, code_hash())
    inputs, simulated_from = [study.model_dump(mode="json"), args.band], simulation_inputs(study)
    found, simulated = kept.read(inputs), None
    if found is None:
        simulated = kept.read_simulated(simulated_from)
        with progress_bar(Text("模擬計算", "simulating").say(lang)) as progress:
            workers = os.cpu_count() or 1
            found = run_study(
                study, str(path), progress, band=args.band, workers=workers, simulated=simulated
            ).record
    result = found if earlier is None else with_since(found, study, earlier)
    written = write_folder(folder, result, formats, langs)
    kept.write(inputs, found)
    if simulated is not None:
        kept.write_simulated(simulated_from, simulated)
    left_out = skipped_formats() if args.formats is None else None
    if left_out is not None:
        print(left_out.say(lang), file=sys.stderr)
    _say_answer(result, folder, [file.name for file in written], lang)
    return 0


def study_of(
    path: Path, settings: Mapping[str, int] | None = None, policies: Sequence[str] = ()
) -> StudyFile:
    """Read the study file, the options of the command line going before its settings.

    Parameters
    ----------
    settings : mapping of str to int, optional
        Of the command line.
    policies : sequence of str
        Policy files of ``--policy``, in addition to those the study names.
    """
    from exposure.files import read_toml, shown_path
    from exposure.inputs.study_file import policies_of
    from exposure.policy.catalogue import read_policies
    from exposure.study.offers import check_study

    own = read_policies(policies)
    raw, where = read_toml(path), shown_path(path)
    stated = raw.get("study", {})
    if isinstance(stated, dict):
        raw["study"] = {**stated, **(settings or {})}
    if own:
        named, problems = policies_of(raw, where, path.parent)
        if not problems:
            raw["policy"] = [*named, *own]
    return check_study(raw, where, path.stem, path.parent)


def stated_settings(args: argparse.Namespace) -> dict[str, int]:
    """Return what the command line says in place of the settings of a study."""
    years, seed = whole("--loss-years", args.loss_years, "年"), whole("--seed", args.seed)
    stated = {"loss_years": years, "seed": seed}
    return {name: value for name, value in stated.items() if value is not None}


def catalogue_with(policies: Sequence[str], study: StudyFile | None = None) -> Catalogue:
    """Return the products to choose from: shipped, of ``--policy``, and of a study."""
    from exposure.policy.catalogue import read_policies
    from exposure.policy.drafts import catalogue_of

    return catalogue_of([*(study.policies if study is not None else ()), *read_policies(policies)])


def say_notices(study: StudyFile, lang: Lang) -> None:
    """Say on standard error which keys of a study decide nothing any more."""
    for notice in study.notices:
        print(notice.say(lang), file=sys.stderr)


def whole(option: str, text: str | None, counters: str = "") -> int | None:
    """Read a whole number of the command line, as people write it.

    Parameters
    ----------
    option : str
        For messages.
    text : str or None
        As stated.
    counters : str
        What the number may say that it counts, as 年.

    Examples
    --------
    >>> whole("--seed", "7"), whole("--loss-years", "5万年", "年")
    (7, 50000)
    """
    from exposure.amounts import parse_counted

    if text is None:
        return None
    try:
        return parse_counted(text.replace("_", ""), counters)
    except ValueError:
        expected = Text("整数を入力してください", "expected a whole number")
        raise DataError(Problem(option, "", expected, text)) from None


def _say_answer(result: Result, folder: Path, names: list[str], lang: Lang) -> None:
    """Print the answer in five lines, what the reader must know, and where the files are."""
    lines = result.recommendation.lines
    for line in lines.ja if lang == "ja" else lines.en:
        print(line)
    if result.since is not None:
        moved = result.since.lines
        for line in moved.ja if lang == "ja" else moved.en:
            print(line)
    for notice in result.notices:
        print(Text("注意　", "Note: ").say(lang) + notice.text.say(lang))
    listed = ", ".join(names)
    tell(lang, f"結果は {folder} にあります（{listed}）", f"results are in {folder} ({listed})")
    sys.stdout.flush()
