"""Laws of what is remembered: rows kept up by `follow`, and assessments helped by memory, equal those made anew."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.facts import TODAY
from support.stories import DOMAIN, Story, a_policy

from schemas.home import domain_home
from schemas.signal import Act, SignalRecord, Tick
from streams.contributions import email_prompted
from streams.engagement import Engagement, total
from streams.ledger import Ledger, add_act, expire
from streams.pipeline import Pipeline
from streams.policy import reference_policy
from streams.scoring import Assessment, assess
from streams.tally import Tally
from streams.timeline import DAY, MINUTE, SECOND, day_of

POLICY = reference_policy()
PAGES = st.sampled_from(["pricing", "comparison", "docs", "blog", "careers", "login", "demo", "home"])
KINDS = st.sampled_from(
    ["page_view", "page_view", "page_engagement", "click", "download_consumed", "form_submit", "reply"]
)


@st.composite
def acts(draw: st.DrawFn) -> Act:
    at = (TODAY - draw(st.integers(0, 20))) * DAY + draw(st.integers(0, 90)) * MINUTE
    return Act(
        event_id=f"e{draw(st.integers(0, 10_000))}", source="test", at=at, received=at, type=draw(KINDS),
        contact_id="c", session_id=draw(st.sampled_from("ab")), url=draw(st.sampled_from("uvw")),
        session_source=draw(st.sampled_from(["direct", "email", "unknown"])), page_category=draw(PAGES),
        dwell_ms=draw(st.sampled_from([None, 2 * SECOND, 60 * SECOND, 300 * SECOND])), email_id="m",
        link_id=draw(st.sampled_from("xyz")), content_id=draw(st.sampled_from("pqr")), storyline_id="s",
        storyline_length=3, is_bot=False, persona=draw(st.sampled_from(["", "champion"])),
    )  # fmt: skip


@given(
    st.lists(acts(), max_size=25, unique_by=lambda act: act.event_id),
    st.sets(st.integers(0, 25)),
    st.sampled_from(["champion", "unknown"]),
)
@settings(max_examples=150, deadline=None)
def test_rows_kept_up_with_every_fact_equal_rows_made_of_all(
    stream: list[Act], looks: set[int], role: str
) -> None:
    ledger = Ledger("contact:c")
    kept = Tally(ledger.visits, ledger.facts, -1, role, POLICY)
    for version, act in enumerate(stream):
        changed = add_act(ledger, act, 512, 2000)
        assert changed is not None
        kept.follow(changed, version)
        if version in looks:
            _equal(kept, ledger, role)
    _equal(kept, ledger, role)


def _equal(kept: Tally, ledger: Ledger, role: str) -> None:
    for day in (TODAY, TODAY + 5):
        found, fresh = total(kept, day), total(Tally(ledger.visits, ledger.facts, -1, role, POLICY), day)
        assert _plain_engagement(found) == _plain_engagement(fresh)


def _plain_engagement(found: Engagement) -> Any:
    """All of it, with rows as their contributions in one order."""
    plain = msgspec.to_builtins(found)
    plain["days"] = sorted(found.days)
    for signal, total_ in zip(plain["signals"], found.signals, strict=True):
        del signal["rows"], signal["lines"]
        signal["items"] = msgspec.to_builtins(
            sorted(total_.items, key=lambda item: (item.day, item.at, item.id))
        )
        signal["decisive"] = sorted(signal["decisive"])
    return plain


@given(
    st.lists(acts(), max_size=25, unique_by=lambda act: act.event_id),
    st.sampled_from(["champion", "unknown"]),
)
@settings(max_examples=100, deadline=None)
def test_rows_without_email_equal_rows_made_of_what_email_did_not_prompt(
    stream: list[Act], role: str
) -> None:
    ledger = Ledger("contact:c")
    for act in stream:
        add_act(ledger, act, 512, 2000)
    kept = Tally(ledger.visits, ledger.facts, -1, role, POLICY)
    kept.refresh()
    visits = {key: visit for key, visit in ledger.visits.items() if visit.source != "email"}
    facts = {key: fact for key, fact in ledger.facts.items() if not email_prompted(fact, POLICY)}
    fresh = Tally(visits, facts, -1, role, POLICY)

    assert _plain_engagement(total(kept.without_email(), TODAY)) == _plain_engagement(total(fresh, TODAY))


# a whole account ---------------------------------------------------------------------------------------------------


NAMES = ("ines", "tomas", "info", "sales", "v1")


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[str, SignalRecord]]:
    story = Story().company()
    for _ in range(draw(st.integers(2, 14))):
        _one(draw, story)
    return story.inputs


def _one(draw: st.DrawFn, story: Story) -> None:
    name, day, minute = draw(st.sampled_from(NAMES)), draw(st.integers(-3, 3)), draw(st.integers(0, 4))
    who: dict[str, Any] = {"contact_id": None} if name in ("info", "sales") else {}
    if name == "v1":
        match = {"method": "reverse_ip", "confidence": draw(st.sampled_from([0.5, 0.9]))}
        who = {
            "contact_id": None,
            "email": None,
            "anonymous_id": name,
            "account_domain": DOMAIN,
            "account_match": match,
        }
    kind = draw(
        st.sampled_from(
            ["page", "page", "page", "link", "contact", "asks", "unsubscribe", "erase", "company"]
        )
    )
    if kind == "page":
        story.page(name, draw(PAGES), day, minute, **who)
    elif kind == "link":
        story.page(draw(st.sampled_from(NAMES[:2])), "docs", day, minute, anonymous_id="v1")
    elif kind == "contact":
        story.contact("ines", day, minute, role=draw(st.sampled_from(["champion", "economic_buyer", None])))
    elif kind == "asks":
        story.asks(name, day, minute, **who)
    elif kind == "unsubscribe":
        story.say(
            "intent.email.v1", day, minute, type="unsubscribe", contact_id="ines", email=f"ines@{DOMAIN}"
        )
    elif kind == "erase":
        story.say("intent.erase.v1", day, minute, type="erase", contact_id="tomas")
    else:
        story.company(day, minute, employees=draw(st.sampled_from([1, 400, 5000])))


@given(stories(), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_memory_saves_work_and_changes_nothing_at_every_tick(
    records: list[tuple[str, SignalRecord]], every: int
) -> None:
    pipeline, home, now = Pipeline(a_policy()), domain_home("default", DOMAIN), 0
    for number, (where, record) in enumerate(records):
        now = max(now, record.received)
        _deliver(pipeline, where, record)
        if number % every == 0:
            now += MINUTE
            _deliver(pipeline, "", Tick(event_id=f"t{number}", at=now, received=now))
        _same(pipeline, home, now)
        _same(pipeline, home, now + 3 * DAY)


def _deliver(pipeline: Pipeline, home: str, record: SignalRecord) -> None:
    pipeline.apply(home, record)
    while emitted := [emit for emit in pipeline.take_emitted() if emit.topic == "intent.signals.v1"]:
        for emit in emitted:
            pipeline.apply(emit.key, emit.value)


def _same(pipeline: Pipeline, home: str, at: int) -> None:
    account = pipeline.store.account(home)
    if account is not None:
        helped, anew = (
            pipeline.assess(account, at),
            assess(account, pipeline.store, day_of(at), pipeline.policy),
        )
        assert _plain(helped) == _plain(anew)


def _plain(found: Assessment) -> Any:
    members = [
        (m.ref, m.role, m.excluded, m.engaged, m.factor, m.points, _plain_engagement(m.engagement),
         [msgspec.to_builtins(p.activity) for p in m.persons])
        for m in found.everybody
    ]  # fmt: skip
    bare = msgspec.structs.replace(found, members=[], visitors=[], unplaced=[])
    return members, msgspec.to_builtins(bare, enc_hook=lambda row: [getattr(row, n) for n in row.__slots__])


def test_a_ledger_that_forgot_its_oldest_facts_is_tallied_anew() -> None:
    ledger = Ledger("contact:c")
    act = Act(event_id="e", at=TODAY * DAY, received=TODAY * DAY, type="page_view", page_category="docs")
    add_act(ledger, act, 512, 2000)

    assert expire(ledger, TODAY + 91, 7)
    assert total(Tally(ledger.visits, ledger.facts, -1, "unknown", POLICY), TODAY).points == 0
