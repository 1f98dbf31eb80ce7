"""Our worker's scoring hop: durable, until every record of the log is committed."""

from __future__ import annotations

import asyncio

from bench.core import digest
from bench.engines.ours import committed, make, run_until, shares
from bench.meter import Stopwatch
from bench.spec import Spec, told


async def work(spec: Spec, watch: Stopwatch) -> tuple[str, dict[str, float]]:
    """One run; the digest of what it ended with, and where its time went."""
    worker = make(spec)
    worker.instrument(["scoring"], watch, None)
    worker.redirect_log()
    pipelines = await run_until(worker, watch, lambda app: committed(app, spec.signals, spec.ends))
    return digest(pipelines, spec.at), shares(worker, watch, spec.events)


def main() -> None:
    """One run."""
    spec, watch = told(), Stopwatch()
    found, parts = asyncio.run(work(spec, watch))
    print(watch.report(spec.engine, spec.events, found, **parts))


if __name__ == "__main__":
    main()
