"""A stateful processor small enough to recompute, whose every output depends on all of its state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from agents.runtime import Output, Record


class Counting:
    """Counts records a key and a partition; every fifth record of a key, and every tick, is an output.

    An output's body holds the key's chain of digests and the partition's total: two keys of one moment.
    A record `{"drop": true}` deletes its key.
    """

    def __init__(self, out: str = "out") -> None:
        self.out = out
        self.state: dict[int, dict[bytes, dict[str, Any]]] = {}
        self._dirty: dict[int, set[bytes]] = {}
        self._outputs: list[Output] = []

    def assign(self, partition: int) -> None:
        self.state[partition] = {}
        self._dirty[partition] = set()

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        assert value is not None
        assert key not in self.state[partition]
        self.state[partition][key] = json.loads(value)

    def recovered(self, partition: int) -> None: ...

    def revoke(self, partition: int) -> None:
        del self.state[partition], self._dirty[partition]

    def apply(self, partition: int, records: Sequence[Record]) -> None:
        for record in records:
            self._one(partition, record)

    def _one(self, partition: int, record: Record) -> None:
        state, dirty = self.state[partition], self._dirty[partition]
        body = json.loads(record.value or b"{}")
        total = state.setdefault(b"total", {"n": 0, "chain": ""})
        total["n"] += 1
        total["chain"] = _chain(total["chain"], record)
        dirty.add(b"total")
        key = b"key:" + (record.key or b"")
        if "tick" in body:
            self._emit(f"tick:{partition}:{body['tick']}", total)
            return
        dirty.add(key)
        if body.get("drop"):
            state.pop(key, None)
            return
        mine = state.setdefault(key, {"n": 0, "chain": ""})
        mine["n"] += 1
        mine["chain"] = _chain(mine["chain"], record)
        if mine["n"] % 5 == 0:
            self._emit(f"{(record.key or b'').decode()}:{body['id']}", {**mine, "total": total["chain"]})

    def _emit(self, name: str, body: dict[str, Any]) -> None:
        value = json.dumps({"id": name, "body": body}, sort_keys=True).encode()
        self._outputs.append(Output(self.out, name.encode(), value))

    def take_outputs(self) -> list[Output]:
        taken, self._outputs = self._outputs, []
        return taken

    def take_dirty(self, partition: int) -> list[tuple[bytes, bytes | None]]:
        dirty, self._dirty[partition] = self._dirty[partition], set()
        state = self.state[partition]
        return [(key, encode_value(state[key]) if key in state else None) for key in sorted(dirty)]


def encode_value(value: dict[str, Any]) -> bytes:
    """A key's value as it is stored."""
    return json.dumps(value, sort_keys=True).encode()


def _chain(previous: str, record: Record) -> str:
    return hashlib.blake2b(previous.encode() + (record.value or b""), digest_size=8).hexdigest()


def recompute(partition: int, records: Iterable[Record]) -> tuple[dict[bytes, bytes], dict[str, bytes]]:
    """State (encoded) and outputs (id to body) of a partition's records, in one go."""
    counting = Counting()
    counting.assign(partition)
    counting.apply(partition, list(records))
    outputs = {(output.key or b"").decode(): output.value or b"" for output in counting.take_outputs()}
    return {key: encode_value(value) for key, value in counting.state[partition].items()}, outputs
