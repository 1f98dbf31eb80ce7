"""The scoring core as every engine calls it: decode, apply, encode what was said; and the digest of its scores."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from bench.spec import POLICY
from schemas.home import split_home
from schemas.signal import SIGNALS_TOPIC, decode_signal, encode_signal
from streams.pipeline import Pipeline
from streams.policy import Policy, parse_policy

#: What scoring writes to its own log goes here, so that the log stays as long as it is; nobody reads it.
WRITTEN = "bench.written.v1"
_ENCODER = msgspec.json.Encoder()
Said = tuple[str, bytes, bytes | None]  # topic without prefix, key, value


def policy() -> Policy:
    """The policy of all engines."""
    return parse_policy(POLICY.read_bytes())


class Core:
    """One pipeline per partition, as a program without our runtime would hold them."""

    def __init__(self) -> None:
        self._policy = policy()
        self.pipelines: dict[int, Pipeline] = {}

    def pipeline(self, partition: int) -> Pipeline:
        """The partition's pipeline, made on first use."""
        found = self.pipelines.get(partition)
        if found is None:
            found = self.pipelines[partition] = Pipeline(self._policy, processor_version="bench")
        return found

    def take(self, partition: int, key: bytes, value: bytes) -> Pipeline:
        """Apply one record of the log."""
        pipeline = self.pipelines.get(partition) or self.pipeline(partition)
        pipeline.apply(key.decode(), decode_signal(value))
        return pipeline


def said(pipeline: Pipeline) -> list[Said]:
    """What the pipeline said since the last call, encoded."""
    if not pipeline.emitted:
        return []
    encoded: list[Said] = []
    for emit in pipeline.take_emitted():
        if emit.topic == SIGNALS_TOPIC:
            encoded.append((WRITTEN, emit.key.encode(), encode_signal(emit.record)))
        else:
            value = None if emit.record is None else _ENCODER.encode(emit.record)
            encoded.append((emit.topic, emit.key.encode(), value))
    return encoded


def digest(pipelines: Mapping[int, Pipeline], at: int) -> str:
    """A hash over the scores of every company as of a moment: the same for the same state.

    Homes of other kinds hold what scoring tells itself through the log, which only a run of both hops carries.
    """
    lines = []
    for pipeline in pipelines.values():
        for home in pipeline.store.homes():
            assessed = pipeline.assessment(home, at) if split_home(home)[1] == "domain" else None
            if assessed is not None:
                a = assessed
                people = sorted((member.ref, member.points, member.role) for member in a.members)
                lines.append(
                    f"{home} {a.S} {a.F} {a.I} {a.R} {a.people} {a.stage} {a.anonymous} {a.third_party} "
                    f"{sorted(a.gates.items())} {people}"
                )
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
