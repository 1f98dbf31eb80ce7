"""Where a visit came from, told from its campaign parameters and its referrer, and what a page is about."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from agents.collector.records import present
from schemas.inputs.web import PAGE_CATEGORIES

UTM_FIELDS: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_CAMPAIGN: Final = {
    "source": "utm_source",
    "medium": "utm_medium",
    "name": "utm_campaign",
    "term": "utm_term",
    "content": "utm_content",
}
_MEDIUMS: Final = {
    "email": "email e-mail newsletter mail",
    "paid": "cpc ppc paid paid_search paid-search paidsearch paid_social paid-social paidsocial cpm cpv"
    " display banner retargeting sem ads ad",
    "social": "social social-media social_media sm social-network",
    "organic_search": "organic",
    "referral": "referral affiliate partner link",
}
_SOURCE_OF_MEDIUM: Final = {
    medium: source for source, mediums in _MEDIUMS.items() for medium in mediums.split()
}
_MAIL_SOURCES: Final = frozenset(
    ("newsletter", "email", "e-mail", "mailing", "mailchimp", "hubspot_email", "marketo")
)
_CLICK_IDS: Final = frozenset(("gclid", "gbraid", "wbraid", "msclkid", "dclid", "li_fat_id"))
_SEARCH: Final = frozenset(
    "google bing duckduckgo yahoo ecosia qwant baidu yandex startpage brave kagi naver seznam".split()
)
_SOCIAL_HOSTS: Final = frozenset(
    "linkedin.com lnkd.in facebook.com instagram.com twitter.com x.com t.co reddit.com youtube.com xing.com"
    " mastodon.social threads.net bsky.app pinterest.com tiktok.com news.ycombinator.com".split()
)
_MAIL_HOSTS: Final = ("mail.", "webmail.", "outlook.", "owa.")
_UNTOLD: Final = frozenset(("$direct",))


def split_url(url: Any) -> SplitResult | None:
    """The parts of an http(s) URL or a bare path, or None."""
    if not isinstance(url, str) or not url:
        return None
    try:
        parts = urlsplit(url.strip())
        _ = parts.hostname  # raises on a broken host
    except ValueError:
        return None
    return parts


def page_category(url: Any) -> str:
    """The first segment of the path where it is a category, else `other`."""
    parts = split_url(url)
    if parts is None:
        return "other"
    segments = parts.path.strip("/").split("/")
    first = segments[0].lower().replace("-", "_")
    return first if first in PAGE_CATEGORIES else "other"


def utm_fields(urls: tuple[Any, ...], campaign: Any) -> dict[str, str]:
    """The utm_* fields: the client's campaign first, then the query of the page's addresses."""
    found: dict[str, str] = {}
    if isinstance(campaign, Mapping):
        for name, field in _CAMPAIGN.items():
            if isinstance(campaign.get(name), str) and campaign[name]:
                found[field] = campaign[name]
    for url in urls:
        for name, text in _query(url).items():
            if name in UTM_FIELDS and text:
                found.setdefault(name, text)
    return found


def _query(url: Any) -> dict[str, str]:
    parts = split_url(url)
    if parts is None or not parts.query:
        return {}
    try:
        return dict(parse_qsl(parts.query, max_num_fields=200))
    except ValueError:
        return {}


def session_source(
    utm: Mapping[str, Any], referrer: Any, urls: tuple[Any, ...], own_hosts: tuple[str, ...] = ()
) -> str:
    """One of the session sources. `referrer` None: the client says nothing of it; "": there is none."""
    tagged = _tagged(utm) or ("paid" if any(_CLICK_IDS & _query(url).keys() for url in urls) else "")
    if tagged:
        return tagged
    if referrer is None or not isinstance(referrer, str):
        return "unknown"
    if not referrer.strip() or referrer in _UNTOLD:
        return "direct"
    host = _host(referrer)
    if not host:
        return "unknown"
    own = {_host(url) for url in urls} | {name.lower() for name in own_hosts}
    return _referred(host, own - {""})


def _tagged(utm: Mapping[str, Any]) -> str:
    medium = str(utm.get("utm_medium", "")).strip().lower()
    source = str(utm.get("utm_source", "")).strip().lower()
    if medium in _SOURCE_OF_MEDIUM:
        return _SOURCE_OF_MEDIUM[medium]
    if source in _MAIL_SOURCES:
        return "email"
    if source and f"{source}.com" in _SOCIAL_HOSTS:
        return "social"
    return "referral" if source or medium else ""


def _host(url: Any) -> str:
    parts = split_url(url)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _referred(host: str, own: set[str]) -> str:
    if any(host == name or host.endswith("." + name) or name.endswith("." + host) for name in own):
        return "internal"
    if host.startswith(_MAIL_HOSTS):
        return "email"
    labels = host.split(".")
    if any(host == name or host.endswith("." + name) for name in _SOCIAL_HOSTS):
        return "social"
    if _SEARCH & set(labels[:-1]):
        return "organic_search"
    return "referral"


def fill_web(
    value: dict[str, Any], page: Mapping[str, Any], campaign: Any, referrer: Any, own_hosts: tuple[str, ...]
) -> None:
    """Add what a web record lacks and its page tells: url, category, campaign and session source."""
    if not present(value.get("url")) and isinstance(page.get("url"), str) and page["url"]:
        value["url"] = page["url"]
    urls = (value.get("url"), page.get("url"))
    for name, text in utm_fields(urls, campaign).items():
        value.setdefault(name, text)
    value.setdefault("page_category", page_category(value.get("url") or page.get("path")))
    value.setdefault("session_source", session_source(value, referrer, urls, own_hosts))
