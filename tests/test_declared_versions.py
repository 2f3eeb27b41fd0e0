"""What pyproject.toml declares is what the guide says, what is installed, and free to use."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = {
    name: PROJECT["optional-dependencies"][name] for name in ("report", "notebook", "cluster")
}
DECLARED = [*PROJECT["dependencies"], *(stated for extra in EXTRAS.values() for stated in extra)]
NAME = re.compile(r"([\w.-]+)(.*)")
FREE = re.compile(r"BSD|MIT|Apache|PSF|Python Software Foundation|matplotlib|0BSD|Zlib|CC0", re.I)


def split(stated: str) -> tuple[str, str]:
    match = NAME.fullmatch(stated)
    assert match is not None
    return match[1], match[2]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


@pytest.mark.parametrize("stated", DECLARED)
def test_the_guide_says_the_versions_that_are_declared(stated: str) -> None:
    name, versions = split(stated)
    page = (ROOT / "reports" / "guide" / "dependencies.md").read_text("utf-8")
    assert f"| {name} | {versions} |" in page


@pytest.mark.parametrize("stated", DECLARED)
def test_what_is_installed_is_within_what_is_declared(stated: str) -> None:
    name, versions = split(stated)
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    bounds = dict(re.findall(r"(>=|<)([\d.]+)", versions))
    assert numbers(installed) >= numbers(bounds[">="])
    assert "<" not in bounds or numbers(installed) < numbers(bounds["<"])


@pytest.mark.parametrize("stated", DECLARED)
def test_what_is_installed_may_be_used_and_passed_on(stated: str) -> None:
    name, _ = split(stated)
    try:
        found = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    classes = [c for c in found.get_all("Classifier") or [] if c.startswith("License")]
    # Some state the whole text, with the terms of what they carry along; its title is enough.
    title = (found.get("License") or "").partition("\n")[0]
    words = found.get("License-Expression") or " ".join(classes) or title
    assert FREE.search(words), words[:200]
    assert not re.search(r"\bA?GPL|GNU (Affero )?General Public", words), words[:200]


def test_a_library_whose_inner_parts_are_used_has_an_upper_bound() -> None:
    assert any(stated.startswith("matplotlib>=") and ",<4" in stated for stated in DECLARED)
