"""One name for one thing: a reader of report, workbook and terminal meets no second one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exposure.files import data_path
from exposure.inputs.assumptions import load_assumptions
from exposure.labels import kinds, label, labels

ROOT = Path(__file__).resolve().parent.parent
# What must not be said, and what is said instead.
SECOND_NAMES = {
    "募集案内": "保険会社の試算例",
    "パンフレット前提": "試算例",
    "裁判実績前提": "裁判例",
    "賠償の想定": "賠償の見方",
    "限度額充足度": "限度額に削られない割合",
    "限度額が足りる確率": "限度額に削られない割合",
    "足りる確率": "限度額に削られない割合",
    "限度額で不足しない確率": "限度額に削られない割合",
    "自己保有額": "手元に残る損害",
    "内枠限度額": "費目ごとの枠",
    "経済的コスト": "総費用",
    "年間費用": "総費用",
    "年間の費用": "総費用",
    "支払われる保険金": "支払保険金",
    "損害の額": "損害額",
    "期待値": "平均",
    "別の読み方": "別の解釈",
    "採用した読み方": "採用した解釈",
    "争点": "論点",
    "調査ファイル": "検討ファイル",
    "模擬計算": "シミュレーション",
    "推奨限度額": "必要な限度額",
    "推奨支払限度額": "必要な限度額",
    "担保": "補償",
    "プラン全体": "契約全体",
}
SHOWN = ("report", "chart", "summary", "term", "regime", "reason", "part", "section")
SPEAKING = (
    "result/lines.py",
    "study/sensitivity.py",
    "study/assembly.py",
    "policy/explanation.py",
    "policy/explanation.py",
)


def test_an_endorsement_has_the_name_its_wording_gives_it() -> None:
    from exposure.files import read_toml

    named = labels("option")
    found = 0
    for path in sorted(data_path("policies").glob("*.toml")):
        for key, option in read_toml(path).get("option", {}).items():
            if f"{key}.short" in named:
                found += 1
                assert (named[key].ja, named[key].en) == (
                    option["label"]["ja"], option["label"]["en"]
                )  # fmt: skip
    assert found >= 9


def said_in(source: str) -> list[str]:
    """The text of a module without docstrings and comments, which are for its authors."""
    code = re.sub(r'"""[\s\S]*?"""', "", source)
    return [re.sub(r"#.*", "", line) for line in code.splitlines()]


def second_names(text: str) -> list[str]:
    return [name for name in SECOND_NAMES if name in text]


@pytest.mark.parametrize("kind", SHOWN)
def test_labels_use_one_name_for_one_thing(kind: str) -> None:
    assert kind in kinds()
    found = {name: second_names(words.ja) for name, words in labels(kind).items()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("module", SPEAKING)
def test_sentences_use_the_names_of_the_tables(module: str) -> None:
    lines = said_in((ROOT / "exposure" / module).read_text(encoding="utf-8"))
    assert [line.strip() for line in lines if second_names(line)] == []


def test_retained_is_not_called_own_share() -> None:
    # 自己負担割合 is a term of the contract; what stays with the client is 手元に残る損害.
    for module in SPEAKING:
        text = "\n".join(said_in((ROOT / "exposure" / module).read_text(encoding="utf-8")))
        assert re.findall(r"自己負担(?!割合)", text) == [], module
    for words in labels("report").values():
        assert re.findall(r"自己負担(?!割合)", words.ja) == []


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("regime", ["brochure", "court"])
def test_assumptions_of_one_basis_are_labelled_with_its_name(regime: str, lang: str) -> None:
    named = label("regime", regime, lang).lower()  # type: ignore[arg-type]
    records = load_assumptions().records.values()
    own = [record for record in records if record.name.endswith(f".{regime}")]
    assert len(own) > 10
    for record in own:
        shown = record.label.say(lang).lower()  # type: ignore[arg-type]
        if regime in record.name.split(".")[1:-1] or "(" in shown or "（" in shown:
            assert named in shown, record.name


def test_no_data_file_has_another_name_for_a_basis() -> None:
    for path in data_path().rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert "募集案内" not in text, path.name
        assert "の想定）" not in text, path.name
        assert "賠償の想定" not in text, path.name


def test_a_value_that_is_a_word_is_printed_as_one() -> None:
    known = set(labels("choice")) | set(labels("head"))
    for record in load_assumptions().records.values():
        value = record.in_use
        values = list(value) if isinstance(value, list | tuple) else [value]
        words = {word for word in [*values, *(record.choices or ())] if isinstance(word, str)}
        assert words <= known, record.name


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_name_the_basis_as_the_report_does(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "募集案内" not in text
