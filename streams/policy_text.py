"""How words in a policy are checked and normalised: a function a form, raising ValueError with the why."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH: Final = dt.date(1970, 1, 1)
_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
LINK_NAMES: Final = frozenset({"account_id", "account_domain"})
_LINK: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[!-~]*"
)  # no account, nothing of ours in the host
_PLACE: Final = re.compile(r"\{(\w*)\}")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00")


def plain(text: str) -> str:
    """Trimmed text of 1 to 400 printable characters."""
    text = text.strip()
    if not 1 <= len(text) <= 400 or not text.isprintable():
        raise ValueError("must be 1 to 400 printable characters")
    return text


def word(text: str) -> str:
    """Plain text in lower case: what it is compared with is lower case too."""
    return plain(text).lower()


def signal(text: str) -> str:
    """The name of a signal, or nothing."""
    return text.strip()


def domain(text: str) -> str:
    """A domain in lower case, international ones in their ASCII form; no scheme, no path, no address."""
    text = text.strip().rstrip(".").lower()
    try:
        text = text.encode("idna").decode("ascii") if not text.isascii() else text
    except UnicodeError:
        raise ValueError("is not a domain such as acme.com") from None
    if len(text) > 253 or not _DOMAIN.fullmatch(text):
        raise ValueError("is not a domain such as acme.com")
    return text


def country(text: str) -> str:
    """An ISO 3166 code of two letters, upper case."""
    text = text.strip().upper()
    if len(text) != 2 or not (text.isascii() and text.isalpha()):
        raise ValueError("is not a country code of two letters such as DE")
    return text


def date(text: str) -> str:
    """A calendar day, YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ValueError("is not a day such as 2025-03-31") from None


def day_number(text: str) -> int:
    """The number of a UTC day since 1970-01-01."""
    return (dt.date.fromisoformat(date(text)) - EPOCH).days


def day_text(day: int) -> str:
    """The inverse of `day_number`."""
    return (EPOCH + dt.timedelta(days=day)).isoformat()


def clock(text: str) -> int:
    """A time of day as minutes after midnight; 24:00 ends a day."""
    text = text.strip()
    if not _CLOCK.fullmatch(text):
        raise ValueError("is not a time of day such as 09:00")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def clock_text(minutes: int) -> str:
    """The inverse of `clock`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def account_link(text: str) -> str:
    """A web address with {account_id} or {account_domain} in its path, query or fragment; or nothing."""
    text = text.strip()
    if not text:
        return text
    if len(text) > 400 or not _LINK.fullmatch(text):
        raise ValueError("is not a web address such as https://crm.example/accounts/{account_id}")
    names = _PLACE.findall(text)
    if any(name not in LINK_NAMES for name in names) or set("{}") & set(_PLACE.sub("", text)):
        raise ValueError("may hold {account_id} and {account_domain}, and no other braces")
    if not names:
        raise ValueError("needs {account_id} or {account_domain}: every account would lead to one page")
    return text


def zone(text: str) -> str:
    """An IANA time zone."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone such as Europe/Berlin") from None
    return text


FORMS: Final[dict[str, Callable[[str], str]]] = {
    "plain": plain, "word": word, "signal": signal, "domain": domain, "country": country, "date": date,
    "zone": zone, "link": account_link,
}  # fmt: skip
