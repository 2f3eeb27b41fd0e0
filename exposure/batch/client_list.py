"""The client list (顧客一覧): one client per row, checked whole before anything runs.

Turns cells into the fields of a client. Which values a field takes is left to ``inputs``; finding
the header to ``headings``.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any  # Any: values on their way to be checked

from pydantic import ValidationError

from exposure.amounts import is_sheet_error, is_vague, means_nothing, parse_number, plain_digits
from exposure.batch.cells import Cell, CellFormat, column_letters
from exposure.batch.headings import REQUIRED, Column, Header, any_in, find_header, table_units
from exposure.batch.sheets import read_sheets
from exposure.errors import DataError, Problem, Text
from exposure.inputs.client import Client
from exposure.inputs.fields import Field, counts_as, estimate_refusal, fields, printable_text
from exposure.inputs.names import groups
from exposure.inputs.study_file import folder_name
from exposure.records import RuleError, problems_from

# Names a folder of results needs for itself.
RESERVED = ("summary", "portfolio", "registry")
_INCIDENTS = "incidents_last_3_years"
_BY_GROUP = "incidents_by_group"
_SEPARATORS = "；;、\n/／"
_LONGEST_SHOWN = 80
_MOST_LISTED = 20
_EXCEL_DIGITS = 15
_TOTAL = re.compile(
    r"[(【\[〔<]?(合計|総計|小計|累計|計|平均|総合計|最大|最小|中央値|(grand|sub)?total|sum|average|mean)"
    r"[額値数]?(\(.*\))?[】)\]〕>]?:?",
    re.IGNORECASE,
)
# How a total is also called, in a row without a client number.
_TOTAL_OF = re.compile(r".*(合計|総計|小計|累計|[社部店課区体数額高分]計)[額値数]?")
_NOTE = re.compile(
    r"[※＊*]|[（(]?注([)）:：\d]|$|釈|記|意)|以上$|出典|出所|資料[:：]|作成[:：]|備考|note|source",
    re.IGNORECASE,
)
_GROUP_START = re.compile(r"[¥\\]?[1-9]\d{0,2}")
_GROUP = re.compile(r"\d{3}(\.\d+)?[円件人名]?")
_BARE = re.compile(r"\+?(\d[\d, ]*)(\.\d+)?")
_COUNTED = re.compile(r"[¥\\]?\d[\d,. ]*[円件人名社台]?")


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
    problems : tuple of Problem
        What is wrong with the row; such a client is not run.
    """

    client_id: str
    place: str
    vendor: str | None
    fields: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ClientList:
    """A client list as read (顧客一覧).

    Parameters
    ----------
    clients : tuple of ListedClient
        Those that can be run and those with problems, in the order of the rows.
    problems : tuple of Problem
        What is wrong with the list itself: its headings and units.
    notices : tuple of Problem
        What whoever made the list should know and need not change.
    """

    clients: tuple[ListedClient, ...]
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()

    def valid_clients(self) -> tuple[ListedClient, ...]:
        """Return the clients if all of the list is right.

        Raises
        ------
        DataError
            With every problem of headings and rows.
        """
        rows = (problem for client in self.clients for problem in client.problems)
        problems = [*self.problems, *rows]
        if problems:
            raise DataError(problems)
        return self.clients


def read_client_list(path: Path | str) -> ClientList:
    """Read a client list with what is wrong in it and what is worth saying (顧客一覧の読み込み).

    It is an ``.xlsx``, ``.xls``, ``.ods`` or ``.csv`` file. An empty list has no clients.

    Raises
    ------
    DataError
        If the file cannot be read, or holds no list or several.
    """
    path = Path(path)
    header = find_header(read_sheets(path), str(path))
    clients, problems, notices = _Rows(header).read()
    return ClientList(tuple(clients), (*header.problems, *problems), (*header.notices, *notices))


class _Rows:
    """The rows below a header, told apart: clients, totals, notes, headings printed again."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.left_out: dict[Text, list[int]] = {}
        self.problems: list[Problem] = []

    def read(self) -> tuple[list[ListedClient], list[Problem], list[Problem]]:
        """Return the clients, what is wrong between them, and what is worth saying."""
        sheet, clients, numbers = self.header.sheet, [], []
        for number in range(self.header.first_row, len(sheet.rows)):
            row = _Row(self.header, number)
            if row.is_blank() or self._is_left_out(number):
                continue
            clients.append(row.read())
            numbers.append(number)
        named, made_up = self._with_ids(_list_once(clients), numbers)
        return self._unique(named, numbers), self.problems, [*self._left_out(), *made_up]

    def _is_left_out(self, number: int) -> bool:
        """Say whether a row is no client; the reason is kept."""
        sheet, columns = self.header.sheet, self.header.columns
        stated = {
            column: cell for column, cell in enumerate(sheet.rows[number]) if cell is not None
        }
        words = {c: "".join(cell.split()) for c, cell in stated.items() if isinstance(cell, str)}
        own = {column.number: column.key for column in columns}
        narrow = {c: unicodedata.normalize("NFKC", word) for c, word in words.items()}
        totals = {c for c, word in narrow.items() if _TOTAL.fullmatch(word)}
        if not any(own.get(c) == "client_id" and c not in totals for c in stated):
            totals |= {c for c, word in narrow.items() if _TOTAL_OF.fullmatch(word)}
        has_name = any(own.get(c) == "name" and c not in totals for c in words)
        again = {c.number: "".join(c.heading.split()) for c in columns}
        reason = None
        if totals and not has_name:
            reason = Text("合計・平均の行", "a row of totals or means")
        elif number == self.header.first_row and _numbers_columns(stated):
            reason = Text("列に番号を付けた行", "a row that numbers the columns")
        elif len(words) >= 2 and all(again.get(c) == words.get(c) for c in stated if c in own):
            reason = Text("見出しを繰り返した行", "the headings again")
        elif len(stated) == len(words) == 1 and _NOTE.match(next(iter(words.values()))):
            reason = Text("注記の行", "a note")
            self._check_note(number, *words)
        if reason is None:
            return False
        self.left_out.setdefault(reason, []).append(number + 1)
        return True

    def _check_note(self, number: int, column: int) -> None:
        """Refuse a unit that is stated below the list, where nobody applies it."""
        cell = str(self.header.sheet.cell(number, column))
        if any(unit.factor for unit in table_units(cell)):
            text = Text(
                "単位は列の見出しに（千円）のように書いてください",
                "write units into the headings of their columns, such as （千円）",
            )
            place = self.header.sheet.place(number, column)
            self.problems.append(Problem(place + _shown(cell), "", text))

    def _left_out(self) -> Iterator[Problem]:
        for reason, rows in self.left_out.items():
            listed = _listed([str(row) for row in rows])
            text = Text(
                f"{reason.ja}は顧客として読みません: {listed.ja}行目",
                f"{reason.en}, not read as a client: row {listed.en}",
            )
            yield Problem(self.header.sheet.where, "", text)

    def _with_ids(
        self, clients: list[ListedClient], numbers: list[int]
    ) -> tuple[list[ListedClient], list[Problem]]:
        """Give the clients without a number one after their row, and say so."""
        taken = {_same(client.client_id) for client in clients}
        named, made_up = [], []
        for client, number in zip(clients, numbers, strict=True):
            if client.client_id:
                named.append(client)
                continue
            client_id = f"row-{number + 1}"
            while _same(client_id) in taken:
                client_id += "-2"
            taken.add(_same(client_id))
            made_up.append(client_id)
            named.append(replace(client, client_id=client_id))
        if not made_up:
            return named, []
        listed = _listed(made_up)
        text = Text(
            f"顧客番号のない{len(made_up)}行には行番号から番号を付けます: {listed.ja}",
            f"{len(made_up)} rows without a client_id are named after their row: {listed.en}",
        )
        return named, [Problem(self.header.sheet.where, "", text)]

    def _unique(self, clients: list[ListedClient], numbers: list[int]) -> list[ListedClient]:
        """Mark the clients whose number an earlier row has."""
        first: dict[str, str] = {}
        found = []
        for client, number in zip(clients, numbers, strict=True):
            identity = _same(client.client_id)
            if client.client_id and identity in first:
                text = Text(
                    f"{first[identity]} と同じ顧客番号です。重複しない番号にしてください",
                    f"the same client_id as in {first[identity]}; make it unique",
                )
                problem = _Row(self.header, number).problem("client_id", text)
                client = replace(client, problems=(*client.problems, problem))
            first.setdefault(identity, client.place)
            found.append(client)
        return found


def _list_once(clients: Iterable[ListedClient]) -> list[ListedClient]:
    """Print a long list of what is allowed once, and refer to it from then on."""
    first: dict[Text, str] = {}
    found = []
    for client in clients:
        problems = []
        for problem in client.problems:
            if len(problem.expected.ja) > _LONGEST_SHOWN and ": " in problem.expected.en:
                place = first.setdefault(problem.expected, problem.where)
                if place != problem.where:
                    ja, en = (text.partition(": ")[0] for text in problem.expected)
                    at = place.partition("「")[0]
                    problem = replace(
                        problem, expected=Text(f"{ja}（{at} と同じ）", f"{en} ({at})")
                    )
            problems.append(problem)
        found.append(replace(client, problems=tuple(problems)))
    return found


def _listed(items: list[str]) -> Text:
    """Return a list as a message shows it, cut where it gets long."""
    shown = ", ".join(items[:_MOST_LISTED])
    rest = len(items) - _MOST_LISTED
    if rest <= 0:
        return Text(shown, shown)
    return Text(f"{shown} ほか{rest:,}件", f"{shown} and {rest:,} more")


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
        sheet = self.header.sheet
        return not any_in(sheet, self.row) and not any(
            (self.row, column.number) in sheet.errors for column in self.header.columns
        )

    def problem(self, key: str, text: Text) -> Problem:
        """Return the problem of a field at its cell, or at the row if there is no such column."""
        column = self.columns.get(key)
        if column is None:
            return Problem(self.place, key, text)
        sheet = self.header.sheet
        place = f"{sheet.place(self.row, column.number)}「{column.heading}」"
        error = sheet.errors.get((self.row, column.number))
        shown = f'= "{error}"' if error else _shown(sheet.cell(self.row, column.number))
        return Problem(place + shown, "", text)

    def read(self) -> ListedClient:
        """Return the client with everything wrong with its row."""
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
            if key not in stated and key in self.columns:
                wrong.setdefault(key, Text("入力してください", "required, but blank"))
        client_id, vendor = stated.pop("client_id", ""), stated.pop("vendor", None)
        for problem in _client_problems(stated, self.place):
            key = problem.key.split("[")[0].split(".")[0]
            if key in self.columns or key not in REQUIRED:
                wrong.setdefault(key, problem.expected)
        order = {column.key: column.number for column in self.header.columns}
        found = sorted(wrong.items(), key=lambda item: order.get(item[0], len(order)))
        problems = tuple(self.problem(key, text) for key, text in found)
        if not client_id and "client_id" in wrong:
            cell = self.header.sheet.cell(self.row, self.columns["client_id"].number)
            client_id = "" if cell is None else str(cell)[:_LONGEST_SHOWN]
        return ListedClient(client_id, self.place, vendor, stated, problems)

    def _value(self, column: Column) -> Any:
        sheet, at = self.header.sheet, (self.row, column.number)
        if at in sheet.errors:
            raise RuleError(*_formula_refusal(sheet.errors[at]))
        if at in sheet.covered:
            raise RuleError(
                "結合されたセルです。結合を解いて、行ごとに入力してください",
                "a merged cell; split it and fill in each row",
            )
        cell = sheet.cell(*at)
        if isinstance(cell, str) and is_sheet_error(cell):
            raise RuleError(*_formula_refusal(cell))
        if isinstance(cell, str) and means_nothing(cell):
            return self._nothing(column)
        if sheet.is_text:
            self._check_commas(column, cell)
        if cell is None:
            return None
        reader = _READERS.get(column.key, _number)
        return reader(cell, column, sheet.formats.get(at, CellFormat()))

    def _nothing(self, column: Column) -> Any:
        """Return what なし and - mean: no incidents, and elsewhere that nothing is stated."""
        if column.key == _INCIDENTS:
            return 0
        return {} if column.key == _BY_GROUP and _INCIDENTS not in self.columns else None

    def _has_words(self, column: int) -> bool:
        """Say whether other rows of a column hold words, so that a number there is a stray one."""
        sheet = self.header.sheet
        below = (sheet.cell(row, column) for row in range(self.header.first_row, len(sheet.rows)))
        return any(isinstance(cell, str) and not _BARE.fullmatch(cell.strip()) for cell in below)

    def _check_commas(self, column: Column, cell: Cell) -> None:
        """Refuse what looks like a number cut in pieces by its own commas, as in a CSV file."""
        sheet = self.header.sheet
        after = sheet.cell(self.row, column.number + 1)
        if column.kind == "text" or not (isinstance(cell, str) and isinstance(after, str)):
            return
        start, rest = cell.strip(), after.strip()
        if not (_GROUP_START.fullmatch(start) and _GROUP.fullmatch(rest)):
            return
        beside = next((c for c in self.header.columns if c.number == column.number + 1), None)
        is_longer = len(sheet.rows[self.row]) > len(sheet.rows[self.header.row])
        if beside is None:
            is_cut = (
                is_longer
                or sheet.cell(self.header.row, column.number + 1) is None
                or self._has_words(column.number + 1)
            )
        else:
            is_cut = beside.kind != "text" and (
                is_longer or rest.startswith("0") or (beside.kind == "money" and not beside.unit)
            )
        if is_cut:
            raise RuleError(
                f"{column_letters(column.number + 1)}列の「{rest}」と合わせて {start},{rest} "
                "ではありませんか。桁区切りのコンマがある数は "
                f'"{start},{rest}" と引用符で囲んでください',
                f'is it {start},{rest} together with "{rest}" in column '
                f"{column_letters(column.number + 1)}? put a number with commas in quotes: "
                f'"{start},{rest}"',
            )


def _numbers_columns(stated: Mapping[int, Cell]) -> bool:
    """Say whether a row holds nothing but 1, 2, 3 and so on from its first cell."""
    return len(stated) > 2 and all(
        unicodedata.normalize("NFKC", str(cell)).strip(" ().") == str(column - min(stated) + 1)
        for column, cell in stated.items()
    )


def _formula_refusal(error: str) -> Text:
    if not error:
        return Text(
            "数式の値がありません。値として入力してください",
            "the formula has no value; enter the value itself",
        )
    return Text(
        "セルがエラーになっています。値として入力してください",
        "the cell holds an error; enter the value itself",
    )


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


def _text(cell: Cell, column: Column, shown: CellFormat) -> str:
    """Return a text; a number a person typed as a name stays what it shows."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise RuleError("文字列を入力してください", "expected text")
    text = str(cell).strip()
    if isinstance(cell, int) and shown.width:
        text = text.zfill(shown.width)
    if "\ufffd" in text:
        raise RuleError(
            "文字化けしています。元の文字を入力してください",
            "a character got lost in an earlier conversion; type it again",
        )
    section = {**fields("client"), **fields("list")}[column.key]
    return text if section.minimum is None else printable_text(text, section)


def _industry(cell: Cell, column: Column, shown: CellFormat) -> str:
    text = _text(cell, column, shown)
    if is_vague(text):
        raise RuleError(*estimate_refusal(fields("client")["industry"]))
    return text


def _client_id(cell: Cell, column: Column, shown: CellFormat) -> str:
    text = _text(cell, column, shown)
    if folder_name(text) != text or _same(text).partition(".")[0] in RESERVED:
        raise RuleError(
            "フォルダ名に使えない番号です。文字・数字・ハイフンなど60文字以内にし、"
            '/ \\ : * ? " < > | と、末尾の「.」は使わないでください',
            "cannot name a folder; use at most 60 letters, digits and hyphens, without "
            '/ \\ : * ? " < > | or a dot at the end',
        )
    return text


def _vendor(cell: Cell, column: Column, shown: CellFormat) -> str:
    """Return a vendor's name; the same vendor however wide or spaced it is typed."""
    return " ".join(unicodedata.normalize("NFKC", _text(cell, column, shown)).split())


def _number(cell: Cell, column: Column, shown: CellFormat) -> Any:
    """Return a number or a text that the field itself will read, in the unit of the column."""
    if isinstance(cell, str):
        return _typed_number(cell, column.unit)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return str(cell) if isinstance(cell, datetime.date | datetime.timedelta) else cell
    if shown.strange:
        raise RuleError(
            f"表示形式に「{shown.strange}」とあります。数だけの表示形式にしてください",
            f'the number format says "{shown.strange}"; use a format of the number alone',
        )
    if shown.is_date:
        raise RuleError(
            "日付の表示形式です。数の表示形式にしてください",
            "a date by its number format; use one for numbers",
        )
    field = fields("client").get(column.key)
    if field is not None and not _fits_counter(shown.counter, field, column):
        raise RuleError(
            f"表示形式では「{shown.counter}」の数です。この列に合う表示形式にしてください",
            f'the number format says that it counts "{shown.counter}"; '
            "use a format that fits the column",
        )
    if column.kind == "share":
        return _shown_share(cell, column, shown)
    if shown.is_percent or shown.unit == "%":
        raise RuleError("％ではなく数を入力してください", "expected a number, not a percentage")
    return _in_unit(cell, _factor_shown(cell, column, shown))


def _fits_counter(counter: str, field: Field, column: Column) -> bool:
    return counts_as(counter, field) and not (counter and column.kind == "share")


def _shown_share(cell: float, column: Column, shown: CellFormat) -> Any:
    """Return a share: a cell shown in per cent holds the share itself, whatever its heading."""
    if shown.divisor != 1 or shown.unit not in ("", "%"):
        raise RuleError(*_hidden_scale(cell, shown))
    if shown.is_percent:
        return f"{Decimal(f'{cell:.{_EXCEL_DIGITS}g}').scaleb(2):f}%"
    return f"{cell:.{_EXCEL_DIGITS}g}%" if "%" in (column.unit, shown.unit) else cell


def _factor_shown(cell: float, column: Column, shown: CellFormat) -> Decimal:
    """Return what a number has to be multiplied by, by its heading and its number format."""
    heading = Decimal(parse_number(f"1{column.unit}"))
    if shown.divisor == 1 and not shown.unit:
        return heading
    stated = Decimal(parse_number(f"1{shown.unit}")) if shown.unit else heading
    is_one_unit = not (column.unit and shown.unit) or heading == stated
    if is_one_unit and shown.divisor in (1, stated):
        return stated / shown.divisor
    raise RuleError(*_hidden_scale(cell, shown))


def _hidden_scale(cell: float, shown: CellFormat) -> Text:
    seen = f"{cell / shown.divisor:,.{_EXCEL_DIGITS}g}{shown.unit}"
    return Text(
        f"{seen} と表示されますが、セルの値は {cell:,} です。"
        "見出しの単位と表示形式をそろえてください",
        f"shown as {seen} but the cell holds {cell:,}; let the unit of the heading and the number "
        "format agree",
    )


def _in_unit(cell: float, factor: Decimal) -> Any:
    """Return a number of a unit as one of ones; to the digits a spreadsheet keeps."""
    if factor == 1 or cell != cell or cell in (float("inf"), float("-inf")):
        return cell
    number = Decimal(f"{cell:.{_EXCEL_DIGITS}g}") * factor
    return int(number) if number == int(number) else float(number)


def _typed_number(cell: str, unit: str) -> str:
    """Return a number as typed, with the unit of the heading where the cell has none."""
    try:
        plain = plain_digits(cell)
    except ValueError:
        return cell
    if not unit:
        return cell
    if _BARE.fullmatch(plain):
        return plain + unit
    if _COUNTED.fullmatch(plain):
        raise RuleError(
            f"見出しの単位（{unit}）とセルの単位が違います。"
            "数だけにするか、12万 のように書いてください",
            f"the cell has another unit than the heading ({unit}); write the number alone, or "
            "its unit in full, such as 12万",
        )
    return cell


def _parts(cell: Cell) -> list[str]:
    text = str(cell)
    for separator in _SEPARATORS:
        text = text.replace(separator, ";")
    return [part.strip() for part in text.split(";") if part.strip()]


def _databases(cell: Cell, column: Column, shown: CellFormat) -> list[Any]:
    if not isinstance(cell, str):
        return [_number(cell, column, shown)]
    return [_number(part, column, shown) for part in _parts(cell)]


def _by_group(cell: Cell, column: Column, shown: CellFormat) -> dict[str, Any]:
    names = {name.label.ja: key for key, name in groups().items()}
    found: dict[str, Any] = {}
    for part in _parts(cell):
        name, sign, count = part.replace("：", ":").replace("=", ":").partition(":")
        plain = unicodedata.normalize("NFKC", name).strip()
        key = names.get(plain, plain)
        if not sign or key in found:
            raise RuleError(
                "「原因群:件数」を ; で区切って、1回ずつ書いてください",
                "expected group:count, separated by ; and each group once",
            )
        found[key] = count.strip()
    return found


_READERS: Mapping[str, Callable[[Cell, Column, CellFormat], Any]] = {
    "client_id": _client_id,
    "name": _text,
    "industry": _industry,
    "vendor": _vendor,
    "databases": _databases,
    "incidents_by_group": _by_group,
}
