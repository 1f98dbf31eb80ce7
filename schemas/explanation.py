"""Why a number is what it is: lines that sum to it exactly, each pointing at the records behind it."""

from typing import Literal

import msgspec

DimensionName = Literal["fit", "intent", "readiness", "score"]
LineKind = Literal["signal", "cap", "floor", "role", "criterion", "step", "weight"]


class Evidence(msgspec.Struct, kw_only=True, gc=False):
    """An input record: where it stood, and its id."""

    topic: str
    partition: int
    offset: int
    event_id: str


class Line(msgspec.Struct, kw_only=True, gc=False):
    """One named part of a dimension. Points in milli-points; of one act, count x base x factors are its points."""

    line_id: str
    kind: LineKind
    dimension: DimensionName
    points: int
    signal: str = ""
    person_ref: str = ""
    count: int = 0
    base: int | None = None  # milli-points of one signal before multipliers
    multiplier: int | None = None  # millionths
    decay: int | None = None  # millionths
    first_at: str | None = None
    last_at: str | None = None
    evidence: list[Evidence] = []


class Explained(msgspec.Struct, kw_only=True, gc=False):
    """One dimension: its total in milli-points, its lines, and what they leave, which is always 0."""

    total: int
    lines: list[Line] = []
    residual: int = 0


class Explanation(msgspec.Struct, kw_only=True, gc=False):
    """All four dimensions."""

    fit: Explained
    intent: Explained
    readiness: Explained
    score: Explained
