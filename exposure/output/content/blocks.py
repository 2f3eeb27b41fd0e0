"""The blocks of a report: words, tables, charts. Data only; each format prints them its own way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import ClassVar, Literal, TypeAlias

from exposure.errors import Lang
from exposure.output.printed import DASH

# An amount is exact where it was worked out to the yen, as in an adjustment; others are rounded.
Kind: TypeAlias = Literal["text", "yen", "exact", "share", "number"]


@dataclass(frozen=True, slots=True)  # the list of a long book holds a million
class Cell:
    """What stands in one place of a table (表の1マス).

    Parameters
    ----------
    text : str
        As printed.
    note, band : str
        Simulation interval and parameter band, as printed.
    value, low, high, band_low, band_high : float or None
        The number itself, its interval and its band, for the workbook; None for words.
    kind : str
        What the number is.
    badge : int
        Number of the short-listed plan; 0 for none.
    tag : str
        A word set apart, such as "recommended".
    code : str
        A name or clause in small print below.
    indent : int
        Depth in a tree of rows.
    strong : bool
        Stands out, as the best of its column.
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
    strong: bool = False
    band_low: float | None = None
    band_high: float | None = None


@dataclass(frozen=True)
class Column:
    """A column: its heading, the heading above several columns, its share of the width.

    ``view`` names the view of liability whose figures it holds, if it is of one alone; ``ends`` is
    what low and high of its cells are, where they are no simulation interval. In a list of a
    workbook ``bars`` behind the numbers show how large they are.
    """

    heading: str
    group: str = ""
    numeric: bool = False
    width: float = 1.0
    view: str = ""
    ends: tuple[str, str] | None = None
    bars: bool = False


@dataclass(frozen=True)
class Row:
    """A row; ``part`` rows are headings over the following ones, ``marked`` rows stand out.

    ``plan`` is the id of the plan it is about, if it is about one. Of a ``merged`` row the second
    cell reaches over all further columns.
    """

    cells: tuple[Cell, ...]
    part: bool = False
    marked: bool = False
    plan: str = ""
    merged: bool = False


@dataclass(frozen=True)
class Table:
    """A table. ``small`` is set in small type."""

    type: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    small: bool = False


Value: TypeAlias = float | str | None


@dataclass(frozen=True)
class Listing:
    """A list to sort and to filter, with a sheet of its own in a workbook: plain values.

    ``kinds`` is what the numbers of each column are. The first ``names`` columns say what a row is
    about and stay in view; rows whose numbers are ``marked`` stand out. Of one ``on_screen`` no
    more than a page is for paper.
    """

    type: ClassVar[str] = "list"
    columns: tuple[Column, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Value, ...], ...]
    names: int
    marked: frozenset[int] = frozenset()
    on_screen: bool = False


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    type: ClassVar[str] = "prose"
    text: str
    style: Literal["plain", "small", "warning", "code"] = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading within a section, and what is said beside it in small print."""

    type: ClassVar[str] = "heading"
    text: str
    beside: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list of sentences; a ``small`` one is looked things up in."""

    type: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    small: bool = False


@dataclass(frozen=True)
class Item:
    """A sentence that begins with what it is about, set in bold."""

    lead: str
    text: str


@dataclass(frozen=True)
class Items:
    """A list of such sentences, numbered where they are asked of the reader."""

    type: ClassVar[str] = "items"
    items: tuple[Item, ...]
    numbered: bool = False
    columns: int = 1


@dataclass(frozen=True)
class Tile:
    """One figure of the first page: what it is, the figure, the lines below it."""

    heading: str
    figure: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Tiles:
    """Figures side by side."""

    type: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Charts:
    """Charts side by side, by the names under which they are drawn.

    ``captions`` stand above them, ``spoken`` is what each of them says in words; ``views`` names
    the view a chart is of, if it is of one alone.
    """

    type: ClassVar[str] = "charts"
    names: tuple[str, ...]
    captions: tuple[str, ...]
    spoken: tuple[str, ...]
    views: tuple[str, ...] = ()


@dataclass(frozen=True)
class Box:
    """The conclusion: a sentence or two, and what belongs to it. ``tone`` colours its edge."""

    type: ClassVar[str] = "box"
    title: str
    blocks: tuple[Block, ...]
    tone: Literal["plain", "good", "caution"] = "plain"


@dataclass(frozen=True)
class Side:
    """Blocks in columns side by side, with their shares of the width."""

    type: ClassVar[str] = "side"
    columns: tuple[tuple[Block, ...], ...]
    widths: tuple[float, ...]


Block: TypeAlias = Table | Listing | Prose | Heading | Bullets | Items | Tiles | Charts | Box | Side
Part: TypeAlias = Literal["answer", "annex", "workbook"]


@dataclass(frozen=True)
class Section:
    """A part of the report with a heading of its own.

    ``part`` says where it stands: on the two pages, in the annex, or in the workbook alone.
    """

    name: str
    heading: str
    blocks: tuple[Block, ...]
    part: Part = "annex"

    def flat(self) -> Iterator[Block]:
        """Yield every block, those within boxes and columns too."""
        yield from _flat(self.blocks)


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Box):
            yield from _flat(block.blocks)
        elif isinstance(block, Side):
            for column in block.columns:
                yield from _flat(column)


@dataclass(frozen=True)
class Report:
    """Everything a report says (報告書の内容).

    Parameters
    ----------
    title, subject : str
        What it is, and of whom; empty where nobody is named.
    facts : sequence of (str, str)
        What is known of the client.
    sections : tuple of Section
        The two pages first.
    notice : str
        What stands at the foot of every page; empty for nothing.
    """

    lang: Lang
    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notice: str = ""

    def printed(self) -> tuple[Section, ...]:
        """Return the sections that stand on paper and on the page."""
        return tuple(section for section in self.sections if section.part != "workbook")

    def charts(self) -> tuple[str, ...]:
        """Return the names of all charts, in order."""
        return tuple(
            name
            for section in self.printed()
            for block in section.flat()
            if isinstance(block, Charts)
            for name in block.names
        )

    def spoken(self) -> dict[str, str]:
        """Return what each chart says in words."""
        return {
            name: words
            for section in self.printed()
            for block in section.flat()
            if isinstance(block, Charts)
            for name, words in zip(block.names, block.spoken, strict=True)
        }


@dataclass(frozen=True)
class Head:
    """A heading of a table and how many columns and rows it spans."""

    text: str
    across: int = 1
    down: int = 1
    numeric: bool = False
    view: str = ""


def heads(table: Table) -> tuple[tuple[Head, ...], ...]:
    """Return the heading rows of a table, one or two.

    Examples
    --------
    >>> table = Table("", (Column("plan"), Column("mean", "loss"), Column("VaR", "loss")), ())
    >>> [[(head.text, head.across, head.down) for head in row] for row in heads(table)]
    [[('plan', 1, 2), ('loss', 2, 1)], [('mean', 1, 1), ('VaR', 1, 1)]]
    """
    if not any(column.group for column in table.columns):
        return (tuple(Head(c.heading, numeric=c.numeric, view=c.view) for c in table.columns),)
    above = []
    for group, own in groupby(table.columns, key=lambda column: column.group):
        members = list(own)
        if group:
            views = {c.view for c in members}
            above.append(
                Head(group, across=len(members), view=views.pop() if len(views) == 1 else "")
            )
        else:
            above += [Head(c.heading, down=2, numeric=c.numeric, view=c.view) for c in members]
    below = tuple(Head(c.heading, numeric=c.numeric, view=c.view) for c in table.columns if c.group)
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


def filled(table: Table) -> Table:
    """Return a table without the columns that say nothing in any of its rows.

    Examples
    --------
    >>> table = Table("", columns("plan", "rider"), (Row((Cell("A"), Cell(DASH))),))
    >>> [column.heading for column in filled(table).columns]
    ['plan']
    """
    whole = [row for row in table.rows if not (row.part or row.merged)]
    kept = [
        i
        for i in range(len(table.columns))
        if not whole or any(row.cells[i].text not in ("", DASH) for row in whole)
    ]
    rows = tuple(
        row if row.part or row.merged else replace(row, cells=tuple(row.cells[i] for i in kept))
        for row in table.rows
    )
    return replace(table, columns=tuple(table.columns[i] for i in kept), rows=rows)
