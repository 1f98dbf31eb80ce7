"""The one page, rendered on the server: no script, no build, no request to anywhere else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

import jinja2

_STATE_WORDS: Final = {
    "idle": "Idle",
    "warming": "Warming",
    "open": "Open",
    "cooling": "Cooling",
    "held": "Held",
    "suppressed": "Suppressed",
    "redirected": "Redirected",
}
_GATE_WORDS: Final = {
    "fit": "Fit",
    "intent": "Intent",
    "people": "People",
    "decision_stage": "Decision stage",
    "self_directed": "Self-directed",
    "score": "Score",
}
_IN_POINTS: Final = frozenset({"fit", "intent", "score"})
_SHARES: Final = frozenset({"self_directed"})


_CAP_WORDS: Final = {
    "signal_day": "beyond the best of the day",
    "signal_window": "over the signal's cap",
    "person": "Over the person's cap",
    "anonymous": "Over the cap of unknown visitors",
    "third_party": "Over the third-party cap",
    "intent_100": "Over 100",
}


@dataclass(frozen=True, slots=True)
class PageContent:
    """Everything the page shows, as the view gave it."""

    available: bool = True
    counts: Mapping[str, Any] = field(default_factory=dict)
    accounts: Sequence[Mapping[str, Any]] = ()
    ready: Sequence[Mapping[str, Any]] = ()
    watched: Sequence[Mapping[str, Any]] = ()
    chosen: Mapping[str, Any] | None = None
    asked: str = ""


def security_headers(nonce: str) -> dict[str, str]:
    """Only the page's own style may load; no other page may frame it."""
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
    return {
        "Content-Security-Policy": policy + "; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def render(content: PageContent, *, nonce: str, refresh: int) -> str:
    """The page as text. `refresh` in seconds, 0 for never."""
    return _template().render(page=content, nonce=nonce, refresh=refresh)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("agents.collector"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.ChainableUndefined,  # a record of an older version may lack a member
    )
    environment.filters |= {
        "points": points,
        "exact": exact,
        "when": when,
        "state_word": state_word,
        "gate_word": gate_word,
        "missing": missing,
        "words": words,
        "title_of": title_of,
        "line_label": line_label,
        "by_person": by_person,
        "by_dimension": by_dimension,
        "people": people,
    }
    return environment.get_template("index.html")


def state_word(state: Any) -> str:
    """A state as a word."""
    return _STATE_WORDS.get(str(state), str(state or "–"))


def gate_word(gate: Any) -> str:
    """A gate as a word."""
    return _GATE_WORDS.get(str(gate), str(gate))


def points(milli: Any, digits: int = 1) -> str:
    """Milli-points as points; what is no number is a dash."""
    if isinstance(milli, bool) or not isinstance(milli, int | float):
        return "–"
    return f"{milli / 1000:.{digits}f}".replace("-", "−")


def exact(milli: Any) -> str:
    """Milli-points with all three places, so that lines add up to the eye, and a sign that can be read."""
    return points(milli, 3)


def people(milli: Any) -> str:
    """Thousandths of people: whole where they are whole."""
    if isinstance(milli, bool) or not isinstance(milli, int | float):
        return "–"
    return f"{milli / 1000:.1f}".removesuffix(".0")


def when(text: Any) -> str:
    """`18 Mar 2026, 11:15` in UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return "–"
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def words(name: Any) -> str:
    """`web.case_study` as `Web · case study`, `cap:person` as `Cap · person`: as a reader may say it."""
    stream, dot, rest = str(name or "").replace("_", " ").replace(":", ".").partition(".")
    if not dot:
        return stream[:1].upper() + stream[1:]
    return f"{stream[:1].upper()}{stream[1:]} · {rest}"


def line_label(line: Mapping[str, Any]) -> str:
    """What a line of the explanation is, in words; a cap says which cap it is and of which signal."""
    kind, signal = line.get("kind"), str(line.get("signal") or "")
    if kind == "floor":
        return "Not below zero"
    if kind == "role":
        return "Role factor"
    if kind == "cap":
        name = str(line.get("line_id") or "").split(":")[1:2] or [""]
        said = _CAP_WORDS.get(name[0], "over a cap")
        return f"{words(signal)}, {said}" if name[0].startswith("signal") and signal else said
    return words(signal or line.get("line_id"))


def by_dimension(parts: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The parts of an explanation by name."""
    return {str(part["dimension"]): part for part in parts}


def by_person(
    lines: Sequence[Mapping[str, Any]], people_list: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The lines of a dimension by person, largest first, each with its sum; what is nobody's comes last."""
    names = {person.get("person"): person.get("name") or person.get("person") for person in people_list or ()}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        groups.setdefault(str(line.get("person_ref") or ""), []).append(line)
    shown = [
        {
            "name": names.get(ref, ref) if ref else "The account",
            "lines": held,
            "sum": sum(line.get("points", 0) for line in held),
            "ref": ref,
        }
        for ref, held in groups.items()
    ]
    return sorted(shown, key=lambda group: (group["ref"] == "", -group["sum"], group["ref"]))


def title_of(account: Any) -> str:
    """What an account is called: its name, else its domain, id or home."""
    account = account or {}
    names = (account.get(name) for name in ("name", "account_domain", "account_id", "subject", "home"))
    return str(next((name for name in names if name), "unknown"))


def missing(gate: Mapping[str, Any]) -> str:
    """How far a failed gate is from passing, in the words of its unit."""
    distance, required, name = gate.get("distance"), gate.get("required"), gate.get("name")
    if isinstance(distance, bool) or not isinstance(distance, int | float) or not distance:
        return "too little is known of the company" if name == "fit" else "not reached"
    if name in _IN_POINTS:
        return f"{points(distance)} points short of {points(required, 0)}"
    if name in _SHARES:
        return f"{distance / 10:.0f} % short of {(required or 0) / 10:.0f} %"
    count = people(distance) if name == "people" else f"{distance:g}"
    return f"{count} more {'person' if count == '1' else 'people'} needed"
