"""Bytes of an input topic to a typed record, or the reason why not. One decoder a topic, one error type."""

import re
from typing import Any, Final, get_args

import msgspec

from schemas.dead_letter import Reason
from schemas.inputs.content import ContentRecord
from schemas.inputs.control import DispositionRecord, EraseRecord, PolicyRecord, TaxonomyRecord
from schemas.inputs.email import EmailRecord
from schemas.inputs.profiles import AccountRecord, ContactRecord
from schemas.inputs.thirdparty import ThirdPartyRecord
from schemas.inputs.web import WebRecord

INPUT_TYPES: Final[dict[str, Any]] = {
    "intent.web.v1": WebRecord,
    "intent.email.v1": EmailRecord,
    "intent.content.v1": ContentRecord,
    "intent.thirdparty.v1": ThirdPartyRecord,
    "intent.accounts.v1": AccountRecord,
    "intent.contacts.v1": ContactRecord,
    "intent.dispositions.v1": DispositionRecord,
    "intent.erase.v1": EraseRecord,
    "intent.policy.v1": PolicyRecord,
    "intent.taxonomy.v1": TaxonomyRecord,
}
DECODERS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    topic: msgspec.json.Decoder(record) for topic, record in INPUT_TYPES.items()
}


class _Typed(msgspec.Struct):
    """A decoder of one struct takes a record without its tag; this one asks for it."""

    type: str


_HAS_TYPE: Final = msgspec.json.Decoder(_Typed)
_ONE_TYPE: Final = frozenset(
    topic for topic, record in INPUT_TYPES.items() if not get_args(record) and record is not TaxonomyRecord
)
_CLOSED: Final = frozenset(
    "form_kind sender_kind stage review_action status reason lifecycle method state channels opt_outs".split()
)
_PLACE: Final = re.compile(r" - at `(\$[^`]*)`$")
_EMPTY_RECEIPT: Final = "RFC3339 encoded datetime - at `$.received_at`"
_MISSING: Final = re.compile(r"missing required field `([a-z_]+)`")


class Refusal(Exception):
    """A record cannot be taken: one reason, and a detail that holds no value of the record."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def decode_input(topic: str, value: bytes | None) -> Any:
    """The record of an input topic. Raises Refusal on anything that is none."""
    if not value:
        raise Refusal(Reason.EMPTY_VALUE)
    decoder = DECODERS.get(topic)
    if decoder is None:
        raise Refusal(Reason.UNKNOWN_TOPIC)
    try:
        if not value.isascii():
            value.decode()  # the decoder does not look into the fields it skips
        if topic in _ONE_TYPE:
            _HAS_TYPE.decode(value)
        return decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if str(error).endswith(_EMPTY_RECEIPT):
            return _without_receipt(topic, value)
        raise _refusal(error) from None


def _without_receipt(topic: str, value: bytes) -> Any:
    """A second look at a record whose received_at is no time: "" there means absent too."""
    try:
        plain = msgspec.json.decode(value)
        if plain.pop("received_at") != "":
            raise Refusal(Reason.BAD_TIME, "$.received_at")
        return msgspec.convert(plain, INPUT_TYPES[topic])
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refusal(error) from None


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, msgspec.ValidationError):
        return _explained(str(error))
    return Refusal(Reason.TOO_DEEP if isinstance(error, RecursionError) else Reason.INVALID_JSON)


def _explained(message: str) -> Refusal:
    """The decoder's message as reason and detail. It may quote the record: place and types remain."""
    found = _PLACE.search(message)
    place = found.group(1) if found else "$"
    said = message[: found.start()] if found else message
    if missing := _MISSING.search(said):
        return Refusal(Reason.MISSING_FIELD, f"{place}.{missing.group(1)}")
    if "RFC3339" in said:
        return Refusal(Reason.BAD_TIME, place)
    if said.startswith("Invalid"):  # quotes the value
        return Refusal(_unlisted(place), place)
    if place == "$" and said.startswith("Expected `object`"):
        return Refusal(Reason.NOT_AN_OBJECT, said)
    return Refusal(_mismatch(said), f"{place}: {said}")


def _unlisted(place: str) -> Reason:
    if place == "$.type":
        return Reason.UNKNOWN_TYPE
    if place == "$.schema_version":
        return Reason.UNKNOWN_VERSION
    field = place.rpartition(".")[2].partition("[")[0]
    return Reason.UNLISTED_VALUE if field in _CLOSED else Reason.WRONG_TYPE  # text where only "" may be


def _mismatch(said: str) -> Reason:
    if said.endswith("got `null`") or "of length >= 1" in said:
        return Reason.MISSING_FIELD
    if "of length <=" in said:
        return Reason.TOO_LONG
    if "out of range" in said or "<=" in said or ">=" in said:
        return Reason.OUT_OF_RANGE
    return Reason.WRONG_TYPE
