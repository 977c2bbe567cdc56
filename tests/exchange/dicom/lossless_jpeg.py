"""An encoder of JPEG lossless (ISO/IEC 10918-1, annex H) of any precision: predictor 1, one Huffman table."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray


def encoded(picture: NDArray[Any], precision: int) -> bytes:
    """Return a picture of one component; numbers are written modulo 2 to the precision."""
    rows, columns = picture.shape
    values = picture.astype(np.int64) & ((1 << precision) - 1)
    expected = np.empty_like(values)
    expected[:, 1:] = values[:, :-1]
    expected[1:, 0] = values[:-1, 0]
    expected[0, 0] = 1 << (precision - 1)
    bits = []
    for difference in ((values - expected).ravel() + 0x8000) % 0x10000 - 0x8000:
        if difference == -0x8000:
            bits.append(f"{16:05b}")
            continue
        size = int(abs(difference)).bit_length()
        bits.append(f"{size:05b}")  # every code is of five bits: the sizes 0 to 16 in order
        if size:
            bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
    joined = "".join(bits)
    joined += "1" * (-len(joined) % 8)
    coded = int(joined, 2).to_bytes(len(joined) // 8, "big").replace(b"\xff", b"\xff\0")
    table = bytes((0,)) + bytes(17 if size == 5 else 0 for size in range(1, 17)) + bytes(range(17))
    return b"".join(
        (
            b"\xff\xd8\xff\xc3" + struct.pack(">HBHHBBBB", 11, precision, rows, columns, 1, 1, 0x11, 0),
            b"\xff\xc4" + struct.pack(">H", len(table) + 2) + table,
            b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 0, 0),
            coded + b"\xff\xd9",
        )
    )
