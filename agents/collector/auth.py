"""Who may write and who may read: write keys, the API token, and callers on this machine.

All comparisons take constant time over all known keys, so neither a key nor its length can be guessed by
timing.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from typing import Final

from aiohttp import hdrs, web

from agents.collector.answers import Refused
from agents.collector.settings import DEFAULT_SOURCE, CollectorSettings, WriteKey

_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ANYONE: Final = WriteKey(key="", source=DEFAULT_SOURCE)


def header_key(request: web.Request) -> str:
    """The write key of the Authorization header (Basic user name, or Bearer), or ""."""
    scheme, _, rest = request.headers.get(hdrs.AUTHORIZATION, "").strip().partition(" ")
    if scheme.lower() == "basic":
        return _basic(rest)[0]
    return rest.strip() if scheme.lower() == "bearer" else ""


def _basic(text: str) -> tuple[str, str]:
    try:
        decoded = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    user, _, password = decoded.partition(":")
    return user, password


class WriteKeys:
    """The accepted write keys."""

    def __init__(self, keys: Sequence[WriteKey]) -> None:
        self._keys = tuple(keys)

    def find(self, presented: str) -> WriteKey | None:
        """The known key that equals the presented one."""
        found = None
        for known in self._keys:
            if _same(known.key, presented):
                found = known
        return found

    def require(self, request: web.Request, *presented: str) -> WriteKey:
        """The owner of the first presented key that is not empty. Raises Refused with 401.

        Where no keys are configured, callers on this machine need none and all others are refused.
        """
        key = next((candidate for candidate in presented if candidate), "")
        if not self._keys:
            if is_local(request):
                return _ANYONE
            raise Refused("write_key_missing")
        if not key:
            raise Refused("write_key_missing")
        found = self.find(key)
        if found is None:
            raise Refused("write_key_unknown")
        return found

    def allow_signals(self, request: web.Request, *presented: str) -> WriteKey | None:
        """As `require`, but a request without any key may bring signals (never control records): None."""
        if any(presented) or not self._keys:
            return self.require(request, *presented)
        return None


def is_local(request: web.Request) -> bool:
    """Whether the caller is on this machine: its address and the name it called, and no proxy in between."""
    if hdrs.X_FORWARDED_FOR in request.headers or hdrs.FORWARDED in request.headers:
        return False
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host.strip("[]").lower() not in _LOOPBACK_NAMES:  # another name: a page of another site, rebound to us
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def may_read(request: web.Request, settings: CollectorSettings) -> bool:
    """Whether the request carries the API token, as Bearer or as the password of Basic."""
    scheme, _, rest = request.headers.get(hdrs.AUTHORIZATION, "").strip().partition(" ")
    token = _basic(rest)[1] if scheme.lower() == "basic" else rest.strip()
    return bool(settings.api_token) and _same(settings.api_token, token)


def _same(secret: str, presented: str) -> bool:
    """Equal, compared as digests so that the time taken tells no length."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (secret, presented)]
    return hmac.compare_digest(*digests)
