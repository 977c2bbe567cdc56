"""The columns of a batch of samples as few bytes, exact to the bit, and back.

A column of whole numbers is, after a byte that says which:

- *plain*: the smallest (int64), a width in bytes (uint8: 0, 1, 2, 4 or 8) and the differences from it in that width;
  width 0 says that all are equal. *Stepped* is the same after a step (uint64) that the differences are multiples of;
- *cycle*: how many entries repeat to the end (uint64), then these as a column that is none itself. A gateway that sends
  of every patient once a second repeats its patients and its signals;
- *runs*: how many runs of equal entries there are (uint64), then what they are and how long they are, both plain. So
  are the times of such a gateway.

The values are float64 or float32 as they are, or *scaled*: each signal has a power of ten and a smallest whole number,
and each sample what is to be added to that one, in 1, 2 or 4 bytes; the greatest number of that width is NaN. A form is
taken only where every value comes back bit for bit.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput

__all__ = ["MEND", "ColumnReader", "Written", "written_values", "written_whole"]

MEND: Final = "read it again from where it was kept; these bytes are damaged"
Written = list[bytes | memoryview]

_PLAIN: Final = struct.Struct("<BqB")
_STEPPED: Final = struct.Struct("<BQqB")
_HEAD: Final = struct.Struct("<BQ")
_SMALLEST: Final = struct.Struct("<qB")
_IS_PLAIN, _IS_STEPPED, _IS_CYCLE, _IS_RUNS = range(4)
_IS_FLOAT32, _IS_FLOAT64, _IS_SCALED = 4, 8, 1
_WIDTHS: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<u1"),
    2: np.dtype("<u2"),
    4: np.dtype("<u4"),
    8: np.dtype("<u8"),
}
_SCALES: Final = np.array([1.0, 10.0, 100.0, 1000.0])
_FEW: Final = 16
"""Samples up to which only the plain form and floats are tried, so that a few need no compiler."""
_PROBED: Final = 64
"""Of so many differences a common step is found; the others must be multiples of it too, or there is none."""


def written_whole(column: NDArray[Any]) -> Written:
    """Write a column of whole numbers in the form with the fewest entries; int64 wraps, so the full range is safe."""
    n = len(column)
    if n <= _FEW:
        return _plain(column)
    from fyr.record.sample_kernels import shape_of  # the compiler loads where it is used

    entries = column.astype(np.int64, copy=False)
    smallest, largest, runs, cycle = shape_of(entries)
    if smallest == largest:
        return [_PLAIN.pack(_IS_PLAIN, smallest, 0)]
    if cycle < n:
        inner = entries[:cycle]
        return [_HEAD.pack(_IS_CYCLE, cycle), *_runs(inner, shape_of(inner)[2])]
    return _runs(entries, runs)


def written_values(value: NDArray[np.float64], signal_index: NDArray[np.int16], signals: int) -> Written:
    """Write values in the narrowest form that gives them back bit for bit."""
    values = np.ascontiguousarray(value, np.float64)
    scaled = _ScaledValues(values, signal_index, signals) if len(values) > _FEW else None
    if scaled is not None and (found := scaled.written(instead_of=_IS_FLOAT32)) is not None:
        return found
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        narrow = values.astype("<f4")
        survives = np.array_equal(narrow.astype("<f8").view(np.uint64), values.view(np.uint64))
    if survives:
        return [struct.pack("<B", _IS_FLOAT32), narrow.data]
    if scaled is not None and (found := scaled.written(instead_of=_IS_FLOAT64)) is not None:
        return found
    return [struct.pack("<B", _IS_FLOAT64), values.astype("<f8", copy=False).data]


class _ScaledValues:
    """Values as whole numbers of a decimal place of their signal, as far as they are."""

    def __init__(self, value: NDArray[np.float64], signal_index: NDArray[np.int16], signals: int) -> None:
        from fyr.record.sample_kernels import coded, scales_of  # the compiler loads where it is used

        self._exponent, self._smallest, widest = scales_of(value, signal_index, signals)
        self._table = [self._exponent.tobytes(), self._smallest.astype("<i8").tobytes()]
        self._width = next((size for size in (1, 2, 4) if 0 <= widest < (1 << 8 * size) - 1), 0)
        self._coded = coded
        self._value, self._signal_index = value, signal_index

    def written(self, *, instead_of: int) -> Written | None:
        """Return the bytes if they are fewer than so many a value, and every value comes back bit for bit."""
        n = len(self._value)
        if not self._width or sum(map(len, self._table)) + self._width * n >= instead_of * n:
            return None
        missing = (1 << 8 * self._width) - 1
        codes, fits = self._coded(self._value, self._signal_index, self._exponent, self._smallest, missing)
        if not fits:
            return None
        return [struct.pack("<BB", _IS_SCALED, self._width), *self._table, codes.astype(_WIDTHS[self._width]).data]


class ColumnReader:
    """Walks once through the bytes of a batch, refusing to step past their end."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        taken = self._data[self._position : self._position + size]
        if len(taken) != size:
            raise BadInput("a batch of samples is cut short", mend=MEND)
        self._position += size
        return taken

    def end(self) -> None:
        """Stop here unless everything was read."""
        if self._position != len(self._data):
            raise BadInput("a batch of samples is longer than it says", mend=MEND)

    def whole(self, count: int) -> NDArray[np.int64]:
        """Return what :func:`written_whole` wrote; shape (count,)."""
        form = self.take(1)[0]
        if form == _IS_CYCLE:
            (cycle,) = struct.unpack("<Q", self.take(8))
            if not 0 < cycle < count:
                raise BadInput(f"{cycle} of {count} samples repeat", mend=MEND)
            return np.tile(self._runs_or_plain(self.take(1)[0], cycle), -(-count // cycle))[:count]
        return self._runs_or_plain(form, count)

    def values(self, signal_index: NDArray[np.int16], signals: int) -> NDArray[np.float64]:
        """Return what :func:`written_values` wrote, of samples of these signals; shape as `signal_index`."""
        form = self.take(1)[0]
        if form != _IS_SCALED:
            return self._floats(form, len(signal_index))
        width = self.take(1)[0]
        exponent = np.frombuffer(self.take(signals), np.uint8)
        smallest = np.frombuffer(self.take(8 * signals), "<i8")
        if width not in (1, 2, 4):
            raise BadInput(f"a batch of samples has scaled values of width {width}", mend=MEND)
        codes = np.frombuffer(self.take(width * len(signal_index)), _WIDTHS[width])
        value: NDArray[np.float64] = (codes.astype(np.int64) + smallest[signal_index]).astype(np.float64)
        if exponent.max(initial=0) >= len(_SCALES):
            raise BadInput("a batch of samples has values of too many decimals", mend=MEND)
        if exponent.any():
            value /= _SCALES[exponent][signal_index]
        value[codes == (1 << 8 * width) - 1] = np.nan
        return value

    def old_whole(self, count: int) -> NDArray[np.int64]:
        """Return a column of whole numbers of version 1; shape (count,)."""
        return self._steps(count, 1)

    def old_values(self, count: int) -> NDArray[np.float64]:
        """Return the values of version 1; shape (count,)."""
        return self._floats(self.take(1)[0], count)

    def _runs_or_plain(self, form: int, count: int) -> NDArray[np.int64]:
        if form != _IS_RUNS:
            return self._plain(form, count)
        (runs,) = struct.unpack("<Q", self.take(8))
        entries, lengths = (self._plain(self.take(1)[0], runs) for _ in range(2))
        if lengths.min(initial=0) < 0 or int(lengths.sum()) != count:
            raise BadInput(f"the runs of a column of {count} samples have another length", mend=MEND)
        return np.repeat(entries, lengths)

    def _plain(self, form: int, count: int) -> NDArray[np.int64]:
        if form not in (_IS_PLAIN, _IS_STEPPED):
            raise BadInput(f"a batch of samples has a column of the unknown form {form}", mend=MEND)
        step = struct.unpack("<Q", self.take(8))[0] if form == _IS_STEPPED else 1
        return self._steps(count, step)

    def _steps(self, count: int, step: int) -> NDArray[np.int64]:
        smallest, width = _SMALLEST.unpack(self.take(_SMALLEST.size))
        if width == 0:
            return np.full(count, smallest, np.int64)
        if width not in _WIDTHS:
            raise BadInput(f"a batch of samples has a column of width {width}", mend=MEND)
        steps = np.frombuffer(self.take(width * count), _WIDTHS[width]).astype(np.uint64)
        if step != 1:
            steps *= np.uint64(step)
        found = steps.view(np.int64)
        found += smallest
        return found

    def _floats(self, width: int, count: int) -> NDArray[np.float64]:
        if width not in (_IS_FLOAT32, _IS_FLOAT64):
            raise BadInput(f"a batch of samples has values of width {width}", mend=MEND)
        return np.frombuffer(self.take(width * count), f"<f{width}").astype(np.float64)


def _runs(column: NDArray[np.int64], runs: int) -> Written:
    """Write a column by its runs where these are fewer than half of its entries."""
    if 2 * runs >= len(column):
        return _plain(column)
    begins = np.concatenate(([0], np.flatnonzero(column[1:] != column[:-1]) + 1))
    return [_HEAD.pack(_IS_RUNS, runs), *_plain(column[begins]), *_plain(np.diff(begins, append=len(column)))]


def _plain(column: NDArray[Any]) -> Written:
    if not len(column):
        return [_PLAIN.pack(_IS_PLAIN, 0, 0)]
    smallest, largest = int(column.min()), int(column.max())
    if smallest == largest:
        return [_PLAIN.pack(_IS_PLAIN, smallest, 0)]
    steps = (column.astype(np.int64, copy=False) - np.int64(smallest)).view(np.uint64)
    step = 1 if largest - smallest < 1 << 8 else _common_step(steps)  # one byte is as narrow as it gets
    if step > 1:
        steps //= np.uint64(step)
    width = next(size for size in _WIDTHS if (largest - smallest) // step < 1 << 8 * size)
    head = _PLAIN.pack(_IS_PLAIN, smallest, width) if step == 1 else _STEPPED.pack(_IS_STEPPED, step, smallest, width)
    return [head, np.ascontiguousarray(steps.astype(_WIDTHS[width])).data]


def _common_step(steps: NDArray[np.uint64]) -> int:
    """Return a number that all are multiples of."""
    step = np.gcd.reduce(steps[:_PROBED])
    if step > 1 and not (steps[_PROBED:] % step).any():
        return int(step)
    return 1
