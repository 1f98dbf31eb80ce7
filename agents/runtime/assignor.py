"""Who gets which partition: each topic spread evenly over the workers, and partitions left where they were."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

Place = tuple[str, int]  # topic, partition


class SpreadAssignor(StickyPartitionAssignor):
    """The client library's sticky assignor with each topic balanced for itself.

    The library's balances the number of partitions alone, whatever their topics: with ten topics of four
    partitions it gave one of two workers all of the signal log, and so all of the scoring.
    """

    name = "sticky-by-topic"

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """Group assignment as the protocol carries it; every member reads the same topics."""
        previous = {
            member: {(tp.topic, tp.partition) for tp in cls.parse_member_metadata(metadata).partitions}
            for member, metadata in members.items()
        }
        topics = {topic for metadata in members.values() for topic in metadata.subscription}
        partitions = {topic: sorted(cluster.partitions_for_topic(topic) or ()) for topic in sorted(topics)}
        shares = spread(partitions, previous)
        return {
            member: ConsumerProtocolMemberAssignment(cls.version, sorted(_by_topic(owned).items()), b"")
            for member, owned in shares.items()
        }


def spread(
    partitions: Mapping[str, Iterable[int]], previous: Mapping[str, Collection[Place]]
) -> dict[str, list[Place]]:
    """Each topic's partitions in shares that differ by at most one; of what a member had it keeps its share.

    Of what two say they had, one keeps it. Who has the least in all is served first, so that remainders of
    many topics do not meet at one member.
    """
    shares: dict[str, list[Place]] = {member: [] for member in sorted(previous)}
    for topic, numbers in partitions.items():
        wanted = sorted(numbers)
        # those who have more of other topics are the last to get one more of this one
        order = sorted(shares, key=lambda member: (len(shares[member]), member))
        kept = {member: _had(topic, wanted, member, previous) for member in order}
        least, more = divmod(len(wanted), len(order))
        larger = set(
            sorted(order, key=lambda member: (-len(kept[member]), len(shares[member]), member))[:more]
        )
        room = {member: least + (member in larger) for member in order}
        mine = {member: kept[member][: room[member]] for member in order}
        free = iter(sorted(set(wanted) - {number for owned in mine.values() for number in owned}))
        for member in order:
            mine[member] += [next(free) for _ in range(room[member] - len(mine[member]))]
            shares[member] += [(topic, number) for number in sorted(mine[member])]
    return shares


def _had(topic: str, numbers: list[int], member: str, previous: Mapping[str, Collection[Place]]) -> list[int]:
    """The partitions of a topic that a member had."""

    def owner(number: int) -> str:
        return max((name for name, had in previous.items() if (topic, number) in had), default="")

    return [number for number in numbers if owner(number) == member]


def _by_topic(owned: Iterable[Place]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for topic, number in owned:
        found.setdefault(topic, []).append(number)
    return found
