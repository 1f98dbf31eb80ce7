"""A story: one company, its people, what they do, and what should come of it."""

from collections.abc import Callable
from typing import NamedTuple

from streams.market.acts import Scene
from streams.market.cast import Company, Names, Person
from streams.market.truth import Truth


class Story(NamedTuple):
    """Scenes in the order of their days; those of one day in the order told. Day 0 is the last."""

    company: Company
    people: tuple[Person, ...]
    scenes: list[Scene]
    truth: Truth


Maker = Callable[[Names], Story]


def fires(
    archetype: str, company: Company, people: tuple[Person, ...], scenes: list[Scene], *tiers: str, why: str
) -> Story:
    """A story that should end in sales-ready events of these tiers, in order."""
    truth = Truth(company.account_id, company.name, company.domain, archetype, "fires", tiers, why=why)
    return Story(company, people, scenes, truth)


def held(
    archetype: str, company: Company, people: tuple[Person, ...], scenes: list[Scene], gate: str, why: str,
    expected: str = "held",
) -> Story:  # fmt: skip
    """A story that must not fire, and what holds it."""
    truth = Truth(company.account_id, company.name, company.domain, archetype, expected, gate=gate, why=why)
    return Story(company, people, scenes, truth)


def days(first: int, last: int, every: int = 1) -> range:
    """Days of a story, both ends included."""
    return range(first, last + 1, every)
