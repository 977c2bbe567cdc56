"""What is known about a patient in time order: stays, series by signal, observations, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from fyr.clock import format_duration, to_iso
from fyr.exchange.fhir.mcode.kept import KEPT, summary_of
from fyr.record.finding import Estimate
from fyr.record.series import Quality

if TYPE_CHECKING:
    from fyr.record.finding import Finding
    from fyr.record.identity import Encounter, PatientId
    from fyr.record.observation import Observation
    from fyr.record.record import Record
    from fyr.record.series import Series

__all__ = ["timeline_of"]


def timeline_of(record: Record, patient: PatientId) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Gather everything that the record has of a patient.

    Returns
    -------
    attributes : dict
    entries : list of dict
        By time; each with ``time`` (ISO 8601), ``kind`` (stay, series, observation or finding), ``text`` (for a
        person) and what else that kind has.

    Raises
    ------
    BadInput
        If the record does not know the patient.
    """
    attributes = record.attributes(patient)
    names = dict.fromkeys(summary.signal for summary in record.signals(patient))
    entries = [
        *(_stay(one) for one in record.encounters(patient)),
        *(_series(one) for name in names for one in record.series(patient, name)),
        *(_observation(one) for one in record.observations(patient)),
        *(_finding(one) for one in record.findings(patient)),
    ]
    entries.sort(key=lambda entry: int(entry.pop("time_us")))
    return attributes, entries


def _entry(time_us: int, kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"time_us": time_us, "time": to_iso(time_us), "kind": kind, "text": text, **more}


def _stay(one: Encounter) -> dict[str, Any]:
    end = None if one.end_us is None else to_iso(one.end_us)
    text = f"ward {one.ward}, bed {one.bed}, until {end or 'now'}"
    return _entry(one.start_us, "stay", text, ward=one.ward, bed=one.bed, end=end)


def _series(one: Series) -> dict[str, Any]:
    start_us, end_us = int(one.time_us[0]), int(one.time_us[-1])
    usable = one.value[one.quality == Quality.PRESENT]
    low, median, high = (float(number) for number in np.quantile(usable, (0, 0.5, 1))) if usable.size else (None,) * 3
    values = "no usable value" if median is None else f"{low:g} to {high:g}, median {median:g} {one.unit}"
    lasting = format_duration(end_us - start_us)
    samples = f"{len(one):,} {'sample' if len(one) == 1 else 'samples'} over {lasting}"
    text = f"{one.signal}: {samples}, {usable.size:,} usable, {values}"
    return _entry(
        start_us,
        "series",
        text,
        signal=one.signal,
        unit=one.unit,
        end=to_iso(end_us),
        period_s=one.period_us / 1e6,
        samples=len(one),
        usable=int(usable.size),
        low=low,
        median=median,
        high=high,
        source=one.source,
    )


def _observation(one: Observation) -> dict[str, Any]:
    return _entry(
        one.time_us,
        "observation",
        _said(one),
        code=one.code,
        value=one.value,
        unit=one.unit,
        status=str(one.status),
        source=one.source,
    )


def _said(one: Observation) -> str:
    if one.code.startswith(KEPT):
        return summary_of(orjson.loads(str(one.value)))
    value = str(one.status) if one.value is None else f"{one.value} {one.unit or ''}".rstrip()
    return f"{one.code}: {value}"


def _finding(one: Finding) -> dict[str, Any]:
    answer = one.answer
    if isinstance(answer, Estimate):
        text = f"{answer.output} {answer.text}"
        said: dict[str, Any] = {"output": answer.output, "value": answer.value, "unit": answer.unit}
        said |= {} if answer.category is None else {"category": answer.category}
    else:
        text = f"no answer: {answer.reason}"
        said = {"refusal": answer.reason, "inputs": list(answer.inputs)}
    model = f"{one.model.name} {one.model.version}"
    return _entry(one.time_us, "finding", f"{model}: {text}", model=model, digest=one.model.digest, answer=said)
