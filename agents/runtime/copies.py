"""A local store at a takeover: brought to what was restored, or the reason why that may not be."""

import asyncio

from agents.runtime.changelog import Marker, Position, Restored
from agents.runtime.fatal import RuntimeFault
from agents.runtime.local import LocalStore

STEP = 2000  # keys written between two turns of the event loop


async def bring_up(local: LocalStore, restored: Restored, is_tail: bool, where: str) -> None:
    """Bring the store to the restored state: by a tail of the changelog, or anew. `where` names the changelog.

    Its position follows with our first commit. Until then the old one stands: the same tail, read again over the newer
    values, ends in the same state. RuntimeFault if the store knows of commits that its changelog does not have.
    """
    if is_tail:
        local.write({**dict.fromkeys(restored.ended), **restored.values})
        for key in restored.rewrite.keys() - restored.values.keys() - restored.ended:
            restored.rewrite[key] = local.get(key)
        return
    _refuse_lost(local.position, restored.marker, where)
    local.wipe()
    items = list(restored.values.items())
    for first in range(0, len(items), STEP):
        local.fill(dict(items[first : first + STEP]))
        await asyncio.sleep(0)
    local.flush()


def _refuse_lost(position: Position | None, marker: Marker | None, where: str) -> None:
    reached = marker.next_offset if marker is not None else 0
    if position is not None and position.marker.next_offset > reached:
        raise RuntimeFault(
            f"{where}: the local store stands at {position.marker.next_offset}, the changelog at {reached}: "
            "the changelog has lost commits"
        )
