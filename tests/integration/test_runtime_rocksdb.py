"""State on this machine beside the changelog: kills, lost and foreign copies, and how little is read again."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from support.counting import Counting, encode_value
from support.counting_worker import Layout, Worker, laid_out
from support.kafka import Broker, create_topics, unique
from support.oracle import drained, judge, produce
from support.runs import kills

from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStores
from agents.runtime.observer import Silent
from agents.runtime.processor import Job
from agents.runtime.recovery import Takeover
from agents.runtime.table import StateTable

RECORDS = 20_000
State = dict[int, dict[bytes, bytes]]


def held(broker: Broker, directory: Path, **settings: object) -> Layout:
    """A counting job whose state is also in RocksDB."""
    return laid_out(broker, state_directory=str(directory), **settings)


def quick(layout: Layout) -> Layout:
    """The same job in a hurry, and with an end."""
    return dataclasses.replace(layout, seconds_a_record=0.0, ticks=False)


def drain(layout: Layout) -> None:
    """Let a worker process everything and stop in order."""
    with Worker(quick(layout)) as worker:
        worker.said("ready")
        verdict = drained(layout)
        assert worker.terminate() == 0
    assert verdict.violations == []
    assert verdict.done


def take_over(layout: Layout) -> tuple[State, int]:
    """Claim and restore everything in this process: the state, and how many records were read for it."""
    return asyncio.run(_take_over(layout))


async def _take_over(layout: Layout) -> tuple[State, int]:
    counting, read = Counting(), 0
    job = Job("counting", counting, (layout.topic,), stateful=True, changelog=layout.changelog)
    belongs = f"{layout.app_id}\n{layout.topic}\n{layout.changelog}"
    path = Path(layout.state_directory) / layout.app_id / layout.changelog
    stores = LocalStores(path, belongs) if layout.state_directory else None
    producer = AIOKafkaProducer(bootstrap_servers=layout.servers)
    await producer.start()
    try:
        table = StateTable(layout.topic, layout.changelog, counting, stores)
        takeover = Takeover(job, table, {"bootstrap_servers": layout.servers}, lambda: producer, Silent())
        for partition in range(layout.partitions):
            await takeover.own(set(range(partition + 1)))
            read += takeover.read
    finally:
        await producer.stop()
        if stores is not None:
            await stores.close()
    encoded = {
        partition: {key: encode_value(value) for key, value in values.items()}
        for partition, values in counting.state.items()
    }
    return encoded, read


def same_as_the_changelog(layout: Layout) -> int:
    """The state from the copy is the state from the changelog; how many records the copy saved."""
    with_copy, tail = take_over(layout)
    whole, everything = take_over(dataclasses.replace(layout, state_directory=""))
    assert with_copy == whole
    return everything - tail


@pytest.mark.timeout(240)
def test_kills_leave_the_copy_at_a_whole_commit(broker: Broker, tmp_path: Path) -> None:
    instance = None if broker.embedded else unique("instance")
    layout = held(broker, tmp_path, seconds_a_record=0.0004, instance=instance)
    produce(layout, RECORDS)

    for verdict in kills(layout, 2 if broker.embedded else 4, seed=5):
        assert verdict.violations == []
        assert same_as_the_changelog(layout) > 0

    drain(layout)


@pytest.mark.timeout(120)
def test_a_restart_reads_no_more_than_what_was_written_since(broker: Broker, tmp_path: Path) -> None:
    layout = held(broker, tmp_path)
    produce(layout, RECORDS)
    drain(layout)

    _, read = take_over(layout)

    # of each partition our marker, the claim that follows it, and maybe the claim of a rebalance
    assert read <= 2 * 3
    assert same_as_the_changelog(layout) > 100
    produce(layout, 1_000, first=RECORDS)
    drain(layout)


@pytest.mark.timeout(120)
def test_a_copy_that_was_away_while_another_worker_went_on_reads_what_that_one_wrote(
    kafka: Broker, tmp_path: Path
) -> None:
    here = held(kafka, tmp_path / "here")
    there = dataclasses.replace(here, state_directory=str(tmp_path / "there"))
    produce(here, RECORDS)
    drain(here)
    produce(here, 2_000, first=RECORDS)
    drain(there)

    assert same_as_the_changelog(here) > 100
    produce(here, 1_000, first=RECORDS + 2_000)
    drain(here)
    assert same_as_the_changelog(there) > 100


@pytest.mark.timeout(120)
def test_a_copy_that_is_gone_is_made_anew(kafka: Broker, tmp_path: Path) -> None:
    layout = held(kafka, tmp_path)
    produce(layout, RECORDS)
    drain(layout)
    shutil.rmtree(tmp_path)

    produce(layout, 1_000, first=RECORDS)
    drain(layout)

    assert same_as_the_changelog(layout) > 100


@pytest.mark.timeout(120)
def test_a_copy_ahead_of_its_changelog_refuses_to_start_and_is_kept(kafka: Broker, tmp_path: Path) -> None:
    layout = held(kafka, tmp_path)
    produce(layout, 2_000)
    drain(layout)
    asyncio.run(lose(layout))

    for _ in range(2):
        with pytest.raises(RuntimeFault, match="the changelog has lost commits"):
            take_over(layout)
    with Worker(layout) as worker:
        assert worker.process.wait(20) == 70


async def lose(layout: Layout) -> None:
    """Delete the changelog and make it again, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=layout.servers)
    await admin.start()
    try:
        await admin.delete_topics([layout.changelog])
        for _ in range(100):
            if layout.changelog not in await admin.list_topics():
                break
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
    await create_topics(layout.servers, {layout.changelog: layout.partitions}, [layout.changelog])


@pytest.mark.timeout(150)
def test_two_workers_of_one_machine_pass_copies_to_each_other(kafka: Broker, tmp_path: Path) -> None:
    layout = held(kafka, tmp_path, partitions=4, seconds_a_record=0.0004)
    produce(layout, RECORDS)

    with Worker(layout) as first:
        first.said("ready")
        with Worker(layout) as second:
            second.said("ready")
            second.kill()
        first.said("ready")
        assert judge(layout).violations == []
        assert first.terminate() == 0

    drain(layout)
    assert same_as_the_changelog(layout) > 0
