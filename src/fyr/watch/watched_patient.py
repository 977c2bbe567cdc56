"""What the engine keeps of a patient beside the kernel's arrays, and what a person sees of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fyr.attention import AlarmEvent, AlarmEventKind, PatientAlarms
from fyr.clock import HOUR_US
from fyr.record import Observation, PatientId
from fyr.watch.agenda import Agenda
from fyr.watch.compiled_policy import CompiledPolicy
from fyr.watch.kernel import NEVER, State
from fyr.watch.own_policy import OwnPolicy
from fyr.watch.view import LatestValue, PatientView, ScoreView, patient_state, urgency_order

__all__ = ["WatchedPatient"]


@dataclass(slots=True)
class WatchedPatient:
    """A patient who is watched.

    Parameters
    ----------
    id : PatientId
    row : int
        In the kernel's arrays.
    alarms : PatientAlarms
    own : OwnPolicy
    agenda : Agenda
        Told whenever something has happened.
    ward : str
        Whose alarm budget counts.
    observations : dict of str to Observation
        The newest of each code.
    suppressed : deque of AlarmEvent
        Those of the last hour.
    """

    id: PatientId
    row: int
    alarms: PatientAlarms
    own: OwnPolicy
    agenda: Agenda[WatchedPatient]
    ward: str = ""
    observations: dict[str, Observation] = field(default_factory=dict)
    suppressed: deque[AlarmEvent] = field(default_factory=deque)

    @property
    def due_us(self) -> int | None:
        """When the next thing happens of itself; ``None``: never."""
        return self.alarms.due_us

    def keep(self, events: list[AlarmEvent]) -> list[AlarmEvent]:
        """Remember what was suppressed, and hand the events on."""
        self.agenda.look_at(self)
        self.suppressed.extend(event for event in events if event.kind is AlarmEventKind.SUPPRESSED)
        return events

    def view(
        self,
        compiled: CompiledPolicy,
        state: State,
        computed: frozenset[str],
        scores: Mapping[str, ScoreView],
        now_us: int,
    ) -> PatientView:
        """Return what a person sees of the patient now; signals that are `computed` are no measurements."""
        names = [(index, name) for index, name in enumerate(compiled.signals) if name not in computed]
        latest = {name: self._latest(name, index, compiled, state) for index, name in names}
        notifications = tuple(sorted(self.alarms.live.values(), key=urgency_order))
        while self.suppressed and self.suppressed[0].time_us < now_us - HOUR_US:
            self.suppressed.popleft()
        return PatientView(
            patient=self.id,
            state=patient_state(notifications, anything_lost=self._anything_lost(latest.values())),
            latest=latest,
            scores=scores,
            observations=dict(self.observations),
            notifications=notifications,
            suppressed=tuple(reversed(self.suppressed)),
            policy=self.own.policy,
            own_limits=self.own.holding,
        )

    def _anything_lost(self, latest: Iterable[LatestValue]) -> bool:
        signals = self.own.ward.signals
        return any(one.is_lost for one in latest if one.is_watched and signals[one.signal].continuous)

    def _latest(self, name: str, index: int, compiled: CompiledPolicy, state: State) -> LatestValue:
        time_us, value = int(state.valid_us[self.row, index]), float(state.valid_value[self.row, index])
        observation = self.observations.get(name)
        if observation is not None and observation.time_us > time_us and isinstance(observation.value, float | int):
            time_us, value = observation.time_us, float(observation.value)
        known = time_us != NEVER
        return LatestValue(
            signal=name,
            value=value if known else None,
            time_us=time_us if known else None,
            is_lost=bool(state.lost[self.row, index]),
            is_watched=index < compiled.watched,
        )
