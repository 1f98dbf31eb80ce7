"""Structured logs on stderr: one line per lifecycle change or incident, never per event or about a person.

Bound field names: component, topic, partition, offset, reason, route, policy, seconds, count. What a record
says (values, keys, addresses, names) is not logged; `redact` is a second belt, for what libraries say.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, TextIO

import orjson
import structlog

_EMAIL: Final = re.compile(r"[^\s\"'<>=,;:(){}\[\]|/]+@[^\s\"'<>=,;:(){}\[\]|/]+\.\w+")
# with a port it is a server's, not a person's; nor is loopback anybody's
_ADDRESS: Final = re.compile(r"\b(?!127\.)(?:\d{1,3}\.){3}\d{1,3}\b(?!:\d)")
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]+@")  # user:password@ of a URL
_PRIVATE: Final = frozenset(
    "email e_mail mail phone name first_name last_name full_name ip address user_agent value body payload"
    " original contact_id anonymous_id account_id account domain home"
    " password token secret authorization write_key".split()
)
# Faust may turn the root logger to debug; so what libraries may say is set by name, for each of them.
_LIBRARIES: Final = {
    "faust": "warning",
    "mode": "warning",
    "aiokafka": "warning",
    "kafka": "warning",
    "aiohttp.access": "error",
    "aiohttp": "warning",
    "asyncio": "warning",
    "redis": "warning",
    "venusian": "error",
}


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: private fields, e-mail and IP addresses, passwords of URLs are taken out."""
    for key, value in event.items():
        if key.lower() in _PRIVATE:
            event[key] = "[redacted]"
        else:
            event[key] = _clean(value)
    return event


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub("[redacted]", _EMAIL.sub("[redacted]", _CREDENTIALS.sub("", value)))
    if isinstance(value, Mapping):
        return {
            key: "[redacted]" if str(key).lower() in _PRIVATE else _clean(one) for key, one in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _clean(str(value))


def _json(event: Mapping[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def set_up(level: str = "info", form: str = "json", stream: TextIO | None = None) -> None:
    """Configure structlog and the standard library's loggers; call it once, before anything logs.

    level: debug, info, warning or error of our own lines. form: json or text.
    """
    # structlog's clock is the wall clock of the line; no decision reads it
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    output = stream if stream is not None else sys.stderr
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=output.isatty())
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name, library_level in _LIBRARIES.items():
        logging.getLogger(name).setLevel(library_level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(component: str) -> structlog.stdlib.BoundLogger:
    """A logger whose lines carry `component`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("intent").bind(component=component)
    return logger
