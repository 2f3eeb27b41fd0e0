"""A brochure becomes a policy file by the form alone; what is wrong with it is one line each."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from exposure.cli import main
from exposure.errors import DataError
from exposure.files import to_toml, toml_file_of
from exposure.output.forms import read_form
from exposure.policy.drafts import catalogue_of, policy_problems
from exposure.policy.form import Answers, encode, questions
from exposure.policy.plan import plan
from exposure.policy.vocabulary import HEADS

Said = pytest.CaptureFixture[str]
Form = dict[str, dict[str, object]]

# Mitsui Sumitomo 2015, as printed: liability 100M and costs 20M, 100,000 off each, share 100 %;
# 50,000 customers: 38.0M + 2.0M − 0.1M = 39.9M, 1.0M + 5.0M + 5.0M − 0.1M = 10.9M.
MITSUI: Form = {
    "answers": {
        "product": "ms_leak_2015",
        "name": "情報漏えいプロテクター",
        "insurer": "三井住友海上",
        "edition": "2015年7月版",
        "title": "情報漏えいプロテクター お支払い例",
        "limit": "1億円",
        "cost_limit": "2,000万円",
        "deductible": "10万円",
        "cost_deductible": 100_000,
        "share": "100%",
        "cost_share": "100%",
        "order": "なし",
        "trigger": "なし",
        "claims_made": "はい",
        "discovery": "はい",
        "suspected": "いいえ",
        "window": "なし",
        "defence": "内枠",
        "territory": "日本",
        "limit_per": "両方",
        "overall": "なし",
        "example_paid": "5,080万円",
    },
    "heads": {
        "damages": "賠償",
        "litigation_costs": "賠償",
        "consulting": "費用",
        "apology_ads": "費用",
        "お詫び状作成・送付費用": "費用",
    },
    "losses": {
        "damages": "3,800万円",
        "litigation_costs": 2_000_000,
        "consulting": "100万円",
        "apology_ads": "500万円",
        "apology_letters": "5,000,000",
    },
}
# Hospital association: liability 100M without deductible, brand costs 10 % of it, 100,000 off;
# damages 50M, brand costs 12M: 50M + min(11.9M, 10M).
HOSPITAL: Form = {
    "answers": {
        **MITSUI["answers"],
        "product": "hospital_2016",
        "name": "病院の個人情報漏えい保険",
        "limit": "1億円",
        "cost_limit": "限度額の10%",
        "deductible": "なし",
        "trigger": "社告",
        "suspected": "はい",
        "example_paid": "6,000万円",
    },
    "heads": {"damages": "賠償", "apology_ads": "費用"},
    "losses": {"damages": "5,000万円", "apology_ads": "1,200万円"},
}
# Chambers of commerce: sets of two limits, 90 % of what exceeds 100,000; 1,000 yen a person.
# 2.1M − 0.1M = 2.0M, 90 % of it 1.8M; gifts for 500 at 1,000 of 2,000 yen: 0.5M.
CHAMBERS: Form = {
    "answers": {
        **MITSUI["answers"],
        "product": "chambers_2014",
        "name": "会議所の情報漏えい保険",
        "limit": "",
        "cost_limit": "",
        "sets": "A 1,000万円/100万円、B 5,000万円/500万円",
        "cost_share": "90%",
        "order": "免責が先",
        "per_person": "1,000円",
        "example_limit": "B",
        # (2.1M + 0.5M − 0.1M) × 90 % = 2.25M
        "example_paid": "225万円",
    },
    "heads": {"damages": "賠償", "call_centre": "費用", "condolence": "費用"},
    "losses": {"call_centre": "210万円", "condolence": "500名×2,000円"},
}


def changed(form: Form, **answers: object) -> Form:
    return {**form, "answers": {**form["answers"], **answers}}


def toml_of(form: Mapping[str, Mapping[str, object]], folder: Path) -> Path:
    path = folder / "form.toml"
    path.write_text(to_toml(form), encoding="utf-8")
    return path


def new(path: Path, out: Path, *options: str) -> int:
    return main(["policy", "new", "--from", str(path), "--out", str(out), *options])


@pytest.mark.parametrize("form", [MITSUI, HOSPITAL, CHAMBERS])
def test_a_brochure_is_paid_to_the_yen(form: Form, tmp_path: Path, capsys: Said) -> None:
    out = tmp_path / "out" / "policy.toml"
    assert new(toml_of(form, tmp_path), out) == 0
    said = capsys.readouterr().out
    assert "1円まで一致します" in said, said
    assert "補償しない費目" in said
    cases = str(out.with_name("policy.case.json"))
    assert main(["payout", cases, "--policy", str(out), "--json"]) == 0
    paid = json.loads(capsys.readouterr().out)[0]["total"]
    printed = json.loads(Path(cases).read_text("utf-8"))[0]["expected"]["total"]
    assert paid == printed
    assert policy_problems(out) == []
    assert main(["check", str(out.parent)]) == 0


def test_a_payment_that_differs_from_the_printed_one_is_said(tmp_path: Path, capsys: Said) -> None:
    form = changed(MITSUI, example_paid="5,090万円")
    assert new(toml_of(form, tmp_path), tmp_path / "p.toml", "--lang", "en") == 0
    assert "prints JPY 50,900,000, this file pays JPY 50,800,000" in capsys.readouterr().out


def test_the_share_may_come_before_the_deductible(tmp_path: Path, capsys: Said) -> None:
    # 90 % of 2.6M is 2.34M, less 90,000 is 2.25M.
    form = changed(CHAMBERS, order="割合が先", cost_deductible="90,000", example_paid="225万円")
    assert new(toml_of(form, tmp_path), tmp_path / "p.toml") == 0
    assert "1円まで一致します" in capsys.readouterr().out


def test_defence_outside_the_limit(tmp_path: Path, capsys: Said) -> None:
    # Damages of 150M under 100M: 100M, and 30M of defence in the proportion 100 : 149.9.
    form = changed(MITSUI, defence="外枠", example_paid="")
    form["losses"] = {"damages": "1億5,000万円", "litigation_costs": "3,000万円"}
    assert new(toml_of(form, tmp_path), tmp_path / "p.toml") == 0
    policy = tomllib.loads((tmp_path / "p.toml").read_text("utf-8"))
    assert policy["cover"]["defence"]["outside"] == "liability"
    assert "100,000,000" in capsys.readouterr().out


def test_nothing_is_guessed_and_a_blank_stays_one(tmp_path: Path, capsys: Said) -> None:
    form: Form = {
        "answers": {"product": "blank_2026", "name": "空欄だらけ"},
        "heads": {"damages": "賠償", "condolence": "費用", "litigation_costs": "賠償"},
        "losses": {"damages": "100万円"},
    }
    out = tmp_path / "p.toml"
    assert new(toml_of(form, tmp_path), out) == 0
    said = capsys.readouterr().out
    for question in (
        "insurer", "edition", "title", "limit", "cost_limit", "deductible", "cost_deductible",
        "share", "cost_share", "per_person", "trigger", "claims_made", "discovery", "suspected",
        "window", "defence", "territory", "overall",
    ):  # fmt: skip
        assert questions()[question].label.ja.strip() in said, question
    assert "同じコマンドをもう一度" in said
    assert policy_problems(out) == []
    study = tmp_path / "s.toml"
    study.write_text(
        '[client]\nrecords = 10\n[[policy]]\nfile = "p.toml"\n[[plan]]\nid = "blank_2026"\n',
        encoding="utf-8",
    )
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.count("空欄です") >= 18
    assert not (tmp_path / "out").exists()


def test_the_empty_form_is_read_back_with_what_it_must_hold(tmp_path: Path, capsys: Said) -> None:
    for suffix in ("toml", "xlsx"):
        path = tmp_path / f"form.{suffix}"
        assert main(["policy", "new", "--form", str(path)]) == 0
        assert main(["policy", "new", "--form", str(path)]) == 2  # nothing is written over
        capsys.readouterr()
        assert new(path, tmp_path / "p.toml", "--lang", "en") == 2
        said = capsys.readouterr().err
        assert said.count("cannot be left blank") == 2
        assert "tick at least one head" in said
        assert not (tmp_path / "p.toml").exists()


def test_the_form_names_the_yen_of_every_head(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    assert main(["policy", "new", "--form", str(path)]) == 0
    text = path.read_text("utf-8")
    assert set(tomllib.loads(text)["heads"]) == set(HEADS)
    (line,) = [one for one in text.split("[heads]")[1].split("[losses]")[0].splitlines()
               if one.startswith("damages ")]  # fmt: skip
    assert "万円" in line


def test_a_filled_workbook_is_the_filled_toml(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "form.xlsx"
    assert main(["policy", "new", "--form", str(path)]) == 0
    book = openpyxl.load_workbook(path)
    questions_, heads = book.worksheets
    for row in questions_.iter_rows():
        if row[0].value in MITSUI["answers"]:
            row[2].value = MITSUI["answers"][row[0].value]
    for row in heads.iter_rows():
        if row[0].value in MITSUI["heads"]:
            row[2].value = MITSUI["heads"][row[0].value]
        if row[0].value == "apology_letters":
            row[2].value = "費用"
        if row[0].value in MITSUI["losses"]:
            row[3].value = MITSUI["losses"][row[0].value]
    book.save(path)
    assert encode(read_form(path)) == encode(read_form(toml_of(MITSUI, tmp_path)))


def test_a_wrong_cell_is_named_by_its_address(tmp_path: Path, capsys: Said) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "form.xlsx"
    assert main(["policy", "new", "--form", str(path)]) == 0
    book = openpyxl.load_workbook(path)
    where = {}
    for row in book.worksheets[0].iter_rows():
        if row[0].value in ("product", "name", "window"):
            row[2].value = "半年"
            where[row[0].value] = row[2].coordinate
    book.save(path)
    capsys.readouterr()
    assert new(path, tmp_path / "p.toml") == 2
    assert f'{where["window"]} = "半年": 日数か月数にしてください' in capsys.readouterr().err


MISTAKES = {
    "an unknown head": ({"heads": {"call_center": "費用"}}, "call_centre"),
    "a head in no section": ({"heads": {"damages": "賠賞"}}, "賠償・費用"),
    "an amount that is none": ({"answers": {"deductible": "十万くらい"}}, "金額にしてください"),
    "a limit above ten trillion": ({"answers": {"limit": "20兆円"}}, "10,000,000,000,000円以下"),
    "a ladder out of order": ({"answers": {"limit": "3億円、1億円"}}, "小さい順"),
    "a share of 900 %": ({"answers": {"cost_share": "900%"}}, "割合にしてください"),
    "a window in words": ({"answers": {"window": "半年"}}, "日数か月数にしてください"),
    "a head by half its name": ({"heads": {"見舞金": "費用"}}, "「見舞金・見舞品費用」"),
    "a word not offered": ({"answers": {"defence": "両方"}}, "内枠・外枠・なし"),
    "a misspelt question": ({"answers": {"limits": "1億円"}}, "「limit」ではありませんか"),
    "no name": ({"answers": {"product": ""}}, "必ず記入してください"),
    "sets and limits": (
        {"answers": {"sets": "A 1,000万円/100万円"}}, "どちらか一方"),
    "gifts without persons": (
        {"heads": {"condolence": "費用"}, "losses": {"condolence": "500万円"}}, "25,000名×500円"),
    "none, yet ticked": ({"answers": {"cost_limit": "なし"}}, "この区分の費目が選ばれています"),
    "an order left open": (
        {"answers": {"share": "90%", "order": "なし"}}, "どちらが先かを選んで"),
    "a set that is none": (
        {"answers": {"limit": "", "cost_limit": "", "sets": "A 1,000万円/100万円",
                     "example_limit": "C"}}, "セットの名前にしてください: A"),
    "an example off the ladder": (
        {"answers": {"limit": "1億円、3億円", "example_limit": "2億円"}}, "100,000,000、300,000"),
    "a wrong type": ({"answers": {"limit": {"a": 1}}}, "文字か数にしてください"),
    "a name that a product has": (
        {"answers": {"product": "aiu_2015"}}, "同じ名前の商品が用意されています"),
    "a name that no identifier holds": ({"answers": {"product": "a b"}}, "空白と"),
}  # fmt: skip


def with_mistake(change: Mapping[str, Mapping[str, object]]) -> Form:
    return {part: {**MITSUI[part], **change.get(part, {})} for part in MITSUI}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_typical_mistake_is_one_line_and_nothing_is_written(
    name: str, tmp_path: Path, capsys: Said
) -> None:
    change, wanted = MISTAKES[name]
    out = tmp_path / "p.toml"
    assert new(toml_of(with_mistake(change), tmp_path), out) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert wanted in lines[0]
    assert not list(tmp_path.glob("p.*"))


@pytest.mark.parametrize("product", ["../../etc/passwd", "=1+1", "a b"])
def test_a_name_that_is_none_is_said_of_the_form(
    product: str, tmp_path: Path, capsys: Said
) -> None:
    path = toml_of(changed(MITSUI, product=product), tmp_path)
    assert new(path, tmp_path / "own.toml") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "form.toml" in line and "own.toml" not in line
    assert not (tmp_path / "own.toml").exists()


def test_all_mistakes_come_in_one_pass(tmp_path: Path, capsys: Said) -> None:
    some = [
        "an amount that is none",
        "a name that no identifier holds",
        "a share of 900 %",
        "a window in words",
        "a word not offered",
    ]
    form = {part: dict(MITSUI[part]) for part in MITSUI}
    for name in some:
        for part, values in MISTAKES[name][0].items():
            form[part] |= values
    assert new(toml_of(form, tmp_path), tmp_path / "p.toml") == 2
    assert len(capsys.readouterr().err.splitlines()) == len(some)


def test_without_a_form_and_a_terminal_nothing_is_asked(tmp_path: Path, capsys: Said) -> None:
    assert main(["policy", "new", "--out", str(tmp_path / "p.toml")]) == 2
    assert "--form" in capsys.readouterr().err
    assert main(["policy", "new"]) == 2
    assert main(["policy", "new", "--form", str(tmp_path / "f.pdf")]) == 2


def test_the_prompts_ask_again_and_write_the_same_policy(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(told(MITSUI))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    out = tmp_path / "asked.toml"
    assert main(["policy", "new", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "日数か月数にしてください" in said
    # What the yen beside a head are.
    assert "平均的な組織の1事故の損害額です（10,000件・試算例 / 100,000件・試算例" in said
    filled = tmp_path / "form.toml"
    assert new(toml_of(MITSUI, tmp_path), filled) == 0
    assert out.read_bytes() == filled.read_bytes()
    assert list(answers) == []


def told(form: Form) -> Iterator[str]:
    """What a person types: a mistake, then every answer in order."""
    heads = {**form["heads"], "apology_letters": "費用"}
    for part in ("identity", "terms", "heads", "example", "losses"):
        if part == "heads":
            yield from (str(heads.get(head, "")) for head in HEADS)
        elif part == "losses":
            yield from (str(form["losses"].get(head, "")) for head in HEADS if head in heads)
        else:
            for name, question in questions().items():
                if question.part == part:
                    if name == "window":
                        yield "半年"
                    yield str(form["answers"].get(name, ""))


def test_a_premium_table_may_be_given() -> None:
    form = Answers("f", {**MITSUI["answers"], "premium": "5,000万円以下 20,000円、1億円以下 3万円"},
                   MITSUI["heads"])  # fmt: skip
    assert encode(form).policy["premium"]["bands"] == [
        {"revenue_up_to": 50_000_000, "premium": 20_000},
        {"revenue_up_to": 100_000_000, "premium": 30_000},
    ]
    assert encode(form).case is None
    bad = Answers("f", {**MITSUI["answers"], "premium": "2万円くらい"}, MITSUI["heads"])
    with pytest.raises(DataError, match="expected 50,000,000: 20,000"):
        encode(bad)


@pytest.mark.parametrize(
    ("window", "stated"),
    [("180日", {"days": 180}), (90, {"days": 90}), ("１２か月", {"months": 12}),
     ("6ヶ月間", {"months": 6}), ("12 months", {"months": 12})],
)  # fmt: skip
def test_a_window_is_in_days_or_months_as_printed(window: object, stated: dict[str, int]) -> None:
    policy = encode(Answers("f", {**MITSUI["answers"], "window": window}, MITSUI["heads"])).policy
    found = policy["cover"]["cost"]["require"]["window"]
    assert {key: value for key, value in found.items() if key in ("days", "months")} == stated
    assert (found["date"], found["of"]) == ("incurred_on", "discovered_on")


@pytest.mark.parametrize(
    ("overall", "key"), [("1事故", "event_limit"), ("期間中", "period_limit"), ("両方", "limit")]
)
def test_the_limit_of_the_whole_may_be_per_event_or_per_period(overall: str, key: str) -> None:
    form = changed(MITSUI, overall=overall, limit_per="1事故", trigger="お詫び状または報道")
    policy = encode(Answers("f", form["answers"], form["heads"])).policy
    assert policy["plan"][key] == 100_000_000
    assert policy["plan"]["limit_covers"] == ["plan", "liability"]
    assert policy["cover"]["liability"]["event_limit"] == 100_000_000
    assert policy["cover"]["cost"]["require"]["trigger"] == {
        "any": ["letters_sent", "media_report"]
    }
    ladder = encode(Answers("f", {**form["answers"], "limit": "1億円、3億円"}, form["heads"]))
    assert ladder.policy["plan"][key] == "$limit"
    among = catalogue_of([toml_file_of(ladder.policy, "f")])
    assert plan("ms_leak_2015@limit=3億", among=among).layer("plan").is_limited
    among = catalogue_of([toml_file_of(policy, "f")])
    built = plan("ms_leak_2015", among=among)
    whole = built.layer("plan")
    assert (whole.event_limit == 1e8) == (key != "period_limit")
    assert (whole.period_limit == 1e8) == (key != "event_limit")
