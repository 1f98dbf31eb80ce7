"""The only way out of a broken promise: end the process before anything more is committed."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

#: Exit code of a worker that stopped itself; whatever supervises it starts it again.
EXIT_CODE = 70

log = logging.getLogger("agents.runtime")


class RuntimeFault(Exception):
    """A promise of the runtime cannot be kept; raised where nobody may catch it but `die`."""


def die(reason: str, error: BaseException | None = None) -> NoReturn:
    """Log one line and end the process at once: an orderly stop would commit."""
    detail = f": {type(error).__name__}: {error}" if error is not None else ""
    trace = error if error is not None and not isinstance(error, RuntimeFault) else None
    log.critical("worker ends itself (exit %d): %s%s", EXIT_CODE, reason, detail, exc_info=trace)
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(EXIT_CODE)


@contextmanager
def or_die(reason: str) -> Iterator[None]:
    """Whatever goes wrong in this block ends the process; cancellation and exit requests pass."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # the point: nothing is swallowed, nothing falls through
        die(reason, error.exceptions[0] if isinstance(error, ExceptionGroup) else error)
