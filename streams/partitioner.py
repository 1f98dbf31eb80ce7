"""Which partition of a topic a key belongs to: murmur2, as the default partitioner of every Kafka client says."""

from typing import Final

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_WORD: Final = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key among so many."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The 32-bit murmur2 hash with Kafka's seed, unsigned."""
    length = len(data)
    value = _SEED ^ length
    whole = length & ~3
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _M & _WORD
        word ^= word >> 24
        value = (value * _M & _WORD) ^ (word * _M & _WORD)
    if whole < length:
        value = (value ^ int.from_bytes(data[whole:], "little")) * _M & _WORD
    value ^= value >> 13
    value = value * _M & _WORD
    return value ^ value >> 15
