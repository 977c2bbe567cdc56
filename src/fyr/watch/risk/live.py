"""A trained early-warning model on a ward: told what is measured as it comes, asked about every patient each hour.

What a ward knows is kept as the model was trained on it: hours since admission, in each hour the newest usable value of
each variable. So an answer is the one that ``fyr models run`` gives for the same hours in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from fyr.clock import HOUR_US
from fyr.errors import BadInput
from fyr.models import Column, ModelInput, Prediction
from fyr.record import SIGNALS, Estimate, Observation, PatientId, Refusal
from fyr.units import convert, is_convertible
from fyr.watch.risk.features import feature_table
from fyr.watch.risk.hours import Hours
from fyr.watch.risk.model import EarlyWarningModel
from fyr.watch.risk.variables import MEASURED, VARIABLES

__all__ = ["LiveRisk", "Stay", "variable_of"]

_KNOWN: Final[Mapping[str, ModelInput]] = {entry.name: entry for entry in VARIABLES}
_SIGNALS: Final[Mapping[str, str]] = {
    "heart_rate": "hr",
    "respiratory_rate": "resp",
    "spo2": "o2sat",
    "systolic_bp": "sbp",
    "systolic_abp": "sbp",
    "diastolic_bp": "dbp",
    "diastolic_abp": "dbp",
    "mean_bp": "map",
    "mean_abp": "map",
    "temperature": "temp",
}
_BY_CODE: Final[Mapping[str, str]] = {
    **{f"loinc:{SIGNALS[name].loinc}": variable for name, variable in _SIGNALS.items()},
    **{entry.code: entry.name for entry in VARIABLES if entry.code},
}


@dataclass(slots=True)
class Stay:
    """What is known of a patient: by variable, by hour, the newest time and its value."""

    admitted_us: int
    fixed: dict[str, float] = field(default_factory=dict)
    measured: dict[str, dict[int, tuple[int, float]]] = field(default_factory=dict)


def variable_of(code: str) -> str | None:
    """Return the model's name for a signal of Fyr or a coded observation, or ``None`` if it takes no such thing.

    >>> variable_of("spo2"), variable_of("loinc:2160-0"), variable_of("news2")
    ('o2sat', 'crea', None)
    """
    return _SIGNALS.get(code) or _BY_CODE.get(code) or (code if code in _KNOWN else None)


class LiveRisk:
    """The hours of many patients, and a model that is asked about them.

    Parameters
    ----------
    model : EarlyWarningModel

    Examples
    --------
    >>> live = LiveRisk(model)                                            # doctest: +SKIP
    >>> live.admit(patient, admitted_us, age=71)                          # doctest: +SKIP
    >>> live.measured(patient, "heart_rate", time_us, 118)                # doctest: +SKIP
    >>> live.answers(now_us)[patient].estimates["risk"].value             # doctest: +SKIP
    """

    def __init__(self, model: EarlyWarningModel) -> None:
        self.model = model
        self._stays: dict[PatientId, Stay] = {}

    @property
    def patients(self) -> tuple[PatientId, ...]:
        """Who is there, in the order of admission."""
        return tuple(self._stays)

    def admit(
        self, patient: PatientId, admitted_us: int, *, age: float | None = None, weight: float | None = None
    ) -> None:
        """Begin a stay, or correct its beginning and what does not change; what was measured stays.

        Parameters
        ----------
        patient : PatientId
        admitted_us : int
            Microseconds UTC; hours count from here.
        age : float, optional
            Years. A value outside the card's range is taken as not known.
        weight : float, optional
            Kilograms.
        """
        before = self._stays.get(patient)
        stay = Stay(admitted_us) if before is None or before.admitted_us != admitted_us else before
        if before is not None and stay is not before:
            stay.fixed = before.fixed
            for name, hours in before.measured.items():
                for time_us, value in hours.values():
                    _keep(stay, name, time_us, value)
        given = {"age": age, "weight": weight}
        stay.fixed |= {name: value for name, value in given.items() if value is not None and _is_usable(name, value)}
        self._stays[patient] = stay

    def discharge(self, patient: PatientId) -> None:
        """Forget a patient; one who is not there is no error."""
        self._stays.pop(patient, None)

    def measured(
        self, patient: PatientId, code: str, time_us: int, value: float | None, unit: str | None = None
    ) -> bool:
        """Take a value; return whether the model can use it.

        It cannot if it is no variable of the model, is missing or implausible, was measured before the stay, has a
        unit that cannot be converted, or is older than what is known of the same hour.

        Parameters
        ----------
        patient : PatientId
        code : str
            A signal (``heart_rate``), a coded term (``loinc:2160-0``) or a variable of the model's card (``crea``).
        time_us : int
            Microseconds UTC.
        value : float or None
        unit : str, optional
            UCUM; by default that of the card, which is also the unit of the signals.

        Raises
        ------
        BadInput
            If the patient was not admitted.
        """
        stay = self._stays.get(patient)
        if stay is None:
            raise BadInput("nobody was admitted under this name", where=str(patient), mend="admit the patient first")
        name = variable_of(code)
        if name is None or value is None:
            return False
        own = str(_KNOWN[name].unit)
        if unit is not None and unit != own:
            if not is_convertible(unit, own):
                return False
            value = float(convert(float(value), unit, own))
        if not _is_usable(name, value):
            return False
        if name not in MEASURED:
            stay.fixed[name] = float(value)
            return True
        return _keep(stay, name, time_us, float(value))

    def observed(self, observation: Observation) -> bool:
        """Take an observation of the record; return whether the model can use it."""
        value = observation.value
        number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        return self.measured(observation.patient, observation.code, observation.time_us, number, observation.unit)

    def answers(self, at_us: int, patients: Iterable[PatientId] | None = None) -> dict[PatientId, Prediction | Refusal]:
        """Ask the model about the hour in which `at_us` lies, from that hour and the hours before it.

        Parameters
        ----------
        at_us : int
            Microseconds UTC.
        patients : iterable of PatientId, optional
            By default everybody whose stay has begun.

        Returns
        -------
        dict
            For each patient the estimates with what moved them, or why there is none.

        Raises
        ------
        BadInput
            If one of the patients was not admitted.
        """
        asked = list(self._stays if patients is None else dict.fromkeys(patients))
        strangers = [patient for patient in asked if patient not in self._stays]
        if strangers:
            raise BadInput(
                "nobody was admitted under this name", where=str(strangers[0]), mend="admit the patient first"
            )
        begun = [patient for patient in asked if self._stays[patient].admitted_us <= at_us]
        if not begun:
            return {}
        last_hours = [(at_us - self._stays[patient].admitted_us) // HOUR_US for patient in begun]
        columns = self._columns(begun, last_hours)
        answers = self.model.predict_columns(columns)
        ends = np.cumsum(np.array(last_hours) + 1) - 1
        explanations = self._explained(columns, ends)
        found: dict[PatientId, Prediction | Refusal] = {}
        for place, patient in enumerate(begun):
            row = int(ends[place])
            refusal = answers.refusal(row)
            if refusal is not None:
                found[patient] = refusal
                continue
            estimates = {
                output.name: Estimate(output.name, float(answers.value(output.name)[row]), output.unit)
                for output in self.model.card.outputs
            }
            found[patient] = Prediction(
                estimates, explanations[place], answers.inputs(row), self.model.reference, at_us
            )
        return found

    def _columns(self, patients: Sequence[PatientId], last_hours: Sequence[int]) -> dict[str, Column]:
        """Return every hour of every stay as the columns of a table, stay after stay."""
        lengths = np.array(last_hours) + 1
        starts = np.cumsum(lengths) - lengths
        rows = int(lengths.sum())
        columns: dict[str, Column] = {name: np.full(rows, np.nan) for name in _KNOWN}
        for patient, start, length in zip(patients, starts.tolist(), lengths.tolist(), strict=True):
            stay = self._stays[patient]
            for name, value in stay.fixed.items():
                columns[name][start : start + length] = value
            for name, hours in stay.measured.items():
                for hour, (_, value) in hours.items():
                    if hour < length:
                        columns[name][start + hour] = value
        columns["stay_id"] = np.repeat(np.arange(len(patients), dtype=np.float64), lengths)
        columns["time"] = (np.arange(rows) - np.repeat(starts, lengths)).astype(np.float64)
        return columns

    def _explained(self, columns: Mapping[str, Column], ends: Column) -> list[dict[str, Any]]:
        """Return the explanations of the rows that were asked about."""
        hours = Hours(columns["stay_id"].astype(np.int64), columns["time"], {name: columns[name] for name in _KNOWN})
        told = self.model.explain_features(feature_table(hours, self.model.features)[ends])
        return [_of_row(told, row) for row in range(len(ends))]


def _keep(stay: Stay, name: str, time_us: int, value: float) -> bool:
    if time_us < stay.admitted_us:
        return False
    hours = stay.measured.setdefault(name, {})
    hour = (time_us - stay.admitted_us) // HOUR_US
    if hour in hours and hours[hour][0] > time_us:
        return False
    hours[hour] = (time_us, value)
    return True


def _is_usable(name: str, value: float) -> bool:
    entry = _KNOWN[name]
    low = -np.inf if entry.low is None else entry.low
    high = np.inf if entry.high is None else entry.high
    return bool(low <= value <= high)


def _of_row(told: Mapping[str, Any], row: int) -> dict[str, Any]:
    def one(part: Any) -> Any:
        if isinstance(part, np.ndarray):
            return part[row].item() if part.dtype != object else part[row]
        if isinstance(part, Mapping):
            return {key: one(entry) for key, entry in part.items()}
        return [one(entry) for entry in part] if isinstance(part, list) else part

    return {key: one(entry) for key, entry in told.items()}
