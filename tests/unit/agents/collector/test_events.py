"""`/events` and the pixel: own records, CloudEvents in three modes, images."""

import json
from base64 import b64encode
from typing import Any

import pytest
from support.collector import NOW, Edge, collector

from agents.collector.answers import GIF
from agents.collector.settings import WriteKey

PAGE = {
    "event_id": "e-1",
    "source": "shop",
    "type": "page_view",
    "occurred_at": "2026-11-22T11:00:00Z",
    "anonymous_id": "a-1",
    "url": "https://x.example/pricing",
}
ACCOUNT = {
    "event_id": "e-2",
    "source": "crm",
    "type": "account",
    "occurred_at": "2026-11-22T11:00:00Z",
    "account_id": "acct-77",
    "account_domain": "acme.example",
}
DISPOSITION = {
    "event_id": "e-3",
    "source": "crm",
    "sales_ready_id": "latest",
    "account_id": "acct-77",
    "status": "accepted",
    "occurred_at": "2026-11-22T11:00:00Z",
}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PAGE),
        json.dumps([PAGE, PAGE | {"event_id": "e-4"}]),
        json.dumps(PAGE) + "\n" + json.dumps(PAGE | {"event_id": "e-4"}) + "\n",
        json.dumps({"topic": "intent.web.v1", "key": "k", "value": PAGE}),
        json.dumps(PAGE | {"topic": "intent.web.v1"}),
        json.dumps(PAGE, indent=2),
    ],
)
async def test_own_records_one_or_many_keep_what_they_say(edge: Edge, body: str) -> None:
    answer = await edge.post("/events", body)
    values = edge.producer.values("intent.web.v1")

    assert await answer.json() == {"success": True, "accepted": len(values), "rejected": 0}
    assert values[0] == PAGE | {"received_at": "2026-11-22T12:00:00.000Z"}


async def test_own_records_tell_their_topic_by_type_or_by_shape(edge: Edge) -> None:
    await edge.post("/events", [PAGE, ACCOUNT, DISPOSITION, {"event_id": "x", "type": "nonsense"}, 3])

    assert [record.topic for record in edge.producer.sent] == [
        "intent.web.v1",
        "intent.accounts.v1",
        "intent.dispositions.v1",
        "intent.dlq.v1",
        "intent.dlq.v1",
    ]
    assert [record.key for record in edge.producer.sent[:3]] == [b"a-1", b"acme.example", b"acct-77"]
    assert edge.producer.dead()[1] == ("not_an_object", b"3")


async def test_a_record_of_the_wrong_shape_is_a_dead_letter_with_its_bytes(edge: Edge) -> None:
    body = json.dumps(PAGE | {"dwell_seconds": "long"}).encode()
    answer = await edge.post("/events", body)

    assert (await answer.json())["rejected"] == 1
    assert edge.producer.dead() == [("wrong_type", body)]


async def test_a_disposition_needs_no_id_of_its_own_and_keeps_the_same_one(edge: Edge) -> None:
    message = {name: text for name, text in DISPOSITION.items() if name != "event_id"}
    for body in (message, message, message | {"status": "working"}):
        await edge.post("/events", body)
    ids = [value["event_id"] for value in edge.producer.values("intent.dispositions.v1")]

    assert ids[0] == ids[1] != ids[2]


async def test_the_taxonomy_is_keyed_by_what_it_describes(edge: Edge) -> None:
    await edge.post(
        "/events", {"topic": "intent.taxonomy.v1", "value": {"content_id": "wp-9", "stage": "decision"}}
    )

    assert [(record.topic, record.key) for record in edge.producer.sent] == [("intent.taxonomy.v1", b"wp-9")]


@pytest.mark.parametrize("record", [ACCOUNT, DISPOSITION, {"topic": "intent.erase.v1", "value": PAGE}])
async def test_control_records_need_a_write_key_and_signals_do_not(
    edge: Edge, record: dict[str, Any]
) -> None:
    control = await edge.client.post("/events", data=json.dumps(record))
    signal = await edge.client.post("/events", data=json.dumps(PAGE))
    unknown = await edge.client.post("/events", data=json.dumps(PAGE), headers={"Authorization": "Bearer x"})

    assert (control.status, signal.status, unknown.status) == (401, 200, 401)
    assert [entry.topic for entry in edge.producer.sent] == ["intent.web.v1"]


async def test_receipt_and_tenant_are_the_senders_only_where_the_sender_is_known() -> None:
    body = json.dumps(PAGE | {"received_at": "2026-03-01T00:00:00Z", "tenant_id": "other"})
    async with collector(write_keys=(WriteKey("k1"), WriteKey("k2", "shop", "acme"))) as edge:
        for key in ("k1", "k2"):
            await edge.client.post("/events", data=body, headers={"Authorization": f"Bearer {key}"})
        await edge.client.post("/events", data=body)
    stamps = [(v["received_at"], v.get("tenant_id")) for v in edge.producer.values("intent.web.v1")]

    assert stamps == [
        ("2026-03-01T00:00:00Z", "other"),
        ("2026-03-01T00:00:00Z", "acme"),
        ("2026-11-22T12:00:00.000Z", None),
    ]


CE = {
    "specversion": "1.0",
    "id": "ce-1",
    "source": "https://shop.example",
    "type": "com.example.intent.page_view.v1",
    "time": "2026-11-22T10:00:00Z",
    "partitionkey": "acme.example",
    "accountid": "acct-77",
    "data": {"anonymous_id": "a-1", "url": "https://x.example/pricing", "empty": ""},
}


@pytest.mark.parametrize("mode", ["structured", "batch", "binary", "base64"])
async def test_a_cloudevent_is_the_type_its_name_ends_in(edge: Edge, mode: str) -> None:
    plain = {name: member for name, member in CE.items() if name != "data"}
    encoded = plain | {"data_base64": b64encode(json.dumps(CE["data"]).encode()).decode()}
    bodies = {"structured": CE, "batch": [CE], "binary": CE["data"], "base64": encoded}
    headers = {"structured": "application/cloudevents+json", "batch": "application/cloudevents-batch+json"}
    sent = {"Content-Type": headers.get(mode, "application/json")}
    if mode == "binary":
        sent |= {f"ce-{name}": str(text) for name, text in CE.items() if name != "data"}
    answer = await edge.post("/events", bodies[mode], headers=sent)

    assert answer.status == 200
    (record,) = edge.producer.sent
    assert (record.topic, record.key) == ("intent.web.v1", b"acme.example")
    assert json.loads(record.value) == {
        "anonymous_id": "a-1",
        "url": "https://x.example/pricing",
        "event_id": "ce-1",
        "source": "https://shop.example",
        "type": "page_view",
        "schema_version": 1,
        "occurred_at": "2026-11-22T10:00:00.000Z",
        "received_at": "2026-11-22T12:00:00.000Z",
        "account_id": "acct-77",
        "page_category": "pricing",
        "session_source": "unknown",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"source": None},
        {"data": "text"},
        {"time": "soon"},
        {"type": "x"},
        {"data": None, "data_base64": "!"},
        {"data": None, "data_base64": "e30x"},
    ],
)
async def test_a_broken_cloudevent_is_set_aside(edge: Edge, change: dict[str, Any]) -> None:
    answer = await edge.post("/events", CE | change)

    assert answer.status == 200
    assert len(edge.producer.dead()) == 1


async def test_a_pixel_is_always_the_image(edge: Edge) -> None:
    edge.producer.away = True
    for query in (
        "",
        "?t=nonsense",
        "?u=https://x.example/pricing&aid=a-1",
        "?t=open&email=d@x.example&writeKey=no",
    ):
        for method in ("GET", "HEAD"):
            answer = await edge.client.request(method, "/px.gif" + query)

            assert answer.status == 200
            assert answer.content_type == "image/gif"
            assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
            assert await answer.read() == (GIF if method == "GET" else b"")


async def test_a_pixel_is_a_page_view_with_what_its_query_says(edge: Edge) -> None:
    query = "site=site&u=https%3A%2F%2Fx.example%2Fpricing&r=https%3A%2F%2Fwww.google.com%2F&aid=a-1&id=px-1"
    await edge.client.get(
        "/px.gif?" + query, headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/156"}
    )

    assert edge.producer.values("intent.web.v1") == [
        {
            "event_id": "px-1",
            "source": "site",
            "type": "page_view",
            "schema_version": 1,
            "occurred_at": "2026-11-22T12:00:00.000Z",
            "received_at": "2026-11-22T12:00:00.000Z",
            "anonymous_id": "a-1",
            "url": "https://x.example/pricing",
            "page_category": "pricing",
            "session_source": "organic_search",
        }
    ]


async def test_a_visitor_keeps_the_id_of_the_first_image(edge: Edge) -> None:
    first = await edge.client.get("/px.gif?u=https://x.example/docs")
    cookie = first.cookies["intent_id"]
    await edge.client.get("/px.gif?u=https://x.example/docs", headers={"Cookie": f"intent_id={cookie.value}"})
    ids = {value["anonymous_id"] for value in edge.producer.values("intent.web.v1")}

    assert ids == {cookie.value}
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert int(cookie["max-age"]) <= 13 * 31 * 86_400


async def test_who_opted_out_gets_no_cookie(edge: Edge) -> None:
    answer = await edge.client.get("/px.gif?u=https://x.example/docs", headers={"Sec-GPC": "1"})

    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("agent", "mark"),
    [
        ("Mozilla/5.0", {"is_machine_open": True}),
        ("Mozilla/5.0 (Windows NT 5.1) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", {}),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0", {}),
        ("python-requests/2.3", {"is_bot": True, "bot_reason": "user_agent"}),
        ("", {"is_bot": True, "bot_reason": "empty_user_agent"}),
    ],
)
async def test_opens_know_people_from_machines(edge: Edge, agent: str, mark: dict[str, Any]) -> None:
    path = "/px.gif?t=open&email=d%40x.example&email_id=mail-1"
    await edge.client.get(path, headers={"User-Agent": agent})
    (value,) = edge.producer.values("intent.email.v1")
    marks = {name: value[name] for name in ("is_bot", "bot_reason", "is_machine_open") if name in value}

    assert marks == mark
    assert "anonymous_id" not in value


async def test_a_head_request_of_an_image_is_a_scanner(edge: Edge) -> None:
    await edge.client.head("/px.gif?u=https://x.example/docs&aid=a")
    (value,) = edge.producer.values("intent.web.v1")

    assert value["bot_reason"] == "head_request"
    assert NOW.isoformat()[:10] in value["received_at"]
