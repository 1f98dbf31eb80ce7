"""Zoom, GoToWebinar and ON24: who registered, who came and for how long, who watched it later."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from agents.collector.records import CONTENT, RawRecord, as_id, parse_time
from agents.collector.segment import Arrival
from agents.collector.webhooks.hook import (
    Event,
    Hook,
    hashed,
    mapping,
    milliseconds,
    record,
    required,
    split_json,
    split_under,
)
from schemas.codec import Refusal
from schemas.dead_letter import Reason


class Stays:
    """Adds up the stays of somebody who left and came back, for the `most` people who were seen last."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._people: OrderedDict[tuple[str, str], dict[str, float]] = OrderedDict()

    def total(self, webinar: str, person: str, joined: str, minutes: float) -> float:
        """Minutes so far; a stay that is told again counts once."""
        stays = self._people.setdefault((webinar, person), {})
        self._people.move_to_end((webinar, person))
        if len(stays) < 100:
            stays[joined] = max(minutes, stays.get(joined, 0))
        if len(self._people) > self._most:
            self._people.popitem(last=False)
        return sum(stays.values())


_stays: Final = Stays()


def _content(kind: str, event_id: str, moment: Any, arrival: Arrival, **more: Any) -> RawRecord:
    return record(CONTENT, kind, event_id, moment, arrival, content_type="webinar", **more)


def zoom(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """A registration, or somebody who left; what a stay adds to earlier ones is added up."""
    name = as_id(event.get("event"))
    held = mapping(mapping(event.get("payload")).get("object"))
    if name == "webinar.registration_created":
        person = mapping(held.get("registrant")) or mapping(held.get("participant"))
        moment = milliseconds(event.get("event_ts"))
        email = required(person, "email")
        webinar = required(held, "id")
        found = hashed("zoom", webinar, email.lower(), "registered")
        return (_content("webinar_registered", found, moment, arrival, email=email, content_id=webinar),)
    if name == "webinar.participant_left":
        return (_left(held, arrival),)
    if name.startswith("webinar."):
        return ()
    raise Refusal(Reason.UNKNOWN_TYPE, "$.event")


def _left(held: Event, arrival: Arrival) -> RawRecord:
    person = mapping(held.get("participant"))
    joined, left = parse_time(person.get("join_time")), parse_time(person.get("leave_time"))
    if joined is None or left is None:
        raise Refusal(Reason.BAD_TIME, "$.payload.object.participant")
    email, webinar = required(person, "email"), required(held, "id")
    run = as_id(held.get("uuid")) or webinar
    stay = max(0.0, (left - joined).total_seconds() / 60)
    minutes = round(_stays.total(f"{arrival.tenant}/{run}", email.lower(), joined.isoformat(), stay), 2)
    planned = held.get("duration")
    share = None
    if isinstance(planned, int | float) and not isinstance(planned, bool) and planned > 0:
        share = min(100, round(100 * minutes / planned))
    found = hashed("zoom", run, email.lower(), joined.isoformat())
    more = {"email": email, "content_id": webinar, "minutes": minutes, "completion_pct": share}
    return _content("webinar_attended", found, left, arrival, **more)


def gotowebinar(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """A registrant who was added or joined; minutes only where the sender has asked the API for them."""
    name = as_id(event.get("eventName"))
    if name.startswith("webinar."):
        return ()
    kinds = {"registrant.added": "webinar_registered", "registrant.joined": "webinar_attended"}
    if name not in kinds:
        raise Refusal(Reason.UNKNOWN_TYPE, "$.eventName")
    webinar, email = required(event, "webinarKey"), required(event, "email")
    stated = event.get("joinTime") if name == "registrant.joined" else event.get("timestamp")
    moment = milliseconds(stated or event.get("timestamp"))
    stayed = event.get("attendanceTimeInSeconds")
    minutes = round(stayed / 60, 2) if isinstance(stayed, int) and not isinstance(stayed, bool) else None
    found = as_id(event.get("eventKey")) or hashed("gotowebinar", webinar, email.lower(), name, moment)
    return (_content(kinds[name], found, moment, arrival, email=email, content_id=webinar, minutes=minutes),)


def on24(event: Event, arrival: Arrival) -> Sequence[RawRecord]:
    """An attendee as up to three records, a registrant as one; who only registered did not show."""
    email = required(event, "email")
    webinar = as_id(event.get("eventid")) or as_id(event.get("eventId"))
    person = as_id(event.get("eventuserid")) or email.lower()
    live, later = (_minutes(event.get(name)) for name in ("liveminutes", "archiveminutes"))
    times = (
        "lastliveactivity",
        "firstliveactivity",
        "lastarchiveactivity",
        "registrationtimestamp",
        "createtimestamp",
    )
    stated = next((event[name] for name in times if event.get(name)), None)
    moment = milliseconds(stated if stated is not None else arrival.received_at.isoformat())
    shared = {"email": email, "content_id": webinar, "campaign_id": as_id(event.get("campaigncode"))}
    kinds = {
        "webinar_attended": ({"minutes": live}, live > 0),
        "webinar_on_demand": ({"minutes": later}, later > 0),
        "question_asked": ({}, _minutes(event.get("askedquestions")) > 0),
    }
    told = {kind: extra for kind, (extra, holds) in kinds.items() if holds} or {"webinar_registered": {}}
    return [
        _content(kind, hashed("on24", webinar, person, kind, extra), moment, arrival, **shared, **extra)
        for kind, extra in told.items()
    ]


def _minutes(value: Any) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
    except ValueError:
        return 0.0
    return min(number, 100_000.0) if number > 0 else 0.0


ZOOM: Final = Hook(zoom, split_json)
GOTOWEBINAR: Final = Hook(gotowebinar, split_json)
ON24: Final = Hook(on24, split_under("attendees", "registrants"))
