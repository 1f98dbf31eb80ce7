"""`/v1/feeds/{provider}`: CSV or JSON of third-party intent, row by row, as raw records.

Column names are matched by aliases; the separator, a byte order mark, UTF-16 and quoted line ends are
recognised. A row that cannot be read is refused with its own text; the rest of the file counts.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from agents.collector.answers import Refused
from agents.collector.body import parse_item, parse_json
from agents.collector.records import (
    FIELDS,
    NUMBERS,
    THIRD_PARTY,
    RawRecord,
    format_time,
    from_text,
    parse_time,
)
from agents.collector.segment import host_of, snake_case
from schemas.codec import Refusal
from schemas.dead_letter import Reason

DateOrder = Literal["dmy", "mdy"]
_ALIASES: Final[Mapping[str, str]] = {
    "account_domain": "account_domain domain company_domain website company_website url web_site"
    " account_website companydomain domain_name",
    "account_id": "account_id crm_id crm_account_id salesforce_id",
    "name": "name company company_name account account_name organization organisation",
    "provider": "provider vendor feed data_provider third_party_provider_name source_name",
    "topic_name": "topic_name topic intent_topic intent_topic_name topicname keyword category_name"
    " product_name product category_slug intenttopicname",
    "topic_id": "topic_id topicid intent_topic_id category_id",
    "topic_class": "topic_class class topic_type",
    "score": "score composite_score company_surge_score surge_score intent_score intent_strength topic_score"
    " company_intent_score trending_score_number intent_topic_strngth_scr_text intent_topic_strngscr_text",
    "score_scale": "score_scale scale",
    "period_start": "period_start week_start start_date from",
    "period_end": "period_end week_end week_ending end_date to week",
    "occurred_at": "occurred_at date day time timestamp activity_date intent_date"
    " intent_date_time signal_date last_seen_at",
    "event_id": "event_id id record_id signal_id",
    "review_action": "review_action action signal_type activity activity_type signal intent_signal",
    "location": "location metro metro_area city",
    "unique_users": "unique_users users people_researching_count visitor_count",
    "provider_baseline_days": "provider_baseline_days baseline_days",
    "methodology_version": "methodology_version methodology",
    "email": "email",
    "type": "type record_type",
}
_COLUMN: Final = {alias: field for field, aliases in _ALIASES.items() for alias in aliases.split()}
# words of a provider's sentence ("Viewed pricing information for X"), the strongest first
_ACTION_WORDS: Final = (
    ("pric", "pricing"),
    ("compar", "compare"),
    ("competitor", "compare"),
    ("alternative", "alternatives"),
    ("categor", "category"),
    ("profile", "profile"),
    ("product", "profile"),
    ("review", "profile"),
)
# what a provider's file has in its columns where it has no header line, and what stands for a topic
LAYOUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "bombora": tuple(
        "Company Name,Domain,Size,Industry,Category,Topic,Composite Score,Bucket Code,Metro Area".split(",")
    ),
}
PROVIDERS: Final = ("bombora", "g2", "trustradius", "6sense", "generic")
_DATES: Final = frozenset(("period_start", "period_end", "occurred_at"))
_UNDATED: Final = frozenset(("bombora", "6sense"))  # their files hold the state of the day they come
_NOTHING: Final = frozenset(("", "n/a", "na", "null", "none", "-", "--", "#n/a", "nan"))
_NUMERIC_DATE: Final = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[ T].*)?$")
_SEPARATORS: Final = (",", ";", "\t", "|")
MAX_CELL: Final = 65_536


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What the request says about its file."""

    received_at: datetime
    source: str
    tenant: str = ""
    provider: str = ""  # for rows that name none
    date_order: DateOrder | None = None
    columns: tuple[str, ...] = ()  # for files without a header line
    date: str = ""  # of the rows of a file without dates
    has_dates: bool = False  # the file has a column for them: then an empty cell is a defect


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its text as it came, and what it means."""

    original: str
    meaning: RawRecord | Refusal


def decode_text(body: bytes) -> str:
    """UTF-8 or UTF-16 by mark, UTF-8 without one, else the Windows code page of a spreadsheet."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def read_feed(text: str, options: FeedOptions) -> list[Row]:
    """All rows of a file. Raises Refused: empty_body, unknown_columns."""
    if not text.strip():
        raise Refused("empty_body")
    cells = list(_cells(text))
    columns = [_column(name) for name in (options.columns or _header(cells, options))]
    if not {"account_domain", "account_id"} & set(columns) or not {"score", "review_action"} & set(columns):
        raise Refused("unknown_columns")
    options = replace(options, has_dates=bool(_DATES & set(columns)))
    fields = [
        (original, _fields(columns, row)) for original, row in cells if any(cell.strip() for cell in row)
    ]
    order = options.date_order or _date_order([field for _, field in fields])
    return [Row(original, _meaning(field, options, order)) for original, field in fields]


def read_objects(body: bytes, options: FeedOptions) -> list[Row]:
    """All objects of a JSON array, of the `data` of an answer (JSON:API too), or of lines. Raises Refused."""
    raws = _objects(body)
    held = [(raw, parse_item(raw)) for raw in raws]
    fields = [texts_of(item) if item is not None else {} for _, item in held]
    order = options.date_order or _date_order(fields)
    return [
        Row(
            raw.decode("utf-8", "replace"),
            Refusal(Reason.NOT_AN_OBJECT) if item is None else _meaning(texts, options, order),
        )
        for (raw, item), texts in zip(held, fields, strict=True)
    ]


def _objects(body: bytes) -> list[bytes]:
    text = body.strip()
    if text.startswith(b"["):
        return [bytes(raw) for raw in parse_json(text, list[msgspec.Raw])]
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and parse_item(lines[0]) is not None:
        return lines
    members = parse_json(text, dict[str, msgspec.Raw])
    held = next((bytes(members[name]) for name in ("data", "records", "results") if name in members), b"")
    return _objects(held) if held.lstrip()[:1] in (b"[", b"{") else [text]


def texts_of(item: Mapping[str, Any]) -> dict[str, str]:
    """The members of an object, and of its `attributes`, as the cells of a row."""
    inner = item.get("attributes")
    flat = {**item, **inner} if isinstance(inner, Mapping) else item
    found: dict[str, str] = {}
    for name, member in flat.items():
        if isinstance(member, str | int | float) and not isinstance(member, bool):
            field, text = _column(name), str(member).strip()
            if field and text.lower() not in _NOTHING:
                found.setdefault(field, text)
    return found


def record_of(fields: dict[str, str], options: FeedOptions) -> RawRecord:
    """One row by the names of our fields. Raises Refusal."""
    return _record(fields, options, options.date_order)


def _header(cells: list[tuple[str, list[str]]], options: FeedOptions) -> Sequence[str]:
    """The first line, or the provider's layout where that line is a row already."""
    first = cells[0][1]
    layout = LAYOUTS.get(options.provider)
    if layout is not None and not any(_column(name) for name in first):
        return layout
    cells.pop(0)
    return first


def _meaning(fields: dict[str, str], options: FeedOptions, order: DateOrder | None) -> RawRecord | Refusal:
    try:
        return _record(fields, options, order)
    except Refusal as refusal:
        return refusal


def _cells(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each row with the text that it was read from, quoted line ends included."""
    consumed: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            consumed.append(line)
            yield line

    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(lines(), delimiter=_separator(text))
    try:
        for row in reader:
            yield "".join(consumed), row
            consumed.clear()
    except csv.Error as error:
        raise Refused("invalid_shape") from error


def _separator(text: str) -> str:
    """The separator that the first line holds most of, outside quotes."""
    first = re.sub(r'"[^"]*"', "", text.split("\n", 1)[0])
    return max(_SEPARATORS, key=first.count)


def _column(name: str) -> str:
    return _COLUMN.get(snake_case(name.replace("(", " ").replace(")", " ")), "")


def _fields(columns: list[str], row: list[str]) -> dict[str, str]:
    pairs = zip(columns, row, strict=False)  # a short row lacks its last columns
    return {name: cell.strip() for name, cell in pairs if name and cell.strip().lower() not in _NOTHING}


def _date_order(rows: list[dict[str, str]]) -> DateOrder | None:
    """Day or month first, where any date of the file can be read only one way."""
    for row in rows:
        for name in ("period_start", "period_end", "occurred_at"):
            match = _NUMERIC_DATE.match(row.get(name, ""))
            if match and int(match[1]) > 12:
                return "dmy"
            if match and int(match[2]) > 12:
                return "mdy"
    return None


def _moment(text: str, order: DateOrder | None) -> datetime | None:
    match = _NUMERIC_DATE.match(text)
    if match is None:
        return parse_time(text.replace("/", "-"))
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if order is None and first != second:
        return None
    day, month = (second, first) if order == "mdy" else (first, second)
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _record(fields: dict[str, str], options: FeedOptions, order: DateOrder | None) -> RawRecord:
    value: dict[str, Any] = {
        name: from_text(name, text) for name, text in fields.items() if name in FIELDS[THIRD_PARTY]
    }
    if "account_domain" in value:
        value["account_domain"] = host_of(value["account_domain"])
    if not value.get("account_domain") and not value.get("account_id"):
        raise Refusal(Reason.MISSING_IDENTITY, "account_domain")
    if any(isinstance(value.get(name), str) for name in NUMBERS):
        raise Refusal(Reason.WRONG_TYPE, "a number")
    _stamp_times(value, _dated(fields, options), order)
    value.setdefault("provider", options.provider or options.source)
    if options.provider == "6sense":  # a score of the account, not of a topic
        value.setdefault("topic_name", "6sense")
    if "topic_name" in value:
        value.setdefault("topic_id", value["topic_name"].lower())
    kind = _kind(value, fields)
    value |= {
        "type": kind,
        "source": options.source,
        "schema_version": 1,
        "received_at": format_time(options.received_at),
        "event_id": fields.get("event_id") or _event_id(kind, value),
    }
    if options.tenant:
        value["tenant_id"] = options.tenant
    return RawRecord(THIRD_PARTY, {name: member for name, member in value.items() if member != ""})


def _dated(fields: dict[str, str], options: FeedOptions) -> dict[str, str]:
    """A row without any date has the file's, which is today for a provider that dates no rows."""
    if options.has_dates or _DATES & fields.keys():
        return fields
    today = options.received_at.date().isoformat() if options.provider in _UNDATED else ""
    date = options.date or today
    return fields | {"period_end": date} if date else fields


def _stamp_times(value: dict[str, Any], fields: dict[str, str], order: DateOrder | None) -> None:
    """Set occurred_at and the period. Raises Refusal."""
    moments: dict[str, str] = {}
    for name in ("period_start", "period_end", "occurred_at"):
        if name in fields:
            moment = _moment(fields[name], order)
            if moment is None:
                ambiguous = _NUMERIC_DATE.match(fields[name])
                raise Refusal(Reason.BAD_TIME, "day or month first?" if ambiguous else name)
            moments[name] = format_time(moment)
    occurred = moments.get("occurred_at") or moments.get("period_end") or moments.get("period_start")
    if occurred is None:
        raise Refusal(Reason.BAD_TIME)
    value |= moments | {"occurred_at": occurred}
    value.setdefault("period_end", occurred)


def _kind(value: dict[str, Any], fields: dict[str, str]) -> str:
    named = snake_case(fields.get("type", ""))
    if "review_action" in value and named != "topic_surge":
        said = snake_case(str(value["review_action"]))
        value["review_action"] = next((action for word, action in _ACTION_WORDS if word in said), said)
        return "review_site"
    if "score" not in value or "topic_id" not in value:
        raise Refusal(Reason.MISSING_FIELD, "topic" if "score" in value else "score")
    return "topic_surge"


def _event_id(kind: str, value: Mapping[str, Any]) -> str:
    """Equal for the same statement delivered again, different when the provider restates its score."""
    parts = [kind, *(str(value.get(name, "")) for name in ("provider", "account_domain", "account_id"))]
    parts += [str(value.get(name, "")) for name in ("topic_id", "review_action", "score", "location")]
    parts.append(str(value["occurred_at"] if kind == "review_site" else value["period_end"]))
    return "feed-" + hashlib.sha256("|".join(parts).encode()).hexdigest()[:40]
