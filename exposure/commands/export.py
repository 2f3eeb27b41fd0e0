"""``exposure export``: the year–event, year and exceedance tables of a study."""

from __future__ import annotations

import argparse
from pathlib import Path

from exposure.commands import Arguments, tell
from exposure.commands.run import say_notices, stated_settings, study_of
from exposure.errors import Lang, Text


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("study", "--policy")
    to.add("--out", "出力フォルダ", "folder for the tables", metavar="DIR", required=True)
    to.add("--format", "形式", "format", choices=("csv", "parquet"), default="csv")
    to.share("--loss-years", "--seed")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Write the tables of a study, all of them or none."""
    from exposure.files import check_folder
    from exposure.output.terminal import progress_bar
    from exposure.study.answer import prepare
    from exposure.study.table_files import export_study, require, with_most_years

    stated = stated_settings(args)
    require(args.format)
    path, folder = Path(args.study), Path(args.out)
    check_folder(folder)
    study = study_of(path, stated, args.policy)
    say_notices(study, lang)
    whole_study = study.study.loss_years
    if args.loss_years is None:
        study = with_most_years(study)
    with progress_bar(Text("書き出し", "exporting").say(lang)) as progress:
        written = export_study(prepare(study, str(path)), folder, args.format, progress)
    names = ", ".join(file.name for file in written)
    tell(lang, f"{folder} に書き出しました（{names}）", f"written to {folder} ({names})")
    years = study.study.loss_years
    if years < whole_study:
        tell(
            lang,
            f"事故のある保険年度 {years:,}年分です。検討と同じ{whole_study:,}年分は"
            f" --loss-years {whole_study} で書き出せます",
            f"{years:,} loss years; --loss-years {whole_study} writes as many as the study has",
        )
    return 0
