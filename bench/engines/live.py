"""Our worker as it is, with both hops and the wall clock's ticks, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal

from agents.worker import Worker
from bench.core import policy
from bench.engines.ours import settings
from bench.spec import Spec, told


async def work(spec: Spec) -> int:
    """Say when it is ready; the exit code."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    worker = Worker(settings(spec), policy(), embedded=spec.embedded, exit_when_stalled=False)
    running = asyncio.create_task(worker.run(stop))
    await asyncio.wait(
        {running, asyncio.create_task(worker.ready.wait())}, return_when=asyncio.FIRST_COMPLETED
    )
    print("ready", flush=True)
    return await running


if __name__ == "__main__":
    raise SystemExit(asyncio.run(work(told())))
