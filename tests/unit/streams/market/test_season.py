"""A season: a stream in received order that the same seed repeats, with a truth that tells intent from accident."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from support.sample_stage import Stage

from streams.market import Season
from streams.market.judge import Judge
from streams.market.truth import Truth
from streams.timeline import day_of, day_text

START = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)


def test_records_come_in_received_order_and_within_the_season() -> None:
    records = list(Season(30, 40, 1, START).records())
    times = [raw.at for raw in records]

    assert len(records) > 500
    assert times == sorted(times)
    assert START - 86_400_000 <= times[0] <= times[-1] < START + 30 * 86_400_000


def test_event_ids_never_repeat() -> None:
    ids = [raw.value["event_id"] for raw in Season(30, 40, 1, START).records()]

    assert len(ids) == len(set(ids))


def test_the_same_seed_tells_the_same_and_another_seed_does_not() -> None:
    assert list(Season(20, 30, 1, START).records()) == list(Season(20, 30, 1, START).records())
    assert list(Season(20, 30, 1, START).records()) != list(Season(20, 30, 2, START).records())
    assert list(Season(20, 30, 1, START).truths()) == list(Season(20, 30, 1, START).truths())


def test_a_season_is_a_stream_however_long() -> None:
    """The first records of ten years come at once."""
    assert len(list(islice(Season(3650, 50, 1, START).records(), 1000))) == 1000


def test_every_account_has_one_truth_and_buyers_have_a_journey_inside_the_season() -> None:
    truths = list(Season(120, 400, 1, START).truths())
    first, last = day_text(day_of(START)), day_text(day_of(START) + 119)

    assert len(truths) == 400
    assert len({truth.account for truth in truths}) == 400
    assert {truth.expected for truth in truths} == {"fires", "held", "silent", "redirected", "review"}
    for truth in truths:
        assert bool(truth.journeys) == (truth.expected == "fires")
        assert all(first <= opening <= closing <= last for opening, closing in truth.journeys)


def test_intake_takes_every_record_and_most_truths_come_true() -> None:
    season, stage, judge = Season(40, 60, 4, START), Stage(), Judge()
    day = 0
    for raw in season.records():
        if day_of(raw.at) != day:
            day = day_of(raw.at)
            stage.tick(day * 86_400_000)
        stage.tell([raw])
    stage.tick(START + 40 * 86_400_000)
    for emit in stage.heard:
        judge.take(emit.topic, emit.value)
    report = judge.report(season.truths(), 40)

    assert report.recall is not None
    assert report.recall >= 0.7
    assert report.precision is not None
    assert report.precision >= 0.7


def _opened(subject: str, day: str, tier: str = "T1") -> dict[str, object]:
    return {
        "type": "intent.sales_ready.opened.v1", "subject": subject, "time": f"{day}T10:00:00.000Z",
        "data": {"decision": {"tier": tier}},
    }  # fmt: skip


def _truth(account: str, expected: str, *journey: str) -> Truth:
    journeys = ((journey[0], journey[1]),) if journey else ()
    return Truth(account, account, f"{account}.example", "story", expected, journeys=journeys)


def test_an_alert_about_a_buyer_at_its_time_is_right_and_any_other_is_false() -> None:
    judge = Judge()
    for subject, day in (("a", "2026-02-10"), ("b", "2026-01-01"), ("c", "2026-02-10"), ("a", "2026-05-01")):
        judge.take("intent.sales-ready.v1", _opened(subject, day))
    truths = [
        _truth("a", "fires", "2026-02-05", "2026-02-10"),
        _truth("b", "fires", "2026-02-05", "2026-02-10"),
    ]
    report = judge.report([*truths, _truth("c", "silent")], 70)

    assert (report.alerts, report.true_alerts, report.buyers, report.found) == (4, 1, 2, 1)
    assert report.precision == 0.25
    assert report.recall == 0.5
    assert report.false_alerts_per_account_week == pytest.approx(3 / 30)


def test_a_redirection_counts_only_without_an_alert() -> None:
    judge = Judge()
    judge.take("intent.review.v1", {"type": "intent.review.redirected.v1", "subject": "a"})
    judge.take("intent.review.v1", {"type": "intent.review.redirected.v1", "subject": "b"})
    judge.take("intent.sales-ready.v1", _opened("b", "2026-02-10"))
    rows = judge.report([_truth("a", "redirected"), _truth("b", "redirected")], 7).rows

    assert [(row.accounts, row.right) for row in rows] == [(2, 1)]


def test_nothing_to_divide_by_is_no_share() -> None:
    report = Judge().report([_truth("a", "held")], 7)

    assert report.precision is None
    assert report.recall is None
