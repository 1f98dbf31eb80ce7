"""`python -m support.hoarder memory|rocksdb DIRECTORY HOMES KEPT`: scores so many homes, says what it held."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from support.changelogs import Logged

from agents.outputs import OutputEncoder
from agents.runtime.changelog import Marker, Position, Tag
from agents.runtime.local import LocalStores
from agents.scoring import ScoringProcessor
from schemas.home import domain_home
from schemas.signal import AccountProfile, Act, ContactProfile, encode_signal
from streams.policy import reference_policy

AT = 1_767_600_000_000
A_COMMIT = 200  # homes


def records(number: int) -> list[Logged]:
    """A company, a person and three page views."""
    domain = f"firm{number}.example"
    who = {"contact_id": "ada", "email": f"ada@{domain}", "email_domain": domain}
    said = [
        AccountProfile(event_id="a", at=AT, received=AT, account_domain=domain, name="F", employees=400),
        ContactProfile(event_id="p", at=AT, received=AT, **who),
        *(
            Act(
                event_id=f"v{page}", at=AT + page, received=AT + page, type="page_view", session_id="s", **who,
                url=f"https://www.example/{page}", page_category="docs",
            )
            for page in range(3)
        ),
    ]  # fmt: skip
    home = domain_home("default", domain).encode()
    return [Logged(number, home, encode_signal(record), []) for record in said]


def resident_mb() -> float:
    """Resident set of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1048576


async def main() -> None:
    """Apply everything with a commit now and then."""
    mode, directory, homes, kept = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    scoring = ScoringProcessor(reference_policy(), OutputEncoder("app", "", ""), "test", 1, kept)
    scoring.assign(0)
    store = await LocalStores(directory, "hoarder").open(0, "") if mode == "rocksdb" else None
    if store is not None:
        scoring.attach(0, store)
    scoring.recovered(0)
    before, most = resident_mb(), 0
    for number in range(homes):
        scoring.apply(0, records(number))
        scoring.take_outputs()
        if number % A_COMMIT == A_COMMIT - 1:
            dirty = dict(scoring.take_dirty(0))
            if store is not None:
                store.write(dirty, Position(number, Marker(Tag(1, number), number), b"12345678"))
                scoring.settled(0)
            most = max(most, scoring.pipelines[0].store.resident)
    grown = resident_mb() - before
    known = sum(1 for _ in scoring.pipelines[0].store.homes())
    print(json.dumps({"homes": known, "most": most, "grown_mb": round(grown, 1)}))


if __name__ == "__main__":
    asyncio.run(main())
