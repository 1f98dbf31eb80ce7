"""`intent topics` on real brokers: what is missing is made, drift is said, nothing that exists is changed."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from support.kafka import Broker
from support.system import System

from agents import topic_admin
from agents.settings import KafkaSettings, Settings

pytestmark = pytest.mark.integration


def deployment(broker: Broker, **changes: int) -> Settings:
    """Settings with a prefix of their own, so that tests share a broker."""
    kafka = KafkaSettings(bootstrap_servers=(broker.bootstrap_servers,))
    return replace(Settings(kafka=kafka, topic_prefix=f"t{uuid.uuid4().hex[:8]}."), **changes)


async def test_every_topic_is_made_and_then_nothing_differs(broker: Broker) -> None:
    settings = deployment(broker)
    before = await topic_admin.check(settings)

    done = await topic_admin.create(settings)

    assert len(before) == len(done.made) == len(topic_admin.wanted(settings))
    assert all(problem.endswith(": missing") for problem in before)
    assert await topic_admin.check(settings) == ()


async def test_making_them_again_changes_nothing(broker: Broker) -> None:
    settings = deployment(broker)
    first = await topic_admin.create(settings)

    again = await topic_admin.create(settings)

    assert again.made == ()
    assert set(again.existed) == set(first.made)


async def test_every_difference_is_said_at_once(kafka: Broker) -> None:
    settings = deployment(kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    wrong = {"cleanup.policy": "delete", "retention.ms": "1000"}
    scores = f"{settings.topic_prefix}intent.scores.v1"
    signals = f"{settings.topic_prefix}intent.signals.v1"
    await admin.create_topics([NewTopic(scores, 4, 1, topic_configs=wrong), NewTopic(signals, 2, 1)])
    await admin.close()

    await topic_admin.create(settings)
    problems = await topic_admin.check(settings)

    assert f"{scores}: cleanup.policy is delete, compact in the registry" in problems
    assert f"{signals}: 2 partitions, 4 in the registry" in problems
    assert {problem.split(":")[0] for problem in problems} == {scores, signals}


def test_the_command_tells_drift_by_its_exit_code(kafka: Broker) -> None:
    environ = os.environ | {
        "INTENT_KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "INTENT_TOPIC_PREFIX": f"t{uuid.uuid4().hex[:8]}.",
    }

    def intent(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "agents.cli", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert intent("topics", "check").returncode == 1
    assert intent("topics", "create").returncode == 0
    assert intent("topics", "check").returncode == 0


@pytest.mark.parametrize("partitions", ["2", "8"])
def test_a_worker_told_of_another_number_of_partitions_does_not_start(
    kafka: Broker, tmp_path: Path, partitions: str
) -> None:
    system = System(kafka, tmp_path).create_topics()

    with system.worker(INTENT_PARTITIONS=partitions) as worker:
        assert worker.wait(30) == 1

        assert "INTENT_PARTITIONS is not what the signal log has" in worker.tail()
