"""What profiles say about companies and people, field by field: the latest statement by (time, id) wins."""

from typing import Final

from schemas.signal import AccountProfile, ContactProfile
from streams.account import Account
from streams.ledger import Ledger

_FIELDS: Final = (
    "account_id", "account_domain", "name", "employees", "industry", "country", "revenue", "technologies",
    "named_account", "owner",
    "backup_owner", "territory_key", "segment", "funding_stage", "expected_deal_value",
)  # fmt: skip
_CONTACT_FIELDS: Final = (
    "name", "title", "seniority", "function", "role", "company", "channels", "opt_outs", "contact_id",
)  # fmt: skip


def take_profile(account: Account, record: AccountProfile) -> None:
    """Take one account profile; a record that says nothing about a field leaves it as it is.

    Lifecycle and open opportunity are one statement: a record with a lifecycle and no opportunity closes it.
    """
    for name in _FIELDS:
        value = getattr(record, name)
        if value not in (None, ""):
            _set(account, name, value, record)
    if record.lifecycle is not None or record.open_opportunity_id is not None:
        _set(account, "lifecycle", record.lifecycle, record)
        _set(account, "open_opportunity_id", record.open_opportunity_id, record)
    if "account_id" not in account.profile:
        _set(account, "account_id", "", record)


def _set(account: Account, name: str, value: object, record: AccountProfile) -> None:
    known = account.profile.get(name)
    if known is None or (record.at, record.event_id) > (known[0], known[1]):
        account.profile[name] = (record.at, record.event_id, value)


def add_profile(ledger: Ledger, record: ContactProfile) -> None:
    """Take a contact record: each field it knows, the latest by (time, id) wins."""
    for field in _CONTACT_FIELDS:
        value = getattr(record, field)
        if value in (None, ""):
            continue
        known = ledger.profile.get(field)
        if known is None or (record.at, record.event_id) > (known[0], known[1]):
            ledger.profile[field] = (record.at, record.event_id, value)
    known_email = ledger.profile.get("email")
    if record.email and (
        known_email is None or (record.at, record.event_id) > (known_email[0], known_email[1])
    ):
        ledger.profile["email"] = (record.at, record.event_id, record.email)
        ledger.email, ledger.email_domain, ledger.email_kind = (
            record.email,
            record.email_domain,
            record.email_kind,
        )
    if record.consent in ("granted", "denied"):
        ledger.consent = max(ledger.consent, (record.at, record.event_id, record.consent))
