"""A policy file is checked in every way it can be built; the guide's example is a good one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exposure.errors import DataError
from exposure.files import data_path
from exposure.policy import premiums as market_module
from exposure.policy.catalogue import policy_files
from exposure.policy.drafts import policy_problems
from exposure.policy.premiums import market

GUIDE = data_path("policies", "README.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.S)[0]


def problems_of(text: str, folder: Path) -> list[str]:
    path = folder / "draft.toml"
    path.write_text(text, encoding="utf-8")
    return [problem.say("en") for problem in policy_problems(path)]


@pytest.mark.parametrize("path", policy_files(), ids=lambda path: path.stem)
def test_every_shipped_policy_is_good_in_every_way(path: Path) -> None:
    assert policy_problems(path) == []


def test_the_example_of_the_guide_is_good(tmp_path: Path) -> None:
    assert problems_of(EXAMPLE, tmp_path) == []


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"cover.cost.limit" = 6', '"cover.costs.limit" = 6', "cover.costs.limit"),
        ("default = false", 'default = "no"', "default"),
        ('heads  = ["damages"]', "", "neither heads nor covers"),
        ("own_share_percent = 10", "own_share_percent = 110", "percentage from 0 to 100"),
        ('reaches = ["cost"]', 'reaches = ["costs"]', 'did you mean "cost"'),
        ("[plan]", "[plans]", 'did you mean "plan"'),
        ("[plan]", "[plan", "not valid TOML"),
    ],
)
def test_a_draft_says_what_is_wrong_with_it(
    before: str, after: str, message: str, tmp_path: Path
) -> None:
    assert before in EXAMPLE
    found = problems_of(EXAMPLE.replace(before, after, 1), tmp_path)
    assert any(message in line for line in found), found
    assert len(found) == len(set(found))


def test_a_fault_of_one_option_or_reading_is_found(tmp_path: Path) -> None:
    more = """
[reading.R-1.alternative.other]
label = { ja = "別", en = "other" }
remove = ["cover.cost.windows"]
[option.late]
label = { ja = "後", en = "late" }
kind = "flag"
default = false
needs = ["cost_double", "late"]
set = { "cover.cost.require.window.days" = -1 }
[contract.start]
label = { ja = "日", en = "day" }
kind = "date"
default = 2026-04-01
[contract.month]
label = { ja = "月", en = "month" }
kind = "date"
"""
    found = problems_of(EXAMPLE + more, tmp_path)
    assert len(found) == 2
    assert any("cover.cost.windows" in line for line in found)
    assert any("window.days" in line for line in found)


def test_the_market_facts_are_those_printed() -> None:
    facts = market()
    assert [int(quote.premium) for quote in facts.quote] == [129_380, 370_980]
    assert [int(quote.profit_limit) for quote in facts.quote] == [0, 10_000_000]
    assert {quote.discount_percent * 100 for quote in facts.quote} == {30}
    assert [one.stand_alone_ended for one in facts.product] == [False, False, True, True]


def test_a_broken_market_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "market.toml"
    path.write_text('source = "x"\n[[quote]]\n', encoding="utf-8")
    monkeypatch.setattr(market_module, "data_path", lambda *_: path)
    with pytest.raises(DataError, match="premium"):
        market.__wrapped__()
