"""What can go wrong with a user's input, said in one line per problem.

Holds the exception types and the shape of a problem; reading files and checking values is left to
the modules that know them. Messages exist in Japanese and English side by side, so that no message
can lose its translation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


_MISSING = object()
_LONGEST_SHOWN = 80
_LONGEST_KEY = 2 * _LONGEST_SHOWN
_MOST_LINES = 100


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
        place = self.where if not key else f"{self.where}: {key}"
        if self.found is not _MISSING:
            shown = repr(self.found) if not isinstance(self.found, str) else f'"{self.found}"'
            if len(shown) > _LONGEST_SHOWN:
                shown = shown[:_LONGEST_SHOWN] + "…"
            place = f"{place} = {shown}"
        line = f"{place}: {self.expected.say(lang)}"
        return "".join(c if c.isprintable() else "·" for c in line)


class ExposureError(Exception):
    """Bad input, with every problem found; the command line prints them and exits with 2."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(self.lines("en")))

    def lines(self, lang: Lang = "ja") -> list[str]:
        """Return one line per problem; of very many, how many more there are from where on.

        Examples
        --------
        >>> many = [Problem("a.csv", str(row), Text("空欄", "blank")) for row in range(1000)]
        >>> len(DataError(many).lines()), DataError(many).lines("en")[-1]
        (101, 'a.csv: 100: and 900 more from here on')
        """
        lines = [problem.say(lang) for problem in self.problems[:_MOST_LINES]]
        rest = self.problems[_MOST_LINES:]
        if rest:
            more = Text(f"ここから先、ほか{len(rest):,}件", f"and {len(rest):,} more from here on")
            lines.append(Problem(rest[0].where, rest[0].key, more).say(lang))
        return lines


class DataError(ExposureError):
    """A file that cannot be read as what it should be."""


class PlanError(ExposureError):
    """A wording that cannot be: unknown cover, cycle of limits, two endorsements on one path."""
