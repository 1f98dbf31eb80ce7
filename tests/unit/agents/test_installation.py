"""A distribution that claims one of our package names is noticed before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import installation


def claim(site: Path, distribution: str, package: str) -> None:
    """What an installer leaves behind for a distribution with one package."""
    info = site / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "top_level.txt").write_text(f"{package}\n")
    (info / "RECORD").write_text(f"{package}/__init__.py,,\n")


def test_nobody_else_owns_our_names_here() -> None:
    installation.check()


@pytest.mark.parametrize("package", installation.PACKAGES)
def test_another_owner_of_a_name_is_named(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim(tmp_path, "some-agents-sdk", package)
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(installation.NotOurs, match=f"`{package}` also belongs to some-agents-sdk"):
        installation.check()


def test_other_packages_are_nobody_s_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(tmp_path, "something", "something")
    monkeypatch.syspath_prepend(str(tmp_path))

    installation.check()
