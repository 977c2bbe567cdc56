"""What the risk model may be told: variables under the names of the published hourly tables, with units and ranges.

The ranges are Fyr's own limits of plausibility, set wide: a value outside them is a slip of the pen or of a sensor, and
its row is refused. The LOINC codes are the commonest of each, in blood or serum. What raises or lowers risk stands with
the features (:mod:`fyr.watch.risk.targets`).
"""

from __future__ import annotations

from typing import Final

from fyr.models import ModelInput

__all__ = ["KEYS", "MEASURED", "STATIC", "VARIABLES"]

_MISSING: Final = "taken as not measured in this hour: the model knows the last value and its age"


def _number(name: str, title: str, unit: str, high: float, code: str | None = None, low: float = 0) -> ModelInput:
    return ModelInput(name, title, "number", unit, code, low=low, high=high, required=False, missing=_MISSING)


KEYS: Final = (
    ModelInput(
        "stay_id",
        "Which rows belong to one stay: the rows of a stay with an earlier time are the history of a row",
        "integer",
        "1",
        required=False,
        missing="the row stands alone, without a history",
    ),
    ModelInput("time", "Time since admission to the unit", "number", "h", low=0, high=87600, missing="state the hour"),
)

STATIC: Final = (
    ModelInput("age", "Age", "number", "a", "loinc:30525-0", low=0, high=120, required=False, missing="not known"),
    ModelInput("weight", "Body weight", "number", "kg", "loinc:29463-7", 1, 500, required=False, missing="not known"),
)

_MEASURED: Final = (
    _number("hr", "Heart rate", "/min", 350, "loinc:8867-4"),
    _number("resp", "Respiratory rate", "/min", 150, "loinc:9279-1"),
    _number("o2sat", "Oxygen saturation by pulse oximetry", "%", 100, "loinc:59408-5"),
    _number("sbp", "Systolic blood pressure", "mm[Hg]", 350, "loinc:8480-6"),
    _number("dbp", "Diastolic blood pressure", "mm[Hg]", 300, "loinc:8462-4"),
    _number("map", "Mean blood pressure", "mm[Hg]", 330, "loinc:8478-0"),
    _number("temp", "Body temperature", "Cel", 46, "loinc:8310-5", 15),
    _number("fio2", "Inspired oxygen fraction", "%", 100, "loinc:3150-6"),
    _number("urine", "Urine output in the hour", "mL", 10000),
    _number("glu", "Glucose", "mg/dL", 3000, "loinc:2345-7"),
    _number("alb", "Albumin", "g/dL", 10, "loinc:1751-7"),
    _number("ast", "Aspartate aminotransferase", "U/L", 100000, "loinc:1920-8"),
    _number("be", "Base excess", "mmol/L", 60, "loinc:1925-7", low=-60),
    _number("bicar", "Bicarbonate", "mmol/L", 80, "loinc:1963-8"),
    _number("bili", "Bilirubin, total", "mg/dL", 100, "loinc:1975-2"),
    _number("bnd", "Band neutrophils", "%", 100, "loinc:26508-2"),
    _number("bun", "Blood urea nitrogen", "mg/dL", 400, "loinc:3094-0"),
    _number("cl", "Chloride", "mmol/L", 200, "loinc:2075-0"),
    _number("crea", "Creatinine", "mg/dL", 50, "loinc:2160-0"),
    _number("hgb", "Haemoglobin", "g/dL", 30, "loinc:718-7"),
    _number("inr_pt", "Prothrombin time, international normalised ratio", "1", 50, "loinc:6301-6"),
    _number("k", "Potassium", "mmol/L", 15, "loinc:2823-3"),
    _number("lact", "Lactate", "mmol/L", 60, "loinc:2524-7"),
    _number("lymph", "Lymphocytes", "%", 100, "loinc:736-9"),
    _number("na", "Sodium", "mmol/L", 250, "loinc:2951-2"),
    _number("neut", "Neutrophils", "%", 100, "loinc:770-8"),
    _number("ph", "pH of the blood", "[pH]", 8.5, "loinc:2744-1", low=6),
    _number("plt", "Platelets", "10*3/uL", 5000, "loinc:777-3"),
    _number("po2", "Partial pressure of oxygen", "mm[Hg]", 800, "loinc:2703-7"),
    _number("wbc", "Leukocytes", "10*3/uL", 1000, "loinc:6690-2"),
)

VARIABLES: Final = (*STATIC, *_MEASURED)
"""What a row holds besides its stay and time."""

MEASURED: Final = tuple(entry.name for entry in _MEASURED)
"""The names of what is measured again and again; a stay in which none of it was measured has no usable signal."""
