"""``exposure demo``: the shipped sample study, end to end."""

from __future__ import annotations

import argparse

from exposure.commands import SIMULATION, Arguments
from exposure.commands.run import run_file
from exposure.errors import Lang
from exposure.files import data_path


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("--out", *SIMULATION)
    to.share("--band", default=False)


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run the sample study of a clinic with 100,000 records."""
    return run_file(data_path("studies", "clinic.toml"), args, lang)
