"""The people of an account, in events and in the cards of a score."""

from support.stories import Story, a_policy

from streams.buying_group import buying_group, contact_cards, primary_of


def test_the_group_names_roles_covered_and_missing() -> None:
    story = Story().company().contact("ines", role="champion")
    for minute, page in enumerate(("comparison", "security")):
        story.page("ines", page, 1, minute)
    found = buying_group(story.assessment(), story.policy)

    assert (found.engaged_people, found.roles_covered) == (1, ["champion"])
    assert found.roles_missing == ["economic_buyer", "technical_evaluator"]
    assert found.completeness == 333


def test_people_are_told_strongest_first_with_their_share() -> None:
    story = Story().buying_group()
    found = buying_group(story.assessment(), story.policy)

    assert [person.contact_id for person in found.people] == ["ines", "vera", "tomas"]
    assert found.people[0].name == "Ines Doe"
    assert found.people[0].title == "Head of Data"
    assert found.people[0].top_signals[0] == "web.comparison"
    assert found.people[1].seniority == "vp"
    assert 997 <= sum(person.share for person in found.people) <= 1000
    assert found.people[0].last_seen == "2026-03-17T09:11:00.000Z"


def test_half_a_visitor_is_an_equivalent_only_beside_a_person() -> None:
    match = {"method": "reverse_ip", "confidence": 0.9}
    visitor = {"contact_id": None, "email": None, "anonymous_id": "x", "account_match": match}
    story = Story().company().page("x", "comparison", 1, account_domain="northwind.example", **visitor)

    assert buying_group(story.assessment(), story.policy).anonymous_equivalents == 0
    story.page("ines", "comparison", 1, 5)
    assert buying_group(story.assessment(), story.policy).anonymous_equivalents == 500


def test_the_primary_contact_can_be_reached() -> None:
    story = Story().company().contact("ines", channels=[]).contact("tomas", channels=["phone"])
    for person in ("ines", "tomas"):
        story.page(person, "comparison", 1).page(person, "security", 1, 3)
    story.page("ines", "pricing", 1, 5)

    first = primary_of(story.assessment())
    assert first is not None
    assert first.ref == "tomas"
    group = buying_group(story.assessment(), story.policy)
    assert group.primary_contact_id == "tomas"
    assert group.people[0].channels.email_ok is False
    assert group.people[1].channels.phone_ok is True


def test_who_asked_is_the_one_to_call() -> None:
    story = Story().buying_group().asks("vera", 1, 50)

    assert story.of("updated")[-1]["data"]["buying_group"]["primary_contact_id"] == "vera"
    assert story.of("updated")[-1]["contactid"] == "vera"


def test_an_address_alone_has_no_contact_id() -> None:
    story = Story().company().page("x", "pricing", 1, contact_id=None, email="x@northwind.example")
    found = buying_group(story.assessment(), story.policy).people[0]

    assert (found.contact_id, found.person_ref) == (None, "x@northwind.example")


def test_shared_mailboxes_are_one_nameless_person() -> None:
    story = Story().company().contact("info", name="Desk", title="Front desk")
    story.page("info", "pricing", 1).page("sales", "security", 1, 5)
    found = buying_group(story.assessment(), story.policy).people

    assert [(one.person_ref, one.contact_id, one.name) for one in found] == [("shared", None, None)]
    assert found[0].channels.email_ok is True


def test_cards_show_who_is_left_out_and_why() -> None:
    story = Story().company().page("ines", "pricing", 1).contact("stu", title="Student")
    story.page("stu", "pricing", 1, 5)
    story.page("eve", "pricing", 1, 6, consent={"state": "denied"}).contact("eve", 1, name="Eve Noe")
    cards = {card.person: card for card in contact_cards(story.assessment(), story.policy)}

    assert cards["stu"].excluded == "student"
    assert cards["stu"].title == "Student"
    assert (cards["eve"].excluded, cards["eve"].name) == ("opted_out", None)
    assert (cards["ines"].excluded, cards["ines"].share) == ("", 1000)


def test_cards_are_bounded_and_the_excluded_go_first() -> None:
    story = Story(a_policy(scores={"contact_cards": 2})).company()
    story.contact("stu", title="Student").page("stu", "pricing", 1)
    for person in ("a", "b"):
        story.page(person, "docs", 1, 5)

    assert [card.person for card in contact_cards(story.assessment(), story.policy)] == ["a", "b"]
