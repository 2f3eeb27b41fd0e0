"""What every test relies on: errors speak English, whatever the language of the computer."""

import os
from collections.abc import Iterator

import pytest

os.environ["EXPOSURE_LANG"] = "en"


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Undo what a command says to the processes it starts: the explorer's language and study."""

    def ours() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name.startswith("EXPOSURE_")}

    before = ours()
    yield
    for name in ours().keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
