"""The command line: parse, hand over to one command, turn bad input into exit code 2.

Every command is a module of ``exposure.commands``, its arguments and what it does. It is imported
when it is given, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import codecs
import importlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, NoReturn  # Any: whatever a stream has

from exposure.commands import COMMANDS, WRITING, Arguments
from exposure.errors import NO_MEMORY, ExposureError, Lang, Text, lacks_memory

_LANGS = ("ja", "en")
_HELP = Text("この説明を表示して終わる", "show this help and exit")


def _lang_of(argv: Sequence[str]) -> Lang:
    """Find the language before parsing, because the help itself is in that language."""
    lang: Lang = "ja"
    for word, following in zip(argv, [*argv, ""][1:], strict=True):
        _, equals, value = word.partition("=")
        if _is_lang(word):
            lang = "en" if (value if equals else following) == "en" else "ja"
    return lang


def _is_lang(word: str) -> bool:
    """Say whether a word is the option, of which the parser takes a beginning for the whole."""
    return word.startswith("--l") and "--lang".startswith(word.partition("=")[0])


def _with_lang_last(argv: list[str]) -> list[str]:
    """Move a ``--lang`` in front of the command behind its name, where the command reads it."""
    if not argv or not _is_lang(argv[0]):
        return argv
    length = 1 if "=" in argv[0] else 2
    (first, *given), rest = argv[:length], argv[length:]
    if not rest or rest[0].startswith("-"):
        return argv
    return [
        rest[0],
        "--lang" + first.partition("=")[1] + first.partition("=")[2],
        *given,
        *rest[1:],
    ]


# What the parser of the standard library says, and how it is said in Japanese.
_SAID: tuple[tuple[str, str], ...] = (
    (r"the following arguments are required: (.+)", "指定が必要です: {0}"),
    (r"unrecognized arguments: (.+)", "知らない指定です: {0}"),
    (r"ambiguous option: (.+?) could match (.+)", "{0} だけでは決まりません。候補: {1}"),
    (r"argument (.+?): expected one argument", "{0}: 値を1つ指定してください"),
    (r"argument (.+?): expected at least one argument", "{0}: 値を1つ以上指定してください"),
    (r"argument (.+?): expected at most one argument", "{0}: 値は1つまでです"),
    (r"argument (.+?): expected (\d+) arguments", "{0}: 値を{1}個指定してください"),
    (r"argument (.+?): ignored explicit argument (.+)", "{0}: 値は指定できません（{1}）"),
    (
        r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)",
        "{0}: {1} は使えません。次から選んでください: {2}",
    ),
    (r"argument (.+?): not allowed with argument (.+)", "{0}: {1} と同時に指定できません"),
)


def _in_japanese(message: str) -> str:
    """Return in Japanese what is wrong with the arguments.

    Examples
    --------
    >>> _in_japanese("the following arguments are required: --out")
    '指定が必要です: --out'
    """
    for pattern, said in _SAID:
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            return said.format(*match.groups())
    return message


_LONGEST_SHOWN = 80
_HEADINGS = {"positional arguments": "引数", "options": "オプション"}


class _Help(argparse.HelpFormatter):
    """Help whose headings are Japanese too."""

    def start_section(self, heading: str | None) -> None:
        super().start_section(_HEADINGS.get(heading or "", heading))

    def add_usage(
        self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, "使い方: " if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser that ends bad usage with one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments and leave."""
        said = _in_japanese(message) if self.formatter_class is _Help else message
        short = re.sub(r"\S{160,}", lambda word: word[0][:_LONGEST_SHOWN] + "…", said)
        line = "".join(c if c.isprintable() else "·" for c in f"{self.prog}: {short}")
        self.exit(2, line + "\n")


def build_parser(lang: Lang, argv: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser of all commands, with the arguments of the one that is given.

    Parameters
    ----------
    lang : str
        Of its help.
    argv : iterable of str
        The words of the command line; left out, every command has its arguments.
    """
    given = {name for name in argv if name in COMMANDS}

    def say(ja: str, en: str) -> str:
        return Text(ja, en).say(lang)

    look = _Help if lang == "ja" else argparse.HelpFormatter
    parser = _Parser(
        prog="exposure",
        description=say(
            "個人情報漏えいの損害額と、保険プランごとの支払額を見積もります。",
            "What a leak of personal data could cost, and what each insurance plan would pay.",
        ),
        add_help=False,
        formatter_class=look,
    )
    parser.add_argument("-h", "--help", action="help", help=_HELP.say(lang))
    Arguments(parser, lang).add("--version", "版を表示", "show the version", action="store_true")
    _add_lang(Arguments(parser, lang))
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title=say("コマンド", "commands"), parser_class=_Parser
    )
    for name, text in COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=text.say(lang),
            description=text.say(lang),
            add_help=False,
            formatter_class=look,
        )
        sub.add_argument("-h", "--help", action="help", help=_HELP.say(lang))
        if name in given:
            _module_of(name).add_arguments(Arguments(sub, lang))
        if "--lang" not in sub._option_string_actions:
            _add_lang(Arguments(sub, lang))
    return parser


def _add_lang(to: Arguments) -> None:
    to.add("--lang", "表示の言語", "language", choices=_LANGS, default="ja")


class _CannotPrintError(Exception):
    """Standard output takes nothing more."""


class _ReaderGoneError(Exception):
    """Whoever read standard output (head, less) has left."""


class _StandardOutput:
    """Standard output whose own failures are told from those of files."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _tell_failures():
            written: int = self._stream.write(text)
        return written

    def flush(self) -> None:
        with _tell_failures():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _tell_failures() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise _ReaderGoneError from None
    except OSError as error:
        from exposure.files import reason_of

        raise _CannotPrintError(reason_of(error)) from None


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Write what an encoding lacks as ``\u0000``, which JSON reads as the same character."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


def _prepare_streams() -> bool:
    """Make the standard streams safe to print to; say whether standard output is there at all.

    A terminal that cannot show a character gets it escaped. Where a stream is closed, its number
    would go to the next file that is opened, and what is printed would end up in there.
    """
    codecs.register_error("exposure.escape", _escape)
    is_open = sys.stdout is not None
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            is_open = is_open and number != 1
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        with suppress(AttributeError, ValueError, OSError):  # a stream of a test or a notebook
            getattr(sys, name).reconfigure(errors="exposure.escape")
    return is_open


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 bad input, 1 anything unforeseen."""
    argv = _with_lang_last(list(sys.argv[1:] if argv is None else argv))
    lang = _lang_of(argv)
    # The arrays of a study are many and small: threads of a matrix library only take memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    is_open = _prepare_streams()
    before = sys.stdout
    sys.stdout = _StandardOutput(before)
    try:
        return _outcome(argv, lang, is_open)
    finally:
        sys.stdout = before


def _outcome(argv: list[str], lang: Lang, is_open: bool) -> int:
    """Run one command, and say in a line what kept it from its end."""
    writes = bool(argv) and argv[0] in WRITING
    if _memory_limit() < _LEAST_MEMORY:
        return _end([NO_MEMORY.say(lang)])
    try:
        if not is_open and not writes:
            raise _CannotPrintError(Text("閉じられています", "it is closed"))
        try:
            code = _run(argv, lang)
        except SystemExit:  # the parser is done, with help or with what is wrong
            sys.stdout.flush()
            raise
        sys.stdout.flush()
    except ExposureError as error:
        return _end(error.lines(lang))
    except KeyboardInterrupt:
        return _end([Text("中断しました。", "interrupted").say(lang)], 130)
    except _ReaderGoneError:
        _print_nowhere()  # there is nobody left to tell
        return 0
    except _CannotPrintError as error:
        _print_nowhere()
        (why,) = error.args
        text = Text(f"標準出力に書けません（{why.ja}）", f"standard output: {why.en}")
        return _end([text.say(lang)], 0 if writes else 2)  # what it writes is all there
    except (MemoryError, ImportError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        return _end([NO_MEMORY.say(lang)])
    except OSError as error:
        return _end([_system_line(error, lang)])
    return code


def _run(argv: list[str], lang: Lang) -> int:
    parser = build_parser(lang, argv)
    args = parser.parse_args(argv)
    if args.version:
        from exposure import __version__

        print(__version__)
        return 0
    if args.command is None:
        parser.print_help()
        return 2
    code: int = _module_of(args.command).run(args, lang)
    return code


def _module_of(command: str) -> ModuleType:
    return importlib.import_module(f"exposure.commands.{command}")


# Less, and a matrix library may end the program while it is loaded.
_LEAST_MEMORY = 2**28 + 2**27


def _memory_limit() -> float:
    """Return how much memory this process may have, where the system has such a limit. [byte]."""
    try:
        import resource
    except ImportError:
        return float("inf")
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit)


def _system_line(error: OSError, lang: Lang) -> str:
    from exposure.errors import Problem
    from exposure.files import reason_of

    why = reason_of(error)
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else "exposure"
    return Problem(where, "", Text(f"使えません（{why.ja}）", f"cannot be used ({why.en})")).say(
        lang
    )


def _print_nowhere() -> None:
    """Send what is still held back nowhere, or the interpreter would try once more at its end."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _end(lines: Sequence[str], code: int = 2) -> int:
    with suppress(OSError):  # with nowhere to say it, the code has to do
        for line in lines:
            print(line, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
