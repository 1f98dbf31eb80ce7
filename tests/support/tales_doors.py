"""Stories about who is let in: hand-raises by every kind of link, gates that other paths do not bypass, side states."""

from collections.abc import Iterator
from typing import Any

from support.builders import Tale, decayed
from support.tales_episodes import BACK, OPEN, QUIET, opened
from support.tales_signals import two_people

DENIED = {"state": "denied"}


def doors() -> Iterator[Tale]:
    """Every story of this kind."""
    yield however_we_know()
    yield nobody_we_know()
    yield three_in_the_window()
    yield act_now_needs_fit()
    yield a_mailbox_has_no_consent()
    yield whose_account_is_it()
    yield taken_back_and_returned()
    yield written_another_way()
    yield talked_about_only()
    yield an_opportunity_we_had()


def reverse_ip(domain: str, confidence: float) -> dict[str, Any]:
    """How a record says that an address belongs to a company."""
    return {"account_domain": domain, "account_match": {"method": "reverse_ip", "confidence": confidence}}


def however_we_know() -> Tale:
    tale = Tale(
        "59-however-we-know-the-company", "scoring.md 2, 8; R37, R71, R107",
        """
Four people with private addresses ask for a demo. Gia has a contact record; Hal's request carries the id of an account
that no profile knows, which is a CRM match (fit unknown: F 50); Ike's comes from an address that is Bolt's with 0.8:
FAST, each at its own time (section 8). Jo's match is 0.79: review, and after 30 minutes not released (freemail).
""",
    )  # fmt: skip
    tale.company("acme").company("bolt").contact(
        "gia", "acme", "champion", email="gia@gmail.com", account_id="acc-acme"
    )
    links: dict[str, dict[str, Any]] = {
        "gia": {}, "hal": {"account_id": "acc-zeta"}, "ike": reverse_ip("bolt.example", 0.8),
        "jo": reverse_ip("bolt.example", 0.79),
    }  # fmt: skip
    for minute, (person, link) in enumerate(links.items()):
        form = {"email": f"{person}@gmail.com", "session_source": "organic_search", **link}
        tale.asks(person, 0, f"10:0{minute}:10", **form)
    tale.until(1).expect(0, S=42.75, I=23, R=25, persons={"gia": 20}, state="open")
    tale.expect(0, account="acc-zeta", S=26.5, F=50, I=18, R=20, persons={"hal": 20}, state="open")
    tale.expect(0, account="acc-bolt", S=39, F=100, I=18, R=20, persons={"ike": 20}, state="open")
    for minute, subject in enumerate(("acc-acme", "acc-zeta", "acc-bolt")):
        tale.out("opened", 0, f"10:0{minute}:10", "FAST", "hand_raise", subject=subject)
    tale.out("held", 0, "10:03:10", None, "hand_raise", subject="jo")
    return tale.out("not_released", 0, "10:34", None, "hand_raise", "freemail", subject="jo")


def nobody_we_know() -> Tale:
    tale = Tale(
        "60-nobody-we-know", "scoring.md 8; R71, R79, R95",
        """
Hand-raises of people without a company go to review (section 8) and are never silence: a disposable address, a visitor
without any link (unresolved), and one from a business address (0.9) that no profile knows. The subject is the contact,
the visitor, or the unknown domain.
""",
    )  # fmt: skip
    tale.company("acme")
    asked: tuple[tuple[str | None, dict[str, Any], str, str], ...] = (
        ("kim", {"email": "kim@mailinator.com"}, "kim", "disposable"),
        (None, {"anonymous_id": "cookie-7"}, "cookie-7", "unresolved"),
        (
            None,
            {"anonymous_id": "cookie-8", **reverse_ip("zeta.example", 0.9)},
            "zeta.example",
            "unknown_company",
        ),
    )
    for minute, (person, link, subject, reason) in enumerate(asked):
        tale.asks(person, 0, f"10:0{minute}:10", **link)
        tale.out("held", 0, f"10:0{minute}:10", None, "hand_raise", subject=subject)
        tale.out("not_released", 0, f"10:3{minute + 1}", None, "hand_raise", reason, subject=subject)
    return tale.until(1).expect(0, I=0, R=0, people=0, state="idle")


def three_in_the_window() -> Tale:
    tale = Tale(
        "61-three-within-the-week", "scoring.md 4, 5, 7; R15, R27, R98",
        """
1,000 employees: three people, also for a surge (section 5). Cay was here ten days ago and is still engaged; Ann and Ben
have four person-days in the window, but are only two in it: all gates, no surge, T2. When Cay reads docs the next day
they are three: T1, a rise of tier.
""",
    )  # fmt: skip
    two_people(tale).company("acme", -80, employees=1000).contact("cay", "acme", "technical_evaluator")
    tale.pair(-10, "10:00", people=("cay",)).page("ann", "docs", 0, "10:00").page("ben", "docs", 0, "10:00")
    tale.pair(1, "10:00").page("cay", "docs", 2, "10:00").until(3)
    tale.expect(0, F=100, R=25, people=1, n_current=2, failed="intent people score", state="idle")
    each = 25 + decayed(2.5, 1) + 2.5
    tale.expect(1, R=80, people=3, persons={"ann": each, "ben": each, "cay": 2 * decayed(12.5, 11)},
                n_current=4, surge=False, failed="", state="open")  # fmt: skip
    tale.expect(2, R=95, people=3, n_current=5, surge=True, failed="", state="open")
    tale.out("opened", 1, "10:01", "T2", "score")
    return tale.out("updated", 2, "10:01", "T1", "surge", "tier_rise")


def act_now_needs_fit() -> Tale:
    tale = Tale(
        "62-act-now-needs-fit", "scoring.md 6, 7, 8; R1, R2, R9",
        """
Two people on pricing are an act-now, which bypasses every gate but fit (section 8). F is 45: S 57.5 is warm, a near
miss, and there is no early notice either. When the CRM corrects the size, F is 75 and S 65: T2, act_now.
""",
    )  # fmt: skip
    small = {"employees": 10, "named_account": False, "country": "JP"}
    tale.company("acme", **small).contact("ann", "acme", "champion").contact("ben", "acme", "economic_buyer")
    tale.pair(0, "10:00").company("acme", 1, "15:00", **{**small, "employees": 400}).until(2)
    tale.expect(0, S=57.5, F=45, I=60, R=65, failed="fit score", state="warming")
    tale.expect(1, F=75, R=65, failed="score", state="open").out("near_miss", 0, "10:01")
    return tale.out("opened", 1, "15:01", "T2", "act_now").out("cleared", 1, "15:01")


def a_mailbox_has_no_consent() -> Tale:
    tale = Tale(
        "63-a-mailbox-is-nobody", "scoring.md 4, 8, 9; R27, R37",
        """
Dora refuses consent and asks for a demo: excluded, no record. The same from info@ is answered: checks of consent do not
apply to shared mailboxes (section 9), which are one person without a role (x0.9).
""",
    )  # fmt: skip
    tale.company("acme").asks("dora", 0, "10:00:10", email="dora@acme.example", consent=DENIED)
    tale.asks(None, 0, "11:00:10", email="info@acme.example", consent=DENIED).until(1)
    tale.expect(0, "10:30", I=0, R=0, people=0, persons={}, state="idle")
    tale.expect(0, S=39, I=18, R=20, people=1, persons={"shared": 20}, state="open")
    return tale.out("opened", 0, "11:00:10", "FAST", "hand_raise")


def whose_account_is_it() -> Tale:
    tale = Tale(
        "64-whose-account-is-it", "scoring.md 7, 10; R80, R99",
        f"""
{OPEN} The policy asks for an owner in every event (`required_fields`): the alert is held, not dropped, until the CRM
names one in the afternoon.
""",
        policy={"required_fields": ["channel", "owner"]},
    )  # fmt: skip
    two_people(tale).pair(0, "10:00").company("acme", 0, "15:00", owner="rep-1").until(1)
    tale.expect(0, "12:00", S=71.25, failed="", state="held").expect(0, state="open")
    return tale.out("opened", 0, "15:01", "T2", "score")


def taken_back_and_returned() -> Tale:
    tale = Tale(
        "65-taken-back-and-returned", "scoring.md 7, 8; R82, R104",
        f"""
{OPEN} On day 1 an opportunity is open: withdrawn, redirected. A demo request of day 2 goes to its owner. On day 3 the
CRM says prospect again: back to cooling, as the episode's cooldown runs until 14 days after the TTL (section 7). The
same two come back on day 10, as strongly: T2 is no rise, silence.
""",
    )  # fmt: skip
    opened(tale).company("acme", 1, "09:00", lifecycle="open_opp", open_opportunity_id="opp-1")
    tale.asks("ann", 2, "09:00:10").company("acme", 3, "09:00", open_opportunity_id="").pair(
        10, "10:00"
    ).until(11)
    tale.expect(1, state="redirected").expect(4, state="cooling").expect(
        10, failed="", surge=False, state="cooling"
    )
    tale.out("withdrawn", 1, "09:01", "T2", "score")
    return tale.out("redirected", 2, "09:00:10", None, "hand_raise")


def written_another_way() -> Tale:
    tale = Tale(
        "66-written-another-way", "scoring.md 1, 2; R79",
        """
One person in three spellings of an address, a tenant that is named or left out, empty texts that mean absent, a time of
another zone, a schema version as text, a field nobody knows: one person, two visits of one day.
""",
    )  # fmt: skip
    tale.company("acme")
    tale.page(None, "pricing", 0, "10:00", "organic_search", email="Ann@Acme.Example", tenant_id="default")
    tale.page("", "security", 0, "10:05", "organic_search", email=" ann@acme.example ", schema_version="1",
              account_id="", shoe_size=43)  # fmt: skip
    tale.page("", "why_us", 0, "10:10", "organic_search", email="ANN@acme.example", tenant_id="",
              occurred_at="2026-03-17T00:10:00+14:00")  # fmt: skip
    tale.until(1)
    return tale.expect(0, people=1, engaged=1, persons={"ann@acme.example": 21.25}, n_current=1, state="idle")


def talked_about_only() -> Tale:
    tale = Tale(
        "67-talked-about-only", "scoring.md 2, 3; R59, R61",
        """
A provider reports one brand topic (11.25) of three companies. Acme has a profile, somebody of Cole was on the pages:
it counts. Nobody knows Bolt: third-party signals create no state (section 2), and the profile of the next day finds
nothing. None of it fires.
""",
    )  # fmt: skip
    tale.company("acme").page(None, "docs", 0, "09:00", "organic_search", email="uma@cole.example")
    for company in ("acme", "bolt", "cole"):
        tale.topic(company, "streaming", 0, "10:00", 100, "brand")
    tale.company("bolt", 1).until(2).expect(0, S=30.625, third_party=11.25, people=0, state="idle")
    tale.expect(0, account="cole.example", I=13.05, third_party=11.25, persons={"uma@cole.example": 2})
    return tale.expect(1, account="acc-bolt", S=25, I=0, third_party=0, state="idle")


def an_opportunity_we_had() -> Tale:
    tale = Tale(
        "68-an-opportunity-we-had", "scoring.md 7, 9; R82, R118",
        f"""
{OPEN} Sales: there is an opportunity already. The cooldown lasts until it is closed, however long. {QUIET} {BACK}
Silence. On day 22 the CRM says that nothing is open: the cooldown is over, and the account, still strong, opens again.
""",
    )  # fmt: skip
    opened(tale).says("rejected", 1, "09:00", reason="existing_opp").pair(20, "14:00")
    tale.company("acme", 22, "15:00", lifecycle="prospect", open_opportunity_id="").until(23)
    tale.expect(20, S=77.25, failed="", state="cooling").expect(22, state="open")
    return tale.out("opened", 22, "15:01", "T2", "score")
