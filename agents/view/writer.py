"""Records of the output topics to Redis commands: a pure mapping that knows no clock and no Redis.

An older record never replaces a newer one: each change carries (time, offset), compared with the last one
applied. A null value is a tombstone; it has no time of its own and stands by its offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from agents.view.commands import AddField, Command, Delete, DropField, Rank, SetHash, SetText, Unrank
from agents.view.keys import Keys
from schemas.home import split_home

SCORES: Final = "intent.scores.v1"
READY: Final = "intent.sales-ready.v1"
WATCH: Final = "intent.watch.v1"
TOPICS: Final = (SCORES, READY, WATCH)
STATES: Final = ("idle", "warming", "open", "cooling", "held", "suppressed", "redirected")
_DAY: Final = 86_400
_MAX_CONTACTS: Final = 50
_CARD_FIELDS: Final = (
    "tenant_id home account_id account_domain name time policy S F I R people engaged surge n_current p gates"
    " gate_details anonymous third_party state sales_ready".split()
)
_READY_DECISION: Final = ("kind", "tier", "trigger", "update_reason", "S", "F", "I", "R")


class Version(NamedTuple):
    """What orders the records of one home: event time in ms, then the offset."""

    time_ms: int
    offset: int


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """One record of an output topic. `topic` is the logical name, without a deployment's prefix."""

    topic: str
    key: str
    value: bytes | None
    offset: int


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long the view keeps what is not written again, in seconds."""

    account: int = 100 * _DAY  # longer than every window of a policy
    ready: int = 90 * _DAY
    watch: int = 30 * _DAY


def version_key(record: ViewRecord, keys: Keys) -> str | None:
    """Where the version of the record's subject is kept; None where order does not matter (unique events)."""
    if record.topic == SCORES:
        return keys.version("score", record.key)
    return keys.version("watch", record.key) if record.topic == WATCH else None


class Writer:
    """Maps records to commands. `now` is the epoch second of the write, for expiry only."""

    def __init__(self, keys: Keys, lifetimes: Lifetimes | None = None) -> None:
        self.keys = keys
        self.life = lifetimes or Lifetimes()

    def commands(
        self, record: ViewRecord, applied: Version | None, now: int
    ) -> tuple[list[Command], Version | None]:
        """The commands of a record and its version; no commands where `applied` is as new.

        Raises ValueError for a record that is not of its topic's shape.
        """
        value = _decode(record.value)
        version = _version(value, record.offset, applied)
        if record.topic == READY:
            return (self._ready(record.key, value) if value is not None else []), None
        if applied is not None and version <= applied:
            return [], applied
        mark = SetText(
            version_key(record, self.keys) or "", orjson.dumps(list(version)).decode(), self.life.account
        )
        if value is None:
            forget = self._forget(record.key) if record.topic == SCORES else self._unwatch(record.key)
            return [*forget, mark], version
        if record.topic == SCORES:
            return [*self._account(record.key, value, now), mark], version
        return [*self._watch(record.key, value, version.time_ms), mark], version

    def expired(self, home: str) -> list[Command]:
        """What to take out of the sets when an account's card has ended by itself."""
        return self._forget(home)

    def _account(self, home: str, value: Mapping[str, Any], now: int) -> list[Command]:
        keys, life = self.keys, self.life.account
        score, state = int(value["S"]), str(value["state"])
        if state not in STATES:
            raise ValueError("unknown state")
        tenant = str(value.get("tenant_id") or split_home(home).tenant)
        card = {name: value[name] for name in _CARD_FIELDS if name in value}
        card |= {"home": home, "tenant_id": tenant}
        people = [person for person in value.get("people_list") or () if person.get("person")]
        explained = {
            "home": home,
            "time": value["time"],
            "totals": {"fit": value["F"], "intent": value["I"], "readiness": value["R"], "score": score},
            "lines": value.get("lines") or [],
        }
        commands: list[Command] = [
            _text(keys.account(home), card, life),
            SetHash(
                keys.contacts(home),
                {
                    str(person["person"]): _json(keys.contacts(home), person)
                    for person in people[:_MAX_CONTACTS]
                },
                life,
            ),
            _text(keys.explanation(home), explained, life),
            Rank(keys.board, home, score),
            Rank(keys.expiry, home, now + life),
        ]
        commands += [Unrank(keys.state(other), home) for other in STATES if other != state]
        commands.append(Rank(keys.state(state), home, score))
        names = {value.get("account_id"), value.get("account_domain"), split_home(home).value}
        for name in sorted(str(name) for name in names if name):
            commands.append(AddField(keys.find(name), tenant, home, life))
        return commands

    def _forget(self, home: str) -> list[Command]:
        keys = self.keys
        named = (keys.account(home), keys.contacts(home), keys.explanation(home), keys.watch_notice(home))
        sets = (keys.board, keys.expiry, keys.watch, *(keys.state(state) for state in STATES))
        parts = split_home(home)
        return [
            Delete(named),
            DropField(keys.find(parts.value), parts.tenant),
            *(Unrank(name, home) for name in sets),
        ]

    def _ready(self, home: str, event: Mapping[str, Any]) -> list[Command]:
        """Listed without people: names are in the account's contact cards, which an erasure rewrites."""
        event_id, moment = str(event["id"]), _millis(event["time"])
        data = event.get("data") or {}
        decision = data.get("decision") or {}
        why = data.get("why_now") or {}
        group = data.get("buying_group") or {}
        card = {
            "id": event_id,
            "type": event["type"],
            "home": home,
            "subject": event.get("subject"),
            "time": event["time"],
            **{name: decision.get(name) for name in _READY_DECISION},
            "headline": why.get("headline") if isinstance(why, dict) else None,
            "sentences": (why.get("sentences") if isinstance(why, dict) else why) or [],
            "engaged_people": group.get("engaged_people"),
            "roles_covered": group.get("roles_covered") or [],
            "roles_missing": group.get("roles_missing") or [],
            "sla": {name: (data.get("sla") or {}).get(name) for name in ("first_touch_due_at", "ttl_at")},
        }
        return [
            _text(self.keys.ready_event(event_id), card, self.life.ready),
            Rank(self.keys.ready, event_id, moment),
        ]

    def _watch(self, home: str, event: Mapping[str, Any], moment: int) -> list[Command]:
        kind = str(event["type"]).removeprefix("intent.watch.").partition(".")[0]
        if kind == "cleared":
            return self._unwatch(home)
        decision = (event.get("data") or {}).get("decision") or {}
        notice = {
            "id": event["id"],
            "kind": kind,
            "home": home,
            "subject": event.get("subject"),
            "time": event["time"],
            **{name: decision.get(name) for name in ("S", "F", "I", "R", "gates")},
        }
        return [
            _text(self.keys.watch_notice(home), notice, self.life.watch),
            Rank(self.keys.watch, home, moment),
        ]

    def _unwatch(self, home: str) -> list[Command]:
        return [Delete((self.keys.watch_notice(home),)), Unrank(self.keys.watch, home)]


def _decode(value: bytes | None) -> dict[str, Any] | None:
    if value is None:
        return None
    try:
        decoded = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise ValueError("not JSON") from error
    if not isinstance(decoded, dict):
        raise ValueError("not an object")
    return decoded


def _version(value: Mapping[str, Any] | None, offset: int, applied: Version | None) -> Version:
    if value is None:
        return Version(applied.time_ms if applied else 0, offset)
    return Version(_millis(value["time"]), offset)


def _millis(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _text(key: str, card: Mapping[str, Any], seconds: int) -> SetText:
    return SetText(key, _json(key, card), seconds)


def _json(key: str, card: Mapping[str, Any]) -> str:
    """The card with its own key in it: a reader that got another's answer notices."""
    return orjson.dumps({"key": key, **card}).decode()


def parse_version(text: str | bytes | None) -> Version | None:
    """The version that a version key holds, or None."""
    if not text:
        return None
    time_ms, offset = msgspec.json.decode(text, type=tuple[int, int])
    return Version(time_ms, offset)
