"""The attacks are on real patients' openly licensed data; without it they skip."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _where_the_data_is(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FYR_DATA", str(data_folder))
