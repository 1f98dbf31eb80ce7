"""Each rule of scoring.md section 2, on the record that shows it."""

import pytest
from support.raw import (
    ACCOUNTS,
    AT,
    CONTACTS,
    CONTENT,
    DISPOSITIONS,
    EMAIL,
    ERASE,
    INTAKE,
    POLICY,
    THIRD_PARTY,
    TYPES,
    WEB,
    home,
    refused,
    routed,
    signal,
    take,
)

from schemas.signal import Trace
from streams.intake import Learned, Refused
from streams.taxonomy import TaxonomyEntry

MINUTE = 60_000


# --- envelope


@pytest.mark.parametrize("field", ["event_id", "source", "type", "occurred_at"])
@pytest.mark.parametrize("topic", TYPES)
def test_required_fields_are_required(topic: str, field: str) -> None:
    assert refused(topic, contact_id="c", account_id="a", **{field: None}) == "missing_field"


@pytest.mark.parametrize(
    "identity",
    [
        {"contact_id": "c"},
        {"email": "a@acme.example"},
        {"email_hash": "0" * 64},
        {"anonymous_id": "v"},
        {"account_id": "acc"},
        {"account_domain": "acme.example"},
    ],
    ids=lambda identity: next(iter(identity)),
)
def test_one_identity_key_of_any_kind_is_enough(identity: dict[str, str]) -> None:
    routed(**identity)


def test_without_an_identity_key_a_record_is_refused() -> None:
    assert refused() == "missing_identity"
    assert refused(contact_id="", email="", anonymous_id="") == "missing_identity"


def test_received_at_falls_back_to_the_kafka_timestamp_then_to_the_event_time() -> None:
    assert (
        signal(anonymous_id="v", received_at="2026-03-16T11:08:00Z", timestamp_ms=AT + 9).received
        == AT + MINUTE
    )
    assert signal(anonymous_id="v", timestamp_ms=AT + 9).received == AT + 9
    assert signal(anonymous_id="v", received_at="", timestamp_ms=AT + 9).received == AT + 9
    assert signal(anonymous_id="v", timestamp_ms=-1).received == AT
    assert signal(anonymous_id="v").received == AT


def test_an_empty_receipt_hides_no_other_fault() -> None:
    assert refused(anonymous_id="v", received_at="", dwell_seconds=-1) == "out_of_range"
    assert refused(received_at="") == "missing_identity"


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-02-30T00:00:00Z", "2026-03-16", "9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert refused(anonymous_id="v", occurred_at=text) == "bad_time"
    assert refused(anonymous_id="v", received_at=text) == "bad_time"


@pytest.mark.parametrize("number", [1773659220000, 1773659220, 1.5, True])
def test_a_number_is_no_time(number: object) -> None:
    assert refused(anonymous_id="v", occurred_at=number) == "wrong_type"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-16T11:07:00Z",
        "2026-03-16T11:07:00.000Z",
        "2026-03-16T11:07:00",
        "2026-03-16 11:07:00z",
        "2026-03-16T12:07:00+01:00",
        "2026-03-16T06:07:00.000900-05:00",
    ],
)
def test_every_spelling_of_a_time_is_the_same_millisecond(text: str) -> None:
    assert signal(anonymous_id="v", occurred_at=text).at == AT


def test_a_tenant_that_is_missing_is_the_default_one() -> None:
    assert routed(anonymous_id="v").home == "default/anon:v"
    assert routed(anonymous_id="v", tenant_id="").home == "default/anon:v"
    assert routed(anonymous_id="v", tenant_id="demo").home == "demo/anon:v"


@pytest.mark.parametrize("tenant", ["a/b", "a|b", "*", "a\nb", "x" * 129])
def test_a_tenant_that_would_break_a_home_is_refused(tenant: str) -> None:
    assert refused(anonymous_id="v", tenant_id=tenant) == "bad_tenant"


@pytest.mark.parametrize("version", [None, 1, "1", ""])
def test_the_known_version_is_an_integer_or_its_decimal_text(version: object) -> None:
    routed(anonymous_id="v", schema_version=version)


@pytest.mark.parametrize("version", [2, 0, "2", "1.0", "one"])
def test_an_unknown_version_is_refused(version: object) -> None:
    assert refused(anonymous_id="v", schema_version=version) == "unknown_version"


@pytest.mark.parametrize("version", [1.0, True, [1], {}])
def test_a_version_of_another_type_is_refused(version: object) -> None:
    assert refused(anonymous_id="v", schema_version=version) == "wrong_type"


def test_where_the_record_stood_is_its_evidence() -> None:
    assert signal(anonymous_id="v").trace == Trace(WEB, 3, 42)


# --- lateness


def test_up_to_five_minutes_ahead_of_receipt_is_clock_skew() -> None:
    found = routed(anonymous_id="v", received_at="2026-03-16T11:02:00Z")

    assert (found.record.at, found.future) == (AT, False)


def test_further_ahead_is_clamped_to_the_receipt_and_flagged() -> None:
    found = routed(anonymous_id="v", received_at="2026-03-16T11:01:59.999Z")

    assert (found.record.at, found.record.received, found.future) == (
        AT - 5 * MINUTE - 1,
        AT - 5 * MINUTE - 1,
        True,
    )


# --- closed and open lists


def test_unlisted_categories_sources_and_prompts_have_a_name() -> None:
    act = signal(anonymous_id="v", page_category="wiki", session_source="telepathy")
    assert (act.page_category, act.session_source) == ("other", "unknown")
    assert signal(CONTENT, contact_id="c", prompted_by="pigeon").prompted_by == "unknown"
    assert signal(THIRD_PARTY, account_id="a", topic_class="novel").topic_class == "unknown"


def test_open_lists_take_any_word() -> None:
    assert signal(CONTENT, contact_id="c", content_type="zine").content_type == "zine"
    assert signal(CONTACTS, contact_id="c", role="Gate-keeper").role == "gate_keeper"
    assert signal(ACCOUNTS, account_id="a", industry="Bee Keeping").industry == "bee keeping"


@pytest.mark.parametrize(
    ("topic", "fields"),
    [
        (WEB, {"form_kind": "raffle"}),
        (WEB, {"consent": {"state": "maybe"}}),
        (WEB, {"account_match": {"method": "guess"}}),
        (EMAIL, {"sender_kind": "robot"}),
        (CONTENT, {"stage": "purchase"}),
        (THIRD_PARTY, {"review_action": "liked"}),
        (ACCOUNTS, {"lifecycle": "churned"}),
        (CONTACTS, {"channels": ["fax"]}),
        (CONTACTS, {"opt_outs": ["fax"]}),
        (DISPOSITIONS, {"status": "maybe"}),
        (DISPOSITIONS, {"status": "rejected", "reason": "mood"}),
    ],
)
def test_other_unlisted_values_are_refused(topic: str, fields: dict[str, object]) -> None:
    assert refused(topic, **{"contact_id": "c", "account_id": "a", **fields}) == "unlisted_value"


# --- numbers


def test_durations_are_milliseconds_and_shares_thousandths() -> None:
    act = signal(CONTENT, contact_id="c", dwell_seconds=130.5, minutes=9.999, completion_pct=49.9995)

    assert (act.dwell_ms, act.minutes_milli, act.completion_milli) == (130_500, 9_999, 50_000)


@pytest.mark.parametrize(
    ("written", "thousandths"), [(0.7995, 800), (0.7985, 798), (0.79949, 799), (1, 1000), (0, 0)]
)
def test_a_confidence_is_rounded_half_even_as_written(written: float, thousandths: int) -> None:
    act = signal(account_domain="acme.example", account_match={"method": "reverse_ip", "confidence": written})

    assert act.confidence == thousandths


@pytest.mark.parametrize("confidence", [1.001, -0.1, 2, 1e300])
def test_a_confidence_outside_zero_and_one_is_refused(confidence: float) -> None:
    assert (
        refused(account_domain="acme.example", account_match={"method": "crm", "confidence": confidence})
        == "out_of_range"
    )


def test_only_an_engagement_measures_dwell() -> None:
    assert signal(anonymous_id="v", type="page_view", dwell_seconds=3).dwell_ms is None
    assert signal(anonymous_id="v", type="page_engagement", dwell_seconds=3).dwell_ms == 3000


def test_a_field_of_the_stream_has_to_be_right_on_every_type() -> None:
    assert refused(anonymous_id="v", type="page_view", dwell_seconds="long") == "wrong_type"


@pytest.mark.parametrize(
    ("score", "scale", "milli"),
    [
        (80, "0-100", 80_000),
        (8, "0-10", 80_000),
        (0.66, "0-1", 66_000),
        (70, "0-10", 70_000),
        (70, "stars", 70_000),
    ],
)
def test_a_score_is_brought_to_a_hundred(score: float, scale: str, milli: int) -> None:
    assert signal(THIRD_PARTY, account_id="a", score=score, score_scale=scale).score_milli == milli


@pytest.mark.parametrize("score", [-1, 100.5, 101])
def test_a_score_outside_a_hundred_is_refused(score: float) -> None:
    assert refused(THIRD_PARTY, account_id="a", score=score) == "out_of_range"


def test_a_storyline_of_no_piece_is_refused() -> None:
    assert refused(CONTENT, contact_id="c", storyline_length=0) == "out_of_range"


# --- identity


def test_a_bad_address_beside_another_identity_is_dropped() -> None:
    act = signal(contact_id="c", email="nobody at home")

    assert (act.contact_id, act.email, act.email_kind) == ("c", "", "")


def test_a_bad_address_alone_is_refused() -> None:
    assert refused(email="nobody at home") == "bad_email"
    assert refused(email_hash="zz") == "bad_email"


def test_an_address_outranks_its_hash_and_a_hash_stands_for_one() -> None:
    assert signal(email="A@acme.example", email_hash="0" * 64).email == "a@acme.example"
    act = signal(email_hash="0" * 64)
    assert (act.email, act.email_domain, act.email_kind) == (f"sha256:{'0' * 64}", "", "hashed")


@pytest.mark.parametrize("domain", ["gmail.com", "mailinator.com"])
def test_a_free_mail_or_disposable_domain_is_no_account(domain: str) -> None:
    assert refused(account_domain=domain) == "missing_identity"
    assert signal(contact_id="c", account_domain=domain).account_domain == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"account_id": "a"}, ("crm", 1000)),
        ({"account_domain": "acme.example"}, ("provider", 1000)),
        ({"account_id": "a", "account_domain": "acme.example"}, ("crm", 1000)),
        (
            {"account_domain": "acme.example", "account_match": {"method": "reverse_ip", "confidence": 0.5}},
            ("reverse_ip", 500),
        ),
        ({"account_domain": "acme.example", "account_match": {"method": "crm"}}, ("crm", 1000)),
        ({"account_domain": "acme.example", "account_match": {"confidence": 0.5}}, ("provider", 500)),
        ({"account_domain": "acme.example", "account_match": ""}, ("provider", 1000)),
        ({"contact_id": "c", "account_match": {"method": "crm", "confidence": 0.5}}, ("", 1000)),
    ],
)
def test_how_an_account_was_found_is_said_or_follows_from_what_is_there(
    fields: dict[str, object], expected: tuple[str, int]
) -> None:
    act = signal(**fields)

    assert (act.match, act.confidence) == expected


# --- homes


REVERSE_IP = {"account_domain": "ip.example", "account_match": {"method": "reverse_ip", "confidence": 0.79}}
SURE_REVERSE_IP = {
    "account_domain": "ip.example",
    "account_match": {"method": "reverse_ip", "confidence": 0.8},
}
CRM = {"account_domain": "crm.example", "account_match": {"method": "crm", "confidence": 0.4}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": "a@mail.example", **CRM}, "crm.example"),
        ({"email": "a@mail.example", "account_id": "acc-1"}, "account:acc-1"),
        ({"email": "a@mail.example", "account_domain": "provider.example"}, "mail.example"),
        ({"email": "a@mail.example", **SURE_REVERSE_IP}, "mail.example"),
        ({"email": "a@gmail.com", "account_domain": "provider.example"}, "provider.example"),
        ({"contact_id": "c", **SURE_REVERSE_IP}, "ip.example"),
        ({"contact_id": "c", **REVERSE_IP}, "contact:c"),
        ({"email": "a@gmail.com", **REVERSE_IP}, "email:a@gmail.com"),
        ({"anonymous_id": "v", **REVERSE_IP}, "ip.example"),
        ({"anonymous_id": "v", "account_domain": "www.shop.ip.co.uk"}, "ip.co.uk"),
        ({"contact_id": "c", "email": "a@gmail.com"}, "contact:c"),
        ({"anonymous_id": "v", "email": "a@gmail.com"}, "email:a@gmail.com"),
        ({"anonymous_id": "v"}, "anon:v"),
        ({"anonymous_id": "v", "contact_id": "c"}, "contact:c"),
    ],
)
def test_the_home_of_an_act_is_the_best_account_it_names_else_the_person(
    fields: dict[str, object], expected: str
) -> None:
    assert home(**fields) == expected


def test_the_home_of_an_account_profile_is_its_domain_else_its_id() -> None:
    assert home(ACCOUNTS, account_id="acc-1", account_domain="acme.example") == "acme.example"
    assert home(ACCOUNTS, account_id="acc-1", account_domain="gmail.com") == "account:acc-1"
    assert refused(ACCOUNTS, contact_id="c") == "missing_identity"


def test_the_home_of_a_contact_record_is_its_account_then_its_address_then_itself() -> None:
    assert (
        home(CONTACTS, contact_id="c", email="a@mail.example", account_domain="acme.example")
        == "acme.example"
    )
    assert home(CONTACTS, contact_id="c", email="a@mail.example", account_id="acc-1") == "account:acc-1"
    assert home(CONTACTS, contact_id="c", email="a@mail.example") == "mail.example"
    assert home(CONTACTS, contact_id="c", email="a@gmail.com") == "contact:c"
    assert refused(CONTACTS, account_id="acc-1") == "missing_identity"


def test_the_home_of_a_disposition_is_the_account_it_names() -> None:
    assert home(DISPOSITIONS) == "account:acc-1"
    assert home(DISPOSITIONS, account_domain="acme.example") == "acme.example"
    assert home(DISPOSITIONS, account_id="shop.acme.example") == "acme.example"
    assert home(DISPOSITIONS, account_id="acc.1 b") == "account:acc.1 b"


def test_the_home_of_an_erasure_is_the_register_of_the_name_it_gives() -> None:
    assert home(ERASE, contact_id="c", email="a@acme.example") == "contact:c"
    assert home(ERASE, email="a@acme.example") == "acme.example"
    assert home(ERASE, email="a@gmail.com") == "email:a@gmail.com"
    assert home(ERASE, anonymous_id="v") == "anon:v"
    assert refused(ERASE, account_id="acc-1") == "missing_identity"


def test_a_policy_goes_to_every_partition_and_has_to_be_one() -> None:
    assert home(POLICY, policy={"policy_id": "p", "version": 2}) == "*"
    assert home(POLICY, document='policy_id = "p"\nversion = 2\n') == "*"
    assert refused(POLICY) == "missing_field"
    assert refused(POLICY, document="= nonsense") == "bad_policy"
    assert refused(POLICY, policy={"caps": {"intent": "many"}}) == "bad_policy"


# --- streams


def test_the_senders_bot_marks_are_the_records() -> None:
    click = signal(EMAIL, contact_id="c", is_bot_click=True)
    opened = signal(EMAIL, contact_id="c", type="open", is_machine_open=True)
    person = signal(EMAIL, contact_id="c", is_machine_open=True)

    assert (click.is_bot, click.bot_reason) == (True, "bot_click")
    assert (opened.is_bot, opened.bot_reason) == (True, "machine_open")
    assert not person.is_bot


def test_an_account_profile_is_normalised_and_keeps_what_is_unknown_apart() -> None:
    profile = signal(
        ACCOUNTS,
        account_id="a",
        account_domain="https://www.acme.example/x",
        alt_domains=["ACME.test", "gmail.com", "", "acme.example"],
        country="de",
        technologies=["Kafka", "kafka", ""],
        named_account=False,
        employees=51.0,
    )
    bare = signal(ACCOUNTS, account_id="a", named_account="", employees="", technologies="", name="")

    assert (profile.account_domain, profile.alt_domains) == ("acme.example", ("acme.test",))
    assert (profile.country, profile.technologies, profile.named_account) == ("DE", ("kafka",), False)
    assert profile.employees == 51
    assert (bare.named_account, bare.employees, bare.technologies, bare.name) == (None, None, None, None)
    assert signal(ACCOUNTS, account_id="a", technologies=[]).technologies == ()


def test_channels_that_are_listed_as_none_are_known() -> None:
    assert signal(CONTACTS, contact_id="c").channels is None
    assert signal(CONTACTS, contact_id="c", channels=[]).channels == ()
    assert signal(CONTACTS, contact_id="c", channels=["phone", "email", "phone"]).channels == (
        "email",
        "phone",
    )


@pytest.mark.parametrize("status", ["rejected", "recycled", "closed_lost"])
def test_who_gives_an_account_back_says_why(status: str) -> None:
    assert refused(DISPOSITIONS, status=status) == "missing_reason"
    assert refused(DISPOSITIONS, status=status, reason="other") == "missing_note"
    assert refused(DISPOSITIONS, status=status, reason="other", note=" ") == "missing_note"
    assert signal(DISPOSITIONS, status=status, reason="other", note="merger").reason == "other"
    assert signal(DISPOSITIONS, status=status, reason="no_budget").reason == "no_budget"


@pytest.mark.parametrize("field", ["sales_ready_id", "account_id", "status"])
def test_a_disposition_names_event_account_and_status(field: str) -> None:
    assert refused(DISPOSITIONS, contact_id="c", **{field: None}) == "missing_field"


# --- taxonomy


GUIDE = {"guide": TaxonomyEntry("paper", "champion", "decision", "costs", "story", 2, 5)}


def test_the_taxonomy_fills_in_what_a_record_does_not_say() -> None:
    act = signal(CONTENT, contact_id="c", content_id="guide", stage="awareness", taxonomy=GUIDE)

    assert (act.stage, act.persona, act.content_type, act.topic) == (
        "awareness",
        "champion",
        "paper",
        "costs",
    )
    assert (act.storyline_id, act.storyline_position, act.storyline_length) == ("story", 2, 5)


def test_another_storyline_takes_no_position_from_the_taxonomy() -> None:
    act = signal(CONTENT, contact_id="c", content_id="guide", storyline_id="mine", taxonomy=GUIDE)

    assert (act.storyline_id, act.storyline_position, act.storyline_length) == ("mine", None, None)


def test_a_page_is_joined_too_and_other_content_is_not() -> None:
    assert signal(anonymous_id="v", content_id="guide", taxonomy=GUIDE).persona == "champion"
    assert signal(anonymous_id="v", content_id="other", taxonomy=GUIDE).persona == ""
    assert signal(anonymous_id="v", taxonomy=GUIDE).persona == ""


def test_a_taxonomy_record_is_learned_by_key_and_forgotten_by_null() -> None:
    learned = INTAKE.learn(
        b"guide", b'{"type":"paper","storyline":{"id":"s","position":1,"length":5}}', 0, 1, None
    )
    gone = INTAKE.learn(b"guide", None, 0, 2, None)

    assert learned == Learned(
        "guide",
        TaxonomyEntry(content_type="paper", storyline_id="s", storyline_position=1, storyline_length=5),
    )
    assert gone == Learned("guide", None)


@pytest.mark.parametrize(
    "value", [None, b"", b"[]", b'{"stage":"purchase"}', b'{"storyline_length":0}', b'{"persona":"p"}']
)
def test_a_taxonomy_record_without_a_key_or_sense_is_refused(value: bytes | None) -> None:
    outcome = INTAKE.learn(None, value, 0, 1, None)

    assert isinstance(outcome, Refused)
    assert outcome.letter.value == value


# --- dead letters


def test_a_refused_record_keeps_its_bytes_key_and_place() -> None:
    outcome = INTAKE.take(WEB, b"\xff", b"\x00\xffnot json", 5, 99, 1234, {})

    assert isinstance(outcome, Refused)
    letter = outcome.letter
    assert (letter.key, letter.value, letter.topic, letter.partition, letter.offset) == (
        b"\xff",
        b"\x00\xffnot json",
        WEB,
        5,
        99,
    )
    assert (letter.reason, letter.step, letter.timestamp_ms) == ("invalid_json", "decode", 1234)


def test_a_record_of_no_input_topic_is_refused() -> None:
    outcome = INTAKE.take("intent.gossip.v1", None, b"{}", 0, 0, None, {})

    assert isinstance(outcome, Refused)
    assert outcome.letter.reason == "unknown_topic"


@pytest.mark.parametrize(
    "fields",
    [
        {"form_kind": "secret-7"},
        {"email": "secret-7"},
        {"contact_id": "secret-7" * 100},
        {"tenant_id": "secret-7/x", "anonymous_id": "v"},
        {"account_domain": "secret-7"},
        {"event_id": ["secret-7"]},
    ],
)
def test_a_detail_never_quotes_the_record(fields: dict[str, object]) -> None:
    outcome = take(**fields)

    assert isinstance(outcome, Refused)
    assert "secret-7" not in outcome.letter.detail
