"""Every capture of a published client becomes exactly the records that were written down for it."""

import json
from pathlib import Path

import pytest
from support.clients import CAPTURES, records_of

GOLDEN = Path(__file__).parent / "clients"
# hand-made requests of a browser: the collector itself makes up their ids
WITHOUT_IDS = {"browser-native-pixel-beacon-form"}


@pytest.mark.parametrize("client", sorted(CAPTURES.keys() - WITHOUT_IDS))
async def test_a_client_becomes_the_records_written_down(client: str) -> None:
    expected = json.loads((GOLDEN / f"{client}.json").read_text(encoding="utf-8"))

    assert await records_of(client) == expected


def test_no_record_is_written_down_for_a_client_that_is_not_captured() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == CAPTURES.keys() - WITHOUT_IDS
