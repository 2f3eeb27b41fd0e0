"""A number that counts persons, years or machines is no amount, wherever amounts are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from support.own_policy import WORDING
from test_cases import case_of, incident, read
from test_policy_form import MITSUI, toml_of

import exposure as ex
from exposure.commands.run import whole
from exposure.errors import DataError, ExposureError
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.parameters import Override
from exposure.inputs.study_file import study_from_mapping
from exposure.output.forms import read_form
from exposure.policy.form import encode

YEN = 100_000_000
AMOUNTS = ("1億円", "1億", "１億円", "¥100,000,000", "100,000 千円")
OTHERS = ("1億人", "1億名", "1億件", "100,000,000社", "1億年", "1億台", "１億 人", "¥1億人")


def in_an_identifier(text: str, folder: Path) -> object:
    return ex.plan(f"aiu_2015@limit={text}").contract["limit"]


def in_the_terms_of_a_case(text: str, folder: Path) -> object:
    terms = {"period": {"start": "2016-04-01", "end": "2017-03-31"}, "limit": text}
    items = incident({"head": "damages", "amount": 100})
    return read(case_of([items], product="aiu_2015", plan="base", policy=terms)).plan.contract[
        "limit"
    ]


def in_the_form_of_a_brochure(text: str, folder: Path) -> object:
    answers = {**MITSUI["answers"], "limit": text, "example_limit": "", "example_paid": ""}
    form = toml_of({**MITSUI, "answers": answers, "losses": {}}, folder)
    cover: dict[str, dict[str, object]] = encode(read_form(form)).policy["cover"]
    return cover["liability"]["limit"]


def in_a_policy_file(text: str, folder: Path) -> object:
    path = folder / "policy.toml"
    path.write_text(WORDING.replace("= 3_000_000", f'= "{text}"'), encoding="utf-8")
    layers = {one.name: one for one in ex.plan(path, "@limit=3億").layers}
    return layers["first_party"].period_limit


def in_own_losses(text: str, folder: Path) -> object:
    frame = pd.DataFrame({"year": [1], "event_id": [1], "head": ["damages"], "ground_up": [text]})
    return ex.losses_from_frame(frame).total()[0]


def in_an_assumption(text: str, folder: Path) -> object:
    stated = {"cost.consulting.level": Override(value=text, reason="見積り")}
    return load_assumptions().with_overrides(stated).value("cost.consulting.level")


def in_a_study(text: str, folder: Path) -> object:
    raw = {"client": {"records": 1000, "revenue": text}, "plan": [{"id": "nipponkoa_2006/A"}]}
    return study_from_mapping(raw, "study").client.revenue


READERS = (
    in_an_identifier, in_the_terms_of_a_case, in_the_form_of_a_brochure, in_a_policy_file,
    in_own_losses, in_an_assumption, in_a_study,
)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_only_yen_are_an_amount(reader: Callable[[str, Path], object], tmp_path: Path) -> None:
    for text in AMOUNTS:
        assert reader(text, tmp_path) == YEN, text
    for text in OTHERS:
        with pytest.raises(ExposureError):
            reader(text, tmp_path)


@pytest.mark.parametrize(("text", "is_read"), [("1万年", True), ("1万", True), ("1万円", False)])
def test_years_are_no_yen(text: str, is_read: bool) -> None:
    if is_read:
        assert whole("--loss-years", text, "年") == 10_000
    else:
        with pytest.raises(DataError, match="--loss-years"):
            whole("--loss-years", text, "年")
