"""Keys, and homes that come from a store on disk and go back there."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.twins import opened

from streams.store import META_KEY, Store, home_key, state_key


def held(directory: Path, *homes: str, limit: int = 1) -> tuple[Store, dict[bytes, bytes]]:
    """A store whose homes, with one ledger each, are on disk and not in memory."""
    old, local = Store(), opened(directory)
    for home in homes:
        old.ensure(home)
        old.ledger(home, "contact:a").ids[1] = 1
    old.touch_meta()
    values = {key: value for key, value in old.snapshot_dirty() if value is not None}
    local.write(values)
    store = Store()
    store.attach(local, limit)
    for key, value in local.items():
        store.restore(key, value)
    return store, values


def test_a_home_is_one_range_of_keys_that_names_nobody() -> None:
    keys = [state_key("t/domain/a.example", name) for name in ("", "contact:ada", "email:ada@a.example")]

    assert keys[0] == home_key("t/domain/a.example")
    assert all(key.startswith(keys[0]) for key in keys)
    assert len(set(keys)) == 3
    assert not home_key("t/domain/b.example").startswith(keys[0])
    assert not any(b"ada" in key or b"example" in key for key in keys)


def test_a_home_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    store, _ = held(tmp_path, "a", "b", "c")
    assert store.resident == 0
    assert sorted(store.homes()) == ["a", "b", "c"]

    assert store.ledgers("b")["contact:a"].ids == {1: 1}

    assert store.resident == 1
    assert store.account("nobody") is None
    assert store.ledgers("nobody") == {}
    assert sorted(store.homes()) == ["a", "b", "c"]


def test_a_home_that_was_dropped_does_not_come_back_before_its_end_is_stored(tmp_path: Path) -> None:
    store, _ = held(tmp_path, "a", "b", limit=0)
    assert store.account("a") is not None
    store.drop_home("a")

    assert store.account("a") is None
    assert store.ledgers("a") == {}
    assert sorted(store.homes()) == ["b"]
    assert store.settle() == []  # what is dropped is not stored yet
    assert dict(store.snapshot_dirty()) == {state_key("a", ""): None, state_key("a", "contact:a"): None}


def test_caches_of_a_home_that_left_do_not_fit_when_it_returns(tmp_path: Path) -> None:
    store, _ = held(tmp_path, "a", "b", limit=0)
    store.account("a")
    before = (store.structure("a"), store.relations("a"))
    assert before > (0, 0)

    assert store.settle() == ["a"]
    assert (store.resident, store.versions("a")) == (0, {})
    store.account("a")

    assert store.structure("a") > before[0]
    assert store.relations("a") > before[1]


def test_homes_longest_unchanged_leave_first_and_changed_ones_stay(tmp_path: Path) -> None:
    store, _ = held(tmp_path, "a", "b", "c", limit=1)
    for home in ("a", "b", "c"):
        store.account(home)
    store.touch("a")
    store.snapshot_dirty()  # a is the youngest now
    store.touch("b")  # and b has changed since

    assert store.settle() == ["c", "a"]


def test_what_a_restart_finds_due_is_not_loaded(tmp_path: Path) -> None:
    local, old, store = opened(tmp_path), Store(), Store()
    for home in ("a", "b"):
        old.ensure(home)
    account = old.account("b")
    assert account is not None
    account.due = 7
    local.write(dict(old.snapshot_dirty()))
    store.attach(local, 5)
    for key, value in local.items():
        store.restore(key, value)

    assert [(found.home, found.due) for found in store.due_homes()] == [("b", 7)]
    assert list(store.due_homes()) == []
    assert store.resident == 0


def test_values_of_another_version_are_refused() -> None:
    with pytest.raises(ValueError, match="another version"):
        Store().restore(b"k" * 32, b"\x94\xa1a\xa0\xc2\x90")
    note = b"\x99" + b"\xcd\x50\x14" + b"\x00" * 8  # what another version knows about the partition
    with pytest.raises(ValueError, match="another version"):
        Store().restore(b"#partition", note)
    Store().restore(META_KEY, None)
