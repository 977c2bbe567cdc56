"""Major coronary events after irradiation of the heart: 7.4 % more for each gray of mean heart dose.

Darby 2013 (N Engl J Med 368:987): the rate rises linearly by 7.4 % per gray (95 % interval 2.9 to 14.5), read in the
abstract and in two copies of the paper. The mean heart doses of the study were 0.03 to 27.72 Gy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.given_histogram import (
    HISTOGRAM,
    Refused,
    as_differential,
    differential,
    histogram_problem,
    refusals,
)
from fyr.treat.radiobiology import mean_dose

__all__ = ["CORONARY_DARBY", "CoronaryEvents"]

_LOW, _HIGH = 0.0, 27.72


class CoronaryEvents(Model):
    """The relative rate of major coronary events.

    Examples
    --------
    >>> round(CORONARY_DARBY.predict({"mean_dose_gy": 5}).estimates["relative_rate"].value, 3)
    1.37
    """

    card = ModelCard(
        name="heart-coronary-events-darby",
        version="1",
        title="Rate of major coronary events from the mean heart dose (Darby 2013)",
        intended_use="Research: women with breast cancer; what a plan does to the rate that the patient has without "
        "it. "
        "The rate rises within 5 years and goes on into the third decade.",
        not_for="Men, other cancers, children; an absolute risk without the patient's own; any decision. Not a medical "
        "device.",
        inputs=(
            *HISTOGRAM,
            ModelInput(
                "mean_dose_gy",
                "Mean dose to the whole heart, physical",
                "number",
                "Gy",
                low=_LOW,
                high=_HIGH,
                required=False,
                missing="the histogram can be given instead, or neither: the model then refuses",
            ),
        ),
        outputs=(
            ModelOutput(
                "relative_rate",
                "Rate of major coronary events relative to none to the heart",
                "1",
                interval=True,
                higher_is="worse",
            ),
        ),
        citation="Darby SC, Ewertz M, McGale P, et al. Risk of ischemic heart disease in women after radiotherapy "
        "for breast "
        "cancer. N Engl J Med 2013;368:987-998.",
        licence="Published numbers.",
        validity="2,168 women treated for breast cancer in Sweden and Denmark between 1958 and 2001, 963 of them "
        "with an "
        "event (infarction, revascularisation, death from ischaemic disease); mean heart dose 0.03 to 27.72 Gy, "
        "estimated from charts. Its greatest dose is the limit here. Dose per fraction is not part of the model.",
        explanation="The mean dose.",
        evidence="Level: one case-control study in two countries. "
        "7.4 % per gray, 95 % interval 2.9 to 14.5 (P < 0.001); similar with and without cardiac risk "
        "factors.",
        parameters={"per_gy": 0.074, "per_gy_low_95": 0.029, "per_gy_high_95": 0.145},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse rows without a dose, and histograms that are none."""
        given = (columns[name] for name in ("dvh_dose_gy", "dvh_volume_cm3", "mean_dose_gy"))
        rows = zip(*given, columns["dvh_kind"].tolist(), strict=True)
        yield from refusals((_problem(*one) for one in rows), len(columns["mean_dose_gy"]))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the relative rate and its interval."""
        numbers, dose = self.card.parameters, _mean_doses(columns)
        ends = (("", "per_gy"), ("_low", "per_gy_low_95"), ("_high", "per_gy_high_95"))
        return {f"relative_rate{end}": 1 + numbers[name] * dose for end, name in ends}

    def explain(self, columns: Mapping[str, Column], outputs: Mapping[str, Column]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the mean dose."""
        return {"mean dose, Gy": _mean_doses(columns)}


def _problem(doses: Column | None, volumes: Column | None, alone: float, kind: str) -> Refused | None:
    if doses is None and volumes is None:
        missing = "no dose: give dvh_dose_gy with dvh_volume_cm3, or mean_dose_gy"
        return (missing, ("dvh_dose_gy", "mean_dose_gy")) if np.isnan(alone) else None
    problem = histogram_problem(doses, volumes, kind)
    if problem is not None or doses is None or volumes is None:
        return problem
    mean = mean_dose(*(differential(doses, volumes) if kind == "cumulative" else (doses, volumes)))
    if mean > _HIGH:
        return f"the mean dose is {mean:.4g} Gy, above the greatest of the study ({_HIGH:g} Gy)", ("dvh_dose_gy",)
    if abs(alone - mean) > max(0.1, 0.02 * mean):
        said = f"mean_dose_gy is {alone:g} Gy, and the histogram gives {mean:.4g} Gy: give one of them"
        return said, ("mean_dose_gy", "dvh_dose_gy")
    return None


def _mean_doses(given: Mapping[str, Column]) -> Column:
    columns = as_differential(given)
    pairs = zip(columns["dvh_dose_gy"], columns["dvh_volume_cm3"], columns["mean_dose_gy"], strict=True)
    return np.array([alone if doses is None else mean_dose(doses, volumes) for doses, volumes, alone in pairs])


CORONARY_DARBY: Final = CoronaryEvents()
