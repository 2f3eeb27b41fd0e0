"""``exposure calibrate``: fit the published tables again and store what comes out."""

from __future__ import annotations

import argparse
from pathlib import Path

from exposure.commands import Arguments, tell
from exposure.errors import Lang

_HEADING = (
    "exposure calibrate が data/surveys.toml と data/reference から計算した結果。"
    "手で書き換えず、計算し直す。"
)


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.add(
        "--out", "data と同じ構成の出力先", "folder laid out as data", metavar="DIR", required=True
    )


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Write the fits and the cause mixes below a folder laid out as ``data``."""
    from exposure.files import check_folder, to_toml, write_together
    from exposure.inputs.assumptions import load_assumptions
    from exposure.model.calibration import documents

    check_folder(args.out)
    assumptions = load_assumptions()
    found = documents(assumptions, assumptions.value("size.residents"))
    files = {name: to_toml(document, _HEADING).encode("utf-8") for name, document in found.items()}
    written = write_together(Path(args.out), files)
    for path in written:
        print(path)
    tell(lang, f"{len(written)}個のファイルを書きました。", f"{len(written)} files written.")
    return 0
