"""Writes the raw records of one company and its people."""

from collections.abc import Iterator
from typing import Any, Final

from streams.market.cast import Company, Person
from streams.market.record import Raw
from streams.timeline import SECOND, iso_text

WEB: Final = "intent.web.v1"
EMAIL: Final = "intent.email.v1"
CONTENT: Final = "intent.content.v1"
THIRD_PARTY: Final = "intent.thirdparty.v1"
ACCOUNTS: Final = "intent.accounts.v1"
CONTACTS: Final = "intent.contacts.v1"
DISPOSITIONS: Final = "intent.dispositions.v1"
_SOURCES: Final = {
    WEB: "site", EMAIL: "mailer", CONTENT: "library", THIRD_PARTY: "provider", ACCOUNTS: "crm",
    CONTACTS: "crm", DISPOSITIONS: "crm",
}  # fmt: skip


class Teller:
    """Writes the records of one company's people, in the order told.

    `tag` makes event ids of different runs differ. `delay` is how long after its moment a record is received,
    ms; `live` says that time is compressed: a minute of reading is told within a second.
    """

    def __init__(self, company: Company, people: tuple[Person, ...], tenant: str, tag: str) -> None:
        self.company = company
        self.people = people
        self.tenant = tenant
        self.tag = tag
        self.delay = 2 * SECOND
        self.live = False
        self._count = 0

    def email(self, person: Person) -> str:
        """A person's address."""
        return person.mailbox or f"{person.first.lower()}.{person.last.lower()}@{self.company.domain}"

    def contact_id(self, person: Person) -> str:
        """The CRM's id of a person; "" for people it does not know."""
        return f"{person.first.lower()}-{person.last.lower()}-{self.company.slug}" if person.known else ""

    def who(self, person: Person) -> dict[str, Any]:
        """The identity keys of an identified person."""
        contact = self.contact_id(person)
        return (
            {"contact_id": contact, "email": self.email(person)} if contact else {"email": self.email(person)}
        )

    def after(self, at: int, seconds: int) -> int:
        """A moment some seconds of the story later; in compressed time at most a second later."""
        return at + (min(seconds, 1) if self.live else seconds) * SECOND

    def raw(self, at: int, topic: str, type: str, key: str, fields: dict[str, Any]) -> Raw:
        """One record with its envelope."""
        self._count += 1
        received = at + self.delay
        value = {
            "event_id": f"{self.tag}-{self.company.slug}-{self._count:05d}", "source": _SOURCES[topic],
            "schema_version": 1, "tenant_id": self.tenant, "occurred_at": iso_text(at),
            "received_at": iso_text(received), "type": type, **fields,
        }  # fmt: skip
        return Raw(received, topic, key, value)

    def of(self, person: Person, at: int, topic: str, type: str, fields: dict[str, Any]) -> Raw:
        """One record of an identified person."""
        who = self.who(person)
        return self.raw(at, topic, type, next(iter(who.values())), {**who, **fields})

    def profile(self, at: int) -> Raw:
        """The company's account record."""
        company = self.company
        fields = {
            "account_id": company.account_id, "account_domain": company.domain, "name": company.name,
            "employees": company.employees, "industry": company.industry, "country": company.country,
            "revenue": company.revenue, "technologies": list(company.technologies),
            "named_account": company.named, "lifecycle": company.lifecycle, "owner": company.owner,
            "backup_owner": "Sales desk", "territory_key": f"territory-{company.country.lower()}",
            "segment": "enterprise" if company.employees >= 1000 else "mid-market",
        }  # fmt: skip
        return self.raw(at, ACCOUNTS, "account", company.domain, fields)

    def contacts(self, at: int) -> Iterator[Raw]:
        """The contact records of the people whom the CRM knows."""
        for person in self.people:
            if person.known:
                yield self.contact(at, person)

    def contact(self, at: int, person: Person) -> Raw:
        """One person's contact record."""
        said = {"title": person.title, "seniority": person.seniority, "function": person.function}
        fields = {
            "account_id": self.company.account_id, "account_domain": self.company.domain, "name": person.name,
            **{key: text for key, text in said.items() if text}, "channels": ["email", "phone"],
        }  # fmt: skip
        return self.of(person, at, CONTACTS, "contact", fields)
