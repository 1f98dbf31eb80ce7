"""People move to the account they belong to; their weight moves with them, once, whatever came first."""

import itertools
from collections.abc import Callable

import pytest
from support.stories import ACCOUNT, DOMAIN, Story

Step = Callable[[Story], Story]
OTHER = "brightwater.example"


def reads(name: str, address: str | None, minute: int, **fields: object) -> Step:
    return lambda story: story.page(name, "docs", 0, minute, contact_id=None, email=address, **fields)


def points(story: Story, domain: str = DOMAIN) -> dict[str, int]:
    found = story.end().replay.pipeline.assessment(f"default/{domain}", story.replay.now)
    return {} if found is None else {m.ref: m.engagement.points for m in found.everybody}


def told(steps: list[Step]) -> Story:
    story = Story().company()
    for step in steps:
        step(story)
    return story


def works_here(story: Story) -> Story:
    return story.contact("c-rosa", 0, 0, email="rosa@gmail.com", account_id=ACCOUNT, account_domain=DOMAIN)


def test_a_contact_record_brings_everything_its_person_did_before() -> None:
    assert points(works_here(told([reads("rosa", "rosa@gmail.com", 0)]))) == {"c-rosa": 2500}


def test_a_contact_record_that_came_first_places_what_follows() -> None:
    assert points(told([works_here, reads("rosa", "rosa@gmail.com", 0)])) == {"c-rosa": 2500}


def test_a_visitor_who_signs_in_brings_their_visits() -> None:
    visit = reads("v", None, 0, anonymous_id="v", url="a")
    signs_in = reads("rosa", f"rosa@{DOMAIN}", 1, anonymous_id="v", url="b")

    assert points(told([visit, signs_in])) == {f"rosa@{DOMAIN}": 5000}


def test_a_visitor_seen_at_another_account_takes_their_points_with_them() -> None:
    match = {"account_domain": OTHER, "account_match": {"method": "reverse_ip", "confidence": 0.9}}
    steps = [
        reads("v", None, 0, anonymous_id="v", url="a", **match),
        reads("rosa", f"rosa@{DOMAIN}", 1, anonymous_id="v", url="b"),
    ]
    story = told(steps)

    assert points(story) == {f"rosa@{DOMAIN}": 5000}
    assert points(story, OTHER) == {}


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_the_order_of_records_within_a_minute_does_not_matter(order: tuple[int, ...]) -> None:
    steps: list[Step] = [
        reads("v", None, 0, anonymous_id="v", url="a", event_id="1"),
        reads("rosa", "rosa@gmail.com", 0, anonymous_id="v", url="b", event_id="2"),
        works_here,
        reads("tomas", f"tomas@{DOMAIN}", 0, url="c", event_id="3"),
    ]

    assert points(told([steps[n] for n in order])) == {"c-rosa": 5000, f"tomas@{DOMAIN}": 2500}


def test_another_name_of_the_company_becomes_a_forwarding_address() -> None:
    story = Story().page("sven", "docs", 0, 0, email=f"sven@{OTHER}", contact_id=None)
    story.company(0, 5, alt_domains=[OTHER]).page(
        "lena", "docs", 0, 10, email=f"lena@{OTHER}", contact_id=None
    )

    assert points(story) == {f"lena@{OTHER}": 2500, f"sven@{OTHER}": 2500}
    assert points(story, OTHER) == {}


def test_third_party_rows_follow_to_the_main_name_and_count_once() -> None:
    story = Story().page("sven", "docs", 0, 0, email=f"sven@{OTHER}", contact_id=None)
    story.topic("streaming", 0, 1, account_domain=OTHER).topic("streaming", 0, 2, score=60)
    story.company(0, 5, alt_domains=[OTHER]).end()

    assert [row.points for row in story.assessment(0).third_rows] == [5625]


def test_a_private_address_without_a_company_counts_nowhere() -> None:
    assert points(told([reads("rosa", "rosa@gmail.com", 0)])) == {}
