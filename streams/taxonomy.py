"""The content taxonomy: what each piece of content is about, joined to an act before it is logged."""

from typing import NamedTuple

from schemas.codec import Refusal
from schemas.dead_letter import Reason
from schemas.inputs.control import Storyline, TaxonomyRecord
from schemas.signal import Act
from streams.normalise import whole

_ENVELOPE_TYPES = frozenset({"taxonomy", "content"})  # what `type` says where it is not the content's


class TaxonomyEntry(NamedTuple):
    """What one piece of content is about; "" and None for what the taxonomy does not say."""

    content_type: str = ""
    persona: str = ""
    stage: str = ""
    topic: str = ""
    storyline_id: str = ""
    storyline_position: int | None = None
    storyline_length: int | None = None


def entry_of(record: TaxonomyRecord) -> TaxonomyEntry:
    """The entry that a taxonomy record makes. Raises Refusal on numbers that are none."""
    line = record.storyline
    told = line if isinstance(line, Storyline) else Storyline(id=line)
    position = record.storyline_position if record.storyline_position is not None else told.position
    length = record.storyline_length if record.storyline_length is not None else told.length
    kind = record.type if record.type and record.type not in _ENVELOPE_TYPES else ""
    return TaxonomyEntry(
        content_type=record.content_type or kind,
        persona=record.persona or "",
        stage=record.stage or "",
        topic=record.topic or "",
        storyline_id=record.storyline_id or told.id or "",
        storyline_position=whole(position, "$.storyline_position"),
        storyline_length=whole(length, "$.storyline_length", least=1),
    )


def content_id_of(record: TaxonomyRecord, key: bytes | None) -> str:
    """The key of a taxonomy record, else its content_id. Raises Refusal where there is neither."""
    found = record.content_id or (key or b"").decode(errors="replace")
    if not found:
        raise Refusal(Reason.MISSING_IDENTITY, "$.content_id")
    return found


def join(act: Act, entry: TaxonomyEntry) -> None:
    """Fill in what the record itself does not say. Position and length belong to one storyline."""
    act.content_type = act.content_type or entry.content_type
    act.persona = act.persona or entry.persona
    act.stage = act.stage or entry.stage
    act.topic = act.topic or entry.topic
    if act.storyline_id and act.storyline_id != entry.storyline_id:
        return
    act.storyline_id = act.storyline_id or entry.storyline_id
    if act.storyline_position is None:
        act.storyline_position = entry.storyline_position
    if act.storyline_length is None:
        act.storyline_length = entry.storyline_length
