"""Figures read off a dose-volume histogram, asked for as physicists write them: ``D95%``, ``V20Gy``, ``D0.03cc``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from fyr.errors import UsageError
from fyr.treat.dvh import Dvh

__all__ = ["GRAMMAR", "Metric", "MetricValue", "bounds", "measure", "parse_metric"]

Kind = Literal["dose", "volume", "min", "mean", "max", "gEUD", "HI", "CI", "GI", "coverage"]

GRAMMAR: Final = (
    "write D95%, D2%, D0.03cc, D1cm3 (least dose in the volume that gets most), V20Gy or V95% (volume that gets it, "
    "in %; V20Gy[cc] in cm³), min, mean, max, median, gEUD(a=8), HI, CI, GI or coverage"
)
_NUMBER: Final = r"(\d+(?:\.\d+)?|\.\d+)"
_DOSE: Final = re.compile(rf"D{_NUMBER}\s*(%|cc|cm3|cm³|ml)\s*(?:\[\s*(Gy|%)\s*\])?", re.IGNORECASE)
_VOLUME: Final = re.compile(rf"V{_NUMBER}\s*(cGy|Gy|%)\s*(?:\[\s*(cc|cm3|cm³|ml|%)\s*\])?", re.IGNORECASE)
_GEUD: Final = re.compile(r"gEUD\s*\(\s*(?:a\s*=\s*)?(-?\d+(?:\.\d+)?)\s*\)", re.IGNORECASE)
_PLAIN: Final[dict[str, tuple[Kind, float, str]]] = {
    "min": ("min", 0.0, ""),
    "dmin": ("min", 0.0, ""),
    "mean": ("mean", 0.0, ""),
    "dmean": ("mean", 0.0, ""),
    "max": ("max", 0.0, ""),
    "dmax": ("max", 0.0, ""),
    "median": ("dose", 50.0, "%"),
    "hi": ("HI", 0.0, ""),
    "ci": ("CI", 0.0, ""),
    "gi": ("GI", 0.0, ""),
    "coverage": ("coverage", 0.0, ""),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure that is asked for.

    Parameters
    ----------
    text : str
        As it was written.
    kind : str
    at : float
        The volume (of D), the dose (of V) or a (of gEUD).
    at_unit : str
        ``%`` or ``cm3``; ``Gy`` or ``%`` (of the prescription).
    unit : str
        Of the answer: ``Gy``, ``%``, ``cm3`` or ``1``.
    """

    text: str
    kind: Kind
    at: float
    at_unit: str
    unit: str

    @property
    def needs_prescription(self) -> bool:
        """Whether the figure says nothing without a prescribed dose."""
        of_dose = self.kind == "volume" and self.at_unit == "%"
        return of_dose or self.kind in {"CI", "GI", "coverage"} or (self.kind == "dose" and self.unit == "%")


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A figure, or why it cannot be had.

    Parameters
    ----------
    value : float or None
    unit : str
    reason : str
        Why there is no value.
    """

    value: float | None
    unit: str
    reason: str = ""


def parse_metric(text: str) -> Metric:
    """Read a metric.

    Parameters
    ----------
    text : str

    Raises
    ------
    UsageError
        If it is not understood, or asks for more than the whole volume.

    Examples
    --------
    >>> parse_metric("D0.03cc")
    Metric(text='D0.03cc', kind='dose', at=0.03, at_unit='cm3', unit='Gy')
    >>> parse_metric("V20Gy[cc]").unit
    'cm3'
    """
    asked = text.strip()
    if asked.casefold() in _PLAIN:
        kind, at, unit = _PLAIN[asked.casefold()]
        answer = {"HI": "1", "CI": "1", "GI": "1", "coverage": "%"}.get(kind, "Gy")
        return Metric(asked, kind, at, unit, answer)
    if found := _DOSE.fullmatch(asked):
        at, at_unit = float(found[1]), "%" if found[2] == "%" else "cm3"
        if at_unit == "%" and at > 100:
            raise UsageError(f"{asked} asks for the dose to more than the whole structure", where="--metric")
        return Metric(asked, "dose", at, at_unit, "%" if found[3] == "%" else "Gy")
    if found := _VOLUME.fullmatch(asked):
        unit = found[2].casefold()
        at = float(found[1]) / 100 if unit == "cgy" else float(found[1])
        answer = "cm3" if found[3] and found[3] != "%" else "%"
        return Metric(asked, "volume", at, "%" if unit == "%" else "Gy", answer)
    if found := _GEUD.fullmatch(asked):
        if float(found[1]) == 0:
            raise UsageError("gEUD with a = 0 is not defined", where="--metric", mend="a = 1 is the mean")
        return Metric(asked, "gEUD", float(found[1]), "", "Gy")
    raise UsageError(f"the metric '{text}' is not understood", where="--metric", mend=GRAMMAR)


def measure(
    metric: Metric, dvh: Dvh, prescription_gy: float | None = None, isodose_cm3: Sequence[float] | None = None
) -> MetricValue:
    """Read a figure off a histogram.

    Where the dose grid does not cover the structure, the figures are those of the part that it covers.

    Parameters
    ----------
    metric : Metric
    dvh : Dvh
    prescription_gy : float, optional
    isodose_cm3 : sequence of float, optional
        The volumes within the prescribed dose and within half of it, anywhere in the dose grid: for CI and GI.

    Returns
    -------
    MetricValue

    Notes
    -----
    HI is (D2% - D98%) / D50% (ICRU Report 83, 2010, eq. 3.2). CI is Paddick's (2000, J Neurosurg 93 Suppl 3:219):
    (target within the prescribed isodose)² / (target * isodose). GI is the volume of half the prescribed dose over that
    of the prescribed one (Paddick and Lippitz 2006, J Neurosurg 105 Suppl:194). Coverage is the part of the structure
    that gets the prescribed dose.
    """
    if metric.needs_prescription and prescription_gy is None:
        return MetricValue(None, metric.unit, "no prescribed dose was given")
    prescribed = prescription_gy or 0.0
    answer: MetricValue
    match metric.kind:
        case "dose":
            answer = _dose(metric, dvh, prescribed)
        case "volume":
            level = metric.at if metric.at_unit == "Gy" else metric.at / 100 * prescribed
            answer = _volume(dvh, level, metric.unit)
        case "coverage":
            answer = _volume(dvh, prescribed, "%")
        case "gEUD":
            answer = MetricValue(dvh.generalised_mean_gy(metric.at), "Gy")
        case "HI":
            answer = _homogeneity(dvh)
        case "CI" | "GI":
            answer = _index(metric, dvh, prescribed, isodose_cm3)
        case _:
            answer = MetricValue({"min": dvh.min_gy, "mean": dvh.mean_gy, "max": dvh.max_gy}[metric.kind], "Gy")
    return answer


def bounds(metric: Metric, dvh: Dvh, prescription_gy: float | None = None) -> tuple[float | None, float | None]:
    """Return what a figure of the whole structure lies between, whatever dose the uncovered part has.

    Parameters
    ----------
    metric : Metric
    dvh : Dvh
    prescription_gy : float, optional

    Returns
    -------
    low, high : float or None
        With no dose outside the dose grid, and with any; ``None`` where there is no bound, or none is known.
    """
    if metric.needs_prescription and prescription_gy is None:
        return None, None
    prescribed = prescription_gy or 0.0
    low: float | None = None
    high: float | None = None
    match metric.kind:
        case "dose":
            volume = metric.at if metric.at_unit == "cm3" else metric.at / 100 * dvh.volume_cm3
            if volume > dvh.volume_cm3 * (1 + 1e-9):
                return None, None
            low = float(dvh.dose_to(volume)) if volume <= dvh.covered_cm3 else 0.0
            high = float(dvh.dose_to(volume - dvh.outside_cm3)) if volume > dvh.outside_cm3 else None
            if metric.unit == "%":
                low, high = 100 * low / prescribed, None if high is None else 100 * high / prescribed
        case "volume" | "coverage":
            level = metric.at if metric.kind == "volume" else prescribed
            if metric.kind == "volume" and metric.at_unit == "%":
                level *= prescribed / 100
            low = float(dvh.volume_at(level))
            high = low + dvh.outside_cm3
            if metric.unit == "%":
                low, high = 100 * low / dvh.volume_cm3, 100 * high / dvh.volume_cm3
        case "min":
            low, high = 0.0, dvh.min_gy
        case "mean":
            low = dvh.mean_gy * dvh.covered_cm3 / dvh.volume_cm3
        case "max":
            low = dvh.max_gy
    return low, high


def _volume(dvh: Dvh, level_gy: float, unit: str) -> MetricValue:
    volume = float(dvh.volume_at(level_gy))
    return MetricValue(volume if unit == "cm3" else 100 * volume / dvh.covered_cm3, unit)


def _homogeneity(dvh: Dvh) -> MetricValue:
    hot, middle, cold = dvh.dose_to([part * dvh.covered_cm3 for part in (0.02, 0.5, 0.98)]).tolist()
    return MetricValue((hot - cold) / middle, "1") if middle > 0 else MetricValue(None, "1", "D50% is 0 Gy")


def _dose(metric: Metric, dvh: Dvh, prescribed: float) -> MetricValue:
    volume = metric.at if metric.at_unit == "cm3" else metric.at / 100 * dvh.covered_cm3
    if volume > dvh.covered_cm3 * (1 + 1e-9):
        return MetricValue(None, metric.unit, f"the structure has {dvh.covered_cm3:.4g} cm³ with a dose")
    dose = float(dvh.dose_to(volume))
    return MetricValue(100 * dose / prescribed if metric.unit == "%" else dose, metric.unit)


def _index(metric: Metric, dvh: Dvh, prescribed: float, isodose_cm3: Sequence[float] | None) -> MetricValue:
    if isodose_cm3 is None:
        return MetricValue(None, "1", "the volume of the isodose was not taken")
    whole, half = isodose_cm3
    if whole <= 0:
        return MetricValue(None, "1", f"no volume gets the prescribed {prescribed:g} Gy")
    if metric.kind == "GI":
        return MetricValue(half / whole, "1")
    return MetricValue(float(dvh.volume_at(prescribed)) ** 2 / (dvh.volume_cm3 * whole), "1")
