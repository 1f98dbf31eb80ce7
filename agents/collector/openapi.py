"""The HTTP interface as OpenAPI 3.1, for readers and for contract tests."""

from typing import Any, Final

from agents.collector.feeds import PROVIDERS
from agents.collector.webhook_routes import HOOKS
from agents.view.writer import STATES

_ANSWER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["success"],
    "properties": {"success": {"const": True}},
}
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["success", "code", "message"],
    "properties": {"success": {"const": False}, "code": {"type": "string"}, "message": {"type": "string"}},
}
_MESSAGE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "messageId": {"type": ["string", "null"]},
        "userId": {"type": ["string", "integer", "null"]},
        "anonymousId": {"type": ["string", "integer", "null"]},
        "event": {"type": ["string", "null"]},
        "properties": {"type": ["object", "null"]},
        "traits": {"type": ["object", "null"]},
        "context": {"type": ["object", "null"]},
        "timestamp": {"type": ["string", "null"]},
    },
}
_BATCH: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": _MESSAGE},
        "sentAt": {"type": ["string", "null"]},
        "context": {"type": ["object", "null"]},
    },
}
_WRITE: Final[list[dict[str, list[str]]]] = [{"writeKey": []}, {}]
_READ: Final[list[dict[str, list[str]]]] = [{"apiToken": []}]
_REFUSALS: Final = ("400", "401", "408", "413", "503")


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    singles = ("track", "page", "identify", "group", "screen", "alias")
    paths: dict[str, Any] = {
        "/v1/batch": _post("Messages of Segment or RudderStack clients", _json_body(_BATCH)),
        **{f"/v1/{name}": _post(f"One `{name}` message", _json_body(_MESSAGE)) for name in singles},
        **{
            f"/api/s/{name}": _post(f"One `{name}` message of Jitsu", _json_body(_MESSAGE))
            for name in singles
        },
        "/events": _post("CloudEvents or own records, one or many", _events_body()),
        **{f"/v1/feeds/{provider}": _feed() for provider in PROVIDERS},
        "/beacon/v1/batch": _post("RudderStack's beacon", _json_body(_BATCH)),
        "/com.snowplowanalytics.snowplow/tp2": _tracker(),
        "/i": _image("One event of a Snowplow tracker", "e eid url page refr duid uid aid dtm stm"),
        **{path: _posthog() for path in ("/batch", "/e", "/i/v0/e", "/capture")},
        **{f"/webhooks/{vendor}": _webhook(vendor) for vendor in (*HOOKS, "generic")},
        **{
            f"{root}/{kind}": _image("One message in a query", "data userId anonymousId event")
            for root, kinds in (("/v1/pixel", singles), ("/pixel/v1", ("track", "page")))
            for kind in kinds
        },
        "/px.gif": _pixel(),
        "/accounts": _accounts(),
        "/accounts/{id}": _account("One account with its people"),
        "/accounts/{id}/explain": _account("The lines of one account's score"),
        "/sales-ready": _get("Sales-ready events, newest first", [_limit()]),
        **{path: _open(summary) for path, summary in _OPS.items()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "intent-signals collector", "version": version},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "writeKey": {"type": "http", "scheme": "basic"},
                "apiToken": {"type": "http", "scheme": "bearer"},
            }
        },
    }


_OPS: Final = {
    "/livez": "The process answers",
    "/version": "Name and version",
    "/openapi.json": "This document",
    "/robots.txt": "Nothing for search engines",
    "/metrics": "Prometheus text",
}


def _content(schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": schema}}


def _refusals(*codes: str) -> dict[str, Any]:
    return {code: {"description": "Refused", "content": _content(_ERROR)} for code in codes}


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": _content(schema)}


def _events_body() -> dict[str, Any]:
    single = {"type": "object"}
    return {
        "required": True,
        "content": _content({"oneOf": [single, {"type": "array", "items": single}]})
        | _content(single, "application/cloudevents+json")
        | _content({"type": "array", "items": single}, "application/cloudevents-batch+json"),
    }


def _post(summary: str, body: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": "Stored", "content": _content(_ANSWER)}} | _refusals(*_REFUSALS)
    return {"post": {"summary": summary, "requestBody": body, "responses": answers, "security": _WRITE}}


def _feed() -> dict[str, Any]:
    body = {"required": True, "content": _content({"type": "string"}, "text/csv")}
    described = _post("CSV or JSON of third-party intent; the answer counts its rows", body)
    described["post"]["parameters"] = [
        _query("provider", {"type": "string"}),
        _query("dates", {"enum": ["dmy", "mdy"]}),
        _query("columns", {"type": "string"}),
        _query("date", {"type": "string"}),
    ]
    return described


def _tracker() -> dict[str, Any]:
    event = {"type": "object", "additionalProperties": {"type": "string"}}
    body = {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": event}}}
    described = _post("Events of a Snowplow tracker", _json_body(body))
    text = _content({"type": "string"}, "text/plain")
    described["post"]["responses"]["200"] = {"description": "Stored", "content": text}
    described["post"]["security"] = [{}]
    return described


def _posthog() -> dict[str, Any]:
    single = {
        "type": "object",
        "required": ["event"],
        "properties": {"event": {"type": "string"}, "properties": {"type": "object"}},
    }
    batch = {"type": "object", "required": ["batch"], "properties": {"batch": _list_of(single)}}
    described = _post("Events of PostHog clients", _json_body({"oneOf": [single, batch, _list_of(single)]}))
    answer = {"type": "object", "required": ["status"], "properties": {"status": {"const": 1}}}
    described["post"]["responses"]["200"]["content"] = _content(answer)
    return described


def _list_of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _webhook(vendor: str) -> dict[str, Any]:
    events = {"type": "object"}
    described = _post(f"Events of {vendor}", _json_body({"oneOf": [events, _list_of(events)]}))
    described["post"]["responses"] |= _refusals("403", "406")
    return described


def _pixel() -> dict[str, Any]:
    return _image("Image pixel", "u r t site aid uid id email")


def _image(summary: str, names: str) -> dict[str, Any]:
    answer = {"description": "Always the image", "content": _content({"type": "string"}, "image/gif")}
    parameters = [_query(name, {"type": "string"}) for name in names.split()]
    answers = {"200": answer} | _refusals("503")
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _limit() -> dict[str, Any]:
    return _query("limit", {"type": "integer", "minimum": 0, "maximum": 500})


def _get(summary: str, parameters: list[dict[str, Any]], *more: str) -> dict[str, Any]:
    answers = {"200": {"description": "Found", "content": _content({"type": "object"})}}
    answers |= _refusals("400", "401", "503", *more)
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers, "security": _READ}}


def _accounts() -> dict[str, Any]:
    score = {"type": "integer", "minimum": 0, "maximum": 100}
    state = _query("state", {"enum": list(STATES)})
    tenant = _query("tenant", {"type": "string"})
    return _get("Accounts by score", [_limit(), state, _query("min_score", score), tenant])


def _account(summary: str) -> dict[str, Any]:
    name = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return _get(summary, [name, _query("tenant", {"type": "string"})], "404")


def _open(summary: str) -> dict[str, Any]:
    return {"get": {"summary": summary, "responses": {"200": {"description": summary}}}}
