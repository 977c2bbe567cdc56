"""The stage of breast cancer by the 8th edition of the AJCC: anatomic, clinical prognostic and pathological prognostic.

Sources: Hortobagyi GN, Connolly JL, D'Orsi CJ, et al. Breast. In: Amin MB, Edge SB, Greene FL, et al., eds. AJCC
Cancer Staging Manual. 8th ed. New York: Springer, 2017 (breast chapter as updated in January 2018); Giuliano AE,
Connolly JL, Edge SB, et al. CA Cancer J Clin 2017;67:290-303. The clinical table was read in the reprint of the
National Cancer Institute (PDQ, table 9); both tables were compared, cell by cell, in two independent implementations:
they agree in 236 of 240 cells. The four others are triple-negative tumours, where the tables of VistA Oncology have
IA, IA, IIB and IIB for IB, IB, IIIB and IIIB; the reprint decides three of them, and the fourth (pathological, T1 N0,
grade 2: IB) follows the other implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.diagnose.breast.inputs import ER, GRADE, HER2, PR, varied
from fyr.diagnose.staging.categories import contradicted_stage, no_such_group, stage_input, tnm_input
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = [
    "AJCC_BREAST_ANATOMIC",
    "AJCC_BREAST_CLINICAL",
    "AJCC_BREAST_PATHOLOGICAL",
    "AnatomicStage",
    "PrognosticStage",
]

_STAGES: Final = ("0", "IA", "IB", "IIA", "IIB", "IIIA", "IIIB", "IIIC", "IV")
_NAMES: Final = ("t_category", "n_category", "m_category")
_T: Final = {
    "Tis": ("Tis(DCIS)", "Tis(Paget)"),
    "T0": (),
    "T1": ("T1mi", "T1a", "T1b", "T1c"),
    "T2": (),
    "T3": (),
    "T4": ("T4a", "T4b", "T4c", "T4d"),
}
_N: Final = {
    "N0": ("N0(i+)", "N0(mol+)"),
    "N1mi": (),
    "N1": ("N1a", "N1b", "N1c"),
    "N2": ("N2a", "N2b"),
    "N3": ("N3a", "N3b", "N3c"),
}
_M: Final = {"M0": ("M0(i+)",), "M1": ()}
_ANATOMIC: Final = {
    "Tis": {"N0": "0"},
    "T0": {"N1mi": "IB", "N1": "IIA", "N2": "IIIA", "N3": "IIIC"},
    "T1": {"N0": "IA", "N1mi": "IB", "N1": "IIA", "N2": "IIIA", "N3": "IIIC"},
    "T2": {"N0": "IIA", "N1mi": "IIB", "N1": "IIB", "N2": "IIIA", "N3": "IIIC"},
    "T3": {"N0": "IIB", "N1mi": "IIIA", "N1": "IIIA", "N2": "IIIA", "N3": "IIIC"},
    "T4": {"N0": "IIIB", "N1mi": "IIIB", "N1": "IIIB", "N2": "IIIB", "N3": "IIIC"},
}
_ROWS: Final = {
    "T0": {"N1mi": "A", "N1": "B", "N2": "D", "N3": "E"},
    "T1": {"N0": "A", "N1mi": "A", "N1": "B", "N2": "D", "N3": "E"},
    "T2": {"N0": "B", "N1mi": "C", "N1": "C", "N2": "D", "N3": "E"},
    "T3": {"N0": "C", "N1mi": "D", "N1": "D", "N2": "D", "N3": "E"},
    "T4": {"N0": "E", "N1mi": "E", "N1": "E", "N2": "E", "N3": "E"},
}
"""Which block of the prognostic tables a combination of T and N belongs to."""

_CLINICAL: Final = {
    "A": ("IA IA IA IA IA IA IA IB", "IA IA IA IA IA IA IA IB", "IA IA IA IA IA IB IB IB"),
    "B": ("IB IIA IIA IIA IB IIA IIA IIA", "IB IIA IIA IIA IB IIA IIA IIB", "IB IIA IIA IIA IIA IIB IIB IIB"),
    "C": (
        "IB IIA IIA IIB IIA IIB IIB IIB",
        "IB IIA IIA IIB IIA IIB IIB IIIB",
        "IB IIB IIB IIB IIB IIIA IIIA IIIB",
    ),
    "D": (
        "IIA IIIA IIIA IIIA IIA IIIA IIIA IIIB",
        "IIA IIIA IIIA IIIA IIA IIIA IIIA IIIB",
        "IIB IIIA IIIA IIIA IIIA IIIB IIIB IIIC",
    ),
    "E": (
        "IIIA IIIB IIIB IIIB IIIB IIIB IIIB IIIC",
        "IIIA IIIB IIIB IIIB IIIB IIIB IIIB IIIC",
        "IIIB IIIB IIIB IIIB IIIB IIIC IIIC IIIC",
    ),
}
_PATHOLOGICAL: Final = {
    "A": ("IA IA IA IA IA IA IA IA", "IA IA IA IA IA IA IA IB", "IA IA IA IA IA IA IA IB"),
    "B": ("IA IB IB IIA IA IB IB IIA", "IA IB IB IIA IA IIA IIA IIA", "IA IIA IIA IIA IB IIA IIA IIA"),
    "C": ("IA IIB IIB IIB IA IIB IIB IIB", "IB IIB IIB IIB IB IIB IIB IIB", "IB IIB IIB IIB IIA IIB IIB IIIA"),
    "D": (
        "IB IIIA IIIA IIIA IB IIIA IIIA IIIA",
        "IB IIIA IIIA IIIA IB IIIA IIIA IIIB",
        "IIA IIIA IIIA IIIA IIB IIIA IIIA IIIC",
    ),
    "E": (
        "IIIA IIIB IIIB IIIB IIIA IIIB IIIB IIIB",
        "IIIA IIIB IIIB IIIB IIIA IIIB IIIB IIIC",
        "IIIB IIIB IIIB IIIB IIIB IIIC IIIC IIIC",
    ),
}
"""By block: grades 1 to 3; in a row HER2+ then HER2-, each ER+PR+, ER+PR-, ER-PR+, ER-PR-."""

_TNM_INPUTS: Final = (
    tnm_input("t_category", "T category of the breast", _T),
    tnm_input("n_category", "N category", _N),
    tnm_input("m_category", "M category", _M),
)
_OUTPUT: Final = ModelOutput("stage", "Stage group", "1", categories=_STAGES)
_CITATION: Final = (
    "Hortobagyi GN, Connolly JL, D'Orsi CJ, et al. Breast. In: Amin MB, Edge SB, Greene FL, et al., eds. AJCC Cancer "
    "Staging Manual. 8th ed. Springer, 2017; Giuliano AE, Connolly JL, Edge SB, et al. CA Cancer J Clin "
    "2017;67:290-303."
)
_LICENCE: Final = (
    "The staging system is the American College of Surgeons'; the groups are stated here as published facts. Ask "
    "there before using it in care."
)
_VALIDITY: Final = (
    "The prefixes c, p, yc and yp are read and do not change the group; finer categories (T1b, N2a, M0(i+)) count as "
    "their whole. N1mi counts as N1 from T2 on."
)


_BIOLOGY: Final = tuple(
    varied(entry, required=False, missing="needed unless the tumour is in situ or has metastases")
    for entry in (GRADE, HER2, ER, PR)
)


class AnatomicStage(Model):
    """The anatomic stage: T, N and M alone.

    Examples
    --------
    >>> tumour = {"t_category": "pT2", "n_category": "pN1a", "m_category": "M0"}
    >>> AJCC_BREAST_ANATOMIC.predict(tumour).estimates["stage"].category
    'IIB'
    """

    card = ModelCard(
        name="ajcc-breast-anatomic",
        version="8",
        title="Anatomic stage of breast cancer, AJCC 8th edition",
        intended_use="Carcinoma of the breast, where biomarkers are not available.",
        not_for="Sarcoma, phyllodes tumour and lymphoma; where grade and receptors are known, the prognostic stage.",
        inputs=(*_TNM_INPUTS, stage_input(_STAGES)),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence=_LICENCE,
        validity=_VALIDITY,
        explanation="T, N and M as they were read.",
        parameters={"stages": _ANATOMIC, "metastases": "IV"},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse combinations that make no stage, and reported stages that contradict them."""
        codes = _anatomic(columns)
        yield no_such_group(codes, _NAMES)
        yield contradicted_stage(codes, columns["stage_group"], _NAMES)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the stage's place in the list."""
        return {"stage": _anatomic(columns)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return T, N and M as they were read."""
        return {"read_as": {name: columns[name] for name in _NAMES}}


class PrognosticStage(Model):
    """A prognostic stage: T, N and M with grade, HER2 and hormone receptors.

    Parameters
    ----------
    card : ModelCard
        Its parameters hold the table.

    Examples
    --------
    >>> tumour = {"t_category": "T2", "n_category": "N0", "m_category": "M0", "grade": 3, "her2_status": "negative",
    ...           "er_positive": False, "pr_positive": False}
    >>> AJCC_BREAST_CLINICAL.predict(tumour).estimates["stage"].category
    'IIB'
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        blocks = card.parameters["table"]
        table = np.full((6, 4, 4, 3, 3), -1, dtype=np.int64)
        for block, grade in product(range(len(blocks)), range(3)):
            stages = blocks["ABCDE"[block]][grade].split()
            for (her2, er, pr), stage in zip(product((2, 1), (2, 1), (2, 1)), stages, strict=True):
                table[block, grade + 1, her2, er, pr] = _STAGES.index(stage)
        self._table = table
        """By block, grade, HER2 (negative, positive), ER and PR (no, yes); place 0 of each, and block 5: not known."""

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse what the tables leave out or need, and reported stages that contradict the rest."""
        anatomic = _anatomic(columns)
        needed = ~_decided(columns)
        yield no_such_group(anatomic, _NAMES)
        for name in ("grade", "er_positive", "pr_positive"):
            yield RowRefusal(needed & np.isnan(columns[name]), f"{name} is missing (the stage depends on it)", (name,))
        her2 = columns["her2_status"]
        yield RowRefusal(needed & (her2 == ""), "her2_status is missing (the stage depends on it)", ("her2_status",))
        yield RowRefusal(
            needed & (her2 == "equivocal"), "HER2 2+ needs an ISH result: the stage depends on it", ("her2_status",)
        )
        yield contradicted_stage(self._codes(columns), columns["stage_group"], _NAMES)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the stage's place in the list."""
        return {"stage": self._codes(columns)}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return T, N and M as they were read, and the anatomic stage beside."""
        anatomic = np.array(_STAGES, dtype=object)[_anatomic(columns)]
        return {"read_as": {name: columns[name] for name in _NAMES}, "anatomic_stage": anatomic}

    def _codes(self, columns: Mapping[str, Column]) -> NDArray[np.int64]:
        """Return the stage of each row, -1 where something is missing."""
        places = [_place(columns["grade"]), _HER2_PLACE[columns["her2_status"].view(np.ndarray)]]
        places += [_place(columns[name] + 1) for name in ("er_positive", "pr_positive")]
        found: NDArray[np.int64] = self._table[_block(columns), *places]
        if "low_risk_score_below" in self.card.parameters:
            found[(found >= 0) & self._low_risk(columns)] = _STAGES.index("IA")
        decided = np.flatnonzero(_decided(columns))
        found[decided] = _anatomic({name: columns[name][decided] for name in _NAMES})
        return found

    def _low_risk(self, columns: Mapping[str, Column]) -> NDArray[np.bool_]:
        """Say where a 21-gene recurrence score makes the stage IA."""
        t, n = columns["t_category"], columns["n_category"]
        small = ((t == "T1") | (t == "T2")) & (n == "N0")
        receptors = (np.nan_to_num(columns["er_positive"]) == 1) & (columns["her2_status"] == "negative")
        low = columns["oncotype_recurrence_score"] < self.card.parameters["low_risk_score_below"]
        return np.asarray(small & receptors & low)


def _place(numbers: Column) -> NDArray[np.int64]:
    """Return whole numbers, 0 where there is none."""
    return np.nan_to_num(numbers).astype(np.int64)


def _anatomic(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    t, n, m = (columns[name].view(np.ndarray) for name in _NAMES)
    found: NDArray[np.int64] = _ANATOMIC_TABLE[t, n]
    return np.where(m == 1, _STAGES.index("IV"), found)


def _block(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    t, n, _ = (columns[name].view(np.ndarray) for name in _NAMES)
    found: NDArray[np.int64] = _BLOCK_TABLE[t, n]
    return found


def _decided(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Say where T, N and M alone decide: in situ, or metastases."""
    return np.asarray((columns["m_category"] == "M1") | (columns["t_category"] == "Tis"))


def _as_table(rows: Mapping[str, Mapping[str, str]], words: tuple[str, ...]) -> NDArray[np.int64]:
    table = np.full((len(_T), len(_N)), -1, dtype=np.int64)
    for (i, t), (j, n) in product(enumerate(_T), enumerate(_N)):
        if n in rows.get(t, {}):
            table[i, j] = words.index(rows[t][n])
    return table


_ANATOMIC_TABLE: Final = _as_table(_ANATOMIC, _STAGES)
_BLOCK_TABLE: Final = _as_table(_ROWS, tuple("ABCDE")) % 6
_HER2_PLACE: Final = np.array([1, 2, 0, 0])
"""From the code of her2_status: negative, positive, equivocal, missing."""

AJCC_BREAST_ANATOMIC: Final = AnatomicStage()

AJCC_BREAST_CLINICAL: Final = PrognosticStage(
    ModelCard(
        name="ajcc-breast-clinical-prognostic",
        version="8",
        title="Clinical prognostic stage of breast cancer, AJCC 8th edition",
        intended_use="Carcinoma of the breast before any treatment, from examination, imaging and biopsy.",
        not_for="Sarcoma, phyllodes tumour and lymphoma, and any decision that rests on the stage alone.",
        inputs=(*_TNM_INPUTS, *_BIOLOGY, stage_input(_STAGES)),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence=_LICENCE,
        validity=_VALIDITY,
        explanation="T, N and M as they were read, and the anatomic stage beside.",
        parameters={"rows": _ROWS, "table": _CLINICAL, "anatomic": _ANATOMIC},
    )
)

AJCC_BREAST_PATHOLOGICAL: Final = PrognosticStage(
    ModelCard(
        name="ajcc-breast-pathological-prognostic",
        version="8",
        title="Pathological prognostic stage of breast cancer, AJCC 8th edition",
        intended_use="Carcinoma of the breast after surgery as the first treatment.",
        not_for="Patients who had systemic treatment or radiotherapy before surgery; sarcoma, phyllodes tumour and "
        "lymphoma; "
        "any decision that rests on the stage alone.",
        inputs=(
            *_TNM_INPUTS,
            *_BIOLOGY,
            ModelInput(
                "oncotype_recurrence_score",
                "21-gene recurrence score (Oncotype DX)",
                "number",
                "{score}",
                low=0,
                high=100,
                required=False,
                missing="not used",
            ),
            stage_input(_STAGES),
        ),
        outputs=(_OUTPUT,),
        citation=_CITATION,
        licence=_LICENCE,
        validity=_VALIDITY + " A recurrence score under 11 makes T1-2 N0 M0, HER2-negative, ER-positive tumours IA.",
        explanation="T, N and M as they were read, and the anatomic stage beside.",
        parameters={"rows": _ROWS, "table": _PATHOLOGICAL, "anatomic": _ANATOMIC, "low_risk_score_below": 11},
    )
)
