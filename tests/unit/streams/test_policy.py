"""The policy: reading, merging, deriving, hashing."""

from decimal import Decimal

import pytest

from streams.policy import PolicyErrors, parse_policy, reference_policy, render_policy
from streams.policy_writer import natural, toml_of


def problems(source: str) -> list[str]:
    with pytest.raises(PolicyErrors) as caught:
        parse_policy(source)
    return [str(problem) for problem in caught.value.problems]


def test_an_empty_file_is_the_reference_policy():
    assert parse_policy("") == reference_policy()


def test_points_become_milli_points_and_shares_thousandths():
    policy = parse_policy(
        'signals."web.blog".points = 1.25\n[weights]\nfit = 0.2\nintent = 0.55\nreadiness = 0.25'
    )

    assert policy.signals["web.blog"].points == 1250
    assert (policy.weights.fit, policy.weights.intent) == (200, 550)


def test_a_table_merges_and_a_list_replaces():
    policy = parse_policy('required_roles = ["champion"]\n[signals."web.pricing"]\nper_day = 2')

    assert policy.signals["web.pricing"].per_day == 2
    assert policy.signals["web.pricing"].points == 8000
    assert policy.required_roles == ("champion",)


def test_an_empty_table_changes_nothing():
    assert (
        parse_policy("[icp]\n[early]\n[fast_track]\n[signals]\n[sla.calendars.default]") == reference_policy()
    )


def test_json_and_mappings_read_like_toml():
    toml = parse_policy('policy_id = "a"\n[multipliers]\npersona_match = 1.1')
    json = parse_policy(b'{"policy_id": "a", "multipliers": {"persona_match": 1.1}}')

    assert toml == json == parse_policy({"policy_id": "a", "multipliers": {"persona_match": 1.1}})
    assert json.multipliers.persona_match == 1100


def test_keys_that_begin_with_an_underscore_are_notes():
    assert parse_policy({"_note": "x", "icp": {"_why": 3}, "weights": {"_": []}}) == reference_policy()


def test_domains_are_normalised():
    policy = parse_policy('competitor_domains = ["Rival.Example.", "bücher.example"]')

    assert policy.competitor_domains == {"rival.example", "xn--bcher-kva.example"}


def test_countries_are_upper_case_and_industries_lower_case():
    policy = parse_policy('[icp]\ncountries = ["de"]\nindustries = ["FinTech "]')

    assert policy.icp.countries == {"DE"}
    assert policy.icp.industries == {"fintech"}


def test_a_null_in_json_takes_a_criterion_away():
    base = parse_policy("[icp]\nemployees_min = 50")

    assert parse_policy('{"icp": {"employees_min": null}}', base).icp.employees_min is None


def test_derived_values_follow_their_keys():
    policy = parse_policy(
        "[fit]\ngate = 40\n[storyline]\nover_days = 14\n[caps]\nthird_party = 20\n[tiers.T1]\nttl_days = 9\n"
        "[reasons.no_budget]\ncooldown_days = 100\n[states]\ndefault_cooldown_days = 31"
    )

    assert policy.thresholds.fit == 40_000
    assert policy.signals["content.storyline"].points == 14_000
    assert policy.signals["3p.review_site"].cap == policy.signals["3p.topic_surge"].cap == 20_000
    assert policy.states.ttl_days == {"FAST": 2, "T1": 9, "T2": 14, "EARLY": 14}
    assert policy.states.cooldown_days["no_budget"] == 100
    assert policy.states.cooldown_days["wrong_size"] == 31


def test_the_floor_of_a_negative_signal_is_kept_as_its_size():
    careers = reference_policy().signals["web.careers"]

    assert (careers.points, careers.cap) == (-5000, 10_000)


def test_a_usable_channel_is_always_required():
    assert parse_policy('required_fields = ["owner"]').required_fields == ("channel", "owner")


def test_what_is_set_elsewhere_is_refused_where_it_would_be_ignored():
    assert problems('signals."content.storyline".points = 9') == [
        'signals."content.storyline".points: is set by storyline.over_days'
    ]


def test_the_hash_is_of_the_values():
    plain = parse_policy("[thresholds]\nready = 70")
    noted = parse_policy("_why = 'x' # a comment\n[thresholds]\nready = 70.000")

    assert plain.hash == noted.hash == reference_policy().hash
    assert len(plain.hash) == 64


def test_the_hash_knows_the_name_and_the_version():
    hashes = {
        parse_policy(text).hash for text in ("", "version = 2", 'policy_id = "b"', "[caps]\nthird_party = 24")
    }

    assert len(hashes) == 4


def test_signing_a_policy_does_not_change_its_hash():
    signed = parse_policy('[approval]\nnote = "agreed"')

    assert signed.hash == reference_policy().hash
    assert signed.approval.note == "agreed"


def test_the_hash_does_not_know_the_order_of_sets():
    one = parse_policy('own_domains = ["a.example", "b.example"]')

    assert one.hash == parse_policy('own_domains = ["b.example", "a.example", "A.example"]').hash


def test_the_rendered_reference_parses_to_the_reference():
    document = render_policy(reference_policy())

    assert parse_policy(toml_of(document)) == reference_policy()
    assert parse_policy(natural(document)) == reference_policy()


def test_all_problems_come_at_once():
    found = problems(
        'polcy_id = "x"\nperson_cap = 3\nversion = true\n[signals."web.pricng"]\npoints = 1\n'
        '[weights]\nfit = "a"\n[caps]\nintent = 0.00001\n[early]\nto = "wach"\n[act_now]\npages = "pricing"'
    )

    assert found == [
        "polcy_id: is not a known key: did you mean policy_id?",
        "person_cap: is not a known key: did you mean people.person_cap?",
        "version: True is not a whole number: a number is expected",
        'signals."web.pricng": is not a known key: did you mean web.pricing?',
        "caps.intent: 0.00001 is finer than the smallest step of points, 0.001",
        "weights.fit: 'a' is not a share: a number is expected",
        "early.to: 'wach' is none of watch, sales-ready: did you mean watch?",
        "act_now.pages: 'pricing' is not a list of words",
    ]


@pytest.mark.parametrize(
    "number", ["nan", "inf", "-inf", "1e999999", "1e-999999", "0.4999999999999999999999999999999999999999"]
)
def test_no_number_that_cannot_be_kept_exactly_is_read(number: str):
    assert len(problems(f"[weights]\nfit = {number}")) >= 1


@pytest.mark.parametrize(
    "source",
    ["[", "{", "= 3", '{"a": ', "a = " + "[" * 5000, '{"a":' * 100_000, b"\xff\xfe", "x = " + "9" * 5000],
)
def test_what_is_no_document_is_one_problem(source: str | bytes):
    with pytest.raises(PolicyErrors) as caught:
        parse_policy(source)

    assert "is neither TOML nor JSON" in str(caught.value)


def test_a_float_in_a_mapping_means_what_it_says():
    assert parse_policy({"multipliers": {"email_forward": 0.7}}).multipliers.email_forward == 700
    assert parse_policy({"multipliers": {"email_forward": Decimal("0.7")}}).multipliers.email_forward == 700


def test_the_minimum_of_people_goes_by_employees():
    people = reference_policy().people

    assert [people.minimum_people(size) for size in (None, 1, 49, 50, 999, 1000)] == [2, 2, 2, 2, 2, 3]


def test_the_cohort_of_an_account_goes_by_employees():
    surge = parse_policy("[surge.lambda]\nsmall = 0.01\nunknown = 0.03").surge

    assert [surge.cohort(size) for size in (None, 10, 50, 5000)] == [
        ("unknown", 30), ("small", 10), ("mid", 20), ("large", 20),
    ]  # fmt: skip


def test_an_unlisted_territory_works_by_the_default_calendar():
    sla = parse_policy(
        '[sla.territories]\nDACH = "berlin"\n[sla.calendars.berlin]\ntimezone = "Europe/Berlin"\n'
        'days = ["mon"]\nstart = 08:30:00\nend = "24:00"\nholidays = [2025-12-25]'
    ).sla

    assert sla.calendar_of("DACH").timezone == "Europe/Berlin"
    assert (sla.calendar_of("DACH").start, sla.calendar_of("DACH").end) == (510, 1440)
    assert sla.calendar_of("nowhere").timezone == "UTC"


def test_a_budget_of_zero_is_no_limit():
    budget = parse_policy("[budget]\nper_day = 5\nsegments = { enterprise = 2, smb = 0 }").budget

    assert [budget.limit(segment) for segment in ("enterprise", "smb", "other")] == [2, None, 5]
    assert reference_policy().budget.limit("any") is None


def test_gaps_are_days_since_1970():
    assert parse_policy('[surge]\ngaps = [["1970-01-02", 1970-01-05]]').surge.gaps == ((1, 4),)
