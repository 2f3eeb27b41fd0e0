"""Finished results kept beside the files made of them, so that asking again simulates nothing.

A hidden folder of plain JSON: deleting it, or any file in it, costs time and nothing else. What is
broken, foreign or cannot be written is passed over in silence, as if nothing had been kept.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from exposure.errors import DataError
from exposure.files import to_json, write_atomically
from exposure.result.document import result_from, to_plain
from exposure.result.record import Result

FOLDER = ".cache"
_MOST_FILES = 2**4
_MOST_BYTES = 2**26  # of one file: many times the largest result


@dataclass(frozen=True)
class Kept:
    """The results kept in one folder (計算結果の保存).

    Parameters
    ----------
    folder : Path
        Made when the first result is kept.
    code : str
        Of `exposure.batch.code.code_hash`: the program and its data.

    Examples
    --------
    >>> Kept(Path("no_such_folder"), "code").read({"records": 3000}) is None
    True
    """

    folder: Path
    code: str

    def path(self, inputs: object) -> Path:
        """Return where the result of some inputs is kept, whether it is there or not.

        Parameters
        ----------
        inputs : object
            Plain data: all that the result depends on, besides program, libraries and processor.
        """
        text = to_json([self.code, _machine(), inputs])  # the order of keys counts as well
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"

    def read(self, inputs: object) -> Result | None:
        """Return the result of these very inputs, or None where it is not kept."""
        path = self.path(inputs)
        # Whatever stands in such a file can be no worse than missing.
        with suppress(OSError, ValueError, RecursionError, DataError):
            if path.stat().st_size <= _MOST_BYTES:
                seal, content = path.read_bytes().split(b"\n", 1)
                if seal == _seal_of(path, content):
                    return result_from(json.loads(content))
        return None

    def write(self, inputs: object, result: Result) -> None:
        """Keep a result; the oldest go when there are too many."""
        content = to_json(to_plain(result)).encode()
        with suppress(OSError, DataError):
            path = self.path(inputs)
            write_atomically(path, _seal_of(path, content) + b"\n" + content)
            for old in _oldest_first(self.folder)[:-_MOST_FILES]:
                old.unlink(missing_ok=True)


def _seal_of(path: Path, content: bytes) -> bytes:
    """Return the first line of a file, which tells its own whole content from any other."""
    return hashlib.sha256(path.name.encode() + content).hexdigest().encode()


def _machine() -> Sequence[object]:
    """Return what else moves the last digits of a result: libraries and kind of processor."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    return [platform.machine(), platform.python_version(), version("scipy"), extensions]


def _oldest_first(folder: Path) -> list[Path]:
    """Return the files kept in a folder, by the time they were written."""
    return sorted(folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
