"""The transitions drawn in ARCHITECTURE.md are those of the code."""

from support.tree import ROOT

from streams.qualification import TRANSITIONS


def test_the_page_draws_every_transition_and_no_other():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    section = page.partition("## The episode")[2].partition("\n## ")[0]
    drawn = [
        line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| Transition")
    ]

    assert drawn == [
        f"| {t.name} | {', '.join(source or 'none' for source in t.sources)} | {t.target or 'none'} | {t.when} |"
        for t in TRANSITIONS
    ]
