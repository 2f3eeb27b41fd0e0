"""The client list (顧客一覧): one client per row, checked whole before anything runs.

Turns cells into the fields of a client. Which values a field takes is left to ``inputs``; finding
the header to ``headings``.
"""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: values on their way to be checked

from pydantic import ValidationError

from exposure.batch.headings import REQUIRED, Column, Header, find_header
from exposure.batch.sheets import Cell, read_sheets
from exposure.errors import DataError, Problem, Text
from exposure.inputs.client import Client
from exposure.inputs.fields import fields, printable_text
from exposure.inputs.names import groups
from exposure.inputs.study_file import folder_name
from exposure.records import RuleError, problems_from

# Names a folder of results needs for itself.
RESERVED = ("summary", "portfolio", "registry")
_LISTED = ("databases", "incidents_by_group")
_SEPARATORS = "；;、\n/／"
_LONGEST_SHOWN = 80


@dataclass(frozen=True)
class ListedClient:
    """One client of the list (顧客一覧の1行).

    Parameters
    ----------
    client_id : str
        Unique; the name of its folder.
    place : str
        Row in the list, for messages.
    vendor : str or None
        Vendor (委託先) whose failure would hit it together with others.
    fields : mapping
        The client as a study file would state it.
    """

    client_id: str
    place: str
    vendor: str | None
    fields: Mapping[str, Any]


def read_clients(path: Path | str) -> tuple[ListedClient, ...]:
    """Read a client list with every problem of every row at once (顧客一覧の読み込み).

    Parameters
    ----------
    path : path
        ``.xlsx`` or ``.csv``. An empty list has no clients.

    Raises
    ------
    DataError
        With one line per problem: sheet, cell, heading, value found, what was expected.
    """
    path = Path(path)
    header = find_header(read_sheets(path), str(path))
    problems: list[Problem] = []
    clients: list[ListedClient] = []
    first_row: dict[str, str] = {}
    for row in range(header.first_row, len(header.sheet.rows)):
        found = _Row(header, row)
        if found.is_blank():
            continue
        client, wrong = found.read()
        problems += wrong
        identity = _same(client.client_id)
        if client.client_id and identity in first_row:
            text = Text(
                f"{first_row[identity]} と同じ顧客番号です。重複しない番号にしてください",
                f"the same client_id as in {first_row[identity]}; make it unique",
            )
            problems.append(found.problem("client_id", text))
        first_row.setdefault(identity, client.place)
        clients.append(client)
    if problems:
        raise DataError(problems)
    return tuple(clients)


def client_list_problems(path: Path | str) -> list[Problem]:
    """Return what is wrong with a client list, without raising (``exposure check``).

    Examples
    --------
    >>> client_list_problems("no_such_list.csv")[0].say("en")
    'no_such_list.csv: no such file'
    """
    try:
        read_clients(path)
    except DataError as error:
        return list(error.problems)
    return []


def _same(client_id: str) -> str:
    """Return what makes two ids share a folder on systems that fold case and width."""
    return unicodedata.normalize("NFKC", client_id).casefold()


class _Row:
    """A row of the sheet, with its cells by field."""

    def __init__(self, header: Header, row: int) -> None:
        self.header = header
        self.row = row
        self.columns = {column.key: column for column in header.columns}
        self.place = f"{header.sheet.where}!{row + 1}"

    def is_blank(self) -> bool:
        return not any(
            self.header.sheet.cell(self.row, column.number) is not None
            or (self.row, column.number) in self.header.sheet.broken
            for column in self.header.columns
        )

    def problem(self, key: str, text: Text) -> Problem:
        """Return the problem of a field at its cell, or at the row if there is no such column."""
        column = self.columns.get(key)
        if column is None:
            return Problem(self.place, key, text)
        sheet = self.header.sheet
        place = f"{sheet.place(self.row, column.number)}「{column.heading}」"
        return Problem(place + _shown(sheet.cell(self.row, column.number)), "", text)

    def read(self) -> tuple[ListedClient, list[Problem]]:
        """Return the client and everything wrong with its row."""
        stated: dict[str, Any] = {}
        wrong: dict[str, Text] = {}
        for column in self.header.columns:
            try:
                value = self._value(column)
            except RuleError as error:
                wrong[column.key] = error.text
                continue
            if value is not None:
                stated[column.key] = value
        for key in REQUIRED:
            if key not in stated:
                wrong.setdefault(key, Text("入力してください", "required, but blank"))
        client_id, vendor = stated.pop("client_id", ""), stated.pop("vendor", None)
        for problem in _client_problems(stated, self.place):
            wrong.setdefault(problem.key.split("[")[0].split(".")[0], problem.expected)
        problems = [self.problem(key, text) for key, text in wrong.items()]
        return ListedClient(client_id, self.place, vendor, stated), problems

    def _value(self, column: Column) -> Any:
        sheet = self.header.sheet
        if (self.row, column.number) in sheet.broken:
            raise RuleError(
                Text(
                    "数式の値がありません。値として入力してください",
                    "the formula has no value; enter the value itself",
                )
            )
        if (self.row, column.number) in sheet.covered:
            raise RuleError(
                Text(
                    "結合されたセルです。結合を解いて、行ごとに入力してください",
                    "a merged cell; split it and fill in each row",
                )
            )
        cell = sheet.cell(self.row, column.number)
        return None if cell is None else _READERS.get(column.key, _number)(cell, column)


def _shown(cell: Cell) -> str:
    """Return a cell as a message shows it after its address."""
    if cell is None:
        return ""
    shown = f'"{cell}"' if isinstance(cell, str) else str(cell)
    return "= " + (shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…")


def _client_problems(stated: Mapping[str, Any], where: str) -> list[Problem]:
    try:
        Client.model_validate(dict(stated))
    except ValidationError as error:
        return problems_from(error, where, known=Client)
    return []


def _text(cell: Cell, column: Column) -> str:
    """Return a text; a number a person typed as a name stays what it shows."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise RuleError(Text("文字列を入力してください", "expected text"))
    text = str(cell).strip()
    section = {**fields("client"), **fields("list")}[column.key]
    return text if section.minimum is None else printable_text(text, section)


def _client_id(cell: Cell, column: Column) -> str:
    text = _text(cell, column)
    if folder_name(text) != text or _same(text).partition(".")[0] in RESERVED:
        raise RuleError(
            Text(
                "フォルダ名に使えない番号です。文字・数字・ハイフンなど60文字以内にし、"
                '/ \\ : * ? " < > | と、末尾の「.」は使わないでください',
                "cannot name a folder; use at most 60 letters, digits and hyphens, without "
                '/ \\ : * ? " < > | or a dot at the end',
            )
        )
    return text


def _vendor(cell: Cell, column: Column) -> str:
    """Return a vendor's name; the same vendor however wide or spaced it is typed."""
    return " ".join(unicodedata.normalize("NFKC", _text(cell, column)).split())


def _number(cell: Cell, column: Column) -> Any:
    """Return a number or a text that the field itself will read, in the unit of the column."""
    if isinstance(cell, str):
        plain = unicodedata.normalize("NFKC", cell).strip()
        is_bare = plain.replace(",", "").replace(".", "", 1).isdigit()
        return plain + column.unit if column.unit and is_bare else plain
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not column.unit:
        return str(cell) if isinstance(cell, datetime.date) else cell
    return f"{cell!r}{column.unit}"


def _parts(cell: Cell) -> list[str]:
    text = unicodedata.normalize("NFKC", str(cell))
    for separator in _SEPARATORS:
        text = text.replace(unicodedata.normalize("NFKC", separator), ";")
    return [part.strip() for part in text.split(";") if part.strip()]


def _databases(cell: Cell, column: Column) -> list[Any]:
    return [_number(part, column) for part in _parts(cell)]


def _by_group(cell: Cell, column: Column) -> dict[str, Any]:
    names = {name.label.ja: key for key, name in groups().items()}
    found: dict[str, Any] = {}
    for part in _parts(cell):
        name, sign, count = part.replace("=", ":").partition(":")
        key = names.get(name.strip(), name.strip())
        if not sign or key in found:
            raise RuleError(
                Text(
                    "「原因群:件数」を ; で区切って、1回ずつ書いてください",
                    "expected group:count, separated by ; and each group once",
                )
            )
        found[key] = count.strip()
    return found


_READERS: Mapping[str, Callable[[Cell, Column], Any]] = {
    "client_id": _client_id,
    "name": _text,
    "industry": _text,
    "vendor": _vendor,
    "databases": _databases,
    "incidents_by_group": _by_group,
}
