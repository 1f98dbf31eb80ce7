"""Stories about who and what counts: exclusions that end, people who move or merge, the best of a day."""

# ruff: noqa: E501  one record a line is easier to read than one in four

from collections.abc import Iterator

from support.builders import Tale, decayed
from support.tales_episodes import opened
from support.tales_signals import two_people


def counts() -> Iterator[Tale]:
    """Every story of this kind."""
    yield no_longer_alone()
    yield only_looking_for_a_job()
    yield the_best_of_the_day()
    yield one_film()
    yield the_same_person()
    yield matched_by_the_crm()
    yield another_company()
    yield served_at_last()
    yield a_job_seeker_for_a_while()


def no_longer_alone() -> Tale:
    tale = Tale(
        "46-no-longer-alone", "scoring.md 6, 7, 9; R70, R72",
        """
A profile says one employee: freelancers, excluded (section 9), F 70. Ann's demo request says nothing, Cay is a student
by title besides. At three the profile says 80: Ann (25 + 20, cut at 30) and Ben count again, S 74.125, T2, and Cay does
once the CRM knows a better title: S rises by more than 10.
""",
    )  # fmt: skip
    two_people(tale).company("acme", -80, employees=1).contact(
        "cay", "acme", "user", title="Student assistant"
    )
    tale.pair(0, "10:00", people=("ann", "ben", "cay")).asks("ann", 0, "11:00")
    tale.company("acme", 0, "15:00", employees=80).contact("cay", "acme", "user", 1, title="Head of Data")
    tale.until(2).expect(0, "12:00", F=70, I=0, R=0, people=0, persons={}, state="idle")
    tale.expect(0, S=74.125, F=100, I=65.75, R=65, people=2, persons={"ann": 30, "ben": 25}, state="open")
    each = 2 * decayed(12.5, 1)
    tale.expect(1, people=3, persons={"ann": 30, "ben": each, "cay": each}, R=75, state="open")
    tale.out("opened", 0, "15:01", "T2", "score")
    return tale.out("updated", 1, "07:01", "T2", "score", "score_rise")


def only_looking_for_a_job() -> Tale:
    tale = Tale(
        "47-careers-cost-points", "scoring.md 1, 3, 9; R29, R70",
        """
A look at careers or investors pages costs 5 points, once a day, and never more than 10 in the window, over decayed rows
and without any multiplier (sections 1 and 3). Ann looks on three days among other pages: -10. Ben looks twice in a day:
-5. Cay has nothing to lose: never below 0.
""",
    )  # fmt: skip
    search = "organic_search"
    two_people(tale).contact("cay", "acme", "user")
    for day, categories in enumerate(
        (("comparison", "security", "why_us", "careers"), ("docs", "product", "careers"), ("careers",))
    ):
        for minute, category in enumerate(categories):
            tale.page("ann", category, day, f"10:{minute:02d}", search)
    for minute, category in enumerate(("docs", "docs", "docs", "careers", "investors")):
        tale.page(
            "ben", category, 2, f"11:{minute:02d}", search, url=f"https://us.example/{category}-{minute}"
        )
    tale.page("cay", "home", 2, "12:00", search).page("cay", "investors", 2, "12:01", search).until(3)
    ann = decayed(10, 2) + decayed(6.25, 2) + decayed(5, 2) + decayed(2, 1) + decayed(3, 1) - 10
    tale.expect(0, persons={"ann": 16.25}, people=1)
    return tale.expect(2, persons={"ann": ann, "ben": 1}, people=1)


def the_best_of_the_day() -> Tale:
    tale = Tale(
        "48-the-best-of-the-day", "scoring.md 1, 3, 7; R25, R29, R50, R52",
        """
Of three looks at comparison in a day the two largest count, whatever came first (section 1): direct 12.5 and search 10,
not the 6 out of an e-mail. Of four equal product pages three count. Pricing counts once a day: 12.5, not 6. Three days
of products are 9 each; decayed they are 25.72, and the window holds 15. Ann and Ben are warm (S 57.312): a near miss, an early notice.
""",
    )  # fmt: skip
    search = "organic_search"
    two_people(tale).company("bolt").contact("dan", "bolt", "user")
    tale.company("cole").contact("cay", "cole", "user")
    for number, source in enumerate(("email", "direct", search)):
        url = {"url": f"https://us.example/comparison-{number}", "session_id": f"ann-{number}"}
        tale.page("ann", "comparison", 2, f"10:0{number}", source, **url)
    for number in range(4):
        tale.page("ben", "product", 2, f"10:1{number}", search, url=f"https://us.example/product-{number}")
    for number, source in enumerate(("email", "direct")):
        tale.page("cay", "pricing", 2, f"10:2{number}", source, session_id=f"cay-{number}")
    for number in range(9):
        url = {"url": f"https://us.example/product-{number}"}
        tale.page("dan", "product", number // 3, f"10:3{number}", search, **url)
    tale.until(3).expect(2, S=57.312, I=37.125, R=55, persons={"ann": 22.5, "ben": 9}, state="warming")
    tale.expect(2, account="acc-bolt", S=35, R=10, persons={"dan": 15}, state="idle")
    tale.expect(2, account="acc-cole", S=36.25, R=20, persons={"cay": 12.5}, state="idle")
    return tale.out("near_miss", 2, "10:12").out("early", 3, "00:00", "early", "score")


def one_film() -> Tale:
    tale = Tale(
        "49-two-people-and-one-film", "scoring.md 3, 7, 8; R27, R92",
        """
Two people see at least half of one demo film: act-now (section 8), T2 at S 59.25. At Bolt one of them saw 49 %, which
is nothing. At Cole they saw two films: the same points, warm, a near miss and an early notice, but no act-now.
""",
    )  # fmt: skip
    seen = {"acme": ("ann", "ben"), "bolt": ("ria", "sam"), "cole": ("uma", "vic")}
    for company, (first, second) in seen.items():
        tale.company(company).contact(first, company, "champion").contact(second, company, "economic_buyer")
        for person, share in ((first, 49 if company == "bolt" else 50), (second, 80)):
            film = {"content_type": "demo_video", "stage": "decision", "completion_pct": share}
            film["content_id"] = f"film-{person}" if company == "cole" else "film"
            tale.reads(person, "video_played", 0, "10:00", **film)
    tale.until(1).expect(0, S=59.25, I=36, R=65, persons={"ann": 15, "ben": 15}, state="open")
    tale.expect(0, account="acc-bolt", S=40.625, persons={"sam": 15}, people=1, state="idle")
    tale.expect(0, account="acc-cole", S=59.25, persons={"uma": 15, "vic": 15}, state="warming")
    tale.out("opened", 0, "10:01", "T2", "act_now").out("near_miss", 0, "10:01", subject="acc-cole")
    return tale.out("early", 1, "00:00", "early", "score", subject="acc-cole")


def the_same_person() -> Tale:
    tale = Tale(
        "53-one-person-two-names", "scoring.md 2, 4, 8; R27, R28, R79",
        """
Somebody is known by an address alone and looks at pricing; the next day the CRM gives that address a contact id, and
under the id alone pricing is read again. It is one person (sections 2 and 4): two people on pricing would be an act-now.
""",
    )  # fmt: skip
    tale.company("acme").page(None, "pricing", 0, "10:00", "organic_search", email="Ann@Acme.example")
    tale.contact("ann", "acme", day=1).page("ann", "pricing", 2, "10:00", "organic_search").until(3)
    tale.expect(0, people=1, persons={"ann@acme.example": 10}, n_current=1)
    return tale.expect(
        2, people=1, engaged=1, persons={"ann": decayed(10, 2) + 10}, n_current=2, state="idle"
    )


def matched_by_the_crm() -> Tale:
    tale = Tale(
        "54-matched-by-the-crm", "scoring.md 2, 4, 8; R20, R71, R79",
        """
An account without a domain, people with private addresses and no contact record: their acts carry the account's id,
which is a CRM match (section 2), so they count there (x0.9, role unknown). I 45, R 55, S 61.25; both were on pricing:
act-now, under the account's id.
""",
    )  # fmt: skip
    tale.company("acme", account_domain=None)
    for second, (person, category) in enumerate(
        (p, c) for p in ("ann", "ben") for c in ("pricing", "comparison")
    ):
        known = {"email": f"{person}@gmail.com", "account_id": "acc-acme"}
        tale.page(person, category, 0, f"10:00:0{second}", **known)
    tale.until(1).expect(0, S=61.25, I=45, R=55, people=2, persons={"ann": 25, "ben": 25}, state="open")
    return tale.out("opened", 0, "10:01", "T2", "act_now")


def another_company() -> Tale:
    tale = Tale(
        "55-she-works-elsewhere", "scoring.md 2, 7; R20, R79",
        """
Acme has an open alert; Bolt has one busy buyer. A contact record says that Ann works at Bolt: all her acts follow her
(section 2). Acme is left with Ben and says nothing (it leaves by the exit rule); Bolt has two people, I 60.069 and
S 71.284: T2 at that tick.
""",
    )  # fmt: skip
    opened(tale).company("bolt").contact("sam", "bolt", "economic_buyer")
    tale.page("sam", "comparison", 0, "10:00:30").mail("sam", "reply", 0, "10:00:40")
    tale.contact("ann", "acme", "champion", 1, account_domain="bolt.example").until(2)
    tale.expect(0, account="acc-bolt", I=34.375, people=1, failed="intent people score", state="idle")
    tale.expect(1, people=1, persons={"ben": 2 * decayed(12.5, 1)}, state="open")
    sam, ann = decayed(12.5, 1) + decayed(15, 1), 2 * decayed(12.5, 1)
    tale.expect(1, account="acc-bolt", people=2, persons={"ann": ann, "sam": sam}, failed="", state="open")
    return tale.out("opened", 1, "07:01", "T2", "score", subject="acc-bolt")


def served_at_last() -> Tale:
    tale = Tale(
        "56-a-country-we-serve", "scoring.md 7, 9; R7, R82",
        """
We serve Germany alone. Acme is in France: suppressed (section 9), although France is in the ICP. When the CRM says
Germany, the account leaves the side state (section 7) and, still strong, opens.
""",
        policy={"disqualify": {"served_countries": ["DE"]}},
    )  # fmt: skip
    tale.company("acme", country="FR").contact("ann", "acme", "champion").contact(
        "ben", "acme", "economic_buyer"
    )
    tale.pair(0, "10:00").company("acme", 0, "15:00").until(1)
    tale.expect(0, "12:00", S=71.25, F=100, failed="", state="suppressed").expect(0, state="open")
    return tale.out("opened", 0, "15:01", "T2", "score")


def a_job_seeker_for_a_while() -> Tale:
    tale = Tale(
        "57-a-job-seeker-for-a-while", "scoring.md 8, 9; R70",
        """
Two careers pages of three: a job seeker, excluded for 90 days (section 9). A demo request on day 60 is none; one on
day 125 is a hand-raise, and 20 points.
""",
    )  # fmt: skip
    two_people(tale).page("ann", "pricing", 0, "10:00")
    for minute in (1, 2):
        tale.page("ann", "careers", 0, f"10:0{minute}", url=f"https://us.example/careers-{minute}")
    for day in (60, 125):
        tale.asks("ann", day, "10:00:30", session_source="organic_search")
    tale.until(126).expect(0, persons={}, I=0, people=0).expect(60, persons={}, state="idle")
    tale.expect(125, I=23, persons={"ann": 20}, state="open")
    return tale.out("opened", 125, "10:00:30", "FAST", "hand_raise")
