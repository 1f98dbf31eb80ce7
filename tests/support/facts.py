"""Facts of one person for tests of points: visits and acts by day, built without records."""

from typing import Any

from streams.contributions import Activity
from streams.engagement import Engagement, engagement
from streams.ledger import Fact, Visit
from streams.policy import reference_policy
from streams.timeline import DAY, MINUTE

TODAY = 20_000  # UTC day


def a_visit(category: str, age: int = 0, minute: int = 0, dwell: int = 60, **fields: Any) -> Visit:
    """A page visit of so many days ago; `dwell` in seconds, -1 for unknown."""
    at = (TODAY - age) * DAY + minute * MINUTE
    url = fields.pop("url", f"{category}-{minute}")
    told = {"source_at": at, "source_id": "v", **fields}
    dwell_ms = 1000 * dwell if dwell >= 0 else -1
    return Visit(
        at,
        f"{url}-{age}",
        category,
        fields.pop("session_id", "s"),
        url,
        dwell_ms=dwell_ms,
        times=[at],
        **told,
    )


def a_fact(kind: str, age: int = 0, minute: int = 0, id: str = "", **fields: Any) -> Fact:
    """An act of so many days ago."""
    return Fact((TODAY - age) * DAY + minute * MINUTE, id or f"{kind}-{age}-{minute}", kind, **fields)


def scored(*facts: Visit | Fact, role: str = "unknown", day: int = TODAY, reset_at: int = -1) -> Engagement:
    """What one person's facts are worth as of a day."""
    visits = [fact for fact in facts if isinstance(fact, Visit)]
    acts = [fact for fact in facts if isinstance(fact, Fact)]
    return engagement(Activity(visits, acts, reset_at), role, day, reference_policy())
