"""How well the alerts of a run fit the ground truth of a season: precision and recall, by archetype."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from streams.market.truth import Truth

_STILL_TRUE = timedelta(days=14)  # as long as the slowest tier may wait
_SALES_READY = "intent.sales-ready.v1"
_REVIEW = "intent.review.v1"


class Row(msgspec.Struct):
    """One archetype. `right` counts the accounts with which exactly what was expected happened."""

    archetype: str
    expected: str
    accounts: int = 0
    right: int = 0
    fired: int = 0  # accounts with at least one sales-ready event
    alerts: int = 0
    false_alerts: int = 0
    tiers: dict[str, int] = {}  # of the first alert in time


class Report(msgspec.Struct):
    """Shares are between 0 and 1; None where there is nothing to divide by."""

    rows: list[Row]
    alerts: int
    true_alerts: int
    buyers: int
    found: int
    precision: float | None  # of the alerts, those about an account that was buying at the time
    recall: float | None  # of the accounts that bought, those with an alert at the time
    false_alerts_per_account_week: float | None


class Judge:
    """Takes every output record of a run and compares it with the truth at the end."""

    def __init__(self) -> None:
        self._alerts: dict[str, list[tuple[str, str]]] = {}  # subject -> (day, tier) of each `opened`
        self._reviews: dict[str, set[str]] = {}  # subject -> kinds

    def take(self, topic: str, value: Mapping[str, Any]) -> None:
        """One output record; those of other topics are passed over."""
        kind = str(value.get("type", "")).split(".")[-2:-1]
        subject = str(value.get("subject", ""))
        if topic == _SALES_READY and kind == ["opened"]:
            self._alerts.setdefault(subject, []).append(
                (value["time"][:10], value["data"]["decision"]["tier"])
            )
        elif topic == _REVIEW and kind:
            self._reviews.setdefault(subject, set()).add(kind[0])

    def report(self, truths: Iterable[Truth], days: int) -> Report:
        """The verdict over a season of so many days."""
        rows: dict[str, Row] = {}
        buyers = found = accounts = 0
        for truth in truths:
            accounts += 1
            row = rows.setdefault(truth.archetype, Row(truth.archetype, truth.expected, tiers={}))
            in_time = self._add(row, truth)
            if truth.expected == "fires":
                buyers += 1
                found += in_time
        alerts = sum(row.alerts for row in rows.values())
        false_alerts = sum(row.false_alerts for row in rows.values())
        return Report(
            rows=sorted(rows.values(), key=lambda row: (row.expected != "fires", row.archetype)),
            alerts=alerts,
            true_alerts=alerts - false_alerts,
            buyers=buyers,
            found=found,
            precision=_share(alerts - false_alerts, alerts),
            recall=_share(found, buyers),
            false_alerts_per_account_week=_share(false_alerts, accounts * days / 7),
        )

    def _add(self, row: Row, truth: Truth) -> bool:
        """Count one account; whether it was buying and an alert said so in time."""
        alerts = self._alerts.get(truth.account, []) + self._alerts.get(truth.domain, [])
        in_time = [tier for day, tier in alerts if _bought(truth, day)]
        row.accounts += 1
        row.alerts += len(alerts)
        row.fired += bool(alerts)
        row.false_alerts += len(alerts) - len(in_time)
        if truth.expected == "fires":
            row.right += bool(in_time)
        elif truth.expected == "redirected":
            row.right += not alerts and "redirected" in self._reviews.get(truth.account, ())
        elif truth.expected == "review":
            row.right += not alerts and "held" in self._reviews.get(truth.account, ())
        else:
            row.right += not alerts
        if in_time:
            row.tiers = dict(Counter(row.tiers) + Counter(in_time[:1]))
        return bool(in_time)


def _bought(truth: Truth, day: str) -> bool:
    """Whether an account was buying on an ISO day, or had been within the two weeks before."""
    at = date.fromisoformat(day)
    return any(
        date.fromisoformat(first) <= at <= date.fromisoformat(last) + _STILL_TRUE
        for first, last in truth.journeys
    )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None
