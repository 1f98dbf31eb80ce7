"""Reads a plain document (what TOML or JSON decode to) into policy structs, following their annotations.

Every problem is collected with its key path, none stops the reading: where a value cannot be read, the
fallback (the same place of the base policy) stands in, so that the rules across keys can be checked in the
same run.
"""

import datetime as dt
import difflib
import types
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from streams import policy_text
from streams.policy_units import Derived, Keys, Named, Number, Real, Text, UpTo

_MISSING: Final[Any] = object()
_BARE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Problem(NamedTuple):
    """One thing wrong with a policy: where, and why it cannot stand."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class Unreadable(Exception):
    """The value cannot be read and nothing stands in for it; its problem is already noted."""


class Field(NamedTuple):
    """One field of a policy struct as the file sees it."""

    attribute: str
    key: str
    hint: Any
    derived: bool
    default: Any


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of a policy struct, with the keys they have in the file."""
    hints = get_type_hints(struct, include_extras=True)
    found = []
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        notes = notes_of(hint)
        key = next((note.key for note in notes if isinstance(note, Named)), field.name)
        derived = any(isinstance(note, Derived) for note in notes)
        default = _MISSING if field.default is msgspec.NODEFAULT else field.default
        found.append(Field(field.name, key, hint, derived, default))
    return tuple(found)


def notes_of(hint: Any) -> tuple[Any, ...]:
    """The annotations of a type hint."""
    return tuple(getattr(hint, "__metadata__", ()))


def bare(hint: Any) -> Any:
    """The type hint without its annotations."""
    return hint.__origin__ if notes_of(hint) else hint


def optional(hint: Any) -> Any | None:
    """What is inside `X | None`; None for any other hint."""
    if get_origin(hint) not in (Union, types.UnionType):
        return None
    return next(arg for arg in get_args(hint) if arg is not type(None))


def join(path: str, key: object) -> str:
    """The path of a key below another, quoted as TOML wants it."""
    text = str(key)
    if not text or not _BARE.issuperset(text):
        text = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{path}.{text}" if path else text


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line."""
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class Reader:
    """Reads values by hint; notes problems, never raises anything but `Unreadable`."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._known = known  # key -> its full path, to say where a misplaced key belongs

    def fail(self, path: str, text: str) -> Unreadable:
        self.problems.append(Problem(path, text))
        return Unreadable()

    def read(self, hint: Any, value: Any, path: str, fallback: Any = _MISSING) -> Any:
        """The value as its hint wants it, or the fallback."""
        try:
            return self._read(hint, value, path, fallback)
        except Unreadable:
            if fallback is _MISSING:
                raise
            return fallback

    def _read(self, hint: Any, value: Any, path: str, fallback: Any) -> Any:
        notes, kind = notes_of(hint), bare(hint)
        for note in notes:
            if isinstance(note, Number):
                return self._number(note, value, path)
            if isinstance(note, Real):
                return self._real(note, value, path)
            if isinstance(note, UpTo):
                return self._up_to(value, path)
            if isinstance(note, Text):
                return self._words(note, kind, value, path)
        inner = optional(kind)
        if inner is not None:
            return None if value is None else self._read(inner, value, path, fallback)
        return self._shape(kind, notes, value, path, fallback)

    def _shape(self, kind: Any, notes: tuple[Any, ...], value: Any, path: str, fallback: Any) -> Any:
        origin = get_origin(kind)
        if origin is Literal:
            return self._choice(get_args(kind), value, path)
        if kind is bool:
            if not isinstance(value, bool):
                raise self.fail(path, f"{shown(value)} is neither true nor false")
            return value
        if origin is dict:
            keys = next(note for note in notes if isinstance(note, Keys))
            return self._map(keys, get_args(kind)[1], value, path, fallback)
        if origin is tuple:
            return self._tuple(get_args(kind), value, path)
        return self.struct(kind, value, path, fallback)

    # numbers

    def _decimal(self, value: Any, noun: str, path: str) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise self.fail(path, f"{shown(value)} is not {noun}: a number is expected")
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        if not number.is_finite():
            raise self.fail(path, f"{shown(value)} is not {noun}: a finite number is expected")
        return number

    def _bounded(self, value: Any, low: float, high: float, noun: str, path: str) -> Decimal:
        number = self._decimal(value, noun, path)
        if not low <= number <= high:
            raise self.fail(
                path, f"{shown(value)} is outside {low:.16g} to {high:.16g}, the range of {noun} here"
            )
        return number

    def _number(self, unit: Number, value: Any, path: str) -> int:
        number = self._bounded(value, unit.low, unit.high, unit.noun, path)
        exponent = number.as_tuple().exponent
        too_fine = f"{shown(value)} is finer than the smallest step of {unit.noun}, {Decimal(1) / unit.scale}"
        if unit.scale == 1:
            too_fine = f"{shown(value)} is broken: {unit.noun} cannot be divided"
        if isinstance(exponent, int) and exponent < -30:
            raise self.fail(path, too_fine)
        scaled = Fraction(number) * unit.scale
        if scaled.denominator != 1:
            raise self.fail(path, too_fine)
        return int(scaled)

    def _real(self, unit: Real, value: Any, path: str) -> float:
        return float(self._bounded(value, unit.low, unit.high, unit.noun, path))

    def _up_to(self, value: Any, path: str) -> int | None:
        if value == "above":
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.fail(path, f'{shown(value)} ends no band: a whole number, or "above" for the last')
        return value

    # words

    def _choice(self, choices: tuple[str, ...], value: Any, path: str) -> str:
        if isinstance(value, str) and value in choices:
            return value
        listed = ", ".join(choice or '""' for choice in choices)
        raise self.fail(path, f"{shown(value)} is none of {listed}" + self._guess(value, choices))

    def _words(self, note: Text, kind: Any, value: Any, path: str) -> Any:
        if kind is int:
            return self._text(note.form if note.form == "clock" else "day", value, path)
        if kind is str:
            return self._text(note.form, value, path)
        if not isinstance(value, list | tuple):
            raise self.fail(path, f"{shown(value)} is not a list of words")
        words = self._all((self._text, (note.form, item, f"{path}[{at}]")) for at, item in enumerate(value))
        return frozenset(words) if get_origin(kind) is frozenset else tuple(words)

    def _text(self, form: str, value: Any, path: str) -> Any:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = value.isoformat()
        if isinstance(value, dt.time):
            value = value.isoformat("minutes")
        if not isinstance(value, str):
            raise self.fail(path, f"{shown(value)} is not text")
        try:
            if form == "clock":
                return policy_text.clock(value)
            return policy_text.day_number(value) if form == "day" else policy_text.FORMS[form](value)
        except ValueError as error:
            raise self.fail(path, f"{shown(value)} {error}") from None

    # shapes

    def _all(self, calls: Any) -> list[Any]:
        """Every result; `Unreadable` at the end if any call was, so that all problems are noted."""
        results, failed = [], False
        for call, arguments in calls:
            try:
                results.append(call(*arguments))
            except Unreadable:
                failed = True
        if failed:
            raise Unreadable
        return results

    def _tuple(self, hints: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise self.fail(path, f"{shown(value)} is not a list")
        wanted = [hints[0]] * len(value) if hints[-1] is Ellipsis else list(hints)
        if len(wanted) != len(value):
            raise self.fail(path, f"{shown(value)} has {len(value)} members where {len(wanted)} are expected")
        pairs = enumerate(zip(wanted, value, strict=True))
        return tuple(self._all((self.read, (hint, item, f"{path}[{at}]")) for at, (hint, item) in pairs))

    def _map(self, keys: Keys, hint: Any, value: Any, path: str, fallback: Any) -> dict[str, Any]:
        base = {} if fallback is _MISSING else fallback
        read = {}
        for key, item in self.table(value, path).items():
            below = join(path, key)
            if keys.closed and fallback is not _MISSING and key not in base:
                self.fail(below, "is not a known key" + self._guess(key, tuple(base)))
                continue
            try:
                name = self._text(keys.form, key, below)
                read[name] = self.read(hint, item, below, base.get(key, _MISSING))
            except Unreadable:
                continue
        return read

    def table(self, value: Any, path: str) -> dict[str, Any]:
        """A table without its notes: keys that begin with an underscore say something to readers only."""
        if not isinstance(value, Mapping):
            raise self.fail(path, f"{shown(value)} is not a table")
        return {str(key): item for key, item in value.items() if not str(key).startswith("_")}

    def struct(self, kind: Any, value: Any, path: str, fallback: Any) -> Any:
        """A struct from a table, with the problems of all its fields and of the keys that are none."""
        table = self.table(value, path)
        fields = fields_of(kind)
        keys = tuple(field.key for field in fields if not field.derived)
        for key in table:
            if key not in keys:
                self.fail(join(path, key), "is not a known key" + self._guess(key, keys))
        found = self._all((self._field, (field, table, path, fallback)) for field in fields)
        return kind(**{field.attribute: item for field, item in zip(fields, found, strict=True)})

    def _field(self, field: Field, table: dict[str, Any], path: str, fallback: Any) -> Any:
        if field.derived:
            return {} if get_origin(bare(field.hint)) is dict else bare(field.hint)()
        below = join(path, field.key)
        if field.key in table:
            base = _MISSING if fallback is _MISSING else getattr(fallback, field.attribute)
            return self.read(field.hint, table[field.key], below, base)
        if field.default is not _MISSING or optional(bare(field.hint)) is not None:
            return None if field.default is _MISSING else field.default
        raise self.fail(below, "is missing")

    def _guess(self, key: Any, choices: tuple[str, ...]) -> str:
        near = difflib.get_close_matches(str(key).lower(), choices, n=1, cutoff=0.6)
        if near and near[0]:
            return f": did you mean {near[0]}?"
        return f": did you mean {self._known[key]}?" if isinstance(key, str) and key in self._known else ""
