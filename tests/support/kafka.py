"""Real brokers for tests: Apache Kafka (KRaft, jars by Maven) and the embedded one."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from support.services import missing

from agents.embedded import EmbeddedBroker, EmbeddedError, free_port

KAFKA_VERSION = "4.4.0"
ARCHIVE = "broker.jsa"
_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>broker</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
<version>{KAFKA_VERSION}</version><exclusions>{{exclusions}}</exclusions></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
</dependency></dependencies></project>"""
# never loaded by a broker that does what the tests need
_NOT_NEEDED = (
    ("org.scala-lang", "scala-reflect"), ("com.github.ben-manes.caffeine", "caffeine"),
    ("org.bitbucket.b_c", "jose4j"), ("commons-beanutils", "commons-beanutils"),
    ("commons-digester", "commons-digester"), ("commons-collections", "commons-collections"),
    ("commons-logging", "commons-logging"),
)  # fmt: skip
_JVM = (
    "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)  # fmt: skip
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=4
background.threads=2
"""


@dataclass(frozen=True)
class Broker:
    """A running broker as a test sees it."""

    kind: str  # "kafka" or "embedded"
    bootstrap_servers: str

    @property
    def embedded(self) -> bool:
        """True for the broker without producer ids and compaction."""
        return self.kind == "embedded"

    def create_topics(self, topics: Mapping[str, int], compacted: Sequence[str] = ()) -> None:
        """Make topics (name to partition count) and wait until they are known."""
        asyncio.run(create_topics(self.bootstrap_servers, topics, compacted))


def unique(name: str) -> str:
    """A name that no other test on this broker uses."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


async def create_topics(servers: str, topics: Mapping[str, int], compacted: Sequence[str] = ()) -> None:
    """Make topics; those in `compacted` keep the last value of each key for an hour at least."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        compaction = {"cleanup.policy": "compact", "min.compaction.lag.ms": "3600000"}
        new = [
            NewTopic(name, partitions, 1, topic_configs=compaction if name in compacted else {})
            for name, partitions in topics.items()
        ]
        await admin.create_topics(new)
        for _ in range(100):
            if set(topics) <= set(await admin.list_topics()):
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"topics {sorted(topics)} did not appear")
    finally:
        await admin.close()


@contextmanager
def embedded_broker() -> Iterator[Broker]:
    """The broker of `make run`, until the block ends."""
    try:
        broker = EmbeddedBroker().start()
    except EmbeddedError as error:
        missing(str(error))
        raise
    try:
        yield Broker("embedded", broker.bootstrap_servers)
    finally:
        broker.stop()


@contextmanager
def apache_kafka(settings: str = "") -> Iterator[Broker]:
    """One node of Apache Kafka with its data in a temporary directory, until the block ends."""
    with kafka_node(settings) as node:
        yield node.broker


@contextmanager
def kafka_node(settings: str = "") -> Iterator[Node]:
    """The same for tests that end its process and start it again on the same data."""
    jars = kafka_jars()
    with tempfile.TemporaryDirectory(prefix="kafka-") as directory:
        node = Node(jars, Path(directory), settings)
        try:
            node.start()
            yield node
        finally:
            node.stop()


class Node:
    """One node of Apache Kafka whose data outlives its process."""

    def __init__(self, jars: Path, home: Path, settings: str) -> None:
        port = free_port()
        self.broker = Broker("kafka", f"127.0.0.1:{port}")
        self._jars = jars
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._properties = home / "server.properties"
        self._properties.write_text(
            _PROPERTIES.format(port=port, controller=free_port(), data=home / "data") + settings
        )
        with self._log() as log:
            _java(jars, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c",
                  str(self._properties), log=log).wait(60)  # fmt: skip

    def start(self) -> None:
        """Return when the broker answers."""
        with self._log() as log:
            process = _java(
                self._jars, "kafka.Kafka", str(self._properties), log=log, archive_to=self._home / ARCHIVE
            )
        self._process = process
        if not asyncio.run(_ready(self.broker.bootstrap_servers, process)):
            written = (self._home / "broker.log").read_text()[-2000:]
            raise RuntimeError(f"Apache Kafka did not start:\n{written}")

    def kill(self) -> None:
        """End the process as a crash does, between any two instructions."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End the process in order; the first on a machine leaves the class archive."""
        process, self._process = self._process, None
        if process is not None:
            _stop(process)
        if (self._home / ARCHIVE).exists():
            shutil.copy(self._home / ARCHIVE, self._jars / f".{ARCHIVE}")
            (self._jars / f".{ARCHIVE}").replace(self._jars / ARCHIVE)

    def _log(self) -> IO[bytes]:
        return (self._home / "broker.log").open("ab")


def kafka_jars() -> Path:
    """The directory with Kafka's jars: INTENT_KAFKA_JARS, or a cache that Maven fills once."""
    if shutil.which("java") is None:
        missing("java")
    configured = os.environ.get("INTENT_KAFKA_JARS")
    jars = Path(configured) if configured else _cache() / f"kafka-{KAFKA_VERSION}"
    if any(jars.glob("kafka_2.13-*.jar")):
        return jars
    if shutil.which("mvn") is None:
        missing("mvn")
    jars.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jars.parent) as directory:
        _resolve(Path(directory), Path(directory) / "jars")
        try:
            (Path(directory) / "jars").rename(jars)
        except OSError:  # another test session was faster
            if not any(jars.glob("kafka_2.13-*.jar")):
                raise
    return jars


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "intent-signals"


def _resolve(project: Path, jars: Path) -> None:
    exclusions = "".join(
        f"<exclusion><groupId>{group}</groupId><artifactId>{artifact}</artifactId></exclusion>"
        for group, artifact in _NOT_NEEDED
    )
    (project / "pom.xml").write_text(_POM.format(exclusions=exclusions))
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        missing(f"Apache Kafka (Maven said: {done.stdout[-500:]})")


def _cluster_id() -> str:
    return "T" + uuid.uuid4().hex[:21]  # an id that begins with "-" would be read as an option


def _java(
    jars: Path, main: str, *arguments: str, log: Any, archive_to: Path | None = None
) -> subprocess.Popen[bytes]:
    classes = _shared_classes(jars, archive_to)
    command = ["java", *_JVM, *classes, "-cp", _class_path(jars), main, *arguments]
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _class_path(jars: Path) -> str:
    return ":".join(str(jar) for jar in sorted(jars.glob("*.jar")))


def _shared_classes(jars: Path, archive_to: Path | None) -> list[str]:
    """A class archive halves the start; the first broker on a machine writes it when it ends."""
    if (jars / ARCHIVE).exists():
        return [f"-XX:SharedArchiveFile={jars / ARCHIVE}"]
    return [f"-XX:ArchiveClassesAtExit={archive_to}"] if archive_to is not None else []


async def _ready(servers: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=2000)
        try:
            await admin.start()
            await admin.list_topics()
            return True
        except Exception:  # whatever it is, the broker is not ready
            await asyncio.sleep(0.1)
        finally:
            await admin.close()
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
