"""The environment as one frozen value. deploy/README.md has the table of variables.

SettingsErrors   every problem at once, by variable; never a value
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from agents.accelerator import MODES
from agents.collector.settings import CollectorSettings, Privacy, parse_write_keys
from agents.collector.webhooks import signatures
from agents.environment import Environment, SettingsErrors
from agents.kafka_settings import KafkaSettings, read_kafka

__all__ = ["CollectorSettings", "KafkaSettings", "LogFormat", "Settings", "SettingsErrors", "load"]

LogFormat = Literal["json", "text"]
StateStore = Literal["memory", "rocksdb"]
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
PRIVACY: Final = ("drop", "anonymise", "flag")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command of this process runs with. Times in seconds."""

    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    collector: CollectorSettings = field(default_factory=CollectorSettings)
    redis_url: str = field(default="redis://127.0.0.1:6379/0", repr=False)  # may hold a password
    app_id: str = "intent"  # consumer group and changelog names; another id is another state
    topic_prefix: str = ""
    partitions: int = 4  # of intent.signals.v1 and the state changelog
    replication_factor: int = 0  # of topics we make; 0 = three, or as many as there are brokers
    policy_path: str = ""  # "" = the reference policy in the package
    shadow: str = (
        ""  # the policy_id of a shadow worker: scores the same log, writes to its own topic, no ticks
    )
    state_store: StateStore = "memory"
    state_dir: str = ""  # of RocksDB; one process a directory and partition
    state_cache_homes: int = 50_000  # a partition, decoded in memory; with RocksDB
    commit_seconds: float = 1.0
    tick_seconds: float = 5.0
    stall_seconds: float = 30.0  # lag without a commit for this long ends the worker
    ops_host: str = "127.0.0.1"
    ops_port: int = 9464  # /metrics, /livez, /readyz of the worker; 0 = a free one
    accelerator: str = "auto"  # read before all else, see agents/accelerator.py
    public_url: str = ""
    log_level: str = "info"
    log_format: LogFormat = "json"
    unknown: tuple[str, ...] = ()  # set INTENT_ variables nobody reads; worth a warning


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises SettingsErrors listing every problem."""
    env = Environment(os.environ if environ is None else environ)
    settings = _read(env)
    if env.problems:
        raise SettingsErrors(tuple(env.problems))
    return replace(settings, unknown=env.unknown())


def variables() -> frozenset[str]:
    """Every variable that `load` looks at: the names with INTENT_, their fallbacks, the _FILE forms."""
    env = Environment({})
    _read(env)
    return env.known


def _read(env: Environment) -> Settings:
    default = Settings()
    prefix = env.parsed("TOPIC_PREFIX", _topic_prefix, "")
    bind = env.text("BIND", default.ops_host)
    return Settings(
        kafka=read_kafka(env),
        collector=_read_collector(env, bind, prefix),
        redis_url=env.secret("REDIS_URL", _redis_url, default.redis_url, "REDIS_URL"),
        app_id=env.parsed("APP_ID", _name, default.app_id),
        topic_prefix=prefix,
        partitions=env.integer("PARTITIONS", default.partitions, low=1, high=1000),
        replication_factor=env.integer("REPLICATION_FACTOR", default.replication_factor, low=0, high=9),
        policy_path=env.text("POLICY", default.policy_path),
        shadow=env.parsed("SHADOW", _name, ""),
        state_store=_read_state_store(env),
        state_dir=env.text("STATE_DIR"),
        state_cache_homes=env.integer(
            "STATE_CACHE_HOMES", default.state_cache_homes, low=1, high=100_000_000
        ),
        commit_seconds=env.seconds("COMMIT_SECONDS", default.commit_seconds, low=0.05, high=60),
        tick_seconds=env.seconds("TICK_SECONDS", default.tick_seconds, low=0.1, high=3600),
        stall_seconds=env.seconds("STALL_SECONDS", default.stall_seconds, low=5, high=3600),
        ops_host=bind,
        ops_port=env.integer("METRICS_PORT", default.ops_port, low=0, high=65535),
        accelerator=env.choice("ACCELERATOR", default.accelerator, MODES),
        public_url=env.parsed("PUBLIC_URL", _http_url, default.public_url),
        log_level=env.choice("LOG_LEVEL", default.log_level, LOG_LEVELS),
        log_format=cast(LogFormat, env.choice("LOG_FORMAT", default.log_format, ("json", "text"))),
    )


def _read_state_store(env: Environment) -> StateStore:
    name = cast(StateStore, env.choice("STATE_STORE", "memory", ("memory", "rocksdb")))
    if name == "rocksdb":
        if find_spec("rocksdict") is None:
            env.problems.append("INTENT_STATE_STORE: rocksdb needs rocksdict, of the extra `rocksdb`")
        if not env.text("STATE_DIR"):
            env.problems.append("INTENT_STATE_DIR: must name a directory where INTENT_STATE_STORE is rocksdb")
    return name


def _read_collector(env: Environment, bind: str, prefix: str) -> CollectorSettings:
    d = CollectorSettings()
    return CollectorSettings(
        host=bind,
        port=env.integer("PORT", d.port, low=0, high=65535),
        tenant=env.text("TENANT", d.tenant),
        topic_prefix=prefix,
        write_keys=env.secret("WRITE_KEYS", parse_write_keys, d.write_keys),
        api_token=env.secret("API_TOKEN", str, d.api_token),
        allowed_origins=env.words("ALLOWED_ORIGINS"),
        trusted_proxies=env.words("TRUSTED_PROXIES"),
        bot_networks=env.words("BOT_NETWORKS"),
        own_hosts=env.words("OWN_HOSTS"),
        snowplow_paths=env.words("SNOWPLOW_PATHS", d.snowplow_paths),
        snowplow_app_ids=env.parsed("SNOWPLOW_APP_IDS", parse_write_keys, d.snowplow_app_ids),
        snowplow_heartbeat=env.integer("SNOWPLOW_HEARTBEAT_SECONDS", d.snowplow_heartbeat, low=1, high=600),
        snowplow_min_visit=env.integer("SNOWPLOW_MIN_VISIT_SECONDS", d.snowplow_min_visit, low=0, high=600),
        snowplow_account_entities=env.words("SNOWPLOW_ACCOUNT_ENTITIES", d.snowplow_account_entities),
        public_url=env.parsed("PUBLIC_URL", _http_url, d.public_url),
        sendgrid_public_key=_secret(env, "SENDGRID_WEBHOOK_PUBLIC_KEY", signatures.public_key),
        mailgun_signing_key=_secret(env, "MAILGUN_WEBHOOK_SIGNING_KEY"),
        postmark_basic_auth=_secret(env, "POSTMARK_WEBHOOK_BASIC_AUTH", _user_and_password),
        hubspot_client_secret=_secret(env, "HUBSPOT_CLIENT_SECRET"),
        zoom_secret_token=_secret(env, "ZOOM_WEBHOOK_SECRET_TOKEN"),
        webhook_secret=_secret(env, "WEBHOOK_SECRET", signatures.webhook_secret),
        cookie_name=env.text("COOKIE_NAME", d.cookie_name),
        cookie_domain=env.text("COOKIE_DOMAIN", d.cookie_domain),
        cookie_max_age=env.integer("COOKIE_MAX_AGE", d.cookie_max_age, low=0, high=34_300_000),
        privacy_gpc=cast(Privacy, env.choice("PRIVACY_GPC", d.privacy_gpc, PRIVACY)),
        privacy_dnt=cast(Privacy, env.choice("PRIVACY_DNT", d.privacy_dnt, PRIVACY)),
        max_body_bytes=env.integer("MAX_BODY_BYTES", d.max_body_bytes, low=1_024, high=16_777_216),
        max_event_bytes=env.integer("MAX_EVENT_BYTES", d.max_event_bytes, low=1_024, high=1_048_576),
        max_feed_bytes=env.integer("MAX_FEED_BYTES", d.max_feed_bytes, low=1_024, high=1_073_741_824),
    )


def _secret(env: Environment, name: str, parse: Callable[[str], str] = str) -> str:
    """What a vendor signs its webhooks with; also without INTENT_."""
    return env.secret(name, parse, "", name)


def _user_and_password(text: str) -> str:
    if ":" not in text.strip(":"):
        raise ValueError("must be user:password")
    return text


def _topic_prefix(text: str) -> str:
    if len(text) > 100 or not all(c.isascii() and (c.isalnum() or c in "._-") for c in text):
        raise ValueError("may hold letters, digits, dot, dash and underscore, at most 100")
    return text


def _name(text: str) -> str:
    if len(text) > 100 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in text):
        raise ValueError("may hold letters, digits, dash and underscore, at most 100")
    return text


def _redis_url(text: str) -> str:
    if urlsplit(text).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def _http_url(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"}:
        raise ValueError("must begin with http:// or https://")
    return text.rstrip("/")
