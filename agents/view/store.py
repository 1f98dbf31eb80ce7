"""The one place that talks to Redis: commands out in one transaction, values back with their key compared.

ViewError
    ViewUnavailable   Redis does not answer in time, or answers that it cannot
    WrongAnswer       an answer belongs to another request; the connections are dropped
ChangedMeanwhile      a guarded write found another value than it was told of, and was not done
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from redis import exceptions as redis_errors
from redis.asyncio import Redis

from agents.view.commands import AddField, Command, Delete, DropField, Rank, SetHash, SetText, Unrank

_TIMEOUT: Final = 2.0
_AWAY: Final = (redis_errors.RedisError, OSError, TimeoutError)
MEMORY_URL: Final = "memory://"


class ViewError(Exception):
    """The view cannot be read or written just now."""


class ViewUnavailable(ViewError):
    """Redis does not answer in time, or answers that it cannot."""


class WrongAnswer(ViewError):
    """An answer carries another key than the one asked for."""


class ChangedMeanwhile(Exception):
    """Redis holds something else than the caller built upon: it came back empty or older, or has two writers."""


def open_redis(url: str, timeout: float = _TIMEOUT) -> Any:
    """A client of redis-py's asyncio interface; `memory://` is the in-process one. Connects on first use."""
    if url == MEMORY_URL:
        from burner_redis import BurnerRedis  # only the embedded system has it

        return BurnerRedis()
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        health_check_interval=15,
        client_name="intent-view",
    )


class ViewStore:
    """Bounded, checked access to one Redis."""

    def __init__(self, client: Any, timeout: float = _TIMEOUT) -> None:
        self._client = client  # untyped: the in-process client shares the methods, not the class
        self._timeout = timeout

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def apply(
        self, commands: Sequence[Command], only_if: tuple[str, bytes | None] | None = None
    ) -> None:
        """Send all commands in one transaction. Raises ViewUnavailable.

        `only_if` names a key and its value: raises ChangedMeanwhile, with nothing written, if it has another.
        """
        pipe = self._client.pipeline()
        try:
            if only_if is not None:
                await self._watch(pipe, *only_if)
            for command in commands:
                _queue(pipe, command)
            await self._wait(pipe.execute())
        finally:
            if hasattr(pipe, "reset"):
                await pipe.reset()

    async def _watch(self, pipe: Any, key: str, value: bytes | None) -> None:
        """Redis compares once more when the transaction runs, so a restart in between is noticed too."""
        if hasattr(pipe, "watch"):  # the in-process one has no such command, and no restarts
            await self._wait(pipe.watch(key))
            found = await self._wait(pipe.get(key))
            pipe.multi()
        else:
            found = await self._wait(self._client.get(key))
        if found != value:
            raise ChangedMeanwhile(key)

    async def texts(self, keys: Sequence[str]) -> list[bytes | None]:
        """The raw values of keys, None where there is none."""
        return list(await self._wait(self._client.mget(*keys))) if keys else []

    async def cards(self, keys: Sequence[str]) -> list[dict[str, Any] | None]:
        """The JSON values of keys, each checked to be the one asked for."""
        texts = await self.texts(keys)
        return [await self._checked(key, text) for key, text in zip(keys, texts, strict=True)]

    async def hash_cards(self, key: str) -> list[dict[str, Any]]:
        """The JSON values of a hash, each checked."""
        texts = await self._wait(self._client.hgetall(key))
        cards = [await self._checked(key, text) for text in texts.values()]
        return [card for card in cards if card is not None]

    async def fields(self, key: str) -> dict[str, str]:
        """A hash of plain text."""
        found = await self._wait(self._client.hgetall(key))
        return {_plain(name): _plain(text) for name, text in found.items()}

    async def top(self, key: str, limit: int) -> list[str]:
        """The members with the highest scores, highest first."""
        if limit <= 0:
            return []
        members = await self._wait(self._client.zrange(key, -limit, -1))
        return [_plain(member) for member in reversed(members)]

    async def up_to(self, key: str, score: float) -> list[str]:
        """The members with at most this score."""
        return [_plain(m) for m in await self._wait(self._client.zrangebyscore(key, "-inf", score))]

    async def sizes(self, keys: Sequence[str]) -> list[int]:
        """The number of members of each sorted set."""
        pipe = self._client.pipeline()
        for key in keys:
            pipe.zcard(key)
        return [int(size) for size in await self._wait(pipe.execute())]

    async def clear(self, pattern: str) -> None:
        """Delete every key of a pattern, a thousand at a time."""
        try:
            found = [key async for key in self._client.scan_iter(match=pattern)]
        except _AWAY as error:
            raise ViewUnavailable(type(error).__name__) from error
        for begin in range(0, len(found), 1000):
            await self._wait(self._client.delete(*found[begin : begin + 1000]))

    async def _wait(self, answer: Any) -> Any:
        try:
            return await asyncio.wait_for(answer, self._timeout * 2)
        except redis_errors.WatchError as error:
            raise ChangedMeanwhile(type(error).__name__) from error
        except _AWAY as error:
            raise ViewUnavailable(type(error).__name__) from error

    async def _checked(self, key: str, text: bytes | None) -> dict[str, Any] | None:
        if text is None:
            return None
        card: dict[str, Any] = orjson.loads(text)
        if card.get("key") != key:
            await self._drop_connections()
            raise WrongAnswer(key)
        return card

    async def _drop_connections(self) -> None:
        pool = getattr(self._client, "connection_pool", None)
        if pool is not None:
            await pool.disconnect()


def _plain(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _queue(pipe: Any, command: Command) -> None:
    match command:
        case SetText(key, text, seconds):
            pipe.set(key, text, ex=seconds)
        case SetHash(key, fields, seconds):
            _queue_hash(pipe, key, fields, seconds)
        case AddField(key, field, text, seconds):
            pipe.hset(key, field, text)
            pipe.expire(key, seconds)
        case DropField(key, field):
            pipe.hdel(key, field)
        case Rank(key, member, score):
            pipe.zadd(key, {member: score})
        case Unrank(key, member):
            pipe.zrem(key, member)
        case Delete(keys):
            pipe.delete(*keys)


def _queue_hash(pipe: Any, key: str, fields: Mapping[str, str], seconds: int) -> None:
    pipe.delete(key)
    if fields:
        pipe.hset(key, mapping=dict(fields))
        pipe.expire(key, seconds)
