"""From facts to contributions: which signal a fact is, and how many milli-points it is worth (scoring.md section 3)."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from schemas.signal import Trace
from streams.decay import div_half_even
from streams.ledger import Fact, Visit
from streams.policy import Policy
from streams.timeline import DAY, day_of

RETURN: Final = "web.return_direct"
_THOUSAND: Final = 1000
_CUBE: Final = _THOUSAND**3


class Contribution(msgspec.Struct, gc=False):
    """One fact as scored: milli-points before caps and decay."""

    signal: str
    day: int  # UTC
    at: int
    id: str
    points: int  # milli-points, after every multiplier; 0 for a skim
    multiplier: int  # thousandths of thousandths of thousandths (1e9 = x1)
    stage: str
    email: bool  # prompted by e-mail: not self-directed
    base: int  # milli-points
    trace: Trace | None
    label: str = ""  # page category or content id, for people


class Activity(msgspec.Struct, gc=False):
    """The facts of one person, gathered from all their identities."""

    visits: list[Visit]
    facts: list[Fact]
    reset_at: int = -1


class PageWorth(msgspec.Struct, gc=False):
    """What page visits of one kind have in common, and the points of each dwell factor as they come up."""

    signal: str
    base: int
    stage: str
    email: bool
    min_dwell: int
    points: dict[int, tuple[int, int]] = {}  # by dwell factor: points and multiplier


_KINDS: Final = 4096  # of page visits remembered for a policy
_POLICIES: Final = 16
_worths: dict[int, tuple[Policy, dict[tuple[str, str, str, str], PageWorth | None]]] = {}


def visit_contribution(visit: Visit, role: str, policy: Policy) -> Contribution | None:
    """What a page visit is worth; None where its page carries no signal."""
    known = _worths.get(id(policy))
    if known is None:
        if len(_worths) > _POLICIES:
            _worths.clear()
        known = _worths[id(policy)] = policy, {}  # holds the policy, so that its id stays its own
    kind = visit.category, visit.source, visit.persona, role
    if kind not in known[1]:
        if len(known[1]) > _KINDS:
            known[1].clear()
        known[1][kind] = _page_worth(visit, policy)
    worth = known[1][kind]
    if worth is None:
        return None
    factor = dwell_factor(visit.dwell_ms, worth.min_dwell, policy)
    if factor not in worth.points:
        worth.points[factor] = _page_points(visit, factor, role, policy)
    points, product = worth.points[factor]
    return Contribution(
        worth.signal, visit.at // DAY, visit.at, visit.id, points, product, worth.stage, worth.email, worth.base,
        visit.trace, visit.category,
    )  # fmt: skip


def _page_worth(visit: Visit, policy: Policy) -> PageWorth | None:
    signal = policy.page_signals.get(visit.category, "")
    if not signal:
        return None
    rule = policy.signals[signal]
    if rule.points < 0:  # takes no multiplier
        return PageWorth(signal, rule.points, "", False, 0, {_THOUSAND: (rule.points, _CUBE)})
    return PageWorth(signal, rule.points, rule.stage, visit.source == "email", rule.min_dwell)


def _page_points(visit: Visit, dwell: int, role: str, policy: Policy) -> tuple[int, int]:
    if not dwell:
        return 0, 0
    rule, multipliers = policy.signals[policy.page_signals[visit.category]], policy.multipliers
    source = multipliers.source.get(visit.source, _THOUSAND)
    stage = multipliers.stage.get(rule.stage, _THOUSAND)
    return _points(rule.points, dwell, source, stage, _persona(visit.persona, role, policy), policy)


def fact_contribution(fact: Fact, role: str, policy: Policy) -> Contribution | None:
    """What an act is worth; None where it carries no signal by itself (clicks are judged together)."""
    signal = act_signal(fact, policy)
    if not signal:
        return None
    source, email = _source(fact, policy)
    return _contribution(policy, signal, fact, source, email, role)


def click_contributions(clicks: Iterable[Fact], pages: Iterable[int], policy: Policy) -> list[Contribution]:
    """The e-mail clicks that count, given the times of the person's page records."""
    source = policy.multipliers.source.get("email", _THOUSAND)
    human = human_clicks(list(clicks), pages, policy)
    return [_contribution(policy, "email.click", click, source, True, "unknown") for click in human]


def storyline_contributions(facts: Iterable[Fact], policy: Policy) -> list[Contribution]:
    """What storylines paid."""
    return [
        paid for pieces in storyline_pieces(facts, policy).values() for paid in _storyline(pieces, policy)
    ]


def dwell_factor(dwell_ms: int, minimum: int, policy: Policy) -> int:
    """Thousandths for an engaged time: 0 below the minimum (a skim); unknown time or no minimum is x1.0."""
    if dwell_ms < 0 or minimum <= 0:
        return _THOUSAND
    if dwell_ms < minimum * _THOUSAND:
        return 0
    factor = _THOUSAND
    for seconds, thousandths in policy.multipliers.dwell_steps:
        if dwell_ms >= seconds * _THOUSAND:
            factor = thousandths
    return factor


def _points(base: int, dwell: int, source: int, stage: int, persona: int, policy: Policy) -> tuple[int, int]:
    """Base x clamp(dwell x source x stage x persona), half-even; and the clamped product in 1e9ths."""
    product = dwell * source * stage * persona  # 1e12 = x1
    low, high = policy.multipliers.clamp_min * _CUBE, policy.multipliers.clamp_max * _CUBE
    product = min(max(product, low), high)
    return div_half_even(base * product, _CUBE * _THOUSAND), product // _THOUSAND


def _persona(persona: str, role: str, policy: Policy) -> int:
    if not persona or role == "unknown" or persona == "unknown":
        return _THOUSAND
    return policy.multipliers.persona_match if persona == role else policy.multipliers.persona_mismatch


def _contribution(
    policy: Policy, signal: str, fact: Fact, source: int, email: bool, role: str
) -> Contribution:
    rule = policy.signals[signal]
    stage = fact.stage if rule.stage == "by_content" else rule.stage
    dwell = dwell_factor(fact.dwell_ms, rule.min_dwell, policy)
    points, product = 0, 0
    if dwell:
        factor = policy.multipliers.stage.get(stage, _THOUSAND)
        points, product = _points(
            rule.points, dwell, source, factor, _persona(fact.persona, role, policy), policy
        )
    label = fact.content_id or fact.url
    return Contribution(
        signal,
        fact.at // DAY,
        fact.at,
        fact.id,
        points,
        product,
        stage,
        email,
        rule.points,
        fact.trace,
        label,
    )


_WEB: Final = frozenset({"form_submit", "chat_started"})
_DIRECT_NAMES: Final = {
    "download_clicked": "content.download_clicked",
    "webinar_registered": "content.registered",
    "event_registered": "content.registered",
    "event_attended": "content.event_attended",
    "question_asked": "content.question_asked",
    "syndicated_lead": "content.syndicated_lead",
    "reply": "email.reply",
    "forward": "email.forward",
}


def act_signal(fact: Fact, policy: Policy) -> str:
    """The signal of an act, "" where it carries none (a gate form, a webinar of five minutes)."""
    kind = fact.type
    if kind == "form_submit":
        if fact.sales:
            return "web.hand_raise"
        return "" if fact.content_id else "web.form_other"
    if kind == "chat_started":
        return "web.hand_raise" if fact.sales else "web.chat_started"
    if kind == "download_consumed":
        bofu = fact.stage == "decision" or fact.content_type in policy.bofu_types
        return "content.analyst_or_bofu" if bofu else "content.download_consumed"
    if kind == "webinar_attended":
        rules = policy.content
        long_enough = fact.minutes_milli >= 1000 * rules.webinar_minutes
        long_enough = long_enough or fact.completion_milli >= 100 * rules.webinar_share
        return "content.webinar_attended" if long_enough else ""
    if kind == "webinar_on_demand":
        long_enough = fact.minutes_milli >= 1000 * policy.content.on_demand_minutes
        return "content.webinar_on_demand" if long_enough else ""
    if kind == "video_played":
        seen = fact.completion_milli >= 100 * policy.content.video_share
        return "content.demo_video" if seen and fact.content_type == policy.content.video_type else ""
    return _DIRECT_NAMES.get(kind, "")


def _source(fact: Fact, policy: Policy) -> tuple[int, bool]:
    """The source multiplier of an act in thousandths, and whether e-mail prompted it."""
    multipliers = policy.multipliers
    if fact.type in _WEB:
        return multipliers.source.get(fact.source, _THOUSAND), fact.source == "email"
    if fact.type == "reply":
        return multipliers.email_reply, False  # writing back is self-directed
    if fact.type == "forward":
        return multipliers.email_forward, True
    return multipliers.prompted_by.get(fact.prompted_by, _THOUSAND), fact.prompted_by == "email"


def email_prompted(fact: Fact, policy: Policy) -> bool:
    """Whether an act is not self-directed: clicks, forwards and what e-mail led to."""
    return fact.type == "click" or _source(fact, policy)[1]


def human_clicks(clicks: Sequence[Fact], pages: Iterable[int], policy: Policy) -> list[Fact]:
    """The clicks that are no scanner's and are followed by a page of the same person in time (section 3)."""
    rules = policy.email_rules
    bursts = burst_ids(clicks, rules.burst_ms, rules.burst_links)
    times = sorted(pages)
    human: list[Fact] = []
    for click in clicks:
        fast = 0 <= click.since_delivery_ms < rules.scanner_seconds * _THOUSAND
        if click.bot or fast or click.id in bursts:
            continue
        index = bisect_left(times, click.at)
        if index < len(times) and times[index] <= click.at + rules.page_within_ms:
            human.append(click)
    return human


def burst_ids(clicks: Iterable[Fact], burst_ms: int, links: int) -> set[str]:
    """Ids of all clicks inside any span of `burst_ms` in which one e-mail had `links` distinct links clicked."""
    by_email: dict[str, list[Fact]] = {}
    for click in clicks:
        by_email.setdefault(click.email_id, []).append(click)
    marked: set[str] = set()
    for group in by_email.values():
        if len(group) < links:
            continue
        group.sort(key=lambda c: (c.at, c.id))
        for index, first in enumerate(group):
            span = [c for c in group[index:] if c.at - first.at <= burst_ms]
            if len({c.link_id or c.url for c in span}) >= links:
                marked.update(c.id for c in span)
    return marked


CONSUMED: Final = frozenset(
    {
        "content.download_consumed", "content.analyst_or_bofu", "content.webinar_attended",
        "content.webinar_on_demand", "content.demo_video",
    }
)  # fmt: skip


class Piece(msgspec.Struct, gc=False):
    """The first time a person consumed one piece of a storyline."""

    at: int
    id: str
    content_id: str
    email: bool
    fact: Fact


def storyline_pieces(facts: Iterable[Fact], policy: Policy) -> dict[str, list[Piece]]:
    """Per storyline every consumption of a piece past its minimum, by time then id."""
    lines: dict[str, list[Piece]] = {}
    for fact in facts:
        if not fact.storyline_id or fact.storyline_length <= 0:
            continue
        signal = act_signal(fact, policy)
        if signal not in CONSUMED or not dwell_factor(
            fact.dwell_ms, policy.signals[signal].min_dwell, policy
        ):
            continue
        _, email = _source(fact, policy)
        lines.setdefault(fact.storyline_id, []).append(Piece(fact.at, fact.id, fact.content_id, email, fact))
    for pieces in lines.values():
        pieces.sort(key=lambda p: (p.at, p.id))
    return lines


def _storyline(pieces: Sequence[Piece], policy: Policy) -> list[Contribution]:
    """What one storyline paid: at each completion, once a window."""
    rules = policy.storyline
    paid: list[Contribution] = []
    window: list[Piece] = []  # consumptions since the last payment
    for piece in pieces:
        day = day_of(piece.at)
        if paid and day - paid[-1].day <= rules.window:
            continue
        window = [p for p in window if day - day_of(p.at) <= rules.window]
        window.append(piece)
        distinct: dict[str, Piece] = {}
        for read in window:
            distinct.setdefault(read.content_id, read)
        if len(distinct) >= -(-piece.fact.storyline_length * rules.ratio // _THOUSAND):
            paid.append(_completion(list(distinct.values()), piece, policy))
            window = []
    return paid


def _completion(window: Sequence[Piece], last: Piece, policy: Policy) -> Contribution:
    rules = policy.storyline
    over_days = len({day_of(p.at) for p in window}) >= 2
    base = rules.over_days if over_days else rules.one_day
    email = all(p.email for p in window)
    stage = last.fact.stage
    factor = policy.multipliers.stage.get(stage, _THOUSAND)
    source = rules.email_factor if email else _THOUSAND
    points, product = _points(base, _THOUSAND, source, factor, _THOUSAND, policy)
    return Contribution(
        "content.storyline", day_of(last.at), last.at, f"storyline:{last.fact.storyline_id}:{last.id}", points,
        product, stage, email, base, last.fact.trace, last.fact.storyline_id,
    )  # fmt: skip


def return_contributions(
    active: Sequence[int], direct: Iterable[Visit], policy: Policy
) -> list[Contribution]:
    """web.return_direct: one a day with a direct session, where an earlier day inside the window was active.

    `active` holds the UTC days with a contribution above 0, ascending.
    """
    rule = policy.signals[RETURN]
    firsts: dict[int, Visit] = {}
    for visit in direct:
        if 0 <= visit.dwell_ms < rule.min_dwell * _THOUSAND:
            continue
        day = visit.at // DAY
        known = firsts.get(day)
        if known is None or (visit.at, visit.id) < (known.at, known.id):
            firsts[day] = visit
    source = policy.multipliers.source.get("direct", _THOUSAND)
    points, product = _points(rule.points, _THOUSAND, source, _THOUSAND, _THOUSAND, policy)
    paid = []
    for day, visit in firsts.items():
        index = bisect_left(active, day)
        if index and day - active[index - 1] <= rule.window:
            paid.append(
                Contribution(
                    RETURN, day, visit.at, f"return:{day}", points, product, "", False, rule.points, visit.trace,
                    "return",
                )
            )  # fmt: skip
    return paid
