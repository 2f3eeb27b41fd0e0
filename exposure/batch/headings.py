"""Find the header of a client list, and which field each column holds (見出し行の特定).

People put titles above the header, merge its cells, add units and spaces. What stands below the
header is left to ``client_list``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exposure.batch.sheets import Cell, Sheet
from exposure.errors import DataError, Problem, Text
from exposure.files import nearest, shown_path
from exposure.inputs.fields import fields, heading_key
from exposure.yen import parse_number

REQUIRED: tuple[str, ...] = ("client_id", "name", "records")

_LAST_TITLE_ROW = 50
_WITH_UNIT = re.compile(r"(.*?)[（(\[［]([^（()）\[\]［］]*)[）)\]］]")
_COUNTERS = "円人件名台社"
_PER_CENT = ("%", "％")


@dataclass(frozen=True)
class Column:
    """A column of the list (列).

    Parameters
    ----------
    key : str
        Field it holds.
    number : int
        From 0.
    heading : str
        As it stands in the sheet, on one line.
    unit : str
        ``千``, ``万``, ``百万``, … or ``%`` that the numbers of the column are in; empty for none.
    """

    key: str
    number: int
    heading: str
    unit: str = ""


@dataclass(frozen=True)
class Header:
    """The header of a sheet: its columns, and the first row below it."""

    sheet: Sheet
    columns: tuple[Column, ...]
    first_row: int


def find_header(sheets: Sequence[Sheet], where: str) -> Header:
    """Return the header of the one sheet that is a client list (見出し行).

    Parameters
    ----------
    sheets : sequence of Sheet
    where : str
        File, for messages.

    Raises
    ------
    DataError
        If no sheet or more than one has a header, or its columns are not all known, there once and
        complete; with every problem.

    Examples
    --------
    >>> sheet = Sheet("list.csv", (("2026年度",), ("ID", "会社名", "件数（千件）"), ("A", "B", 5)))
    >>> header = find_header([sheet], "list.csv")
    >>> header.first_row, [(c.key, c.unit) for c in header.columns]
    (2, [('client_id', ''), ('name', ''), ('records', '千')])
    """
    found = [best for sheet in sheets if (best := _best_row(sheet)) is not None]
    if len(found) != 1:
        required = "、".join(_label(key).ja for key in REQUIRED)
        english = ", ".join(REQUIRED)
        if found:
            listed = ", ".join(sheet.where for sheet, _ in found)
            text = Text(
                f"顧客一覧と見られるシートが複数あります（{listed}）。1つだけ残してください",
                f"several sheets look like a client list ({listed}); leave one",
            )
        else:
            text = Text(
                f"見出しの行が見つかりません。{required} の列が必要です",
                f"no header row found; the columns {english} are required",
            )
        raise DataError(Problem(shown_path(where), "", text))
    sheet, row = found[0]
    return _checked(sheet, row)


def _best_row(sheet: Sheet) -> tuple[Sheet, int] | None:
    """Return the row in which most fields are named, if at least two are."""
    named = [
        len({column.key for column in _columns(sheet, row) if column.key})
        for row in range(min(len(sheet.rows), _LAST_TITLE_ROW))
    ]
    most = max(named, default=0)
    return (sheet, named.index(most)) if most >= 2 else None


def _columns(sheet: Sheet, row: int) -> Iterator[Column]:
    """Yield the columns of a row that have a heading; those nobody knows without a key."""
    for number in range(len(sheet.rows[row])):
        heading = _heading(sheet, row, number)
        if heading:
            key, unit = _meaning(heading)
            yield Column(key or "", number, heading, unit)


def _heading(sheet: Sheet, row: int, column: int) -> str:
    """Return the text of a heading; a blank one belongs to the merged or upper cell."""
    top, left = sheet.covered.get((row, column), (row, column))
    text = _one_line(sheet.cell(top, left)) if left == column else ""
    if not text and row and (row, column) not in sheet.covered:
        above = _one_line(sheet.cell(row - 1, column))
        text = above if _meaning(above)[0] else ""
    return text


def _one_line(cell: Cell) -> str:
    return " ".join(str(cell).split()) if isinstance(cell, str) else ""


def _meaning(heading: str) -> tuple[str | None, str]:
    """Return the field a heading means and the unit its numbers are in."""
    for spelling in (heading, "".join(heading.split())):
        key = heading_key(spelling)
        if key is not None:
            return key, ""
        match = _WITH_UNIT.fullmatch(spelling)
        key = heading_key(match[1]) if match else None
        unit = _unit(match[2]) if match else None
        if key is not None and unit is not None:
            return key, unit
    return None, ""


def _unit(text: str) -> str | None:
    """Return the multiplier of a unit in brackets; None if it is not one."""
    text = text.strip().removeprefix("単位").lstrip(":： ")
    if text in _PER_CENT:
        return "%"
    plain = text.rstrip(_COUNTERS)
    if plain in ("", "必須", "任意"):
        return ""
    try:
        parse_number(f"1{plain}")
    except ValueError:
        return None
    return None if plain.isdigit() else plain


def _label(key: str) -> Text:
    return {**fields("client"), **fields("list")}[key].label


def _checked(sheet: Sheet, row: int) -> Header:
    problems: list[Problem] = []
    columns: dict[str, Column] = {}
    for column in _columns(sheet, row):
        place = sheet.place(row, column.number)
        if not column.key:
            problems.append(Problem(f"{place}「{column.heading}」", "", _unknown(column.heading)))
        elif column.key in columns:
            first = columns[column.key]
            text = Text(
                f"{sheet.place(row, first.number)}「{first.heading}」と同じ項目です。"
                "1列にしてください",
                f'the same field as {sheet.place(row, first.number)} "{first.heading}"; keep one',
            )
            problems.append(Problem(f"{place}「{column.heading}」", "", text))
        else:
            columns[column.key] = column
    problems += _headless(sheet, row)
    for key in REQUIRED:
        if key not in columns:
            label = _label(key)
            text = Text(
                f"「{label.ja}」（{key}）の列がありません", f'no column "{key}" ({label.en})'
            )
            problems.append(Problem(f"{sheet.where}!{row + 1}", "", text))
    if problems:
        raise DataError(problems)
    return Header(sheet, tuple(columns.values()), _below(sheet, row))


def _unknown(heading: str) -> Text:
    known: Mapping[str, str] = {
        spelling: field.label.ja
        for key, field in {**fields("client"), **fields("list")}.items()
        for spelling in (key, field.label.ja, field.label.en, *field.also)
    }
    near = nearest(heading, known)
    if near is not None:
        return Text(
            f"知らない見出しです。「{near}」ではありませんか", f'unknown heading; is it "{near}"?'
        )
    listed = "、".join(dict.fromkeys(known.values()))
    english = ", ".join((*fields("list"), *fields("client")))
    return Text(
        f"知らない見出しです。列を消すか、次のいずれかにしてください: {listed}",
        f"unknown heading; remove the column or use one of {english}",
    )


def _headless(sheet: Sheet, row: int) -> list[Problem]:
    """Return the columns that have values below the header but no heading."""
    with_heading = {column.number for column in _columns(sheet, row)}
    problems = []
    reported: set[int] = set()
    for below in range(row + 1, len(sheet.rows)):
        for number, cell in enumerate(sheet.rows[below]):
            if cell is not None and number not in with_heading and number not in reported:
                reported.add(number)
                text = Text("この列には見出しがありません", "this column has no heading")
                problems.append(Problem(sheet.place(below, number), "", text, cell))
    return problems


def _below(sheet: Sheet, row: int) -> int:
    """Return the first row below the header, past a row of units in brackets."""
    below = row + 1
    if below < len(sheet.rows):
        stated = [cell for cell in sheet.rows[below] if cell is not None]
        texts = [_WITH_UNIT.fullmatch(_one_line(cell)) for cell in stated]
        if stated and all(match is not None and not match[1] for match in texts):
            return below + 1
    return below
