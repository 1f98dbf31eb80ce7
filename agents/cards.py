"""Output records as a person reads them: a card for a sales-ready event, a line for everything else.

Pure: records in, text out. A block that a record lacks is left out, never made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streams.acceptance import whole_percent
from streams.gates import tenths
from streams.policy_words import SOURCES
from streams.words import REASONS, SIGNALS, listed, plain

Record = Mapping[str, Any]
SALES_READY: Final = "intent.sales-ready.v1"
WATCH: Final = "intent.watch.v1"
REVIEW: Final = "intent.review.v1"
RECYCLED: Final = "intent.recycled.v1"
SLA: Final = "intent.sla.v1"
SCORES: Final = "intent.scores.v1"
DEAD_LETTERS: Final = "intent.dlq.v1"
_PEOPLE: Final = 4
_REASONS: Final = 4
TIER_STYLES: Final = {"FAST": "bold magenta", "T1": "bold green", "T2": "bold cyan", "EARLY": "bold yellow"}


@dataclass(frozen=True, slots=True)
class Card:
    """A title and labelled lines; a line without a label goes on with the one before."""

    title: str
    lines: tuple[tuple[str, str], ...]
    style: str = ""

    def text(self) -> str:
        """Without colours or frames."""
        return "\n".join([f"== {self.title}", *(f"   {label:<9}{said}" for label, said in self.lines)])


@dataclass(frozen=True, slots=True)
class Note:
    """One line: what it is, about whom, and what to know of it."""

    kind: str
    who: str
    said: str
    style: str = ""

    def text(self) -> str:
        """Without colours."""
        return f"-- {self.kind:<13} {self.who}: {self.said}"


def card(event: Record, name: str = "") -> Card:
    """A sales-ready event: who, which tier, why now, the people, what counts most, what to do first, from where."""
    data = _block(event, "data")
    decision = _block(data, "decision")
    tier = str(decision.get("tier") or "")
    lines = [("why now", sentence) for sentence in _sentences(data)[:1]]
    lines += [("scores", _scores(decision))]
    lines += _labelled("people", _people(_block(data, "buying_group")))
    lines += _labelled("reasons", _reasons(data))
    lines += _labelled("next", _next(data))
    lines += _labelled("source", _source(_block(data, "attribution")))
    lines += _labelled("record", [str(_block(data, "routing").get("record_url") or "")])
    return Card(
        _title(event, decision, name), tuple(line for line in lines if line[1]), TIER_STYLES.get(tier, "")
    )


def _title(event: Record, decision: Record, name: str) -> str:
    kind = str(event.get("type", "")).split(".")[-2:-1] or [""]
    tier, before = decision.get("tier") or "?", decision.get("tier_previous")
    if kind[0] == "updated" and before and before != tier:
        tier = f"{before} to {tier}"
    how = decision.get("update_reason") if kind[0] == "updated" else decision.get("trigger")
    what = f"{plain(kind[0])}, {plain(str(how))}" if how else plain(kind[0])
    who = name or str(event.get("subject", ""))
    score = f"S {tenths(decision['S'])}" if isinstance(decision.get("S"), int) else ""
    return "  ".join(part for part in (str(tier), who, f"({what})", score) if part)


def _scores(decision: Record) -> str:
    named = (("fit", "F"), ("intent", "I"), ("readiness", "R"))
    found = [f"{word} {tenths(decision[key])}" for word, key in named if isinstance(decision.get(key), int)]
    return " · ".join(found)


def _sentences(data: Record) -> list[str]:
    why = _block(data, "why_now")
    said = [str(sentence) for sentence in _list(why, "sentences")]
    headline = str(why.get("headline") or "")
    return said or ([headline] if headline else [])


def _people(group: Record) -> list[str]:
    said = []
    people = _list(group, "people")
    for person in people[:_PEOPLE]:
        who = person.get("name") or person.get("person_ref") or person.get("contact_id") or "somebody"
        title = f", {person['title']}" if person.get("title") else ""
        role = plain(str(person.get("role") or "unknown"))
        acts = ", ".join(SIGNALS.get(signal, signal) for signal in _list(person, "top_signals"))
        said.append(f"{who}{title} ({role})  {tenths(_number(person, 'points'))}  {acts}".rstrip())
    if len(people) > _PEOPLE:
        said.append(f"and {len(people) - _PEOPLE} more")
    missing = [plain(role) for role in _list(group, "roles_missing")]
    if missing and people:
        said.append(f"nobody yet as {listed(missing)}")
    return said


def _reasons(data: Record) -> list[str]:
    """The strongest lines of intent, one a signal, with the people behind it."""
    totals: dict[str, tuple[int, int, set[str]]] = {}
    for line in _list(_block(_block(data, "explanation"), "intent"), "lines"):
        if line.get("kind") == "signal" and _number(line, "points") > 0:
            points, count, people = totals.get(line["signal"], (0, 0, set()))
            people = people | ({str(line["person_ref"])} if line.get("person_ref") else set())
            totals[line["signal"]] = (
                points + _number(line, "points"),
                count + _number(line, "count"),
                people,
            )
    strongest = sorted(totals.items(), key=lambda item: (-item[1][0], item[0]))
    return [
        f"+{tenths(points)}  {SIGNALS.get(signal, signal)}" + _times(count, len(people))
        for signal, (points, count, people) in strongest[:_REASONS]
    ]


def _times(count: int, people: int) -> str:
    if count <= 1 and people <= 1:
        return ""
    return f", {count} times" + (f" by {people} people" if people > 1 else "")


def _next(data: Record) -> list[str]:
    group, sla, routing = _block(data, "buying_group"), _block(data, "sla"), _block(data, "routing")
    first = group.get("primary_contact_id")
    names = {person.get("contact_id"): person.get("name") for person in _list(group, "people")}
    said = [f"call {names.get(first) or first}"] if first else []
    action = _block(data, "brief").get("next_best_action_key")
    said = said or ([plain(str(action))] if action else [])
    if routing.get("owner_hint"):
        said.append(f"owner {routing['owner_hint']}")
    if sla.get("first_touch_due_at"):
        said.append(
            f"first touch by {_clock(str(sla['first_touch_due_at']), str(sla.get('handed_off_at') or ''))}"
        )
    return [" · ".join(said)] if said else []


def _source(attribution: Record) -> list[str]:
    """Where the account came from last, and how often sales accepted what came from there."""
    source, rate = attribution.get("last_source"), _block(attribution, "source_accept_rate")
    if not source:
        return []
    said = SOURCES.get(str(source), plain(str(source)))
    if not rate:
        return [said]
    low, high = (whole_percent(bound) for bound in _list(rate, "interval") or (0, 1000))
    share = f"{whole_percent(_number(rate, 'value'))} % of {_number(rate, 'n')} accepted by sales"
    return [f"{said}: {share} (likely {low} to {high} %)"]


def _clock(due: str, since: str) -> str:
    """Hours and minutes, with the date where it is another day than `since`."""
    day = "" if due[:10] == since[:10] else f"{due[:10]} "
    return f"{day}{due[11:16]} UTC"


def note(topic: str, event: Record, name: str = "") -> Note | None:
    """Any other record as one line; None for what is only counted (`cleared`, scores)."""
    kind = kind_of(event)
    data = _block(event, "data")
    decision = _block(data, "decision")
    who = name or str(event.get("subject") or "")
    if topic == WATCH and kind != "cleared":
        return _watched(kind, who, decision)
    if topic == REVIEW:
        return _reviewed(kind, who, decision, data)
    if topic == RECYCLED:
        return Note("recycled", who, plain(str(decision.get("cause") or data.get("reason") or kind)), "dim")
    if topic == SLA:
        due = str(data.get("due_at", ""))[11:16]
        return Note(f"sla {kind}", who, f"{plain(str(data.get('clock', '')))} due {due} UTC", "yellow")
    if topic == DEAD_LETTERS:
        return Note(
            "dead letter", str(event.get("type") or "refused"), str(event.get("subject") or ""), "red"
        )
    return None


def kind_of(event: Record) -> str:
    """opened, updated, near_miss ...: the last word of a record's type before its version."""
    parts = str(event.get("type") or "").split(".")
    return parts[-2] if len(parts) > 1 else parts[0]


def _watched(kind: str, who: str, decision: Record) -> Note:
    score = f"S {tenths(_number(decision, 'S'))}"
    if kind == "early":
        return Note(
            "early notice",
            who,
            f"{score}, worth a look ({plain(str(decision.get('trigger') or ''))})",
            "yellow",
        )
    failed = [str(gate["name"]) for gate in _list(decision, "gates") if not gate.get("passed")]
    missing = [str(words) for words in _list(decision, "missing")]
    if len(failed) > 1 and len(missing) == len(failed) and failed[-1] == "score":
        missing.pop()  # what the other gates lack is why the score is short
    held = f"held by {listed([plain(gate) for gate in failed])}" if failed else "on the way"
    return Note(plain(kind), who, ", ".join([score, held, *missing]), "yellow")


def _reviewed(kind: str, who: str, decision: Record, data: Record) -> Note:
    code = str(data.get("reason") or decision.get("cause") or decision.get("update_reason") or "")
    why = REASONS.get(code, plain(code)) or "a hand-raise"
    if kind == "redirected":
        owner = _block(data, "routing").get("owner_hint") or "its owner"
        return Note("redirected", who, f"to {owner}, because {why}", "blue")
    due = str(data.get("due_at") or "")[11:16]
    waits = f"; a person looks until {due} UTC" if kind == "held" and due else ""
    return Note("review" if kind == "held" else plain(kind), who, f"{why}{waits}", "blue")


def _labelled(label: str, said: Sequence[str]) -> list[tuple[str, str]]:
    return [(label if number == 0 else "", text) for number, text in enumerate(said)]


def _block(record: Record, name: str) -> Record:
    found = record.get(name)
    return found if isinstance(found, Mapping) else {}


def _list(record: Record, name: str) -> list[Any]:
    found = record.get(name)
    return list(found) if isinstance(found, Iterable) and not isinstance(found, str | Mapping) else []


def _number(record: Record, name: str) -> int:
    found = record.get(name)
    return found if isinstance(found, int) else 0
