"""What dispositions teach about the past: how often sales accepted alerts, by source, signal, topic and so on.

The unit is the alert: one episode of one account, from its `opened` record on, with what that record carried. Its
latest disposition by time and id is its answer. All of it is a function of the set of records, however often and in
whatever order they are read.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from schemas.signal import Disposition
from streams.policy import Policy
from streams.timeline import iso_text

KINDS: Final = ("source", "signal", "topic", "campaign", "role", "tier", "segment")
REJECTED: Final = frozenset({"rejected", "recycled"})  # every other status is sales at work, or done with it
_OPENED: Final = "intent.sales_ready.opened.v1"
_TOPIC: Final = "signal:3p.topic_surge:"
Table = dict[str, dict[str, "Counted"]]  # kind -> name -> counts


class Counted(NamedTuple):
    """Alerts that sales took and that it gave back."""

    accepted: int = 0
    rejected: int = 0

    @property
    def n(self) -> int:
        """Alerts with an answer."""
        return self.accepted + self.rejected

    def plus(self, accepted: bool) -> "Counted":
        """With one more."""
        return Counted(self.accepted + accepted, self.rejected + (not accepted))


class Alert(msgspec.Struct):
    """One episode, from its `opened` record on, and what sales said of it, ascending by time and id."""

    id: str
    opened_at: str
    subject: str
    traits: dict[str, frozenset[str]]
    said: list[Disposition] = []

    @property
    def answer(self) -> Disposition | None:
        """The latest disposition: sales may change its mind."""
        return self.said[-1] if self.said else None

    @property
    def accepted(self) -> bool:
        """Whether sales took it, as far as it said."""
        return self.answer is not None and self.answer.status not in REJECTED


class Lesson(msgspec.Struct):
    """What was counted. `by` has every answered alert, `weighing` those whose answer may change a weight."""

    alerts: int
    unmatched: int  # dispositions that speak of no alert that was read
    until: int  # ms of the latest disposition, -1 without any
    overall: Counted = Counted()
    base: Counted = Counted()  # as `overall`, of `weighing`
    by: Table = {}
    weighing: Table = {}


class Learner:
    """Takes sales-ready records and dispositions, keeps what counting needs of them, and counts at the end."""

    def __init__(self) -> None:
        self._events: dict[str, tuple[str, str, bool, str, dict[str, frozenset[str]]]] = {}
        self._said: dict[tuple[str, str], Disposition] = {}

    def event(self, value: Mapping[str, Any]) -> None:
        """One record of intent.sales-ready.v1."""
        opened = value.get("type") == _OPENED
        home = str(value.get("partitionkey") or value["subject"])
        traits = traits_of(value["data"]) if opened else {}
        self._events[value["id"]] = (home, value["time"], not opened, value["subject"], traits)

    def disposition(self, record: Disposition) -> None:
        """One disposition as intake writes it; what intake refuses counts nowhere."""
        self._said[record.source, record.event_id] = record

    def lesson(self, policy: Policy) -> Lesson:
        """The counts, with the reasons that change no weight as the policy says."""
        alerts, unmatched = self.alerts()
        until = max([said.at for said in self._said.values()], default=-1)
        return _counted(Lesson(len(alerts), unmatched, until), alerts, policy)

    def alerts(self) -> tuple[list[Alert], int]:
        """Every episode with its dispositions, and how many of those speak of no alert that was read."""
        alerts, of = self._alerts()
        unmatched = 0
        for said in sorted(self._said.values(), key=lambda said: (said.at, said.event_id)):
            alert = of.get(said.sales_ready_id)
            if said.sales_ready_id == "latest":
                alert = _latest(alerts, said)
            if alert is None:
                unmatched += 1
            else:
                alert.said.append(said)
        return alerts, unmatched

    def _alerts(self) -> tuple[list[Alert], dict[str, Alert]]:
        """Episodes, and which of them each record belongs to: the one its home opened last."""
        alerts: list[Alert] = []
        of: dict[str, Alert] = {}
        current: dict[str, Alert] = {}
        for event_id, found in sorted(self._events.items(), key=lambda item: (*item[1][:3], item[0])):
            home, at, later, subject, traits = found
            if not later:
                current[home] = Alert(event_id, at, subject, traits)
                alerts.append(current[home])
            if home in current:
                of[event_id] = current[home]
        return alerts, of


def traits_of(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """What an `opened` record carried, by kind: the last source, signals with points, topics, campaigns, roles."""
    lines = [line for line in data["explanation"]["intent"]["lines"] if line["points"] > 0]
    named = {
        "source": [data["attribution"]["last_source"]],
        "signal": [line["signal"] for line in lines if line["kind"] == "signal"],
        "topic": [
            line["line_id"].removeprefix(_TOPIC) for line in lines if line["line_id"].startswith(_TOPIC)
        ],
        "campaign": data["brief"]["campaigns"],
        "role": [person["role"] for person in data["buying_group"]["people"] if person["share"] > 0],
        "tier": [data["decision"]["tier"]],
        "segment": [data["routing"]["segment"]],
    }
    return {kind: frozenset(name for name in names if name) for kind, names in named.items()}


def _latest(alerts: Iterable[Alert], said: Disposition) -> Alert | None:
    """The account's alert that was the latest when sales spoke."""
    when = iso_text(said.at)
    names = {said.account_id, said.account_domain} - {""}
    known = [alert for alert in alerts if alert.subject in names and alert.opened_at <= when]
    return max(known, key=lambda alert: alert.opened_at, default=None)


def _counted(counts: Lesson, alerts: Iterable[Alert], policy: Policy) -> Lesson:
    counts.by = {kind: {} for kind in KINDS}
    counts.weighing = {kind: {} for kind in KINDS}
    for alert in alerts:
        if alert.answer is None:
            continue
        accepted = alert.accepted
        counts.overall = counts.overall.plus(accepted)
        _add(counts.by, alert, accepted)
        rule = policy.reasons.get(alert.answer.reason)
        if accepted or rule is None or rule.dimension not in policy.learning.unchanged_dimensions:
            counts.base = counts.base.plus(accepted)
            _add(counts.weighing, alert, accepted)
    return counts


def _add(table: Table, alert: Alert, accepted: bool) -> None:
    for kind, names in alert.traits.items():
        for name in names:
            table[kind][name] = table[kind].get(name, Counted()).plus(accepted)
