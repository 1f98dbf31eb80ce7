"""Many accounts out of few: the encoded state of recorded companies under other names, as a changelog would hold it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

import msgspec

from bench.core import Core
from bench.data import Recorder
from schemas.home import domain_home, split_home
from schemas.signal import AccountProfile, Act, ContactProfile, Tick
from streams.pipeline import Pipeline
from streams.store import META_KEY, state_key

TENANT = "default"
Pair = tuple[bytes, bytes]
Account = list[tuple[str, object, bool]]  # identity ("" for the account itself), state, whether a timer runs
_PACK = msgspec.msgpack.Encoder()
_UNPACK = msgspec.msgpack.Decoder()


def domain_of(number: int) -> str:
    """The domain of a cloned account."""
    return f"clone{number}.example"


def lived() -> list[Account]:
    """Accounts as traffic leaves them: four people, some sixty acts."""
    core = Core()
    for partition, key, value in Recorder().extend(12_000).signals:
        core.take(partition, key, value)
    return [parts for pipeline in core.pipelines.values() for parts in _accounts(pipeline)]


def small(pipeline: Pipeline) -> list[Account]:
    """One account with a profile, one known person and one page view."""
    at = 1_767_600_000_000
    home, domain, email = domain_home(TENANT, domain_of(0)), domain_of(0), f"ada@{domain_of(0)}"
    account = AccountProfile(
        event_id="a", at=at, received=at, account_domain=domain, name="Clone", employees=400
    )
    person = ContactProfile(
        event_id="p", at=at, received=at, contact_id="ada", email=email, email_domain=domain
    )
    view = Act(
        event_id="v", at=at, received=at, type="page_view", contact_id="ada", email=email, email_domain=domain,
        session_id="s", url="https://www.example/docs", page_category="docs",
    )  # fmt: skip
    for record in (account, person, view):
        pipeline.apply(home, record)
    pipeline.apply(
        "", Tick(event_id="t", at=at + 1, received=at + 1, partition=0, partitions=1)
    )  # nothing is pending
    return list(_accounts(pipeline))


def _accounts(pipeline: Pipeline) -> Iterator[Account]:
    found: dict[str, Account] = {}
    for key, value in pipeline.store.snapshot_dirty():
        if key != META_KEY and value is not None:
            _, home, identity, state = _UNPACK.decode(value)
            if split_home(home)[1] == "domain":
                found.setdefault(home, []).append((identity, state, False))
    yield from found.values()


def clones(templates: list[Account], count: int) -> Iterator[Pair]:
    """Keys and values of `count` accounts with domains of their own."""
    for number, template in enumerate(islice(cycle(templates), count)):
        home = domain_home(TENANT, domain_of(number))
        for identity, state, due in template:
            if not identity:
                state = [home, *state[1:]]  # type: ignore[index]
            yield state_key(home, identity), _PACK.encode((due, home, identity, state))
