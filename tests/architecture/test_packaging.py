"""The wheel holds the three packages alone; nobody else owns their names; no file names a machine."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.tree import PACKAGES, ROOT, own_files

# Spelled in two halves, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile("|".join(rf"(?<![\w.-])/{name}/" for name in ("work", "farm", "root")))
REGISTRY_HOSTS = re.compile(
    "|".join(
        ["py" r"pi\.org", "python" r"hosted\.org", r"registry\." "npmjs", r"repo1?\." "maven",
         r"proxy\." "golang", "deb" r"\.debian\.org", "crates" r"\.io/api"]
    )
)  # fmt: skip
BINARY = {".png", ".gz", ".ico", ".gif", ".jar", ".zst", ".lz4"}


def text_files() -> list[Path]:
    return [path for path in own_files() if path.suffix not in BINARY]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the real backend from the tree."""
    directory = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return next(directory.glob("*.whl"))


def test_the_wheel_holds_exactly_the_three_packages(wheel: Path) -> None:
    roots = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {root for root in roots if not root.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_leaves_golden_messages_out(wheel: Path) -> None:
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("schemas/examples/")]


def test_the_wheel_says_which_names_it_imports_as(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        lines = archive.read(metadata).decode().splitlines()

    assert {line.split(": ")[1] for line in lines if line.startswith("Import-Name: ")} == set(PACKAGES)


def test_two_builds_of_the_wheel_are_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    assert next(tmp_path.glob("*.whl")).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_the_name(package: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(package, []))

    assert owners <= {"intent-signals"}


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, REGISTRY_HOSTS], ids=["machine paths", "registry hosts"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = []
    for path in text_files():
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")

    assert found == []


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        (MACHINE_PATHS, "see /wo" "rk/main"), (MACHINE_PATHS, "'/ro" "ot/x'"),
        (REGISTRY_HOSTS, "https://py" "pi.org/x"),
    ],
)  # fmt: skip
def test_the_search_sees_a_bad_sample(pattern: re.Pattern[str], sample: str) -> None:
    assert pattern.search(sample)


def test_every_locked_requirement_carries_a_hash() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        requirements = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text())

        assert [one for one in requirements if "--hash=sha256:" not in one] == []


def test_the_image_and_the_developer_run_the_same_versions() -> None:
    pinned = {
        lock: set(re.findall(r"^([a-z0-9._-]+==[^ ;\\]+)", (ROOT / lock).read_text(), re.M))
        for lock in ("requirements.lock", "requirements-dev.lock")
    }

    assert pinned["requirements.lock"] <= pinned["requirements-dev.lock"]


def test_budgets_of_the_files_a_newcomer_meets_first() -> None:
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in ("Makefile", "CONTRIBUTING.md")}

    assert lines["Makefile"] <= 60
    assert lines["CONTRIBUTING.md"] <= 80
