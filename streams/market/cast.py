"""The companies and people of the market, and the profiles a CRM has of them. All names are invented."""

import random
from typing import Any, Final, NamedTuple

VENDOR: Final = "signalworks.example"


class Person(NamedTuple):
    """Somebody who acts. `domain` overrides the company's for a private or academic mailbox."""

    first: str
    last: str
    title: str = ""
    seniority: str = ""
    function: str = ""
    mailbox: str = ""  # a whole e-mail address where it is not first@domain
    known: bool = True  # whether the CRM has a contact record

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


class Company(NamedTuple):
    """A company as the CRM knows it. Without `known` there is no profile at first."""

    name: str
    domain: str
    employees: int = 400
    industry: str = "software"
    country: str = "DE"
    revenue: int = 60_000_000
    technologies: tuple[str, ...] = ("kafka",)
    named: bool = True
    lifecycle: str = "prospect"
    owner: str = "Dana Weiss"
    known: bool = True

    @property
    def slug(self) -> str:
        """A short name for ids: the domain's first label."""
        return self.domain.partition(".")[0]

    @property
    def account_id(self) -> str:
        """The CRM's id."""
        return f"acc-{self.slug}"


_NAMES: Final = (
    "Aldermoor Bluefjord Brightwater Calder Cobaltine Corvane Dunmere Eastbrook Elmhaven Fairlock "
    "Farrowdale Fernhill Glasswing Goldcrest Greyfen Halcyon Harrowgate Hazelford Inverlake Ironbark "
    "Juniper Kestrel Kingsmere Larchwood Lindenau Lockhart Maplewick Marrowby Meridian Millrace Mossvale "
    "Nettleton Nordhavn Oakmere Orrinton Osprey Pellworm Pinecroft Quarrystone Ravensby Redmoor Rivenhall "
    "Rosewick Saltmarsh Sandhurst Silverlea Stonegate Swallowtail Tamarisk Thornbury Tidewell Umberton "
    "Valecrest Verdigris Wetherby Whitcombe Willowmere Windrush Yarrow Zephyrine"
).split()
_TRADES: Final = (
    ("Software", "software"),
    ("Systems", "software"),
    ("Labs", "software"),
    ("Pay", "fintech"),
    ("Capital Tech", "fintech"),
    ("Machines", "manufacturing"),
    ("Robotics", "manufacturing"),
    ("Freight", "logistics"),
    ("Telecom", "telecom"),
)
_POOR_TRADES: Final = (
    ("Bakery", "food"),
    ("Hotels", "hospitality"),
    ("Gardens", "agriculture"),
    ("Events", "media"),
)
_COUNTRIES: Final = ("DE", "DE", "NL", "FR", "GB", "US", "AT", "CH")
_FIRSTS: Final = (
    "Ada Anouk Bram Carla Cosima Daan Edda Elif Emil Farid Frieda Gero Greta Hanno Idris Ilse Jaro Jette "
    "Kaja Kian Lene Lior Malin Marek Mila Nadia Nils Noor Oda Otto Petra Quinn Rafael Runa Samira Sven "
    "Tilda Timo Ugo Vera Wanda Willem Yara Zora"
).split()
_LASTS: Final = (
    "Adler Bakker Brandt Castel Dahl Ebner Fischbach Gruber Haas Ivers Jansen Keller Lorenz Maas Nowak "
    "Olsen Peters Quast Riedel Sander Thoma Ulrich Vogel Wagner Yilmaz Zeller"
).split()
_OWNERS: Final = ("Dana Weiss", "Jonas Falk", "Priya Nair", "Tom Ellery")

#: Titles of a purchase: (title, seniority, function). Roles follow from these by the policy's rules.
BUYER: Final = ("VP Operations", "vp", "operations")
CHIEF: Final = ("Chief Information Officer", "c_level", "it")
CHAMPION: Final = ("Director of Data Platforms", "director", "data")
ENGINEER: Final = ("Senior Data Engineer", "senior", "engineering")
ANALYST: Final = ("Operations Analyst", "", "operations")
SECURITY: Final = ("Security Architect", "senior", "security")


class Names:
    """Hands out companies and people that have not been used yet. Deterministic in its seed.

    From `number` 2 on it becomes part of the companies' names, so that many of these never hand out the same.
    """

    def __init__(self, seed: int | str, number: int = 1) -> None:
        self._rng = random.Random(f"names:{seed}:{number}")
        self._places = self._rng.sample(_NAMES, len(_NAMES))  # each once before any comes again
        self._handed_out = 0
        self._round = number

    def company(self, fit: str = "good", **more: Any) -> Company:
        """A new company; `fit` is good or poor. Fields named in `more` win over drawn ones."""
        trades = _TRADES if fit == "good" else _POOR_TRADES
        name, industry = self._name(trades)
        drawn: dict[str, Any] = {
            "name": name, "domain": f"{name.lower().replace(' ', '-')}.example", "industry": industry,
            "employees": self._rng.choice((120, 180, 260, 340, 480, 620, 850)),
            "country": self._rng.choice(_COUNTRIES),
            "revenue": self._rng.choice((25, 40, 60, 90)) * 1_000_000,
            "technologies": self._rng.choice((("kafka",), ("snowflake", "dbt"), ("salesforce",))),
            "named": self._rng.random() < 0.7, "owner": self._rng.choice(_OWNERS),
        }  # fmt: skip
        if fit == "poor":
            drawn |= {"employees": 9, "named": False, "technologies": ("wordpress",), "revenue": 800_000}
        return Company(**(drawn | more))

    def university(self) -> Company:
        """A university with an academic domain; big enough and rich enough to pass the fit gate."""
        place, number = self._place()
        domain = f"uni-{place.lower()}{number.strip()}.edu"
        return Company(
            f"University of {place}{number}", domain, employees=800, industry="education", country="US",
            revenue=90_000_000, named=False,
        )  # fmt: skip

    def private_person(self, title: str, known: bool) -> Person:
        """Somebody who writes from a free mailbox."""
        first, last = self._rng.choice(_FIRSTS), self._rng.choice(_LASTS)
        mailbox = f"{first}.{last}.{self._round}{self._handed_out:02d}@gmail.com".lower()
        return Person(first, last, title, mailbox=mailbox, known=known)

    def _name(self, trades: tuple[tuple[str, str], ...]) -> tuple[str, str]:
        place, number = self._place()
        trade, industry = self._rng.choice(trades)
        return f"{place} {trade}{number}", industry

    def _place(self) -> tuple[str, str]:
        """A place that names a company, and the number that tells it from the one before."""
        turn, index = divmod(self._handed_out, len(self._places))
        self._handed_out += 1
        number = self._round + turn
        return self._places[index], f" {number}" if number > 1 else ""

    def people(self, *titles: tuple[str, str, str]) -> tuple[Person, ...]:
        """One person for each title, with different first names."""
        firsts = self._rng.sample(_FIRSTS, len(titles))
        return tuple(
            Person(first, self._rng.choice(_LASTS), *title)
            for first, title in zip(firsts, titles, strict=True)
        )
