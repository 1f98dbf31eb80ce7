"""A defect of ours met by one record: where it happened, once per place, without a word of the record."""

import logging
import traceback

_log = logging.getLogger(__name__)
_told: set[str] = set()


def note_defect(step: str, error: Exception) -> str:
    """Log where a step failed, the first time it fails there; returns the error's type for the dead letter."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.name}:{frame.lineno}"
    if where not in _told:
        _told.add(where)
        about = {"step": step, "where": where, "error": type(error).__name__}
        _log.error("a record met a defect and was set aside", extra=about)
    return type(error).__name__
