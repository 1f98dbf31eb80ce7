"""What profiles say about a company, field by field: the latest statement by (time, id) wins."""

from typing import Final

from schemas.signal import AccountProfile
from streams.account import Account

_FIELDS: Final = (
    "account_id", "account_domain", "name", "employees", "industry", "country", "revenue", "technologies",
    "named_account", "owner",
    "backup_owner", "territory_key", "segment", "funding_stage", "expected_deal_value",
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
