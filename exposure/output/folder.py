"""The output folder of one client: which files a result becomes, all of them or none.

Everything is drawn and rendered in memory first; files already there are replaced only when all the
new ones are complete.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

from exposure.errors import DataError, Lang, Problem, Text
from exposure.files import to_json, write_together
from exposure.labels import phrase
from exposure.result.document import to_plain
from exposure.result.record import Result

# What each format needs beyond the core installation.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "json": (),
    "html": ("jinja2", "fontTools"),
    "pdf": ("typst",),
    "xlsx": ("xlsxwriter",),
}
FORMATS = tuple(_NEEDS)
_EXTRA = "pip install 'breach-exposure[report]'"


def formats_of(text: str | None) -> tuple[str, ...]:
    """Read a list of formats as the command line gives it (出力形式).

    Names have commas between; None stands for every format that is installed.

    Raises
    ------
    DataError
        If a format does not exist, or needs a package that is not installed.

    Examples
    --------
    >>> formats_of("html"), formats_of("json")
    (('json', 'html'), ('json',))
    """
    if text is None:
        return tuple(name for name in FORMATS if not _missing(name))
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in named if part not in FORMATS]
    if wrong or not named:
        allowed = ", ".join(FORMATS)
        expected = Text(f"次から選んでください: {allowed}", f"choose from {allowed}")
        raise DataError(Problem("--formats", "", expected, text))
    problems = [
        Problem("--formats", "", Text(*_install(name)), name) for name in named if _missing(name)
    ]
    if problems:
        raise DataError(problems)
    # The result itself is always written: every other format is made from it.
    return tuple(name for name in FORMATS if name == "json" or name in named)


def skipped_formats() -> Text | None:
    """Say which formats cannot be written here, and how they could; None if all can.

    Examples
    --------
    >>> skipped_formats() is None or "pip" in skipped_formats().en
    True
    """
    names = [name for name in FORMATS if _missing(name)]
    if not names:
        return None
    return phrase("notice", "formats.skipped", listed=", ".join(names), extra=_EXTRA)


def _missing(name: str) -> list[str]:
    return [module for module in _NEEDS[name] if importlib.util.find_spec(module) is None]


def _install(name: str) -> tuple[str, str]:
    return (
        f"{name} の出力には追加の部品が必要です。{_EXTRA} を実行してください",
        f"{name} needs an optional part; run {_EXTRA}",
    )


def render(result: Result, formats: Sequence[str], langs: Sequence[Lang]) -> dict[str, bytes]:
    """Return the content of every output file by its name.

    Parameters
    ----------
    result : Result
        A finished study.
    formats : sequence of str
        Of ``FORMATS``.
    langs : sequence of str
        A report in each of these languages; with ``pdf`` its two pages alone as well.
    """
    files = {"result.json": to_json(to_plain(result)).encode("utf-8")}
    documents: dict[str, Future[bytes]] = {}
    # The typesetter does not hold up Python, which draws and writes the rest in the meantime.
    with ThreadPoolExecutor(max_workers=1) as typesetter:
        for lang in langs:
            files |= _report(result, formats, lang, typesetter, documents)
    return files | {name: document.result() for name, document in documents.items()}


def _report(
    result: Result,
    formats: Sequence[str],
    lang: Lang,
    typesetter: Executor,
    documents: dict[str, Future[bytes]],
) -> dict[str, bytes]:
    """Return the report in one language; its charts are drawn once for all formats."""
    if not set(formats) - {"json"}:
        return {}
    from exposure.output.content.report import report_of
    from exposure.output.pictures import Pictures

    files: dict[str, bytes] = {}
    report = report_of(result, lang)
    pictures = Pictures(result, report)
    if "pdf" in formats:
        from exposure.output.pdf import write_pdf, write_summary

        # Drawn here: what is drawn in two threads at once would be drawn twice.
        for name in report.charts():
            pictures[name]
        for name, write in (("summary", write_summary), ("report", write_pdf)):
            documents[f"{name}_{lang}.pdf"] = typesetter.submit(
                write, result, lang, report=report, pictures=pictures
            )
    if "html" in formats:
        from exposure.output.html import write_html

        page = write_html(result, lang, report=report, pictures=pictures)
        files[f"report_{lang}.html"] = page.encode("utf-8")
    if "xlsx" in formats:
        from exposure.output.workbook import write_workbook

        files[f"report_{lang}.xlsx"] = write_workbook(result, lang, report=report)
    return files


def write_folder(
    folder: Path, result: Result, formats: Sequence[str], langs: Sequence[Lang]
) -> tuple[Path, ...]:
    """Render a result and write its files together (報告書の出力)."""
    return write_together(folder, render(result, formats, langs))
