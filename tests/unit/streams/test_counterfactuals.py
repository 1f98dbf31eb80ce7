"""What the score would be without one kind of evidence: the same as if it had never come."""

from collections.abc import Callable

from support.stories import Story

from schemas.decision import Counterfactuals
from streams.counterfactuals import counterfactuals


def told(story: Story, day: int = 1) -> tuple[int, Counterfactuals]:
    found = story.assessment(day)
    return found.S, counterfactuals(found, story.policy)


def without(tell: Callable[[Story], Story]) -> int:
    return tell(Story().buying_group()).assessment().S


def test_without_third_parties_is_as_if_they_had_said_nothing() -> None:
    story = Story().buying_group().reviews("pricing", 1, 40).topic("streams", 1, 41)

    score, found = told(story)
    assert found.without_third_party == without(lambda same: same)
    assert found.without_third_party is not None
    assert found.without_third_party < score


def test_without_email_is_as_if_nothing_prompted_by_it_had_come() -> None:
    story = Story().buying_group()
    story.page("tomas", "pricing", 1, 40, session_source="email")
    story.content("vera", "download_consumed", 1, 41, prompted_by="email", dwell_seconds=90)
    story.say("intent.email.v1", 1, 42, type="forward", contact_id="ines", email="ines@northwind.example")

    score, found = told(story)
    assert found.without_email_prompted == without(lambda same: same)
    assert score != found.without_email_prompted


def test_a_click_is_prompted_by_email_and_a_reply_is_not() -> None:
    story = Story().company().page("vera", "docs", 1)
    mail = {"contact_id": "vera", "email": "vera@northwind.example", "email_id": "m-1"}
    story.say("intent.email.v1", 1, 50, type="reply", **mail)
    replied = story.assessment().S
    story.say("intent.email.v1", 1, 51, type="click", link_id="l", seconds_after_delivery=60, **mail)
    story.page("vera", "login", 1, 52)

    score, found = told(story)
    assert score > replied
    assert found.without_email_prompted == replied


def test_without_the_strongest_person_the_group_is_smaller() -> None:
    story = Story().company()
    for person in ("a", "b"):
        story.page(person, "comparison", 1).page(person, "security", 1, 5)
    story.page("a", "pricing", 1, 9)
    alone = Story().company()
    alone.page("b", "comparison", 1).page("b", "security", 1, 5)

    assert told(story)[1].without_top_person == alone.assessment().S


def test_nothing_to_take_away_changes_nothing() -> None:
    story = Story().company().page("x", "pricing", 1, contact_id=None, email=None, anonymous_id="x",
        account_domain="northwind.example", account_match={"method": "reverse_ip", "confidence": 0.9})  # fmt: skip

    score, found = told(story)
    assert (found.without_third_party, found.without_email_prompted, found.without_top_person) == (score,) * 3


def test_shared_mailboxes_are_asked_again_as_one() -> None:
    story = Story().buying_group()
    before = story.assessment().S
    for box in ("info", "sales"):
        mail = f"{box}@northwind.example"
        page = {"type": "page_view", "page_category": "pricing", "session_source": "email", "session_id": box}
        story.say("intent.web.v1", 1, 50, email=mail, **page)

    score, found = told(story)
    assert score > before
    assert found.without_email_prompted == before
