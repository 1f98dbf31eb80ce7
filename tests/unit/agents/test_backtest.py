"""A backtest: the same events under two policies, and what sales had said of the accounts that fall out."""

from pathlib import Path

from support.answers import POLICY, STORY

from agents.backtest import Backtest, backtest
from agents.replay_files import read_entries
from schemas.signal import Disposition
from streams.learning import Alert
from streams.policy import Policy, parse_policy

BEFORE = parse_policy(POLICY.read_bytes())
SUBJECT = "acc-northwind-labs"


def deaf() -> Policy:
    """A policy that nobody reaches."""
    return parse_policy({"thresholds": {"ready": 99}})


def alert(*statuses: str) -> Alert:
    said = [
        Disposition(
            event_id=status, source="crm", at=number, received=number, sales_ready_id="x", account_id=SUBJECT,
            status=status,
        )
        for number, status in enumerate(statuses)
    ]  # fmt: skip
    return Alert("x", "2026-03-20T00:00:00.000Z", SUBJECT, {}, said)


def tried(after: Policy, *alerts: Alert, story: Path = STORY) -> Backtest:
    return backtest(lambda: read_entries((story,), False), BEFORE, after, alerts)


def test_the_same_policy_changes_nothing() -> None:
    found = tried(BEFORE, alert("accepted"))

    assert (found.before, found.after, found.new) == (1, 1, [])


def test_an_account_that_falls_out_is_told_by_what_sales_said() -> None:
    assert tried(deaf(), alert("working")).gone_accepted == [SUBJECT]
    assert tried(deaf(), alert("working", "rejected")).gone_rejected == [SUBJECT]
    assert tried(deaf(), alert()).gone_unanswered == [SUBJECT]


def test_an_account_that_comes_in_is_new() -> None:
    found = backtest(lambda: read_entries((STORY,), False), deaf(), BEFORE, ())

    assert (found.before, found.after, found.new) == (0, 1, [SUBJECT])


def test_a_policy_among_the_events_does_not_take_the_place_of_the_one_that_is_tried(tmp_path: Path) -> None:
    story = tmp_path / "with-policy.jsonl"
    record = (
        '{"topic": "intent.policy.v1", "key": "policy", "value": {"event_id": "p", "source": "s", "type": "policy",'
        ' "occurred_at": "2025-12-01T00:00:00Z", "policy": {}}}\n'
    )
    story.write_text(record + STORY.read_text())

    assert tried(deaf(), story=story).after == 0
