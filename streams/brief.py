"""What the account has been doing, for whoever calls: acts, pages, content, storylines, sources, topics.

Everything is taken from the facts of the counted people and visitors of the last 91 days and sorted by time
and id, so the order of arrival cannot show.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from schemas.brief import Activity, Brief, StorylineRead, TopicRead, Trend, Visits
from streams.account import Account
from streams.contributions import CONSUMED, act_signal, dwell_factor, email_prompted, storyline_pieces
from streams.ledger import HORIZON_DAYS, Fact, Visit
from streams.policy import Policy
from streams.scoring import Assessment, Member
from streams.thirdparty import REVIEW, TOPIC, corroborated, third_party_rows
from streams.timeline import DAY, day_of, iso_text

_ACTIVITY: Final = 20
_PAGES: Final = 5
_CONTENT: Final = 10
_STORYLINES: Final = 10
_TOPICS: Final = 10
_ASSETS: Final = 3
_WEEK: Final = 7
_WHAT: Final = 200  # characters
REVIEW_CLASS: Final = "review_site"  # the class of what a review site reports; it has no score
_WEB: Final = frozenset({"form_submit", "chat_started"})
_EMAIL: Final = frozenset({"click", "reply", "forward"})


class Deed(NamedTuple):
    """One visit or act of one person."""

    at: int
    id: str
    member: Member
    fact: Visit | Fact
    points: int  # milli-points it gave before decay and caps; 0 for what was skimmed or is out of its window


def deeds(assessment: Assessment) -> list[Deed]:
    """Every visit and act of the counted people and visitors, by time and id."""
    oldest = (assessment.day - HORIZON_DAYS + 1) * DAY
    found = []
    for member in [*assessment.counted, *assessment.visitors]:
        gave = {item.id: item.points for total in member.engagement.signals for item in total.items}
        for person in member.boxes or [member.person]:
            facts: list[Visit | Fact] = [*person.activity.visits, *person.activity.facts]
            human = [f for f in facts if f.at >= oldest and not _is_bot(f)]
            found += [Deed(f.at, f.id, member, f, gave.get(f.id, 0)) for f in human]
    found.sort(key=lambda deed: (deed.at, deed.id, deed.member.ref))
    return found


def brief(
    account: Account, assessment: Assessment, done: Sequence[Deed], trigger: str, policy: Policy
) -> Brief:
    """The brief block; `done` are the deeds of the same assessment, `trigger` that of the decision or ""."""
    visits = [deed.fact for deed in done if isinstance(deed.fact, Visit)]
    angle = angle_key(assessment, policy)
    read = consumed(done, policy)
    return Brief(
        recent_activity=_recent(done, policy),
        visits=Visits(sessions=len(_sessions(done)), days=len({day_of(visit.at) for visit in visits})),
        top_pages=_first(_PAGES, (_page(visit) for visit in visits)),
        content=_content(done, read),
        storylines=_storylines(assessment, policy),
        campaigns=_first(_CONTENT, (deed.fact.campaign_id for deed in done)),
        sources=_first(_CONTENT, (source_of(deed.fact) for deed in done)),
        third_party=_third_party(account, assessment.day, policy),
        corroborated=corroborated(account, assessment.day, policy),
        trend=_trend(account, assessment, policy),
        topic_overlap=_overlap(account, done),
        distinct_assets=len(read),
        angle_key=angle,
        next_best_action_key=policy.brief.actions.get(trigger, policy.brief.default_action),
        relevant_assets=[a for a in policy.brief.assets.get(angle, ()) if a not in read][:_ASSETS],
    )


def strongest_signals(assessment: Assessment) -> list[str]:
    """The signals of the account that gave most after their own caps, strongest first."""
    gave: Counter[str] = Counter()
    for member in [*assessment.counted, *assessment.visitors]:
        for total in member.engagement.signals:
            gave[total.signal] += total.capped
    for row in assessment.third_rows:
        gave[row.signal] += row.value
    return sorted((signal for signal in gave if gave[signal] > 0), key=lambda signal: (-gave[signal], signal))


def angle_key(assessment: Assessment, policy: Policy) -> str:
    """What to talk about: the angle of the strongest signal that has one."""
    angles = (policy.brief.angles.get(signal) for signal in strongest_signals(assessment))
    return next((angle for angle in angles if angle), policy.brief.default_angle)


def consumed(done: Iterable[Deed], policy: Policy) -> dict[str, int]:
    """Content that somebody read, watched or attended past its minimum, with when last."""
    read: dict[str, int] = {}
    for deed in done:
        fact = deed.fact
        if isinstance(fact, Fact) and fact.content_id:
            signal = act_signal(fact, policy)
            if signal in CONSUMED and dwell_factor(fact.dwell_ms, policy.signals[signal].min_dwell, policy):
                read[fact.content_id] = deed.at
    return read


def source_of(fact: Visit | Fact) -> str:
    """Where an act came from: the session's source, or what prompted it; "" where nobody knows."""
    if isinstance(fact, Visit) or fact.type in _WEB:
        known = fact.source
    else:
        known = "email" if fact.type in _EMAIL else fact.prompted_by
    return "" if known == "unknown" else known


def plain_url(url: str) -> str:
    """A URL without its query and fragment, which may name people."""
    return url.partition("?")[0].partition("#")[0][:_WHAT]


def _is_bot(fact: Visit | Fact) -> bool:
    return isinstance(fact, Fact) and fact.bot


def _page(visit: Visit) -> str:
    return plain_url(visit.url) or visit.category


def _first(limit: int, names: Iterable[str]) -> list[str]:
    """The names that occur most, then by name; no empty ones."""
    counts = Counter(name for name in names if name)
    return sorted(counts, key=lambda name: (-counts[name], name))[:limit]


def _sessions(done: Iterable[Deed]) -> set[tuple[str, str]]:
    """Sessions by person; a visit without a session id is one with its day."""
    return {
        (deed.member.ref, deed.fact.session_id or f"day {day_of(deed.at)}")
        for deed in done
        if isinstance(deed.fact, Visit)
    }


def _recent(done: Sequence[Deed], policy: Policy) -> list[Activity]:
    return [_activity(deed, policy) for deed in reversed(done[-_ACTIVITY:])]


def _activity(deed: Deed, policy: Policy) -> Activity:
    fact = deed.fact
    if isinstance(fact, Visit):
        kind, signal, what = "page_visit", policy.page_signals.get(fact.category, ""), _page(fact)
    else:
        kind, what = fact.type, fact.content_id or plain_url(fact.url) or fact.email_id
        signal = "email.click" if kind == "click" else act_signal(fact, policy)
    return Activity(
        at=iso_text(deed.at),
        signal=signal,
        person_ref=deed.member.ref,
        what=what,
        type=kind,
        source=source_of(fact),
        points=deed.points,
        dwell_seconds=None if fact.dwell_ms < 0 else fact.dwell_ms // 1000,
    )


def _content(done: Sequence[Deed], read: dict[str, int]) -> list[str]:
    """Content ids, what was consumed first, then what was only touched; each the latest first."""
    touched: dict[str, int] = {}
    for deed in done:
        if deed.fact.content_id:
            touched[deed.fact.content_id] = deed.at
    order = sorted(touched, key=lambda name: (name not in read, -read.get(name, touched[name]), name))
    return order[:_CONTENT]


def _storylines(assessment: Assessment, policy: Policy) -> list[StorylineRead]:
    found: list[StorylineRead] = []
    for member in [*assessment.counted, *assessment.visitors]:
        facts = [fact for person in member.boxes or [member.person] for fact in person.activity.facts]
        found += _storylines_of(member.ref, facts, assessment.day, policy)
    found.sort(key=lambda line: (-line.read, line.id, line.person_ref))
    return found[:_STORYLINES]


def _storylines_of(ref: str, facts: Iterable[Fact], day: int, policy: Policy) -> Iterable[StorylineRead]:
    for name, pieces in storyline_pieces(facts, policy).items():
        recent = [piece for piece in pieces if 0 <= day - day_of(piece.at) <= policy.storyline.window]
        if not recent:
            continue
        firsts = {piece.content_id: piece for piece in reversed(recent)}
        emailed = sum(email_prompted(piece.fact, policy) for piece in firsts.values())
        days = {day_of(piece.at) for piece in firsts.values()}
        yield StorylineRead(
            id=name,
            read=len(firsts),
            length=recent[-1].fact.storyline_length,
            mode="over_time" if len(days) > 1 else "single_session",
            person_ref=ref,
            email_share=emailed * 1000 // len(firsts),
        )


def _third_party(account: Account, day: int, policy: Policy) -> list[TopicRead]:
    """Topics by their latest week and acts on review sites inside their windows; the latest first."""
    latest: dict[tuple[str, str], tuple[int, str, TopicRead]] = {}
    for name, at, source_id, read in [*_topic_reads(account), *_review_reads(account)]:
        if 0 <= day - day_of(at) <= policy.signals[name[0]].window:
            known = latest.get(name)
            if known is None or (at, source_id) > known[:2]:
                latest[name] = (at, source_id, read)
    rows = sorted(latest.items(), key=lambda entry: (-entry[1][0], entry[1][1], entry[0]))
    return [entry[1][2] for entry in rows[:_TOPICS]]


Reading = tuple[tuple[str, str], int, str, TopicRead]


def _topic_reads(account: Account) -> Iterable[Reading]:
    for key, row in account.topics.items():
        read = TopicRead(
            provider=row.provider,
            topic=row.topic,
            score=row.score_milli,
            period_end=iso_text(row.period_end),
            topic_class=row.topic_class,
        )
        yield (TOPIC, key.rpartition("|")[0]), row.at, row.id, read


def _review_reads(account: Account) -> Iterable[Reading]:
    for key, act in account.review_acts.items():
        action = key.partition("|")[0]
        end = iso_text(act.at)
        read = TopicRead(
            provider=act.provider, topic=action, score=0, period_end=end, topic_class=REVIEW_CLASS
        )
        yield (REVIEW, action), act.at, act.id, read


def _trend(account: Account, assessment: Assessment, policy: Policy) -> Trend:
    """Person-days and third-party points of this week against the week before."""
    today = assessment.day
    days = [(day, 1) for member in assessment.counted for day in member.engagement.days]
    first = _direction(today, days)
    third = _direction(today, [(day_of(r.at), r.points) for r in third_party_rows(account, today, policy)])
    return Trend(first_party=first, third_party=third, concordant=first == third and first != "none")


def _direction(today: int, worth: Sequence[tuple[int, int]]) -> str:
    now = sum(value for day, value in worth if 0 <= today - day < _WEEK)
    before = sum(value for day, value in worth if _WEEK <= today - day < 2 * _WEEK)
    if not now and not before:
        return "none"
    if now == before:
        return "steady"
    return "rising" if now > before else "falling"


def _overlap(account: Account, done: Iterable[Deed]) -> int | None:
    """Thousandths of the provider's topics that people also read about here."""
    theirs = {row.topic.lower() for row in account.topics.values()}
    ours = {deed.fact.topic.lower() for deed in done if isinstance(deed.fact, Fact) and deed.fact.topic}
    return len(theirs & ours) * 1000 // len(theirs) if theirs else None
