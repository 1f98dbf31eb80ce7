"""Stories about who somebody is, and where they belong."""

# ruff: noqa: E501  one record a line is easier to read than one in four

from collections.abc import Iterator
from typing import Any

from support.builders import Tale, decayed
from support.tales_signals import two_people


def identities() -> Iterator[Tale]:
    """Every story of this kind."""
    yield no_domain_at_all()
    yield two_tenants()
    yield an_office_somewhere_else()
    yield only_the_office_is_known()
    yield one_device_two_people()
    yield the_other_domain()
    yield no_and_yes_again()
    yield forgotten()
    yield where_her_visits_came_from()


def no_domain_at_all() -> Tale:
    tale = Tale(
        "20-an-account-without-a-domain", "scoring.md 2, 9; R20, R71, R79",
        """
The CRM knows Acme by its id alone, and its people by private addresses. Contact records place them at the account,
so they count, and the account opens under its id.
""",
    )  # fmt: skip
    tale.company("acme", account_domain=None)
    for person, role in (("ann", "champion"), ("ben", "economic_buyer")):
        tale.contact(person, "acme", role, email=f"{person}@gmail.com", account_id="acc-acme")
    tale.pair(0, "10:00").until(1).expect(
        0, S=71.25, I=60, R=65, persons={"ann": 25, "ben": 25}, failed="", state="open"
    )
    return tale.out("opened", 0, "10:01", "T2", "score")


def two_tenants() -> Tale:
    tale = Tale(
        "21-two-tenants-one-domain", "scoring.md 1, 2; R20, R79",
        """
Two tenants sell to the company at acme.example, and even use the same contact ids. What one tenant sees is nothing to
the other: only the first has two people on its pages.
""",
    )  # fmt: skip
    west: dict[str, Any] = {"tenant_id": "west"}
    two_people(tale).pair(0, "10:00")
    tale.company("acme", account_id="acc-acme-west", **west)
    tale.contact("ann", "acme", "champion", **west).contact("ben", "acme", "economic_buyer", **west)
    tale.pair(0, "10:00", people=("ann",), **west).until(1)
    tale.expect(0, S=71.25, persons={"ann": 25, "ben": 25}, state="open")
    tale.expect(
        0, account="acc-acme-west", I=28.75, persons={"ann": 25}, failed="intent people score", state="idle"
    )
    return tale.out("opened", 0, "10:01", "T2", "score")


def an_office_somewhere_else() -> Tale:
    tale = Tale(
        "22-an-office-somewhere-else", "scoring.md 2; R79",
        """
Ann of Acme browses from an office whose address belongs to Bolt: a reverse IP match never moves somebody who has an
account by e-mail. Her acts count at Acme, and Bolt has nobody.
""",
    )  # fmt: skip
    tale.company("acme").company("bolt").contact("ann", "acme", "champion")
    match = {"account_domain": "bolt.example", "account_match": {"method": "reverse_ip", "confidence": 0.95}}
    tale.page("ann", "pricing", 0, "10:00", **match).page(
        "ann", "comparison", 0, "10:01", email="ann@acme.example", **match
    )
    return tale.until(1).expect(0, persons={"ann": 25}).expect(0, account="acc-bolt", I=0, R=0, persons={})


def only_the_office_is_known() -> Tale:
    tale = Tale(
        "23-only-the-office-is-known", "scoring.md 2; R71, R79",
        """
Gia and Hal use private addresses and nobody knows their company. A reverse IP match of 0.8 places Gia at Bolt, who
then counts there; one of 0.79 does not place Hal anywhere.
""",
    )  # fmt: skip
    tale.company("bolt")
    for person, confidence in (("gia", 0.8), ("hal", 0.79)):
        match = {
            "account_domain": "bolt.example",
            "account_match": {"method": "reverse_ip", "confidence": confidence},
        }
        tale.page(person, "pricing", 0, "10:00", email=f"{person}@gmail.com", **match)
    return tale.until(1).expect(0, I=11.25, people=1, persons={"gia": 12.5}, anonymous=0)


def one_device_two_people() -> Tale:
    tale = Tale(
        "24-one-device-two-people", "scoring.md 2, 4; R27, R28, R79",
        """
A visitor of Acme (reverse IP, 0.9) reads pricing; then Ann signs in on that device, then comparison is read, then Ben
signs in, then security is read. What came before anybody signed in is Ann's, as is what followed her; what followed
Ben is his. The points move, and nothing is counted twice. The two people make S 58.18: warm, a near miss, and an early
notice at midnight.
""",
    )  # fmt: skip
    two_people(tale)
    office = {"anonymous_id": "device", "account_domain": "acme.example"}
    office["account_match"] = {"method": "reverse_ip", "confidence": 0.9}  # type: ignore[assignment]
    tale.page(None, "pricing", 0, "10:00", source="organic_search", **office)
    tale.page("ann", "docs", 1, "10:00", source="organic_search", anonymous_id="device")
    tale.page(None, "comparison", 1, "11:00", source="organic_search", **office)
    tale.page("ben", "docs", 2, "10:00", source="organic_search", anonymous_id="device")
    tale.page(None, "security", 2, "11:00", source="organic_search", **office).until(3)
    tale.expect(0, anonymous=10, persons={}, people=0, n_current=0)
    tale.expect(1, anonymous=0, persons={"ann": decayed(10, 1) + 12}, people=1, n_current=2)
    ann = decayed(10, 2) + decayed(10, 1) + decayed(2, 1)
    tale.expect(
        2,
        anonymous=0,
        persons={"ann": ann, "ben": 8.25},
        S=58.18,
        I=33.861,
        people=2,
        n_current=3,
        state="warming",
    )
    return tale.out("near_miss", 2, "11:01").out("early", 3, "00:00", "early", "score")


def the_other_domain() -> Tale:
    tale = Tale(
        "25-the-other-domain-of-a-company", "scoring.md 2, 7; R20, R27, R79",
        """
Dan writes from acme-labs.example and looks like another company, until a profile says that the domain is Acme's. Then
his points are at Acme, with those of Ann: two people and S 63.516, a near miss, and an early notice at midnight. What Dan does afterwards
goes straight there.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme", "champion").pair(0, "09:00", people=("ann",))
    dan = {"email": "dan@acme-labs.example"}
    for category in ("comparison", "security"):
        tale.page(None, category, 0, "10:00", **dan)
    tale.company("acme", 0, "12:00", alt_domains=["acme-labs.example"])
    tale.page(None, "docs", 0, "14:00", **dan).until(1)
    tale.expect(0, "11:00", I=28.75, people=1, persons={"ann": 25})
    tale.expect(
        0, "13:00", S=63.516, I=47.031, people=2, persons={"ann": 25, "dan@acme-labs.example": 20.312}
    )
    tale.expect(0, I=49.281, people=2, persons={"ann": 25, "dan@acme-labs.example": 22.812})
    return tale.out("near_miss", 0, "12:01").out("early", 1, "00:00", "early", "score")


def no_and_yes_again() -> Tale:
    tale = Tale(
        "29-no-and-yes-again", "scoring.md 2, 9; R74, R79",
        """
Ann refuses consent on Tuesday and does not count; on Wednesday she grants it and counts again, with what she did
before. A second refusal that is received on Thursday, but was given on Tuesday, changes nothing: the latest statement
by the time it was made decides.
""",
    )  # fmt: skip
    two_people(tale).pair(0, "10:00", people=("ann",))
    tale.page("ann", "home", 1, "10:00", source="organic_search", consent={"state": "denied"})
    tale.page("ann", "home", 2, "10:00", source="organic_search", consent={"state": "granted"})
    tale.page(
        "ann", "legal", 1, "12:00", source="organic_search", consent={"state": "denied"}, delay=2 * 86400
    ).until(4)
    tale.expect(0, persons={"ann": 25}).expect(1, persons={}, I=0)
    other = decayed(0.5 + 0.5, 2, 7) + decayed(0.5, 1, 7)
    return tale.expect(3, persons={"ann": 2 * decayed(12.5, 3) + other})


def forgotten() -> Tale:
    tale = Tale(
        "33-forgotten", "scoring.md 7, 10; R79, R82",
        """
Two people open an episode. Ben is erased: his points are gone, Ann is still engaged, and the alert stands. When Ann,
the last engaged person, is erased too, it is withdrawn. What Ben did before and what arrives only now stays away.
""",
    )  # fmt: skip
    two_people(tale).pair(0, "10:00").erase(1, "10:00", contact_id="ben", email="ben@acme.example")
    tale.page("ben", "pricing", 0, "11:00", delay=86400 + 7200).erase(
        2, "11:00", contact_id="ann", email="ann@acme.example"
    )
    tale.until(3).expect(0, S=71.25, persons={"ann": 25, "ben": 25}, state="open")
    tale.expect(1, persons={"ann": 2 * decayed(12.5, 1)}, people=1, state="open").expect(
        2, persons={}, I=0, state="cooling"
    )
    return tale.out("opened", 0, "10:01", "T2", "score").out("withdrawn", 2, "11:01", "T2", "score")


def where_her_visits_came_from() -> Tale:
    tale = Tale(
        "100-where-her-visits-came-from", "scoring.md 2; R71, R79",
        """
Two visitors read pricing, and reverse IP says Bolt: of one at 0.9, of the other at 0.79. On the next day they sign in
with private addresses, as Gia and Hal, and no record knows a company of theirs. What an anonymous visitor's acts say of
the account, they say of the person: Gia is at Bolt with all she did, Hal is nowhere, for an identified person needs 0.8.
On the third day Gia's device is seen at Acme, at 0.95: of two matches the surer one counts, and all she did follows.
""",
    )  # fmt: skip
    tale.company("acme").company("bolt")
    for number, (person, confidence) in enumerate((("gia", 0.9), ("hal", 0.79))):
        match = {
            "account_domain": "bolt.example",
            "account_match": {"method": "reverse_ip", "confidence": confidence},
        }
        tale.page(None, "pricing", 0, f"10:0{number}", "organic_search", anonymous_id=f"v-{person}", **match)
        who = {"anonymous_id": f"v-{person}", "email": f"{person}@gmail.com"}
        tale.page(None, "docs", 1, f"10:0{number}", "organic_search", **who)
    match = {"account_domain": "acme.example", "account_match": {"method": "reverse_ip", "confidence": 0.95}}
    tale.page(None, "comparison", 2, "10:00", "organic_search", anonymous_id="v-gia", **match).until(3)
    tale.expect(0, account="acc-bolt", anonymous=10, persons={}, people=0)
    tale.expect(1, account="acc-bolt", anonymous=0, persons={"gia@gmail.com": decayed(10, 1) + 2}, people=1)
    tale.expect(2, account="acc-bolt", I=0, anonymous=0, persons={}, people=0)
    gia = decayed(10, 2) + decayed(2, 1) + 10
    return tale.expect(2, anonymous=0, persons={"gia@gmail.com": gia}, people=1, failed="intent people score")
