"""Where every act belongs, from the whole set of raw records at once: the rules of identity without any of their code.

contact_id > e-mail > anonymous_id. A record with two names is a link: of an anonymous id the latest one before an act
counts, for acts before them all the first; an e-mail belongs to the first contact it came with. A person has one
account: the best claim of all their records by contact record > CRM > e-mail > provider > reverse IP (identified
persons: from 0.8 on), then confidence, then the first; a visitor's records are those of the person whom the id stands
for at their time. Other names of a company are the company.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
RANKS = {"crm": 4, "email_domain": 3, "provider": 2, "reverse_ip": 1}
FREEMAIL = ("gmail.com", "outlook.com")
CONTACTS, ACCOUNTS = "intent.contacts.v1", "intent.accounts.v1"


def placements(events: list[tuple[str, Record]]) -> dict[str, tuple[str, str]]:
    """Event id of each act -> (home, person's root identity)."""
    world = _World(events)
    return {
        value["event_id"]: world.place(value) for topic, value in events if topic not in (CONTACTS, ACCOUNTS)
    }


class _World:
    def __init__(self, events: list[tuple[str, Record]]) -> None:
        self.records = [(topic, value) for topic, value in events if topic != ACCOUNTS]
        self.names = self._company_names([value for topic, value in events if topic == ACCOUNTS])
        self.links = self._links()

    def place(self, value: Record) -> tuple[str, str]:
        person = self._person(value, value["occurred_at"])
        return self._home(person), person

    def _company_names(self, profiles: list[Record]) -> dict[str, str]:
        names: dict[str, tuple[tuple[str, str], str]] = {}
        for profile in profiles:
            main = profile["account_domain"]
            for other in (*profile.get("alt_domains", ()), f"account:{profile['account_id']}"):
                stamp = (profile["occurred_at"], profile["event_id"])
                if other not in names or stamp > names[other][0]:
                    names[other] = (stamp, main)
        return {other: main for other, (_, main) in names.items()}

    def _company(self, name: str) -> str:
        for _ in range(10):
            if name not in self.names:
                break
            name = self.names[name]
        return name

    def _links(self) -> dict[str, list[tuple[str, str, str]]]:
        """Identity -> (time, id, whom it stands for), ascending."""
        links: dict[str, list[tuple[str, str, str]]] = {}
        for _, value in self.records:
            stamp = (value["occurred_at"], value["event_id"])
            best = _identity(value)
            if value.get("contact_id") and value.get("email"):
                links.setdefault(f"email:{value['email']}", []).append((*stamp, best))
            if value.get("anonymous_id") and not best.startswith("anon:"):
                links.setdefault(f"anon:{value['anonymous_id']}", []).append((*stamp, best))
        return {identity: sorted(found) for identity, found in links.items()}

    def _person(self, value: Record, time: str) -> str:
        identity = _identity(value)
        if identity.startswith("anon:") and identity in self.links:
            before = [link for link in self.links[identity] if link[0] <= time]
            identity = (before[-1] if before else self.links[identity][0])[2]
        if identity.startswith("email:") and identity in self.links:
            identity = self.links[identity][0][2]
        return identity

    def _home(self, person: str) -> str:
        claims = []
        for topic, value in self.records:
            if self._person(value, value["occurred_at"]) != person:
                continue
            for company, rank, confidence in _claims(topic, value, not person.startswith("anon:")):
                claims.append(
                    (-rank, -confidence, value["occurred_at"], value["event_id"], self._company(company))
                )
        tenant = "default"
        return f"{tenant}/{min(claims)[-1]}" if claims else f"{tenant}/{person}"


def _identity(value: Record) -> str:
    if value.get("contact_id"):
        return f"contact:{value['contact_id']}"
    if value.get("email"):
        return f"email:{value['email']}"
    return f"anon:{value['anonymous_id']}"


def _claims(topic: str, value: Record, identified: bool) -> list[tuple[str, int, int]]:
    found = []
    domain = (value.get("email") or "").rpartition("@")[2]
    if domain and domain not in FREEMAIL:
        found.append((domain, 3, 1000))
    company = value.get("account_domain") or (
        f"account:{value['account_id']}" if value.get("account_id") else ""
    )
    if not company:
        return found
    if topic == CONTACTS:
        return [*found, (company, 5, 1000)]
    match = value.get("account_match") or {}
    method = match.get("method") or ("crm" if value.get("account_id") else "provider")
    confidence = round(1000 * match.get("confidence", 1.0))
    if method != "reverse_ip" or not identified or confidence >= 800:
        found.append((company, RANKS[method], confidence))
    return found
