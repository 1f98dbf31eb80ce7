"""A copy of state on this machine: whole commits, one owner, nothing left of what was erased."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from agents.runtime import local
from agents.runtime.changelog import Marker, Position, Tag
from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStore, LocalStores

POSITION = Position(7, Marker(Tag(2, 3), 400), b"12345678")


async def opened(directory: Path, belongs: str = "app", cluster: str = "c") -> tuple[LocalStores, LocalStore]:
    stores = LocalStores(directory, belongs)
    return stores, await stores.open(0, cluster)


async def test_a_commit_comes_back_with_its_position(tmp_path: Path) -> None:
    stores, store = await opened(tmp_path)
    assert store.position is None
    store.write({b"aa1": b"1", b"aa2": b"2", b"ab": b"3", b"b": b"4"})
    store.write({b"aa2": None}, POSITION)
    await stores.close()

    stores, store = await opened(tmp_path)

    assert store.position == POSITION
    assert list(store.items()) == [(b"aa1", b"1"), (b"ab", b"3"), (b"b", b"4")]
    assert store.load(b"aa") == [b"1"]
    assert (store.get(b"b"), store.get(b"c")) == (b"4", None)
    assert [len(chunk) for chunk in store.chunks(2)] == [2, 1]
    await stores.close()


async def test_what_a_rebuild_wrote_outlives_a_kill_once_it_has_a_position(tmp_path: Path) -> None:
    stores, store = await opened(tmp_path / "one")
    store.fill({b"a": b"1", b"b": b"2"})
    store.flush()
    store.write({b"b": b"3"}, POSITION)
    shutil.copytree(tmp_path / "one", tmp_path / "killed")  # the files as a kill at this moment leaves them
    await stores.close()

    stores, store = await opened(tmp_path / "killed")

    assert (store.position, list(store.items())) == (POSITION, [(b"a", b"1"), (b"b", b"3")])
    await stores.close()


@pytest.mark.parametrize(("belongs", "cluster"), [("other", "c"), ("app", "other")])
async def test_a_store_of_another_job_or_cluster_has_no_position(
    tmp_path: Path, belongs: str, cluster: str
) -> None:
    stores, store = await opened(tmp_path)
    store.write({b"a": b"1"}, POSITION)
    await stores.close()

    stores, store = await opened(tmp_path, belongs, cluster)

    assert store.position is None
    store.wipe()
    assert list(store.items()) == []
    await stores.close()


async def test_one_process_at_a_time_has_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LOCK_SECONDS", 0.3)
    stores, _ = await opened(tmp_path)
    with pytest.raises(RuntimeFault, match="in use by another process"):
        await opened(tmp_path)

    monkeypatch.setattr(local, "LOCK_SECONDS", 10)
    waiting = asyncio.create_task(opened(tmp_path))
    await asyncio.sleep(0.3)
    await stores.close()
    others, store = await waiting
    assert store.position is None
    await others.close()


async def test_what_cannot_be_read_is_made_anew(tmp_path: Path) -> None:
    stores, store = await opened(tmp_path)
    store.write({b"a": b"1"}, POSITION)
    await stores.close()
    (tmp_path / "0" / "CURRENT").write_text("nonsense\n")

    stores, store = await opened(tmp_path)

    assert (store.position, list(store.items())) == (None, [])
    await stores.close()


KILLED = """
import asyncio, sys
from agents.runtime.changelog import Marker, Position, Tag
from agents.runtime.local import LocalStores
from pathlib import Path

async def main():
    store = await LocalStores(Path(sys.argv[1]), "app").open(0, "c")
    number = 0
    while True:
        number += 1
        keys = {b"k%d" % n: b"%d" % number * 500 for n in range(200)}
        store.write(keys, Position(number, Marker(Tag(1, number), number), b"12345678"))
        if number == 20:
            print("going", flush=True)

asyncio.run(main())
"""


def test_a_kill_leaves_a_whole_commit(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"going\n"
        process.send_signal(signal.SIGKILL)

    async def look() -> tuple[Position | None, set[bytes]]:
        stores, store = await opened(tmp_path)
        found = store.position, {value for _, value in store.items()}
        await stores.close()
        return found

    position, values = asyncio.run(look())
    assert position is not None
    assert position.offset >= 20
    assert values == {b"%d" % position.offset * 500}


async def test_what_was_erased_is_in_no_file_after_a_sweep(tmp_path: Path) -> None:
    canaries = [blake2b(b"%d" % n, digest_size=32).digest() for n in range(100)]  # little to compress
    stores, store = await opened(tmp_path)
    store.write({b"k%d" % n: canary for n, canary in enumerate(canaries)}, POSITION)
    store.sweep()
    store.write({**{b"k%d" % n: None for n in range(50)}, **{b"k%d" % n: b"other" for n in range(50, 99)}})
    assert sum(canary in on_disk(tmp_path) for canary in canaries) > 80

    store.sweep_if_due()
    assert store._sweeping is None  # one a day is enough
    store._swept -= local.SWEEP_SECONDS
    store.sweep_if_due()
    await stores.close()

    assert {n for n, canary in enumerate(canaries) if canary in on_disk(tmp_path)} <= {99}


def on_disk(directory: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def damage(directory: Path, *, at_the_end: bool) -> None:
    """Flip bytes of the largest table file, in the middle of its data or in what is read when it is opened."""
    largest = max(directory.rglob("*.sst"), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    begin = len(content) - 400 if at_the_end else len(content) // 2
    content[begin : begin + 60] = bytes(byte ^ 0xFF for byte in content[begin : begin + 60])
    largest.write_bytes(content)


async def flushed(directory: Path) -> None:
    stores, store = await opened(directory)
    store.write({b"k%05d" % number: os.urandom(100) for number in range(2000)}, POSITION)
    store.flush()
    await stores.close()


async def test_a_store_with_a_broken_block_is_made_anew_and_not_taken_for_a_locked_one(
    tmp_path: Path,
) -> None:
    await flushed(tmp_path)
    damage(tmp_path, at_the_end=True)

    stores, store = await opened(tmp_path)

    assert (store.position, list(store.items())) == (None, [])
    await stores.close()


@pytest.mark.parametrize(
    "read",
    [
        lambda s: s.load(b"k0"),
        lambda s: list(s.items()),
        lambda s: [s.get(b"k%05d" % number) for number in range(2000)],
    ],
    ids=["load", "items", "get"],
)
async def test_a_block_that_breaks_later_is_a_fault_and_never_an_empty_state(
    tmp_path: Path, read: Callable[[LocalStore], object]
) -> None:
    await flushed(tmp_path)
    damage(tmp_path, at_the_end=False)
    stores, store = await opened(tmp_path)
    assert store.position == POSITION

    with pytest.raises(RuntimeFault, match="cannot be read"):
        read(store)
    await stores.close()

    stores, store = await opened(tmp_path)
    assert store.position is None  # the next process makes it anew
    await stores.close()
