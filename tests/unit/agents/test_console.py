"""The console of `intent up`: text for people, JSON lines for programs, the same content."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.sample_stage import Stage, play

from agents.console import Console
from streams.market import SampleMarket

START = 1_773_930_600_000


@pytest.fixture(scope="module")
def played() -> tuple[SampleMarket, Stage]:
    return play(START, 90)


async def _records(stage: Stage, linger: float) -> AsyncIterator[tuple[str, str, Any]]:
    for emit in stage.heard:
        yield emit.topic, emit.key, emit.value
    await asyncio.sleep(linger)


async def _shown(played: tuple[SampleMarket, Stage], output: str, terminal: bool = False) -> str:
    market, stage = played
    file = io.StringIO()
    console = Console(output, file, terminal)
    console.places(page="http://127.0.0.1:8080/", kafka="127.0.0.1:9092")
    await console.follow(
        _records(stage, 0.3), market.truths, lambda: 2_300, counts_every=0.05, summary_after=0.1
    )
    console.show_counts(2_345)
    return file.getvalue()


async def test_text_has_places_cards_lines_counts_and_the_bad_leads(
    played: tuple[SampleMarket, Stage],
) -> None:
    said = await _shown(played, "text")

    assert said.startswith("page   http://127.0.0.1:8080/\nkafka  127.0.0.1:9092\n")
    assert "== T1  " in said
    assert "   why now  " in said
    assert "-- near miss" in said
    assert "-- redirected" in said
    assert "events in 2,345 · accounts scored " in said
    assert "bad leads that did not fire, and what held each:" in said
    assert "gate people 1 of 2" in said
    assert "FIRED" not in said
    assert "\x1b[" not in said


async def test_the_summary_of_bad_leads_comes_once(played: tuple[SampleMarket, Stage]) -> None:
    assert (await _shown(played, "text")).count("bad leads that did not fire") == 1


async def test_a_terminal_gets_frames_and_colours(played: tuple[SampleMarket, Stage]) -> None:
    said = await _shown(played, "text", terminal=True)

    assert "╭─" in said
    assert "\x1b[" in said


async def test_json_is_one_object_a_line_with_the_whole_records(played: tuple[SampleMarket, Stage]) -> None:
    lines = [json.loads(line) for line in (await _shown(played, "json")).splitlines()]
    records = [line for line in lines if "topic" in line]
    counts = [line["counts"] for line in lines if "counts" in line]
    leads = [line["bad_leads"] for line in lines if "bad_leads" in line]

    assert lines[0] == {"places": {"page": "http://127.0.0.1:8080/", "kafka": "127.0.0.1:9092"}}
    assert {"intent.sales-ready.v1", "intent.watch.v1", "intent.review.v1"} <= {
        line["topic"] for line in records
    }
    assert all(line["value"]["data"] for line in records)
    assert counts[-1]["events in"] == 2_345
    assert counts[-1]["sales-ready"] == sum(counts[-1]["tiers"].values()) > 5
    assert len(leads) == 1
    assert {"competitor", "student", "scanners"} <= {lead["archetype"] for lead in leads[0]}


async def test_a_record_that_is_no_object_is_passed_over() -> None:
    async def tombstone() -> AsyncIterator[tuple[str, str, Any]]:
        yield "intent.scores.v1", "default/acme.com", None

    file = io.StringIO()
    await Console("text", file, False).follow(tombstone())

    assert file.getvalue() == ""


async def test_names_and_text_cannot_mark_up_the_terminal(played: tuple[SampleMarket, Stage]) -> None:
    file = io.StringIO()
    event = {
        "type": "intent.sales_ready.opened.v1",
        "subject": "[red]x[/red]",
        "data": {"decision": {"tier": "T1"}},
    }
    Console("text", file, True).take("intent.sales-ready.v1", "k", event)

    assert "[red]x[/red]" in file.getvalue()
