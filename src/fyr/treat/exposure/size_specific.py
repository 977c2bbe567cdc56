"""Size-specific dose estimates (SSDE): the dose index of a CT scan for a body of another size than the phantom.

The factor is an exponential in the diameter of the body in cm: the effective diameter (AAPM Report 204, appendix A) or
the water-equivalent diameter (AAPM Report 220, which keeps the factors). With a 32 cm phantom
f = 3.704369 exp(-0.03671937 d), with a 16 cm phantom f = 1.874799 exp(-0.03871313 d). No factor is given outside
the report's tables: 8 to 45 cm for the 32 cm phantom (table 1D), 6 to 55 cm for the 16 cm phantom (table 2D).

These factors are for the trunk: made for abdomen and pelvis, taken for the thorax with errors of up to 20 %. Those of
AAPM Report 293 for the head are registered as not available.

Sources: Boone JM, Strauss KJ, Cody DD, et al. Size-specific dose estimates (SSDE) in pediatric and adult body CT
examinations. AAPM Report 204, 2011. McCollough C, Bakalyar DM, Bostani M, et al. Use of water equivalent diameter for
calculating patient size and size-specific dose estimates (SSDE) in CT. AAPM Report 220, 2014.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.models import Column, Model, ModelCard, ModelInput, ModelOutput, RowRefusal, UnavailableModel

__all__ = [
    "SSDE_HEAD",
    "SSDE_LATERAL_AP",
    "SSDE_WATER_EQUIVALENT",
    "SsdeLateralAp",
    "SsdeWaterEquivalent",
    "conversion_factor",
    "effective_diameter_cm",
    "water_equivalent_diameter_cm",
]

_FACTORS: Final = {"32": (3.704369, 0.03671937), "16": (1.874799, 0.03871313)}
_RANGES: Final = {"32": (8.0, 45.0), "16": (6.0, 55.0)}
_OUTSIDE: Final = {
    phantom: f"lies outside the report's table for the {phantom} cm phantom, {low:g} to {high:g} cm"
    for phantom, (low, high) in _RANGES.items()
}
_LEAST_AREA: Final = 10


def effective_diameter_cm(lateral_cm: NDArray[np.float64], ap_cm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the diameter of the circle with the area of the ellipse: sqrt(AP x LAT) (AAPM Report 204, eq. 2)."""
    return np.asarray(np.sqrt(lateral_cm * ap_cm))


def conversion_factor(diameter_cm: NDArray[np.float64], phantom: str) -> NDArray[np.float64]:
    """Return the factor from CTDIvol to SSDE.

    Parameters
    ----------
    diameter_cm : ndarray of float64, any shape
        Effective or water-equivalent.
    phantom : {"16", "32"}
        The diameter of the phantom that CTDIvol refers to, in cm.

    Returns
    -------
    ndarray of float64
        NaN outside the report's table: 8 to 45 cm, and 6 to 55 cm for the 16 cm phantom.

    Examples
    --------
    >>> conversion_factor(np.array([30.0]), "32").round(2)
    array([1.23])
    """
    scale, slope = _FACTORS[phantom]
    return np.where(_is_inside(diameter_cm, phantom), scale * np.exp(-slope * diameter_cm), np.nan)


def _is_inside(diameter_cm: NDArray[np.float64], phantom: str) -> NDArray[np.bool_]:
    low, high = _RANGES[phantom]
    return (diameter_cm >= low) & (diameter_cm <= high)


def water_equivalent_diameter_cm(
    hounsfield: NDArray[Any], pixel_mm: tuple[float, float], mask: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the water-equivalent diameter of each slice (AAPM Report 220, eq. 4).

    Parameters
    ----------
    hounsfield : ndarray, shape (slices, rows, columns)
        CT numbers in HU.
    pixel_mm : (float, float)
        The distance between rows and between columns.
    mask : ndarray of bool, the same shape
        The patient without the table.

    Returns
    -------
    ndarray of float64, shape (slices,)
        In cm: 2 sqrt(A_w / pi) with A_w the sum of (HU / 1000 + 1) over the patient's area.

    Raises
    ------
    BadInput
        If the shapes differ, or a slice shows nothing of the patient.
    """
    if hounsfield.shape != mask.shape or hounsfield.ndim != 3:
        raise BadInput(f"the picture has the shape {hounsfield.shape}, the patient's outline {mask.shape}")
    if (mask.sum(axis=(1, 2)) < _LEAST_AREA).any():
        raise BadInput("a slice shows nothing of the patient", mend="leave it out")
    water = np.where(mask, hounsfield / 1000.0 + 1.0, 0.0).sum(axis=(1, 2))
    area_cm2 = water * pixel_mm[0] * pixel_mm[1] / 100.0
    return np.asarray(2.0 * np.sqrt(np.maximum(area_cm2, 0.0) / np.pi))


_CTDI: Final = ModelInput("ctdi_vol_mgy", "CTDIvol of the scan", "number", "mGy", low=0.01, high=500)
_PHANTOM: Final = ModelInput(
    "phantom_cm", "Phantom that CTDIvol refers to, cm", "category", categories=("16", "32"),
    aliases={"head": "16", "body": "32", "16 cm": "16", "32 cm": "32"},
    missing="the model refuses: the two phantoms differ by a factor of about two",
)  # fmt: skip
_OUTPUTS: Final = (
    ModelOutput("ssde_mgy", "Size-specific dose estimate", "mGy"),
    ModelOutput("conversion_factor", "Factor from CTDIvol", "1"),
    ModelOutput("diameter_cm", "Diameter used", "cm"),
)
_NOT_FOR: Final = "Head CT. Organ dose, effective dose, or the risk of one person; any decision."
_PARAMETERS: Final = {
    "phantom_32": {"scale": 3.704369, "per_cm": 0.03671937},
    "phantom_16": {"scale": 1.874799, "per_cm": 0.03871313},
}


def _card(name: str, report: str, title: str, inputs: tuple[ModelInput, ...], citation: str) -> ModelCard:
    return ModelCard(
        name=name,
        version=report,
        title=title,
        intended_use="Research and dose audit: the mean absorbed dose at the middle of the scan range, for a body of "
        "this size, in CT of the trunk.",
        not_for=_NOT_FOR,
        inputs=(_CTDI, _PHANTOM, *inputs),
        outputs=_OUTPUTS,
        citation=citation,
        licence="Published factors; free to use.",
        validity="Diameters of 8 to 45 cm with the 32 cm phantom, of 6 to 55 cm with the 16 cm phantom. Errors of up "
        "to 20 % are to be expected, more so in the thorax.",
        explanation="CTDIvol, the diameter of the body, and the factor.",
        parameters=_PARAMETERS,
    )


class _SizeSpecific(Model):
    """CTDIvol times the factor of a diameter."""

    def _estimates(self, columns: Mapping[str, Column], diameter: NDArray[np.float64]) -> Mapping[str, Column]:
        is_body = columns["phantom_cm"] == "32"
        factor = np.where(is_body, conversion_factor(diameter, "32"), conversion_factor(diameter, "16"))
        return {"ssde_mgy": columns["ctdi_vol_mgy"] * factor, "conversion_factor": factor, "diameter_cm": diameter}

    @staticmethod
    def _outside(
        columns: Mapping[str, Column], diameter: NDArray[np.float64], what: str, names: tuple[str, ...]
    ) -> Iterable[RowRefusal]:
        """Refuse a diameter that the report's table of the phantom does not have."""
        for phantom, words in _OUTSIDE.items():
            rows = (columns["phantom_cm"] == phantom) & ~_is_inside(diameter, phantom)
            yield RowRefusal(rows, f"{what} {words}", (*names, "phantom_cm"))


class SsdeLateralAp(_SizeSpecific):
    """SSDE by the lateral and the anteroposterior dimension (AAPM Report 204).

    Examples
    --------
    >>> patient = dict(ctdi_vol_mgy=10, phantom_cm="32", lateral_cm=36, ap_cm=25)
    >>> round(SSDE_LATERAL_AP.predict(patient).estimates["ssde_mgy"].value, 1)
    12.3
    """

    card = _card(
        "ssde-lateral-ap",
        "204",
        "Size-specific dose estimate, lateral and AP dimension",
        (
            ModelInput("lateral_cm", "Lateral dimension", "number", "cm", low=6, high=75),
            ModelInput("ap_cm", "Anteroposterior dimension", "number", "cm", low=5, high=60),
        ),
        "Boone JM, Strauss KJ, Cody DD, et al. Size-specific dose estimates (SSDE) in pediatric and adult body CT "
        "examinations. AAPM Report 204, 2011.",
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse an effective diameter outside the report's table."""
        diameter = effective_diameter_cm(np.asarray(columns["lateral_cm"]), np.asarray(columns["ap_cm"]))
        what = "the effective diameter, sqrt(lateral_cm x ap_cm),"
        return self._outside(columns, diameter, what, ("lateral_cm", "ap_cm"))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the estimate, the factor and the effective diameter."""
        diameter = effective_diameter_cm(np.asarray(columns["lateral_cm"]), np.asarray(columns["ap_cm"]))
        return self._estimates(columns, diameter)


class SsdeWaterEquivalent(_SizeSpecific):
    """SSDE by the water-equivalent diameter (AAPM Report 220)."""

    card = _card(
        "ssde-water-equivalent",
        "220",
        "Size-specific dose estimate, water-equivalent diameter",
        (ModelInput("water_equivalent_diameter_cm", "Water-equivalent diameter", "number", "cm", low=6, high=55),),
        "McCollough C, Bakalyar DM, Bostani M, et al. Use of water equivalent diameter for calculating patient size "
        "and size-specific dose estimates (SSDE) in CT. AAPM Report 220, 2014.",
    )

    def decline(self, columns: Mapping[str, Column]) -> Iterable[RowRefusal]:
        """Refuse a diameter outside the report's table."""
        diameter = np.asarray(columns["water_equivalent_diameter_cm"])
        name = "water_equivalent_diameter_cm"
        return self._outside(columns, diameter, name, (name,))

    def compute(self, columns: Mapping[str, Column]) -> Mapping[str, Column]:
        """Return the estimate and the factor."""
        return self._estimates(columns, np.asarray(columns["water_equivalent_diameter_cm"]))


SSDE_LATERAL_AP: Final = SsdeLateralAp()
SSDE_WATER_EQUIVALENT: Final = SsdeWaterEquivalent()
SSDE_HEAD: Final = UnavailableModel(
    ModelCard(
        name="ssde-head",
        version="293",
        title="Size-specific dose estimate of head CT",
        intended_use="Research and dose audit: the mean absorbed dose at the middle of a head CT.",
        not_for="The trunk. Organ dose, effective dose, or the risk of one person; any decision.",
        inputs=(
            _CTDI,
            ModelInput("water_equivalent_diameter_cm", "Water-equivalent diameter", "number", "cm", low=8, high=45),
        ),
        outputs=(ModelOutput("ssde_mgy", "Size-specific dose estimate", "mGy"),),
        citation="Size specific dose estimate (SSDE) for head CT. The report of AAPM Task Group 293, 2019.",
        licence="A published report.",
        validity="Not computed.",
        explanation="Not computed.",
        parameters={},
        not_available="the factors of AAPM Report 293 could not be read in the report itself, nor in two other places",
    )
)
