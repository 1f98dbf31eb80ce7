"""Counting what sales did: which alert a disposition answers, which answer counts, what it counts for."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.stories import ACCOUNT, DOMAIN, Story, a_policy, at

from schemas.signal import Disposition
from streams.learning import Counted, Learner, Lesson
from streams.timeline import iso_text

POLICY = a_policy()


def alert(name: str = "one", day: int = 0, kind: str = "opened", **traits: Any) -> dict[str, Any]:
    """The least of a sales-ready record that counting looks at."""
    lines = [
        {"line_id": f"signal:{s}:ann", "kind": "signal", "signal": s, "points": p}
        for s, p in traits.get("signals", ())
    ]
    lines += [
        {"line_id": f"signal:3p.topic_surge:{t}", "kind": "signal", "signal": "3p.topic_surge", "points": 1}
        for t in traits.get("topics", ())
    ]
    return {
        "id": f"{name}-{day}-{kind}",
        "type": f"intent.sales_ready.{kind}.v1",
        "subject": f"acc-{name}",
        "partitionkey": f"default/{name}.example",
        "time": iso_text(at(day)),
        "data": {
            "explanation": {"intent": {"lines": lines}},
            "attribution": {"last_source": traits.get("source", "direct")},
            "brief": {"campaigns": traits.get("campaigns", [])},
            "buying_group": {"people": [{"role": r, "share": 500} for r in traits.get("roles", ())]},
            "decision": {"tier": traits.get("tier", "T2")},
            "routing": {"segment": traits.get("segment")},
        },
    }  # fmt: skip


def said(
    status: str, day: int, about: str = "one-0-opened", reason: str = "", name: str = "one"
) -> Disposition:
    """One disposition; its id is made of what it says."""
    return Disposition(
        event_id=f"{about}-{status}-{day}", source="crm", at=at(day), received=at(day), account_id=f"acc-{name}",
        sales_ready_id=about, status=status, reason=reason,
    )  # fmt: skip


def lesson(*records: dict[str, Any] | Disposition) -> Lesson:
    learner = Learner()
    for record in records:
        if isinstance(record, Disposition):
            learner.disposition(record)
        else:
            learner.event(record)
    return learner.lesson(POLICY)


def test_the_latest_answer_decides_whether_an_alert_was_accepted() -> None:
    first_no = lesson(alert(), said("rejected", 1, reason="no_need"), said("accepted", 2))
    then_no = lesson(alert(), said("accepted", 1), said("recycled", 2, reason="bad_timing"))

    assert first_no.overall == Counted(1, 0)
    assert then_no.overall == Counted(0, 1)


def test_every_status_but_rejected_and_recycled_says_that_sales_took_it() -> None:
    took = (
        "accepted",
        "working",
        "contacted",
        "meeting_set",
        "converted_sql",
        "opportunity_created",
        "closed_won",
    )

    for status in (*took, "closed_lost"):
        assert lesson(alert(), said(status, 1, reason="no_budget")).overall == Counted(1, 0)


def test_an_episode_is_one_alert_whichever_of_its_records_is_answered() -> None:
    episode = (alert(), alert(day=1, kind="updated"), alert(day=2, kind="expired"))
    found = lesson(
        *episode, said("accepted", 3, "one-1-updated"), said("rejected", 4, "one-2-expired", "no_need")
    )

    assert (found.alerts, found.overall, found.unmatched) == (1, Counted(0, 1), 0)


def test_the_next_episode_is_another_alert() -> None:
    episodes = (alert(), alert(day=50), alert(day=51, kind="updated"))
    found = lesson(*episodes, said("rejected", 1, reason="no_need"), said("accepted", 52, "one-51-updated"))

    assert (found.alerts, found.overall) == (2, Counted(1, 1))


def test_latest_is_the_accounts_latest_alert_when_it_was_said() -> None:
    episodes = (alert(source="paid"), alert(day=50, source="direct"))
    found = lesson(*episodes, said("rejected", 1, "latest", "no_need"), said("accepted", 51, "latest"))

    assert found.by["source"] == {"paid": Counted(0, 1), "direct": Counted(1, 0)}


def test_an_answer_to_nothing_is_counted_apart() -> None:
    found = lesson(alert(), said("accepted", 1, "unheard-of"), said("accepted", -1, "latest"))

    assert (found.unmatched, found.overall) == (2, Counted())


def test_what_the_alert_carried_is_counted_by_kind() -> None:
    event = alert(
        signals=[("web.pricing", 100), ("web.careers", -100)], topics=["cdc"], roles=["champion", "champion"],
        campaigns=["spring"], source="ad", tier="T1", segment="mid",
    )  # fmt: skip
    found = lesson(event, said("accepted", 1))
    yes = Counted(1, 0)

    assert found.by == {
        "source": {"ad": yes}, "signal": {"web.pricing": yes, "3p.topic_surge": yes}, "topic": {"cdc": yes},
        "campaign": {"spring": yes}, "role": {"champion": yes}, "tier": {"T1": yes}, "segment": {"mid": yes},
    }  # fmt: skip


def test_a_rejection_about_data_or_routing_counts_for_the_source_and_for_no_weight() -> None:
    for reason in ("bad_phone", "duplicate", "bad_routing", "existing_customer"):
        found = lesson(alert(), said("rejected", 1, reason=reason))
        assert found.by["source"] == {"direct": Counted(0, 1)}
        assert (found.weighing["source"], found.base) == ({}, Counted())
    assert lesson(alert(), said("rejected", 1, reason="no_need")).base == Counted(0, 1)


def test_the_records_of_a_real_episode_teach() -> None:
    story = Story().buying_group().end()
    answer = Disposition(
        event_id="d", source="crm", at=at(2), received=at(2), account_id=ACCOUNT, account_domain=DOMAIN,
        sales_ready_id=story.of("opened")[0]["id"], status="accepted",
    )  # fmt: skip
    found = lesson(*story.of("opened"), *story.of("updated"), answer)

    assert found.by["source"] == {"direct": Counted(1, 0)}
    assert found.by["role"].keys() == {"champion", "technical_evaluator", "economic_buyer"}
    assert found.by["signal"]["web.security"] == Counted(1, 0)
    assert found.by["tier"] == {"T1": Counted(1, 0)}


STATUSES = st.sampled_from(["accepted", "rejected", "recycled", "closed_lost"])
REASONS = st.sampled_from(["no_need", "bad_phone", "no_budget"])
SOURCES = st.sampled_from(["direct", "paid", "email"])
EVENTS = st.lists(
    st.builds(
        lambda name, day, kind, source: alert(name, day, kind, source=source),
        st.sampled_from(["one", "two", "three"]), st.integers(0, 60),
        st.sampled_from(["opened", "updated", "expired"]), SOURCES,
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60)
@given(EVENTS, st.data())
def test_order_and_repetition_teach_nothing(events: list[dict[str, Any]], data: st.DataObject) -> None:
    about = st.sampled_from([event["id"] for event in events] or ["nothing"]) | st.just("latest")
    answers = data.draw(st.lists(st.builds(said, STATUSES, st.integers(0, 70), about, REASONS), max_size=12))
    unique = [*{event["id"]: event for event in events}.values()]
    kept = [*{answer.event_id: answer for answer in answers}.values()]
    records: list[dict[str, Any] | Disposition] = [*unique, *kept]
    mixed = [*records, *records]
    random.Random(data.draw(st.integers(0, 99))).shuffle(mixed)

    assert lesson(*mixed) == lesson(*records)


@settings(max_examples=60)
@given(
    EVENTS, st.lists(st.builds(said, STATUSES, st.integers(0, 70), st.just("latest"), REASONS), max_size=12)
)
def test_an_alert_is_counted_once_and_only_when_it_was_answered(
    events: list[dict[str, Any]], answers: list[Disposition]
) -> None:
    found = lesson(*events, *answers)

    assert found.overall.n <= min(found.alerts, len(answers))
    assert found.base.accepted == found.overall.accepted
    assert sum(counted.n for counted in found.by["source"].values()) == found.overall.n
