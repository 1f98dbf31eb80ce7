"""State outside of memory decides nothing: the same log gives the same bytes, however few homes are kept."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.market import ACTS, CONTROLS, Turn, lines, turns
from support.scenarios import full_state, routed
from support.stories import INTAKE
from support.strategies import START, examples
from support.traffic import Traffic
from support.twins import Twins

from streams.intake import Routed
from streams.policy import parse_policy

POLICY = parse_policy(
    b'own_domains = ["us.example"]\nrequired_roles = ["champion", "economic_buyer"]\n'
    b'[icp]\nemployees_min = 50\nindustries = ["software"]\ncountries = ["DE"]\n'
)


@examples(0.2)
@given(turns(ACTS + CONTROLS), st.integers(0, 1 << 30), st.integers(0, 3))
def test_a_cache_of_a_few_homes_changes_no_byte(found: list[Turn], seed: int, homes: int) -> None:
    with TemporaryDirectory() as directory:
        twins = Twins(POLICY, Path(directory), homes, seed, share=0.5)
        for home, record in routed(lines(found), POLICY):
            twins.feed(home, record)
        twins.finish()
        whole = full_state(twins.memory.pipeline)
        assert dict(twins.store.items()) == whole


@pytest.mark.parametrize("seed", [1, 2])
def test_a_long_log_of_a_market_in_a_hurry_gives_the_same_bytes(tmp_path: Path, seed: int) -> None:
    twins, said = Twins(POLICY, tmp_path, 10, seed, share=0.02), 0
    for number, (topic, key, value) in enumerate(Traffic(seed, START, span=2_500).take(5_000)):
        taken = INTAKE.take(topic, key or b"", value or b"", 0, number, START + number * 2_000, {})
        if isinstance(taken, Routed):
            said += len(twins.feed(taken.home, taken.record))
    said += len(twins.finish())

    assert said > 20
    assert twins.left > 500
    assert dict(twins.store.items()) == full_state(twins.memory.pipeline)
    assert sorted(twins.held.pipeline.store.homes()) == sorted(twins.memory.pipeline.store.homes())


def test_a_restart_with_a_store_goes_on_with_the_same_bytes(tmp_path: Path) -> None:
    rng, twins = random.Random(4), Twins(POLICY, tmp_path, 5, 4, share=0.05)
    for number, (topic, key, value) in enumerate(Traffic(4, START, span=1_500).take(3_000)):
        taken = INTAKE.take(topic, key or b"", value or b"", 0, number, START + number * 2_000, {})
        if isinstance(taken, Routed):
            twins.feed(taken.home, taken.record)
        if rng.random() < 0.01:
            twins.restart()
    twins.finish()

    assert dict(twins.store.items()) == full_state(twins.memory.pipeline)
