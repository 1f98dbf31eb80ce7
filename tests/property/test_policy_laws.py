"""Laws of policies: merging, hashing, writing and reading back."""

import json
import random
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.policy import Policy, PolicyErrors, parse_policy, reference_policy, render_policy
from streams.policy_diff import changes
from streams.policy_writer import natural, toml_of

names = st.text("abcdefghij", min_size=1, max_size=8)
milli = st.integers(0, 30_000).map(lambda value: Decimal(value) / 1000)
factors = st.integers(0, 10_000).map(lambda value: Decimal(value) / 1000)
words = st.lists(names, max_size=4)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table that may lack any of its keys."""
    return st.fixed_dictionaries({}, optional=fields)


signal = some(points=milli, cap=st.integers(30, 90), per_day=st.integers(1, 9), window=st.integers(1, 90))
overrides = some(
    policy_id=names,
    version=st.integers(0, 99),
    own_domains=st.lists(names.map(lambda name: f"{name}.Example"), max_size=3),
    bofu_types=words,
    icp=some(employees_min=st.integers(1, 100), industries=words, education=st.booleans()),
    signals=some(**{"web.blog": signal, "web.pricing": signal, "email.click": signal}),
    people=some(person_cap=milli, role_factor=st.dictionaries(names, factors)),
    third_party=some(topics=st.dictionaries(names, some(weight=st.integers(0, 9)).map(
        lambda topic: {"class": "category", **topic}))),
    surge=some(p_max=st.sampled_from([0.01, 0.005]), gaps=st.just([["2025-01-01", "2025-01-02"]])),
    tiers=some(T1=some(ttl_days=st.integers(1, 30), first_touch_minutes=st.integers(0, 240))),
    budget=some(per_day=st.integers(0, 9), segments=st.dictionaries(names, st.integers(0, 9))),
    attribution=st.fixed_dictionaries({"source_accept_rates": st.dictionaries(
        st.sampled_from(["direct", "email", "self"]),
        st.fixed_dictionaries({"accepted": st.integers(1, 99), "rejected": st.integers(0, 99)}))}),
    routing=some(record_url=st.sampled_from(["", "https://crm.example/{account_id}", "http://x.example/?d={account_domain}"])),
    approval=some(note=names),
)  # fmt: skip


def shuffled(value: Any, chance: random.Random) -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    chance.shuffle(keys)
    return {key: shuffled(value[key], chance) for key in keys}


def read_back(policy: Policy) -> Policy:
    return parse_policy(toml_of(render_policy(policy)))


@given(overrides)
def test_what_is_written_reads_back_to_the_same_policy(document: dict[str, Any]):
    policy = parse_policy(document)

    assert read_back(policy) == policy
    assert parse_policy(json.dumps(natural(render_policy(policy)))) == policy


@given(overrides)
def test_merging_twice_is_merging_once(document: dict[str, Any]):
    policy = parse_policy(document)

    assert parse_policy(document, policy) == policy
    assert parse_policy({}, policy) == policy


@given(overrides, st.randoms(use_true_random=False))
def test_the_hash_does_not_know_the_order_of_keys(document: dict[str, Any], chance: random.Random):
    assert parse_policy(shuffled(document, chance)).hash == parse_policy(document).hash


@given(overrides)
def test_two_policies_share_a_hash_only_where_nothing_changed(document: dict[str, Any]):
    policy = parse_policy(document)

    assert (policy.hash == reference_policy().hash) == (not changes(reference_policy(), policy))


def outcome(source: Any) -> Any:
    """The hash of a policy, or the problems of what is none; anything else that is raised fails the test."""
    try:
        return parse_policy(source).hash
    except PolicyErrors as errors:
        return errors.problems


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_whatever_is_given_is_a_policy_or_its_problems(data: st.DataObject):
    document = render_policy(reference_policy())
    section = data.draw(st.sampled_from(sorted(document)))
    below = document[section]
    if isinstance(below, dict) and below and data.draw(st.booleans()):
        below[data.draw(st.sampled_from(sorted(below)))] = data.draw(junk)
    else:
        document[section] = data.draw(junk)

    assert outcome(document)


@given(st.text() | st.binary())
def test_whatever_is_read_is_a_policy_or_its_problems(source: str | bytes):
    assert outcome(source)


@given(overrides)
def test_no_float_stands_where_points_are_summed(document: dict[str, Any]):
    policy = parse_policy(document)

    assert not list(floats(policy.signals)) + list(floats(policy.people)) + list(floats(policy.caps))
    assert not list(floats(policy.weights)) + list(floats(policy.thresholds)) + list(floats(policy.readiness))


def floats(value: Any) -> Any:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        yield from (found for item in value.values() for found in floats(item))
    elif hasattr(value, "__struct_fields__"):
        yield from (found for name in value.__struct_fields__ for found in floats(getattr(value, name)))
