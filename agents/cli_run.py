"""`intent up`, `intent worker`, `intent collector`: processes that stay until they are told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import click

from agents import topic_admin
from agents.cli_options import Failed, Options, output_option, pass_options

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.policy import Policy


@click.command()
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="Stop after so many seconds.")
@click.option("--no-sample", is_flag=True, help="No sample traffic: only what you send.")
@output_option
@pass_options
def up(options: Options, seconds: float | None, no_sample: bool, output: str) -> None:
    """Everything on this machine: embedded broker and Redis, topics, worker, collector, sample traffic."""
    from agents.up import run_up

    settings = options.quiet_settings()
    _exit_with(run_up(settings, seconds=seconds, sample=not no_sample, output=output))


@click.command()
@pass_options
def worker(options: Options) -> None:
    """Score: consume the topics and emit sales-ready events."""
    from agents.view.store import open_redis
    from agents.worker import Worker, view_agent

    settings = options.settings()
    policy = _policy(settings)
    _require_state_directory(settings)

    async def main() -> int:
        await _require_topics(settings)
        stop = stop_on_signals()
        view = (
            None if settings.shadow else view_agent(settings, open_redis(settings.redis_url), embedded=False)
        )
        return await Worker(settings, policy).run(stop, view)

    _exit_with(main())


@click.command()
@pass_options
def collector(options: Options) -> None:
    """Serve the HTTP edge, the query API and the page."""
    from agents.edge import Edge
    from agents.view.store import open_redis

    settings = options.settings()

    async def main() -> int:
        edge = Edge(settings, open_redis(settings.redis_url))
        await edge.start()
        click.echo(f"collector on {edge.url}", err=True)
        await stop_on_signals().wait()
        await edge.stop()
        return 0

    _exit_with(main())


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop


def _exit_with(main: Coroutine[Any, Any, int]) -> None:
    code = asyncio.run(main)
    if code:
        raise click.exceptions.Exit(code)


def _policy(settings: Settings) -> Policy:
    from agents.worker import load_policy
    from streams.policy import PolicyErrors

    try:
        return load_policy(settings.policy_path)
    except OSError as error:
        raise Failed(f"INTENT_POLICY: {error.strerror or error}") from error
    except PolicyErrors as errors:
        raise Failed(f"INTENT_POLICY is not a policy:\n{errors}") from errors


def _require_state_directory(settings: Settings) -> None:
    """Copies of the state that cannot be written would end the worker when it gets its partitions: say so now."""
    if settings.state_store != "rocksdb":
        return
    try:
        Path(settings.state_dir).mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.state_dir):
            pass
    except OSError as error:
        raise Failed(f"INTENT_STATE_DIR: {error.strerror or error}") from error


async def _require_topics(settings: Settings) -> None:
    """A worker waits for ever for topics that are not there, and on a log of other partitions policies miss some."""
    from aiokafka.errors import KafkaError

    from schemas.signal import SIGNALS_TOPIC

    while True:
        try:
            problems = await topic_admin.check(settings)
            break
        except (KafkaError, OSError) as error:
            click.echo(f"Kafka is not reachable ({type(error).__name__}); trying again", err=True)
            await asyncio.sleep(2)
    missing = [problem for problem in problems if problem.endswith(": missing")]
    if missing:
        raise Failed("run `intent topics create` first:\n" + "\n".join(missing))
    log = f"{settings.topic_prefix}{SIGNALS_TOPIC}: "
    other = [text for text in problems if text.startswith(log) and " partitions, " in text]
    if other:
        raise Failed("INTENT_PARTITIONS is not what the signal log has:\n" + "\n".join(other))
