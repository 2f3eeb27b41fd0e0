"""The command line: parse, hand over to one command, turn bad input into exit code 2.

The parser knows names and options only; every command is a module of ``exposure.commands`` that is
imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from exposure.errors import ExposureError, Lang, Text

_LANGS = ("ja", "en")
_ENDINGS = {"help": Text("この説明を表示して終わる", "show this help and exit")}


def _lang_of(argv: Sequence[str]) -> Lang:
    """Find the language before parsing, because the help itself is in that language."""
    for i, word in enumerate(argv):
        if word == "--lang" and i + 1 < len(argv) and argv[i + 1] == "en":
            return "en"
        if word == "--lang=en":
            return "en"
    return "ja"


class _Parser(argparse.ArgumentParser):
    """A parser that ends bad usage with one line and exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse says NoReturn; exit does not return
        self.exit(2, f"{self.prog}: {message}\n")


def build_parser(lang: Lang) -> argparse.ArgumentParser:
    """Return the parser of all commands, its help in one language."""
    from exposure.commands import COMMANDS

    def say(ja: str, en: str) -> str:
        return Text(ja, en).say(lang)

    parser = _Parser(
        prog="exposure",
        description=say(
            "個人情報漏えいの損害額と、保険プランごとの支払額を見積もります。",
            "What a leak of personal data could cost, and what each insurance plan would pay.",
        ),
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="help", help=_ENDINGS["help"].say(lang))
    parser.add_argument("--version", action="store_true", help=say("版を表示", "show the version"))
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title=say("コマンド", "commands"), parser_class=_Parser
    )
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.help.say(lang),
            description=command.help.say(lang),
            add_help=False,
        )
        sub.add_argument("-h", "--help", action="help", help=_ENDINGS["help"].say(lang))
        command.add_arguments(sub, say)
        if "--lang" not in sub._option_string_actions:
            sub.add_argument(
                "--lang", choices=_LANGS, default="ja", help=say("表示の言語", "language")
            )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 1 anything unforeseen."""
    argv = list(sys.argv[1:] if argv is None else argv)
    lang = _lang_of(argv)
    parser = build_parser(lang)
    args = parser.parse_args(argv)
    if args.version:
        from exposure import __version__

        print(__version__)
        return 0
    if args.command is None:
        parser.print_help()
        return 2
    module = importlib.import_module(f"exposure.commands.{args.command}")
    try:
        code: int = module.run(args, lang)
        sys.stdout.flush()
    except ExposureError as error:
        for line in error.lines(lang):
            print(line, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(Text("中断しました。", "interrupted").say(lang), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
