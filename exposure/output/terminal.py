"""Plans, terms, payments, disputes and progress as text on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exposure.output.content.blocks import Block, Cell, Heading, Prose, Table

if TYPE_CHECKING:
    from rich.table import Table as Grid


WIDE = 160  # characters, for a table of long cells where the output is no terminal

_NARROWEST = 100


def print_blocks(blocks: Iterable[Block], width: int = _NARROWEST) -> None:
    """Print headings, paragraphs and tables; lines are neither broken nor read as markup.

    Parameters
    ----------
    width : int
        Characters a table has where the output is no terminal.

    Raises
    ------
    TypeError
        For a block that only paper and page can show, as a chart.

    Examples
    --------
    >>> print_blocks([Prose("[bold] 1,000円")])
    [bold] 1,000円
    """
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else width, highlight=False, markup=False)
    for block in blocks:
        if isinstance(block, Heading):
            words = f"{block.text}  {block.beside}" if block.beside else block.text
            console.print(words, style="bold", soft_wrap=True)
        elif isinstance(block, Prose):
            style = "dim" if block.style == "small" else None
            console.print(block.text, style=style, soft_wrap=True)
        elif isinstance(block, Table):
            console.print(_grid(block))
        else:
            raise TypeError(f"a terminal shows no {block.type}")


def _grid(table: Table) -> Grid:
    from rich import box
    from rich.table import Table as Grid

    caption = table.caption or None
    grid = Grid(box=box.SIMPLE_HEAD, title=caption, title_justify="left", pad_edge=False)
    for column in table.columns:
        grid.add_column(
            column.heading, overflow="fold", justify="right" if column.numeric else "left"
        )
    for row in table.rows:
        grid.add_row(*map(_words, row.cells), style="bold" if row.marked or row.part else None)
    return grid


def _words(cell: Cell) -> str:
    return "\n".join(part for part in (cell.text, cell.code) if part)


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of long work; nothing at all when standard error is no terminal.

    Examples
    --------
    >>> with progress_bar("work") as progress:
    ...     progress(1, 2)
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
