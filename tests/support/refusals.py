"""What a reader refuses, as a list of problems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exposure.errors import DataError, Problem


def problems_of(read: Callable[[Path], object], path: Path) -> list[Problem]:
    try:
        read(path)
    except DataError as error:
        return list(error.problems)
    return []
