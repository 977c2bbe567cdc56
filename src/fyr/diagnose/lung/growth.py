"""How fast a nodule grows: its volume doubling time, and what the British Thoracic Society makes of it.

Sources: Schwartz M. A biomathematical approach to clinical tumor growth. Cancer 1961;14:1272-1294 (doubling time =
interval x ln 2 / ln(V2 / V1)); Callister MEJ, Baldwin DR, Akram AR, et al. British Thoracic Society guidelines for the
investigation and management of pulmonary nodules. Thorax 2015;70(Suppl 2):ii1-ii54 (a change of volume of 25 % or more
is significant; doubling within 400 days: work up; 400 to 600 days: work up or watch; over 600 days: watch or
discharge). With diameters the nodule is taken for a sphere: V2 / V1 = (d2 / d1)^3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal

__all__ = ["BTS_GROWTH", "VOLUME_DOUBLING_TIME", "BtsGrowth", "VolumeDoublingTime"]


def _optional(name: str, title: str, unit: str, low: float, high: float) -> ModelInput:
    missing = "give both volumes, or both diameters"
    return ModelInput(name, title, "number", unit, low=low, high=high, required=False, missing=missing)


_INPUTS: Final = (
    ModelInput("interval_days", "Days between the two CTs", "number", "d", low=1, high=10_000),
    _optional("previous_nodule_volume_mm3", "Volume at the CT before", "mm3", 1, 1_000_000),
    _optional("nodule_volume_mm3", "Volume now", "mm3", 1, 1_000_000),
    _optional("previous_nodule_diameter_mm", "Mean diameter at the CT before", "mm", 1, 200),
    _optional("nodule_mean_diameter_mm", "Mean diameter now", "mm", 0.5, 200),
)
_CITATION: Final = (
    "Callister MEJ, Baldwin DR, Akram AR, et al. British Thoracic Society guidelines for the investigation and "
    "management of pulmonary nodules. Thorax 2015;70(Suppl 2):ii1-ii54."
)
_CHANGE: Final = ModelOutput("volume_change_percent", "Change of the volume", "%")
_CLASSES: Final = (
    "stable: change of volume under 25 %",
    "smaller: volume fell by 25 % or more",
    "doubling time over 600 days",
    "doubling time 400 to 600 days",
    "doubling time 400 days or less",
)


def _volume_ratio(columns: Mapping[str, Column]) -> Column:
    volumes = columns["nodule_volume_mm3"] / columns["previous_nodule_volume_mm3"]
    diameters = (columns["nodule_mean_diameter_mm"] / columns["previous_nodule_diameter_mm"]) ** 3
    return np.asarray(np.where(np.isnan(volumes), diameters, volumes))


def _incomplete(columns: Mapping[str, Column]) -> RowRefusal:
    return RowRefusal(
        np.isnan(_volume_ratio(columns)),
        "both volumes, or both diameters, are needed",
        tuple(entry.name for entry in _INPUTS[1:]),
    )


def _doubling_time_days(columns: Mapping[str, Column]) -> Column:
    return np.asarray(columns["interval_days"] * np.log(2) / np.log(_volume_ratio(columns)))


class VolumeDoublingTime(Model):
    """The time in which a growing nodule doubles its volume.

    Examples
    --------
    Twice the volume in 100 days:

    >>> nodule = dict(interval_days=100, previous_nodule_volume_mm3=150, nodule_volume_mm3=300)
    >>> round(VOLUME_DOUBLING_TIME.predict(nodule).estimates["volume_doubling_time_days"].value, 6)
    100.0
    """

    card = ModelCard(
        name="volume-doubling-time",
        version="1961",
        title="Volume doubling time of a pulmonary nodule",
        intended_use="A solid nodule, or the solid part of one, seen on two CTs.",
        not_for="Two CTs whose slice thickness or software differ, and nodules that did not grow.",
        inputs=_INPUTS,
        outputs=(ModelOutput("volume_doubling_time_days", "Volume doubling time", "d", low=0), _CHANGE),
        citation="Schwartz M. A biomathematical approach to clinical tumor growth. Cancer 1961;14:1272-1294.",
        licence="A published formula.",
        validity="Volumes are used where both are given; with diameters the nodule is taken for a sphere, and an error "
        "of 0.5 mm in 6 mm is one of 25 % in volume. The ranges are limits of plausibility.",
        explanation="Whether volumes or diameters were used.",
        parameters={"sphere_power": 3},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse half a measurement, and nodules that did not grow."""
        yield _incomplete(columns)
        yield RowRefusal(
            _volume_ratio(columns) <= 1,
            "the nodule did not grow: it has no doubling time",
            ("nodule_volume_mm3", "nodule_mean_diameter_mm"),
        )

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the doubling time and the change of the volume."""
        change = 100 * (_volume_ratio(columns) - 1)
        return {"volume_doubling_time_days": _doubling_time_days(columns), "volume_change_percent": change}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return what was measured."""
        both = np.isnan(columns["nodule_volume_mm3"] + columns["previous_nodule_volume_mm3"])
        return {"measured_by": np.where(both, "diameters", "volumes").astype(object)}


class BtsGrowth(Model):
    """The class of growth of the British Thoracic Society, 2015."""

    card = ModelCard(
        name="bts-growth",
        version="2015",
        title="British Thoracic Society 2015: growth of a solid nodule under surveillance",
        intended_use="A solid nodule under CT surveillance, measured twice.",
        not_for="Sub-solid nodules, two CTs whose slice thickness or software differ, and any decision that rests on "
        "the class alone.",
        inputs=_INPUTS,
        outputs=(ModelOutput("growth", "Growth", "1", categories=_CLASSES), _CHANGE),
        citation=_CITATION,
        licence="A published guideline.",
        validity="A change of volume under 25 % counts as none. With diameters the nodule is taken for a sphere, where "
        "the guideline asks for volumetry.",
        explanation="The doubling time in days, where the volume grew.",
        parameters={"significant_change_percent": 25, "fast_days": 400, "slow_days": 600},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse half a measurement."""
        yield _incomplete(columns)

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the class and the change of the volume."""
        numbers = self.card.parameters
        change = 100 * (_volume_ratio(columns) - 1)
        days = _doubling_time_days(columns)
        significant = numbers["significant_change_percent"]
        growth = np.select(
            [np.abs(change) < significant, change < 0, days > numbers["slow_days"], days > numbers["fast_days"]],
            [0, 1, 2, 3],
            4,
        )
        return {"growth": growth, "volume_change_percent": change}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return the doubling time, null where the nodule did not grow."""
        grew = _volume_ratio(columns) > 1
        with np.errstate(divide="ignore", invalid="ignore"):
            days = _doubling_time_days(columns)
        shown = np.array([float(day) if up else None for day, up in zip(days, grew, strict=True)], dtype=object)
        return {"volume_doubling_time_days": shown}


VOLUME_DOUBLING_TIME: Final = VolumeDoublingTime()
BTS_GROWTH: Final = BtsGrowth()
