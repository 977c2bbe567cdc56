"""Genomic-adjusted radiation dose: a what-if of the radiosensitivity index, not a prediction.

Scott 2017 (Lancet Oncol 18:202): alpha from RSI = exp(-alpha d - beta d²) at n = 1, d = 2 Gy and beta = 0.05 /Gy²,
then GARD
= n d (alpha + beta d). Read in the program of the pooled analysis by the same group (Scott 2021, Lancet Oncol 22:1221:
``alpha = log(RSI)/(-2) - 0.05*2``, ``GARD = n*d*(alpha + 0.05*d)``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.reduced_dose import MOST_PER_FRACTION_GY

__all__ = ["GARD", "Gard"]


class Gard(Model):
    """The genomic-adjusted radiation dose of a course.

    Examples
    --------
    >>> round(GARD.predict({"rsi": 0.4, "fractions": 30, "dose_per_fraction_gy": 2}).estimates["gard"].value, 3)
    27.489
    """

    card = ModelCard(
        name="gard-what-if",
        version="2017",
        title="Genomic-adjusted radiation dose (GARD), what if",
        intended_use="Research, as a what-if beside the plan: how the effect of a course would change with its "
        "fractions "
        "for a tumour with this radiosensitivity index.",
        not_for="Choosing a dose. There is no randomised evidence; the inventors declare a pending patent, so that "
        "clinical "
        "use needs legal and clinical review. Not a medical device.",
        inputs=(
            ModelInput("rsi", "Radiosensitivity index of the tumour", "number", "1", low=0.001, high=0.999),
            ModelInput("fractions", "Number of fractions", "integer", "1", low=1, high=100),
            ModelInput("dose_per_fraction_gy", "Dose per fraction", "number", "Gy", low=0.5, high=MOST_PER_FRACTION_GY),
        ),
        outputs=(ModelOutput("gard", "GARD", "1", higher_is="better"),),
        citation="Scott JG, Berglund A, Schell MJ, et al. A genome-based model for adjusting radiotherapy dose "
        "(GARD): a "
        "retrospective, cohort-based study. Lancet Oncol 2017;18:202-211.",
        licence="A published formula; a patent is declared as pending by its authors.",
        validity="RSI stands for the surviving fraction at 2 Gy; beta is one number for all tumours. An RSI of 0.819 "
        "or more "
        "would need an alpha below 0 and is refused. Fyr does not compute RSI from expression.",
        explanation="alpha of the tumour.",
        evidence="Low: retrospective cohorts. In the pooled analysis of 2021 the hazard of recurrence was 0.98 for "
        "each unit "
        "of GARD; dose alone was not associated.",
        parameters={"beta_per_gy2": 0.05, "reference_gy": 2.0},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse an index that no alpha above 0 gives."""
        impossible = self._alpha(columns) <= 0
        if impossible.any():
            yield RowRefusal(impossible, "rsi is 0.819 or more: no alpha above 0 gives that index", ("rsi",))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return GARD."""
        size, beta = columns["dose_per_fraction_gy"], self.card.parameters["beta_per_gy2"]
        return {"gard": columns["fractions"] * size * (self._alpha(columns) + beta * size)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return alpha."""
        return {"alpha, 1/Gy": self._alpha(columns)}

    def _alpha(self, columns: Mapping[str, Column]) -> Column:
        at, beta = self.card.parameters["reference_gy"], self.card.parameters["beta_per_gy2"]
        alpha: Column = -np.log(columns["rsi"]) / at - beta * at
        return alpha


GARD: Final = Gard()
