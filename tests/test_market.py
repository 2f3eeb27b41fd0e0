"""Market facts: those whose conditions the client meets, each with source, clause and grade."""

from __future__ import annotations

import dataclasses

import pytest
import result_sample

from exposure.errors import Lang
from exposure.files import data_path, read_toml
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import industries
from exposure.inputs.sources import JUDGEMENT, load_sources
from exposure.output.content.assumptions import sources as sources_section
from exposure.output.content.blocks import Section
from exposure.output.content.market import market as section_of
from exposure.policy.catalogue import product, products
from exposure.policy.market import market, market_sources
from exposure.result.record import (
    Market,
    MarketOffer,
    MarketPremium,
    MarketProduct,
    Result,
    Source,
    Words,
)
from exposure.study.market import market_facts


def premiums(**client: object) -> list[tuple[str, float]]:
    facts = market_facts(Client.model_validate({"records": 3000, **client}))
    return [(one["kind"], one["premium"]) for one in facts["premiums"]]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        # Printed bands: up to 50 million 20,000 yen, above 500 million on enquiry (001 L32-43).
        ({"industry": "小売", "revenue": 50_000_000}, [("published", 20_000), ("quote", 129_380)]),
        ({"industry": "medical", "revenue": 500_000_000}, [("published", 109_000)]),
        ({"industry": "real_estate", "revenue": 500_000_001}, [("quote", 370_980)]),
        ({"industry": "medical", "revenue": 500_000_001}, []),
        # Of a client whose industry is not known, nothing can be ruled out.
        ({}, [("quote", 129_380), ("quote", 370_980)]),
    ],
)
def test_a_premium_is_shown_to_whom_its_conditions_fit(
    client: dict[str, object], expected: list[tuple[str, float]]
) -> None:
    assert premiums(**client) == expected


def test_quotes_left_out_are_said_to_be() -> None:
    facts = market_facts(Client.model_validate({"records": 3000, "industry": "小売"}))
    assert [one["ja"] for one in facts["other_quotes"]] == ["不動産管理業、ビル管理業"]


def test_every_fact_has_a_known_source_and_a_grade_and_every_quote_a_known_industry() -> None:
    facts = market_facts(Client.model_validate({"records": 3000, "revenue": 10_000_000}))
    listed = [*facts["premiums"], *facts["products"]]
    for one in (*listed, facts["depends"], facts["profit_option"], facts["differences"]):
        assert one["source"] in load_sources()
        assert one["grade"] in ("A", "B", "C")
        assert one["clause"].startswith("L")
    assert {quote.industry for quote in market().quote} <= set(industries())


def printed(section: Section) -> str:
    found: list[str] = [section.heading]
    for block in section.blocks:
        if block.type == "table":
            found += [f"{c.text} {c.code}" for row in block.rows for c in row.cells]
        elif block.type == "bullets":
            found += block.items
        elif block.type == "prose":
            found.append(block.text)
    return "\n".join(found)


def result_of(facts: Market | None = None) -> Result:
    cited = [
        Source(
            key, source.title, source.publisher, source.year, source.title_en or source.title,
            source.publisher_en or source.publisher,
        )
        for key, source in load_sources().items()
        if key in market_sources()
    ]  # fmt: skip
    return dataclasses.replace(result_sample.build(), market=facts, sources=cited)


OFFER = MarketOffer(
    Words("A商品", "product A"), "published", 129_380.0, 5e8, 1e8, 3e7, "moneycareer", "C"
)
PRODUCT = MarketProduct(
    "a", Words("商品甲", "product X"), Words("甲社", "insurer X"), Words("2006年", "of 2006"),
    True, False, {"system_repair": 0.12, "damages": 0.3}, MarketPremium(62_000.0, 41_000.0, None),
)  # fmt: skip
FACTS = Market([OFFER], [PRODUCT], [Words("売上高で決まります。", "It depends on revenue.")])


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        (
            "ja",
            ("見積りや引受けの条件ではありません", "129,380円", "売上高5億円", "支払限度額1億円",
             "商品甲", "損害賠償金 30%、システム修復費用 12%", "6.2万円", "売上高で決まります。",
             "C 一事例または一社の数字"),
        ),
        ("en", ("no quotation", "JPY 129,380", "revenue JPY 500M", "product X", "It depends on")),
    ],
)  # fmt: skip
def test_the_report_prints_the_facts_with_conditions_source_and_grade(
    lang: Lang, wanted: tuple[str, ...]
) -> None:
    section = section_of(result_of(FACTS), lang)
    assert section is not None
    text = printed(section)
    assert [words for words in wanted if words not in text] == []


def test_a_client_for_whom_nothing_is_known_reads_that() -> None:
    section = section_of(result_of(Market([], [], [])), "ja")
    assert section is not None
    assert "あてはまる保険料の例は、資料にありません" in printed(section)
    assert section_of(result_of(), "ja") is None


def citable() -> set[str]:
    """Every source that a report can print."""
    cited = {record.source for record in load_assumptions().records.values()} - {JUDGEMENT}
    for path in data_path("scenarios").glob("*.toml"):
        text = str(read_toml(path))
        cited |= {key for key in load_sources() if f"'{key}'" in text}
    cited |= {str(product(name).raw["plan"]["source"]) for name in products()}
    return cited | market_sources()


def is_japanese(text: str) -> bool:
    return any(ord(letter) > 0x2E7F for letter in text)


def test_every_source_a_report_can_print_has_an_english_title_and_publisher() -> None:
    assert len(citable()) >= 19
    for key in citable():
        source = load_sources()[key]
        assert not is_japanese(source.title_en or source.title), key
        assert not is_japanese(source.publisher_en or source.publisher), key


def test_the_english_report_prints_both_titles_and_the_japanese_one_the_original() -> None:
    result = result_of()
    english, japanese = (
        printed(sources_section(result, lang))
        for lang in ("en", "ja")  # type: ignore[arg-type]
    )
    assert (
        "Money Career, “What is personal information leak insurance? Typical premiums,"
        " differences from cyber insurance and more” (original title:"
        " 個人情報漏洩保険とは？保険料の相場やサイバー保険との違い等を解説)"
    ) in english
    assert "マネーキャリア「個人情報漏洩保険とは？" in japanese
    assert "Money" not in japanese
