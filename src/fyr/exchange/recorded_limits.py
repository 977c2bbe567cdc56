"""Patients' own limits beside a folder of samples: ``overrides.parquet``, one row for each change.

Columns: `patient`, `time` (from when it holds), `person`, `reason`; `until` where it ends; and of `rule`, `threshold`,
`clear`, `silent` and `spo2_scale` those that say the change. Rows that agree in the first five are one override.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from fyr.exchange.tables.mapping import TimeRule
from fyr.exchange.tables.sheet import Sheet
from fyr.exchange.tables.times import read_times
from fyr.record.identity import PatientId

__all__ = ["read_recorded_limits"]

_CHANGE: Final = ("rule", "threshold", "clear", "silent", "spo2_scale")


def read_recorded_limits(
    sheet: Sheet, patient_of: Callable[[int], PatientId]
) -> dict[PatientId, list[Mapping[str, Any]]]:
    """Return overrides as documents (`time_us`, `person`, `reason`, `changes`, `until_us`), by patient.

    Parameters
    ----------
    sheet : Sheet
        With the columns `patient`, `time`, `person` and `reason`, at least.
    patient_of : callable
        Gives the patient of a row.

    Raises
    ------
    BadInput
        If a time cannot be read.
    """
    times = read_times(sheet, TimeRule("time"))
    ends = _ends(sheet)
    changes: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for index, row in enumerate(sheet.frame.iter_rows(named=True)):
        said = (patient_of(index), int(times[index]), str(row["person"]), str(row["reason"]), ends.get(index))
        changes[said].append({name: row[name] for name in _CHANGE if row.get(name) is not None})
    found: dict[PatientId, list[Mapping[str, Any]]] = defaultdict(list)
    for (patient, time_us, person, reason, until_us), some in changes.items():
        found[patient].append(
            {
                "patient": str(patient),
                "time_us": time_us,
                "person": person,
                "reason": reason,
                "changes": some,
                "until_us": until_us,
            }
        )
    return found


def _ends(sheet: Sheet) -> dict[int, int]:
    """Return when the rows end that say so, by the row's place."""
    if "until" not in sheet.frame.columns:
        return {}
    has_end = sheet.frame["until"].is_not_null()
    some = Sheet(sheet.path, sheet.frame.filter(has_end), sheet.row.filter(has_end))
    places = has_end.arg_true().to_list()
    return dict(zip(places, read_times(some, TimeRule("until")).tolist(), strict=True)) if places else {}
