"""A log line is one JSON object, says nothing about a person, and libraries speak only up."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from agents import log

pytestmark = pytest.mark.usefixtures("restored_logging")


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_component() -> None:
    output = io.StringIO()
    log.set_up("info", "json", output)

    log.get("worker").info("started", partition=3)

    (line,) = lines(output)
    assert (line["event"], line["level"], line["component"], line["partition"]) == (
        "started",
        "info",
        "worker",
        3,
    )
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("fields", "secret"),
    [
        ({"email": "ann@acme.com"}, "ann"),
        ({"reason": "refused <ann.lee+x@acme.co.uk>"}, "ann"),
        ({"reason": "from 203.0.113.9"}, "203.0"),
        ({"account_id": "acct-77"}, "acct-77"),
        ({"detail": {"contact_id": "c-77", "n": 1}}, "c-77"),
        ({"seen": ["ann@acme.com"]}, "ann"),
        ({"url": "redis://user:hunter2@host:6379/0"}, "hunter2"),
        ({"write_key": "hunter2"}, "hunter2"),
        ({"error": ValueError("ann@acme.com is twice there")}, "ann"),
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_personal_data_and_secrets_are_taken_out(fields: dict[str, Any], secret: str, form: str) -> None:
    output = io.StringIO()
    log.set_up("info", form, output)

    log.get("worker").warning("trouble", **fields)

    assert "trouble" in output.getvalue()
    assert secret not in output.getvalue()


def test_a_library_s_message_is_cleaned_too() -> None:
    output = io.StringIO()
    log.set_up("info", "json", output)

    logging.getLogger("aiokafka").error("record of ann@acme.com at 127.0.0.1:9092")

    assert lines(output)[0]["event"] == "record of [redacted] at 127.0.0.1:9092"


def test_a_traceback_is_cleaned_too() -> None:
    output = io.StringIO()
    log.set_up("info", "json", output)

    try:
        raise ValueError("ann@acme.com")
    except ValueError:
        log.get("worker").exception("failed")

    assert "ValueError" in lines(output)[0]["exception"]
    assert "ann" not in output.getvalue()


def test_our_debug_level_does_not_open_the_libraries() -> None:
    output = io.StringIO()
    log.set_up("debug", "json", output)

    logging.getLogger("faust.transport").info("chatter")
    logging.getLogger("aiokafka.consumer").debug("chatter")
    log.get("worker").debug("ours")

    assert [line["event"] for line in lines(output)] == ["ours"]
