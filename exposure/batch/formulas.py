"""Find the formulas of a workbook that have no usable value (値のない数式).

A spreadsheet keeps beside each formula the value it last had. The table reader hands over that
value, and a blank where there is none or an error, which would pass for "not stated". Looks into
the package of an ``.xlsx`` file; other kinds are left as they are read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from xml.etree import ElementTree

Place = tuple[int, int]

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TARGET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ADDRESS = re.compile(r"([A-Z]+)(\d+)")
_LETTERS = 26


def broken_formulas(payload: bytes, names: Sequence[str]) -> dict[str, frozenset[Place]]:
    """Return for each sheet the cells whose formula has no value or an error.

    Parameters
    ----------
    payload : bytes
        Of the workbook.
    names : sequence of str
        Of its sheets.

    Raises
    ------
    Exception
        If the package is broken; the caller says so.

    Examples
    --------
    >>> broken_formulas(b"an old workbook", ["A"])
    {'A': frozenset()}
    """
    found: dict[str, frozenset[Place]] = dict.fromkeys(names, frozenset())
    if not zipfile.is_zipfile(io.BytesIO(payload)):
        return found
    with zipfile.ZipFile(io.BytesIO(payload)) as package:
        if "xl/workbook.xml" not in package.namelist():
            return found
        for name, part in _parts(package).items():
            if name in found:
                found[name] = _broken(package, part)
    return found


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the file of each sheet inside the package."""
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {
        node.get("Id"): str(node.get("Target"))
        for node in relations.iter(f"{{{_PACKAGE}}}Relationship")
    }
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    parts = {}
    for node in book.iter():
        target = targets.get(node.get(f"{{{_TARGET}}}id"))
        if _local(node.tag) == "sheet" and target is not None:
            absolute = target.removeprefix("/")
            path = absolute if target.startswith("/") else f"xl/{absolute}"
            parts[str(node.get("name"))] = path
    return parts


def _broken(package: zipfile.ZipFile, part: str) -> frozenset[Place]:
    if part not in package.namelist():
        return frozenset()
    found = set()
    with package.open(part) as stream:
        for _, node in ElementTree.iterparse(stream):
            if _local(node.tag) == "c":
                inner = {_local(child.tag): child.text for child in node}
                # An empty text is a value: it means "not stated", as the formula decided.
                no_value = "f" in inner and not inner.get("v") and node.get("t") != "str"
                if (node.get("t") == "e" or no_value) and (at := _place(node.get("r"))):
                    found.add(at)
            elif _local(node.tag) == "row":
                node.clear()
    return frozenset(found)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _place(address: str | None) -> Place | None:
    match = _ADDRESS.fullmatch(address or "")
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1
