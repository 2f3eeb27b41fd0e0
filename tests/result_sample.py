"""A synthetic result, plausible in every number and simulated in none, for tests of the output.

``python -m tests.result_sample`` rewrites ``tests/data/result_sample.json``.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

from exposure.files import to_json, write_atomically

PATH = Path(__file__).parent / "data" / "result_sample.json"
NORMAL = NormalDist()
LEVELS = (0.9, 0.95, 0.99, 0.995)
PROBABILITIES = [10 ** (-1 - i / 10) for i in range(31)]
PRODUCTS = {
    "nipponkoa_2006": "日本興亜 個人情報漏えい対応保険（2006年版）",
    "aiu_2015": "AIU 個人情報漏洩保険（2015年版）",
    "sompo_alive_leak_limited": "損保ジャパン サイバー保険・情報漏えい限定補償型（アライブ）",
}
# id, product, pattern, endorsements, limit, quality (0 to 1: how much of a loss it takes), premium
PLANS: list[tuple[str, str, str | None, list[str], float, float, int | None, str]] = [
    ("nipponkoa_2006/B", "nipponkoa_2006", "B", [], 3e7, 0.30, None, "on_enquiry"),
    ("nipponkoa_2006/D", "nipponkoa_2006", "D", [], 1e8, 0.55, 310_000, "quoted"),
    ("nipponkoa_2006/F", "nipponkoa_2006", "F", [], 3e8, 0.75, 420_000, "quoted"),
    ("aiu_2015@limit=100000000", "aiu_2015", None, [], 1e8, 0.60, None, "on_enquiry"),
    ("aiu_2015@limit=300000000", "aiu_2015", None, [], 3e8, 0.78, 580_000, "quoted"),
    ("aiu_2015+execution_double@limit=300000000", "aiu_2015", None, ["execution_double"], 3e8,
     0.84, 690_000, "quoted"),
    ("aiu_2015+execution_double+cyber@limit=500000000", "aiu_2015", None,
     ["execution_double", "cyber"], 5e8, 0.90, 940_000, "quoted"),
    ("sompo_alive_leak_limited", "sompo_alive_leak_limited", None, [], 1e8, 0.20, 109_000,
     "published"),
]  # fmt: skip
LABELS = {
    "nipponkoa_2006/B": "日本興亜2006 B型",
    "nipponkoa_2006/D": "日本興亜2006 D型",
    "nipponkoa_2006/F": "日本興亜2006 F型",
    "aiu_2015@limit=100000000": "AIU2015 1億円",
    "aiu_2015@limit=300000000": "AIU2015 3億円",
    "aiu_2015+execution_double@limit=300000000": "AIU2015 3億円＋実行費用倍額",
    "aiu_2015+execution_double+cyber@limit=500000000": "AIU2015 5億円＋実行費用倍額＋サイバー",
    "sompo_alive_leak_limited": "損保ジャパン アライブ",
}
HEADS = {
    "brochure": {
        "damages": 0.46, "litigation_costs": 0.09, "apology_letters": 0.06, "call_centre": 0.08,
        "consulting": 0.05, "legal_consultation": 0.015, "investigation": 0.02,
        "cyber_response": 0.035, "condolence": 0.06, "condolence_shipping": 0.018,
        "apology_ads": 0.03, "press_conference": 0.002, "overtime_travel": 0.02,
        "temporary_staff": 0.01, "recurrence_prevention": 0.02, "data_restoration": 0.01,
        "system_repair": 0.008, "certification": 0.004, "regulatory_report": 0.006,
        "regulatory_proceedings": 0.002,
    },
    "court": {
        "damages": 0.02, "litigation_costs": 0.03, "apology_letters": 0.13, "call_centre": 0.18,
        "consulting": 0.11, "legal_consultation": 0.03, "investigation": 0.045,
        "cyber_response": 0.08, "condolence": 0.14, "condolence_shipping": 0.042,
        "apology_ads": 0.07, "press_conference": 0.005, "overtime_travel": 0.043,
        "temporary_staff": 0.02, "recurrence_prevention": 0.025, "data_restoration": 0.012,
        "system_repair": 0.008, "certification": 0.004, "regulatory_report": 0.004,
        "regulatory_proceedings": 0.002,
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
REASON_SHARES = {
    "not_covered": 0.08, "excluded": 0.16, "window": 0.05, "per_unit": 0.04, "deductible": 0.0,
    "share": 0.06, "sublimit": 0.37, "limit": 0.24,
}  # fmt: skip
EVENTS = {"brochure": (11.5, 2.1), "court": (11.2, 1.7)}  # ln of the median event, sigma
RATE, NO_EVENT = 0.0917, 0.9143


def estimate(value: float, error: float, digits: int = 0) -> dict[str, float]:
    shown = [round(x, digits) for x in (value, value * (1 - error), value * (1 + error))]
    if digits == 0:
        shown = [int(x) for x in shown]
    return dict(zip(("value", "low", "high"), shown, strict=True))


def share(value: float, half: float) -> dict[str, float]:
    return {
        "value": round(value, 5),
        "low": round(max(0.0, value - half), 5),
        "high": round(min(1.0, value + half), 5),
    }


def event_loss(regime: str, exceedance: float) -> float:
    mu, sigma = EVENTS[regime]
    if exceedance >= 1:
        return 0.0
    return min(math.exp(mu + 3.2 + sigma * NORMAL.inv_cdf(1 - exceedance)), 4e9)


def annual_loss(regime: str, exceedance: float, factor: float = 1.0) -> float:
    given_breach = exceedance / (1 - NO_EVENT)
    if given_breach >= 1:
        return 0.0
    return factor * event_loss(regime, given_breach)


def curve(losses: list[float], probabilities: list[float]) -> dict[str, list[float]]:
    errors = [min(0.45, 0.012 / math.sqrt(p * 10)) for p in probabilities]
    return {
        "probability": [round(p, 7) for p in probabilities],
        "loss": [round(x) for x in losses],
        "low": [round(x * (1 - e)) for x, e in zip(losses, errors, strict=True)],
        "high": [round(x * (1 + e)) for x, e in zip(losses, errors, strict=True)],
    }


def by_level(loss: Any, stretch: float = 1.0) -> dict[str, dict[str, float]]:
    return {str(p): estimate(stretch * loss(1 - p), 0.02 + 0.1 * p**20) for p in LEVELS}


def retained(loss: float, quality: float, limit: float) -> float:
    return loss - min(loss * quality, limit * min(1.0, quality + 0.2))


def ground_up(regime: str) -> dict[str, Any]:
    mean = 15_400_000.0 if regime == "brochure" else 6_350_000.0
    probabilities = [0.085, *PROBABILITIES[1:]]
    event_probabilities = [1 - 0.02 * i for i in range(1, 49)] + [
        0.03, 0.02, 0.01, 0.005, 0.002, 0.001,
    ]  # fmt: skip
    return {
        "event": {
            "mean": estimate(mean / RATE, 0.015),
            "quantiles": {
                str(p): estimate(event_loss(regime, 1 - p), 0.01 + 0.1 * p**20)
                for p in (0.5, 0.75, *LEVELS)
            },
        },
        "annual": {
            "mean": estimate(mean, 0.015),
            "var": by_level(lambda p: annual_loss(regime, p)),
            "tvar": by_level(lambda p: annual_loss(regime, p / 3)),
            "oep": {
                str(t): estimate(annual_loss(regime, 1 / t, 0.97), 0.03)
                for t in (10, 50, 100, 200, 250)
            },
            "aep": {
                str(t): estimate(annual_loss(regime, 1 / t), 0.03) for t in (10, 50, 100, 200, 250)
            },
        },
        "by_head": {head: round(mean * part) for head, part in HEADS[regime].items()},
        "by_cause": {
            cause: {"mean": round(mean * cost), "share_of_events": events}
            for cause, (events, cost) in CAUSES.items()
        },
        "curves": {
            "aep": curve([annual_loss(regime, p) for p in probabilities], probabilities),
            "oep": curve([annual_loss(regime, p, 0.93) for p in probabilities], probabilities),
            "event": curve(
                [event_loss(regime, p) for p in event_probabilities], event_probabilities
            ),
        },
    }


def adequacy(regime: str, limit: float, product: str) -> float:
    mu, sigma = EVENTS[regime]
    ceiling = {"nipponkoa_2006": 0.97, "aiu_2015": 0.992, "sompo_alive_leak_limited": 0.61}[product]
    centre = mu + 3.2 + (0.9 if regime == "brochure" else 0.2)
    return ceiling * NORMAL.cdf((math.log(limit) - centre) / sigma + 0.5)


def plan(regime: str, mean: float, row: tuple[Any, ...]) -> dict[str, Any]:
    id_, product, pattern, endorsements, limit, quality, premium, basis = row
    paid = round(mean * quality * (0.72 if regime == "brochure" else 0.9))
    unpaid = round(mean) - paid
    reasons = {reason: round(unpaid * part) for reason, part in REASON_SHARES.items()}
    reasons["limit"] += unpaid - sum(reasons.values())
    probabilities = [0.085, *PROBABILITIES[1:]]
    losses = [retained(annual_loss(regime, p), quality, limit) for p in probabilities]
    tail = retained(annual_loss(regime, 0.01 / 3), quality, limit)
    event = adequacy(regime, limit, product)
    return {
        "id": id_,
        "label": LABELS[id_],
        "product": product,
        "pattern": pattern,
        "endorsements": endorsements,
        "limit": int(limit),
        "premium": {"amount": premium, "basis": basis},
        "paid": {"annual": {"mean": estimate(paid, 0.018)}},
        "retained": {
            "annual": {
                "mean": estimate(unpaid, 0.02),
                "var": by_level(lambda p: retained(annual_loss(regime, p), quality, limit)),
                "tvar": by_level(lambda p: retained(annual_loss(regime, p / 3), quality, limit)),
            },
            "curve": curve(losses, probabilities),
        },
        "limit_adequacy": {"event": share(event, 0.0016), "year": share(event * 0.994, 0.0017)},
        "unpaid_by_reason": reasons,
        "economic_cost": None
        if premium is None
        else estimate(premium + unpaid + 0.06 * (tail - unpaid), 0.025),
        "probability_limit_exhausted": share(0.0857 * (1 - event) * 0.4, 0.0003),
    }  # fmt: skip


def regime_result(regime: str) -> dict[str, Any]:
    ground = ground_up(regime)
    mean = float(ground["annual"]["mean"]["value"])
    grid = [10 ** (7 + i / 8) for i in range(17)]
    curves = [
        {
            "product": product,
            "label": PRODUCTS[product],
            "limit": [round(x) for x in limits],
            "event": [share(adequacy(regime, x, product), 0.008) for x in limits],
            "year": [share(adequacy(regime, x, product) * 0.994, 0.008) for x in limits],
        }
        for product, limits in (
            ("nipponkoa_2006", [1e7, 3e7, 5e7, 1e8, 2e8, 3e8]),
            ("aiu_2015", grid),
            ("sompo_alive_leak_limited", [1e8]),
        )
    ]
    chosen = "aiu_2015+execution_double+cyber@limit=500000000" if regime == "brochure" else (
        "aiu_2015+execution_double@limit=300000000"
    )  # fmt: skip
    limit = 500_000_000 if regime == "brochure" else 300_000_000
    return {
        "frequency": {"events_per_year": RATE, "probability_of_no_event": NO_EVENT},
        "ground_up": ground,
        "plans": [plan(regime, mean, row) for row in PLANS],
        "adequacy_curves": curves,
        "recommendation": {
            "plan": chosen,
            "limit": limit,
            "reason": {
                "ja": "限度額充足度の目標を満たすプランのうち、経済的コストが最も小さいため。",
                "en": "Lowest economic cost among the plans that meet the adequacy target.",
            },
            "constraint": None,
            "probability_best": 0.68 if regime == "court" else 0.91,
            "regret": 41_000 if regime == "court" else 12_000,
            "target": 0.95,
        },
    }


def build(name: str = "青葉クリニック") -> dict[str, Any]:
    """Return the sample, the same numbers every time."""
    return {
        "schema": "exposure/result/1",
        "study": {
            "name": name,
            "seed": 20260401,
            "loss_years": 200_000,
            "versions": {"exposure": "0.1.0", "numpy": "2.4.0"},
            "inputs_sha256": hashlib.sha256(b"sample").hexdigest(),
        },
        "client": {
            "name": name,
            "records": 100_000,
            "industry": "medical_welfare",
            "revenue": 500_000_000,
            "employees": 40,
            "incidents_last_3_years": 0,
        },
        "regimes": {regime: regime_result(regime) for regime in ("brochure", "court")},
        "recommendation": {
            "same_plan": False,
            "plan": None,
            "statement": {
                "ja": "前提により推奨が異なります。どちらの前提でも目標を満たすプランはありますが、"
                "パンフレット前提では支払限度額5億円、裁判実績前提では3億円が最良です。",
                "en": "The recommendation depends on the basis: a limit of JPY 500M is best on the "
                "brochure basis, JPY 300M on the court record. Both meet the target.",
            },
        },
        "readings": [
            {
                "product": "aiu_2015",
                "code": "A-3",
                "question": "免責金額と自己負担割合の適用順序",
                "choice": "（損害額－免責金額）×（1－自己負担割合）のあとに支払限度額を適用する",
                "why": "同じ用語について日本興亜の資料が示す算式に合わせる",
            },
            {
                "product": "sompo_alive_leak_limited",
                "code": "S-1",
                "question": "「1事故期間中 100万円」の意味",
                "choice": "1事故ごと、かつ保険期間中の限度額とする",
                "why": "区切りが脱落したと考えられ、他社の表記とも合う",
            },
        ],
        "judgements": [
            {
                "name": "measure.adequacy_target",
                "label": {"ja": "限度額充足度の目標", "en": "Target of limit adequacy"},
                "value": 0.95,
                "unit": "probability",
                "note": "顧客が別の値を示さないとき",
                "override": False,
            },
            {
                "name": "claims.rate.brochure",
                "label": {
                    "ja": "請求する人の割合（パンフレット前提）",
                    "en": "Share who claim (brochure)",
                },
                "value": 0.05,
                "unit": "share of B",
                "note": "顧問弁護士の見解",
                "override": True,
            },
        ],
        "sources": [
            {
                "key": "aiu_2015_10",
                "title": "個人情報漏洩保険（2016年1月以降補償開始用）",
                "publisher": "AIU損害保険",
                "year": 2015,
            },
            {
                "key": "nipponkoa_2006_02",
                "title": "個人情報漏えい対応保険",
                "publisher": "日本興亜損害保険",
                "year": 2006,
            },
        ],
    }


def complete(name: str = "青葉クリニック") -> dict[str, Any]:
    """The sample with the parts that not every study computes: sizes, convergence, sensitivity."""
    result = build(name)
    shares = (0.2, 0.26, 0.24, 0.16, 0.07)
    size = {
        "events": 17_000,
        "mean": 9700.0,
        "quantiles": {"0.5": 140.0, "0.99": 100_000.0},
        "full_share": 0.07,
        "bands": [
            {"above": 10.0**i if i else 0.0, "up_to": 10.0 ** (i + 1), "share": share}
            for i, share in enumerate(shares)
        ],
    }
    for view in result["regimes"].values():
        view["ground_up"]["size"] = size
        mean = view["ground_up"]["annual"]["mean"]["value"]
        var = view["ground_up"]["annual"]["var"]["0.99"]["value"]
        view["convergence"] = {
            "level": "0.99",
            "years": [16_384, 32_768, 200_000],
            "mean": [estimate(mean * x, 0.02) for x in (0.97, 1.01, 1.0)],
            "var": [estimate(var * x, 0.03) for x in (0.95, 0.99, 1.0)],
        }
        view["sensitivity"] = _sensitivity(view)
    return result


def _sensitivity(view: dict[str, Any]) -> dict[str, Any]:
    plan, cost = view["plans"][0]["id"], 1_100_000.0

    def outcome(setting: object, factor: float) -> dict[str, Any]:
        return {
            "setting": setting, "adequacy": 0.96, "cost": cost * factor, "limit": 3e8,
            "plan": plan,
        }  # fmt: skip

    swing = {"adequacy": 0.01, "cost": 5e5, "limit": 0.0}
    names = [("基準頻度", "base rate"), ("全件が漏えいする確率（外部攻撃）", "full leak, external")]
    label = {"ja": "基準頻度", "en": "base rate"}
    return {
        "reference": plan,
        "cost_basis": "retained_cost",
        "ends": [0.05, 0.95],
        "loss_years": 20_000,
        "screened": 120,
        "screen_loss_years": 5_000,
        "centre": outcome("", 1.0),
        "parameters": [
            {
                "name": f"frequency.{i}", "label": {"ja": ja, "en": en}, "unit": "1/year",
                "ends": [outcome(0.02, 0.6), outcome(0.12, 1.9 - i / 2)], "swing": swing,
                "changes_plan": i == 1,
            }
            for i, (ja, en) in enumerate(names)
        ],
        "structural": [
            {
                "name": "poisson", "label": {"ja": "ポアソン", "en": "Poisson"},
                "outcome": outcome("poisson", 1.1), "swing": swing, "changes_plan": False,
            }
        ],
        "ask_first": [{"name": "frequency.0", "label": label, "text": label}],
    }  # fmt: skip


if __name__ == "__main__":
    write_atomically(PATH, to_json(build()))
