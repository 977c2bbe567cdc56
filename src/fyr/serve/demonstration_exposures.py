"""The demonstration's dose reports, of real machines where they were fetched before, and a simulated audiogram."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput
from fyr.exchange.samples import SampleCache, sample_named
from fyr.record import PatientId
from fyr.record.audiogram import Audiogram, Ear, Threshold
from fyr.record.hearing import observations_of
from fyr.serve.demonstration_plans import OPEN_SAMPLE

if TYPE_CHECKING:
    from fyr.record.record import Record

__all__ = ["DOSE_REPORTS", "HEARD", "NUMBERING", "SAMPLE_LEVELS", "keep_dose_reports", "keep_simulated_hearing"]

_LOG: Final = logging.getLogger("fyr.serve")

DOSE_REPORTS: Final = "dose-reports"
"""The sample that is shown."""
NUMBERING: Final = "dose-reports"
"""Whose numbers the reports bear, as a hospital: one of them is also that of the breast plan, of another person."""
_SOURCE: Final = "simulated audiogram"

SAMPLE_LEVELS: Final = {
    "Thorax^TAP (Adult)": "uk-ct-chest-abdomen-pelvis-cancer",
    "Colonography": "uk-ct-virtual-colonoscopy-polyps-tumour",
}
"""Which published level two protocols of the sample are held against, for the demonstration's sake."""

HEARD: Final = "hearing-1"
"""The simulated patient who has audiograms."""

_HZ: Final = (250, 500, 1000, 2000, 3000, 4000, 6000, 8000)
_COURSE: Final[dict[str, dict[Ear, tuple[int, ...]]]] = {
    "2026-02-02": {"right": (10, 10, 5, 10, 10, 15, 15, 20), "left": (5, 10, 10, 10, 15, 15, 20, 20)},
    "2026-04-20": {"right": (10, 10, 10, 15, 20, 30, 45, 60), "left": (10, 10, 10, 10, 15, 25, 35, 45)},
    "2026-08-10": {"right": (10, 15, 15, 20, 35, 55, 75, 100), "left": (10, 10, 10, 15, 20, 40, 55, 70)},
}
"""Made up: a loss from the high tones down, as cisplatin makes it; 100 dB HL at 8 kHz was not heard."""
_NOT_HEARD_DB: Final = 100


def keep_dose_reports(record: Record, cache: SampleCache) -> list[PatientId]:
    """Bring the open dose reports into the record, each under the number that stands in it; what is there stays.

    The reports are of real machines, anonymised by whoever gave them: some are of phantoms, and where two of them share
    a number they need not be of one person. Their patients say so.

    Returns
    -------
    list of PatientId
        The patients; none where the sample was not fetched.
    """
    from fyr.exchange.dicom.keeping import Given, keep_objects

    sample = sample_named(DOSE_REPORTS)
    if not cache.has(sample):
        return []
    files = sorted(cache.table(sample).glob("*.dcm"))
    outcomes = keep_objects(
        record,
        [Given(file.read_bytes(), file.name) for file in files],
        NUMBERING,
        source=f"open sample {sample.archive.title}",
    )
    for file, one in zip(files, outcomes, strict=True):
        if one.problem is not None:
            _LOG.info("the dose report %s is not shown: %s", file.name, one.problem.what)
    patients = sorted({one.instance.patient for one in outcomes if one.is_kept and one.instance is not None})
    for number, who in enumerate(patients, start=1):
        about: dict[str, Any] = {
            "pseudonym": f"Dose reports {number} (open sample of real machines)",
            "reason": "Dose reports without names; a number may stand for several people, or for a phantom",
            OPEN_SAMPLE: sample.name,
            "simulated": False,
            "licence": sample.licence,
        }
        try:
            known = record.attributes(who)
        except BadInput:
            known = {}
        if any(known.get(key) != value for key, value in about.items()):
            record.add_patient(who, attributes=about)
    return patients


def keep_simulated_hearing(record: Record, hospital: str) -> PatientId:
    """Bring a simulated patient with three simulated audiograms into the record; what is there stays."""
    who = PatientId(hospital, HEARD)
    about = {
        "pseudonym": "Runa (simulated)",
        "reason": "Cancer of the nasopharynx, cisplatin and radiotherapy; simulated audiograms",
        "sex": "female",
        "birth_year": 1979,
        "simulated": True,
    }
    observed = []
    for day, ears in _COURSE.items():
        thresholds = tuple(
            Threshold(ear, hz, float(level), response=level < _NOT_HEARD_DB)
            for ear, levels in ears.items()
            for hz, level in zip(_HZ, levels, strict=True)
        )
        observed += observations_of(Audiogram(thresholds, date.fromisoformat(day)), who, _SOURCE)
    with record.importing(source=_SOURCE) as batch:
        batch.add_patient(who, attributes=about)
        batch.add_observations(observed)
    return who
