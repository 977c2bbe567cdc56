"""The demonstration's open samples of plans and pictures: real people, named so, where they were fetched before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from fyr.errors import BadInput
from fyr.exchange.samples import Sample, SampleCache, sample_named
from fyr.record import PatientId

if TYPE_CHECKING:
    from fyr.record.record import Record

__all__ = ["OPEN_SAMPLE", "SHOWN_SAMPLES", "keep_open_samples", "open_patients"]

_LOG: Final = logging.getLogger("fyr.serve")

OPEN_SAMPLE: Final = "open_sample"
"""The attribute of a patient who is no simulated one: the name of the sample."""

SHOWN_SAMPLES: Final[dict[str, dict[str, str]]] = {
    "breast-plan": {
        "pseudonym": "Breast plan (open sample of a real patient)",
        "reason": "Boost to the breast, 14 Gy in 7 fractions",
    },
    "lung-ct": {
        "pseudonym": "Lung CT (open sample of a real patient)",
        "reason": "Tumour in a lung; pictures converted from NRRD",
    },
}
"""What is said of the patient of each sample."""


def keep_open_samples(record: Record, hospital: str, cache: SampleCache) -> list[PatientId]:
    """Bring the samples that were fetched before into the record, each as a patient; what is there already stays.

    Parameters
    ----------
    record : Record
    hospital : str
    cache : SampleCache

    Returns
    -------
    list of PatientId
        The patients. A sample that cannot be kept is left out, with its reason in the log.
    """
    kept: list[PatientId] = []
    for name, words in SHOWN_SAMPLES.items():
        sample = sample_named(name)
        if not cache.has(sample):
            continue
        try:
            kept.append(_keep(record, hospital, sample, cache, words))
        except BadInput as problem:
            _LOG.warning("the sample '%s' is not shown: %s", name, problem)
    return kept


def open_patients(record: Record) -> frozenset[PatientId]:
    """Return the patients who are open samples of real people."""
    return frozenset(who for who, attributes in record.patient_attributes().items() if OPEN_SAMPLE in attributes)


def _keep(record: Record, hospital: str, sample: Sample, cache: SampleCache, words: dict[str, str]) -> PatientId:
    from fyr.exchange.dicom.keeping import Given, keep_objects

    files = sorted(cache.table(sample).glob("*.dcm"))
    objects = [Given(file.read_bytes(), file.name) for file in files]
    outcomes = keep_objects(record, objects, hospital, source=f"open sample {sample.archive.title}")
    for one in outcomes:
        if one.problem is not None:
            raise one.problem
    patients = {one.instance.patient for one in outcomes if one.instance is not None}
    if len(patients) != 1:
        raise BadInput(f"it holds {len(patients)} patients, not one", where=sample.name)
    (who,) = patients
    about: dict[str, Any] = {**words, OPEN_SAMPLE: sample.name, "simulated": False, "licence": sample.licence}
    if any(record.attributes(who).get(key) != value for key, value in about.items()):
        record.add_patient(who, attributes=about)
    return who
