"""Typed reads from a mapping of environment variables; every problem is kept, none is raised on the way.

A name is looked up with the prefix INTENT_ first, then, if it begins with KAFKA_, without it, then by its
fallbacks (full names). Empty text counts as not set.
A secret may instead be the path of a file, in the same name with _FILE behind it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PREFIX = "INTENT_"
FAUST_PREFIX = "INTENT_FAUST_"  # Faust's own settings, if ever needed; it reads them itself
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingsErrors(Exception):
    """The environment is not usable; `problems` names each variable and what is wrong with it."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("settings:\n" + "\n".join(f"  {problem}" for problem in problems))


class Environment:
    """One pass over the environment. Values never appear in a problem: they may be secrets."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._known: set[str] = set()
        self.problems: list[str] = []

    def text(self, name: str, default: str = "", *fallbacks: str) -> str:
        """The variable, else the first of `fallbacks` that is set, else `default`."""
        return self._find(name, fallbacks)[1] or default

    def parsed(self, name: str, parse: Callable[[str], T], default: T, *fallbacks: str) -> T:
        """The variable through `parse`; a ValueError of it becomes a problem and the default is used."""
        found, value = self._find(name, fallbacks)
        return self._parse(found, value, parse, default)

    def secret(self, name: str, parse: Callable[[str], T], default: T, *fallbacks: str) -> T:
        """Like `parsed`, or read from the file that the name with _FILE behind it names; not both."""
        found, value = self._find(name, fallbacks)
        file_name, path = self._find(f"{name}_FILE", tuple(f"{one}_FILE" for one in fallbacks))
        if value and path:
            self.problems.append(f"{found} and {file_name} are both set; keep one")
            return default
        if path:
            try:
                found, value = file_name, Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                self.problems.append(f"{file_name}: the file cannot be read ({reason})")
                return default
        return self._parse(found, value, parse, default)

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number between `low` and `high`, both allowed."""

        def parse(value: str) -> int:
            number = int(value) if value.lstrip("-").isdecimal() else None
            if number is None or not low <= number <= high:
                raise ValueError(f"must be a whole number from {low} to {high}")
            return number

        return self.parsed(name, parse, default)

    def seconds(self, name: str, default: float, *, low: float, high: float) -> float:
        """A number of seconds between `low` and `high`, both allowed."""

        def parse(value: str) -> float:
            try:
                number = float(value)
            except ValueError:
                number = float("nan")
            if not low <= number <= high:
                raise ValueError(f"must be a number of seconds from {low:g} to {high:g}")
            return number

        return self.parsed(name, parse, default)

    def flag(self, name: str, default: bool, *fallbacks: str) -> bool:
        """True for 1, true, yes, on; false for 0, false, no, off."""

        def parse(value: str) -> bool:
            if value.lower() not in _TRUE | _FALSE:
                raise ValueError("must be true or false")
            return value.lower() in _TRUE

        return self.parsed(name, parse, default, *fallbacks)

    def choice(self, name: str, default: str, allowed: tuple[str, ...], *fallbacks: str) -> str:
        """One of `allowed`, compared without case."""
        by_fold = {one.casefold(): one for one in allowed}

        def parse(value: str) -> str:
            if value.casefold() not in by_fold:
                raise ValueError(f"must be one of {', '.join(allowed)}")
            return by_fold[value.casefold()]

        return self.parsed(name, parse, default, *fallbacks)

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The non-empty parts between commas."""
        return self.parsed(
            name, lambda value: tuple(p for p in (part.strip() for part in value.split(",")) if p), default
        )

    @property
    def known(self) -> frozenset[str]:
        """Every name that was looked up."""
        return frozenset(self._known)

    def unknown(self) -> tuple[str, ...]:
        """Set INTENT_ variables that nothing asked for, each with the nearest known name, for a warning."""
        strange = sorted(
            name
            for name, value in self._values.items()
            if value
            and name.startswith(PREFIX)
            and not name.startswith(FAUST_PREFIX)
            and name not in self._known
        )
        return tuple(name + self._nearest(name) for name in strange)

    def _nearest(self, name: str) -> str:
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.8)
        return f" (did you mean {near[0]}?)" if near else ""

    def _find(self, name: str, fallbacks: tuple[str, ...]) -> tuple[str, str]:
        bare = (name,) if name.startswith("KAFKA_") else ()
        names = (PREFIX + name, *bare, *fallbacks)
        self._known.update(names)
        for candidate in names:
            value = self._values.get(candidate, "").strip()
            if value:
                return candidate, value
        return names[0], ""

    def _parse(self, name: str, value: str, parse: Callable[[str], T], default: T) -> T:
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return default
