"""`intent topics create|check`: the registry and a cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

from agents import topic_admin
from agents.cli_options import Failed, Options, output_option, pass_options

T = TypeVar("T")


@click.group()
def topics() -> None:
    """Create the topics, or compare a cluster with the registry."""


@topics.command()
@output_option
@pass_options
def create(options: Options, output: str) -> None:
    """Make the topics that do not exist yet; what exists is left as it is."""
    done = _ask(topic_admin.create(options.settings()))
    if output == "json":
        click.echo(json.dumps({"created": done.made, "existed": done.existed}))
        return
    for name in done.made:
        click.echo(f"created  {name}")
    for name in done.existed:
        click.echo(f"exists   {name}")


@topics.command()
@output_option
@pass_options
def check(options: Options, output: str) -> None:
    """Say every difference between the cluster and the registry; exit 1 when there is one."""
    problems = _ask(topic_admin.check(options.settings()))
    if output == "json":
        click.echo(json.dumps({"problems": problems}))
    else:
        click.echo("\n".join(problems) if problems else "the cluster is as the registry says")
    if problems:
        raise click.exceptions.Exit(1)


def _ask(question: Coroutine[Any, Any, T]) -> T:
    from aiokafka.errors import KafkaError

    try:
        return asyncio.run(question)
    except topic_admin.TopicErrors as error:
        raise Failed(str(error)) from error
    except (KafkaError, OSError) as error:
        raise Failed(f"Kafka: {error or type(error).__name__}") from error
