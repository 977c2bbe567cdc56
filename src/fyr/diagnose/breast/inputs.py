"""What the models of the breast ask for, each once: one name, one unit and one list of categories for one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from fyr.models import ModelInput

__all__ = [
    "AGE",
    "BISPHOSPHONATE",
    "CHEMOTHERAPY",
    "ER",
    "GRADE",
    "HEART_DOSE",
    "HER2",
    "HORMONE_THERAPY",
    "KI67",
    "KI67_PERCENT",
    "MICROMETASTASES",
    "NODES",
    "PR",
    "RADIOTHERAPY",
    "SCREEN_DETECTED",
    "SIZE",
    "SMOKING_STATUS",
    "TRASTUZUMAB",
    "varied",
]

_NOT_PLANNED: Final = "taken as not planned"

AGE: Final = ModelInput("age", "Age at diagnosis", "number", "a", "loinc:30525-0", low=18, high=110)
SIZE: Final = ModelInput(
    "tumour_size_mm", "Largest diameter of the invasive tumour", "number", "mm", "loinc:33728-7", low=0.1, high=500
)
NODES: Final = ModelInput(
    "positive_nodes", "Lymph nodes with metastasis", "integer", "1", "loinc:92832-5", low=0, high=100
)
MICROMETASTASES: Final = ModelInput(
    "micrometastases",
    "The only nodal disease is a micrometastasis (up to 2 mm)",
    "boolean",
    required=False,
    missing="taken as no",
)
GRADE: Final = ModelInput("grade", "Nottingham grade", "integer", "1", "loinc:44648-4", low=1, high=3)
ER: Final = ModelInput(
    "er_positive",
    "Oestrogen receptor positive",
    "boolean",
    code="loinc:16112-5",
    aliases={"positive": "true", "negative": "false"},
)
PR: Final = ModelInput(
    "pr_positive",
    "Progesterone receptor positive",
    "boolean",
    code="loinc:16113-3",
    aliases={"positive": "true", "negative": "false"},
)
HER2: Final = ModelInput(
    "her2_status",
    "HER2: negative, positive, or equivocal (2+ on IHC without ISH)",
    "category",
    code="loinc:48676-1",
    categories=("negative", "positive", "equivocal"),
    aliases={
        "0": "negative",
        "1+": "negative",
        "3+": "positive",
        "2+": "equivocal",
        "2+/ISH-": "negative",
        "2+/ISH+": "positive",
    },
)
KI67: Final = ModelInput(
    "ki67_positive",
    "Ki67 above the cut of the laboratory",
    "boolean",
    aliases={"positive": "true", "negative": "false"},
)
KI67_PERCENT: Final = ModelInput(
    "ki67_percent", "Ki67: share of tumour nuclei that stain", "number", "%", "loinc:29593-1", low=0, high=100
)
SCREEN_DETECTED: Final = ModelInput("screen_detected", "Found by screening, without symptoms", "boolean")
SMOKING_STATUS: Final = ModelInput(
    "smoking_status",
    "Smoking of cigarettes",
    "category",
    code="loinc:72166-2",
    categories=("never", "former", "current"),
    aliases={"ex": "former", "ex-smoker": "former"},
)
HORMONE_THERAPY: Final = ModelInput(
    "hormone_therapy", "Hormone therapy is planned", "boolean", required=False, missing=_NOT_PLANNED
)
CHEMOTHERAPY: Final = ModelInput(
    "chemotherapy_generation",
    "Planned chemotherapy: 0 none, 2 second generation (anthracyclines), 3 third generation (taxanes)",
    "integer",
    "1",
    low=0,
    high=3,
    required=False,
    missing=_NOT_PLANNED,
)
TRASTUZUMAB: Final = ModelInput(
    "trastuzumab", "Trastuzumab is planned", "boolean", required=False, missing=_NOT_PLANNED
)
BISPHOSPHONATE: Final = ModelInput(
    "bisphosphonate",
    "A bisphosphonate is planned (after the menopause)",
    "boolean",
    required=False,
    missing=_NOT_PLANNED,
)
RADIOTHERAPY: Final = ModelInput(
    "radiotherapy", "Radiotherapy is planned", "boolean", required=False, missing=_NOT_PLANNED
)
HEART_DOSE: Final = ModelInput(
    "heart_dose_gy",
    "Mean dose to the heart of the planned radiotherapy",
    "number",
    "Gy",
    low=0,
    high=30,
    required=False,
    missing="needed where radiotherapy is planned, else 0",
)


def varied(entry: ModelInput, **changes: Any) -> ModelInput:
    """Return the input with what one model has otherwise: its range, or that it may be missing."""
    return replace(entry, **changes)
