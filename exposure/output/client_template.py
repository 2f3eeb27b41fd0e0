"""An empty client list to fill in: headings, validation lists, notes (顧客一覧のひな形)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from exposure.batch.headings import REQUIRED
from exposure.errors import Lang, Text
from exposure.inputs.fields import Field, fields
from exposure.inputs.names import industries
from exposure.output.summary import CREATED, OPTIONS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_FIRST = ("client_id", "name", "industry", "records", "revenue", "employees")
_ROWS = 2000
_WIDTHS = (18, 34, 60)
# The cells of a sheet hold any text; how these are written is said in the notes.
_SPECIAL = {
    "databases": Text(
        "「;」で区切って並べる。例: 50,000; 12万", "separated by ;, as 50,000; 30000"
    ),
    "incidents_by_group": Text(
        "「原因群:件数」を「;」で区切る。例: external:1; error:2",
        "group:count separated by ;, as external:1; error:2",
    ),
}
_SHEETS = {
    "list": Text("顧客一覧", "Clients"),
    "notes": Text("記入のしかた", "How to fill in"),
    "choices": Text("選択肢", "Choices"),
}


def client_template(lang: Lang = "ja") -> bytes:
    """Return an empty client list as a workbook (顧客一覧のひな形).

    Parameters
    ----------
    lang : str
        Of the headings and notes; both are understood when the list is read.

    Returns
    -------
    bytes
    """
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, dict(OPTIONS)) as workbook:
        workbook.set_properties({"created": CREATED})
        columns = _columns()
        sheet = workbook.add_worksheet(_SHEETS["list"].say(lang))
        notes = workbook.add_worksheet(_SHEETS["notes"].say(lang))
        choices = workbook.add_worksheet(_SHEETS["choices"].say(lang))
        names = [name.label.say(lang) for name in industries().values()]
        for row, name in enumerate(names):
            choices.write_string(row, 0, name)
        listed = f"='{_SHEETS['choices'].say(lang)}'!$A$1:$A${len(names)}"
        must = workbook.add_format({"bold": True, "bg_color": "#FFE599", "text_wrap": True})
        may = workbook.add_format({"bold": True, "bg_color": "#E8EEF4", "text_wrap": True})
        for number, (key, field) in enumerate(columns.items()):
            sheet.write_string(0, number, field.label.say(lang), must if key in REQUIRED else may)
            sheet.data_validation(1, number, _ROWS, number, _rule(key, field, listed, lang))
        sheet.set_column(0, len(columns) - 1, _WIDTHS[0])
        sheet.freeze_panes(1, 2)
        _write_notes(notes, columns, lang)
    return stream.getvalue()


def _columns() -> dict[str, Field]:
    known = {**fields("list"), **fields("client")}
    del known["adequacy_target"]  # read from lists of edition 0.1, and decides nothing any more
    order = [*_FIRST, *(key for key in known if key not in _FIRST)]
    return {key: known[key] for key in order}


def _rule(key: str, field: Field, listed: str, lang: Lang) -> dict[str, object]:
    """Return the validation of a column; text such as 12万 is warned of, not refused."""
    expected = _expected(key, field).say(lang)
    rule: dict[str, object] = {"validate": "any"}
    if key == "industry":
        rule = {"validate": "list", "source": listed}
    elif key not in _SPECIAL and field.minimum is not None and field.maximum is not None:
        kind = {"text": "length", "whole": "integer"}.get(field.kind, "decimal")
        rule = {
            "validate": kind,
            "criteria": "between",
            "minimum": field.minimum,
            "maximum": field.maximum,
        }
    return {
        **rule,
        "error_type": "warning",
        "error_message": expected,
        "input_title": field.label.say(lang)[:32],
        "input_message": expected,
    }


def _expected(key: str, field: Field) -> Text:
    if key in _SPECIAL:
        return _SPECIAL[key]
    if key == "industry":
        return Text("選択肢から選ぶ", "choose from the list")
    unit = field.unit or Text("", "")
    low, high = field.minimum, field.maximum
    if field.kind == "text":
        return Text(f"{high:,}文字以内", f"at most {high:,} characters")
    if field.kind == "whole":
        return Text(
            f"{low:,}以上{high:,}以下の整数（{unit.ja}）。12万、3億円のような書き方も可",
            f"a whole number ({unit.en}) from {low:,} to {high:,}",
        )
    return Text("0から1の割合。30%のような書き方も可", "a share from 0 to 1; 30% will do")


def _write_notes(sheet: Worksheet, columns: dict[str, Field], lang: Lang) -> None:
    sheet.set_column(0, 0, _WIDTHS[1])
    sheet.set_column(1, 1, _WIDTHS[0])
    sheet.set_column(2, 2, _WIDTHS[2])
    top = [
        Text(
            "1行に1社。黄色の列は必須、ほかは空欄で構いません。使わない列は消せます。",
            "One client per row. Yellow columns are required, others may stay blank or be removed.",
        ),
        Text(
            "顧客番号は結果のフォルダ名になります。重複しない番号にしてください。"
            "空欄なら行番号から付けます。",
            "The client number names the folder of the results; keep it unique. Left blank, it is "
            "made of the number of the row.",
        ),
        Text(
            "同じ委託先の名前を書いた顧客は、その委託先の事故に同時に巻き込まれるものとして集計します。",
            "Clients that name the same vendor are taken to be hit together by its failures.",
        ),
    ]
    for row, line in enumerate(top):
        sheet.write_string(row, 0, line.say(lang))
    for row, (key, field) in enumerate(columns.items(), start=len(top) + 1):
        must = Text("必須", "required") if key in REQUIRED else Text("任意", "optional")
        sheet.write_string(row, 0, field.label.say(lang))
        sheet.write_string(row, 1, must.say(lang))
        sheet.write_string(row, 2, _expected(key, field).say(lang))
