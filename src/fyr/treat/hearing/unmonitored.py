"""CTCAE 5 for adults without a baseline audiogram: what the patient and the physician say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput

__all__ = ["CTCAE_5_UNMONITORED", "CtcaeUnmonitored"]


class CtcaeUnmonitored(Model):
    """The grade of adults who are not on a monitoring programme.

    Examples
    --------
    >>> said = dict(documented_hearing_loss=True, intervention_indicated=False, limits_self_care=False,
    ...             nonserviceable_hearing=False, subjective_change=True)
    >>> CTCAE_5_UNMONITORED.predict(said).estimates["grade"].category
    '2'
    """

    card = ModelCard(
        name="ototoxicity-ctcae-5-unmonitored",
        version="5.0",
        title="Hearing impaired, CTCAE 5.0, adults not on a monitoring programme",
        intended_use="Research: adults without an audiogram before treatment.",
        not_for="Adults with a baseline (see ototoxicity-ctcae-5-adult), children, any decision. Not a medical device.",
        inputs=(
            ModelInput("subjective_change", "The patient notices a change in hearing", "boolean"),
            ModelInput("documented_hearing_loss", "Hearing loss is documented", "boolean"),
            ModelInput("intervention_indicated", "A hearing aid or another intervention is indicated", "boolean"),
            ModelInput("limits_self_care", "The loss limits self-care activities of daily living", "boolean"),
            ModelInput(
                "nonserviceable_hearing",
                "Hearing of no use: profound loss of both ears (above 80 dB HL at 2 kHz and above)",
                "boolean",
            ),
        ),
        outputs=(ModelOutput("grade", "Grade; 0 is none of the grades", "1", categories=("0", "1", "2", "3", "4")),),
        citation="National Cancer Institute. Common Terminology Criteria for Adverse Events (CTCAE) version 5.0. 27 "
        "November 2017: ear and labyrinth disorders, hearing impaired.",
        licence="A published terminology, in the public domain.",
        validity="1: a subjective change without documented loss; 2: a loss, no intervention indicated; 3: an "
        "intervention "
        "is indicated, or self-care is limited; 4: hearing of no use.",
        explanation="Which statement decides.",
        evidence="Read in the Japanese translation of version 5 (JCOG) and in the English of version 6.",
        parameters={},
    )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the worst grade that a statement makes."""
        return {"grade": np.select([columns[name] for name in _WORST_FIRST], [4, 3, 3, 2, 1], 0)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the statement that decides."""
        decides = np.select([columns[name] for name in _WORST_FIRST], range(len(_WORST_FIRST)), -1)
        return {"decides": np.array([_WORST_FIRST[one] if one >= 0 else None for one in decides], dtype=object)}


_WORST_FIRST: Final = (
    "nonserviceable_hearing",
    "intervention_indicated",
    "limits_self_care",
    "documented_hearing_loss",
    "subjective_change",
)

CTCAE_5_UNMONITORED: Final = CtcaeUnmonitored()
