"""A request body, read by its content and not by its labels.

Size caps (compressed and decompressed), gzip by header or magic bytes, deflate, byte order mark; then JSON
if it begins like JSON, else a form. Clients label gzipped JSON as a form and JSON as plain text, so labels
decide last.
"""

import asyncio
import email.parser
import email.policy
import re
import zlib
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import hdrs, web

from agents.collector.answers import Refused

_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_MAX_FIELDS: Final = 1000
# an escape in JSON text: a whole surrogate pair, a half of one, or any other
_ESCAPES: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_BAD_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


async def read_body(
    request: web.Request, limit: int, timeout: float = 30.0, too_large: str = "body_too_large"
) -> bytes:
    """The decoded body without its byte order mark, at most `limit` bytes before and after decompression.

    Raises Refused: too_large, read_timeout, invalid_encoding.
    """
    if request.content_length is not None and request.content_length > limit:
        raise Refused(too_large)
    received = bytearray()
    try:
        async with asyncio.timeout(timeout):
            while chunk := await request.content.readany():
                received += chunk
                if len(received) > limit:
                    raise Refused(too_large)
    except TimeoutError as error:
        raise Refused("read_timeout") from error
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "")
    return decompress(bytes(received), encoding, limit, too_large).removeprefix(_BOM)


def decompress(body: bytes, encoding: str, limit: int, too_large: str = "body_too_large") -> bytes:
    """Undo gzip (by magic, whatever the header says) or deflate (by header); others come back as they are.

    Raises Refused(invalid_encoding) for a broken or unknown compression, Refused(too_large) past the limit.
    """
    if body.startswith(_GZIP):
        return _inflate(body, _GZIP_WINDOW, limit, too_large)
    named = encoding.strip().lower()
    if named in ("", "identity") or not body or _looks_plain(body):
        return body
    if named == "deflate":
        window = zlib.MAX_WBITS if body[0] & 0x0F == 8 else -zlib.MAX_WBITS  # with a zlib header, or raw
        return _inflate(body, window, limit, too_large)
    raise Refused("invalid_encoding")


def _looks_plain(body: bytes) -> bool:
    """Whether the body is text already, though a header calls it compressed."""
    return body.removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def _inflate(body: bytes, window: int, limit: int, too_large: str) -> bytes:
    out = bytearray()
    rest = body
    while rest:
        engine = zlib.decompressobj(window)
        try:
            out += engine.decompress(rest, limit + 1 - len(out))
        except zlib.error as error:
            raise Refused("invalid_encoding") from error
        if len(out) > limit or engine.unconsumed_tail:
            raise Refused(too_large)
        if not engine.eof:
            raise Refused("invalid_encoding")
        rest = engine.unused_data.lstrip(b"\0")  # a further gzip member, or padding
    return bytes(out)


def parse_json(body: bytes, kind: Any = Any) -> Any:
    """JSON as `kind`; half a surrogate pair becomes U+FFFD instead of spoiling the whole body.

    Raises Refused: empty_body, invalid_json, invalid_shape.
    """
    if not body.strip():
        raise Refused("empty_body")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused("invalid_shape") from error
    except _BAD_JSON:
        return _parse_mended(body, kind)


def _parse_mended(body: bytes, kind: Any) -> Any:
    mended = _ESCAPES.sub(lambda match: rb"\ufffd" if match[1] else match[0], body)
    try:
        return msgspec.json.decode(mended, type=kind)
    except msgspec.ValidationError as error:
        raise Refused("invalid_shape") from error
    except _BAD_JSON as error:
        raise Refused("invalid_json") from error


def parse_item(raw: bytes) -> dict[str, Any] | None:
    """One JSON object of a batch, or None when it is something else."""
    try:
        item = parse_json(raw)
    except Refused:
        return None
    return item if isinstance(item, dict) else None


def parse_object(body: bytes, content_type: str) -> dict[str, Any]:
    """One object from a JSON, form or multipart body. Raises Refused."""
    if body.lstrip()[:1] in (b"{", b"["):
        item = parse_json(body)
        if not isinstance(item, dict):
            raise Refused("invalid_shape")
        return item
    if not body.strip():
        raise Refused("empty_body")
    if content_type.startswith("multipart/"):
        return nest(
            {name: text.decode("utf-8", "replace") for name, text in parse_multipart(body, content_type)}
        )
    return nest(dict(_form_pairs(body)))


def _form_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), strict_parsing=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:  # no form either: whoever sent it meant JSON
        raise Refused("invalid_json") from error


def parse_multipart(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    """The named parts of a multipart body, in order. Raises Refused(invalid_shape)."""
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise Refused("invalid_shape")
    parts: list[tuple[str, bytes]] = []
    for part in message.iter_parts():
        name = part.get_param("name", "", header="content-disposition")
        payload = part.get_payload(decode=True)
        parts.append((str(name), payload if isinstance(payload, bytes) else b""))
    return parts


def nest(flat: dict[str, str]) -> dict[str, Any]:
    """`properties.email=x` of a form or a query as {"properties": {"email": "x"}}."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")[:8]
        inner = nested
        for step in path:
            deeper = inner.setdefault(step, {})
            if not isinstance(deeper, dict):
                deeper = inner[step] = {}
            inner = deeper
        inner[last] = value
    return nested
