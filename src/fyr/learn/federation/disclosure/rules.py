"""What a hospital lets a federated study compute from its rows; every default with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

from fyr.errors import BadInput, Refused

__all__ = ["Rules", "stricter"]

_WHERE: Final = "rules of disclosure"

Masking = Literal["auto", "always", "never"]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one hospital.

    Parameters
    ----------
    minimum_count : int
        The fewest patients that a sum may be of. 3, as DataSHIELD's ``nfilter.tab``, which names five as "also a
        justifiable choice"; sums of one and of two patients are then found however they are hidden in others.
    minimum_rows : int
        The fewest rows that a site may take part with; under masks, all sites together. 10, a choice of ours: of
        fewer, the answers soon outnumber the values, and a patient at a small site is guessed by name.
    minimum_subset : int
        By how many patients two sets of rows must differ, if both have been summed. 3, as ``nfilter.subset``.
    parameters_per_row : float
        The most coefficients by row. 0.33, as ``nfilter.glm``.
    most_rounds : int
        How many rounds of one study are answered. 1,000: boosting asks several times for every tree.
    steps : tuple of str
        The work that is done at all; empty: all that this version of Fyr knows.
    masked : {"auto", "always", "never"}
        Whether sums are masked, so that the coordinator sees totals only. "auto": from three sites up; with two, each
        could subtract its own from a total.
    single_site_totals : bool
        Whether totals may be opened that differ by one hospital, so that by difference its own sums are told. A masked
        study can then go on after one hospital has left.
    epsilon, delta : float
        The privacy budget of a site's patients over all studies that add noise. None are spent unless a study asks;
        ε = 10 is no strong promise, it only stops a study that asks again and again.
    meter : bool
        Whether rows that could be isolated are counted and refused. To switch this off is for experiments.

    Notes
    -----
    The values of DataSHIELD are those listed by ``ds.listDisclosureSettings`` (dsBaseClient) and set in dsBase's tests.
    """

    minimum_count: int = 3
    minimum_rows: int = 10
    minimum_subset: int = 3
    parameters_per_row: float = 0.33
    most_rounds: int = 1000
    steps: tuple[str, ...] = ()
    masked: Masking = "auto"
    single_site_totals: bool = False
    epsilon: float = 10.0
    delta: float = 1e-6
    meter: bool = True

    def __post_init__(self) -> None:
        for name in ("minimum_count", "minimum_rows", "minimum_subset", "most_rounds"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise BadInput(f"{name} is {value!r}, and must be a whole number from 1 up", where=_WHERE)
        if not 0 < self.parameters_per_row <= 1:
            raise BadInput(f"parameters_per_row is {self.parameters_per_row}, not within 0 and 1", where=_WHERE)
        if not (self.epsilon > 0 and 0 < self.delta < 1):
            raise BadInput(f"epsilon {self.epsilon} and delta {self.delta} are no budget", where=_WHERE)
        if self.masked not in ("auto", "always", "never"):
            raise BadInput(f"masked is {self.masked!r}", where=_WHERE, mend="say auto, always or never")

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Rules:
        """Return the rules of a mapping; what it does not name has its default.

        Raises
        ------
        BadInput
            If it names a rule that there is not, or a value that makes no sense.
        """
        known = {one.name for one in fields(cls)}
        strange = sorted(set(said) - known)
        if strange:
            raise BadInput(
                f"there is no rule '{strange[0]}'", where=_WHERE, mend=f"the rules are {', '.join(sorted(known))}"
            )
        try:
            return cls(**{**said, "steps": tuple(said.get("steps", ()))})
        except TypeError as problem:
            raise BadInput(str(problem), where=_WHERE) from None

    def document(self) -> dict[str, Any]:
        """Return the rules as plain values."""
        return {**asdict(self), "steps": list(self.steps)}

    def masks(self, sites: int) -> bool:
        """Return whether a study of so many sites is masked."""
        return self.masked == "always" or (self.masked == "auto" and sites >= 3)


def stricter(own: Rules, study: Rules) -> Rules:
    """Return, rule by rule, the stricter of a hospital's own rules and a study's.

    Whether masks are worn is the study's to say, for all sites must do the same; a hospital that always wants them
    refuses a study without.

    Raises
    ------
    Refused
        If the hospital wants masks and the study has none.
    """
    if own.masked == "always" and study.masked == "never":
        raise Refused("sums leave this hospital masked only, and the study wears no masks", where=_WHERE)
    both = [set(one.steps) for one in (own, study) if one.steps]
    steps = tuple(sorted(set.intersection(*both))) if both else ()
    if both and not steps:
        raise Refused("no step of the study is allowed here", where=_WHERE)
    return Rules(
        minimum_count=max(own.minimum_count, study.minimum_count),
        minimum_rows=max(own.minimum_rows, study.minimum_rows),
        minimum_subset=max(own.minimum_subset, study.minimum_subset),
        parameters_per_row=min(own.parameters_per_row, study.parameters_per_row),
        most_rounds=min(own.most_rounds, study.most_rounds),
        steps=steps,
        masked=study.masked,
        single_site_totals=own.single_site_totals and study.single_site_totals,
        epsilon=min(own.epsilon, study.epsilon),
        delta=min(own.delta, study.delta),
        meter=own.meter or study.meter,
    )
