"""Where simulated records go: a file, Kafka, or straight through the scoring spine."""

from __future__ import annotations

import asyncio
import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

from agents.cli_options import Failed
from streams.market import Raw
from streams.market.judge import Judge

if TYPE_CHECKING:
    from agents.settings import Settings

_COMPRESSION: Final = 1
_IN_FLIGHT: Final = 2_000  # records sent and not yet acknowledged
Sink = Callable[[Raw], None]


@contextmanager
def file_sink(name: str) -> Iterator[Sink]:
    """Lines to a file, by its name compressed; - is stdout."""
    with ExitStack() as stack:
        file: IO[bytes]
        if name == "-":
            file = sys.stdout.buffer
        else:
            file = stack.enter_context(Path(name).open("wb"))
            if name.endswith(".gz"):
                packed = gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0)
                file = stack.enter_context(io.BufferedWriter(packed))

        def sink(raw: Raw) -> None:
            file.write(orjson.dumps(raw.line()) + b"\n")

        yield sink
        file.flush()


@contextmanager
def scoring_sink(judge: Judge, policy: Path | None) -> Iterator[Sink]:
    """Records through the same spine as the worker's, in process, and what comes out to the judge."""
    from agents.replay_files import Entry
    from agents.replay_run import RawRun
    from agents.sample import sample_policy
    from schemas.dead_letter import DeadLetter
    from streams.policy import PolicyErrors, parse_policy

    try:
        run = RawRun(parse_policy(policy.read_bytes() if policy is not None else sample_policy()))
    except PolicyErrors as errors:
        raise Failed(f"not a policy:\n{errors}") from errors
    offset = 0

    def judged(outputs: Iterator[Any]) -> None:
        for printed in outputs:
            if isinstance(printed, DeadLetter):
                raise Failed(f"a simulated record was refused: {printed.reason} {printed.detail}")
            judge.take(printed.topic, printed.value)

    def sink(raw: Raw) -> None:
        nonlocal offset
        offset += 1
        judged(run.take(Entry(raw.topic, raw.key.encode(), orjson.dumps(raw.value), 0, offset, raw.at)))

    yield sink
    judged(run.replay.close())


@contextmanager
def kafka_sink(settings: Settings) -> Iterator[Sink]:
    """Records to the input topics, acknowledged by all replicas before it ends."""
    from aiokafka import AIOKafkaProducer
    from aiokafka.errors import KafkaError

    loop = asyncio.new_event_loop()
    waiting: list[asyncio.Future[Any]] = []

    async def started() -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            acks="all", linger_ms=20, max_batch_size=262_144, **settings.kafka.client_kwargs()
        )
        try:
            await producer.start()
        except KafkaError:
            await producer.stop()
            raise
        return producer

    async def settle() -> None:
        done, waiting[:] = waiting[:], []
        await asyncio.gather(*done)

    def sink(raw: Raw) -> None:
        topic = settings.topic_prefix + raw.topic
        sent = producer.send(topic, orjson.dumps(raw.value), key=raw.key.encode(), timestamp_ms=raw.at)
        waiting.append(loop.run_until_complete(sent))
        if len(waiting) >= _IN_FLIGHT:
            loop.run_until_complete(settle())

    try:
        producer = loop.run_until_complete(started())
        try:
            yield sink
            loop.run_until_complete(settle())
        finally:
            loop.run_until_complete(producer.stop())
    except KafkaError as error:
        raise Failed(f"Kafka: {type(error).__name__}: {error}") from error
    finally:
        loop.close()
