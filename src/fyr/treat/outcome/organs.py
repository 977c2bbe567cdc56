"""Which organs the published fits are of, and which structures of TG-263 they are."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

__all__ = ["ORGANS", "organ_of"]

ORGANS: Final = MappingProxyType(
    {
        "lungs": ("Lungs", "Lungs-GTV", "Lungs-CTV", "Lungs-PTV", "Lungs-ITV", "Lungs-IGTV"),
        "heart": ("Heart",),
        "esophagus": ("Esophagus",),
        "breast": ("Breast_L", "Breast_R", "Breast"),
        "parotid": ("Parotid_L", "Parotid_R"),
        "larynx": ("Larynx",),
        "supraglottic_larynx": ("Larynx_SG", "Glottis_Supra"),
        "cochlea": ("Cochlea_L", "Cochlea_R", "Ear_Internal_L", "Ear_Internal_R"),
        "spinal_cord": ("SpinalCord", "SpinalCord_Cerv"),
        "brainstem": ("Brainstem",),
        "rectum": ("Rectum", "Anorectum"),
        "bladder": ("Bladder",),
        "rectal_cancer": (),
        "prostate_cancer_low_risk": (),
        "prostate_cancer_intermediate_risk": (),
    }
)
"""Names of TG-263 by organ; a fit of both lungs is never given one of them, and a tumour is never known by a name."""

_BY_NAME: Final = {name.casefold(): organ for organ, names in ORGANS.items() for name in names}


def organ_of(structure: str) -> str | None:
    """Return the organ that a structure of that TG-263 name is, or ``None``: nothing is guessed.

    >>> organ_of("Parotid_L"), organ_of("parotis links")
    ('parotid', None)
    """
    return _BY_NAME.get(structure.strip().casefold())
