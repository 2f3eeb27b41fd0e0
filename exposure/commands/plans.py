"""``exposure plans``: the catalogue of plans."""

from __future__ import annotations

import argparse

from exposure.commands import Arguments
from exposure.commands.run import catalogue_with
from exposure.errors import Lang
from exposure.files import to_json


def add_arguments(to: Arguments) -> None:
    """Declare the arguments."""
    to.share("--policy", "--json")


def run(args: argparse.Namespace, lang: Lang) -> int:
    """List every product with its patterns, endorsements and open terms."""
    from exposure.policy.catalogue import catalogue

    entries = catalogue(catalogue_with(args.policy))
    if args.json:
        print(to_json(entries), end="")
        return 0
    from exposure.output.content.wording import catalogue as listing
    from exposure.output.terminal import print_blocks

    print_blocks(listing(entries, lang))
    return 0
