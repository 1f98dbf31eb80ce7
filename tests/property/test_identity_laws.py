"""Laws of identity: weight moves and is never copied; where it ends does not depend on order or partitions."""

import random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from support import placement_oracle
from support.cluster import Cluster
from support.scenarios import Event, routed
from support.strategies import arriving, examples, identity_events
from support.traffic import Traffic

from schemas.signal import Erase, SignalRecord
from streams.domains import shipped_lists
from streams.intake import Intake, Routed
from streams.policy import parse_policy
from streams.timeline import DAY

POLICY = parse_policy(b'own_domains = ["signalworks.example"]\n')
END = 1_773_619_200_000 + 2 * DAY


def settled(events: list[Event], partitions: int, rng: random.Random, restarts: float = 0.0) -> Cluster:
    cluster = Cluster(POLICY, partitions, rng)
    cluster.run(routed(arriving(events), POLICY), lag=rng.random(), restarts=restarts)
    return cluster


def scores(cluster: Cluster, end: int = END) -> dict[str, Any]:
    cluster.tick(end)
    cluster.drain()
    return {
        home: msgspec.to_builtins(
            (found.S, found.F, found.I, found.R, found.gates, found.people, found.surge)
        )
        for home, found in cluster.assessments(end).items()
        if found.members or found.visitors or found.I
    }


@examples(0.6)
@given(identity_events(), st.integers(1, 4), st.integers(0, 1 << 30))
def test_every_act_ends_where_the_whole_set_of_records_says(events: list[Event], partitions: int, seed: int):
    rng = random.Random(seed)
    expected = placement_oracle.placements([(event["topic"], event["value"]) for event in events])
    rng.shuffle(events)

    found = settled(events, partitions, rng, restarts=0.1).placements()

    assert found == {event: [place] for event, place in expected.items()}


@examples(0.4)
@given(identity_events(), st.integers(2, 4), st.integers(0, 1 << 30))
def test_partitions_and_order_do_not_change_a_score(events: list[Event], partitions: int, seed: int):
    rng = random.Random(seed)
    one = scores(settled(events, 1, rng))
    rng.shuffle(events)

    assert scores(settled(events, partitions, rng)) == one


def in_a_hurry(seed: int, count: int) -> list[tuple[str, SignalRecord]]:
    """Records of people who are and do everything at once; nobody is forgotten, which order may decide."""
    intake, found = Intake(shipped_lists()), []
    for number, (topic, key, value) in enumerate(Traffic(seed, END, companies=8, span=count).take(count)):
        taken = intake.take(topic, key, value, 0, number, None, {})
        assert isinstance(taken, Routed)
        if not isinstance(taken.record, Erase):
            found.append((taken.home, taken.record))
    return found


@examples(0.05)
@given(st.integers(0, 99), st.integers(1, 6), st.integers(0, 1 << 30))
def test_order_and_ticks_in_between_do_not_change_a_score(traffic: int, partitions: int, seed: int):
    records, rng, last = in_a_hurry(traffic, 600), random.Random(seed), END + 60 * 1000
    one, some = Cluster(POLICY, 1, rng), Cluster(POLICY, partitions, rng)
    one.run(records)
    rng.shuffle(records)
    for number in range(0, len(records), 30):
        some.run(records[number : number + 30], lag=rng.random(), drain=False)
        some.tick(END + number)

    assert scores(some, last) == scores(one, last)
