"""Laws of what is explained: it adds up, whatever happened; what it says does not know the order of arrival."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.stories import DOMAIN, Story, a_policy

from streams.counterfactuals import counterfactuals
from streams.explanation import all_lines, explain
from streams.outcome import Emit
from streams.replay import Replay
from streams.scoring import assess
from streams.store import Store
from streams.timeline import MINUTE

POLICY = a_policy()
PEOPLE = ("ines", "tomas", "vera", "info", "sales", "x1", "x2")
PAGES = (
    "pricing",
    "comparison",
    "security",
    "docs",
    "blog",
    "careers",
    "login",
    "demo",
    "case_study",
    "other",
)
DAYS = st.integers(-12, 3)
MINUTES = st.integers(0, 12)  # many in one minute
SOURCES = st.sampled_from(["direct", "email", "paid", "unknown"])


def _who(name: str) -> dict[str, Any]:
    """Two of the names are visitors, two are shared mailboxes."""
    if name.startswith("x"):
        match = {"method": "reverse_ip", "confidence": 0.9}
        nobody: dict[str, Any] = {"contact_id": None, "email": None, "anonymous_id": name}
        return nobody | {"account_domain": DOMAIN, "account_match": match}
    return {"contact_id": None if name in ("info", "sales") else name}


@st.composite
def visits(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(PEOPLE))
    dwell = draw(st.sampled_from([1, 20, 60, 130, 400]))
    page = {"url": f"https://us.example/{draw(st.integers(0, 3))}", "dwell_seconds": dwell}
    more = {"session_source": draw(SOURCES), "session_id": f"s{draw(st.integers(0, 2))}"}
    return "page", {"person": name, "category": draw(st.sampled_from(PAGES)), **page, **more, **_who(name)}


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(PEOPLE[:4]))
    kind = draw(
        st.sampled_from(["download_consumed", "download_clicked", "webinar_attended", "video_played"])
    )
    number = draw(st.integers(0, 3))
    more: dict[str, Any] = {"content_id": f"c{number}", "dwell_seconds": draw(st.sampled_from([5, 90, 300]))}
    more |= {"storyline_id": "line:1", "storyline_length": 4, "minutes": 30, "completion_pct": 80}
    more |= {"content_type": "demo_video", "prompted_by": draw(st.sampled_from(["email", "ad", "self"]))}
    return "content", {"person": name, "kind": kind, **more, **_who(name)}


@st.composite
def others(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    kind = draw(st.sampled_from(["topic", "reviews", "asks", "company", "contact"]))
    if kind == "topic":
        return kind, {"name": draw(st.sampled_from(["a", "b"])), "score": draw(st.integers(50, 100))}
    if kind == "reviews":
        return kind, {"action": draw(st.sampled_from(["category", "compare", "pricing"]))}
    if kind == "company":
        return kind, {"employees": draw(st.sampled_from([1, 30, 400, 5000])), "industry": None}
    name = draw(st.sampled_from(PEOPLE[:3]))
    if kind == "asks":
        return kind, {"person": name, **_who(name)}
    return kind, {"person": name, "role": draw(st.sampled_from(["champion", "economic_buyer", "user", None]))}


ACTS = st.lists(st.tuples(DAYS, MINUTES, st.one_of(visits(), contents(), others())), max_size=25)


def story_of(acts: list[Any]) -> Story:
    story = Story(POLICY).company()
    for day, minute, (kind, fields) in sorted(acts, key=lambda act: act[:2]):
        getattr(story, kind)(day=day, minute=minute, **fields)
    return story


@given(ACTS, st.integers(0, 60))
@settings(max_examples=120)
def test_residual_is_zero_for_every_dimension_at_every_moment(acts: list[Any], later: int) -> None:
    story = story_of(acts)
    found = story.assessment(3 + later)
    explained = explain(found, POLICY)

    parts = [
        (explained.fit, found.F),
        (explained.intent, found.I),
        (explained.readiness, found.R),
        (explained.score, found.S),
    ]
    for part, total in parts:
        assert part.residual == 0
        assert sum(line.points for line in part.lines) == part.total == total
    lines = all_lines(explained)
    assert len({line.line_id for line in lines}) == len(lines)
    assert all(line.points < 0 for line in lines if line.kind == "cap")
    assert all(line.points > 0 for line in lines if line.kind == "floor")


@given(ACTS)
@settings(max_examples=60)
def test_every_record_adds_up_and_has_a_reason(acts: list[Any]) -> None:
    story = story_of(acts).end(9)

    for emit in story.records:
        data = emit.value.get("data", {})
        for part in data.get("explanation", {}).values():
            assert part["residual"] == 0
            assert sum(line["points"] for line in part["lines"]) == part["total"]
        if "why_now" in data:
            assert data["why_now"]["sentences"]
            assert 0 < len(data["why_now"]["headline"]) <= 160
        if "brief" in data:
            assert len(data["brief"]["recent_activity"]) <= 20
            assert len(data["brief"]["top_pages"]) <= 5


@given(ACTS)
@settings(max_examples=60)
def test_third_parties_never_lower_a_score_and_each_counterfactual_is_a_score(acts: list[Any]) -> None:
    story = story_of(acts)
    found = story.assessment(3)
    without = counterfactuals(found, POLICY)

    assert without.without_third_party is not None
    assert without.without_third_party <= found.S
    for value in (without.without_email_prompted, without.without_top_person):
        assert value is not None
        assert 0 <= value <= 100_000


def _bytes(emits: list[Emit]) -> list[str]:
    return sorted(repr(emit) for emit in emits)


@given(ACTS, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_within_a_minute_never_shows(acts: list[Any], rng: random.Random) -> None:
    """No hand-raises: those are answered at once, and nothing may be moved across them."""
    calm = [act for act in acts if act[2][0] != "asks"]
    story = story_of(calm).end()
    minutes: dict[int, list[Any]] = {}
    for record in story.inputs:
        minutes.setdefault(record[1].received // MINUTE, []).append(record)
    again, emits = Replay(POLICY, processor_version="test"), list[Emit]()
    for minute in sorted(minutes):
        for home, signal in rng.sample(minutes[minute], len(minutes[minute])):
            emits += again.feed(home, signal)
    emits += again.finish()

    assert _bytes(emits) == _bytes(story.records)


@given(ACTS)
@settings(max_examples=40)
def test_a_restored_state_explains_itself_in_the_same_words(acts: list[Any]) -> None:
    story = story_of(acts)
    store = story.replay.pipeline.store
    fresh = Store()
    for key, value in store.snapshot_dirty():
        fresh.restore(key, value)
    home = story.account().home
    account = fresh.account(home)

    assert account is not None
    day = story.assessment(3).day
    assert explain(assess(account, fresh, day, POLICY), POLICY) == explain(story.assessment(3), POLICY)
