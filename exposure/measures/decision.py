"""Which plan to buy: least total cost, ties to the smallest limit (選定の規則).

Works on figures alone, so that it can be run again on every parameter draw and at any quotation.
What the figures are is measured in `exposure.measures.cost`; the sentences are written in
`exposure.result.lines`. The order of the plans given never matters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Basis = Literal["quoted", "published", "scaled", "market", "technical", "not_sold"]
Verdict = Literal["sufficient", "short", "programme", "no_insurance"]
KNOWN: frozenset[Basis] = frozenset({"quoted", "published"})


@dataclass(frozen=True)
class Candidate:
    """A plan under one regime, as the rule sees it (候補).

    Parameters
    ----------
    product : str
        Plans of one product share their quotations; two insurers quoting one wording are two.
    series : str
        The same for plans that differ in the endorsements the program tries alone.
    endorsements : int
        How many of those it has.
    limit, cost_limit : float
        The most it pays for liability and for response costs of one event. [JPY]
    shape : float, or None
        Market estimate of its tariff part, relative to other plans; None where its limit is nil or
        there is none, so that no premium can be scaled by it. [-]
    tariff : float, or None
        Market estimate of its tariff part; None outside the tariffs. [JPY/year]
    rider : float
        Technical premium of riders without a tariff. [JPY/year]
    technical : float
        Technical premium of the whole plan. [JPY/year]
    quoted, published : float, or None
        Known premiums. [JPY/year]
    is_sold : bool
        Whether its wording lets this client buy it.
    worth : float
        Total cost without insurance less that of the plan at premium 0. [JPY/year]
    mean, var, tvar : float
        Of the retained annual loss, at the level of the cost. [JPY]
    cut : float
        What its limits cut. [JPY/year]
    """

    id: str
    product: str
    series: str
    endorsements: int
    limit: float
    cost_limit: float
    shape: float | None
    tariff: float | None
    rider: float
    technical: float
    quoted: float | None
    published: float | None
    is_sold: bool
    worth: float
    mean: float
    var: float
    tvar: float
    cut: float


@dataclass(frozen=True)
class Case:
    """What the rule decides on under one regime (選定の入力).

    Parameters
    ----------
    uninsured_cost : float
        Total cost without insurance. [JPY/year]
    uninsured_var : float
        Annual loss without insurance at the level of the cost. [JPY]
    liability, costs : float
        Needed limits. [JPY]
    own_funds : float, or None
        Most the client can bear in a year, if it said so. [JPY]
    """

    candidates: tuple[Candidate, ...]
    uninsured_cost: float
    uninsured_var: float
    liability: float
    costs: float
    own_funds: float | None = None


@dataclass(frozen=True)
class Rules:
    """The figures of the rule, from the assumptions (規則の数値).

    Parameters
    ----------
    worth_share : float
        Plans with at least this share of the largest saving are tied.
    endorsement_share : float
        Sets of endorsements within this share of the largest worth are equal.
    short_share : float
        Limits may take at most this share of the worth of a plan.
    programme_multiple : float
        A need beyond so many times the largest sum sold asks for a programme.
    sold_liability, sold_costs : float
        Largest sums that shipped products sell. [JPY]
    most_scaling : float
        Quotations of other products move the market estimate by this factor at most.
    """

    worth_share: float
    endorsement_share: float
    short_share: float
    programme_multiple: float
    sold_liability: float
    sold_costs: float
    most_scaling: float


@dataclass(frozen=True)
class Price:
    """The premium used for a plan, and where it is from (採用した保険料). [JPY/year]."""

    amount: float
    basis: Basis

    @property
    def is_known(self) -> bool:
        """Whether it was quoted or printed for this client."""
        return self.basis in KNOWN


@dataclass(frozen=True)
class Answer:
    """The answer under one regime (選定の結果).

    Parameters
    ----------
    plan : str, or None
        None where no insurance or a programme is the answer.
    best_on_market : str, or None
        The plan, or the best on offer; None only where nothing is sold to the client.
    ties : tuple of str
        Plans too near the largest saving to call, the smallest limit first.
    prices : mapping of str to Price
        Of all candidates.
    kept : tuple of str
        The set of endorsements that rule 1 keeps of every series.
    passes_own_funds : bool, or None
        Whether the plan named leaves no more than the own funds; None where none were stated.
    """

    plan: str | None
    verdict: Verdict
    best_on_market: str | None
    ties: tuple[str, ...]
    prices: Mapping[str, Price]
    kept: tuple[str, ...]
    passes_own_funds: bool | None


@dataclass(frozen=True)
class Decision:
    """The answers under all regimes, and whether they are one (選定).

    ``shared_kept`` are the sets of endorsements kept on the sums over the regimes.
    """

    answers: Mapping[str, Answer]
    same_plan: bool
    shared_kept: tuple[str, ...]


# --- premiums --------------------------------------------------------------------------------


def prices_of(
    candidates: Sequence[Candidate],
    rules: Rules,
    quotes: Mapping[str, float] | None = None,
    *,
    at_technical: bool = False,
) -> dict[str, Price]:
    """Return the premium used for every plan (保険料の採用).

    The first that exists: quoted, published, scaled from a known premium of the product, market
    estimate, technical.

    Parameters
    ----------
    quotes : mapping of str to float, optional
        Quotations by plan, besides those of the candidates. [JPY/year]
    at_technical : bool
        Take the technical premium wherever none is known.

    Examples
    --------
    >>> def of(name, product, shape, quoted=None):
    ...     return Candidate(name, product, name, 0, 1e8, 1e7, shape, 1e5 * shape, 0.0, 9e4, quoted,
    ...                      None, True, 5e5, 0.0, 0.0, 0.0, 0.0)
    >>> rules = Rules(0.9, 0.01, 0.1, 2.0, 1e9, 1.1e8, 4.0)
    >>> found = prices_of([of("a", "p", 1.0, 3e5), of("b", "p", 2.0), of("c", "q", 1.0)], rules)
    >>> {name: (round(price.amount), price.basis) for name, price in found.items()}
    {'a': (300000, 'quoted'), 'b': (600000, 'scaled'), 'c': (300000, 'market')}
    """
    stated = {one.id: one.quoted for one in candidates if one.quoted is not None}
    stated |= quotes or {}
    known: dict[str, list[tuple[float, float]]] = {}  # by product: limit, known premium by shape
    ratios: dict[str, list[float]] = {}  # by product: log of quotation by estimate
    for one in candidates:
        amount = stated.get(one.id, one.published)
        if amount is None or not one.is_sold:
            continue
        if one.shape is not None:
            level = _level(one, amount) / one.shape
            known.setdefault(one.product, []).append((one.limit, level))
        if one.id in stated and one.tariff is not None and amount > 0:
            ratios.setdefault(one.product, []).append(math.log(_level(one, amount) / one.tariff))
    moved = {name: _moved(name, ratios, rules) for name in {one.product for one in candidates}}
    return {one.id: _price(one, stated, known, moved, at_technical) for one in candidates}


def _level(one: Candidate, amount: float) -> float:
    """Return the tariff part of a known premium: riders without a tariff keep their own price.

    A premium below the estimate is taken to be cheap in all its parts, so that the part of the
    tariff stays above nothing.
    """
    if one.tariff is None:
        return amount - one.rider if amount > 2 * one.rider else amount / 2
    whole = one.tariff + one.rider
    return amount - one.rider if amount >= whole else amount * one.tariff / whole


def _price(
    one: Candidate,
    stated: Mapping[str, float],
    known: Mapping[str, list[tuple[float, float]]],
    moved: Mapping[str, float],
    at_technical: bool,
) -> Price:
    if not one.is_sold:
        return Price(math.inf, "not_sold")
    if one.id in stated:
        return Price(stated[one.id], "quoted")
    if one.published is not None:
        return Price(one.published, "published")
    if at_technical:
        return Price(one.technical, "technical")
    if one.shape is not None and one.product in known:
        return Price(one.shape * _between(known[one.product], one.limit) + one.rider, "scaled")
    if one.tariff is not None:
        return Price(one.tariff * moved[one.product] + one.rider, "market")
    return Price(one.technical, "technical")


def _moved(product: str, ratios: Mapping[str, list[float]], rules: Rules) -> float:
    """Return how far the quotations of other products move the estimate of a product's. [-]."""
    others = [log for other, logs in ratios.items() if other != product for log in logs]
    factor = math.exp(math.fsum(others) / len(others)) if others else 1.0
    return min(max(factor, 1 / rules.most_scaling), rules.most_scaling)


def _between(points: Iterable[tuple[float, float]], limit: float) -> float:
    """Return the level of known premiums at a limit: log-log between two, the nearest outside.

    Several at one limit count with their geometric mean, so that their order does not matter.
    """
    by_limit: dict[float, list[float]] = {}
    for at, level in points:
        by_limit.setdefault(at, []).append(level)
    limits = sorted(by_limit)
    levels = [math.prod(by_limit[one]) ** (1 / len(by_limit[one])) for one in limits]
    if limit <= limits[0]:
        return levels[0]
    if limit >= limits[-1]:
        return levels[-1]
    upper = next(place for place, one in enumerate(limits) if one >= limit)
    low, high = levels[upper - 1], levels[upper]
    share = math.log(limit / limits[upper - 1]) / math.log(limits[upper] / limits[upper - 1])
    return float(low ** (1 - share) * high**share)


# --- the rule --------------------------------------------------------------------------------


def decide(
    cases: Mapping[str, Case],
    rules: Rules,
    quotes: Mapping[str, float] | None = None,
    *,
    at_technical: bool = False,
) -> Decision:
    """Recommend a plan, no insurance or a programme, over all regimes (推奨の決定).

    Parameters
    ----------
    cases : mapping of str to Case
        By regime, of the same plans.
    quotes : mapping of str to float, optional
        Quotations by plan, besides those of the candidates. [JPY/year]
    at_technical : bool
        Take the technical premium wherever none is known.

    Notes
    -----
    A plan that is tied under every regime is recommended for all; otherwise each regime has its own
    answer. A programme is the answer under all regimes when the need of one asks for it.

    Examples
    --------
    One plan is worth 500,000 yen and quoted at 200,000, a larger one 520,000 at 210,000: the second
    saves no more than a tenth more.

    >>> def of(name, limit, quoted, worth):
    ...     return Candidate(name, "p", name, 0, limit, limit / 10, 1.0, None, 0.0, 9e4, quoted,
    ...                      None, True, worth, 9e5 - worth, 0.0, 0.0, 0.0)
    >>> rules = Rules(0.9, 0.01, 0.1, 2.0, 1e9, 1.1e8, 4.0)
    >>> both = of("small", 1e8, 2e5, 5e5), of("large", 3e8, 2.1e5, 5.2e5)
    >>> case = Case(both, 9e5, 9e5, 1e7, 1e6)
    >>> decide({"court": case}, rules).answers["court"].plan
    'small'
    """
    prices = {
        regime: prices_of(case.candidates, rules, quotes, at_technical=at_technical)
        for regime, case in cases.items()
    }
    own = {regime: _own_ranking(case, prices[regime], rules) for regime, case in cases.items()}
    shared_kept = _shared_kept(cases, prices, rules)
    shared = _common_plan(cases, prices, shared_kept, rules)
    programme = _is_programme(cases, rules)
    largest = _largest_worth(cases, rules)
    answers = {}
    for regime, case in cases.items():
        ranking = own[regime]
        named = shared or ranking.plan
        best = named or ranking.best
        if programme and (named is None or _all_technical(prices)):
            best = largest
        answers[regime] = _answer(
            case, ranking, prices[regime], rules,
            plan=None if programme else named, best=best, programme=programme,
        )  # fmt: skip
    plans = {answer.plan for answer in answers.values()}
    return Decision(answers, len(plans) == 1, shared_kept)


def _named(
    cases: Mapping[str, Case], rules: Rules, quotes: Mapping[str, float], regime: str
) -> str | None:
    """Return the plan that `decide` names under one regime, and nothing else it says."""
    if _is_programme(cases, rules):
        return None
    prices = {name: prices_of(case.candidates, rules, quotes) for name, case in cases.items()}
    shared = _common_plan(cases, prices, _shared_kept(cases, prices, rules), rules)
    return shared or _own_ranking(cases[regime], prices[regime], rules).plan


def _own_ranking(case: Case, prices: Mapping[str, Price], rules: Rules) -> _Ranking:
    return _rank(case, kept_sets([case.candidates], [prices], rules), prices, rules)


def _shared_kept(
    cases: Mapping[str, Case], prices: Mapping[str, Mapping[str, Price]], rules: Rules
) -> tuple[str, ...]:
    every = [case.candidates for case in cases.values()]
    return kept_sets(every, [prices[regime] for regime in cases], rules)


def _is_programme(cases: Mapping[str, Case], rules: Rules) -> bool:
    """Say whether a need calls for a programme, and no plan sold reaches all needs."""
    return any(_needs_programme(case, rules) for case in cases.values()) and not any(
        _reaches_need(one, cases) for one in next(iter(cases.values())).candidates if one.is_sold
    )


@dataclass(frozen=True)
class _Ranking:
    """Rules 1 to 5 under one regime: the plan, its ties, and the best where there is no plan."""

    plan: str | None
    best: str | None
    ties: tuple[str, ...]
    kept: tuple[str, ...]


def _answer(
    case: Case,
    ranking: _Ranking,
    prices: Mapping[str, Price],
    rules: Rules,
    *,
    plan: str | None,
    best: str | None,
    programme: bool,
) -> Answer:
    by_id = {one.id: one for one in case.candidates}
    verdict: Verdict = "no_insurance"
    if programme:
        verdict = "programme"
    elif plan is not None:
        one = by_id[plan]
        verdict = "sufficient" if one.cut <= rules.short_share * one.worth else "short"
    passes = None
    if case.own_funds is not None:
        held = by_id[plan].var if plan is not None else case.uninsured_var
        passes = held <= case.own_funds
    kept = dict.fromkeys([*ranking.kept, *([best] if best else [])])
    return Answer(plan, verdict, best, ranking.ties, prices, tuple(kept), passes)


def kept_sets(
    regimes: Sequence[Sequence[Candidate]], prices: Sequence[Mapping[str, Price]], rules: Rules
) -> tuple[str, ...]:
    """Return of every series the set of endorsements of least total cost (特約の選択).

    Parameters
    ----------
    regimes : sequence of sequence of Candidate
        The same plans under one regime or several; over several the sums decide.
    rules : Rules
        Sets whose cost lies within a share of the largest worth are equal; fewer endorsements win.
    """
    first = regimes[0]
    worth = {one.id: 0.0 for one in first}
    price = dict(worth)
    for candidates, priced in zip(regimes, prices, strict=True):
        for one in candidates:
            worth[one.id] += one.worth
            price[one.id] += priced[one.id].amount
    series: dict[str, list[Candidate]] = {}
    for one in first:
        series.setdefault(one.series, []).append(one)
    found = []
    for members in series.values():
        sold = [one for one in members if one.is_sold]
        if not sold:
            continue
        cost = {one.id: price[one.id] - worth[one.id] for one in sold}
        slack = rules.endorsement_share * max(0.0, max(worth[one.id] for one in sold))
        least = min(cost.values()) + slack
        equal = [one for one in sold if cost[one.id] <= least]
        found.append(min(equal, key=lambda one: (one.endorsements, cost[one.id], one.id)).id)
    return tuple(sorted(found))


def _rank(case: Case, kept: Sequence[str], prices: Mapping[str, Price], rules: Rules) -> _Ranking:
    """Apply dominance, own funds, savings and ties to the plans kept (規則2～5)."""
    chosen = frozenset(kept)
    left = _undominated([one for one in case.candidates if one.id in chosen], prices)
    if not left:
        return _Ranking(None, None, (), tuple(kept))

    def saving(one: Candidate) -> float:
        return one.worth - prices[one.id].amount

    forced = False
    if case.own_funds is not None:
        bearable = [one for one in left if one.var <= case.own_funds]
        if bearable and case.uninsured_var > case.own_funds:
            left, forced = bearable, True
    best = max(left, key=lambda one: (saving(one), -one.limit, one.id))
    if saving(best) <= 0 and not forced:
        return _Ranking(None, best.id, (), tuple(kept))
    least = min(rules.worth_share * saving(best), saving(best))
    ties = [one for one in left if saving(one) >= least]
    if prices[best.id].is_known:
        ties = [one for one in ties if one.product == best.product or prices[one.id].is_known]
    ordered = sorted(
        ties,
        key=lambda one: (one.limit, not prices[one.id].is_known, -saving(one), one.id),
    )
    return _Ranking(ordered[0].id, best.id, tuple(one.id for one in ordered), tuple(kept))


def _undominated(candidates: Sequence[Candidate], prices: Mapping[str, Price]) -> list[Candidate]:
    """Leave out plans to which one of no higher premium leaves no more, and less on average."""
    points = [(prices[one.id].amount, one.mean, one.var, one.tvar) for one in candidates]
    return [
        one
        for one, (price, mean, var, tvar) in zip(candidates, points, strict=True)
        if not any(a <= price and b < mean and c <= var and d <= tvar for a, b, c, d in points)
    ]


def _common_plan(
    cases: Mapping[str, Case],
    prices: Mapping[str, Mapping[str, Price]],
    kept: Sequence[str],
    rules: Rules,
) -> str | None:
    """Return the plan that is tied under every regime, the smallest limit first (規則9)."""
    rankings = {regime: _rank(case, kept, prices[regime], rules) for regime, case in cases.items()}
    common = set.intersection(*(set(ranking.ties) for ranking in rankings.values()))
    if not common:
        return None
    first = next(iter(cases))
    by_id = {one.id: one for one in cases[first].candidates}
    saved = dict.fromkeys(common, 0.0)
    for regime, case in cases.items():
        for one in case.candidates:
            if one.id in saved:
                saved[one.id] += one.worth - prices[regime][one.id].amount
    return min(
        common,
        key=lambda name: (
            by_id[name].limit, not prices[first][name].is_known, -saved[name], name,
        ),
    )  # fmt: skip


def _needs_programme(case: Case, rules: Rules) -> bool:
    most = rules.programme_multiple
    return case.liability > most * rules.sold_liability or case.costs > most * rules.sold_costs


def _reaches_need(one: Candidate, cases: Mapping[str, Case]) -> bool:
    liability = max(case.liability for case in cases.values())
    costs = max(case.costs for case in cases.values())
    return one.limit >= liability and one.cost_limit >= costs


def _all_technical(prices: Mapping[str, Mapping[str, Price]]) -> bool:
    return all(
        price.basis in ("technical", "not_sold")
        for priced in prices.values()
        for price in priced.values()
    )


def _largest_worth(cases: Mapping[str, Case], rules: Rules) -> str | None:
    """Return the plan of the largest worth over the regimes; of equal ones the smallest."""
    worth: dict[str, float] = {}
    by_id: dict[str, Candidate] = {}
    for case in cases.values():
        for one in case.candidates:
            if one.is_sold:
                worth[one.id] = worth.get(one.id, 0.0) + one.worth
                by_id[one.id] = one
    if not worth:
        return None
    least = (1 - rules.endorsement_share) * max(worth.values())
    equal = [by_id[name] for name, amount in worth.items() if amount >= least]
    return min(equal, key=lambda one: (one.limit, one.endorsements, -worth[one.id], one.id)).id


# --- prices at which the answer changes ---------------------------------------------------------

_STEP = 1.25  # prices are first tried so far apart, then the place between two is halved
_CLOSE = 1e-4


@dataclass(frozen=True)
class Flip:
    """A quotation at which the answer changes, and to what (分岐保険料). [JPY/year]."""

    amount: float | None
    to: str | None


def flip_price(cases: Mapping[str, Case], rules: Rules, decision: Decision, regime: str) -> Flip:
    """Return the quotation above which another product, or none, is named (推奨が変わる保険料).

    Returns
    -------
    Flip
        The amount is None where no quotation up to four times the worth changes the answer.

    Notes
    -----
    The quotation is entered as the study would, so it moves what is scaled from it and the market
    estimates of other products; the whole rule is run at every price tried.
    """
    answer = decision.answers[regime]
    named = answer.best_on_market
    if named is None:
        return Flip(None, None)
    of = {one.id: one for one in cases[regime].candidates}
    product = of[named].product

    def stays(quotation: float) -> bool:
        found = decide(cases, rules, {named: quotation}).answers[regime]
        held = found.plan or (found.best_on_market if answer.plan is None else None)
        return held is not None and of[held].product == product

    start = answer.prices[named].amount
    if not math.isfinite(start) or not stays(start):
        return Flip(None, None)
    low, top = start, rules.most_scaling * max(of[named].worth, start)
    high = low
    while stays(high):
        low, high = high, high * _STEP
        if high > top * _STEP:
            return Flip(None, None)
    amount = _bisect(low, high, stays)
    after = decide(cases, rules, {named: amount * (1 + _CLOSE)}).answers[regime]
    return Flip(amount, after.plan or (after.best_on_market if answer.plan is None else None))


def wins_below(
    cases: Mapping[str, Case], rules: Rules, decision: Decision, regime: str, plan: str
) -> float | None:
    """Return the quotation for another plan below which it is the one named, or None.

    Parameters
    ----------
    cases, rules, decision, regime
        As in `flip_price`.
    plan : str
        A candidate that is not named now.
    """
    price = decision.answers[regime].prices[plan]
    if not math.isfinite(price.amount):
        return None

    def wins(quotation: float) -> bool:
        return _named(cases, rules, {plan: quotation}, regime) == plan

    high = price.amount
    if wins(high):
        return high
    low = high
    for _ in range(_MOST_STEPS):
        low /= _STEP
        if wins(low):
            return _bisect(low, low * _STEP, wins)
    return None


_MOST_STEPS = 24


def _bisect(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """Return the price up to which something holds, that holds at one end and not at the other."""
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
