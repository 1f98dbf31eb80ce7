"""Whatever happens to a changelog, what is restored from it is the state at its last marker."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.changelogs import Logged, State, World, marker

from agents.runtime.changelog import (
    CLAIM_KEY,
    MARKER_KEY,
    Position,
    Replay,
    Restored,
    Tag,
    Tail,
    Untrusted,
    marker_value,
    tag_headers,
)

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
VALUES = st.one_of(st.none(), st.sampled_from([b"1", b"2", b"3", b"4", b"5"]))
CHANGES = st.dictionaries(KEYS, VALUES, max_size=4)
EVENT = st.one_of(
    st.tuples(st.just("commit"), CHANGES, st.one_of(st.none(), st.integers(0, 5))),
    st.tuples(st.just("commit_with_intruder"), CHANGES, st.integers(1, 6), st.booleans()),
    st.tuples(st.just("take over")),
    st.tuples(st.just("zombie"), st.integers(1, 4)),
    st.tuples(st.just("duplicate"), st.integers(1, 6)),
    st.tuples(st.just("compact")),
)
EVENTS = st.lists(EVENT, max_size=25)


@settings(max_examples=600)
@given(EVENTS)
def test_every_takeover_restores_the_state_at_the_last_marker(events: list[tuple[Any, ...]]) -> None:
    world = World()
    for name, *arguments in [*events, ("take over",)]:
        expected, reached = dict(world.committed), world.reached
        if name == "take over":
            restored = world.take_over().finish()
            assert restored.values == expected
            assert (restored.marker.next_offset if restored.marker else None) == reached
        else:
            getattr(world, name)(*arguments)


def from_copy(world: World, position: Position, state: State) -> tuple[Replay, State]:
    """Take over with a local store: read the changelog from its position on, and bring it up to date."""
    tail = Tail(position)
    tail.feed([record for record in world.log if record.offset >= tail.start])
    tail.complete()
    found = tail.finish()
    values = {key: value for key, value in {**state, **found.values}.items() if key not in found.ended}
    for key in found.rewrite:
        assert found.rewrite[key] in (values.get(key), None)
    return tail, values


@settings(max_examples=600)
@given(st.lists(st.one_of(EVENT, st.tuples(st.just("bury"))), max_size=25))
def test_a_takeover_from_any_local_store_ends_in_the_same_state_or_says_that_it_cannot(
    events: list[tuple[Any, ...]],
) -> None:
    world = World()
    for name, *arguments in [*events, ("take over",)]:
        if name != "take over":
            getattr(world, name)(*arguments)
            continue
        full = world.take_over()
        expected = full.finish()
        for position, state in world.copies:
            try:
                tail, values = from_copy(world, position, state)
            except Untrusted:
                assert world.compacted
                continue
            assert values == expected.values
            assert tail.marker == expected.marker
            assert (tail.owner, tail.claims[-1]) == (full.owner, full.claims[-1])
            assert expected.rewrite.keys() <= tail.finish().rewrite.keys()


def test_a_local_store_of_another_changelog_is_not_trusted() -> None:
    world = World()
    for number in range(3):
        world.commit({b"a": b"%d" % number}, None)
    position, state = world.copies[-1]

    other = World(b"bb")
    for number in range(4):
        other.commit({b"b": b"%d" % number}, None)

    with pytest.raises(Untrusted, match="marker"):
        from_copy(other, position, state)
    with pytest.raises(Untrusted, match="ends before"):
        from_copy(World(), position, state)
    assert from_copy(world, position, state)[1] == {b"a": b"2"}


def test_a_tombstone_that_compaction_took_away_makes_the_store_useless() -> None:
    world = World()
    world.commit({b"a": b"1", b"b": b"1"}, None)
    position, state = world.copies[-1]
    world.commit({b"a": None}, None)
    world.commit({b"b": b"2"}, None)
    assert from_copy(world, position, state)[1] == {b"b": b"2"}

    world.bury()

    with pytest.raises(Untrusted):
        from_copy(world, position, state)


def restored(*records: tuple[bytes, bytes | None, Tag]) -> Restored:
    """What a reader makes of these records, one offset after another."""
    replay = Replay()
    replay.feed(
        [Logged(n, key, value, tag_headers(tag), timestamp=n) for n, (key, value, tag) in enumerate(records)]
    )
    return replay.finish()


def claim(owner: int) -> tuple[bytes, bytes | None, Tag]:
    return (CLAIM_KEY, b"nonce%d" % owner, Tag(owner, 0))


def mark(owner: int, commit: int, next_offset: int) -> tuple[bytes, bytes | None, Tag]:
    return (MARKER_KEY, marker_value(next_offset), Tag(owner, commit))


def test_half_a_commit_is_dropped_and_its_keys_are_to_be_written_again() -> None:
    found = restored(
        claim(1), (b"a", b"1", Tag(1, 1)), mark(1, 1, 10),
        (b"a", b"2", Tag(1, 2)), (b"b", b"2", Tag(1, 2)),
    )  # fmt: skip

    assert found.values == {b"a": b"1"}
    assert found.marker == marker(1, 1, 10)
    assert found.rewrite == {b"a": b"1", b"b": None}
    assert (found.dropped, found.dropped_since) == (2, 3)


def test_a_tombstone_ends_a_key() -> None:
    found = restored(claim(1), (b"a", b"1", Tag(1, 1)), mark(1, 1, 1), (b"a", None, Tag(1, 2)), mark(1, 2, 2))

    assert found.values == {}
    assert found.rewrite == {}


def test_a_zombie_behind_a_claim_changes_nothing() -> None:
    found = restored(
        claim(1), (b"a", b"old", Tag(1, 1)), mark(1, 1, 1),
        claim(2), (b"a", b"new", Tag(2, 1)), mark(2, 1, 5),
        (b"a", b"zombie", Tag(1, 2)), mark(1, 2, 2),
    )  # fmt: skip

    assert found.values == {b"a": b"new"}
    assert found.marker == marker(2, 1, 5)
    assert found.rewrite == {b"a": b"new"}


def test_a_late_duplicate_does_not_take_a_key_back() -> None:
    found = restored(
        claim(1), (b"a", b"1", Tag(1, 1)), mark(1, 1, 1), (b"a", b"2", Tag(1, 2)), mark(1, 2, 2),
        (b"a", b"1", Tag(1, 1)), mark(1, 1, 1),
    )  # fmt: skip

    assert found.values == {b"a": b"2"}
    assert found.marker == marker(1, 2, 2)
    assert found.rewrite == {b"a": b"2"}


def test_a_late_duplicate_between_keys_and_marker_does_not_take_a_key_back() -> None:
    found = restored(
        claim(1), (b"a", b"1", Tag(1, 1)), mark(1, 1, 1),
        (b"a", b"2", Tag(1, 2)), (b"a", b"1", Tag(1, 1)), mark(1, 2, 2),
    )  # fmt: skip

    assert found.values == {b"a": b"2"}
    assert found.rewrite == {b"a": b"2"}


def test_a_doubtful_key_stays_doubtful_until_it_is_written_again() -> None:
    records = [
        claim(1), (b"a", b"1", Tag(1, 1)), mark(1, 1, 1), claim(2), (b"a", b"zombie", Tag(1, 2)),
        (b"b", b"2", Tag(2, 1)), mark(2, 1, 2),
    ]  # fmt: skip

    assert restored(*records).rewrite == {b"a": b"1"}
    assert restored(*records, (b"a", b"1", Tag(2, 2)), mark(2, 2, 3)).rewrite == {}


def test_a_claim_that_is_not_higher_does_not_count() -> None:
    replay = Replay()
    replay.feed(
        [Logged(n, *record[:2], tag_headers(record[2])) for n, record in enumerate([claim(2), claim(1)])]
    )

    assert replay.claims == [b"nonce2"]


@pytest.mark.parametrize("headers", [[], [("commit", b"x" * 16), ("other", b"")]])
def test_a_record_that_no_owner_wrote_is_refused(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(ValueError, match="not one of ours"):
        Replay().feed([Logged(0, b"a", b"1", headers)])
