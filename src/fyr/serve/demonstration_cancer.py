"""Eight openly fictional cancer patients of the demonstration hospital, brought in by the ordinary import of bundles.

Four breast and four lung cancers with facts of two or three dates, some of them unknown or not done. Nobody of them
exists; every observation's source says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fyr.clock import from_iso
from fyr.errors import BadInput
from fyr.exchange.fhir.mcode.bundle_reading import Patients, read_resources, resources_of
from fyr.exchange.fhir.mcode.bundle_writing import written_bundle
from fyr.record import Observation, PatientId, Status
from fyr.record.clinical import FACTS
from fyr.record.clinical_reading import clinical_value

if TYPE_CHECKING:
    from fyr.record.record import Record

__all__ = ["CANCER_PATIENTS", "SIMULATED", "FictionalPatient", "cancer_bundle", "keep_cancer_patients"]

SIMULATED: Final = "simulated cancer patient"
"""The source of every one of these observations."""

_UNKNOWN: Final = Status.UNKNOWN
_NOT_DONE: Final = Status.NOT_DONE

Facts = dict[str, float | str | bool | Status]


@dataclass(frozen=True, slots=True)
class FictionalPatient:
    """A patient who does not exist.

    Parameters
    ----------
    local : str
        The demonstration hospital's number.
    pseudonym : str
    reason : str
        What the patient is here for, in a few words.
    sex : str
    birth_year : int
    course : dict of str to dict
        Facts by day, in the vocabulary's units; a status where there is no value.
    """

    local: str
    pseudonym: str
    reason: str
    sex: str
    birth_year: int
    course: dict[str, Facts]

    def observations(self, hospital: str) -> list[Observation]:
        """Return the facts as observations.

        Raises
        ------
        BadInput
            If one of them is not possible.
        """
        who = PatientId(hospital, self.local)
        return [
            _observation(who, name, from_iso(f"{day}T00:00:00+00:00"), value)
            for day, facts in self.course.items()
            for name, value in facts.items()
        ]


def _observation(who: PatientId, name: str, time_us: int, value: float | str | bool | Status) -> Observation:
    unit = FACTS[name].unit
    if isinstance(value, Status):
        return Observation(who, name, time_us, None, unit, value, SIMULATED)
    return Observation(who, name, time_us, clinical_value(name, value, unit), unit, Status.PRESENT, SIMULATED)


CANCER_PATIENTS: Final = (
    FictionalPatient(
        "breast-1",
        "Bodil (simulated)",
        "Breast cancer found by screening",
        "female",
        1964,
        {
            "2026-03-02": {
                "age": 62,
                "sex": "female",
                "cancer_type": "breast",
                "screen_detected": True,
                "menopausal_status": "post",
                "clinical_t_category": "T1c",
                "clinical_n_category": "N0",
                "clinical_m_category": "M0",
                "er_percent": 95,
                "pr_percent": 80,
                "her2_ihc": "1+",
                "ki67_percent": 12,
            },
            "2026-03-23": {
                "tumour_size_mm": 14,
                "grade": 2,
                "tubule_score": 3,
                "nuclear_score": 2,
                "mitotic_score": 1,
                "positive_nodes": 0,
                "nodes_examined": 2,
                "er_allred": 8,
                "pathological_t_category": "T1c",
                "pathological_n_category": "N0",
                "smoking_status": "never",
                "hormone_therapy": True,
                "radiotherapy": True,
                "heart_dose_gy": 1.2,
            },
        },
    ),
    FictionalPatient(
        "breast-2",
        "Inger (simulated)",
        "Breast cancer, HER2 to be settled",
        "female",
        1982,
        {
            "2026-01-12": {
                "age": 44,
                "sex": "female",
                "cancer_type": "breast",
                "screen_detected": False,
                "menopausal_status": "pre",
                "er_percent": 70,
                "pr_percent": 15,
                "her2_ihc": "2+",
                "her2_ish": _NOT_DONE,
                "ki67_percent": 40,
                "ecog_performance_status": 0,
            },
            "2026-01-20": {"her2_ish": "positive"},
            "2026-02-09": {
                "tumour_size_mm": 28,
                "grade": 3,
                "positive_nodes": 3,
                "nodes_examined": 14,
                "micrometastases": False,
                "pathological_t_category": "T2",
                "pathological_n_category": "N1a",
                "clinical_m_category": "M0",
                "smoking_status": "former",
                "hormone_therapy": True,
                "chemotherapy_generation": 3,
                "trastuzumab": True,
                "radiotherapy": True,
                "heart_dose_gy": 2.8,
            },
        },
    ),
    FictionalPatient(
        "breast-3",
        "Signe (simulated)",
        "Triple-negative breast cancer",
        "female",
        1975,
        {
            "2026-04-07": {
                "age": 51,
                "sex": "female",
                "cancer_type": "breast",
                "screen_detected": False,
                "menopausal_status": _UNKNOWN,
                "er_percent": 0,
                "pr_percent": 0,
                "her2_ihc": "0",
                "ki67_percent": _NOT_DONE,
            },
            "2026-04-27": {
                "tumour_size_mm": 22,
                "grade": 3,
                "positive_nodes": 0,
                "nodes_examined": 3,
                "pathological_t_category": "T2",
                "pathological_n_category": "N0",
                "clinical_m_category": "M0",
                "smoking_status": "current",
                "chemotherapy_generation": 3,
            },
        },
    ),
    FictionalPatient(
        "breast-4",
        "Tove (simulated)",
        "Breast cancer after chemotherapy first",
        "female",
        1970,
        {
            "2025-09-15": {
                "age": 55,
                "sex": "female",
                "cancer_type": "breast",
                "screen_detected": False,
                "menopausal_status": "post",
                "clinical_t_category": "T2",
                "clinical_n_category": "N1",
                "clinical_m_category": "M0",
                "tumour_size_mm": 45,
                "grade": 3,
                "er_percent": 5,
                "pr_percent": 0,
                "her2_ihc": "2+",
                "her2_ish": _NOT_DONE,
                "ki67_percent": 55,
            },
            "2026-02-16": {
                "tumour_bed_length_mm": 18,
                "tumour_bed_width_mm": 12,
                "cellularity_percent": 20,
                "in_situ_percent": 5,
                "positive_nodes": 2,
                "nodes_examined": 12,
                "largest_metastasis_mm": 4,
            },
        },
    ),
    FictionalPatient(
        "lung-1",
        "Arne (simulated)",
        "Lung nodule that grows",
        "male",
        1959,
        {
            "2025-10-06": {
                "sex": "male",
                "nodule_diameter_mm": 9,
                "nodule_type": "solid",
                "nodule_count": 1,
                "upper_lobe": True,
                "spiculation": False,
                "emphysema": True,
            },
            "2026-02-02": {
                "age": 66,
                "smoking_status": "former",
                "cigarettes_per_day": 20,
                "smoking_duration_years": 35,
                "years_since_quit": 8,
                "family_history_lung_cancer": True,
                "personal_history_cancer": False,
                "asbestos_exposure": _UNKNOWN,
                "copd": False,
                "height_cm": 178,
                "weight_kg": 84,
                "nodule_diameter_mm": 14,
                "previous_nodule_diameter_mm": 9,
                "interval_days": 119,
                "nodule_type": "solid",
                "nodule_count": 1,
                "upper_lobe": True,
                "spiculation": True,
                "emphysema": True,
            },
            "2026-02-16": {"fdg_avidity": "intense"},
        },
    ),
    FictionalPatient(
        "lung-2",
        "Karin (simulated)",
        "Part-solid lung nodule, never smoked",
        "female",
        1967,
        {
            "2025-12-01": {"sex": "female", "smoking_status": "never", "nodule_diameter_mm": 17, "nodule_count": 2},
            "2026-06-08": {
                "age": 58,
                "smoking_status": "never",
                "personal_history_cancer": False,
                "family_history_lung_cancer": False,
                "emphysema": False,
                "nodule_diameter_mm": 18,
                "solid_component_mm": 6,
                "previous_nodule_diameter_mm": 17,
                "interval_days": 189,
                "nodule_type": "part-solid",
                "nodule_count": 2,
                "upper_lobe": True,
                "spiculation": False,
                "fdg_avidity": _NOT_DONE,
            },
        },
    ),
    FictionalPatient(
        "lung-3",
        "Olav (simulated)",
        "Lung cancer, stage IV, before immunotherapy",
        "male",
        1953,
        {
            "2026-05-04": {
                "age": 72,
                "sex": "male",
                "cancer_type": "nsclc",
                "smoking_status": "current",
                "smoking_pack_years": 50,
                "copd": True,
                "clinical_t_category": "T3",
                "clinical_n_category": "N2",
                "clinical_m_category": "M1b",
                "clinical_stage_group": "IVA",
                "pd_l1_tps_percent": 60,
                "pd_l1_cps": _NOT_DONE,
                "tmb_mut_mb": 14,
                "egfr_status": "wild type",
                "alk_status": "wild type",
                "ros1_status": "wild type",
                "kras_status": "mutated",
                "kras_variant": "NM_004985.5:c.34G>T",
                "met_status": "not assessed",
            },
            "2026-05-18": {
                "ecog_performance_status": 1,
                "systemic_therapy_history": False,
                "albumin_g_l": 34,
                "neutrophils_e9_l": 7.2,
                "lymphocytes_e9_l": 1.2,
                "leukocytes_e9_l": 9.6,
                "ldh_u_l": 310,
                "ldh_upper_limit_u_l": 250,
                "crp_mg_l": 28,
                "bilirubin_umol_l": 9,
                "height_cm": 174,
                "weight_kg": 68,
            },
        },
    ),
    FictionalPatient(
        "lung-4",
        "Ellen (simulated)",
        "Lung cancer with an EGFR mutation",
        "female",
        1961,
        {
            "2026-06-15": {
                "age": 65,
                "sex": "female",
                "cancer_type": "nsclc",
                "smoking_status": "never",
                "ecog_performance_status": 2,
                "clinical_t_category": "T2a",
                "clinical_n_category": "N3",
                "clinical_m_category": "M1c",
                "egfr_status": "mutated",
                "egfr_variant": "NM_005228.5:c.2573T>G",
                "alk_status": "wild type",
                "ros1_status": "wild type",
                "pd_l1_tps_percent": _NOT_DONE,
                "tmb_mut_mb": _NOT_DONE,
            },
            "2026-06-22": {
                "systemic_therapy_history": False,
                "albumin_g_l": 29,
                "neutrophils_e9_l": 5.1,
                "lymphocytes_e9_l": 1.7,
                "ldh_u_l": _UNKNOWN,
                "crp_mg_l": 12,
            },
        },
    ),
)


def cancer_bundle(hospital: str) -> dict[str, Any]:
    """Return all of them as one mCODE bundle, tagged as test data."""
    entries = []
    for one in CANCER_PATIENTS:
        about = {"sex": one.sex, "birth_year": one.birth_year}
        document, _ = written_bundle(PatientId(hospital, one.local), about, one.observations(hospital))
        entries += document["entry"]
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": SIMULATED}
    return {"resourceType": "Bundle", "type": "collection", "meta": {"tag": [tag]}, "entry": entries}


def keep_cancer_patients(record: Record, hospital: str) -> int:
    """Bring them into a record as an import of their bundle would; returns how many observations were new.

    Raises
    ------
    BadInput
        If the bundle is not what the import reads.
    """
    refused: list[BadInput] = []
    found = resources_of(cancer_bundle(hospital), SIMULATED, refused)
    read = read_resources(found, Patients(hospital), SIMULATED)
    for problem in (*refused, *read.refused):
        raise problem
    named = {one.local: {"pseudonym": one.pseudonym, "reason": one.reason} for one in CANCER_PATIENTS}
    with record.importing(source=SIMULATED) as batch:
        for who, one in read.patients.items():
            batch.add_patient(who, attributes={**one.attributes, **named[who.local], "simulated": True})
            batch.add_observations(one.observations)
    return batch.added.observations
