"""MIT-BIH record 100 with its reference beats, and the Challenge 2015 record a103l."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fyr.clock import SECOND_US
from fyr.exchange.recording import Recording
from fyr.exchange.wfdb import read_record

BEAT_CODES = frozenset("NLRBAaJSVrFejnE/fQ?")


@pytest.fixture(scope="session")
def wfdb_folder(data_folder: Path) -> Path:
    return data_folder / "watch" / "wfdb"


@pytest.fixture(scope="session")
def record_100(wfdb_folder: Path) -> Recording:
    return read_record(wfdb_folder / "100")


@pytest.fixture(scope="session")
def record_a103l(wfdb_folder: Path) -> Recording:
    return read_record(wfdb_folder / "a103l")


@pytest.fixture(scope="session")
def reference_beats_us(wfdb_folder: Path, record_100: Recording) -> NDArray[np.int64]:
    """The cardiologists' beats, from the annotation file and not by way of Fyr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import wfdb

        notes = wfdb.rdann(str(wfdb_folder / "100"), "atr")
    samples = np.array([at for at, code in zip(notes.sample, notes.symbol, strict=True) if code in BEAT_CODES])
    return record_100.series[0].time_us[0] + np.rint(samples * SECOND_US / 360.0).astype(np.int64)
