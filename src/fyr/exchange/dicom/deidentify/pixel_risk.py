"""Whether pixels may show who the patient is: words burned in, or a face.

Nothing here looks at a pixel. It is said where a file's own words, or the kind of object that it is, make it likely, so
that a person looks (DICOM PS3.15 E.3.1 and E.3.2 ask for a person or a tool that does).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fyr.exchange.dicom.values import text, words

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["PixelRisk", "pixel_risk"]

_BURNED: Final = {
    "1.2.840.10008.5.1.4.1.1.7": "secondary captures often show the patient's name",
    "1.2.840.10008.5.1.4.1.1.6": "ultrasound machines burn names and dates into their pictures",
    "1.2.840.10008.5.1.4.1.1.3": "ultrasound machines burn names and dates into their pictures",
    "1.2.840.10008.5.1.4.1.1.12": "angiography and fluoroscopy may have names burned in",
    "1.2.840.10008.5.1.4.1.1.77": "photographs and slides may show a face or a label",
    "1.2.840.10008.5.1.4.1.1.104": "an encapsulated document is not read, and holds what it holds",
    "1.2.840.10008.5.1.4.1.1.11": "a presentation state may hold words drawn over the picture",
}
_MODALITIES: Final = {
    **dict.fromkeys(("SC", "OT", "DOC"), "captures and documents often show the patient's name"),
    **dict.fromkeys(("US", "IVUS", "ES", "XC", "GM", "OP", "OPT"), "such pictures often have words burned in"),
}
_SAID: Final = {"SCREEN SAVE", "SCREENSHOT", "SCREEN", "CSA REPORT", "REPORT", "RESULT", "DOSE_INFO", "PROT"}
_HEAD: Final = re.compile(
    r"\b(head|brain|skull|face|facial|neck|sinus|orbit|jaw|mandible|maxilla|ear|iac|cerebr\w*|cranial|cranium|"
    r"kopf|hals|schaedel|schädel|gehirn|hjerne|hoved|huvud|hjärna|tete|tête|crane|cabeza|h&n|hn|wholebody|whole body|"
    r"headneck|stereotac\w*)\b",
    re.IGNORECASE,
)
_VOLUMES: Final = frozenset(("CT", "MR", "PT"))
_IMAGES: Final = "1.2.840.10008.5.1.4.1.1."
_RT_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.481.1"
_NOT_PIXELS: Final = ("1.2.840.10008.5.1.4.1.1.481.", "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.88.")

Level = Literal["high", "possible", "low"]


@dataclass(frozen=True, slots=True)
class PixelRisk:
    """How likely pixels give the patient away.

    Parameters
    ----------
    burned_in : str
        Words in the picture: ``high`` the file or its kind says so, ``possible`` it says nothing, ``low`` it says no.
    face : str
        A head that can be drawn from the slices: ``high``, ``possible``, ``low``.
    reasons : tuple of str
    """

    burned_in: Level
    face: Level
    reasons: tuple[str, ...] = ()

    @property
    def is_high(self) -> bool:
        """Whether the file must not leave before somebody has looked at its pixels."""
        return self.burned_in == "high"


def pixel_risk(dataset: Dataset) -> PixelRisk:
    """Return the risk that a file's own words tell of; to be asked before they are taken out."""
    kind, modality = text(dataset, "SOPClassUID", ""), text(dataset, "Modality", "")
    if kind != _RT_IMAGE and (kind.startswith(_NOT_PIXELS) or not kind.startswith(_IMAGES)):
        return PixelRisk("low", "low")
    reasons: list[str] = []
    burned = _burned(dataset, kind, modality, reasons)
    return PixelRisk(burned, _face(dataset, modality, reasons), tuple(reasons))


def _burned(dataset: Dataset, kind: str, modality: str, reasons: list[str]) -> Level:
    said = text(dataset, "BurnedInAnnotation", "").upper()
    if said == "YES":
        reasons.append("the file says that words are burned into its pixels")
    for start, reason in _BURNED.items():
        if kind == start or kind.startswith(f"{start}."):
            reasons.append(reason)
    if not reasons and modality in _MODALITIES:
        reasons.append(_MODALITIES[modality])
    kinds = {one.upper().strip() for one in words(dataset, "ImageType")}
    if kinds & _SAID:
        reasons.append(f"the type of picture is {', '.join(sorted(kinds & _SAID))}")
    if text(dataset, "ConversionType", ""):
        reasons.append("the picture was captured or scanned, not measured")
    if reasons:
        return "high"
    if said == "NO":
        return "low"
    if "SECONDARY" in kinds or modality not in _VOLUMES:
        reasons.append("the file does not say whether words are burned into its pixels")
        return "possible"
    return "low"


def _face(dataset: Dataset, modality: str, reasons: list[str]) -> Level:
    if text(dataset, "RecognizableVisualFeatures", "").upper() == "YES":
        reasons.append("the file says that the patient can be recognised")
        return "high"
    if modality not in _VOLUMES:
        return "low"
    part = text(dataset, "BodyPartExamined", "")
    about = (text(dataset, one, "") for one in ("SeriesDescription", "StudyDescription", "ProtocolName"))
    said = " ".join([part, *about]).replace("_", " ")
    if _HEAD.search(said):
        reasons.append("slices of a head: a face can be drawn from them")
        return "high"
    if not part:
        reasons.append("the file does not say which part of the body: a face may be in the slices")
        return "possible"
    return "low"
