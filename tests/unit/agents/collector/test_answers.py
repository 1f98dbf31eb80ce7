"""Statuses, bodies and CORS: what each client needs to go on, stop, or try again."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.collector import KEY, Edge, collector

from agents.collector.settings import WriteKey

PAGE = {
    "type": "page",
    "messageId": "m-1",
    "anonymousId": "a-1",
    "properties": {"url": "https://x.example/pricing"},
}
BATCH = {"batch": [PAGE]}


async def code(answer: Any) -> str:
    """The code of an error answer, whose body every client can read."""
    body = await answer.json()
    assert body["success"] is False
    assert isinstance(body["message"], str)
    return str(body["code"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "invalid_json"),
        (b"nothing at all", "invalid_json"),
        (b"", "empty_body"),
        (b"[1]", "invalid_shape"),
        (b'{"batch": 3}', "invalid_shape"),
        (b"{}", "invalid_shape"),
        (b"\x1f\x8bbroken", "invalid_encoding"),
        (b'{"batch":' + b"[" * 5000 + b"]" * 5000 + b"}", "invalid_json"),
    ],
)
async def test_an_unreadable_batch_is_400_and_stores_nothing(edge: Edge, body: bytes, expected: str) -> None:
    answer = await edge.post("/v1/batch", body)

    assert answer.status == 400
    assert await code(answer) == expected
    assert edge.producer.sent == []


async def test_good_items_of_a_batch_are_kept_and_bad_ones_set_aside_with_their_bytes(edge: Edge) -> None:
    bad = b'{"type": "track",  "event":"Nonsense", "userId":"u"}'
    body = (
        b'{"batch": [' + json.dumps(PAGE).encode() + b", " + bad + b', 7, {"type":"page","messageId":"x"}]}'
    )
    answer = await edge.post("/v1/batch", body)

    assert answer.status == 200
    assert len(edge.producer.values("intent.web.v1")) == 1
    assert edge.producer.dead() == [
        ("unknown_type", bad),
        ("not_an_object", b"7"),
        ("missing_identity", b'{"type":"page","messageId":"x"}'),
    ]


async def test_one_item_with_half_a_surrogate_pair_does_not_spoil_its_batch(edge: Edge) -> None:
    odd = json.dumps(PAGE | {"properties": {"url": "https://x.example/pricing", "campaign_id": "\ud83d"}})
    answer = await edge.post("/v1/batch", '{"batch": [' + odd + "]}")

    assert answer.status == 200
    assert edge.producer.values("intent.web.v1")[0]["campaign_id"] == "\ufffd"


@pytest.mark.parametrize(
    "encoding", ["gzip", "deflate", "raw deflate", "unlabelled gzip", "mislabelled plain"]
)
async def test_bodies_are_decoded_by_content(edge: Edge, encoding: str) -> None:
    plain = b"\xef\xbb\xbf" + json.dumps(BATCH).encode()
    raw = zlib.compressobj(wbits=-15)
    bodies = {
        "gzip": (gzip.compress(plain), "gzip"),
        "deflate": (zlib.compress(plain), "deflate"),
        "raw deflate": (raw.compress(plain) + raw.flush(), "deflate"),
        "unlabelled gzip": (gzip.compress(plain), None),
        "mislabelled plain": (plain, "gzip"),
    }
    body, label = bodies[encoding]
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | (
        {"Content-Encoding": label} if label else {}
    )
    answer = await edge.post("/v1/batch", body, headers=headers)

    assert answer.status == 200
    assert len(edge.producer.values("intent.web.v1")) == 1


async def test_a_bomb_is_refused_before_it_grows(edge: Edge) -> None:
    answer = await edge.post("/v1/batch", gzip.compress(b" " * 50_000_000))

    assert answer.status == 400
    assert await code(answer) == "body_too_large"


async def test_a_large_body_is_400_on_message_paths_and_413_on_feeds() -> None:
    async with collector(max_body_bytes=2000, max_feed_bytes=2000) as edge:
        batch = await edge.post("/v1/batch", b"{" + b" " * 3000)
        feed = await edge.post("/v1/feeds/generic", b"domain,topic,score,date\n" * 200)

        assert (batch.status, await code(batch)) == (400, "body_too_large")
        assert (feed.status, await code(feed)) == (413, "feed_too_large")


async def test_an_event_beyond_the_limit_is_a_dead_letter_in_a_batch_and_400_alone(edge: Edge) -> None:
    large = PAGE | {"properties": {"x": "y" * 40_000}}
    batch = await edge.post("/v1/batch", {"batch": [large, PAGE]})
    single = await edge.post("/v1/page", large)

    assert batch.status == 200
    assert [reason for reason, _ in edge.producer.dead()] == ["too_large"]
    assert (single.status, await code(single)) == (400, "event_too_large")


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" "
            await asyncio.sleep(0.05)

    async with collector(read_timeout=0.2) as edge:
        answer = await edge.client.post("/v1/batch", data=drip(), headers={"X-Write-Key": KEY})

        assert (answer.status, await code(answer)) == (408, "read_timeout")


@pytest.mark.parametrize("kind", ["body", "basic", "basic without colon", "bearer", "query"])
async def test_the_write_key_is_found_wherever_clients_put_it(edge: Edge, kind: str) -> None:
    basic = {"basic": "dGVzdC13cml0ZS1rZXk6", "basic without colon": "dGVzdC13cml0ZS1rZXk="}
    headers = {"Authorization": f"Basic {basic[kind]}"} if kind in basic else {}
    headers |= {"Authorization": f"Bearer {KEY}"} if kind == "bearer" else {}
    body = BATCH | ({"writeKey": KEY} if kind == "body" else {})
    path = "/v1/batch" + (f"?writeKey={KEY}" if kind == "query" else "")
    answer = await edge.client.post(path, data=json.dumps(body), headers=headers)

    assert answer.status == 200


async def test_a_missing_or_unknown_write_key_is_401(edge: Edge) -> None:
    missing = await edge.client.post("/v1/batch", data=json.dumps(BATCH))
    unknown = await edge.client.post("/v1/batch", data=json.dumps(BATCH | {"writeKey": "other"}))

    assert (missing.status, await code(missing)) == (401, "write_key_missing")
    assert (unknown.status, await code(unknown)) == (401, "write_key_unknown")
    assert edge.producer.sent == []


async def test_two_keys_of_one_source_keep_its_dedupe() -> None:
    async with collector(write_keys=(WriteKey("new", "shop", "t1"), WriteKey("old", "shop", "t1"))) as edge:
        for key in ("old", "new"):
            await edge.client.post("/v1/batch", data=json.dumps(BATCH | {"writeKey": key}))
    values = edge.producer.values("intent.web.v1")

    assert {(value["source"], value["tenant_id"], value["event_id"]) for value in values} == {
        ("shop", "t1", "m-1")
    }


async def test_without_configured_keys_only_this_machine_is_served() -> None:
    async with collector(write_keys=()) as edge:
        local = await edge.client.post("/v1/batch", data=json.dumps(BATCH))
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        remote = await edge.client.post("/v1/batch", data=json.dumps(BATCH), headers=elsewhere)
        rebound = await edge.client.post(
            "/v1/batch", data=json.dumps(BATCH), headers={"Host": "evil.example"}
        )

    assert (local.status, remote.status, rebound.status) == (200, 401, 401)


async def test_kafka_away_is_503_with_retry_after_and_cors(edge: Edge) -> None:
    edge.producer.away = True
    answer = await edge.post("/v1/batch", BATCH, headers={"Origin": "https://www.example.com"})

    assert (answer.status, await code(answer)) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t", "/com.acme/tp2", "/nowhere", "/px.gif"])
async def test_a_preflight_needs_no_key_and_echoes_what_it_asks(edge: Edge, path: str) -> None:
    asked = {
        "Origin": "https://www.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-retry-count,rsa-retry-attempt,sp-anonymous",
    }
    answer = await edge.client.options(path, headers=asked)

    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == asked["Origin"]
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Access-Control-Allow-Headers"] == asked["Access-Control-Request-Headers"]
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, HEAD, OPTIONS"
    assert answer.headers["Access-Control-Max-Age"] == "600"
    assert answer.headers["Vary"] == "Origin"


async def test_an_origin_that_is_not_allowed_gets_no_cors() -> None:
    async with collector(allowed_origins=("https://ours.example",)) as edge:
        ours = await edge.post("/v1/batch", BATCH, headers={"Origin": "https://ours.example"})
        other = await edge.post("/v1/batch", BATCH, headers={"Origin": "https://other.example"})

    assert ours.headers["Access-Control-Allow-Origin"] == "https://ours.example"
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("path", ["/", "/accounts", "/accounts/a/explain", "/metrics"])
async def test_no_other_site_may_read_scores(edge: Edge, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        answer = await edge.client.request(method, path, headers={"Origin": "https://evil.example"})

        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    "short", ["t", "p", "i", "g", "s", "a", "track", "page", "identify", "group", "merge"]
)
async def test_short_and_long_paths_exist_with_and_without_a_slash(edge: Edge, short: str) -> None:
    for path in (f"/v1/{short}", f"/v1/{short}/"):
        answer = await edge.post(
            path, {"messageId": "m", "userId": "u", "groupId": "g", "event": "Page View"}
        )

        assert answer.status == 200
    assert edge.producer.dead() == []


async def test_a_form_and_a_beacon_carry_the_same_message(edge: Edge) -> None:
    form = (
        "type=track&event=page_view&anonymousId=a-1&properties.url=https%3A%2F%2Fx.example%2Fpricing&writeKey="
        + KEY
    )
    beacon = json.dumps(PAGE | {"writeKey": KEY})
    for body, label in ((form, "application/x-www-form-urlencoded"), (beacon, "text/plain;charset=UTF-8")):
        answer = await edge.client.post("/collect", data=body, headers={"Content-Type": label})
        assert answer.status == 200

    assert [value["page_category"] for value in edge.producer.values("intent.web.v1")] == [
        "pricing",
        "pricing",
    ]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
async def test_an_unknown_tracker_path_is_400_for_every_method(edge: Edge, method: str) -> None:
    answer = await edge.client.request(method, "/com.acme/anything")

    assert answer.status == 400


async def test_unknown_paths_and_methods_have_the_error_body_too(edge: Edge) -> None:
    nowhere, wrong = await edge.client.get("/nowhere"), await edge.client.get("/v1/batch")

    assert (nowhere.status, await code(nowhere)) == (404, "not_found")
    assert (wrong.status, await code(wrong)) == (405, "method_not_allowed")


async def test_metrics_name_routes_by_template_and_no_person(edge: Edge) -> None:
    await edge.post("/v1/batch", BATCH)
    await edge.client.get("/accounts/dana@acme.example", headers={"Authorization": "Bearer test-token"})
    text = await (await edge.client.get("/metrics")).text()

    assert 'intent_collector_requests_total{code="200",route="/v1/batch"} 1.0' in text
    assert 'intent_events_received_total{source="site",type="page_view"} 1.0' in text
    assert "dana" not in text
    assert "m-1" not in text


async def test_operations_paths_answer(edge: Edge) -> None:
    statuses = {}
    for path in ("/livez", "/readyz", "/version", "/openapi.json", "/robots.txt", "/health", "/sink-health"):
        statuses[path] = (await edge.client.get(path)).status
    edge.producer.away = True
    statuses["away"] = (await edge.client.get("/readyz")).status
    live = await edge.client.get("/livez")

    assert set(statuses.values()) == {200, 503}
    assert statuses["away"] == 503
    assert live.status == 200
