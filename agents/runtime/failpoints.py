"""Named points where a test may pause or kill the worker, and wrong orders it may switch on.

`INTENT_FAILPOINTS="after_freeze=0.03,before_commit=exit:3"` pauses 30 ms at one point and kills the
process the third time it passes another; `INTENT_MUTANT=offsets_after_flush` (or `state_after_outputs`)
breaks the commit's order on purpose, to show that the tests notice. Unset, both cost one dict look-up.
"""

import asyncio
import os
import signal
from collections.abc import Mapping


class Failpoints:
    """Parsed once from a mapping such as os.environ; ValueError for what it does not understand."""

    MUTANTS = ("", "offsets_after_flush", "state_after_outputs")

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.mutant = environ.get("INTENT_MUTANT", "")
        if self.mutant not in self.MUTANTS:
            raise ValueError(f"INTENT_MUTANT: unknown {self.mutant!r}")
        self._actions: dict[str, list[str]] = {}
        self._passed: dict[str, int] = {}
        for item in filter(None, environ.get("INTENT_FAILPOINTS", "").split(",")):
            name, _, action = item.partition("=")
            float(action.removeprefix("exit:"))
            self._actions.setdefault(name, []).append(action)

    async def reach(self, name: str) -> None:
        """Do what was asked for this point; nothing if nothing was."""
        actions = self._actions.get(name)
        if actions is None:
            return
        passed = self._passed[name] = self._passed.get(name, 0) + 1
        for action in actions:
            if not action.startswith("exit:"):
                await asyncio.sleep(float(action))
            elif passed >= int(action.removeprefix("exit:")):
                os.kill(os.getpid(), signal.SIGKILL)
