"""What one identity did, as facts that can be merged in any order: page visits, acts, clicks, and who they are.

Facts are kept, not points: what a fact is worth is decided at the evaluation (engagement.py), so a policy change or a
newly known role needs no rewriting. Every merge is a union or takes the earliest, latest or largest by (time, id), so
the state is a function of the set of records, whatever their order and however often each one comes.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from hashlib import blake2b
from heapq import nsmallest
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from schemas.signal import Act, ContactProfile, Trace
from streams.timeline import DAY, MINUTE, day_of

HORIZON_DAYS: Final = 91  # the surge test looks back 91 days; no signal's default window is longer
_PAGE_GAP: Final = 30 * MINUTE
_PAGE_TYPES: Final = frozenset({"page_view", "page_engagement"})
_SAYING: Final = frozenset({"granted", "denied"})
ASKING: Final = frozenset({"form_submit", "chat_started"})  # acts that may ask for sales
Stamp = tuple[int, str]


class Visit(msgspec.Struct, array_like=True, gc=False):
    """One page visit: the page records of one person, UTC day, session and url."""

    at: int  # of the earliest record
    id: str
    category: str  # of the earliest record
    session_id: str
    url: str
    source: str = "unknown"  # of the earliest record that knows one
    source_at: int = 0
    source_id: str = ""
    dwell_ms: int = -1  # the largest engagement; -1: none seen
    count: int = 1
    times: list[int] = []  # of its page records, thinned where it cannot matter
    content_id: str = ""
    campaign_id: str = ""
    persona: str = ""
    stage: str = ""
    trace: Trace | None = None


class Fact(msgspec.Struct, array_like=True, gc=False):
    """One first-party act other than a page visit."""

    at: int
    id: str
    type: str
    source: str = "unknown"  # session_source of web acts
    prompted_by: str = "unknown"
    stage: str = ""
    persona: str = ""
    dwell_ms: int = -1
    minutes_milli: int = -1
    completion_milli: int = -1
    content_id: str = ""
    content_type: str = ""
    storyline_id: str = ""
    storyline_length: int = 0
    topic: str = ""
    campaign_id: str = ""
    email_id: str = ""
    link_id: str = ""
    since_delivery_ms: int = -1
    bot: bool = False
    sales: bool = False  # a hand-raise
    url: str = ""
    session_id: str = ""
    form_kind: str = ""
    trace: Trace | None = None


class Review(msgspec.Struct, array_like=True, gc=False):
    """A hand-raise that waits for its company to become known (scoring.md section 8)."""

    at: int  # decision time of the hold
    due: int
    event_id: str
    reason: str


class Kept(NamedTuple):
    """For how many days facts are of use, today included. A storyline outlives its pieces and keeps them longer."""

    visits: int = HORIZON_DAYS
    facts: int = HORIZON_DAYS
    pieces: int = HORIZON_DAYS


_KEPT: Final = Kept()


class Ledger(msgspec.Struct, array_like=True, gc=False):
    """The facts of one identity (contact, e-mail or anonymous visitor) at one home."""

    identity: str
    visits: dict[str, Visit] = {}  # by "day|session|url"
    facts: dict[int, Fact] = {}  # by 64-bit event key
    ids: dict[int, int] = {}  # event keys of the last days -> UTC day of receipt
    profile: dict[str, tuple[int, str, Any]] = {}  # field -> (at, id, value); the latest wins
    consent: tuple[int, str, str] = (0, "", "")
    reset_at: int = -1  # the latest unsubscribe or complaint: points before it are 0
    bounced: bool = False
    email: str = ""
    email_domain: str = ""
    email_kind: str = ""
    rank: int = 0  # best claim that placed the identity here
    confidence: int = 0
    raised_days: list[int] = []  # UTC days with a hand-raise that was answered
    reviews: list[Review] = []
    bots: int = 0
    dropped: int = 0  # facts lost to a bound
    excluded: str = ""  # a disposition took the person out: its reason
    blocked: list[str] = []  # channels a disposition found unusable
    daily: dict[int, int] = {}  # contributions ever added by UTC day: when to look at a row's bound

    def size(self) -> int:
        """How many contributions the ledger holds."""
        return len(self.visits) + len(self.facts)


def event_key(source: str, event_id: str) -> int:
    """64-bit key of (source, event_id), the idempotency key of an event."""
    return int.from_bytes(blake2b(f"{source}\x1f{event_id}".encode(), digest_size=8).digest(), "big")


def seen(ledger: Ledger, record: Act | ContactProfile) -> bool:
    """Whether this record was applied within the last days; remembers it if not."""
    key = event_key(record.source, record.event_id)
    if key in ledger.ids:
        return True
    ledger.ids[key] = day_of(record.received)
    return False


def bound_ids(ids: dict[int, int], limit: int) -> int:
    """Forget the first remembered event keys beyond a bound; how many went."""
    surplus = len(ids) - limit
    if surplus <= 0:
        return 0
    for key in list(islice(ids, surplus)):
        del ids[key]
    return surplus


def add_act(ledger: Ledger, act: Act, row_limit: int, limit: int, sales: bool = False) -> str | int | None:
    """Take one new, human act into the ledger; beyond `limit` contributions the oldest go, counted.

    `sales` marks a hand-raise.
    Returns the key of the one visit or fact that changed, "" for none, None where more than that did.
    """
    dropped, changed = ledger.dropped, ""
    if len(ledger.visits) + len(ledger.facts) >= limit:
        _drop_oldest(ledger, max(1, limit // 20))
    if (act.email and not ledger.email) or act.consent in _SAYING:
        _take_identity(ledger, act)
    if act.type in _PAGE_TYPES:
        changed = _add_visit(ledger, act, row_limit)
    elif act.type in ("unsubscribe", "complaint"):
        ledger.reset_at = max(ledger.reset_at, act.at)
        return None
    elif act.type == "bounce_hard":
        ledger.bounced = True
    elif act.type not in ("open", "delivered"):
        key = event_key(act.source, act.event_id)
        ledger.facts[key] = _fact(act, sales)
        if _one_more(ledger, act.at) > row_limit:
            _bound_facts(ledger, act, row_limit)
        return key if dropped == ledger.dropped else None
    return changed if dropped == ledger.dropped else None


def add_bot(ledger: Ledger, act: Act, row_limit: int) -> None:
    """Count a bot record; a bot click stays a fact, since it makes the burst around it one (section 3)."""
    ledger.bots += 1
    if act.type == "click":
        fact = _fact(act)
        fact.bot = True
        ledger.facts[event_key(act.source, act.event_id)] = fact
        if _one_more(ledger, act.at) > row_limit:
            _bound_facts(ledger, act, row_limit)


def _drop_oldest(ledger: Ledger, number: int) -> None:
    """Make room for a while: looking for the oldest each time would cost a pass over all of them."""
    found: list[tuple[int, str, str | int]] = [(v.at, v.id, key) for key, v in ledger.visits.items()]
    found += [(f.at, f.id, key) for key, f in ledger.facts.items()]
    for _, _, key in nsmallest(number, found, key=lambda item: item[:2]):
        if isinstance(key, str):
            del ledger.visits[key]
        else:
            del ledger.facts[key]
    ledger.dropped += number


def _one_more(ledger: Ledger, at: int) -> int:
    """Count a contribution; how many its UTC day has had."""
    day = at // DAY
    count = ledger.daily[day] = ledger.daily.get(day, 0) + 1
    return count


def _take_identity(ledger: Ledger, act: Act) -> None:
    if act.email and not ledger.email:
        ledger.email, ledger.email_domain, ledger.email_kind = act.email, act.email_domain, act.email_kind
    if act.consent in _SAYING:
        ledger.consent = max(ledger.consent, (act.at, act.event_id, act.consent))


def _add_visit(ledger: Ledger, act: Act, row_limit: int) -> str:
    dwell = act.dwell_ms if act.type == "page_engagement" and act.dwell_ms is not None else -1
    key = f"{act.at // DAY}|{act.session_id}|{act.url or act.page_category}"
    known = ledger.visits.get(key)
    if known is not None and _goes_on(known, act):
        _extend(known, act, dwell)
        return key
    fresh = Visit(
        at=act.at, id=act.event_id, category=act.page_category or "other", session_id=act.session_id, url=act.url,
        source=act.session_source, source_at=act.at, source_id=act.event_id, dwell_ms=dwell, times=[act.at],
        content_id=act.content_id, campaign_id=act.campaign_id, persona=act.persona, stage=act.stage, trace=act.trace,
    )  # fmt: skip
    ledger.visits[key] = fresh if known is None else merge_visits(known, fresh, known.count + 1)
    if known is None and _one_more(ledger, act.at) > row_limit:
        _bound_visits(ledger, fresh, row_limit)
    return key


def _goes_on(known: Visit, act: Act) -> bool:
    """Whether a record only continues a visit: later, with nothing that the visit does not know."""
    at = act.at
    if at <= known.times[-1] or at <= known.at or known.source_at > at:
        return False
    if known.source == "unknown" and act.session_source != "unknown":
        return False
    told = known.content_id or known.campaign_id or known.persona or known.stage
    return not (told or act.content_id or act.campaign_id or act.persona or act.stage)


def _extend(known: Visit, act: Act, dwell: int) -> None:
    """What `merge_visits` gives for a record that goes on, in place."""
    known.count += 1
    if dwell > known.dwell_ms:
        known.dwell_ms = dwell
    times = known.times
    if len(times) > 1 and act.at - times[-2] <= _PAGE_GAP:
        times[-1] = act.at
    else:
        times.append(act.at)


def merge_visits(left: Visit, right: Visit, count: int) -> Visit:
    """The union of two views of one visit: earliest record, earliest known source, largest dwell."""
    first, second = (left, right) if (left.at, left.id) <= (right.at, right.id) else (right, left)
    sources = [v for v in (first, second) if v.source != "unknown"]
    sourced = min(sources, key=lambda v: (v.source_at, v.source_id)) if sources else first
    return Visit(
        at=first.at, id=first.id, category=first.category, session_id=first.session_id, url=first.url,
        source=sourced.source, source_at=sourced.source_at, source_id=sourced.source_id,
        dwell_ms=max(first.dwell_ms, second.dwell_ms), count=count,
        times=_thin(first.times, second.times), content_id=first.content_id or second.content_id,
        campaign_id=first.campaign_id or second.campaign_id, persona=first.persona or second.persona,
        stage=first.stage or second.stage, trace=first.trace,
    )  # fmt: skip


def _thin(left: list[int], right: list[int]) -> list[int]:
    """All page times but those whose neighbours are within 30 minutes of each other.

    A click asks whether any page time lies in the 30 minutes after it; a time between two such neighbours never
    decides that.
    """
    times = sorted({*left, *right})
    if len(times) < 3:
        return times
    kept = times[:1]
    for index in range(1, len(times) - 1):
        if times[index + 1] - kept[-1] > _PAGE_GAP:
            kept.append(times[index])
    kept.append(times[-1])
    return kept


def _fact(act: Act, sales: bool = False) -> Fact:
    return Fact(
        at=act.at, id=act.event_id, type=act.type, source=act.session_source, prompted_by=act.prompted_by,
        stage=act.stage, persona=act.persona, dwell_ms=-1 if act.dwell_ms is None else act.dwell_ms,
        minutes_milli=-1 if act.minutes_milli is None else act.minutes_milli,
        completion_milli=-1 if act.completion_milli is None else act.completion_milli,
        content_id=act.content_id, content_type=act.content_type, storyline_id=act.storyline_id,
        storyline_length=act.storyline_length or 0, topic=act.topic, campaign_id=act.campaign_id,
        email_id=act.email_id, link_id=act.link_id,
        since_delivery_ms=-1 if act.since_delivery_ms is None else act.since_delivery_ms,
        bot=act.is_bot, sales=sales, url=act.url, session_id=act.session_id,
        form_kind=act.form_kind, trace=act.trace,
    )  # fmt: skip


def is_hand_raise(act: Act, form_kinds: Collection[str]) -> bool:
    """Whether the act asks for sales: a form of one of these kinds, or a chat that does (section 8)."""
    if act.type == "form_submit":
        return act.form_kind in form_kinds
    return act.type == "chat_started" and act.asks_for_sales


def _bound_visits(ledger: Ledger, fresh: Visit, row_limit: int) -> None:
    day = day_of(fresh.at)
    row = [k for k, v in ledger.visits.items() if day_of(v.at) == day and v.category == fresh.category]
    if len(row) > row_limit:
        ledger.visits.pop(max(row))
        ledger.dropped += 1


def _bound_facts(ledger: Ledger, act: Act, row_limit: int) -> None:
    day = day_of(act.at)
    row = [(f.id, k) for k, f in ledger.facts.items() if day_of(f.at) == day and f.type == act.type]
    if len(row) > row_limit:
        ledger.facts.pop(max(row)[1])
        ledger.dropped += 1


def merge_ledgers(into: Ledger, other: Ledger) -> None:
    """The union of two ledgers of one identity, in place; merging the same one again changes nothing."""
    for key, visit in other.visits.items():
        known = into.visits.get(key)
        if known is None:
            into.visits[key] = visit
        elif known != visit:
            into.visits[key] = merge_visits(known, visit, max(known.count, visit.count))
    for fact_key, fact in other.facts.items():
        into.facts.setdefault(fact_key, fact)
    for id_key, day in other.ids.items():
        into.ids.setdefault(id_key, day)
    for field, value in other.profile.items():
        mine = into.profile.get(field)
        if mine is None or (value[0], value[1]) > (mine[0], mine[1]):
            into.profile[field] = value
    into.consent = max(into.consent, other.consent)
    into.reset_at = max(into.reset_at, other.reset_at)
    into.bounced = into.bounced or other.bounced
    if not into.email or (other.email and "email" in other.profile):
        into.email, into.email_domain, into.email_kind = other.email, other.email_domain, other.email_kind
    into.raised_days = sorted({*into.raised_days, *other.raised_days})
    known_reviews = {r.event_id for r in into.reviews}
    into.reviews += [r for r in other.reviews if r.event_id not in known_reviews]
    into.bots = max(into.bots, other.bots)
    into.excluded = max(into.excluded, other.excluded)
    into.blocked = sorted({*into.blocked, *other.blocked})
    recount(into)


def keep_after(ledger: Ledger, moment: int) -> bool:
    """Drop everything up to a moment, ms; whether anything is left."""
    ledger.visits = {key: visit for key, visit in ledger.visits.items() if visit.at > moment}
    ledger.facts = {key: fact for key, fact in ledger.facts.items() if fact.at > moment}
    ledger.profile = {name: value for name, value in ledger.profile.items() if value[0] > moment}
    ledger.reviews = [review for review in ledger.reviews if review.at > moment]
    return bool(ledger.size() or ledger.profile)


def recount(ledger: Ledger) -> None:
    """Count the contributions of each day anew, after a merge or a move."""
    ledger.daily = dict(sorted(Counter(item.at // DAY for item in _contributions(ledger)).items()))


def _contributions(ledger: Ledger) -> Iterator[Visit | Fact]:
    yield from ledger.visits.values()
    yield from ledger.facts.values()


def expire(ledger: Ledger, today: int, dedupe_days: int, keep: Kept = _KEPT) -> bool:
    """Drop what no rule looks at any more; true when something went."""
    visits, facts, pieces = [(today - days + 1) * DAY for days in keep]
    size = ledger.size()
    if any([day * DAY < max(visits, facts) for day in ledger.daily]):  # in place: tallies look at these
        for key in [k for k, v in ledger.visits.items() if v.at < visits]:
            del ledger.visits[key]
        for fact in [k for k, f in ledger.facts.items() if f.at < (pieces if f.storyline_id else facts)]:
            del ledger.facts[fact]
    if ledger.size() != size:
        recount(ledger)
    spent = bool(ledger.ids) and min(ledger.ids.values()) < today - dedupe_days
    if spent:
        ledger.ids = {k: day for k, day in ledger.ids.items() if day >= today - dedupe_days}
    return spent or ledger.size() != size
