"""A policy file of one's own works everywhere a shipped one does, from whatever folder."""

from __future__ import annotations

import hashlib
import json
import pickle
import tomllib
from pathlib import Path

import pytest
from support.refusals import read_clients

import exposure as ex
from exposure.batch.task import Book, Task, input_key, work_out
from exposure.cli import main
from exposure.errors import ExposureError
from exposure.files import data_path, toml_file_of
from exposure.inputs.assumptions import load_assumptions
from exposure.inputs.study_file import read_study, study_from_mapping
from exposure.output import folder
from exposure.output.content.report import notice_of
from exposure.policy.catalogue import read_policies
from exposure.policy.drafts import catalogue_of, policy_problems
from exposure.policy.plan import plan
from exposure.result.document import to_plain
from exposure.study.live import bases, live, steps_of, vary_plan
from exposure.study.offers import default_plans, ladder, offers_of
from tests.support.own_policy import CASE, NAME, PAID, STUDY, WORDING, written
from tests.support.wordings_filled import filled

Said = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return written(tmp_path / "客")


def problems_of(wording: str, folder: Path) -> list[str]:
    _, policy, _ = written(folder, wording)
    return [problem.say("en") for problem in policy_problems(policy)]


# --- the study -----------------------------------------------------------------------------------


def test_a_study_names_policies_from_its_own_folder(files: tuple[Path, Path, Path]) -> None:
    result = ex.run(files[0])
    document = result.document
    digest = hashlib.sha256(files[1].read_bytes()).hexdigest()
    assert document["study"]["policies"] == [{"product": NAME, "sha256": digest}]
    labels = {one["id"]: str(one["label"]) for one in document["regimes"]["court"]["plans"]}
    limit = f"{NAME}@limit=100000000"
    assert set(labels) == {f"{limit}#A社", f"{limit}#B社", "nipponkoa_2006/F"}
    assert "A社" in labels[f"{limit}#A社"]
    assert "B社" in labels[f"{limit}#B社"]
    assert "見本の漏えい保険 ご案内" in {one["title"] for one in document["sources"]}
    assert {one["product"]: one["historical"] for one in document["terms"]} == {
        NAME: False,
        "nipponkoa_2006": True,
    }
    said = notice_of(result.record, "ja")
    assert "個人情報漏えい対応保険（2006年2月版）" in said
    assert "見本" not in said


def test_wordings_of_every_kind_stand_beside_each_other_under_their_own_names() -> None:
    """A historical one, one sold today, a template filled in, and one of the client's own."""
    template = to_plain(filled("tokio_cyber").raw)
    called = {"ja": "記入済み", "en": "filled in"}
    template["plan"] |= {"product": "tokio_filled", "label": called, "short": called}
    plans = (
        "nipponkoa_2006/F",
        "sompo_alive_leak_limited",
        "tokio_filled/A@limit=300000000@deductible=100000@cost_limit=100000000",
        f"{NAME}@limit=100000000",
    )
    study = {
        "study": {"loss_years": 2000, "endorsements": "as_given"},
        "client": {"records": 30_000, "revenue": 300_000_000},
        "policy": [template, tomllib.loads(WORDING)],
        "plan": [{"id": name} for name in plans],
    }
    result = ex.run(study)
    for part in result.record.regimes.values():
        found = {plan.id: plan for plan in part.plans}
        assert set(found) == set(plans)
        assert [name for name in plans if found[name].historical] == [plans[0]]
        assert "記入済み" in found[plans[2]].label
    said = notice_of(result.record, "ja")
    assert "個人情報漏えい対応保険（2006年2月版）" in said
    for other in ("アライブ", "記入済み", "見本"):
        assert other not in said
    files = folder.render(result.record, ("html",), ("ja",))
    page = files["report_ja.html"].decode("utf-8")
    for name in ("日本興亜2006 パターンF", "損保ジャパン・アライブ", "記入済み", "見本"):
        assert name in page


@pytest.mark.parametrize("limit", [None, 0])
def test_a_cover_without_a_limit_or_with_none_left_is_compared_too(limit: int | None) -> None:
    """No tariff reaches either, so that their premium is the technical one."""
    raw = tomllib.loads(WORDING)
    cover = {"label": {"ja": "賠償", "en": "liability"}, "heads": ["damages"]}
    raw["plan"] = {k: v for k, v in raw["plan"].items() if k not in ("limit", "limit_covers")}
    raw["plan"]["limit_covers"] = ["free"]
    raw["cover"] = {"free": cover if limit is None else {**cover, "limit": limit}}
    raw = {key: raw[key] for key in ("plan", "sources", "cover")}
    study = {
        "study": {"loss_years": 1000},
        "client": {"records": 30_000, "revenue": 300_000_000},
        "policy": [raw],
    }
    record = ex.run(study).record
    for part in record.regimes.values():
        assert part.plan(NAME).premium.basis == "technical"
    made = folder.render(record, ("html", "xlsx", "pdf"), ("ja",))
    assert {"report_ja.html", "report_ja.pdf", "report_ja.xlsx"} <= made.keys()


def test_the_result_does_not_say_where_the_files_stood(tmp_path: Path) -> None:
    here, there = written(tmp_path / "a")[0], written(tmp_path / "b")[0]
    assert ex.run(here).document == ex.run(there).document


def test_a_study_without_plans_compares_its_own_policies_too(
    files: tuple[Path, Path, Path],
) -> None:
    study = read_study(files[0])
    among = catalogue_of(study.policies)
    found = default_plans(load_assumptions(), among)
    assert [one for one in found if one.startswith(NAME)] == [
        f"{NAME}@limit={limit}" for limit in (50_000_000, 100_000_000, 300_000_000)
    ]
    assert set(default_plans(load_assumptions())) < set(found)


def test_two_quotations_need_two_labels(tmp_path: Path) -> None:
    for labels in (("A社", "A社"), ("A社", None)):
        study = (
            STUDY.replace('"B社"', f'"{labels[1]}"')
            if labels[1]
            else STUDY.replace('label = "B社"\n', "")
        )
        path, _, _ = written(tmp_path, study=study)
        with pytest.raises(ExposureError, match=r"plan\[2\].label.*is there twice.*labels"):
            offers_of(read_study(path), load_assumptions(), "s.toml")


# --- from everywhere -----------------------------------------------------------------------------


def test_every_command_takes_a_policy_file(files: tuple[Path, Path, Path], capsys: Said) -> None:
    study, policy, cases = (str(path) for path in files)
    own = ["--policy", policy]
    assert main(["check", study, policy]) == 0
    assert "補償しない費目: " in capsys.readouterr().out
    assert main(["plans", "--json", *own]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed[-1]["product"] == NAME and not listed[-1]["historical"]
    assert main(["show", f"{NAME}@limit=3億", *own]) == 0
    assert "危機対応補償" in capsys.readouterr().out
    assert main(["payout", cases, "--json", *own]) == 0
    paid = json.loads(capsys.readouterr().out)[0]["incidents"][0]["sections"]
    assert {name: one["paid"] for name, one in paid.items()} == PAID
    assert main(["payout", cases, *own]) == 0
    assert "危機対応補償 3,000,000" in capsys.readouterr().out
    assert main(["explain", cases, *own]) == 0
    assert "第三者賠償" in capsys.readouterr().out
    plain = study.replace("s.toml", "plain.toml")
    Path(plain).write_text("[client]\nrecords = 500\n[study]\nloss_years = 1000\n", "utf-8")
    identifier = f"{NAME}@limit=100000000"
    out = ["--plan", identifier, "--events", "3", "--out", "sample.json", *own]
    assert main(["sample", plain, *out]) == 0
    assert main(["payout", "sample.json", "--json", *own]) == 0
    capsys.readouterr()
    assert main(["export", plain, "--out", "tables", *own]) == 0
    assert NAME in Path("tables/yelt_court.csv").read_text("utf-8")


def test_a_run_with_a_policy_from_the_command_line(
    files: tuple[Path, Path, Path], capsys: Said
) -> None:
    study = files[0].with_name("plain.toml")
    study.write_text(
        "[study]\nloss_years = 1000\n[client]\nrecords = 500\n"
        f'[[plan]]\nid = "{NAME}@limit=50000000"\n',
        encoding="utf-8",
    )
    assert main(["run", str(study), "--no-band", "--out", "out", "--formats", "json"]) == 2
    assert "--policy" in capsys.readouterr().err
    assert not Path("out").exists()
    options = ["--no-band", "--out", "out", "--formats", "json", "--policy", str(files[1])]
    assert main(["run", str(study), *options]) == 0
    document = json.loads(Path("out/result.json").read_text("utf-8"))
    assert document["study"]["policies"][0]["product"] == NAME


def test_a_book_carries_its_policies_to_the_workers(files: tuple[Path, Path, Path]) -> None:
    clients = files[0].with_name("clients.csv")
    clients.write_text("client_id,name,records,industry\n1,A,3000,medical\n", encoding="utf-8")
    raw = tomllib.loads(STUDY)
    book = Book({**raw, "policy": read_policies([files[1]])}, ("json",), ("ja",), rendered)
    (client,) = read_clients(clients)
    sent = pickle.dumps(Task(book, client, input_key(book, client)))
    files[1].unlink()
    answer = work_out(pickle.loads(sent))
    assert answer.status == "done", answer
    changed = {**raw, "policy": [toml_file_of({"plan": {}}, "x")]}
    other = Book(changed, ("json",), ("ja",), rendered)
    assert input_key(other, client) != input_key(book, client)


def rendered(document: object, formats: object, langs: object) -> dict[str, bytes]:
    return {"result.json": json.dumps(to_plain(document)).encode()}


def test_a_book_by_command(files: tuple[Path, Path, Path]) -> None:
    clients = files[0].with_name("clients.csv")
    clients.write_text("client_id,name,records,industry\n1,A,3000,medical\n", encoding="utf-8")
    options = ["--study", str(files[0]), "--out", "book", "--workers", "1", "--formats", "json"]
    assert main(["batch", str(clients), *options, "--loss-years", "1000"]) == 0
    (found,) = Path("book").glob("*/result.json")
    assert json.loads(found.read_text("utf-8"))["study"]["policies"][0]["product"] == NAME


def test_the_explorer_offers_them(files: tuple[Path, Path, Path]) -> None:
    plain = study_from_mapping(
        {"client": {"records": 300}, "plan": [{"id": "nipponkoa_2006/B"}]}, "x"
    )
    study = plain.with_policies(read_policies([files[1]]))
    base = bases(study)[NAME]
    hand = live(study, 100)
    steps = steps_of(hand, vary_plan(base, (), None, hand.products))
    assert steps.limits == (50e6, 100e6, 300e6)


# --- Python --------------------------------------------------------------------------------------


def test_a_plan_from_a_path_a_mapping_or_an_identifier(files: tuple[Path, Path, Path]) -> None:
    path, raw = files[1], tomllib.loads(WORDING)
    for built in (
        ex.plan(f"{path}@limit=1億"),
        ex.plan(path, "@limit=１億円"),
        ex.plan(raw, "@limit=100,000,000"),
        ex.plan(f"{NAME}@limit=100000000", policies=[path]),
    ):
        assert built.id == f"{NAME}@limit=100000000"
        assert built.headline_limit == 1e8
        assert not built.historical
    with pytest.raises(ExposureError, match=r"@limit: the contract must state Limit"):
        ex.plan(path)
    with pytest.raises(ExposureError, match="expected one of 50000000, 100000000, 300000000"):
        ex.plan(path, "@limit=2億")
    assert f"{NAME}" in ex.plans(policies=[path]).index


def test_a_plan_of_ones_own_is_paid_compared_and_sized(files: tuple[Path, Path, Path]) -> None:
    built = ex.plan(files[1], "@limit=1億")
    losses = ex.simulate(ex.Client(records=3000), loss_years=200, seed=1)
    assert ex.pay(built, losses).paid.sum() > 0
    assert list(ex.compare(losses, [built, "nipponkoa_2006/F"]).index) == [
        built.id,
        "nipponkoa_2006/F",
    ]
    frame = ex.size(1000, product=built, band=False)
    assert set(frame["product"]) == {NAME}


# --- the printed ladder --------------------------------------------------------------------------


def test_the_printed_ladder_is_the_grid(files: tuple[Path, Path, Path]) -> None:
    built = ex.plan(files[1], "@limit=50000000")
    assert ladder(built, (10e6, 30e6, 1e9)).limits == (50e6, 100e6, 300e6)


def test_the_limit_may_have_another_name(files: tuple[Path, Path, Path]) -> None:
    raw = tomllib.loads(
        WORDING.replace("contract.limit", "contract.third").replace("$limit", "$third")
    )
    built = ex.plan(raw, "@third=50000000")
    assert ladder(built, ()).limits == (50e6, 100e6, 300e6)


# --- what is refused -----------------------------------------------------------------------------


def test_a_name_that_is_taken_is_refused(files: tuple[Path, Path, Path]) -> None:
    _, policy, _ = files
    shipped = policy.with_name("aiu_2015.toml")
    shipped.write_bytes(data_path("policies", "aiu_2015.toml").read_bytes())
    with pytest.raises(ExposureError, match=r"aiu_2015.*a shipped product has this name"):
        catalogue_of(read_policies([shipped]))
    other = policy.with_name("other.toml")
    other.write_text(WORDING.replace("180", "90"), encoding="utf-8")
    with pytest.raises(ExposureError, match=f"other.toml: plan.product.*{NAME}.toml has this name"):
        catalogue_of(read_policies([policy, other]))
    assert list(catalogue_of(read_policies([policy, policy])).own) == [NAME]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('source  = "rei_2026_04"', 'source  = "rei_2027"', "did you mean|unless you mean"),
        ("[sources.rei_2026_04]", "[sources.aiu_2015_10]", "a source of this key is shipped"),
        ('publisher = "見本損害保険"', "", "sources.rei_2026_04.publisher: required"),
        ('product = "rei_2026"', 'product = "rei 2026"', "a name without blanks"),
        ('"call_centre", "apology', '"call_center", "apology', r"expected one of call_centre, "),
        ('source  = "rei_2026_04"', 'source  = "rei_2026_04"\nhistorical = "no"', "historical"),
        ("[50_000_000, 100", "[500_000_000, 100", "contract.limit.values = .*rising amounts"),
        ("300_000_000]", "30_000_000_000_000]", "amounts from 0 to 10,000,000,000,000"),
        ("limit  = 3_000_000", "limit  = 30_000_000_000_000", "10,000,000,000,000 yen at most"),
        ('limit   = "$limit"', 'limit = { rate_percent = 5, of = "plan" }', "circle"),
        ("days = 180", "days = true", "require.window.days = True: expected a whole number"),
        ("days = 180", "days = 100_000_000_000", "require.window.days = 1.*expected 1,000,000"),
        (
            '"damages", "litigation_costs"',
            '"damages", "damages"',
            'heads = .*: "damages" stands twice',
        ),
        ('"damages", "lit', '"損害賠償金", "lit', r'heads\[1\] = .*expected its name, "damages"'),
        (
            "limit  = 3_000_000",
            'limit  = "三百万円"',
            "first_party.limit = .三百万円.: expected whole",
        ),
        ("limit  = 3_000_000", "limit  = 2026-04-01", "first_party.limit = 2026-04-01: "),
        ('limit   = "$limit"', 'limit   = "$limits"', r"there is no \[contract.limits\]"),
        ("values = [50_000_000, 100_000_000, 300_000_000]", "", "values: expected the values"),
        (
            "[50_000_000, 100",
            '["五千万くらい", 100',
            "contract.limit.values = .五千万.*expected am",
        ),
        ('{ ja = "見本の漏えい保険", en', '{ ja = "", en', "plan.label.ja = .*at least 1 char"),
        (
            'reaches = ["first_party"]',
            'reaches = ["first_party"]\nunless = ["x"]',
            "unless: unknown key; none is defined",
        ),
    ],
)
def test_what_a_file_of_ones_own_may_not_say(
    before: str, after: str, message: str, tmp_path: Path
) -> None:
    import re

    assert before in WORDING
    found = problems_of(WORDING.replace(before, after, 1), tmp_path)
    assert any(re.search(message, line) for line in found), found


TERM = '[contract.own]\nlabel = { ja = "免責金額", en = "Deductible" }\nkind = "yen"\n'
CAP = '[cover.first_party.per_unit]\ngift = { amount = 500, heads = ["damages"] }\n'
PREMIUMS = '[premium]\nclause = "p.4"\nmonths = 12\nbands = ['


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            TERM + 'at_least = "100万円"\nat_most = "10万円"',
            "own.at_least: expected at_most or less",
        ),
        (TERM + "at_most = 10\ndefault = 100", "contract.own.default = 100: expected 10 at most"),
        (TERM + 'default = "十くらい"', "contract.own.default = .*does not fit its kind"),
        (CAP, 'per_unit.gift.heads: "damages" is no head of this cover'),
        # A row below one of more revenue, or of a choice nobody has, would never be read.
        (
            PREMIUMS
            + "{ revenue_up_to = 200, premium = 2 }, { revenue_up_to = 100, premium = 1 }]",
            r"bands\[2\].revenue_up_to = 100: expected rows of the same keys by rising revenue",
        ),
        (PREMIUMS + "{ when = { limitt = 1 }, premium = 1 }]", r'when.limitt: .*mean "limit"'),
        (PREMIUMS + '{ when = { limit = "2億円" }, premium = 1 }]', "when.limit = 2.*one of 500"),
        (PREMIUMS + '{ when = { industry = "医" }, premium = 1 }]', "industry = .*medical_welfare"),
        (PREMIUMS + '{ premium = "約2万円" }]', r"bands\[1\].premium = .約2万円.: expected whole"),
    ],
)
def test_what_may_not_be_added_to_it(more: str, message: str, tmp_path: Path) -> None:
    import re

    (found,) = problems_of(f"{WORDING}\n{more}\n", tmp_path)
    assert re.search(message, found), found


def test_a_missing_policy_file_is_named_by_the_study(tmp_path: Path, capsys: Said) -> None:
    path, policy, _ = written(tmp_path)
    policy.unlink()
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--lang", "en"]) == 2
    assert 'policy[1].file = "wordings/rei_2026.toml": no such file' in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_all_problems_of_a_study_and_its_policy_come_at_once(tmp_path: Path, capsys: Said) -> None:
    broken = WORDING.replace("own_share_percent = 10", "own_share_percent = 110")
    broken = broken.replace('["call_centre", ', '["condolence", ')
    broken = broken.replace("[exclusion.own_rule]", "[exclusions.own_rule]")
    study = STUDY.replace("records = 20_000", "recrods = 20_000")
    path, _, _ = written(tmp_path, broken, study)
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--lang", "en"]) == 2
    said = capsys.readouterr().err
    for part in (
        "client.recrods",
        "own_share_percent = 110",
        "stands twice",
        'did you mean "exclusion"',
    ):
        assert part in said, said
    assert not (tmp_path / "out").exists()


def test_the_explorer_is_not_opened_on_a_broken_policy(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("voila")
    monkeypatch.setattr("exposure.output.explorer_server.serve", pytest.fail)
    broken = WORDING.replace("own_share_percent = 10", 'own_share_percent = "10%"')
    path, _, _ = written(tmp_path, broken)
    assert main(["explore", str(path), "--lang", "en"]) == 2
    assert 'own_share_percent = "10%": expected a percentage' in capsys.readouterr().err


def test_historical_is_false_unless_it_says_true() -> None:
    among = catalogue_of([toml_file_of(tomllib.loads(WORDING), "x")])
    assert not among.product(NAME).historical
    assert plan("aiu_2015@limit=1億").historical
    assert not plan(
        "galileo_generic@limit_per_event=1@cost_limit_per_event=1@response_period_days=1"
    ).historical


def test_a_case_may_leave_out_the_form(files: tuple[Path, Path, Path]) -> None:
    from exposure.policy.cases import Case, case_from

    among = catalogue_of(read_policies([files[1]]))
    for stated in ({}, {"plan": "standard"}):
        case = case_from({**CASE, **stated}, "x", "y", among)
        assert isinstance(case, Case)
    with pytest.raises(ExposureError, match='plan = "base": expected "standard", or nothing'):
        case_from({**CASE, "plan": "base"}, "x", "y", among)


# --- templates -----------------------------------------------------------------------------------

BLANKS = (
    WORDING.replace("limit  = 3_000_000", 'limit  = "?費用の支払限度額"')
    .replace("deductible = 100_000", 'deductible = "？"')
    .replace("days = 180", 'days = "?何日以内か"')
    .replace('edition = { ja = "2026年4月版"', 'edition = { ja = "?版"')
    .replace('["damages", "litigation_costs"]', '["damages", "?争訟費用は"]')
)
WANTED = [
    "plan.edition.ja",
    "cover.first_party.limit",
    "cover.first_party.require.window.days",
    "cover.third_party.heads[2]",
    "cover.third_party.deductible",
]


def test_a_template_passes_check_which_lists_its_blanks(tmp_path: Path, capsys: Said) -> None:
    _, policy, _ = written(tmp_path, BLANKS)
    assert main(["check", str(policy), "--lang", "en"]) == 0
    said = capsys.readouterr().out
    for key in WANTED:
        assert f"{key}: left blank" in said, said
    assert "look up '費用の支払限度額'" in said  # what somebody wrote in one language
    assert main(["show", NAME, "--policy", str(policy)]) == 0
    said = capsys.readouterr().out
    assert "費用の支払限度額" in said
    terms = [line.split()[:2] for line in said.splitlines()]
    assert ["支払限度額（1事故・保険期間中）", "〔空欄〕"] in terms
    assert ["免責金額", "〔空欄〕"] in terms
    assert "発覚日から〔空欄〕以内に生じた費用" in said


def test_a_template_says_what_it_leaves_uncovered_but_pays_nothing(
    tmp_path: Path, capsys: Said
) -> None:
    _, policy, _ = written(tmp_path, BLANKS)
    assert main(["show", NAME, "--policy", str(policy), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    heads = {one["head"] for one in found["uncovered"]["heads"]}
    assert "system_repair" in heads and "damages" not in heads
    assert found["worked"] is None
    assert main(["show", NAME, "--policy", str(policy), "--lang", "en"]) == 0
    assert "Filled in, it may cover more" in capsys.readouterr().out


def test_a_template_passes_check_and_the_catalogue_counts_its_blanks(
    tmp_path: Path, capsys: Said
) -> None:
    _, policy, _ = written(tmp_path, BLANKS)
    assert main(["plans", "--policy", str(policy)]) == 0
    assert "空欄 5か所" in capsys.readouterr().out


@pytest.mark.parametrize("blank", WANTED)
def test_a_template_is_refused_with_the_list_of_what_to_look_up(
    blank: str, tmp_path: Path, capsys: Said
) -> None:
    path, policy, cases = written(tmp_path, BLANKS)
    assert main(["run", str(path), "--out", str(tmp_path / "out")]) == 2
    assert f"{blank}: 空欄です" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["payout", str(cases), "--policy", str(policy)]) == 2
    assert f"{blank}: 空欄です" in capsys.readouterr().err
    with pytest.raises(ExposureError, match="left blank"):
        ex.plan(policy, "@limit=1億")


def test_a_template_is_no_default_plan(tmp_path: Path) -> None:
    among = catalogue_of(read_policies([written(tmp_path, BLANKS)[1]]))
    assert default_plans(load_assumptions(), among) == default_plans(load_assumptions())


def test_a_blank_hides_no_other_problem(tmp_path: Path) -> None:
    broken = BLANKS.replace("own_share_percent = 10", "own_share_percent = 110")
    assert problems_of(broken, tmp_path) == [
        f"{tmp_path}/wordings/rei_2026.toml: cover.first_party.own_share_percent = 110: "
        "expected a percentage from 0 to 100"
    ]
