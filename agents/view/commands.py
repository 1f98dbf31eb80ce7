"""Redis commands as values: what the writer decides, the store sends, and a test reads.

Only commands that Redis and its in-process stand-in share are here; a wire-level user may be limited to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetText:
    """SET key text EX seconds."""

    key: str
    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class SetHash:
    """Replace a whole hash: DEL, HSET, EXPIRE. An empty one is only deleted."""

    key: str
    fields: Mapping[str, str]
    seconds: int


@dataclass(frozen=True, slots=True)
class AddField:
    """HSET one field of a hash, EXPIRE."""

    key: str
    field: str
    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class DropField:
    """HDEL one field of a hash."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class Rank:
    """ZADD key score member."""

    key: str
    member: str
    score: int


@dataclass(frozen=True, slots=True)
class Unrank:
    """ZREM key member."""

    key: str
    member: str


@dataclass(frozen=True, slots=True)
class Delete:
    """DEL keys."""

    keys: tuple[str, ...]


Command = SetText | SetHash | AddField | DropField | Rank | Unrank | Delete
