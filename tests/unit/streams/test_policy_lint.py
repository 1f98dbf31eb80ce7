"""Warnings and refusals across keys; the wording of refusals is pinned in tests/golden/policies."""

import pytest

from streams.policy import PolicyErrors, parse_policy, reference_policy
from streams.policy_lint import refusals, said, warnings


def advice(source: str) -> list[str]:
    return [problem.path for problem in warnings(parse_policy(source))]


def test_the_reference_deserves_neither_refusal_nor_warning():
    assert refusals(reference_policy()) == []
    assert warnings(reference_policy()) == []


def test_behaviour_may_weigh_as_much_as_fit():
    assert parse_policy("[weights]\nfit = 0.4\nintent = 0.4\nreadiness = 0.2").weights.fit == 400


def test_weights_that_do_not_sum_to_one_are_refused():
    with pytest.raises(PolicyErrors, match=r"they sum to 1\.1, not to 1"):
        parse_policy("[weights]\nintent = 0.6")


def test_a_broken_value_does_not_hide_a_broken_rule():
    with pytest.raises(PolicyErrors) as caught:
        parse_policy('[weights]\nfit = 0.6\nintent = 0.2\nreadiness = 0.2\n[states]\nexit_hours = "two"')

    assert [problem.path for problem in caught.value.problems] == ["states.exit_hours", "weights.fit"]


def test_fit_above_a_quarter_is_warned_of():
    assert advice("[weights]\nfit = 0.3\nreadiness = 0.2") == ["weights.fit"]


def test_one_person_who_carries_an_account_is_warned_of():
    assert advice("[people]\nperson_cap = 32") == ["people.person_cap"]
    assert advice('[people]\nminimum = [["above", 1]]') == ["people.minimum"]


def test_a_cap_below_one_act_is_warned_of():
    assert advice('signals."web.pricing".cap = 7') == ['signals."web.pricing".cap']


def test_prompted_visits_that_count_like_own_ones_are_warned_of():
    assert advice("[multipliers.source]\nemail = 1.25") == ["multipliers.source.email"]


def test_one_signature_is_warned_of_and_two_of_two_teams_are_not():
    one = '{ name = "A", team = "sales", date = 2025-01-02 }'
    two = one + ', { name = "B", team = "marketing", date = 2025-01-03 }'

    assert advice(f"[approval]\napprovers = [{one}]") == ["approval.approvers"]
    assert advice(f"[approval]\napprovers = [{two}]") == []


def test_one_person_for_both_teams_and_a_profile_that_nobody_signed_are_warned_of():
    both = ", ".join(
        f'{{ name = "A", team = "{team}", date = 2025-01-02 }}' for team in ("sales", "marketing")
    )

    assert advice(f"[approval]\napprovers = [{both}]") == ["approval.approvers"]
    assert advice("[icp]\nemployees_min = 50") == ["approval.approvers"]
    assert advice('policy_id = "mine"') == []


def test_slow_first_touches_easy_surges_and_no_roles_are_warned_of():
    source = "required_roles = []\n[tiers.T2]\nfirst_touch_minutes = 241\n[surge]\np_max = 0.1"

    assert advice(source) == ["surge.p_max", "required_roles", "tiers.T2.first_touch_minutes"]


@pytest.mark.parametrize("milli, text", [(500, "0.5"), (70_000, "70"), (-5000, "-5"), (1, "0.001"), (0, "0")])
def test_numbers_are_shown_as_they_are_written(milli: int, text: str):
    assert said(milli) == text
