"""Survival over years, and what each treatment adds to it: as curves, and as a hundred people.

A model that tells a course gives it in its explanation: ``years``, ``order`` (what is given, one after the other) and
``curves`` by what is given, each with `overall_survival`, `breast_cancer_death` and `other_death` in percent, every
treatment on top of those before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.diagnose.patient import Answered
from fyr.models import Prediction

__all__ = ["Course", "Hundred", "Step", "course_of", "hundred_people"]

_PEOPLE: Final = 100


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of people after one treatment more; percent, one number for each year.

    Parameters
    ----------
    given : str
        ``surgery``, or the treatment that is added.
    planned : bool
        Whether it is given to this patient; one that is not changes nothing.
    alive, died_of_cancer, died_otherwise : tuple of float
    """

    given: str
    planned: bool
    alive: tuple[float, ...]
    died_of_cancer: tuple[float, ...]
    died_otherwise: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """What a model tells of the years after surgery."""

    years: tuple[int, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Hundred:
    """A hundred people like this patient, after some years; whole people, a hundred in all.

    Parameters
    ----------
    year : int
    alive_anyway : int
        Alive after surgery alone.
    because_of : tuple of (str, int)
        Alive because of a treatment, in the order in which treatments are added.
    died_otherwise, died_of_cancer : int
        With all that is planned.
    """

    year: int
    alive_anyway: int
    because_of: tuple[tuple[str, int], ...]
    died_otherwise: int
    died_of_cancer: int


def course_of(answered: Answered) -> Course | None:
    """Return the course that a model tells of; ``None`` where it tells of none, or refused."""
    if not isinstance(answered.answer, Prediction):
        return None
    told = answered.answer.explanation
    curves = told.get("curves")
    if not isinstance(curves, Mapping) or "surgery" not in curves:
        return None
    steps: list[Step] = []
    for given in told["order"]:
        found = curves[given]
        step = Step(
            given,
            True,
            _percent(found["overall_survival"]),
            _percent(found["breast_cancer_death"]),
            _percent(found["other_death"]),
        )
        changes = not steps or (step.alive, step.died_of_cancer) != (steps[-1].alive, steps[-1].died_of_cancer)
        steps.append(step if changes else Step(given, False, *(step.alive, step.died_of_cancer, step.died_otherwise)))
    return Course(tuple(int(year) for year in told["years"]), tuple(steps))


def hundred_people(course: Course, year: int) -> Hundred:
    """Count a hundred people by what became of them, rounded so that they are a hundred (largest remainders).

    Where a treatment costs more lives than it saves, nobody is alive because of it, and fewer are alive anyway.
    """
    place = course.years.index(year)
    gains = {
        step.given: max(0.0, step.alive[place] - before.alive[place])
        for before, step in zip(course.steps, course.steps[1:], strict=False)
        if step.planned
    }
    last = course.steps[-1]
    shares = [
        max(0.0, last.alive[place] - sum(gains.values())),
        *gains.values(),
        last.died_otherwise[place],
        last.died_of_cancer[place],
    ]
    anyway, *because, otherwise, of_cancer = _whole(shares)
    return Hundred(year, anyway, tuple(zip(gains, because, strict=True)), otherwise, of_cancer)


def _percent(values: Sequence[Any]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _whole(shares: Sequence[float]) -> list[int]:
    total = sum(shares)
    scaled = [share * _PEOPLE / total for share in shares]
    whole = [math.floor(share) for share in scaled]
    by_remainder = sorted(range(len(scaled)), key=lambda place: whole[place] - scaled[place])
    for place in by_remainder[: _PEOPLE - sum(whole)]:
        whole[place] += 1
    return whole
