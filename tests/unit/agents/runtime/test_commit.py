"""The commit, its outputs and its table, against a producer without a broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from faust.types import TP
from support.changelogs import Logged
from support.counting import Counting
from support.producers import Producer

from agents.runtime.barrier import Barrier
from agents.runtime.changelog import MARKER_KEY
from agents.runtime.failpoints import Failpoints
from agents.runtime.fatal import RuntimeFault
from agents.runtime.host import Host
from agents.runtime.observer import Silent
from agents.runtime.outbox import Outbox, partition_of
from agents.runtime.processor import Batch, Job, Output
from agents.runtime.produce import encode, send
from agents.runtime.table import Owned

SOURCE = TP("log", 0)


class Died(BaseException):
    """Stands in for the end of the process."""


@pytest.fixture(autouse=True)
def _dying(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(code: int) -> None:
        raise Died(code)

    monkeypatch.setattr("os._exit", end)


class Rig:
    """A host with the counting job, partition 0 owned, and its barrier."""

    def __init__(self, producer: Producer, points: Mapping[str, str] | None = None) -> None:
        failpoints = Failpoints(points or {})
        self.producer = producer
        self.outbox = Outbox(lambda: producer, 1000, failpoints)
        self.counting = Counting()
        job = Job("counting", self.counting, ("log",), stateful=True, changelog="changelog")
        self.host = Host([job], self.outbox, Silent(), failpoints, 1_000_000)
        self.barrier = Barrier(self.host, lambda: producer, 10.0)
        self.counting.assign(0)
        self.host.tables["log"].owned[0] = Owned(owner=1, position=0, next_offset=0)
        self.host.start(SOURCE, 0, None)
        self.committed: list[dict[TP, int]] = []

    async def commit_offsets(self, offsets: Mapping[TP, int]) -> bool:
        self.committed.append(dict(offsets))
        self.producer.order.append("offsets")
        return True

    def apply(self, first: int, count: int) -> None:
        records = [Logged(n, b"k", b'{"id": %d}' % n, [], topic="log") for n in range(first, first + count)]
        batch = Batch("log", 0, first, first + count, records, 100 * count)
        self.host.take(batch)
        self.host.apply(batch)

    async def commit(self) -> bool:
        return await self.barrier.commit(self.commit_offsets)


async def test_a_commit_writes_outputs_then_state_then_marker_then_offsets() -> None:
    rig = Rig(Producer())
    rig.apply(0, 5)

    assert await rig.commit()

    order = [name.removesuffix("-0").removesuffix("-1") for name in rig.producer.order]
    assert order == ["out", "changelog", "changelog", "offsets"]
    assert rig.producer.sent["changelog", 0][-1][0] == MARKER_KEY
    assert rig.committed == [{SOURCE: 5}]


async def test_what_is_applied_during_a_commit_waits_for_the_next_one() -> None:
    rig = Rig(Producer(held=True))
    rig.apply(0, 5)
    first = asyncio.create_task(rig.commit())
    await asyncio.sleep(0.01)

    rig.apply(5, 5)
    while not first.done():
        rig.producer.release()
        await asyncio.sleep(0.001)

    assert rig.committed == [{SOURCE: 5}]
    rig.producer.held = False
    rig.producer.release()
    await rig.commit()
    assert rig.committed[1:] == [{SOURCE: 10}]


async def test_the_first_commit_of_an_owner_writes_a_marker_though_nothing_changed() -> None:
    rig = Rig(Producer())

    await rig.commit()

    assert [key for key, _ in rig.producer.sent["changelog", 0]] == [MARKER_KEY]
    assert not await rig.commit()


async def test_keys_of_a_dropped_tail_are_written_again_unless_they_changed_since() -> None:
    rig = Rig(Producer())
    rig.host.tables["log"].owned[0].rewrite = {b"key:k": b"old", b"gone": None}
    rig.apply(0, 1)

    await rig.commit()

    written = dict(rig.producer.sent["changelog", 0])
    assert written[b"gone"] is None
    assert written[b"key:k"] != b"old"


async def test_a_foreign_record_in_the_changelog_ends_the_process() -> None:
    rig = Rig(Producer())
    await send(rig.producer, "changelog", 0, encode(rig.producer, [(b"intruder", b"x", [])]))
    rig.apply(0, 1)

    with pytest.raises(Died):
        await rig.commit()
    assert rig.committed == []


async def test_refused_offsets_end_the_process() -> None:
    rig = Rig(Producer())
    rig.apply(0, 1)

    async def refuse(offsets: Mapping[TP, int]) -> bool:
        return False

    with pytest.raises(Died):
        await rig.barrier.commit(refuse)


async def test_a_batch_out_of_turn_is_refused() -> None:
    rig = Rig(Producer())

    with pytest.raises(RuntimeFault, match="out of turn"):
        rig.host.apply(Batch("log", 0, 7, 8, [], 0))


async def test_a_batch_that_does_not_follow_the_last_one_is_refused() -> None:
    rig = Rig(Producer())
    rig.apply(0, 2)
    late = Batch("log", 0, 3, 4, [], 0)
    rig.host.take(late)

    with pytest.raises(RuntimeFault, match="out of turn"):
        rig.host.apply(late)


async def test_an_agent_is_called_once_for_all_that_waits() -> None:
    rig = Rig(Producer())
    job = rig.host.jobs["log"]
    batches = [Batch("log", 0, n, n + 1, [], 0) for n in range(4)]

    assert [rig.host.take(batch) for batch in batches[:2]] == [True, False]
    rig.host.answer(job)
    while (batch := rig.host.waiting(job)) is not None:
        rig.host.apply(batch)
    assert [rig.host.take(batch) for batch in batches[2:]] == [True, False]
    rig.host.drop_in_flight()
    assert rig.host.take(batches[2])
    assert rig.host.applied[SOURCE] == 2


async def test_each_partition_ticks_once_in_all_turns_and_not_all_at_once() -> None:
    producer = Producer(partitions=5)
    outbox = Outbox(lambda: producer, 100, Failpoints({}))
    job = Job(
        "ticking",
        Counting(),
        ("log",),
        tick=lambda partition, now: Output("log", None, b"%d" % now, partition=partition),
    )
    host = Host([job], outbox, Silent(), Failpoints({}), 1000)
    for partition in range(5):
        host.start(TP("log", partition), 0, None)

    for turn in range(8):
        host.tick(turn, turn, 4)
    await outbox.seal().acked()

    ticks = [[int(value or b"") for _, value in producer.sent["log", partition]] for partition in range(5)]
    assert ticks == [[0, 4], [1, 5], [2, 6], [3, 7], [0, 4]]


async def test_a_partition_is_not_given_back_before_its_commit() -> None:
    rig = Rig(Producer())
    rig.apply(0, 1)

    with pytest.raises(RuntimeFault, match="before its commit"):
        rig.host.stop()
    await rig.commit()
    rig.host.stop()


@pytest.mark.parametrize("key", [b"", b"\0claim"])
async def test_a_reserved_state_key_ends_the_process(key: bytes) -> None:
    rig = Rig(Producer())
    rig.counting.take_dirty = lambda partition: [(key, b"x")]  # type: ignore[method-assign]

    with pytest.raises(Died):
        await rig.commit()


def test_a_record_larger_than_a_batch_gets_one_of_its_own() -> None:
    batches = encode(Producer(batch_size=1000), [(b"k", b"x" * size, []) for size in (10, 2000, 10)])

    assert [batch.record_count() for batch in batches] == [1, 1, 1]


async def test_a_record_that_the_broker_refuses_ends_the_process() -> None:
    rig = Rig(Producer(refuse=MessageSizeTooLargeError()))
    rig.apply(0, 1)

    with pytest.raises(Died):
        await rig.commit()


def test_many_records_become_several_batches() -> None:
    batches = encode(Producer(batch_size=1000), [(b"k", b"x" * 100, [])] * 50)

    assert sum(batch.record_count() for batch in batches) == 50
    assert len(batches) > 5


async def test_outputs_keep_their_order_per_partition() -> None:
    producer = Producer(batch_size=1000)
    outbox = Outbox(lambda: producer, 10_000, Failpoints({}))
    keys = [b"a", b"b", b"c"]
    for number in range(300):
        outbox.add([Output("out", keys[number % 3], b"%d" % number)])
        if number % 50 == 0:
            await asyncio.sleep(0)

    await outbox.seal().acked()

    for (_, partition), records in producer.sent.items():
        numbers = [int(value or b"") for _, value in records]
        assert numbers == sorted(numbers)
        assert {partition_of(key, 2) for key, _ in records} == {partition}


async def test_small_pieces_that_wait_for_a_send_leave_together() -> None:
    producer = Producer(held=True, batch_size=100_000)
    outbox = Outbox(lambda: producer, 10_000, Failpoints({}))
    for number in range(100):
        outbox.add([Output("out", b"k", b"%d" % number)])
        await asyncio.sleep(0)
    early = outbox.seal()
    outbox.add([Output("out", b"k", b"last")])
    while early.pending:
        producer.release()
        await asyncio.sleep(0)
    producer.held = False
    producer.release()
    await outbox.seal().acked()

    [(_, records)] = producer.sent.items()
    assert [value for _, value in records] == [*(b"%d" % number for number in range(100)), b"last"]
    assert len(producer.order) < 10


async def test_an_output_may_name_its_partition() -> None:
    producer = Producer()
    outbox = Outbox(lambda: producer, 10, Failpoints({}))
    outbox.add([Output("out", None, b"tick", partition=1)])

    await outbox.seal().acked()

    assert producer.sent["out", 1] == [(None, b"tick")]


async def test_a_full_outbox_holds_back_whoever_adds() -> None:
    producer = Producer(held=True)
    outbox = Outbox(lambda: producer, 5, Failpoints({}))
    outbox.add([Output("out", b"k", b"v")] * 10)
    waiting = asyncio.create_task(outbox.room())
    await asyncio.sleep(0.01)

    assert not waiting.done()
    producer.release()
    await asyncio.wait_for(waiting, 1)


async def test_a_suspended_process_does_not_write(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig(Producer())
    rig.barrier.heartbeat()
    rig.apply(0, 1)
    clock = time.monotonic
    monkeypatch.setattr("time.monotonic", lambda: clock() + 60)

    with pytest.raises(Died):
        await rig.commit()
    assert rig.producer.sent.keys() <= {("out", 0), ("out", 1)}
