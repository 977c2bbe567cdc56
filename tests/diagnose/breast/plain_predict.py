"""PREDICT said once more, for one patient, year by year in plain Python: as the authors' programs go about it.

Written from the programs' text and not from the columns under test: annual rates are built from differences of
cumulative baselines, multiplied, summed up again and turned into risks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["plain_predict"]

Patient = Mapping[str, Any]
YEARS = range(1, 16)
HER2_POSITIVE = [0.608, 0.532, 0.457, 0.382, 0.307, 0.231, 0.156, 0.081, 0.006, 0, 0, 0, 0, 0, 0]
HER2_NEGATIVE = [-0.053, -0.046, -0.040, -0.033, -0.027, -0.020, -0.014, -0.007, 0, 0, 0, 0, 0, 0, 0]


def plain_predict(version: str, patient: Patient) -> dict[str, float]:
    """Return overall survival and both deaths at 5, 10 and 15 years after surgery and after all treatments.

    What ten instead of five years of hormone therapy add at 15 years is there too.

    Parameters
    ----------
    version : {"2.2", "3.0", "3.1", "3.2"}
    patient : mapping
        With the authors' names and codes (``screen`` 2, others 9: unknown).
    """
    if version in ("2.2", "3.0"):
        breast, other = _early(version, patient)
        later_other = [0.0, 0.0]
        annual_breast, annual_other = _early_baselines(patient)
    else:
        breast, other = _late(version, patient)
        later_other = [
            math.log(1.02) * patient["heart"],
            math.log(1.2) if patient["gen"] else 0.0,
        ]
        annual_breast, annual_other = _late_baselines(patient)
    effect = {
        "r": math.log(0.82) if patient["radio"] == 1 and version != "2.2" else 0.0,
        "h": -0.3857 if patient["horm"] == 1 and patient["er"] == 1 else 0.0,
        "c": {0: 0.0, 2: -0.248, 3: -0.446}[patient["gen"]],
        "t": -0.3567 if patient["her2"] == 1 and patient["traz"] == 1 else 0.0,
        "b": -0.198 if patient["bis"] == 1 else 0.0,
    }
    found: dict[str, float] = {}
    later = {"2.2": -0.26, "3.0": -0.26, "3.1": -0.301, "3.2": -0.301}[version] if effect["h"] else 0.0
    everything = sum(effect.values())
    for name, on_breast, on_other in (
        ("surgery", [0.0] * 15, 0.0),
        ("treated", [everything] * 15, sum(later_other)),
        ("extended", [everything] * 10 + [everything + later] * 5, sum(later_other)),
    ):
        hazard_breast = hazard_other = died_breast = 0.0
        alive, net_breast_before, net_other_before = 1.0, 0.0, 0.0
        for year in YEARS:
            hazard_breast += annual_breast[year - 1] * math.exp(breast[year - 1] + on_breast[year - 1])
            hazard_other += annual_other[year - 1] * math.exp(other + on_other)
            net_breast, net_other = 1 - math.exp(-hazard_breast), 1 - math.exp(-hazard_other)
            now = math.exp(-hazard_breast) * math.exp(-hazard_other)
            of_breast, of_other = net_breast - net_breast_before, net_other - net_other_before
            died_breast += (alive - now) * of_breast / (of_breast + of_other)
            alive, net_breast_before, net_other_before = now, net_breast, net_other
            if year in (5, 10, 15):
                found[f"overall_survival_{year}y_{name}"] = 100 * alive
                found[f"breast_cancer_death_{year}y_{name}"] = 100 * died_breast
                found[f"other_death_{year}y_{name}"] = 100 * (1 - alive - died_breast)
    found["extended_hormone_benefit_15y"] = (
        found["overall_survival_15y_extended"] - found["overall_survival_15y_treated"]
    )
    return {name: value for name, value in found.items() if not name.endswith("_extended")}


def _unknown(patient: Patient) -> tuple[float, float]:
    screen = 0.204 if patient["screen"] == 2 else patient["screen"]
    return screen, 2.13 if patient["grade"] == 9 else patient["grade"]


def _ki67_and_pr(patient: Patient) -> tuple[float, float]:
    ki67 = {1: 0.14904, 0: -0.11333}.get(patient["ki67"], 0.0) if patient["er"] == 1 else 0.0
    pr = {(1, 1): -0.0619, (0, 1): 0.2624, (1, 0): -0.2231, (0, 0): 0.0296}.get((patient["pr"], patient["er"]), 0.0)
    return ki67, pr


def _smoking(patient: Patient) -> float:
    ratio = 0.25 * 2 + 0.75
    return math.log((ratio if patient["smoker"] else 1) / (0.9 + 0.1 * ratio))


def _early(version: str, patient: Patient) -> tuple[list[float], float]:
    screen, grade = _unknown(patient)
    ki67, pr = _ki67_and_pr(patient)
    decade, nodes = patient["age"] / 10, patient["nodes"]
    if patient["er"] == 1:
        index = 34.53642 * (decade**-2 - 0.0287449295) - 34.20342 * (decade**-2 * math.log(decade) - 0.0510121013)
        index += 0.7530729 * (math.log(patient["size"] / 100) + 1.545233938)
        index += 0.7060723 * (math.log((nodes + 1) / 10) + 1.387566896)
        index += 0.746655 * grade - 0.22763366 * screen
    else:
        high = grade in (2, 3) if version == "2.2" else grade >= 2
        index = 0.0089827 * (patient["age"] - 56.3254902)
        index += 2.093446 * (math.sqrt(patient["size"] / 100) - 0.5090456276)
        index += 0.6260541 * (math.log((nodes + 1) / 10) + 1.086916249) + 1.129091 * high
    index += {1: 0.2413, 0: -0.0762}.get(patient["her2"], 0.0) + ki67
    other = 0.0698252 * (decade**2 - 34.23391957)
    if version == "3.0":
        index += pr + math.log(1 / (0.31 + 0.69 * 0.82))
        other += _smoking(patient) + math.log(1 / (0.31 + 0.69 * 1.04**2))
        other += math.log(1.2) if patient["gen"] else 0.0
        other += math.log(1.04) * patient["heart"] if patient["radio"] else 0.0
    return [index] * 15, other


def _late(version: str, patient: Patient) -> tuple[list[float], float]:
    screen, grade = _unknown(patient)
    ki67, pr = _ki67_and_pr(patient)
    age = (patient["age"] - 24) / 100
    nodes = math.log(patient["nodes"] + 1)
    if patient["er"] == 1:
        index = 0.1958986203588129 * age**-0.5 + 2.929125051895787 * age**2
        index += 2.27417420673498 * (1 - math.exp(-patient["size"] / 20)) + 0.6724828209061207 * nodes
        index += 0.7050339629739382 * grade - 0.32039363353015476 * screen - 0.048251370712776756 * 17
        by_year = {1: HER2_POSITIVE, 0: HER2_NEGATIVE}.get(patient["her2"], [0.0] * 15)
    else:
        index = 1.7560679383953317 * age + 4.555274634880487 * age * math.log(age)
        index += 0.7443277265210039 * math.log(patient["size"]) + 0.6308590364310884 * nodes
        index += 0.3462287839000938 * grade - 0.2110969326598672 * screen - 0.045504610416172736 * 17
        by_year = [{1: 0.2316, 0: -0.08589}.get(patient["her2"], 0.0)] * 15
    index += ki67 + pr
    other = 4.211443507724736 * age**3 - 31.41202815365277 * age**3 * math.log(age) - 0.021186462111818898 * 17
    other += _smoking(patient)
    if version == "3.1":
        index += math.log(1 / (0.31 + 0.69 * 0.82))
        other += math.log(1 / (0.31 + 0.69 * 1.02**2))
    else:
        index += 0.7 if patient["er"] == 1 else 0.55
        other += -0.062
    return [index + her2 for her2 in by_year], other


def _annual(cumulative: list[float]) -> list[float]:
    return [now - before for now, before in zip(cumulative, [0.0, *cumulative], strict=False)]


def _early_baselines(patient: Patient) -> tuple[list[float], list[float]]:
    other = [math.exp(-6.052919 + 1.079863 * math.log(t) + 0.3255321 * math.sqrt(t)) for t in YEARS]
    if patient["er"] == 1:
        breast = [math.exp(0.7424402 - 7.527762 / math.sqrt(t) - 1.812513 * math.log(t) / math.sqrt(t)) for t in YEARS]
    else:
        breast = [math.exp(-1.156036 + 0.4707332 / t**2 - 3.51355 / t) for t in YEARS]
    return _annual(breast), _annual(other)


def _late_baselines(patient: Patient) -> tuple[list[float], list[float]]:
    decades = [t / 10 for t in YEARS]
    other = [math.exp(-4.845654758283992 + 1.341348310005262 * math.log(d) + 0.49539394353046057 * d) for d in decades]
    if patient["er"] == 1:
        breast = [
            math.exp(-2.3193510039281637 - 3.622538332641392 * d**-0.5 - 0.542240944493945 * d**-0.5 * math.log(d))
            for d in decades
        ]
    else:
        breast = [
            math.exp(-3.0153139765165835 - 0.5755380524044251 / d - 0.1028439317178058 / d * math.log(d))
            for d in decades
        ]
    return _annual(breast), _annual(other)
