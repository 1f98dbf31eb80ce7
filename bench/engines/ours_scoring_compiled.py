"""Our worker's scoring hop with the compiled core; all else as in ours_scoring."""

from __future__ import annotations

from agents import accelerator

accelerator.install("require")  # before anything imports the core

from bench.engines.ours_scoring import main  # noqa: E402

if __name__ == "__main__":
    main()
