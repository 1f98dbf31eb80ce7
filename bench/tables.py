"""What the bench prints: progress on stderr, tables and JSON lines on stdout."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.check import Verdict
from bench.data import TICK_RECORDS

CONSOLE = Console(width=118)
#: (engine, the engine it is compared with, events per CPU-second at least so many times as many)
AIMS = (
    ("ours-scoring", "plain-faust", 35.0),
    ("ours-both", "plain-faust", 15.0),
    ("ours-scoring", "aiokafka-ceiling", 0.8),
    ("ours-scoring", "quix", 4.0),
    ("ours-scoring", "bytewax", 1.0),
    ("ours-scoring-compiled", "ours-scoring", 1.0),
)


def note(text: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{text}\n")


def print_lines(lines: list[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for line in lines:
        sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def show(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], caption: str = "") -> None:
    """One table; numbers to the right."""
    table = Table(title=title, caption=caption or None, title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    CONSOLE.print(table)


def _text(cell: Any) -> str:
    if isinstance(cell, float) and not cell.is_integer():
        return f"{cell:,.2f}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return f"{int(cell):,}" if isinstance(cell, int | float) else str(cell)


def report(kind: str, lines: list[dict[str, Any]], verdicts: dict[str, Verdict], seconds: float) -> int:
    """Tables, JSON lines, and the exit code."""
    done = {line["engine"]: line for line in lines if "skipped" not in line}
    show(
        f"{kind} broker, one process an engine, medians of {max((x['runs'] for x in done.values()), default=0)} runs",
        ("engine", "events", "events/s", "events/CPU s", "CPU us/event", "core", "state", "frame", "peak MB", "digest"),
        [
            (
                name, x["events"], x["events_per_second"], x["events_per_cpu_second"], float(x["cpu_us_per_event"]),
                *(x.get(f"{part}_us_per_event", "") for part in ("core", "state", "frame")),
                x["peak_rss_mb"], x["state_digest"][:8],
            )
            for name, x in done.items()
        ],
        f"Companies come and go, a tick in every partition each {TICK_RECORDS:,} records. CPU: user and system time of "
        "the engine's process from its first record to its last commit; core: decode, apply, encode outputs; state: "
        "encode what changed; frame: all the rest.",
    )  # fmt: skip
    show(
        "one run of each over the same first records",
        ("engine", "events", "CPU us/event", "digest"),
        [
            (n, x["shared_events"], float(x["shared_cpu_us_per_event"]), x["shared_digest"])
            for n, x in done.items()
        ],
        "Runs above differ in length, so this is where the digests must agree. It is too short to compare speed.",
    )
    for line in lines:
        if "skipped" in line:
            CONSOLE.print(f"{line['engine']} skipped: {line['skipped']}")
    show("events per CPU-second, ratios of this run", ("", "times", "aim", ""), _ratios(done))
    problems = _problems(done, verdicts)
    for name, verdict in verdicts.items():
        state = "broken" if verdict.problems else "holds"
        CONSOLE.print(
            f"barrier of {name}: {state}; {verdict.keys:,} changelog keys restore to {verdict.digest}"
        )
    for problem in problems:
        CONSOLE.print(f"[red]{problem}[/red]")
    print_lines(lines)
    note(f"{seconds:.0f} s")
    return 1 if problems else 0


def _ratios(done: dict[str, dict[str, Any]]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for engine, other, aim in AIMS:
        if engine in done and other in done:
            ratio = done[engine]["events_per_cpu_second"] / done[other]["events_per_cpu_second"]
            rows.append(
                (f"{engine} / {other}", float(ratio), f"{aim:g}", "met" if ratio >= aim else "missed")
            )
    return rows


def _problems(done: dict[str, dict[str, Any]], verdicts: dict[str, Verdict]) -> list[str]:
    found = [f"{name}: {problem}" for name, verdict in verdicts.items() for problem in verdict.problems]
    found += [
        f"{name}: the changelog restores {verdict.digest}, the run ended with {done[name]['state_digest']}"
        for name, verdict in verdicts.items()
        if verdict.digest != done[name]["state_digest"]
    ]
    plain, compiled = (done.get(name) for name in ("ours-scoring", "ours-scoring-compiled"))
    if plain and compiled and plain["state_digest"] != compiled["state_digest"]:
        found.append("the compiled core does not end in the scores of the plain one")
    if len({line["shared_digest"] for line in done.values()}) > 1:
        found.append("the engines do not end in the same scores")
    return found
