"""The topics of a deployment, made from the registry, and a cluster compared with it.

Never changes or deletes what exists: partitions decide which home lives where, so that is for people.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from agents.settings import KafkaSettings, Settings
from schemas.topics import Topic, all_topics, shadow_topic

_NO_ERROR: Final = 0
_COPIES: Final = 3
_KNOWN_LOOKS: Final = 100
_KNOWN_SECONDS: Final = 0.1
# Brokers that keep no topic settings answer with none: what they do not say cannot be compared.


@dataclass(frozen=True, slots=True)
class Created:
    """What `create` did, by physical name."""

    made: tuple[str, ...]
    existed: tuple[str, ...]


class TopicErrors(Exception):
    """Some topics could not be made; `problems` says which and why."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def changelog_name(app_id: str) -> str:
    """The changelog of the state table of one application id, without the deployment's prefix."""
    return f"{app_id}-state-changelog"


def wanted(settings: Settings) -> tuple[Topic, ...]:
    """Every topic that this deployment needs."""
    topics = all_topics(settings.partitions, (changelog_name(settings.app_id),))
    return (*topics, shadow_topic(settings.shadow)) if settings.shadow else topics


async def create(settings: Settings, topics: Sequence[Topic] | None = None) -> Created:
    """Make the topics that do not exist. Raises TopicErrors, with all refusals, or KafkaError."""
    named = {topic.physical(settings.topic_prefix): topic for topic in topics or wanted(settings)}
    async with _admin(settings.kafka) as admin:
        existing = set(await admin.list_topics())
        replicas = settings.replication_factor or await _sensible_replicas(admin)
        missing = [_new(name, topic, replicas) for name, topic in named.items() if name not in existing]
        answer = await admin.create_topics(missing) if missing else None
        await _until_known(admin, {topic.name for topic in missing} - set(_refused(answer)))
    problems = [f"{name}: {reason}" for name, reason in _refused(answer).items()]
    if problems:
        raise TopicErrors(tuple(problems))
    made = tuple(topic.name for topic in missing)
    return Created(made, tuple(name for name in named if name not in made))


def _refused(answer: Any) -> dict[str, str]:
    errors = {name: for_code(code) for name, code, *_ in (answer.topic_errors if answer else ()) if code}
    # another process may have been faster
    return {name: error.__name__ for name, error in errors.items() if error is not TopicAlreadyExistsError}


async def _until_known(admin: Any, names: set[str]) -> None:
    """A broker may answer before it has heard of the topic from the controller: wait until all are listed."""
    for _ in range(_KNOWN_LOOKS):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(_KNOWN_SECONDS)
    raise KafkaError("the new topics are not listed yet")


def _new(name: str, topic: Topic, replicas: int) -> NewTopic:
    # with three copies an acknowledgement means two: one broker may die and nothing that was said is lost
    safety = {"min.insync.replicas": "2"} if replicas >= _COPIES else {}
    return NewTopic(name, topic.partitions, replicas, topic_configs=topic.config() | safety)


async def _sensible_replicas(admin: Any) -> int:
    return min(_COPIES, len((await admin.describe_cluster())["brokers"]))


async def check(settings: Settings) -> tuple[str, ...]:
    """Every difference between the cluster and the registry, one sentence each; empty when there is none."""
    topics = {topic.physical(settings.topic_prefix): topic for topic in wanted(settings)}
    async with _admin(settings.kafka) as admin:
        existing = set(await admin.list_topics())
        present = [name for name in topics if name in existing]
        partitions = await _partitions(admin, present)
        configs = await _configs(admin, present)
    problems = [f"{name}: missing" for name in topics if name not in existing]
    for name in present:
        problems += _drift(name, topics[name], partitions.get(name, 0), configs.get(name, {}))
    return tuple(problems)


def _drift(name: str, topic: Topic, partitions: int, config: Mapping[str, str]) -> list[str]:
    problems = []
    if partitions != topic.partitions:
        problems.append(f"{name}: {partitions} partitions, {topic.partitions} in the registry")
    for key, value in topic.config().items():
        if key in config and config[key] != value:
            problems.append(f"{name}: {key} is {config[key]}, {value} in the registry")
    return problems


@asynccontextmanager
async def _admin(kafka: KafkaSettings) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**kafka.client_kwargs(), request_timeout_ms=int(kafka.request_timeout * 1000))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def _partitions(admin: Any, names: Sequence[str]) -> dict[str, int]:
    if not names:
        return {}
    return {found["topic"]: len(found["partitions"]) for found in await admin.describe_topics(list(names))}


async def _configs(admin: Any, names: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    for answer in await admin.describe_configs(resources) if resources else ():
        for code, message, _kind, name, entries in answer.resources:
            if code != _NO_ERROR:
                raise KafkaError(f"settings of {name}: {for_code(code).__name__} {message or ''}")
            found[name] = {key: value for key, value, *_ in entries if value is not None}
    return found
