"""Snowplow, PostHog and the pixels: forms of payloads that the captured clients do not show."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest
from support.collector import KEY, Edge, collector

from agents.collector.settings import WriteKey
from agents.collector.snowplow import Heartbeats

TP2 = "/com.snowplowanalytics.snowplow/tp2"
VIEW = {
    "e": "pv",
    "url": "https://x.example/pricing",
    "duid": "d-1",
    "eid": "e-1",
    "aid": "web",
    "tv": "js-4",
}


def payload(*events: Any) -> dict[str, Any]:
    return {
        "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        "data": list(events),
    }


def event(name: str, data: dict[str, Any]) -> dict[str, str]:
    inner = {"schema": f"iglu:com.acme/{name}/jsonschema/1-0-0", "data": data}
    text = json.dumps({"schema": "iglu:x/unstruct_event/jsonschema/1-0-0", "data": inner})
    packed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return {**VIEW, "e": "ue", "ue_px": packed}


async def test_bad_events_of_a_tracker_are_dead_letters_and_the_tracker_is_told_ok(edge: Edge) -> None:
    body = payload(VIEW, {"e": "tr", "duid": "d"}, 3, {"e": "pv", "eid": "e-2"}, {**VIEW, "dtm": "soon"})
    answer = await edge.client.post(TP2, data=json.dumps(body))

    assert (answer.status, await answer.text()) == (200, "ok")
    assert [value["event_id"] for value in edge.producer.values("intent.web.v1")] == ["e-1"]
    assert sorted(edge.producer.dead()) == [
        ("bad_time", json.dumps({**VIEW, "dtm": "soon"}).encode()),
        ("missing_identity", b'{"e": "pv", "eid": "e-2"}'),
        ("not_an_object", b"3"),
        ("unknown_type", b'{"e": "tr", "duid": "d"}'),
    ]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"{}", b'{"data": 3}', b" " * 600_000])
async def test_a_payload_that_cannot_be_read_is_400(edge: Edge, body: bytes) -> None:
    answer = await edge.client.post(TP2, data=body)

    assert answer.status == 400
    assert edge.producer.sent == []


async def test_a_get_is_an_image_with_a_cookie_and_a_head_is_a_machine(edge: Edge) -> None:
    query = {name: text for name, text in VIEW.items() if name != "duid"}
    browser = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36"}
    answer = await edge.client.get("/i", params=query, headers=browser)
    head = await edge.client.head("/i", params=query, headers=browser)
    person, machine = edge.producer.values("intent.web.v1")

    assert (answer.status, answer.content_type, head.status) == (200, "image/gif", 200)
    assert answer.cookies["intent_id"].value == person["anonymous_id"]
    assert machine["bot_reason"] == "head_request"


async def test_a_visitor_who_asks_to_stay_unknown_has_no_cookie_and_no_id_but_the_visits(edge: Edge) -> None:
    headers = {"SP-Anonymous": "*"}
    answer = await edge.client.post(TP2, data=json.dumps(payload({**VIEW, "sid": "s-1"})), headers=headers)
    (value,) = edge.producer.values("intent.web.v1")

    assert "Set-Cookie" not in answer.headers
    assert value["anonymous_id"] == "session-s-1"
    assert value["consent"] == {"state": "unknown", "basis": "sp_anonymous"}


async def test_an_application_id_names_the_source_and_unknown_ones_are_set_aside() -> None:
    async with collector(snowplow_app_ids=(WriteKey("web", "shop", "t1"),)) as edge:
        await edge.client.post(TP2, data=json.dumps(payload(VIEW, {**VIEW, "aid": "other"})))
        (value,) = edge.producer.values("intent.web.v1")

        assert (value["source"], value["tenant_id"]) == ("shop", "t1")
        assert [reason for reason, _ in edge.producer.dead()] == ["unlisted_value"]


@pytest.mark.parametrize(
    ("sent", "stream", "expected"),
    [
        (event("webinar_attended", {"content_id": "w", "minutes": 30}), "content", {"minutes": 30}),
        (
            event("link_click", {"targetUrl": "https://x.example/a/paper-9.pdf"}),
            "content",
            {"content_id": "paper-9"},
        ),
        (
            event(
                "submit_form",
                {"formId": "f", "elements": [{"name": "work_email", "value": "d@acme.example"}]},
            ),
            "web",
            {"email": "d@acme.example", "form_kind": "other"},
        ),
        (
            {**VIEW, "e": "se", "se_ca": "video", "se_ac": "play", "se_la": "v1"},
            "content",
            {"type": "video_played"},
        ),
        ({**VIEW, "ttm": "1795340000000", "dtm": "1"}, "web", {"occurred_at": "2026-11-22T09:33:20.000Z"}),
    ],
)
async def test_a_trackers_event_is_a_record(
    edge: Edge, sent: dict[str, str], stream: str, expected: dict[str, Any]
) -> None:
    await edge.client.post(TP2, data=json.dumps(payload(sent)))
    (value,) = edge.producer.values(f"intent.{stream}.v1")

    assert {name: value.get(name) for name in expected} == expected


def test_engaged_time_counts_each_heartbeat_once_and_forgets_the_oldest_page() -> None:
    pages = Heartbeats(10, 5, most=2)
    times = [pages.dwell(("site", "a"), at * 1000) for at in (10, 10, 21, 22, 95)]

    assert times == [5, 5, 15, 15, 25]
    pages.dwell(("site", "b"), 0)
    pages.dwell(("site", "c"), 0)
    assert pages.dwell(("site", "a"), 200_000) == 5


PAGEVIEW = {
    "event": "$pageview",
    "distinct_id": "d-1",
    "uuid": "u-1",
    "properties": {"$current_url": "https://x.example/pricing", "$device_id": "d-1"},
}


@pytest.mark.parametrize("form", ["object", "array", "batch", "gzip", "form", "form of json"])
@pytest.mark.parametrize("path", ["/e/", "/i/v0/e/", "/batch", "/capture/"])
async def test_posthogs_forms_of_a_body_mean_the_same(edge: Edge, form: str, path: str) -> None:
    one = {"api_key": KEY, **PAGEVIEW}
    text = json.dumps(one)
    bodies = {
        "object": text.encode(),
        "array": json.dumps([one]).encode(),
        "batch": json.dumps({"api_key": KEY, "batch": [PAGEVIEW]}).encode(),
        "gzip": gzip.compress(text.encode()),
        "form": b"data=" + quote(base64.b64encode(text.encode())).encode(),
        "form of json": b"data=" + quote(text).encode(),
    }
    answer = await edge.client.post(path, data=bodies[form], headers={"Content-Type": "text/plain"})
    (value,) = edge.producer.values("intent.web.v1")

    assert (answer.status, await answer.json()) == (200, {"status": 1})
    assert (value["event_id"], value["anonymous_id"], value["page_category"]) == ("u-1", "d-1", "pricing")


async def test_posthog_is_told_413_to_halve_its_batch_and_401_for_a_wrong_key() -> None:
    async with collector(max_body_bytes=2000) as edge:
        large = await edge.client.post("/batch/", data=b"{" + b" " * 3000)
        wrong = await edge.client.post("/batch/", data=json.dumps({"api_key": "x", "batch": [PAGEVIEW]}))

    assert (large.status, wrong.status) == (413, 401)


@pytest.mark.parametrize(
    ("distinct", "alias"),
    [("u-1001", "3f1b9a52-6f0e-4c7e-9a55-0c8a3e1d2b4f"), ("3f1b9a52-6f0e-4c7e-9a55-0c8a3e1d2b4f", "u-1001")],
)
async def test_an_alias_links_the_browsers_id_to_the_person_in_either_order(
    edge: Edge, distinct: str, alias: str
) -> None:
    properties = {"distinct_id": distinct, "alias": alias}
    body = {"api_key": KEY, "event": "$create_alias", "distinct_id": distinct, "properties": properties}
    await edge.client.post("/capture", data=json.dumps(body))
    (value,) = edge.producer.values("intent.contacts.v1")

    assert (value["contact_id"], value["anonymous_id"]) == ("u-1001", "3f1b9a52-6f0e-4c7e-9a55-0c8a3e1d2b4f")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (
            "/v1/pixel/page",
            {
                "data": base64.b64encode(
                    json.dumps(
                        {"writeKey": KEY, "userId": "u", "messageId": "m", "properties": {"url": "/pricing"}}
                    ).encode()
                ).decode()
            },
        ),
        ("/v1/pixel/page", {"writeKey": KEY, "userId": "u", "messageId": "m", "properties.url": "/pricing"}),
        (
            "/pixel/v1/page",
            {"writeKey": KEY, "userId": "u", "messageId": "m", "context.page.url": "/pricing"},
        ),
        (
            "/pixel/v1/track",
            {
                "writeKey": KEY,
                "userId": "u",
                "messageId": "m",
                "event": "Page View",
                "properties.url": "/pricing",
            },
        ),
    ],
)
async def test_the_pixels_of_other_products_are_messages(
    edge: Edge, path: str, query: dict[str, str]
) -> None:
    answer = await edge.client.get(path, params=query)
    (value,) = edge.producer.values("intent.web.v1")

    assert (answer.status, answer.content_type) == (200, "image/gif")
    assert (value["contact_id"], value["event_id"], value["page_category"]) == ("u", "m", "pricing")


@pytest.mark.parametrize(
    "query", ["", "data=%21%21", "writeKey=nope&userId=u", f"writeKey={KEY}&event=x&userId=u"]
)
async def test_a_pixel_is_an_image_whatever_goes_wrong(edge: Edge, query: str) -> None:
    first = await edge.client.get(f"/v1/pixel/track?{query}")
    edge.producer.away = True
    second = await edge.client.get(f"/v1/pixel/track?{query}")

    assert (first.status, second.status) == (200, 200)
    assert edge.producer.values("intent.content.v1") == []
