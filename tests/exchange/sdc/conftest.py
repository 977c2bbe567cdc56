from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.exchange.sdc.builders import House


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.end()
