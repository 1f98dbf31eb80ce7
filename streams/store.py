"""The state of one signal partition: homes, ledgers and a note about the partition itself.

Two kinds of values share one changelog: an Account for each home, a Ledger for each identity at a home. Their keys are
digests, so that the tombstone of an erased person names nobody: of the home, and of the identity behind it, so that a
home is one range of keys. What was restored stays bytes until it is needed, in memory or in a `Backing`; with one,
homes that are long unchanged leave memory again. `snapshot_dirty` encodes what changed; the same state gives the same
bytes.
"""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice
from typing import Final, Protocol

import msgspec

from streams.account import Account
from streams.ledger import Ledger

META_KEY: Final = b"#partition 2"  # no home, those hold a slash; the number is that of all values' form
_ENCODER: Final = msgspec.msgpack.Encoder()
_ACCOUNT: Final = msgspec.msgpack.Decoder(Account)
_LEDGER: Final = msgspec.msgpack.Decoder(Ledger)
_ENVELOPE: Final = msgspec.msgpack.Decoder(tuple[bool, str, str, msgspec.Raw])  # due, home, identity, state
_HOME_KEY: Final = 32  # characters of a key that are its home's; the key of an account has no others
_DUE: Final = 0xC3  # the second byte of a value whose first field is true
_NOT_DUE: Final = 0xC2


class Backing(Protocol):
    """Encoded values outside of memory, by key, as of the last commit that is durable in it."""

    def load(self, prefix: bytes) -> list[bytes]:
        """The values of all keys that begin so."""

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value, in key order."""


class Meta(msgspec.Struct, array_like=True, gc=False):
    """What the partition knows about itself."""

    first_day: int = -1  # UTC day of its first record or tick
    last_tick: int = -1  # ms
    policy_document: str = ""  # the last policy change, "" for the one it started with
    erased: dict[int, int] = {}  # digest of an erased identity -> ms up to which its records are refused
    partition: int = 0  # as the ticks say
    partitions: int = 0
    spent: dict[str, int] = {}  # alerts of the day by segment, where the policy has a budget
    spent_day: int = -1
    policies: list[int] = []  # event keys of the policy changes seen, the latest last


_META: Final = msgspec.msgpack.Decoder(Meta)


class Store:
    """Accounts and ledgers by home, with what changed since the last snapshot."""

    def __init__(self) -> None:
        self.meta = Meta()
        self._accounts: dict[str, Account] = {}
        self._ledgers: dict[str, dict[str, Ledger]] = {}
        self._raw: dict[bytes, list[bytes]] = {}  # home's key -> its values, until it is asked for
        self._waiting: list[bytes] = []  # restored accounts that have something due
        self._backing: Backing | None = None
        self._limit = 0
        self._resident: dict[
            str, None
        ] = {}  # homes that memory knows better than the backing, oldest change first
        self._dirty: set[tuple[str, str]] = set()
        self._versions: dict[str, dict[str, int]] = {}  # home -> ledger -> changes seen, for caches
        self._structures: dict[str, int] = {}
        self._relations: dict[str, int] = {}
        self._changes = 0
        self._meta_dirty = False

    def attach(self, backing: Backing, limit: int) -> None:
        """Before `restore`: homes are read from here when asked for; `settle` keeps at most `limit` of them."""
        self._backing, self._limit = backing, limit

    def account(self, home: str) -> Account | None:
        """The account at a home, None where nothing is remembered."""
        found = self._accounts.get(home)
        return found if found is not None else self._find(home)

    def ensure(self, home: str) -> Account:
        """The account at a home, made on first use."""
        account = self.account(home)
        if account is None:
            account = self._accounts[home] = Account(home)
            self._dirty.add((home, ""))
            self.restructure(home)  # no cache of an earlier life of this home may fit
        return account

    def ledgers(self, home: str) -> dict[str, Ledger]:
        """All ledgers at a home by identity; do not add to it, use `ledger`."""
        found = self._ledgers.get(home)
        if found is None and home not in self._accounts:
            self._find(home)
            found = self._ledgers.get(home)
        return {} if found is None else found

    def ledger(self, home: str, identity: str) -> Ledger:
        """One ledger, made on first use and marked as changed."""
        at_home = self._ledgers.get(home)
        if at_home is None:
            self.ledgers(home)
            at_home = self._ledgers.setdefault(home, {})
        found = at_home.get(identity)
        if found is None:
            found = at_home[identity] = Ledger(identity)
            self.restructure(home, relations=False)
        self.touch(home, identity)
        return found

    def touch(self, home: str, identity: str = "") -> None:
        """Mark an account or a ledger as changed."""
        self._dirty.add((home, identity))
        if identity:
            self._changes += 1
            versions = self._versions.get(home)
            if versions is None:
                versions = self._versions[home] = {}
            versions[identity] = self._changes

    def versions(self, home: str) -> dict[str, int]:
        """For each changed ledger at a home a number that grows with every change; nothing for untouched ones."""
        return self._versions.get(home, {})

    @property
    def changes(self) -> int:
        """The number of the latest change of any ledger or relation."""
        return self._changes

    def restructure(self, home: str, relations: bool = True) -> None:
        """Who is who (relations), or only who is here, has changed at a home."""
        self._changes += 1
        self._structures[home] = self._changes
        if relations:
            self._relations[home] = self._changes

    def relations(self, home: str) -> int:
        """A number that grows whenever links, claims, places or aliases at a home change."""
        return self._relations.get(home, 0)

    def structure(self, home: str) -> int:
        """A number that grows whenever the relations or the set of ledgers at a home change."""
        return self._structures.get(home, 0)

    def touch_meta(self) -> None:
        """Mark the partition's own note as changed."""
        self._meta_dirty = True

    def drop_ledger(self, home: str, identity: str) -> None:
        """Forget one ledger."""
        self._ledgers.get(home, {}).pop(identity, None)
        self.touch(home, identity)
        self.restructure(home, relations=False)

    def drop_home(self, home: str) -> None:
        """Forget a home and its ledgers."""
        for identity in list(self.ledgers(home)):
            self.drop_ledger(home, identity)
        self._ledgers.pop(home, None)
        self._versions.pop(home, None)
        self._structures.pop(home, None)
        self._relations.pop(home, None)
        if self._accounts.pop(home, None) is not None:
            self._dirty.add((home, ""))  # with a backing it stays resident until its end is durable

    def homes(self) -> Iterator[str]:
        """Every home that is remembered, in no order; those in a backing are not loaded."""
        yield from list(self._accounts)
        yield from [_ENVELOPE.decode(values[0])[1] for values in self._raw.values()]
        for key, value in self._backing.items() if self._backing is not None else ():
            if len(key) == _HOME_KEY and (home := _ENVELOPE.decode(value)[1]) not in self._resident:
                yield home

    @property
    def resident(self) -> int:
        """How many homes are decoded in memory."""
        return len(self._accounts)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one key of the durable state; with a backing, which has it too, only what is due is noted.

        ValueError for a value of another version.
        """
        if key == META_KEY:
            self.meta = Meta() if value is None else _META.decode(value)
            return
        if value is None:
            return  # each key comes once, so there is nothing to take back
        if value[1] != _NOT_DUE:
            if value[1] != _DUE:
                raise ValueError(
                    "the state was written by another version: reset it as deploy/README.md says"
                )
            self._waiting.append(value)
        if self._backing is None:
            held = self._raw.get(key[:_HOME_KEY])
            if held is None:
                self._raw[key[:_HOME_KEY]] = [value]
            else:
                held.append(value)

    def due_homes(self) -> Iterator[Account]:
        """Restored accounts that have something pending or a timer running, for reading."""
        waiting, self._waiting = self._waiting, []
        for value in waiting:
            _, home, _, state = _ENVELOPE.decode(value)
            account = self.account(home) if self._backing is None else _ACCOUNT.decode(state)
            if account is not None:
                yield account

    def snapshot_dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Keys that changed since the last call with their values, None for the gone; by home and identity."""
        changed: list[tuple[bytes, bytes | None]] = []
        if self._meta_dirty:
            changed.append((META_KEY, _ENCODER.encode(self.meta)))
            self._meta_dirty = False
        last, prefix = "", b""
        for home, identity in sorted(self._dirty):
            if home != last:
                last, prefix = home, home_key(home)
                if self._backing is not None:
                    self._resident[home] = self._resident.pop(home, None)
            changed.append(self._encode(home, prefix, identity))
        self._dirty.clear()
        return changed

    def settle(self) -> list[str]:
        """What was snapshot is in the backing now: forget the homes longest unchanged beyond the limit, name them."""
        excess = len(self._resident) - self._limit if self._backing is not None else 0
        if excess <= 0:
            return []
        changed = {home for home, _ in self._dirty}  # since the snapshot: the backing has them as they were
        idle = [home for home in islice(self._resident, excess + len(changed)) if home not in changed][
            :excess
        ]
        for home in idle:
            del self._resident[home]
            for held in (self._accounts, self._ledgers, self._versions, self._structures, self._relations):
                held.pop(home, None)
        return idle

    def _encode(self, home: str, prefix: bytes, identity: str) -> tuple[bytes, bytes | None]:
        if identity:
            ledger = self._ledgers.get(home, {}).get(identity)
            key = prefix + _identity_key(identity)
            return key, None if ledger is None else _ENCODER.encode((False, home, identity, ledger))
        account = self._accounts.get(home)
        if account is None:
            return prefix, None
        due = account.pending or account.due >= 0 or account.score_due
        return prefix, _ENCODER.encode((due, home, "", account))

    def _find(self, home: str) -> Account | None:
        """A home that is not in memory, from what was restored or from the backing."""
        if self._raw:
            self._decode(home, self._raw.pop(home_key(home), []))
        elif self._backing is not None and home not in self._resident:
            self._resident[home] = None
            self._decode(home, self._backing.load(home_key(home)))
        return self._accounts.get(home)

    def _decode(self, home: str, values: list[bytes]) -> None:
        for value in values:
            _, _, identity, state = _ENVELOPE.decode(value)
            if identity:
                self._ledgers.setdefault(home, {})[identity] = _LEDGER.decode(state)
            else:
                self._accounts[home] = _ACCOUNT.decode(state)
        if values:
            self.restructure(home)  # what caches knew of it may be older


def home_key(home: str) -> bytes:
    """The key of an account, with which the keys of all ledgers there begin."""
    return blake2b(home.encode(), digest_size=_HOME_KEY // 2).hexdigest().encode()


def _identity_key(identity: str) -> bytes:
    return blake2b(identity.encode(), digest_size=12).hexdigest().encode()


def state_key(home: str, identity: str) -> bytes:
    """The key of a ledger, or of the account for no identity."""
    return home_key(home) + (_identity_key(identity) if identity else b"")
