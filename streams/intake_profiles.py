"""Account and contact records to the profiles of the log. None stays None: not known from this record."""

from collections.abc import Sequence

from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.inputs.profiles import AccountRecord, ContactRecord
from schemas.signal import AccountProfile, ContactProfile
from streams.domains import BUSINESS, Domains
from streams.identity import Identity
from streams.intake_acts import consent_state
from streams.intake_moment import Moment
from streams.normalise import lower, rounded, upper, whole, word


def account_profile(record: AccountRecord, who: Identity, moment: Moment, domains: Domains) -> AccountProfile:
    """A company's profile. Raises Refusal where the record names no company."""
    if not who.account_id and not who.account_domain:
        raise Refusal(Reason.MISSING_IDENTITY, "$.account_id or $.account_domain")
    return AccountProfile(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        account_id=who.account_id,
        account_domain=who.account_domain,
        alt_domains=_other_domains(record.alt_domains, who.account_domain, domains),
        name=record.name or None,
        employees=whole(record.employees, "$.employees"),
        industry=lower(record.industry),
        country=upper(record.country),
        revenue=rounded(record.revenue),
        technologies=_technologies(record.technologies),
        named_account=None if isinstance(record.named_account, str) else record.named_account,
        lifecycle=record.lifecycle or None,
        open_opportunity_id=record.open_opportunity_id or None,
        owner=record.owner or None,
        backup_owner=record.backup_owner or None,
        territory_key=record.territory_key or None,
        segment=record.segment or None,
        funding_stage=record.funding_stage or None,
        expected_deal_value=rounded(record.expected_deal_value),
    )


def _other_domains(texts: list[str | None] | str | None, own: str, domains: Domains) -> tuple[str, ...]:
    """The other registrable domains of a company, each once, in the order given; free mail is nobody's."""
    found = dict.fromkeys(domains.company(text) for text in texts or () if text)
    return tuple(dict.fromkeys(d.name for d in found if d.kind == BUSINESS and d.name != own))


def _technologies(texts: list[str | None] | str | None) -> tuple[str, ...] | None:
    """Lower case, each once; an empty list is a known none."""
    if texts is None or isinstance(texts, str):
        return None
    return tuple(dict.fromkeys(name for name in map(lower, texts) if name))


def contact_profile(record: ContactRecord, who: Identity, moment: Moment) -> ContactProfile:
    """A person's profile. Raises Refusal where the record names no person."""
    if not who.contact_id and not who.mailbox.address and not who.anonymous_id:
        raise Refusal(Reason.MISSING_IDENTITY, "$.contact_id or $.email")
    return ContactProfile(
        event_id=record.event_id,
        source=record.source,
        tenant=moment.tenant,
        at=moment.at,
        received=moment.received,
        trace=moment.trace,
        contact_id=who.contact_id,
        email=who.mailbox.address,
        email_domain=who.mailbox.domain,
        email_kind=who.mailbox.kind,
        anonymous_id=who.anonymous_id,
        account_id=who.account_id,
        account_domain=who.account_domain,
        consent=consent_state(record.consent),
        name=record.name or None,
        title=record.title or None,
        seniority=word(record.seniority),
        function=word(record.function),
        role=word(record.role),
        company=record.company or None,
        channels=_channels(record.channels),
        opt_outs=_channels(record.opt_outs),
    )


def _channels(names: Sequence[str | None] | None) -> tuple[str, ...] | None:
    """Each channel once, sorted; an empty list is a known none."""
    if names is None or isinstance(names, str):
        return None
    return tuple(sorted({name for name in names if name}))
