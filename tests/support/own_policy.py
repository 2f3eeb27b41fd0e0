"""A policy file of one's own, as a broker writes it from a brochure, and a study that uses it."""

from __future__ import annotations

import json
from pathlib import Path

NAME = "rei_2026"
WORDING = """
[plan]
product = "rei_2026"
label   = { ja = "見本の漏えい保険", en = "Sample leak insurance" }
short   = { ja = "見本2026", en = "Sample 2026" }
insurer = { ja = "見本損害保険", en = "Sample Insurance" }
edition = { ja = "2026年4月版", en = "edition of April 2026" }
source  = "rei_2026_04"
limit   = "$limit"
limit_covers = ["plan", "third_party"]
clause  = "p.2"

[sources.rei_2026_04]
title     = "見本の漏えい保険 ご案内"
publisher = "見本損害保険"
year      = 2026

[contract.limit]
label  = { ja = "支払限度額", en = "Limit" }
kind   = "one_of"
values = [50_000_000, 100_000_000, 300_000_000]
clause = "p.2"

[cover.first_party]
label  = { ja = "危機対応補償", en = "Crisis response" }
clause = "p.3"
heads  = ["call_centre", "apology_letters", "condolence"]
own_share_percent = 10
limit  = 3_000_000
[cover.first_party.require]
window = { date = "incurred_on", days = 180, of = "discovered_on", clause = "p.3" }

[cover.third_party]
label  = { ja = "第三者賠償", en = "Third parties" }
clause = "p.2"
heads  = ["damages", "litigation_costs"]
deductible = 100_000
limit  = "$limit"

[exclusion.own_rule]
label   = { ja = "自動車", en = "motor vehicles" }
reaches = ["first_party"]
clause  = "p.3"
"""
STUDY = """
[study]
name = "example"
loss_years = 1000
[client]
records = 20_000
industry = "medical"
revenue = 300_000_000
[[policy]]
file = "wordings/rei_2026.toml"
[[plan]]
id = "rei_2026@limit=1億"
label = "A社"
premium = 200_000
[[plan]]
id = "rei_2026@limit=100,000,000"
label = "B社"
premium = 250_000
[[plan]]
id = "nipponkoa_2006/F"
"""
# 5,000,000 less 100,000; 90 % of 4,000,000 is 3,600,000, of which 3,000,000.
CASE = {
    "id": "own-1",
    "product": NAME,
    "policy": {"period": {"start": "2026-04-01", "end": "2027-03-31"}, "limit": 100_000_000},
    "incidents": [
        {
            "claim_made_on": "2026-06-01",
            "items": [
                {"head": "damages", "amount": 5_000_000},
                {"head": "call_centre", "amount": 4_000_000},
            ],
        }
    ],
}
PAID = {"first_party": 3_000_000, "third_party": 4_900_000}


def written(folder: Path, wording: str = WORDING, study: str = STUDY) -> tuple[Path, Path, Path]:
    """Write study, policy file and cases into a folder; return their paths."""
    (folder / "wordings").mkdir(parents=True, exist_ok=True)
    policy, path, cases = folder / "wordings" / f"{NAME}.toml", folder / "s.toml", folder / "c.json"
    policy.write_text(wording, encoding="utf-8")
    path.write_text(study, encoding="utf-8")
    cases.write_text(json.dumps([CASE]), encoding="utf-8")
    return path, policy, cases
