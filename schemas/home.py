"""The home of a record: the key under which it is sent through the signal log, told from the record alone.

A home is text, `{tenant}/{address}`. The address is a registrable domain, or one of `account:ID`, `contact:ID`,
`email:E` and `anon:A` where no company domain is known. Domains hold no colon, so the five kinds never meet.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

HomeKind = Literal["domain", "account", "contact", "email", "anon"]
_PREFIXES: tuple[HomeKind, ...] = ("account", "contact", "email", "anon")


class HomeParts(NamedTuple):
    """The three parts of a home."""

    tenant: str
    kind: HomeKind
    value: str


def domain_home(tenant: str, domain: str) -> str:
    """Home of the company that owns a registrable domain."""
    return f"{tenant}/{domain}"


def account_home(tenant: str, account_id: str) -> str:
    """Home of a CRM account of which no domain is known."""
    return f"{tenant}/account:{account_id}"


def contact_home(tenant: str, contact_id: str) -> str:
    """Home, and registry, of a contact id."""
    return f"{tenant}/contact:{contact_id}"


def email_home(tenant: str, email: str) -> str:
    """Home, and registry, of an e-mail address that names no company."""
    return f"{tenant}/email:{email}"


def anon_home(tenant: str, anonymous_id: str) -> str:
    """Home, and registry, of an anonymous visitor."""
    return f"{tenant}/anon:{anonymous_id}"


@lru_cache(maxsize=1 << 16)  # the same accounts are looked at again and again
def split_home(home: str) -> HomeParts:
    """Take a home apart; the inverse of the functions above."""
    tenant, _, address = home.partition("/")
    kind, colon, value = address.partition(":")
    if colon and kind in _PREFIXES:
        return HomeParts(tenant, kind, value)
    return HomeParts(tenant, "domain", address)
