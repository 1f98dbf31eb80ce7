"""Recorded events from files: JSONL lines, gzip or plain by their first bytes, never whole in memory.

A line is {"topic", "key", "value"}; `partition`, `offset` and `timestamp` (ms) of a dump are taken where they stand.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from agents.cli_options import Failed
from schemas.dead_letter import DeadLetter, Reason, Step
from schemas.signal import SIGNALS_TOPIC
from schemas.topics import REGISTRY

_GZIP: Final = b"\x1f\x8b"
_STEP: Final = 1024  # lines between two looks at the progress
STDIN: Final = Path("-")
RAW_TOPICS: Final = frozenset(topic.name for topic in REGISTRY if topic.role == "input")


class Entry(NamedTuple):
    """One record of a file. `partition` is None where the line does not say it."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None
    offset: int
    timestamp_ms: int | None


class _Line(msgspec.Struct, frozen=True, gc=False):
    topic: str
    value: msgspec.Raw
    key: msgspec.Raw = msgspec.Raw(b"null")
    partition: int | None = None
    offset: int | None = None
    timestamp: int | None = None


class _Topic(msgspec.Struct, frozen=True, gc=False):
    topic: str = ""


_LINES: Final = msgspec.json.Decoder(_Line)
_TOPICS: Final = msgspec.json.Decoder(_Topic)


class Mixture(Exception):
    """Raw records and records of the signal log in one run: they have different ticks."""

    def __init__(self) -> None:
        super().__init__(
            f"the input holds both raw records and records of {SIGNALS_TOPIC}; replay one or the other"
        )


def read_entries(files: Iterable[Path], progress: bool = False) -> Generator[Entry | DeadLetter, None, None]:
    """Every record of the files in order; a line that is none as a dead letter. `-` is standard input.

    Raises Failed for a file that cannot be read or unpacked.
    """
    files = list(files)
    with _bar(progress) as bar:
        task = bar.add_task("replay", total=_size(files))
        number = done = 0
        for file in files:
            for line, position in _lines(file):
                if number % _STEP == 0:
                    bar.update(task, completed=done + position)
                if line and not line.isspace():
                    yield parse_line(line, number)
                number += 1
            done += 0 if file == STDIN else file.stat().st_size
        bar.update(task, completed=done or number, total=done or number)


def refuse_mixture(files: Iterable[Path]) -> None:
    """Look through the files, but not at standard input. Raises Mixture."""
    kinds = {SIGNALS_TOPIC: "log", **dict.fromkeys(RAW_TOPICS, "raw")}
    found: set[str] = set()
    for file in files:
        if file == STDIN:
            continue
        for line, _ in _lines(file):
            try:
                found.add(kinds.get(_TOPICS.decode(line).topic, ""))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            if {"log", "raw"} <= found:
                raise Mixture


def parse_line(line: bytes, number: int) -> Entry | DeadLetter:
    """One line as a record; its number in the run stands in for an offset that it does not name."""
    line = line.rstrip(b"\r\n")
    try:
        parsed = _LINES.decode(line)
    except UnicodeDecodeError:
        return _letter(Reason.INVALID_JSON, Step.DECODE, line, number, "not UTF-8")
    except msgspec.ValidationError as error:
        return _invalid(line, number, str(error))
    except (msgspec.DecodeError, RecursionError):
        return _letter(Reason.INVALID_JSON, Step.DECODE, line, number, "the line is not JSON")
    value = bytes(parsed.value)
    return Entry(
        parsed.topic, _key(parsed.key), None if value == b"null" else value, parsed.partition,
        number if parsed.offset is None else parsed.offset, parsed.timestamp,
    )  # fmt: skip


def _key(raw: msgspec.Raw) -> bytes | None:
    """The key's text as bytes; what is no text stays as it is written."""
    key: Any = msgspec.json.decode(raw)
    if key is None:
        return None
    return key.encode() if isinstance(key, str) else bytes(raw)


def _invalid(line: bytes, number: int, said: str) -> DeadLetter:
    if said.startswith("Expected `object`") and " - at" not in said:
        return _letter(Reason.NOT_AN_OBJECT, Step.DECODE, line, number, "a line is an object")
    if "missing required field" in said:
        return _letter(Reason.MISSING_FIELD, Step.DECODE, line, number, said)
    return _letter(Reason.WRONG_TYPE, Step.DECODE, line, number, said)


def _letter(reason: Reason, step: Step, line: bytes, number: int, detail: str) -> DeadLetter:
    return DeadLetter(
        reason=reason, step=step, topic="", partition=0, offset=number, key=None, value=line, detail=detail
    )


def _lines(file: Path) -> Iterator[tuple[bytes, int]]:
    """Lines with the position in the packed file."""
    try:
        with _open(file) as packed:
            source: IO[bytes] = packed
            if packed.peek(2)[:2] == _GZIP:
                source = gzip.GzipFile(fileobj=packed)  # type: ignore[assignment]  # a reader like any other, but typed as no IO
            where = packed.tell if packed.seekable() else lambda: 0
            position = 0
            for number, line in enumerate(source):
                if number % _STEP == 0:
                    position = where()
                yield line, position
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Failed(f"{file}: broken gzip: {error}") from error
    except OSError as error:
        raise Failed(f"{file}: {error.strerror or error}") from error


def _open(file: Path) -> io.BufferedReader:
    if file == STDIN:
        return io.BufferedReader(_Borrowed(sys.stdin.buffer))
    return file.open("rb")


class _Borrowed(io.RawIOBase):
    """Standard input, which we do not close."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = getattr(self._stream, "read1", self._stream.read)
        found = read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def _size(files: Iterable[Path]) -> int | None:
    sizes = [None if file == STDIN else file.stat().st_size for file in files]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _bar(shown: bool) -> Progress:
    from rich.console import Console

    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), disable=not shown, transient=True,
    )  # fmt: skip
