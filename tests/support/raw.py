"""Raw input records for tests: say only what matters; `None` as a value takes a field out."""

from typing import Any

import msgspec

from schemas.signal import SignalRecord
from streams.domains import shipped_lists
from streams.intake import Intake, Refused, Routed, Taxonomy

INTAKE = Intake(shipped_lists())
TYPES = {
    "intent.web.v1": "page_view",
    "intent.email.v1": "click",
    "intent.content.v1": "download_consumed",
    "intent.thirdparty.v1": "topic_surge",
    "intent.accounts.v1": "account",
    "intent.contacts.v1": "contact",
    "intent.dispositions.v1": "disposition",
    "intent.erase.v1": "erase",
    "intent.policy.v1": "policy",
}
WEB, EMAIL, CONTENT, THIRD_PARTY, ACCOUNTS, CONTACTS, DISPOSITIONS, ERASE, POLICY = TYPES
AT = 1_773_659_220_000  # 2026-03-16T11:07:00Z


def a_raw(topic: str = WEB, **fields: Any) -> dict[str, Any]:
    """The least record of a topic, and these fields. A type may be given as `type`."""
    record = {
        "event_id": "evt-1",
        "source": "test",
        "type": TYPES[topic],
        "occurred_at": "2026-03-16T11:07:00Z",
        **(
            {"sales_ready_id": "latest", "account_id": "acc-1", "status": "accepted"}
            if topic == DISPOSITIONS
            else {}
        ),
        **fields,
    }
    return {name: value for name, value in record.items() if value is not None}


def take(
    topic: str = WEB, *, timestamp_ms: int | None = None, taxonomy: Taxonomy | None = None, **fields: Any
) -> Routed | Refused:
    """What intake makes of such a record."""
    value = msgspec.json.encode(a_raw(topic, **fields))
    return INTAKE.take(topic, b"key", value, 3, 42, timestamp_ms, taxonomy or {})


def routed(topic: str = WEB, **fields: Any) -> Routed:
    """As take, for records that are good."""
    outcome = take(topic, **fields)
    assert isinstance(outcome, Routed), outcome
    return outcome


def signal(topic: str = WEB, **fields: Any) -> Any:
    """The record of the log that a good record becomes."""
    found: SignalRecord = routed(topic, **fields).record
    return found


def home(topic: str = WEB, **fields: Any) -> str:
    """The address of a good record's home, without the tenant."""
    return routed(topic, **fields).home.partition("/")[2]


def refused(topic: str = WEB, **fields: Any) -> str:
    """The reason code of a bad record."""
    outcome = take(topic, **fields)
    assert isinstance(outcome, Refused), outcome
    return outcome.letter.reason.value
