"""The extent of a cancer by T, N, M and stage group, of the breast and the lung."""

from __future__ import annotations

from typing import Final

from fyr.record.clinical_fact import ClinicalFact

__all__ = ["STAGING"]

_T: Final = (
    *("TX", "T0", "Tis", "T1", "T1mi", "T1a", "T1b", "T1c", "T2", "T2a", "T2b", "T3"),
    *("T4", "T4a", "T4b", "T4c", "T4d"),
)
_N: Final = (
    *("NX", "N0", "N0(i+)", "N0(mol+)", "N1", "N1mi", "N1a", "N1b", "N1c", "N2", "N2a", "N2b"),
    *("N3", "N3a", "N3b", "N3c"),
)
_M: Final = ("M0", "M0(i+)", "M1", "M1a", "M1b", "M1c", "M1c1", "M1c2")
_STAGES: Final = (
    *("occult carcinoma", "0", "I", "IA", "IA1", "IA2", "IA3", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IIIC"),
    *("IV", "IVA", "IVB"),
)
_STAGE_ALIASES: Final = {**{f"stage {stage}": stage for stage in _STAGES}, "occult": "occult carcinoma"}
_MEANING: Final = "Without its prefix c or p, which the fact's name says; one found after treatment (y) is refused."
_PREFIXES: Final = {"clinical": ("c",), "pathological": ("p",)}


def _category(name: str, title: str, code: str | None, categories: tuple[str, ...], *also: str) -> ClinicalFact:
    prefixes = _PREFIXES.get(name.split("_", maxsplit=1)[0], ("c", "p"))
    aliases = {f"{prefix}{word}": word for prefix in prefixes for word in categories}
    return ClinicalFact(
        name, title, "category", code=code, categories=categories, aliases=aliases, also=also, meaning=_MEANING
    )


STAGING: Final = (
    _category("t_category", "T category", "snomed:78873005", _T),
    _category("n_category", "N category", "snomed:277206009", _N),
    _category("m_category", "M category", "snomed:277208005", _M),
    _category("clinical_t_category", "Clinical T category", "loinc:21905-5", _T, "snomed:399504009"),
    _category("clinical_n_category", "Clinical N category", "loinc:21906-3", _N, "snomed:399534004"),
    _category("clinical_m_category", "Clinical M category", "loinc:21907-1", _M, "snomed:399387003"),
    _category("pathological_t_category", "Pathological T category", "loinc:21899-0", _T, "snomed:384625004"),
    _category("pathological_n_category", "Pathological N category", "loinc:21900-6", _N, "snomed:371494008"),
    _category("pathological_m_category", "Pathological M category", "loinc:21901-4", _M, "snomed:371497001"),
    ClinicalFact(
        "stage_group",
        "Stage group as given",
        "category",
        code="snomed:399390009",
        categories=_STAGES,
        aliases=_STAGE_ALIASES,
        meaning="What somebody wrote; Fyr's own is worked out from T, N and M and set beside it.",
    ),
    ClinicalFact(
        "clinical_stage_group",
        "Clinical stage group",
        "category",
        code="loinc:21908-9",
        also=("snomed:399537006",),
        categories=_STAGES,
        aliases=_STAGE_ALIASES,
    ),
    ClinicalFact(
        "pathological_stage_group",
        "Pathological stage group",
        "category",
        code="loinc:21902-2",
        also=("snomed:399588009",),
        categories=_STAGES,
        aliases=_STAGE_ALIASES,
    ),
)
