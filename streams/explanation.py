"""Why a number is what it is: lines that sum to it exactly, caps as own lines (scoring.md section 1).

Points are milli-points, multipliers and decay millionths. What the lines of a dimension leave is
computed, never assumed; it is 0. A line stands for the acts of one person and signal that scored; what each
step in the order of caps took from their sum follows as a line of its own.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from schemas.explanation import DimensionName, Evidence, Explained, Explanation, Line, LineKind
from streams.contributions import Contribution
from streams.decay import MILLION, div_half_even
from streams.engagement import SignalTotal
from streams.policy import Policy
from streams.scoring import Assessment, Member, readiness_steps, weighted
from streams.tally import Scored, scored_of
from streams.thirdparty import ThirdPartyRow
from streams.timeline import iso_text

_FACTOR: Final = 1000  # from the thousandths of a policy to millionths
_EVIDENCE: Final = 5  # records a line points at, the weightiest


def explain(assessment: Assessment, policy: Policy, *, evidence: bool = True) -> Explanation:
    """All four dimensions as of the assessment; without `evidence` the lines point at no records."""
    return Explanation(
        fit=_explained(assessment.F, _fit_lines(assessment)),
        intent=_explained(assessment.I, _intent_lines(assessment, policy, evidence)),
        readiness=_explained(assessment.R, _readiness_lines(assessment, policy)),
        score=_explained(assessment.S, _score_lines(assessment, policy)),
    )


def all_lines(explanation: Explanation) -> list[Line]:
    """The lines of all dimensions, in the order in which a reader adds them up."""
    parts = (explanation.fit, explanation.intent, explanation.readiness, explanation.score)
    return [line for part in parts for line in part.lines]


def _explained(total: int, lines: list[Line]) -> Explained:
    return Explained(total=total, lines=lines, residual=total - sum(line.points for line in lines))


# fit, readiness, score ----------------------------------------------------------------------------


def _fit_lines(assessment: Assessment) -> list[Line]:
    weight = sum(criterion.weight for criterion in assessment.fit.criteria)
    return [
        Line(
            line_id=f"criterion:{criterion.name}",
            kind="criterion",
            dimension="fit",
            points=criterion.points,
            signal=criterion.name,
            count=int(criterion.known),
            base=div_half_even(100_000 * criterion.weight, weight),
            multiplier=_FACTOR * criterion.value,
        )
        for criterion in assessment.fit.criteria
    ]


def _readiness_lines(assessment: Assessment, policy: Policy) -> list[Line]:
    counts = {
        "people": assessment.people // 1000,
        "stage": assessment.decision_people,
        "roles": len(assessment.roles),
        "surge": assessment.surge.n_current,
    }
    return [
        Line(
            line_id=f"step:{name}",
            kind="step",
            dimension="readiness",
            points=points,
            signal=name,
            count=counts[name],
        )
        for name, points in readiness_steps(assessment, policy)
    ]


def _score_lines(assessment: Assessment, policy: Policy) -> list[Line]:
    weights = policy.weights
    parts = (
        ("fit", assessment.F, weights.fit),
        ("intent", assessment.I, weights.intent),
        ("readiness", assessment.R, weights.readiness),
    )
    return [
        Line(
            line_id=f"weight:{name}",
            kind="weight",
            dimension="score",
            points=points,
            signal=name,
            count=1,
            base=total,
            multiplier=_FACTOR * weight,
        )
        for (name, total, weight), points in zip(parts, weighted(assessment, policy), strict=True)
    ]


# intent -------------------------------------------------------------------------------------------


def _intent_lines(assessment: Assessment, policy: Policy, evidence: bool) -> list[Line]:
    shown = policy.scores.contact_cards
    people = _by_points(assessment.counted)
    visitors = _by_points(assessment.visitors)
    lines: list[Line] = []
    for member in people[:shown]:
        lines += _person_lines(member, evidence)
        _difference(lines, f"role:{member.ref}", "role", member.points - member.engagement.points, member)
    _others(lines, "others", [member.points for member in people[shown:]])
    for visitor in visitors[:shown]:
        lines += _person_lines(visitor, evidence)
    _others(lines, "other_visitors", [visitor.engagement.points for visitor in visitors[shown:]])
    _difference(lines, "cap:anonymous", "cap", assessment.anonymous - assessment.anonymous_raw)
    lines += _third_party_lines(assessment.third_rows, evidence)
    third_raw = sum(row.value for row in assessment.third_rows)
    _difference(lines, "cap:third_party", "cap", assessment.third_party - third_raw)
    _difference(lines, "cap:intent_100", "cap", assessment.I - assessment.intent_raw)
    return lines


def _by_points(members: Iterable[Member]) -> list[Member]:
    active = [member for member in members if member.engagement.signals]
    return sorted(active, key=lambda m: (-m.engagement.points, m.ref))


def _others(lines: list[Line], name: str, points: Sequence[int]) -> None:
    """Everybody beyond the cards that a record has room for, as one line."""
    if points:
        lines.append(_line(f"signal:{name}", "signal", sum(points), signal=name, count=len(points)))


def _person_lines(member: Member, evidence: bool) -> list[Line]:
    """One person from their acts to what enters the role factor."""
    found = member.engagement
    lines: list[Line] = []
    for total in found.signals:
        if not (total.lines and total.lines[0].person_ref == member.ref):
            total.lines = _signal_lines(total, member)
        if evidence and total.lines:
            scored = [item for item in total.items if item.points]
            shown = msgspec.structs.replace(total.lines[0], evidence=_evidence(scored, member))
            lines += [shown, *total.lines[1:]]
        else:
            lines += total.lines
    floored = max(found.unfloored, 0)
    below = floored - sum([total.capped for total in found.signals])
    _difference(lines, f"floor:person:{member.ref}", "floor", below, member)
    _difference(lines, f"cap:person:{member.ref}", "cap", found.points - floored, member)
    return lines


def _signal_lines(total: SignalTotal, member: Member) -> list[Line]:
    """The acts of one signal, and what its own bounds took; nothing where none of them scored."""
    scored = [found for row in total.rows if (found := scored_of(row)) is not None]
    if not scored:
        return []
    lines = [_signal_line(total, scored, member)]
    if total.best != total.raw:
        _bound(lines, "signal_day", total.best - total.raw, member, total.signal)
    if total.capped != total.best:
        _bound(lines, "signal_window", total.capped - total.best, member, total.signal)
    return lines


def _signal_line(total: SignalTotal, scored: Sequence[Scored], member: Member) -> Line:
    """What the acts of one signal gave after decay, before any cap: count x base x multiplier x decay."""
    one = scored[0]
    count, base, points, first, last = one.count, one.base, one.points, one.first_at, one.last_at
    for more in scored[1:]:
        count += more.count
        base = max(base, more.base, key=abs)
        points += more.points
        first, last = min(first, more.first_at), max(last, more.last_at)
    if count == 1:
        multiplier = one.multiplier // _FACTOR
    else:
        multiplier = div_half_even(MILLION * abs(points), count * abs(base)) if base else 0
    return Line(
        line_id=f"signal:{total.signal}:{member.ref}",
        kind="signal",
        dimension="intent",
        points=total.raw,
        signal=total.signal,
        person_ref=member.ref,
        count=count,
        base=base,
        multiplier=multiplier,
        decay=div_half_even(MILLION * abs(total.raw), abs(points)),
        first_at=iso_text(first),
        last_at=iso_text(last),
    )


def _bound(lines: list[Line], step: str, difference: int, member: Member, signal: str) -> None:
    """What a bound took from a signal; of a negative signal it gives back, and is a floor."""
    kind: LineKind = "cap" if difference < 0 else "floor"
    _difference(lines, f"{kind}:{step}:{signal}:{member.ref}", kind, difference, member, signal)


def _difference(
    lines: list[Line],
    line_id: str,
    kind: LineKind,
    points: int,
    member: Member | None = None,
    signal: str = "",
) -> None:
    if not points:
        return
    line = _line(line_id, kind, points, signal=signal)
    if member is not None:
        line.person_ref, line.count = member.ref, 1
        if kind == "role":
            line.base, line.multiplier = member.engagement.points, _FACTOR * member.factor
    lines.append(line)


def _line(line_id: str, kind: LineKind, points: int, *, signal: str = "", count: int = 0) -> Line:
    dimension: DimensionName = "intent"
    return Line(line_id=line_id, kind=kind, dimension=dimension, points=points, signal=signal, count=count)


def _third_party_lines(rows: Sequence[ThirdPartyRow], evidence: bool) -> list[Line]:
    """One line a signal and topic or action."""
    groups: dict[tuple[str, str], list[ThirdPartyRow]] = {}
    for row in rows:
        groups.setdefault((row.signal, row.label), []).append(row)
    lines = []
    for (signal, label), group in sorted(groups.items()):
        points, value = sum(row.points for row in group), sum(row.value for row in group)
        line = _line(f"signal:{signal}:{label}", "signal", value, signal=signal, count=len(group))
        line.base, line.multiplier = div_half_even(points, len(group)), MILLION
        line.decay = div_half_even(MILLION * value, points)
        line.first_at = iso_text(min(row.at for row in group))
        line.last_at = iso_text(max(row.at for row in group))
        if evidence:
            best = sorted(group, key=lambda row: (-row.points, row.at, row.id))[:_EVIDENCE]
            best.sort(key=lambda row: (row.at, row.id))
            line.evidence = [_record(row.trace, row.id) for row in best]
        lines.append(line)
    return lines


# evidence -----------------------------------------------------------------------------------------


def _evidence(scored: Sequence[Contribution], member: Member) -> list[Evidence]:
    best = sorted(scored, key=lambda item: (-abs(item.points), item.at, item.id))[:_EVIDENCE]
    best.sort(key=lambda item: (item.at, item.id))
    return [_record(item.trace, _event_id(item, member)) for item in best]


def _event_id(item: Contribution, member: Member) -> str:
    """The id of the input record behind a contribution; derived ones have ids of their own."""
    if item.signal == "content.storyline":
        return item.id.removeprefix(f"storyline:{item.label}:")
    if item.signal == "web.return_direct":
        persons = member.boxes or [member.person]
        visits = [v.id for person in persons for v in person.activity.visits if v.at == item.at]
        return min(visits, default=item.id)
    return item.id


def _record(trace: object, event_id: str) -> Evidence:
    """Where an input record stood; a trace that went through a snapshot is a plain list."""
    if trace is None:
        return Evidence(topic="", partition=-1, offset=-1, event_id=event_id)
    topic, partition, offset = trace if isinstance(trace, list | tuple) else (
        trace.topic, trace.partition, trace.offset,  # type: ignore[attr-defined]  # else a Trace
    )  # fmt: skip
    return Evidence(topic=topic, partition=partition, offset=offset, event_id=event_id)
