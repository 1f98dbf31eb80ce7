"""Policies that a lesson proposes: measured acceptance rates, and weights moved within bounds (scoring.md section 9).

Nothing here takes effect. A proposal is a whole policy of the next version; who runs it in shadow, backtests and signs
it is decided by people.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from streams.decay import div_half_even
from streams.learning import Counted, Lesson
from streams.policy import Policy, PolicyErrors, parse_policy, reference_policy, render_policy
from streams.policy_reader import join

_ONE: Final = 1000
# Signals whose points are said elsewhere: there all of these keys move together.
_ELSEWHERE: Final = {
    "content.storyline": (("storyline", "one_day"), ("storyline", "over_days")),
    "3p.topic_surge": (("third_party", "per_ten"),),
    "3p.review_site": (("third_party", "review_points"),),
}
Path = tuple[str, ...]


class Proposal(NamedTuple):
    """One weight: where it stands, what it is and would be (as in the file), and why."""

    path: Path
    kind: str
    name: str
    counted: Counted
    rate: int  # the shrunk acceptance rate in thousandths
    base: int  # that of all alerts
    factor: int  # thousandths, inside the policy's bounds
    before: Decimal
    after: Decimal

    def __str__(self) -> str:
        """The proposal with its evidence, on one line."""
        where = ".".join(join("", key) for key in self.path)
        taken = f"{self.counted.accepted} of {self.counted.n} alerts accepted"
        shares = f"{self.rate / 10:g} % against {self.base / 10:g} % of all"
        return f"{where}: {self.before:f} becomes {self.after:f} ({taken}; {shares})"


class Proposed(NamedTuple):
    """What a lesson proposes, and which proposals the policy's own rules refuse."""

    policy: Policy
    weights: list[Proposal]
    refused: list[tuple[Proposal, str]]


def factor_of(counted: Counted, base: Counted, policy: Policy) -> tuple[int, int]:
    """The shrunk rate (a + prior x base) / (a + r + prior) and, bounded, what it is of the base; thousandths."""
    prior, rules = policy.learning.prior, policy.learning
    above = counted.accepted * base.n + prior * base.accepted
    rate = div_half_even(_ONE * above, base.n * (counted.n + prior))
    factor = div_half_even(_ONE * above, base.accepted * (counted.n + prior))
    return rate, min(max(factor, rules.change_min), rules.change_max)


def weights(lesson: Lesson, policy: Policy) -> list[Proposal]:
    """A proposal for every weight of which enough is known and that would move."""
    if not lesson.base.accepted:
        return []  # where sales took nothing, no rate says which part was better
    document = render_policy(policy)
    base = div_half_even(_ONE * lesson.base.accepted, lesson.base.n)
    found = []
    for kind, name, counted in _known(lesson, policy):
        rate, factor = factor_of(counted, lesson.base, policy)
        for path, before in _places(kind, name, document):
            after = _times(before, factor)
            if before > 0 and after != before:
                found.append(Proposal(path, kind, name, counted, rate, base, factor, before, after))
    return found


def proposed(lesson: Lesson, policy: Policy) -> Proposed:
    """The next version with every weight that the policy's own rules allow, and the rates. Nobody has signed it."""
    document, kept, refused = with_rates(lesson, policy), [], []
    for proposal in weights(lesson, policy):
        attempt = _put(document, proposal.path, proposal.after)
        try:
            parse_policy(attempt)
        except PolicyErrors as errors:
            refused.append((proposal, str(errors)))
            continue
        document = attempt
        kept.append(proposal)
    note = f"Proposed from {lesson.base.n} answered alerts; backtest it, run it in shadow, then sign it."
    document["approval"] = {"note": note, "approvers": []}
    return Proposed(parse_policy(document), kept, refused)


def rated(lesson: Lesson, policy: Policy) -> Policy:
    """The next version with nothing new but the measured rates of sources; the signatures stay with a note."""
    document = with_rates(lesson, policy)
    signed = f"Acceptance rates of {lesson.overall.n} answered alerts; all else as version {policy.version}"
    document["approval"]["note"] = f"{signed}, hash {policy.hash[:12]}."
    return parse_policy(document)


def with_rates(lesson: Lesson, policy: Policy) -> dict[str, Any]:
    """The policy's document, one version on, with the rates of the sources that were answered."""
    document = render_policy(policy)
    known = policy.multipliers.source.keys() | policy.multipliers.prompted_by.keys()
    measured = {
        name: {"accepted": counted.accepted, "rejected": counted.rejected}
        for name, counted in sorted(lesson.by["source"].items())
        if name in known
    }
    document["version"] = policy.version + 1
    document["attribution"] = {"source_accept_rates": measured}
    return document


def difference(policy: Policy) -> dict[str, Any]:
    """The least document that parses to this policy: what differs from the reference."""
    return _different(render_policy(policy), render_policy(reference_policy()))


def _different(document: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key, value in document.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            inner = _different(value, below)
            if inner:
                found[key] = inner
        elif value != below:
            found[key] = value
    return found


def _known(lesson: Lesson, policy: Policy) -> Iterator[tuple[str, str, Counted]]:
    for kind in ("signal", "topic", "source", "role"):  # a campaign has no weight: its rate is only shown
        for name, counted in sorted(lesson.weighing[kind].items()):
            if counted.n >= policy.learning.min_dispositions:
                yield kind, name, counted


def _places(kind: str, name: str, document: dict[str, Any]) -> Iterator[tuple[Path, Decimal]]:
    """Where the weight of a name stands, with what it is."""
    paths: dict[str, tuple[Path, ...]] = {
        "signal": _ELSEWHERE.get(name, (("signals", name, "points"),)),
        "topic": (("third_party", "topics", name, "weight"),),
        "source": (("multipliers", "source", name), ("multipliers", "prompted_by", name)),
        "role": (("people", "role_factor", name),),
    }
    for path in paths[kind]:
        value: Any = document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, dict):
            yield from (((*path, key), Decimal(item)) for key, item in value.items())
        elif value is not None:
            yield path, Decimal(value)


def _times(weight: Decimal, factor: int) -> Decimal:
    """A weight times a factor in thousandths, in thousandths, half to even."""
    moved = Decimal(div_half_even(int(weight * _ONE) * factor, _ONE)) / _ONE
    return moved.quantize(Decimal(1)) if moved == moved.to_integral_value() else moved.normalize()


def _put(document: dict[str, Any], path: Path, value: Decimal) -> dict[str, Any]:
    """The document with one value replaced; nothing of the given one is touched."""
    key, rest = path[0], path[1:]
    return {**document, key: _put(document[key], rest, value) if rest else value}
