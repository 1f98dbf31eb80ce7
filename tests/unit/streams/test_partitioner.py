"""A key belongs to the partition that every Kafka client says."""

from aiokafka.partitioner import DefaultPartitioner, murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams import partitioner


@given(st.binary(max_size=40))
def test_the_hash_is_kafkas(key: bytes):
    assert partitioner.murmur2(key) == murmur2(key) & 0xFFFFFFFF


@given(st.text(max_size=40), st.integers(1, 64))
def test_the_partition_is_the_clients(key: str, partitions: int):
    everywhere = list(range(partitions))

    assert partitioner.partition_of(key.encode(), partitions) == DefaultPartitioner()(
        key.encode(), everywhere, everywhere
    )
