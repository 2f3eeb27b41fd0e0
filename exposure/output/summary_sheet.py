"""What the sheets of a book's summary share: formats, labels, values written as what they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.labels import label
from exposure.output.summary_columns import FIGURE, RATE, SHARE, YEN, Value

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.chart import Chart
    from xlsxwriter.worksheet import Worksheet

WIDE, NARROW = 34, 16


class Writer:
    """Writes into the sheets of one workbook."""

    def __init__(self, workbook: Workbook, lang: Lang) -> None:
        self.book = workbook
        self.lang = lang
        self.head = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.bad = workbook.add_format({"bg_color": "#F4CCCC"})
        self.formats = {
            number: workbook.add_format({"num_format": number} if number else {})
            for number in ("", YEN, SHARE, RATE, FIGURE)
        }

    def said(self, name: str, **values: object) -> str:
        """Return a label of the summary, filled in."""
        return label("summary", name, self.lang).format(**values)

    def chart(self, kind: str, subtype: str | None = None) -> Chart:
        """Return a new chart, not placed yet."""
        found = self.book.add_chart({"type": kind, "subtype": subtype})
        assert found is not None  # it is None for an unknown kind alone
        return found

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, number: str = "") -> None:
        """Write a value as what it is; text is never read as a formula, a link or a number."""
        if value is None:
            return
        if isinstance(value, str):
            sheet.write_string(row, column, value)
        elif math.isfinite(value):
            sheet.write_number(row, column, value, self.formats[number])

    def titled(self, sheet: Worksheet, top: int, title: str, headings: Sequence[str]) -> None:
        """Write a title and the headings below it."""
        sheet.write_string(top, 0, title, self.head)
        for number, heading in enumerate(headings):
            sheet.write_string(top + 1, number, heading, self.head)
