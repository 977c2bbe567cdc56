"""Equivalences of the assays of breast pathology: HER2, hormone receptors, Ki67, grade.

Each function takes plain values, ``None`` where not known, and returns ``None`` where nothing follows.

Sources: Wolff 2018, doi:10.1200/JCO.2018.77.8738 (ASCO/CAP HER2), affirmed in Wolff 2023,
doi:10.1200/JCO.22.02864; Modi 2022, doi:10.1056/NEJMoa2203690 (DESTINY-Breast04, HER2-low); Allison 2020,
doi:10.1200/JCO.19.02309 (ASCO/CAP ER and PgR); Harvey 1999, J Clin Oncol 17:1474 (Allred score); Wishart 2014,
doi:10.1186/1471-2407-14-908 (Ki67 in PREDICT); Elston and Ellis 1991, Histopathology 19:403 (grade).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "PREDICT_KI67_CUT_PERCENT",
    "er_low_positive",
    "her2_low",
    "her2_status",
    "ki67_is_high",
    "nottingham_grade",
    "nottingham_score",
    "receptor_positive_by_allred",
    "receptor_positive_by_h_score",
    "receptor_positive_by_percent",
]

PREDICT_KI67_CUT_PERCENT: Final = 10.0
"""PREDICT Breast calls a Ki67 positive above this (Wishart 2014)."""

_BY_IHC_ALONE: Final = {"0": "negative", "1+": "negative", "2+": "equivocal", "3+": "positive"}


def her2_status(ihc: str | None, ish: str | None) -> str | None:
    """Return negative, positive or equivocal.

    IHC 3+ is positive and needs no hybridisation; a positive hybridisation is positive whatever IHC says (group 1 of
    ASCO/CAP 2018); IHC 2+ without hybridisation is equivocal, and nothing is made of that. A hybridisation that is
    itself equivocal decides nothing.

    >>> her2_status("2+", None), her2_status("2+", "negative")
    ('equivocal', 'negative')
    """
    if ihc == "3+" or ish == "positive":
        return "positive"
    if ish == "negative":
        return "negative"
    return ish if ihc is None else _BY_IHC_ALONE[ihc]


def her2_low(ihc: str | None, ish: str | None) -> bool | None:
    """Tell whether a cancer is HER2-low: IHC 1+, or 2+ with a negative hybridisation; not known for 2+ alone.

    >>> her2_low("1+", None), her2_low("2+", None), her2_low("0", None)
    (True, None, False)
    """
    if ish == "positive" or ihc in ("0", "3+"):
        return False
    if ihc == "1+":
        return True
    return True if ihc == "2+" and ish == "negative" else None


def receptor_positive_by_percent(percent: float) -> bool:
    """Tell whether a hormone receptor is positive: 1 % of the nuclei or more."""
    return percent >= 1


def er_low_positive(percent: float) -> bool:
    """Tell whether the oestrogen receptor is low positive: 1 to 10 % of the nuclei."""
    return 1 <= percent <= 10


def receptor_positive_by_allred(score: float) -> bool:
    """Tell whether a hormone receptor is positive: an Allred score above 2."""
    return score > 2


def receptor_positive_by_h_score(score: float) -> bool | None:
    """Tell whether a hormone receptor is positive, where an H-score decides that.

    The score is the percentage of stained nuclei, each weighted 1 to 3 by intensity: from 3 on at least 1 % is
    stained, below 1 less than 1 % is; between them both are possible.
    """
    if score >= 3:
        return True
    return False if score < 1 else None


def ki67_is_high(percent: float, cut_percent: float = PREDICT_KI67_CUT_PERCENT) -> bool:
    """Tell whether more than `cut_percent` of the nuclei are labelled."""
    return percent > cut_percent


def nottingham_score(tubules: float, nuclei: float, mitoses: float) -> float:
    """Return the sum of the three scores."""
    return tubules + nuclei + mitoses


def nottingham_grade(score: float) -> int:
    """Return the grade by the Nottingham score: 3 to 5, 6 or 7, 8 or 9."""
    return 1 if score <= 5 else 2 if score <= 7 else 3
