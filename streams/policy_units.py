"""The units a policy is written in, and the integers they become.

A field of a policy struct is annotated with one of these: `points: Points` is written as 8 or 0.5 and kept
as 8000 or 500 milli-points. Reading (streams/policy_reader.py) and writing (streams/policy_writer.py) both
follow the annotation, so a key has one unit in one place.
"""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class Number:
    """A decimal kept as an integer: written value x `scale`, which must come out whole; bounds as written."""

    scale: int
    low: int
    high: int
    noun: str


@dataclass(frozen=True)
class Real:
    """A decimal that may be a float: only the surge test computes with it."""

    low: float
    high: float
    noun: str


@dataclass(frozen=True)
class Text:
    """A word or a list of words; `form` says how each is checked and normalised."""

    form: str  # the name of a function of streams/policy_text.py


@dataclass(frozen=True)
class Keys:
    """The keys of a table: `closed` ones must be among those of the reference policy."""

    closed: bool
    form: str = "plain"


@dataclass(frozen=True)
class Named:
    """The key in the file where it differs from the attribute."""

    key: str


@dataclass(frozen=True)
class Derived:
    """Not written in a file: computed from other keys once everything is read."""


@dataclass(frozen=True)
class UpTo:
    """The upper end of a band, exclusive; "above" for the last one."""


DERIVED = Derived()

Points = Annotated[int, Number(1000, -1000, 1000, "points")]
Total = Annotated[int, Number(1000, 0, 1000, "points")]  # a cap or a threshold
Factor = Annotated[int, Number(1000, 0, 10, "a factor")]
Share = Annotated[int, Number(1000, 0, 1, "a share")]
Rate = Annotated[int, Number(1000, 0, 100, "a rate")]
Whole = Annotated[int, Number(1, 0, 10**15, "a whole number")]
Count = Annotated[int, Number(1, 1, 10**9, "a whole number")]
Weight = Annotated[int, Number(1, 0, 100, "a whole weight")]
Days = Annotated[int, Number(1, 0, 3660, "whole days")]
SomeDays = Annotated[int, Number(1, 1, 3660, "whole days")]
Hours = Annotated[int, Number(1, 0, 87_840, "whole hours")]
Minutes = Annotated[int, Number(1, 0, 5_270_400, "whole minutes")]
Seconds = Annotated[int, Number(1, 0, 86_400, "whole seconds")]
MinutesAsMs = Annotated[int, Number(60_000, 0, 1440, "minutes")]
SecondsAsMs = Annotated[int, Number(1000, 0, 86_400, "seconds")]
Chance = Annotated[float, Real(0.0, 1.0, "a probability")]
Ratio = Annotated[float, Real(0.0, 1000.0, "a ratio")]

Word = Annotated[str, Text("word")]
Plain = Annotated[str, Text("plain")]
Signal = Annotated[str, Text("signal")]  # the name of a signal, or ""
Date = Annotated[str, Text("date")]  # kept as YYYY-MM-DD
Day = Annotated[int, Text("date")]  # kept as the number of the UTC day since 1970-01-01
TimeOfDay = Annotated[int, Text("clock")]  # kept as minutes since midnight
Link = Annotated[str, Text("link")]  # a web address of an account, or ""
Zone = Annotated[str, Text("zone")]
Words = Annotated[frozenset[str], Text("word")]
Domains = Annotated[frozenset[str], Text("domain")]
Countries = Annotated[frozenset[str], Text("country")]
Roles = Annotated[tuple[str, ...], Text("word")]
Names = Annotated[tuple[str, ...], Text("plain")]
Band = Annotated[int | None, UpTo()]
