"""A collector for each test."""

from collections.abc import AsyncIterator

import pytest
from support.collector import Edge, collector


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    async with collector() as running:
        yield running
