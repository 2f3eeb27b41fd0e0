"""A finished result for the tests of readers: typed, consistent, quick to make, no simulation.

Losses are lognormal and a plan pays a share of them up to its limits, so that what has to add up in
a real result adds up here: paid and retained to the loss, reasons to what is retained, ladders to
the plans on them. `build` makes one for each verdict, `complete` one with all optional parts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
from statistics import NormalDist
from typing import Any

from exposure.result import record as r

NORMAL = NormalDist()
LEVELS = (0.9, 0.95, 0.99, 0.995)
PERIODS = (10, 50, 100, 200, 250)
PROBABILITIES = (0.085, 0.05, 0.03, 0.02, 0.01, 0.005, 0.004, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
REGIMES = ("brochure", "court")
RATE, NO_EVENT = 0.0917, 0.9143
EVENTS = {"brochure": (14.7, 2.1), "court": (14.4, 1.7)}  # ln of the median breach, sigma
LABELS = {
    "nipponkoa_2006": ("日本興亜 2006", "Nipponkoa 2006"),
    "aiu_2015": ("AIU 2015", "AIU 2015"),
    "sompo_alive_leak_limited": ("損保ジャパン・アライブ", "Sompo Japan Alive"),
}
# id, product, pattern, endorsements, limit, cost limit, share paid within limits, excluded share
PLANS: tuple[tuple[str, str, str | None, tuple[str, ...], float, float, float, float], ...] = (
    ("nipponkoa_2006/C", "nipponkoa_2006", "C", (), 5e7, 5e6, 0.86, 0.04),
    ("nipponkoa_2006/D", "nipponkoa_2006", "D", (), 1e8, 1e7, 0.86, 0.04),
    ("nipponkoa_2006/F", "nipponkoa_2006", "F", (), 3e8, 3e7, 0.86, 0.04),
    ("aiu_2015@limit=100000000", "aiu_2015", None, (), 1e8, 1e7, 0.70, 0.22),
    ("aiu_2015@limit=300000000", "aiu_2015", None, (), 3e8, 3e7, 0.70, 0.22),
    (
        "aiu_2015+execution_double@limit=300000000", "aiu_2015", None, ("execution_double",),
        3e8, 6e7, 0.72, 0.22,
    ),
    (
        "aiu_2015+execution_double+cyber@limit=500000000", "aiu_2015", None,
        ("execution_double", "cyber"), 5e8, 1.1e8, 0.74, 0.22,
    ),
    ("sompo_alive_leak_limited", "sompo_alive_leak_limited", None, (), 1e8, 1e6, 0.30, 0.30),
)  # fmt: skip
PREMIUMS: dict[str, tuple[float, r.Basis]] = {
    "nipponkoa_2006/F": (420_000, "quoted"),
    "nipponkoa_2006/D": (190_000, "scaled"),
    "nipponkoa_2006/C": (120_000, "scaled"),
    "sompo_alive_leak_limited": (109_000, "published"),
}
HEADS = {
    "brochure": {
        "damages": 0.46, "litigation_costs": 0.09, "apology_letters": 0.06, "call_centre": 0.08,
        "consulting": 0.08, "investigation": 0.04, "cyber_response": 0.055, "condolence": 0.06,
        "overtime_travel": 0.03, "system_repair": 0.045,
    },
    "court": {
        "damages": 0.02, "litigation_costs": 0.03, "apology_letters": 0.13, "call_centre": 0.18,
        "consulting": 0.16, "investigation": 0.08, "cyber_response": 0.12, "condolence": 0.14,
        "overtime_travel": 0.08, "system_repair": 0.06,
    },
}  # fmt: skip
CAUSES = {
    "misoperation": (0.246, 0.05), "management_error": (0.122, 0.07),
    "loss_misplacement": (0.262, 0.08), "theft": (0.038, 0.02),
    "unauthorised_access": (0.203, 0.56), "unauthorised_take_out": (0.023, 0.03),
    "misconfiguration": (0.036, 0.08), "insider_crime": (0.029, 0.07),
    "bug_security_hole": (0.018, 0.02), "worm_virus": (0.005, 0.01),
    "other_unknown": (0.018, 0.01),
}  # fmt: skip


def figure(value: float, error: float = 0.015, spread: float | None = None) -> r.Figure:
    band = None if spread is None else (value / spread, value * spread)
    return r.Figure(value, value * (1 - error), value * (1 + error), band)


def share(value: float, half: float = 0.003) -> r.Figure:
    return r.Figure(value, max(0.0, value - half), min(1.0, value + half))


def words(ja: str, en: str) -> r.Words:
    return r.Words(ja, en)


@dataclasses.dataclass(frozen=True)
class Case:
    """One client of the sample: how large its losses are, and what the answer is."""

    verdict: r.Verdict = "sufficient"
    scale: float = 1.0
    banded: bool = True
    differs: bool = False

    @property
    def spread(self) -> float | None:
        return 3.0 if self.banded else None

    def event(self, regime: str, exceedance: float) -> float:
        mu, sigma = EVENTS[regime]
        return 0.0 if exceedance >= 1 else self.scale * math.exp(
            mu + sigma * NORMAL.inv_cdf(1 - exceedance)
        )  # fmt: skip

    def year(self, regime: str, exceedance: float) -> float:
        return self.event(regime, exceedance / (1 - NO_EVENT))

    def mean(self, regime: str) -> float:
        mu, sigma = EVENTS[regime]
        # The heaviest ten-thousandth is cut off, so that the mean is not one of a single year.
        upper = NORMAL.cdf(NORMAL.inv_cdf(1 - 1e-4) - sigma)
        return RATE * self.scale * math.exp(mu + sigma**2 / 2) * upper


def curve(losses: list[float], probabilities: tuple[float, ...]) -> r.Curve:
    errors = [min(0.45, 0.012 / math.sqrt(p * 10)) for p in probabilities]
    return r.Curve(
        list(probabilities),
        losses,
        [x * (1 - e) for x, e in zip(losses, errors, strict=True)],
        [x * (1 + e) for x, e in zip(losses, errors, strict=True)],
    )


def ground_up(case: Case, regime: str) -> r.GroundUp:
    mean = case.mean(regime)
    breaches = (*(1 - 0.02 * i for i in range(1, 49)), 0.03, 0.02, 0.01, 0.005, 0.002, 0.001)

    def quantiles(stretch: float, levels: tuple[float, ...]) -> r.ByLevel:
        return {
            str(p): figure(stretch * case.event(regime, 1 - p), 0.02, case.spread) for p in levels
        }

    def kind(part: float, stretch: float) -> r.Kind:
        return r.Kind(
            share(part), figure(stretch * mean / RATE), quantiles(stretch, (0.5, 0.9, 0.99))
        )

    annual = r.AnnualLoss(
        mean=figure(mean, 0.015, case.spread),
        var={str(p): figure(case.year(regime, 1 - p), 0.03) for p in LEVELS},
        tvar={str(p): figure(case.year(regime, (1 - p) / 3), 0.04) for p in LEVELS},
        oep={str(t): figure(0.97 * case.year(regime, 1 / t), 0.03) for t in PERIODS},
        aep={str(t): figure(case.year(regime, 1 / t), 0.03, case.spread) for t in PERIODS},
    )
    return r.GroundUp(
        event=r.EventLoss(
            figure(mean / RATE, 0.015, case.spread), quantiles(1.0, (0.5, 0.75, *LEVELS))
        ),
        kinds=r.Kinds(kind(0.8, 0.3), kind(0.2, 3.8)),
        annual=annual,
        by_head={head: mean * part for head, part in HEADS[regime].items()},
        by_cause={c: r.CauseLoss(mean * cost, part) for c, (part, cost) in CAUSES.items()},
        curves=r.GroundUpCurves(
            aep=curve([case.year(regime, p) for p in PROBABILITIES], PROBABILITIES),
            oep=curve([0.93 * case.year(regime, p) for p in PROBABILITIES], PROBABILITIES),
            event=curve([case.event(regime, p) for p in breaches], breaches),
        ),
    )


def held(row: tuple[Any, ...], loss: float) -> float:
    """What stays with the client of one loss."""
    _, _, _, _, limit, _, pays, _ = row
    return float(loss - min(loss * pays, limit))


def return_period(losses: list[float], amount: float) -> r.Figure:
    over = [p for loss, p in zip(losses, PROBABILITIES, strict=True) if loss > amount]
    return r.Figure(None, None, None) if not over else figure(1 / max(over), 0.05)


def named(row: tuple[Any, ...], lang: int) -> str:
    _, product, pattern, endorsements, limit, *_ = row
    riders = {
        "execution_double": ("実行費用倍額", "execution double"),
        "cyber": ("サイバー", "cyber"),
    }
    parts = [LABELS[product][lang]]
    if pattern:
        parts.append(f"パターン{pattern}" if lang == 0 else f"pattern {pattern}")
    if product == "aiu_2015":
        parts.append(f"{limit / 1e8:g}億円" if lang == 0 else f"JPY {limit / 1e6:g}M")
    return " ".join(parts) + "".join(
        ("＋" if lang == 0 else " + ") + riders[e][lang] for e in endorsements
    )


def worth_of(case: Case, regime: str, row: tuple[Any, ...]) -> float:
    paid = paid_mean(case, regime, row)
    tail = case.year(regime, 0.01 / 3)
    return paid + 0.05 * ((tail - held(row, tail)) - paid)


def paid_mean(case: Case, regime: str, row: tuple[Any, ...]) -> float:
    """The mean payment, by a step for every probability at which a loss is known."""
    edges = (*PROBABILITIES, 0.0)
    known = sum(
        (p - q) * (loss - held(row, loss))
        for p, q, loss in (
            (p, q, case.year(regime, (p + q) / 2)) for p, q in itertools.pairwise(edges)
        )
    )
    return min(known, case.mean(regime) * row[6])


def plan(case: Case, regime: str, row: tuple[Any, ...], own: float) -> r.PlanResult:
    id_, product, pattern, endorsements, limit, cost_limit, pays, excluded = row
    mean, paid, worth = case.mean(regime), paid_mean(case, regime, row), worth_of(case, regime, row)
    kept = mean - paid
    cut = max(0.0, mean * pays - paid)
    shared = kept - cut - mean * excluded
    reasons = {
        "not_covered": mean * excluded * 0.4, "excluded": mean * excluded * 0.6, "window": 0.0,
        "per_unit": 0.0, "deductible": 0.0, "share": shared, "sublimit": cut * 0.6,
        "limit": cut * 0.4,
    }  # fmt: skip
    losses = [held(row, case.year(regime, p)) for p in PROBABILITIES]
    technical = paid / 0.6
    amount, basis = PREMIUMS.get(id_, (round(95_000 * (limit / 1e8) ** 0.34, -3), "market"))
    premium = r.Premium(
        amount, basis, r.MarketPremium(amount, amount * 0.7, amount * 1.4), technical
    )
    retained = r.Tail(
        figure(kept, 0.02, case.spread),
        {str(p): figure(held(row, case.year(regime, 1 - p)), 0.04) for p in LEVELS},
        {str(p): figure(held(row, case.year(regime, (1 - p) / 3)), 0.04) for p in LEVELS},
    )
    large = case.event(regime, 0.01)
    quantiles = {str(p): figure(held(row, case.event(regime, 1 - p))) for p in LEVELS}
    paid_large = large - held(row, large)
    cut_large = max(0.0, large * pays - paid_large)
    tail = case.year(regime, 0.01 / 3)
    cut_event = share(min(0.9, cut / mean))
    return r.PlanResult(
        id=id_, label=named(row, 0), label_en=named(row, 1), product=product, pattern=pattern,
        endorsements=list(endorsements), limit=limit, cost_limit=cost_limit,
        tried=bool(endorsements), historical=True, premium=premium,
        implied_loss_ratio=figure(paid / amount, 0.02), worth=figure(worth, 0.02, case.spread),
        total_cost=figure(amount + kept + 0.05 * (held(row, tail) - kept), 0.02),
        share_paid=share(paid / mean),
        no_payment_share=share(0.26 if product == "aiu_2015" else 0.0),
        paid=r.Paid(r.AnnualMean(figure(paid, 0.02, case.spread))),
        retained=r.Retained(
            retained,
            r.EventQuantiles(quantiles),
            curve(losses, PROBABILITIES),
        ),
        own_funds_return_period=return_period(losses, own),
        cut_by_limits=r.CutByLimits(
            figure(cut), cut_event, figure(cut / RATE),
            [
                r.TermCut(
                    "cost", words("対応費用の内枠", "the cost sum"), figure(cut * 0.6), cut_event,
                    figure(cut / RATE),
                ),
                r.TermCut(
                    "limit", words("賠償の支払限度額", "the liability limit"), figure(cut * 0.4),
                    cut_event, figure(cut / RATE),
                ),
            ],
        ),
        limit_adequacy=r.LimitAdequacy(
            share(1 - cut / mean), share(1 - cut / mean),
            [r.SectionAdequacy("cost", words("費用部分", "Response costs"), share(1 - cut / mean))],
        ),
        probability_limit_exhausted=share(0.002, 0.0005),
        unpaid_by_reason=reasons,
        stays=stays(reasons),
        large_breach=r.Composition(
            large, paid_large / large, cut_large / large, excluded,
            1 - (paid_large + cut_large) / large - excluded,
        ),
    )  # fmt: skip


def stays(reasons: dict[str, float]) -> list[r.Remainder]:
    names = {
        "not_covered": words("システム修復費用", "System repair"),
        "excluded": words("免責・おそれ", "Exclusions, suspected leaks"),
        "share": words("自己負担割合", "Own share"),
        "sublimit": words("対応費用の内枠", "The cost sum"),
        "limit": words("賠償の支払限度額", "The liability limit"),
    }
    found = [r.Remainder(code, names[code], amount) for code, amount in reasons.items() if amount]
    return sorted(found, key=lambda one: -one.annual)


def ladders(case: Case, regime: str) -> list[r.Ladder]:
    def ladder(product: str, endorsements: tuple[str, ...], row: tuple[Any, ...]) -> r.Ladder:
        sums = (1e7, 3e7, 5e7, 1e8, 2e8, 3e8, 5e8, 1e9)
        steps = []
        for limit in sums[: 6 if product == "nipponkoa_2006" else 8]:
            own = (f"{product}@{limit:.0f}", *row[1:4], limit, limit / 10, *row[6:])
            paid, mean = paid_mean(case, regime, own), case.mean(regime)
            steps.append(
                r.LadderStep(
                    own[0], words(*LABELS[product]), limit, limit / 10, share(paid / mean),
                    figure(worth_of(case, regime, own)), share(min(1.0, paid / mean / row[6])),
                    figure(max(0.0, mean * row[6] - paid)),
                )
            )  # fmt: skip
        return r.Ladder(product, words(*LABELS[product]), list(endorsements), steps)

    return [
        ladder("nipponkoa_2006", (), PLANS[2]),
        ladder("aiu_2015", (), PLANS[4]),
        ladder("aiu_2015", ("execution_double",), PLANS[5]),
    ]


def recommendation(case: Case, regime: str, plans: list[r.PlanResult]) -> r.Recommendation:
    by_id = {one.id: one for one in plans}
    best = "nipponkoa_2006/F"
    if case.verdict == "programme":
        best = "aiu_2015+execution_double+cyber@limit=500000000"
    if case.differs and regime == "court":
        best = "nipponkoa_2006/D"
    answer = best if case.verdict in ("sufficient", "short") else None
    named_plan = by_id[best]
    cut = named_plan.cut_by_limits.by_term[0]
    short = [
        r.Shortfall(
            cut.term, cut.label, "cost", cut.annual, cut.when_cut,
            words("対応費用の枠を1億円にする", "raise the cost sum to JPY 100M"),
        )
    ]  # fmt: skip
    trials = r.Trials(
        120, 55, 25,
        {best: 120, "nipponkoa_2006/D" if best != "nipponkoa_2006/D" else "nipponkoa_2006/C": 55,
         "aiu_2015@limit=300000000": 20, "none": 5},
    )  # fmt: skip
    return r.Recommendation(
        plan=answer,
        verdict=case.verdict,
        limit=by_id[answer].limit if answer else None,
        reason=words(
            f"{named_plan.label}は、保険料を含む総費用が最も小さいプランです。",
            f"{named_plan.label_en} has the least total cost, premium included.",
        ),
        flip_premium=None if answer is None else float(named_plan.worth.value or 0) / 2,
        flips_to=None if answer is None else "aiu_2015@limit=300000000",
        best_on_market=best,
        at_technical=r.AtTechnical(answer, case.verdict),
        alternatives=[r.Alternative("aiu_2015@limit=300000000", 150_000.0)],
        short_of=short if case.verdict == "short" else [],
        ties=["nipponkoa_2006/D"],
        next_step=r.NextStep(
            "nipponkoa_2006/F", 90_000.0, 40_000.0,
            words(
                "1億円から3億円に上げると、価値は年9万円、保険料は年約4万円増えます。",
                "From JPY 100M to 300M adds JPY 90k of worth and about JPY 40k of premium.",
            ),
        ),
        own_funds=None,
        trials=trials if case.banded else None,
        regret=12_000.0 if case.banded else None,
    )  # fmt: skip


def regime_result(case: Case, regime: str, own: float) -> r.RegimeResult:
    ground = ground_up(case, regime)
    plans = [plan(case, regime, row, own) for row in PLANS]
    gross = ground.curves.aep.loss
    tail = case.year(regime, 0.01 / 3)
    mean = case.mean(regime)
    return r.RegimeResult(
        frequency=r.Frequency(
            RATE, NO_EVENT, (0.021, 0.19) if case.banded else None,
            (0.83, 0.979) if case.banded else None,
        ),
        ground_up=ground,
        need=r.Need(
            figure(0.5 * case.year(regime, 1 / 250), 0.05, case.spread),
            figure(0.4 * case.year(regime, 1 / 250), 0.05, case.spread),
        ),
        no_insurance=r.NoInsurance(
            figure(mean + 0.05 * (tail - mean)), return_period(gross, own)
        ),
        plans=plans,
        ladders=ladders(case, regime),
        recommendation=recommendation(case, regime, plans),
    )  # fmt: skip


STATEMENTS = {
    "sufficient": (
        "日本興亜 2006 パターンFをお勧めします。必要な限度額は、賠償3,000万円・"
        "対応費用4,200万円です。",
        "We recommend Nipponkoa 2006 pattern F. Needed limits: JPY 30M for liability and JPY 42M "
        "for response costs.",
    ),
    "short": (
        "日本興亜 2006 パターンFをお勧めします。ただし、対応費用の枠が足りません。",
        "We recommend Nipponkoa 2006 pattern F, but its sum for response costs falls short.",
    ),
    "programme": (
        "市販の商品では足りません。自己保有と上積みを組む保険計画が必要です。",
        "No product on the market is enough: retention and layers on top are needed.",
    ),
    "no_insurance": (
        "この保険料では、保険に入らないほうが有利です。",
        "At these premiums it pays not to insure.",
    ),
}


def build(name: str = "青葉クリニック", case: Case | None = None, **changes: Any) -> r.Result:
    """Return the sample, the same numbers every time; ``changes`` are fields of the case."""
    case = dataclasses.replace(case or Case(), **changes)
    own = 50_000_000.0 * case.scale
    ja, en = STATEMENTS[case.verdict]
    return r.Result(
        schema=r.SCHEMA,
        study=r.StudyFacts(
            name, 20260401, 200_000, r.Versions("0.2.0", "2.4.0"),
            hashlib.sha256(b"sample").hexdigest(),
        ),
        client={
            "name": name, "records": round(100_000 * case.scale), "industry": "medical_welfare",
            "revenue": 500_000_000, "employees": 40, "incidents_last_3_years": 0,
        },
        own_funds=r.OwnFunds(own, stated=case.scale == 1),
        thresholds=r.Thresholds(1e7, 1e6, 3.0),
        regimes={regime: regime_result(case, regime, own) for regime in REGIMES},
        recommendation=r.Overall(
            not case.differs, words(ja, en),
            r.Lines(
                [f"{n}行目" for n in range(1, 6)], [f"line {n}" for n in range(1, 6)]
            ),
        ),
        readings=[
            r.Reading(
                "aiu_2015", "A-3",
                words("免責金額と自己負担割合の適用順序", "Order of deductible and own share"),
                words("免責金額を先に引く", "The deductible is taken first"),
                words("日本興亜の算式に合わせる", "As Nipponkoa's formula has it"),
            ),
        ],
        judgements=[
            r.Judgement(
                "cost.condolence.per_person", words("見舞金：1人あたり", "Condolence per person"),
                500, "JPY", words("通例", "usual"), False, effect=290_000.0,
            ),
            r.Judgement(
                "claims.rate.brochure",
                words("請求する人の割合（試算例）", "Share who claim (brochure)"),
                0.05, "share of B", "顧問弁護士の見解", True,
            ),
        ],
        sources=[
            r.Source(
                "aiu_2015_10", "個人情報漏洩保険（2016年1月以降補償開始用）", "AIU損害保険", 2015,
                "Personal data leak insurance", "AIU Insurance",
            ),
            r.Source(
                "nipponkoa_2006_02", "個人情報漏えい対応保険", "日本興亜損害保険", 2006,
                "Personal data leak insurance", "Nipponkoa Insurance",
            ),
        ],
    )  # fmt: skip


def complete(name: str = "青葉クリニック", **changes: Any) -> r.Result:
    """Return the sample with the parts that not every study computes."""
    result = build(name, **changes)
    shares = (0.2, 0.26, 0.24, 0.16, 0.07)
    size = r.Persons(
        17_000, r.Figure(9700.0, 9300.0, 10_100.0),
        {"0.5": r.Figure(140.0, 135.0, 146.0), "0.99": r.Figure(100_000.0, 100_000.0, None)},
        r.Figure(0.07, 0.067, 0.073),
        [
            r.SizeBand(10.0**i if i else 0.0, 10.0 ** (i + 1), r.Figure(part, part, part))
            for i, part in enumerate(shares)
        ],
    )  # fmt: skip
    regimes = {}
    for regime, view in result.regimes.items():
        mean = view.ground_up.annual.mean.value or 0.0
        var = view.ground_up.annual.var["0.99"].value or 0.0
        regimes[regime] = dataclasses.replace(
            view,
            ground_up=dataclasses.replace(view.ground_up, size=size),
            convergence=r.Convergence(
                "0.99", [16_384, 32_768, 200_000],
                [figure(mean * x, 0.02) for x in (0.97, 1.01, 1.0)],
                [figure(var * x, 0.03) for x in (0.95, 0.99, 1.0)],
            ),
            sensitivity=_sensitivity(view),
            cover=_cover(view),
            incidents=[_incident(view)],
        )  # fmt: skip
    rows: list[r.SizeRow] = [
        r.SizeRow(
            n, regime,  # type: ignore[arg-type]  # the two names above
            r.Need(figure(500.0 * n**0.95, 0.05, 3.0), figure(900.0 * n**0.9, 0.05, 3.0)), [],
        )
        for regime in REGIMES
        for n in (1000, 10_000, 100_000, 1_000_000)
    ]  # fmt: skip
    return dataclasses.replace(result, regimes=regimes, size=rows, terms=[_terms(result)])


def _terms(result: r.Result) -> r.Terms:
    named_plan = result.regimes["court"].named
    assert named_plan is not None

    def term(name: str, ja: str, en: str, said_ja: str, said_en: str) -> r.Term:
        return r.Term(name, words(ja, en), words(said_ja, said_en), "L10")

    cover = r.CoverTerms(
        "cost", words("費用部分", "Response costs"), 0, "L142", ["call_centre"], 3e7, 3e7,
        [term("deductible", "免責金額", "Deductible", "10万円", "JPY 100,000")],
        [term("reported", "発動の要件", "Trigger", "公的機関への届出・報告",
              "Reported to a public body")],
    )  # fmt: skip
    exclusion = r.ExclusionTerm(
        "war", words("戦争・内乱・暴動等", "War, civil commotion"), "L284", ["cost"],
        [r.ExclusionException(["cost"], words("消防を除く", "unless firefighting"))],
    )  # fmt: skip
    return r.Terms(
        named_plan.id, named_plan.product, words("個人情報漏えい対応保険", "Leak insurance"),
        words("日本興亜損害保険", "Nipponkoa Insurance"), words("2006年2月版", "of 2006"),
        "nipponkoa_2006_02", True, "L70-93",
        [r.Choice(words("型", "Pattern"), "one_of", "F", "L317")], 3e8,
        [term("sold_up_to_revenue", "販売対象", "Sold to", "売上高10億円以下", "up to JPY 1bn")],
        [cover], [exclusion],
    )  # fmt: skip


def _sensitivity(view: r.RegimeResult) -> r.Sensitivity:
    named_plan = view.named
    assert named_plan is not None
    plan_id, cost = named_plan.id, 1_100_000.0

    def outcome(setting: float | str, factor: float, plan: str | None = plan_id) -> r.Outcome:
        return r.Outcome(setting, cost * factor, cost * factor / 2, plan)

    names = (("基準頻度", "base rate"), ("全件が漏えいする確率", "probability of a full leak"))
    return r.Sensitivity(
        plan_id, (0.05, 0.95), 20_000, 120, 5_000, outcome("", 1.0),
        [
            r.TornadoBar(
                f"frequency.{i}", words(*pair), "1/year", outcome(0.02, 0.6),
                outcome(0.12, 1.9 - i / 2, plan_id if i == 0 else None), cost * (1.3 - i / 2),
                i == 1, None if i == 0 else 0.08,
            )
            for i, pair in enumerate(names)
        ],
        [
            r.StructuralBar(
                "poisson", words("ポアソン", "Poisson"), outcome("poisson", 1.1), cost / 10, False
            )
        ],
        [
            r.Question(
                "frequency.0", words(*names[0]),
                words("漏えいがどれくらい起きるか", "How often a breach happens"),
            )
        ],
    )  # fmt: skip


def _cover(view: r.RegimeResult) -> r.Cover:
    named_plan = view.named
    assert named_plan is not None
    heads = [
        r.HeadGap(loss, loss * 0.7, loss * 0.1, loss * 0.2, head, {}, r.GapParts(loss, loss, 0, 0))
        for head, loss in view.ground_up.by_head.items()
    ]
    causes = [
        r.CauseGap(one.mean, one.mean * 0.7, one.mean * 0.1, one.mean * 0.2, cause, "damages")
        for cause, one in view.ground_up.by_cause.items()
    ]
    dispute = r.Dispute(
        "aiu_2015", "aiu_2015@limit=300000000", "A-10", "suspected",
        words("漏洩のおそれは対象か", "Is a suspected leak covered?"), words("対象外", "no"),
        words("対象", "yes"), 240_000.0,
    )  # fmt: skip
    return r.Cover(20_000, r.Gaps(named_plan.id, 0.99, 200, heads, causes), [dispute])


def _incident(view: r.RegimeResult) -> r.Incident:
    named_plan = view.named
    assert named_plan is not None

    def line(kind: str, depth: int, ja: str, en: str, amount: int | None) -> r.Line:
        return r.Line(kind, depth, words(ja, en), amount, "L10")

    explained = r.Explanation(
        [line("loss", 1, "損害賠償金：20,000,000円", "Damages: JPY 20,000,000", 20_000_000)],
        [
            line("title", 0, "賠償責任部分", "Liability", None),
            line("paid", 1, "20,000,000円を支払う", "JPY 20,000,000 is paid", 20_000_000),
        ],
        {"not_covered": 1_000_000},
        20_000_000,
    )
    return r.Incident(
        one_in=100.0, plan=named_plan.id, cause="unauthorised_access", persons=24_000.0,
        claimants=2_400.0, heads={"damages": 2e7, "system_repair": 1e6}, loss=2.1e7,
        not_covered=1e6, covers=[], overall=r.OverallLimit(3e8, 2e7, 0.0), paid=2e7, retained=1e6,
        explanation=explained,
    )  # fmt: skip
