"""A counting worker killed again and again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from support.counting_worker import Layout, Worker
from support.oracle import Verdict, judge

POINTS = ("after_freeze", "after_outputs", "after_state", "after_marker", "after_local", "after_commit")


def kills(layout: Layout, moments: int, seed: int, pauses: str = "", mutant: str = "") -> Iterator[Verdict]:
    """Start, kill at a seeded moment (every third inside a commit), judge; again and again."""
    chance = random.Random(seed)
    for number in range(moments):
        points = pauses
        if number % 3 == 2:
            points = f"{pauses},{chance.choice(POINTS)}=exit:{chance.randint(2, 6)}"
        with Worker(layout, INTENT_FAILPOINTS=points, INTENT_MUTANT=mutant) as worker:
            if number % 3 == 0:
                worker.said("ready")
                time.sleep(chance.uniform(0.2, 2.0))
            elif number % 3 == 1:
                time.sleep(chance.uniform(0.5, 3.5))  # start-up and takeover, too
            else:
                worker.process.wait(30)
            worker.kill()
        yield judge(layout)
