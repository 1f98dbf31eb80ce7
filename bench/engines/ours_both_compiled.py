"""Our worker with both hops and the compiled core; all else as in ours_both."""

from __future__ import annotations

from agents import accelerator

accelerator.install("require")  # before anything imports the core

from bench.engines.ours_both import main  # noqa: E402

if __name__ == "__main__":
    main()
