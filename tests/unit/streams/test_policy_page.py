"""The page that marketing and sales sign, and what changed since the version before."""

from streams.policy import parse_policy, reference_policy
from streams.policy_diff import changes
from streams.policy_page import policy_page
from streams.policy_words import SIGNALS

SIGNED = """
policy_id = "acme"
version = 2
own_domains = ["acme.example"]

[thresholds]
ready = 72

[approval]
note = "Agreed in the March council."
approvers = [
  { name = "Ada Berg", team = "marketing", date = 2025-03-03 },
  { name = "Ben Cole", team = "sales", date = 2025-03-04 },
]
"""


def test_the_page_says_who_approved_what_and_when():
    policy = parse_policy(SIGNED)
    page = policy_page(policy)

    assert page.startswith('# What "sales-ready" means: acme, version 2\n')
    assert policy.hash in page
    assert "Approved by: Ada Berg (marketing), 2025-03-03; Ben Cole (sales), 2025-03-04." in page
    assert "Agreed in the March council." in page


def test_the_page_of_an_unsigned_policy_leaves_room_for_both_teams():
    page = policy_page(reference_policy())

    assert "Approved by: nobody yet." in page
    assert page.endswith("| marketing | | | |\n| sales | | | |\n")


def test_the_page_says_what_changed_since_the_version_before():
    page = policy_page(parse_policy(SIGNED), parse_policy('policy_id = "acme"\nversion = 1'))

    assert "## What changed since acme, version 1\n" in page
    assert "\n- thresholds.ready: 70 becomes 72\n" in page
    assert "\n- own_domains: now with acme.example\n" in page
    assert "\n- version: 1 becomes 2\n" in page


def test_the_page_says_that_nothing_changed():
    assert "## What changed since the reference policy\n\nNothing.\n" in policy_page(reference_policy())


def test_every_signal_has_a_plain_name_and_its_line():
    page = policy_page(reference_policy())

    assert SIGNALS.keys() == reference_policy().signals.keys()
    assert "| Pricing page | 8 | 1 | 24 | 14 d | 45 d | decision |" in page
    assert "| Careers or investors page | -5 | 1 | -10 | 14 d | 30 d |  |" in page


def test_the_page_follows_the_policy():
    page = policy_page(parse_policy("[people]\nself_directed_gate = 0.3\n[people.role_factor]\nlegal = 1.3"))

    assert "at least 30 % of what they did was not prompted" in page
    assert "legal x1.3" in page
    assert "2, 3 from 1,000 employees on (2 where the size is unknown)" in page


def test_the_page_says_how_far_sources_are_trusted_and_not_each_count_as_a_change():
    counted = "attribution.source_accept_rates.email = { accepted = 19, rejected = 33 }"
    page = policy_page(parse_policy(counted))

    assert "| our e-mail | 19 of 52 (37 %) | 25 and 50 % |" in page
    assert "\n- The acceptance rates above were counted anew.\n" in page
    assert "attribution." not in page
    assert "Nothing is counted yet" in policy_page(reference_policy())


def test_a_change_of_a_signal_says_its_plain_name():
    page = policy_page(parse_policy('signals."web.pricing".points = 9'))

    assert '\n- Pricing page: signals."web.pricing".points: 8 becomes 9\n' in page


def test_changes_name_what_came_and_what_went():
    before = parse_policy('own_domains = ["a.example", "b.example"]\n[icp]\nemployees_min = 50')
    after = parse_policy(
        'own_domains = ["b.example", "c.example"]\n[third_party.topics]\nx = { class = "brand" }'
    )

    assert [str(change) for change in changes(before, after)] == [
        "icp.employees_min: gone, was 50",
        "own_domains: now with c.example, without a.example",
        "third_party.topics.x.class: new, brand",
        "third_party.topics.x.weight: new, 1",
    ]


def test_a_signature_is_no_change():
    assert changes(reference_policy(), parse_policy('[approval]\nnote = "signed"')) == []
