"""ACR Lung-RADS v2022: the category of the most suspicious finding of a screening CT.

Sources: American College of Radiology. Lung-RADS v2022 assessment categories (November 2022); Christensen J, Prosper
AE, Wu CC, et al. ACR Lung-RADS v2022: assessment categories and management recommendations. J Am Coll Radiol
2024;21:473-488. The size limits of solid, part-solid and non-solid nodules are those of version 1.1 too (table of the
US Preventive Services Task Force review, NBK568579); what 2022 changed (airway nodules, atypical cysts, juxtapleural
nodules, stepped management of stable nodules) was read in two independent summaries of it.

A nodule that has not changed has no category of its own: it depends on the category before, which has to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.models import Categories, Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["LUNG_RADS", "LungRads"]

_CATEGORIES: Final = ("0", "1", "2", "3", "4A", "4B", "4X")
_CODE: Final = {category: code for code, category in enumerate(_CATEGORIES)}
_NODULES: Final = ("solid", "part-solid", "non-solid")
_MISSING_SIZE: Final = "needed for a nodule: without it the row is refused"

_INPUTS: Final = (
    ModelInput(
        "screening_finding",
        "The most suspicious finding: incomplete (the lungs cannot all be judged, an earlier CT is awaited, or the "
        "finding may be an infection); none; benign (complete, central, popcorn or ring calcification, or fat); a "
        "nodule by its type; juxtapleural (solid, smooth, oval, lentiform or triangular); an airway nodule by its "
        "place; an atypical cyst",
        "category",
        categories=(
            "incomplete",
            "none",
            "benign",
            *_NODULES,
            "juxtapleural",
            "airway subsegmental",
            "airway segmental or proximal",
            "thick-walled cyst",
            "thick-walled cyst with growing cavity",
            "multilocular cyst",
        ),
        aliases={
            "ground-glass": "non-solid",
            "part solid": "part-solid",
            "non solid": "non-solid",
            "no nodule": "none",
        },
    ),
    ModelInput(
        "nodule_change",
        "Since the earlier CT (of a cyst: its wall, nodule or chambers): baseline (there is none), new, growing (mean "
        "diameter more than 1.5 mm in 12 months), "
        "slowly growing (growth over several screens, never so much in one year), stable (or smaller)",
        "category",
        categories=("baseline", "new", "growing", "slowly growing", "stable"),
        aliases={"unchanged": "stable", "decreased": "stable", "smaller": "stable"},
        required=False,
        missing="needed for every finding but incomplete, none and benign",
    ),
    ModelInput(
        "nodule_mean_diameter_mm",
        "Mean of the long and the short axis, to one decimal",
        "number",
        "mm",
        low=0.5,
        high=200,
        required=False,
        missing=_MISSING_SIZE,
    ),
    ModelInput(
        "solid_component_mm",
        "Mean diameter of the solid component of a part-solid nodule",
        "number",
        "mm",
        low=0,
        high=200,
        required=False,
        missing="needed for a part-solid nodule of 6 mm or more",
    ),
    ModelInput(
        "solid_component_change",
        "The solid component of a part-solid nodule since the earlier CT",
        "category",
        categories=("baseline", "new", "growing", "stable"),
        required=False,
        missing="taken to be what the nodule is",
    ),
    ModelInput(
        "previous_category",
        "The Lung-RADS category of this finding at the CT before",
        "category",
        categories=("2", "3", "4A", "4B"),
        required=False,
        missing="needed for a stable finding",
    ),
    ModelInput(
        "suspicious_features",
        "Features that raise the suspicion: spiculation, enlarged lymph nodes, a ground-glass nodule that doubled in "
        "a year",
        "boolean",
        required=False,
        missing="taken as not seen",
    ),
)

_PARAMETERS: Final[dict[str, Any]] = {
    "solid_mm": {"baseline": [6, 8, 15], "new": [4, 6, 8], "growing": [8]},
    "part_solid_mm": {"total": 6, "solid_component_baseline": [6, 8], "solid_component_new_or_growing": 4},
    "non_solid_mm": 30,
    "juxtapleural_below_mm": 10,
}

_MANAGEMENT: Final = np.array(
    [
        "the earlier CT for comparison, more CT images, or low-dose CT in 1 to 3 months",
        "low-dose CT in 12 months",
        "low-dose CT in 12 months",
        "low-dose CT in 6 months",
        "low-dose CT in 3 months; PET/CT may be considered with a solid nodule or component of 8 mm or more",
        "referral: diagnostic chest CT, PET/CT with 8 mm or more of solid tissue, tissue sampling",
        "referral: diagnostic chest CT, PET/CT with 8 mm or more of solid tissue, tissue sampling",
    ],
    dtype=object,
)


class LungRads(Model):
    """Lung-RADS v2022 of one finding.

    Examples
    --------
    >>> finding = dict(screening_finding="solid", nodule_change="new", nodule_mean_diameter_mm=6.5)
    >>> LUNG_RADS.predict(finding).estimates["lung_rads_category"].category
    '4A'
    """

    card = ModelCard(
        name="lung-rads",
        version="2022",
        title="ACR Lung-RADS v2022 category of a finding on a screening CT",
        intended_use="Low-dose CT of lung cancer screening, read by a radiologist: the category of the most suspicious "
        "finding.",
        not_for="CT outside screening (see fleischner-2017), patients with known cancer, and any decision that rests "
        "on the category alone. The modifier S is the reader's.",
        inputs=_INPUTS,
        outputs=(ModelOutput("lung_rads_category", "Lung-RADS category", "1", categories=_CATEGORIES),),
        citation="Christensen J, Prosper AE, Wu CC, et al. ACR Lung-RADS v2022: assessment categories and management "
        "recommendations. J Am Coll Radiol 2024;21:473-488.",
        licence="A published classification of the American College of Radiology.",
        validity="The size limits of the table for mean diameters; the limits for volumes are not used. A non-solid "
        "nodule of 30 mm or more that grows faster than slowly is taken by its size (3), as the table's note on "
        "thresholds says.",
        explanation="The recommended management in our own words.",
        evidence="Expected malignancy by category: 1 and 2 under 1 %, 3 1-2 %, 4A 5-15 %, 4B and 4X over 15 %.",
        parameters=_PARAMETERS,
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse findings that lack what their category depends on."""
        kind, change, size = columns["screening_finding"], columns["nodule_change"], columns["nodule_mean_diameter_mm"]
        solid = columns["solid_component_mm"]
        told = (kind == "incomplete") | (kind == "none") | (kind == "benign")
        measured = _any(kind, (*_NODULES, "juxtapleural"))
        part_solid = (kind == "part-solid") & (change != "stable") & (size >= _PARAMETERS["part_solid_mm"]["total"])
        yield RowRefusal(~told & (change == ""), "nodule_change is missing", ("nodule_change",))
        yield RowRefusal(measured & np.isnan(size), "the mean diameter is missing", ("nodule_mean_diameter_mm",))
        yield RowRefusal(part_solid & np.isnan(solid), "the solid component is missing", ("solid_component_mm",))
        yield RowRefusal(
            (kind == "part-solid") & (solid > size),
            "the solid component is larger than the nodule",
            ("solid_component_mm", "nodule_mean_diameter_mm"),
        )
        stays = ~told & (change == "stable") & (columns["previous_category"] == "")
        benign_pleural = (kind == "juxtapleural") & (size < _PARAMETERS["juxtapleural_below_mm"])
        exempt = _any(kind, ("non-solid", "airway subsegmental", "airway segmental or proximal")) | benign_pleural
        yield RowRefusal(
            stays & ~exempt,
            "a stable finding takes its category from the one before: previous_category is missing",
            ("previous_category",),
        )

        yield RowRefusal(
            (kind == "airway subsegmental") & _any(change, ("growing", "slowly growing")),
            "the table has no category for a subsegmental airway nodule that grows",
            ("nodule_change",),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the category's place in the list."""
        kind = columns["screening_finding"]
        found = np.full(len(kind), _CODE["1"], dtype=np.int64)
        found[kind == "incomplete"] = _CODE["0"]
        for name, category_of in _CATEGORY_OF.items():
            rows = np.flatnonzero(kind == name)
            if len(rows):
                part = {entry: column[rows] for entry, column in columns.items()}
                found[rows] = _with_history(name, category_of(part), part)
        suspicious = (np.nan_to_num(columns["suspicious_features"]) == 1) & (found >= _CODE["3"])
        found[suspicious] = _CODE["4X"]
        return {"lung_rads_category": found}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the management."""
        category = outputs["lung_rads_category"]
        codes = category.codes if isinstance(category, Categories) else category
        return {"category": category, "management": _MANAGEMENT[codes]}


def _any(column: Column, words: Iterable[str]) -> NDArray[np.bool_]:
    found = np.zeros(len(column), dtype=np.bool_)
    for word in words:
        found |= column == word
    return found


def _solid(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    change, size = columns["nodule_change"], columns["nodule_mean_diameter_mm"]
    limits = _PARAMETERS["solid_mm"]
    baseline = _CODE["2"] + np.searchsorted(limits["baseline"], size, side="right")
    new = _CODE["2"] + np.searchsorted(limits["new"], size, side="right")
    growing = _CODE["4A"] + np.searchsorted(limits["growing"], size, side="right")
    chosen = [change == "new", change == "growing", change == "slowly growing"]
    return np.select(chosen, [new, growing, np.full(len(size), _CODE["4B"])], baseline)


def _part_solid(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    limits = _PARAMETERS["part_solid_mm"]
    change, size, solid = columns["nodule_change"], columns["nodule_mean_diameter_mm"], columns["solid_component_mm"]
    told = columns["solid_component_change"]
    moved = (told == "new") | (told == "growing") | ((told == "") & _any(change, ("new", "growing")))
    small = size < limits["total"]
    at_baseline = _CODE["3"] + np.searchsorted(limits["solid_component_baseline"], solid, side="right")
    moving = np.where(solid >= limits["solid_component_new_or_growing"], _CODE["4B"], _CODE["4A"])
    slow = np.full(len(size), _CODE["4B"])
    return np.select(
        [change == "slowly growing", small & (change == "new"), small & ~moved, moved],
        [slow, np.full(len(size), _CODE["3"]), np.full(len(size), _CODE["2"]), moving],
        at_baseline,
    )


def _non_solid(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    small = columns["nodule_mean_diameter_mm"] < _PARAMETERS["non_solid_mm"]
    calm = _any(columns["nodule_change"], ("stable", "slowly growing"))
    return np.where(small | calm, _CODE["2"], _CODE["3"])


def _juxtapleural(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    small = columns["nodule_mean_diameter_mm"] < _PARAMETERS["juxtapleural_below_mm"]
    return np.where(small, _CODE["2"], _solid(columns))


def _large_airway(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    return np.where(_any(columns["nodule_change"], ("baseline", "new")), _CODE["4A"], _CODE["4B"])


def _cyst(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    return np.where(_any(columns["nodule_change"], ("growing", "slowly growing")), _CODE["4B"], _CODE["4A"])


def _always(category: str) -> Callable[[Mapping[str, Column]], NDArray[np.int64]]:
    return lambda columns: np.full(len(columns["nodule_change"]), _CODE[category])


_CATEGORY_OF: Final[dict[str, Callable[[Mapping[str, Column]], NDArray[np.int64]]]] = {
    "solid": _solid,
    "part-solid": _part_solid,
    "non-solid": _non_solid,
    "juxtapleural": _juxtapleural,
    "airway subsegmental": _always("2"),
    "airway segmental or proximal": _large_airway,
    "thick-walled cyst": _cyst,
    "thick-walled cyst with growing cavity": _always("3"),
    "multilocular cyst": _cyst,
}
"""What each finding is by itself, before a stable one takes its category from the CT before."""


def _with_history(name: str, category: NDArray[np.int64], columns: Mapping[str, Column]) -> NDArray[np.int64]:
    """Give a stable finding its category: one step down for 3 and 4A, else what it was."""
    if name == "airway segmental or proximal":
        return category
    previous = columns["previous_category"]
    steps = [(previous == "2") | (previous == "3"), previous == "4A", previous == "4B"]
    stepped = np.select(steps, [_CODE["2"], _CODE["3"], _CODE["4B"]], -1)
    keeps = (columns["nodule_change"] == "stable") & (stepped >= 0)
    return np.where(keeps, stepped, category)


LUNG_RADS: Final = LungRads()
