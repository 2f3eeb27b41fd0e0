"""The slow readable twin of the policy payouts: one case in, the `expected` object out.

Written from the wordings alone, one incident and one item at a time, in plain whole yen. Each
product has a module of its own (`reference_galileo`, `reference_sompo`, `reference_nipponkoa`,
`reference_aiu`); clauses stand in comments as document and line (`002 L333`), adopted readings
under their codes (`N-5`). Documents: 000 Galileo, 001 SOMPO Alive, 002 Nipponkoa, 004 AIU.

Where even the adopted readings leave a choice, this is what is taken, and why.

General

R-1   An exclusion of the incident reaches every item, an exception of the incident too; an
      exception at either level lifts an exclusion at either level. Ids outside the product's own
      table have no effect, and ids reach exactly the sections of the table.
R-2   A day the product tests but the incident lacks is a condition not shown: no claim, notice,
      leak or discovery day, no cover that hangs on it. A missing discovery never meets "before
      the retroactive date" (an exclusion is for the insurer to show). A missing `incurred_on` is
      inside every window; a given one needs the day that opens the window.
R-3   A cost before the window opens is out: the windows run from discovery or notice.
R-4   Inner sublimits (entrustor, dispute response) run down by what was taken as loss under them
      (`eligible`), not by its share of the payment: the share per head (X-2) is presentation
      only. It matters only where a deductible or own share follows (AIU, several incidents).
R-5   The inner keys of `prior_paid` are part of `liability`, never added to it.
R-6   A section's `payable` is cut by what that section has paid, not by the shared limit.
R-7   One loss under two heads never arises: a head the product does not name is uninsured.

Galileo

R-8   All liability heads need the claim in the period and in Japan, emergency measures as well.
R-9   "Gross damages" of the ratio are those left after consent and exclusions: the rest is no
      damages of this policy. With no limit left and damages due, dispute costs are cut to 0.
R-10  The insurer A option answers for leaks before the first inception. For a leak between that
      day and the start of a renewed period the cost part still wants the leak in the period.
      With the option a missing leak day is read as an earlier leak.
R-11  Every form of condolence is paid: the text restricts none (L37 tells an incident).
R-12  Suspicion, the dead, and employees', officers' and corporate data close both parts.

SOMPO

R-13  Tangible things (L70): money, goods and vouchers, one's own included, are paid; points and
      digital forms are not, nor is sending them. Sending money stays inside the 1,000 yen.
R-14  Within the 1,000 yen the gift comes first, then the sending.
R-15  No day, country, deceased or data-location condition of any kind; a claim is not awaited.
      Consent matters for litigation and dispute-response costs only.
R-16  `fine_or_surcharge` and `incurred_anyway` take out any item of the cost part.

Nipponkoa

R-17  A notice on 28 February before a leap year: the corresponding day is 28 February, not the
      29th; a notice on 29 February ends on the 28th.
R-18  Sending a gift is communication (N-11): its form and the recipient's being an employee do
      not matter to it. Third-party digital vouchers are condolence; own vouchers and points are
      not.
R-19  Consent is wanted for the three heads of N-6, not for damages or cooperation.
R-20  `recipient` alone decides about employees who are no customers, not `data_subject`.
R-21  The yen of the 10% sublimit fall on the two entrustor heads in proportion (X-2).

AIU

R-22  Unapproved (`consent` false): every sum due to others is out (damages, entrustor's costs and
      condolence, card misuse, corporate-information damages); IP damages only by court settlement
      or ADR, as a judgment or an award wants no approval. Litigation costs, court attendance,
      consulting, execution and cyber costs stay payable (A-9: only prejudice is deducted).
R-23  Suspicion closes corporate information too (L1008 wants a leak as L760 does); not IP.
R-24  `data_subject` corporate closes liability, consulting and execution, whatever the head; it
      does not touch corporate information, IP and cyber. Nor do those need it.
R-25  Business abroad closes all but cyber, whose text speaks of the insured's systems only.
R-26  With `noncoverage_known_on`, consulting until that day is paid whatever the ground of
      non-coverage: exclusions (1)-(4), suspicion, no personal information, business abroad. What
      makes it a covered consulting cost stays required: discovery in the period, the approved
      consultant, the 180 days, and the item-level kinds.
R-27  The retroactive date itself is not before it; consulting, execution, IP are not bound by it.
R-28  Notified security incidents: the first listed, and each later one not within 60 days of an
      earlier notified one. The 60 days run forward from a notified day, not from a deemed one.
      A notified one outside the period takes those deemed the same day with it (A-7). It counts
      even without a cyber cost or when no rider is attached.
R-29  Under `claimable_under` the sections listed are the choices; the best total of the incident
      wins, ties go to the earliest combination as listed. Later incidents are not looked at.
R-30  Card losses (head `card_misuse_damages`, or `card_number_misuse` established) by a dispatched
      worker stay out of liability with both riders; consulting and execution do respond.
R-31  `lost_or_stolen_medium` does not lift property damage for cyber or IP;
      `officer_crime_or_intent` does not reach IP, `insured_crime_or_intent` reaches IP only.
R-32  The deductible and the own share never touch court attendance, alone or beside others; the
      deductible covers damages and dispute costs together, once an incident.
R-33  Every form of condolence is paid up to 500 yen; sending comes on top.
R-34  The approved consultant is needed for consulting and execution, not for cyber.
R-35  10% and 20% of L drop the fraction of a yen (X-1).
"""

from __future__ import annotations

from support.reference_aiu import adjudicate_aiu
from support.reference_common import Record
from support.reference_galileo import adjudicate_galileo
from support.reference_nipponkoa import adjudicate_nipponkoa
from support.reference_sompo import adjudicate_sompo, premium

PRODUCTS = {
    "galileo_generic": adjudicate_galileo,
    "sompo_alive_leak_limited": adjudicate_sompo,
    "nipponkoa_2006": adjudicate_nipponkoa,
    "aiu_2015": adjudicate_aiu,
}


def adjudicate(case: Record) -> Record:
    """Adjudicate one case as the wording reads; a premium case gives `id` and `premium`."""
    if case.get("kind") == "premium":
        return {"id": case["id"], "premium": premium(case)}
    return PRODUCTS[case["product"]](case)


def disagreements(case: Record, got: Record, expected: Record) -> list[str]:
    """List what must or should agree and does not, by the rules of comparison of the cases.

    Totals always; a section's payment save under X-3; a head's eligible loss, save an item with
    `claimable_under`, and only the sum of Nipponkoa's two entrustor heads.
    """
    found = []
    for key in ("total", "uninsured"):
        if got[key] != expected[key]:
            found.append(f"{key}: {got[key]} is not {expected[key]}")
    shared = "X-3" in case.get("readings", [])
    for i, (mine, other) in enumerate(zip(got["incidents"], expected["incidents"], strict=True)):
        pairs = {"total": (mine["total"], other["total"])}
        for name, section in other["sections"].items():
            pairs[f"{name}.payable"] = (mine["sections"][name]["payable"], section["payable"])
            if not shared:
                pairs[f"{name}.paid"] = (mine["sections"][name]["paid"], section["paid"])
        pairs |= _eligible_pairs(case, case["incidents"][i], mine["heads"], other["heads"])
        found += [f"incident {i}: {k}: {a} is not {b}" for k, (a, b) in pairs.items() if a != b]
    return found


def _eligible_pairs(
    case: Record, incident: Record, mine: Record, other: Record
) -> dict[str, tuple[int, int]]:
    either = {item["head"] for item in incident["items"] if item.get("claimable_under")}
    pairs: dict[str, tuple[int, int]] = {}
    for head, amounts in other.items():
        if head in either:
            continue
        group = head
        if case["product"] == "nipponkoa_2006" and head.startswith("entrustor_"):
            group = "entrustor heads"
        a, b = pairs.get(group, (0, 0))
        pairs[group] = (a + mine[head]["eligible"], b + amounts["eligible"])
    return pairs
