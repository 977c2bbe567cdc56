"""Facts of one patient that cannot all be true: found when they arrive, said, and never repaired silently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from fyr.record.clinical_derived import derived_facts, latest_observations
from fyr.record.clinical_molecular import DRIVERS
from fyr.record.observation import Observation

__all__ = ["Contradiction", "contradictions", "nottingham_prognostic_index"]

_NPI_TOLERANCE: Final = 0.05
"""Indices are printed with one or two decimals."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Facts that contradict each other.

    Parameters
    ----------
    facts : tuple of str
        Their names.
    kind : str
        What does not fit, the same words for every patient.
    what : str
        The same with this patient's values.
    """

    facts: tuple[str, ...]
    kind: str
    what: str


def nottingham_prognostic_index(size_mm: float, grade: float, positive_nodes: float) -> float:
    """Return 0.2 times the size in cm, plus grade, plus nodal stage (1: none, 2: one to three, 3: four or more).

    Galea 1992, doi:10.1007/BF01840834.

    >>> nottingham_prognostic_index(20, 2, 0)
    3.4
    """
    stage = 1 if positive_nodes < 1 else 2 if positive_nodes < 4 else 3
    return size_mm * 0.02 + grade + stage


def contradictions(observations: Iterable[Observation]) -> list[Contradiction]:
    """Return what contradicts each other among the latest observations of one patient."""
    observed = list(observations)
    latest = latest_observations(observed)
    numbers = {
        name: float(one.value)
        for name, one in latest.items()
        if isinstance(one.value, int | float) and not isinstance(one.value, bool)
    }
    return [
        *_counts(numbers),
        *_index(numbers),
        *_molecular(latest),
        *_smoking(latest, numbers),
        *_derived(observed),
    ]


def _counts(numbers: Mapping[str, float]) -> Iterator[Contradiction]:
    for part, whole in (
        ("positive_nodes", "nodes_examined"),
        ("solid_component_mm", "nodule_diameter_mm"),
        ("tumour_bed_width_mm", "tumour_bed_length_mm"),
        ("neutrophils_e9_l", "leukocytes_e9_l"),
        ("lymphocytes_e9_l", "leukocytes_e9_l"),
        ("smoking_duration_years", "age"),
    ):
        if part in numbers and whole in numbers and numbers[part] > numbers[whole]:
            what = f"{part} is {numbers[part]:g}, more than {whole}, which is {numbers[whole]:g}"
            yield Contradiction((part, whole), f"{part} is more than {whole}", what)


def _index(numbers: Mapping[str, float]) -> Iterator[Contradiction]:
    facts = ("nottingham_prognostic_index", "tumour_size_mm", "grade", "positive_nodes")
    if not all(name in numbers for name in facts):
        return
    given, size, grade, nodes = (numbers[name] for name in facts)
    computed = nottingham_prognostic_index(size, grade, nodes)
    if abs(given - computed) <= _NPI_TOLERANCE:
        return
    kind = "nottingham_prognostic_index does not follow from size, grade and nodes"
    if abs(given - nottingham_prognostic_index(size / 10, grade, nodes)) <= _NPI_TOLERANCE / 10:
        kind = "nottingham_prognostic_index is what a size ten times too small would make"
    what = f"{kind}: it is {given:g}, but {size:g} mm, grade {grade:g} and {nodes:g} positive nodes make {computed:.2f}"
    yield Contradiction(facts, kind, what)


def _molecular(latest: Mapping[str, Observation]) -> Iterator[Contradiction]:
    for gene in DRIVERS:
        status, variant = latest.get(f"{gene}_status"), latest.get(f"{gene}_variant")
        if status is None or variant is None or variant.value is None:
            continue
        silent = str(variant.value).rstrip(")").endswith("=")
        if status.value in ("wild type", "not assessed") and not silent:
            what = f"{status.code} is '{status.value}', but {variant.code} is {variant.value}"
            kind = f"{status.code} is '{status.value}', but there is a variant"
            yield Contradiction((status.code, variant.code), kind, what)


def _smoking(latest: Mapping[str, Observation], numbers: Mapping[str, float]) -> Iterator[Contradiction]:
    status = latest.get("smoking_status")
    for name in ("smoking_pack_years", "cigarettes_per_day", "smoking_duration_years"):
        if status is not None and status.value == "never" and numbers.get(name, 0) > 0:
            what = f"smoking_status is 'never', but {name} is {numbers[name]:g}"
            yield Contradiction(("smoking_status", name), f"smoking_status is 'never', but {name} is not 0", what)


def _derived(observations: list[Observation]) -> Iterator[Contradiction]:
    for derived in derived_facts(observations):
        if derived.contradicts is not None and derived.contradicts.time_us == derived.observation.time_us:
            sources = {one.code: one.value for one in derived.derived_from}
            said = ", ".join(f"{name} {value}" for name, value in sources.items())
            what = f"{derived.name} is '{derived.contradicts.value}', but {said} makes it '{derived.value}'"
            kind = f"{derived.name} does not follow from {', '.join(sources)} ({derived.rule})"
            yield Contradiction((derived.name, *sources), kind, what)
