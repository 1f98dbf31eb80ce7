"""Raw input records to the signal log: one in, one out. A bad one becomes a dead letter.

Pure but for the memory of domains seen. Nothing is known here of people: the record alone tells its home.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from schemas.codec import Refusal, decode_input
from schemas.dead_letter import DECODE_REASONS, DeadLetter, Reason, Step
from schemas.home import domain_home
from schemas.inputs.content import ContentEvent
from schemas.inputs.control import DispositionRecord, EraseRecord, PolicyRecord
from schemas.inputs.email import EmailEvent
from schemas.inputs.profiles import AccountRecord, ContactRecord
from schemas.inputs.thirdparty import ThirdPartyEvent
from schemas.inputs.web import WebEvent
from schemas.signal import Act, SignalRecord, Trace
from streams.domains import DomainLists, Domains
from streams.identity import home_of_disposition, home_of_erasure, identify
from streams.intake_acts import act_of, content_act, email_act, third_party_act, web_act
from streams.intake_control import disposition, erasure, policy_change
from streams.intake_moment import Moment, moment_of
from streams.intake_profiles import account_profile, contact_profile
from streams.placement import home_of, profile_home
from streams.taxonomy import TaxonomyEntry, content_id_of, entry_of, join

TAXONOMY_TOPIC: Final = "intent.taxonomy.v1"
BROADCAST: Final = "*"  # the address of a record that every partition of the log has to see
FUTURE_MS: Final = 300_000
Taxonomy = Mapping[str, TaxonomyEntry]
Placed = tuple[str, SignalRecord]  # the home and what is sent there


class Routed(msgspec.Struct, frozen=True):
    """A record of the log and its home. `future`: its event time was ahead of receipt and was clamped."""

    home: str
    record: SignalRecord
    future: bool = False


class Learned(msgspec.Struct, frozen=True):
    """What a taxonomy record says of one piece of content; None removes it."""

    content_id: str
    entry: TaxonomyEntry | None


class Refused(msgspec.Struct, frozen=True):
    """A record that cannot be taken."""

    letter: DeadLetter


class Intake:
    """Takes records of every input topic. Topic names are logical: without the prefix of a deployment."""

    def __init__(self, lists: DomainLists, future_ms: int = FUTURE_MS) -> None:
        self.domains = Domains(lists)
        self.future_ms = future_ms
        self._takers: dict[str, Callable[[Any, Moment], Placed]] = {
            "intent.web.v1": self._web,
            "intent.email.v1": self._email,
            "intent.content.v1": self._content,
            "intent.thirdparty.v1": self._third_party,
            "intent.accounts.v1": self._account,
            "intent.contacts.v1": self._contact,
            "intent.dispositions.v1": self._disposition,
            "intent.erase.v1": self._erase,
            "intent.policy.v1": self._policy,
        }

    def take(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int,
        offset: int,
        timestamp_ms: int | None,
        taxonomy: Taxonomy,
    ) -> Routed | Refused:
        """One raw record to one record of the log, or to a dead letter with its bytes. Never raises."""
        try:
            taker = self._takers.get(topic)
            if taker is None:
                raise Refusal(Reason.UNKNOWN_TOPIC)
            record = decode_input(topic, value)
            moment = moment_of(record, Trace(topic, partition, offset), timestamp_ms, self.future_ms)
            home, signal = taker(record, moment)
            if taxonomy and isinstance(signal, Act) and (entry := taxonomy.get(signal.content_id)):
                join(signal, entry)
            return Routed(home, signal, moment.future)
        except Refusal as refusal:
            return Refused(_letter(refusal, topic, key, value, partition, offset, timestamp_ms))

    def learn(
        self, key: bytes | None, value: bytes | None, partition: int, offset: int, timestamp_ms: int | None
    ) -> Learned | Refused:
        """One record of the taxonomy topic. A null value removes what its key names. Never raises."""
        try:
            if value is None and key:
                return Learned(key.decode(errors="replace"), None)
            record = decode_input(TAXONOMY_TOPIC, value)
            return Learned(content_id_of(record, key), entry_of(record))
        except Refusal as refusal:
            return Refused(_letter(refusal, TAXONOMY_TOPIC, key, value, partition, offset, timestamp_ms))

    def _web(self, record: WebEvent, moment: Moment) -> Placed:
        act = web_act(record, act_of(record, identify(record, self.domains), moment))
        return _home(act), act

    def _email(self, record: EmailEvent, moment: Moment) -> Placed:
        act = email_act(record, act_of(record, identify(record, self.domains), moment))
        return _home(act), act

    def _content(self, record: ContentEvent, moment: Moment) -> Placed:
        act = content_act(record, act_of(record, identify(record, self.domains), moment))
        return _home(act), act

    def _third_party(self, record: ThirdPartyEvent, moment: Moment) -> Placed:
        act = third_party_act(record, act_of(record, identify(record, self.domains), moment))
        return _home(act), act

    def _account(self, record: AccountRecord, moment: Moment) -> Placed:
        profile = account_profile(record, identify(record, self.domains), moment, self.domains)
        return profile_home(profile), profile

    def _contact(self, record: ContactRecord, moment: Moment) -> Placed:
        profile = contact_profile(record, identify(record, self.domains), moment)
        return home_of(profile), profile

    def _disposition(self, record: DispositionRecord, moment: Moment) -> Placed:
        who = identify(record, self.domains)
        return home_of_disposition(moment.tenant, who, self.domains), disposition(record, who, moment)

    def _erase(self, record: EraseRecord, moment: Moment) -> Placed:
        who = identify(record, self.domains)
        erase = erasure(record, who, moment)
        return home_of_erasure(moment.tenant, who), erase

    def _policy(self, record: PolicyRecord, moment: Moment) -> Placed:
        return f"{moment.tenant}/{BROADCAST}", policy_change(record, moment)


def _home(act: Act) -> str:
    """placement.home_of, with a short way for most acts: a business address and no word of an account."""
    if act.email_domain and not act.match:
        return domain_home(act.tenant, act.email_domain)
    return home_of(act)


def _letter(
    refusal: Refusal,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    partition: int,
    offset: int,
    timestamp_ms: int | None,
) -> DeadLetter:
    step = Step.DECODE if refusal.reason in DECODE_REASONS else Step.VALIDATE
    return DeadLetter(
        reason=refusal.reason,
        step=step,
        topic=topic,
        partition=partition,
        offset=offset,
        key=key,
        value=value,
        timestamp_ms=timestamp_ms,
        detail=refusal.detail,
    )
