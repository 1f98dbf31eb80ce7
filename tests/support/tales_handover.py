"""Stories about what a hand-over carries and who answers it: clocks, the brief, trust in sources, the taxonomy."""

import json
from collections.abc import Iterator

from support.builders import SCENARIO_POLICY, Tale


def handovers() -> Iterator[Tale]:
    """Every story of this kind."""
    yield reminders()
    yield over_the_weekend()
    yield before_the_call()
    yield trust_per_source()
    yield nobody_counted_it()
    yield the_taxonomy()
    yield no_without_a_why()


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
