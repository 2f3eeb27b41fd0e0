"""Cases as people write them: many incidents, Japanese words, an empty one to fill in."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exposure.cli import main
from exposure.errors import ExposureError
from exposure.policy.cases import Case, _one_by_one, adjust, case_from, settle
from exposure.policy.catalogue import products
from exposure.policy.explanation import explain_case

Said = pytest.CaptureFixture[str]
Plain = dict[str, Any]


def case_of(incidents: list[Plain], **more: Any) -> Plain:
    return {
        "id": "case",
        "product": "nipponkoa_2006",
        "plan": "F",
        "policy": {"period": {"start": "2016-04-01", "end": "2017-03-31"}},
        "incidents": incidents,
        **more,
    }


def read(entry: Plain) -> Case:
    case = case_from(entry, "cases.json", "case")
    assert isinstance(case, Case)
    return case


def incident(*items: Plain, **facts: Any) -> Plain:
    days = dict.fromkeys(
        ("leaked_on", "discovered_on", "notified_on", "claim_made_on"), "2016-05-10"
    )
    return {**days, "reported_to_authority": True, **facts, "items": list(items)}


# --- many incidents ------------------------------------------------------------------------------


def test_two_thousand_incidents_take_seconds() -> None:
    items = (
        {"head": "damages", "amount": 200_000},
        {"head": "apology_letters", "amount": 1000, "incurred_on": "2016-06-01"},
        {"head": "condolence", "persons": 20, "per_person": 500, "shipping_per_person": 10},
        {"head": "call_centre", "amount": 30_000},
    )
    many = [incident(*items) for _ in range(2000)]
    case = read(case_of(many))
    assert len(case.losses.items) == 5  # the sending of a gift is a loss of its own
    started = time.process_time()
    answer = adjust(case)
    assert time.process_time() - started < 10
    assert "incidents" in answer
    assert len(answer["incidents"]) == 2000
    # The first is one of a single incident; 300 and 30 million of the period end what comes later.
    assert answer["incidents"][0] == adjust(read(case_of(many[:1])))["incidents"][0]  # type: ignore[typeddict-item]  # a payout case
    assert answer["total"] == 300_000_000 + 30_000_000


HEADS = ("damages", "call_centre", "apology_letters", "investigation", "ip_damages")
ITEMS = st.fixed_dictionaries(
    {"head": st.sampled_from(HEADS), "amount": st.integers(0, 5_000_000)},
    optional={
        "incurred_on": st.sampled_from(["2016-06-01", "2016-12-01"]),
        "consent": st.booleans(),
        "exclusions": st.sampled_from([[], ["war_or_riot"]]),
    },
)
INCIDENTS = st.lists(
    st.lists(ITEMS, min_size=1, max_size=4).map(lambda items: incident(*items)),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(INCIDENTS)
def test_incidents_that_share_columns_are_answered_as_if_each_had_its_own(
    incidents: list[Plain],
) -> None:
    case = read(case_of(incidents))
    items = []
    placed: list[tuple[int, ...]] = []
    for i, numbers in enumerate(case.placed):
        here = np.arange(len(incidents)) == i
        placed.append(tuple(range(len(items), len(items) + len(numbers))))
        items += [case.losses.items[number].of_events(here) for number in numbers]
    apart = replace(case, losses=replace(case.losses, items=tuple(items)), placed=tuple(placed))
    assert adjust(case) == adjust(apart)
    assert explain_case(case).total == explain_case(apart).total
    # In the order in which the file lists them, whatever the order in other incidents.
    answer = adjust(case)
    assert "incidents" in answer
    for told, stated in zip(answer["incidents"], incidents, strict=True):
        assert list(told["heads"]) == list(dict.fromkeys(item["head"] for item in stated["items"]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 8), min_size=1, max_size=3), min_size=1, max_size=3))
def test_doubtful_items_go_the_same_way_together_or_one_by_one(amounts: list[list[int]]) -> None:
    sections = ["consulting", "execution", "cyber"]
    ways = list(itertools.combinations(sections, 2))
    incidents = [
        incident(
            *(
                {"head": "consulting", "amount": size * 1_000_000,
                 "claimable_under": list(ways[(k + size) % len(ways)])}
                for k, size in enumerate(sizes)
            ),
            security_discovered_on="2016-05-10",
        )
        for sizes in amounts
    ]  # fmt: skip
    stated = case_of(
        incidents, product="aiu_2015", plan="base", options={"cyber": True},
        policy={"period": {"start": "2016-04-01", "end": "2017-03-31"}, "limit": 100_000_000},
    )  # fmt: skip
    case = read(stated)
    doubtful = {
        number: ("consulting", "execution", "cyber")
        for number, item in enumerate(case.losses.items)
        if item.claimable_under
    }
    from exposure.policy.assignment import candidates

    doubtful = {
        number: candidates(case.plan, case.losses.items[number].claimable_under, "consulting")
        for number in doubtful
    }
    assert settle(case).paid.tolist() == _one_by_one(case, doubtful).paid.tolist()


# --- words ---------------------------------------------------------------------------------------


def test_heads_and_amounts_are_read_in_japanese() -> None:
    japanese = incident(
        {"head": "損害賠償金", "amount": "2,000万円"},
        {"head": "謝罪広告・社告費用", "amount": "１５００万"},
        {"head": "見舞金・見舞品費用", "persons": "1,000名", "per_person": "500円"},
    )
    english = incident(
        {"head": "damages", "amount": 20_000_000},
        {"head": "apology_ads", "amount": 15_000_000},
        {"head": "condolence", "persons": 1000, "per_person": 500},
    )
    assert adjust(read(case_of([japanese]))) == adjust(read(case_of([english])))


def test_terms_and_earlier_payments_are_read_in_japanese() -> None:
    period = {"start": "2016-04-01", "end": "2017-03-31"}
    items = incident({"head": "damages", "amount": "5,000万円"})
    terms = {"period": period, "limit": "1億円", "deductible": "10万円", "own_share_percent": "5%"}
    case = read(
        case_of([items], product="aiu_2015", plan="base", policy=terms,
                prior_paid={"liability": "6,000万円"})
    )  # fmt: skip
    # (50,000,000 − 100,000) × 95 % = 47,405,000, of which the period has 40,000,000 left.
    assert adjust(case)["total"] == 40_000_000  # type: ignore[typeddict-item]  # a payout case


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"head": "損害賠償", "amount": 1}, "損害賠償金"),
        ({"head": "call_center", "amount": 1}, "call_centre"),
        ({"head": "damages", "amount": "約10万円"}, "数か金額にしてください"),
        ({"head": "damages", "amount": "20兆円"}, "10,000,000,000,000以下"),
    ],
)
def test_what_cannot_be_read_is_said(item: Plain, message: str) -> None:
    with pytest.raises(ExposureError) as caught:
        read(case_of([incident(item)]))
    (line,) = caught.value.lines("ja")
    assert "case.incidents[1].items[1]" in line
    assert message in line


# What stands in a case, and the yen or the number it means; None is refused at its place.
YEN = {
    "5,000万円": 50_000_000, "5000万": 50_000_000, "５，０００万円": 50_000_000,
    "1億2,000万円": 120_000_000, "1.5億円": 150_000_000, "3億2千万": 320_000_000,
    "¥1,000,000": 1_000_000, "1,000,000円": 1_000_000, "１００": 100, "1,234.5万円": 12_345_000,
    "2,000 千円": 2_000_000, "0": 0, "0円": 0, "100.0": 100,
    "-5万円": None, "▲5万円": None, "△5": None, "(5)": None, "0.5": None, "1/2": None,
    "1.00001万": None, "50%": None, "５割": None, "約500万円": None, "500万円以上": None,
    "100〜200万円": None, "不明": None, "なし": None, "": None, " ": None, "1,00,000": None,
    "1.000.000": None, "1'000": None, "1,000※1": None, "①1,000": None, "10²": None,
    "500名": None, "500件": None, "$500": None, "5万ドル": None, "20兆円": None, "1e6": None,
    "平成28年": None, "2016-05-10": None, "nan": None, "true": None, "5万円6万円": None,
}  # fmt: skip
BARE: list[tuple[Any, int | None]] = [
    (10**13, 10**13),
    (10**13 + 1, None),
    (-1, None),
    (0.5, None),
    (1e6, None),
    (True, None),
    (float("nan"), None),
    (float("inf"), None),
    ([1], None),
    ({}, None),
    (None, None),
]
PERSONS = {"1,000名": 1000, "1万人": 10_000, "500件": 500, "500円": None, "10%": None, "3社": None}
CORPORATIONS = {"3社": 3, "3件": 3, "3名": None, "3円": None}
DAYS = {
    "2016-05-10": True, "2016/05/10": False, "2016年5月10日": False, "平成28年5月10日": False,
    "H28.5.10": False, "２０１６-０５-１０": False, "2016-02-30": False, "20160510": False,
    "2016-5-10": False, "2016-05-10T09:00": False, "16-05-10": False, "42500": False, "": False,
}  # fmt: skip
SHARES = {"5%": 95, "5": 95, "０": 100, "-5%": None, "150%": None, "5割": None, "約5%": None}


def amount_read(item: Plain, key: str) -> object:
    """Return a number of the only item of a case, or the line with which it is refused."""
    try:
        case = read(case_of([incident(item)]))
    except ExposureError as error:
        (line,) = error.lines("ja")
        return line
    return getattr(case.record.incidents[0].items[0], key)


def test_every_number_of_a_case_is_read_right_or_refused_at_its_place() -> None:
    one = {"head": "condolence", "persons": 1, "per_person": 1}
    firms = {"head": "condolence_corporate", "corporations": 1, "per_corporation": 1}
    wrong = []
    for item, key, typed in (
        ({"head": "damages"}, "amount", [*YEN.items(), *BARE[:-1]]),
        (one, "per_person", [*YEN.items(), *BARE[:-1]]),
        (one, "persons", PERSONS.items()),
        (firms, "corporations", CORPORATIONS.items()),
    ):
        for text, right in typed:
            found = amount_read({**item, key: text}, key)
            is_right = found == right if right is not None else isinstance(found, str)
            if not is_right or (right is None and f"case.incidents[1].items[1].{key}" not in found):
                wrong.append((key, text, found, right))
    assert not wrong


def test_days_are_read_in_one_form_or_refused_at_their_place() -> None:
    for day, is_good in DAYS.items():
        item = {"head": "damages", "amount": 1, "incurred_on": day}
        found = amount_read(item, "incurred_on")
        assert (not isinstance(found, str)) == is_good, day
        assert is_good or "case.incidents[1].items[1].incurred_on" in str(found)


def test_shares_of_the_terms_are_read_right_or_refused_at_their_place() -> None:
    period = {"start": "2016-04-01", "end": "2017-03-31"}
    items = incident({"head": "damages", "amount": 100})
    for typed, paid in SHARES.items():
        terms = {"period": period, "limit": "1億円", "deductible": 0, "own_share_percent": typed}
        entry = case_of([items], product="aiu_2015", plan="base", policy=terms)
        if paid is None:
            with pytest.raises(ExposureError, match="own_share_percent"):
                read(entry)
        else:
            assert adjust(read(entry))["total"] == paid  # type: ignore[typeddict-item]


# --- the empty case ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", products())
def test_every_plan_has_an_empty_case(name: str, tmp_path: Path, capsys: Said) -> None:
    code = main(["payout", "--template", name])
    said = capsys.readouterr()
    if code == 2:
        assert "空欄です" in said.err  # a template of a policy has none
        return
    (case,) = json.loads(said.out)
    blank = json.dumps(case).count('"?')
    filled = tmp_path / "cases.json"
    filled.write_text(said.out, encoding="utf-8")
    assert main(["payout", str(filled), "--json", "--lang", "en"]) == (2 if blank else 0)
    errors = capsys.readouterr().err
    assert errors.count("left blank") + errors.count("choose a pattern") == blank


def test_an_empty_case_of_a_chosen_plan_is_paid_at_once(tmp_path: Path, capsys: Said) -> None:
    assert main(["payout", "--template", "aiu_2015+card@limit=1億"]) == 0
    text = capsys.readouterr().out
    (case,) = json.loads(text)
    assert case["policy"]["limit"] == 100_000_000
    assert case["options"]["card"] is True
    assert {"head": "card_misuse_damages", "amount": 0} in case["incidents"][0]["items"]
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    assert main(["payout", str(path)]) == 0


def test_payout_needs_cases_or_a_plan(capsys: Said) -> None:
    assert main(["payout"]) == 2
    assert main(["payout", "cases.json", "--template", "aiu_2015"]) == 2
    assert main(["payout", "--template", "no_such_plan"]) == 2
    assert "--template" in capsys.readouterr().err
