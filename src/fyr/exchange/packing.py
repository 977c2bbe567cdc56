"""Packs a data folder: group by group, each read again and compared before the folder gets its name."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, FyrError
from fyr.exchange.packed_folder import Manifest, group_path, group_table, read_group
from fyr.record import PatientId, PatientSamples

__all__ = ["pack_folder"]

_SAMPLES_TO_A_GROUP: Final = 1_000_000
"""About so many lie in one file, which one thread reads at a time."""

_BESIDE: Final = ("truth.parquet", "patients.parquet", "observations.parquet", "overrides.parquet", "README.txt")


def pack_folder(
    source: Path,
    folder: Path,
    samples: Iterable[PatientSamples],
    *,
    hospital: str,
    skipped: Sequence[tuple[str, str]] = (),
    done: Callable[[int], object] = lambda _: None,
) -> Manifest:
    """Write a packed folder, all of it or nothing.

    Parameters
    ----------
    source : Path
        The data folder, whose other files are copied.
    folder : Path
        Must not exist yet, or be empty.
    samples : iterable of PatientSamples
        Every patient of the source once.
    hospital : str
        Of patients that the source names without one.
    skipped : sequence of (str, str)
        What of the source is not among the samples, and why.
    done : callable
        Told how many patients have just been written.

    Raises
    ------
    BadInput
        If the folder holds anything already.
    FyrError
        If what was written is not what is read again.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("there is something already", where=str(folder), mend="name a new or empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        (staged / "samples").mkdir()
        groups: list[tuple[PatientId, ...]] = []
        count = 0
        for number, group in enumerate(_groups(samples)):
            group_table(group).write_parquet(group_path(staged, number), compression="zstd")
            groups.append(tuple(one.patient for one in group))
            count += sum(map(len, group))
            _check(group_path(staged, number), group)
            done(len(group))
        manifest = Manifest(hospital, tuple(groups), count, tuple(skipped))
        manifest.write(staged)
        for name in _BESIDE:
            if (source / name).is_file():
                shutil.copyfile(source / name, staged / name)
        staged.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        staged.replace(folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return manifest


def _groups(samples: Iterable[PatientSamples]) -> Iterator[list[PatientSamples]]:
    group: list[PatientSamples] = []
    for one in samples:
        if group and sum(map(len, group)) + len(one) > _SAMPLES_TO_A_GROUP:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _check(path: Path, group: Sequence[PatientSamples]) -> None:
    """Read a group again, and hold every bit of it to what was packed."""
    patients = [one.patient for one in group]
    for before, after in zip(group, read_group(path, patients, patients), strict=True):
        kept = np.flatnonzero(np.diff(before.first))
        same = (
            tuple(before.signals[index] for index in kept) == after.signals
            and np.array_equal(before.period_us[kept], after.period_us)
            and np.array_equal(before.first[np.append(kept, len(before.signals))], after.first)
            and np.array_equal(before.time_us, after.time_us)
            and np.array_equal(_bits(before.value), _bits(after.value))
        )
        if not same:
            raise FyrError(
                f"what was packed of {before.patient} is not what is read again",
                where=str(path),
                mend="keep the data folder, and report this",
            )


def _bits(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bits of values; every NaN is one and the same."""
    return np.where(np.isnan(value), np.nan, value).view(np.int64)
