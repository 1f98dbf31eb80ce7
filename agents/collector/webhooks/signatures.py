"""How vendors sign their webhooks. Every comparison takes constant time; a missing part is a wrong signature."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

WINDOW_SECONDS: Final = 300  # how old a signature may be where the vendor says so


def public_key(text: str) -> str:
    """A base64 SPKI key on the curve P-256, as SendGrid shows it. Raises ValueError without the text."""
    _load(text)
    return text


def _load(text: str) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except Exception as error:  # the library raises many kinds, all of which mean this
        raise ValueError("must be a base64 public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("must be a public key on an elliptic curve")
    return key


def webhook_secret(text: str) -> str:
    """`whsec_` and base64, as Standard Webhooks writes secrets. Raises ValueError."""
    try:
        base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be whsec_ and base64") from error
    return text


def sendgrid(key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """ECDSA over the timestamp and the raw body."""
    stamp = headers.get("X-Twilio-Email-Event-Webhook-Timestamp", "")
    try:
        signature = base64.b64decode(headers.get("X-Twilio-Email-Event-Webhook-Signature", ""), validate=True)
        _load(key).verify(signature, stamp.encode() + body, ec.ECDSA(SHA256()))
    except (binascii.Error, ValueError, InvalidSignature, UnicodeError):
        return False
    return bool(stamp)


def mailgun(key: str, timestamp: str, token: str, signature: str) -> bool:
    """HMAC of timestamp and token; the payload is not covered, so a token may bring only one payload."""
    expected = _hex(key.encode(), f"{timestamp}{token}".encode("utf-8", "replace"))
    return bool(token) and _same(expected, signature)


def hubspot(
    secret: str, headers: Mapping[str, str], method: str, uri: str, body: bytes, now: datetime
) -> bool:
    """Version 3: base64 HMAC of method, public address, body and a timestamp of the last five minutes."""
    stamp = headers.get("X-HubSpot-Request-Timestamp", "")
    if not _fresh(stamp, now, 1000):
        return False
    digest = hmac.new(
        secret.encode(), f"{method}{uri}".encode() + body + stamp.encode(), hashlib.sha256
    ).digest()
    return _same(base64.b64encode(digest).decode(), headers.get("X-HubSpot-Signature-v3", ""))


def zoom(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """`v0=` and the hex HMAC of `v0:timestamp:body`."""
    stamp = headers.get("x-zm-request-timestamp", "")
    signed = f"v0:{stamp}:".encode("utf-8", "replace") + body
    return bool(stamp) and _same("v0=" + _hex(secret.encode(), signed), headers.get("x-zm-signature", ""))


def zoom_answer(secret: str, plain_token: str) -> dict[str, str]:
    """The answer to Zoom's challenge."""
    return {"plainToken": plain_token, "encryptedToken": _hex(secret.encode(), plain_token.encode())}


def standard(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Standard Webhooks: any of the `v1,` signatures over `id.timestamp.body`, of the last five minutes."""
    event_id, stamp = webhook_header(headers, "id"), webhook_header(headers, "timestamp")
    if not event_id or not _fresh(stamp, now, 1):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{event_id}.{stamp}.".encode("utf-8", "replace") + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    presented = webhook_header(headers, "signature").split()
    return sum(_same(expected, one) for one in presented) > 0


def webhook_header(headers: Mapping[str, str], name: str) -> str:
    """A header of Standard Webhooks, which Svix, where it comes from, still sends under its own name."""
    return headers.get(f"webhook-{name}") or headers.get(f"svix-{name}", "")


def basic(expected: str, authorization: str) -> bool:
    """HTTP Basic with exactly `user:password`."""
    wanted = "Basic " + base64.b64encode(expected.encode()).decode()
    return _same(wanted, authorization)


def _fresh(stamp: str, now: datetime, units: int) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        return False
    return abs(now.timestamp() - int(stamp) / units) <= WINDOW_SECONDS


def _hex(key: bytes, signed: bytes) -> str:
    return hmac.new(key, signed, hashlib.sha256).hexdigest()


def _same(expected: str, presented: str) -> bool:
    return hmac.compare_digest(expected.encode(), presented.encode("utf-8", "surrogatepass"))
