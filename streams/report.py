"""The weekly report: what sales got, what it made of it, and what that says about the policy (scoring.md section 10).

Everything is counted from recorded sales-ready and watch records and dispositions; shares are thousandths, times ms.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from streams.decay import div_half_even
from streams.learning import REJECTED, Alert, Counted, Lesson
from streams.normalise import optional_time_ms
from streams.policy import Policy
from streams.sla import TOUCHED
from streams.timeline import MINUTE, iso_text

SQL_BENCHMARK: Final = 98  # thousandths of marketing-qualified leads that become sales-qualified (section 10)
LIFTED: Final = ("signal", "topic", "campaign", "source", "role")
_SQL: Final = frozenset({"converted_sql", "opportunity_created", "closed_won"})
_REJECTIONS: Final = 10
_UNKNOWN: Final = frozenset({"", "other"})


class Share(msgspec.Struct, frozen=True):
    """So many of so many."""

    part: int
    of: int

    @property
    def thousandths(self) -> int | None:
        """The share, half even; None of nothing."""
        return div_half_even(1000 * self.part, self.of) if self.of else None


class Rejection(msgspec.Struct, kw_only=True):
    """One alert that sales gave back: which dimension was wrong by its reason, and what the alert had said."""

    at: str
    account: str
    sales_ready_id: str
    status: str
    reason: str
    dimension: str
    note: str
    tier: str
    headline: str
    scores: dict[str, Any]  # S, F, I, R in milli-points
    explanation: Any  # the record's own, whole


class Lift(msgspec.Struct, kw_only=True):
    """How much likelier sales accepted alerts with this trait than others; thousandths, 1000 for as likely."""

    kind: str
    name: str
    n: int
    accepted: int
    lift: int


class Content(msgspec.Struct, kw_only=True):
    """A piece of content in the records of accounts that were won and lost."""

    content_id: str
    won: int
    lost: int


class Report(msgspec.Struct, kw_only=True):
    """One period: the alerts opened in it. Lift and content look at every alert that was read."""

    since: str
    until: str
    opened: dict[str, int]  # by tier
    said: dict[str, int]  # other records of the period, by type
    acceptance: Counted
    first_touch_minutes: list[int]  # by the wall clock, ascending: one for each alert that was touched
    in_time: Share  # alerts touched by first_touch_due_at, of those whose time is up or that were touched
    known_reasons: Share  # reasons that say something, of all that were given back
    sql: Share  # alerts that became a sales-qualified lead
    pipeline_milli: dict[str, int]  # thousandths of a unit, by currency
    rejections: list[Rejection]  # the latest first
    lift: list[Lift]
    content: list[Content]


def report(
    alerts: Iterable[Alert], records: Mapping[str, Mapping[str, Any]], lesson: Lesson, since: int, until: int,
    policy: Policy,
) -> Report:  # fmt: skip
    """Everything of the period [since, until), ms. `records` are sales-ready and watch records by id.

    Raises Refusal for a time in them that is none.
    """
    everything = list(alerts)
    begin, end = iso_text(since), iso_text(until)
    period = [alert for alert in everything if begin <= alert.opened_at < end]
    touches = {alert.id: touched for alert in period if (touched := first_touch(alert)) is not None}
    back = [alert for alert in period if alert.answer is not None and not alert.accepted]
    known = [alert for alert in back if alert.answer and alert.answer.reason not in _UNKNOWN]
    return Report(
        since=begin, until=end,
        opened=dict(sorted(Counter(_tier(records[alert.id]) for alert in period).items())),
        said=_said(records.values(), begin, end),
        acceptance=Counted(sum(alert.accepted for alert in period), len(back)),
        first_touch_minutes=sorted(
            max(touches[a.id] - _handed_off(records[a.id]), 0) // MINUTE for a in period if a.id in touches
        ),
        in_time=_in_time(period, records, touches, until),
        known_reasons=Share(len(known), len(back)),
        sql=Share(sum(any(said.status in _SQL for said in alert.said) for alert in period), len(period)),
        pipeline_milli=_pipeline(period),
        rejections=_rejections(period, records, policy),
        lift=_lift(lesson), content=_content(everything, records),
    )  # fmt: skip


def first_touch(alert: Alert) -> int | None:
    """When sales first reached out, ms, as the SLA clock sees it; None while it has not."""
    times = [
        said.at if said.first_touch_at is None else said.first_touch_at
        for said in alert.said
        if said.status in TOUCHED or said.first_touch_at is not None
    ]
    return min(times, default=None)


def median(ascending: list[int]) -> int | None:
    """The lower middle; None of nothing."""
    return ascending[(len(ascending) - 1) // 2] if ascending else None


def _said(records: Iterable[Mapping[str, Any]], begin: str, end: str) -> dict[str, int]:
    kinds = [str(record["type"]).split(".")[-2] for record in records if begin <= record["time"] < end]
    return dict(sorted(Counter(kind for kind in kinds if kind != "opened").items()))


def _in_time(
    period: list[Alert], records: Mapping[str, Mapping[str, Any]], touches: Mapping[str, int], until: int
) -> Share:
    part = of = 0
    for alert in period:
        due = optional_time_ms(records[alert.id]["data"]["sla"]["first_touch_due_at"], "first_touch_due_at")
        if due is not None and (alert.id in touches or due <= until):
            of += 1
            part += touches.get(alert.id, due + 1) <= due
    return Share(part, of)


def _pipeline(period: list[Alert]) -> dict[str, int]:
    """The latest amount of each opportunity, summed by currency."""
    latest: dict[tuple[str, str], tuple[str, int]] = {}
    for alert in period:
        for said in alert.said:
            if said.amount_milli is not None:
                latest[alert.id, said.opportunity_id] = said.currency, said.amount_milli
    sums: Counter[str] = Counter()
    for currency, amount in latest.values():
        sums[currency] += amount
    return dict(sorted(sums.items()))


def _rejections(
    period: list[Alert], records: Mapping[str, Mapping[str, Any]], policy: Policy
) -> list[Rejection]:
    back = [(said, alert) for alert in period if (said := alert.answer) and said.status in REJECTED]
    back.sort(key=lambda one: (one[0].at, one[0].event_id), reverse=True)
    found = []
    for said, alert in back[:_REJECTIONS]:
        data, rule = records[alert.id]["data"], policy.reasons.get(said.reason)
        found.append(
            Rejection(
                at=iso_text(said.at), account=alert.subject, sales_ready_id=alert.id, status=said.status,
                reason=said.reason, dimension=rule.dimension if rule else "", note=said.note,
                tier=_tier(records[alert.id]), headline=data["why_now"]["headline"],
                scores={name: data["decision"][name] for name in ("S", "F", "I", "R")},
                explanation=data["explanation"],
            )
        )  # fmt: skip
    return found


def _lift(lesson: Lesson) -> list[Lift]:
    """By kind, the most often seen first."""
    base, found = lesson.overall, []
    for kind in LIFTED if base.accepted else ():
        for name, counted in sorted(lesson.by[kind].items(), key=lambda item: (-item[1].n, item[0])):
            lift = div_half_even(1000 * counted.accepted * base.n, counted.n * base.accepted)
            found.append(Lift(kind=kind, name=name, n=counted.n, accepted=counted.accepted, lift=lift))
    return found


def _content(alerts: list[Alert], records: Mapping[str, Mapping[str, Any]]) -> list[Content]:
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for alert in alerts:
        ended = {said.status for said in alert.said} & {"closed_won", "closed_lost"}
        if ended:
            (won if "closed_won" in ended else lost).update(records[alert.id]["data"]["brief"]["content"])
    names = sorted({*won, *lost}, key=lambda name: (-won[name], lost[name], name))
    return [Content(content_id=name, won=won[name], lost=lost[name]) for name in names]


def _tier(record: Mapping[str, Any]) -> str:
    return str(record["data"]["decision"]["tier"])


def _handed_off(record: Mapping[str, Any]) -> int:
    return optional_time_ms(record["data"]["sla"]["handed_off_at"] or record["time"], "handed_off_at") or 0
