"""The people of an account who take part, as they stand at the decision."""

import msgspec


class Channels(msgspec.Struct, kw_only=True, gc=False):
    """How a person may be reached."""

    email_ok: bool = False
    phone_ok: bool = False


class GroupPerson(msgspec.Struct, kw_only=True, gc=False):
    """One person. Points in milli-points before the role factor, shares in thousandths."""

    contact_id: str | None
    points: int
    person_ref: str = ""  # as the explanation names the person: contact_id, else e-mail, else "shared"
    name: str | None = None
    title: str | None = None
    role: str = "unknown"
    seniority: str | None = None
    share: int = 0
    top_signals: list[str] = []
    last_seen: str | None = None
    self_directed_share: int = 0
    channels: Channels = msgspec.field(default_factory=Channels)


class BuyingGroup(msgspec.Struct, kw_only=True, gc=False):
    """Who is engaged and who is missing. anonymous_equivalents and completeness in thousandths."""

    engaged_people: int = 0
    anonymous_equivalents: int = 0
    roles_covered: list[str] = []
    roles_missing: list[str] = []
    completeness: int = 0
    people: list[GroupPerson] = []
    primary_contact_id: str | None = None
