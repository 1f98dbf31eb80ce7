"""When and in which tenant: the parts of the envelope that every record of the log begins with."""

from functools import lru_cache
from typing import Final

import msgspec

from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.inputs.envelope import Envelope
from schemas.signal import Trace
from streams.normalise import ms_of

DEFAULT_TENANT: Final = "default"
_TENANT_CHARS: Final = 128
_NOT_IN_TENANT: Final = frozenset("/|*")  # they part homes, event ids and broadcasts


class Moment(msgspec.Struct, frozen=True, gc=False):
    """Where and when a record came in. `at` and `received` in ms UTC; `future`: `at` was clamped."""

    tenant: str
    at: int
    received: int
    future: bool
    trace: Trace


def moment_of(record: Envelope, trace: Trace, timestamp_ms: int | None, future_ms: int) -> Moment:
    """Tenant and times of a record: an event time more than `future_ms` ahead of receipt becomes the receipt.

    The receipt is received_at, else the Kafka timestamp, else the event time. Raises Refusal on bad ones.
    """
    at = ms_of(record.occurred_at, "$.occurred_at")
    if record.received_at is not None:
        received = ms_of(record.received_at, "$.received_at")
    else:
        received = at if timestamp_ms is None or timestamp_ms < 0 else timestamp_ms
    future = at > received + future_ms
    tenant = _tenant_of(record.tenant_id) if record.tenant_id else DEFAULT_TENANT
    return Moment(tenant, received if future else at, received, future, trace)


@lru_cache(maxsize=1024)
def _tenant_of(text: str) -> str:
    """The tenant's name. Raises Refusal on one that could not be taken apart from what stands behind it."""
    if len(text) > _TENANT_CHARS or not _NOT_IN_TENANT.isdisjoint(text) or not text.isprintable():
        raise Refusal(Reason.BAD_TENANT, "$.tenant_id")
    return text
