"""How fast the client library compresses what we produce."""

import sys
from functools import partial
from typing import Any

from aiokafka.codec import lz4_encode
from aiokafka.record.default_records import DefaultRecordBatchBuilder


def quick_lz4() -> None:
    """Let this process's batches use the fast level of lz4.

    The client library's own level, 9, takes eight times as long for a fifth less.
    """
    module: Any = sys.modules[DefaultRecordBatchBuilder.__module__]
    module.lz4_encode = partial(lz4_encode, level=1)
