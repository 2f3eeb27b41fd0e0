"""Find the header of a client list, and which field each column holds (見出し行の特定).

People put titles above the header, merge its cells, add units and spaces. What stands below the
header is left to ``client_list``.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from exposure.amounts import parse_number
from exposure.batch.cells import Cell, Sheet, column_letters
from exposure.errors import DataError, Problem, Text
from exposure.files import shown_path
from exposure.inputs.fields import fields, heading_key, unused_headings

REQUIRED: tuple[str, ...] = ("name", "records")

_LAST_TITLE_ROW = 50
_CLOSE = 0.75  # nearness of two headings
_WITH_UNIT = re.compile(r"(.*?)[（(\[［]([^（()）\[\]［］]*)[）)\]］]")
_UNIT = re.compile(r"([十百千万億兆]*)([円人件名台社]?)")
_SAID_UNIT = re.compile(
    r"単位[^十百千万億兆円人件名台社%A-Za-z]{0,4}(?P<after>(?:[十百千万億兆]*[円人件名台社]|[十百千万億兆]+|%)"
    r"(?:[、,・/及び ]+(?:[十百千万億兆]*[円人件名台社]|%))*)"
    r"|(?P<before>[十百千万億兆]+[円人件名台社])単位"
)
_BETWEEN = re.compile(r"[、,・/及び ]+")
_UNIT_LIKE = re.compile(r"[十百千万億兆円%$￥¥割]|ドル|ユーロ|元|usd|eur|jpy", re.IGNORECASE)
# Words about a unit; an amount such as 10億円 is none.
_SAYS_UNIT = re.compile(
    r"単位|金額:|(?<![\d十百千万億兆])[十百千万億兆]+円|[km][円¥]|ドル|ユーロ"
    r"|\b(?:thousands?|millions?|billions?|mil|jpy|yen|usd|eur)\b",
    re.IGNORECASE,
)
_NOTES = ("必須", "任意", "単位")
_MONEY = "円"
_GROUP = re.compile(r"\d{3}")

_NO_UNIT = Text(
    "読めない単位です。円・千円・百万円・億円・人・件・％ などにしてください",
    "no unit that is known here; use one such as 円, 千円, 百万円, 億円, 人, 件 or %",
)

Kind = Literal["money", "count", "share", "text"]


class Unit(NamedTuple):
    """What numbers are in (単位): ``千``, ``百万``, … or ``%``, empty for one; and of what."""

    factor: str
    kind: Kind | None


@dataclass(frozen=True)
class Column:
    """A column of the list (列).

    Parameters
    ----------
    key : str
        Field it holds; empty for a heading nobody knows.
    number : int
        From 0.
    heading : str
        As it stands in the sheet, on one line.
    unit : str
        ``千``, ``万``, ``百万``, … or ``%`` that the numbers of the column are in; empty for none.
    has_unit : bool
        Whether the heading states one.
    """

    key: str
    number: int
    heading: str
    unit: str = ""
    has_unit: bool = False

    @property
    def kind(self) -> Kind:
        """What the column counts."""
        return kind_of(self.key)


@dataclass(frozen=True)
class Header:
    """The header of a sheet (見出し行).

    Parameters
    ----------
    columns : tuple of Column
        Those that hold a field.
    row, first_row : int
        Its row, and the first below it that may be a client.
    problems, notices : tuple of Problem
        What is wrong with the headings; what is said and not wrong.
    """

    sheet: Sheet
    columns: tuple[Column, ...]
    row: int
    first_row: int
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


@functools.cache
def kind_of(key: str) -> Kind:
    """Return what a field counts: ``money``, ``count``, ``share``, or ``text`` for none.

    Examples
    --------
    >>> kind_of("revenue"), kind_of("records"), kind_of("card_share"), kind_of("vendor")
    ('money', 'count', 'share', 'text')
    """
    field = {**fields("client"), **fields("list")}.get(key)
    if field is None or field.kind not in ("whole", "share", "open_share"):
        return "text"
    if field.kind != "whole":
        return "share"
    return "money" if field.unit is not None and field.unit.ja == _MONEY else "count"


def find_header(sheets: Sequence[Sheet], where: str) -> Header:
    """Return the header of the one sheet that is a client list (見出し行).

    Raises
    ------
    DataError
        If no sheet or more than one has a header.

    Examples
    --------
    >>> sheet = Sheet("list.csv", (("2026年度",), ("ID", "会社名", "件数（千件）"), ("A", "B", 5)))
    >>> header = find_header([sheet], "list.csv")
    >>> header.first_row, [(c.key, c.unit) for c in header.columns]
    (2, [('client_id', ''), ('name', ''), ('records', '千')])
    """
    found = [best for sheet in sheets if (best := _best_row(sheet)) is not None]
    shown = [best for best in found if not best[0].is_hidden]
    if len(found) > 1 and len(shown) == 1:
        found = shown
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
    return _read(sheet, row)


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
            factor = unit.factor if unit else ""
            yield Column(key or "", number, heading, factor, unit is not None)


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


@functools.lru_cache(maxsize=2**12)
def _meaning(heading: str) -> tuple[str | None, Unit | None]:
    """Return the field a heading means and the unit its numbers are in, if it states one."""
    for spelling in (heading, "".join(heading.split())):
        key = heading_key(spelling)
        match = _WITH_UNIT.fullmatch(spelling)
        if key is not None:
            return key, _unit(match[2]) if match else None
        key = heading_key(match[1]) if match else None
        if match is None or key is None:
            continue
        unit = _unit(match[2])
        if unit is not None and unit.kind in (None, kind_of(key)):
            return key, unit if unit.kind or unit.factor else None
    return None, None


def _unit(text: str) -> Unit | None:
    """Return the unit in brackets; None if it is not one."""
    plain = unicodedata.normalize("NFKC", "".join(text.split())).removeprefix("単位").lstrip(":")
    if plain in ("", *_NOTES):
        return Unit("", None)
    if plain == "%":
        return Unit("%", "share")
    match = _UNIT.fullmatch(plain)
    if match is None:
        return None
    factor, counter = match.groups()
    if factor:
        try:
            parse_number(f"1{factor}")
        except ValueError:
            return None
    return Unit(factor, ("money" if counter == _MONEY else "count") if counter else None)


def table_units(text: str) -> tuple[Unit, ...]:
    """Return the units that a line of words states for a table (単位の注記).

    Examples
    --------
    >>> table_units("（単位：千円、人）"), table_units("金額は百万円単位"), table_units("顧客一覧")
    ((Unit(factor='千', kind='money'), Unit(factor='', kind='count')), \
(Unit(factor='百万', kind='money'),), ())
    """
    match = _SAID_UNIT.search(unicodedata.normalize("NFKC", text))
    if match is None:
        return ()
    pieces = _BETWEEN.split(match["after"] or match["before"])
    return tuple(unit for piece in pieces if (unit := _unit(piece)) is not None)


def _label(key: str) -> Text:
    return {**fields("client"), **fields("list")}[key].label


def _read(sheet: Sheet, row: int) -> Header:
    problems: list[Problem] = []
    columns: dict[str, Column] = {}
    unused: list[Column] = []
    for column in _columns(sheet, row):
        place = f"{sheet.place(row, column.number)}「{column.heading}」"
        if not column.key:
            text = _refusal_of(column.heading)
            if text is None:
                unused.append(column)
            else:
                problems.append(Problem(place, "", text))
        elif column.key in columns:
            first = columns[column.key]
            text = Text(
                f"{sheet.place(row, first.number)}「{first.heading}」と同じ項目です。"
                "1列にしてください",
                f'the same field as {sheet.place(row, first.number)} "{first.heading}"; keep one',
            )
            problems.append(Problem(place, "", text))
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
    finder = _Units(sheet, row, tuple(columns.values()))
    with_units = finder.columns()
    notices = (*_say_unused(sheet, row, unused), *_say_hidden(sheet, row, with_units))
    return Header(sheet, with_units, row, finder.first_row, (*problems, *finder.problems), notices)


@functools.cache
def _spellings() -> Mapping[str, str]:
    """Return the label of each known heading, by its plain spelling."""
    return {
        _plain(spelling): field.label.ja if not spelling.isascii() else spelling
        for key, field in {**fields("client"), **fields("list")}.items()
        for spelling in (key, field.label.ja, field.label.en, *field.also, *field.tells)
    }


@functools.cache
def _telling() -> tuple[str, ...]:
    """Return the headings that say what a column holds even as part of a longer one."""
    found = {
        _plain(spelling)
        for key, field in fields("client").items()
        if kind_of(key) != "text" or key == "industry"
        for spelling in (key, field.label.ja, field.label.en, *field.also, *field.tells)
    }
    long_enough = (s for s in found if len(s) >= (2 + 2 if s.isascii() else 2))
    return tuple(sorted(long_enough, key=len, reverse=True))


def _one_off(word: str, heading: str) -> bool:
    """Say whether a heading is a word with one other letter (事故暦); short words tell nothing."""
    different = sum(one != other for one, other in zip(word, heading, strict=False))
    return len(word) == len(heading) > 2 and different == 1


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _refusal_of(heading: str) -> Text | None:
    """Return why a heading nobody knows is not ignored; None if it is nothing like a known one."""
    match = _WITH_UNIT.fullmatch("".join(heading.split()))
    if match is not None and heading_key(match[1]) is not None:
        return Text(
            f"知らない見出しです。「{match[1]}」の単位や注記「{match[2]}」は読めません。"
            "円・千円・百万円・億円・人・件・％ などにしてください",
            f'unknown heading: "{match[2]}" is no unit of "{match[1]}"; use one such as 円, 千円, '
            "百万円, 億円, 人, 件 or %",
        )
    plain = _plain(_WITH_UNIT.sub(lambda found: found[1], heading)) or _plain(heading)
    if plain.startswith("単位") or _unit(plain) is not None:
        return Text(
            "単位だけの列は読めません。単位は各列の見出しに（千円）のように書いてください",
            "a column of units is not read; write the unit into each heading, such as （千円）",
        )
    if any(word in plain for word in unused_headings()):
        return None
    known = _spellings()
    alike = plain.replace("率", "割合")
    close = difflib.get_close_matches(alike, list(known), n=1, cutoff=_CLOSE)
    near = close or [word for word in _telling() if word in alike or _one_off(word, plain)]
    if not near:
        return None
    label = known[near[0]]
    return Text(
        f"知らない見出しです。「{label}」ではありませんか", f'unknown heading; is it "{label}"?'
    )


def _say_unused(sheet: Sheet, row: int, columns: Sequence[Column]) -> Iterator[Problem]:
    """Say once which columns are not used."""
    if columns:
        listed = "、".join(f"{column_letters(c.number)}列「{c.heading}」" for c in columns)
        english = ", ".join(f'{column_letters(c.number)} "{c.heading}"' for c in columns)
        text = Text(f"使わない列があります: {listed}", f"columns that are not used: {english}")
        yield Problem(f"{sheet.where}!{row + 1}", "", text)


def _say_hidden(sheet: Sheet, row: int, columns: Sequence[Column]) -> Iterator[Problem]:
    """Say which parts of the list do not show and are read all the same."""
    if sheet.is_hidden:
        text = Text("非表示のシートを読みました", "a hidden sheet; it is read all the same")
        yield Problem(sheet.where, "", text)
    rows = sorted(
        r + 1 for r in sheet.hidden_rows if row < r < len(sheet.rows) and any_in(sheet, r)
    )
    if rows:
        listed = _ranges(rows)
        text = Text(
            f"非表示の行も読みます: {listed}", f"hidden rows are read all the same: {listed}"
        )
        yield Problem(sheet.where, "", text)
    hidden = [column for column in columns if column.number in sheet.hidden_columns]
    if hidden:
        listed = "、".join(f"{column_letters(c.number)}列「{c.heading}」" for c in hidden)
        english = ", ".join(f'{column_letters(c.number)} "{c.heading}"' for c in hidden)
        text = Text(
            f"非表示の列も読みます: {listed}", f"hidden columns are read all the same: {english}"
        )
        yield Problem(sheet.where, "", text)


def any_in(sheet: Sheet, row: int) -> bool:
    """Say whether a row holds anything."""
    return any(cell is not None for cell in sheet.rows[row])


def _ranges(numbers: Sequence[int]) -> str:
    """Return numbers in order, with neighbours as a range.

    Examples
    --------
    >>> _ranges([5, 6, 7, 9])
    '5-7, 9'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number, number])
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in parts)


def _headless(sheet: Sheet, row: int) -> list[Problem]:
    """Return the columns that have values below the header but no heading."""
    with_heading = {column.number for column in _columns(sheet, row)}
    problems = []
    reported: set[int] = set()
    for below in range(row + 1, len(sheet.rows)):
        for number, cell in enumerate(sheet.rows[below]):
            if cell is not None and number not in with_heading and number not in reported:
                reported.add(number)
                hint = Text("", "")
                if sheet.is_text and _GROUP.fullmatch(str(cell).strip()):
                    hint = Text(
                        '（12,000 のような数は "12,000" と引用符で囲んでください）',
                        ' (put numbers such as 12,000 in quotes: "12,000")',
                    )
                text = Text(
                    f"この列には見出しがありません{hint.ja}",
                    f"this column has no heading{hint.en}",
                )
                problems.append(Problem(sheet.place(below, number), "", text, cell))
    return problems


@dataclass(frozen=True)
class _TableUnit:
    """A unit that stands outside the headings."""

    row: int
    column: int
    unit: Unit
    is_wide: bool


class _Units:
    """The units of the columns, from their headings and from the rows above and below them."""

    def __init__(self, sheet: Sheet, row: int, columns: tuple[Column, ...]) -> None:
        self.sheet, self.row = sheet, row
        self._columns = columns
        self.problems: list[Problem] = []
        self.first_row = row + 1
        self._below = self._units_below()

    def columns(self) -> tuple[Column, ...]:
        """Return the columns with the units that are theirs."""
        above = self._units_above()
        found = []
        for column in self._columns:
            factor = column.unit
            stated = self._below.get(column.number)
            if stated is not None and stated.kind in (None, column.kind):
                if column.has_unit and stated.factor != column.unit:
                    self._refuse_two(column, self.row + 1, column.number)
                factor = stated.factor or factor
            elif not column.has_unit and column.kind != "text":
                factor = self._from_above(column, above)
            found.append(dataclasses.replace(column, unit=factor))
        return tuple(found)

    def _refuse_two(self, column: Column, row: int, number: int) -> None:
        text = Text(
            f"「{column.heading}」の単位が二つあります。見出しに一つだけ書いてください",
            f'two units for "{column.heading}"; state one, in the heading',
        )
        self._refuse(row, number, text)

    def _refuse(self, row: int, number: int, text: Text) -> None:
        cell = _one_line(self.sheet.cell(row, number))
        self.problems.append(Problem(f"{self.sheet.place(row, number)}「{cell}」", "", text))

    def _units_below(self) -> dict[int, Unit]:
        """Return the units in the row below the header, if it is one of units."""
        row = self.row + 1
        if row >= len(self.sheet.rows):
            return {}
        stated = {
            number: _one_line(cell) or None
            for number, cell in enumerate(self.sheet.rows[row])
            if cell is not None
        }
        found: dict[int, Unit] = {}
        strange: list[int] = []
        for number, text in stated.items():
            match = _WITH_UNIT.fullmatch(text or "")
            inner = match[2] if match and match[1].strip() in ("", "単位") else None
            unit = _unit(inner if inner is not None else text or "*")
            if unit is not None:
                found[number] = unit
            elif inner is None:
                return {}
            elif _UNIT_LIKE.search(unicodedata.normalize("NFKC", inner)):
                strange.append(number)
        if not stated:
            return {}
        self.first_row = row + 1
        kinds = {column.number: column.kind for column in self._columns}
        strange += [n for n, u in found.items() if u.kind not in (None, kinds.get(n, u.kind))]
        for number in strange:
            self._refuse(row, number, _NO_UNIT)
        return found

    def _units_above(self) -> list[_TableUnit]:
        found = []
        for row in range(self.row):
            for number, cell in enumerate(self.sheet.rows[row]):
                text = _one_line(cell)
                wide = table_units(text)
                match = _WITH_UNIT.fullmatch(text)
                narrow = _unit(match[2]) if match else _unit(text) if text else None
                units = wide or ((narrow,) if narrow else ())
                if not units and _SAYS_UNIT.search(unicodedata.normalize("NFKC", text)):
                    self._refuse(row, number, _NO_UNIT)
                found += [
                    _TableUnit(row, number, unit, bool(wide))
                    for unit in units
                    if unit.factor or (unit.kind == "money" and wide)
                ]
        return self._with_a_column(found)

    def _with_a_column(self, found: list[_TableUnit]) -> list[_TableUnit]:
        """Refuse the units that nobody can tell the columns of."""
        kept = []
        money = {said.unit.factor for said in found if said.is_wide and said.unit.kind == "money"}
        for said in found:
            is_direct = any(self._is_over(said, column) for column in self._columns)
            is_wide = said.is_wide and said.unit.kind in ("money", "share")
            if is_direct or (is_wide and len(money) <= 1):
                kept.append(said)
            elif said.unit.factor:
                text = Text(
                    "どの列の単位か分かりません。単位は列の見出しに（千円）のように書いてください",
                    "unclear which columns are in this unit; write it into their headings, "
                    "such as （千円）",
                )
                self._refuse(said.row, said.column, text)
        return kept

    def _is_over(self, said: _TableUnit, column: Column) -> bool:
        """Say whether a unit stands over a column, in a cell of its own or a merged one."""
        number = column.number
        if said.unit.kind not in (None, column.kind) or column.kind == "text":
            return False
        here = self.sheet.covered.get((said.row, number), (said.row, number))
        return here == (said.row, said.column)

    def _from_above(self, column: Column, above: Sequence[_TableUnit]) -> str:
        direct = [said for said in above if self._is_over(said, column)]
        wide = [said for said in above if said.is_wide and said.unit.kind == column.kind]
        chosen = direct or wide
        if len({said.unit.factor for said in chosen}) > 1:
            self._refuse_two(column, self.row, column.number)
        if not chosen and any(s.unit.kind == column.kind == "money" for s in above):
            text = Text(
                "ほかの列に単位があり、この列の単位が分かりません。見出しに（円）などと書いてください",
                "other columns have a unit and this one has not; write it into the heading, "
                "such as （円）",
            )
            self._refuse(self.row, column.number, text)
        return chosen[0].unit.factor if chosen else ""
