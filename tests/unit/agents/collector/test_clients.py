"""Requests captured from published clients are taken as they were sent."""

from collections import Counter
from typing import Any

import pytest
from support.clients import CAPTURES, replay
from support.collector import Edge


def requests_of(client: str, scenario: str = "") -> list[dict[str, Any]]:
    rows = [row for row in CAPTURES[client] if row.get("transport") != "kafka"]
    return [row for row in rows if not scenario or row["scenario"] == scenario]


def scenarios(client: str) -> list[str]:
    return list(dict.fromkeys(row["scenario"] for row in requests_of(client)))


SEVEN_CALLS = [
    (client, scenario)
    for client in ("segment-analytics-python", "segment-analytics-node", "rudder-sdk-python")
    for scenario in scenarios(client)
]


@pytest.mark.parametrize(("client", "scenario"), SEVEN_CALLS)
async def test_each_of_seven_calls_becomes_one_record(edge: Edge, client: str, scenario: str) -> None:
    for row in requests_of(client, scenario):
        answer = await replay(edge.client, row)
        assert answer.status == 200
        assert await answer.json() == {"success": True}

    assert Counter(record.topic for record in edge.producer.sent) == {
        "intent.contacts.v1": 2,  # identify and alias
        "intent.accounts.v1": 1,  # group
        "intent.web.v1": 2,  # page and screen
        "intent.dlq.v1": 2,  # two events that are no signals
    }


@pytest.mark.parametrize(("client", "scenario"), SEVEN_CALLS)
async def test_the_seven_calls_keep_their_meaning(edge: Edge, client: str, scenario: str) -> None:
    for row in requests_of(client, scenario):
        await replay(edge.client, row)
    identify, alias = edge.producer.values("intent.contacts.v1")
    (group,) = edge.producer.values("intent.accounts.v1")
    page, screen = edge.producer.values("intent.web.v1")

    assert (identify["contact_id"], identify["anonymous_id"]) == ("u-1001", "anon-4f1c")
    assert identify["email"] == "dana@acme.example"
    assert (alias["contact_id"], alias["anonymous_id"]) == ("u-1001", "anon-4f1c")
    assert (group["account_id"], group["account_domain"], group["name"]) == (
        "acct-77",
        "acme.example",
        "Acme",
    )
    assert "contact_id" not in group
    assert (page["type"], page["page_category"], page["anonymous_id"]) == (
        "page_view",
        "pricing",
        "anon-4f1c",
    )
    assert page["url"] == "https://www.example.com/pricing"
    assert (screen["type"], screen["page_category"]) == ("page_view", "other")
    assert all(record["source"] == "site" for record in (identify, alias, group, page, screen))
    assert not any("is_bot" in record for record in (page, screen))
    assert {reason for reason, _ in edge.producer.dead()} == {"unknown_type"}


async def test_a_message_sent_again_has_the_same_event_id(edge: Edge) -> None:
    (row,) = requests_of("rudder-sdk-python", "default-gzip")
    for _ in range(2):
        await replay(edge.client, row)
    ids = [value["event_id"] for value in edge.producer.values("intent.web.v1")]

    assert ids[:2] == ids[2:]


@pytest.mark.parametrize("row", requests_of("cloudevents-python"), ids=lambda row: str(row["seq"]))
async def test_cloudevents_are_taken_without_a_key(edge: Edge, row: dict[str, Any]) -> None:
    answer = await replay(edge.client, row)

    assert answer.status == 200
    expected = len(row["body"]) if isinstance(row["body"], list) else 1
    assert [reason for reason, _ in edge.producer.dead()] == ["unknown_type"] * expected


@pytest.mark.parametrize("client", ["snowplow-browser-tracker", "snowplow-tracker-python"])
async def test_trackers_never_get_a_status_they_repeat_for_ever(edge: Edge, client: str) -> None:
    for row in requests_of(client):
        answer = await replay(edge.client, row)
        await answer.read()
        assert answer.status in (200, 400), row["path"]
        if row["method"] == "OPTIONS":
            sent = {name.lower(): text for name, text in row["headers"].items()}
            assert answer.headers["Access-Control-Allow-Origin"] == sent["origin"]
            assert answer.headers["Access-Control-Allow-Credentials"] == "true"
            asked = sent.get("access-control-request-headers", "")
            assert answer.headers.get("Access-Control-Allow-Headers", "") == asked


async def test_what_browsers_send_by_themselves_gets_an_answer(edge: Edge) -> None:
    statuses = {}
    for row in requests_of("browser-native-pixel-beacon-form"):
        answer = await replay(edge.client, row)
        await answer.read()
        statuses[row["method"], row["path"]] = answer.status
    assert statuses["GET", "/px.gif"] == 200
    assert statuses["OPTIONS", "/v1/track"] == 200
    assert max(statuses.values()) < 500

    bots = [value for value in edge.producer.values("intent.web.v1") if value.get("is_bot")]
    assert bots
    assert {value["bot_reason"] for value in bots} == {"user_agent"}


async def test_jitsu_masks_its_key_in_the_body_and_its_header_decides(edge: Edge) -> None:
    (row, *_) = [row for row in requests_of("jitsu-js", "node") if row["method"] == "POST"]
    wrong = {**row, "headers": {**row["headers"], "X-Write-Key": "site:another"}}

    assert (await replay(edge.client, row)).status == 200
    assert (await replay(edge.client, wrong)).status == 401
