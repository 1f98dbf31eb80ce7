"""A partition's state on this machine, in RocksDB: a copy of what the changelog says, as of one commit.

The changelog stays the truth. What is here saves reading it, and lets state be larger than memory: each commit is one
write batch with its position (commit and changelog offset) in it, so that a kill leaves some whole commit. A store
that cannot be read, or is not of this changelog, is made anew. Power loss may take the last commits away, which the
changelog still has.
"""

import asyncio
import logging
import shutil
import struct
import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from agents.runtime.changelog import Marker, Position, Tag
from agents.runtime.fatal import RuntimeFault, or_die

log = logging.getLogger("agents.runtime")

#: Overwritten and deleted bytes leave the files after this long at most (while there are commits).
SWEEP_SECONDS = 24 * 3600
LOCK_SECONDS = 15.0  # whoever had the partition before may still be closing it
CACHE_BYTES = 32 * 1024 * 1024  # of blocks, for all partitions together
WRITE_BUFFER_BYTES = 16 * 1024 * 1024
_FORMAT = "1"
_POSITION_KEY = b"\0position"
_FIRST_KEY = b"\1"  # no state key begins with a zero byte
_POSITION = struct.Struct(
    ">QQQQQ8s"
)  # changelog offset, owner, commit, next source offset, last sweep (s), nonce


class LocalStore:
    """One partition's directory. Opened by one process at a time; every call but `sweep` is on the event loop."""

    def __init__(self, path: Path, belongs: str, options: Any) -> None:
        self.path = path
        self.position: Position | None = None  # None: what is here cannot be trusted
        self._belongs = belongs.encode()
        self._options = options
        self._rocks: Any = import_module("rocksdict")
        self._db: Any = None
        self._swept = int(time.time())
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open it, waiting for a process that still has it. RuntimeFault if that process keeps it."""
        deadline = time.monotonic() + LOCK_SECONDS
        while self._db is None:
            try:
                self._open()
            except Exception as error:
                if not _in_use(error):
                    log.warning("local store %s cannot be read and is made anew: %s", self.path, error)
                    self.wipe()
                elif time.monotonic() > deadline:
                    raise RuntimeFault(f"local store {self.path} is in use by another process") from error
                else:
                    await asyncio.sleep(0.2)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._rocks.Rdict(str(self.path), self._options)
        self.position = None
        packed = self._db.get(_POSITION_KEY)
        if packed is not None and packed[_POSITION.size :] == self._belongs:
            offset, owner, commit, next_offset, self._swept, nonce = _POSITION.unpack_from(packed)
            self.position = Position(offset, Marker(Tag(owner, commit), next_offset), nonce)

    async def close(self) -> None:
        """Let go of the directory."""
        if self._sweeping is not None:
            await asyncio.wait([self._sweeping])
        if self._db is not None:
            self._db.close()
            self._db = None

    def wipe(self) -> None:
        """Forget everything; it is open and empty afterwards."""
        if self._db is not None:
            self._db.close()
            self._db = None
        shutil.rmtree(self.path, ignore_errors=True)
        self._open()

    def write(self, values: Mapping[bytes, bytes | None], position: Position | None = None) -> None:
        """One batch: values by key (None deletes), and the commit they complete."""
        batch = self._rocks.WriteBatch(raw_mode=True)
        for key, value in values.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if position is not None:
            tag, next_offset = position.marker
            packed = _POSITION.pack(position.offset, *tag, next_offset, self._swept, position.nonce)
            batch.put(_POSITION_KEY, packed + self._belongs)
        self._db.write(batch)
        self.position = position or self.position

    def fill(self, values: Mapping[bytes, bytes]) -> None:
        """Many values into a store that has no position; call `flush` behind the last ones."""
        batch = self._rocks.WriteBatch(raw_mode=True)
        for key, value in values.items():
            batch.put(key, value)
        options = self._rocks.WriteOptions()
        options.disable_wal = True
        self._db.write(batch, options)

    def flush(self) -> None:
        """Make what `fill` wrote durable, before a position says that it is there."""
        self._db.flush()

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        try:
            value: bytes | None = self._db.get(key)
        except Exception as error:  # noqa: BLE001  the library has no other
            self._unreadable(error)
        return value

    def load(self, prefix: bytes) -> list[bytes]:
        """The values of all keys that begin so, in key order."""
        found, cursor = [], self._db.iter()
        cursor.seek(prefix)
        while cursor.valid() and cursor.key().startswith(prefix):
            found.append(cursor.value())
            cursor.next()
        self._check(cursor)
        return found

    def chunks(self, size: int = 2000) -> Iterator[list[tuple[bytes, bytes]]]:
        """Everything in key order; nothing is held open between two chunks."""
        after = _FIRST_KEY
        while chunk := self._chunk(after, size):
            after = chunk[-1][0] + b"\0"
            yield chunk

    def _chunk(self, after: bytes, size: int) -> list[tuple[bytes, bytes]]:
        found: list[tuple[bytes, bytes]] = []
        cursor = self._db.iter()
        cursor.seek(after)
        while len(found) < size and cursor.valid():
            found.append((cursor.key(), cursor.value()))
            cursor.next()
        self._check(cursor)
        return found

    def _check(self, cursor: Any) -> None:
        """An iterator ends at a block that it cannot read as it does at the last key: only its status tells."""
        try:
            cursor.status()
        except Exception as error:  # noqa: BLE001  the library has no other
            self._unreadable(error)

    def _unreadable(self, error: Exception) -> NoReturn:
        """No record is at fault, so nothing may set one aside: the process ends, and the next makes it anew."""
        if "Corruption" in str(error):
            shutil.rmtree(self.path, ignore_errors=True)
        raise RuntimeFault(f"local store {self.path} cannot be read: {error}") from error

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value, in key order."""
        for chunk in self.chunks():
            yield from chunk

    def sweep_if_due(self) -> None:
        """Once a day, beside the work: rewrite the files, so that what was erased is not in them any more."""
        if time.time() - self._swept >= SWEEP_SECONDS and (self._sweeping is None or self._sweeping.done()):
            self._sweeping = asyncio.create_task(asyncio.to_thread(self.sweep), name="sweep")

    def sweep(self) -> None:
        """Flush and rewrite every file without what was overwritten or deleted."""
        began = int(time.time())
        options = self._rocks.CompactOptions()
        options.set_bottommost_level_compaction(self._rocks.BottommostLevelCompaction.force())
        with or_die(f"local store {self.path} cannot be rewritten"):
            self._db.flush()
            self._db.compact_range(None, None, options)
        self._swept = began  # durable with the next commit


def _in_use(error: Exception) -> bool:
    """Whether another process holds the directory; a broken `block` is no lock."""
    return "lock file" in str(error).lower() or "lock hold by" in str(error).lower()


class LocalStores:
    """The stores of one job on this machine, by partition."""

    def __init__(self, directory: Path, belongs: str) -> None:
        self._directory = directory
        self._belongs = belongs
        self._options: Any = None
        self._stores: dict[int, LocalStore] = {}

    async def open(self, partition: int, cluster: str) -> LocalStore:
        """The partition's store, open. RuntimeFault if another process has it."""
        store = self._stores.get(partition)
        if store is None:
            self._options = self._options or _options()
            belongs = "\n".join((_FORMAT, cluster, self._belongs, str(partition)))
            store = LocalStore(self._directory / str(partition), belongs, self._options)
            self._stores[partition] = store
        await store.open()
        return store

    async def close(self) -> None:
        """Let go of all of them."""
        for store in self._stores.values():
            await store.close()


def _options() -> Any:
    rocks = import_module("rocksdict")
    blocks = rocks.BlockBasedOptions()
    blocks.set_block_cache(rocks.Cache(CACHE_BYTES))
    blocks.set_bloom_filter(10, False)
    options = rocks.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_compression_type(rocks.DBCompressionType.lz4())
    options.set_keep_log_file_num(2)
    options.set_max_open_files(256)
    return options
