"""What a published dose-response model is: its form, its numbers with their uncertainty, and where it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from fyr.models import ModelInput

__all__ = ["Factor", "Parameter", "ParameterSet", "from_standard_error"]

Form = Literal["lyman", "logistic_by_slope", "logistic_by_ratio", "linear_logistic"]
"""Of :mod:`fyr.treat.radiobiology.response`; the names of its parameters are those of the function."""
Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number and its published 95 % interval.

    Parameters
    ----------
    value : float
    low, high : float or None
        ``None`` where none was published: the number is then taken as exact.
    scale : {"normal", "log"}
        In which scale it is drawn; a number that must be positive in its logarithm.
    """

    value: float
    low: float | None = None
    high: float | None = None
    scale: Literal["normal", "log"] = "normal"

    @property
    def is_uncertain(self) -> bool:
        """Whether an interval was published."""
        return self.low is not None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        if not self.is_uncertain:
            return {"value": self.value}
        return {"value": self.value, "low_95": self.low, "high_95": self.high, "drawn": self.scale}


def from_standard_error(value: float, error: float, scale: Literal["normal", "log"] = "normal") -> Parameter:
    """Return a parameter whose standard error was published.

    On the logarithmic scale the error is taken relative to the value, so that the interval stays above 0.
    """
    import math

    if scale == "log":
        spread = math.exp(Z95 * error / value)
        return Parameter(value, value / spread, value * spread, "log")
    return Parameter(value, value - Z95 * error, value + Z95 * error)


@dataclass(frozen=True, slots=True)
class Factor:
    """A clinical factor that shifts the log-odds.

    Parameters
    ----------
    input : ModelInput
        A boolean or a category.
    log_odds : mapping of str to float
        By category; for a boolean, ``"true"`` and ``"false"``.
    """

    input: ModelInput
    log_odds: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "log_odds", MappingProxyType(dict(self.log_odds)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSet:
    """One organ, one endpoint, one published fit.

    Parameters
    ----------
    name : str
        Of the model: ``ntcp-rectum-bleeding-quantec``.
    organ : str
        A key of :data:`fyr.treat.outcome.ORGANS`.
    title, endpoint : str
    form : Form
    parameters : mapping of str to Parameter
    reduction : {"mean", "gEUD", "maximum"}
        Which one dose the fit takes for the distribution; gEUD with a = 1/n, n among the parameters.
    dose : {"physical", "EQD2", "BED"}
        In which dose the fit was made.
    alpha_beta_gy : float or None
        That the conversion takes; ``None`` where none is published with the fit, so that the user must give one.
    fraction_dose_gy : tuple of float
        Prescribed doses per fraction in the fitted patients.
    fraction_dose_stated : bool
        Whether the sources that were read state that range; else it is conventional fractionation, and the card says
        so.
    dose_range_gy : tuple of float
        Of the reduced dose: where it was fitted, or limits of plausibility.
    dose_range_stated : bool
    cohort : str
    factors : tuple of Factor
    citation : str
    interval_note : str
        What the interval holds and what not.
    evidence : str
        How far the fit was tried in other patients, as the sources that were read say.
    note : str
    effect : {"complication", "control"}
        What the probability is of.
    """

    name: str
    organ: str
    title: str
    endpoint: str
    form: Form
    parameters: Mapping[str, Parameter]
    reduction: Literal["mean", "gEUD", "maximum"]
    dose: Literal["physical", "EQD2", "BED"]
    alpha_beta_gy: float | None
    fraction_dose_gy: tuple[float, float]
    cohort: str
    citation: str
    fraction_dose_stated: bool = False
    dose_range_gy: tuple[float, float] = (0.0, 150.0)
    dose_range_stated: bool = False
    factors: tuple[Factor, ...] = field(default=())
    interval_note: str = ""
    evidence: str = "one published fit; no trial of it in other patients is in the sources that were read"
    note: str = ""
    effect: Literal["complication", "control"] = "complication"

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    @property
    def output(self) -> str:
        """The name of the model's output."""
        return "ntcp" if self.effect == "complication" else "tcp"

    @property
    def is_uncertain(self) -> bool:
        """Whether any parameter has a published interval."""
        return any(one.is_uncertain for one in self.parameters.values())

    @property
    def converts(self) -> bool:
        """Whether the fit was made in converted dose, so that every histogram must be converted."""
        return self.dose != "physical"
