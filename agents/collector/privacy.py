"""What a browser's opt-out signal does to a record: Sec-GPC and DNT, each by its own setting."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from agents.collector.records import has_identity
from agents.collector.settings import CollectorSettings, Privacy

_STRENGTH: Final[Mapping[Privacy, int]] = {"flag": 1, "anonymise": 2, "drop": 3}
_PERSONAL: Final = ("contact_id", "email", "email_hash", "name", "title")


def opted_out(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The signals that a request carries, by name: `gpc`, `dnt`."""
    found = {"gpc": headers.get("Sec-GPC", "").strip() == "1", "dnt": headers.get("DNT", "").strip() == "1"}
    return tuple(name for name, is_set in found.items() if is_set)


def apply(value: dict[str, Any], signals: tuple[str, ...], settings: CollectorSettings) -> bool:
    """Change the record by the strictest setting of the signals; False: it may not be kept.

    `flag` notes the signal in `consent`; `anonymise` also takes away who it was, and keeps a visitor only
    under an id that changes each day; `drop` keeps nothing.
    """
    if not signals:
        return True
    rules: dict[str, Privacy] = {"gpc": settings.privacy_gpc, "dnt": settings.privacy_dnt}
    rule = max((rules[name] for name in signals), key=_STRENGTH.__getitem__)
    if rule == "drop":
        return False
    stated = value.get("consent")
    consent = dict(stated) if isinstance(stated, Mapping) else {"state": "unknown", "basis": signals[0]}
    value["consent"] = {**consent, **dict.fromkeys(signals, True)}
    if rule == "anonymise":
        _anonymise(value)
    return has_identity(value)


def _anonymise(value: dict[str, Any]) -> None:
    who = next((value[name] for name in ("anonymous_id", *_PERSONAL[:3]) if value.get(name)), "")
    for name in _PERSONAL:
        value.pop(name, None)
    if who:
        day = str(value.get("received_at", ""))[:10]
        digest = hashlib.sha256(f"{value.get('tenant_id', '')}|{day}|{who}".encode("utf-8", "surrogatepass"))
        value["anonymous_id"] = "daily-" + digest.hexdigest()[:32]
