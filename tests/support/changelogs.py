"""A changelog partition with owners that crash, zombies, late duplicates and compaction, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.runtime.changelog import (
    CLAIM_KEY,
    MARKER_KEY,
    Marker,
    Position,
    Replay,
    Tag,
    marker_value,
    tag_headers,
)

State = dict[bytes, bytes]
Changes = dict[bytes, bytes | None]


@dataclass(frozen=True)
class Logged:
    """A changelog record."""

    offset: int
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int = 0
    topic: str = "changelog"
    partition: int = 0


@dataclass
class Owner:
    """A worker as far as the changelog sees it."""

    epoch: int
    rewrite: Changes
    position: int
    nonce: bytes
    commit: int = 0


@dataclass
class World:
    """The log, who owns it, and what must be restored from it at any moment."""

    name: bytes = b"aa"
    log: list[Logged] = field(default_factory=list)
    committed: State = field(default_factory=dict)
    next_offset: int = 0
    reached: int | None = None  # the source offset of the last commit that counts
    owner: Owner | None = None
    copies: list[tuple[Position, State]] = field(default_factory=list)  # of local stores, one a whole commit
    compacted: bool = False
    _end: int = 0
    _settled: int = 0  # below it, everything that does not count has been written again
    _foreign_at: int | None = None  # since the claim, somebody else wrote here
    _unsent: list[tuple[bytes, bytes | None, Tag]] = field(default_factory=list)  # of dead owners
    _sent: list[tuple[bytes, bytes | None, Tag]] = field(default_factory=list)

    def take_over(self) -> Replay:
        """A new worker reads, claims, and hands back what it read."""
        replay = Replay()
        replay.feed(self.log)
        epoch = replay.owner + 1
        nonce = self.name + b"%06d" % self._end
        self._write(CLAIM_KEY, nonce, Tag(epoch, 0))
        replay.feed(self.log[-1:])
        self.owner = Owner(epoch, replay.finish().rewrite, self._end, nonce)
        self._foreign_at = None
        return replay

    def commit(self, changes: Changes, crash_after: int | None) -> None:
        """The owner writes a commit; with `crash_after` it dies when that many records are written."""
        owner = self._owned()
        owner.commit += 1
        tag = Tag(owner.epoch, owner.commit)
        keys = {**owner.rewrite, **changes}
        owner.rewrite = {}
        writes = [(key, value, tag) for key, value in keys.items()]
        self.next_offset += 1
        marker = (MARKER_KEY, marker_value(self.next_offset, owner.nonce), tag)
        foreign = self._foreign_at is not None
        if foreign:  # the first acknowledgement shows it: the owner dies before its marker
            crash_after = min(len(writes) if writes else 1, crash_after or len(writes) + 1)
        if crash_after is not None and crash_after <= len(writes):
            self._write_all(writes[:crash_after])
            self._die([] if foreign else [*writes[crash_after:], marker])
            return
        self._write_all([*writes, marker])
        self._adopt(changes)
        if foreign or crash_after is not None:
            self._die([])
        else:
            self._settled = self._end
            self.copies.append(
                (Position(self._end, Marker(tag, self.next_offset), owner.nonce), dict(self.committed))
            )

    def commit_with_intruder(self, changes: Changes, back: int, zombie: bool) -> None:
        """Somebody writes between the owner's keys and its marker; the owner ends when it learns of it."""
        owner = self._owned()
        if self._foreign_at is not None:
            return self.commit(changes, None)
        owner.commit += 1
        tag = Tag(owner.epoch, owner.commit)
        writes = [(key, value, tag) for key, value in {**owner.rewrite, **changes}.items()]
        self.next_offset += 1
        self._write_all(writes)
        if zombie:
            self.zombie(back)
        else:
            self.duplicate(back)
        intruded = self._foreign_at is not None
        self._write_all([(MARKER_KEY, marker_value(self.next_offset, owner.nonce), tag)])
        self._adopt(changes)
        owner.rewrite = {}
        if intruded:
            self._die([])
        else:
            self._settled = self._end
        return None

    def zombie(self, count: int) -> None:
        """An owner that was replaced while it was suspended writes on where it stopped."""
        self._owned()
        woken, self._unsent = self._unsent[:count], self._unsent[count:]
        self._intrude(woken)

    def duplicate(self, back: int) -> None:
        """A batch that was sent before arrives once more."""
        self._intrude(self._sent[-back : len(self._sent) - back + 1])

    def compact(self) -> None:
        """Keep the last record of each key, as far as an hour's lag lets the broker."""
        bound = self._settled if self._foreign_at is None else min(self._settled, self._foreign_at)
        last = {record.key: record.offset for record in self.log if record.offset < bound}
        kept = [r for r in self.log if r.offset >= bound or last[r.key] == r.offset]
        self.compacted = self.compacted or len(kept) < len(self.log)
        self.log = kept

    def bury(self) -> None:
        """Compaction takes tombstones away, too, when they are old."""
        bound = self._settled if self._foreign_at is None else min(self._settled, self._foreign_at)
        self.compact()
        self.log = [r for r in self.log if r.offset >= bound or r.value is not None]

    def _owned(self) -> Owner:
        if self.owner is None:
            self.take_over()
        assert self.owner is not None
        return self.owner

    def _adopt(self, changes: Changes) -> None:
        merged: Changes = {**self.committed, **changes}
        self.committed = {key: value for key, value in merged.items() if value is not None}
        self.reached = self.next_offset

    def _die(self, unsent: list[tuple[bytes, bytes | None, Tag]]) -> None:
        self._unsent += unsent
        self.owner = None

    def _intrude(self, writes: Iterable[tuple[bytes, bytes | None, Tag]]) -> None:
        for write in writes:
            if self.owner is not None and self._foreign_at is None:
                self._foreign_at = self._end
            self._write(*write)

    def _write_all(self, writes: Iterable[tuple[bytes, bytes | None, Tag]]) -> None:
        for write in writes:
            self._sent.append(write)
            self._write(*write)

    def _write(self, key: bytes, value: bytes | None, tag: Tag) -> None:
        self.log.append(Logged(self._end, key, value, tag_headers(tag)))
        self._end += 1


def marker(owner: int, commit: int, next_offset: int) -> Marker:
    """A marker in one word."""
    return Marker(Tag(owner, commit), next_offset)
