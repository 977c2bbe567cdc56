"""The ward engine behind the arrival of its samples: event time is made whole before the engine sees any of it.

Samples and observations come as they come: late, doubled, out of order, from devices whose clocks are wrong. They are
held for the allowed *lateness*, put in the order of event time, and only then given to the engine, whose time is what
is complete: the ward's time less the lateness. That is the delay which this adds to every alarm, and all of it.

What people do (an acknowledgement, limits of a patient's own) is not held. A device whose clock is ahead is a technical
alarm of every patient whose samples it sends. What is released follows from what arrived and the stated times alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.attention import AlarmEvent, TechnicalCondition, TechnicalKind
from fyr.clock import SECOND_US
from fyr.record import Observation, PatientId, SampleBatch
from fyr.watch.arrival import Arrival, ArrivalCounts, ClockEvent, ClockState
from fyr.watch.engine import WardEngine
from fyr.watch.ranking import RiskRanking

__all__ = ["DEFAULT_LATENESS_US", "ArrivingWard", "DeviceState", "checked_lateness"]

DEFAULT_LATENESS_US: Final = 5 * SECOND_US
"""How late a sample may come and still be taken: Fyr's own choice, a twelfth of the delay that an alarm may have."""


def checked_lateness(lateness_us: int) -> int:
    """Return the lateness.

    Raises
    ------
    BadInput
        If it is negative.
    """
    return Arrival(lateness_us).lateness_us


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What became of a device's samples, and how its clock is.

    Parameters
    ----------
    device : str
    clock : ClockState
    ahead_us : int
        How far it was ahead when its clock was last found to have changed; 0 if it never was.
    counts : ArrivalCounts
    strangers : int
        How many of its samples were about nobody who is watched; they are counted nowhere else.
    """

    device: str
    clock: ClockState
    ahead_us: int
    counts: ArrivalCounts
    strangers: int


class ArrivingWard:
    """A ward engine, and the order that its samples are put in before.

    Parameters
    ----------
    engine : WardEngine
    lateness_us : int
    ranking : RiskRanking, optional
        Told what the engine is told; nothing that it says comes back.

    Raises
    ------
    BadInput
        If the lateness is negative.
    """

    def __init__(self, engine: WardEngine, lateness_us: int = 0, ranking: RiskRanking | None = None) -> None:
        self.engine = engine
        self.ranking = ranking
        self._arrival = Arrival(lateness_us, silence_us=None)
        self._observations: list[Observation] = []
        self._batches: list[SampleBatch] = []
        self._patients_of: dict[str, set[PatientId]] = {}
        self._newest_heard: tuple[str, tuple[PatientId, ...]] = ("", ())
        self._strangers: dict[str, int] = {}
        self._clocks: dict[str, ClockEvent] = {}

    @property
    def lateness_us(self) -> int:
        """How late a sample may come and still be taken."""
        return self._arrival.lateness_us

    @lateness_us.setter
    def lateness_us(self, lateness_us: int) -> None:
        """Allow another lateness from now on; what is complete already stays so."""
        self._arrival.lateness_us = checked_lateness(lateness_us)

    @property
    def devices(self) -> list[DeviceState]:
        """Every device that sent anything, in the order in which they were first heard."""
        found = []
        for name in dict.fromkeys((*self._arrival.devices, *self._strangers)):
            event = self._clocks.get(name)
            found.append(
                DeviceState(
                    name,
                    ClockState.IN_STEP if event is None else event.state,
                    0 if event is None else event.ahead_us,
                    replace(self._arrival.devices.get(name, ArrivalCounts())),
                    self._strangers.get(name, 0),
                )
            )
        return found

    def take(self, batch: SampleBatch) -> None:
        """Take samples that have arrived since time was last let pass; the batch's source is their device."""
        self._batches.append(batch)

    def observe(self, observation: Observation) -> None:
        """Take an observation that has come."""
        self._observations.append(observation)

    def advance(self, now_us: int) -> list[AlarmEvent]:
        """Let time pass: give the engine what has become complete, and the time up to which it is."""
        for batch in self._batches:
            mine = self._of_the_watched(batch)
            if self._newest_heard != (batch.source, mine.patients):
                self._patients_of.setdefault(batch.source, set()).update(mine.patients)
                self._newest_heard = (batch.source, mine.patients)
            self._arrival.take(mine, now_us + 1)
        self._batches = []
        # What carries the present time has arrived, so the present instant counts as over.
        released = self._arrival.release(now_us + 1)
        until_us = now_us - self.lateness_us
        events = self._in_order(self._still_watched(released), until_us)
        events.extend(self.engine.advance(until_us))
        for clock in self._arrival.take_clock_events():
            events.extend(self._tell_of_clock(clock, now_us))
        return events

    def _in_order(self, samples: SampleBatch, until_us: int) -> list[AlarmEvent]:
        """Give the engine samples and observations by their times; at one time the samples first."""
        due = [one for one in self._observations if one.time_us <= until_us]
        if self.ranking is not None:
            self.ranking.take(samples, due, until_us)
        self._observations = [one for one in self._observations if one.time_us > until_us]
        events: list[AlarmEvent] = []
        begin = 0
        for observation in sorted(due, key=lambda one: one.time_us):
            end = max(begin, int(np.searchsorted(samples.time_us, observation.time_us, side="right")))
            events.extend(self.engine.ingest(_rows(samples, slice(begin, end))))
            begin = end
            if self.engine.watches(observation.patient):
                events.extend(self.engine.observe(observation))
        events.extend(self.engine.ingest(_rows(samples, slice(begin, None)) if begin else samples))
        return events

    def _of_the_watched(self, batch: SampleBatch) -> SampleBatch:
        kept = self._still_watched(batch)
        if len(kept) < len(batch):
            self._strangers[batch.source] = self._strangers.get(batch.source, 0) + len(batch) - len(kept)
        return kept

    def _still_watched(self, batch: SampleBatch) -> SampleBatch:
        if self.engine.watches_all(batch.patients):
            return batch
        places = [place for place, patient in enumerate(batch.patients) if self.engine.watches(patient)]
        number = np.full(len(batch.patients), -1, np.int32)
        number[places] = np.arange(len(places), dtype=np.int32)
        keep = number[batch.patient_index] >= 0
        some = _rows(batch, keep)
        return replace(
            some,
            patients=tuple(batch.patients[place] for place in places),
            patient_index=number[batch.patient_index[keep]],
        )

    def _tell_of_clock(self, clock: ClockEvent, now_us: int) -> list[AlarmEvent]:
        self._clocks[clock.device] = clock
        events: list[AlarmEvent] = []
        for patient in sorted(self._patients_of.get(clock.device, ()), key=str):
            condition = TechnicalCondition(
                now_us,
                clock.device,
                TechnicalKind.CLOCK_SKEW,
                present=clock.state is ClockState.AHEAD,
                detail={"ahead_us": clock.ahead_us},
            )
            if self.engine.watches(patient):
                events.extend(self.engine.technical(patient, condition))
        return events


def _rows(batch: SampleBatch, rows: slice | NDArray[np.bool_]) -> SampleBatch:
    return replace(
        batch,
        patient_index=batch.patient_index[rows],
        signal_index=batch.signal_index[rows],
        time_us=batch.time_us[rows],
        value=batch.value[rows],
        quality=batch.quality[rows],
    )
