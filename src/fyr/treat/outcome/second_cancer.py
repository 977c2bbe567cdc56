"""Second primary cancers where the organ gets little dose: the risk models of BEIR VII.

BEIR VII (2006), table 12-2 as it stands in table 1 of PMC3816370: ERR = beta D exp(gamma e*) (a/60)^eta,
e* = (e - 30)/10 below 30 years at exposure and 0 above, a the attained age; EAR alike, for 10,000 person-years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = [
    "BEIR7_EXCESS_ABSOLUTE",
    "BEIR7_EXCESS_RELATIVE",
    "Beir7",
]

_LATENCY: Final = 5.0
_HIGHEST_GY: Final = 2.0


_Row = tuple[float, float, float]
_RELATIVE: Final[Mapping[str, Mapping[str, _Row]]] = {
    "oral cavity": {"male": (0.23, 0.0, 0.66), "female": (0.53, 0.13, 1.24)},
    "esophagus": {"male": (0.51, 0.0, 1.13), "female": (0.82, 0.0, 3.1)},
    "stomach": {"male": (0.21, 0.11, 0.40), "female": (0.48, 0.31, 0.73)},
    "colon": {"male": (0.63, 0.37, 1.1), "female": (0.43, 0.19, 0.96)},
    "rectum": {"male": (0.12, 0.0, 0.38), "female": (0.12, 0.0, 0.38)},
    "pancreas": {"male": (0.36, 0.0, 0.88), "female": (0.36, 0.0, 0.88)},
    "liver": {"male": (0.32, 0.16, 0.64), "female": (0.32, 0.10, 1.0)},
    "lung": {"male": (0.32, 0.15, 0.70), "female": (1.4, 0.94, 2.1)},
    "ovary": {"female": (0.38, 0.10, 1.4)},
    "uterus": {"female": (0.055, 0.0, 0.22)},
    "prostate": {"male": (0.12, 0.0, 0.69)},
    "bladder": {"male": (0.50, 0.18, 1.4), "female": (1.65, 0.69, 4.0)},
    "kidney": {"male": (0.34, 0.0, 1.0), "female": (0.34, 0.0, 1.0)},
    "brain": {"male": (0.71, 0.26, 1.34), "female": (0.24, 0.09, 0.47)},
}
"""beta and its 95 % interval for 1 Sv; an end published as below 0 stands as 0. gamma -0.30, eta -1.4 for all of "
"them."""
_ABSOLUTE: Final[Mapping[str, tuple[float, Mapping[str, _Row]]]] = {
    "oral cavity": (0.5, {"male": (0.44, 0.08, 1.1), "female": (0.29, 0.06, 0.66)}),
    "esophagus": (2.8, {"male": (0.88, 0.11, 2.1), "female": (0.14, 0.0, 0.63)}),
    "stomach": (2.8, {"male": (4.9, 2.7, 8.9), "female": (4.9, 3.2, 7.3)}),
    "colon": (2.8, {"male": (3.2, 1.8, 5.6), "female": (1.6, 0.80, 3.2)}),
    "rectum": (2.8, {"male": (0.34, 0.09, 1.1), "female": (0.34, 0.09, 1.1)}),
    "pancreas": (2.8, {"male": (0.49, 0.09, 1.1), "female": (0.49, 0.09, 1.1)}),
    "liver": (4.1, {"male": (2.2, 0.9, 5.3), "female": (1.0, 0.40, 2.5)}),
    "lung": (5.2, {"male": (2.3, 1.1, 5.0), "female": (3.4, 2.3, 4.9)}),
    "ovary": (2.8, {"female": (0.70, 0.2, 2.1)}),
    "uterus": (2.8, {"female": (1.2, 0.0, 2.6)}),
    "prostate": (2.8, {"male": (0.11, 0.0, 1.0)}),
    "bladder": (6.0, {"male": (1.2, 0.4, 3.7), "female": (0.75, 0.3, 1.7)}),
    "kidney": (2.8, {"male": (0.31, 0.08, 0.68), "female": (0.31, 0.08, 0.68)}),
}
"""eta, then beta for 10,000 person-years and Sv. gamma -0.41 for all of them."""
_TABLES: Final = MappingProxyType(
    {
        "err": {site: (-0.30, -1.4, rows) for site, rows in _RELATIVE.items()},
        "ear": {site: (-0.41, eta, rows) for site, (eta, rows) in _ABSOLUTE.items()},
    }
)
_INPUTS: Final = (
    ModelInput("sex", "Sex", "category", categories=("male", "female"), aliases={"m": "male", "f": "female"}),
    ModelInput("age_at_exposure", "Age at exposure", "number", "a", low=0, high=100),
    ModelInput("attained_age", "Age at which the risk is asked for", "number", "a", low=5, high=110),
    ModelInput("mean_dose_gy", "Mean dose of the organ, photons", "number", "Gy", low=0, high=_HIGHEST_GY),
)
_SAID: Final = {
    "err": ("Excess relative risk of a solid cancer (BEIR VII)", "Excess relative risk at that age", "1"),
    "ear": (
        "Excess absolute risk of a solid cancer (BEIR VII)",
        "Excess cases in 10,000 persons in a year at that age",
        "{per_10000_person_years}",
    ),
}


class Beir7(Model):
    """One of the two risk models of BEIR VII.

    Parameters
    ----------
    measure : {"err", "ear"}
        Excess relative or excess absolute risk.
    """

    def __init__(self, measure: Literal["err", "ear"]) -> None:
        title, answer, unit = _SAID[measure]
        self.measure = measure
        self.card = ModelCard(
            name=f"second-cancer-beir7-{measure}",
            version="2006",
            title=title,
            intended_use="Research: organs far from the target that get up to 2 Gy; populations, and comparisons of "
            "plans.",
            not_for="The individual patient's risk; organs near the target, where cells are killed and the response "
            "is not "
            "linear; effective dose. Not a medical device.",
            inputs=(ModelInput("site", "Site of the cancer", "category", categories=tuple(_TABLES[measure])), *_INPUTS),
            outputs=(ModelOutput(measure, answer, unit, interval=True, low=0, higher_is="worse"),),
            citation="National Research Council. Health risks from exposure to low levels of ionizing radiation: "
            "BEIR VII "
            "phase 2. Washington: National Academies Press 2006, table 12-2.",
            licence="Published numbers.",
            validity="Survivors of the bombs of Hiroshima and Nagasaki; acute doses, linear up to one or two gray, "
            "from 5 years "
            "after exposure. No factor for dose rate (DDREF) is applied: BEIR VII divides by 1.5 at low doses. Breast "
            "and thyroid have other forms and are not here; sites with a negative estimate are not either. Rectum, "
            "pancreas and kidney have one estimate for both sexes; the brain has no absolute one.",
            explanation="The age factors.",
            evidence="Level: a committee's models of one cohort. "
            "The interval is that of beta alone, at the published ages' slopes; an end published as below 0 "
            "is 0.",
            parameters={
                "table": {
                    site: {"gamma": gamma, "eta": eta, **rows} for site, (gamma, eta, rows) in _TABLES[measure].items()
                },
                "latency_years": _LATENCY,
            },
        )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse a site that the sex does not have, and an age before the latency is over."""
        table, sites, sexes = _TABLES[self.measure], columns["site"], columns["sex"]
        pairs = zip(sites.tolist(), sexes.tolist(), strict=True)
        without = np.array([sex not in table[site][2] for site, sex in pairs], dtype=np.bool_)
        yield RowRefusal(without, "the table has no such site for that sex", ("site", "sex"))
        early = columns["attained_age"] < columns["age_at_exposure"] + _LATENCY
        yield RowRefusal(early, "the models hold from 5 years after exposure", ("age_at_exposure", "attained_age"))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the excess risk, and the ends of its interval."""
        table = _TABLES[self.measure]
        pairs = zip(columns["site"].tolist(), columns["sex"].tolist(), strict=True)
        betas = np.array([table[site][2][sex] for site, sex in pairs], dtype=np.float64).reshape(-1, 3)
        risk = betas * (columns["mean_dose_gy"] * self._ages(columns))[:, None]
        ends = ("", "_low", "_high")
        return {f"{self.measure}{end}": risk[:, place] for place, end in enumerate(ends)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return what the ages multiply the risk with."""
        return {"factor of the ages": self._ages(columns)}

    def _ages(self, columns: Mapping[str, Column]) -> Column:
        table = _TABLES[self.measure]
        gamma = np.array([table[site][0] for site in columns["site"].tolist()])
        eta = np.array([table[site][1] for site in columns["site"].tolist()])
        young = np.minimum(columns["age_at_exposure"] - 30, 0) / 10
        factor: Column = np.exp(gamma * young) * (columns["attained_age"] / 60) ** eta
        return factor


BEIR7_EXCESS_RELATIVE: Final = Beir7("err")
BEIR7_EXCESS_ABSOLUTE: Final = Beir7("ear")
