"""One phone for each way to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adb.ways import WAYS, Bench, Way, bench
from tests.adb_client import AdbClient, free_port


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """How the phone is reached."""
    return request.param


@pytest.fixture
def phone(way: Way, adb: AdbClient) -> Iterator[Bench]:
    """A healthy phone, connected."""
    with bench(way, adb) as made:
        yield made


@pytest.fixture
def unused_port() -> int:
    """A port where nothing listens."""
    return free_port()
