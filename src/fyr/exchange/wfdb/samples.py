"""The samples of one segment: first the header's promise is held against the bytes on disk, then wfdb reads them."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.wfdb.header import Header, SignalLine

__all__ = ["check_files", "read_samples"]

_BYTES_PER_SAMPLE: Final[dict[str, Fraction]] = {
    "8": Fraction(1),
    "16": Fraction(2),
    "24": Fraction(3),
    "32": Fraction(4),
    "61": Fraction(2),
    "80": Fraction(1),
    "160": Fraction(2),
    "212": Fraction(3, 2),
    "310": Fraction(4, 3),
    "311": Fraction(4, 3),
}
_COMPRESSED: Final = frozenset({"508", "516", "524"})
_LOWEST: Final[dict[str, int]] = {
    "8": -(2**31),
    "16": -(2**15),
    "24": -(2**23),
    "32": -(2**31),
    "61": -(2**15),
    "80": -(2**7),
    "160": -(2**15),
    "212": -(2**11),
    "310": -(2**9),
    "311": -(2**9),
    "508": -(2**7),
    "516": -(2**15),
    "524": -(2**23),
}
"""The lowest value of a format means "no sample here"; source: the WFDB Applications Guide, signal(5)."""
_DEFAULT_GAIN: Final = 200.0


def check_files(header: Header) -> int:
    """Hold the header's promise against the files on disk.

    Returns
    -------
    int
        The number of frames; taken from the files where the header does not say.

    Raises
    ------
    BadInput
        If a file is absent, shorter or longer than the header says, or in a format that Fyr does not read.
    """
    if not header.signals:
        raise BadInput(
            "the header describes no signals (0)", where=str(header.path), mend="leave this record out of the import"
        )
    frames = header.frames
    for name in dict.fromkeys(line.file for line in header.signals):
        lines = [line for line in header.signals if line.file == name]
        found = _frames_on_disk(header, name, lines, frames)
        if frames is None:
            frames = found
    if not frames:
        raise BadInput(
            "the header does not say how many samples there are, and the files do not tell",
            where=str(header.path),
            mend="write the number of samples on the record line",
        )
    return frames


def read_samples(header: Header, frames: int) -> tuple[list[NDArray[np.float64]], list[str]]:
    """Read every signal of a segment in its header's physical units.

    Parameters
    ----------
    header : Header
        Of a single segment, checked by :func:`check_files`.
    frames : int

    Returns
    -------
    values : list of ndarray of float64, each of shape (frames * samples_per_frame,)
        NaN where the file holds its format's mark for "no sample".
    damaged : list of str
        Names of the signals whose checksum is not the header's.

    Raises
    ------
    BadInput
        If the files cannot be decoded as the header says.
    """
    digital = _digital(header, frames)
    values, damaged = [], []
    for line, samples in zip(header.signals, digital, strict=True):
        if line.checksum is not None and line.skew == 0 and (int(samples.sum()) - line.checksum) % 65536 != 0:
            damaged.append(line.name)
        physical = (samples.astype(np.float64) - line.baseline) / (line.gain or _DEFAULT_GAIN)
        physical[samples == _LOWEST[line.format]] = np.nan
        values.append(physical)
    return values, damaged


def _frames_on_disk(header: Header, name: str, lines: list[SignalLine], promised: int | None) -> int | None:
    """Return the frames that a file holds (``None``: compressed), having refused one that breaks the promise."""
    where = str(header.path)
    formats = {line.format for line in lines}
    if len(formats) > 1 or len({line.byte_offset for line in lines}) > 1:
        raise BadInput(
            f"the header gives {name} several formats or offsets: {', '.join(sorted(formats))}",
            where=where,
            mend="a signal file has one format; correct the header",
        )
    format_ = formats.pop()
    if format_ not in _LOWEST:
        raise BadInput(
            f"{name} is in WFDB format {format_}, which Fyr does not read",
            where=where,
            mend=f"convert it (xform) to one of {', '.join(_LOWEST)}",
        )
    path = header.path.parent / name
    if not path.is_file():
        raise BadInput(
            f"the header names the signal file {name}, which is not there",
            where=where,
            mend="copy the file beside its header",
        )
    if format_ in _COMPRESSED:
        return None
    per_frame = sum(line.samples_per_frame for line in lines)
    bytes_a_frame = _BYTES_PER_SAMPLE[format_] * per_frame
    size, offset = path.stat().st_size, lines[0].byte_offset
    held = int(Fraction(max(0, size - offset)) / bytes_a_frame)
    if promised is None:
        return held
    needed = offset + -int(-(bytes_a_frame * promised) // 1)
    slack = 0 if bytes_a_frame.denominator == 1 and _BYTES_PER_SAMPLE[format_].denominator == 1 else 3
    if size < needed or size > needed + slack:
        raise BadInput(
            f"the header promises {promised} frames of {len(lines)} signals in format {format_}, "
            f"which takes {needed} bytes, but {name} has {size} bytes ({held} frames)",
            where=where,
            mend="the file is truncated: copy it again from its source"
            if size < needed
            else "correct the number of samples in the header, or restore the right file",
        )
    return held


def _digital(header: Header, frames: int) -> list[NDArray[np.int64]]:
    path = header.path.resolve().with_suffix("")
    if "::" in str(path) or "://" in str(path):
        raise BadInput("a path with '::' or '://' cannot be read", where=str(path), mend="rename the folder")
    try:
        with warnings.catch_warnings():  # wfdb calls pandas in ways that pandas has deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            import wfdb

            record: Any = wfdb.rdrecord(str(path), sampto=header.frames and frames, physical=False, smooth_frames=False)
    except ImportError:
        raise
    except Exception as problem:
        raise BadInput(
            f"the samples cannot be decoded ({type(problem).__name__}: {problem})",
            where=str(header.path),
            mend="copy the record again from its source",
        ) from problem
    _check_same_understanding(header, record)
    digital = [np.asarray(samples, dtype=np.int64) for samples in record.e_d_signal]
    for line, samples in zip(header.signals, digital, strict=True):
        if len(samples) != frames * line.samples_per_frame:
            raise BadInput(
                f"the header promises {frames * line.samples_per_frame} samples of {line.name}, "
                f"but {line.file} holds {len(samples)}",
                where=str(header.path),
                mend="copy the record again from its source",
            )
    return digital


def _check_same_understanding(header: Header, record: Any) -> None:
    """Refuse a header that wfdb's lenient parser understands otherwise than the strict one did."""
    ours = {
        "file names": [line.file for line in header.signals],
        "formats": [line.format for line in header.signals],
        "samples a frame": [line.samples_per_frame for line in header.signals],
        "skews": [line.skew for line in header.signals],
        "byte offsets": [line.byte_offset for line in header.signals],
    }
    theirs = {
        "file names": record.file_name,
        "formats": record.fmt,
        "samples a frame": record.samps_per_frame,
        "skews": [skew or 0 for skew in record.skew],
        "byte offsets": [offset or 0 for offset in record.byte_offset],
    }
    for what, expected in ours.items():
        if list(theirs[what]) != expected:
            raise BadInput(
                f"the header's {what} can be read in two ways: {expected} or {theirs[what]}",
                where=str(header.path),
                mend="write plain file names (letters, digits, '-', '_') and one blank between fields",
            )
