"""Whatever is sent, the collector answers, and every item is either a record or a dead letter."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.collector import NOW, Edge, collector

from agents.collector.segment import Arrival, to_record
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
        ["/v1/batch", "/v1/track", "/events", "/v1/feeds/generic", "/collect", "/com.acme/x", "/i"]
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
