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
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.runtime.processor import Record

CLAIM_KEY = b"\0claim"
MARKER_KEY = b"\0marker"
HEADER = "commit"

_TAG = struct.Struct(">QQ")  # owner, commit number
_OFFSET = struct.Struct(">Q")  # next source offset

Headers = list[tuple[str, bytes]]


class Tag(NamedTuple):
    """Who wrote a record and in which of its commits; compares in the order of writing."""

    owner: int
    commit: int


class Marker(NamedTuple):
    """The end of a commit and the source offset where processing goes on."""

    tag: Tag
    next_offset: int


def tag_headers(tag: Tag) -> Headers:
    """The header list of a record written under this tag."""
    return [(HEADER, _TAG.pack(*tag))]


def marker_value(next_offset: int) -> bytes:
    """The value of a marker record."""
    return _OFFSET.pack(next_offset)


@dataclass
class Restored:
    """The state at the last marker, and what the next owner must put right."""

    values: dict[bytes, bytes]
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
    _values: dict[bytes, tuple[Tag, bytes | None]] = field(default_factory=dict)
    _staged: dict[bytes, tuple[Tag, bytes | None]] = field(default_factory=dict)
    _ignored: set[bytes] = field(default_factory=set)
    _tags: dict[bytes, Tag] = field(default_factory=dict)
    _dropped: int = 0
    _dropped_since: int | None = None

    def feed(self, records: Iterable[Record]) -> None:
        """Take in the next records. ValueError for a record that no owner can have written."""
        staged, tags, ignored = self._staged, self._tags, self._ignored
        for record in records:
            key, headers = record.key, record.headers
            if key is None or len(headers) != 1:
                raise ValueError(f"changelog record at offset {record.offset} is not one of ours")
            packed = headers[0][1]
            tag = tags.get(packed)
            if tag is None:
                tags.clear()  # tags come in runs
                tag = tags[packed] = Tag(*_TAG.unpack(packed))
            if key == CLAIM_KEY:
                self._claim(tag, record.value or b"")
                continue
            self.foreign = True
            if tag.owner < self.owner:
                ignored.add(key)
                continue
            self.owner = tag.owner  # its claim may have been compacted away
            if key == MARKER_KEY:
                self._mark(tag, record.value or b"")
                continue
            known = staged.get(key) or self._values.get(key)
            if known is not None and known[0] > tag:
                ignored.add(key)  # a late duplicate of a retried batch
                continue
            staged[key] = (tag, record.value)
            if ignored:
                ignored.discard(key)  # it is not the last of its key any more
            if not self._dropped:
                self._dropped_since = record.timestamp
            self._dropped += 1

    def finish(self) -> Restored:
        """The state at the last marker of what was fed."""
        values = {key: value for key, (_, value) in self._values.items() if value is not None}
        doubtful = (self._ignored | self._staged.keys()) - {MARKER_KEY}
        rewrite = {key: values.get(key) for key in doubtful}
        return Restored(values, self.marker, rewrite, self._dropped, self._dropped_since)

    def _claim(self, tag: Tag, nonce: bytes) -> None:
        if tag.owner > self.owner:
            self.owner = tag.owner
            self.claims.append(nonce)

    def _mark(self, tag: Tag, value: bytes) -> None:
        if self.marker is not None and self.marker.tag >= tag:
            return  # a late duplicate
        self.marker = Marker(tag, *_OFFSET.unpack(value))
        self._values.update(self._staged)
        self._staged.clear()
        self._dropped, self._dropped_since = 0, None
