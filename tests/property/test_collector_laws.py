"""Whatever is sent, the collector answers, and every item is either a record or a dead letter."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.collector import NOW, Edge, collector

from agents.collector import posthog, snowplow
from agents.collector.segment import Arrival, to_record
from agents.collector.webhook_routes import HOOKS
from schemas.codec import Refusal

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    "type event userId anonymousId groupId previousId messageId timestamp context properties traits".split()
)
kinds = st.sampled_from("track page screen identify group alias other".split())
events = st.sampled_from(["page_view", "Page Engagement", "click", "topic surge", "webinarAttended", "x", ""])
inner = st.dictionaries(
    st.sampled_from("email url referrer page campaign userAgent ip groupId traits consent score".split()),
    anything,
    max_size=5,
)
messages = st.builds(
    lambda base, more: {**base, **more},
    st.dictionaries(names, anything, max_size=6),
    st.fixed_dictionaries(
        {},
        optional={
            "type": kinds,
            "event": events,
            "context": inner,
            "properties": inner,
            "traits": inner,
            "userId": st.text(min_size=1),
            "anonymousId": st.text(min_size=1),
        },
    ),
)


@given(messages)
def test_a_message_is_a_record_or_a_refusal(message: dict[str, Any]) -> None:
    with suppress(Refusal):  # the only way out but a record
        sent = to_record(message, "track", Arrival(received_at=NOW, source="site")).outgoing("p.")

        assert sent.topic.startswith("p.intent.")


vendor_names = st.sampled_from(
    "event email timestamp recipient event-data RecordType ReceivedAt payload object participant registrant"
    " join_time leave_time eventName webinarKey subscriptionType propertyName propertyValue objectId occurredAt"
    " attributes Status sales_ready_id activityTypeId activityDate leadId liveminutes company_domain time"
    " signal_type e url dtm stm ue_pr co vp ds properties distinct_id type".split()
)
vendor_words = st.sampled_from(
    "click open delivered Open Bounce webinar.participant_left registrant.joined contact.propertyChange"
    " company.propertyChange lifecyclestage hs_lead_status 1 2 10 pv pp ue se $pageleave $groupidentify"
    " $identify 2026-11-22T10:00:00Z 1e400 99999999999999999999 a@b.example".split()
)
vendor_events = st.recursive(
    st.dictionaries(vendor_names, scalars | vendor_words, max_size=8),
    lambda inner: st.dictionaries(vendor_names, inner | scalars | vendor_words, max_size=5),
    max_leaves=6,
)


@settings(max_examples=300)
@given(vendor_events, st.sampled_from(sorted(HOOKS)))
def test_a_vendors_event_is_records_or_a_refusal(event: dict[str, Any], vendor: str) -> None:
    with suppress(Refusal):
        for made in HOOKS[vendor].to_records(event, Arrival(received_at=NOW, source=vendor)):
            made.outgoing("")


@settings(max_examples=300)
@given(vendor_events)
def test_an_event_of_a_tracker_or_of_posthog_is_a_record_or_a_refusal(event: dict[str, Any]) -> None:
    arrival = Arrival(received_at=NOW, source="site")
    visit = snowplow.Visit("site", snowplow.Heartbeats(10, 5), ("account",))
    for read in (
        lambda: snowplow.to_message(event, visit),
        lambda: posthog.to_message(event, NOW),
    ):
        with suppress(Refusal):
            to_record(read(), "track", arrival).outgoing("")


async def post(edge: Edge, path: str, body: bytes) -> int:
    answer = await edge.post(path, body)
    await answer.read()
    return int(answer.status)


@settings(max_examples=60)
@given(st.lists(messages | anything, max_size=6))
def test_every_item_of_a_batch_is_accounted_for(items: list[Any]) -> None:
    async def run() -> None:
        async with collector() as edge:
            assert await post(edge, "/v1/batch", json.dumps({"batch": items}).encode()) == 200
            assert len(edge.producer.sent) == len(items)

    asyncio.run(run())


@settings(max_examples=60)
@given(
    st.sampled_from(
        ["/v1/batch", "/v1/track", "/events", "/v1/feeds/generic", "/collect", "/com.acme/x", "/i", "/batch"]
        + ["/com.snowplowanalytics.snowplow/tp2", "/v1/feeds/bombora", "/webhooks/generic"]
        + [f"/webhooks/{vendor}" for vendor in HOOKS]
    ),
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps(value).encode())
    | st.text().map(str.encode),
)
def test_no_body_makes_the_collector_fail(path: str, body: bytes) -> None:
    async def run() -> None:
        async with collector() as edge:
            assert await post(edge, path, body) in (200, 400, 401, 413)

    asyncio.run(run())
