"""The output folder of one client: which files a result becomes, all of them or none.

Everything is drawn and rendered in memory first; files already there are replaced only when all the
new ones are complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any  # Any: a result as plain data

from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json, write_together

FORMATS = ("json", "html")


def formats_of(text: str | None) -> tuple[str, ...]:
    """Read a list of formats as the command line gives it.

    Raises
    ------
    DataError
        If a format does not exist.

    Examples
    --------
    >>> formats_of("html"), formats_of(None)
    (('json', 'html'), ('json', 'html'))
    """
    if text is None:
        return FORMATS
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in named if part not in FORMATS]
    if wrong or not named:
        allowed = ", ".join(FORMATS)
        expected = Text(f"次から選んでください: {allowed}", f"choose from {allowed}")
        raise DataError(Problem("--formats", "", expected, text))
    # The result itself is always written: every other format is made from it.
    return tuple(name for name in FORMATS if name == "json" or name in named)


def rendered(
    result: Mapping[str, Any], formats: Sequence[str], langs: Sequence[Lang]
) -> dict[str, bytes]:
    """Return the content of every output file by its name.

    Parameters
    ----------
    result : mapping
        Content of ``result.json``.
    formats : sequence of str
        Of ``FORMATS``.
    langs : sequence of str
        A report in each of these languages.
    """
    files = {"result.json": to_json(result).encode("utf-8")}
    for lang in langs:
        if "html" in formats:
            from exposure.output.html import write_html

            files[f"report_{lang}.html"] = write_html(result, lang).encode("utf-8")
    return files


def write_folder(
    folder: Path, result: Mapping[str, Any], formats: Sequence[str], langs: Sequence[Lang]
) -> tuple[Path, ...]:
    """Render a result and write its files together (報告書の出力)."""
    return write_together(folder, rendered(result, formats, langs))
