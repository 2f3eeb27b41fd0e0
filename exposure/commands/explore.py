"""``exposure explore``: the live explorer in the browser."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path

from exposure.commands import Arguments
from exposure.commands.run import catalogue_with, study_of, whole
from exposure.errors import DataError, Lang, Problem, Text


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    study = "検討ファイル（省略すると見本）", "study file (the sample if left out)"
    to.add("study", *study, metavar="STUDY.toml", nargs="?")
    to.add("--port", "ポート番号", "port", metavar="N")
    to.add("--no-browser", "ブラウザを開かない", "open no browser", action="store_true")
    to.share("--policy")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Serve the explorer of a study on this computer until it is stopped."""
    from exposure.files import notebook_path, shown_path

    if importlib.util.find_spec("voila") is None:
        extra = "pip install 'breach-exposure[notebook]'"
        text = Text(f"{extra} を実行してください", f"run {extra}")
        raise DataError(Problem("exposure explore", "", text))
    notebook = notebook_path("explorer.ipynb")
    if not notebook.is_file():
        text = Text("ノートブックがありません", "the notebook is missing")
        raise DataError(Problem(shown_path(notebook), "", text))
    os.environ["EXPOSURE_LANG"] = lang
    os.environ.pop("EXPOSURE_STUDY", None)
    os.environ.pop("EXPOSURE_POLICIES", None)
    if args.study is not None:
        from exposure.study.answer import prepare

        # What is wrong is said here rather than in the browser.
        prepare(study_of(Path(args.study), policies=args.policy))
        os.environ["EXPOSURE_STUDY"] = str(Path(args.study).absolute())
    if args.policy:
        catalogue_with(args.policy)
        paths = [str(Path(path).absolute()) for path in args.policy]
        os.environ["EXPOSURE_POLICIES"] = os.pathsep.join(paths)
    port = whole("--port", args.port)
    if port is not None and not 0 < port < _PORTS:
        text = Text(f"1以上{_PORTS - 1}以下にしてください", f"expected 1 to {_PORTS - 1}")
        raise DataError(Problem("--port", "", text, args.port))
    options = [] if port is None else [f"--port={port}"]
    options += ["--no-browser"] if args.no_browser else []

    from exposure.output.explorer_server import serve

    def say_address(address: str) -> None:
        stop = Text("終了するには Ctrl+C を押してください。", "Press Ctrl+C to stop.").say(lang)
        print(f"{address}\n{stop}", flush=True)

    serve(notebook, options, say_address)
    return 0


_PORTS = 2**16
