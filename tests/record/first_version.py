"""The bytes of a batch of samples as the first version of the form wrote them; held against bytes that it wrote."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np

from fyr.record import SampleBatch

__all__ = ["as_first_version"]


def as_first_version(batch: SampleBatch) -> bytes:
    names = json.dumps(
        {
            "patients": [[patient.hospital, patient.local] for patient in batch.patients],
            "signals": batch.signals,
            "period_us": batch.period_us.tolist(),
            "source": batch.source,
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
    body = struct.pack("<I", len(names)) + names + struct.pack("<Q", len(batch))
    for column in (batch.patient_index, batch.signal_index, batch.time_us, batch.quality):
        body += _whole(column.tolist())
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = batch.value.astype("<f4")
    is_narrow = narrow.astype("<f8").tobytes() == batch.value.astype("<f8").tobytes()
    body += b"\x04" + narrow.tobytes() if is_narrow else b"\x08" + batch.value.astype("<f8").tobytes()
    return b"FYRS" + struct.pack("<HI", 1, zlib.crc32(body)) + body


def _whole(column: list[Any]) -> bytes:
    smallest, largest = min(column, default=0), max(column, default=0)
    if smallest == largest:
        return struct.pack("<qB", smallest, 0)
    width = next(size for size in (1, 2, 4, 8) if largest - smallest < 1 << 8 * size)
    return struct.pack("<qB", smallest, width) + b"".join((one - smallest).to_bytes(width, "little") for one in column)
