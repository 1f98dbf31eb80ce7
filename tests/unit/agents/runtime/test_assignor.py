"""Each topic is spread for itself, and nothing moves that need not."""

from __future__ import annotations

from aiokafka.cluster import ClusterMetadata
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.assignor import SpreadAssignor, spread

INPUTS = {f"intent.{name}.v1": range(4) for name in "abcdefghi"}
ALL = {**INPUTS, "intent.signals.v1": range(4)}
Shares = dict[str, list[tuple[str, int]]]


def members(*names: str) -> dict[str, list[tuple[str, int]]]:
    """Members that have nothing yet."""
    return {name: [] for name in names}


def counts(shares: Shares, topic: str) -> list[int]:
    """How many partitions of a topic each member has."""
    return sorted(sum(name == topic for name, _ in owned) for owned in shares.values())


def test_two_workers_share_every_topic_evenly() -> None:
    shares = spread(ALL, members("a", "b"))
    assert all(counts(shares, topic) == [2, 2] for topic in ALL)


def test_a_second_worker_takes_half_of_each_topic_and_the_first_keeps_the_rest() -> None:
    first = spread(ALL, members("a"))
    both = spread(ALL, {**first, "b": []})
    assert all(counts(both, topic) == [2, 2] for topic in ALL)
    assert set(both["a"]) < set(first["a"])


def test_when_a_worker_leaves_the_others_keep_what_they_have() -> None:
    three = spread(ALL, members("a", "b", "c"))
    two = spread(ALL, {name: owned for name, owned in three.items() if name != "b"})
    assert set(three["a"]) <= set(two["a"])
    assert set(three["c"]) <= set(two["c"])


def test_remainders_of_many_topics_do_not_meet_at_one_worker() -> None:
    shares = spread({f"t{n}": range(1) for n in range(6)}, members("a", "b", "c"))
    assert [len(owned) for owned in shares.values()] == [2, 2, 2]


def test_of_what_two_claim_one_keeps_it() -> None:
    claims = {"a": [("t", 0), ("t", 1)], "b": [("t", 0), ("t", 1)]}
    assert spread({"t": range(2)}, claims) == {"a": [("t", 1)], "b": [("t", 0)]}


@given(
    st.dictionaries(st.sampled_from("tuvw"), st.integers(1, 9), min_size=1),
    st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=4),
)
def test_through_any_joins_and_leaves_every_partition_has_one_owner_and_shares_differ_by_one(
    sizes: dict[str, int], groups: list[set[str]]
) -> None:
    partitions = {topic: range(size) for topic, size in sizes.items()}
    shares: Shares = {}
    for group in groups:
        shares = spread(partitions, {member: shares.get(member, []) for member in group})
        owned = [place for places in shares.values() for place in places]
        assert sorted(owned) == sorted((topic, n) for topic, size in sizes.items() for n in range(size))
        for topic in sizes:
            shared = counts(shares, topic)
            assert shared[-1] - shared[0] <= 1
    again = spread(partitions, shares)
    assert {member: set(owned) for member, owned in again.items()} == {m: set(o) for m, o in shares.items()}


class Cluster(ClusterMetadata):
    """Topics of four partitions."""

    def partitions_for_topic(self, topic: str) -> set[int]:
        """All four."""
        return set(range(4))


def test_members_tell_what_they_had_in_the_protocols_own_form() -> None:
    topics = ["intent.signals.v1"]
    fresh = SpreadAssignor.metadata(topics)
    older = SpreadAssignor._metadata(topics, [TopicPartition(topics[0], 3), TopicPartition(topics[0], 1)], 7)
    answer = SpreadAssignor.assign(Cluster(), {"new": fresh, "old": older})
    assert [(tp.topic, tp.partition) for tp in answer["old"].partitions()] == [(topics[0], 1), (topics[0], 3)]
    assert [tp.partition for tp in answer["new"].partitions()] == [0, 2]
