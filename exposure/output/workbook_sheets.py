"""Sheets of a workbook: what all share, lists, a trial with live formulas, and one tidy table.

The formulas hold numbers of the result and cells of the sheet alone. What stands in them until a
spreadsheet program works them out are the figures of the result.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from exposure.errors import Lang
from exposure.output.charts.style import look, name_of, views_of
from exposure.output.content.blocks import Column, Kind, Listing, Section, Table, Value
from exposure.output.content.words import text_of, titled, view_name
from exposure.output.printed import columns_of
from exposure.result.document import figures_in, part_of
from exposure.result.record import (
    Figure,
    PlanFigures,
    PlanResult,
    RegimeFigures,
    RegimeResult,
    Result,
    Tail,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet


# The first moment a zip archive can state: a workbook has to say when it was made, and equal
# content is to give equal bytes.
_CREATED = datetime.datetime(1980, 1, 1)  # the file format knows no zones

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def open_workbook(stream: IO[bytes], title: str = "") -> Workbook:
    """Return a new workbook: words stay words, and equal content gives equal bytes."""
    import xlsxwriter

    workbook = xlsxwriter.Workbook(stream, dict(_OPTIONS))
    workbook.set_properties({"title": title, "created": _CREATED})
    return workbook


_MAN, _OKU, _MILLION = 10**4, 10**8, 10**6

# Amounts by their size, as the report prints them. A spreadsheet scales by thousands alone, so the
# point is set into the digits that are left.
_YEN: dict[Lang, tuple[tuple[int, str], ...]] = {
    "ja": (
        (_OKU, '0"."00,,"億円"'),
        (1000 * _MAN, '0","000"."0,"万円"'),
        (_MAN, '0"."0,"万円"'),
        (0, '#,##0"円"'),
    ),
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
    '0","000"."0,"万円"'
    """
    if kind == "share":
        rest = min(abs(value), 1 - abs(value))
        decimals = max(1, math.ceil(-math.log10(rest)) - 2) if rest > 0 else 1
        return f"0.{'0' * decimals}%" if abs(value) <= 1 else "#,##0%"
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
    lists: dict[tuple[str, bool, bool], Format] = field(default_factory=dict)

    def style(self, **properties: object) -> Format:
        """Return a format, made once."""
        key = repr(sorted(properties.items()))
        if key not in self.styles:
            given = {"valign": "top", **look()["workbook"]["font"], **properties}
            self.styles[key] = self.workbook.add_format(given)
        return self.styles[key]

    def of_list(self, shown: str, column: int, marked: bool) -> Format:
        """Return the format of a cell of a list: of a number as it is shown, or of words."""
        key = shown, column > 0, marked
        if key not in self.lists:
            ground = {"bg_color": "#F4CCCC", "bold": True} if marked else {}
            # Words beside a number would touch it.
            aside = {"align": "left", "indent": 1} if column else {}
            words = {"text_wrap": True, **aside}
            own = {"num_format": shown} if shown else words
            self.lists[key] = self.style(**own, **ground)
        return self.lists[key]

    def head(self, **properties: object) -> Format:
        """Return the format of the headings of a table."""
        return self.style(bold=True, bg_color="#DCE6EE", text_wrap=True, bottom=1, **properties)

    def sheet(self, name: str, title: str = "") -> Worksheet:
        """Add a sheet that prints on A4, as wide as a page; its title stands on top."""
        book = look()["workbook"]
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(book["a4"])
        sheet.set_margins(*book["margins"])
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&R&P / &N")
        # What the file format cannot hold is left out.
        sheet.set_footer(f"&L&8{self.notice.replace('&', '&&')[: book['footer']]}")
        if title:
            large = self.style(bold=True, font_size=book["heading"])
            sheet.set_row(0, 2 * book["line_height"])
            sheet.write_string(0, 0, title, large)
        return sheet

    def print_whole(self, page: Page) -> None:
        """Print what of a sheet is for paper, as wide as a page and on as few as can be read."""
        room = look()["workbook"]
        rows = page.row if page.printed is None else page.printed
        wide, tall = page.width(), page.height(rows)
        papers = {name: room[name] for name in ("across", "upright")}
        fits = {name: min(w / wide, h / tall) for name, (w, h) in papers.items()}
        best = max(fits, key=fits.__getitem__)
        if best == "upright":
            page.sheet.set_portrait()
        pages = tall * min(1.0, papers[best][0] / wide) / papers[best][1]
        whole = max(1, math.floor(pages + 1 - room["overhang"]))
        page.sheet.fit_to_pages(1, whole)
        page.sheet.print_area(0, 0, rows - 1, len(page.widths) - 1)
        if whole > 1 and page.head is not None:
            page.sheet.repeat_rows(page.head)

    def print_first(self, page: Page, *, all_rows: bool = False) -> None:
        """Print the first page of a list that is for the screen, and say so on top of it.

        With ``all_rows`` the list is printed to its end, but for the columns that are too many.
        """
        room = look()["workbook"]
        columns = len(page.widths)
        while page.across(0, columns - 1) > room["list_page"]:
            columns -= 1
        wide, tall = room["across"]
        points = tall / min(1.0, wide / page.width(columns))
        rows = page.row
        if not all_rows:
            rows = next((n for n in range(page.row, 0, -1) if page.height(n) <= points), 1)
        cut = rows < page.row or columns < len(page.widths)
        if cut:
            name = "some_columns" if all_rows else "first_page"
            note = text_of(f"sheet.{name}", self.lang).replace("&", "&&")
            page.sheet.set_header(f"&L&8{note}&R&P / &N")
        page.sheet.fit_to_pages(1, 0 if all_rows else 1)
        page.sheet.print_area(0, 0, rows - 1, columns - 1)
        if page.head is not None:
            page.sheet.repeat_rows(page.head)  # for who prints all of it


_PIXELS, _EDGE, _POINTS = 7, 5, 0.75  # of a character, beside a cell's text, points of a pixel


@dataclass
class Page:
    """A sheet being written from the top down, with what its size on paper follows from.

    Parameters
    ----------
    row : int
        The next row to be written.
    widths : list of float
        Of its columns. [character]
    heights : dict of int to float
        Of rows that are higher than one line. [point]
    printed : int, optional
        The first row that is not for paper.
    head : int, optional
        The row of the headings of its only table.
    """

    sheet: Worksheet
    row: int = 0
    widths: list[float] = field(default_factory=list)
    heights: dict[int, float] = field(default_factory=dict)
    printed: int | None = None
    head: int | None = None

    def across(self, first: int, last: int) -> float:
        """Return how wide the columns from the first to the last are together. [character]."""
        return sum(self.widths[first : last + 1])

    def width(self, columns: int | None = None) -> float:
        """Return how wide the first columns are, or all. [point]."""
        return sum(_POINTS * (_PIXELS * width + _EDGE) for width in self.widths[:columns])

    def height(self, rows: int) -> float:
        """Return how high the first rows are. [point]."""
        line: float = look()["workbook"]["line_height"]
        return line * rows + sum(own - line for row, own in self.heights.items() if row < rows)

    def write(self, first: int, last: int, text: str, style: Format) -> None:
        """Write words into the row, in one column or across several."""
        if last > first:
            self.sheet.merge_range(self.row, first, self.row, last, text, style)
        else:
            self.sheet.write_string(self.row, first, text, style)

    def fit(self, texts: Iterable[tuple[str, float]]) -> None:
        """Make the row as high as its longest text in a width."""
        lines = lines_of(texts)
        if lines > 1:
            self.heights[self.row] = lines * look()["workbook"]["line_height"]
            self.sheet.set_row(self.row, self.heights[self.row])


def lines_of(texts: Iterable[tuple[str, float]]) -> int:
    """Return how many lines the longest of some wrapped texts takes in its width.

    Not every spreadsheet makes a row as high as that by itself.
    """
    fill = look()["workbook"]["fill"]
    return max((math.ceil(columns_of(text) / (fill * width)) for text, width in texts), default=1)


# --- lists ---------------------------------------------------------------------------------------


def write_list(book: Book, section: Section, table: Listing) -> None:
    """Write a list to sort and to filter, from the first cell of a sheet of its own (一覧).

    The heading of the section names the sheet; the heading of every column has to be another.
    """
    room = look()["workbook"]
    sheet = book.sheet(section.heading)
    sheet.hide_gridlines(0)  # they lead the eye along rows this long, on paper too
    sheet.set_header("&L&A&R&P / &N")  # no title stands above a list
    columns = [[row[number] for row in table.rows] for number in range(len(table.columns))]
    widths = [_list_width(*both) for both in zip(table.columns, columns, strict=True)]
    bottom = max(len(table.rows), 1)
    heads = {True: book.head(align="right"), False: book.head(align="left")}
    headings = [{"header": c.heading, "header_format": heads[c.numeric]} for c in table.columns]
    options = {"columns": headings, "name": section.name, "style": None}
    sheet.add_table(0, 0, bottom, len(widths) - 1, options)
    page = Page(sheet, widths=widths, head=0)
    page.fit((c.heading, w) for c, w in zip(table.columns, widths, strict=True))
    for number, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
        sheet.set_column(number, number, width)
        if column.bars:
            sheet.conditional_format(1, number, bottom, number, {"type": "data_bar"})
    # Only words that fill the widest column there may be can take another line.
    long = [number for number, width in enumerate(widths) if width >= room["list_width"]]
    for place, row in enumerate(table.rows):
        page.row = place + 1
        _write_list_row(book, sheet, page.row, row, table.kinds, marked=place in table.marked)
        page.fit((str(row[number] or ""), widths[number]) for number in long)
    page.row = bottom + 1
    sheet.freeze_panes(1, table.names)
    sheet.repeat_columns(0, table.names - 1)
    book.print_first(page, all_rows=not table.on_screen)


def _list_width(column: Column, values: Sequence[Value]) -> float:
    """Return the width of a column of a list: that of its longest words, within bounds."""
    widths = look()["workbook"]
    if column.numeric:
        # Latin words do not break.
        words = [word for word in column.heading.split() if word.isascii()]
        widest = max(map(columns_of, words), default=0) / widths["fill"]
        return float(min(max(widest, widths["amount_width"]), widths["list_width"]))
    longest = max((columns_of(text) for text in set(values) if isinstance(text, str)), default=0)
    wanted = longest / widths["fill"] + 1  # they are set off from what stands before them
    return float(min(max(wanted, widths["number_width"]), widths["list_width"]))


def _write_list_row(
    book: Book,
    sheet: Worksheet,
    place: int,
    row: Sequence[Value],
    kinds: Sequence[Kind],
    *,
    marked: bool,
) -> None:
    """Write one row of a list; a marked one has a ground of its own."""
    for number, value in enumerate(row):
        if value is None or value == "":
            if marked:
                sheet.write_blank(place, number, None, book.of_list("", number, marked))
        elif isinstance(value, str):
            sheet.write_string(place, number, value, book.of_list("", number, marked))
        else:
            shown = number_format(kinds[number], value, book.lang)
            sheet.write_number(place, number, value, book.of_list(shown, number, marked))


# --- a trial -------------------------------------------------------------------------------------

_BAD_YEAR = "0.99"

_LEVEL, _COST = "measure.ecr_level", "measure.ecr_cost"

# Rows and columns as the sheet has them: inputs above, one row for each plan below.
_FUNDS_ROW, _COST_ROW, _VIEWS_ROW, _HEADS_ROW, _BARE_ROW = 3, 4, 6, 7, 8

_NAME, _INPUT = 0, 1

_OF_VIEW = ("premium", "mean", "tail", "worth", "net", "total", "rank", "bad", "left")


def liquidity_cost(result: Result) -> float | None:
    """Return what a yen of own funds held for bad years costs a year (資金コスト率). [1/year]."""
    stated = result.client.get("cost_of_liquidity")
    if isinstance(stated, int | float):
        return float(stated)
    return _assumption(result, _COST)


def _assumption(result: Result, name: str) -> float | None:
    values = {one.name: one.value for one in result.assumptions}
    values |= {one.name: one.value for one in result.judgements}
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else None


def write_trial(book: Book, result: Result, subject: str) -> None:
    """Write the sheet on which premiums, own funds and their cost can be changed (試算).

    Parameters
    ----------
    result : Result
        One that does not say what own funds cost gets no such sheet.
    subject : str
        Of whom.
    """
    lang = book.lang
    cost, level = liquidity_cost(result), _assumption(result, _LEVEL)
    if cost is None or level is None:
        return
    sheet = _sheet(book, "trial", subject)
    sheet.write_string(1, 0, text_of("trial.note", lang), book.style(font_color="#56626D"))
    for row, name, value, kind in (
        (_FUNDS_ROW, "funds", result.own_funds.amount, _to_the_yen(lang)),
        (_COST_ROW, "cost", cost, "0.0%"),
    ):
        sheet.write_string(row, _NAME, text_of(f"trial.{name}", lang), book.style())
        sheet.write_number(row, _INPUT, value, _input(book, kind))
        sheet.data_validation(row, _INPUT, row, _INPUT, _allowed(name, lang))
    views = views_of(result)
    plans = result.regimes[views[0]].plans
    _write_heads(book, sheet, views, lang)
    sheet.write_string(_BARE_ROW, _NAME, text_of("none_of_them", lang), book.style())
    for row, plan in enumerate(plans, _BARE_ROW + 1):
        sheet.write_string(row, _NAME, name_of(plan, lang), book.style())
    last = _BARE_ROW + len(plans)
    first: _Trial | None = None
    for number, regime in enumerate(views):
        view = result.regimes[regime]
        column = _INPUT + number * len(_OF_VIEW)
        trial = _Trial(f"{level:g}", result.own_funds.amount, column, last)
        allowed = _allowed("premium", lang)
        sheet.data_validation(_BARE_ROW + 1, column, last, column, allowed)
        _write_bare(book, sheet, view, trial, lang)
        _look_of_results(book, sheet, trial)
        for row, plan in enumerate(plans, _BARE_ROW + 1):
            own = next((one for one in view.plans if one.id == plan.id), None)
            if own is not None:
                same = own.premium.amount == plan.premium.amount
                follows = first.cell(row, "premium") if first is not None and same else ""
                _write_premium(book, sheet, own, trial, row, follows, lang)
                _write_plan(book, sheet, view, own, trial, row, lang)
        first = first or trial
    sheet.freeze_panes(_HEADS_ROW + 1, _INPUT)
    room = look()["workbook"]
    names = max(columns_of(name_of(plan, lang)) for plan in plans) / room["fill"]
    of_view = [room["amount_width"], *[room["trial_width"]] * (len(_OF_VIEW) - 1)]
    for column, width in enumerate([max(names, room["least_name"]), *of_view * len(views)]):
        sheet.set_column(column, column, width)
    # On paper one view a page, each with the names of the plans.
    sheet.fit_to_pages(len(views), 1)
    sheet.repeat_columns(_NAME, _NAME)
    sheet.set_v_pagebreaks([_INPUT + n * len(_OF_VIEW) for n in range(1, len(views))])


def _look_of_results(book: Book, sheet: Worksheet, trial: _Trial) -> None:
    """Show large amounts in their own unit, and which plan costs least."""
    first, last = trial.place("mean"), trial.place("left")
    for least, shown in _YEN[book.lang][:-2]:  # the largest first: the first rule met holds
        rule = {"type": "cell", "criteria": "not between", "minimum": -least, "maximum": least}
        style = book.workbook.add_format({"num_format": _signed(shown, book.lang)})
        sheet.conditional_format(_BARE_ROW, first, trial.last_row, last, {**rule, "format": style})
    best = book.workbook.add_format({"bold": True, "bg_color": "#D9EAD3"})
    column = trial.place("rank")
    rule = {"type": "cell", "criteria": "==", "value": 1, "format": best}
    sheet.conditional_format(_BARE_ROW + 1, column, trial.last_row, column, rule)


@dataclass(frozen=True)
class _Trial:
    """Where one view stands on the sheet, and what its figures are made of."""

    level: str
    own_funds: float
    first: int
    last_row: int

    def place(self, name: str) -> int:
        """Return the column of a figure."""
        return self.first + _OF_VIEW.index(name)

    def cell(self, row: int, name: str) -> str:
        """Return the cell of a figure as a formula names it."""
        return _cell(row, self.place(name))

    def column(self, name: str) -> str:
        """Return the cells of all plans as a formula names them."""
        first, last = (_cell(row, self.place(name)) for row in (_BARE_ROW + 1, self.last_row))
        return f"{first}:{last}"

    def held(self, row: int) -> str:
        """Return the cost of what stays: its mean, and own funds held for bad years."""
        mean, tail = self.cell(row, "mean"), self.cell(row, "tail")
        return f"({mean}+{_cell(_COST_ROW, _INPUT)}*({tail}-{mean}))"


def _write_heads(book: Book, sheet: Worksheet, views: Sequence[str], lang: Lang) -> None:
    style = book.head()
    sheet.set_row(_HEADS_ROW, 3 * look()["workbook"]["line_height"])
    sheet.write_string(_HEADS_ROW, _NAME, text_of("trial.plan", lang), style)
    for number, regime in enumerate(views):
        column = _INPUT + number * len(_OF_VIEW)
        sheet.write_string(_VIEWS_ROW, column, view_name(regime, lang), book.style(bold=True))
        for place, name in enumerate(_OF_VIEW):
            sheet.write_string(_HEADS_ROW, column + place, text_of(f"trial.{name}", lang), style)


def _write_kept(
    book: Book, sheet: Worksheet, kept: Tail, trial: _Trial, row: int, lang: Lang
) -> None:
    """Write what stays with the client, as simulated, and what own funds leave of it."""
    yen = book.style(num_format=_number(lang))
    amounts = {
        "mean": kept.mean.value,
        "tail": _value(kept.tvar.get(trial.level)),
        "bad": _value(kept.var.get(_BAD_YEAR)),
    }
    for name, amount in amounts.items():
        if amount is not None:
            sheet.write_number(row, trial.place(name), amount, yen)
    bad = amounts["bad"]
    cell, funds = trial.cell(row, "bad"), _cell(_FUNDS_ROW, _INPUT)
    left = None if bad is None else trial.own_funds - bad
    formula = f'=IF(ISNUMBER({cell}),{funds}-{cell},"")'
    sheet.write_formula(row, trial.place("left"), formula, yen, _shown(left))


def _write_bare(
    book: Book, sheet: Worksheet, view: RegimeResult, trial: _Trial, lang: Lang
) -> None:
    """Write the row of having no insurance."""
    _write_kept(book, sheet, view.ground_up.annual, trial, _BARE_ROW, lang)
    known = f"ISNUMBER({trial.cell(_BARE_ROW, 'tail')})"
    formula = f'=IF({known},{trial.held(_BARE_ROW)},"")'
    style, value = book.style(num_format=_number(lang)), view.no_insurance.total_cost.value
    sheet.write_formula(_BARE_ROW, trial.place("total"), formula, style, _shown(value))


def _write_premium(
    book: Book,
    sheet: Worksheet,
    plan: PlanResult,
    trial: _Trial,
    row: int,
    follows: str,
    lang: Lang,
) -> None:
    """Write a premium to be changed; one that is the same in an earlier view follows it there.

    A premium that is no quotation may rest on what the plan is expected to pay, and so on the view.
    """
    column, style, amount = (
        trial.place("premium"),
        _input(book, _to_the_yen(lang)),
        plan.premium.amount,
    )
    if follows:
        formula = f'=IF(ISNUMBER({follows}),{follows},"")'
        sheet.write_formula(row, column, formula, style, _shown(amount))
    elif amount is None:
        sheet.write_blank(row, column, None, style)
    else:
        sheet.write_number(row, column, amount, style)


def _write_plan(
    book: Book,
    sheet: Worksheet,
    view: RegimeResult,
    plan: PlanResult,
    trial: _Trial,
    row: int,
    lang: Lang,
) -> None:
    """Write a plan: what it leaves, and what follows from its premium and the inputs."""
    _write_kept(book, sheet, plan.retained.annual, trial, row, lang)
    worth, premium, total = plan.worth.value, plan.premium.amount, _value(plan.total_cost)
    costs = [_value(one.total_cost) for one in view.plans]
    rank = None if total is None else 1 + sum(cost < total for cost in costs if cost is not None)
    paid, has_tail = trial.cell(row, "premium"), f"ISNUMBER({trial.cell(row, 'tail')})"
    both = f"AND(ISNUMBER({paid}),{has_tail})"
    bare, own, cost = trial.cell(_BARE_ROW, "total"), trial.cell(row, "worth"), trial.held(row)
    ranked = trial.cell(row, "total")
    cells: dict[str, tuple[str, str, float | None]] = {
        "worth": (has_tail, f"{bare}-{cost}", worth),
        "net": (both, f"{own}-{paid}", _less(worth, premium)),
        "total": (both, f"{paid}+{cost}", total),
        "rank": (f"ISNUMBER({ranked})", f"RANK({ranked},{trial.column('total')},1)", rank),
    }
    for name, (known, formula, value) in cells.items():
        style = book.style(num_format="0" if name == "rank" else _number(lang))
        whole = f'=IF({known},{formula},"")'
        sheet.write_formula(row, trial.place(name), whole, style, _shown(value))


def _cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    name: str = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
    return name


def _value(figure: Figure | None) -> float | None:
    return None if figure is None else figure.value


def _less(amount: float | None, other: float | None) -> float | None:
    return None if amount is None or other is None else amount - other


def _shown(value: float | None) -> float | str:
    """Return what a formula shows before it is worked out."""
    return "" if value is None else value


def _to_the_yen(lang: Lang) -> str:
    """Return how amounts are shown that are typed in yen."""
    return {"ja": '#,##0"円"', "en": '"JPY "#,##0'}[lang]


def _number(lang: Lang) -> str:
    """Return how amounts are shown that a formula gives, of whatever sign."""
    return _signed(_YEN[lang][-2][1], lang)


def _signed(shown: str, lang: Lang) -> str:
    return f'{shown};[Red]"{_MINUS[lang]}"{shown}'


def _input(book: Book, kind: str) -> Format:
    """Return the look of a cell to be changed."""
    return book.style(num_format=kind, bg_color="#FFF6CC", border=1)


def _allowed(name: str, lang: Lang) -> dict[str, object]:
    """Return what a cell to be changed takes: a number that is not negative."""
    return {
        "validate": "decimal",
        "criteria": ">=",
        "value": 0,
        "error_title": text_of("trial.wrong", lang),
        "error_message": text_of(f"trial.wrong.{name}", lang),
    }


def _sheet(book: Book, name: str, subject: str) -> Worksheet:
    title = titled(text_of(f"trial.{name}", book.lang), subject)
    return book.sheet(text_of(f"sheet.{name}", book.lang), title)


# --- every figure --------------------------------------------------------------------------------

_TIDY_HEADS = ("view", "plan", "name", "figure", "value", "low", "high", "band_low", "band_high")

_TIDY_ROW = 2


def write_figures(book: Book, result: Result, subject: str) -> None:
    """Write every figure of the result in one table, a row each, to sort and filter (全数値)."""
    lang, style = book.lang, book.head()
    sheet = _sheet(book, "figures", subject)
    for column, name in enumerate(_TIDY_HEADS):
        sheet.write_string(_TIDY_ROW, column, text_of(f"trial.{name}", lang), style)
    row = _TIDY_ROW
    rows = list(_rows(result, lang))
    for words, figure in rows:
        row += 1
        for column, text in enumerate(words):
            sheet.write_string(row, column, text, book.style())
        band = figure.band or (None, None)
        for column, number in enumerate((figure.value, figure.low, figure.high, *band), len(words)):
            if number is not None:
                style = book.style(num_format=number_format("number", number, lang))
                sheet.write_number(row, column, number, style)
    sheet.autofilter(_TIDY_ROW, 0, row, len(_TIDY_HEADS) - 1)
    sheet.freeze_panes(_TIDY_ROW + 1, 0)
    room = look()["workbook"]
    longest = [max(columns_of(words[n]) for words, _ in rows) for n in range(1, 4)]
    names = [min(number / room["fill"], room["most_name"]) for number in longest]
    amounts = [room["amount_width"]] * (len(_TIDY_HEADS) - 4)
    page = Page(sheet, row + 1, [room["number_width"], *names, *amounts], head=_TIDY_ROW)
    for column, width in enumerate(page.widths):
        sheet.set_column(column, column, width)
    book.print_first(page)


def _rows(result: Result, lang: Lang) -> Iterator[tuple[tuple[str, str, str, str], Figure]]:
    """Yield view, plan, its name and the path of each figure, with the figure."""
    for regime in views_of(result):
        view, name = result.regimes[regime], view_name(regime, lang)
        for path, figure in figures_in(part_of(RegimeFigures, view)):
            yield (name, "", "", path), figure
        for plan in view.plans:
            premium = Figure(plan.premium.amount, None, None)
            yield (name, plan.id, name_of(plan, lang), "premium"), premium
            for path, figure in figures_in(part_of(PlanFigures, plan)):
                yield (name, plan.id, name_of(plan, lang), path), figure
