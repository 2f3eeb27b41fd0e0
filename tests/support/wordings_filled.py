"""The shipped wordings with what was not seen on their pages filled in, for tests."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from exposure.files import data_path, read_toml
from exposure.policy.catalogue import Product, product_from

HERE = Path(__file__).parents[1] / "wordings"


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def filled(name: str, turn: int = 0) -> Product:
    """Return a product, what was not seen on its pages filled in as its test says.

    Of two values that are given, ``turn`` names the one to put in; "" leaves a member out.
    """
    path = data_path("policies", f"{name}.toml")
    raw, fill = read_toml(path), read(name).get("fill", {})

    def put(node: Any, key: str) -> Any:
        if isinstance(node, dict):
            parts = {part: put(value, f"{key}.{part}") for part, value in node.items()}
            return {part: value for part, value in parts.items() if value != ""}
        if isinstance(node, list):
            members = [put(value, f"{key}[{i}]") for i, value in enumerate(node, start=1)]
            return [value for value in members if value != ""]
        if isinstance(node, str) and node.startswith("?"):
            values = fill[key.removeprefix(".")]
            return values[turn % len(values)]
        return node

    return product_from(put(raw, ""), name, name)
