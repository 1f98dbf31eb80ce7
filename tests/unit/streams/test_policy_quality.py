"""Whether live data carries a policy."""

from typing import Any

from streams.policy import parse_policy
from streams.policy_quality import configured, observe, thin_ground

POLICY = parse_policy('[icp]\ncountries = ["DE"]\nrevenue_min = 10\n[quality]\nsample_min = 4')


def content(content_id: str, **tags: str) -> dict[str, Any]:
    return {"topic": "intent.content.v1", "key": "k", "value": {"content_id": content_id, **tags}}


def account(account_id: str, **facts: Any) -> dict[str, Any]:
    return {"topic": "intent.accounts.v1", "key": account_id, "value": {"account_id": account_id, **facts}}


def test_only_what_the_icp_asks_for_can_be_unknown():
    assert configured(POLICY) == ("country", "revenue")


def test_content_is_tagged_by_itself_or_by_the_taxonomy():
    taxonomy = {"topic": "intent.taxonomy.v1", "key": "b", "value": {"stage": "decision"}}
    records = [content("a", persona="cto"), content("b"), content("c"), taxonomy]

    assert observe(records, POLICY)[:2] == (3, 1)


def test_the_latest_profile_of_an_account_counts():
    records = [account("1"), account("1", country="DE"), account("2", country="DE", revenue=5)]

    assert observe(records, POLICY)[2:] == (2, 4, 1)


def test_what_is_no_record_is_passed_over():
    assert observe([{}, {"topic": 3, "value": []}, {"value": {}}], POLICY) == (0, 0, 0, 0, 0)


def test_too_much_untagged_content_is_refused():
    records = [content("a"), content("b"), content("c", stage="decision"), content("d", topic="x")]

    assert [str(problem) for problem in thin_ground(observe(records, POLICY), POLICY)] == [
        "quality.untagged_content_max: 50.0 % (limit 30 %) of 4 content records have no stage, topic or "
        "persona: what people read says nothing about where they stand"
    ]


def test_too_many_unknown_attributes_are_refused():
    records = [account(str(number), country="DE") for number in range(4)]

    assert [str(problem) for problem in thin_ground(observe(records, POLICY), POLICY)] == [
        "quality.unknown_attributes_max: 50.0 % (limit 40 %) of the attributes the ICP asks for are unknown "
        "on 4 profiles: fit would be guessed"
    ]


def test_few_records_say_nothing():
    assert thin_ground(observe([content("a"), account("1")], POLICY), POLICY) == []


def test_a_share_at_the_limit_is_allowed():
    policy = parse_policy("[quality]\nsample_min = 1\nuntagged_content_max = 0.5")

    assert thin_ground(observe([content("a"), content("b", stage="decision")], policy), policy) == []
