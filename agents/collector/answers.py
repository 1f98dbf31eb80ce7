"""Every answer the collector gives: the accepted ones, and one error type with a bounded set of codes.

Errors are JSON objects with `success`, `code` and `message`: clients that miss `code` in a 4xx send it
again for ever.
"""

from typing import Any, Final

import orjson
from aiohttp import web

GIF: Final = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_NO_CACHE: Final = {
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "Pragma": "no-cache",
    "Expires": "0",
}
# code -> (status, message); the code is also the metric label, so this set is closed
_ERRORS: Final = {
    "invalid_json": (400, "The body is not JSON."),
    "invalid_encoding": (400, "The compressed body cannot be read."),
    "invalid_shape": (400, "The body does not have the shape this path takes."),
    "invalid_query": (400, "A query parameter has a value this path does not take."),
    "empty_body": (400, "The body is empty."),
    "unknown_columns": (400, "The file has no column for the company, or none for topic and score."),
    "unknown_path": (400, "This tracker path is not configured."),
    "event_too_large": (400, "The event is larger than this collector takes."),
    "body_too_large": (400, "The body is larger than this collector takes."),
    "batch_too_large": (413, "The batch is larger than this collector takes; send it in parts."),
    "feed_too_large": (413, "The file is larger than this collector takes; send it in parts."),
    "write_key_missing": (401, "A write key is required."),
    "write_key_unknown": (401, "The write key is not known."),
    "bad_signature": (401, "The signature does not hold."),
    "bad_credentials": (403, "The user name or the password is wrong."),
    "bad_signature_final": (406, "The signature does not hold, or its token was used before."),
    "token_required": (401, "An API token is required."),
    "read_timeout": (408, "The body did not arrive in time."),
    "not_found": (404, "There is nothing here."),
    "account_unknown": (404, "No such account."),
    "method_not_allowed": (405, "This path does not take this method."),
    "unavailable": (503, "Records cannot be stored just now; send them again later."),
    "view_unavailable": (503, "The view cannot be read just now."),
    "shutting_down": (503, "This collector is stopping; send again."),
    "internal": (500, "The collector failed; the request was not stored."),
}


class Refused(Exception):
    """The request gets an error answer; `code` is one of the closed set above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def json_answer(data: Any, status: int = 200) -> web.Response:
    """A JSON answer that no cache keeps."""
    return web.Response(
        body=orjson.dumps(data),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def accepted(**extra: Any) -> web.Response:
    """200, the only status that every client takes for delivered."""
    return json_answer({"success": True, **extra})


def ok_text() -> web.Response:
    """What trackers of the Snowplow family expect."""
    return web.Response(text="ok")


def gif() -> web.Response:
    """The 43-byte transparent image."""
    return web.Response(body=GIF, content_type="image/gif", headers=_NO_CACHE)


def error(code: str, retry_after: int = 1) -> web.Response:
    """The error answer of a code; 503 and 429 say when to come back."""
    status, message = _ERRORS[code]
    answer = json_answer({"success": False, "code": code, "message": message}, status)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(max(1, retry_after))
    if code == "token_required":
        answer.headers["WWW-Authenticate"] = 'Basic realm="intent", charset="UTF-8"'
    return answer
