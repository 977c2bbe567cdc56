"""DICOM files without their patient's identity: PS3.15 Annex E, the Basic Profile and some of its options."""

from fyr.exchange.dicom.deidentify.file import Deidentified, deidentified, patient_of
from fyr.exchange.dicom.deidentify.folder import OutFolder, open_folder
from fyr.exchange.dicom.deidentify.keyed import Key, make_key, read_key
from fyr.exchange.dicom.deidentify.options import Options
from fyr.exchange.dicom.deidentify.pixel_risk import PixelRisk, pixel_risk

__all__ = [
    "Deidentified",
    "Key",
    "Options",
    "OutFolder",
    "PixelRisk",
    "deidentified",
    "make_key",
    "open_folder",
    "patient_of",
    "pixel_risk",
    "read_key",
]
