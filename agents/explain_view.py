"""`intent explain` from the serving view: the account as it was scored last."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from agents.cli_options import Failed
from agents.view.reader import ViewReader
from agents.view.store import ViewError, ViewStore, open_redis

_TOTALS: Final = ("S", "F", "I", "R", "people", "engaged", "surge", "n_current", "p", "gates")


def explained_by_view(url: str, name: str) -> dict[str, Any]:
    """The block of an account as of its last score record. Raises Failed where the view knows none, or is away."""
    try:
        card, lines = asyncio.run(_read(url, name))
    except ViewError as error:
        raise Failed(f"the view cannot be read: {error}") from error
    if card is None:
        raise Failed(f"the view knows no account {name!r}")
    return _block(card, lines)


async def _read(url: str, name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    redis = open_redis(url)
    try:
        reader = ViewReader(ViewStore(redis))
        card = await reader.account(name)
        explained = await reader.explain(name)
    finally:
        await redis.aclose()
    parts = explained["explanation"] if explained is not None else []
    return card, [line for part in parts for line in part["lines"]]


def _block(card: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    people = card.get("people_list", [])
    counted = [person for person in people if not person.get("excluded") and person.get("points")]
    persons = {str(person["person"]): person["points"] for person in counted}
    return {
        "at": card["time"],
        "account": card.get("account_id") or card.get("account_domain") or card["home"].partition("/")[2],
        "home": card["home"],
        "name": card.get("name"),
        **{name: card[name] for name in _TOTALS},
        "persons": card.get("persons", dict(sorted(persons.items()))),
        "anonymous": card["anonymous"],
        "third_party": card["third_party"],
        "state": card["state"],
        "gate_details": card.get("gate_details", []),
        "lines": lines,
        "people_list": people,
    }
