"""A recalibration as a value: a map of risk that only rises, its numbers, and how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fyr.errors import BadInput
from fyr.learn.recalibration.links import Link, linked, unlinked

__all__ = ["METHODS", "Band", "Method", "Recalibration"]

Method = Literal["none", "intercept", "baseline", "slope", "isotonic"]
"""From the simplest to the most flexible; ``none`` leaves the risk as it is."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A map from a model's risk to the risk here.

    Parameters
    ----------
    method : {"none", "intercept", "baseline", "slope", "isotonic"}
    link : {"logit", "cloglog"}
        The scale of `intercept` and `slope`.
    intercept, slope : float
        ``linked(new) = intercept + slope * linked(old)``; 0 and 1 for the isotonic map and for none.
    knots, values : tuple of float
        Of the isotonic map: straight lines between them, level beyond them.
    """

    method: Method
    link: Link
    intercept: float = 0.0
    slope: float = 1.0
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        place = f"recalibration '{self.method}'"
        if self.method not in METHODS or self.link not in get_args(Link):
            raise BadInput("there is no such recalibration", where=place, mend=f"there are {', '.join(METHODS)}")
        if not (np.isfinite(self.intercept) and np.isfinite(self.slope) and self.slope > 0):
            raise BadInput("the map does not rise with the risk", where=place)
        knots, values = np.array(self.knots), np.array(self.values)
        if (self.method == "isotonic") != bool(self.knots) or knots.shape != values.shape:
            raise BadInput("an isotonic map, and no other, has knots, each with a value", where=place)
        if self.knots and not (
            (np.diff(knots) > 0).all() and (np.diff(values) >= 0).all() and values[0] >= 0 and values[-1] <= 1
        ):
            raise BadInput("the knots do not rise, or a value is no probability", where=place)

    def apply(self, risk: ArrayLike) -> NDArray[np.float64]:
        """Return the recalibrated risks of a model's risks, same shape; NaN stays NaN."""
        old = np.asarray(risk, dtype=np.float64)
        if self.method == "isotonic":
            between = np.where(np.isnan(old), np.nan, np.interp(old, self.knots, self.values))
            return np.asarray(between, dtype=np.float64)
        if self.method == "none":
            return old.copy()
        return unlinked(self.intercept + self.slope * linked(old, self.link), self.link)

    def as_dict(self) -> dict[str, Any]:
        """Return the map as JSON-able values."""
        plain: dict[str, Any] = {"method": self.method, "link": self.link}
        if self.method == "isotonic":
            return {**plain, "knots": list(self.knots), "values": list(self.values)}
        return {**plain, "intercept": self.intercept, "slope": self.slope}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Recalibration:
        """Read what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it is no such document.
        """
        try:
            return cls(
                document["method"],
                document["link"],
                float(document.get("intercept", 0.0)),
                float(document.get("slope", 1.0)),
                tuple(float(knot) for knot in document.get("knots", ())),
                tuple(float(value) for value in document.get("values", ())),
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is not a recalibration: {problem}") from None


@dataclass(frozen=True, slots=True)
class Band:
    """Between what the recalibrated risk lies, by the model's risk: how sure the map is, not what one patient will do.

    Parameters
    ----------
    level : float
    risk, low, high : tuple of float
        Straight lines between them, level beyond them.
    """

    level: float
    risk: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(
        self, risk: NDArray[np.float64], recalibrated: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both ends for a model's risks, never inside the recalibrated risk itself; each of shape (rows,)."""
        low = np.minimum(np.interp(risk, self.risk, self.low), recalibrated)
        high = np.maximum(np.interp(risk, self.risk, self.high), recalibrated)
        return low, high

    def as_dict(self) -> dict[str, Any]:
        """Return the band as JSON-able values."""
        return {"level": self.level, "risk": list(self.risk), "low": list(self.low), "high": list(self.high)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Band:
        """Read what :meth:`as_dict` gave.

        Raises
        ------
        BadInput
            If it is no such document.
        """
        try:
            columns = [tuple(float(number) for number in document[name]) for name in ("risk", "low", "high")]
            band = cls(float(document["level"]), *columns)
        except (KeyError, TypeError, ValueError) as problem:
            raise BadInput(f"this is not a band of risks: {problem}") from None
        if not band.risk or len({len(column) for column in columns}) > 1 or not (np.diff(band.risk) > 0).all():
            raise BadInput("the columns of the band differ in length, or its risks do not rise")
        return band
