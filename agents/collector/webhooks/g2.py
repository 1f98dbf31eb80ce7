"""G2: leads as a form or buyer intent as JSON, read by the columns of a feed."""

from collections.abc import Sequence
from typing import Final

from agents.collector.feeds import FeedOptions, record_of, texts_of
from agents.collector.records import RawRecord
from agents.collector.segment import Arrival
from agents.collector.webhooks.hook import Event, Hook, split_under


def to_records(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """One visit of a company to a page of the review site. Raises Refusal."""
    options = FeedOptions(
        received_at=arrival.received_at, source=arrival.source, tenant=arrival.tenant, provider="g2"
    )
    return (record_of(texts_of(event), options),)


HOOK: Final = Hook(to_records, split_under("data"))
