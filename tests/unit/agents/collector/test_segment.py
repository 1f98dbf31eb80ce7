"""One message, one record: what is taken over, told, corrected, refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.collector import NOW, Edge, collector

from agents.collector.segment import Arrival, snake_case, to_record
from schemas.codec import Refusal

ARRIVAL = Arrival(received_at=NOW, source="site")


def act(**item: Any) -> dict[str, Any]:
    message = {"messageId": "m-1", "anonymousId": "a-1", "type": "track", **item}
    return to_record(message, "", ARRIVAL).value


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("Page Engagement", "intent.web.v1"),
        ("form_submit", "intent.web.v1"),
        ("chatStarted", "intent.web.v1"),
        ("Click", "intent.email.v1"),
        ("Bounce Hard", "intent.email.v1"),
        ("webinar-attended", "intent.content.v1"),
        ("DownloadConsumed", "intent.content.v1"),
        ("Topic Surge", "intent.thirdparty.v1"),
        ("review site", "intent.thirdparty.v1"),
    ],
)
def test_an_event_named_like_a_type_is_that_type_on_its_topic(name: str, topic: str) -> None:
    record = to_record({"messageId": "m", "userId": "u", "type": "track", "event": name}, "", ARRIVAL)

    assert (record.topic, record.value["type"]) == (topic, snake_case(name))


@pytest.mark.parametrize("name", ["Whitepaper Downloaded", "", None, 7, "policy", "erase", "disposition"])
def test_any_other_event_is_refused(name: Any) -> None:
    with pytest.raises(Refusal):
        act(event=name)


def test_properties_named_as_fields_are_taken_over_and_nothing_else() -> None:
    value = act(
        event="download_consumed",
        properties={
            "content_id": "wp-9",
            "stage": "decision",
            "dwell_seconds": "95",
            "gated": True,
            "asset_id": "other",
            "persona": None,
            "topic": "",
            "tenant_id": "intruder",
            "source": "intruder",
            "event_id": "intruder",
            "received_at": "1999-01-01",
        },
    )

    assert value["content_id"] == "wp-9"
    assert value["dwell_seconds"] == 95
    assert value["gated"] is True
    assert not {"asset_id", "persona", "topic", "tenant_id"} & value.keys()
    assert (value["source"], value["event_id"]) == ("site", "m-1")
    assert value["received_at"] == "2026-11-22T12:00:00.000Z"


async def test_ids_that_clients_send_as_numbers_are_text(edge: Edge) -> None:
    click = {"type": "track", "event": "click", "userId": 7, "properties": {"email_id": 12, "link_id": 3}}
    await edge.post("/v1/batch", {"batch": [click]})
    (value,) = edge.producer.values("intent.email.v1")

    assert (value["contact_id"], value["email_id"], value["link_id"]) == ("7", "12", "3")


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"url": "https://x.example/pricing?a=1"}, "pricing"),
        ({"url": "https://x.example/Case-Study/acme"}, "case_study"),
        ({"url": "https://x.example/de/pricing"}, "other"),
        ({"url": "https://x.example/"}, "other"),
        ({"url": "https://x.example/pricing", "page_category": "docs"}, "docs"),
        ({"url": "/security/iso"}, "security"),
        ({"url": "http://[broken"}, "other"),
        ({"url": 7}, "other"),
        ({}, "other"),
    ],
)
def test_the_page_category_is_stated_or_the_first_segment(properties: dict[str, Any], expected: str) -> None:
    assert act(type="page", properties=properties)["page_category"] == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"url": "https://x.example/p?utm_medium=email", "referrer": "https://www.google.com/"}, "email"),
        ({"url": "https://x.example/p?utm_source=newsletter"}, "email"),
        ({"url": "https://x.example/p?utm_medium=cpc&utm_source=google"}, "paid"),
        ({"url": "https://x.example/p?gclid=abc", "referrer": "https://www.google.com/"}, "paid"),
        ({"url": "https://x.example/p?utm_source=linkedin"}, "social"),
        ({"url": "https://x.example/p", "referrer": "https://www.google.co.uk/"}, "organic_search"),
        ({"url": "https://x.example/p", "referrer": "https://duckduckgo.com/"}, "organic_search"),
        ({"url": "https://x.example/p", "referrer": "https://www.linkedin.com/feed"}, "social"),
        ({"url": "https://x.example/p", "referrer": "https://mail.google.com/"}, "email"),
        ({"url": "https://www.x.example/p", "referrer": "https://docs.x.example/a"}, "internal"),
        ({"url": "https://x.example/p", "referrer": "https://blog.other.example/a"}, "referral"),
        ({"url": "https://x.example/p", "referrer": ""}, "direct"),
        ({"url": "https://x.example/p", "referrer": "$direct"}, "direct"),
        ({"url": "https://x.example/p"}, "unknown"),
        ({"url": "https://x.example/p", "referrer": "http://[broken"}, "unknown"),
    ],
)
def test_the_session_source_is_told_from_campaign_and_referrer(page: dict[str, str], expected: str) -> None:
    assert act(type="page", context={"page": page})["session_source"] == expected


def test_a_stated_session_source_and_campaign_win() -> None:
    value = act(
        type="page",
        properties={
            "session_source": "social",
            "url": "https://x.example/p?utm_campaign=two&utm_medium=email",
        },
        context={"campaign": {"name": "one", "source": "s", "medium": "cpc"}, "sessionId": 1795306072657},
    )

    assert value["session_source"] == "social"
    assert (value["utm_campaign"], value["utm_source"], value["utm_medium"]) == ("one", "s", "cpc")
    assert value["session_id"] == "1795306072657"


def test_the_clock_of_the_client_is_corrected_by_its_sending_time() -> None:
    sent = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)  # the client's clock is three hours behind
    arrival = Arrival(received_at=NOW, source="site", sent_at=sent)
    message = {
        "messageId": "m",
        "anonymousId": "a",
        "type": "page",
        "originalTimestamp": "2026-11-22T09:00:00Z",
    }
    value = to_record(message, "", arrival).value

    assert value["occurred_at"] == "2026-11-22T11:59:50.000Z"
    assert NOW - timedelta(seconds=10) == datetime(2026, 11, 22, 11, 59, 50, tzinfo=UTC)


def test_a_time_that_cannot_be_read_is_refused_and_a_missing_one_is_the_receipt() -> None:
    with pytest.raises(Refusal):
        act(type="page", timestamp="yesterday")

    assert act(type="page", timestamp=None)["occurred_at"] == "2026-11-22T12:00:00.000Z"


def test_a_message_without_an_id_gets_the_same_one_when_sent_again() -> None:
    message = {"type": "page", "anonymousId": "a", "timestamp": "2026-11-22T09:00:00Z"}
    later = Arrival(received_at=NOW + timedelta(minutes=1), source="site")
    first, again = to_record(message, "", ARRIVAL), to_record(message, "", later)

    assert first.value["event_id"] == again.value["event_id"]
    assert to_record(message | {"userId": "u"}, "", ARRIVAL).value["event_id"] != first.value["event_id"]


def test_identify_makes_a_contact_and_a_link() -> None:
    value = act(
        type="identify",
        userId=1001,
        traits={
            "email": " Dana@Acme.example ",
            "jobTitle": "CTO",
            "firstName": "Dana",
            "lastName": "Lee",
            "company": {"id": "acct-77", "website": "https://www.Acme.example/about"},
            "role": "champion",
        },
    )

    assert value["type"] == "contact"
    assert (value["contact_id"], value["anonymous_id"]) == ("1001", "a-1")
    assert (value["email"], value["title"], value["name"]) == ("Dana@Acme.example", "CTO", "Dana Lee")
    assert (value["account_id"], value["account_domain"], value["role"]) == (
        "acct-77",
        "acme.example",
        "champion",
    )


def test_an_identify_of_nobody_is_refused() -> None:
    with pytest.raises(Refusal):
        act(type="identify", traits={"name": "somebody"})


def test_group_makes_an_account_without_the_person_who_told() -> None:
    value = act(
        type="group",
        groupId="acct-77",
        userId="u-1",
        traits={
            "name": "Acme",
            "website": "acme.example",
            "employees": "1,200",
            "industry": "Software",
            "address": {"country": "BR"},
            "plan": "gold",
        },
    )

    assert (value["account_id"], value["account_domain"], value["employees"]) == (
        "acct-77",
        "acme.example",
        1200,
    )
    assert (value["country"], value["industry"]) == ("BR", "Software")
    assert not {"contact_id", "anonymous_id", "plan"} & value.keys()


async def test_the_key_is_the_first_identity_known(edge: Edge) -> None:
    people: list[dict[str, Any]] = [
        {"anonymousId": "a"},
        {"anonymousId": "a", "traits": {"email": "d@x.example"}},
        {"anonymousId": "a", "userId": "u", "traits": {"email": "d@x.example"}},
        {"userId": "u", "context": {"groupId": "acct"}},
        {"userId": "u", "context": {"groupId": "acct"}, "properties": {"account_domain": "x.example"}},
    ]
    await edge.post("/v1/batch", {"batch": [{"type": "page", "messageId": "m", **who} for who in people]})

    assert [record.key for record in edge.producer.sent] == [
        b"a",
        b"d@x.example",
        b"u",
        b"acct",
        b"x.example",
    ]


@pytest.mark.parametrize(
    ("agent", "header", "bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "x", "user_agent"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0 Safari/537.36", "python-requests/2.3", None),
        (None, "python-requests/2.3", None),  # a server speaks for its visitors
        (None, "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0", "user_agent"),
    ],
)
async def test_bots_are_marked_by_the_visitors_agent(
    edge: Edge, agent: str | None, header: str, bot: Any
) -> None:
    context = {"userAgent": agent} if agent else {}
    page = {"type": "page", "anonymousId": "a", "context": context}
    await edge.post("/v1/batch", {"batch": [page]}, headers={"User-Agent": header})
    (value,) = edge.producer.values("intent.web.v1")

    assert value.get("bot_reason") == bot
    assert value.get("is_bot") is (True if bot else None)


async def test_visitors_from_a_bot_network_are_marked() -> None:
    async with collector(bot_networks=("198.51.100.0/24",)) as edge:
        page = {"type": "page", "anonymousId": "a", "context": {"ip": "198.51.100.7"}}
        await edge.post("/v1/batch", {"batch": [page]})
    (value,) = edge.producer.values("intent.web.v1")

    assert value["bot_reason"] == "network"
    assert "198.51.100.7" not in str(value)


@pytest.mark.parametrize("rule", ["flag", "anonymise", "drop"])
async def test_an_opt_out_header_does_what_the_setting_says(rule: Any) -> None:
    async with collector(privacy_gpc=rule) as edge:
        page = {
            "type": "page",
            "anonymousId": "a",
            "userId": "u",
            "context": {"traits": {"email": "d@x.example"}},
        }
        answer = await edge.post("/v1/batch", {"batch": [page]}, headers={"Sec-GPC": "1"})
    values = edge.producer.values("intent.web.v1")

    assert answer.status == 200
    if rule == "drop":
        assert values == []
        return
    assert values[0]["consent"] == {"state": "unknown", "basis": "gpc", "gpc": True}
    assert ("contact_id" in values[0]) is (rule == "flag")
    assert (values[0]["anonymous_id"] == "a") is (rule == "flag")


def test_a_refused_consent_banner_is_a_denial() -> None:
    refused = {"consent": {"categoryPreferences": {"marketing": False, "analytics": False}}}
    partly = {"consent": {"categoryPreferences": {"marketing": False, "analytics": True}}}

    assert act(type="page", context=refused)["consent"]["state"] == "denied"
    assert "consent" not in act(type="page", context=partly)
