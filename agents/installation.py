"""Refuses to start where another distribution owns one of our package names.

The three names are generic, and installers overwrite files of the same name without a word: what would run
then is a mixture of two programs.
"""

from __future__ import annotations

from importlib.metadata import packages_distributions
from typing import Final

DISTRIBUTION: Final = "intent-signals"
PACKAGES: Final = ("schemas", "streams", "agents")


class NotOurs(Exception):
    """Another distribution provides one of our packages; install us in an environment of our own."""


def foreign_owners() -> dict[str, list[str]]:
    """By package name, the distributions that claim it beside us."""
    owners = packages_distributions()
    others = {name: sorted({*owners.get(name, ())} - {DISTRIBUTION}) for name in PACKAGES}
    return {name: found for name, found in others.items() if found}


def check() -> None:
    """Raise NotOurs when any of the three names has another owner."""
    foreign = foreign_owners()
    if foreign:
        said = "; ".join(f"`{name}` also belongs to {', '.join(found)}" for name, found in foreign.items())
        raise NotOurs(f"{said}. Install {DISTRIBUTION} in its own virtual environment.")
