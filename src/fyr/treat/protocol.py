"""A protocol: what a plan should keep to, structure by structure, with where each limit comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fyr.treat.dvh_metrics import Metric

__all__ = ["Constraint", "Fractionation", "Limit", "Protocol"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that a figure must stay below, or reach.

    Parameters
    ----------
    operator : str
        ``<``, ``<=``, ``>`` or ``>=``.
    value : float
        In the unit of the figure.
    unit : str
        ``Gy``, ``%``, ``cm3`` or ``1``.
    """

    operator: Literal["<", "<=", ">", ">="]
    value: float
    unit: str

    def holds(self, value: float) -> bool:
        """Tell whether a value keeps to the limit."""
        match self.operator:
            case "<":
                return value < self.value
            case "<=":
                return value <= self.value
            case ">":
                return value > self.value
            case _:
                return value >= self.value

    @property
    def is_upper(self) -> bool:
        """Whether less is better."""
        return self.operator[0] == "<"

    def __str__(self) -> str:
        unit = {"cm3": "cm³", "1": ""}.get(self.unit, self.unit)
        return f"{self.operator} {self.value:g} {unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Fractionation:
    """In what fractions a limit is valid.

    Parameters
    ----------
    fractions : tuple of int
        How many; any number where it is empty.
    fraction_dose_gy : tuple of float, or None
        The least and the greatest dose of a fraction.
    """

    fractions: tuple[int, ...] = ()
    fraction_dose_gy: tuple[float, float] | None = None

    @property
    def is_any(self) -> bool:
        """Whether the limit is valid in all fractions."""
        return not self.fractions and self.fraction_dose_gy is None

    def __str__(self) -> str:
        said = []
        if self.fractions:
            said.append(f"{' or '.join(map(str, self.fractions))} fraction{'s' if self.fractions != (1,) else ''}")
        if self.fraction_dose_gy is not None:
            said.append(f"fractions of {self.fraction_dose_gy[0]:g} to {self.fraction_dose_gy[1]:g} Gy")
        return ", ".join(said) or "any fractionation"


@dataclass(frozen=True, slots=True)
class Constraint:
    """What one structure should keep to.

    Parameters
    ----------
    structures : tuple of str
        TG-263 names; each that there is must keep to it.
    kind : str
        ``target`` or ``organ``.
    metric : Metric
    limit : Limit
    variation : Limit or None
        Up to which it is an acceptable variation.
    fractionation : Fractionation
    endpoint : str
        What it guards against.
    source : str
        Paper or standard, with page or table.
    seen : str
        Where the value was read.
    """

    structures: tuple[str, ...]
    kind: Literal["target", "organ"]
    metric: Metric
    limit: Limit
    variation: Limit | None
    fractionation: Fractionation
    endpoint: str
    source: str
    seen: str


@dataclass(frozen=True, slots=True)
class Protocol:
    """Constraints under one name.

    Parameters
    ----------
    name, version, title, source, notes : str
    constraints : tuple of Constraint
    digest : str
        SHA-256 of the text that it was read from.
    """

    name: str
    version: str
    title: str
    source: str
    notes: str
    constraints: tuple[Constraint, ...]
    digest: str
