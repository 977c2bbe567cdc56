"""A folder of mCODE CSV files as one bundle a patient.

The files are named as the templates of the mCODE extraction framework (Apache-2.0) name them; their columns are those
of its templates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.csv_adverse_event import adverse_event_of, graded_adverse_event_of
from fyr.exchange.fhir.mcode.csv_care_plan import care_plan_of
from fyr.exchange.fhir.mcode.csv_condition import condition_of
from fyr.exchange.fhir.mcode.csv_disease_status import disease_status_of
from fyr.exchange.fhir.mcode.csv_medication import administration_of, request_of
from fyr.exchange.fhir.mcode.csv_observation import observation_of
from fyr.exchange.fhir.mcode.csv_patient import patient_of
from fyr.exchange.fhir.mcode.csv_procedure import procedure_of
from fyr.exchange.fhir.mcode.csv_rows import Row, read_rows
from fyr.exchange.fhir.mcode.csv_staging import staging_of
from fyr.exchange.fhir.mcode.csv_trial import trial_of
from fyr.exchange.fhir.mcode.csv_visit import appointment_of, encounter_of
from fyr.exchange.fhir.mcode.elements import Json, bundle, entry

__all__ = ["PATIENTS", "CsvSet", "read_csv_set"]

PATIENTS: Final = "patient-information.csv"
_TRIALS: Final = "clinical-trial-information.csv"
_CARE_PLANS: Final = "treatment-plan-change-information.csv"

_ONE_A_ROW: Final[dict[str, Callable[..., Json | list[Json]]]] = {
    "condition-information.csv": condition_of,
    "staging-information.csv": staging_of,
    "cancer-disease-status-information.csv": disease_status_of,
    "observation-information.csv": observation_of,
    "procedure-information.csv": procedure_of,
    "cancer-related-medication-administration-information.csv": administration_of,
    "cancer-related-medication-request-information.csv": request_of,
    "adverse-event-information.csv": adverse_event_of,
    "ctc-adverse-event-information.csv": graded_adverse_event_of,
    "encounter-information.csv": encounter_of,
    "appointment-information.csv": appointment_of,
}


@dataclass(slots=True)
class CsvSet:
    """What a folder of CSV files holds.

    Parameters
    ----------
    bundles : dict of str to dict
        One for each patient, by medical record number.
    refused : list of BadInput
        Rows that were left out, and why.
    """

    bundles: dict[str, Json] = field(default_factory=dict)
    refused: list[BadInput] = field(default_factory=list)


def read_csv_set(folder: Path, *, site: str = "", site_system: str | None = None) -> CsvSet:
    """Read every file of the set that is there.

    Parameters
    ----------
    folder : Path
        Holds at least ``patient-information.csv``.
    site, site_system : str
        The hospital as the trials know it; without it trials are refused.

    Raises
    ------
    BadInput
        If there are no patients, or a file is no table.
    """
    if not (folder / PATIENTS).is_file():
        raise BadInput(f"there is no {PATIENTS}", where=str(folder), mend="name the folder of the CSV files")
    found = CsvSet()
    resources: dict[str, list[Json]] = {}
    for row in read_rows(folder / PATIENTS):
        for patient in _taken(found, row, patient_of, ()):
            resources.setdefault(patient["id"], []).append(patient)
    makers: dict[str, Callable[..., Json | list[Json]]] = {
        **_ONE_A_ROW,
        _TRIALS: partial(_trial, site=site, site_system=site_system),
    }
    for name, make in makers.items():
        for row, patient_id in _rows_of_patients(found, folder / name, resources):
            known = resources[patient_id]
            known += _taken(found, row, partial(make, patient=patient_id), known)
    reviews: dict[str, list[Row]] = defaultdict(list)
    for row, patient_id in _rows_of_patients(found, folder / _CARE_PLANS, resources):
        if _taken(found, row, partial(_plan, patient=patient_id), ()):
            reviews[patient_id].append(row)
    for patient_id, rows in reviews.items():
        resources[patient_id].append(care_plan_of(rows, patient_id))
    found.bundles = {number: bundle([entry(one) for one in some]) for number, some in resources.items()}
    return found


def _rows_of_patients(found: CsvSet, path: Path, known: dict[str, list[Json]]) -> list[tuple[Row, str]]:
    rows: list[tuple[Row, str]] = []
    for row in read_rows(path) if path.is_file() else ():
        number = row.get("mrn")
        if number in known:
            rows.append((row, number))
        else:
            what = f"the patient '{number or ''}' is not in {PATIENTS}"
            found.refused.append(BadInput(what, where=row.where, mend="add the patient, or correct the number"))
    return rows


def _taken(found: CsvSet, row: Row, make: Callable[[Row], Json | list[Json]], known: Iterable[Json]) -> list[Json]:
    """Return what a row makes; nothing, and its reason kept, where it makes nothing or what has an id already."""
    try:
        made = make(row)
    except BadInput as problem:
        found.refused.append(problem)
        return []
    several = made if isinstance(made, list) else [made]
    taken = {one["id"]: one for one in known}
    new = [one for one in several if one["id"] not in taken]
    for one in several:
        if one["id"] in taken and one != taken[one["id"]]:
            what = f"the id '{one['id']}' is taken by another {taken[one['id']]['resourceType']} of this patient"
            found.refused.append(BadInput(what, where=row.where, mend="give each its own"))
    return new


def _plan(row: Row, patient: str) -> Json:
    return care_plan_of([row], patient)


def _trial(row: Row, patient: str, site: str, site_system: str | None) -> list[Json]:
    if not site:
        raise BadInput("nothing says which site of the trial this hospital is", where=row.where, mend="name the site")
    return trial_of(row, patient, site, site_system)
