"""The collector of cycles inside a worker: every object is looked at twice at most, and state needs no more."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from agents.outputs import OutputEncoder
from agents.runtime.garbage import LOOKS, YOUNG, looked_at_twice
from agents.scoring import ScoringProcessor
from streams.policy import reference_policy


class Node:
    """What the collector looks at."""

    other: Node


@pytest.fixture
def _inside() -> Iterator[None]:
    with looked_at_twice():
        yield


def _cycle() -> weakref.ref[Node]:
    node = Node()
    node.other = Node()
    node.other.other = node
    return weakref.ref(node)


@pytest.mark.usefixtures("_inside")
def test_what_survives_two_looks_is_set_aside() -> None:
    before = gc.get_freeze_count()

    kept = [Node() for _ in range(YOUNG * (LOOKS + 2))]

    assert gc.get_freeze_count() - before >= YOUNG * LOOKS
    assert len(kept) == YOUNG * (LOOKS + 2)


@pytest.mark.usefixtures("_inside")
def test_a_young_cycle_is_still_found() -> None:
    gone = _cycle()

    kept = [Node() for _ in range(YOUNG * 2)]

    assert gone() is None
    assert kept


def test_behind_a_worker_the_collector_is_as_it_was() -> None:
    before = gc.get_threshold(), list(gc.callbacks)

    with looked_at_twice():
        assert gc.get_threshold() != before[0]

    assert (gc.get_threshold(), list(gc.callbacks)) == before
    assert gc.get_freeze_count() == 0


def test_a_partition_that_is_given_up_leaves_no_cycles() -> None:
    scoring = ScoringProcessor(reference_policy(), OutputEncoder("app"), "test", 1)
    scoring.assign(0)
    store = weakref.ref(scoring.pipelines[0].store)
    gc.disable()
    try:
        scoring.revoke(0)

        assert store() is None
    finally:
        gc.enable()
