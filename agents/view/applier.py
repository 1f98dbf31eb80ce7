"""Applies records to the view, one transaction a batch: cards, versions and the position together.

The position of a partition lives in Redis beside what it stands for. A Redis that comes back empty, or
older, is noticed by its position, and the topic is read again from there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from agents.view.commands import Command, SetText
from agents.view.keys import Keys
from agents.view.store import ViewStore
from agents.view.writer import Lifetimes, Version, ViewRecord, Writer, parse_version, version_key

_POSITION_SECONDS: Final = 400 * 86_400
_EXPIRED_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A topic partition, by the topic's physical name."""

    topic: str
    partition: int


class Applier:
    """Writes records to one Redis, idempotently; every method raises ViewUnavailable."""

    def __init__(
        self, store: ViewStore, keys: Keys | None = None, lifetimes: Lifetimes | None = None
    ) -> None:
        self.keys = keys or Keys()
        self._store = store
        self._writer = Writer(self.keys, lifetimes)

    async def apply(
        self, place: Place, records: Sequence[ViewRecord], next_offset: int, now: int, at: int | None = None
    ) -> int:
        """Apply records in order and set the position behind them; returns how many could not be read.

        `now` is the epoch second, for expiry. `at` is where Redis stood when last asked (0: nowhere yet); if it
        stands elsewhere, what these records build upon is not there: ChangedMeanwhile, and nothing is written.
        """
        applied = await self._versions(records)
        commands: list[Command] = []
        unreadable = 0
        for record in records:
            name = version_key(record, self.keys)
            try:
                more, version = self._writer.commands(record, applied.get(name) if name else None, now)
            except (ValueError, KeyError, TypeError, AttributeError):  # not a record of ours
                unreadable += 1
                continue
            commands += more
            if name is not None:
                applied[name] = version
        position = self.keys.position(place.topic, place.partition)
        commands.append(SetText(position, orjson.dumps(next_offset).decode(), _POSITION_SECONDS))
        stands = None if at is None else (position, str(at).encode() if at else None)
        await self._store.apply(commands, only_if=stands)
        return unreadable

    async def positions(self, places: Sequence[Place]) -> dict[Place, int | None]:
        """The next offset of each partition as Redis has it; None where it has none."""
        names = [self.keys.position(place.topic, place.partition) for place in places]
        texts = await self._store.texts(names)
        return {place: None if text is None else int(text) for place, text in zip(places, texts, strict=True)}

    async def sweep(self, now: int) -> int:
        """Take accounts whose cards have ended out of the sets; returns how many."""
        ended = (await self._store.up_to(self.keys.expiry, now))[:_EXPIRED_AT_ONCE]
        commands = [command for home in ended for command in self._writer.expired(home)]
        if commands:
            await self._store.apply(commands)
        return len(ended)

    async def clear(self) -> None:
        """Delete the whole view."""
        await self._store.clear(self.keys.everything)

    async def _versions(self, records: Sequence[ViewRecord]) -> dict[str, Version | None]:
        names = sorted({name for record in records if (name := version_key(record, self.keys))})
        texts = await self._store.texts(names)
        return {name: parse_version(text) for name, text in zip(names, texts, strict=True)}
