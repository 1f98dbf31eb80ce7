"""Hypothesis strategies for raw input: records that are good, and ones that are certainly not."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from support.raw import (
    ACCOUNTS,
    CONTACTS,
    CONTENT,
    DISPOSITIONS,
    EMAIL,
    ERASE,
    POLICY,
    THIRD_PARTY,
    TYPES,
    WEB,
    a_raw,
)

TOPICS = tuple(TYPES)
REQUIRED = ("event_id", "source", "type", "occurred_at")
IDENTITY = ("contact_id", "email", "email_hash", "anonymous_id", "account_id", "account_domain")
CLOSED = {
    WEB: ("form_kind",),
    EMAIL: ("sender_kind",),
    CONTENT: ("stage",),
    THIRD_PARTY: ("review_action",),
    ACCOUNTS: ("lifecycle",),
    CONTACTS: ("channels",),
    DISPOSITIONS: ("status", "reason"),
    ERASE: ("type",),
    POLICY: ("type",),
}
NUMBERS = {
    WEB: ("dwell_seconds", "scroll_pct"),
    EMAIL: ("seconds_after_delivery",),
    CONTENT: ("dwell_seconds", "minutes", "completion_pct", "storyline_position"),
    THIRD_PARTY: ("score", "unique_users"),
    ACCOUNTS: ("employees", "revenue"),
    DISPOSITIONS: ("amount",),
}

topics = st.sampled_from(TOPICS)
texts = st.text(min_size=1, max_size=12)
numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
containers = st.one_of(st.lists(texts, max_size=2), st.dictionaries(texts, texts, max_size=2))


def good(topic: str, **fields: Any) -> dict[str, Any]:
    """A record that intake takes."""
    needed: dict[str, Any] = {"contact_id": "c-1"}
    if topic in (ACCOUNTS, THIRD_PARTY, DISPOSITIONS):
        needed = {"account_id": "acc-1"}
    if topic == POLICY:
        needed = {"policy": {"policy_id": "p", "version": 2}}
    return a_raw(topic, **{**needed, **fields})


def encoded(value: Any) -> bytes:
    """A value as JSON bytes."""
    return msgspec.json.encode(value)


@st.composite
def _without_a_required_field(draw: st.DrawFn) -> tuple[str, bytes]:
    topic, field = draw(topics), draw(st.sampled_from(REQUIRED))
    record = good(topic)
    bad = draw(st.sampled_from(["absent", None, "", "wrong"]))
    if bad == "absent":
        del record[field]
    else:
        record[field] = draw(st.one_of(numbers, containers, st.booleans())) if bad == "wrong" else bad
    return topic, encoded(record)


@st.composite
def _about_nobody(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(st.sampled_from([topic for topic in TOPICS if topic != POLICY]))
    record = {name: value for name, value in good(topic).items() if name not in IDENTITY}
    for field in draw(st.sets(st.sampled_from(IDENTITY))):
        record[field] = draw(st.sampled_from([None, ""]))
    if draw(st.booleans()):
        record["account_domain"] = draw(st.sampled_from(["gmail.com", "localhost", "..", "1.2.3.4"]))
    return topic, encoded(record)


@st.composite
def _of_a_wrong_type(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(topics)
    field = draw(
        st.sampled_from(
            ("contact_id", "email", "anonymous_id", "tenant_id", "is_bot", "account_match", "consent")
        )
    )
    wrong = containers.filter(lambda value: isinstance(value, list)) | numbers
    return topic, encoded(good(topic, **{field: draw(wrong)}))


@st.composite
def _unlisted(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(topics)
    field = draw(st.sampled_from(CLOSED[topic]))
    word = "x-" + draw(texts)
    return topic, encoded(good(topic, **{field: [word] if field == "channels" else word}))


@st.composite
def _out_of_range(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(st.sampled_from(tuple(NUMBERS)))
    field = draw(st.sampled_from(NUMBERS[topic]))
    bad = draw(
        st.one_of(
            st.integers(max_value=-1),
            st.integers(min_value=10**16),
            st.floats(max_value=-0.001, allow_infinity=False),
        )
    )
    return topic, encoded(good(topic, **{field: bad}))


@st.composite
def _at_no_time(draw: st.DrawFn) -> tuple[str, bytes]:
    topic, field = draw(topics), draw(st.sampled_from(["occurred_at", "received_at"]))
    bad = draw(
        st.one_of(
            texts,
            st.dates().map(str),
            st.sampled_from(
                [
                    "2026-13-01T00:00:00Z",
                    "2026-03-16T25:00:00Z",
                    "9999-12-31T23:59:59Z",
                    "0001-01-01T00:00:00Z",
                ]
            ),
        )
    )
    return topic, encoded(good(topic, **{field: bad}))


@st.composite
def _of_another_version(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(topics)
    version = draw(
        st.one_of(numbers, texts, st.booleans(), containers).filter(
            lambda found: repr(found) not in ("1", "'1'")
        )
    )
    return topic, encoded(good(topic, schema_version=version))


@st.composite
def _no_json(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(topics)
    whole = encoded(good(topic))
    kind = draw(st.sampled_from(["bytes", "cut", "utf8", "surrogate", "nan", "tail", "bom"]))
    no_utf8 = draw(st.sampled_from([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]))
    alone = draw(st.sampled_from([b"\\ud800", b"\\udfff", b"\\ud800\\ud800"]))
    number = draw(st.sampled_from([b"NaN", b"Infinity", b"-Infinity", b"1.", b".5", b"0x1", b"1e", b"01"]))
    made = {
        "bytes": b"\xff" + draw(st.binary(max_size=40)),
        "cut": whole[: draw(st.integers(1, len(whole) - 1))],
        "utf8": whole.replace(b"evt-1", b"evt-" + no_utf8),
        "surrogate": whole.replace(b"evt-1", alone),
        "nan": whole[:-1] + b',"x":' + number + b"}",
        "tail": whole + draw(st.sampled_from([b"{}", b",", b"]", b"\x00", b"x"])),
        "bom": b"\xef\xbb\xbf" + whole,
    }
    return topic, made[kind]


@st.composite
def _no_object(draw: st.DrawFn) -> tuple[str, bytes]:
    topic = draw(topics)
    value = draw(st.one_of(st.none(), st.booleans(), numbers, texts, st.lists(texts, max_size=3)))
    return topic, encoded([good(topic)] if draw(st.booleans()) else value)


@st.composite
def _too_deep(draw: st.DrawFn) -> tuple[str, bytes]:
    topic, depth = draw(topics), draw(st.integers(2_000, 20_000))
    opened, shut = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
    bomb = opened * depth + b"0" + (shut * depth if draw(st.booleans()) else b"")
    field = draw(st.sampled_from([b"trace", b"event_id", b"unknown_field"]))
    return topic, encoded(good(topic))[:-1] + b',"' + field + b'":' + bomb + b"}"


@st.composite
def _nothing(draw: st.DrawFn) -> tuple[str, bytes | None]:
    return draw(topics), draw(st.sampled_from([None, b"", b" ", b"\n", b"\x00"]))


# (topic, value) of a record that can only be refused
malformed: st.SearchStrategy[tuple[str, bytes | None]] = st.one_of(
    _without_a_required_field(),
    _about_nobody(),
    _of_a_wrong_type(),
    _unlisted(),
    _out_of_range(),
    _at_no_time(),
    _of_another_version(),
    _no_json(),
    _no_object(),
    _too_deep(),
    _nothing(),
)

identities = st.fixed_dictionaries(
    {},
    optional={
        "contact_id": st.sampled_from(["c-1", "c:2", "c/3", "Ä"]),
        "email": st.sampled_from(
            [
                "a@acme.example",
                " A@Mail.Acme.CO.UK ",
                "x@gmail.com",
                "y@mailinator.com",
                "bad",
                "z@MÜNCHEN.de",
            ]
        ),
        "email_hash": st.sampled_from(["0" * 64, "AB" * 20]),
        "anonymous_id": st.sampled_from(["v-1", "v:2", "v/3"]),
        "account_id": st.sampled_from(["acc-1", "acc/2", "acme.example"]),
        "account_domain": st.sampled_from(
            ["acme.example", "https://www.Acme.example/", "gmail.com", "localhost", "xn--mnchen-3ya.de"]
        ),
        "account_match": st.fixed_dictionaries(
            {"method": st.sampled_from(["crm", "email_domain", "provider", "reverse_ip"])},
            optional={"confidence": st.floats(0, 1)},
        ),
        "tenant_id": st.sampled_from(["demo", "b.c"]),
    },
)  # what a record may say of who and where
anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
