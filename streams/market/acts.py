"""Acts of people and companies as raw records. An act is a function of a Teller, a moment and an actor."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from streams.market.cast import VENDOR
from streams.market.record import Raw
from streams.market.teller import CONTENT, DISPOSITIONS, EMAIL, THIRD_PARTY, WEB, Teller
from streams.timeline import DAY, SECOND, day_of, day_text

Act = Callable[[Teller, int, int], Iterator[Raw]]  # teller, moment in ms, index of the person


class Scene(NamedTuple):
    """One act of a story. `day` 0 is the story's last day; the days before are negative."""

    day: int
    who: int
    act: Act
    pause: int = 0  # seconds more to wait before it where the story is played live


def _visit_fields(teller: Teller, at: int, who: int, category: str, source: str) -> dict[str, Any]:
    return {
        "session_id": f"s-{teller.company.slug}-{who}-{day_of(at)}-{source}", "session_source": source,
        "url": f"https://www.{VENDOR}/{category.replace('_', '-')}", "page_category": category,
    }  # fmt: skip


def page(category: str, dwell: int = 75, source: str = "organic_search") -> Act:
    """A page read for `dwell` seconds; a dwell of 0 is a view of which no engagement is known."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        person = teller.people[who]
        fields = _visit_fields(teller, at, who, category, source)
        yield teller.of(person, at, WEB, "page_view", fields)
        if dwell:
            later = teller.after(at, dwell)
            yield teller.of(person, later, WEB, "page_engagement", {**fields, "dwell_seconds": dwell})

    return act


def visitor(category: str, dwell: int = 75, confidence: float = 0.9) -> Act:
    """A page read by somebody not identified, whose network belongs to the company."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = {
            "anonymous_id": _visitor_id(teller, who), "account_domain": teller.company.domain,
            "account_match": {"method": "reverse_ip", "confidence": confidence},
            **_visit_fields(teller, at, who, category, "organic_search"),
        }  # fmt: skip
        key, later = fields["anonymous_id"], teller.after(at, dwell)
        yield teller.raw(at, WEB, "page_view", key, fields)
        yield teller.raw(later, WEB, "page_engagement", key, {**fields, "dwell_seconds": dwell})

    return act


def form(kind: str, source: str = "direct", identifies: bool = False) -> Act:
    """A form sent; if it `identifies`, it tells who the anonymous visitor was."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = _visit_fields(teller, at, who, "contact" if kind != "other" else "other", source)
        link = {"anonymous_id": _visitor_id(teller, who)} if identifies else {}
        consent = {"consent": {"state": "granted", "basis": "form"}}
        yield teller.of(
            teller.people[who], at, WEB, "form_submit", {**link, **fields, "form_kind": kind, **consent}
        )

    return act


def _visitor_id(teller: Teller, who: int) -> str:
    return f"v-{teller.company.slug}-{who}"


def chat(asks_for_sales: bool = False) -> Act:
    """A chat begun on the site."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = {**_visit_fields(teller, at, who, "product", "direct"), "asks_for_sales": asks_for_sales}
        yield teller.of(teller.people[who], at, WEB, "chat_started", fields)

    return act


def bot_page(category: str, reason: str = "headless browser") -> Act:
    """A page fetched by a machine, as the collector marks it."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = {**_visit_fields(teller, at, who, category, "unknown"), "is_bot": True, "bot_reason": reason}
        yield teller.of(teller.people[who], at, WEB, "page_view", fields)

    return act


def mailing(campaign: str, opened: bool = True) -> Act:
    """A marketing mail delivered, and perhaps opened."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        person, fields = teller.people[who], _mail(teller, who, campaign)
        yield teller.of(person, at, EMAIL, "delivered", fields)
        if opened:
            yield teller.of(
                person, teller.after(at, 900), EMAIL, "open", {**fields, "is_machine_open": who % 2 == 1}
            )

    return act


def click(campaign: str, category: str, dwell: int = 60) -> Act:
    """A mail's link followed by a person: the click, then the page it leads to."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = {
            **_mail(teller, who, campaign),
            "link_id": f"link-{category}",
            "seconds_after_delivery": 5400,
        }
        yield teller.of(teller.people[who], at, EMAIL, "click", fields)
        yield from page(category, dwell, "email")(teller, teller.after(at, 4), who)

    return act


def scanner(campaign: str) -> Act:
    """A security scanner that follows every link of a mail as it arrives."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        person, fields = teller.people[who], _mail(teller, who, campaign)
        yield teller.of(person, at, EMAIL, "delivered", fields)
        for number in range(4):
            burst = {**fields, "link_id": f"link-{number}", "seconds_after_delivery": 1 + number}
            yield teller.of(person, at + (1 + number) * SECOND // 2, EMAIL, "click", burst)

    return act


def _mail(teller: Teller, who: int, campaign: str) -> dict[str, Any]:
    return {
        "email_id": f"m-{campaign}-{teller.company.slug}-{who}",
        "campaign_id": campaign,
        "sender_kind": "marketing",
    }


def content(type: str, content_id: str, prompted_by: str = "self", **fields: Any) -> Act:
    """Any act on the content stream; `fields` are those of scoring.md section 2."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        said = {"content_id": content_id, **LIBRARY.get(content_id, {}), "prompted_by": prompted_by, **fields}
        yield teller.of(teller.people[who], at, CONTENT, type, said)

    return act


#: What is known of each piece: the taxonomy, written on to the records.
LIBRARY: Final[dict[str, dict[str, Any]]] = {
    "guide-event-data": {"content_type": "paper", "stage": "awareness", "topic": "event data"},
    "paper-buying-groups": {"content_type": "paper", "stage": "consideration", "topic": "buying groups"},
    "paper-security": {
        "content_type": "paper", "stage": "decision", "topic": "security", "persona": "technical_evaluator",
    },
    "report-wave": {"content_type": "analyst_report", "stage": "decision", "topic": "vendor choice"},
    "roi-calculator": {
        "content_type": "roi_calculator", "stage": "decision", "topic": "business case", "persona": "economic_buyer",
    },
    "webinar-first-signals": {"content_type": "webinar", "stage": "consideration", "topic": "intent data"},
    "webinar-from-noise": {"content_type": "webinar", "stage": "consideration", "topic": "event data"},
    "demo-tour": {"content_type": "demo_video", "stage": "decision", "topic": "product"},
    **{
        f"path-{number}": {
            "content_type": "paper", "stage": ("awareness", "consideration", "decision")[min(number // 2, 2)],
            "topic": "from lists to signals", "storyline_id": "path",
            "storyline_position": number, "storyline_length": 5,
        }
        for number in range(1, 6)
    },
}  # fmt: skip


def read(content_id: str, dwell: int = 150, prompted_by: str = "self") -> Act:
    """A paper downloaded and read."""
    return content("download_consumed", content_id, prompted_by, dwell_seconds=dwell)


def attend(content_id: str, prompted_by: str = "email", minutes: int = 38) -> Act:
    """A webinar attended."""
    return content("webinar_attended", content_id, prompted_by, minutes=minutes, completion_pct=80)


def register(content_id: str, prompted_by: str = "email") -> Act:
    """A seat in a webinar taken."""
    return content("webinar_registered", content_id, prompted_by)


def watch_demo(share: int = 75) -> Act:
    """The recorded demo watched to `share` percent."""
    return content("video_played", "demo-tour", completion_pct=share)


def topic_surge(topic: str, topic_class: str, score: int) -> Act:
    """A provider's weekly file says that the company reads about a topic more than usual."""

    def act(teller: Teller, at: int, _who: int) -> Iterator[Raw]:
        fields = {
            "provider": "readwise", "methodology_version": "3", "topic_id": topic.replace(" ", "-"),
            "topic_name": topic, "topic_class": topic_class, "score": score, "score_scale": "0-100",
            "period_start": day_text(day_of(at) - 7), "period_end": day_text(day_of(at) - 1),
            "provider_baseline_days": 84, **_company(teller),
        }  # fmt: skip
        yield teller.raw(at, THIRD_PARTY, "topic_surge", teller.company.domain, fields)

    return act


def review(action: str) -> Act:
    """Somebody of the company was seen on a review site."""

    def act(teller: Teller, at: int, _who: int) -> Iterator[Raw]:
        fields = {"provider": "peergrid", "review_action": action, **_company(teller)}
        yield teller.raw(at, THIRD_PARTY, "review_site", teller.company.domain, fields)

    return act


def _company(teller: Teller) -> dict[str, Any]:
    return {
        "account_domain": teller.company.domain,
        "account_match": {"method": "provider", "confidence": 0.9},
    }


def arrival() -> Act:
    """The CRM learns of the company: its profile arrives."""

    def act(teller: Teller, at: int, _who: int) -> Iterator[Raw]:
        yield teller.profile(at)

    return act


def opt_out() -> Act:
    """A person denies consent."""

    def act(teller: Teller, at: int, who: int) -> Iterator[Raw]:
        fields = {
            **_visit_fields(teller, at, who, "legal", "direct"),
            "consent": {"state": "denied", "basis": "banner"},
        }
        yield teller.of(teller.people[who], at, WEB, "page_view", fields)

    return act


def sales_says(status: str, reason: str = "", note: str = "") -> Act:
    """A disposition of the account's latest sales-ready event."""

    def act(teller: Teller, at: int, _who: int) -> Iterator[Raw]:
        fields = {
            "account_id": teller.company.account_id, "account_domain": teller.company.domain,
            "sales_ready_id": "latest", "status": status, "actor_id": teller.company.owner,
            **({"reason": reason} if reason else {}), **({"note": note} if note else {}),
        }  # fmt: skip
        yield teller.raw(at, DISPOSITIONS, "disposition", teller.company.domain, fields)

    return act


def told(
    teller: Teller, scenes: list[Scene], day: int, first_second: int = 9 * 3600, gap: int = 1500
) -> list[Raw]:
    """The scenes as records, each on its own day after `day` (a UTC day), in received order.

    Scenes of one day follow each other `gap` seconds apart from `first_second` on.
    """
    next_second: dict[int, int] = {}
    records: list[Raw] = []
    for scene in scenes:
        second = next_second.setdefault(scene.day, first_second)
        next_second[scene.day] = second + gap
        records += scene.act(teller, (day + scene.day) * DAY + second * SECOND, scene.who)
    records.sort(key=lambda raw: raw.at)
    return records
