"""The stage of lung cancer by the 8th and the 9th edition of TNM.

Sources: Goldstraw P, Chansky K, Crowley J, et al. The IASLC Lung Cancer Staging Project: proposals for revision of the
TNM stage groupings in the forthcoming (eighth) edition. J Thorac Oncol 2016;11:39-51; Rami-Porta R, Nishimura KK,
Giroux DJ, et al. The IASLC Lung Cancer Staging Project: proposals for revision of the TNM stage groups in the
forthcoming (ninth) edition. J Thorac Oncol 2024;19:1007-1027. The 8th edition was read against the tables of VistA
Oncology (US Department of Veterans Affairs) and of the NCCN; the 9th against two independent implementations that name
that paper.

Wrong copies of the 9th edition go round: a reprint has IIIB for T3 N2a, which the paper's abstract gives as IIIA; a
pathology template has IIIC for every N3. N2 alone, M1c alone and T1 or T2 alone are refused in the edition that splits
them: the stage depends on the part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.diagnose.staging.categories import contradicted_stage, no_such_group, stage_input, tnm_input
from fyr.models import Categories, Column, Model, ModelCard, ModelOutput, RowRefusal

__all__ = ["TNM_LUNG_8", "TNM_LUNG_9", "LungStage"]

_STAGES: Final = (
    "occult carcinoma",
    "0",
    "IA1",
    "IA2",
    "IA3",
    "IB",
    "IIA",
    "IIB",
    "IIIA",
    "IIIB",
    "IIIC",
    "IVA",
    "IVB",
)
_NAMES: Final = ("t_category", "n_category", "m_category")
_T: Final = ("TX", "Tis", "T1mi", "T1a", "T1b", "T1c", "T2a", "T2b", "T3", "T4")

_EIGHTH: Final = {
    "T1mi": {"N0": "IA1", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T1a": {"N0": "IA1", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T1b": {"N0": "IA2", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T1c": {"N0": "IA3", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T2a": {"N0": "IB", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T2b": {"N0": "IIA", "N1": "IIB", "N2": "IIIA", "N3": "IIIB"},
    "T3": {"N0": "IIB", "N1": "IIIA", "N2": "IIIB", "N3": "IIIC"},
    "T4": {"N0": "IIIA", "N1": "IIIA", "N2": "IIIB", "N3": "IIIC"},
}
_NINTH: Final = {
    "T1mi": {"N0": "IA1", "N1": "IIA", "N2a": "IIB", "N2b": "IIIA", "N3": "IIIB"},
    "T1a": {"N0": "IA1", "N1": "IIA", "N2a": "IIB", "N2b": "IIIA", "N3": "IIIB"},
    "T1b": {"N0": "IA2", "N1": "IIA", "N2a": "IIB", "N2b": "IIIA", "N3": "IIIB"},
    "T1c": {"N0": "IA3", "N1": "IIA", "N2a": "IIB", "N2b": "IIIA", "N3": "IIIB"},
    "T2a": {"N0": "IB", "N1": "IIB", "N2a": "IIIA", "N2b": "IIIB", "N3": "IIIB"},
    "T2b": {"N0": "IIA", "N1": "IIB", "N2a": "IIIA", "N2b": "IIIB", "N3": "IIIB"},
    "T3": {"N0": "IIB", "N1": "IIIA", "N2a": "IIIA", "N2b": "IIIB", "N3": "IIIC"},
    "T4": {"N0": "IIIA", "N1": "IIIA", "N2a": "IIIB", "N2b": "IIIB", "N3": "IIIC"},
}
_WITHOUT_SPREAD: Final = {"TX": {"N0": "occult carcinoma"}, "Tis": {"N0": "0"}}
_METASTASES: Final = {
    "8": {"M1a": "IVA", "M1b": "IVA", "M1c": "IVB"},
    "9": {"M1a": "IVA", "M1b": "IVA", "M1c1": "IVB", "M1c2": "IVB"},
}

_FINER: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "8": {"N2": ("N2a", "N2b"), "M1c": ("M1c1", "M1c2")},
    "9": {},
}
"""What the next edition tells apart within a category, so that one patient can be staged by both."""


class LungStage(Model):
    """The stage group of one edition.

    Parameters
    ----------
    card : ModelCard
        Its parameters hold the table by T and N, and the stages of metastases.

    Examples
    --------
    >>> TNM_LUNG_9.predict({"t_category": "cT1b", "n_category": "N2a", "m_category": "M0"}).estimates["stage"].category
    'IIB'
    >>> TNM_LUNG_8.predict({"t_category": "cT1b", "n_category": "N2", "m_category": "M0"}).estimates["stage"].category
    'IIIA'
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        _, n, m = (card.input(name).categories for name in _NAMES)
        stages, metastases = card.parameters["stages"], card.parameters["metastases"]
        table = np.full((len(_T), len(n), len(m)), -1, dtype=np.int64)
        for i, t_category in enumerate(_T):
            for j, n_category in enumerate(n):
                for k, m_category in enumerate(m):
                    found = metastases.get(m_category) or stages.get(t_category, {}).get(n_category)
                    if found is not None and not (t_category == "Tis" and m_category != "M0"):
                        table[i, j, k] = _STAGES.index(found)
        self._table = table

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse combinations that make no stage, and reported stages that contradict them."""
        codes = self._codes(columns)
        yield no_such_group(codes, _NAMES)
        yield contradicted_stage(codes, columns["stage_group"], _NAMES)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the stage's place in the list."""
        return {"stage": self._codes(columns)}

    def _codes(self, columns: Mapping[str, Column]) -> NDArray[np.int64]:
        t, n, m = (columns[name].view(np.ndarray) for name in _NAMES)
        found: NDArray[np.int64] = self._table[t, n, m]
        return found

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return T, N and M as they were read."""
        return {
            "read_as": {name: columns[name] for name in _NAMES if isinstance(columns[name], Categories)},
        }


def _card(edition: str, stages: Mapping[str, Mapping[str, str]], n: tuple[str, ...], citation: str) -> ModelCard:
    metastases = _METASTASES[edition]
    return ModelCard(
        name="tnm-lung",
        version=edition,
        title=f"Stage of lung cancer, TNM {edition}th edition",
        intended_use="Non-small cell and small cell lung cancer and carcinoids: the stage group of T, N and M.",
        not_for="Sarcoma and lymphoma of the lung, and any decision that rests on the stage alone.",
        inputs=(
            tnm_input("t_category", "T category of the lung", dict.fromkeys(_T, ())),
            tnm_input("n_category", "N category", {one: _FINER[edition].get(one, ()) for one in n}),
            tnm_input("m_category", "M category", {one: _FINER[edition].get(one, ()) for one in ("M0", *metastases)}),
            stage_input(_STAGES),
        ),
        outputs=(ModelOutput("stage", "Stage group", "1", categories=_STAGES),),
        citation=citation,
        licence="A published classification of the International Association for the Study of Lung Cancer.",
        validity="The prefixes c, p, yc and yp are read and do not change the group. A category that the edition "
        "splits (T1, T2; N2 and M1c in the 9th) is refused without its letter.",
        explanation="T, N and M as they were read.",
        parameters={"stages": {**_WITHOUT_SPREAD, **stages}, "metastases": metastases},
    )


TNM_LUNG_8: Final = LungStage(
    _card(
        "8",
        _EIGHTH,
        ("N0", "N1", "N2", "N3"),
        "Goldstraw P, Chansky K, Crowley J, et al. J Thorac Oncol 2016;11:39-51.",
    )
)
TNM_LUNG_9: Final = LungStage(
    _card(
        "9",
        _NINTH,
        ("N0", "N1", "N2a", "N2b", "N3"),
        "Rami-Porta R, Nishimura KK, Giroux DJ, et al. J Thorac Oncol 2024;19:1007-1027.",
    )
)
