"""Web, e-mail, content and third-party records to the acts of the log: one function a stream."""

import re
from functools import cache, lru_cache
from typing import Final, NamedTuple

from schemas.inputs.content import PROMPTS, ContentEvent
from schemas.inputs.email import EmailEvent
from schemas.inputs.envelope import Consent, Envelope
from schemas.inputs.thirdparty import TOPIC_CLASSES, ThirdPartyEvent
from schemas.inputs.web import PAGE_CATEGORIES, SESSION_SOURCES, WebEvent
from schemas.signal import Act
from streams.decay import div_half_even
from streams.identity import Identity
from streams.intake_moment import Moment
from streams.normalise import (
    URL_CHARS,
    listed,
    optional_thousandths,
    optional_time_ms,
    thousandths,
    whole,
)

_FULL: Final = 100_000  # thousandths of a point of the 0-100 scale
_SCALE: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(?:-|–|to|\.\.)\s*(\d{1,9}(?:\.\d{1,6})?)\s*")


def act_of(record: Envelope, who: Identity, moment: Moment) -> Act:
    """The act with what every stream gives it."""
    box = who.mailbox
    return Act(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        type=_tag_of(type(record)),
        contact_id=who.contact_id,
        email=box.address,
        email_domain=box.domain,
        email_kind=box.kind,
        anonymous_id=who.anonymous_id,
        account_id=who.account_id,
        account_domain=who.account_domain,
        match=who.match,
        confidence=who.confidence,
        consent=consent_state(record.consent),
        is_bot=record.is_bot is True,
        bot_reason=record.bot_reason or "",
    )


@cache
def _tag_of(kind: type[Envelope]) -> str:
    """The type that a class of a stream stands for; each has a text tag."""
    return str(kind.__struct_config__.tag)


def consent_state(consent: Consent | str | None) -> str:
    """granted, denied, unknown, or "" where the record says nothing."""
    if consent is None or isinstance(consent, str):
        return ""
    return consent.state or ""


def web_act(record: WebEvent, act: Act) -> Act:
    """What a page, form or chat record says. Only page_engagement measures dwell."""
    act.session_id = record.session_id or ""
    act.session_source = listed(record.session_source, SESSION_SOURCES, "unknown") or "unknown"
    act.url = (record.url or "").strip()[:URL_CHARS]
    act.page_category = listed(record.page_category, PAGE_CATEGORIES, "other")
    act.campaign_id = record.campaign_id or record.utm_campaign or ""
    act.utm_source = record.utm_source or ""
    act.content_id = record.content_id or ""
    if act.type == "page_engagement":
        act.dwell_ms = optional_thousandths(record.dwell_seconds)
    act.form_kind = record.form_kind or ""
    act.asks_for_sales = record.asks_for_sales is True
    return act


def email_act(record: EmailEvent, act: Act) -> Act:
    """What an e-mail record says; the sender's own bot marks are the record's."""
    act.email_id = record.email_id or ""
    act.campaign_id = record.campaign_id or ""
    act.link_id = record.link_id or ""
    act.content_id = record.content_id or ""
    act.since_delivery_ms = optional_thousandths(record.seconds_after_delivery)
    act.sender_kind = record.sender_kind or ""
    if act.type == "click" and record.is_bot_click is True:
        act.is_bot, act.bot_reason = True, act.bot_reason or "bot_click"
    if act.type == "open" and record.is_machine_open is True:
        act.is_bot, act.bot_reason = True, act.bot_reason or "machine_open"
    return act


def content_act(record: ContentEvent, act: Act) -> Act:
    """What a content record says, before the taxonomy adds to it."""
    act.content_id = record.content_id or ""
    act.content_type = record.content_type or ""
    act.persona = record.persona or ""
    act.stage = record.stage or ""
    act.cycle = record.cycle or ""
    act.topic = record.topic or ""
    act.storyline_id = record.storyline_id or ""
    act.storyline_position = whole(record.storyline_position, "$.storyline_position")
    act.storyline_length = whole(record.storyline_length, "$.storyline_length", least=1)
    act.expected_read_ms = optional_thousandths(record.expected_read_seconds)
    act.dwell_ms = optional_thousandths(record.dwell_seconds)
    act.minutes_milli = optional_thousandths(record.minutes)
    act.completion_milli = optional_thousandths(record.completion_pct)
    act.prompted_by = listed(record.prompted_by, PROMPTS, "unknown") or "unknown"
    act.campaign_id = record.campaign_id or ""
    return act


def third_party_act(record: ThirdPartyEvent, act: Act) -> Act:
    """What a provider says, its score on the 0-100 scale."""
    act.provider = record.provider or ""
    act.methodology_version = record.methodology_version or ""
    act.topic_id = record.topic_id or ""
    act.topic_name = record.topic_name or ""
    act.topic_class = listed(record.topic_class, TOPIC_CLASSES, "unknown") or "unknown"
    act.score_milli = _score(record)
    act.period_start = optional_time_ms(record.period_start, "$.period_start")
    act.period_end = optional_time_ms(record.period_end, "$.period_end")
    act.review_action = record.review_action or ""
    whole(record.unique_users, "$.unique_users")
    whole(record.provider_baseline_days, "$.provider_baseline_days")
    return act


class Scale(NamedTuple):
    """A provider's scale in thousandths; `high` is above `low`."""

    low: int
    high: int


def _score(record: ThirdPartyEvent) -> int | None:
    """The score in thousandths of 0-100. One that does not lie on the named scale is already so."""
    score = optional_thousandths(record.score)
    if score is None:
        return None
    scale = scale_of(record.score_scale or "")
    if scale is None or not scale.low <= score <= scale.high:
        return score
    return div_half_even((score - scale.low) * _FULL, scale.high - scale.low)


@lru_cache(maxsize=256)
def scale_of(text: str) -> Scale | None:
    """A scale as text, "0-10"; None for 0-100 itself and for what is no scale."""
    found = _SCALE.fullmatch(text)
    if found is None:
        return None
    low, high = (thousandths(float(bound)) for bound in found.groups())
    return Scale(low, high) if low < high and (low, high) != (0, _FULL) else None
