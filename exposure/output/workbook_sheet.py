"""What the sheets of a workbook share: pages, styles, and how its numbers are printed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exposure.errors import Lang
from exposure.output.charts.style import look
from exposure.output.content.blocks import Kind, Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_MAN, _OKU, _MILLION = 10**4, 10**8, 10**6
# Amounts by their size, as the report prints them. A spreadsheet scales by thousands alone, so the
# point is set into the digits that are left.
_YEN: dict[Lang, tuple[tuple[int, str], ...]] = {
    "ja": ((_OKU, '0"."00,,"億円"'), (_MAN, '0"."0,"万円"'), (0, '#,##0"円"')),
    "en": ((_MILLION, '"JPY "#,##0.00,,"M"'), (0, '"JPY "#,##0')),
}
_MINUS: dict[Lang, str] = {"ja": "▲", "en": "−"}
_LARGE, _TINY = 100, 1e-3  # a number from here on has no decimals, below has more than four


def number_format(kind: Kind, value: float, lang: Lang) -> str:
    """Return how a spreadsheet is to print a number.

    Examples
    --------
    >>> number_format("share", 0.0004, "ja"), number_format("share", 0.5, "ja")
    ('0.00%', '0.0%')
    >>> number_format("number", 9715.98, "ja"), number_format("number", 0.5, "ja")
    ('#,##0', '0.####')
    >>> number_format("yen", 12_345_678, "ja").partition(";")[0]
    '0"."0,"万円"'
    """
    if kind == "share":
        rest = min(abs(value), 1 - abs(value))
        decimals = max(1, math.ceil(-math.log10(rest)) - 2) if rest > 0 else 1
        return f"0.{'0' * decimals}%"
    if kind in ("yen", "exact"):
        known = _YEN[lang] if kind == "yen" else _YEN[lang][-1:]
        shown = next(shown for least, shown in known if abs(value) >= least)
        return f'{shown};"{_MINUS[lang]}"{shown}'
    if float(value).is_integer() or abs(value) >= _LARGE:
        return "#,##0"
    if abs(value) >= 1:
        return "0.##"
    return "0.####" if abs(value) >= _TINY else "General"


@dataclass
class Placed:
    """Where a table stands in its sheet: rows of the first and last line, columns of each field.

    ``fields`` maps the number of a table column to the column of its live number.
    """

    sheet: str
    first: int
    last: int
    fields: dict[int, int]
    table: Table


@dataclass
class Book:
    """A workbook being written; ``notice`` stands at the foot of every printed page."""

    workbook: Workbook
    lang: Lang
    notice: str
    styles: dict[str, Format] = field(default_factory=dict)
    placed: dict[str, list[Placed]] = field(default_factory=dict)

    def style(self, **properties: object) -> Format:
        """Return a format, made once."""
        key = repr(sorted(properties.items()))
        if key not in self.styles:
            given = {"valign": "top", **look()["workbook"]["font"], **properties}
            self.styles[key] = self.workbook.add_format(given)
        return self.styles[key]

    def head(self, **properties: object) -> Format:
        """Return the format of the headings of a table."""
        return self.style(bold=True, bg_color="#DCE6EE", text_wrap=True, bottom=1, **properties)

    def sheet(self, name: str, title: str = "", *, upright: bool = False) -> Worksheet:
        """Add a sheet that prints on A4, as wide as a page; its title stands on top."""
        book = look()["workbook"]
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        if not upright:
            sheet.set_landscape()
        sheet.set_paper(book["a4"])
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&R&P / &N")
        # What the file format cannot hold is left out.
        sheet.set_footer(f"&L{self.notice.replace('&', '&&')[: book['footer']]}")
        if title:
            sheet.set_column(0, 0, book["name_width"])
            large = self.style(bold=True, font_size=book["heading"])
            sheet.write_string(0, 0, title, large)
        return sheet

    def spread_pages(self, sheet: Worksheet, width: float) -> None:
        """Print a wide sheet on pages side by side, each with the names of its rows."""
        pages = math.ceil(width / look()["workbook"]["page_width"])
        if pages > 1:
            sheet.fit_to_pages(pages, 0)
            sheet.repeat_columns(0, 0)
