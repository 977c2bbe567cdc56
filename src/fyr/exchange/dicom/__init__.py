"""DICOM files into the nouns of imaging: exact where the file is whole and clear, refused with the reason elsewhere."""

from fyr.exchange.dicom.dose import read_dose
from fyr.exchange.dicom.dose_report import read_dose_report
from fyr.exchange.dicom.plan import read_plan
from fyr.exchange.dicom.registration import read_registrations
from fyr.exchange.dicom.scan import scan_folder
from fyr.exchange.dicom.segmentation import read_segmentation
from fyr.exchange.dicom.series import read_series
from fyr.exchange.dicom.structure_set import read_structure_set
from fyr.exchange.dicom.write_dose import write_dose
from fyr.exchange.dicom.write_findings import write_findings
from fyr.exchange.dicom.write_segmentation import write_segmentation
from fyr.exchange.dicom.write_structure_set import write_structure_set

__all__ = [
    "read_dose",
    "read_dose_report",
    "read_plan",
    "read_registrations",
    "read_segmentation",
    "read_series",
    "read_structure_set",
    "scan_folder",
    "write_dose",
    "write_findings",
    "write_segmentation",
    "write_structure_set",
]
