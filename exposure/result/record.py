"""The finished result of a study as one typed record (``exposure/result/2``).

Every writer builds it and every reader takes it; the JSON schema is generated from it. A figure
that is missing, misspelt or of another shape is an error of the types, not a gap in a report.
Amounts are yen; estimates carry their simulation interval and, where parameters were drawn, their
band.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from exposure.amounts import format_yen

SCHEMA = "exposure/result/2"

Band = tuple[float | None, float | None]
Regime = Literal["brochure", "court"]
Grade = Literal["A", "B", "C", "J"]
Basis = Literal["quoted", "published", "scaled", "market", "technical", "not_sold"]
Verdict = Literal["sufficient", "short", "programme", "no_insurance"]
# A number, word or list, or a fee scale by bands.
Value = float | int | str | bool | list[float] | list[str] | list[dict[str, float | None]] | None

# Left out of the document where there is none, so that a result without draws carries no bands.
OPTIONAL: Mapping[str, bool] = {"optional": True}

_DASH = "–"


def _short(amount: float | None) -> str:
    return _DASH if amount is None else format_yen(amount, "en", 2)


@dataclass(frozen=True)
class Words:
    """A name or sentence in both languages (日本語と英語)."""

    ja: str
    en: str

    def say(self, lang: Literal["ja", "en"]) -> str:
        """Return it in one language."""
        return self.ja if lang == "ja" else self.en


@dataclass(frozen=True)
class Figure:
    """An estimate with its simulation interval (推定値).

    ``value`` is null where there is none (nothing is exceeded in the simulated years), an end is
    null where the sample gives none. ``band`` holds 5 to 95 % over the parameter draws.
    """

    value: float | None
    low: float | None
    high: float | None
    band: Band | None = field(default=None, metadata=OPTIONAL)


ByLevel = dict[str, Figure]


@dataclass(frozen=True)
class Tail:
    """Mean, VaR and TVaR of a year, by level. [JPY/year]."""

    mean: Figure
    var: ByLevel
    tvar: ByLevel


@dataclass(frozen=True)
class Curve:
    """An exceedance curve: probability of more than each loss, falling (超過確率曲線)."""

    probability: list[float]
    loss: list[float]
    low: list[float | None]
    high: list[float | None]


# --- study and client ------------------------------------------------------------------------


@dataclass(frozen=True)
class Versions:
    """Versions that made the result."""

    exposure: str
    numpy: str


@dataclass(frozen=True)
class PolicyFile:
    """A policy file of one's own, by its content (自前の約款ファイル)."""

    product: str
    sha256: str


@dataclass(frozen=True)
class StudyFacts:
    """What was run (検討の設定)."""

    name: str
    seed: int
    loss_years: int
    versions: Versions
    inputs_sha256: str
    policies: list[PolicyFile] = field(default_factory=list)


@dataclass(frozen=True)
class OwnFunds:
    """What the client can bear in a year (手元資金); an example where it stated nothing. [JPY]."""

    amount: float
    stated: bool


@dataclass(frozen=True)
class Thresholds:
    """Where the words of the answer change, as the study has it (表示の境目).

    Parameters
    ----------
    least_liability, least_costs : float
        Needed limits up to these are printed as "up to". [JPY]
    doubtful_loss_ratio : float
        Implied loss ratio above which an estimated premium is printed as perhaps too low. [-]
    """

    least_liability: float
    least_costs: float
    doubtful_loss_ratio: float


# --- losses before insurance -------------------------------------------------------------------


@dataclass(frozen=True)
class Frequency:
    """How often (頻度)."""

    events_per_year: float
    probability_of_no_event: float
    events_per_year_band: Band | None = field(default=None, metadata=OPTIONAL)
    probability_of_no_event_band: Band | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class EventLoss:
    """One breach, given that there is one. [JPY]."""

    mean: Figure
    quantiles: ByLevel


@dataclass(frozen=True)
class Kind:
    """One kind of breach: the small slip or the attack (漏えいの種類)."""

    share_of_breaches: Figure
    mean: Figure
    quantiles: ByLevel


@dataclass(frozen=True)
class Kinds:
    """The two kinds told apart; the median over both falls between them."""

    slip: Kind
    attack: Kind


@dataclass(frozen=True)
class AnnualLoss(Tail):
    """A year before insurance; AEP of the sum and OEP of the largest breach by return period."""

    oep: ByLevel
    aep: ByLevel


@dataclass(frozen=True)
class CauseLoss:
    """A cause's part of the annual loss and of the breaches."""

    mean: float
    share_of_events: float


@dataclass(frozen=True)
class SizeBand:
    """Share of breaches of more than ``above`` and at most ``up_to`` persons."""

    above: float
    up_to: float
    share: Figure


@dataclass(frozen=True)
class Persons:
    """How many persons a breach concerns, over all simulated years (漏えい人数)."""

    events: int
    mean: Figure
    quantiles: ByLevel
    full_share: Figure
    bands: list[SizeBand]


@dataclass(frozen=True)
class GroundUpCurves:
    """Curves of the year, its largest breach and a breach."""

    aep: Curve
    oep: Curve
    event: Curve


@dataclass(frozen=True)
class GroundUpFigures:
    """What is estimated of losses before insurance; what is added here has a band and a column."""

    event: EventLoss
    kinds: Kinds | None
    annual: AnnualLoss


@dataclass(frozen=True)
class GroundUp(GroundUpFigures):
    """Losses before insurance (保険前の損害)."""

    by_head: dict[str, float]
    by_cause: dict[str, CauseLoss]
    curves: GroundUpCurves
    size: Persons | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Need:
    """Needed limits, product-free: the sums a policy would have to sell (必要な限度額). [JPY]."""

    liability: Figure
    costs: Figure


@dataclass(frozen=True)
class NoInsurance:
    """Doing nothing (保険なし)."""

    total_cost: Figure
    own_funds_return_period: Figure


@dataclass(frozen=True, kw_only=True)
class RegimeFigures:
    """What is estimated of a client under one regime; what is added here has a band and a column.

    Figures of plans are apart, in `PlanFigures`.
    """

    ground_up: GroundUpFigures
    need: Need
    no_insurance: NoInsurance


# --- plans -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MarketPremium:
    """A market estimate and the range of products with a printed tariff. [JPY/year]."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Premium:
    """The premium used and where it is from (保険料); null where the product is not sold."""

    amount: float | None
    basis: Basis
    market: MarketPremium | None
    technical: float


@dataclass(frozen=True)
class AnnualMean:
    """Mean of a year. [JPY/year]."""

    mean: Figure


@dataclass(frozen=True)
class Paid:
    """What the plan pays."""

    annual: AnnualMean


@dataclass(frozen=True)
class EventQuantiles:
    """Quantiles of one breach. [JPY]."""

    quantiles: ByLevel


@dataclass(frozen=True)
class Retained:
    """What stays with the client (手元に残る損害)."""

    annual: Tail
    event: EventQuantiles
    curve: Curve | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class TermCut:
    """What one limit cuts: yen a year, share of covered breaches, yen when it cuts."""

    term: str
    label: Words
    annual: Figure
    share_of_breaches: Figure
    when_cut: Figure


@dataclass(frozen=True)
class CutByLimits:
    """What all limits cut (限度額で削られる額); by term, the dearest first."""

    annual: Figure
    share_of_breaches: Figure
    when_cut: Figure
    by_term: list[TermCut]


@dataclass(frozen=True)
class SectionAdequacy:
    """Limit adequacy of one section."""

    section: str
    label: Words
    event: Figure


@dataclass(frozen=True)
class LimitAdequacy:
    """Share of covered breaches, and of years with one, that no limit cuts. A diagnostic."""

    event: Figure
    year: Figure
    by_section: list[SectionAdequacy] = field(default_factory=list)


@dataclass(frozen=True)
class Composition:
    """What becomes of the loss of the breaches near one return period, by reason (だれが払うか).

    ``gross`` is the mean loss of these breaches, the others are shares of it that add up to 1.
    ``excluded`` holds heads without a cover,
    exclusions, conditions not met and windows; ``limits`` every limit; ``own_share`` deductible,
    own share and caps per person.
    """

    gross: float
    paid: float
    limits: float
    excluded: float
    own_share: float


@dataclass(frozen=True)
class Remainder:
    """A part of what stays with the client, by what leaves it there (手元に残るもの). [JPY/year].

    ``code`` is the name of a head that no cover takes, of a cover whose limit cuts, or a reason.
    """

    code: str
    label: Words
    annual: float


@dataclass(frozen=True)
class PlanFigures:
    """Everything estimated of a plan; what is added here has a band and stands in every table."""

    worth: Figure
    total_cost: Figure | None
    implied_loss_ratio: Figure | None
    share_paid: Figure
    no_payment_share: Figure
    paid: Paid
    retained: Retained
    own_funds_return_period: Figure
    cut_by_limits: CutByLimits
    limit_adequacy: LimitAdequacy
    probability_limit_exhausted: Figure


@dataclass(frozen=True, kw_only=True, repr=False)
class PlanResult(PlanFigures):
    """One plan under one regime (プランの結果)."""

    id: str
    label: str
    label_en: str
    product: str
    pattern: str | None
    endorsements: list[str]
    limit: float | None
    cost_limit: float | None
    tried: bool
    historical: bool
    premium: Premium
    unpaid_by_reason: dict[str, float]
    stays: list[Remainder]
    large_breach: Composition

    def __repr__(self) -> str:
        worth, premium = _short(self.worth.value), _short(self.premium.amount)
        paid = f"{premium} ({self.premium.basis})"
        return f"<PlanResult {self.id!r}: worth {worth}, premium {paid}>"


@dataclass(frozen=True)
class LadderStep:
    """A product at one of its limits; ``plan`` is its id where it stands among the plans."""

    plan: str | None
    label: Words
    limit: float
    cost_limit: float | None
    share_paid: Figure
    worth: Figure
    adequacy: Figure
    cut_by_limits: Figure


@dataclass(frozen=True)
class Ladder:
    """A product along its limits; what is neither paid nor cut, no limit brings back (限度額別)."""

    product: str
    label: Words
    endorsements: list[str]
    steps: list[LadderStep]


# --- recommendation ----------------------------------------------------------------------------


@dataclass(frozen=True)
class AtTechnical:
    """The answer where every plan not quoted or published costs its technical premium."""

    plan: str | None
    verdict: Verdict


@dataclass(frozen=True)
class Alternative:
    """Another plan and the quotation below which it is the one named. [JPY/year]."""

    plan: str
    wins_below: float | None


@dataclass(frozen=True)
class Shortfall:
    """A limit that is short, what it costs, and the cure (不足)."""

    term: str
    label: Words
    section: str
    annual: Figure
    when_cut: Figure
    cure: Words


@dataclass(frozen=True)
class NextStep:
    """One rung up: what it adds to the worth and about what it adds to the premium. [JPY/year]."""

    plan: str
    worth: float
    premium: float | None
    text: Words


@dataclass(frozen=True)
class Trials:
    """The answer over the parameter draws, in counts (前提を変えた試算)."""

    same: int
    one_step: int
    other: int
    by_plan: dict[str, int]


@dataclass(frozen=True)
class OwnFundsTest:
    """The plan's 1-in-100-year retained loss against own funds (手元資金との比較). [JPY]."""

    retained: float
    missing: float
    term: str | None
    cure: Words | None


@dataclass(frozen=True)
class Recommendation:
    """One regime's recommendation (推奨)."""

    plan: str | None
    verdict: Verdict
    limit: float | None
    reason: Words
    flip_premium: float | None
    flips_to: str | None
    best_on_market: str | None
    at_technical: AtTechnical
    alternatives: list[Alternative]
    short_of: list[Shortfall]
    ties: list[str]
    next_step: NextStep | None
    own_funds: OwnFundsTest | None
    trials: Trials | None
    regret: float | None

    @property
    def in_short(self) -> str:
        """Which plan, and the verdict."""
        return f"{self.plan or _DASH} ({self.verdict})"


@dataclass(frozen=True)
class Lines:
    """The five lines a client reads, in both languages."""

    ja: list[str]
    en: list[str]


@dataclass(frozen=True)
class Overall:
    """The answer over the regimes (前提を通じた結論)."""

    same_plan: bool
    statement: Words
    lines: Lines


# --- sensitivity and sureness --------------------------------------------------------------------


@dataclass(frozen=True)
class Predictive:
    """A year with the parameters drawn too."""

    mean: float
    var: dict[str, float]
    tvar: dict[str, float]


@dataclass(frozen=True)
class Knowing:
    """What knowing a parameter would save a year on average. [JPY/year]."""

    name: str
    label: Words
    value: float


@dataclass(frozen=True)
class Stability:
    """What the parameter draws say together (前提の幅)."""

    draws: int
    loss_years: int
    predictive: Predictive
    perfect_information: float | None
    knowing: list[Knowing]


@dataclass(frozen=True)
class Outcome:
    """The answer at one setting of one assumption."""

    setting: float | str
    cost: float
    worth: float
    plan: str | None


@dataclass(frozen=True)
class TornadoBar:
    """What one assumption does to the answer; ``flips_at`` is the value from which it changes."""

    name: str
    label: Words
    unit: str
    low: Outcome
    high: Outcome
    swing: float
    changes_plan: bool
    flips_at: float | str | None


@dataclass(frozen=True)
class StructuralBar:
    """What another form of the model does to the answer."""

    name: str
    label: Words
    outcome: Outcome
    swing: float
    changes_plan: bool


@dataclass(frozen=True)
class Question:
    """An assumption to settle with the client first."""

    name: str
    label: Words
    text: Words


@dataclass(frozen=True)
class Sensitivity:
    """One assumption at a time (感度分析)."""

    reference: str
    ends: Band
    loss_years: int
    screened: int
    screen_loss_years: int
    centre: Outcome
    parameters: list[TornadoBar]
    structural: list[StructuralBar]
    ask_first: list[Question]


# --- annex ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GapParts:
    """Loss and what becomes of it. [JPY]."""

    loss: float
    covered: float
    capped: float
    excluded: float


@dataclass(frozen=True)
class HeadGap(GapParts):
    """A head of loss under the chosen plan, and what riders would add. [JPY/year]."""

    head: str
    riders: dict[str, float]
    tail: GapParts


@dataclass(frozen=True)
class CauseGap(GapParts):
    """A head by cause. [JPY/year]."""

    cause: str | None
    head: str


@dataclass(frozen=True)
class Gaps:
    """Where the cover of the chosen plan ends (補償の空白)."""

    plan: str
    tail_level: float
    tail_years: int
    heads: list[HeadGap]
    causes: list[CauseGap]


@dataclass(frozen=True)
class Dispute:
    """What another reading of an arguable wording is worth. [JPY/year]."""

    product: str
    plan: str
    code: str
    name: str
    question: Words
    adopted: Words
    alternative: Words
    worth: float


@dataclass(frozen=True)
class Cover:
    """Gaps and disputes, on so many loss years."""

    loss_years: int
    gaps: Gaps | None
    disputes: list[Dispute]


@dataclass(frozen=True)
class Line:
    """One line of a worked payment."""

    kind: str
    depth: int
    text: Words
    amount: int | None
    clause: str


@dataclass(frozen=True)
class Explanation:
    """A payment written out line by line."""

    losses: list[Line]
    lines: list[Line]
    unpaid: dict[str, int]
    total: int


@dataclass(frozen=True)
class IncidentCover:
    """What one cover does with an incident. [JPY]."""

    cover: str
    label: Words
    clause: str
    within: str | None
    loss: float
    inner: float
    limit: float | None
    unpaid: dict[str, float]
    payable: float


@dataclass(frozen=True)
class OverallLimit:
    """The limit of the whole plan. [JPY]."""

    limit: float | None
    payable: float
    unpaid: float


@dataclass(frozen=True)
class Incident:
    """A simulated breach told through the plan (想定事故)."""

    one_in: float
    plan: str
    cause: str | None
    persons: float | None
    claimants: float | None
    heads: dict[str, float]
    loss: float
    not_covered: float
    covers: list[IncidentCover]
    overall: OverallLimit
    paid: float
    retained: float
    explanation: Explanation | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class Convergence:
    """How mean and tail settle as years are added."""

    level: str
    years: list[int]
    mean: list[Figure]
    var: list[Figure]


@dataclass(frozen=True)
class Choice:
    """A choice of contract or client."""

    label: Words
    kind: str
    value: float | int | str | bool
    clause: str


@dataclass(frozen=True)
class Term:
    """One term in the words of ``exposure show``, and where it is printed (条項).

    ``name`` is its key in the wording: ``deductible``, ``per_unit.condolence``, that of a
    condition.
    """

    name: str
    label: Words
    text: Words
    clause: str


@dataclass(frozen=True)
class CoverTerms:
    """One cover's terms; limits are numbers as well. [JPY].

    Parameters
    ----------
    figures : list of Term
        Caps, benefits, waiting time, deductible, shares and limits.
    conditions : list of Term
        What must be true for it to pay, windows among it.
    """

    name: str
    label: Words
    depth: int
    clause: str
    heads: list[str]
    event_limit: float | None
    period_limit: float | None
    figures: list[Term]
    conditions: list[Term]


@dataclass(frozen=True)
class ExclusionException:
    """What lifts or limits an exclusion, and in which covers (免責の例外)."""

    covers: list[str]
    text: Words


@dataclass(frozen=True)
class ExclusionTerm:
    """An exclusion, the covers it reaches, its exceptions and its clause (免責事由)."""

    name: str
    label: Words
    clause: str
    covers: list[str]
    exceptions: list[ExclusionException]


@dataclass(frozen=True)
class Terms:
    """One plan's terms (条件), as ``exposure show`` prints them.

    ``figures`` are those of the whole plan: its limits, and up to which revenue it is sold.
    """

    id: str
    product: str
    product_label: Words
    insurer: Words
    edition: Words
    source: str
    historical: bool
    clause: str
    chosen: list[Choice]
    limit: float | None
    figures: list[Term]
    covers: list[CoverTerms]
    exclusions: list[ExclusionTerm]


@dataclass(frozen=True)
class Reading:
    """A reading adopted of an arguable wording."""

    product: str
    code: str
    question: Words
    choice: Words
    why: Words


@dataclass(frozen=True)
class Judgement:
    """A figure without a published source, or changed for the client."""

    name: str
    label: Words
    value: Value
    unit: str
    note: Words | str
    override: bool
    effect: float | None = field(default=None, metadata=OPTIONAL)


@dataclass(frozen=True)
class SourcedAssumption:
    """A figure with a source."""

    name: str
    label: Words
    value: Value
    unit: str
    grade: Grade
    source: str
    row: str


@dataclass(frozen=True)
class Source:
    """A document or table behind the figures."""

    key: str
    title: str
    publisher: str
    year: int | str | None
    title_en: str
    publisher_en: str


@dataclass(frozen=True)
class Notice:
    """What the reader must know of the inputs: a default by trade, a history that contradicts."""

    code: str
    text: Words


@dataclass(frozen=True)
class MarketOffer:
    """A printed or quoted premium of the market, as far as it concerns the client."""

    name: Words
    kind: str
    premium: float
    revenue: float | None
    limit: float | None
    cost_limit: float | None
    source: str
    grade: Grade


@dataclass(frozen=True)
class MarketProduct:
    """A product beside the client's plans: what it leaves uncovered, and what it could cost.

    Parameters
    ----------
    historical, template : bool
        The wording is no longer sold; parts of it stand on no page seen.
    uncovered : dict of str to float
        By head, the dearest first: share of the client's mean loss over all regimes.
    limit, cost_limit : float or None
        That the estimate is for; None where the product has no limit so high. [JPY]
    estimate : MarketPremium or None
    """

    product: str
    label: Words
    insurer: Words
    edition: Words
    historical: bool
    template: bool
    uncovered: dict[str, float]
    limit: float | None
    cost_limit: float | None
    estimate: MarketPremium | None


@dataclass(frozen=True)
class Market:
    """What is known of the market (市場の情報)."""

    offers: list[MarketOffer]
    products: list[MarketProduct]
    notes: list[Words]


@dataclass(frozen=True)
class SizeProduct:
    """What to buy of one product for a record count (商品ごとの限度額)."""

    product: str
    plan: str
    label: Words
    limit: Figure
    cost_limit: float | None
    worth: Figure
    cut_by_limits: CutByLimits
    endorsements: list[str]
    verdict: Verdict
    short_of: list[Shortfall]
    reason: Words


@dataclass(frozen=True)
class SizeRow:
    """A record count under one regime: what it needs, and what to buy, by worth."""

    records: int
    regime: Regime
    need: Need
    products: list[SizeProduct]


# --- renewal -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """One figure then and now (前回と今回); ``unit`` is ``JPY``, ``JPY/year`` or ``share``."""

    code: str
    label: Words
    unit: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Effect:
    """What one cause alone does to last time's plan (原因別の増減). [JPY/year].

    Parameters
    ----------
    code : str
        ``program`` (version, wording and draw), ``assumptions``, ``records``, ``history``,
        ``client``, ``premium`` or ``together``.
    label, detail : Words
        The cause, and what changed.
    worth, total_cost : float or None
        None where the cause alone cannot be worked out.
    """

    code: str
    label: Words
    detail: Words
    worth: float | None
    total_cost: float | None


@dataclass(frozen=True)
class Held:
    """Last time's plan then and now, and why its figures moved; they add up to the difference.

    Worth and total cost now are null where the plan, or its premium, is no longer to be had.
    """

    plan: str
    label: Words
    worth: Moved
    total_cost: Moved
    effects: list[Effect]


@dataclass(frozen=True)
class RegimeSince:
    """What moved under one regime (前回からの変化).

    ``plan`` and ``limit`` are those named: recommended, or the best on the market.
    """

    plan_before: str | None
    plan_after: str | None
    label_before: Words | None
    label_after: Words | None
    verdict_before: Verdict
    verdict_after: Verdict
    limit: Moved
    figures: list[Moved]
    held: Held | None


@dataclass(frozen=True)
class Since:
    """What moved since an earlier result (前回の結果からの変化).

    ``lines`` say it; ``lines_before`` are the five lines of the earlier result.
    """

    study: StudyFacts
    lines: Lines
    lines_before: Lines
    regimes: dict[str, RegimeSince]


# --- the whole -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, repr=False)
class RegimeResult(RegimeFigures):
    """All of one regime (賠償前提ごとの結果)."""

    ground_up: GroundUp
    frequency: Frequency
    plans: list[PlanResult]
    ladders: list[Ladder]
    recommendation: Recommendation
    convergence: Convergence | None = field(default=None, metadata=OPTIONAL)
    incidents: list[Incident] = field(default_factory=list)
    cover: Cover | None = field(default=None, metadata=OPTIONAL)
    stability: Stability | None = field(default=None, metadata=OPTIONAL)
    sensitivity: Sensitivity | None = field(default=None, metadata=OPTIONAL)

    def __repr__(self) -> str:
        return f"<RegimeResult {self.recommendation.in_short}, {len(self.plans)} plans>"

    def plan(self, identifier: str) -> PlanResult:
        """Return one plan by its id.

        Raises
        ------
        KeyError
            If the regime has no such plan.
        """
        for one in self.plans:
            if one.id == identifier:
                return one
        raise KeyError(identifier)

    @property
    def named(self) -> PlanResult | None:
        """The recommended plan, or the best on the market where none is recommended."""
        name = self.recommendation.plan or self.recommendation.best_on_market
        return None if name is None else self.plan(name)


@dataclass(frozen=True, repr=False)
class Result:
    """A finished study (検討結果), the content of ``result.json``."""

    schema: str
    study: StudyFacts
    client: dict[str, object]
    own_funds: OwnFunds
    thresholds: Thresholds
    regimes: dict[str, RegimeResult]
    recommendation: Overall
    readings: list[Reading]
    judgements: list[Judgement]
    sources: list[Source]
    notices: list[Notice] = field(default_factory=list)
    terms: list[Terms] = field(default_factory=list)
    assumptions: list[SourcedAssumption] = field(default_factory=list)
    market: Market | None = field(default=None, metadata=OPTIONAL)
    size: list[SizeRow] | None = field(default=None, metadata=OPTIONAL)
    since: Since | None = field(default=None, metadata=OPTIONAL)

    # What a notebook shows; `document` has the words and sets it.
    _repr_html_: ClassVar[Callable[[Result], str]]

    def __repr__(self) -> str:
        return f"<Result {self.in_short}>"

    @property
    def in_short(self) -> str:
        """Whose it is, which plan each view names, on how many years."""
        answers = ", ".join(
            f"{name} {view.recommendation.in_short}" for name, view in self.regimes.items()
        )
        return f"{self.study.name!r}: {answers}; {self.study.loss_years:,} loss years"
