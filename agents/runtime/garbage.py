"""The collector of reference cycles, kept out of the way of millions of state objects that form none.

By default it looks at all of them again and again: a fifth to a third of all CPU time, and pauses of a microsecond
for each object that lives. Here whatever survives two looks is set aside. From then on only its reference count frees
it, so a processor that gives up a partition takes its state apart.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

#: New objects, less those that went, between two looks at the young ones; and such looks before what they left is
#: looked at once more. A look at so many takes some ten milliseconds.
YOUNG: Final = 25_000
LOOKS: Final = 3


@contextmanager
def looked_at_twice() -> Iterator[None]:
    """Inside the block the process's collector looks at no object more than twice; behind it, as it did before."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, LOOKS, LOOKS)
    gc.callbacks.append(_set_aside)
    try:
        yield
    finally:
        gc.callbacks.remove(_set_aside)
        gc.set_threshold(*before)
        gc.unfreeze()


def _set_aside(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] > 0:
        gc.freeze()
