"""`intent.accounts.v1` and `intent.contacts.v1`: what the CRM or an enrichment feed says."""

from typing import Literal

from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import Absent, Count, Flag, Number, OptionalText, Texts

Lifecycle = Literal["prospect", "open_opp", "customer", ""]
Channel = Literal["email", "phone", ""]
Channels = list[Channel | None] | Absent | None


class AccountRecord(Envelope, tag="account", kw_only=True, gc=False):
    """A company. What is absent is not known from this record."""

    alt_domains: Texts = None
    name: OptionalText = None
    employees: Count = None
    industry: OptionalText = None
    country: OptionalText = None
    revenue: Number = None
    technologies: Texts = None
    named_account: Flag = None
    lifecycle: Lifecycle | None = None
    open_opportunity_id: OptionalText = None
    owner: OptionalText = None
    backup_owner: OptionalText = None
    territory_key: OptionalText = None
    segment: OptionalText = None
    funding_stage: OptionalText = None
    expected_deal_value: Number = None


class ContactRecord(Envelope, tag="contact", kw_only=True, gc=False):
    """A person. What is absent is not known from this record."""

    name: OptionalText = None
    title: OptionalText = None
    seniority: OptionalText = None
    function: OptionalText = None
    role: OptionalText = None
    company: OptionalText = None
    channels: Channels = None
    opt_outs: Channels = None
