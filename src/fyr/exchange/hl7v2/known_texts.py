"""Texts told apart by their bytes: each gets a number when it is first seen, inside a kernel.

Codes, units, patients and places repeat in nearly every message; what each one means is looked up once for each number.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["CHARSET", "CODE", "PATIENT", "PLACE", "UNIT", "KnownTexts", "intern"]

CHARSET: Final = 1
CODE: Final = 2
UNIT: Final = 3
PATIENT: Final = 4
PLACE: Final = 5

_MOST: Final = 1 << 18
_ARENA_MOST: Final = 64 * 1024 * 1024
_PREFIX: Final = 3


class KnownTexts:
    """The texts seen so far; when there are too many of them, all are forgotten.

    Attributes
    ----------
    table, hashes, offsets, arena, count
        What `intern` works on.
    """

    def __init__(self) -> None:
        self._allocate(1 << 12, 1 << 18)

    def __len__(self) -> int:
        return int(self.count[0])

    def text(self, number: int) -> tuple[int, int, bytes]:
        """Return the kind, the number of the character set (-1: none) and the bytes of a text."""
        entry = self.arena[self.offsets[number] : self.offsets[number + 1]].tobytes()
        return entry[0], entry[1] + 256 * entry[2] - 1, entry[_PREFIX:]

    def make_room(self, *, keep: bool) -> bool:
        """Make room for more; tell whether the texts known so far are still known.

        Parameters
        ----------
        keep : bool
            Whether to keep them even if there are too many.
        """
        number = len(self)
        if not keep and (number > _MOST or self.offsets[number] > _ARENA_MOST):
            self._allocate(1 << 12, 1 << 18)
            return False
        hashes, offsets, arena = self.hashes, self.offsets, self.arena
        self._allocate(2 * len(self.table), 2 * len(arena))
        self.hashes[:number] = hashes[:number]
        self.offsets[: number + 1] = offsets[: number + 1]
        self.arena[: offsets[number]] = arena[: offsets[number]]
        self.count[0] = number
        _place(self.hashes, number, self.table)
        return True

    def _allocate(self, slots: int, size: int) -> None:
        self.table = np.zeros(slots, np.int32)
        self.hashes = np.zeros(slots, np.uint64)
        self.offsets = np.zeros(slots + 1, np.int64)
        self.arena = np.zeros(size, np.uint8)
        self.count = np.zeros(1, np.int64)


@njit(cache=True, nogil=True)
def _place(hashes: NDArray[np.uint64], number: int, table: NDArray[np.int32]) -> None:
    mask = np.uint64(len(table) - 1)
    for known in range(number):
        value = hashes[known]
        slot = (value ^ (value >> np.uint64(32))) & mask
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = known + 1


@njit(cache=True, nogil=True)
def intern(
    data: NDArray[np.uint8],
    low: int,
    high: int,
    kind: int,
    charset: int,
    table: NDArray[np.int32],
    hashes: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    arena: NDArray[np.uint8],
    count: NDArray[np.int64],
) -> int:
    """Return the number of a text, a new one if it is not known; -1 if there is no room for it.

    Its key is the kind, the character set that it is written in, and its bytes.
    """
    value = np.uint64(14695981039346656037)
    prime = np.uint64(1099511628211)
    value = (value ^ np.uint64(kind)) * prime
    value = (value ^ np.uint64(charset + 1)) * prime
    at = low
    while at + 4 <= high:  # four bytes a step: one multiplication waits for the other
        four = np.uint64(data[at]) | np.uint64(data[at + 1]) << np.uint64(8)
        four |= np.uint64(data[at + 2]) << np.uint64(16) | np.uint64(data[at + 3]) << np.uint64(24)
        value = (value ^ four) * prime
        value ^= value >> np.uint64(29)
        at += 4
    while at < high:
        value = (value ^ np.uint64(data[at])) * prime
        at += 1
    mask = np.uint64(len(table) - 1)
    slot = (value ^ (value >> np.uint64(32))) & mask
    length = high - low
    while True:
        known = table[slot] - 1
        if known < 0:
            break
        if hashes[known] == value:
            begin = offsets[known]
            if offsets[known + 1] - begin == length + 3 and arena[begin] == kind:
                same = arena[begin + 1] == (charset + 1) & 255 and arena[begin + 2] == (charset + 1) >> 8
                at = 0
                while same and at < length:
                    same = arena[begin + 3 + at] == data[low + at]
                    at += 1
                if same:
                    return int(known)
        slot = (slot + np.uint64(1)) & mask
    number = count[0]
    begin = offsets[number]
    if (number + 1) * 2 > len(table) or number + 2 > len(offsets) or begin + length + 3 > len(arena):
        return -1
    arena[begin] = kind
    arena[begin + 1] = (charset + 1) & 255
    arena[begin + 2] = (charset + 1) >> 8
    for at in range(length):
        arena[begin + 3 + at] = data[low + at]
    offsets[number + 1] = begin + length + 3
    hashes[number] = value
    table[slot] = number + 1
    count[0] = number + 1
    return int(number)
