"""How to reach Kafka: addresses, TLS, SASL and group timing, as read from the environment."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any, Final

from agents.environment import Environment

PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_CA_NAMES: Final = (
    "INTENT_KAFKA_SSL_CA_LOCATION",
    "KAFKA_SSL_CA_LOCATION",
    "INTENT_KAFKA_CA_PATH",
    "KAFKA_CA_PATH",
)
CODECS: Final = ("lz4", "zstd", "snappy", "gzip", "none")
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """One cluster. Times in seconds; passwords are never part of the text form."""

    bootstrap_servers: tuple[str, ...] = ("127.0.0.1:9092",)
    client_id: str = "intent"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: str = field(default="", repr=False)
    ssl_cafile: str = ""  # "" = the machine's trust store
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    ssl_key_password: str = field(default="", repr=False)
    ssl_check_hostname: bool = True
    group_instance_id: str = ""  # static membership; "" = dynamic
    session_timeout: float = 10.0
    heartbeat_interval: float = 3.0
    request_timeout: float = 30.0
    compression: str = "lz4"  # of what we produce; "none" for none
    idempotent: bool = True  # producer ids; off with the embedded broker, never needed for correctness

    @property
    def uses_tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")

    @property
    def uses_sasl(self) -> bool:
        """Whether a user name and a password are asked for."""
        return self.security_protocol.startswith("SASL")

    @property
    def codec(self) -> str | None:
        """The client library's `compression_type`."""
        return None if self.compression == "none" else self.compression

    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS context, or None without TLS. Raises OSError or ssl.SSLError for a bad file."""
        if not self.uses_tls:
            return None
        context = ssl.create_default_context(cafile=self.ssl_cafile or None)
        context.check_hostname = self.ssl_check_hostname
        if self.ssl_certfile:
            # always a password, if empty: with None, OpenSSL asks on the terminal for that of a locked key
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile or None, self.ssl_key_password)
        return context

    def client_kwargs(self) -> dict[str, Any]:
        """Keyword arguments that every aiokafka client takes: consumer, producer and admin."""
        security: dict[str, Any] = {
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context(),
        }
        if self.uses_sasl:
            security |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return {"bootstrap_servers": list(self.bootstrap_servers), "client_id": self.client_id, **security}


def read_kafka(env: Environment) -> KafkaSettings:
    """Settings of one cluster; problems go to `env.problems`."""
    d = KafkaSettings()
    kafka = KafkaSettings(
        bootstrap_servers=env.parsed(
            "KAFKA_BOOTSTRAP_SERVERS", _servers, d.bootstrap_servers, "INTENT_KAFKA_BROKERS", "KAFKA_BROKERS"
        ),
        client_id=env.text("KAFKA_CLIENT_ID", d.client_id),
        security_protocol=env.choice("KAFKA_SECURITY_PROTOCOL", d.security_protocol, PROTOCOLS),
        sasl_mechanism=env.choice("KAFKA_SASL_MECHANISM", d.sasl_mechanism, MECHANISMS),
        sasl_username=env.text("KAFKA_SASL_USERNAME"),
        sasl_password=env.secret("KAFKA_SASL_PASSWORD", str, ""),
        ssl_cafile=env.text("KAFKA_SSL_CAFILE", "", *_CA_NAMES),
        ssl_certfile=env.text("KAFKA_SSL_CERTFILE"),
        ssl_keyfile=env.text("KAFKA_SSL_KEYFILE"),
        ssl_key_password=env.secret("KAFKA_SSL_KEY_PASSWORD", str, ""),
        ssl_check_hostname=env.flag("KAFKA_SSL_CHECK_HOSTNAME", d.ssl_check_hostname),
        group_instance_id=env.text("GROUP_INSTANCE_ID", "", "CONSUMER_GROUP_INSTANCE_ID"),
        session_timeout=env.seconds("KAFKA_SESSION_TIMEOUT_SECONDS", d.session_timeout, low=1, high=300),
        heartbeat_interval=env.seconds("KAFKA_HEARTBEAT_SECONDS", d.heartbeat_interval, low=0.1, high=100),
        request_timeout=env.seconds("KAFKA_REQUEST_TIMEOUT_SECONDS", d.request_timeout, low=1, high=600),
        compression=env.choice("KAFKA_COMPRESSION", d.compression, CODECS),
        idempotent=env.flag("KAFKA_IDEMPOTENT_PRODUCER", d.idempotent),
    )
    env.problems += _contradictions(kafka)
    return kafka


def _contradictions(kafka: KafkaSettings) -> list[str]:
    problems = []
    if kafka.uses_sasl and not (kafka.sasl_username and kafka.sasl_password):
        problems.append(
            "KAFKA_SECURITY_PROTOCOL asks for SASL: set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD[_FILE]"
        )
    if not kafka.uses_sasl and kafka.sasl_password:
        problems.append(
            "KAFKA_SASL_PASSWORD is set, but KAFKA_SECURITY_PROTOCOL is not SASL_SSL or SASL_PLAINTEXT"
        )
    if not kafka.uses_tls and (kafka.ssl_cafile or kafka.ssl_certfile):
        problems.append("KAFKA_SSL_* is set, but KAFKA_SECURITY_PROTOCOL is not SSL or SASL_SSL")
    if kafka.heartbeat_interval * 2 > kafka.session_timeout:
        problems.append("KAFKA_HEARTBEAT_SECONDS must be at most half of KAFKA_SESSION_TIMEOUT_SECONDS")
    try:
        kafka.ssl_context()
    except OSError as error:  # ssl.SSLError is one
        problems.append(f"KAFKA_SSL_*: a file cannot be used ({error.strerror or type(error).__name__})")
    return problems


def _servers(text: str) -> tuple[str, ...]:
    servers = tuple(part.strip() for part in text.split(",") if part.strip())
    for server in servers:
        host, colon, port = server.rpartition(":")
        if not (host and colon and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("must be HOST:PORT, several with commas between")
    return servers
