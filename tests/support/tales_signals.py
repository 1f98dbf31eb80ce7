"""Stories about points: what one act is worth, and what it is not."""

# ruff: noqa: E501  one record a line is easier to read than one in four

from collections.abc import Iterator

from support.builders import Tale, decayed


def signals() -> Iterator[Tale]:
    """Every story of this kind."""
    yield late_third_party()
    yield ahead_of_its_time()
    yield values_nobody_listed()
    yield only_when_mailed()
    yield exactly_a_quarter()
    yield how_long_they_stayed()
    yield four_pages_of_docs()
    yield a_skim_is_nothing()
    yield the_reader_it_was_written_for()
    yield the_form_is_the_gate()
    yield writing_back()
    yield one_topic_a_week()


def two_people(tale: Tale) -> Tale:
    """A fitting company with a champion and an economic buyer."""
    return tale.company("acme").contact("ann", "acme", "champion").contact("ben", "acme", "economic_buyer")


def late_third_party() -> Tale:
    tale = Tale(
        "01-late-third-party-alone-opens-nothing", "scoring.md 1, 3, 7; R30, R59, R61",
        """
Two people bring S to 69.062 (F 85: the company is not a named account; I 63.125; R 65): a near miss, only the score is
short. At noon a provider reports a brand topic of 20 days ago: 11.25 points, of which 20 days leave 4.179. S passes 70,
yet a record more than 14 days late opens nothing by itself. At midnight, when the early notice is due, decay has taken S
below 70 again.
""",
    )  # fmt: skip
    late = decayed(11.25, 20)
    tale.company("acme", named_account=False)
    tale.contact("ann", "acme", "champion").contact("ben", "acme", "economic_buyer").calm(0, "10:00")
    tale.topic("acme", "streaming", -20, "08:00", 100, "brand", delay=20 * 86400 + 4 * 3600).until(1)
    tale.expect(0, "11:00", S=69.062, F=85, I=63.125, R=65, failed="score", state="warming")
    tale.expect(0, S=21.25 + (63.125 + late) / 2 + 16.25, third_party=late, failed="", state="warming")
    return tale.out("near_miss", 0, "10:01").out("early", 1, "00:00", "early", "score")


def ahead_of_its_time() -> Tale:
    tale = Tale(
        "02-a-clock-that-runs-ahead", "scoring.md 1, 3; R30, R79",
        """
A browser's clock is half an hour fast: the pricing view of 00:20 was received at 23:50 the day before, and counts on
the day of its receipt. Four minutes are within the tolerance: the comparison view of 00:02, received at 23:58, keeps
its own day, and is worth nothing until that day has come. Coming back on another day by herself is 2.5 more.
""",
    )  # fmt: skip
    two_people(tale).page("ann", "pricing", 1, "00:20", delay=-1800).page(
        "ann", "comparison", 1, "00:02", delay=-240
    )
    tale.until(2).expect(0, "23:59:30", persons={"ann": 12.5}, n_current=1)
    return tale.expect(1, "12:00", persons={"ann": decayed(12.5, 1) + 12.5 + 2.5}, n_current=2)


def values_nobody_listed() -> Tale:
    tale = Tale(
        "04-values-nobody-listed", "scoring.md 2, 3; R62, R79",
        """
An unlisted page category is `other` (0.5), an unlisted session source unknown (x1.0, so pricing is 8 x 1.25), an
unlisted topic class unknown (x1.0: 1.5 x 3). An unlisted consent state is a dead letter: that page never happened.
""",
    )  # fmt: skip
    two_people(tale).page("ann", "wibble", 0, "10:00", source="telepathy").page(
        "ann", "pricing", 0, "10:05", source="pigeon"
    )
    tale.page("ann", "security", 0, "10:10", consent={"state": "perhaps"})
    tale.topic("acme", "streaming", 0, "11:00", 80, "weather").until(1)
    return tale.expect(0, persons={"ann": 10.5}, third_party=4.5)


def only_when_mailed() -> Tale:
    tale = Tale(
        "05-only-when-somebody-mails-them", "scoring.md 3, 4, 7; R50, R51, R52",
        """
Two people look at comparison, and one at pricing, the other at "Why us", but only ever out of an e-mail: x0.6, nothing
self-directed (12 and 9 points). S 53.775 makes the account warm, which is a near miss; an early notice needs people who come by themselves.
""",
    )  # fmt: skip
    two_people(tale).pair(0, "10:00", people=("ann",), source="email")
    for category in ("comparison", "why_us"):
        tale.page("ben", category, 0, "10:00:20", source="email")
    tale.until(2)
    tale.expect(
        0,
        S=53.775,
        I=25.05,
        R=65,
        persons={"ann": 12, "ben": 9},
        failed="intent self_directed score",
        state="warming",
    )
    return tale.out("near_miss", 0, "10:01")


def exactly_a_quarter() -> Tale:
    tale = Tale(
        "06-exactly-a-quarter-self-directed", "scoring.md 4, 5, 6; R50, R68",
        """
Six people read an analyst report: one by themselves (12 x 1.25 = 15), five out of an e-mail (12 x 0.6 x 1.25 = 9).
15 of 60 points are self-directed: exactly the quarter that the gate asks for, so Acme opens, with a surge. At Bolt the
same happens, and a seventh person asks one question out of an e-mail (2.4): 15 of 62.4 are not enough. That is the
only gate that fails: a near miss.
""",
    )  # fmt: skip
    for company in ("acme", "bolt"):
        tale.company(company)
        for number in range(7):
            tale.contact(f"{company}-{number}", company)
        for number in range(6):
            prompted = "email" if number else "self"
            report = {
                "content_type": "analyst_report",
                "stage": "decision",
                "dwell_seconds": 60,
                "prompted_by": prompted,
            }
            tale.reads(f"{company}-{number}", "download_consumed", 0, f"10:00:{number:02d}", **report)
    tale.reads("bolt-6", "question_asked", 0, "10:00:30", prompted_by="email").until(2)
    tale.expect(0, S=73.25, I=54, R=85, failed="", surge=True, n_current=6, state="open")
    tale.expect(
        0, account="acc-bolt", S=74.33, I=56.16, R=85, failed="self_directed", n_current=7, state="warming"
    )
    tale.out("opened", 0, "10:01", "T1", "surge")
    return tale.out("near_miss", 0, "10:01", subject="acc-bolt")


def how_long_they_stayed() -> Tale:
    tale = Tale(
        "27-registered-is-not-attended", "scoring.md 3, 5; R34, R53, R54",
        """
A registration is 3 x 0.75 however often the person does not come. Nine minutes of a live webinar, or 49 % of it, are
nothing; ten minutes or half of it are 12. On demand only minutes count: 9 from ten minutes on. Three engaged people and
four person-days after a silence are warm (R 60), which is a near miss, with no decision in sight.
""",
    )  # fmt: skip
    tale.company("acme")
    acts = {
        "absent": ("webinar_registered", {}), "nine": ("webinar_attended", {"minutes": 9}),
        "less": ("webinar_attended", {"completion_pct": 49}), "ten": ("webinar_attended", {"minutes": 10}),
        "half": ("webinar_attended", {"completion_pct": 50}), "short": ("webinar_on_demand", {"minutes": 9.9}),
        "later": ("webinar_on_demand", {"minutes": 10}),
    }  # fmt: skip
    for person, (kind, fields) in acts.items():
        tale.contact(person, "acme").reads(person, kind, 0, "10:00", **fields)
    tale.until(1).expect(
        0, S=55.862, I=31.725, R=60, persons={"absent": 2.25, "ten": 12, "half": 12, "later": 9}, n_current=4,
        failed="intent decision_stage score",
    )  # fmt: skip
    return tale.out("near_miss", 0, "10:01")


def four_pages_of_docs() -> Tale:
    tale = Tale(
        "35-the-fourth-page-of-docs", "scoring.md 1, 3; R29, R32",
        """
Docs count three times a day (2 each); the fourth and fifth page of the day are nothing. The next day counts again, and
the first three have decayed by one day of fourteen.
""",
    )  # fmt: skip
    two_people(tale)
    for number in range(5):
        tale.page(
            "ann",
            "docs",
            0,
            f"10:{number:02d}",
            source="organic_search",
            url=f"https://us.example/docs/{number}",
        )
    tale.page("ann", "docs", 1, "10:00", source="organic_search").until(2)
    return tale.expect(0, persons={"ann": 6}, n_current=1).expect(
        1, persons={"ann": decayed(6, 1) + 2}, n_current=2
    )


def a_skim_is_nothing() -> Tale:
    tale = Tale(
        "28-a-skim-is-nothing", "scoring.md 3; R47, R48, R49, R106",
        """
Four seconds on pricing are a skim: no points and no person-day. Five are a visit (8 x 1.25). A case study asks for
thirty; two minutes are x1.25, four x1.5. The largest engagement of a visit counts, and a visit is one.
""",
    )  # fmt: skip
    two_people(tale)
    engaged = {"type": "page_engagement", "source": "organic_search"}
    tale.page("ann", "pricing", 0, "10:00", dwell_seconds=4, **engaged)
    tale.page("ben", "pricing", 0, "10:00", dwell_seconds=5, **engaged)
    tale.page("ben", "case_study", 0, "10:05", dwell_seconds=29, **engaged)
    tale.page("ben", "case_study", 0, "10:06", dwell_seconds=120, **engaged)
    tale.page("ben", "security", 0, "10:10", dwell_seconds=240, **engaged).until(1)
    return tale.expect(0, persons={"ben": 10 + 5 + 5 * 1.5 * 1.25}, n_current=1)


def the_reader_it_was_written_for() -> Tale:
    tale = Tale(
        "37-the-reader-it-was-written-for", "scoring.md 3; R14, R43",
        """
A paper for economic buyers: x1.25 for one of them, x0.75 for a champion, x1.0 for somebody whose role nobody knows.
Three readers make the account warm (S 52.05), a near miss.
""",
    )  # fmt: skip
    two_people(tale).contact("cay", "acme")
    for person in ("ann", "ben", "cay"):
        paper = {"persona": "economic_buyer", "stage": "consideration", "dwell_seconds": 60}
        tale.reads(person, "download_consumed", 0, "10:00", **paper)
    return (
        tale.until(1)
        .expect(0, S=52.05, I=26.6, R=55, persons={"ann": 6, "ben": 10, "cay": 8})
        .out("near_miss", 0, "10:01")
    )


def the_form_is_the_gate() -> Tale:
    tale = Tale(
        "38-the-form-in-front-of-a-paper", "scoring.md 3, 7; R34, R35, R36, R53",
        """
A form with a content id is the gate of that download and scores nothing; the click on it is 3, reading it 8. A form
that gates nothing is 12. Being identified is worth nothing. Two people at it are just warm: S 50.075, a near miss.
""",
    )  # fmt: skip
    form = {"type": "form_submit", "form_kind": "other", "page_category": None, "url": None}
    two_people(tale).page("ann", "form", 0, "10:00", source="organic_search", content_id="paper-1", **form)
    tale.reads("ann", "download_clicked", 0, "10:01")
    tale.reads("ann", "download_consumed", 0, "10:30", dwell_seconds=60)
    tale.page("ben", "form", 0, "11:00", source="organic_search", **form).until(1)
    return tale.expect(0, S=50.075, persons={"ann": 11, "ben": 12}).out("near_miss", 0, "11:01")


def writing_back() -> Tale:
    tale = Tale(
        "34-writing-back-is-their-own-doing", "scoring.md 3, 4; R50, R51",
        """
A reply is 12 x 1.25 and self-directed, a forward 5 x 0.6 and not: 15 of 18 points are the person's own doing. An open
is worth nothing.
""",
    )  # fmt: skip
    two_people(tale).mail("ann", "open", 0, "09:00").mail("ann", "reply", 0, "10:00").mail(
        "ann", "forward", 0, "10:05"
    )
    return tale.until(1).expect(0, persons={"ann": 18}, failed="intent people score", n_current=1)


def one_topic_a_week() -> Tale:
    tale = Tale(
        "36-one-topic-a-week", "scoring.md 3; R62, R63, R64",
        """
The provider reports a category topic with 70 (3.75) and, in the same ISO week, with 90 (7.5): the higher counts. The
week after it is 60 (1.875), which counts beside it. A score of 59 is no surge.
""",
    )  # fmt: skip
    two_people(tale).page("ann", "blog", 0, "08:00", source="organic_search")
    tale.topic("acme", "streaming", 1, "08:00", 70, "category").topic(
        "acme", "streaming", 4, "08:00", 90, "category"
    )
    tale.topic("acme", "streaming", 8, "08:00", 60, "category").topic(
        "acme", "etl", 8, "08:00", 59, "category"
    ).until(9)
    return tale.expect(4, third_party=7.5).expect(8, third_party=decayed(7.5, 4) + 1.875)
