"""The weekly report: which alerts are of the period, what counts as touched, in time, qualified and won."""

from typing import Any

from support.stories import a_policy, at

from schemas.signal import Disposition
from streams.learning import Counted, Learner
from streams.report import Report, Share, median, report
from streams.timeline import DAY, HOUR, MINUTE, iso_text

POLICY = a_policy()


def alert(name: str, day: int = 0, due_hours: int = 24, content: tuple[str, ...] = ()) -> dict[str, Any]:
    """The least of an `opened` record that a report looks at."""
    line = {"line_id": "signal:web.pricing:ann", "kind": "signal", "signal": "web.pricing", "points": 900}
    return {
        "id": f"sr-{name}", "type": "intent.sales_ready.opened.v1", "subject": f"acc-{name}",
        "partitionkey": f"default/{name}.example", "time": iso_text(at(day)),
        "data": {
            "decision": {"tier": "T1", "S": 70_000, "F": 80_000, "I": 60_000, "R": 70_000},
            "explanation": {"intent": {"lines": [line]}}, "why_now": {"headline": f"{name} is busy"},
            "attribution": {"last_source": "direct"}, "buying_group": {"people": []}, "routing": {"segment": None},
            "brief": {"campaigns": [], "content": list(content)},
            "sla": {
                "handed_off_at": iso_text(at(day)), "first_touch_due_at": iso_text(at(day) + due_hours * HOUR),
            },
        },
    }  # fmt: skip


def said(name: str, status: str, hours: float, **fields: Any) -> Disposition:
    """What sales said of an alert, so many hours after the first day began."""
    moment = at(0) + int(hours * HOUR)
    return Disposition(
        event_id=f"{name}-{status}-{hours}", source="crm", at=moment, received=moment, account_id=f"acc-{name}",
        sales_ready_id=f"sr-{name}", status=status, **fields,
    )  # fmt: skip


def week(*records: dict[str, Any] | Disposition, since: int = 0, until: int = 7) -> Report:
    learner, kept = Learner(), dict[str, dict[str, Any]]()
    for record in records:
        if isinstance(record, Disposition):
            learner.disposition(record)
            continue
        kept[record["id"]] = record
        if "sales_ready" in record["type"]:
            learner.event(record)
    begin = at(0) + since * DAY
    alerts, _ = learner.alerts()
    return report(alerts, kept, learner.lesson(POLICY), begin, begin + (until - since) * DAY, POLICY)


def test_only_alerts_of_the_period_count_and_answers_of_any_time() -> None:
    found = week(
        alert("a", -1), alert("b", 0), alert("c", 7), said("b", "accepted", 1000), said("a", "rejected", 1)
    )

    assert found.opened == {"T1": 1}
    assert found.acceptance == Counted(1, 0)


def test_the_latest_answer_counts() -> None:
    found = week(alert("a"), said("a", "rejected", 2, reason="no_need"), said("a", "working", 3))

    assert found.acceptance == Counted(1, 0)
    assert found.rejections == []


def test_the_first_touch_is_the_earliest_that_is_told() -> None:
    early = at(0) + 30 * MINUTE
    found = week(
        alert("a"), said("a", "accepted", 5), said("a", "contacted", 6, first_touch_at=early), alert("b")
    )

    assert found.first_touch_minutes == [30]
    assert found.in_time == Share(1, 2)  # nobody touched b, whose time is up


def test_an_alert_whose_time_is_not_up_is_neither_in_time_nor_late() -> None:
    found = week(alert("a", 6, due_hours=72), until=7)

    assert found.in_time == Share(0, 0)
    assert found.in_time.thousandths is None


def test_a_touch_after_the_term_is_late() -> None:
    assert week(alert("a", due_hours=4), said("a", "contacted", 5)).in_time == Share(0, 1)


def test_a_reason_of_other_is_no_reason() -> None:
    found = week(
        alert("a"), said("a", "rejected", 1, reason="no_budget"), alert("b"),
        said("b", "rejected", 2, reason="other", note="n"),
    )  # fmt: skip

    assert found.known_reasons == Share(1, 2)


def test_rejections_say_the_dimension_and_carry_the_explanation_the_latest_first() -> None:
    records = [alert(f"a{n}") for n in range(12)]
    answers = [said(f"a{n}", "rejected", n, reason="no_budget") for n in range(12)]
    found = week(*records, *answers).rejections

    assert [one.account for one in found] == [f"acc-a{n}" for n in range(11, 1, -1)]
    assert found[0].dimension == POLICY.reasons["no_budget"].dimension
    assert found[0].explanation == records[11]["data"]["explanation"]
    assert found[0].scores == {"S": 70_000, "F": 80_000, "I": 60_000, "R": 70_000}


def test_an_opportunity_counts_once_with_its_latest_amount() -> None:
    money = {"opportunity_id": "o", "currency": "EUR"}
    found = week(
        alert("a"), said("a", "opportunity_created", 1, amount_milli=5_000_000, **money),
        said("a", "closed_won", 9, amount_milli=4_000_000, **money), alert("b"),
        said("b", "opportunity_created", 2, opportunity_id="p", currency="USD", amount_milli=1_000),
    )  # fmt: skip

    assert found.pipeline_milli == {"EUR": 4_000_000, "USD": 1_000}
    assert found.sql == Share(2, 2)


def test_content_of_won_accounts_stands_before_that_of_lost_ones() -> None:
    found = week(
        alert("a", content=("guide", "tour")), said("a", "closed_won", 1), alert("b", content=("guide", "paper")),
        said("b", "closed_lost", 2, reason="no_budget"), alert("c", content=("other",)),
    )  # fmt: skip

    assert [(one.content_id, one.won, one.lost) for one in found.content] == [
        ("tour", 1, 0), ("guide", 1, 1), ("paper", 0, 1),
    ]  # fmt: skip


def test_lift_is_the_rate_of_a_trait_against_that_of_all() -> None:
    paid = alert("b")
    paid["data"]["attribution"]["last_source"] = "paid"
    found = week(alert("a"), paid, said("a", "accepted", 1), said("b", "rejected", 1, reason="no_need"))

    lifts = {(one.kind, one.name): (one.n, one.lift) for one in found.lift}
    assert lifts["source", "direct"] == (1, 2000)
    assert lifts["source", "paid"] == (1, 0)
    assert lifts["signal", "web.pricing"] == (2, 1000)


def test_notices_are_counted_by_kind() -> None:
    notice = {"id": "w", "type": "intent.watch.near_miss.v1", "time": iso_text(at(1))}

    assert week(notice, {**notice, "id": "x", "time": iso_text(at(9))}).said == {"near_miss": 1}


def test_the_middle_of_nothing_is_none() -> None:
    assert median([]) is None
    assert median([1, 2, 9]) == 2
