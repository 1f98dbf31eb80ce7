"""A policy as a plain document in the units a file is written in, and that document as TOML."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args, get_origin

import msgspec

from streams import policy_text
from streams.policy_reader import bare, fields_of, join, notes_of, optional
from streams.policy_units import Number, Text, UpTo


def document_of(struct: msgspec.Struct) -> dict[str, Any]:
    """The struct as the tables of a file: natural units, absent values left out, derived ones too."""
    document = {}
    for field in fields_of(type(struct)):
        value = getattr(struct, field.attribute)
        if not field.derived and value is not None:
            document[field.key] = _written(field.hint, value)
    return document


def _written(hint: Any, value: Any) -> Any:
    for note in notes_of(hint):
        if isinstance(note, Number):
            return _natural(value, note.scale)
        if isinstance(note, UpTo):
            return "above" if value is None else value
        if isinstance(note, Text):
            return _text(note.form, bare(hint), value)
    kind = bare(hint)
    if optional(kind) is not None:
        return _written(optional(kind), value)
    if isinstance(value, msgspec.Struct):
        return document_of(value)
    if isinstance(value, dict):
        return {key: _written(get_args(kind)[1], item) for key, item in value.items()}
    if isinstance(value, tuple):
        hints = get_args(kind)
        each = [hints[0]] * len(value) if hints[-1] is Ellipsis else hints
        return [_written(hint, item) for hint, item in zip(each, value, strict=True)]
    return Decimal(str(value)) if isinstance(value, float) else value


def _natural(value: int, scale: int) -> int | Decimal:
    whole, rest = divmod(value, scale)
    return whole if rest == 0 else Decimal(value) / scale


def _text(form: str, kind: Any, value: Any) -> Any:
    if kind is int:
        return policy_text.clock_text(value) if form == "clock" else policy_text.day_text(value)
    if get_origin(kind) is frozenset:
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value


def toml_of(document: dict[str, Any]) -> str:
    """The document as TOML: scalars first, then tables; tables of tables on one line an entry."""
    return "\n".join(_table("", document)).strip() + "\n"


def _table(path: str, table: dict[str, Any]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if isinstance(value, dict)}
    scalars = {key: value for key, value in table.items() if key not in below}
    if path and (scalars or not below):
        yield f"\n[{path}]"
    for key, value in scalars.items():
        yield f"{join('', key)} = {_value(value)}"
    if path and below and all(not any(isinstance(v, dict) for v in t.values()) for t in below.values()):
        yield from _lines(path, below, opened=bool(scalars))
        return
    for key, value in below.items():
        yield from _table(join(path, key), value)


def _lines(path: str, entries: dict[str, Any], *, opened: bool) -> Iterator[str]:
    if not opened:
        yield f"\n[{path}]"
    for key, value in entries.items():
        yield f"{join('', key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = ", ".join(f"{join('', key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()  # a JSON string is a TOML basic string
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def natural(value: Any) -> Any:
    """The document with its decimals as JSON numbers; reading them back gives the same decimals."""
    if isinstance(value, dict):
        return {key: natural(item) for key, item in value.items()}
    if isinstance(value, list):
        return [natural(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
