"""The files of the repository, for tests that read the source."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("schemas", "streams", "agents")
_NOT_OURS = frozenset(".venv .git .mypy_cache .ruff_cache .pytest_cache .hypothesis __pycache__ dist".split())


def own_files() -> list[Path]:
    """Every file that is or would be committed, as absolute paths."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        names = listing.stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not _NOT_OURS & set(path.parts)]


def python_files(*packages: str) -> list[Path]:
    """The Python files of these packages."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))
