"""The state of one signal partition in memory: homes, ledgers and a note about the partition itself.

Two kinds of values share one changelog: an Account for each home, a Ledger for each identity at a home. Their keys are
digests, so that the tombstone of an erased person names nobody; home and identity are in the value. What was
restored stays bytes until it is needed. `snapshot_dirty` encodes what changed; the same state gives the same bytes.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from streams.account import Account
from streams.ledger import Ledger

META_KEY: Final = b"#partition"  # no home: those hold a slash
_ENCODER: Final = msgspec.msgpack.Encoder()
_ACCOUNT: Final = msgspec.msgpack.Decoder(Account)
_LEDGER: Final = msgspec.msgpack.Decoder(Ledger)
_ENVELOPE: Final = msgspec.msgpack.Decoder(tuple[str, str, bool, msgspec.Raw])  # home, identity, due, state


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
        self._raw: dict[
            str, dict[str, tuple[bool, msgspec.Raw]]
        ] = {}  # home -> identity ("" for the account)
        self._dirty: set[tuple[str, str]] = set()
        self._versions: dict[str, dict[str, int]] = {}  # home -> ledger -> changes seen, for caches
        self._structures: dict[str, int] = {}
        self._relations: dict[str, int] = {}
        self._changes = 0
        self._meta_dirty = False

    def account(self, home: str) -> Account | None:
        """The account at a home, None where nothing is remembered."""
        if self._raw and home in self._raw:
            self._load(home)
        return self._accounts.get(home)

    def ensure(self, home: str) -> Account:
        """The account at a home, made on first use."""
        account = self.account(home)
        if account is None:
            account = self._accounts[home] = Account(home)
            self._dirty.add((home, ""))
        return account

    def ledgers(self, home: str) -> dict[str, Ledger]:
        """All ledgers at a home by identity; do not add to it, use `ledger`."""
        if self._raw and home in self._raw:
            self._load(home)
        return self._ledgers.get(home, {})

    def ledger(self, home: str, identity: str) -> Ledger:
        """One ledger, made on first use and marked as changed."""
        if self._raw and home in self._raw:
            self._load(home)
        at_home = self._ledgers.get(home)
        if at_home is None:
            at_home = self._ledgers[home] = {}
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
            self._dirty.add((home, ""))

    def homes(self) -> Iterator[str]:
        """Every home that is remembered, in no order."""
        yield from [*self._accounts, *(home for home in self._raw if home not in self._accounts)]

    def __len__(self) -> int:
        return len(self._accounts) + len(self._raw)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one key of the changelog."""
        if key == META_KEY:
            self.meta = Meta() if value is None else _META.decode(value)
            return
        if value is None:
            return  # each key comes once, so there is nothing to take back
        home, identity, due, payload = _ENVELOPE.decode(value)
        self._raw.setdefault(home, {})[identity] = (due, payload)

    def due_homes(self) -> Iterable[Account]:
        """Restored accounts that have something pending or a timer running."""
        waiting = [home for home, parts in self._raw.items() if "" in parts and parts[""][0]]
        for home in waiting:
            account = self.account(home)
            if account is not None:
                yield account

    def snapshot_dirty(self) -> list[tuple[bytes, bytes | None]]:
        """Keys that changed since the last call with their values, None for those that are gone; in key order."""
        changed: list[tuple[bytes, bytes | None]] = []
        if self._meta_dirty:
            changed.append((META_KEY, _ENCODER.encode(self.meta)))
            self._meta_dirty = False
        for home, identity in sorted(self._dirty):
            changed.append(self._encode(home, identity))
        self._dirty.clear()
        return changed

    def _encode(self, home: str, identity: str) -> tuple[bytes, bytes | None]:
        key = blake2b(f"{home}\x00{identity}".encode(), digest_size=16).hexdigest().encode()
        if identity:
            ledger = self._ledgers.get(home, {}).get(identity)
            return key, None if ledger is None else _ENCODER.encode((home, identity, False, ledger))
        account = self._accounts.get(home)
        if account is None:
            return key, None
        due = account.pending or account.due >= 0 or account.score_due
        return key, _ENCODER.encode((home, "", due, account))

    def _load(self, home: str) -> None:
        for identity, (_, payload) in self._raw.pop(home).items():
            if identity:
                self._ledgers.setdefault(home, {})[identity] = _LEDGER.decode(payload)
            else:
                self._accounts[home] = _ACCOUNT.decode(payload)
