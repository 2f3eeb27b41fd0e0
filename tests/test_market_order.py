"""Today's wordings beside the historical ones: the order in which a broker expects them to pay.

Every expectation is argued from the wordings. What was not seen on their pages is filled in alike
for all, at what the market sells in full, so that only what was read tells them apart.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import pytest
from support.clients import ORDINARY, study_of

from exposure.arrays import FloatArray
from exposure.files import data_path, read_toml
from exposure.model.events import simulate_events
from exposure.model.losses import price_losses
from exposure.policy.assignment import losses_for
from exposure.policy.catalogue import Catalogue, Product, product, product_from, products
from exposure.policy.interpreter import pay
from exposure.policy.plan import plan
from exposure.policy.vocabulary import PolicyPeriod
from exposure.simulation.loss_years import policy_period
from exposure.streams import Luck
from exposure.study.answer import prepare
from exposure.tables import LossTable

YEARS = 2_000
REGIMES: tuple[str, ...] = ("brochure", "court")
RESPONSE = (
    "press_conference", "apology_ads", "consulting", "legal_consultation", "apology_letters",
    "call_centre", "condolence", "condolence_shipping", "condolence_corporate", "investigation",
    "recourse_claim_costs", "temporary_staff", "overtime_travel", "certification",
    "misuse_monitoring", "containment", "recurrence_prevention", "data_restoration",
    "system_repair", "regulatory_report", "regulatory_proceedings", "recurrence_plan",
)  # fmt: skip
CLAIMS = (
    "damages", "litigation_costs", "entrustor_costs", "entrustor_condolence",
    "dispute_response_costs", "recourse_preservation_costs", "cooperation_costs",
    "court_attendance", "corporate_info_damages", "card_misuse_damages", "card_reissue",
)  # fmt: skip
# Of a blank by the end of its key; "" leaves out what the wording does not ask.
ALIKE: dict[str, Any] = {
    "days": 36_500, "indemnity_percent": 100, "deductible": 0, "waiting_hours": 12,
    "condolence.amount": 1_000, "other_costs.limit": "1億円", ".limit": "1,000万円",
    "require.claim": "", "form.among": "cash", "reaches": "", "limit.values": "3億円",
}  # fmt: skip


@functools.cache
def among() -> Catalogue:
    """The templates, what was not seen filled in alike."""
    blank = [name for name in products() if product(name).blanks]
    return Catalogue({name: _filled_alike(name) for name in blank})


def _filled_alike(name: str) -> Product:
    raw = read_toml(data_path("policies", f"{name}.toml"))
    named = {head for cover in raw["cover"].values() for head in cover.get("heads", ())}

    def fill(node: Any, key: str) -> Any:
        if isinstance(node, dict):
            parts = {part: fill(value, f"{key}.{part}") for part, value in node.items()}
            return {part: value for part, value in parts.items() if value != ""}
        if key.endswith(".heads") and any(head.startswith("?") for head in node):
            more = CLAIMS if ".liability" in key else RESPONSE
            more = ("extra_expense",) if ".profit" in key else more
            kept = [head for head in node if not head.startswith("?")]
            return [*kept, *(head for head in more if head not in named)]
        if isinstance(node, list):
            members = [fill(value, key) for value in node]
            return [value for value in members if value != ""]
        if not isinstance(node, str) or not node.startswith("?"):
            return node
        return next(value for end, value in ALIKE.items() if key.endswith(end))

    return product_from(fill(raw, ""), name, name)


@functools.cache
def losses(client: str, regime: str) -> tuple[LossTable, PolicyPeriod]:
    setting = prepare(study_of(client, YEARS))
    model = setting.model_of(setting.assumptions)
    events = simulate_events(model, YEARS, Luck(20260401))
    return price_losses(model, events, regime, Luck(20260401)), policy_period(model)


def paid(identifier: str, client: str, regime: str) -> FloatArray:
    """Give what a plan pays for the first event of each year: no limit was touched before."""
    table, period = losses(client, regime)
    built = plan(identifier, among=among())
    first: FloatArray = pay(built, losses_for(built, table), period).paid
    return first[: table.events.years.n_years]


TERMS = "@limit=1億@deductible=10万"
MS_2015 = f"ms_protector_2015{TERMS}@cost_limit=1,000万"
WITHOUT_CARDS = ("dental", "school", "hospital", "saas")
MS_CYBER = ("ms_cyber_protector", f"{TERMS}@cost_limit=1,000万")
NEVER_LESS = [
    # Shares and limits of costs A are those of B or more; the rest is the same.
    (
        f"tokio_cyber/A{TERMS}@cost_limit=3,000万",
        f"tokio_cyber/B{TERMS}@cost_limit=3,000万",
        ORDINARY,
    ),
    ("sompo_cyber/2@deductible=10万", "sompo_cyber/1@deductible=10万", ORDINARY),
    # The wider form adds a territory to the narrower one, which adds costs to liability alone.
    ("/premium".join(MS_CYBER), "/standard".join(MS_CYBER), ORDINARY),
    ("/standard".join(MS_CYBER), "/economy".join(MS_CYBER), ORDINARY),
    ("jcci_leak_2014/B", "jcci_leak_2014/A", ORDINARY),
    ("jcci_leak_2014/C", "jcci_leak_2014/B", ORDINARY),
    ("jcci_leak_2014/D", "jcci_leak_2014/C", ORDINARY),
    # The full cyber policy of an insurer beside its policy limited to leaks: every head of it, a
    # cost limit of 30M and not of 1M, liability and costs apart and not under one limit.
    ("sompo_cyber/1@deductible=0", "sompo_alive_leak_limited", ORDINARY),
    # The same lead insurer and limits a year on: 100 % of the costs and not 90 %, suspected leaks
    # too. Cards are re-issued under the liability limit by the one, of the costs by the other.
    (f"{MS_2015}@cost_deductible=10万", "jcci_leak_2014/C", WITHOUT_CARDS),
    # Costs with no apology asked for first, more heads of liability.
    (
        "ms_protector_2015@limit=1億@deductible=0@cost_limit=1,000万@cost_deductible=10万",
        "nichibyo_leak@limit=1億",
        ORDINARY,
    ),
    # Gifts of 500 yen a person and 50,000 a corporation beside 1,000 and no cap.
    (f"{MS_2015}@cost_deductible=0", f"dataproace_2014{TERMS}@cost_limit=1,000万", ORDINARY),
]


@pytest.mark.parametrize(("more", "less", "clients"), NEVER_LESS)
def test_a_wording_that_gives_more_pays_no_event_less(
    more: str, less: str, clients: Iterable[str]
) -> None:
    added = 0.0
    for client in clients:
        for regime in REGIMES:
            wide, narrow = paid(more, client, regime), paid(less, client, regime)
            assert (wide >= narrow).all(), (client, regime, int((wide < narrow).sum()))
            added += float((wide - narrow).sum())
    # Territory is the same for all, as simulated claims are made in Japan.
    assert (added > 0) != ("premium" in more)


TODAY = (
    f"aioi_cyber{TERMS}@cost_limit=1,000万@cost_deductible=0",
    f"ms_cyber_protector/standard{TERMS}@cost_limit=1,000万",
)
# Sold with a liability limit of 100M and costs of 10 or 15M; none takes the repair of systems or
# the prevention of the next leak, and each asks for more before costs are paid.
THEN = ("nipponkoa_2006/D", "jcci_leak_2014/C", "aiu_2015@limit=1億")


@pytest.mark.parametrize("client", ORDINARY)
@pytest.mark.parametrize("regime", REGIMES)
def test_at_the_same_limits_todays_cyber_policies_pay_more_than_the_historical_ones(
    client: str, regime: str
) -> None:
    then = max(paid(one, client, regime).mean() for one in THEN)
    for one in TODAY:
        assert paid(one, client, regime).mean() > then, one


@pytest.mark.parametrize("client", ORDINARY)
@pytest.mark.parametrize("regime", REGIMES)
def test_one_limit_over_liability_and_costs_pays_less_than_two(client: str, regime: str) -> None:
    """Tokio's payments together stay within the liability limit; Aioi's two limits stand apart."""
    held = paid(f"tokio_cyber/A{TERMS}@cost_limit=1,000万", client, regime).mean()
    apart = paid(f"aioi_cyber{TERMS}@cost_limit=1,000万@cost_deductible=0", client, regime).mean()
    assert held <= apart
    assert held > paid("aiu_2015@limit=1億", client, regime).mean()  # one limit over all, too
