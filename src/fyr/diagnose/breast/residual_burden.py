"""Residual Cancer Burden: what is left of a breast cancer after treatment before surgery.

Source: Symmans WF, Peintinger F, Hatzis C, et al. Measurement of residual breast cancer burden to predict survival
after neoadjuvant chemotherapy. J Clin Oncol 2007;25:4414-4422: 1.4 (f d)^0.17 + (4 (1 - 0.75^n) m)^0.17, where f is
the share of the tumour bed that is invasive cancer, d the square root of the product of the bed's two diameters in mm,
n the number of positive nodes and m the diameter of the largest metastasis in mm. Classes: 0, I up to 1.36, II up to
3.28, III above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.diagnose.breast.inputs import NODES
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["RCB", "ResidualCancerBurden"]

_CLASSES: Final = ("RCB-0", "RCB-I", "RCB-II", "RCB-III")


def _length(name: str, title: str) -> ModelInput:
    return ModelInput(name, title, "number", "mm", low=0, high=300)


def _share(name: str, title: str) -> ModelInput:
    return ModelInput(name, title, "number", "%", low=0, high=100)


class ResidualCancerBurden(Model):
    """The index and its class.

    Examples
    --------
    >>> bed = dict(tumour_bed_length_mm=20, tumour_bed_width_mm=15, cellularity_percent=20, in_situ_percent=0,
    ...            positive_nodes=0, largest_metastasis_mm=0)
    >>> round(RCB.predict(bed).estimates["rcb"].value, 4)
    1.7293
    """

    card = ModelCard(
        name="rcb",
        version="2007",
        title="Residual Cancer Burden after treatment before surgery",
        intended_use="Invasive breast cancer after neoadjuvant chemotherapy and surgery.",
        not_for="Patients without treatment before surgery, and any decision that rests on the index alone.",
        inputs=(
            _length("tumour_bed_length_mm", "Larger diameter of the tumour bed"),
            _length("tumour_bed_width_mm", "Smaller diameter of the tumour bed"),
            _share("cellularity_percent", "Share of the tumour bed that is cancer, in situ included"),
            _share("in_situ_percent", "Share of that cancer which is in situ"),
            NODES,
            _length("largest_metastasis_mm", "Diameter of the largest metastasis in a lymph node"),
        ),
        outputs=(
            ModelOutput("rcb", "Residual Cancer Burden", "{score}", low=0, higher_is="worse"),
            ModelOutput("rcb_class", "Class", "1", categories=_CLASSES),
        ),
        citation="Symmans WF, Peintinger F, Hatzis C, et al. J Clin Oncol 2007;25:4414-4422.",
        licence="A published formula.",
        validity="Lengths in mm. The ranges are limits of plausibility.",
        explanation="What the breast and the lymph nodes contribute.",
        parameters={
            "breast": 1.4,
            "power": 0.17,
            "nodes": 4,
            "node_base": 0.75,
            "class_1_up_to": 1.36,
            "class_2_up_to": 3.28,
        },
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse nodes without a size, a size without nodes, and a bed with one diameter."""
        nodes, metastasis = columns["positive_nodes"], columns["largest_metastasis_mm"]
        names = ("positive_nodes", "largest_metastasis_mm")
        yield RowRefusal((nodes > 0) & (metastasis == 0), "positive nodes without the size of a metastasis", names)
        yield RowRefusal((nodes == 0) & (metastasis > 0), "a metastasis in a node, but no positive node", names)
        length, width = columns["tumour_bed_length_mm"], columns["tumour_bed_width_mm"]
        yield RowRefusal(
            ((length > 0) != (width > 0)) & (columns["cellularity_percent"] > 0),
            "a tumour bed has two diameters, or none",
            ("tumour_bed_length_mm", "tumour_bed_width_mm"),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the index and its class."""
        numbers = self.card.parameters
        parts = self._parts(columns)
        index = parts["breast"] + parts["lymph_nodes"]
        limits = [0.0, numbers["class_1_up_to"], numbers["class_2_up_to"]]
        return {"rcb": index, "rcb_class": np.searchsorted(limits, index, side="left")}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the two parts."""
        return {"parts": self._parts(columns)}

    def _parts(self, columns: Mapping[str, Column]) -> dict[str, Column]:
        numbers = self.card.parameters
        invasive = (1 - columns["in_situ_percent"] / 100) * columns["cellularity_percent"] / 100
        diameter = np.sqrt(columns["tumour_bed_length_mm"] * columns["tumour_bed_width_mm"])
        nodes = numbers["nodes"] * (1 - numbers["node_base"] ** columns["positive_nodes"])
        return {
            "breast": numbers["breast"] * (invasive * diameter) ** numbers["power"],
            "lymph_nodes": (nodes * columns["largest_metastasis_mm"]) ** numbers["power"],
        }


RCB: Final = ResidualCancerBurden()
