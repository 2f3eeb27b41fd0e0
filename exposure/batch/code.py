"""One hash of the code and data a result depends on, so that nothing stale passes for finished."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

import exposure
from exposure.files import data_path

_SUFFIXES = frozenset((".py", ".toml", ".json", ".csv", ".css", ".j2", ".typ", ".ttf", ".html"))


def code_hash() -> str:
    """Return a hash of the package, its data and the version of numpy (プログラムの指紋).

    Examples
    --------
    >>> len(code_hash())
    64
    """
    digest = hashlib.sha256(f"{exposure.__version__} {np.__version__}".encode())
    for root in (Path(exposure.__file__).resolve().parent, data_path().resolve()):
        for path in sorted(root.rglob("*")):
            # An installed package holds the data within itself; they are hashed once, as data.
            inside = path.relative_to(root)
            if path.suffix in _SUFFIXES and inside.parts[0] != "_data" and path.is_file():
                digest.update(inside.as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
