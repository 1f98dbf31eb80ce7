"""Where a partition goes on, and what the runtime asks of its jobs and switches."""

from __future__ import annotations

import pytest
from faust.types import TP
from support.changelogs import marker
from support.counting import Counting

from agents.runtime.failpoints import Failpoints
from agents.runtime.fatal import RuntimeFault
from agents.runtime.host import Host
from agents.runtime.observer import Silent
from agents.runtime.outbox import Outbox
from agents.runtime.processor import Job
from agents.runtime.progress import Progress
from agents.runtime.recovery import start_offset


def test_only_the_marker_says_where_to_go_on() -> None:
    assert start_offset("log", 0, marker(1, 1, 500), committed=400, first=0) == 500
    assert start_offset("log", 0, marker(1, 1, 500), committed=None, first=0) == 500


def test_a_fresh_partition_begins_at_its_oldest_record() -> None:
    assert start_offset("log", 0, None, committed=None, first=17) == 17
    assert start_offset("log", 0, None, committed=0, first=0) == 0


@pytest.mark.parametrize(
    ("found", "committed", "first", "cause"),
    [
        (None, 5, 0, "no marker"),
        (marker(1, 1, 500), 501, 0, "lost commits"),
        (marker(1, 1, 500), 400, 501, "deleted before"),
    ],
)
def test_going_on_is_refused_where_it_would_lose_records(
    found: object, committed: int, first: int, cause: str
) -> None:
    with pytest.raises(RuntimeFault, match=cause):
        start_offset("log", 0, found, committed, first)  # type: ignore[arg-type]


def test_a_stateful_job_has_one_topic_and_a_changelog() -> None:
    with pytest.raises(ValueError, match="one topic"):
        Job("x", Counting(), ("a", "b"), stateful=True, changelog="c")
    with pytest.raises(ValueError, match="one topic"):
        Job("x", Counting(), ("a",), stateful=True)


def host(*jobs: Job) -> Host:
    """A host that will not send."""
    points = Failpoints({})
    return Host(jobs, Outbox(lambda: None, 10, points), Silent(), points, 1000)


def test_two_jobs_do_not_read_the_same_topic() -> None:
    with pytest.raises(ValueError, match="same topic"):
        host(Job("x", Counting(), ("a",)), Job("y", Counting(), ("a",)))


@pytest.mark.parametrize("environ", [{"INTENT_MUTANT": "x"}, {"INTENT_FAILPOINTS": "after_state=soon"}])
def test_a_misspelt_fault_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"unknown|could not convert"):
        Failpoints(environ)


def test_a_partition_is_stalled_when_it_is_behind_and_no_commit_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    tp, hosting = TP("a", 0), host(Job("x", Counting(), ("a",)))
    progress = Progress(hosting, stall_seconds=30, exit_when_stalled=False)
    hosting.start(tp, 10, committed=10)

    for now[0], committed, end, stalled in [
        (0.0, 10, 10, False), (99.0, 10, 10, False), (100.0, 10, 12, False), (131.0, 10, 12, True),
        (132.0, 11, 12, False), (163.0, 11, 12, True), (164.0, 12, 12, False), (300.0, 12, 12, False),
    ]:  # fmt: skip
        hosting.committed[tp] = committed
        progress.look(lambda tp, end=end: end)  # type: ignore[misc]
        assert (tp in progress.stalled) is stalled
        assert progress.lag[tp] == end - committed
