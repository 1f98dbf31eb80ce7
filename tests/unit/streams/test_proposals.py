"""Weights that answers propose: shrunk, bounded, never by too few, never by themselves."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stories import POLICY as MARKET
from support.stories import a_policy

from streams.learning import KINDS, Counted, Lesson
from streams.policy import Policy, parse_policy, reference_policy
from streams.policy_diff import changes
from streams.policy_writer import toml_of
from streams.proposals import difference, factor_of, proposed, rated, weights

POLICY = a_policy()
SOME = st.builds(Counted, st.integers(0, 400), st.integers(0, 400))


def taught(overall: tuple[int, int] = (50, 50), **by: dict[str, tuple[int, int]]) -> Lesson:
    """A lesson with these counts, all of them about weights too."""
    table = {kind: {name: Counted(*counted) for name, counted in by.get(kind, {}).items()} for kind in KINDS}
    return Lesson(100, 0, 0, Counted(*overall), Counted(*overall), table, table)


def moved(lesson: Lesson, policy: Policy = POLICY) -> dict[str, tuple[str, str]]:
    return {".".join(p.path): (f"{p.before:f}", f"{p.after:f}") for p in weights(lesson, policy)}


def test_a_rate_is_shrunk_by_ten_answers_at_the_overall_rate() -> None:
    """30 of 40 where half of all are accepted: (30 + 5) / 50 = 0.7, so x1.4."""
    assert factor_of(Counted(30, 10), Counted(50, 50), POLICY) == (700, 1400)
    assert moved(taught(signal={"web.pricing": (30, 10)})) == {"signals.web.pricing.points": ("8", "11.2")}


def test_nothing_more_than_halves_or_grows_by_half() -> None:
    found = moved(taught(signal={"web.pricing": (400, 0), "web.docs": (0, 400)}))

    assert found == {"signals.web.docs.points": ("2", "1"), "signals.web.pricing.points": ("8", "12")}


def test_nineteen_answers_say_nothing_and_twenty_do() -> None:
    assert moved(taught(signal={"web.pricing": (19, 0)})) == {}
    assert moved(taught(signal={"web.pricing": (20, 0)})) == {"signals.web.pricing.points": ("8", "12")}


def test_what_is_as_good_as_all_moves_nothing() -> None:
    assert moved(taught(signal={"web.pricing": (20, 20)})) == {}


def test_where_sales_took_nothing_there_is_nothing_to_compare_with() -> None:
    assert moved(taught((0, 60), signal={"web.pricing": (0, 60)})) == {}


def test_each_kind_moves_the_weight_that_stands_for_it() -> None:
    policy = a_policy(third_party={"topics": {"cdc": {"class": "category", "weight": 1}}})
    found = moved(
        taught(
            source={"email": (30, 10), "direct": (30, 10), "ad": (30, 10)}, topic={"cdc": (10, 30), "else": (10, 30)},
            role={"champion": (10, 30), "wizard": (10, 30)}, campaign={"spring": (10, 30)}, tier={"T1": (10, 30)},
        ),
        policy,
    )  # fmt: skip

    assert found == {
        "multipliers.source.direct": ("1.25", "1.75"),
        "multipliers.source.email": ("0.6", "0.84"),
        "multipliers.prompted_by.email": ("0.6", "0.84"),
        "multipliers.prompted_by.ad": ("0.8", "1.12"),
        "third_party.topics.cdc.weight": ("1", "0.6"),
        "people.role_factor.champion": ("1.15", "0.69"),
    }


def test_points_that_are_said_elsewhere_move_there() -> None:
    half = (10, 30)
    found = moved(taught(signal={"content.storyline": half, "3p.topic_surge": half, "3p.review_site": half}))

    assert found == {
        "storyline.one_day": ("8", "4.8"), "storyline.over_days": ("12", "7.2"), "third_party.per_ten": ("1.5", "0.9"),
        "third_party.review_points.category": ("3", "1.8"), "third_party.review_points.alternatives": ("8", "4.8"),
        "third_party.review_points.compare": ("8", "4.8"), "third_party.review_points.profile": ("8", "4.8"),
        "third_party.review_points.pricing": ("12", "7.2"),
    }  # fmt: skip


def test_a_penalty_is_not_proposed_away() -> None:
    assert moved(taught(signal={"web.careers": (10, 30)})) == {}


def test_a_proposal_is_the_next_version_that_nobody_has_signed() -> None:
    signed = {"approvers": [{"name": "M", "team": "marketing", "date": "2025-01-06"}]}
    policy = a_policy(version=4, approval=signed)
    found = proposed(taught(signal={"web.pricing": (30, 10)}, source={"paid": (3, 1)}), policy)

    assert (found.policy.version, found.policy.approval.approvers, found.refused) == (5, (), [])
    assert [change.path for change in changes(policy, found.policy)] == [
        "attribution.source_accept_rates.paid.accepted",
        "attribution.source_accept_rates.paid.rejected",
        'signals."web.pricing".points',
        "version",
    ]
    assert policy.signals["web.pricing"].points == 8000


def test_a_weight_that_the_policys_own_rules_refuse_is_not_proposed_and_said() -> None:
    stages = {
        "caps": {"third_party": 39.9},
        "third_party": {"topics": {"cdc": {"class": "category", "weight": 8}}},
    }
    found = proposed(taught(topic={"cdc": (40, 0)}), a_policy(**stages))

    assert [(str(p.after), why) for p, why in found.refused] == [
        ("12", "third_party.topics.cdc.weight: 12 is outside 0 to 10, the range of a factor here")
    ]
    assert found.weights == []


def test_rates_alone_leave_every_decision_as_it_is_and_the_signatures_with_a_note() -> None:
    signed = {"note": "Agreed.", "approvers": [{"name": "M", "team": "marketing", "date": "2025-01-06"}]}
    policy = a_policy(approval=signed)
    found = rated(
        taught(signal={"web.pricing": (400, 0)}, source={"direct": (31, 9), "made-up": (1, 0)}), policy
    )

    assert {change.path.split(".")[0] for change in changes(policy, found)} == {"attribution", "version"}
    assert found.attribution.source_accept_rates.keys() == {"direct"}
    assert found.approval.approvers == policy.approval.approvers
    assert policy.hash[:12] in found.approval.note


@settings(max_examples=100)
@given(SOME, SOME.filter(lambda base: base.accepted > 0))
def test_every_factor_is_the_clamped_formula_within_a_thousandth(counted: Counted, base: Counted) -> None:
    overall = Fraction(base.accepted, base.n)
    exact = (counted.accepted + 10 * overall) / (counted.n + 10)
    rate, factor = factor_of(counted, base, POLICY)

    assert abs(rate - 1000 * exact) <= Fraction(1, 2)
    assert abs(factor - min(max(1000 * exact / overall, Fraction(500)), Fraction(1500))) <= Fraction(1, 2)


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(reference_policy().signals)), SOME, max_size=6),
    st.dictionaries(st.sampled_from(["champion", "user", "unknown"]), SOME, max_size=3),
    st.dictionaries(
        st.sampled_from(["direct", "email", "self", "paid"]), SOME.filter(lambda c: c.n > 0), max_size=4
    ),
)
def test_whatever_is_learned_a_proposal_parses_and_stays_inside_its_bounds(
    signals: dict[str, Counted], roles: dict[str, Counted], sources: dict[str, Counted]
) -> None:
    table = {**{kind: {} for kind in KINDS}, "signal": signals, "role": roles, "source": sources}
    found = proposed(Lesson(900, 0, 0, Counted(300, 300), Counted(300, 300), table, table), POLICY)

    assert parse_policy(toml_of(difference(found.policy))) == found.policy
    for proposal in found.weights:
        assert proposal.counted.n >= 20
        assert 500 <= proposal.factor <= 1500
        assert proposal.before * 500 - 1 <= proposal.after * 1000 <= proposal.before * 1500 + 1


@pytest.mark.parametrize(
    "document", [{}, MARKET, {"tiers": {"T1": {"ttl_days": 3}}, "people": {"role_factor": {"seer": 2}}}]
)
def test_the_least_document_of_a_policy_parses_to_it(document: dict[str, Any]) -> None:
    policy = parse_policy(document)

    assert parse_policy(difference(policy)) == policy
    assert parse_policy(toml_of(difference(policy)) if difference(policy) else "") == policy
