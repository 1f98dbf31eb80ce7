"""Fixtures only; what they are made of lives in tests/support."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from support.kafka import Broker, apache_kafka, embedded_broker
from support.services import Prometheus, prometheus_scraping

# A build that lies about decides nothing here; INTENT_ACCELERATOR=require runs the services of the tests with it.
os.environ.setdefault("INTENT_ACCELERATOR", "off")

settings.register_profile("fast", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("fast"), max_examples=5_000)
settings.load_profile("fast")


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Logging is global: what a test sets up is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[Callable[..., Prometheus]]:
    """Call it with the ports to scrape (and `rules=`): a real Prometheus until the test ends."""
    with ExitStack() as stack:

        def start(*ports: int, rules: Path | None = None) -> Prometheus:
            directory = tmp_path / f"prometheus-{'-'.join(map(str, ports))}"
            directory.mkdir()
            return stack.enter_context(prometheus_scraping(*ports, directory=directory, rules=rules))

        yield start


@pytest.fixture(scope="session")
def embedded() -> Iterator[Broker]:
    """The broker of `make run`."""
    with embedded_broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """One node of Apache Kafka."""
    with apache_kafka() as broker:
        yield broker


@pytest.fixture(params=["embedded", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each of both brokers in turn."""
    found: Broker = request.getfixturevalue(request.param)
    return found
