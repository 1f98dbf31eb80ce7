"""Marks records of machines. They are kept and counted, never scored, so the mark must say why."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import crawleruseragents

_IMAGE_PROXIES: Final = ("GoogleImageProxy", "YahooMailProxy")
_APPLE_PRIVACY: Final = "Mozilla/5.0"  # the whole agent of Apple's mail privacy prefetch

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation. Raises ValueError on the first that is none."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def inside(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address lies in one of the networks; what is no address lies in none."""
    try:
        ip = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    return any(ip in network for network in networks)


@lru_cache(maxsize=4096)
def _is_crawler(agent: str) -> bool:
    return bool(crawleruseragents.is_crawler(agent))


def bot_reason(agent: str | None, event_type: str) -> str:
    """Why this user agent is a machine: `user_agent`, `empty_user_agent`, or "" for a person.

    None means that the agent of the visitor is not known. Image proxies that open mails for people are
    people.
    """
    if agent is None:
        return ""
    if not agent.strip():
        return "empty_user_agent"
    if event_type == "open" and any(proxy in agent for proxy in _IMAGE_PROXIES):
        return ""
    return "user_agent" if _is_crawler(agent[:512]) else ""


def mark(value: dict[str, Any], agent: str | None, address: str, networks: Sequence[Network]) -> str:
    """Set is_bot and bot_reason unless the sender has; Apple's prefetch is a machine open, not a bot.

    Returns the reason, or "".
    """
    event_type = str(value.get("type", ""))
    if event_type == "open" and agent is not None and agent.strip() == _APPLE_PRIVACY:
        value.setdefault("is_machine_open", True)
    if "is_bot" in value:
        return str(value.get("bot_reason", "sender")) if value["is_bot"] is True else ""
    reason = bot_reason(agent, event_type) or ("network" if inside(address, networks) else "")
    if reason:
        value["is_bot"] = True
        value["bot_reason"] = reason
    return reason
