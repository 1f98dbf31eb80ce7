"""An explained account for people: totals, gates and what they lack, people, surge, every line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_DIMENSIONS: Final = (("score", "S"), ("fit", "F"), ("intent", "I"), ("readiness", "R"))
_COUNTS: Final = frozenset({"decision_stage"})
_SHARES: Final = frozenset({"self_directed"})
_WHOLE: Final = frozenset({"people"})


def show(console: Console, block: dict[str, Any]) -> None:
    """Print one block of `intent explain`."""
    console.print(
        Text(f"{block['account']}  ({block['home']})", style="bold"), f" as of {block['at']}", sep=""
    )
    console.print(
        f"S {points(block['S'])} = fit {points(block['F'])}, intent {points(block['I'])},"
        f" readiness {points(block['R'])}, each weighted; state {block['state']}"
    )
    console.print(_gates(block))
    for lacking in block.get("missing", ()):
        console.print(f"- {lacking}", highlight=False)
    console.print(_surge(block), highlight=False)
    if block["people_list"]:
        console.print(_people(block["people_list"]))
    totals = {name: block[key] for name, key in _DIMENSIONS}
    for name, total in totals.items():
        lines = [line for line in block["lines"] if line["dimension"] == name]
        if lines:
            console.print(_lines(name, total, lines))
    if not block["lines"]:
        console.print("no lines: the score is below the policy's explanation_from")


def points(milli: int) -> str:
    """Milli-points as points."""
    return f"{milli / 1000:.3f}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
    return table


def _gates(block: dict[str, Any]) -> Table:
    table = _table("Gates", "gate", "required", "actual", "lacks", "")
    for gate in block["gate_details"]:
        name, lacks = gate["name"], gate.get("distance", 0)
        mark = Text("passed", style="green") if gate["passed"] else Text("failed", style="red")
        shown = _amount(name, lacks) if lacks else ""
        table.add_row(name, _amount(name, gate["required"]), _amount(name, gate["actual"]), shown, mark)
    return table


def _amount(gate: str, value: int) -> str:
    if gate in _COUNTS:
        return str(value)
    if gate in _SHARES:
        return f"{value / 10:.1f} %"
    return f"{value / 1000:g}" if gate in _WHOLE else points(value)


def _surge(block: dict[str, Any]) -> str:
    found = "a surge" if block["surge"] else "no surge"
    return (
        f"People {block['people'] / 1000:g} ({block['engaged']} engaged); {block['n_current']} person-days this week,"
        f" {found} (p {block['p']:.9f}); anonymous {points(block['anonymous'])},"
        f" third party {points(block['third_party'])}"
    )


def _people(people: Iterable[dict[str, Any]]) -> Table:
    table = _table("People", "person", "role", "points", "", "top signals")
    for person in people:
        mark = person.get("excluded") or ("engaged" if person.get("engaged") else "")
        signals = ", ".join(person.get("top_signals") or ())
        table.add_row(
            person["person"], person.get("role", "unknown"), points(person.get("points", 0)), mark, signals
        )
    return table


def _lines(name: str, total: int, lines: list[dict[str, Any]]) -> Table:
    added = sum(line["points"] for line in lines)
    title = f"{name.capitalize()} {points(total)}" + (
        "" if added == total else f" (residual {total - added})"
    )
    table = _table(title, "line", "count", "base", "multiplier", "decay", "points")
    for line in lines:
        base, multiplier, decay = line.get("base"), line.get("multiplier"), line.get("decay")
        table.add_row(
            line["line_id"],
            str(line["count"]) if line.get("count") else "",
            "" if base is None else points(base),
            "" if multiplier is None else f"x {multiplier / 1_000_000:.6g}",
            "" if decay is None else f"x {decay / 1_000_000:.6g}",
            points(line["points"]),
        )
    return table
