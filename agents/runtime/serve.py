"""Runs an app until it is told to stop: drain, last commit, exit code."""

import asyncio
import logging
import signal
from collections.abc import Callable

from agents.runtime.fatal import EXIT_CODE, die
from agents.runtime.garbage import looked_at_twice
from agents.runtime.worker import App

LIBRARIES = ("faust", "mode", "aiokafka", "asyncio")
STOP_SECONDS = 10.0


async def serve(app: App, stop: asyncio.Event) -> int:
    """Start the app, stop it when `stop` is set, return the exit code: 0, or 70 if it crashed.

    Build the app inside the same event loop. A stop that takes longer than ten seconds ends the process
    with 70; nothing is lost by it, the last commit is repeated by whoever comes next.
    """
    quiet_libraries(app.runtime.config.library_log_level)
    with looked_at_twice():
        return await _serve(app, stop)


async def _serve(app: App, stop: asyncio.Event) -> int:
    asked = asyncio.create_task(stop.wait())
    starting = asyncio.create_task(app.start())
    await asyncio.wait({asked, starting}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done() and starting.exception() is None:
        crashed = asyncio.create_task(app._crashed.wait())
        await asyncio.wait({asked, crashed}, return_when=asyncio.FIRST_COMPLETED)
        crashed.cancel()
    asked.cancel()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await app.stop()
            starting.cancel()
            await asyncio.wait({starting})
            await app.runtime.host.close_locals()
    except TimeoutError:
        die(f"could not stop within {STOP_SECONDS:.0f} s")
    error = None if starting.cancelled() else starting.exception()
    if error is not None or app.crashed:
        logging.getLogger("agents.runtime").critical("worker crashed", exc_info=error or app.crash_reason)
        return EXIT_CODE
    return 0


def run_worker(make_app: Callable[[], App]) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Call it from the main thread."""

    async def main() -> int:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        return await serve(make_app(), stop)

    return asyncio.run(main())


def quiet_libraries(level: str) -> None:
    """Give the libraries a level of their own: left to the root's, each debug line costs."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("mode.timers").setLevel("ERROR")  # warns when a commit takes longer than its interval
