"""The client library's batches with our choice of speed, and the settings that choose."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka.codec import lz4_decode, lz4_encode
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from agents.compression import quick_lz4
from agents.runtime import RuntimeConfig, build_app
from agents.settings import load

LZ4 = 3
VALUES = [b'{"kind":"act","n":%d,"at":%d}' % (n, n * 7919) for n in range(500)]


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module(), "lz4_encode", lz4_encode)


def _module() -> Any:
    return sys.modules[DefaultRecordBatchBuilder.__module__]


def _batch() -> bytes:
    builder = BatchBuilder(1_000_000, LZ4, is_transactional=False)
    for value in VALUES:
        builder.append(timestamp=1, key=b"k", value=value)
    return bytes(builder._build())


def test_batches_are_compressed_at_the_fast_level() -> None:
    slow = _batch()

    quick_lz4()

    fast, header = _batch(), 61
    body = lz4_decode(fast[header:])
    assert fast[header:] == lz4_encode(body, level=1) != slow[header:] == lz4_encode(body)


def test_they_are_read_as_they_were_written() -> None:
    quick_lz4()

    assert [record.value for record in DefaultRecordBatch(_batch())] == VALUES


@pytest.mark.parametrize(
    ("environ", "compression"),
    [({}, "lz4"), ({"KAFKA_COMPRESSION": "zstd"}, "zstd"), ({"KAFKA_COMPRESSION": "none"}, None)],
)
def test_the_codec_is_a_setting(environ: dict[str, str], compression: str | None) -> None:
    assert load(environ).kafka.codec == compression


@pytest.mark.parametrize(
    ("embedded", "asked", "ids"),
    [(False, None, True), (True, None, False), (False, False, False), (True, True, True)],
)
async def test_producer_ids_are_used_unless_the_broker_has_none(
    embedded: bool, asked: bool | None, ids: bool, tmp_path: Path
) -> None:
    config = RuntimeConfig(
        "app", "127.0.0.1:1", tmp_path, embedded=embedded, idempotence=asked, compression="zstd"
    )

    producer: Any = build_app(config, []).producer

    settings = producer._settings_default() | dict(producer._settings_extra())
    assert (settings["enable_idempotence"], settings["compression_type"]) == (ids, "zstd")
