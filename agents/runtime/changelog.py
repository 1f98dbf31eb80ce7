r"""The changelog of a write-behind table: what its records mean, and which of them count.

Three kinds of record share a partition, told apart by key:

    \0claim   "from here on owner N writes"; an owner is an epoch, one above every epoch before it
    \0marker  "everything up to here is one commit; go on at this source offset"
    the rest  a key's value in one commit, or its end (no value)

Every record carries (owner, commit number) in one header, because a header survives compaction and a
tombstone has no value to put it in. A reader takes what precedes the last marker of the highest owner;
what follows it is half a commit. A lower owner's record behind a claim comes from a worker that was
replaced without knowing it. Both are ignored, but compaction knows nothing of that and keeps whatever is
last of a key: so their keys are handed to the next owner, who writes them, and a marker, in its first
commit whether or not anything else has changed.

Where a local store holds the state as of one marker, `Tail` reads on from there and ends in the same state.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

CLAIM_KEY = b"\0claim"
MARKER_KEY = b"\0marker"
HEADER = "commit"

_TAG = struct.Struct(">QQ")  # owner, commit number
_OFFSET = struct.Struct(">Q")  # next source offset

_FIRST = b"\1"  # claims and markers come before it, states behind it

Headers = list[tuple[str, bytes]]


class Entry(Protocol):
    """What is looked at of a changelog record. `timestamp` is in ms UTC."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Tag(NamedTuple):
    """Who wrote a record and in which of its commits; compares in the order of writing."""

    owner: int
    commit: int


class Marker(NamedTuple):
    """The end of a commit and the source offset where processing goes on."""

    tag: Tag
    next_offset: int


_NONE = Tag(0, 0)  # below every tag that is written


def tag_headers(tag: Tag) -> Headers:
    """The header list of a record written under this tag."""
    return [(HEADER, _TAG.pack(*tag))]


def marker_value(next_offset: int, nonce: bytes = b"") -> bytes:
    """The value of a marker record; the nonce of its owner's claim tells it from markers of another changelog."""
    return _OFFSET.pack(next_offset) + nonce


class Position(NamedTuple):
    """What a local store is: the state at this marker, and the changelog offset behind it."""

    offset: int
    marker: Marker
    nonce: bytes  # of its owner's claim


class Untrusted(Exception):
    """A local store does not continue in its changelog: the state has to be read from the beginning."""


@dataclass
class Restored:
    """The state at the last marker, and what the next owner must put right."""

    values: dict[bytes, bytes]
    ended: set[bytes]  # keys that were deleted
    marker: Marker | None
    rewrite: dict[bytes, bytes | None]  # keys whose last record does not count, with what does
    dropped: int  # records behind the last marker
    dropped_since: int | None  # timestamp (ms UTC) of the first of them


@dataclass
class Replay:
    """Reads a changelog partition in offset order; pure, so that every crash can be tried on it."""

    owner: int = 0
    marker: Marker | None = None
    claims: list[bytes] = field(default_factory=list)  # nonces of the claims that counted
    foreign: bool = False  # something other than a claim was read
    read: int = 0  # records
    _values: dict[bytes, tuple[Tag, bytes | None]] = field(default_factory=dict)
    _staged: dict[bytes, tuple[Tag, bytes | None]] = field(default_factory=dict)
    _ignored: set[bytes] = field(default_factory=set)
    _packed: bytes = b""
    _tag: Tag = _NONE  # of the record before
    _highest: Tag = _NONE  # so far: no key has a higher one
    _settled: Tag = _NONE  # up to here everything is known without being read
    _dropped: int = 0
    _dropped_since: int | None = None

    def feed(self, records: Sequence[Entry]) -> None:
        """Take in the next records. ValueError for a record that no owner can have written."""
        staged, ignored, packed, tag = self._staged, self._ignored, self._packed, self._tag
        plain = False  # with the tags rising no key can have a higher one already
        for record in records:
            key, headers = record.key, record.headers
            if not key or len(headers) != 1:
                raise ValueError(f"changelog record at offset {record.offset} is not one of ours")
            found = headers[0][1]
            if found != packed or not plain:
                packed, tag = found, Tag(*_TAG.unpack(found))
                plain = key >= _FIRST and self._rises(tag)
            if key < _FIRST:
                self._control(key, tag, record.value or b"")
                plain = False
                continue
            if not plain and self._is_late(key, tag):
                ignored.add(key)
                continue
            staged[key] = (tag, record.value)
            if ignored:
                ignored.discard(key)  # it is not the last of its key any more
            if not self._dropped:
                self._dropped_since = record.timestamp
            self._dropped += 1
        self._packed, self._tag = packed, tag
        self.read += len(records)

    def finish(self) -> Restored:
        """The state at the last marker of what was fed."""
        values = {key: value for key, (_, value) in self._values.items() if value is not None}
        ended = self._values.keys() - values.keys() if len(values) < len(self._values) else set()
        rewrite = {key: values.get(key) for key in self._ignored | self._staged.keys()}
        return Restored(values, ended, self.marker, rewrite, self._dropped, self._dropped_since)

    def _rises(self, tag: Tag) -> bool:
        """A state record was read: whether every record of this tag replaces what its key had."""
        self.foreign = True
        if tag < self._highest or tag <= self._settled or tag.owner < self.owner:
            return False
        self._highest, self.owner = tag, tag.owner  # its claim may have been compacted away
        return True

    def _is_late(self, key: bytes, tag: Tag) -> bool:
        """Whether a record comes from a replaced owner, or is a late duplicate of a retried batch."""
        self.foreign = True
        if tag.owner < self.owner or tag <= self._settled:
            return True
        self.owner = tag.owner
        known = self._staged.get(key) or self._values.get(key)
        return known is not None and known[0] > tag

    def _control(self, key: bytes, tag: Tag, value: bytes) -> None:
        if key == CLAIM_KEY:
            if tag.owner > self.owner:
                self.owner = tag.owner
                self.claims.append(value)
        elif key == MARKER_KEY:
            self.foreign = True
            if tag.owner >= self.owner:
                self.owner = tag.owner
                self._mark(tag, value)
        else:
            raise ValueError(f"changelog key {key!r} is not one of ours")

    def _mark(self, tag: Tag, value: bytes) -> None:
        if self.marker is not None and self.marker.tag >= tag:
            return  # a late duplicate
        self.marker = Marker(tag, *_OFFSET.unpack_from(value))
        if self._values:
            self._values.update(self._staged)
        else:
            self._values = dict(self._staged)
        self._staged.clear()
        self._dropped, self._dropped_since = 0, None


class Tail(Replay):
    """Reads what follows a local store's position, with the same result as reading everything.

    Its owner wrote alone up to there, and put right what did not count before, so nothing but the state and the
    marker matters of it. Every offset from the store's own marker on must be there: a tombstone that compaction has
    taken away would leave its key in the store.
    """

    def __init__(self, position: Position) -> None:
        tag = position.marker.tag
        super().__init__(owner=tag.owner, marker=position.marker)
        self._settled = self._highest = tag
        self._position = position
        self._next = position.offset - 1

    @property
    def start(self) -> int:
        """Where to read from: the marker of the store."""
        return self._position.offset - 1

    def feed(self, records: Sequence[Entry]) -> None:
        """As `Replay`. Untrusted where the changelog is not the one the store was written with, or has gaps."""
        if not records:
            return
        first = records[0]
        if self._next == self.start:
            marker = self._position.marker
            ours = first.offset == self.start and first.key == MARKER_KEY
            if not ours or (first.value, list(first.headers)) != (
                marker_value(marker.next_offset, self._position.nonce), tag_headers(marker.tag)
            ):  # fmt: skip
                raise Untrusted(f"its marker does not stand at offset {self.start} of the changelog")
        if first.offset != self._next or records[-1].offset - first.offset + 1 != len(records):
            raise Untrusted("compaction has been at what follows it")
        self._next += len(records)
        super().feed(records)

    def complete(self) -> None:
        """Call it at the end. Untrusted if nothing was there."""
        if self._next == self.start:
            raise Untrusted(f"the changelog ends before offset {self.start}")
