"""Output records as scoring writes them, for tests of the view and the page."""

from typing import Any

import orjson

from agents.view.writer import ViewRecord

GATES = ("fit", "intent", "people", "decision_stage", "self_directed", "score")


def lines_of(fit: int, intent: int, readiness: int) -> list[dict[str, Any]]:
    """Lines whose points add up to the three dimensions and to S."""
    total = [round(0.25 * fit), round(0.5 * intent), round(0.25 * readiness)]
    return [
        _line("fit", "criterion", "employees", fit - 25_000),
        _line("fit", "criterion", "industry", 25_000),
        _line("intent", "signal", "web.pricing", intent + 6_000, person="ines", count=2),
        _line("intent", "cap", "cap:person", -6_000, person="ines"),
        _line("readiness", "step", "people", readiness),
        _line("score", "weight", "fit", total[0]),
        _line("score", "weight", "intent", total[1]),
        _line("score", "weight", "readiness", total[2]),
    ]


def _line(
    dimension: str, kind: str, signal: str, points: int, person: str = "", count: int = 1
) -> dict[str, Any]:
    return {
        "dimension": dimension,
        "line_id": f"{dimension}:{signal}:{person}",
        "kind": kind,
        "signal": signal,
        "person_ref": person or None,
        "count": count,
        "base": points,
        "multiplier": 1000,
        "decay": 1_000_000,
        "points": points,
        "first_at": "2026-03-12T09:00:00.000Z",
        "last_at": "2026-03-18T10:00:00.000Z",
    }


def a_score(home: str = "demo/acme.example", **changes: Any) -> dict[str, Any]:
    """A value of intent.scores.v1: an open account with two people, everything over its gate."""
    fit, intent, readiness = (
        changes.pop(name, default) for name, default in (("F", 80_000), ("I", 71_270), ("R", 95_000))
    )
    domain = home.partition("/")[2]
    score = round(0.25 * fit) + round(0.5 * intent) + round(0.25 * readiness)
    value = {
        "tenant_id": home.partition("/")[0],
        "home": home,
        "account_id": f"acc-{domain.partition('.')[0]}",
        "account_domain": domain,
        "name": domain.partition(".")[0].title(),
        "time": "2026-03-18T11:15:00.000Z",
        "policy": {"policy_id": "reference", "version": 1, "hash": "0" * 64},
        "S": score,
        "F": fit,
        "I": intent,
        "R": readiness,
        "people": 2500,
        "engaged": 2,
        "surge": True,
        "n_current": 7,
        "p": 6e-09,
        "gates": dict.fromkeys(GATES, True),
        "gate_details": [gate(name) for name in GATES],
        "persons": {"ines": 30_000, "tomas": 12_637},
        "anonymous": 1_500,
        "third_party": 12_000,
        "state": "open",
        "people_list": [
            a_person("ines", 30_000, "champion", name="Ines Vega", title="Head of Data"),
            a_person("tomas", 12_637, "technical_evaluator"),
        ],
        "lines": lines_of(fit, intent, readiness),
        "sales_ready": {"id": "sr-1", "tier": "T1", "time": "2026-03-18T11:15:00.000Z"},
    }
    return value | changes


def gate(name: str, *, passed: bool = True, distance: float = 0, required: float = 50_000) -> dict[str, Any]:
    """One entry of gate_details."""
    return {
        "name": name,
        "required": required,
        "actual": required - distance,
        "passed": passed,
        "distance": distance,
    }


def a_person(person: str, points: int, role: str, **changes: Any) -> dict[str, Any]:
    """One entry of people_list."""
    return {
        "person": person,
        "name": None,
        "title": None,
        "role": role,
        "points": points,
        "share": 500,
        "last_seen": "2026-03-18T10:00:00.000Z",
        "engaged": True,
        "excluded": None,
        "top_signals": ["web.pricing", "content.webinar_attended"],
        **changes,
    }


def an_event(event_id: str, kind: str = "opened", **changes: Any) -> dict[str, Any]:
    """A value of intent.sales-ready.v1."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "intent",
        "type": f"intent.sales_ready.{kind}.v1",
        "subject": "acc-acme",
        "time": "2026-03-18T11:15:00.000Z",
        "data": {
            "decision": {
                "kind": kind,
                "tier": "T1",
                "trigger": "surge",
                "S": 79_385,
                "F": 80_000,
                "I": 71_270,
            },
            "buying_group": {
                "engaged_people": 3,
                "roles_covered": ["champion"],
                "roles_missing": ["economic_buyer"],
                "people": [{"contact_id": "ines", "name": "Ines Vega"}],
            },
            "why_now": {
                "headline": "Three people compared prices this week",
                "sentences": ["Seven person-days."],
            },
            "sla": {"first_touch_due_at": "2026-03-18T12:15:00.000Z", "ttl_at": "2026-03-25T11:15:00.000Z"},
        },
        **changes,
    }


def a_watch(event_id: str, kind: str = "near_miss", **changes: Any) -> dict[str, Any]:
    """A value of intent.watch.v1."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "intent",
        "type": f"intent.watch.{kind}.v1",
        "subject": "acc-acme",
        "time": "2026-03-17T12:01:00.000Z",
        "data": {
            "decision": {"S": 55_000, "gates": [gate("people", passed=False, distance=1000, required=2000)]}
        },
        **changes,
    }


def record(
    topic: str, value: dict[str, Any] | None, offset: int, key: str = "demo/acme.example"
) -> ViewRecord:
    """The record as the consumer hands it on."""
    return ViewRecord(topic, key, None if value is None else orjson.dumps(value), offset)
