"""Market facts: those whose conditions the client meets, each with source, clause and grade."""

from __future__ import annotations

import dataclasses
import functools

import pytest
from support import result_sample

from exposure.errors import Lang
from exposure.files import data_path, read_toml
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.client import Client
from exposure.inputs.names import industries
from exposure.inputs.sources import JUDGEMENT, load_sources, printed_premiums
from exposure.inputs.study_file import study_from_mapping
from exposure.labels import label
from exposure.measures.market_premium import market_estimate
from exposure.output.content.blocks import Section
from exposure.output.content.evidence import market as section_of
from exposure.output.content.evidence import sources as sources_section
from exposure.policy.catalogue import product, products
from exposure.policy.premiums import market, market_sources
from exposure.result.lines import rounded_yen
from exposure.result.record import (
    Market,
    MarketOffer,
    MarketPremium,
    MarketProduct,
    Result,
    Source,
    Words,
)
from exposure.study.annex import offers_near
from exposure.study.pipeline import run_study

ASSUMPTIONS = load_assumptions()


def premiums(**client: object) -> list[tuple[str, float]]:
    stated = Client.model_validate({"records": 3000, **client})
    return [(one.kind, one.premium) for one in offers_near(stated, ASSUMPTIONS)]


ALIVE = [("published", 109_000)]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        # Printed bands: up to 50 million 20,000 yen, above 500 million on enquiry (001 L32-43).
        ({"industry": "medical", "revenue": 500_000_000}, ALIVE),
        ({"industry": "medical", "revenue": 500_000_001}, []),
        # The chambers' shop of 20 million is near enough to 40 million, not to 41 million.
        (
            {"industry": "小売", "revenue": 40_000_000},
            [("published", 20_000), ("published", 30_000), ("quote", 129_380)],
        ),
        ({"industry": "小売", "revenue": 41_000_000}, [("published", 20_000), ("quote", 129_380)]),
        ({"industry": "real_estate", "revenue": 500_000_001}, [("quote", 370_980)]),
        # Three examples of the tax accountants' association for each of four limits, per person.
        (
            {"industry": "research_professional"},
            [
                ("published", yen)
                for yen in (12_000, 18_000, 24_000, 14_880, 22_320, 29_760, 19_440, 29_160, 38_880,
                            21_600, 32_400, 43_200)
            ],
        ),
        # Of a client whose industry is not known, no quotation can be ruled out.
        ({}, [("quote", 129_380), ("quote", 370_980)]),
    ],
)  # fmt: skip
def test_a_premium_is_shown_to_whom_its_conditions_fit(
    client: dict[str, object], expected: list[tuple[str, float]]
) -> None:
    assert premiums(**client) == expected


def test_every_printed_premium_can_be_named_and_cited_in_both_languages() -> None:
    for point in printed_premiums():
        assert point.source in load_sources()
        assert point.grade in ("A", "B", "C")
        assert point.industry in industries()
        for lang in ("ja", "en"):
            assert label("market", f"product.{point.source}", lang)  # type: ignore[arg-type]
            assert label("market", f"trade.{point.trade}", lang)  # type: ignore[arg-type]
    assert {quote.industry for quote in market().quote} <= set(industries())


@functools.cache
def clinic(**more: object) -> Result:
    """A small study of a clinic, as the command runs it."""
    raw = {
        "study": {"loss_years": 2000},
        "client": {"records": 30_000, "industry": "medical", "revenue": 3e8, **more},
        "plan": [{"id": f"nipponkoa_2006/{pattern}"} for pattern in "ABCDEF"],
    }
    return run_study(study_from_mapping(raw, "test")).record


def market_of_clinic() -> Market:
    found = clinic().market
    assert found is not None
    return found


def test_every_shipped_product_stands_beside_the_plans_and_those_sold_today_first() -> None:
    shown = market_of_clinic().products
    assert {one.product for one in shown} == set(products())
    assert [one.historical for one in shown] == sorted(one.historical for one in shown)
    for one in shown:
        assert one.template == bool(product(one.product).blanks)
        assert one.historical == product(one.product).historical


def test_what_a_product_leaves_uncovered_is_a_share_of_the_clients_own_loss() -> None:
    """Against the heads its file names, which a reader can count."""
    result = clinic()
    views = [part.ground_up.by_head for part in result.regimes.values()]
    heads = {h: sum(view.get(h, 0.0) for view in views) for view in views for h in view}
    whole = sum(heads.values())
    for one in market_of_clinic().products:
        raw = product(one.product).raw
        options = raw.get("option", {})
        attached = {
            name
            for name, cover in raw["cover"].items()
            if cover.get("attached", True)
            or any(
                option.get("default") and f"cover.{name}.attached" in option.get("set", {})
                for option in options.values()
            )
        }
        named = {head for name in attached for head in raw["cover"][name].get("heads", ())}
        if "investigation" in named:  # insured as such where a wording does not name it
            named.add("cyber_response")
        expected = {h: yen / whole for h, yen in heads.items() if h not in named and yen > 0}
        assert one.uncovered == pytest.approx(expected), one.product


def test_an_estimate_is_made_at_the_limits_the_client_is_told_to_buy() -> None:
    result = clinic()
    wanted = max(
        (part.named.limit or 0.0, part.named.cost_limit or 0.0)
        for part in result.regimes.values()
        if part.named is not None
    )
    by_name = {one.product: one for one in market_of_clinic().products}
    own = by_name["nipponkoa_2006"]
    assert (own.limit, own.cost_limit) == wanted
    free = by_name["ms_protector_2015"]  # both limits are for the contract to state
    assert (free.limit, free.cost_limit) == wanted
    for one in by_name.values():
        if one.limit is None or one.cost_limit is None:
            assert one.estimate is None
            assert (product(one.product).raw["plan"]["limit"]) < wanted[0]  # sold at one limit
            continue
        assert one.limit >= wanted[0]
        found = market_estimate(3e8, "medical_welfare", one.limit, one.cost_limit, ASSUMPTIONS)
        assert found is not None
        assert one.estimate == MarketPremium(found.value, found.low, found.high)
        assert found.low < found.value < found.high


def test_an_estimate_stands_beside_its_range_and_the_loss_ratio_it_implies() -> None:
    result = clinic()
    section = section_of(result, "ja")
    assert section is not None
    text, line = printed(section), result.recommendation.lines.ja[2]
    for part in result.regimes.values():
        plan = part.named
        assert plan is not None and plan.premium.basis == "market"
        market, paid = plan.premium.market, plan.paid.annual.mean.value
        assert market is not None and paid is not None and None not in (market.low, market.high)
        share = f"{float(f'{paid / market.value:.2g}'):.0%}"
        assert (
            f"幅 {rounded_yen(market.low or 0, 'ja')}～{rounded_yen(market.high or 0, 'ja')}、"
            in line
        )
        assert f"見込み損害率 {share}" in line
        assert share in text


def test_without_a_revenue_nothing_is_estimated() -> None:
    found = clinic(revenue=None).market
    assert found is not None
    assert {one.estimate for one in found.products} == {None}


def test_all_that_the_market_section_rests_on_is_among_the_sources() -> None:
    result = clinic(industry="wholesale_retail")
    assert result.market is not None
    keys = [source.key for source in result.sources]
    assert len(keys) == len(set(keys))
    cited = {one.source for one in result.market.offers}
    cited |= {str(product(name).raw["plan"]["source"]) for name in products()}
    assert "dataproace_2014" in cited
    assert cited <= set(keys)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_section_prints_a_real_result(lang: Lang) -> None:
    section = section_of(clinic(), lang)
    assert section is not None
    text = printed(section)
    for one in market_of_clinic().products:
        compared = one.product == "nipponkoa_2006"  # stands among the plans already
        assert (one.label.say(lang) in text) is not compared
    for note in market_of_clinic().notes:
        assert note.say(lang) in text
    assert "{" not in text


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
    True, False, {"system_repair": 0.12, "damages": 0.3}, 1e8, 3e7,
    MarketPremium(62_000.0, 41_000.0, None),
)  # fmt: skip
FACTS = Market([OFFER], [PRODUCT], [Words("売上高で決まります。", "It depends on revenue.")])


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        (
            "ja",
            ("見積りや引受けの条件ではありません", "129,380円", "売上高5億円", "支払限度額1億円",
             "商品甲", "計42%：損害賠償金 30%、システム修復費用 12%", "6.2万円",
             "売上高で決まります。", "C 一事例または一社の数字"),
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
