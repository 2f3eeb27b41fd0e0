"""Read a file that has to be right as a whole, or list what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exposure.batch.client_list import ListedClient, read_client_list
from exposure.errors import DataError, Problem


def problems_of(read: Callable[[Path], object], path: Path) -> list[Problem]:
    try:
        read(path)
    except DataError as error:
        return list(error.problems)
    return []


def read_clients(path: Path) -> tuple[ListedClient, ...]:
    return read_client_list(path).valid_clients()
