"""``exposure demo``: the shipped sample study, end to end."""

from __future__ import annotations

import argparse

from exposure.commands import Say, add_band, add_out, add_simulation
from exposure.commands.run import run_file
from exposure.errors import Lang
from exposure.files import data_path


def add_arguments(parser: argparse.ArgumentParser, say: Say) -> None:
    """Declare the arguments."""
    add_out(parser, say)
    add_simulation(parser, say)
    add_band(parser, say, default=False)


def run(args: argparse.Namespace, lang: Lang) -> int:
    """Run the sample study of a clinic with 100,000 records."""
    return run_file(data_path("studies", "clinic.toml"), args, lang)
