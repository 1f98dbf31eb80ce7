"""Many more homes than are kept in memory, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.tree import ROOT

HOMES, KEPT = 12_000, 300


def hoarded(mode: str, directory: Path) -> dict[str, Any]:
    """What a process says that scored all homes."""
    done = subprocess.run(
        [sys.executable, "-m", "support.hoarder", mode, str(directory), str(HOMES), str(KEPT)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_homes_beyond_the_bound_leave_memory(tmp_path: Path) -> None:
    memory, held = hoarded("memory", tmp_path), hoarded("rocksdb", tmp_path)

    print(memory, held)
    assert memory["homes"] == held["homes"] >= HOMES
    assert memory["most"] >= HOMES
    assert held["most"] <= KEPT
    assert held["grown_mb"] < memory["grown_mb"] / 2
