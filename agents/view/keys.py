"""The names of everything the view keeps in Redis. Nothing else in the project spells a key."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys under one prefix; a deployment that shares a Redis gives each its own."""

    prefix: str = "intent"

    def account(self, home: str) -> str:
        """JSON: one account's card."""
        return f"{self.prefix}:account:{home}"

    def contacts(self, home: str) -> str:
        """Hash person -> JSON: the contact cards of one account."""
        return f"{self.prefix}:contacts:{home}"

    def explanation(self, home: str) -> str:
        """JSON: the lines of one account's score."""
        return f"{self.prefix}:explain:{home}"

    def find(self, name: str) -> str:
        """Hash tenant -> home: the account of an account id or a domain."""
        return f"{self.prefix}:find:{name.lower()}"

    def version(self, kind: str, home: str) -> str:
        """JSON [time ms, offset] of the newest record applied. The home as a digest: it may be an address."""
        digest = hashlib.sha256(home.encode("utf-8", "replace")).hexdigest()[:32]
        return f"{self.prefix}:version:{kind}:{digest}"

    @property
    def board(self) -> str:
        """Sorted set home -> S in milli-points: the leaderboard."""
        return f"{self.prefix}:board"

    def state(self, state: str) -> str:
        """Sorted set home -> S: the leaderboard of one state."""
        return f"{self.prefix}:state:{state}"

    @property
    def expiry(self) -> str:
        """Sorted set home -> epoch second at which its card ends; members of other sets end with it."""
        return f"{self.prefix}:expiry"

    @property
    def ready(self) -> str:
        """Sorted set event id -> decision time in ms: the sales-ready list."""
        return f"{self.prefix}:ready"

    def ready_event(self, event_id: str) -> str:
        """JSON: one sales-ready event, as listed."""
        return f"{self.prefix}:ready:{event_id}"

    @property
    def watch(self) -> str:
        """Sorted set home -> decision time in ms: near misses and early notices that still stand."""
        return f"{self.prefix}:watch"

    def watch_notice(self, home: str) -> str:
        """JSON: the last watch record of one account."""
        return f"{self.prefix}:watch:{home}"

    def position(self, topic: str, partition: int) -> str:
        """JSON: the next offset to apply of one topic partition; written with what it stands for."""
        return f"{self.prefix}:position:{topic}:{partition}"

    @property
    def everything(self) -> str:
        """The pattern of all keys of the view."""
        return f"{self.prefix}:*"
