"""The blocks of a report: words, tables, charts. Data only; each format prints them its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Literal, TypeAlias

from exposure.errors import Lang

Kind: TypeAlias = Literal["text", "yen", "share", "number"]


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table (表の1マス).

    Parameters
    ----------
    text : str
        As printed.
    note, band : str
        Simulation interval and parameter band, as printed.
    value, low, high : float or None
        The number itself and its interval, for the workbook; None for words.
    kind : str
        What the number is.
    badge : int
        Number of the plan; 0 for none.
    tag : str
        A word set apart, such as "recommended".
    code : str
        A name or clause in small print below.
    indent : int
        Depth in a tree of rows.
    """

    text: str
    note: str = ""
    band: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    kind: Kind = "text"
    badge: int = 0
    tag: str = ""
    code: str = ""
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A column: its heading, the heading above several columns, its share of the width."""

    heading: str
    group: str = ""
    numeric: bool = False
    width: float = 1.0


@dataclass(frozen=True)
class Row:
    """A row; ``part`` rows are headings over the following ones, ``marked`` rows stand out."""

    cells: tuple[Cell, ...]
    part: bool = False
    marked: bool = False


@dataclass(frozen=True)
class Table:
    """A table. ``small`` is set in small type."""

    type: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    small: bool = False


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    type: ClassVar[str] = "prose"
    text: str
    style: Literal["plain", "small", "warning", "statement", "code"] = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    type: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    type: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Charts:
    """Charts side by side, by the names under which they are drawn, each with a caption."""

    type: ClassVar[str] = "charts"
    names: tuple[str, ...]
    captions: tuple[str, ...]


Block: TypeAlias = Table | Prose | Heading | Bullets | Charts


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading of its own."""

    name: str
    heading: str
    blocks: tuple[Block, ...]
    page: bool = False


@dataclass(frozen=True)
class Report:
    """Everything a report says (報告書の内容).

    Parameters
    ----------
    lang : str
    title, subject : str
        What it is, and of whom.
    facts : sequence of (str, str)
        What is known of the client.
    sections : tuple of Section
        The answer first.
    colours : tuple of str
        Of the plans, by their number from 1.
    notice : str
        What stands on every page: which wordings are no longer sold, if any.
    """

    lang: Lang
    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    colours: tuple[str, ...]
    notice: str = ""

    def charts(self) -> tuple[str, ...]:
        """Return the names of all charts, in order."""
        return tuple(
            name
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Charts)
            for name in block.names
        )


@dataclass(frozen=True)
class Head:
    """A heading of a table and how many columns and rows it spans."""

    text: str
    across: int = 1
    down: int = 1
    numeric: bool = False


def heads(table: Table) -> tuple[tuple[Head, ...], ...]:
    """Return the heading rows of a table, one or two.

    Examples
    --------
    >>> table = Table("", (Column("plan"), Column("mean", "loss"), Column("VaR", "loss")), ())
    >>> [[(head.text, head.across, head.down) for head in row] for row in heads(table)]
    [[('plan', 1, 2), ('loss', 2, 1)], [('mean', 1, 1), ('VaR', 1, 1)]]
    """
    if not any(column.group for column in table.columns):
        return (tuple(Head(c.heading, numeric=c.numeric) for c in table.columns),)
    above = []
    for group, own in groupby(table.columns, key=lambda column: column.group):
        members = list(own)
        if group:
            above.append(Head(group, across=len(members)))
        else:
            above += [Head(c.heading, down=2, numeric=c.numeric) for c in members]
    below = tuple(Head(c.heading, numeric=c.numeric) for c in table.columns if c.group)
    return tuple(above), below


def columns(
    *headings: str, numeric: Sequence[int] = (), widths: Sequence[float] = ()
) -> tuple[Column, ...]:
    """Return plain columns; ``numeric`` are the places of those that hold numbers.

    Examples
    --------
    >>> [column.numeric for column in columns("a", "b", numeric=[1])]
    [False, True]
    """
    return tuple(
        Column(heading, numeric=i in numeric, width=widths[i] if widths else 1.0)
        for i, heading in enumerate(headings)
    )
