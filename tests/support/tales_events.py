"""Stories about why an account was worth a hand-over: series, subjects, stages, days, people."""

from collections.abc import Iterator
from typing import Any

from support.builders import Tale, decayed


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
