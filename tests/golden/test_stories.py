"""Our own stories: their folders are what their builders tell, so story, events and expectation belong together."""

import re
from pathlib import Path

from support.tales import FOLDER, tales


def test_the_folders_hold_what_the_builders_tell():
    told = {f"{tale.name}/{name}": text for tale in tales() for name, text in tale.files().items()}
    found = {str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.glob("*/*") if path.is_file()}

    assert found == told


def test_there_are_more_than_thirty_and_each_names_its_requirements():
    stories = [path for path in Path(FOLDER).iterdir() if path.is_dir()]

    assert len(stories) > 30
    assert all(re.search(r"\bR\d+", (story / "story.md").read_text()) for story in stories)
