"""What a worker's runtime is set to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RuntimeConfig:
    """Plain values; whoever reads the environment fills them in. Times are in seconds.

    `security` holds the client library's own arguments: security_protocol, ssl_context, sasl_mechanism,
    sasl_plain_username, sasl_plain_password.
    """

    app_id: str  # also the consumer group
    bootstrap_servers: str  # host:port,host:port
    data_dir: Path
    client_id: str = "intent"  # how brokers name us in their logs and quotas
    state_dir: Path | None = (
        None  # where stateful jobs keep RocksDB copies of their state; None: in memory alone
    )
    security: Mapping[str, Any] = field(default_factory=dict)
    embedded: bool = False  # the broker of `make run`: short sessions, no producer ids
    commit_interval: float = 1.0
    tick_interval: float = 5.0
    group_instance_id: str | None = None  # static membership; not with the embedded broker
    idempotence: bool | None = None  # None: on, except with the embedded broker
    compression: str | None = "lz4"
    session_timeout: float | None = None  # None: 10, embedded 6
    heartbeat_interval: float | None = None  # None: 3, embedded 1
    request_timeout: float = 30.0
    max_batch_records: int = 500
    max_batch_bytes: int = 4 * 1024 * 1024
    in_flight_bytes: int = 16 * 1024 * 1024  # fetched and not yet processed
    unacked_outputs: int = 50_000  # sent and not yet acknowledged; more hold the processors back
    stall_seconds: float = 30.0
    exit_when_stalled: bool = False
    library_log_level: str = "WARNING"

    @property
    def with_idempotence(self) -> bool:
        """Whether producers use ids."""
        return self.idempotence if self.idempotence is not None else not self.embedded

    @property
    def session(self) -> float:
        """Session timeout in force, seconds."""
        return self.session_timeout or (6.0 if self.embedded else 10.0)

    @property
    def heartbeat(self) -> float:
        """Heartbeat interval in force, seconds."""
        return self.heartbeat_interval or (1.0 if self.embedded else 3.0)

    def client(self) -> dict[str, Any]:
        """Arguments for a client of the library that belongs to no group."""
        return {"bootstrap_servers": self.bootstrap_servers, "client_id": self.client_id, **self.security}
