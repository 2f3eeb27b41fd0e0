"""Put yen on simulated leaks, head by head: the response, and the claims (損害額の算定).

Response costs are the same under every regime and can be priced once; claims, drawn in
`exposure.model.claims`, differ. Heads are never added up here: that is for a policy, or for the
gross loss of the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from exposure.arrays import DateArray, FloatArray, IntArray
from exposure.lazy import lazy
from exposure.model.attributes import take, unless
from exposure.model.build import BreachModel
from exposure.model.claim_costs import LitigationModel, litigation_costs, price_levels, total_paid
from exposure.model.claims import ClaimModel, Claims, draw_claims, draw_voluntary
from exposure.model.costs import (
    ADS,
    CARD_REISSUE,
    CONDOLENCE,
    CYBER,
    REPAIR,
    SHIPPING,
    CostHead,
    cost_amount,
    examination_costs,
    own_persons,
)
from exposure.model.events import SimulatedEvents, draw_spending, simulate_events
from exposure.streams import Luck
from exposure.tables import (
    NOT_STATED,
    LossItem,
    LossTable,
    Places,
    flags_at,
    gather,
    places_of,
    scatter,
)


def liability_items(
    claim_model: ClaimModel,
    claims: Claims,
    offset: FloatArray,
    simulated: SimulatedEvents,
    luck: Luck,
) -> list[LossItem]:
    """Price damages, costs of suits and days in court (損害賠償金・争訟費用・出頭).

    ``offset`` was paid to each person before, as a voucher or voluntarily. (n_events,) array [JPY].
    """
    n, index, in_court = offset.size, claims.events, claims.sued
    level = price_levels(claim_model.price, index, simulated.circumstances, simulated.factors, luck)
    already = offset.take(index)
    spread = claim_model.price.sigma_own
    damages = np.zeros(n)
    if claims.demanding.any():
        damages[index] = total_paid(
            claims.demanding.take(index),
            level * claim_model.settlement_factor,
            already,
            spread,
            luck.stream("price.demand"),
        )
    # Events in court are found among those with a claimant, unless they are all of them.
    sued = slice(None) if in_court.size == index.size else np.searchsorted(index, in_court)
    at_stake = total_paid(
        claims.suing.take(in_court),
        level[sued],
        already[sued],
        spread,
        luck.stream("price.suit"),
    )
    awarded = np.rint(at_stake)
    awarded *= ~claims.dismissed
    np.rint(damages, out=damages)
    damages[in_court] += awarded
    items = [LossItem("damages", damages)]
    items += _suit_items(claim_model.litigation, in_court, at_stake, awarded, n, luck)
    return items


def _suit_items(
    model: LitigationModel,
    sued: IntArray,
    at_stake: FloatArray,
    awarded: FloatArray,
    n: int,
    luck: Luck,
) -> list[LossItem]:
    instances = np.ones(sued.size)
    if model.appeal:
        instances += luck.stream("litigation.appeal").random(sued.size) < model.appeal
    costs = np.zeros(n)
    costs[sued] = np.rint(litigation_costs(model, at_stake, awarded, instances))
    items = [LossItem("litigation_costs", costs)]
    if model.officer_days or model.employee_days:
        rng = luck.stream("litigation.attendance")
        officer, employee = np.zeros(n), np.zeros(n)
        officer[sued] = rng.poisson(model.officer_days, sued.size)
        employee[sued] = rng.poisson(model.employee_days, sued.size)
        amount = officer * model.officer_day + employee * model.employee_day
        items.append(
            LossItem("court_attendance", amount, officer_days=officer, employee_days=employee)
        )
    return items


def card_misuse(model: ClaimModel, simulated: SimulatedEvents, luck: Luck) -> FloatArray | None:
    """Price the misuse of card numbers stolen from a system (カード不正使用).

    Returns
    -------
    (n_events,) array, or None
        None if there is nothing to price. [JPY]
    """
    at = simulated.circumstances
    if not (model.card_misuse_rate and model.card_misuse_amount):
        return None
    if not isinstance(at.card, np.ndarray) and not at.card:
        return None
    amount = np.zeros(at.persons.size)
    held = np.rint(at.persons * at.card)
    (index,) = np.nonzero((held > 0) & at.malicious & at.system)
    misused = luck.stream("claims.card_misuse").binomial(
        held[index].astype(np.int64), model.card_misuse_rate
    )
    amount[index] = np.rint(misused * model.card_misuse_amount)
    return amount


def first_claim(
    model: BreachModel,
    claim_model: ClaimModel,
    claims: Claims,
    claimed: IntArray,
    simulated: SimulatedEvents,
    luck: Luck,
) -> DateArray:
    """Return the day of the first claim (最初の請求日), at the latest the last of the period.

    ``claimed`` are the places of the events with a claim of any kind. (n,) array.

    Returns
    -------
    (n_events,) array of datetime64
        NaT where nobody claims.
    """
    discovered = np.asarray(simulated.table.facts["discovered_on"])
    day = np.full(discovered.size, NOT_STATED)
    (median_log, sd), suit = model.timing.demand, model.timing.suit
    lag = luck.stream("claims.lag").standard_normal(claimed.size)
    if claim_model.suit is not None:
        # Demands and recourse come within months; a suit that nothing preceded comes later.
        suit_alone = (claims.suing.take(claimed) > 0) & (claims.demanding.take(claimed) == 0)
        lag *= np.where(suit_alone, suit[1], sd)
        lag += np.where(suit_alone, suit[0], median_log)
    else:
        lag *= sd
        lag += median_log
    np.exp(lag, out=lag)
    np.minimum(lag, model.period_days, out=lag)
    # Days are counted as whole numbers; dates would be looked at one by one for missing ones.
    first = discovered.take(claimed).view(np.int64)
    first += lag.astype(np.int64)
    np.minimum(first, model.last_day.astype(np.int64), out=first)
    day[claimed] = first.view(day.dtype)
    return day


# Years of a block: few enough that its arrays stay in the cache. The streams are numbered by block,
# so another size is another simulation.
BLOCK_YEARS = 2**14


@dataclass(frozen=True)
class Block:
    """One block of loss years: its events, and what they cost under each regime (区画).

    ``done`` are the loss years of the blocks before it. [year]
    """

    model: BreachModel
    luck: Luck
    events: SimulatedEvents
    done: int

    @property
    def n_years(self) -> int:
        """Number of loss years."""
        return self.events.table.years.n_years

    @lazy
    def response(self) -> ResponseCosts:
        """Costs of the response, the same under every regime."""
        return response_costs(self.model, self.events, self.luck)

    def losses(self, regime: str) -> LossTable:
        """Return what the events cost under one regime."""
        return price_losses(self.model, self.events, regime, self.luck, self.response)


def blocks(model: BreachModel, loss_years: int, seed: int, first: int = 0) -> Iterator[Block]:
    """Draw loss years block by block, so that none but the present one is held (区画ごとの抽選).

    Parameters
    ----------
    loss_years : int
        In all blocks together. [year]
    first : int
        Number of the first block: others with the same seed have years of their own.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> from exposure.model.build import build_model
    >>> model = build_model(Client(records=500), load_assumptions(), date(2026, 4, 1))
    >>> [(block.done, block.n_years) for block in blocks(model, BLOCK_YEARS + 10, seed=1)]
    [(0, 16384), (16384, 10)]
    """
    for number, done in enumerate(range(0, loss_years, BLOCK_YEARS), first):
        luck = Luck(seed, number)
        n_years = min(BLOCK_YEARS, loss_years - done)
        yield Block(model, luck, simulate_events(model, n_years, luck), done)


def n_blocks(loss_years: int) -> int:
    """Return how many blocks so many years take.

    Examples
    --------
    >>> n_blocks(BLOCK_YEARS), n_blocks(BLOCK_YEARS + 1)
    (1, 2)
    """
    return -(-loss_years // BLOCK_YEARS)


@dataclass(frozen=True)
class ResponseCosts:
    """Costs of the response, the same under every regime (対応費用).

    Parameters
    ----------
    items : tuple of LossItem
        All heads but condolence money.
    voucher : chosen events
        Those whose persons get a voucher, unless they are compensated voluntarily.
    told : (n_events,) array
        Persons the client itself writes to. [person]
    entrustor : (n_events,) array, or None
        The entrustor's own costs that are claimed back. [JPY]
    """

    items: tuple[LossItem, ...]
    voucher: Places
    told: FloatArray
    entrustor: FloatArray | None


def price_losses(
    model: BreachModel,
    simulated: SimulatedEvents,
    regime: str,
    luck: Luck,
    response: ResponseCosts | None = None,
) -> LossTable:
    """Put yen on every event under one regime (損害額の算定).

    Parameters
    ----------
    simulated : SimulatedEvents
        From `exposure.model.events.simulate_events`, with the same luck.
    regime : str
        ``brochure`` or ``court``.
    response : ResponseCosts, optional
        From `response_costs`, when it is priced once for several regimes.

    Returns
    -------
    LossTable
        Its events know the claimants and the day of the first claim. The heads depend on the model
        alone, so that blocks fit together.

    Examples
    --------
    >>> from datetime import date
    >>> from exposure.inputs.assumptions import load_assumptions
    >>> from exposure.inputs.client import Client
    >>> from exposure.model.build import build_model
    >>> from exposure.model.events import simulate_events
    >>> model = build_model(Client(records=500), load_assumptions(), date(2026, 4, 1))
    >>> events = simulate_events(model, 100, Luck(1))
    >>> losses = price_losses(model, events, "brochure", Luck(1))
    >>> "damages" in losses.by_head(), bool((losses.total() > 0).all())
    (True, True)
    """
    claim_model = model.claims[regime]
    at, factors = simulated.circumstances, simulated.factors
    n = at.persons.size
    if response is None:
        response = response_costs(model, simulated, luck)
    voluntary = draw_voluntary(claim_model.voluntary, at, luck)
    gift = _gift_of(model, response.voucher, voluntary, n)
    claims = draw_claims(claim_model, at, factors.pub, luck)

    items = list(response.items)
    items += _condolence_items(model, simulated, response, gift)
    offset = scatter(gather(gift.per_person, gift.events), gift.events, n)
    items += liability_items(claim_model, claims, offset, simulated, luck)
    claimed = claims.events
    card = card_misuse(claim_model, simulated, luck)
    if card is not None:
        items.append(LossItem("card_misuse_damages", card))
        claimed = _either(claimed, card)
    # The companies that issued the cards claim it, as they claim what is misused.
    reissued = next((item for item in response.items if item.head == CARD_REISSUE), None)
    if reissued is not None:
        claimed = _either(claimed, reissued.amount)
    if response.entrustor is not None:
        claimed = _either(claimed, response.entrustor)
    claim_day = first_claim(model, claim_model, claims, claimed, simulated, luck)
    table = simulated.table
    events = replace(
        table,
        facts={**table.facts, "claim_made_on": claim_day},
        claimants=claims.claimants.astype(np.float64),
    )
    return LossTable(events, tuple(items))


def _either(claimed: IntArray, amount: FloatArray) -> IntArray:
    """Return the events that are claimed for already, or cost this amount too."""
    flags = amount > 0
    flags[claimed] = True
    return flags.nonzero()[0]


def response_costs(model: BreachModel, simulated: SimulatedEvents, luck: Luck) -> ResponseCosts:
    """Price the response to every event (事故対応費用の算定)."""
    told = own_persons(simulated.circumstances.notified, simulated.entrusted, model.recourse.omega)
    at = replace(simulated.circumstances, notified=told)
    # Cards are re-issued whoever writes to their holders.
    everybody = simulated.circumstances
    cards = [head for head in model.costs if head.head == CARD_REISSUE]
    decided = {ADS: simulated.noticed, **draw_spending(cards, everybody, {}, luck)}
    spent = draw_spending(model.costs, at, decided, luck)
    items = []
    for head in model.costs:
        chosen_events = spent[head.head]
        if head.head in (CONDOLENCE, SHIPPING) or chosen_events is False:
            continue
        plain = None
        if head.head == CYBER:
            plain = examination_costs(model.examined, chosen_events, at, luck)
        concerned = everybody if head.head == CARD_REISSUE else at
        amount = cost_amount(head, chosen_events, concerned, simulated.factors, luck, plain=plain)
        if head.head == REPAIR:
            amount += _recovery(model, simulated, luck)
        items.append(LossItem(head.head, amount, spending_mean_days=head.spending_mean_days))
    if spent[SHIPPING] is not False:
        items.append(_shipping(model, spent[SHIPPING], told))
    entrustor = _entrustor_costs(model, simulated, spent[CONDOLENCE], luck)
    return ResponseCosts(tuple(items), spent[CONDOLENCE], told, entrustor)


def response_parts(model: BreachModel) -> tuple[object, ...]:
    """Return the parts of a model that `response_costs` prices from, the events apart."""
    return (
        model.costs,
        model.examined,
        model.recovery,
        model.recovery_in_house,
        model.recourse,
    )


def _recovery(model: BreachModel, simulated: SimulatedEvents, luck: Luck) -> FloatArray:
    """Price recovering from ransomware, with outside help or in house."""
    at = simulated.circumstances
    hit = places_of(unless(at.ransomware, at.at_vendor))
    factors = simulated.factors
    amount = cost_amount(model.recovery, hit, at, factors, luck, "ransomware")
    amount *= np.where(at.tech, 1.0, model.recovery_in_house)
    return np.rint(amount, out=amount)


def _shipping(model: BreachModel, sent: Places, told: FloatArray) -> LossItem:
    """Price sending what is given to every person."""
    shipping, condolence = _head(model, SHIPPING), _head(model, CONDOLENCE)
    units = scatter(gather(told, sent), sent, told.size)
    return LossItem(
        SHIPPING,
        units * shipping.per_person,
        units=units,
        per_unit=np.broadcast_to(shipping.per_person, told.size),
        per_unit_before=np.broadcast_to(condolence.per_person, told.size),
        spending_mean_days=shipping.spending_mean_days,
    )


def _head(model: BreachModel, name: str) -> CostHead:
    return next(head for head in model.costs if head.head == name)


def _entrustor_costs(
    model: BreachModel, simulated: SimulatedEvents, voucher: Places, luck: Luck
) -> FloatArray | None:
    """Price what entrustors spend, as if it were the client, and take the share claimed back."""
    entrusted = places_of(simulated.entrusted)
    if entrusted is False:
        return None
    n = simulated.circumstances.persons.size
    index = np.arange(n) if entrusted is True else entrusted
    at = simulated.circumstances.select(index)
    factors = simulated.factors.select(index)
    given = places_of(take(flags_at(voucher, n), index))
    spent = draw_spending(model.costs, at, {CONDOLENCE: given}, luck, "recourse")
    total = np.zeros(index.size)
    for head in model.costs:
        if head.head in model.recourse.heads and head.head != CONDOLENCE:
            total += cost_amount(head, spent[head.head], at, factors, luck, "recourse")
    return scatter(np.rint(total * model.recourse.fault_share), index, n)


@dataclass(frozen=True)
class _Gift:
    """Money for every person: which events give it, and how much to each. [JPY/person]."""

    events: Places
    per_person: FloatArray


def _gift_of(
    model: BreachModel,
    voucher: Places,
    voluntary: tuple[IntArray, FloatArray] | None,
    n: int,
) -> _Gift:
    """Return the voucher, and voluntary compensation in its place where it is paid."""
    usual = _head(model, CONDOLENCE).per_person
    if voluntary is None:
        return _Gift(voucher, np.broadcast_to(usual, n))
    compensated, amount = voluntary
    per_person = np.full(n, usual)
    per_person[compensated] = amount
    given = np.full(n, voucher is True)
    for events in (voucher, compensated):
        if not isinstance(events, bool):
            given[events] = True
    return _Gift(places_of(given), per_person)


def _condolence_items(
    model: BreachModel, simulated: SimulatedEvents, response: ResponseCosts, gift: _Gift
) -> list[LossItem]:
    """Return condolence money, and what entrustors claim back of costs and of theirs."""
    items = []
    possible = gift.events is not False
    n = response.told.size
    if possible:
        units = scatter(gather(response.told, gift.events), gift.events, n)
        mean_days = _head(model, CONDOLENCE).spending_mean_days
        items.append(_gift_item(CONDOLENCE, units, gift, mean_days))
    if response.entrustor is not None:
        items.append(LossItem("entrustor_costs", response.entrustor))
        if possible:
            back = np.rint(simulated.circumstances.notified * model.recourse.fault_share)
            units = scatter(gather(back, gift.events), gift.events, n) * simulated.entrusted
            items.append(_gift_item("entrustor_condolence", units, gift, None))
    return items


def _gift_item(head: str, units: FloatArray, gift: _Gift, mean_days: float | None) -> LossItem:
    return LossItem(
        head,
        units * gift.per_person,
        units=units,
        per_unit=gift.per_person,
        spending_mean_days=mean_days,
    )
