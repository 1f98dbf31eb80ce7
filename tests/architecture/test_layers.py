"""Imports go one way, and decisions read neither clock nor environment nor file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from support.tree import ROOT, python_files

PURE_FILES = python_files("schemas", "streams")
FORBIDDEN_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "perf_counter"), ("time", "sleep"),
    ("os", "environ"), ("os", "getenv"), ("os", "urandom"), ("uuid", "uuid4"), ("uuid", "uuid1"),
}  # fmt: skip
FORBIDDEN_MODULES = {
    "secrets", "logging", "asyncio", "socket", "threading", "subprocess",
    "faust", "mode", "aiokafka", "aiohttp", "redis", "prometheus_client", "structlog", "click", "rich",
}  # fmt: skip


def forbidden(owner: str, name: str) -> bool:
    """Whether owner.name reads the world; a generator seeded by its caller, random.Random, does not."""
    return (owner, name) in FORBIDDEN_CALLS or (owner == "random" and name != "Random")


def impurities(source: str) -> list[str]:
    """What in this source reads a clock, the environment, chance or the world: one `line: what` each."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if forbidden(name, node.attr):
                found.append(f"{node.lineno}: {name}.{node.attr}")
        elif isinstance(node, ast.Import):
            found += [
                f"{node.lineno}: {a.name}" for a in node.names if a.name.split(".")[0] in FORBIDDEN_MODULES
            ]
        elif isinstance(node, ast.ImportFrom):
            found += _imported_from(node)
    return found


def _imported_from(node: ast.ImportFrom) -> list[str]:
    root = (node.module or "").split(".")[0]
    if root in FORBIDDEN_MODULES or node.level:
        return [f"{node.lineno}: from {'.' * node.level}{node.module or ''}"]
    return [f"{node.lineno}: {root}.{a.name}" for a in node.names if forbidden(root, a.name)]


def test_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", PURE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_decisions_and_records_read_no_clock_environment_or_chance(path: Path) -> None:
    assert impurities(path.read_text()) == []


@pytest.mark.parametrize(
    "sample",
    [
        "import time\nx = time.time()",
        "from time import monotonic",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import datetime\nx = datetime.now(tz=None)",
        "import os\nx = os.environ['A']",
        "from os import getenv",
        "import random\nx = random.choice([1])",
        "from random import shuffle",
        "from faust import App",
        "from . import ledger",
        "import uuid\nx = uuid.uuid4()",
    ],
)
def test_the_check_sees_a_bad_sample(sample: str) -> None:
    assert len(impurities(sample)) == 1


def test_a_seeded_generator_is_no_chance() -> None:
    assert impurities("import random\nfrom random import Random\nx = random.Random(7).choice([1])") == []


def test_no_test_folder_is_a_package() -> None:
    """With an __init__.py, tests/unit/streams would be found in place of streams."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
