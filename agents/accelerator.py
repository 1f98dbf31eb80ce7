"""The scoring core compiled, where somebody has compiled it: the same sources as extension modules, chosen at start.

`python -m agents.accelerate` writes a build to `.accelerator/<key>/` beside our packages. The key is a digest of
the sources, the settings of the compiler and the interpreter: after any change of those a build is not found and
plain Python runs. Nothing else may differ: tests/integration/test_accelerator.py compares outputs and state bytes.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

from agents.environment import Environment, SettingsErrors

MODES: Final = ("auto", "off", "require")
#: What is compiled: what runs for each record and each evaluation. Order does not matter.
MODULES: Final = (
    "streams.account", "streams.brief", "streams.contributions", "streams.decay", "streams.engagement",
    "streams.explanation", "streams.fit", "streams.ledger", "streams.people", "streams.pipeline",
    "streams.placement", "streams.residence", "streams.rounds", "streams.scoring", "streams.store",
    "streams.surge", "streams.tally", "streams.timeline",
)  # fmt: skip
#: Of Cython. None of them changes what Python code means; PEP 484 names stay hints.
DIRECTIVES: Final = {"language_level": "3", "annotation_typing": "False", "binding": "False"}
FLAGS: Final = ("-O2", "-fwrapv", "-w")  # of the C compiler
ROOT: Final = Path(__file__).resolve().parents[1]
HEADER: Final = Path(__file__).with_name("accelerate.h")
HOME: Final = ROOT / ".accelerator"
SUFFIX: Final = str(sysconfig.get_config_var("EXT_SUFFIX"))


class Compiled(MetaPathFinder):
    """Finds the modules of one build; everything else is left to others."""

    def __init__(self, directory: Path) -> None:
        self._files = {name: str(directory / (name + SUFFIX)) for name in MODULES}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The extension of one of our modules."""
        file = self._files.get(fullname)
        if file is None:
            return None
        return spec_from_file_location(fullname, file, loader=ExtensionFileLoader(fullname, file))


def sources(root: Path = ROOT) -> dict[str, Path]:
    """The source of each module that is compiled."""
    return {name: root.joinpath(*name.split(".")).with_suffix(".py") for name in MODULES}


def key(root: Path = ROOT) -> str:
    """Of the build that fits these sources and this interpreter."""
    digest = blake2b(
        repr((sys.version, sysconfig.get_platform(), SUFFIX, DIRECTIVES, FLAGS)).encode(), digest_size=8
    )
    digest.update(HEADER.read_bytes())
    for name, file in sources(root).items():
        digest.update(name.encode() + b"\x00" + blake2b(file.read_bytes()).digest())
    return digest.hexdigest()


def core() -> str:
    """Which core this process decides with: "compiled" or "python"."""
    return "compiled" if any(isinstance(finder, Compiled) for finder in sys.meta_path) else "python"


def install(mode: str = "auto", home: Path = HOME) -> str:
    """Use the build for modules imported from now on; "" or why there is none.

    A process has one core: once a module of the list is imported, it stays what it is. Raises SettingsErrors for a
    mode that requires what there is not.
    """
    if mode == "off" or core() == "compiled":
        return ""
    why = _missing(home)
    if not why:
        sys.meta_path.insert(0, Compiled(home / key()))
    elif mode == "require":
        raise SettingsErrors((f"INTENT_ACCELERATOR: required, but {why}",))
    return why


def install_as_told(environ: Mapping[str, str]) -> None:
    """What INTENT_ACCELERATOR says. Raises SettingsErrors."""
    env = Environment(environ)
    mode = env.choice("ACCELERATOR", "auto", MODES)
    if env.problems:
        raise SettingsErrors(tuple(env.problems))
    install(mode)


def _missing(home: Path) -> str:
    if not home.is_dir():
        return "nothing is built (make accelerate)"
    try:
        directory = home / key()
    except OSError:
        return "the sources cannot be read, so a build cannot be told from a stale one"
    if not directory.is_dir():
        return "the build is of other sources or another Python (make accelerate)"
    loaded = sorted({*MODULES} & {*sys.modules})
    return f"{loaded[0]} is already imported" if loaded else ""
