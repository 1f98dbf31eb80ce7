"""What the API and the page may ask of the view. Reading only."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from agents.view.keys import Keys
from agents.view.store import ViewStore
from agents.view.writer import STATES

_SCAN_FACTOR: Final = 4  # rows looked at for each one wanted, where a filter is on
_MAX_ROWS: Final = 1000
DIMENSIONS: Final = ("fit", "intent", "readiness", "score")


class Reader(Protocol):
    """The questions the collector asks; tests answer them from memory."""

    async def accounts(
        self, limit: int = 50, *, state: str = "", min_score: int = 0, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """Account cards by S, highest first; `min_score` in milli-points."""

    async def account(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        """One account by account id, domain or home, with its contact cards in `people_list`."""

    async def explain(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        """The lines of one account's score, each dimension with its total and what does not add up."""

    async def sales_ready(self, limit: int = 50) -> list[dict[str, Any]]:
        """Sales-ready events, newest first."""

    async def watched(self, limit: int = 50) -> list[dict[str, Any]]:
        """Early notices and near misses that still stand, newest first."""

    async def counts(self) -> dict[str, Any]:
        """How many accounts there are, by state, and how long the lists are."""


class ViewReader:
    """Reader on Redis. Every method raises ViewError when the view cannot be read."""

    def __init__(self, store: ViewStore, keys: Keys | None = None) -> None:
        self._store = store
        self._keys = keys or Keys()

    async def accounts(
        self, limit: int = 50, *, state: str = "", min_score: int = 0, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """See Reader. A state that does not exist has no accounts."""
        limit = min(max(limit, 0), _MAX_ROWS)
        board = self._keys.state(state) if state else self._keys.board
        homes = await self._store.top(board, limit * _SCAN_FACTOR if tenant else limit)
        cards = await self._store.cards([self._keys.account(home) for home in homes])
        kept = [card for card in cards if card is not None and card["S"] >= min_score]
        if tenant:
            kept = [card for card in kept if card["tenant_id"] == tenant]
        return [_public(card) for card in kept[:limit]]

    async def account(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        """See Reader."""
        card = await self._find(name, tenant)
        if card is None:
            return None
        people = await self._store.hash_cards(self._keys.contacts(card["home"]))
        people.sort(key=lambda person: (-(person.get("points") or 0), str(person.get("person"))))
        return _public(card) | {"people_list": [_public(person) for person in people]}

    async def explain(self, name: str, *, tenant: str = "") -> dict[str, Any] | None:
        """See Reader. An account below the policy's explanation limit has no lines."""
        card = await self._find(name, tenant)
        if card is None:
            return None
        (lines,) = await self._store.cards([self._keys.explanation(card["home"])])
        totals = {"fit": card["F"], "intent": card["I"], "readiness": card["R"], "score": card["S"]}
        explained = lines if lines is not None and lines.get("time") == card["time"] else {}
        return _public(card) | {"explanation": explanation(explained.get("lines", ()), totals)}

    async def sales_ready(self, limit: int = 50) -> list[dict[str, Any]]:
        """See Reader; `account` is what the account is called now, None where the view no longer has it."""
        ids = await self._store.top(self._keys.ready, min(limit, _MAX_ROWS))
        cards = await self._store.cards([self._keys.ready_event(event_id) for event_id in ids])
        events = [card for card in cards if card is not None]
        accounts = await self._store.cards([self._keys.account(event["home"]) for event in events])
        return [
            _public(event) | {"account": _named(card)} for event, card in zip(events, accounts, strict=True)
        ]

    async def watched(self, limit: int = 50) -> list[dict[str, Any]]:
        """See Reader; with the account's present card, whose gates are newer than the notice's."""
        homes = await self._store.top(self._keys.watch, min(limit, _MAX_ROWS))
        notices = await self._store.cards([self._keys.watch_notice(home) for home in homes])
        accounts = await self._store.cards([self._keys.account(home) for home in homes])
        return [
            _public(notice) | {"account": _public(card) if card else None}
            for notice, card in zip(notices, accounts, strict=True)
            if notice is not None
        ]

    async def counts(self) -> dict[str, Any]:
        """See Reader."""
        keys = self._keys
        names = [keys.board, keys.ready, keys.watch, *(keys.state(state) for state in STATES)]
        accounts, ready, watch, *states = await self._store.sizes(names)
        return {
            "accounts": accounts,
            "sales_ready": ready,
            "watch": watch,
            "states": dict(zip(STATES, states, strict=True)),
        }

    async def _find(self, name: str, tenant: str) -> dict[str, Any] | None:
        homes = {"": name} if "/" in name else await self._store.fields(self._keys.find(name))
        wanted = [homes[key] for key in sorted(homes) if not tenant or key in ("", tenant)]
        for card in await self._store.cards([self._keys.account(home) for home in wanted]):
            if card is not None and _is_named(card, name) and (not tenant or card["tenant_id"] == tenant):
                return card
        return None


def _is_named(card: dict[str, Any], name: str) -> bool:
    """Whether the card still goes by this name: the index may be older than the card."""
    names = (card["home"], card.get("account_id"), card.get("account_domain"), card["home"].partition(":")[2])
    return name.lower() in [str(known).lower() for known in names if known]


def _named(card: dict[str, Any] | None) -> dict[str, Any] | None:
    names = ("account_id", "account_domain", "name", "state")
    return None if card is None else {name: card.get(name) for name in names}


def _public(card: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in card.items() if name != "key"}


def explanation(lines: Sequence[dict[str, Any]], totals: dict[str, int]) -> list[dict[str, Any]]:
    """The lines by dimension, each with its total, the sum of its lines and the residual, which is 0.

    Without lines (a score below the policy's limit) `lines` is empty and `sum` and `residual` are None.
    """
    grouped = {name: [line for line in lines if line["dimension"] == name] for name in DIMENSIONS}
    return [_dimension(name, grouped[name], totals[name], bool(lines)) for name in DIMENSIONS]


def _dimension(name: str, lines: list[dict[str, Any]], total: int, explained: bool) -> dict[str, Any]:
    added = sum(line["points"] for line in lines) if explained else None
    residual = None if added is None else total - added
    return {"dimension": name, "total": total, "lines": lines, "sum": added, "residual": residual}
