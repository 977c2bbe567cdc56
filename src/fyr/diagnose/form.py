"""Which facts a pathway asks for: what its models take, and the assays from which that follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fyr.models import Model, ModelInput
from fyr.record.clinical import FACTS, ClinicalFact

__all__ = ["FormField", "form_fields"]

_SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "her2_status": ("her2_ihc", "her2_ish"),
    "er_positive": ("er_percent", "er_allred", "er_h_score"),
    "pr_positive": ("pr_percent", "pr_allred", "pr_h_score"),
    "ki67_positive": ("ki67_percent",),
    "grade": ("tubule_score", "nuclear_score", "mitotic_score"),
    "micrometastases": ("largest_metastasis_mm",),
    "nlr": ("neutrophils_e9_l", "lymphocytes_e9_l"),
    "ldh_ratio": ("ldh_u_l", "ldh_upper_limit_u_l"),
    "body_mass_index": ("weight_kg", "height_cm"),
    "smoking_pack_years": ("cigarettes_per_day", "smoking_duration_years"),
}
"""What :func:`fyr.record.clinical_derived.derived_facts` works a fact out of."""

_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "patient": (
        *("age", "sex", "menopausal_status", "ecog_performance_status", "charlson_index", "height_cm", "weight_kg"),
        *("body_mass_index", "cancer_type", "systemic_therapy_history"),
    ),
    "habits": (
        *("smoking_status", "cigarettes_per_day", "smoking_duration_years", "smoking_pack_years", "years_since_quit"),
        *(
            "family_history_lung_cancer",
            "family_history_onset",
            "personal_history_cancer",
            "copd",
            "emphysema",
            "pneumonia_history",
        ),
        *("asbestos_exposure", "education_level", "race_ethnicity", "extrathoracic_cancer_history"),
        *("known_cancer_or_immunosuppression", "fleischner_risk"),
    ),
    "tumour": (
        *("tumour_size_mm", "grade", "tubule_score", "nuclear_score", "mitotic_score", "nottingham_score"),
        "screen_detected",
        *(
            "screening_finding",
            "nodule_diameter_mm",
            "nodule_mean_diameter_mm",
            "nodule_type",
            "solid_component_mm",
            "nodule_count",
            "upper_lobe",
            "spiculation",
        ),
        *(
            "fdg_avidity",
            "previous_diameter_mm",
            "previous_nodule_diameter_mm",
            "nodule_volume_mm3",
            "previous_nodule_volume_mm3",
            "interval_days",
        ),
        *("nodule_change", "solid_component_change", "previous_category", "suspicious_features"),
        *("tumour_bed_length_mm", "tumour_bed_width_mm", "cellularity_percent", "in_situ_percent"),
    ),
    "receptors": (
        *("er_positive", "er_percent", "er_allred", "er_h_score", "pr_positive", "pr_percent", "pr_allred"),
        *("pr_h_score", "her2_ihc", "her2_ish", "her2_status", "ki67_percent", "ki67_positive"),
        "oncotype_recurrence_score",
    ),
    "nodes": ("positive_nodes", "nodes_examined", "micrometastases", "largest_metastasis_mm"),
    "treatment": (
        *(
            "hormone_therapy",
            "chemotherapy_generation",
            "trastuzumab",
            "bisphosphonate",
            "radiotherapy",
        ),
        "heart_dose_gy",
    ),
}
"""Which facts stand together on the form, in the order in which they are told; all others by the vocabulary's group."""

_PLACES: Final = {
    name: (group, place)
    for place, (group, name) in enumerate((group, name) for group, names in _GROUPS.items() for name in names)
}
_ORDER: Final = (*_GROUPS, "staging", "laboratory", "molecular", "other")


@dataclass(frozen=True, slots=True)
class FormField:
    """A fact that the pathway asks for.

    Parameters
    ----------
    name : str
    group : str
        Where it stands on the form.
    title : str
    kind : str
        ``number``, ``integer``, ``boolean``, ``category`` or ``text``.
    unit, code : str or None
    low, high : float or None
        What is possible at all.
    categories : tuple of str
    meaning : str
    accepted : str
        What is accepted, in words.
    models : tuple of str
        The models that take it, as the registry names them.
    required_by : tuple of str
        Those that refuse without it.
    """

    name: str
    group: str
    title: str
    kind: str
    unit: str | None
    code: str | None
    low: float | None
    high: float | None
    categories: tuple[str, ...]
    meaning: str
    accepted: str
    models: tuple[str, ...]
    required_by: tuple[str, ...]


def form_fields(models: Iterable[tuple[str, Model]]) -> tuple[FormField, ...]:
    """Return the facts that models ask for, and those from which they follow, in the order of the form.

    Parameters
    ----------
    models : iterable of (str, Model)
        By their names in the registry.
    """
    asked: dict[str, list[tuple[str, ModelInput]]] = {}
    for name, model in models:
        for entry in model.card.inputs:
            if entry.kind != "object":  # nobody types a scan
                asked.setdefault(entry.name, []).append((name, entry))
    for name in list(asked):
        for source in _SOURCES.get(name, ()):
            asked.setdefault(source, [])
    fields = [_field(name, takers) for name, takers in asked.items()]
    vocabulary = {name: place for place, name in enumerate(FACTS)}

    def order(field: FormField) -> tuple[int, int, int]:
        placed = _PLACES.get(field.name, (field.group, len(_PLACES)))[1]
        return _ORDER.index(field.group), placed, vocabulary.get(field.name, len(vocabulary))

    return tuple(sorted(fields, key=order))


def _field(name: str, takers: list[tuple[str, ModelInput]]) -> FormField:
    fact = FACTS.get(name)
    described: ClinicalFact | ModelInput = fact if fact is not None else takers[0][1]
    group = fact.group if fact is not None else ""
    group = {"general": "patient", "breast": "tumour", "lung": "tumour", "": "other"}.get(group, group)
    return FormField(
        name=name,
        group=_PLACES[name][0] if name in _PLACES else group,
        title=described.title,
        kind=described.kind,
        unit=described.unit,
        code=described.code,
        low=described.low,
        high=described.high,
        categories=described.categories,
        meaning=fact.meaning if fact is not None else "",
        accepted=described.accepted,
        models=tuple(taker for taker, _ in takers),
        required_by=tuple(taker for taker, entry in takers if entry.required),
    )
