"""The wards of a large house, parted among worker processes: a patient belongs to the worker of the ward.

A ward's patients stay together, because its board and its alarm budget are theirs together. Which worker a ward has
follows from its name alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from fyr.record import PatientId, SampleBatch
from fyr.serve.stays import Stays
from fyr.serve.ward_codec import encode_entry
from fyr.serve.ward_inputs import Acted, Admitted, Discharged, Input, Moved, Observed, OwnLimits, Recalled, Sampled

__all__ = ["ShardedInputs", "own_partition", "relayed_partition", "shard_of"]


_MOST_WARDS: Final = 4096
"""Of so many wards the worker is remembered, not computed."""


@lru_cache(_MOST_WARDS)
def shard_of(ward: str, shards: int) -> int:
    """Return the number of the worker that has a ward: CRC-32 of its name, modulo the number of workers."""
    return zlib.crc32(ward.encode()) % shards


def own_partition(shard: int, shards: int) -> str:
    """Return the partition that a worker writes."""
    return f"ward/hospital/{shard + 1} of {shards}"


def relayed_partition(shard: int, shards: int) -> str:
    """Return the partition in which what is for a worker is put."""
    return f"ward/relayed/{shard + 1} of {shards}"


class ShardedInputs:
    """Puts inputs where the workers take them.

    Parameters
    ----------
    append : callable
        Keeps payloads at the end of a partition, all or none; durable when it returns.
    shards : int
        How many workers there are.
    stays : Stays
        Who lies where when the first input comes.
    """

    def __init__(self, append: Callable[[str, Sequence[bytes]], object], shards: int, stays: Stays) -> None:
        self._append = append
        self._shards = shards
        self._ward_of = {stay.patient: stay.place.ward for stay in stays.present}

    def append(self, inputs: Sequence[Input]) -> None:
        """Keep inputs for the workers that they are for; durable when it returns.

        A patient who goes to a ward of another worker comes to that one and leaves the other, in this order: cut off
        in between, both watch for a while, and never none. Each is told of the other ward.

        Raises
        ------
        ServiceUnavailable
            If they cannot all be kept. Some workers may have theirs; said again, samples and movements count once.
        """
        ward_of = dict(self._ward_of)
        parts: dict[int, list[Input]] = {}
        for entry in inputs:
            for shard, part in self._parts(entry, ward_of):
                parts.setdefault(shard, []).append(part)
        for shard, some in sorted(parts.items(), key=_comings_first):
            self._append(relayed_partition(shard, self._shards), [encode_entry(entry) for entry in some])
        self._ward_of = ward_of

    def shard_of(self, patient: PatientId) -> int | None:
        """Return which worker has a patient; ``None`` for one who is not here."""
        return self._shard(self._ward_of.get(patient))

    def _shard(self, ward: str | None) -> int | None:
        return None if ward is None else shard_of(ward, self._shards)

    def _parts(  # noqa: PLR0911  one for each kind of input
        self, entry: Input, ward_of: dict[PatientId, str]
    ) -> list[tuple[int, Input]]:
        match entry:
            case Sampled(batch):
                return self._split(batch, ward_of)
            case Admitted(patient, ward):
                ward_of[patient] = ward
                return [(shard_of(ward, self._shards), entry)]
            case Moved(patient, ward, bed, time_us):
                left = ward_of.get(patient)
                ward_of[patient] = ward
                before, after = self._shard(left), shard_of(ward, self._shards)
                if left is None or before is None or before == after:
                    return [(after, entry)]
                return [
                    (before, Discharged(patient, time_us, moved_to=ward)),
                    (after, Admitted(patient, ward, bed, time_us, moved_from=left)),
                ]
            case Discharged(patient):
                shard = self._shard(ward_of.pop(patient, None))
                return [] if shard is None else [(shard, entry)]
            case Observed(observation):
                return self._to(observation.patient, entry, ward_of)
            case Recalled(patient) | Acted(patient):
                return self._to(patient, entry, ward_of)
            case OwnLimits(event):
                return self._to(event.patient, entry, ward_of)
        raise TypeError(f"no worker is given {type(entry).__name__} from outside")

    def _to(self, patient: PatientId, entry: Input, ward_of: dict[PatientId, str]) -> list[tuple[int, Input]]:
        shard = self._shard(ward_of.get(patient))
        return [] if shard is None else [(shard, entry)]

    def _split(self, batch: SampleBatch, ward_of: dict[PatientId, str]) -> list[tuple[int, Input]]:
        wards, shards = map(ward_of.get, batch.patients), self._shards
        shard_of_patient = np.array([-1 if ward is None else shard_of(ward, shards) for ward in wards], np.int32)
        if len(batch.patients) and (shard_of_patient == shard_of_patient[0]).all():
            return [(int(shard_of_patient[0]), Sampled(batch))] if shard_of_patient[0] >= 0 else []
        shard_of_row = shard_of_patient[batch.patient_index]
        return [
            (shard, Sampled(_some(batch, np.flatnonzero(shard_of_row == shard))))
            for shard in np.unique(shard_of_row[shard_of_row >= 0]).tolist()
        ]


def _comings_first(part: tuple[int, list[Input]]) -> tuple[bool, int]:
    shard, entries = part
    return not any(isinstance(entry, Admitted) and entry.moved_from for entry in entries), shard


def _some(batch: SampleBatch, rows: np.ndarray) -> SampleBatch:
    used, place = np.unique(batch.patient_index[rows], return_inverse=True)
    return replace(
        batch,
        patients=tuple(batch.patients[number] for number in used.tolist()),
        patient_index=place.astype(np.int32),
        signal_index=batch.signal_index[rows],
        time_us=batch.time_us[rows],
        value=batch.value[rows],
        quality=batch.quality[rows],
    )
