"""Random histories of wards, for what must hold of every one: everything that may go into a ward does, at some time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fyr.attention import (
    Acknowledge,
    Act,
    AlarmEvent,
    Limit,
    Override,
    OxygenScale,
    Pause,
    Policy,
    PolicyChange,
    Revocation,
    Tier,
    TurnOff,
    load_policy,
)
from fyr.clock import HOUR_US, MINUTE_US, SECOND_US, from_iso
from fyr.record import Estimate, Finding, ModelReference, Observation, PatientId, Quality, SampleBatch, Status
from fyr.serve.ward_inputs import (
    Acted,
    Admitted,
    Advanced,
    Discharged,
    Input,
    Moved,
    Observed,
    OnDuty,
    Opened,
    OwnLimits,
    Recalled,
    Sampled,
)
from fyr.serve.ward_state import WardState
from fyr.watch.ranking import RiskRanking
from fyr.watch.risk.live import LiveRisk
from fyr.watch.risk.trained import EARLY_WARNING_ICU

START_US = from_iso("2026-11-20T05:50:00Z")
LATENESS_US = 30 * SECOND_US
STEP_US = 10 * SECOND_US
PATIENTS = tuple(PatientId("demo", str(number)) for number in range(1, 5))
STRANGER = PatientId("demo", "99")
SIGNALS = ("heart_rate", "respiratory_rate", "spo2", "systolic_bp", "diastolic_bp")
USUAL = (80.0, 16.0, 96.0, 125.0, 75.0)
BAD = ((25.0, 165.0), (3.0, 40.0), (70.0, 86.0), (60.0, 235.0), (40.0, 130.0))
IMPLAUSIBLE = 900.0


def attributes(patient: PatientId) -> Mapping[str, Any]:
    return {"pseudonym": f"Patient {patient.local}", "birth_year": 1950 + int(patient.local)}


def new_ranking() -> RiskRanking:
    return RiskRanking(LiveRisk(EARLY_WARNING_ICU))


def with_everything(policy: Policy) -> Policy:
    """The same policy with latching, raising again and a safety rule, where it has none of them."""
    rules = tuple(
        replace(
            rule, latch=place % 2 == 0, re_raise_after_us=20 * MINUTE_US, tier=Tier.SAFETY if not place else rule.tier
        )
        for place, rule in enumerate(policy.rules)
    )
    return replace(policy, rules=rules, digest="0" * 63 + "1")


POLICIES = {
    name: load_policy(name)
    for name in ("fyr-ward", "haahr2022", "news2-continuous", "thresholds", "ward-demonstration")
}
POLICIES["haahr2022 with everything"] = with_everything(POLICIES["haahr2022"])


@dataclass
class History:
    """Steps of a random ward; what people do about alarms depends on what stands in a live state."""

    rng: np.random.Generator
    policy: Policy
    now_us: int = START_US
    here: dict[PatientId, str] = field(default_factory=dict)
    bad: dict[tuple[PatientId, int], float] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)

    def begin(self) -> list[Input]:
        policy = self.policy
        opened = Opened(7, "0.1.0", policy.name, policy.version, policy.digest, LATENESS_US)
        return [opened, *(one for patient in PATIENTS[:3] for one in self._arrival(patient))]

    def step(self, live: WardState) -> Iterator[Input]:
        """One round: what comes in, and time; the first kinds of input often, the others now and then."""
        before_us, self.now_us = self.now_us, self.now_us + int(self.rng.integers(1, 9)) * MINUTE_US
        for batch in self._batches(before_us):
            yield Sampled(batch)
        for patient in list(self.here):
            if self.rng.random() < 0.3:
                yield Observed(self._observation(patient))
        if self.rng.random() < 0.85:
            yield Advanced(self.now_us)
        for happens, often in (
            (self._acts(live), 0.5),
            (self._limits(live), 0.15),
            (self._staff(), 0.1),
            (self._movement(), 0.1),
        ):
            if self.rng.random() < often:
                yield from happens

    def _one_of(self, some: Any) -> Any:
        return some[int(self.rng.integers(len(some)))]

    def _arrival(self, patient: PatientId) -> list[Input]:
        self.here[patient] = str(self._one_of(("north", "south")))
        known = [self._value(patient, "copd", bool(self.rng.random() < 0.4))]
        if self.rng.random() < 0.5:
            known.append(self._value(patient, "loinc:2160-0", 90.0, "umol/L"))
        model = ModelReference("some_model", "1", "d" * 64)
        findings = (Finding(patient, model, self.now_us, Estimate("risk", 0.25, "1"), {"a": 1}, {"why": [1.5]}),)
        return [
            Admitted(patient, self.here[patient], patient.local, self.now_us),
            Recalled(patient, self.now_us, tuple(known), findings),
        ]

    def _batches(self, since_us: int) -> list[SampleBatch]:
        """Two devices; samples late, twice, of strangers, implausible, unknown, and once from a clock that is ahead."""
        rng = self.rng
        batches = []
        for device in ("monitor", "patch"):
            patients = (*PATIENTS, STRANGER) if rng.random() < 0.2 else tuple(self.here)
            times = np.arange(since_us + STEP_US, self.now_us + 1, STEP_US)
            grid = np.array(
                [(p, s, t) for p in range(len(patients)) for s in range(5) for t in times.tolist()], np.int64
            )
            grid = grid[rng.random(len(grid)) < (0.95 if rng.random() < 0.8 else 0.1)].reshape(-1, 3)
            if device == "patch":
                grid = grid[grid[:, 1] < 3]
            time_us = grid[:, 2] - rng.choice([0, 0, 0, STEP_US, LATENESS_US, 5 * MINUTE_US], len(grid))
            if rng.random() < 0.1:
                time_us = time_us + 20 * SECOND_US
            order = rng.permutation(len(grid))
            if len(order) and rng.random() < 0.3:
                order = np.append(order, order[:3])
            value = np.array([self._sample(patients[p], s) for p, s, _ in grid.tolist()], np.float64)
            quality = np.where(np.isnan(value), Quality.UNKNOWN, Quality.PRESENT).astype(np.uint8)
            batches.append(
                SampleBatch(
                    patients, grid[order, 0].astype(np.int32), SIGNALS, grid[order, 1].astype(np.int16),
                    time_us[order].astype(np.int64), value[order], quality[order],
                    np.array([STEP_US] * 3 + [MINUTE_US] * 2, np.int64), device,
                )
            )  # fmt: skip
        return batches

    def _sample(self, patient: PatientId, signal: int) -> float:
        rng = self.rng
        if rng.random() < 0.002:
            key = (patient, signal)
            if self.bad.pop(key, None) is None:
                self.bad[key] = float(rng.uniform(*BAD[signal]))
        luck = rng.random()
        if luck < 0.03:
            return float("nan") if luck < 0.02 else IMPLAUSIBLE
        return round(self.bad.get((patient, signal), USUAL[signal]) + float(rng.normal()), 1 + signal % 2)

    def _value(self, patient: PatientId, code: str, value: float | str | bool, unit: str | None = None) -> Observation:
        time_us = self.now_us - int(self.rng.integers(3)) * MINUTE_US
        return Observation(patient, code, time_us, value, unit, Status.PRESENT, "nurse")

    def _observation(self, patient: PatientId) -> Observation:
        code, value, unit = self._one_of(
            (
                ("temperature", round(float(self.rng.normal(37.5, 1)), 1), "Cel"),
                ("systolic_bp", float(self.rng.integers(80, 230)), "mm[Hg]"),
                ("consciousness", str(self._one_of("AAAVC")), None),
                ("supplemental_oxygen", bool(self.rng.random() < 0.5), None),
                ("copd", bool(self.rng.random() < 0.5), None),
                ("loinc:2160-0", float(self.rng.integers(50, 300)), "umol/L"),
            )
        )
        return self._value(patient, code, value, unit)

    def _acts(self, live: WardState) -> Iterator[Input]:
        for patient in live.occupants:
            for told in live.view(patient).notifications:
                if self.rng.random() < 0.4:
                    now_us = self.now_us
                    yield Acted(
                        patient,
                        self._one_of(
                            (
                                Acknowledge(told.id, "nurse", now_us, "there"),
                                Pause(told.id, "nurse", now_us, now_us + 15 * MINUTE_US, "suction"),
                                Act(told.id, "nurse", now_us, "oxygen 2 L/min", now_us - MINUTE_US),
                            )
                        ),
                    )

    def _limits(self, live: WardState) -> Iterator[Input]:
        if not live.occupants:
            return
        patient = self._one_of(list(live.occupants))
        if self.overrides and self.rng.random() < 0.3:
            ended = self._one_of(self.overrides)
            if ended.patient in live.occupants:
                yield OwnLimits(Revocation(ended.patient, self.now_us, "physician", "over", ended.id))
            return
        rule = self._one_of(self.policy.rules)
        nearer = rule.threshold - 1 if rule.operator.looks_down else rule.threshold + 1
        changes: tuple[PolicyChange, ...] = (
            self._one_of((Limit(rule.key, nearer), TurnOff(rule.key), OxygenScale(2), Limit(rule.key, nearer))),
        )
        until_us = self._one_of((None, self.now_us + int(self.rng.integers(1, 90)) * MINUTE_US))
        override = Override(patient, self.now_us, "physician", "agreed", changes, until_us)
        self.overrides.append(override)
        yield OwnLimits(override)

    def _staff(self) -> Iterator[Input]:
        ward = str(self._one_of(("north", "south")))
        yield OnDuty(ward, int(self.rng.integers(0, 3)), float(self._one_of((1.0, 2.5, 6.0))), self.now_us)

    def _movement(self) -> Iterator[Input]:
        patient = self._one_of(PATIENTS)
        if patient not in self.here:
            yield from self._arrival(patient)
        elif self.rng.random() < 0.5:
            self.here[patient] = str(self._one_of(("north", "south")))
            yield Moved(patient, self.here[patient], f"{patient.local}b", self.now_us)
        else:
            del self.here[patient]
            yield Discharged(patient, self.now_us)


def run(state: WardState, history: History, hours: float) -> list[AlarmEvent]:
    """Let a history go on for some hours from where it is."""
    events: list[AlarmEvent] = []
    end_us = history.now_us + int(hours * HOUR_US)
    while history.now_us < end_us:
        for entry in history.step(state):
            events.extend(state.feed(entry))
    return events
