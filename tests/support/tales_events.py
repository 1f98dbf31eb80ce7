"""Stories about what a hand-over carries and why it was worth one: series, subjects, sources, clocks, trust."""

import json
from collections.abc import Iterator
from typing import Any

from support.builders import SCENARIO_POLICY, Tale, decayed


def events() -> Iterator[Tale]:
    """Every story of this kind."""
    yield in_one_sitting()
    yield by_mail_over_two_days()
    yield two_of_five()
    yield readers_of_the_blog()
    yield closer_to_a_choice()
    yield fit_is_not_interest()
    yield brand_before_problem()
    yield the_same_subject()
    yield they_talk_of_something_else()
    yield half_of_the_group()
    yield the_last_day_of_a_webinar()
    yield seven_days()
    yield four_person_days()
    yield reminders()
    yield over_the_weekend()
    yield before_the_call()
    yield trust_per_source()
    yield nobody_counted_it()
    yield the_taxonomy()
    yield no_without_a_why()


def series(tale: Tale, person: str, day: int, clock: str, *numbers: int, **fields: Any) -> Tale:
    """Pieces of a series of five, a minute apart, each read for 40 seconds."""
    for number in numbers:
        piece = {
            "content_id": f"guide-{number}", "stage": "consideration", "dwell_seconds": 40, "prompted_by": "self",
            "storyline_id": "guide", "storyline_position": number, "storyline_length": 5,
        }  # fmt: skip
        tale.reads(person, "download_consumed", day, f"{clock}:{number:02d}", **{**piece, **fields})
    return tale


def told_after(tale: Tale, day: int, **block: Any) -> Tale:
    """Ann asks for a demo, so that an event tells what was read."""
    tale.asks("ann", day, "12:00").until(day, "23:30")
    tale.out("opened", day, "12:00", "FAST", "hand_raise")
    return tale.shows("opened", day, "12:00", **block)


def in_one_sitting() -> Tale:
    tale = Tale(
        "80-a-series-in-one-sitting", "scoring.md 3, 10; R39, R40, R41, R47, R58, R85",
        """
Ann reads pieces 1, 2 and 4 of a guide of five in one sitting: three distinct pieces are 60 % (section 3, storyline).
Two of them count that day, 2 x 8, and the series of one day pays 8: 24, x0.9 without a role. The brief of her request
next day names the series as read in a single session, none of it by mail, and three distinct assets.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme")
    series(tale, "ann", 0, "10:00", 1, 2, 4)
    tale.expect(0, persons={"ann": 24}, I=21.6, R=10, failed="intent people decision_stage score")
    line = {
        "id": "guide",
        "read": 3,
        "length": 5,
        "mode": "single_session",
        "person_ref": "ann",
        "email_share": 0,
    }
    return told_after(
        tale, 1, brief__storylines=[line], brief__distinct_assets=3, brief__content=["guide-4", "guide-2", "guide-1"]
    )  # fmt: skip


def by_mail_over_two_days() -> Tale:
    tale = Tale(
        "81-a-series-by-mail-over-two-days", "scoring.md 3, 4, 10; R39, R40, R42, R50",
        """
The same guide, a piece today and two tomorrow, each because we wrote: 8 x 0.6 a piece, the first a day old, and the
series over two days 12 x 0.6 (section 3). None of it is self-directed. The brief says over_time, all by mail.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme")
    series(tale, "ann", 0, "10:00", 1, prompted_by="email")
    series(tale, "ann", 1, "10:00", 2, 3, prompted_by="email")
    points = round(decayed(4.8, 1, 21) + 2 * 4.8 + 7.2, 3)
    tale.expect(
        1, "11:00", persons={"ann": points}, failed="intent people decision_stage self_directed score"
    )
    line = {
        "id": "guide",
        "read": 3,
        "length": 5,
        "mode": "over_time",
        "person_ref": "ann",
        "email_share": 1000,
    }
    return told_after(tale, 1, brief__storylines=[line])


def two_of_five() -> Tale:
    tale = Tale(
        "82-two-of-five-are-no-series", "scoring.md 3; R40, R48",
        """
Ann reads pieces 1 and 2, piece 1 once more, and skims piece 3 for 20 of the 30 seconds it asks: two distinct pieces
of five are below 60 %, so there is no series. Of the three readings the best two of the day count, 2 x 8 (section 1).
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme")
    series(tale, "ann", 0, "10:00", 1, 2)
    series(tale, "ann", 0, "10:05", 1)
    series(tale, "ann", 0, "10:10", 3, dwell_seconds=20)
    return tale.until(0, "12:00").expect(0, persons={"ann": 16}, I=14.4)


def readers_of_the_blog() -> Tale:
    tale = Tale(
        "83-readers-of-the-blog", "scoring.md 3, 4, 6; R33, R36, R55",
        """
Three people of a company that fits read the blog on three days, found by search, 0.75 for each post, three posts a
day. That is more than 5 points each, but no act of theirs has a base of 3, so nobody is engaged (section 4), and no
post is closer than awareness. They are nine person-days after silence, a surge, and that is all their readiness: 15.
Each has points of their own; the account they browse from stays idle.
""",
    )  # fmt: skip
    tale.company("acme")
    for person in ("ann", "ben", "cal"):
        tale.contact(person, "acme")
        for day in (0, 1, 2):
            for minute in (1, 2, 3):
                tale.page(
                    person,
                    "blog",
                    day,
                    f"10:0{minute}",
                    "organic_search",
                    url=f"https://us.example/blog/{minute}",
                )
    tale.until(3)
    each = round(sum(decayed(3 * 0.75, age, 7) for age in (0, 1, 2)), 3)
    tale.expect(
        2,
        "12:00",
        people=0,
        engaged=0,
        R=15,
        surge=True,
        n_current=9,
        state="idle",
        failed="intent people decision_stage score",
    )
    return tale.expect(2, persons=dict.fromkeys(("ann", "ben", "cal"), each))


def closer_to_a_choice() -> Tale:
    tale = Tale(
        "84-closer-to-a-choice", "scoring.md 3, 6; R26, R56",
        """
Four companies, one look each, all direct: the home page 0.5 x 1.25, the product page 3 x 1.25, "why us" 4 x 1.25 x
1.25 and the comparison 8 x 1.25 x 1.25, the last two of the decision stage (section 3). Only they bring readiness, 20
for one person, and only where the person is engaged: 5 points.
""",
    )  # fmt: skip
    looks = (("acme", "home", 0.625, 0), ("bolt", "product", 3.75, 0), ("cole", "why_us", 6.25, 20),
             ("dune", "comparison", 12.5, 20))  # fmt: skip
    for company, category, points, ready in looks:
        tale.company(company).contact(f"{company}-1", company).page(f"{company}-1", category, 0, "10:00")
        tale.expect(0, account=f"acc-{company}", persons={f"{company}-1": points}, R=ready)
    return tale.until(0, "12:00")


def fit_is_not_interest() -> Tale:
    tale = Tale(
        "85-fit-is-not-interest", "scoring.md 6, 7; R1, R2, R23, R24",
        """
Acme fits in everything and nobody of it was ever here: S is 25, a quarter of F, and it stays silent. Bolt fits nobody
(F 0: too small, a trade and a country we do not list, little revenue, none of our technologies) and two of its people
did all that a group does: interest 63.125, readiness 65. Neither makes up for the other.
""",
    )  # fmt: skip
    tale.company("acme").company(
        "bolt", employees=5, industry="retail", country="BR", revenue=1, technologies=["cobol"], named_account=False
    )  # fmt: skip
    tale.contact("ann", "bolt", "champion").contact("ben", "bolt", "economic_buyer").calm(0, "10:00")
    tale.until(0, "12:00")
    tale.expect(
        0, S=25, F=100, I=0, R=0, state="idle", failed="intent people decision_stage self_directed score"
    )
    return tale.expect(0, account="acc-bolt", F=0, I=63.125, R=65, S=47.812, failed="fit score")


def brand_before_problem() -> Tale:
    tale = Tale(
        "86-our-name-before-their-problem", "scoring.md 3; R38, R62, R65, R69",
        """
One topic of score 80 at each of four companies, today: 1.5 for each ten above 50, times the class. Problem 4.5,
category 5.625, competitor and brand 6.75. Topics alone bring interest, but no people and no need of ours: nothing
goes out.
""",
    )  # fmt: skip
    classes = (
        ("acme", "problem", 4.5),
        ("bolt", "category", 5.625),
        ("cole", "competitor", 6.75),
        ("dune", "brand", 6.75),
    )
    for company, klass, points in classes:
        tale.company(company).topic(company, "streaming", 0, "10:00", 80, klass)
        tale.expect(0, account=f"acc-{company}", third_party=points, I=points, people=0)
    return tale.until(0, "12:00")


def the_same_subject() -> Tale:
    tale = Tale(
        "87-the-same-subject-on-both-sides", "scoring.md 10; R38, R66, R67, R87",
        """
A provider sees Acme on two topics this week, Streaming and Governance; Ann reads about streaming here. Of their two
topics one is read here too: an overlap of 500 thousandths. Last week there was nothing on either side, so both rise
together, and two topics of a class corroborate (section 5). Nothing else is needed to tell her request from one out
of the blue.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme")
    for name in ("streaming", "governance"):
        tale.topic("acme", name, 0, "09:00", 80, "category", topic_name=name.title())
    tale.reads("ann", "download_consumed", 0, "10:00", topic="streaming", stage="decision", dwell_seconds=40)
    tale.expect(0, "11:00", third_party=11.25)
    return told_after(
        tale, 0, brief__topic_overlap=500, brief__corroborated=True,
        brief__trend={"first_party": "rising", "third_party": "rising", "concordant": True},
    )  # fmt: skip


def they_talk_of_something_else() -> Tale:
    tale = Tale(
        "88-they-talk-of-something-else", "scoring.md 10; R66, R67",
        """
Last week a provider saw Acme on Storage, this week nobody does; Ann comes this week and reads about streaming. The
two sides share no subject, and one rises while the other falls.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme").topic("acme", "storage", -8, "09:00", 80, "category")
    tale.reads("ann", "download_consumed", 0, "10:00", topic="streaming", stage="decision", dwell_seconds=40)
    tale.expect(0, "11:00", third_party=decayed(5.625, 8))
    return told_after(
        tale, 0, brief__topic_overlap=0,
        brief__trend={"first_party": "rising", "third_party": "falling", "concordant": False},
    )  # fmt: skip


def half_of_the_group() -> Tale:
    roles = ["champion", "economic_buyer", "technical_evaluator", "legal"]
    tale = Tale(
        "89-half-of-the-group", "scoring.md 4, 6, 10; R11, R12, R20, R21, R88",
        """
This policy wants four roles. Two are there, a champion with 25 points and an economic buyer with 27.5: neither alone
would pass the intent gate, the account does (28.75 + 34.375). Half of the group is covered, and the event says who is
missing and who there is.
""",
        policy={"required_roles": roles},
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme", "champion").contact("ben", "acme", "economic_buyer")
    tale.calm(0, "10:00").until(0, "12:00")
    tale.expect(0, persons={"ann": 25, "ben": 27.5}, I=63.125, R=65, S=72.812, failed="", state="open")
    tale.out("opened", 0, "10:01", "T2", "score")
    return tale.shows(
        "opened", 0, "10:01", buying_group__completeness=500, buying_group__engaged_people=2,
        buying_group__roles_covered=["champion", "economic_buyer"],
        buying_group__roles_missing=["technical_evaluator", "legal"],
    )  # fmt: skip


def the_last_day_of_a_webinar() -> Tale:
    tale = Tale(
        "90-the-last-day-of-a-webinar", "scoring.md 1, 3; R16, R30, R31",
        """
Ann and Ben attended a webinar, 12 points with a half-life of 21 days and a window of 60 (section 3). Today it is 60
days ago for Ann and 61 for Ben: hers still counts, his is gone at once, not faded.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme").contact("ben", "acme")
    for person, day in (("ann", -60), ("ben", -61)):
        tale.reads(person, "webinar_attended", day, "10:00", minutes=30, stage="consideration")
    left = decayed(12, 60, 21)
    tale.until(0, "10:00")
    return tale.expect(0, "12:00", persons={"ann": left}, I=round(left * 0.9, 3), people=0)


def seven_days() -> Tale:
    tale = Tale(
        "91-within-seven-days", "scoring.md 8; R16, R25, R68",
        """
Two people look at the pricing page, at Acme on day 0 and day 6, at Bolt on day 0 and day 7. Act-now asks for both on
days of one window, today and the six days before (section 8): Acme opens as T2, Bolt does not, at S 48.
""",
    )  # fmt: skip
    for company, one, two, day in (("acme", "ann", "ben", 6), ("bolt", "ria", "sam", 7)):
        tale.company(company).contact(one, company).contact(two, company)
        tale.page(one, "pricing", 0, "10:00").page(two, "pricing", day, "10:00")
    tale.until(7, "12:00")
    older = decayed(12.5, 6)
    tale.expect(6, persons={"ann": older, "ben": 12.5}, R=55, state="open", failed="intent score")
    tale.expect(7, "23:00", account="acc-bolt", R=55, state="idle", failed="intent score")
    return tale.out("opened", 6, "10:01", "T2", "act_now")


def four_person_days() -> Tale:
    tale = Tale(
        "92-four-person-days", "scoring.md 5, 6; R6, R32, R69",
        """
After twelve silent weeks two people of Acme come on two days each, four person-days: at least four, far above twice
the expectation of 7 x 0.5 / 84, two persons, and p below 0.01. That is a surge (section 5). At Bolt it is three: as
unlikely as can be, and no surge, because three are too few to mean anything.
""",
    )  # fmt: skip
    for company, one, two in (("acme", "ann", "ben"), ("bolt", "ria", "sam")):
        tale.company(company).contact(one, company).contact(two, company)
        tale.page(one, "docs", 0, "10:00").page(two, "docs", 0, "10:01").page(one, "docs", 1, "10:00")
    tale.page("ben", "docs", 1, "10:01").until(1, "12:00")
    tale.expect(1, surge=True, n_current=4)
    return tale.expect(1, account="acc-bolt", surge=False, n_current=3)


def reminders() -> Tale:
    tale = Tale(
        "93-reminders-before-anybody-calls", "scoring.md 7; R103, R107, R109, R110",
        """
Ann asks for a demo on Monday at 10:00: five minutes, round the clock. Nobody calls. The owner is reminded at 80 % of
the time, 10:04, the promise is broken at 10:05, and at 200 %, 10:10, the backup owner is told. The task is due the
same day.
""",
    )  # fmt: skip
    tale.company("acme", owner="rep-1", backup_owner="rep-2").contact("ann", "acme").asks("ann", 0, "10:00")
    tale.until(0, "11:00").expect(0, "10:30", state="open")
    tale.out("opened", 0, "10:00", "FAST", "hand_raise")
    tale.shows(
        "opened", 0, "10:00", sla__clock="24x7", sla__handed_off_at="2026-03-16T10:00:00.000Z",
        sla__first_touch_due_at="2026-03-16T10:05:00.000Z", sla__task_due_at="2026-03-17T00:00:00.000Z",
        sla__ttl_at="2026-03-18T10:00:00.000Z",
    )  # fmt: skip
    due = {
        "clock": "first_touch",
        "due_at": "2026-03-16T10:05:00.000Z",
        "owner": "rep-1",
        "backup_owner": "rep-2",
    }
    for kind, clock, used in (("warn", "10:04", 80), ("breach", "10:05", 100), ("escalate", "10:10", 200)):
        tale.shows(kind, 0, clock, used_pct=used, **due)
    return tale


def over_the_weekend() -> Tale:
    tale = Tale(
        "94-four-hours-over-a-weekend", "scoring.md 7; R97, R108, R111",
        """
A group qualifies on Friday at 16:01, T2: four hours of business time, Monday to Friday 09:00 to 17:00 UTC. 59 minutes
of them are left today, so the first touch is due on Monday at 12:01; the task by the end of Monday, the next business
day; the alert lasts 14 days.
""",
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme", "champion").contact("ben", "acme", "economic_buyer")
    tale.calm(4, "16:00").until(4, "18:00").expect(4, S=72.812, state="open", failed="")
    tale.out("opened", 4, "16:01", "T2", "score")
    return tale.shows(
        "opened", 4, "16:01", sla__clock="business", sla__first_touch_due_at="2026-03-23T12:01:00.000Z",
        sla__task_due_at="2026-03-23T17:00:00.000Z", sla__ttl_at="2026-04-03T16:01:00.000Z",
    )  # fmt: skip


def before_the_call() -> Tale:
    tale = Tale(
        "95-what-is-read-before-the-call", "scoring.md 10; R85, R86, R89, R90, R99, R100, R101, R102, R139",
        """
Ann was here on two days in three sessions, read a paper and asked for a demo. Whoever calls reads: two days of visits
in three sessions, the paper, the campaign and the source she came by first and last, what to do next, whose account
it is and who stands in, and a link to its record with the account's id escaped.
""",
        policy={"routing": {"record_url": "https://crm.example/accounts/{account_id}?from=intent"}},
    )  # fmt: skip
    facts = {"owner": "rep-1", "backup_owner": "rep-2", "territory_key": "dach", "segment": "mid"}
    tale.company("acme", account_id="acc/acme 1", **facts).contact("ann", "acme", "champion")
    tale.account = "acc/acme 1"
    tale.page("ann", "product", -3, "10:00", "paid", session_id="a", campaign_id="spring")
    tale.page("ann", "docs", -3, "15:00", "email", session_id="b", campaign_id="nurture")
    tale.page("ann", "pricing", -1, "10:00", "organic_search", session_id="c")
    tale.reads(
        "ann", "download_consumed", -1, "10:10", content_id="paper-1", dwell_seconds=90, prompted_by="self"
    )
    tale.asks("ann", 0, "12:00").until(0, "13:00").expect(0, state="open")
    tale.out("opened", 0, "12:00", "FAST", "hand_raise")
    return tale.shows(
        "opened", 0, "12:00", brief__visits={"sessions": 3, "days": 2}, brief__content=["paper-1"],
        brief__campaigns=["nurture", "spring"], brief__next_best_action_key="call_now",
        attribution__first_source="paid", attribution__last_source="direct", attribution__first_campaign="spring",
        attribution__last_campaign="nurture", attribution__source_accept_rate=None, routing__owner_hint="rep-1",
        routing__backup_owner_hint="rep-2", routing__territory_key="dach", routing__segment="mid",
        routing__record_url="https://crm.example/accounts/acc%2Facme%201?from=intent",
        buying_group__primary_contact_id="ann",
    )  # fmt: skip


RATES = {"direct": {"accepted": 30, "rejected": 10}, "paid": {"accepted": 5, "rejected": 15}}


def trust_per_source() -> Tale:
    tale = Tale(
        "96-trust-per-source", "scoring.md 10; R17, R122, R136, R142, R151",
        """
By the policy's counts sales took 30 of 40 alerts of direct visits and 5 of 20 from paid ads: 75 % (59.8 to 85.9) and
25 % (11.1 to 46.9; Wilson, 95 %). Ann of Acme came by an ad first and directly at last: her alert shows the rate of
the last source. At noon the job's new counts come as a policy record, 31 of 41. Ria of Bolt asks before, Sam of Cole
after: each alert shows what was known when it went out, and no score differs.
""",
        policy={"attribution": {"source_accept_rates": RATES}},
    )  # fmt: skip
    for company, person in (("acme", "ann"), ("bolt", "ria"), ("cole", "sam")):
        tale.company(company).contact(person, company)
    tale.page("ann", "product", -1, "10:00", "paid").asks("ann", 0, "10:00").asks(
        "ria", 0, "11:00", session_source="paid"
    )
    counted = {**RATES, "direct": {"accepted": 31, "rejected": 10}}
    base = json.loads(SCENARIO_POLICY.read_text())
    tale.policy_change({**base, "version": 2, "attribution": {"source_accept_rates": counted}}, 0, "12:00")
    tale.asks("sam", 0, "13:00").until(0, "14:00")
    direct = {"value": 750, "n": 40, "interval": [598, 859]}
    paid = {"value": 250, "n": 20, "interval": [111, 469]}
    later = {"value": 756, "n": 41, "interval": [606, 862]}
    for company, clock, version, rate in (
        ("acme", "10:00", 1, direct),
        ("bolt", "11:00", 1, paid),
        ("cole", "13:00", 2, later),
    ):
        subject = f"acc-{company}"
        tale.out("opened", 0, clock, "FAST", "hand_raise", subject=subject)
        tale.shows("opened", 0, clock, subject, attribution__source_accept_rate=rate, policy__version=version)
    tale.expect(0, account="acc-cole", I=18, R=20, state="open")
    return tale


def nobody_counted_it() -> Tale:
    tale = Tale(
        "97-a-source-that-nobody-counted", "scoring.md 10; R124, R139, R142",
        """
The policy knows a rate for direct visits alone. Ann comes by a search and asks there: no rate is made up for her
source, nor for Ben's, of which nobody knows anything.
""",
        policy={"attribution": {"source_accept_rates": {"direct": {"accepted": 30, "rejected": 10}}}},
    )  # fmt: skip
    tale.company("acme").contact("ann", "acme").company("bolt").contact("ben", "bolt")
    tale.asks("ann", 0, "10:00", session_source="organic_search").asks(
        "ben", 0, "11:00", session_source="unknown"
    )
    tale.until(0, "12:00").expect(0, state="open")
    for company, clock, source in (("acme", "10:00", "organic_search"), ("bolt", "11:00", None)):
        subject = f"acc-{company}"
        tale.out("opened", 0, clock, "FAST", "hand_raise", subject=subject)
        tale.shows(
            "opened", 0, clock, subject, attribution__last_source=source, attribution__source_accept_rate=None
        )  # fmt: skip
    return tale


def the_taxonomy() -> Tale:
    tale = Tale(
        "98-what-the-taxonomy-knows", "scoring.md 2, 3; R44, R45, R57",
        """
The taxonomy says of "roi" that it is a calculator of returns, for people close to a decision. Ann's record says
nothing but that she used it: it is scored as what only buyers read, 12 x 1.25. Ben's record says itself that it was a
paper of the awareness stage: a record's own fields win, 8 x 0.75. "Untold" stands nowhere: Cal's reading is 8, of no
stage. Three people and one decision are R 55: the account is warm at S 51.8.
""",
    )  # fmt: skip
    tale.company("acme")
    tale.tag("roi", -80, "10:00", type="roi_calculator", stage="decision")
    for person, content, own in (
        ("ann", "roi", {}), ("ben", "roi", {"content_type": "paper", "stage": "awareness"}), ("cal", "untold", {}),
    ):  # fmt: skip
        tale.contact(person, "acme")
        tale.reads(person, "download_consumed", 0, "10:00", content_id=content, dwell_seconds=40, **own)
    tale.until(0, "12:00")
    tale.expect(0, persons={"ann": 15, "ben": 6, "cal": 8}, I=26.1, R=55, S=51.8, state="warming")
    return tale.out("near_miss", 0, "10:01")


def no_without_a_why() -> Tale:
    tale = Tale(
        "99-no-without-a-why", "scoring.md 7, 9; R113, R116, R117",
        """
Sales turns Ann's request down and says no reason: the record is refused and changes nothing, so two days later the
alert expires as if nobody had answered. At Bolt the same comes with a reason from the list: the alert has an answer
and does not expire.
""",
    )  # fmt: skip
    for company, person in (("acme", "ann"), ("bolt", "ria")):
        tale.company(company).contact(person, company).asks(person, 0, "10:00")
        tale.out("opened", 0, "10:00", "FAST", "hand_raise", subject=f"acc-{company}")
    tale.says("rejected", 0, "15:00").says("rejected", 0, "15:00", "bolt", "no_need").until(3)
    tale.expect(1, state="open").expect(1, account="acc-bolt", state="open")
    return tale.out("expired", 2, "10:00", "FAST", "hand_raise")
