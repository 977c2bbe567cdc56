"""Every number inside the four versions, with where it comes from."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

__all__ = ["PREDICT_2", "PREDICT_30_ADDS", "PREDICT_31", "PREDICT_32_CHANGES", "SHARED"]

SHARED: Final[dict[str, Any]] = {
    "unknown_screen_detected": 0.204,
    "unknown_grade": 2.13,
    "ki67": {"positive": 0.14904, "negative": -0.11333},
    "chemotherapy": {"2": -0.248, "3": -0.446},
    "hormone_therapy": -0.3857,
    "trastuzumab": -0.3567,
    "bisphosphonate": -0.198,
}
"""Log hazard ratios for death from breast cancer, and what stands for an unknown value, in every version."""

PREDICT_2: Final[dict[str, Any]] = {
    "er_positive": {
        "age": [34.53642, 0.0287449295, -34.20342, 0.0510121013],
        "size": [0.7530729, 1.545233938],
        "nodes": [0.7060723, 1.387566896],
        "grade": 0.746655,
        "screen_detected": -0.22763366,
        "baseline": [0.7424402, -7.527762, -1.812513],
    },
    "er_negative": {
        "age": [0.0089827, 56.3254902],
        "size": [2.093446, 0.5090456276],
        "nodes": [0.6260541, 1.086916249],
        "grade": 1.129091,
        "baseline": [-1.156036, 0.4707332, -3.51355],
    },
    "her2": {"positive": 0.2413, "negative": -0.0762},
    "other": {"age": [0.0698252, 34.23391957], "baseline": [-6.052919, 1.079863, 0.3255321]},
    "extended_hormone_therapy": -0.26,
}
"""Version 2 (Candido dos Reis 2017), which 3.0 builds upon."""

PREDICT_30_ADDS: Final[dict[str, Any]] = {
    "pr": {"er_positive": [-0.0619, 0.2624], "er_negative": [-0.2231, 0.0296]},
    "smoking": {"proportion": 0.1, "relative_risk": 2, "share_of_deaths": 0.25},
    "chemotherapy_other_mortality": 1.2,
    "radiotherapy": {"proportion": 0.69, "breast": 0.82, "other_per_gy": 1.04, "average_heart_gy": 2},
}
"""What version 3.0 adds: progesterone receptor (positive, negative), smoking, chemotherapy and radiotherapy."""

PREDICT_31: Final[dict[str, Any]] = {
    "er_positive": {
        "age": [0.1958986203588129, 2.929125051895787],
        "size": 2.27417420673498,
        "nodes": 0.6724828209061207,
        "grade": 0.7050339629739382,
        "screen_detected": -0.32039363353015476,
        "year": -0.048251370712776756,
        "baseline": [-2.3193510039281637, -3.622538332641392, -0.542240944493945],
        "her2": {
            "positive": [0.608, 0.532, 0.457, 0.382, 0.307, 0.231, 0.156, 0.081, 0.006, 0, 0, 0, 0, 0, 0],
            "negative": [-0.053, -0.046, -0.040, -0.033, -0.027, -0.020, -0.014, -0.007, 0, 0, 0, 0, 0, 0, 0],
        },
    },
    "er_negative": {
        "age": [1.7560679383953317, 4.555274634880487],
        "size": 0.7443277265210039,
        "nodes": 0.6308590364310884,
        "grade": 0.3462287839000938,
        "screen_detected": -0.2110969326598672,
        "year": -0.045504610416172736,
        "baseline": [-3.0153139765165835, -0.5755380524044251, -0.1028439317178058],
        "her2": {"positive": 0.2316, "negative": -0.08589},
    },
    "other": {
        "age": [4.211443507724736, -31.41202815365277],
        "year": -0.021186462111818898,
        "baseline": [-4.845654758283992, 1.341348310005262, 0.49539394353046057],
    },
    "years_after_2000": 17,
    "age_before": 24,
    "pr": {"er_positive": [-0.0619, 0.2624], "er_negative": [-0.2231, 0.0296]},
    "smoking": {"proportion": 0.1, "relative_risk": 2, "share_of_deaths": 0.25},
    "chemotherapy_other_mortality": 1.2,
    "radiotherapy": {"proportion": 0.69, "breast": 0.82, "other_per_gy": 1.02, "average_heart_gy": 2},
    "extended_hormone_therapy": -0.301,
}
"""Version 3.1 (Grootes 2024), with HER2 of ER-positive disease year by year."""

PREDICT_32_CHANGES: Final = MappingProxyType(
    {"baseline_shift": {"er_positive": 0.7, "er_negative": 0.55, "other": -0.062}}
)
"""What version 3.2 puts in the place of the two terms that take the population's radiotherapy out of the baseline."""
