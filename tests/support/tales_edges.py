"""Stories at the edges: where two rules meet, and where a rule ends."""

from collections.abc import Iterator
from typing import Any

from support.builders import Tale, decayed
from support.tales_limits import BUSY
from support.tales_signals import two_people


def edges() -> Iterator[Tale]:
    """Every story of this kind."""
    yield a_visitor_says_no()
    yield a_long_read()
    yield reminded_on_monday()


def a_visitor_says_no() -> Tale:
    tale = Tale(
        "77-a-visitor-says-no", "scoring.md 2, 4, 9; R29, R71, R79",
        """
Ann is engaged. Two visitors of Acme (reverse IP, 0.9) look at pricing and comparison: 10 points together, a person
together, so people are two. Both say no to being followed: denied consent excludes them, before and after (section 9),
though nobody knows who they are. One says yes again: 10 points at most, and half a person. S 55.625 is a near miss.
""",
    )  # fmt: skip
    match = {"account_domain": "acme.example", "account_match": {"method": "reverse_ip", "confidence": 0.9}}
    two_people(tale).pair(0, "10:00", people=("ann",))
    for visitor in ("v1", "v2"):
        seen: dict[str, Any] = {"anonymous_id": visitor, "session_id": visitor, **match}
        for second, category in enumerate(("pricing", "comparison")):
            tale.page(None, category, 0, f"11:00:0{second}", "organic_search", **seen)
        no = {"state": "denied", "basis": "banner"}
        tale.page(None, "legal", 0, "13:00", "organic_search", consent=no, **seen)
        tale.page(None, "security", 0, "13:05", "organic_search", **seen)
    yes = {"state": "granted", "basis": "banner"}
    tale.page(
        None, "legal", 0, "15:00", "organic_search", anonymous_id="v1", session_id="v1", consent=yes, **match
    )
    tale.until(1).expect(0, "12:00", anonymous=10, people=2, engaged=1, persons={"ann": 25})
    tale.expect(0, "14:00", anonymous=0, people=1, engaged=1, persons={"ann": 25})
    tale.expect(0, anonymous=10, people=1.5, engaged=1, persons={"ann": 25})
    return tale.out("near_miss", 0, "11:01")


def a_long_read() -> Tale:
    tale = Tale(
        "78-a-long-read", "scoring.md 1, 3; R25, R29",
        """
Ann reads three of five pieces, the first 95 days ago, the last 45 days ago: within 60 days of each other, so the
storyline of 12 is paid on the day of the last and counts for 60 days (section 3), longer than the first piece itself
does. Awareness: 9 x 0.75. The tenant reads on, so that every day is evaluated.
""",
    )  # fmt: skip
    series: dict[str, Any] = {
        "storyline_id": "s",
        "storyline_length": 5,
        "stage": "awareness",
        "prompted_by": "self",
    }
    tale.company("acme", -99).contact("ann", "acme", "user", -99)
    for number, day in enumerate((-95, -60, -45)):
        tale.reads(
            "ann", "download_consumed", day, "10:00", content_id=f"c{number}", dwell_seconds=60, **series
        )
    tale.page("ann", "home", 0, "10:00", "organic_search").until(1)
    points = round(0.5 + decayed(6, 60, 21) + decayed(6, 45, 21) + decayed(9, 45, 21), 3)
    return tale.expect(0, persons={"ann": points}, I=points, failed="intent people decision_stage score")


def reminded_on_monday() -> Tale:
    tale = Tale(
        "79-reminded-on-monday", "scoring.md 1, 7; R97, R98, R110",
        """
Four people on a Saturday, a surge: T1. On Sunday at 08:00 a technical evaluator comes: `updated`, new_role. At 12:00 an
economic buyer: the 24 hours are over on Monday at 08:01, but nobody does anything on Monday. Sales is reminded of its
hour at 09:48, at 10:00 and at 11:00: that is no evaluation (section 1, timers). The 00:00 after it sends the update.
""",
    )  # fmt: skip
    tale.company("acme")
    roles = {"ann": "champion", "dan": "user", "eve": "user", "fay": "user"}
    roles |= {"cay": "technical_evaluator", "ben": "economic_buyer"}
    for number, (person, role) in enumerate(roles.items()):
        tale.contact(person, "acme", role)
        day, clock = {"cay": (-1, "08:00"), "ben": (-1, "12:00")}.get(person, (-2, "10:00"))
        for second, category in enumerate(BUSY):
            tale.page(person, category, day, f"{clock}:{number}{second}")
    tale.until(2).expect(0, people=6, S=100, state="open").out("opened", -2, "10:01", "T1", "surge")
    tale.out("updated", -1, "08:01", "T1", "surge", "new_role")
    return tale.out("updated", 1, "00:00", "T1", "surge", "new_role")
