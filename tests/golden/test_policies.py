"""Refused policies, each with the messages its author reads; adding a file to `policies/` adds a test.

`REWRITE=1 pytest tests/golden/test_policies.py` writes the expectations anew: read the difference.
"""

import os
from pathlib import Path

import pytest

from streams.policy import PolicyErrors, parse_policy

FOLDER = Path(__file__).parent / "policies"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.toml")), ids=lambda file: file.stem)
def test_a_refused_policy_says_everything_that_is_wrong_with_it(file: Path):
    with pytest.raises(PolicyErrors) as caught:
        parse_policy(file.read_bytes())
    messages = str(caught.value) + "\n"
    expected = file.with_suffix(".expected.txt")
    if os.environ.get("REWRITE"):
        expected.write_text(messages, encoding="utf-8")

    assert messages == expected.read_text(encoding="utf-8")
