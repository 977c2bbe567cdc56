"""Every model of a complication or of control, one object for each published fit."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from fyr.treat.outcome.fitted import ComplicationModel, ControlModel
from fyr.treat.outcome.published_head_and_neck import HEAD_AND_NECK
from fyr.treat.outcome.published_pelvis import PELVIS
from fyr.treat.outcome.published_thorax import THORAX
from fyr.treat.outcome.published_tumours import TUMOURS

__all__ = ["COMPLICATIONS", "CONTROLS", "complication"]

COMPLICATIONS: Final = MappingProxyType(
    {fit.name: ComplicationModel(fit) for fit in (*THORAX, *HEAD_AND_NECK, *PELVIS)}
)
"""By the name of the model."""
CONTROLS: Final = MappingProxyType({fit.name: ControlModel(fit) for fit in TUMOURS})
"""By the name of the model."""


def complication(name: str) -> ComplicationModel:
    """Return the model of that name."""
    return COMPLICATIONS[name]


LUNG_SEPPENWOOLDE: Final = complication("ntcp-lung-pneumonitis-seppenwoolde")
LUNG_QUANTEC: Final = complication("ntcp-lung-pneumonitis-quantec")
LUNG_APPELT: Final = complication("ntcp-lung-pneumonitis-appelt")
ESOPHAGUS_HUANG: Final = complication("ntcp-esophagus-esophagitis-huang")
BREAST_MUKESH: Final = complication("ntcp-breast-fibrosis-mukesh")
PAROTID_DIJKEMA: Final = complication("ntcp-parotid-flow-dijkema")
LARYNX_RANCATI: Final = complication("ntcp-larynx-edema-rancati")
LARYNX_RANCATI_LOGIT: Final = complication("ntcp-larynx-edema-rancati-logit")
SWALLOWING_CHRISTIANEN: Final = complication("ntcp-swallowing-liquids-christianen")
COCHLEA_LEE: Final = complication("ntcp-cochlea-tinnitus-lee")
COCHLEA_LEE_LOGIT: Final = complication("ntcp-cochlea-tinnitus-lee-logit")
CORD_SCHULTHEISS: Final = complication("ntcp-cord-myelopathy-schultheiss")
RECTUM_QUANTEC: Final = complication("ntcp-rectum-bleeding-quantec")
BLADDER_URGENCY: Final = complication("ntcp-bladder-urgency-mavroidis")
BLADDER_INCONTINENCE: Final = complication("ntcp-bladder-incontinence-mavroidis")
BLADDER_FREQUENCY: Final = complication("ntcp-bladder-frequency-mavroidis")
BLADDER_NOCTURIA: Final = complication("ntcp-bladder-nocturia-mavroidis")
RECTUM_COMPLETE_RESPONSE: Final = CONTROLS["tcp-rectum-complete-response-appelt"]
RECTUM_MAJOR_RESPONSE: Final = CONTROLS["tcp-rectum-major-response-appelt"]
PROSTATE_LOW_RISK: Final = CONTROLS["tcp-prostate-low-risk-trada"]
PROSTATE_INTERMEDIATE_RISK: Final = CONTROLS["tcp-prostate-intermediate-risk-trada"]
