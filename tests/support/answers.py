"""Alerts as files: the replay of one surge, forty like it, and what sales answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from agents.cli import cli

SCENARIOS = Path(__file__).parents[1] / "golden" / "scenarios"
POLICY = SCENARIOS / "policy.json"
STORY = SCENARIOS / "05-three-person-surge" / "events.jsonl"
LAST = "2026-04-01T09:00:00.000Z"


def intent(*arguments: object) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def disposition(number: int, about: str, status: str, day: str = LAST, **fields: Any) -> str:
    """One answer of sales as a line."""
    value = {
        "event_id": f"d-{number}", "source": "crm", "type": "disposition", "occurred_at": day,
        "account_id": "acc-northwind-labs", "sales_ready_id": about, "status": status, **fields,
    }  # fmt: skip
    return json.dumps({"topic": "intent.dispositions.v1", "key": "k", "value": value}) + "\n"


def replay_of_a_surge(directory: Path) -> Path:
    """What the replay of one surge prints: one `opened` and what follows."""
    file = directory / "printed.jsonl"
    file.write_text(intent("replay", STORY, "--policy", POLICY).stdout)
    return file


def forty_alerts(directory: Path, printed: Path) -> Path:
    """Alerts like it at as many accounts: ten found by search, all accepted, thirty from ads, none."""
    opened = next(
        line for line in map(json.loads, printed.read_text().splitlines())
        if line["value"].get("type", "").endswith("sales_ready.opened.v1")
    )  # fmt: skip
    file = directory / "many.jsonl"
    with file.open("w") as out:
        for number in range(40):
            value = json.loads(json.dumps(opened["value"]))
            value |= {
                "id": f"sr-{number}",
                "subject": f"acc-{number}",
                "partitionkey": f"default/{number}.example",
            }
            value["data"]["attribution"]["last_source"] = "organic_search" if number < 10 else "paid"
            out.write(json.dumps({**opened, "value": value}) + "\n")
            said = {"status": "accepted"} if number < 10 else {"status": "rejected", "reason": "no_need"}
            out.write(disposition(number, f"sr-{number}", **said))
    return file
