"""The National Early Warning Score 2 of the Royal College of Physicians (2017), for one patient or for columns.

Source: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of
acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017. The bands are chart 1 of that
report, the risk bands chart 2, the response (in our own words) chart 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput

__all__ = [
    "BANDS",
    "CONSCIOUSNESS_POINTS",
    "NEWS2",
    "OXYGEN_POINTS",
    "ROUNDING_NOISE",
    "Bands",
    "NationalEarlyWarningScore2",
]

_ON_A_SCORE: Final = "a missing value never scores 0"

_INPUTS: Final = (
    ModelInput(
        "respiratory_rate",
        "Respiratory rate",
        "number",
        "/min",
        "loinc:9279-1",
        low=1,
        high=120,
        missing=_ON_A_SCORE,
    ),
    ModelInput(
        "spo2",
        "Oxygen saturation by pulse oximetry",
        "number",
        "%",
        "loinc:59408-5",
        low=10,
        high=100,
        missing=_ON_A_SCORE,
    ),
    ModelInput(
        "spo2_scale",
        "Which SpO2 scale applies: 2 only for hypercapnic respiratory failure with a prescribed target of 88-92 %",
        "integer",
        "1",
        low=1,
        high=2,
        missing="state 1, or 2 for hypercapnic respiratory failure as documented by a clinician",
    ),
    ModelInput(
        "supplemental_oxygen",
        "Whether the patient breathes supplemental oxygen",
        "boolean",
        aliases={"air": "false", "oxygen": "true"},
        missing="state air or oxygen",
    ),
    ModelInput(
        "systolic_bp",
        "Systolic blood pressure",
        "number",
        "mm[Hg]",
        "loinc:8480-6",
        low=20,
        high=320,
        missing=_ON_A_SCORE,
    ),
    ModelInput(
        "heart_rate",
        "Heart rate",
        "number",
        "/min",
        "loinc:8867-4",
        low=10,
        high=350,
        missing=_ON_A_SCORE,
    ),
    ModelInput(
        "consciousness",
        "Consciousness: alert, new confusion, responds to voice, responds to pain, unresponsive",
        "category",
        code="snomed:1104441000000107",
        categories=("A", "C", "V", "P", "U"),
        aliases={
            "alert": "A",
            "confusion": "C",
            "new confusion": "C",
            "new-onset confusion": "C",
            "voice": "V",
            "pain": "P",
            "unresponsive": "U",
        },
        missing=_ON_A_SCORE,
    ),
    ModelInput(
        "temperature",
        "Body temperature",
        "number",
        "Cel",
        "loinc:8310-5",
        low=20,
        high=45,
        missing=_ON_A_SCORE,
    ),
)

_PARAMETERS: Final[dict[str, Any]] = {
    "resolution": {"respiratory_rate": 1, "spo2": 1, "systolic_bp": 1, "heart_rate": 1, "temperature": 0.1},
    "bands": {
        "respiratory_rate": [[8, 3], [11, 1], [20, 0], [24, 2], [None, 3]],
        "spo2_scale_1": [[91, 3], [93, 2], [95, 1], [None, 0]],
        "spo2_scale_2_on_air": [[83, 3], [85, 2], [87, 1], [None, 0]],
        "spo2_scale_2_on_oxygen": [[83, 3], [85, 2], [87, 1], [92, 0], [94, 1], [96, 2], [None, 3]],
        "systolic_bp": [[90, 3], [100, 2], [110, 1], [219, 0], [None, 3]],
        "heart_rate": [[40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [None, 3]],
        "temperature": [[35.0, 3], [36.0, 1], [38.0, 0], [39.0, 1], [None, 2]],
    },
    "supplemental_oxygen": {"false": 0, "true": 2},
    "consciousness": {"A": 0, "C": 3, "V": 3, "P": 3, "U": 3},
    "risk": {"medium_from": 5, "high_from": 7, "single_parameter": 3},
}
"""Bands are ``[highest value of the band, points]`` from the lowest band up; ``None``: no end."""

_CARD: Final = ModelCard(
    name="news2",
    version="2017",
    title="National Early Warning Score 2 (NEWS2)",
    intended_use="Adults (16 years and older) in hospital: how far seven bedside observations, taken together, are "
    "from normal, and with that how soon someone should look.",
    not_for="Children under 16, pregnancy, and any decision that rests on the score alone. Scale 2 only where a "
    "clinician has documented hypercapnic respiratory failure. Interpret with care after spinal cord injury, and "
    "wherever a patient's own normal lies outside the bands.",
    inputs=_INPUTS,
    outputs=(
        ModelOutput(
            "score", "NEWS2 total", "{score}", code="snomed:1104051000000101", low=0, high=20, higher_is="worse"
        ),
    ),
    citation="Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of "
    "acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017.",
    licence="Reproduced with acknowledgement of the Royal College of Physicians, the copyright holder, as its "
    "report allows.",
    validity="The accepted ranges are Fyr's own limits of plausibility, not the College's: a value outside them is "
    "refused as an artefact or a slip of the pen. Values are scored at the resolution of the chart: rounded half up to "
    "whole numbers, the temperature to 0.1 Cel, so 8.5 /min scores as 9 and 38.04 Cel as 38.0.",
    explanation="The points of each parameter, their total, the aggregate risk band (low, low-medium, medium, high), "
    "whether any single parameter scored 3, and the College's recommended monitoring and response in our own words.",
    evidence="Deterioration on the wards of one health system, 362,926 encounters: area under the receiver operating "
    "characteristic curve 0.831 (Edelson et al., JAMA Netw Open 2024).",
    parameters=_PARAMETERS,
)

_RISK_BANDS: Final = np.array(["low", "low-medium", "medium", "high"], dtype=object)
_MONITORING: Final = np.array(
    [
        "at least every 12 hours",
        "at least every 4 to 6 hours",
        "at least every hour",
        "at least every hour",
        "continuous vital signs",
    ],
    dtype=object,
)
_RESPONSE: Final = np.array(
    [
        "Keep to the routine of NEWS2 observations.",
        "A registered nurse assesses the patient and decides whether to observe more often or to escalate care.",
        "A registered nurse informs the patient's medical team, which reviews the patient and decides on escalation.",
        "A registered nurse informs the medical team at once and asks for an urgent assessment by someone competent in "
        "acute illness; care takes place where the patient can be monitored.",
        "A registered nurse informs the medical team at once, at specialist registrar level or above; a team with "
        "critical care and advanced airway skills assesses the patient as an emergency, and considers transfer to a "
        "level 2 or 3 unit.",
    ],
    dtype=object,
)
"""Chart 4 in our own words: total 0; total 1-4; 3 in a single parameter; total 5-6; total 7 or more."""

ROUNDING_NOISE: Final = 1e-6
"""In units of the resolution: 36.0499999999 is a measured 36.05, spoilt by binary fractions."""


class NationalEarlyWarningScore2(Model):
    """NEWS2 on both SpO2 scales.

    Examples
    --------
    >>> evidence = dict(respiratory_rate=22, spo2=93, spo2_scale=1, supplemental_oxygen=True, systolic_bp=105,
    ...                 heart_rate=115, consciousness="A", temperature=38.5)
    >>> NEWS2.predict(evidence).estimates["score"].value
    10.0
    """

    card = _CARD

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the total score."""
        total = np.zeros(len(columns["spo2"]), dtype=np.int64)
        for points in self.points(columns).values():
            total += points
        return {"score": total}

    def points(self, columns: Mapping[str, Column]) -> dict[str, NDArray[np.int8]]:
        """Return the points of each parameter.

        Parameters
        ----------
        columns : mapping of str to ndarray, each of shape (rows,)
            As :meth:`fyr.models.Model.compute` takes them.

        Returns
        -------
        dict of str to ndarray of int8, shape (rows,)
        """
        oxygen = columns["supplemental_oxygen"]
        spo2 = columns["spo2"]
        scale_2 = np.where(oxygen, _band(spo2, "spo2_scale_2_on_oxygen"), _band(spo2, "spo2_scale_2_on_air"))
        return {
            "respiratory_rate": _band(columns["respiratory_rate"], "respiratory_rate"),
            "spo2": np.where(columns["spo2_scale"] == 2, scale_2, _band(spo2, "spo2_scale_1")),
            "supplemental_oxygen": np.where(oxygen, *OXYGEN_POINTS).astype(np.int8),
            "systolic_bp": _band(columns["systolic_bp"], "systolic_bp"),
            "heart_rate": _band(columns["heart_rate"], "heart_rate"),
            "consciousness": _of_consciousness(columns["consciousness"]),
            "temperature": _band(columns["temperature"], "temperature"),
        }

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:
        """Return points, total, risk band, the single-parameter flag, monitoring and response."""
        points = self.points(columns)
        total = outputs["score"]
        risk = self.card.parameters["risk"]
        single = np.max(list(points.values()), axis=0) >= risk["single_parameter"]
        high, medium = total >= risk["high_from"], total >= risk["medium_from"]
        level = np.select([high, medium, single, total > 0], [4, 3, 2, 1], 0)
        return {
            "total": total,
            "band": _RISK_BANDS[np.select([high, medium, single], [3, 2, 1], 0)],
            "single_parameter_3": single,
            "points": points,
            "spo2_scale": columns["spo2_scale"].astype(np.int64),
            "monitoring": _MONITORING[level],
            "response": _RESPONSE[level],
        }


class Bands(NamedTuple):
    """The bands of one parameter as arrays.

    Parameters
    ----------
    highest : ndarray of float64, shape (bands - 1,)
        The highest value of each band but the last, in units of the resolution.
    points : ndarray of int8, shape (bands,)
    per_unit : int
        How many units of the resolution are one of the input's unit.
    """

    highest: NDArray[np.float64]
    points: NDArray[np.int8]
    per_unit: int


def _bands_of(name: str) -> Bands:
    *closed, (_, last) = _CARD.parameters["bands"][name]
    resolution = float(_CARD.parameters["resolution"]["spo2" if name.startswith("spo2") else name])
    highest = np.array([round(end / resolution) for end, _ in closed], dtype=np.float64)
    points = np.array([*(points for _, points in closed), last], dtype=np.int8)
    return Bands(highest, points, round(1 / resolution))


BANDS: Final = {name: _bands_of(name) for name in _CARD.parameters["bands"]}
OXYGEN_POINTS: Final = tuple(_CARD.parameters["supplemental_oxygen"][word] for word in ("true", "false"))
"""With supplemental oxygen, and on air."""

CONSCIOUSNESS_POINTS: Final[Mapping[str, int]] = _CARD.parameters["consciousness"]


def _band(values: Column, name: str) -> NDArray[np.int8]:
    bands = BANDS[name]
    scored = np.floor(values * bands.per_unit + (0.5 + ROUNDING_NOISE))
    scores: NDArray[np.int8] = bands.points[np.searchsorted(bands.highest, scored, side="left")]
    return scores


def _of_consciousness(categories: Column) -> NDArray[np.int8]:
    points = np.zeros(len(categories), dtype=np.int8)
    for category, score in CONSCIOUSNESS_POINTS.items():
        points[categories == category] = score
    return points


NEWS2: Final = NationalEarlyWarningScore2()
