"""The compiled core is the plain one: the same bytes said and stored, over every golden story and a long random log.

Everything runs in processes of its own: a process has one core.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from support.services import missing
from support.tree import ROOT

from agents import accelerate, accelerator

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]


def python(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run this tree's Python; the core is as the arguments or INTENT_ACCELERATOR say."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", **environ},
    )  # fmt: skip


def everything(mode: str, home: Path, file: Path) -> dict[str, bytes]:
    done = python("-m", "support.core_run", mode, str(home), str(file))
    assert done.returncode == 0, done.stderr[-2000:]
    return msgspec.msgpack.decode(file.read_bytes(), type=dict[str, bytes])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with a build of these sources."""
    if lacking := accelerate.lacking():
        missing(lacking.removeprefix("no "))
    home = tmp_path_factory.mktemp("accelerator")
    accelerate.build(home)
    return home


def test_both_cores_say_store_and_count_the_same_bytes(home: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        plain, compiled = pool.map(lambda mode: everything(mode, home, tmp_path / mode), ("off", "require"))

    assert plain.pop("core") == b"python ['.py']"
    assert compiled.pop("core") == f"compiled ['{Path(accelerator.SUFFIX).suffix}']".encode()
    assert len(plain["random log"]) > 1_000_000  # it was a long one
    assert plain.keys() == compiled.keys()
    assert [name for name in plain if plain[name] != compiled[name]] == []


def test_a_build_is_made_once(home: Path) -> None:
    made = accelerate.build(home)

    assert [path for path in home.iterdir() if path.is_dir()] == [made]
    assert accelerate.build(home) == made
