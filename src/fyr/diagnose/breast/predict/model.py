"""The four versions as models: what they ask for, what they give, and when they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import Any, Final

import numpy as np

from fyr.diagnose.breast import inputs
from fyr.diagnose.breast.predict.hazards import Hazards, hazards_2, hazards_31, treatments
from fyr.diagnose.breast.predict.numbers import PREDICT_2, PREDICT_30_ADDS, PREDICT_32_CHANGES, SHARED
from fyr.diagnose.breast.predict.numbers import PREDICT_31 as NUMBERS_31
from fyr.diagnose.breast.predict.outcome import AT_YEARS, curves, outcomes
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["PREDICT_22", "PREDICT_30", "PREDICT_31", "PREDICT_32", "Predict"]

_BLOCK: Final = 4096
"""Rows at a time: 15 years of them stay in a second-level cache and in memory that is used again."""

_TITLES: Final = {
    "radiotherapy": "radiotherapy",
    "hormone_therapy": "hormone therapy (five years)",
    "chemotherapy": "chemotherapy",
    "trastuzumab": "trastuzumab",
    "bisphosphonate": "a bisphosphonate",
}
_UNKNOWN: Final = "taken as unknown, as the authors' program takes it"
_MAY_BE_UNKNOWN: Final = (
    inputs.varied(inputs.SCREEN_DETECTED, required=False, missing=_UNKNOWN),
    inputs.varied(inputs.GRADE, required=False, missing=_UNKNOWN),
    inputs.varied(inputs.HER2, required=False, missing=_UNKNOWN),
    inputs.varied(inputs.KI67, required=False, missing=_UNKNOWN),
    inputs.varied(inputs.KI67_PERCENT, required=False, missing="not used"),
)
_TUMOUR: Final = (
    inputs.varied(inputs.AGE, low=25, high=85),
    inputs.SIZE,
    inputs.NODES,
    inputs.MICROMETASTASES,
    inputs.ER,
    *_MAY_BE_UNKNOWN,
)
_TREATMENTS_2: Final = (
    inputs.HORMONE_THERAPY,
    inputs.CHEMOTHERAPY,
    inputs.TRASTUZUMAB,
    inputs.BISPHOSPHONATE,
)
_INPUTS_3: Final = (
    *_TUMOUR,
    inputs.varied(inputs.PR, required=False, missing=_UNKNOWN),
    inputs.SMOKING_STATUS,
    *_TREATMENTS_2,
    inputs.RADIOTHERAPY,
    inputs.HEART_DOSE,
)
_ORDER_2: Final = ("hormone_therapy", "chemotherapy", "trastuzumab", "bisphosphonate")
_ORDER_30: Final = ("hormone_therapy", "radiotherapy", "chemotherapy", "trastuzumab", "bisphosphonate")
_ORDER_31: Final = ("radiotherapy", "hormone_therapy", "chemotherapy", "trastuzumab", "bisphosphonate")


class Predict(Model):
    """One version of PREDICT Breast.

    Parameters
    ----------
    card : ModelCard
    hazards : callable
        Gives the hazards of columns, with the card's parameters.
    order : tuple of str
        The treatments in the order in which the authors' program adds them.

    Examples
    --------
    The authors' first example; overall survival ten years after surgery alone, in percent, in four versions:

    >>> patient = dict(age=50, screen_detected=False, tumour_size_mm=20, grade=2, positive_nodes=2, er_positive=True,
    ...                her2_status="negative", ki67_positive=True, pr_positive=True, smoking_status="current",
    ...                chemotherapy_generation=3, hormone_therapy=True, radiotherapy=True, heart_dose_gy=4)
    >>> for model in (PREDICT_22, PREDICT_30, PREDICT_31, PREDICT_32):
    ...     print(model.card.version, round(model.predict(patient).estimates["overall_survival_10y_surgery"].value, 1))
    2.2 74.6
    3.0 71.3
    3.1 89.1
    3.2 83.1
    """

    def __init__(
        self,
        card: ModelCard,
        hazards: Callable[[Mapping[str, Column], Mapping[str, Any]], Hazards],
        order: tuple[str, ...],
    ) -> None:
        self.card = card
        self._hazards = hazards
        self._order = order

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse what contradicts itself, and HER2 2+ without ISH."""
        yield RowRefusal(
            columns["her2_status"] == "equivocal",
            "HER2 2+ needs an ISH result (or state it as unknown)",
            ("her2_status",),
        )
        told, percent = columns["ki67_positive"], columns["ki67_percent"]
        both = ~np.isnan(told) & ~np.isnan(percent)
        yield RowRefusal(
            both & ((percent > self.card.parameters["ki67_cut"]) != (told == 1)),
            "ki67_positive contradicts ki67_percent (positive is more than 10 %)",
            ("ki67_positive", "ki67_percent"),
        )
        yield RowRefusal(
            (np.nan_to_num(columns["micrometastases"]) == 1) & (columns["positive_nodes"] > 1),
            "micrometastases alone contradict more than one positive node",
            ("micrometastases", "positive_nodes"),
        )
        yield RowRefusal(
            np.nan_to_num(columns["chemotherapy_generation"]) == 1,
            "a first generation of chemotherapy is not in the model: 0, 2 or 3",
            ("chemotherapy_generation",),
        )
        if "radiotherapy" in columns:
            yield RowRefusal(
                (np.nan_to_num(columns["radiotherapy"]) == 1) & np.isnan(columns["heart_dose_gy"]),
                "radiotherapy is planned, so heart_dose_gy is needed",
                ("heart_dose_gy",),
            )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return every output, block by block on all processors."""
        rows = len(columns["age"])
        starts = range(0, rows, _BLOCK)
        if len(starts) == 1:
            return self._block(columns)
        found = {name: np.empty(rows) for name in self.card.output_columns}

        def fill(start: int) -> None:
            part = slice(start, start + _BLOCK)
            for name, values in self._block({name: column[part] for name, column in columns.items()}).items():
                found[name][part] = values

        with ThreadPoolExecutor(cpu_count()) as pool:
            list(pool.map(fill, starts))
        return found

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the curves year by year, and the order in which the treatments are added."""
        planned = treatments(columns, self.card.parameters)
        by_treatment = curves(self._hazards(columns, self.card.parameters), planned, self._order)
        return {
            "years": list(range(1, 16)),
            "order": ["surgery", *self._order],
            "curves": {
                treatment: {name: list(years) for name, years in several.items()}
                for treatment, several in by_treatment.items()
            },
        }

    def _block(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        with np.errstate(all="ignore"):  # what is not finite is refused by the caller; a thread has its own settings
            return outcomes(self._hazards(columns, numbers), treatments(columns, numbers), self._order)


def _outputs(order: tuple[str, ...]) -> tuple[ModelOutput, ...]:
    found = []
    for given, after in (("surgery", "after surgery alone"), ("treated", "after surgery and all that is planned")):
        for year in AT_YEARS:
            found.append(_percent(f"overall_survival_{year}y_{given}", f"Alive at {year} years {after}"))
            found.append(
                _percent(f"breast_cancer_death_{year}y_{given}", f"Dead of breast cancer by {year} years {after}")
            )
            found.append(_percent(f"other_death_{year}y_{given}", f"Dead of another cause by {year} years {after}"))
    for treatment in order:
        for year in AT_YEARS:
            title = f"More alive at {year} years for {_TITLES[treatment]}, on top of the treatments before it"
            found.append(ModelOutput(f"{treatment}_benefit_{year}y", title, "%"))
    found += [ModelOutput(f"total_benefit_{year}y", f"More alive at {year} years for all", "%") for year in AT_YEARS]
    extended = "More alive at 15 years for ten instead of five years of hormone therapy"
    return (*found, ModelOutput("extended_hormone_benefit_15y", extended, "%"))


def _percent(name: str, title: str) -> ModelOutput:
    return ModelOutput(name, title, "%", low=0, high=100)


def _card(
    version: str, entries: tuple[ModelInput, ...], order: tuple[str, ...], numbers: Mapping[str, Any], evidence: str
) -> ModelCard:
    return ModelCard(
        name="predict-breast",
        version=version,
        title=f"PREDICT Breast {version}: survival after surgery, and what each treatment adds",
        intended_use="Women with invasive breast cancer, operated on, without metastases and without treatment before "
        "surgery: "
        "a ground for talking about adjuvant treatment.",
        not_for="Treatment before surgery, metastases, cancer in situ alone, men, and any decision that rests on the "
        "numbers "
        "alone. Bisphosphonates are for women after the menopause only.",
        inputs=entries,
        outputs=_outputs(order),
        citation="Candido dos Reis FJ, Wishart GC, Dicks EM, et al. An updated PREDICT breast cancer prognostication "
        "and "
        "treatment benefit prediction model with independent validation. Breast Cancer Res 2017;19:58; Grootes I, "
        "Wishart GC, "
        "Pharoah PDP. An updated PREDICT breast cancer prognostic model including the benefits and harms of "
        "radiotherapy. npj "
        "Breast Cancer 2024;10:46.",
        licence="The authors' programs are public under the MIT licence; PREDICT Breast itself is a regulated product "
        "of the "
        "University of Cambridge and the NHS: for care use theirs.",
        validity="Ages 25 to 85, the range of the authors' tool. The versions differ by many points for the same "
        "patient: a "
        "number without its version means nothing. Ki67 counts as positive above 10 %. No interval was published.",
        explanation="Survival and both kinds of death for each of 15 years, after surgery and after each treatment on "
        "top of "
        "those before it.",
        evidence=evidence,
        parameters={"shared": SHARED, "ki67_cut": 10, **numbers},
    )


PREDICT_22: Final = Predict(
    _card(
        "2.2",
        (*_TUMOUR, *_TREATMENTS_2),
        _ORDER_2,
        PREDICT_2,
        "Swedish women up to 40 years: mean error of the ten-year mortality 9.75 points (ICI). Ten years of hormone "
        "therapy: the authors' program gives the gain to women without hormone therapy too; here to those on it.",
    ),
    lambda columns, numbers: hazards_2(columns, numbers, unknown_grade_is_high=False),
    _ORDER_2,
)
PREDICT_30: Final = Predict(
    _card(
        "3.0",
        _INPUTS_3,
        _ORDER_30,
        {**PREDICT_2, **PREDICT_30_ADDS},
        "Swedish women up to 40 years: mean error of the ten-year mortality 5.10 points (ICI). Surgery alone already "
        "carries the other mortality of the planned chemotherapy and radiotherapy. Ten years of hormone therapy: a "
        "slip in the authors' program leaves no gain; here it is what their comment says, as in 3.1.",
    ),
    lambda columns, numbers: hazards_2(columns, numbers, unknown_grade_is_high=True),
    _ORDER_30,
)
PREDICT_31: Final = Predict(
    _card(
        "3.1",
        _INPUTS_3,
        _ORDER_31,
        NUMBERS_31,
        "METABRIC: C-index for overall survival 0.681; ten-year survival predicted 78.7 %, observed 60.0 % (a cohort "
        "of "
        "1977-2005, while the version fixes the year at 2017).",
    ),
    hazards_31,
    _ORDER_31,
)
PREDICT_32: Final = Predict(
    _card(
        "3.2",
        _INPUTS_3,
        _ORDER_31,
        {**NUMBERS_31, **PREDICT_32_CHANGES},
        "METABRIC: C-index for overall survival 0.685; ten-year survival predicted 73.1 %, observed 60.0 % (a cohort "
        "of "
        "1977-2005, while the version fixes the year at 2017).",
    ),
    hazards_31,
    _ORDER_31,
)
