"""What an exposure is: irradiation events, the reports that tell of them, and the patients who had them."""

from __future__ import annotations

from dataclasses import dataclass, field

from fyr.treat.exposure.quantity import Quantity, QuantityKind

__all__ = ["DoseReportRead", "EventGeometry", "IrradiationEvent", "PatientFacts"]


@dataclass(frozen=True, slots=True)
class EventGeometry:
    """Where the source, the reference point and the patient were, as far as the machine said; lengths in mm.

    Parameters
    ----------
    primary_angle_deg, secondary_angle_deg : float or None
        Of the positioner: left or right of the patient, and towards the head or the feet.
    source_to_isocentre_mm, source_to_detector_mm, source_to_reference_mm, table_height_mm : float or None
    reference_point : str
        How the machine defines its reference point: a DICOM code or its words.
    field_area_cm2 : float or None
        At the detector.
    """

    primary_angle_deg: float | None = None
    secondary_angle_deg: float | None = None
    source_to_isocentre_mm: float | None = None
    source_to_detector_mm: float | None = None
    source_to_reference_mm: float | None = None
    table_height_mm: float | None = None
    reference_point: str = ""
    field_area_cm2: float | None = None


@dataclass(frozen=True, slots=True)
class IrradiationEvent:
    """One release of the beam, or one administration.

    Parameters
    ----------
    uid : str
        Of the event; empty where the machine gave none.
    started : str
        As the report says: ``YYYYMMDDHHMMSS…``; empty where it says nothing.
    protocol, type, region, side, plane : str
        In the report's words.
    quantities : tuple of Quantity
    kvp : float or None
    scan_length_mm : float or None
    water_equivalent_diameter_cm, lateral_cm, ap_cm, effective_diameter_cm : float or None
        Of the patient, where the scanner measured it.
    geometry : EventGeometry
    """

    uid: str
    started: str = ""
    protocol: str = ""
    type: str = ""
    region: str = ""
    side: str = ""
    plane: str = ""
    quantities: tuple[Quantity, ...] = ()
    kvp: float | None = None
    scan_length_mm: float | None = None
    water_equivalent_diameter_cm: float | None = None
    lateral_cm: float | None = None
    ap_cm: float | None = None
    effective_diameter_cm: float | None = None
    geometry: EventGeometry = field(default_factory=EventGeometry)

    def of(self, kind: QuantityKind) -> Quantity | None:
        """Return its amount of a kind of quantity."""
        return next((one for one in self.quantities if one.kind is kind), None)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """Whom a report is about, as it says."""

    patient_id: str
    issuer: str = ""
    sex: str = ""
    age_years: float | None = None
    height_m: float | None = None
    weight_kg: float | None = None


@dataclass(frozen=True, slots=True)
class DoseReportRead:
    """A dose report as exposure.

    Parameters
    ----------
    uid, study_uid, accession : str
    template : str
        That the report follows: ``10001``, ``10011``, ``10021``.
    modality : {"ct", "fluoroscopy", "mammography", "radiography", "nuclear medicine"}
        By what the report tells of, not by what its file is called.
    patient : PatientFacts
    started, written : str
        The first irradiation, and when the report was written, as DICOM writes times.
    manufacturer, model, serial_number, institution, study_description : str
    totals : tuple of Quantity
        What the machine added up itself.
    events : tuple of IrradiationEvent
    is_complete : bool
        Whether the machine says so.
    predecessors : tuple of str
        Reports that this one continues or replaces.
    warnings : tuple of str
        What a reader must know.
    """

    uid: str
    study_uid: str
    accession: str
    template: str
    modality: str
    patient: PatientFacts
    started: str
    written: str
    manufacturer: str
    model: str
    serial_number: str
    institution: str
    study_description: str
    totals: tuple[Quantity, ...]
    events: tuple[IrradiationEvent, ...]
    is_complete: bool = True
    predecessors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def total(self, kind: QuantityKind) -> float | None:
        """Return the machine's own total of a kind, over planes and sides; ``None`` where it gave none."""
        found = [one.value for one in self.totals if one.kind is kind]
        return sum(found) if found else None
