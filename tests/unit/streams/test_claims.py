"""What a visitor's acts say of the account counts for the person whom the id stood for at the time."""

from support.stories import DOMAIN, Story

from schemas.signal import Claim
from streams.account import Placed, Rank, Registration
from streams.claims import add_claim, hand_on, hear, inherit, telling

HERE, ELSEWHERE = "t/here.example", "t/elsewhere.example"
CAUSE = Claim(event_id="x", at=1, received=1, identity="anon:v", home=HERE)
LINKS = [(10, "a", "email:one", "t/email:one"), (20, "b", "contact:two", "t/contact:two")]


def heard(*claims: tuple[str, Rank]) -> Registration:
    found = Registration(links=LINKS)
    for home, rank in claims:
        hear(found, "anon:v", home, rank)
    return found


def said(registration: Registration) -> list[tuple[str, str, str, int]]:
    return [
        (registry, claim.identity, claim.home, claim.confidence if claim.rank else 0)
        for registry, claim in hand_on("anon:v", registration, 800, CAUSE)
    ]


def test_each_claim_goes_to_the_person_of_its_time() -> None:
    found = heard((HERE, (1, 900, 5, "e")), (HERE, (1, 900, 25, "f")), (ELSEWHERE, (1, 950, 25, "g")))

    assert said(found) == [
        ("t/contact:two", "contact:two", ELSEWHERE, 950),
        ("t/contact:two", "contact:two", HERE, 900),
        ("t/email:one", "email:one", HERE, 900),
    ]
    assert said(found) == []


def test_an_unsure_reverse_ip_says_nothing_of_an_identified_person() -> None:
    assert said(heard((HERE, (1, 799, 5, "e")))) == []
    assert len(said(heard((HERE, (2, 500, 5, "e"))))) == 1


def test_a_link_that_comes_between_takes_back_what_was_handed_on() -> None:
    found = heard((HERE, (1, 900, 30, "e")))
    said(found)
    found.links = [*LINKS, (25, "c", "email:one", "t/email:one")]

    assert said(found) == [
        ("t/contact:two", "contact:two", HERE, 0),
        ("t/email:one", "email:one", HERE, 900),
    ]


def test_what_is_taken_back_leaves_nothing() -> None:
    found, claim = (
        Registration(),
        Claim(event_id="e", at=5, received=5, identity="email:one", home=HERE, via="anon:v"),
    )
    claim.rank = 1
    inherit(found, claim)
    assert found.inherited == {"anon:v": {HERE: (1, 1000, 5, "e")}}

    claim.rank = 0
    inherit(found, claim)
    assert found.inherited == {}


def test_a_home_tells_the_best_claim_of_each_person_once() -> None:
    notes = Placed(claimed=(1, 900, 5, "e"), links=LINKS)
    for at in (25, 6, 26):
        assert add_claim(notes, (1, 900, at, f"e{at}"), 800)

    assert telling(notes, "anon:v") == [(1, 900, 25, "e25")]
    assert telling(notes, "anon:v") == []


def test_a_private_address_is_where_its_visits_came_from() -> None:
    match = {"account_domain": DOMAIN, "account_match": {"method": "reverse_ip", "confidence": 0.8}}
    story = (
        Story()
        .company()
        .page("v", "docs", 0, 0, contact_id=None, email=None, anonymous_id="v", url="a", **match)
    )
    story.page("v", "docs", 0, 1, contact_id=None, email="rosa@gmail.com", anonymous_id="v", url="b").end()

    assert {m.ref: m.engagement.points for m in story.assessment(0).everybody} == {"rosa@gmail.com": 5000}
