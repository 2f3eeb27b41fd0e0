"""The shipped data: every figure has a unit, a grade and a source that exists."""

from __future__ import annotations

import csv
import datetime
import math
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from exposure.errors import Text
from exposure.files import data_path
from exposure.inputs.assumptions import assumption_problems, load_assumptions
from exposure.inputs.names import causes, groups, heads, industries
from exposure.inputs.parameters import Assumption, Override
from exposure.inputs.priors import parse_prior, quantile
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.labels import label, labels
from exposure.model.costs import priced_heads
from exposure.study.incidents import printed_scenarios

TABLES = [*sorted(data_path("reference").glob("*.csv")), data_path("premiums.csv")]
RECORDS = tuple(load_assumptions().records.values())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "path", sorted(data_path("assumptions").glob("*.toml")), ids=lambda p: p.stem
)
def test_every_file_is_in_order(path: Path) -> None:
    assert assumption_problems(path) == []


def test_every_name_stands_in_the_file_of_its_first_part() -> None:
    for path in data_path("assumptions").glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        heads_of_rows = [line for line in text.splitlines() if line.startswith('["')]
        assert heads_of_rows
        assert all(line.startswith(f'["{path.stem}.') for line in heads_of_rows)


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_every_assumption_says_where_it_comes_from(record: Assumption) -> None:
    assert record.unit
    assert record.label.ja
    assert record.label.en
    assert record.source == JUDGEMENT or record.source in load_sources()
    assert record.note.ja if record.source == JUDGEMENT else record.row
    if record.source == JUDGEMENT:
        assert record.grade == "J"


# Numbers a note may spell out, which Japanese writes as digits.
SPELT = {"per": 1, "one": 1, "once": 1, "a day": 1, "a week": 1, "two": 2, "twice": 2,
         "doubling": 2, "cv²": 2, "three": 3, "six": 6, "nine": 9, "nineteen": 19, "twenty": 20,
         "a hundred": 100, "a million": 10**6}  # fmt: skip
SCALES = {"万": 10**4, "億": 10**8, "M": 10**6, "million": 10**6}
NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?) ?(万|億|M\b|million\b)?")


def numbers(words: str) -> set[Fraction]:
    """The numbers of a sentence, whatever the thousands separators and the scale words."""
    return {
        Fraction(digits.replace(",", "")) * SCALES.get(scale, 1)
        for digits, scale in NUMBER.findall(words)
    }


def test_numbers_are_read_in_both_languages() -> None:
    assert numbers("28.95 million, 3-5 M, 1,400") == {28_950_000, 3, 5_000_000, 1400}
    assert numbers("2,895万人、3億円、2022年4月") == {28_950_000, 300_000_000, 2022, 4}


def astray(note: Text) -> set[Fraction]:
    """Return the numbers that stand in one language only."""
    spelt = {n for word, n in SPELT.items() if re.search(rf"\b{word}(?!\w)", note.en.lower())}
    ja, en = numbers(note.ja), numbers(note.en)
    return (en - ja) | (ja - en - spelt)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (Text("3社の20万円", "three vendors, 0.2 M"), set()),
        (Text("3社の20万円", "vendors, 0.2 M"), {3}),
        (Text("20万円", "0.3 M"), {200_000, 300_000}),
    ],
)
def test_a_number_in_one_language_only_is_found(note: Text, expected: set[int]) -> None:
    assert astray(note) == expected


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_a_note_names_nothing_by_its_technical_name(record: Assumption) -> None:
    names = r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+"  # of an assumption, a table or a column
    assert not [words for words in record.note if re.search(names, words)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_note_says_the_same_in_both_languages(record: Assumption) -> None:
    assert bool(record.note.ja) == bool(record.note.en)
    assert astray(record.note) == set()
    if record.note.ja:
        assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", record.note.ja)


def test_the_same_note_reads_the_same_everywhere() -> None:
    notes = {record.note for record in RECORDS}
    assert len({note.en for note in notes}) == len(notes)


@pytest.mark.parametrize("unit", sorted({record.unit for record in RECORDS}))
def test_every_unit_has_a_label(unit: str) -> None:
    assert label("unit", unit, "ja")
    assert label("unit", unit, "en")


def test_every_labelled_unit_is_in_use() -> None:
    assert set(labels("unit")) == {record.unit for record in RECORDS}


def test_labels_tell_assumptions_apart() -> None:
    assert len({record.label for record in RECORDS}) == len(RECORDS)


def test_priors_that_ignore_the_value_have_it_near_their_centre() -> None:
    for record in RECORDS:
        prior = parse_prior(record.prior)
        if prior.family in ("beta", "gamma", "uniform"):
            low, high = (quantile(prior, record.value, q) for q in (0.1, 0.9))
            assert low < record.value < high, record.name


def test_the_shares_of_the_causes_sum_to_one() -> None:
    known = load_assumptions()
    names = [f"cause.share.{cause}" for cause in causes()]
    assert sum(known.value(name) for name in names) == pytest.approx(1.0)
    assert set(names) == {n for n in known.names() if n.startswith("cause.share.")}


def test_every_cause_and_group_has_its_parameters() -> None:
    known = load_assumptions()
    for cause, name in causes().items():
        assert name.group in groups()
        known.value(f"size.rho.{cause}")
        known.value(f"size.m.{cause}")
    for group in set(groups()) - {"vendor"}:
        for family in ("frequency.epsilon", "frequency.delta", "size.alpha"):
            known.value(f"{family}.{group}")
    for group in groups():
        known.value(f"date.discovery_lag.{group}")
        known.value(f"date.discovery_lag_sd.{group}")


def test_every_priced_head_has_its_parameters() -> None:
    known = load_assumptions()
    parts = (".fixed", ".level", ".per_person", ".first_response")
    names = [n for n in known.names() if n.startswith("cost.") and n.endswith(parts)]
    priced = {name.split(".")[1] for name in names}
    spent = set(priced_heads(known))
    where = "data/assumptions/cost.toml"
    assert spent <= set(heads()), "a condition of no head; its name goes into data/labels/head.toml"
    assert spent <= priced, f"{where}: a condition, but neither fixed, per_person nor level"
    assert priced <= spent, f"{where}: a price, but no condition"
    for head in priced:
        known.record(f"cost.{head}.sigma")
        if f"cost.{head}.level" in known.records:
            assert f"cost.{head}.exponent" in known.records, (
                f"{where}: {head}: level needs exponent"
            )
        # What card companies claim has no days of spending of its own.
        dated = f"date.spending_mean.{head}"
        assert head == "card_reissue" or dated in known.records, f"date.toml: add {dated}"


def test_the_printed_scenario_adds_up() -> None:
    # AIU 2015, 100,000 persons: 5 + 10 + 10 + 13 + 1 + 1 = 40 million yen of response costs.
    scenario = printed_scenarios()["aiu_2015"]
    known = load_assumptions().with_overrides(
        {name: Override(value=v, reason="printed") for name, v in scenario.assumptions.items()}
    )
    persons = scenario.persons
    assert persons == known.value("cost.level_persons") == 100_000
    total = sum(known.value(f"cost.{head}.level") for head in ("consulting", "call_centre"))
    total += sum(
        known.value(f"cost.{head}.fixed")
        for head in ("legal_consultation", "investigation", "apology_ads")
    )
    total += persons * known.value("cost.apology_letters.per_person")
    assert total == 40_000_000
    claims = persons * known.value("claims.rate.brochure")
    assert claims * known.value("price.median.basic.brochure") == 100_000_000


def test_the_court_price_is_the_geometric_mean_of_its_anchors() -> None:
    anchors = [15_000, 6_000, 5_000, 3_300, 1_000]
    product = 1.0
    for anchor in anchors:
        product *= anchor
    known = load_assumptions()
    assert known.value("price.median.basic.court") == pytest.approx(product ** (1 / 5), rel=0.01)
    # Three cases, two of which one plaintiff each chose to bring: below their geometric mean.
    cases = ((22_000 * 35_000) ** 0.5, 60_000, 300_000)
    mean = math.prod(cases) ** (1 / 3)
    assert mean == pytest.approx(80_000, rel=0.01)
    assert cases[0] < known.value("price.median.sensitive.court") == 60_000 < mean


def test_cause_shares_are_those_of_the_survey() -> None:
    read = {
        row["cause"]: float(row["value"])
        for row in rows(data_path("reference", "recommended_defaults.csv"))
        if row["group"] == "cause_share_by_count_2018"
    }
    for cause in causes():
        assert load_assumptions().value(f"cause.share.{cause}") == pytest.approx(read[cause] / 100)


# ---- sources


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_every_document_a_table_cites_is_a_source(path: Path) -> None:
    listed = {
        (source.listed_as or source.title, str(source.year or ""), source.url)
        for source in load_sources().values()
        if path.stem in source.tables
    }
    for row in rows(path):
        if row.get("source_title") and row["read_from"] != "unverified":
            assert (row["source_title"], row["source_year"], row["url"]) in listed


def test_every_table_is_a_source_and_every_source_table_exists() -> None:
    tables = {s.file for s in load_sources().values() if s.kind == "table"}
    assert tables == {path.relative_to(data_path()).as_posix() for path in TABLES}
    cited = {table for source in load_sources().values() for table in source.tables}
    assert cited <= {path.stem for path in TABLES}


@pytest.mark.parametrize(
    "key", ["galileo_000", "sompo_001", "nipponkoa_2006_02", "moneycareer_003", "aiu_2015_10"]
)
def test_the_policy_documents_are_sources(key: str) -> None:
    assert load_sources()[key].kind == "policy"


def test_sources_are_dated_in_the_past() -> None:
    for source in load_sources().values():
        assert source.year is None or 1990 <= source.year <= 2026
        assert source.publisher
        assert source.title


def is_unverified(row: dict[str, str]) -> bool:
    return row.get("read_from") == "unverified" or row.get("derivation") == "unverified"


def test_no_default_comes_from_an_unverified_row() -> None:
    doubtful = {path.stem: [row for row in rows(path) if is_unverified(row)] for path in TABLES}
    assert sum(len(found) for found in doubtful.values()) == 5 + 3
    for record in RECORDS:
        for row in doubtful.get(record.source, []):
            parts = [part.strip() for part in record.row.split(" / ")]
            assert not {*parts} <= {*row.values()}, record.name
    # The two tables whose own rows are unverified feed no default at all.
    assert not {r.source for r in RECORDS} & {"jnsa_cause_shares", "severity_literature"}


def test_topics_of_the_evidence_exist() -> None:
    known = {row["topic"] for row in rows(data_path("reference", "evidence_2026.csv"))}
    cited = [record for record in RECORDS if record.source == "evidence_2026"]
    assert len(cited) > 30
    for record in cited:
        for part in record.row.split("; "):
            if "/" in part:
                assert part.split("/")[0] in known, record.name


def test_rows_of_the_recommended_defaults_exist() -> None:
    table = rows(data_path("reference", "recommended_defaults.csv"))
    for record in RECORDS:
        if record.source == "recommended_defaults":
            parts = {part.strip() for part in record.row.split(" / ")}
            assert any(parts <= {*row.values()} for row in table), record.name


def test_rows_of_the_cost_items_exist() -> None:
    items = {row["item"] for row in rows(data_path("reference", "cost_items.csv"))}
    for record in RECORDS:
        if record.source == "cost_items":
            assert set(record.row.split(" and ")) <= items, record.name


# ---- reference tables


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_every_row_of_a_table_is_whole(path: Path) -> None:
    table = rows(path)
    assert table
    for row in table:
        assert None not in row
        assert None not in row.values()


def test_industries_are_those_of_the_surveys() -> None:
    table = rows(data_path("reference", "jnsa_industry_medium.csv"))
    surveyed = {row["category"] for row in table if row["dimension"].startswith("industry_")}
    assert set(industries()) == surveyed


def test_the_legal_thresholds_are_those_in_force() -> None:
    known = load_assumptions()
    assert known.value("event.reporting_threshold") == 1000
    assert known.value("event.reporting_threshold_my_number") == 100
    assert known.record("event.reporting_threshold").grade == "A"


def test_the_default_inception_is_the_first_day_of_a_fiscal_year() -> None:
    day = load_assumptions().date("run.inception")
    assert (day.month, day.day) == (4, 1)
    assert day > datetime.date(2022, 4, 1)


READS = """
import sys
from pathlib import Path
opened = set()
sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" else None)
from exposure.commands.check import _shipped_reader
for path in map(Path, sys.argv[1:]):
    reader = _shipped_reader(path)
    if reader is not None:
        reader()
        if str(path) not in opened:
            print(path.name)
"""


def test_a_shipped_table_that_is_checked_is_read() -> None:
    paths = [
        *data_path().glob("*.toml"),
        *data_path().glob("*.csv"),
        *data_path("labels").iterdir(),
    ]
    command = [sys.executable, "-c", READS, *map(str, sorted(paths))]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert out.stdout == ""
