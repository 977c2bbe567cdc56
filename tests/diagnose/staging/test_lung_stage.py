"""The stage of lung cancer: the groups as the 8th edition lists them, and what the 9th moved."""

from __future__ import annotations

import pytest

from fyr.diagnose.staging.lung import TNM_LUNG_8, TNM_LUNG_9
from fyr.models import Model
from fyr.record.finding import Refusal

LISTED = {
    "occult carcinoma": ["TX N0 M0"],
    "0": ["Tis N0 M0"],
    "IA1": ["T1mi N0 M0", "T1a N0 M0"],
    "IA2": ["T1b N0 M0"],
    "IA3": ["T1c N0 M0"],
    "IB": ["T2a N0 M0"],
    "IIA": ["T2b N0 M0"],
    "IIB": ["T1a N1 M0", "T1b N1 M0", "T1c N1 M0", "T2a N1 M0", "T2b N1 M0", "T3 N0 M0"],
    "IIIA": [
        *("T1a N2 M0", "T1b N2 M0", "T1c N2 M0", "T2a N2 M0", "T2b N2 M0"),
        *("T3 N1 M0", "T4 N0 M0", "T4 N1 M0"),
    ],
    "IIIB": [
        *("T1a N3 M0", "T1b N3 M0", "T1c N3 M0", "T2a N3 M0", "T2b N3 M0"),
        *("T3 N2 M0", "T4 N2 M0"),
    ],
    "IIIC": ["T3 N3 M0", "T4 N3 M0"],
    "IVA": ["T1a N0 M1a", "T4 N3 M1a", "T2b N2 M1b"],
    "IVB": ["T1a N0 M1c", "T4 N3 M1c"],
}
"""By stage, as the National Comprehensive Cancer Network prints the 8th edition; any T and N with M1."""


def stage(model: Model, tnm: str, **more: str) -> str | None:
    """The stage, or ``None`` where the model refuses."""
    t, n, m = tnm.split()
    answer = model.predict({"t_category": t, "n_category": n, "m_category": m, **more})
    return None if isinstance(answer, Refusal) else answer.estimates["stage"].category


@pytest.mark.parametrize("expected", LISTED)
def test_the_eighth_edition(expected: str) -> None:
    assert {tnm: stage(TNM_LUNG_8, tnm) for tnm in LISTED[expected]} == dict.fromkeys(LISTED[expected], expected)


MOVED = {
    **{f"{t} N1": ("IIB", "IIA") for t in ("T1a", "T1b", "T1c")},
    **{f"{t} N2a": ("IIIA", "IIB") for t in ("T1a", "T1b", "T1c")},
    "T3 N2a": ("IIIB", "IIIA"),
    **{f"{t} N2b": ("IIIA", "IIIB") for t in ("T2a", "T2b")},
}
"""What the abstract of Rami-Porta 2024 and its discussion name as changed."""


@pytest.mark.parametrize("t", ["T1a", "T1b", "T1c", "T2a", "T2b", "T3", "T4"])
@pytest.mark.parametrize("n", ["N0", "N1", "N2a", "N2b", "N3"])
def test_the_ninth_edition_moves_what_it_says_and_nothing_else(t: str, n: str) -> None:
    before = stage(TNM_LUNG_8, f"{t} {n[:2]} M0")
    assert MOVED.get(f"{t} {n}", (before, before)) == (before, stage(TNM_LUNG_9, f"{t} {n} M0"))


@pytest.mark.parametrize(
    ("tnm", "expected"),
    [("T1a N0 M1a", "IVA"), ("T4 N3 M1b", "IVA"), ("T1a N0 M1c1", "IVB"), ("T2a N2b M1c2", "IVB")],
)
def test_metastases_in_the_ninth_edition(tnm: str, expected: str) -> None:
    assert stage(TNM_LUNG_9, tnm) == expected


def test_prefixes_are_read() -> None:
    assert stage(TNM_LUNG_8, "pT2a pN1 M0") == stage(TNM_LUNG_8, "cT2a cN1 cM0") == "IIB"


@pytest.mark.parametrize(
    ("model", "tnm"),
    [
        (TNM_LUNG_9, "T1a N2 M0"),
        (TNM_LUNG_9, "T1a N0 M1c"),
        (TNM_LUNG_8, "T1 N0 M0"),
        (TNM_LUNG_8, "T2 N0 M0"),
        (TNM_LUNG_8, "Tis N1 M0"),
        (TNM_LUNG_8, "TX N1 M0"),
        (TNM_LUNG_8, "T5 N0 M0"),
    ],
)
def test_what_makes_no_stage_is_refused(model: Model, tnm: str) -> None:
    assert stage(model, tnm) is None


def test_a_reported_stage_is_held_against_t_n_and_m() -> None:
    assert stage(TNM_LUNG_8, "T2a N1 M0", stage_group="Stage IIB") == "IIB"
    assert stage(TNM_LUNG_8, "T2a N1 M0", stage_group="IIIA") is None
    refused = TNM_LUNG_8.predict({"t_category": "T2a", "n_category": "N1", "m_category": "M0", "stage_group": "IIIA"})
    assert isinstance(refused, Refusal)
    assert "contradicts" in refused.reason


@pytest.mark.parametrize(("finer", "eighth"), [("N2a", "N2"), ("N2b", "N2")])
def test_the_eighth_edition_reads_what_the_ninth_tells_apart(finer: str, eighth: str) -> None:
    tumour = {"t_category": "T1c", "m_category": "M0"}
    assert TNM_LUNG_8.predict({**tumour, "n_category": finer}).estimates == (
        TNM_LUNG_8.predict({**tumour, "n_category": eighth}).estimates
    )
    spread = {"t_category": "T3", "n_category": "N1"}
    assert TNM_LUNG_8.predict({**spread, "m_category": "M1c2"}).estimates["stage"].category == "IVB"
