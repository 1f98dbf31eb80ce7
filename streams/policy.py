"""The policy: the one shared definition of "qualified", as frozen records with a hash.

`parse_policy` reads TOML or JSON that holds only what differs from the reference policy, and raises
`PolicyErrors` with every problem at once. `reference_policy` is the built-in default,
streams/reference.toml. Points are milli-points, shares and factors thousandths; the only floats are the
bounds of the surge test.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec
from msgspec import Struct, structs

from streams.policy_handoff import (
    ActNow,
    Approval,
    Attribution,
    Brief,
    Budget,
    Early,
    FastTrack,
    Learning,
    Privacy,
    Quality,
    ReasonRule,
    Routing,
    Scores,
    Sla,
    States,
    Tier,
)  # fmt: skip
from streams.policy_lint import refusals
from streams.policy_reader import Problem, Reader, Unreadable, fields_of, join
from streams.policy_rules import (
    Caps,
    ContentRules,
    Disqualify,
    EmailRules,
    FitRules,
    Icp,
    Lateness,
    Limits,
    Multipliers,
    People,
    Readiness,
    SignalRule,
    Storyline,
    Surge,
    ThirdParty,
    Thresholds,
    Weights,
)  # fmt: skip
from streams.policy_units import DERIVED, Domains, Keys, Named, Plain, Roles, Signal, Whole, Words
from streams.policy_writer import document_of

UNHASHED = ("hash", "approval")  # signing a policy does not make it another one


class PolicyErrors(Exception):
    """Every problem of one policy; `str` gives one line each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Policy(Struct, frozen=True, kw_only=True):
    """One version of the definition; the sections are described where they are declared."""

    policy_id: Plain
    version: Whole
    hash: Annotated[str, DERIVED]  # hex SHA-256 over the parsed values, approval apart
    own_domains: Domains
    competitor_domains: Domains
    partner_domains: Domains
    required_roles: Roles
    bofu_types: Words
    required_fields: Roles
    icp: Icp
    fit: FitRules
    signals: Annotated[dict[str, SignalRule], Keys(closed=True)]
    page_signals: Annotated[dict[str, Signal], Named("pages"), Keys(closed=True)]
    multipliers: Multipliers
    storyline: Storyline
    content: ContentRules
    third_party: ThirdParty
    email_rules: Annotated[EmailRules, Named("email")]
    people: People
    caps: Caps
    surge: Surge
    readiness: Readiness
    weights: Weights
    thresholds: Thresholds
    states: States
    early: Early
    fast_track: FastTrack
    act_now: ActNow
    tiers: Annotated[dict[str, Tier], Keys(closed=True)]
    sla: Sla
    budget: Budget
    disqualify: Disqualify
    reasons: Annotated[dict[str, ReasonRule], Keys(closed=True)]
    lateness: Lateness
    limits: Limits
    scores: Scores
    brief: Brief
    learning: Learning
    quality: Quality
    attribution: Attribution
    routing: Routing
    privacy: Privacy
    approval: Approval

    @property
    def shared_mailboxes(self) -> frozenset[str]:
        """Local parts of shared mailboxes (people.shared_mailboxes)."""
        return self.people.shared_mailboxes

    @property
    def embargoed_countries(self) -> frozenset[str]:
        """Countries nobody may be handed over from (disqualify.embargoed_countries)."""
        return self.disqualify.embargoed_countries

    @property
    def served_countries(self) -> frozenset[str]:
        """Countries that are sold to; empty means all (disqualify.served_countries)."""
        return self.disqualify.served_countries


def parse_policy(source: str | bytes | Mapping[str, Any], base: Policy | None = None) -> Policy:
    """The policy that differs from `base` (default: the reference) by what the source holds.

    The source is TOML or JSON text, or a mapping of the same shape. Raises PolicyErrors with every problem
    of shape and of sense.
    """
    return _build(_decode(source), base or reference_policy())


@cache
def reference_policy() -> Policy:
    """The built-in default; the same object each time."""
    return _build(_decode(reference_text()), None)


def reference_text() -> str:
    """The text of the built-in default: every key, its default, its reason."""
    return files("streams").joinpath("reference.toml").read_text(encoding="utf-8")


def render_policy(policy: Policy) -> dict[str, Any]:
    """The policy as the whole document that parses to it, in the units of a file."""
    document = document_of(policy)
    for signal, fields in _ELSEWHERE.items():
        for key in fields:
            document["signals"][signal].pop(key, None)
    return document


def _decode(source: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
        if text.lstrip().startswith("{"):
            return dict(json.loads(text, parse_float=Decimal, parse_constant=Decimal))
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise PolicyErrors([Problem("", f"is neither TOML nor JSON: {error}")]) from None


def _build(document: Mapping[str, Any], base: Policy | None) -> Policy:
    reader = Reader(_known_keys())
    merged = document if base is None else _merged(render_policy(base), document)
    try:
        policy = reader.read(Policy, merged, "", *(() if base is None else (base,)))
    except Unreadable:
        raise PolicyErrors(reader.problems) from None
    policy = _derived(policy)
    problems = [*reader.problems, *_doubled(document), *refusals(policy)]
    if problems:
        raise PolicyErrors(problems)
    return structs.replace(policy, hash=_hash(policy))


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merge, everything else replaces."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(below, dict) and isinstance(value, Mapping):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


# What a signal is worth is said elsewhere for three of them.
_ELSEWHERE = {
    "content.storyline": {"points": "storyline.over_days"},
    "3p.topic_surge": {"points": "third_party.per_ten", "cap": "caps.third_party"},
    "3p.review_site": {"points": "third_party.review_points", "cap": "caps.third_party"},
}


def _doubled(document: Mapping[str, Any]) -> list[Problem]:
    signals = document.get("signals")
    rules = signals if isinstance(signals, Mapping) else {}
    return [
        Problem(join(join("signals", name), key), f"is set by {origin}")
        for name, fields in _ELSEWHERE.items()
        for key, origin in fields.items()
        if isinstance(rules.get(name), Mapping) and key in rules[name]
    ]


def _derived(policy: Policy) -> Policy:
    """The policy with everything that is computed from other keys."""
    worth = {
        "content.storyline": {"points": policy.storyline.over_days},
        "3p.topic_surge": {"points": policy.third_party.per_ten, "cap": policy.caps.third_party},
        "3p.review_site": {
            "points": max(policy.third_party.review_points.values(), default=0),
            "cap": policy.caps.third_party,
        },
    }
    signals = {}
    for name, rule in policy.signals.items():
        sized = structs.replace(rule, name=name, **worth.get(name, {}))
        signals[name] = structs.replace(sized, cap=abs(sized.cap)) if sized.points < 0 else sized
    reasons = policy.reasons.items()
    cooldown = policy.states.default_cooldown
    states = structs.replace(
        policy.states,
        ttl_days={tier: rule.ttl_days for tier, rule in policy.tiers.items()},
        cooldown_days={
            name: cooldown if rule.cooldown_days is None else rule.cooldown_days for name, rule in reasons
        },
    )
    thresholds = structs.replace(policy.thresholds, fit=policy.fit.gate_milli)
    fields = tuple(
        dict.fromkeys(("channel", *policy.required_fields))
    )  # nobody is handed over who cannot be reached
    return structs.replace(
        policy, signals=signals, states=states, thresholds=thresholds, required_fields=fields
    )


def _hash(policy: Policy) -> str:
    values = msgspec.to_builtins(policy, order="deterministic")
    kept = {key: value for key, value in values.items() if key not in UNHASHED}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def _known_keys() -> dict[str, str]:
    """Where each key of a section belongs, to help who puts it elsewhere."""
    known: dict[str, str] = {}
    for section in fields_of(Policy):
        if isinstance(section.hint, type) and issubclass(section.hint, Struct):
            for field in fields_of(section.hint):
                if not field.derived:
                    known.setdefault(field.key, join(section.key, field.key))
    return known
