"""One core in a process of its own: all golden stories and a long random log, and every byte that came of them.

`python -m support.core_run MODE HOME FILE`: MODE as INTENT_ACCELERATOR, HOME where builds are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from agents import accelerator

AT = 1_773_619_200_000  # 2026-03-16T00:00:00Z
RECORDS = 12_000
STEP = 30_000  # ms from one act to the next; all of them are four days
COMMIT = 200  # records
GOLDEN = Path(__file__).parents[1] / "golden"


def runs() -> Iterator[tuple[str, bytes]]:
    """By name everything that was said, stored and counted, encoded."""
    from support.scenarios import play, scenarios

    for folder in ("scenarios", "stories"):
        for scenario in scenarios(GOLDEN / folder):
            commits = Commits(1)
            played = play(scenario, between=commits.between)
            said = (played.outputs, played.blocks)
            yield f"{folder}/{scenario.name}", commits.all_of(played.replay.pipeline, said)
    yield "random log", random_log()


class Commits:
    """What a worker would have written to its changelog, commit by commit."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._count = 0
        self.states: list[object] = []

    def between(self, replay: object) -> None:
        """Called before each record."""
        self._count += 1
        if self._count % self._every == 0:
            self.states.append(replay.pipeline.store.snapshot_dirty())  # type: ignore[attr-defined]

    def all_of(self, pipeline: object, said: object) -> bytes:
        """The whole of a run."""
        from support.scenarios import full_state

        counts = sorted((list(key), number) for key, number in pipeline.counts.items())  # type: ignore[attr-defined]
        return msgspec.msgpack.encode((said, self.states, sorted(full_state(pipeline).items()), counts))  # type: ignore[arg-type]


def random_log() -> bytes:
    """Traffic in which people move, are erased and answered; every output and every commit."""
    from support.scenarios import plain
    from support.traffic import Traffic

    from streams.domains import shipped_lists
    from streams.intake import Intake, Routed
    from streams.policy import parse_policy
    from streams.replay import Replay

    replay = Replay(parse_policy((GOLDEN / "scenarios" / "policy.json").read_bytes()))
    replay.pipeline.publishes = True
    intake, commits, said = Intake(shipped_lists()), Commits(COMMIT), []
    traffic = Traffic(7, AT, span=RECORDS)
    for number in range(RECORDS):
        traffic._at = AT + number * STEP
        for topic, key, value in traffic.take(1):
            taken = intake.take(topic, key, value, 0, number, traffic._at, {})
            if isinstance(taken, Routed):
                commits.between(replay)
                said += [plain(emit) for emit in replay.feed(taken.home, taken.record)]
    said += [plain(emit) for emit in replay.finish()]
    return commits.all_of(replay.pipeline, said)


def main(mode: str, home: str, file: str) -> None:
    """Run all; the first entry says which core it was."""
    accelerator.install(mode, Path(home))
    found = dict(runs())
    modules = {Path(str(sys.modules[name].__file__)).suffix for name in accelerator.MODULES}
    found["core"] = f"{accelerator.core()} {sorted(modules)}".encode()
    Path(file).write_bytes(msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
