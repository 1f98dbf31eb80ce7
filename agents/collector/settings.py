"""What the collector can be told; filled from the environment elsewhere. Defaults are safe on loopback."""

from dataclasses import dataclass, field
from typing import Final, Literal

Privacy = Literal["drop", "anonymise", "flag"]

DEFAULT_SOURCE: Final = "site"


@dataclass(frozen=True, slots=True)
class WriteKey:
    """One accepted write key and whose records it brings.

    `tenant` empty: the record's own tenant_id counts, else the collector's.
    """

    key: str = field(repr=False)
    source: str = DEFAULT_SOURCE
    tenant: str = ""


def parse_write_keys(text: str) -> tuple[WriteKey, ...]:
    """Read `[[TENANT/]SOURCE:]KEY`, separated by commas or line ends; `#` starts a comment line.

    Several keys may name one source: that is how a key is rotated without losing the dedupe of its source.
    Raises ValueError naming the entry's number, never the key.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [entry.strip() for line in lines for entry in line.split(",")]
    return tuple(_parse_entry(number, entry) for number, entry in enumerate(entries, 1) if entry)


def _parse_entry(number: int, entry: str) -> WriteKey:
    owner, colon, key = entry.rpartition(":")
    tenant, _, source = owner.rpartition("/")
    if not key or (colon and not source):
        raise ValueError(f"write key entry {number} is not [[TENANT/]SOURCE:]KEY")
    return WriteKey(key=key, source=source or DEFAULT_SOURCE, tenant=tenant)


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """The collector's options; sizes in bytes, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8080
    app_id: str = "intent-collector"
    tenant: str = ""  # "" leaves tenant_id out, which means `default`
    topic_prefix: str = ""
    write_keys: tuple[WriteKey, ...] = ()  # none: only callers on this machine are served
    # "" closes the query API; the page stays open to a browser on this machine
    api_token: str = field(default="", repr=False)
    allowed_origins: tuple[str, ...] = ()  # empty: any origin is echoed
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For is believed
    bot_networks: tuple[str, ...] = ()  # networks whose visitors are marked as bots
    own_hosts: tuple[str, ...] = ()  # further own sites: a referrer from one of them is `internal`
    snowplow_paths: tuple[str, ...] = ("com.snowplowanalytics.snowplow/tp2",)
    snowplow_app_ids: tuple[WriteKey, ...] = ()  # whose records an application id brings; none: any id
    snowplow_heartbeat: int = 10  # seconds between page pings, which the wire does not tell
    snowplow_min_visit: int = 5  # seconds until the first ping
    snowplow_account_entities: tuple[str, ...] = ("account", "company", "organization")
    public_url: str = ""  # how the world reaches this collector; HubSpot signs it
    sendgrid_public_key: str = ""  # an empty secret: that vendor needs a write key instead
    mailgun_signing_key: str = field(default="", repr=False)
    postmark_basic_auth: str = field(default="", repr=False)  # user:password
    hubspot_client_secret: str = field(default="", repr=False)
    zoom_secret_token: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)  # whsec_..., of /webhooks/generic
    cookie_name: str = "intent_id"  # "" sets no cookie
    cookie_domain: str = ""
    cookie_max_age: int = 33_696_000  # 13 months of 30 days
    privacy_gpc: Privacy = "flag"
    privacy_dnt: Privacy = "flag"
    max_body_bytes: int = 512_000
    max_event_bytes: int = 32_768
    max_feed_bytes: int = 16_777_216
    read_timeout: float = 30.0
    retry_after: int = 2
    refresh_seconds: int = 10  # the page reloads itself
