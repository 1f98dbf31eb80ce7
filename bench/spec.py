"""What an engine is told, and what it answers: one JSON object each way."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
POLICY = ROOT / "deploy" / "policy" / "example.toml"


@dataclass(frozen=True)
class Spec:
    """One run of one engine."""

    engine: str
    run: str  # unique: names groups, changelogs, directories
    servers: str
    embedded: bool
    prefix: str  # of the topics
    events: int
    ends: dict[int, int]  # offset behind the last record, by partition
    at: int  # ms UTC of the last record: the scores are compared as of it
    directory: str  # for files of this run
    commit_seconds: float = 1.0

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @property
    def signals(self) -> str:
        """The log's physical name."""
        return f"{self.prefix}intent.signals.v1"


def told() -> Spec:
    """The spec on the command line."""
    fields = json.loads(sys.argv[1])
    fields["ends"] = {int(partition): end for partition, end in fields["ends"].items()}
    return Spec(**fields)
