"""A silent trial on live data: what a ward's journal holds, for `fyr watch evaluate HOME --silent`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput

if TYPE_CHECKING:
    from fyr.attention import AlarmEvent
    from fyr.record import Observation, PatientId, SampleBatch

__all__ = ["LiveRecording", "is_home", "read_home"]

_DATABASE: Final = "fyr.db"


@dataclass(slots=True)
class LiveRecording:
    """What a ward's journal holds.

    Parameters
    ----------
    samples : SampleBatch
        Sorted by patient, then by time.
    observations : list of Observation
    told : dict
        What the ward itself told staff meanwhile: `alerts`, `technical`, `by_priority`, `by_rule`.
    """

    samples: SampleBatch
    observations: list[Observation] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)


def is_home(path: Path) -> bool:
    """Whether a path is the home of a hospital, with its record."""
    return (path / _DATABASE).is_file()


def read_home(path: Path, prefix: str = "") -> LiveRecording:
    """Read the journals of all wards of a home; the record is opened and nothing in it is changed.

    Parameters
    ----------
    path : Path
    prefix : str
        Put before every patient's local id.

    Raises
    ------
    BadInput
        If there is no sample in it.
    """
    from fyr.record import Access
    from fyr.record.record import Record
    from fyr.serve.ward_inputs import Happened, Observed, Sampled
    from fyr.serve.ward_journal import WardJournal

    batches: list[SampleBatch] = []
    observations: list[Observation] = []
    events: list[AlarmEvent] = []
    access = Access.of_operating_system_user(purpose="silent trial of alarm policies")
    with Record.open(path, access=access, create=False) as record:
        for partition in record.journal.partitions("ward/"):
            for entry in WardJournal(record.journal, partition).read():
                match entry:
                    case Sampled(batch=batch) if len(batch):
                        batches.append(batch)
                    case Observed(observation=observation):
                        observations.append(observation)
                    case Happened(event=event):
                        events.append(event)
    if not batches:
        raise BadInput("no ward of this home has taken a sample yet", where=str(path), mend="let it run for a while")
    return LiveRecording(_joined(batches, prefix), _renamed(observations, prefix), _told(events))


def _joined(batches: Sequence[SampleBatch], prefix: str) -> SampleBatch:
    import numpy as np

    from fyr.record import SIGNALS, SampleBatch

    patients: dict[PatientId, int] = {}
    kinds: dict[tuple[str, int], int] = {}
    columns: list[tuple[Any, ...]] = []
    for batch in batches:
        who = np.array([patients.setdefault(_named(one, prefix), len(patients)) for one in batch.patients], np.int32)
        pairs = zip(batch.signals, batch.period_us.tolist(), strict=True)
        what = np.array([kinds.setdefault(pair, len(kinds)) for pair in pairs], np.int16)
        known = np.isin(batch.signal_index, [i for i, name in enumerate(batch.signals) if name in SIGNALS])
        signal, patient = what[batch.signal_index[known]], who[batch.patient_index[known]]
        columns.append((patient, signal, batch.time_us[known], batch.value[known], batch.quality[known]))
    patient, signal, time_us, value, quality = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((time_us, patient))
    return SampleBatch(
        patients=tuple(patients),
        patient_index=patient[order],
        signals=tuple(name for name, _ in kinds),
        signal_index=signal[order],
        time_us=time_us[order],
        value=value[order],
        quality=quality[order],
        period_us=np.array([period for _, period in kinds], np.int64),
        source="journal",
    )


def _named(patient: PatientId, prefix: str) -> PatientId:
    from fyr.record import PatientId

    return PatientId(patient.hospital, f"{prefix}{patient.local}")


def _renamed(observations: Sequence[Observation], prefix: str) -> list[Observation]:
    from dataclasses import replace

    return [replace(one, patient=_named(one.patient, prefix)) for one in observations]


def _told(events: Sequence[AlarmEvent]) -> dict[str, Any]:
    """Count what was raised; the same event kept at a restart counts once."""
    from fyr.attention import AlarmEventKind, NotificationKind

    raised = {event.notification: event for event in events if event.kind is AlarmEventKind.RAISED}
    technical = [one for one in raised.values() if one.detail["kind"] == NotificationKind.TECHNICAL.value]
    alerts = [one for one in raised.values() if one.detail["kind"] != NotificationKind.TECHNICAL.value]
    return {
        "alerts": len(alerts),
        "technical": len(technical),
        "by_priority": dict(Counter(one.detail["priority"] for one in alerts).most_common()),
        "by_rule": dict(Counter(one.subject for one in alerts).most_common()),
    }
