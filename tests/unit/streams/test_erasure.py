"""Forgetting a person: nothing of them is left in state or scores, also after all their records come again."""

from typing import Any

import msgspec
import pytest
from support.stories import ACCOUNT, DOMAIN, Story

from streams.erasure import digest
from streams.pipeline import Pipeline


def everything(pipeline: Pipeline) -> bytes:
    """All bytes the state would be stored as, keys and values."""
    store = pipeline.store
    for home in list(store.homes()):
        store.touch(home)
        for identity in list(store.ledgers(home)):
            store.touch(home, identity)
    store.touch_meta()
    return b"".join(key + value for key, value in store.snapshot_dirty() if value is not None)


def erase(story: Story, day: int = 2, minute: int = 0, **who: Any) -> Story:
    return story.say("intent.erase.v1", day, minute, type="erase", **who)


def left(story: Story, canary: str) -> list[str]:
    """Where the name still stands: in the state, or in a score published since the erasure."""
    story.records.clear()
    story.end()
    scores = msgspec.json.encode(story.scores())
    found = {"state": everything(story.replay.pipeline), "scores": scores}
    return [place for place, held in found.items() if canary.encode() in held.lower()]


def again(story: Story) -> Story:
    """Every record but the erasure comes once more."""
    for home, record in list(story.inputs):
        if record.event_id != "gone":
            list(story.replay.feed(home, record))
    return story


def known_by_all_names() -> Story:
    """Rosa as a visitor, by a private address, by her work address and as a contact."""
    story = Story().company().page("x", "docs", -3, contact_id=None, email=None, anonymous_id="rosa-visitor",
        account_domain=DOMAIN, account_match={"method": "reverse_ip", "confidence": 0.9})  # fmt: skip
    story.page("x", "pricing", -2, contact_id=None, email="rosa@gmail.com", anonymous_id="rosa-visitor")
    story.contact(
        "c-rosa", -1, email="rosa@gmail.com", account_id=ACCOUNT, account_domain=DOMAIN, name="Rosa"
    )
    return story.page("x", "demo", 0, contact_id="c-rosa", email=f"rosa@{DOMAIN}").page("tomas", "docs", 0, 5)


@pytest.mark.parametrize(
    "who", [{"contact_id": "c-rosa"}, {"email": "Rosa@gmail.com"}, {"anonymous_id": "rosa-visitor"}]
)
def test_by_any_of_their_names_nothing_is_left(who: dict[str, Any]) -> None:
    story = known_by_all_names()
    assert left(story, "rosa") == ["state", "scores"]

    assert left(erase(story, event_id="gone", **who), "rosa") == []


@pytest.mark.parametrize("who", [{"contact_id": "c-rosa"}, {"anonymous_id": "rosa-visitor"}])
def test_older_records_that_come_again_bring_nobody_back(who: dict[str, Any]) -> None:
    story = erase(known_by_all_names(), event_id="gone", **who)
    story.end()

    assert left(again(story), "rosa") == []


def test_the_others_stay_as_they_were() -> None:
    story = known_by_all_names()
    before = [m.engagement.points for m in story.assessment(2).members if m.ref == "tomas"]
    erase(story, event_id="gone", contact_id="c-rosa").end()

    assert [m.engagement.points for m in story.assessment(2).members] == before


def test_who_comes_back_after_the_erasure_is_somebody_new() -> None:
    story = erase(known_by_all_names(), event_id="gone", contact_id="c-rosa")
    story.page("x", "docs", 3, contact_id="c-rosa", email=f"rosa@{DOMAIN}").end()

    rosa = next(m for m in story.assessment(3).members if m.ref == "c-rosa")
    assert rosa.engagement.points == 2500


def test_a_visitor_of_three_people_is_forgotten_with_any_of_them() -> None:
    story = Story().company()
    for day, name in enumerate(("anna", "rosa", "zoe")):
        story.page(name, "docs", day, anonymous_id="kiosk").page(name, "blog", day, 30, contact_id=None, email=None,
            anonymous_id="kiosk", account_domain=DOMAIN)  # fmt: skip
    erase(story, 3, event_id="gone", contact_id="rosa").end()

    assert left(story, "rosa") == []
    assert {m.ref for m in story.assessment(3).members} == {"anna", "zoe"}
    assert all(m.engagement.points <= 2500 for m in story.assessment(3).members)  # nobody inherits her acts


def test_a_home_of_the_person_alone_is_gone_with_them() -> None:
    story = Story().page("x", "docs", 0, contact_id=None, email="rosa@gmail.com")
    assert len(list(story.replay.pipeline.store.homes())) > 0

    erase(story, event_id="gone", email="rosa@gmail.com").end()
    assert list(story.replay.pipeline.store.homes()) == []


def test_the_last_engaged_person_takes_the_alert_with_them() -> None:
    story = erase(Story().company().asks("ines"), 0, 5, contact_id="ines").end(1)

    assert [e["data"]["decision"]["cause"] for e in story.of("withdrawn")] == ["erased"]
    assert story.account().machine.state == "cooling"
    assert story.end(20).of("expired") == []


def test_an_alert_stays_while_somebody_else_is_engaged() -> None:
    story = erase(Story().company().asks("ines").asks("tomas", 0, 1), 0, 5, contact_id="ines").end(1)

    assert story.of("withdrawn") == []


def test_an_alert_that_nobody_was_engaged_for_any_more_stays_until_its_exit() -> None:
    story = Story(None).company().contact("bob", -1)
    match = {"account_id": ACCOUNT, "account_domain": DOMAIN, "account_match": {"method": "crm"}}
    story.asks("v", 0, 0, contact_id=None, email=None, anonymous_id="v", **match)
    assert story.of("opened")

    assert erase(story, 0, 5, contact_id="bob").end(1).of("withdrawn") == []


def test_an_account_without_a_profile_is_withdrawn_too() -> None:
    match = {"account_id": "acc-j", "account_domain": "juniper.example", "account_match": {"method": "crm"}}
    story = Story().asks("jo", 0, 0, email="jo@juniper.example", **match)
    assert story.of("opened")

    assert len(erase(story, 0, 5, contact_id="jo").end(1).of("withdrawn")) == 1


def test_an_erasure_sent_twice_changes_nothing_more() -> None:
    story = erase(known_by_all_names(), event_id="gone", contact_id="c-rosa").end()
    before = everything(story.replay.pipeline)
    again = story.inputs[-1]
    story.replay.pipeline.apply(*again)

    assert everything(story.replay.pipeline) == before


def test_a_move_that_was_under_way_brings_nobody_back() -> None:
    """The old home sent Rosa on before the erasure reached it; the record arrives afterwards."""
    moves: list[tuple[str, Any]] = []
    story = Story()
    story.replay._record = lambda home, record: moves.append((home, record)) if _is_move(record) else None
    story.company().page("x", "docs", -2, contact_id="c-rosa", email="rosa@gmail.com")
    story.contact("c-rosa", -1, email="rosa@gmail.com", account_id=ACCOUNT, account_domain=DOMAIN)
    assert moves
    erase(story, event_id="gone", contact_id="c-rosa").end()
    for home, record in list(moves):
        story.replay.pipeline.apply(home, record)

    assert left(story, "rosa") == []


def _is_move(record: object) -> bool:
    return type(record).__name__ in ("Move", "Claim", "Place")


def test_a_digest_names_nobody_and_differs_by_tenant() -> None:
    assert digest("a", "contact:rosa") != digest("b", "contact:rosa")
    assert digest("a", "contact:rosa") < 1 << 64
