"""The records of `intent.signals.v1`, the complete log that scoring is a pure function of.

Intake writes one of them for each good input record; scoring itself writes `Claim`, `Place` and `Move` when identity
crosses homes. All times are integer milliseconds UTC, shares and confidences integer thousandths. On the wire each is
a JSON object without its default values, told apart by the member `kind`. Absent text is "".
"""

from typing import Any, Final

import msgspec

SIGNALS_TOPIC: Final = "intent.signals.v1"


class Trace(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where the input record stood: the evidence an explanation points at."""

    topic: str
    partition: int
    offset: int


class LogRecord(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="kind", gc=False):
    """What every record of the log carries. `at` is the event time, `received` the receipt; both ms UTC."""

    event_id: str
    source: str = ""
    tenant: str = "default"
    at: int
    received: int
    trace: Trace | None = None
    hops: int = 0  # how often scoring has written it on to another home
    late: bool = False  # of what scoring wrote: because of a late record, which opens nothing by itself


class Act(LogRecord, tag="act", kw_only=True, omit_defaults=True, gc=False):
    """One web, email, content or third-party event, normalised. `type` is a type of scoring.md section 2."""

    type: str
    # who
    contact_id: str = ""
    email: str = ""  # lower case, trimmed
    email_domain: str = ""  # registrable domain of a business address, "" for freemail and disposable ones
    email_kind: str = ""  # business, freemail, disposable or ""
    anonymous_id: str = ""
    # where they belong
    account_id: str = ""
    account_domain: str = ""  # registrable
    match: str = (
        ""  # crm, email_domain, provider or reverse_ip; resolved by intake where the record says nothing
    )
    confidence: int = 1000  # thousandths
    consent: str = ""  # granted, denied, unknown or ""
    is_bot: bool = False
    bot_reason: str = ""
    # web
    session_id: str = ""
    session_source: str = "unknown"
    url: str = ""
    page_category: str = ""
    campaign_id: str = ""
    utm_source: str = ""
    content_id: str = ""
    dwell_ms: int | None = None
    form_kind: str = ""
    asks_for_sales: bool = False
    # email
    email_id: str = ""
    link_id: str = ""
    since_delivery_ms: int | None = None
    sender_kind: str = ""
    # content
    content_type: str = ""
    persona: str = ""
    stage: str = ""  # awareness, consideration, decision or ""
    cycle: str = ""
    topic: str = ""
    storyline_id: str = ""
    storyline_position: int | None = None
    storyline_length: int | None = None
    expected_read_ms: int | None = None
    minutes_milli: int | None = None  # thousandths of a minute
    completion_milli: int | None = None  # thousandths of a percent
    prompted_by: str = "unknown"
    # third party
    provider: str = ""
    methodology_version: str = ""
    topic_id: str = ""
    topic_name: str = ""
    topic_class: str = "unknown"
    score_milli: int | None = None  # thousandths of a point of the provider's 0-100 scale
    period_start: int | None = None
    period_end: int | None = None
    review_action: str = ""


class AccountProfile(LogRecord, tag="account", kw_only=True, omit_defaults=True, gc=False):
    """What the CRM or an enrichment feed says about a company. None means: not known from this record."""

    account_id: str = ""
    account_domain: str = ""
    alt_domains: tuple[str, ...] = ()
    name: str | None = None
    employees: int | None = None
    industry: str | None = None  # lower case
    country: str | None = None  # upper case
    revenue: int | None = None
    technologies: tuple[str, ...] | None = None  # lower case
    named_account: bool | None = None
    lifecycle: str | None = None
    open_opportunity_id: str | None = None
    owner: str | None = None
    backup_owner: str | None = None
    territory_key: str | None = None
    segment: str | None = None
    funding_stage: str | None = None
    expected_deal_value: int | None = None


class ContactProfile(LogRecord, tag="contact", kw_only=True, omit_defaults=True, gc=False):
    """What the CRM says about a person. None means: not known from this record."""

    contact_id: str = ""
    email: str = ""
    email_domain: str = ""
    email_kind: str = ""
    anonymous_id: str = ""
    account_id: str = ""
    account_domain: str = ""
    consent: str = ""
    name: str | None = None
    title: str | None = None
    seniority: str | None = None
    function: str | None = None
    role: str | None = None
    company: str | None = None
    channels: tuple[str, ...] | None = None
    opt_outs: tuple[str, ...] | None = None


class Disposition(LogRecord, tag="disposition", kw_only=True, omit_defaults=True, gc=False):
    """What sales did with one sales-ready event (scoring.md section 9)."""

    sales_ready_id: str
    account_id: str
    account_domain: str = ""
    status: str
    reason: str = ""
    actor_id: str = ""
    first_touch_at: int | None = None
    contact_id: str = ""
    referred_contact: str = ""
    decision_by: int | None = None
    opportunity_id: str = ""
    amount_milli: int | None = None
    currency: str = ""
    note: str = ""


class Erase(LogRecord, tag="erase", kw_only=True, omit_defaults=True, gc=False):
    """Forget a person everywhere. At least one of the three names is set."""

    contact_id: str = ""
    email: str = ""
    email_domain: str = ""
    email_kind: str = ""
    anonymous_id: str = ""


class PolicyChange(LogRecord, tag="policy", kw_only=True, omit_defaults=True, gc=False):
    """A new policy, effective for every record behind it. `document` is its TOML or JSON text."""

    document: str


class Tick(LogRecord, tag="tick", kw_only=True, omit_defaults=True, gc=False):
    """Time moves on to `at` in this partition."""

    partition: int = 0
    partitions: int = 0  # of the log, 0 where the writer did not say


class Claim(LogRecord, tag="claim", kw_only=True, omit_defaults=True, gc=False):
    """A home tells the registry of an identity what it learned: a claim to it, or a link; without either it listens."""

    identity: str  # contact:ID, email:E or anon:A
    home: str  # who speaks, and wants to be told; "" takes back what came by `via`
    rank: int = 0  # contact record 5 > CRM 4 > e-mail domain 3 > provider 2 > reverse IP 1; 0 is no claim
    confidence: int = 1000
    person: str = (
        ""  # for an anonymous identity or an e-mail: the identified person it belongs to, from `at` on
    )
    person_home: str = ""  # that person's registry
    via: str = ""  # the e-mail or visitor whose claim this is, where it stands for the person
    version: int = 0  # of the registration that a new name of the company hands over
    erased: bool = False


class Place(LogRecord, tag="place", kw_only=True, omit_defaults=True, gc=False):
    """The registry's answer to a home that listens: where the identity lives now, and whom it stands for."""

    identity: str
    home: str = ""
    links: tuple[
        tuple[int, str, str, str], ...
    ] = ()  # (from ms, event id, person, their registry), ascending
    people: dict[str, tuple[str, str]] = {}  # person of a link -> who that is in the end, and their home
    version: int = 0
    erased: int = 0  # ms of an erasure, 0 for none


class Move(LogRecord, tag="move", kw_only=True, omit_defaults=True, gc=False):
    """What an old home held of an identity, handed to its new home. Merging it is a union."""

    identity: str
    from_home: str
    ledger: Any  # a snapshot of streams.ledger.Ledger
    rank: int = 0
    confidence: int = 0
    links: tuple[tuple[int, str, str, str], ...] = ()  # what the old home knew of the identity
    people: dict[str, tuple[str, str]] = {}


SignalRecord = (
    Act | AccountProfile | ContactProfile | Disposition | Erase | PolicyChange | Tick | Claim | Place | Move
)
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(SignalRecord)


def encode_signal(record: SignalRecord) -> bytes:
    """One record of the log as JSON bytes; the same record gives the same bytes."""
    return _ENCODER.encode(record)


def decode_signal(value: bytes) -> SignalRecord:
    """JSON bytes to a record. Raises msgspec.DecodeError on anything else."""
    record: SignalRecord = _DECODER.decode(value)
    return record
