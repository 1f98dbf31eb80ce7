"""Stories about what waits, what is ignored and what is remembered: limits in time, channels, ids and lists."""

import json
from collections.abc import Iterator

from support.builders import SCENARIO_POLICY, Tale, decayed
from support.tales_episodes import OPEN, QUIET, opened
from support.tales_signals import two_people

BUSY = ("comparison", "security", "why_us", "demo")  # direct: 12.5 + 7.812 + 6.25 + 4.688, cut at 30


def limits() -> Iterator[Tale]:
    """Every story of this kind."""
    yield one_small_update_a_day()
    yield a_visitor_gets_a_name()
    yield an_answer_to_nothing()
    yield first_yes_then_no()
    yield one_id_of_two_sources()
    yield they_opted_out()
    yield asked_without_an_address()
    yield a_rival_by_policy()


def one_small_update_a_day() -> Tale:
    tale = Tale(
        "69-one-small-update-a-day", "scoring.md 7; R97, R98, R104",
        """
Four people, a surge: T1 at S 97.5. At 14:00 a technical evaluator comes: `updated`, new_role, at once. At 18:00 an
economic buyer: new too, but only one such update goes out in 24 hours (section 7). They are over in the afternoon of
the next day, on which nobody does anything; the evaluation of the midnight after sends it.
""",
    )  # fmt: skip
    tale.company("acme")
    roles = {"ann": "champion", "dan": "user", "eve": "user", "fay": "user"}
    roles |= {"cay": "technical_evaluator", "ben": "economic_buyer"}
    for number, (person, role) in enumerate(roles.items()):
        tale.contact(person, "acme", role)
        clock = {"cay": "14:00", "ben": "18:00"}.get(person, "10:00")
        for second, category in enumerate(BUSY):
            tale.page(person, category, 0, f"{clock}:{number}{second}")
    tale.until(3).expect(
        0, "12:00", S=97.5, I=100, R=90, people=4, n_current=4, surge=True, failed="", state="open"
    )
    tale.expect(1, people=6, R=100, state="open").out("opened", 0, "10:01", "T1", "surge")
    tale.out("updated", 0, "14:01", "T1", "surge", "new_role")
    return tale.out("updated", 2, "00:00", "T1", "surge", "new_role")


def a_visitor_gets_a_name() -> Tale:
    tale = Tale(
        "70-a-visitor-gets-a-name", "scoring.md 2, 4, 8; R27, R28, R79",
        """
Ann looks at pricing, and so does a visitor of Acme (reverse IP, 0.9): 12.5 points, of which 10 count, and half a
person. An act-now takes two people with a name (section 8). Two days later the visitor signs in as Ben: his look at
pricing moves to him, is inside the window, and that is the act-now. S 57.961.
""",
    )  # fmt: skip
    match = {"account_domain": "acme.example", "account_match": {"method": "reverse_ip", "confidence": 0.9}}
    two_people(tale).page("ann", "pricing", 0, "10:00").page(
        None, "pricing", 0, "11:00", anonymous_id="device", **match
    )
    tale.page("ben", "docs", 2, "10:00", anonymous_id="device").until(3)
    tale.expect(0, I=24.375, R=25, people=1.5, persons={"ann": 12.5}, anonymous=10, n_current=1,
                failed="intent people score", state="idle")  # fmt: skip
    each = decayed(12.5, 2)
    tale.expect(2, S=57.961, I=33.422, R=65, people=2, persons={"ann": each, "ben": each + 5}, anonymous=0, n_current=3,
                surge=False, failed="intent score", state="open")  # fmt: skip
    return tale.out("opened", 2, "10:01", "T2", "act_now")


def an_answer_to_nothing() -> Tale:
    tale = Tale(
        "71-an-answer-to-nothing", "scoring.md 9; R113, R119",
        """
Sales rejects an account that never had an episode: counted and ignored (section 9). The day after it opens as if
nothing had been said, and nobody answering, it expires.
""",
    )  # fmt: skip
    two_people(tale).says("rejected", -1, "09:00", reason="no_budget").pair(0, "10:00").until(15)
    tale.expect(0, S=71.25, failed="", state="open").out("opened", 0, "10:01", "T2", "score")
    return tale.out("expired", 14, "10:01", "T2", "score")


def first_yes_then_no() -> Tale:
    tale = Tale(
        "72-first-yes-then-no", "scoring.md 7, 9; R75, R114, R115",
        f"""
{OPEN} Sales accepts on day 1 and rejects on day 3: no need, 30 days from then. {QUIET}
The same two come back on day 32: silence. On day 33 at nine the cooldown ends and they are still strong: T2.
""",
    )  # fmt: skip
    opened(tale).says("accepted", 1, "09:00").says("rejected", 3, "09:00", reason="no_need")
    tale.pair(32, "14:00").until(34).expect(16, state="open").expect(18, state="cooling")
    tale.expect(32, failed="", state="cooling").expect(33, "12:00", failed="", state="open")
    return tale.out("opened", 33, "09:00", "T2", "score")


def one_id_of_two_sources() -> Tale:
    tale = Tale(
        "73-one-id-of-two-sources", "scoring.md 1; R79",
        """
Two sources number their events alike: both records count. The same number of the same source again is the same event,
whatever it says now: nothing (section 1, dedupe).
""",
    )  # fmt: skip
    two_people(tale)
    for minute, (category, source) in enumerate(
        (("comparison", "site"), ("docs", "app"), ("security", "site"))
    ):
        tale.page("ann", category, 0, f"10:0{minute}", "organic_search", event_id="n-1")
        tale.events[-1]["value"]["source"] = source
    return tale.until(1).expect(0, persons={"ann": 12}, state="idle")


def they_opted_out() -> Tale:
    tale = Tale(
        "74-they-opted-out", "scoring.md 2, 9, 10; R73, R101",
        """
Ann and Ben may not be written to (`opt_outs`), and there is nothing but their addresses: held (section 9, bad_data),
with every point they have. The next day the CRM knows a number of Ben: opened at that tick, T2.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme", "champion", opt_outs=["email"])
    tale.contact("ben", "acme", "economic_buyer", opt_outs=["email"]).pair(0, "10:00")
    for second, category in enumerate(("security", "why_us")):
        tale.page("ann", category, 0, f"10:00:3{second}").page("ben", category, 0, f"10:00:4{second}")
    tale.contact("ben", "acme", day=1, channels=["email", "phone"]).until(2)
    tale.expect(0, S=77.25, I=72, persons={"ann": 30, "ben": 30}, failed="", state="held").expect(
        1, state="open"
    )
    return tale.out("opened", 1, "07:01", "T2", "score")


def asked_without_an_address() -> Tale:
    tale = Tale(
        "75-asked-without-an-address", "scoring.md 8, 10; R37, R73, R80",
        """
Somebody known by a contact id alone asks for a demo. There is no channel to answer by: the FAST alert is held back, not
dropped (section 10). When the CRM learns a number the next day, it goes out at that tick.
""",
    )  # fmt: skip
    tale.company("acme").contact("nell", "acme", "champion", email=None, account_domain="acme.example")
    tale.asks("nell", 0, "10:00:10", session_source="organic_search")
    known = {"email": None, "account_domain": "acme.example", "channels": ["phone"]}
    tale.contact("nell", "acme", day=1, **known).until(2)
    tale.expect(0, I=23, R=25, persons={"nell": 20}, state="held").expect(1, state="open")
    return tale.out("opened", 1, "07:01", "FAST", "hand_raise")


def a_rival_by_policy() -> Tale:
    tale = Tale(
        "76-a-rival-by-policy", "scoring.md 7, 9; R7, R70, R151",
        f"""
{OPEN} A policy of the next day names the company as a competitor. With the next record of somebody there the alert is
withdrawn and the account suppressed (section 7, withdrawal): a demo request is not answered any more.
""",
    )  # fmt: skip
    document = json.loads(SCENARIO_POLICY.read_text())
    document |= {"version": 2, "competitor_domains": [*document["competitor_domains"], "acme.example"]}
    opened(tale).policy_change(document, 1, "12:00:05").page("ann", "home", 1, "12:00:30")
    tale.asks("ann", 2, "09:00:10").until(3).expect(0, state="open").expect(1, state="suppressed")
    return tale.expect(2, state="suppressed").out("withdrawn", 1, "12:01", "T2", "score")
