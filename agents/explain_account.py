"""What `intent explain` asks of a pipeline: the account by any of its names, and its block as of a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from agents.cli_options import Failed
from schemas.home import split_home
from streams.account import Account, field
from streams.events import explain_record
from streams.pipeline import Pipeline
from streams.placement import is_account
from streams.policy import Policy
from streams.scoring import assess
from streams.store import Store
from streams.timeline import day_of, iso_text

DEFAULT_TENANT: Final = "default"


class Blank(NamedTuple):
    """A moment at which the account was not known yet."""

    at: int
    first_day: int
    policy: Policy


class Questions:
    """The moments asked about, earliest first, and what was found for each."""

    def __init__(self, name: str, moments: Iterable[int]) -> None:
        self._name = name
        self.moments = list(moments)
        self._order = sorted(range(len(self.moments)), key=lambda index: self.moments[index])
        self._next: dict[int, int] = {}  # partition -> how many of the order are answered
        self._found: dict[int, dict[str, Any]] = {}
        self._blank: dict[int, Blank] = {}
        self._home = ""

    def due(self, partition: int, until: int) -> Iterator[int]:
        """Moments up to and including `until` that this partition was not asked for yet; each asked once."""
        while self._next.get(partition, 0) < len(self._order):
            index = self._order[self._next.get(partition, 0)]
            if self.moments[index] > until:
                return
            self._next[partition] = self._next.get(partition, 0) + 1
            yield index

    def answer(self, pipeline: Pipeline, index: int, at: int) -> None:
        """Look the account up in a pipeline that stands at this moment."""
        account = find_account(pipeline.store, self._name)
        if account is not None:
            self._home = account.home
            self._found[index] = block(account, pipeline.store, pipeline.policy, at)
        else:
            self._blank[index] = Blank(at, pipeline.store.meta.first_day, pipeline.policy)

    def all_answered(self, partition: int) -> bool:
        """Whether nothing more is asked of this partition."""
        return bool(self._order) and self._next.get(partition, 0) >= len(self._order)

    def answers(self) -> list[dict[str, Any]]:
        """One block a moment, in the order asked. Raises Failed where no moment knows the account."""
        if not self._found:
            raise Failed(self._nothing())
        return [self._found.get(index) or self._before(index) for index in range(max(len(self.moments), 1))]

    def _before(self, index: int) -> dict[str, Any]:
        """The block of an account of which nothing is known yet."""
        blank, store = self._blank[index], Store()
        store.meta.first_day = blank.first_day
        return block(Account(self._home), store, blank.policy, blank.at)

    def _nothing(self) -> str:
        if not self.moments:
            return f"nothing is known of {self._name!r}"
        last = iso_text(max(self.moments))
        return f"nothing is known of {self._name!r} as of {last}"


def find_account(store: Store, name: str) -> Account | None:
    """The account that goes by a name: its home, account_id, domain, or another of its names."""
    best: tuple[int, bool, str] | None = None
    found = None
    for home in store.homes():
        account = store.account(home)
        if account is None or account.forward[2] or not (account.profile or store.ledgers(home)):
            continue
        match = _match(account, name)
        order = (match, split_home(home).tenant != DEFAULT_TENANT, home)
        if match and (best is None or order < best):
            best, found = order, account
    return found


def _match(account: Account, name: str) -> int:
    """How an account goes by a name, the closest first; 0 where it does not."""
    home = split_home(account.home)
    if account.home == name:
        return 1
    if not is_account(account.home):
        return 0
    if field(account, "account_id") == name:
        return 2
    lower = name.lower()
    if home.value.lower() == lower:
        return 3
    aliases = [split_home(alias) for alias in account.aliases]
    return (
        4
        if any(name == a.value or lower == a.value.lower() for a in aliases) or name in account.aliases
        else 0
    )


def block(account: Account, store: Store, policy: Policy, at: int) -> dict[str, Any]:
    """One moment: the keys of an `explain` block of the scenarios, and beside them gates, lines and people."""
    assessment = assess(account, store, day_of(at), policy)
    record = explain_record(account, assessment, at, policy)
    return {"at": record.pop("at"), "account": record.pop("account"), "home": account.home, **record}
