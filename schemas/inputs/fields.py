"""Field types that the input records share.

Null and "" mean absent, so every optional field takes both. Text and numbers are bounded, so that no record
can grow the state beyond its bounds; the decoder checks it in C.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

_ID_CHARS = 512
_TEXT_CHARS = 1024
_LONG_CHARS = 65536
_MOST = 10**15  # thousandths of it still fit 64 bits

Absent = Literal[""]
Id = Annotated[str, Meta(min_length=1, max_length=_ID_CHARS)]
Text = Annotated[str, Meta(max_length=_TEXT_CHARS)]
LongText = Annotated[str, Meta(max_length=_LONG_CHARS)]
OptionalId = Annotated[str, Meta(max_length=_ID_CHARS)] | None
OptionalText = Text | None
OptionalLongText = LongText | None

OptionalTime = Annotated[str, Meta(max_length=64)] | None  # RFC 3339, or a date alone

_Integer = Annotated[int, Meta(ge=0, le=_MOST)]
_Real = Annotated[float, Meta(ge=0, le=_MOST)]
Number = _Integer | _Real | Absent | None
Count = _Integer | _Real | Absent | None  # a whole number, also when written 3.0
_HundredInteger = Annotated[int, Meta(ge=0, le=100)]
_HundredReal = Annotated[float, Meta(ge=0, le=100)]
Percent = _HundredInteger | _HundredReal | Absent | None
Score = _HundredInteger | _HundredReal | Absent | None
_OneInteger = Annotated[int, Meta(ge=0, le=1)]
_OneReal = Annotated[float, Meta(ge=0, le=1)]
Confidence = _OneInteger | _OneReal | Absent | None

Flag = bool | Absent | None
Texts = list[OptionalText] | Absent | None
Object = dict[str, Any] | Absent | None
SchemaVersion = Literal[1, "1", ""] | None
