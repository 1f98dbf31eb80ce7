"""Laws of intake: nothing raises, nothing is lost, a home follows from the record alone."""

import json
from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.malformed import TOPICS, anything, encoded, good, identities, malformed
from support.raw import CONTACTS, INTAKE, TYPES, WEB, a_raw

from schemas.codec import INPUT_TYPES
from schemas.dead_letter import original_bytes
from schemas.home import split_home
from schemas.signal import decode_signal, encode_signal
from streams.domains import Domains, shipped_lists
from streams.identity import NO_MAILBOX, mailbox
from streams.intake import Refused, Routed
from streams.placement import home_of

DOMAINS = Domains(shipped_lists())


@settings(max_examples=10_000)
@given(malformed)
def test_a_malformed_record_is_refused_with_a_reason_and_its_bytes(record: tuple[str, bytes | None]) -> None:
    topic, value = record

    outcome = INTAKE.take(topic, b"k", value, 1, 2, None, {})

    assert isinstance(outcome, Refused), outcome
    assert outcome.letter.value is value
    assert original_bytes(outcome.letter.record()) == (value or b"")
    msgspec.json.encode(outcome.letter.record())
    all(text.decode() for _, text in outcome.letter.headers(app_id="x", failed_at_ms=0))


@settings(max_examples=1_000)
@given(st.sampled_from(TOPICS), st.one_of(st.binary(max_size=60), anything.map(lambda value: _json(value))))
def test_whatever_comes_there_is_an_outcome(topic: str, value: bytes) -> None:
    outcome = INTAKE.take(topic, None, value, 0, 0, None, {})

    assert isinstance(outcome, Routed | Refused)


@settings(max_examples=1_000)
@given(st.sampled_from(TOPICS), st.data())
def test_whatever_a_field_holds_there_is_an_outcome(topic: str, data: st.DataObject) -> None:
    names = [field.name for field in msgspec.structs.fields(_struct_of(topic))]
    fields = data.draw(st.dictionaries(st.sampled_from(names), anything, max_size=4))

    outcome = INTAKE.take(topic, None, _json({**good(topic), **fields}), 0, 0, None, {})

    assert isinstance(outcome, Routed | Refused)
    if isinstance(outcome, Routed):
        assert decode_signal(encode_signal(outcome.record)) == outcome.record


@given(st.sampled_from(TOPICS), identities)
def test_what_is_taken_survives_the_log_with_its_home(topic: str, fields: dict[str, object]) -> None:
    outcome = INTAKE.take(topic, None, encoded(good(topic, **fields)), 0, 0, None, {})
    if isinstance(outcome, Refused):
        return
    again = decode_signal(encode_signal(outcome.record))

    assert again == outcome.record
    assert split_home(outcome.home).tenant == outcome.record.tenant
    if topic in (WEB, CONTACTS):
        assert home_of(again) == outcome.home  # type: ignore[arg-type]


@given(identities, st.sampled_from(sorted(set(TYPES) - {CONTACTS})))
def test_the_key_a_record_came_with_changes_nothing(fields: dict[str, object], topic: str) -> None:
    value = encoded(good(topic, **fields))

    one = INTAKE.take(topic, b"one", value, 0, 0, None, {})
    other = INTAKE.take(topic, None, value, 0, 0, None, {})

    if isinstance(one, Routed):
        assert one == other


@given(identities)
def test_normalising_twice_is_normalising_once(fields: dict[str, object]) -> None:
    outcome = INTAKE.take(WEB, None, encoded(a_raw(WEB, **fields)), 0, 0, None, {})
    if isinstance(outcome, Refused):
        return
    act = outcome.record
    said = {
        "contact_id": act.contact_id, "email": act.email if act.email_kind != "hashed" else "",
        "email_hash": act.email if act.email_kind == "hashed" else "", "anonymous_id": act.anonymous_id,
        "account_id": act.account_id, "account_domain": act.account_domain, "tenant_id": act.tenant,
        "account_match": {"method": act.match, "confidence": act.confidence / 1000},
    }  # fmt: skip

    again = INTAKE.take(WEB, None, encoded(a_raw(WEB, **said)), 0, 0, None, {})

    assert again == outcome


@settings(max_examples=1_000)
@given(
    st.one_of(
        st.text(max_size=30), st.emails(), st.builds("{}@{}".format, st.text(max_size=9), st.text(max_size=9))
    )
)
def test_an_address_is_its_own_normal_form(text: str) -> None:
    found = mailbox(text, DOMAINS)

    if found is not NO_MAILBOX:
        assert mailbox(found.address, DOMAINS) == found


@settings(max_examples=1_000)
@given(st.one_of(st.text(max_size=30), st.from_regex(r"[a-zäß0-9.\-]{1,40}", fullmatch=True)))
def test_a_registrable_domain_is_its_own(text: str) -> None:
    found = DOMAINS.company(text)

    assert DOMAINS.company(found.name) == found or found.kind in ("freemail", "disposable")
    assert ":" not in found.name
    assert "/" not in found.name


def _json(value: object) -> bytes:
    """JSON of anything, whatever its integers."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _struct_of(topic: str) -> type[msgspec.Struct]:
    record = INPUT_TYPES[topic]
    return (get_args(record) or (record,))[0]  # type: ignore[no-any-return]
