"""Requests captured from published clients, and what the collector makes of them."""

import base64
import json
from typing import Any

from support.collector import FIXTURES, collector

CAPTURES = {path.stem: json.loads(path.read_text()) for path in sorted((FIXTURES / "clients").glob("*.json"))}


async def replay(client: Any, row: dict[str, Any]) -> Any:
    """Send a captured request as it was sent; `client` is a test client."""
    if row.get("body_wire_base64"):
        data: bytes | None = base64.b64decode(row["body_wire_base64"])
    elif row["body_kind"] == "json":
        data = json.dumps(row["body"]).encode()
    else:
        data = row["body"].encode() if row["body"] else None
    path = row["path"] + (f"?{row['query_raw']}" if row["query_raw"] else "")
    return await client.request(
        row["method"], path, data=data, headers=row["headers"], skip_auto_headers=["Content-Type"]
    )


async def records_of(client: str) -> list[dict[str, Any]]:
    """What a fresh collector sends to Kafka for the requests of a client, in order."""
    paths = ("com.snowplowanalytics.snowplow/tp2", "com.acme/track")
    async with collector(snowplow_paths=paths, snowplow_heartbeat=1, snowplow_min_visit=1) as edge:
        for row in CAPTURES[client]:
            if row.get("transport") != "kafka":
                answer = await replay(edge.client, row)
                await answer.read()
        return [told(record) for record in edge.producer.sent]


def told(record: Any) -> dict[str, Any]:
    """A record as JSON; of a dead letter its reason and its original."""
    key = record.key.decode() if record.key else None
    reason = dict(record.headers).get("intent.error.code")
    if reason is not None:
        return {"topic": record.topic, "reason": reason.decode(), "original": record.value.decode()}
    return {"topic": record.topic, "key": key, "value": json.loads(record.value)}
