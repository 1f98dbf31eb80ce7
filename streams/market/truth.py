"""What should become of a simulated account: told from the intent it was made with, not from any score."""

from typing import Any

import msgspec


class Truth(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ground truth of one account.

    `expected` is fires, held, redirected, review or silent. `gate` names what must hold a bad lead: one of the
    six gates, or a disqualifier code of scoring.md section 9. `journeys` are the UTC days (first, last) of buying.
    """

    account: str  # account_id; for somebody without a company the e-mail
    name: str
    domain: str
    archetype: str
    expected: str
    tiers: tuple[str, ...] = ()
    gate: str = ""
    why: str = ""
    journeys: tuple[tuple[str, str], ...] = ()

    def line(self) -> dict[str, Any]:
        """As plain data, for a ground-truth file."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
