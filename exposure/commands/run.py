"""``exposure run``: one client from the study file to the report."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from exposure.errors import DataError, Lang, Problem, Text

if TYPE_CHECKING:
    from exposure.inputs.study_file import StudyFile


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run the study of a file."""
    return run_file(Path(args.study), args, lang)


def run_file(path: Path, args: argparse.Namespace, lang: Lang) -> int:
    """Run a study file with the options of the command line."""
    from exposure.inputs.study_file import folder_name
    from exposure.model.build import client_notes
    from exposure.output.folder import formats_of, skipped, write_folder
    from exposure.output.terminal_progress import progress_bar
    from exposure.study.run import run_study

    formats = formats_of(args.formats)
    langs: tuple[Lang, ...] = ("ja", "en") if args.lang == "both" else (args.lang,)
    settings = {
        "loss_years": whole("--loss-years", args.loss_years),
        "seed": whole("--seed", args.seed),
    }
    study = study_of(path, {name: value for name, value in settings.items() if value is not None})
    folder = Path(args.out) if args.out else Path("reports") / folder_name(study.study.name)
    if folder.exists() and not folder.is_dir():
        text = Text("フォルダを指定してください", "expected a folder")
        raise DataError(Problem("--out", "", text, args.out))
    with progress_bar(Text("模擬計算", "simulating").say(lang)) as progress:
        result = run_study(study, str(path), progress, band=args.band, workers=os.cpu_count() or 1)
    written = write_folder(folder, result.document, formats, langs)
    left_out = skipped() if args.formats is None else None
    if left_out is not None:
        print(left_out.say(lang), file=sys.stderr)
    notes = client_notes(study.client, study.in_force())
    _say_where(result.document, folder, [file.name for file in written], notes, lang)
    return 0


def study_of(path: Path, settings: dict[str, int]) -> StudyFile:
    """Read the study file, the options of the command line going before its settings."""
    from exposure.files import read_toml, shown_path
    from exposure.study.plans import checked_study

    raw = read_toml(path)
    stated = raw.get("study", {})
    if isinstance(stated, dict):
        raw["study"] = {**stated, **settings}
    return checked_study(raw, shown_path(path), path.stem)


def whole(option: str, text: str | None) -> int | None:
    """Read a whole number of the command line.

    Examples
    --------
    >>> whole("--seed", "7")
    7
    """
    if text is None:
        return None
    try:
        return int(text.replace("_", "").replace(",", ""))
    except ValueError:
        expected = Text("整数を入力してください", "expected a whole number")
        raise DataError(Problem(option, "", expected, text)) from None


def _say_where(
    document: dict[str, object], folder: Path, names: list[str], notes: list[Text], lang: Lang
) -> None:
    recommendation = document["recommendation"]
    assert isinstance(recommendation, dict)  # built by run_study
    print(recommendation["statement"][lang])
    for note in notes:
        print(note.say(lang))
    listed = ", ".join(names)
    print(
        Text(f"結果は {folder} にあります（{listed}）", f"results are in {folder} ({listed})").say(
            lang
        )
    )
    sys.stdout.flush()
