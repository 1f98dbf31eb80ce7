"""The published contract: JSON Schema files made from the types, one a record and version.

`python -m schemas.generate` writes them to schemas/jsonschema/; a test fails where they and the types differ.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.cloud_event import schema_id
from schemas.codec import INPUT_TYPES
from schemas.dead_letter import DeadLetterRecord
from schemas.recycled import Recycled
from schemas.review import Review
from schemas.sales_ready import SalesReady
from schemas.score import Score
from schemas.score_change import ScoreChange
from schemas.signal import SignalRecord, Tick
from schemas.sla import Sla
from schemas.topics import BY_NAME
from schemas.watch import Watch

FOLDER: Final = Path(__file__).parent / "jsonschema"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
VERSION: Final = 1
RECORDS: Final[dict[str, Any]] = {BY_NAME[topic].record: record for topic, record in INPUT_TYPES.items()} | {
    "signal": SignalRecord,
    "tick": Tick,
    "sales-ready": SalesReady,
    "watch": Watch,
    "review": Review,
    "recycled": Recycled,
    "sla": Sla,
    "score": Score,
    "score-change": ScoreChange,
    "dead-letter": DeadLetterRecord,
}


def schema_of(record: str) -> dict[str, Any]:
    """The JSON Schema of a record by its name in the registry."""
    found = msgspec.json.schema(RECORDS[record])
    for part in found.get("$defs", {}).values():
        receipt = part.get("properties", {}).get("received_at")
        if receipt is not None and "anyOf" in receipt:
            receipt["anyOf"].append({"enum": [""]})  # "" is absent here too; the codec takes a second look
    return {"$schema": DIALECT, "$id": schema_id(record, VERSION), "title": f"{record} v{VERSION}"} | found


def schema_text(record: str) -> str:
    """The file's content."""
    encoded = msgspec.json.encode(schema_of(record), order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def schema_path(record: str) -> Path:
    """Where the file lies."""
    return FOLDER / f"{record}.v{VERSION}.schema.json"


def write_all() -> None:
    """Write every schema, and remove what no record has any more."""
    FOLDER.mkdir(exist_ok=True)
    paths = {schema_path(record): schema_text(record) for record in RECORDS}
    for stale in set(FOLDER.glob("*.schema.json")) - set(paths):
        stale.unlink()
    for path, text in paths.items():
        path.write_text(text)


if __name__ == "__main__":
    write_all()
