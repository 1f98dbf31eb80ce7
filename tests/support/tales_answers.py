"""Stories about what is said of an account after something else was: renewed, silenced, late, under another policy."""

import json
from collections.abc import Iterator

from support.builders import SCENARIO_POLICY, Tale, decayed
from support.tales_episodes import OPEN, opened
from support.tales_signals import two_people


def answers() -> Iterator[Tale]:
    """Every story of this kind."""
    yield two_weeks_late()
    yield seen_on_a_review_site()
    yield never_shorter()
    yield expired_twice()
    yield nothing_but_a_hand_raise()
    yield what_sales_found_out()
    yield a_quote_twice()
    yield an_old_request()
    yield another_policy()
    yield close_but_not_warm()


def two_weeks_late() -> Tale:
    tale = Tale(
        "40-two-weeks-late-is-in-time", "scoring.md 1, 3, 7; R30, R59, R60",
        """
Two companies stand at S 69.062 (F 85, I 63.125, R 65). Each gets a brand topic of score 90 (9 points) that comes late:
13 days for Acme, 15 for Bolt. Third-party files have full effect up to 14 days (section 1), so Acme opens. Bolt passes
every gate and may not open by a late record alone; its early notice goes out at midnight, and the first record in time
opens it.
""",
    )  # fmt: skip
    for company, first, second in (("acme", "ann", "ben"), ("bolt", "ria", "sam")):
        tale.company(company, named_account=False)
        tale.contact(first, company, "champion").contact(second, company, "economic_buyer")
        tale.pair(0, "10:00", people=(first,)).page(second, "comparison", 0, "10:00:20")
        tale.mail(second, "reply", 0, "10:00:30")
    tale.topic("acme", "streaming", -13, "12:00", 90, "brand", delay=13 * 86400)
    tale.topic("bolt", "streaming", -15, "12:00", 90, "brand", delay=15 * 86400)
    tale.page("ria", "docs", 1, "10:00").until(2)
    for account, days, state in (("acc-acme", 13, "open"), ("acc-bolt", 15, "warming")):
        late = decayed(9, days)
        tale.expect(0, "11:00", account=account, S=69.062, failed="score", state="warming")
        tale.expect(0, account=account, I=63.125 + late, third_party=late, failed="", state=state)
    for subject in ("acc-acme", "acc-bolt"):
        tale.out("near_miss", 0, "10:01", subject=subject)
    tale.out("opened", 0, "12:01", "T2", "score").out("cleared", 0, "12:01")
    tale.out("early", 1, "00:00", "early", "score", subject="acc-bolt")
    tale.out("opened", 1, "10:01", "T2", "score", subject="acc-bolt")
    return tale.out("cleared", 1, "10:01", subject="acc-bolt")


def seen_on_a_review_site() -> Tale:
    tale = Tale(
        "41-seen-on-a-review-site", "scoring.md 3, 7; R59, R61, R106",
        """
Somebody of Acme compares us on a review site on the day Ann reads docs: S is 30.438, yet the act and one person-day of
the last 30 days call for an early notice (section 7, `early.review_site`). The next act rests: 60 days. At Bolt it is
only a category page, at Cole nobody was here for 40 days: nothing.
""",
    )  # fmt: skip
    people = {"acme": "ann", "bolt": "ria", "cole": "uma"}
    for company, person in people.items():
        tale.company(company).contact(person, company, "champion")
        tale.page(person, "docs", -40 if company == "cole" else 0, "10:00")
        tale.reviews(company, "category" if company == "bolt" else "compare", 0, "10:30")
    tale.reviews("acme", "pricing", 5, "10:30").until(7)
    tale.expect(0, S=30.438, I=10.875, R=0, persons={"ann": 2.5}, third_party=8, people=0, state="idle")
    tale.expect(0, account="acc-bolt", third_party=3, persons={"ria": 2.5}, state="idle")
    tale.expect(0, account="acc-cole", third_party=8, R=0, state="idle")
    return tale.out("early", 1, "00:00", "early", "review_site")


def never_shorter() -> Tale:
    tale = Tale(
        "42-a-deadline-is-never-moved-forward", "scoring.md 7, 8; R77, R104",
        f"""
{OPEN} Its TTL is 14 days. On day 1 Ann asks for a demo: `updated`, FAST, whose TTL of 2 days would end on day 3. A
fresh TTL never shortens the running one (section 7): `expired` comes on day 14, once, with the tier of the last event.
""",
    )  # fmt: skip
    opened(tale).asks("ann", 1, "11:00:05").until(16)
    tale.expect(4, state="open").expect(15, state="open")
    tale.out("updated", 1, "11:00:05", "FAST", "hand_raise", "hand_raise")
    return tale.out("expired", 14, "10:01", "FAST", "hand_raise")


def expired_twice() -> Tale:
    tale = Tale(
        "43-once-for-each-deadline", "scoring.md 7, 8; R77, R98",
        """
Ann asks for a demo and nobody answers: `expired` after 2 days, and the episode that only a hand-raise opened is over
(section 7, exit). In its cooldown, on day 5, Ann and a user (no required role, so no override) pass every gate: I 64.5,
R 60, S 72.25. That qualification is never silence: `updated`, open again, 14 more days, and `expired` once more.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme", "champion").contact("ben", "acme", "user")
    tale.asks("ann", 0, "10:00:20").pair(5, "12:00", people=("ann",))
    for second, category in enumerate(("comparison", "security", "why_us", "demo"), 20):
        tale.page("ben", category, 5, f"12:00:{second}")
    tale.until(20).expect(1, state="open").expect(3, state="cooling")
    tale.expect(
        5, S=72.25, I=64.5, R=60, persons={"ann": 30, "ben": 30}, surge=False, failed="", state="open"
    )
    tale.expect(19, state="open").out("opened", 0, "10:00:20", "FAST", "hand_raise")
    tale.out("expired", 2, "10:01", "FAST", "hand_raise")
    tale.out("updated", 5, "12:01", "T2", "score", "qualified")
    return tale.out("expired", 19, "12:01", "T2", "score")


def nothing_but_a_hand_raise() -> Tale:
    tale = Tale(
        "44-after-a-no-only-a-hand-raise", "scoring.md 5, 7, 8; R37, R104, R118",
        f"""
{OPEN} Sales rejects it: no need, 30 days (section 7, any other reason). On day 2 a technical evaluator and a user come:
a surge, T1, a new role, S + 10. Inside the cooldown of a rejection all of that is silence. When Cay asks for a demo it
is answered; again on the same day it is a duplicate, on the next day an update.
""",
    )  # fmt: skip
    opened(tale).contact("cay", "acme", "technical_evaluator").contact("dan", "acme", "user")
    tale.says("rejected", 1, "09:00", reason="no_need").pair(2, "14:00", people=("cay", "dan"))
    tale.asks("cay", 3, "11:00:10").asks("cay", 3, "16:00").asks("cay", 4, "11:00:10").until(5)
    tale.expect(2, R=100, people=4, surge=True, n_current=4, failed="", state="open")
    tale.out("updated", 3, "11:00:10", "FAST", "hand_raise", "hand_raise")
    return tale.out("updated", 4, "11:00:10", "FAST", "hand_raise", "hand_raise")


def what_sales_found_out() -> Tale:
    tale = Tale(
        "45-what-sales-found-out", "scoring.md 7, 9; R7, R70, R118",
        f"""
{OPEN} At Acme and at Bolt alike. Sales finds that Acme is a competitor: the account is suppressed for good, and the
alert is withdrawn (sections 7 and 9). Not even a demo request says a word again. At Bolt, Ria is a student: she alone
is excluded for good, what Sam did still counts.
""",
    )  # fmt: skip
    opened(tale).company("bolt").contact("ria", "bolt", "champion").contact("sam", "bolt", "economic_buyer")
    tale.pair(0, "10:00", people=("ria", "sam")).out("opened", 0, "10:01", "T2", "score", subject="acc-bolt")
    tale.says("rejected", 1, "09:00", reason="competitor")
    tale.says("rejected", 1, "09:00", "bolt", reason="student", contact_id="ria")
    tale.pair(40, "10:00").asks("ann", 40, "11:00").until(41).expect(1, state="suppressed")
    tale.expect(40, failed="", state="suppressed")
    tale.expect(1, account="acc-bolt", people=1, persons={"sam": 2 * decayed(12.5, 1)}, state="open")
    return tale.out("withdrawn", 1, "09:01", "T2", "score")


def a_quote_twice() -> Tale:
    tale = Tale(
        "50-a-quote-please", "scoring.md 7, 8; R37, R104, R107",
        """
Ann asks for a quote: a hand-raise like any other (section 8), FAST at its own time. Again on the same day it is a
duplicate; on the next day an update, and so is Ben's form to sales. A hand-raise is 20 points however often: I 48,
S 65.25, so nothing qualifies by itself; Ben's role was in his own event.
""",
    )  # fmt: skip
    two_people(tale)
    for person, day, clock, kind in (
        ("ann", 0, "10:00:10", "quote"),
        ("ann", 0, "16:00", "quote"),
        ("ann", 1, "09:00:20", "quote"),
        ("ben", 1, "12:00:30", "contact_sales"),
    ):
        tale.asks(person, day, clock, form_kind=kind, session_source="organic_search")
    tale.until(2).expect(0, I=23, R=25, persons={"ann": 20}, state="open")
    tale.expect(1, S=65.25, I=48, R=65, persons={"ann": 20, "ben": 20}, failed="score", state="open")
    tale.out("opened", 0, "10:00:10", "FAST", "hand_raise")
    tale.out("updated", 1, "09:00:20", "FAST", "hand_raise", "hand_raise")
    return tale.out("updated", 1, "12:00:30", "FAST", "hand_raise", "hand_raise")


def an_old_request() -> Tale:
    tale = Tale(
        "51-an-old-request-is-a-request", "scoring.md 1, 3, 8; R37, R79",
        """
A form's record comes 104 hours late. Such a record alone opens nothing, but a hand-raise is a hand-raise however late
(section 1): FAST at its receipt. Its 25 points of that day have decayed to 20.508, of which the cap of 20 is left
(the window cap is taken over decayed rows).
""",
    )  # fmt: skip
    two_people(tale).asks("ann", -4, "02:00", session_source="organic_search", delay=104 * 3600).until(1)
    tale.expect(0, I=23, R=25, persons={"ann": 20}, state="open")
    return tale.out("opened", 0, "10:00", "FAST", "hand_raise")


def another_policy() -> Tale:
    tale = Tale(
        "52-the-line-is-moved", "scoring.md 2, 6, 7; R3, R151",
        """
S is 69.062 (F 85): a near miss. At noon a policy comes that asks for S 65. The next record of somebody there, a look at
the home page (0.5 x 1.25, x1.25 by the role), is judged by it: T2 at S 69.453, under the line of the policy file
(section 2, control; section 6).
""",
    )  # fmt: skip
    tale.company("acme", named_account=False).contact("ann", "acme", "champion")
    tale.contact("ben", "acme", "economic_buyer").calm(0, "10:00")
    document = {**json.loads(SCENARIO_POLICY.read_text()), "version": 2, "thresholds": {"ready": 65}}
    tale.policy_change(document, 0, "12:00").page("ben", "home", 0, "12:05").until(1)
    tale.expect(0, "11:00", S=69.062, failed="score", state="warming")
    tale.expect(0, S=69.453, I=63.906, failed="", state="open")
    tale.out("near_miss", 0, "10:01").out("opened", 0, "12:06", "T2", "score")
    return tale.out("cleared", 0, "12:06")


def close_but_not_warm() -> Tale:
    tale = Tale(
        "58-close-but-not-warm", "scoring.md 6, 7; R15, R18, R152",
        """
Ten people, no named account: F 55. Two of them pass every gate but the last (I 41.25, R 45: S 45.625): a near miss
below the 50 of `warming` and of early notices (section 7). The day after, I is 39.256: two gates fail, so the next
evaluation, by a look at the support pages that is worth nothing, takes it back.
""",
    )  # fmt: skip
    tale.company("acme", employees=10, named_account=False).contact("ann", "acme", "user")
    tale.contact("ben", "acme", "user").pair(0, "10:00", people=("ann",))
    tale.page("ben", "case_study", 0, "10:00:20")
    for second in range(30, 33):
        tale.page("ben", "product", 0, f"10:00:{second}", url=f"https://us.example/product-{second}")
    tale.page("ben", "support", 1, "10:00", source="organic_search").until(2)
    tale.expect(
        0, S=45.625, F=55, I=41.25, R=45, persons={"ann": 25, "ben": 16.25}, failed="score", state="idle"
    )
    ben = decayed(5, 1) + decayed(11.25, 1)
    tale.expect(1, I=2 * decayed(12.5, 1) + ben, failed="intent score", state="idle")
    return tale.out("near_miss", 0, "10:01").out("cleared", 1, "10:01")
