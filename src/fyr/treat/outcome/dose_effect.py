"""The arithmetic of dose as models: BED and EQD2 of a course, gEUD of a histogram, and control without complication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal
from fyr.treat.outcome.combined import complication_free_control, injury, uncomplicated_control
from fyr.treat.outcome.given_histogram import DVH_KIND, as_differential, histogram_problems_of, refusals
from fyr.treat.radiobiology import (
    biologically_effective_dose,
    generalised_mean,
    incomplete_repair_factor,
    mean_dose,
    protraction_factor,
    repopulation_loss,
)

__all__ = ["BED_EQD2", "COMPLICATION_FREE_CONTROL", "GEUD", "BedEqd2", "ComplicationFreeControl", "Geud"]

_NOT_FOR: Final = "Any decision about a patient. Not a medical device."
_TOGETHER: Final = "goes with the others of its group; without all of them "


def _hours(name: str, title: str, effect: str, low: float = 0.0, high: float = 200.0) -> ModelInput:
    return ModelInput(name, title, "number", "h", low=low, high=high, required=False, missing=_TOGETHER + effect)


class BedEqd2(Model):
    """BED and EQD2 of a course.

    Examples
    --------
    >>> answer = BED_EQD2.predict({"dose_gy": 54, "fractions": 3, "alpha_beta_gy": 3})
    >>> round(answer.estimates["eqd2_gy"].value, 1), round(answer.estimates["bed_gy"].value, 1)
    (226.8, 378.0)
    """

    card = ModelCard(
        name="bed-eqd2",
        version="1",
        title="Biologically effective dose, and equivalent dose in 2 Gy fractions",
        intended_use="Research: comparing fractionations.",
        not_for=_NOT_FOR,
        inputs=(
            ModelInput("dose_gy", "Total dose", "number", "Gy", low=0, high=300),
            ModelInput("fractions", "Number of equal fractions", "integer", "1", low=1, high=200),
            ModelInput("alpha_beta_gy", "alpha/beta of the tissue and endpoint", "number", "Gy", low=0.3, high=30),
            ModelInput(
                "fractions_per_day",
                "Fractions a day",
                "integer",
                "1",
                low=1,
                high=6,
                required=False,
                missing=_TOGETHER + "repair between fractions is complete",
            ),
            _hours("interval_h", "Hours between fractions of a day", "repair between fractions is complete", 0.01, 24),
            _hours("fraction_duration_h", "Hours that a fraction takes", "a fraction takes no time"),
            _hours("repair_half_time_h", "Half-time of repair", "neither repair is counted", 0.05, 24),
            ModelInput(
                "overall_days",
                "Days from the first to the last fraction",
                "number",
                "d",
                low=0,
                high=200,
                required=False,
                missing=_TOGETHER + "repopulation takes nothing",
            ),
            ModelInput(
                "kick_off_days",
                "Day from which repopulation counts",
                "number",
                "d",
                low=0,
                high=200,
                required=False,
                missing=_TOGETHER + "repopulation takes nothing",
            ),
            ModelInput(
                "loss_gy_per_day",
                "BED that repopulation takes a day",
                "number",
                "Gy/d",
                low=0,
                high=5,
                required=False,
                missing=_TOGETHER + "repopulation takes nothing",
            ),
        ),
        outputs=(
            ModelOutput("bed_gy", "Biologically effective dose", "Gy", low=0),
            ModelOutput("eqd2_gy", "Equivalent dose in 2 Gy fractions", "Gy", low=0),
        ),
        citation="Fowler JF. The linear-quadratic formula and progress in fractionated radiotherapy. Br J Radiol "
        "1989;62:679-694. Incomplete repair: Thames HD. Int J Radiat Biol 1985;47:319-339. Protraction: Dale RG. Br J "
        "Radiol 1985;58:515-528.",
        licence="A published formula.",
        validity="Ranges are limits of plausibility. Above about 10 Gy a fraction the linear-quadratic model is "
        "disputed: "
        "this is its arithmetic, and no more.",
        explanation="Nothing: the formula is the explanation.",
        parameters={"reference_gy": 2.0},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse a group of which only a part is given: nothing is assumed for the rest."""
        missing = {name: np.isnan(np.asarray(columns[name], dtype=np.float64)) for name in _GROUPED}
        for names in (_REPOPULATION, _BETWEEN):
            part = np.any([~missing[name] for name in names], axis=0) & np.any(
                [missing[name] for name in names], axis=0
            )
            yield RowRefusal(part, f"only a part of {', '.join(names)} is given", names)
        for name in ("fractions_per_day", "fraction_duration_h"):
            without = ~missing[name] & missing["repair_half_time_h"]
            yield RowRefusal(without, f"{name} is given without repair_half_time_h", (name, "repair_half_time_h"))
        alone = ~missing["repair_half_time_h"] & missing["fraction_duration_h"] & missing["fractions_per_day"]
        reason = "repair_half_time_h is given without what it is for"
        yield RowRefusal(alone, reason, ("fractions_per_day", "interval_h", "fraction_duration_h"))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return both doses."""
        given = {name: np.asarray(columns[name], dtype=np.float64) for name in _GROUPED}
        half = np.where(np.isnan(given["repair_half_time_h"]), 1.0, given["repair_half_time_h"])
        often, duration = ~np.isnan(given["fractions_per_day"]), ~np.isnan(given["fraction_duration_h"])
        between = incomplete_repair_factor(
            np.where(often, given["fractions_per_day"], 1.0), np.where(often, given["interval_h"], 24.0), half
        )
        during = protraction_factor(np.where(duration, given["fraction_duration_h"], 0.0), half)
        loss = repopulation_loss(*(np.nan_to_num(given[name]) for name in _REPOPULATION))
        ratio = columns["alpha_beta_gy"]
        bed = biologically_effective_dose(
            columns["dose_gy"],
            columns["fractions"],
            ratio,
            incomplete_repair=np.where(often, between, 0.0),
            protraction=during,
            loss_gy=loss,
        )
        return {"bed_gy": bed, "eqd2_gy": bed / (1 + self.card.parameters["reference_gy"] / ratio)}


_REPOPULATION: Final = ("overall_days", "kick_off_days", "loss_gy_per_day")
_BETWEEN: Final = ("fractions_per_day", "interval_h")
_GROUPED: Final = (*_REPOPULATION, *_BETWEEN, "fraction_duration_h", "repair_half_time_h")


class Geud(Model):
    """The generalised mean dose of a histogram.

    Examples
    --------
    >>> answer = GEUD.predict({"dvh_dose_gy": "10;20;30", "dvh_volume_cm3": "1;1;1", "a": 8})
    >>> round(answer.estimates["geud_gy"].value, 3), round(answer.estimates["mean_dose_gy"].value, 3)
    (26.276, 20.0)
    """

    card = ModelCard(
        name="geud",
        version="1",
        title="Generalised equivalent uniform dose of a histogram",
        intended_use="Research: one dose for a distribution.",
        not_for=_NOT_FOR,
        inputs=(
            ModelInput("dvh_dose_gy", "Dose of each bin (its middle)", "numbers", "Gy", low=0, high=300),
            ModelInput("dvh_volume_cm3", "Volume in each bin", "numbers", "cm3", low=0, high=100_000),
            DVH_KIND,
            ModelInput("a", "Exponent; 1/n of Lyman's model, negative for a tumour", "number", "1", low=-200, high=500),
        ),
        outputs=(
            ModelOutput("geud_gy", "Generalised equivalent uniform dose", "Gy", low=0),
            ModelOutput("mean_dose_gy", "Mean dose", "Gy", low=0),
        ),
        citation="Niemierko A. A generalized concept of equivalent uniform dose (EUD). Med Phys 1999;26:1100.",
        licence="A published formula.",
        validity="Ranges are limits of plausibility.",
        explanation="Nothing: the formula is the explanation.",
        parameters={},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse histograms that are none, and the exponent 0."""
        yield from refusals(histogram_problems_of(columns), len(columns["a"]))
        yield RowRefusal(columns["a"] == 0, "a generalised mean has no exponent 0", ("a",))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the generalised mean and the mean."""
        columns = as_differential(columns)
        rows = list(zip(columns["dvh_dose_gy"], columns["dvh_volume_cm3"], columns["a"], strict=True))
        return {
            "geud_gy": np.array([generalised_mean(doses, volumes, float(a)) for doses, volumes, a in rows]),
            "mean_dose_gy": np.array([mean_dose(doses, volumes) for doses, volumes, _ in rows]),
        }


class ComplicationFreeControl(Model):
    """P+ and UTCP of a plan.

    Examples
    --------
    >>> answer = COMPLICATION_FREE_CONTROL.predict({"tcp": 0.8, "ntcp": [0.1, 0.2], "delta": 1})
    >>> round(answer.estimates["p_plus"].value, 3)
    0.576
    """

    card = ModelCard(
        name="complication-free-control",
        version="1",
        title="Control without complication: P+ and UTCP",
        intended_use="Research: one number for a plan, compared with another plan of the same patient.",
        not_for=_NOT_FOR + " The complications are taken as independent between organs and as equally bad (P+).",
        inputs=(
            ModelInput("tcp", "Probability of control", "number", "1", low=0, high=1),
            ModelInput("ntcp", "Probabilities of the complications", "numbers", "1", low=0, high=1),
            ModelInput(
                "delta", "Share of patients in whom control and injury are independent", "number", "1", low=0, high=1
            ),
            ModelInput(
                "weights",
                "How much each complication matters, for UTCP",
                "numbers",
                "1",
                low=0,
                high=1,
                required=False,
                missing="each matters fully",
            ),
        ),
        outputs=(
            ModelOutput("p_plus", "Complication-free control P+", "1", low=0, high=1, higher_is="better"),
            ModelOutput("utcp", "Uncomplicated control UTCP", "1", low=0, high=1, higher_is="better"),
            ModelOutput("injury", "Probability of any of the complications", "1", low=0, high=1),
        ),
        citation="Källman P, Ågren A, Brahme A. Tumour and normal tissue responses to fractionated non-uniform dose "
        "delivery. "
        "Int J Radiat Biol 1992;62:249-262.",
        licence="A published formula.",
        validity="The probabilities are the user's. There is no usual delta: 0.2 is often taken in the literature, 1 "
        "is "
        "independence.",
        explanation="Nothing: the formula is the explanation.",
        parameters={},
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse weights that are not one for each complication."""
        pairs = zip(columns["ntcp"], columns["weights"], strict=True)
        uneven = np.array(
            [weights is not None and len(weights) != len(ntcp) for ntcp, weights in pairs], dtype=np.bool_
        )
        yield RowRefusal(uneven, "there is not one weight for each complication", ("ntcp", "weights"))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return P+, UTCP and the probability of any complication."""
        rows = list(zip(columns["tcp"], columns["ntcp"], columns["delta"], columns["weights"], strict=True))
        harm = np.array([float(injury(ntcp)) for _, ntcp, _, _ in rows])
        plus = [
            float(complication_free_control(tcp, one, float(delta)))
            for (tcp, _, delta, _), one in zip(rows, harm, strict=True)
        ]
        utcp = [float(uncomplicated_control(tcp, ntcp, weights)) for tcp, ntcp, _, weights in rows]
        return {"p_plus": np.array(plus), "utcp": np.array(utcp), "injury": harm}


BED_EQD2: Final = BedEqd2()
GEUD: Final = Geud()
COMPLICATION_FREE_CONTROL: Final = ComplicationFreeControl()
