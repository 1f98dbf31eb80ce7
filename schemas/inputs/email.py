"""`intent.email.v1`: what became of one e-mail to one person."""

from typing import Literal

from schemas.inputs.envelope import Envelope
from schemas.inputs.fields import Flag, Number, OptionalId, OptionalText

SenderKind = Literal["marketing", "sales", ""]


class EmailEvent(Envelope, kw_only=True, gc=False):
    """What all types of the stream share."""

    email_id: OptionalId = None
    campaign_id: OptionalText = None
    link_id: OptionalText = None
    content_id: OptionalId = None
    seconds_after_delivery: Number = None
    is_machine_open: Flag = None
    is_bot_click: Flag = None
    sender_kind: SenderKind | None = None


class Delivered(EmailEvent, tag="delivered", kw_only=True, gc=False):
    """The receiving server took it."""


class Opened(EmailEvent, tag="open", kw_only=True, gc=False):
    """Its images were fetched, by a person or a machine."""


class Clicked(EmailEvent, tag="click", kw_only=True, gc=False):
    """A link was followed, by a person or a scanner."""


class Replied(EmailEvent, tag="reply", kw_only=True, gc=False):
    """The person wrote back."""


class Forwarded(EmailEvent, tag="forward", kw_only=True, gc=False):
    """The person sent it on."""


class Unsubscribed(EmailEvent, tag="unsubscribe", kw_only=True, gc=False):
    """The person left the list: a choice of channel, not a denial of consent."""


class BouncedHard(EmailEvent, tag="bounce_hard", kw_only=True, gc=False):
    """The address does not exist."""


class Complained(EmailEvent, tag="complaint", kw_only=True, gc=False):
    """The person called it spam."""


EmailRecord = Delivered | Opened | Clicked | Replied | Forwarded | Unsubscribed | BouncedHard | Complained
