"""What can go wrong with a user's input, said in one line per problem.

Holds the exception types and the shape of a problem; reading files and checking values is left to
the modules that know them. Messages exist in Japanese and English side by side, so that no message
can lose its translation.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Lang = Literal["ja", "en"]


class Text(NamedTuple):
    """A sentence in both languages (日本語と英語).

    Examples
    --------
    >>> Text("0以上にしてください", "expected 0 or more").say("en")
    'expected 0 or more'
    """

    ja: str
    en: str

    def say(self, lang: Lang) -> str:
        """Return the sentence in one language."""
        return self.ja if lang == "ja" else self.en


def own_language() -> Lang:
    """Return the language that errors speak in a notebook or script (表示の言語).

    ``EXPOSURE_LANG`` if it says ``ja`` or ``en``, or else that of the system: Japanese where it is
    Japanese, English elsewhere. The command line has its ``--lang`` instead.

    Examples
    --------
    >>> own_language() in ("ja", "en")
    True
    """
    stated = os.environ.get("EXPOSURE_LANG")
    if stated in ("ja", "en"):
        return "ja" if stated == "ja" else "en"
    # In the order in which a C library looks; what is set but empty does not count.
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((os.environ[name] for name in names if os.environ.get(name)), None)
    if said is None:
        said = locale.getlocale()[0] or ""  # Windows has no such variables
    return "ja" if said.lower().startswith("ja") else "en"


_MISSING = object()
_LONGEST_SHOWN = 80
_LONGEST_KEY = 2 * _LONGEST_SHOWN
_LONGEST_PATH = 5 * _LONGEST_SHOWN
MOST_LINES = 100


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place (入力の不備).

    Parameters
    ----------
    where : str
        File (and sheet) as the user named it.
    key : str
        Dotted key, row and column, or case id and field; empty for the whole file.
    expected : Text
        What was expected, as an instruction.
    found : object
        The value found; leave out if there is none to show.

    Examples
    --------
    >>> Problem("a.toml", "client.records", Text("正の整数", "expected 1 or more"), -1).say("en")
    'a.toml: client.records = -1: expected 1 or more'
    """

    where: str
    key: str
    expected: Text
    found: object = _MISSING

    def say(self, lang: Lang = "ja") -> str:
        """Return the problem as one line, free of line breaks."""
        key = self.key if len(self.key) <= _LONGEST_KEY else self.key[:_LONGEST_KEY] + "…"
        # Of a long path its end tells most.
        where = self.where if len(self.where) <= _LONGEST_PATH else "…" + self.where[-_LONGEST_KEY:]
        place = where if not key else f"{where}: {key}"
        if self.found is not _MISSING:
            shown = _show(self.found)
            if len(shown) > _LONGEST_SHOWN:
                shown = shown[:_LONGEST_SHOWN] + "…"
            place = f"{place} = {shown}"
        line = f"{place}: {self.expected.say(lang)}"
        return "".join(c if c.isprintable() else "·" for c in line)


def _show(found: object) -> str:
    if isinstance(found, str):
        return f'"{found}"'
    if isinstance(found, date):
        return found.isoformat()
    try:
        return repr(found)
    except RecursionError:
        return "…"


class ExposureError(Exception):
    """Bad input, with every problem found; the command line prints them and exits with 2."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__(self.problems)  # what a process that raises it sends to another

    def __str__(self) -> str:
        """Return every problem, a line each, in the language of the notebook or script."""
        return "\n".join(self.lines(own_language()))

    def lines(self, lang: Lang = "ja") -> list[str]:
        """Return one line per problem; of very many, how many more there are from where on.

        Examples
        --------
        >>> many = [Problem("a.csv", str(row), Text("空欄", "blank")) for row in range(1000)]
        >>> len(DataError(many).lines()), DataError(many).lines("en")[-1]
        (101, 'a.csv: 100: and 900 more from here on')
        """
        lines = [problem.say(lang) for problem in self.problems[:MOST_LINES]]
        rest = self.problems[MOST_LINES:]
        if rest:
            more = Text(f"ここから先、ほか{len(rest):,}件", f"and {len(rest):,} more from here on")
            lines.append(Problem(rest[0].where, rest[0].key, more).say(lang))
        return lines


class DataError(ExposureError):
    """A file that cannot be read as what it should be."""


class PlanError(ExposureError):
    """A wording that cannot be: unknown cover, cycle of limits, two endorsements on one path."""


NO_MEMORY = Text(
    "メモリーが足りません。ほかのプログラムを閉じるか、--loss-years を小さくしてください",
    "out of memory; close other programs, or lower --loss-years",
)


def lacks_memory(error: Exception) -> bool:
    """Say whether it is memory that a program lacks, in whatever words it says so.

    Examples
    --------
    >>> lacks_memory(MemoryError()), lacks_memory(RuntimeError("can't start new thread"))
    (True, True)
    """
    if isinstance(error, MemoryError):
        return True
    if type(error).__name__ == "BrokenProcessPool":  # the system ends what takes too much
        return True
    said = str(error)
    signs = ("failed to map segment", "annot allocate memory", "can't start new thread")
    return any(sign in said for sign in signs)
