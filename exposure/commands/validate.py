"""``exposure validate``: the validation of the model as a report."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from exposure.commands import Arguments, tell
from exposure.errors import Lang, Text


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("--out")
    full = "回数を増やして詳しく検証（約10分）", "more repeats (about ten minutes)"
    to.add("--full", *full, action="store_true")
    to.share("--seed")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run every check; 1 if the program contradicts an exact figure, 0 even if back-tests miss."""
    from exposure.commands.run import whole
    from exposure.files import check_folder, to_json, write_together
    from exposure.inputs.assumptions import load_assumptions
    from exposure.labels import label
    from exposure.output.content.validation_report import validation_report
    from exposure.output.html import page_of
    from exposure.output.terminal import progress_bar
    from exposure.validation.overview import failures, validation_document

    assumptions = load_assumptions()
    stated = whole("--seed", args.seed)
    seed = assumptions.whole("run.seed") if stated is None else stated
    folder = Path(args.out or Path("reports") / "validation")
    check_folder(folder)
    profile = "full" if args.full else "fast"
    with progress_bar(Text("検証", "validating").say(lang)) as progress:
        document = validation_document(assumptions, profile, seed, progress, os.cpu_count() or 1)
    files = {
        "validation.json": to_json(document).encode("utf-8"),
        "validation.html": page_of(validation_report(document, lang), {}).encode("utf-8"),
    }
    write_together(folder, files)
    for section, count in document["summary"].items():
        name = label("validation", section, lang)
        print(f"{name}: {count['inside']} / {count['checks']}")
    missed = Text("外れた照合", "misses").say(lang)
    for test in document["back_tests"]:
        if test["counted"] and not test["inside"]:
            print(f"{missed}: {test['title'][lang]}")
    wrong = failures(document)
    for check in wrong:
        print(f"{check['title'][lang]} {check['detail']}: {check['observed']}")
    where = folder / "validation.html"
    tell(lang, f"検証報告書は {where} にあります", f"the report is in {where}")
    return 1 if wrong else 0
