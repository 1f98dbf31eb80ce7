"""Who a record is about: its identity keys, normalised, and how sure it is of the account.

The home that follows from them is streams/placement.py's; here are only the homes of control records.
"""

import re
from typing import Final

import msgspec

from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.home import account_home, anon_home, contact_home, domain_home, email_home
from schemas.inputs.envelope import AccountMatch, Envelope
from streams.domains import BUSINESS, HASHED, NO_DOMAIN, Domain, Domains, ascii_host
from streams.normalise import optional_thousandths

SURE: Final = 1000  # thousandths
_FORBIDDEN: Final = frozenset(' \t\r\n\v\f"(),:;<>@[\\]\x00\x7f')
_PLAIN: Final = re.compile(r"[a-z0-9._+-]{1,64}@([a-z0-9.-]*[a-z0-9])")
_DIGESTS: Final = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_HEX: Final = frozenset("0123456789abcdef")


class Mailbox(msgspec.Struct, frozen=True, gc=False):
    """A normalised address, its registrable domain where a company owns it, and the kind of that domain."""

    address: str
    domain: str
    kind: str


NO_MAILBOX: Final = Mailbox("", "", "")


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Who and where, normalised; "" for what is absent. `match`, `confidence`: how the account was found."""

    contact_id: str
    mailbox: Mailbox
    anonymous_id: str
    account_id: str
    account_domain: str
    match: str
    confidence: int


def mailbox(text: str, domains: Domains) -> Mailbox:
    """An e-mail address, trimmed, in lower case, its domain in punycode. NO_MAILBOX for what cannot be one.

    Sub-addresses (a+b@) stay: they are other mailboxes to some servers.
    """
    plain = _PLAIN.fullmatch(text)  # most are, and need no cleaning
    if plain is not None:
        domain = domains.classify(plain[1])
        if domain is not NO_DOMAIN:
            return _mailbox(text, domain)
    text = text.strip().lower()
    local, at, host = text.rpartition("@")
    if not at or not local or len(local) > 64 or not _FORBIDDEN.isdisjoint(local) or not local.isprintable():
        return NO_MAILBOX
    domain = domains.classify(host)
    if domain is NO_DOMAIN or not host.isascii() or host[-1] == ".":
        host = ascii_host(host)  # a public suffix may be a mailbox's host, if it is a host at all
        if not host:
            return NO_MAILBOX
        text = f"{local}@{host}"
    return _mailbox(text, domain)


def _mailbox(address: str, domain: Domain) -> Mailbox:
    if domain.kind == BUSINESS:
        return Mailbox(address, domain.name, BUSINESS)
    return Mailbox(address, "", domain.kind)


def hashed_mailbox(text: str) -> Mailbox:
    """A digest of an address stands for the address: `sha256:...`. NO_MAILBOX for what is no digest."""
    digest = text.strip().lower().rpartition(":")[2]
    name = _DIGESTS.get(len(digest))
    if name is None or not _HEX.issuperset(digest):
        return NO_MAILBOX
    return Mailbox(f"{name}:{digest}", "", HASHED)


def identify(record: Envelope, domains: Domains) -> Identity:
    """The identity of a record. A bad address or domain is dropped where something else says who it is.

    Raises Refusal where nothing is left: BAD_EMAIL, BAD_DOMAIN, or MISSING_IDENTITY.
    """
    contact_id = record.contact_id or ""
    anonymous_id = record.anonymous_id or ""
    account_id = record.account_id or ""
    found = NO_MAILBOX
    if record.email:
        found = mailbox(record.email, domains)
    if record.email_hash and found is NO_MAILBOX:
        found = hashed_mailbox(record.email_hash)
    company = domains.company(record.account_domain) if record.account_domain else NO_DOMAIN
    domain = company.name if company.kind == BUSINESS else ""
    if not (contact_id or anonymous_id or account_id or domain or found.address):
        raise _nobody(record, company.kind)
    match, confidence = _match(record.account_match, account_id, domain)
    return Identity(contact_id, found, anonymous_id, account_id, domain, match, confidence)


def _nobody(record: Envelope, kind: str) -> Refusal:
    if record.email or record.email_hash:
        return Refusal(Reason.BAD_EMAIL, "$.email" if record.email else "$.email_hash")
    if record.account_domain:
        if kind:
            return Refusal(Reason.MISSING_IDENTITY, f"$.account_domain is {kind}, which is no account")
        return Refusal(Reason.BAD_DOMAIN, "$.account_domain")
    return Refusal(Reason.MISSING_IDENTITY)


def _match(said: AccountMatch | str | None, account_id: str, domain: str) -> tuple[str, int]:
    """How the account was found, by the record or, where it is silent, by what it carries."""
    if not account_id and not domain:
        return "", SURE
    method = "crm" if account_id else "provider"
    if said is None or isinstance(said, str):
        return method, SURE
    confidence = optional_thousandths(said.confidence)
    return said.method or method, SURE if confidence is None else confidence


def home_of_erasure(tenant: str, who: Identity) -> str:
    """Where an erasure begins: the registry of the strongest name it gives."""
    if who.contact_id:
        return contact_home(tenant, who.contact_id)
    if who.mailbox.domain:
        return domain_home(tenant, who.mailbox.domain)
    if who.mailbox.address:
        return email_home(tenant, who.mailbox.address)
    return anon_home(tenant, who.anonymous_id)


def home_of_disposition(tenant: str, who: Identity, domains: Domains) -> str:
    """Home of the account that sales names: its domain, which may stand in the account_id, else its id."""
    domain = who.account_domain
    if not domain and "." in who.account_id:
        company = domains.classify(who.account_id)
        domain = company.name if company.kind == BUSINESS else ""
    return domain_home(tenant, domain) if domain else account_home(tenant, who.account_id)
