"""Cross-origin answers of the ingest paths: the origin and the requested headers are echoed.

A `*` stops trackers that send credentials, and a fixed header list stops retries, whose headers appear only
in an outage. The pages and the query API are left out: no other site may read scores with a visitor's
credentials.
"""

from typing import Final

from aiohttp import hdrs, web

_METHODS: Final = "GET, POST, HEAD, OPTIONS"
_PRIVATE: Final = ("/accounts", "/sales-ready", "/metrics", "/readyz", "/livez")
_MAX_AGE: Final = "600"


def is_shared(path: str) -> bool:
    """Whether another site's page may call this path."""
    return path != "/" and not path.startswith(_PRIVATE)


def add_cors(request: web.Request, answer: web.StreamResponse, allowed: tuple[str, ...]) -> None:
    """Add the headers to any answer, errors too; an origin that is not allowed gets none."""
    if not is_shared(request.path):
        return
    origin = request.headers.get(hdrs.ORIGIN, "")
    answer.headers.add(hdrs.VARY, "Origin")
    if not origin or (allowed and origin not in allowed):
        return
    answer.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
    answer.headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
    answer.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = "Retry-After"
    if request.method == hdrs.METH_OPTIONS:
        answer.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = _METHODS
        answer.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = _MAX_AGE
        wanted = request.headers.get(hdrs.ACCESS_CONTROL_REQUEST_HEADERS)
        if wanted:
            answer.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = wanted


def preflight() -> web.Response:
    """200 without credentials, for every path that may be shared."""
    return web.Response(headers={"Allow": _METHODS})
