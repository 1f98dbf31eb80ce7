"""Whatever happens to a changelog, what is restored from it is the state at its last marker."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.changelogs import Logged, World, marker

from agents.runtime.changelog import CLAIM_KEY, MARKER_KEY, Replay, Restored, Tag, marker_value, tag_headers

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
VALUES = st.one_of(st.none(), st.sampled_from([b"1", b"2", b"3", b"4", b"5"]))
CHANGES = st.dictionaries(KEYS, VALUES, max_size=4)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), CHANGES, st.one_of(st.none(), st.integers(0, 5))),
        st.tuples(st.just("commit_with_intruder"), CHANGES, st.integers(1, 6), st.booleans()),
        st.tuples(st.just("take over")),
        st.tuples(st.just("zombie"), st.integers(1, 4)),
        st.tuples(st.just("duplicate"), st.integers(1, 6)),
        st.tuples(st.just("compact")),
    ),
    max_size=25,
)


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
