"""The envelope of every decision we publish: a structured CloudEvent 1.0, its blocks in `data`."""

from typing import Final, Literal

import msgspec

CONTENT_TYPE: Final = b"application/cloudevents+json; charset=UTF-8"
SOURCE: Final = "intent-signals"


class CloudEvent(msgspec.Struct, kw_only=True, gc=False):
    """What all our events share. `id` is the same on every replay; `time` is the decision's event time."""

    id: str
    type: str
    subject: str  # the account_id; the domain where the CRM has none; the person where there is no company
    time: str  # RFC 3339, UTC, milliseconds
    source: str = SOURCE
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: str = "application/json"
    dataschema: str = ""
    partitionkey: str = ""  # the account's home, which is the record's key
    accountid: str | msgspec.UnsetType = msgspec.UNSET  # an extension without a value is left out
    contactid: str | msgspec.UnsetType = msgspec.UNSET
    tier: str | msgspec.UnsetType = msgspec.UNSET


def schema_id(record: str, version: int = 1) -> str:
    """The `$id` of a record's JSON Schema, which is the `dataschema` of its events."""
    return f"urn:intent-signals:schema:{record}:v{version}"
