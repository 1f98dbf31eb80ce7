"""The optional trace: what one event changed in a score."""

import msgspec

from schemas.explanation import Line


class ScoreChange(msgspec.Struct, kw_only=True, gc=False):
    """One event's effect, milli-points: S before and after, and the lines that are new or other."""

    tenant_id: str
    home: str
    event_id: str
    time: str
    old: int
    new: int
    lines: list[Line] = []
