"""From stored numbers to measured ones, with their unit: Hounsfield units, SUV where it can be had, or as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.exchange.dicom.values import items, number, optional_number, text, words

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Rescale", "rescale_of", "rescale_unit", "unit_of"]

_INT16: Final = np.iinfo(np.int16)
_PET_UNITS: Final = {"BQML": "Bq/mL", "GML": "g/mL", "CNTS": "{counts}", "CM2ML": "cm2/mL", "PCNT": "%", "NONE": "1"}


@dataclass(frozen=True, slots=True)
class Rescale:
    """Measured = stored * slope + intercept (DICOM PS3.3 C.11.1.1.2)."""

    slope: float
    intercept: float

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers stay whole."""
        ends = self.slope, self.intercept
        return all(end == round(end) and abs(end) <= _INT16.max for end in ends)

    def fits_int16(self, stored: NDArray[Any]) -> bool:
        """Tell whether int16 holds the measured numbers of these stored ones."""
        ends = [int(end) * self.slope + self.intercept for end in (stored.min(), stored.max())]
        return _INT16.min <= min(ends) and max(ends) <= _INT16.max

    def into(self, plane: NDArray[Any], stored: NDArray[Any], factor: float) -> None:
        """Write the measured numbers of stored ones, times a factor, into a plane."""
        if plane.dtype == np.int16:  # sums and products in 16 bits wrap around, and back where the result fits
            np.multiply(stored.astype(np.int16, copy=False), np.int16(self.slope), out=plane)
            plane += np.int16(self.intercept)
            return
        measured = stored * (self.slope * factor) + self.intercept * factor
        if not np.isfinite(measured).all() or np.abs(measured).max() > np.finfo(np.float32).max:
            raise BadInput("the rescaled values go beyond all bounds", where="Rescale Slope (0028,1053)")
        plane[:] = measured


def rescale_of(dataset: Dataset) -> Rescale:
    """Return the rescaling of a slice; CT and PET must have one, of MR none is needed.

    Raises
    ------
    BadInput
        If it is missing where it must be, or its slope is 0.
    """
    if text(dataset, "Modality", "") in {"CT", "PT"}:
        slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    else:
        found = optional_number(dataset, "RescaleSlope"), optional_number(dataset, "RescaleIntercept")
        if (found[0] is None) != (found[1] is None):
            raise BadInput("a rescale slope without its intercept, or the other way round", where="(0028,1052)")
        slope, intercept = found[0] if found[0] is not None else 1.0, found[1] if found[1] is not None else 0.0
    if slope == 0:
        raise BadInput("a slope of 0 makes every value the same", where="Rescale Slope (0028,1053)")
    return Rescale(slope, intercept)


def unit_of(datasets: Sequence[Dataset], notes: list[str]) -> tuple[str, float]:
    """Return the unit of a series, and what its rescaled values are to be multiplied by.

    Raises
    ------
    BadInput
        If a CT is not in Hounsfield units, or the units differ from slice to slice.
    """
    first = datasets[0]
    modality = text(first, "Modality", "")
    keyword = "Units" if modality == "PT" else "RescaleType"
    said = {text(one, keyword, "") for one in datasets}
    if len(said) > 1:
        raise BadInput(f"the slices are in different units: {', '.join(sorted(said))}", where=keyword)
    unit = said.pop()
    if modality != "PT":
        return rescale_unit(modality, unit), 1.0
    if unit == "BQML":
        try:
            return "g/mL", _suv_factor(datasets)
        except BadInput as problem:
            notes.append(f"SUV cannot be computed ({problem.what}): the values are activities")
    kind = text(first, "SUVType", "")
    if unit == "GML" and kind not in {"", "BW"}:
        notes.append(f"the SUV is by '{kind}', not by body weight")
    return rescale_unit(modality, unit), 1.0


def rescale_unit(modality: str, said: str) -> str:
    """Return the UCUM unit of rescaled values, from what a file calls it.

    Raises
    ------
    BadInput
        If a CT is not in Hounsfield units.
    """
    if modality == "CT":
        if said not in {"", "HU"}:
            raise BadInput(f"the values are in '{said}', not in Hounsfield units", where="Rescale Type (0028,1054)")
        return "[hnsf'U]"
    return _PET_UNITS.get(said, f"{{{said or 'unknown'}}}") if modality == "PT" else "1"


def _suv_factor(datasets: Sequence[Dataset]) -> float:
    """Return grams by becquerel at the time that the pictures are corrected to.

    The body-weight SUV of QIBA's vendor-neutral pseudo-code, happy path only: activity per volume, times weight,
    divided by the injected activity, decayed to the start of the series where the pictures are (QIBA FDG-PET/CT
    Profile, appendix on SUV calculation).
    """
    first = datasets[0]
    corrected = words(first, "CorrectedImage")
    if not {"ATTN", "DECY"} <= set(corrected):
        raise BadInput("the pictures are not corrected for attenuation and decay")
    weight = optional_number(first, "PatientWeight") or 0.0
    given = items(first, "RadiopharmaceuticalInformationSequence")
    if weight <= 0 or len(given) != 1:
        raise BadInput("the patient's weight, or the one injection, is not said")
    activity = optional_number(given[0], "RadionuclideTotalDose") or 0.0
    half_life = optional_number(given[0], "RadionuclideHalfLife") or 0.0
    if activity <= 0 or half_life <= 0:
        raise BadInput("the injected activity, or its half-life, is not said")
    to = text(first, "DecayCorrection", "")
    if to == "ADMIN":
        return weight * 1000 / activity
    if to != "START":
        raise BadInput(f"the decay is corrected to '{to}'")
    waited = (_series_start(datasets) - _injection(first, given[0])).total_seconds()
    if not 0 <= waited <= 10 * half_life:
        raise BadInput(f"{waited:g} s from injection to series cannot be")
    return float(weight * 1000 / (activity * 2.0 ** (-waited / half_life)))


def _series_start(datasets: Sequence[Dataset]) -> datetime:
    start = _moment(text(datasets[0], "SeriesDate", "") + text(datasets[0], "SeriesTime", ""))
    for one in datasets:
        acquired = _moment(text(one, "AcquisitionDate", "") + text(one, "AcquisitionTime", ""))
        if acquired < start:
            raise BadInput("the series says that it began after its pictures were taken")
    return start


def _injection(first: Dataset, given: Dataset) -> datetime:
    whole = text(given, "RadiopharmaceuticalStartDateTime", "")
    return _moment(whole or text(first, "SeriesDate", "") + text(given, "RadiopharmaceuticalStartTime", ""))


def _moment(said: str) -> datetime:
    form = "%Y%m%d%H%M%S.%f" if "." in said else "%Y%m%d%H%M%S"
    try:
        return datetime.strptime(said.split("+", maxsplit=1)[0], form)  # noqa: DTZ007 - only differences are taken
    except ValueError:
        raise BadInput(f"'{said}' is no date with a time") from None
