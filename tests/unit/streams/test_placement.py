"""Where an identity belongs: ranks of claims, links in time, names of a home."""

import itertools

import pytest
from support.raw import CONTACTS, signal

from streams.account import Account, Registration
from streams.placement import (
    MATCH_RANK,
    best_home,
    better,
    claim_of,
    home_of,
    identity_of,
    is_account,
    is_here,
    linked,
    registry_home,
)  # fmt: skip

CRM, PROVIDER = "t/crm.example", "t/provider.example"


@pytest.mark.parametrize(
    ("fields", "identity"),
    [
        ({"contact_id": "c", "email": "a@b.example", "anonymous_id": "v"}, "contact:c"),
        ({"email": "A@b.example", "anonymous_id": "v"}, "email:a@b.example"), ({"anonymous_id": "v"}, "anon:v"),
    ],
)  # fmt: skip
def test_a_record_is_about_the_strongest_name_it_carries(fields: dict[str, str], identity: str) -> None:
    assert identity_of(signal(**fields)) == identity


@pytest.mark.parametrize(
    ("fields", "rank"),
    [
        ({"email": "a@b.example"}, "email_domain"), ({"email": "a@gmail.com", "account_id": "acc"}, "crm"),
        ({"email": "a@gmail.com", "account_domain": "b.example"}, "provider"),
        ({"anonymous_id": "v", "account_domain": "b.example", "account_match": {"method": "reverse_ip"}}, "reverse_ip"),
    ],
)  # fmt: skip
def test_a_record_claims_its_person_by_how_the_account_was_found(
    fields: dict[str, object], rank: str
) -> None:
    assert claim_of(signal(**fields)).rank == MATCH_RANK[rank]


def test_a_contact_record_outranks_every_match() -> None:
    assert claim_of(signal(CONTACTS, contact_id="c", account_id="a")).rank > max(MATCH_RANK.values())


def test_a_business_address_outranks_a_provider_and_a_reverse_ip() -> None:
    for method in ("provider", "reverse_ip"):
        act = signal(email="a@b.example", account_domain="other.example", account_match={"method": method})
        assert claim_of(act).home.endswith("/b.example")


@pytest.mark.parametrize(("confidence", "placed"), [(0.8, True), (0.79, False)])
def test_a_reverse_ip_places_an_identified_person_only_from_its_confidence_on(
    confidence: float, placed: bool
) -> None:
    match = {"method": "reverse_ip", "confidence": confidence}

    assert (
        bool(claim_of(signal(email="a@gmail.com", account_domain="b.example", account_match=match)).home)
        is placed
    )


def test_who_has_no_account_is_at_home_with_themselves() -> None:
    homes = [home_of(signal(**fields)) for fields in (
        {"contact_id": "c"}, {"email": "a@gmail.com"}, {"anonymous_id": "v"}
    )]  # fmt: skip

    assert [is_account(home) for home in homes] == [False, False, False]


def test_the_best_claim_wins_in_whatever_order_they_came() -> None:
    claims = {CRM: (4, 900, 9, "b"), PROVIDER: (2, 1000, 1, "a"), "t/late.example": (4, 900, 10, "a")}

    for order in itertools.permutations(claims.items()):
        assert best_home(Registration(claims=dict(order))) == CRM


def test_a_claim_is_better_by_rank_then_confidence_then_age() -> None:
    assert better((3, 1, 9, "z"), (2, 1000, 1, "a"))
    assert better((3, 900, 9, "z"), (3, 800, 1, "a"))
    assert better((3, 900, 1, "z"), (3, 900, 2, "a"))
    assert not better((3, 900, 1, "a"), (3, 900, 1, "a"))


def test_a_visitor_is_the_first_person_before_and_the_latest_after_each_link() -> None:
    links = [(10, "a", "contact:one", "h"), (20, "b", "contact:two", "h")]

    people = [(link := linked(links, "anon:v", at)) and link[2] for at in (0, 10, 19, 20, 99)]
    assert people == ["contact:one", "contact:one", "contact:one", "contact:two", "contact:two"]


def test_an_address_stays_with_the_first_contact_it_was_named_with() -> None:
    links = [(10, "a", "contact:one", "h"), (20, "b", "contact:two", "h")]

    assert linked(links, "email:a@b.example", 99) == links[0]
    assert linked([], "email:a@b.example", 99) is None


def test_the_register_of_an_identity_is_told_from_it_alone() -> None:
    assert registry_home("t", "contact:c") == "t/contact:c"
    assert registry_home("t", "anon:v") == "t/anon:v"
    assert registry_home("t", "email:a@b.example", "b.example") == "t/b.example"
    assert registry_home("t", "email:a@gmail.com") == "t/email:a@gmail.com"


def test_a_home_knows_itself_by_all_its_names() -> None:
    account = Account(CRM, aliases=[PROVIDER])

    assert is_here(account, CRM)
    assert is_here(account, PROVIDER)
    assert not is_here(account, "t/other.example")
