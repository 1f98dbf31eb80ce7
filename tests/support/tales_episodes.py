"""Stories about the episode: when sales hears of an account, and when it does not."""

# ruff: noqa: E501  one record a line is easier to read than one in four

from collections.abc import Iterator
from typing import Any

from support.builders import Tale, decayed
from support.tales_signals import two_people

OPEN = "Two people on pricing and comparison in one minute: I 60, R 65, S 71.25, T2."
QUIET = (
    "The episode leaves `open` on day 17: from day 15 on nobody has done anything for more than 14 days, S is below 55, "
    "and 48 hours later it exits."
)
BACK = "On day 20 the same two come back as strongly (30 points each, S 77.25)."


def episodes() -> Iterator[Tale]:
    """Every story of this kind."""
    yield a_thousand_employees()
    yield the_same_four_again()
    yield from after_a_rejection()
    yield until_it_is_closed()
    yield recycled_but_they_ask()
    yield nobody_can_be_reached()
    yield only_by_phone()
    yield every_mail_bounced()
    yield without_a_crm()
    yield early_birds()
    yield may_i_talk_to_somebody()
    yield no_customer_any_more()
    yield may_not_be_served()
    yield one_alert_a_day()


def opened(tale: Tale) -> Tale:
    """The pair of day 0, and its record."""
    return two_people(tale).pair(0, "10:00").out("opened", 0, "10:01", "T2", "score")


def a_thousand_employees() -> Tale:
    tale = Tale(
        "03-a-large-company-needs-three", "scoring.md 4, 6, 7; R15, R27, R28, R68",
        """
1,500 employees are within twice the ICP's maximum (half of 30: F 85), and from 1,000 on the gate asks for three
people. Two leave S at 69.062, warm, a near miss. The third, a technical evaluator (20.312 x 1.1), opens it.
""",
    )  # fmt: skip
    tale.company("acme", employees=1500)
    for person, role in (("ann", "champion"), ("ben", "economic_buyer"), ("cay", "technical_evaluator")):
        tale.contact(person, "acme", role)
    tale.calm(0, "10:00").page("cay", "comparison", 0, "12:00").page("cay", "security", 0, "12:00:20").until(
        1
    )
    tale.expect(0, "11:00", S=69.062, F=85, people=2, failed="people score", state="warming")
    tale.expect(0, S=83.984, F=85, I=85.468, R=80, people=3, failed="", surge=False, state="open")
    tale.out("near_miss", 0, "10:01").out("opened", 0, "12:01", "T2", "score")
    return tale.out("cleared", 0, "12:01")


def the_same_four_again() -> Tale:
    tale = Tale(
        "07-the-same-four-come-back-too-soon", "scoring.md 5, 7; R98, R104, R106",
        """
Four people surge: T1. Nobody answers the alert: expired after 7 days, out of `open` on day 17, cooling until 14 days
after the TTL. On day 19 the same four come back, with a surge: no role that the episode did not have, so no override,
and no tier to rise to: silence. On day 21 the cooldown ends and the account, still strong, opens again.
""",
    )  # fmt: skip
    two_people(tale).contact("cay", "acme", "technical_evaluator").contact("dan", "acme", "user")
    four = ("ann", "ben", "cay", "dan")
    tale.pair(0, "10:00", people=four).pair(19, "15:00", people=four).until(22)
    tale.expect(0, S=100, F=100, I=100, R=100, people=4, surge=True, state="open").expect(16, state="open")
    tale.expect(17, R=0, people=0, state="cooling").expect(19, surge=True, failed="", state="cooling")
    tale.out("opened", 0, "10:01", "T1", "surge").out("expired", 7, "10:01", "T1", "surge")
    return tale.expect(21, state="open").out("opened", 21, "10:01", "T1", "surge")


def after_a_rejection() -> Iterator[Tale]:
    """The pair opens, sales says no on day 1, the pair is back on day 20."""
    yield _rejected(
        "08-wrong-department", "wrong_department", "scoring.md 7, 9; R78, R118",
        "Wrong department: 14 days, over on day 15; the exit of day 17 re-arms the account, and day 20 opens it again.",
    ).out("opened", 20, "14:01", "T2", "score").expect(20, state="open")  # fmt: skip
    quiet = _rejected(
        "09-nobody-answered", "no_response", "scoring.md 7, 9; R75, R118",
        "No response: 30 days. Day 20 is silence. On day 31 the cooldown ends; 11 days of decay have left S below 70, "
        "which is a near miss, and the early notice rests for 60 days after the opening.",
        last=32,
    )  # fmt: skip
    yield (
        quiet.expect(20, state="cooling")
        .expect(31, state="warming", failed="score")
        .out("near_miss", 31, "09:00")
    )
    yield _rejected(
        "10-a-duplicate", "duplicate", "scoring.md 7, 9; R79, R118",
        "A duplicate needs no quiet at all: after the exit of day 17 the account is armed, and day 20 opens it again.",
    ).out("opened", 20, "14:01", "T2", "score").expect(20, state="open")  # fmt: skip
    later = _rejected(
        "11-they-decide-in-april", "bad_timing", "scoring.md 7, 9; R75, R121",
        "Bad timing is 60 days, but sales knows the date: they decide on day 25. Day 20 is silence; at the date, which is "
        "a full minute like any other, the account is still strong enough and opens.",
        last=26, decision_by="2026-04-10T00:00:00Z",
    )  # fmt: skip
    yield later.expect(20, state="cooling").expect(25, state="open").out("opened", 25, "00:00", "T2", "score")
    yield wrong_person()
    yield no_fit()


def _rejected(name: str, reason: str, requirements: str, text: str, last: int = 21, **said: Any) -> Tale:
    tale = opened(Tale(name, requirements, f"\n{OPEN} {text}\n\n{QUIET} {BACK}\n"))
    tale.says("rejected", 1, "09:00", reason=reason, **said).pair(20, "14:00").until(last)
    return tale.expect(1, state="open").expect(
        17, state="idle" if reason in ("wrong_department", "duplicate") else "cooling"
    )


def wrong_person() -> Tale:
    tale = opened(Tale(
        "12-the-right-company-the-wrong-person", "scoring.md 7, 9; R81, R118",
        f"""
{OPEN} Sales: Ann is the wrong person. No days of quiet, but it takes a different person. {QUIET}
{BACK} They are the same two: silence. On day 22 Cay is on the same pages: somebody else, so the account opens.
""",
    ))  # fmt: skip
    tale.contact("cay", "acme", "technical_evaluator")
    tale.says("rejected", 1, "09:00", reason="wrong_person", contact_id="ann").pair(20, "14:00")
    tale.pair(22, "15:00", people=("cay",)).until(23).expect(20, failed="", state="cooling").expect(
        22, state="open"
    )
    return tale.out("opened", 22, "15:01", "T2", "score")


def no_fit() -> Tale:
    tale = opened(Tale(
        "15-no-fit-until-something-changes", "scoring.md 6, 7, 9; R78, R118",
        f"""
{OPEN} Sales: no fit, 180 days, and it takes a change of fit. {QUIET}
On day 185 the days are over and two people are back, but F is what it was: silence. On day 187 a profile says that
they moved to a country that is not ours (F 90), and they come once more: episode 2. Four person-days in a week after half
a year of silence are a surge: T1, S 78.5.
""",
    ))  # fmt: skip
    tale.says("rejected", 1, "09:00", reason="no_icp_fit").pair(185, "14:00").pair(187, "14:00")
    tale.company("acme", 187, "14:00", country="JP").until(188)
    tale.expect(185, S=71.25, failed="", state="cooling").expect(
        187, S=78.5, F=90, I=72, R=80, surge=True, state="open"
    )
    return tale.out("opened", 187, "14:01", "T1", "surge")


def until_it_is_closed() -> Tale:
    tale = opened(Tale(
        "13-accepted-until-it-is-closed", "scoring.md 7, 9; R104, R114, R118",
        f"""
{OPEN} Sales accepts: nothing is sent until the deal is closed, however strong the return of day 20 and of day 40, and
no `expired` either. Lost on day 41 for no need: 30 days. On day 72 the account opens again.
""",
    ))  # fmt: skip
    tale.says("accepted", 1, "09:00").pair(20, "14:00").pair(40, "14:00")
    tale.says("closed_lost", 41, "09:00", reason="no_need").pair(72, "14:00").until(73)
    tale.expect(20, failed="", state="cooling").expect(40, state="cooling").expect(
        70, state="cooling"
    ).expect(72, state="open")
    return tale.out("opened", 72, "14:01", "T2", "score")


def recycled_but_they_ask() -> Tale:
    tale = opened(Tale(
        "14-recycled-but-they-ask", "scoring.md 7, 8, 9; R37, R75, R76",
        f"""
{OPEN} Sales recycles it: researching, 90 days. {BACK} Silence: until the end of that cooldown only a hand-raise is
answered. On day 30 Ann asks for a demo: `updated`, FAST, and the episode is open again.
""",
    ))  # fmt: skip
    tale.says("recycled", 1, "09:00", reason="researching_future").pair(20, "14:00").asks(
        "ann", 30, "11:00:07"
    ).until(31)
    tale.expect(20, failed="", state="cooling").expect(30, state="open")
    return tale.out("updated", 30, "11:00:07", "FAST", "hand_raise", "hand_raise")


def nobody_can_be_reached() -> Tale:
    tale = Tale(
        "16-nobody-can-be-reached", "scoring.md 9, 10; R73, R80, R101",
        """
Two people pass every gate, but no record knows an address or a number of either. The alert is held, not dropped. In
the afternoon the CRM learns a phone number of one of them: opened at that tick.
""",
    )  # fmt: skip
    tale.company("acme")
    for person, role in (("nell", "champion"), ("oto", "economic_buyer")):
        tale.contact(person, "acme", role, email=None, account_domain="acme.example")
    tale.pair(0, "10:00", people=("nell", "oto"))
    known = {"email": None, "account_domain": "acme.example", "channels": ["phone"]}
    tale.contact("nell", "acme", day=0, **known).events[-1]["value"].update(
        occurred_at="2026-03-16T15:00:00.000Z", received_at="2026-03-16T15:00:00.000Z"
    )
    tale.until(1).expect(0, "12:00", S=71.25, failed="", state="held").expect(0, state="open")
    return tale.out("opened", 0, "15:01", "T2", "score")


def only_by_phone() -> Tale:
    tale = Tale(
        "17-only-by-phone", "scoring.md 2, 9, 10; R73, R101",
        """
The same two people, of whom the CRM knows a phone number and no address: one usable channel is enough.
""",
    )  # fmt: skip
    tale.company("acme")
    for person, role in (("nell", "champion"), ("oto", "economic_buyer")):
        tale.contact(person, "acme", role, email=None, account_domain="acme.example", channels=["phone"])
    tale.pair(0, "10:00", people=("nell", "oto")).until(1).expect(0, S=71.25, failed="", state="open")
    return tale.out("opened", 0, "10:01", "T2", "score")


def every_mail_bounced() -> Tale:
    tale = Tale(
        "39-every-mail-bounced", "scoring.md 3, 9; R73, R74",
        """
Mail to Ann and to Ben bounced for good. They are engaged, but nobody can write to them: held. A phone number of Ben
releases it. A bounce takes no points away.
""",
    )  # fmt: skip
    two_people(tale).mail("ann", "bounce_hard", -1, "10:00").mail("ben", "bounce_hard", -1, "10:01").pair(
        0, "10:00"
    )
    tale.contact("ben", "acme", day=0, channels=["email", "phone"]).events[-1]["value"].update(
        occurred_at="2026-03-16T15:00:00.000Z", received_at="2026-03-16T15:00:00.000Z"
    )
    tale.until(1).expect(0, "12:00", S=71.25, persons={"ann": 25, "ben": 25}, state="held").expect(
        0, state="open"
    )
    return tale.out("opened", 0, "15:01", "T2", "score")


def without_a_crm() -> Tale:
    tale = Tale(
        "18-a-tenant-without-a-crm", "scoring.md 8; R37, R79, R107",
        """
The tenant has no CRM feed and says so (`fast_track.unknown_company = "fast"`): a demo request from a business domain
that no profile knows is answered at its own time, under the domain. Fit is unknown (each criterion half) and shown,
not gating. A hand-raise is 20 points at most, x0.9 for an unknown role.
""",
        policy={"fast_track": {"unknown_company": "fast"}},
    )  # fmt: skip
    tale.account = "newco.example"
    tale.asks(None, 0, "10:00:30", email="ann@newco.example").until(1)  # type: ignore[arg-type]
    tale.expect(0, S=26.5, F=50, I=18, R=20, persons={"ann@newco.example": 20}, state="open")
    return tale.out("opened", 0, "10:00:30", "FAST", "hand_raise")


def early_birds() -> Tale:
    tale = Tale(
        "19-early-notices-to-sales", "scoring.md 6, 7; R97, R106",
        """
A team with the capacity takes early notices too (`early.to = "sales-ready"`). One champion with pricing, comparison
and security (32.8, cut at 30, x1.15) and a brand topic (11.25): S 54.125, warm. Next midnight it goes to sales as tier
EARLY, if the rule still holds (it does, at S 53.854). It opens no episode.
""",
        policy={"early": {"to": "sales-ready"}},
    )  # fmt: skip
    two_people(tale).pair(0, "10:00", people=("ann",)).page("ann", "security", 0, "10:00:20")
    tale.topic("acme", "streaming", 0, "10:00:30", 100, "brand").until(2)
    tale.expect(
        0,
        S=54.125,
        I=45.75,
        R=25,
        persons={"ann": 30},
        third_party=11.25,
        failed="people score",
        state="warming",
    )
    tale.expect(1, "00:00", third_party=decayed(11.25, 1), persons={"ann": 30}, state="warming")
    return tale.out("near_miss", 0, "10:01").out("opened", 1, "00:00", "EARLY", "score")


def may_i_talk_to_somebody() -> Tale:
    tale = Tale(
        "26-may-i-talk-to-somebody", "scoring.md 3, 7, 8; R37, R107",
        """
A chat that asks for sales is a hand-raise, answered at its own time. The same person on the same day is a duplicate;
the next day it is an update of the open episode. A chat that asks for nothing is 12 points; it brings an economic buyer,
a role that no event of the episode had: one more update.
""",
    )  # fmt: skip
    chat = {"type": "chat_started", "url": None, "page_category": None, "session_source": "organic_search"}
    two_people(tale)
    for person, day, clock, asks in (
        ("ann", 0, "10:00:20", True),
        ("ann", 0, "15:00", True),
        ("ann", 1, "09:30:05", True),
        ("ben", 1, "10:00", False),
    ):
        tale.page(person, "chat", day, clock, **{**chat, "asks_for_sales": asks})
    tale.until(2).expect(0, I=23, R=25, persons={"ann": 20}, state="open")
    tale.expect(1, persons={"ann": 20, "ben": 12}, state="open")
    tale.out("opened", 0, "10:00:20", "FAST", "hand_raise")
    tale.out("updated", 1, "09:30:05", "FAST", "hand_raise", "hand_raise")
    return tale.out("updated", 1, "10:01", "FAST", "hand_raise", "new_role")


def no_customer_any_more() -> Tale:
    tale = Tale(
        "30-no-customer-any-more", "scoring.md 7, 9; R82",
        """
The company is a customer: another motion, nothing is sent however strong it is. In the afternoon the CRM says that it
is a prospect again: the account leaves the side state and, still strong, opens.
""",
    )  # fmt: skip
    tale.company("acme", lifecycle="customer").contact("ann", "acme", "champion").contact(
        "ben", "acme", "economic_buyer"
    )
    tale.pair(0, "10:00").company("acme", 0, "15:00", lifecycle="prospect").until(1)
    tale.expect(0, "12:00", S=71.25, failed="", state="redirected").expect(0, state="open")
    return tale.out("opened", 0, "15:01", "T2", "score")


def may_not_be_served() -> Tale:
    tale = Tale(
        "31-a-country-we-may-not-serve", "scoring.md 8, 9; R7, R70",
        """
The company's country is on the embargo list: suppressed. Not a word of it, not even when somebody asks for a demo.
F 90: the country is not in the ICP either.
""",
        policy={"disqualify": {"embargoed_countries": ["KP"]}},
    )  # fmt: skip
    tale.company("acme", country="KP").contact("ann", "acme", "champion").contact(
        "ben", "acme", "economic_buyer"
    )
    contact = tale.pair(0, "10:00").contact("cay", "acme", "technical_evaluator")
    return (
        contact.pair(0, "12:00", people=("cay",))
        .asks("ann", 0, "13:00")
        .until(1)
        .expect(0, F=90, people=3, state="suppressed")
    )


def one_alert_a_day() -> Tale:
    tale = Tale(
        "32-one-alert-a-day", "scoring.md 7; R19, R104",
        """
The budget is one alert a day. Acme (three people, T2, S 88.75) and Bolt (four people and a surge, T1, S 100) qualify
in the same minute: the higher tier goes first, Acme is held. At midnight there is budget again and Acme, at S 86.7,
still qualifies.
""",
        policy={"budget": {"per_day": 1}},
    )  # fmt: skip
    tale.company("acme").company("bolt")
    roles = ("champion", "economic_buyer", "technical_evaluator", "user")
    names = {"acme": ("ann", "ben", "cay"), "bolt": ("ria", "sam", "tom", "uli")}
    for company, people in names.items():
        for person, role in zip(people, roles, strict=False):
            tale.contact(person, company, role)
        tale.pair(0, "10:00", people=people)
    tale.until(2).expect(0, S=88.75, failed="", state="held").expect(
        0, account="acc-bolt", S=100, state="open"
    )
    tale.out("opened", 0, "10:01", "T1", "surge", subject="acc-bolt").expect(1, state="open")
    return tale.out("opened", 1, "00:00", "T2", "score")
