"""What `fyr watch evaluate` reads: data folders with the truth beside them, or any recordings in a silent trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fyr.cli.evaluate_home import is_home, read_home
from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.record import Observation, PatientId
    from fyr.watch.evaluation.course import Event
    from fyr.watch.evaluation.sources import PatientSource

__all__ = ["EvaluationData", "read_evaluation_data"]


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationData:
    """One path's recordings.

    Parameters
    ----------
    path : Path
    recordings : PatientSource
    observations : tuple of Observation
    events : tuple of Event
    skipped : tuple of str
        What is there and was not read.
    told_live : mapping
        What a live ward itself told staff meanwhile; empty for recordings.
    """

    path: Path
    recordings: PatientSource
    observations: tuple[Observation, ...]
    events: tuple[Event, ...]
    skipped: tuple[str, ...]
    told_live: Mapping[str, Any] = field(default_factory=dict)


def read_evaluation_data(paths: Sequence[Path], *, hospital: str | None, silent: bool) -> list[EvaluationData]:
    """Read every path.

    Raises
    ------
    BadInput
        If a path holds no samples, or no truth and it is no silent trial.
    """
    if not silent:
        for path in paths:
            if _is_folder(path) and not (path / "truth.parquet").is_file():
                raise BadInput(
                    "there is no truth.parquet beside the samples, so nothing can be called missed or found",
                    where=str(path),
                    mend="add truth.parquet (patient, event, onset, end), or use --silent to judge the load alone",
                )
    from fyr.exchange.icu_recordings import icu_sites

    paths = [site for path in paths for site in (icu_sites(path) or [path])]
    prefixes = [""] if len(paths) == 1 else [f"{number}." for number in range(1, len(paths) + 1)]
    return [_read(path, hospital, prefix, silent=silent) for path, prefix in zip(paths, prefixes, strict=True)]


def _read(path: Path, hospital: str | None, prefix: str, *, silent: bool) -> EvaluationData:
    from fyr.exchange.icu_recordings import icu_sites, read_icu_recordings
    from fyr.exchange.packed_folder import is_packed
    from fyr.exchange.sample_folder_columns import read_sample_columns
    from fyr.watch.evaluation.course import Event
    from fyr.watch.evaluation.sources import WardSource

    if is_home(path):
        return _live(path, prefix, silent=silent)
    is_hourly = bool(icu_sites(path))
    if silent and not is_hourly and not _is_folder(path):
        return _recordings(path, hospital, prefix)
    if is_packed(path):
        return _packed(path, prefix, silent=silent)
    read = read_icu_recordings if is_hourly else read_sample_columns
    columns = read(path, hospital=hospital, prefix=prefix)
    if is_hourly and columns.truth is None and not silent:
        raise BadInput(
            "the labels are neither 0 nor 1, so they are not of an event",
            where=str(path / "outc.parquet"),
            mend="name tables of sepsis or mortality24, or use --silent to judge the load alone",
        )
    return EvaluationData(
        path=path,
        recordings=WardSource(columns.samples),
        observations=(*columns.observations, *_context(columns.attributes, columns.samples.starts_us())),
        events=() if silent else tuple(Event(*row) for row in columns.truth or ()),
        skipped=(*(f"'{one.name}': {one.reason}" for one in columns.skipped), *_own_limits(path)),
    )


def _own_limits(path: Path) -> Iterator[str]:
    """Say that limits of a patient's own are left out: they name the rules of one policy, and here are several."""
    if (path / "overrides.parquet").is_file():
        yield "'overrides.parquet': it is about one policy's rules; fyr watch replay follows it"


def _context(
    attributes: Mapping[PatientId, Mapping[str, Any]], starts_us: Mapping[PatientId, int]
) -> Iterator[Observation]:
    """Give what patients.parquet says of each patient as known from the recording's beginning."""
    from fyr.watch.context import context_observations

    for patient, about in attributes.items():
        if about and patient in starts_us:
            yield from context_observations(patient, about, starts_us[patient])


def _is_folder(path: Path) -> bool:
    from fyr.exchange.packed_folder import is_packed

    return (path / "samples.parquet").is_file() or is_packed(path)


def _live(path: Path, prefix: str, *, silent: bool) -> EvaluationData:
    from fyr.watch.evaluation.sources import BatchSource

    if not silent:
        raise BadInput(
            "this is a hospital's home: nobody wrote down what truly happened on its wards",
            where=str(path),
            mend="use --silent to judge the load alone",
        )
    live = read_home(path, prefix)
    return EvaluationData(path, BatchSource(live.samples), tuple(live.observations), (), (), live.told)


def _packed(path: Path, prefix: str, *, silent: bool) -> EvaluationData:
    from fyr.exchange.packed_folder import PackedFolder
    from fyr.exchange.sample_folder_columns import read_beside
    from fyr.watch.evaluation.course import Event

    recordings = PackedFolder(path, prefix=prefix)
    beside = read_beside(path, hospital=recordings.manifest.hospital, prefix=prefix)
    return EvaluationData(
        path=path,
        recordings=recordings,
        observations=(*beside.observations, *_context(beside.attributes, recordings.starts_us())),
        events=() if silent else tuple(Event(*row) for row in beside.truth or ()),
        skipped=(*(f"'{name}': {reason}" for name, reason in recordings.manifest.skipped), *_own_limits(path)),
    )


def _recordings(path: Path, hospital: str | None, prefix: str) -> EvaluationData:
    import numpy as np

    from fyr.exchange.recordings import read_recordings
    from fyr.record import SIGNALS, PatientId, SampleBatch
    from fyr.watch.evaluation.sources import BatchSource

    recordings = read_recordings(path, hospital=hospital)
    series = [one for recording in recordings for one in recording.series if one.signal in SIGNALS and len(one)]
    if not series:
        raise BadInput("there is no sample of a vital sign", where=str(path), mend="give recordings of vital signs")
    mixed = SampleBatch.from_series(series)
    names = {patient: PatientId(patient.hospital, f"{prefix}{patient.local}") for patient in mixed.patients}
    order = np.argsort(mixed.patient_index, kind="stable")
    samples = replace(
        mixed,
        patients=tuple(names.values()),
        patient_index=mixed.patient_index[order],
        signal_index=mixed.signal_index[order],
        time_us=mixed.time_us[order],
        value=mixed.value[order],
        quality=mixed.quality[order],
    )
    observations = [one for recording in recordings for one in recording.observations if one.patient in names]
    return EvaluationData(
        path=path,
        recordings=BatchSource(samples),
        observations=tuple(replace(one, patient=names[one.patient]) for one in observations),
        events=(),
        skipped=(),
    )
