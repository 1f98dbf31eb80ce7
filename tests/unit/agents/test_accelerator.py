import shutil
from pathlib import Path

import pytest
from support.tree import ROOT

from agents import accelerate, accelerator
from agents.environment import SettingsErrors


def a_build(home: Path, key: str) -> Path:
    """What a finished build looks like from outside."""
    directory = home / key
    directory.mkdir(parents=True)
    return directory


def test_every_module_of_the_list_has_a_source():
    assert [name for name, file in accelerator.sources().items() if not file.is_file()] == []


def test_another_byte_of_any_source_is_another_build(tmp_path: Path):
    shutil.copytree(ROOT / "streams", tmp_path / "streams")
    keys = {accelerator.key(tmp_path)}
    assert keys == {accelerator.key()}

    for source in accelerator.sources(tmp_path).values():
        source.write_bytes(source.read_bytes() + b"\n")
        keys.add(accelerator.key(tmp_path))

    assert len(keys) == 1 + len(accelerator.MODULES)


def test_without_a_build_plain_python_runs(tmp_path: Path):
    assert "nothing is built" in accelerator.install("auto", tmp_path / "none")
    assert accelerator.core() == "python"


def test_a_stale_build_is_not_used(tmp_path: Path):
    a_build(tmp_path, "0123456789abcdef")

    assert "other sources" in accelerator.install("auto", tmp_path)
    assert accelerator.core() == "python"


def test_a_process_that_has_the_plain_core_keeps_it(tmp_path: Path):
    import streams.pipeline  # noqa: F401 - it is loaded now

    a_build(tmp_path, accelerator.key())

    assert "already imported" in accelerator.install("auto", tmp_path)
    assert accelerator.core() == "python"


def test_off_asks_for_nothing(tmp_path: Path):
    assert accelerator.install("off", tmp_path) == ""
    assert accelerator.core() == "python"


def test_what_is_required_and_missing_ends_the_start(tmp_path: Path):
    with pytest.raises(SettingsErrors, match="INTENT_ACCELERATOR: required, but nothing is built"):
        accelerator.install("require", tmp_path / "none")


def test_an_unknown_mode_is_a_problem_of_the_settings():
    with pytest.raises(SettingsErrors, match="must be one of auto, off, require"):
        accelerator.install_as_told({"INTENT_ACCELERATOR": "perhaps"})


def test_without_a_compiler_the_build_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CC", "no-such-compiler")

    assert accelerate.lacking() == "no C compiler"
    assert accelerate.main(tmp_path / "home") == 1
    assert capsys.readouterr().err == "the scoring core stays plain Python: no C compiler\n"
    assert not (tmp_path / "home").exists()
