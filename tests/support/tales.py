"""Writes the folders of our own stories from their builders: `PYTHONPATH=.:tests python -m support.tales`."""

from pathlib import Path

from support.builders import Tale
from support.tales_answers import answers
from support.tales_counts import counts
from support.tales_doors import doors
from support.tales_edges import edges
from support.tales_episodes import episodes
from support.tales_events import events
from support.tales_handover import handovers
from support.tales_identity import identities
from support.tales_limits import limits
from support.tales_signals import signals

FOLDER = Path(__file__).parents[1] / "golden" / "stories"


def tales() -> list[Tale]:
    """Every story, by its number."""
    return sorted(
        [
            *signals(),
            *identities(),
            *episodes(),
            *answers(),
            *counts(),
            *doors(),
            *limits(),
            *edges(),
            *events(),
            *handovers(),
        ],
        key=lambda tale: tale.name,
    )


def main() -> None:
    """Write all folders anew."""
    for tale in tales():
        (FOLDER / tale.name).mkdir(parents=True, exist_ok=True)
        for name, text in tale.files().items():
            (FOLDER / tale.name / name).write_text(text)
    (FOLDER / "policy.json").write_text((FOLDER.parent / "scenarios" / "policy.json").read_text())


if __name__ == "__main__":
    main()
