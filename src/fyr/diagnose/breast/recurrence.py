"""CTS5 and IHC4: the risk of recurrence of hormone-receptor positive breast cancer from routine pathology.

Sources:

- CTS5: Dowsett M, Sestak I, Regan MM, et al. Integration of clinical variables for the prediction of late distant
recurrence in patients with estrogen receptor-positive breast cancer treated with 5 years of endocrine therapy: CTS5. J
Clin Oncol 2018;36:1941-1948. 0.438 nodes + 0.988 (0.093 size - 0.001 size^2 + 0.375 grade + 0.017 age), where nodes is
a class (0; 1; 2-3: 2; 4-9: 3; more: 4) and the size, in mm, counts up to 30. Most public copies take the number of
nodes for the class, and some close the bracket after the size.
- IHC4: Cuzick J, Dowsett M, Pineda S, et al. Prognostic value of a combined estrogen receptor, progesterone receptor,
Ki-67, and human epidermal growth factor receptor 2 immunohistochemical score. J Clin Oncol 2011;29:4273-4278. 94.7
(-0.100 ER10 - 0.079 PgR10 + 0.586 HER2 + 0.240 ln(1 + 10 Ki67)): ER10 is the H-score / 30, PgR10 the percentage / 10,
Ki67 the percentage. The same stands in the Bioconductor package genefu. Copies that put Ki67 in as a fraction are some
80 points too low.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.breast.inputs import AGE, ER, GRADE, HER2, KI67_PERCENT, NODES, SIZE, varied
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["CTS5", "ER_H_SCORE", "IHC4", "PR_PERCENT", "ClinicalTreatmentScore", "Ihc4"]

ER_H_SCORE: Final = ModelInput("er_h_score", "H-score of the oestrogen receptor", "number", "{score}", low=0, high=300)
PR_PERCENT: Final = ModelInput(
    "pr_percent", "Progesterone receptor: share of tumour nuclei that stain", "number", "%", low=0, high=100
)


class ClinicalTreatmentScore(Model):
    """CTS5 after five years of endocrine therapy.

    Examples
    --------
    >>> woman = dict(age=62, tumour_size_mm=25, grade=2, positive_nodes=3, er_positive=True)
    >>> round(CTS5.predict(woman).estimates["cts5"].value, 4)
    4.338
    """

    card = ModelCard(
        name="cts5",
        version="2018",
        title="Clinical Treatment Score post-5 years (CTS5): late distant recurrence",
        intended_use="Women after the menopause with ER-positive breast cancer who are free of distant recurrence "
        "after five "
        "years of endocrine therapy: the risk of distant recurrence in the years 5 to 10.",
        not_for="Women before the menopause, ER-negative disease, an earlier time than five years, and any decision "
        "that rests on "
        "the score alone.",
        inputs=(
            varied(AGE, low=30, high=100),
            varied(SIZE, low=0.1, high=200),
            GRADE,
            NODES,
            varied(ER, required=False, missing="taken as positive: the score is for no other"),
        ),
        outputs=(
            ModelOutput("cts5", "CTS5", "{score}", higher_is="worse"),
            ModelOutput("cts5_group", "Risk group", "1", categories=("low", "intermediate", "high")),
        ),
        citation="Dowsett M, Sestak I, Regan MM, et al. J Clin Oncol 2018;36:1941-1948.",
        licence="A published formula.",
        validity="Trained on ATAC, tested on BIG 1-98, both after the menopause. Groups: low under 3.13, high above "
        "3.86.",
        explanation="The class of nodes, the size that counted, and what each input contributes.",
        parameters={
            "nodes": 0.438,
            "node_class_from": [1, 2, 4, 10],
            "bracket": 0.988,
            "size": 0.093,
            "size_squared": -0.001,
            "size_at_most_mm": 30,
            "grade": 0.375,
            "age": 0.017,
            "intermediate_from": 3.13,
            "high_above": 3.86,
        },
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse ER-negative disease."""
        yield RowRefusal(columns["er_positive"] == 0, "the score is for ER-positive disease only", ("er_positive",))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the score and its group."""
        numbers = self.card.parameters
        parts = self._parts(columns)
        score = parts["positive_nodes"] + parts["tumour_size_mm"] + parts["grade"] + parts["age"]
        group = (score >= numbers["intermediate_from"]).astype(np.int64) + (score > numbers["high_above"])
        return {"cts5": score, "cts5_group": group}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the class of nodes, the size that counted and the contributions."""
        return {
            "node_class": self._node_class(columns),
            "counted_size_mm": np.minimum(columns["tumour_size_mm"], self.card.parameters["size_at_most_mm"]),
            "contributions": self._parts(columns),
        }

    def _node_class(self, columns: Mapping[str, Column]) -> Column:
        return np.searchsorted(self.card.parameters["node_class_from"], columns["positive_nodes"], side="right")

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        size = np.minimum(columns["tumour_size_mm"], numbers["size_at_most_mm"])
        return {
            "positive_nodes": numbers["nodes"] * self._node_class(columns),
            "tumour_size_mm": numbers["bracket"] * (numbers["size"] * size + numbers["size_squared"] * size**2),
            "grade": numbers["bracket"] * numbers["grade"] * columns["grade"],
            "age": numbers["bracket"] * numbers["age"] * columns["age"],
        }


class Ihc4(Model):
    """The IHC4 score.

    Examples
    --------
    >>> tumour = dict(er_h_score=240, pr_percent=50, her2_status="negative", ki67_percent=5)
    >>> round(IHC4.predict(tumour).estimates["ihc4"].value, 2)
    -23.8
    """

    card = ModelCard(
        name="ihc4",
        version="2011",
        title="IHC4 score: ER, PgR, HER2 and Ki67",
        intended_use="Women after the menopause with ER-positive breast cancer on endocrine therapy: distant "
        "recurrence.",
        not_for="ER-negative disease, women before the menopause, and any decision that rests on the score alone. The "
        "clinical "
        "part of IHC4+C is not in it.",
        inputs=(ER_H_SCORE, PR_PERCENT, HER2, KI67_PERCENT),
        outputs=(ModelOutput("ihc4", "IHC4", "{score}", higher_is="worse"),),
        citation="Cuzick J, Dowsett M, Pineda S, et al. J Clin Oncol 2011;29:4273-4278.",
        licence="A published formula.",
        validity="ER as H-score, PgR and Ki67 as percentages of stained nuclei. Scoring differs between laboratories, "
        "Ki67 most.",
        explanation="What each marker contributes.",
        parameters={
            "scale": 94.7,
            "er10": -0.100,
            "h_score_per_er10": 30,
            "pgr10": -0.079,
            "percent_per_pgr10": 10,
            "her2": 0.586,
            "ki67": 0.240,
            "ki67_factor": 10,
        },
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse HER2 2+ without ISH, and ER-negative disease."""
        yield RowRefusal(columns["her2_status"] == "equivocal", "HER2 2+ needs an ISH result", ("her2_status",))
        yield RowRefusal(columns["er_h_score"] < 1, "the score is for ER-positive disease only", ("er_h_score",))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the score."""
        parts = self._parts(columns)
        return {"ihc4": parts["er_h_score"] + parts["pr_percent"] + parts["her2_status"] + parts["ki67_percent"]}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the contributions."""
        return {"contributions": self._parts(columns)}

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        scale = numbers["scale"]
        return {
            "er_h_score": scale * numbers["er10"] * columns["er_h_score"] / numbers["h_score_per_er10"],
            "pr_percent": scale * numbers["pgr10"] * columns["pr_percent"] / numbers["percent_per_pgr10"],
            "her2_status": scale * numbers["her2"] * (columns["her2_status"] == "positive"),
            "ki67_percent": scale * numbers["ki67"] * np.log1p(numbers["ki67_factor"] * columns["ki67_percent"]),
        }


CTS5: Final = ClinicalTreatmentScore()
IHC4: Final = Ihc4()
