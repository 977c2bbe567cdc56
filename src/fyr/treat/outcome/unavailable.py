"""Published models whose numbers could not be read in any source at hand: known by name, refused with the reason."""

from __future__ import annotations

from typing import Final

from fyr.models import ModelCard, ModelInput, ModelOutput, UnavailableModel

__all__ = [
    "BRAINSTEM_NECROSIS",
    "COCHLEA_HEARING_DE_MARZI",
    "HEART_MORTALITY_GAGLIARDI",
]


def _unavailable(name: str, title: str, citation: str, why: str) -> UnavailableModel:
    return UnavailableModel(
        ModelCard(
            name=name,
            version="0",
            title=title,
            intended_use="None: the model is not computed.",
            not_for="Everything.",
            inputs=(ModelInput("mean_dose_gy", "Mean dose", "number", "Gy", low=0, high=150),),
            outputs=(ModelOutput("ntcp", "Probability", "1", low=0, high=1),),
            citation=citation,
            licence="Published numbers.",
            validity="Not computed.",
            explanation="Nothing.",
            parameters={},
            not_available=why,
        )
    )


_UNREAD: Final = "its parameters and their intervals could not be read in any source at hand"

HEART_MORTALITY_GAGLIARDI: Final = _unavailable(
    "ntcp-heart-mortality-gagliardi",
    "Long-term cardiac mortality, relative seriality (Gagliardi 1996)",
    "Gagliardi G, Lax I, Ottolenghi A, Rutqvist LE. Long-term cardiac mortality after radiotherapy of breast cancer: "
    "application of the relative seriality model. Br J Radiol 1996;69:839-846.",
    f"{_UNREAD}; heart-coronary-events-darby takes the mean heart dose",
)
BRAINSTEM_NECROSIS: Final = _unavailable(
    "ntcp-brainstem-necrosis",
    "Necrosis or infarction of the brainstem (Burman 1991)",
    "Burman C, Kutcher GJ, Emami B, Goitein M. Fitting of normal tissue tolerance data to an analytic function. Int "
    "J Radiat "
    "Oncol Biol Phys 1991;21:123-135.",
    f"{_UNREAD}, and they are fits to opinions of 1991 without standard errors",
)
COCHLEA_HEARING_DE_MARZI: Final = _unavailable(
    "ntcp-cochlea-hearing-de-marzi",
    "Hearing loss after proton therapy of the skull base (De Marzi 2015)",
    "De Marzi L, Feuvret L, Boulé T, et al. Use of gEUD for predicting ear and pituitary gland damage following "
    "proton and "
    "photon radiation therapy. Br J Radiol 2015;88:20140413.",
    f"{_UNREAD}; ntcp-cochlea-tinnitus-lee takes the mean cochlear dose for tinnitus",
)
