"""`intent up`: broker, Redis, topics, worker, collector and sample traffic in one process tree on this machine."""

from __future__ import annotations

import asyncio
import secrets
import socket
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from agents import topic_admin
from agents.cli_options import Failed
from agents.cli_run import stop_on_signals
from agents.edge import Edge
from agents.embedded import EmbeddedBroker, EmbeddedError, embedded_redis
from agents.screen import Screen
from agents.worker import Worker, load_policy, view_agent
from streams.policy import PolicyErrors, parse_policy

if TYPE_CHECKING:
    from agents.settings import Settings
    from streams.policy import Policy

READY_SECONDS = 60.0
_TICK_SECONDS = 2.0  # a person is watching


async def run_up(settings: Settings, *, seconds: float | None, sample: bool, output: str) -> int:
    """Run until ctrl-c, or for so many seconds; the exit code."""
    policy = _policy(settings, sample)
    stop = stop_on_signals()
    try:
        redis = embedded_redis()
        broker = EmbeddedBroker()
        async with AsyncExitStack() as stack:
            stack.callback(broker.stop)
            broker.start()
            settings = _local(settings, broker)
            await topic_admin.create(settings)
            return await _run(settings, policy, redis, stop, seconds, sample, output)
    except EmbeddedError as error:
        raise Failed(str(error)) from error


async def _run(
    settings: Settings,
    policy: Policy,
    redis: Any,
    stop: asyncio.Event,
    seconds: float | None,
    sample: bool,
    output: str,
) -> int:
    worker = Worker(settings, policy, embedded=True, exit_when_stalled=False)
    worker.scoring.ticking = not sample
    edge = Edge(settings, redis)
    await edge.start()
    screen = Screen(settings, output)
    screen.opened(edge.url, settings.collector.api_token)
    working = asyncio.create_task(worker.run(stop, view_agent(settings, redis, embedded=True)))
    tasks: list[asyncio.Task[Any]] = []
    try:
        await _until_ready(worker, working)
        screen.ready(worker.ops_port)
        if sample:
            tasks.append(asyncio.create_task(_play(edge.url, worker, screen)))
        else:
            tasks.append(asyncio.create_task(screen.follow()))
        await _wait(stop, working, tasks, seconds)
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        failures = [
            one for one in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(one, Exception)
        ]
        code = await working
        await edge.stop()
        screen.closed()
    if failures:
        raise Failed(f"{type(failures[0]).__name__}: {failures[0]}") from failures[0]
    return code


async def _play(url: str, worker: Worker, screen: Screen) -> None:
    """History first, then the live market, shown as it comes out."""
    from agents.sample import SEED, load_history, now_ms, play
    from streams.market import SampleMarket

    market = SampleMarket(SEED, now_ms())
    screen.history(await load_history(url, market, worker))
    worker.scoring.ticking = True
    async with asyncio.TaskGroup() as group:
        group.create_task(screen.follow(market.truths))
        group.create_task(play(url, market, screen.sent))


async def _until_ready(worker: Worker, working: asyncio.Task[int]) -> None:
    ready = asyncio.create_task(worker.ready.wait())
    done, _ = await asyncio.wait({ready, working}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if working in done:
        raise Failed(f"the worker ended before it was ready (exit code {working.result()})")
    if not done:
        raise Failed(f"the worker was not ready within {READY_SECONDS:.0f} s")


async def _wait(
    stop: asyncio.Event, working: asyncio.Task[int], tasks: list[asyncio.Task[Any]], seconds: float | None
) -> None:
    asked = asyncio.create_task(stop.wait())
    await asyncio.wait({asked, working, *tasks}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    with suppress(asyncio.CancelledError):
        await asked


def _policy(settings: Settings, sample: bool) -> Policy:
    """The policy named by the environment, else the sample's own with sample traffic, else the reference."""
    try:
        if settings.policy_path or not sample:
            return load_policy(settings.policy_path)
        from agents.sample import sample_policy

        return parse_policy(sample_policy())
    except OSError as error:
        raise Failed(f"INTENT_POLICY: {error.strerror or error}") from error
    except PolicyErrors as errors:
        raise Failed(f"not a policy:\n{errors}") from errors


def _local(settings: Settings, broker: EmbeddedBroker) -> Settings:
    """The settings with everything on this machine, on ports that are free."""
    kafka = replace(
        settings.kafka, bootstrap_servers=(broker.bootstrap_servers,), security_protocol="PLAINTEXT", idempotent=False,
        group_instance_id="",
    )  # fmt: skip
    collector = replace(
        settings.collector,
        port=_free_or_any(settings.collector.host, settings.collector.port),
        api_token=settings.collector.api_token or secrets.token_urlsafe(12),
    )
    return replace(
        settings,
        kafka=kafka,
        collector=collector,
        replication_factor=1,
        tick_seconds=min(settings.tick_seconds, _TICK_SECONDS),
        ops_port=_free_or_any(settings.ops_host, settings.ops_port),
    )


def _free_or_any(host: str, port: int) -> int:
    """The port if nobody has it, else 0: any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            click.echo(f"port {port} is taken, another one is used", err=True)
            return 0
    return port
