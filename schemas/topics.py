"""The registry of topics: key, record, partitions, retention or compaction. Topics are created from it."""

from typing import Final

import msgspec

_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
LOG_PARTITIONS: Final = 4
CHANGELOG_LAG_MS: Final = _HOUR_MS  # recovery may drop a tail; what it replaced has to be there still
_LARGE_BYTES: Final = 2 * 1024 * 1024  # a policy or a table value with its record's overhead


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic. `name` is logical; `physical` puts a deployment's prefix before it."""

    name: str
    key: str  # what the key is, in words
    record: str  # the name of its JSON Schema, without version; "" for internal bytes
    role: str  # input, log, output, dead_letter or changelog
    partitions: int = LOG_PARTITIONS
    retention_days: int | None = None  # None: compacted, kept for ever
    compaction_lag_ms: int | None = None
    max_message_bytes: int | None = None
    cloud_event: bool = False
    optional: bool = False  # written only where the policy or an option asks for it

    @property
    def compacted(self) -> bool:
        """Whether the newest record of a key stays."""
        return self.retention_days is None

    def physical(self, prefix: str = "") -> str:
        """The name in the cluster."""
        return prefix + self.name

    def config(self) -> dict[str, str]:
        """Topic settings as Kafka takes them: names to text."""
        found = {"cleanup.policy": "compact" if self.compacted else "delete"}
        if self.retention_days is not None:
            found["retention.ms"] = str(self.retention_days * _DAY_MS)
        if self.compaction_lag_ms is not None:
            found["min.compaction.lag.ms"] = str(self.compaction_lag_ms)
        if self.max_message_bytes is not None:
            found["max.message.bytes"] = str(self.max_message_bytes)
        return found


def _input(name: str, key: str, record: str) -> Topic:
    return Topic(name=name, key=key, record=record, role="input", retention_days=30)


def _decisions(name: str, record: str, retention_days: int = 400) -> Topic:
    return Topic(
        name=name,
        key="home of the account",
        record=record,
        role="output",
        retention_days=retention_days,
        cloud_event=True,
    )


SIGNALS: Final = Topic(
    name="intent.signals.v1",
    key="home",
    record="signal",
    role="log",
    retention_days=400,
    max_message_bytes=_LARGE_BYTES,
)
DEAD_LETTERS: Final = Topic(
    name="intent.dlq.v1",
    key="the original key",
    record="dead-letter",
    role="dead_letter",
    retention_days=30,
    max_message_bytes=_LARGE_BYTES,
)
INPUTS: Final = (
    _input("intent.web.v1", "any", "web"),
    _input("intent.email.v1", "any", "email"),
    _input("intent.content.v1", "any", "content"),
    _input("intent.thirdparty.v1", "any", "thirdparty"),
    _input("intent.accounts.v1", "any", "account"),
    _input("intent.contacts.v1", "any", "contact"),
    _input("intent.dispositions.v1", "any", "disposition"),
    _input("intent.erase.v1", "any", "erase"),
    _input("intent.policy.v1", "any", "policy"),
)
TAXONOMY: Final = Topic(
    name="intent.taxonomy.v1", key="content_id", record="taxonomy", role="input", partitions=1
)
OUTPUTS: Final = (
    _decisions("intent.sales-ready.v1", "sales-ready"),
    _decisions("intent.watch.v1", "watch", 90),
    _decisions("intent.review.v1", "review"),
    _decisions("intent.recycled.v1", "recycled"),
    _decisions("intent.sla.v1", "sla", 90),
    Topic(
        name="intent.scores.v1",
        key="home of the account",
        record="score",
        role="output",
        max_message_bytes=_LARGE_BYTES,
    ),
    Topic(
        name="intent.trace.v1",
        key="home of the account",
        record="score-change",
        role="output",
        retention_days=7,
        optional=True,
    ),
)
REGISTRY: Final = (*INPUTS, TAXONOMY, SIGNALS, *OUTPUTS, DEAD_LETTERS)
BY_NAME: Final = {topic.name: topic for topic in REGISTRY}


def changelog_topic(name: str, partitions: int) -> Topic:
    """The changelog of a state table: as many partitions as the log it is co-partitioned with."""
    return Topic(
        name=name,
        key="key of the table",
        record="",
        role="changelog",
        partitions=partitions,
        compaction_lag_ms=CHANGELOG_LAG_MS,
        max_message_bytes=_LARGE_BYTES,
    )


def shadow_topic(policy_id: str) -> Topic:
    """Where a shadow policy writes what it would have sent."""
    return Topic(
        name=f"intent.shadow.{policy_id}.v1",
        key="home of the account",
        record="sales-ready",
        role="output",
        retention_days=90,
        cloud_event=True,
        optional=True,
    )


def all_topics(partitions: int = LOG_PARTITIONS, changelogs: tuple[str, ...] = ()) -> tuple[Topic, ...]:
    """Every topic of a deployment, with its changelogs; `partitions` are those of the log."""
    log = msgspec.structs.replace(SIGNALS, partitions=partitions)
    known = tuple(log if topic is SIGNALS else topic for topic in REGISTRY)
    return known + tuple(changelog_topic(name, partitions) for name in changelogs)
