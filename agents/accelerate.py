"""Compiles the scoring core: `python -m agents.accelerate` (make accelerate). Needs Cython and a C compiler.

The sources are the ordinary modules that agents/accelerator.py lists. A build is made beside its place and moved
there whole, so a process finds all of it or nothing.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from agents.accelerator import DIRECTIVES, FLAGS, HEADER, HOME, SUFFIX, key, sources

LIMIT_SECONDS: Final = 600  # for one module
#: A read of an attribute with a constant name, as Cython writes it.
_READ: Final = re.compile(
    r"(__pyx_t_\d+ = )__Pyx_PyObject_GetAttrStr\((?=[^;\n]*, __pyx_mstate_global->\w+\);)"
)


class CannotBuild(Exception):
    """What is missing here, or what the compiler said."""


def build(home: Path = HOME) -> Path:
    """The directory of the build that fits the sources, made if need be; others are removed. Raises CannotBuild."""
    directory = home / key()
    if directory.is_dir():
        return directory
    compiler = _compiler()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=home) as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            jobs = [pool.submit(_module, compiler, *item, Path(scratch)) for item in sources().items()]
            for job in jobs:
                job.result()
        stale = [old for old in home.iterdir() if old.is_dir() and not old.name.startswith(".")]
        made.rename(directory)
    for old in stale:
        shutil.rmtree(old, ignore_errors=True)
    return directory


def lacking() -> str:
    """What this machine lacks for a build; "" for nothing."""
    try:
        _compiler()
    except CannotBuild as error:
        return str(error)
    return ""


def _compiler() -> list[str]:
    """The command that makes a shared object. CC names another compiler."""
    command = shlex.split(str(sysconfig.get_config_var("LDSHARED") or "cc -shared"))
    if os.environ.get("CC"):
        command = [*shlex.split(os.environ["CC"]), *command[1:]]
    elif shutil.which(command[0]) is None:
        command[0] = "cc"
    if shutil.which(command[0]) is None:
        raise CannotBuild("no C compiler")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise CannotBuild("no headers of Python (Python.h)")
    if importlib.util.find_spec("Cython") is None:
        raise CannotBuild("no Cython (pip install 'intent-signals[accelerator]')")
    return command


def _module(compiler: list[str], name: str, source: Path, scratch: Path) -> None:
    """Python to C, C to an extension."""
    translated, made = scratch / f"{name}.c", scratch / "made" / (name + SUFFIX)
    directives = [f"-X{directive}={value}" for directive, value in DIRECTIVES.items()]
    translate = [sys.executable, "-m", "cython", *directives, "--module-name", name]
    _run(name, [*translate, "-o", str(translated), str(source)])
    text = translated.read_text(encoding="utf-8")
    translated.write_text(_READ.sub(r"\1INTENT_ATTR(", text), encoding="utf-8")
    include = (f"-I{sysconfig.get_path('include')}", "-include", str(HEADER))
    _run(name, [*compiler, "-fPIC", *FLAGS, *include, str(translated), "-o", str(made), "-s"])


def _run(name: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{name}: {done.stderr.strip()[-2000:]}")


def main(home: Path = HOME) -> int:
    """Build, and say where it is."""
    try:
        directory = build(home)
    except CannotBuild as error:
        sys.stderr.write(f"the scoring core stays plain Python: {error}\n")
        return 1
    sys.stdout.write(f"compiled: {directory}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
