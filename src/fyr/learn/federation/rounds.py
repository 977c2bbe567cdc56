"""A method as a conversation: it yields a question for all sites, is sent their answers, and returns its result.

A method holds no other state. So a run that was cut off goes on by being told again, from the journal, what the sites
had answered; the same answers give the same questions and the same result, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.message import Payload, Value

__all__ = ["Answer", "Answers", "Cells", "Doubted", "Question", "Rounds", "SiteStep"]


class Doubted(Refused):
    """Sites' answers cannot be true: a method raises it when it is sent them.

    The study's rule decides: it stops, or goes on without these sites from its first question.

    Parameters
    ----------
    sites : mapping of str to str
        Why, by site.
    """

    def __init__(self, sites: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{site}: {reason}" for site, reason in sites.items()))
        self.sites = dict(sites)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What all sites are asked in one round.

    Parameters
    ----------
    step : str
        The name of the site's work: a key of :data:`fyr.learn.federation.steps.STEPS`.
    values : mapping
        What the work needs: coefficients, cut points, agreed means.
    """

    step: str
    values: Payload = field(default_factory=dict)


Cells = Mapping[str, NDArray[np.int64]]
"""By name: the cell that each row of the site fell into when sums were made by cell, -1 for none; shape (rows,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one site answers.

    Parameters
    ----------
    sums : mapping of str to ndarray of float64
        What is added up over the sites: only the totals mean anything to a method, so these may be masked.
    said : mapping
        What is said site by site: names of categories, a reason. Never of a patient.
    cells : mapping of str to ndarray of int64
        How rows were grouped for sums that were made group by group. Never leaves the site: the leak meter reads it.
    weights : mapping of str to ndarray of float64
        By how much each row that takes part counts in sums whose weights depend on the coefficients that are asked
        about, and how much it would without any; shape (2, rows). Never leaves the site.
    """

    sums: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    said: Payload = field(default_factory=dict)
    cells: Cells = field(default_factory=dict)
    weights: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of one round.

    Parameters
    ----------
    sites : tuple of str
        Who takes part, in the study's order.
    totals : mapping of str to ndarray of float64
        Sums over the sites, added in that order.
    sums : mapping of str to mapping
        By site, each site's own sums; empty where they were masked.
    said : mapping of str to mapping
        By site.
    round : int
        The number under which the sites know this round. A method that began again does not count from 0.
    """

    sites: tuple[str, ...]
    totals: Mapping[str, NDArray[np.float64]]
    sums: Mapping[str, Mapping[str, NDArray[np.float64]]]
    said: Mapping[str, Payload]
    round: int = 0

    @classmethod
    def of(cls, answers: Mapping[str, Answer], number: int = 0) -> Answers:
        """Add up what was not masked, in the order of the mapping.

        Raises
        ------
        BadInput
            If sites answered with other names or shapes.
        """
        sites = tuple(answers)
        totals: dict[str, NDArray[np.float64]] = {}
        for site, answer in answers.items():
            if totals and set(answer.sums) != set(totals):
                raise BadInput(f"{site} sent other sums than {sites[0]}", where="federated round")
            for name, sums in answer.sums.items():
                if name not in totals:
                    totals[name] = np.array(sums, dtype=np.float64)
                elif totals[name].shape != sums.shape:
                    raise BadInput(f"{site} sent '{name}' in another shape than {sites[0]}", where="federated round")
                else:
                    totals[name] = totals[name] + sums
        own = {site: answer.sums for site, answer in answers.items()}
        return cls(sites, totals, own, {site: answer.said for site, answer in answers.items()}, number)

    def total(self, name: str) -> NDArray[np.float64]:
        """Return one sum over the sites."""
        return self.totals[name]

    def each(self, name: str) -> dict[str, Value]:
        """Return what each site said under a name."""
        return {site: said[name] for site, said in self.said.items()}


Rounds = Generator[Question, Answers, dict[str, Any]]
"""A method at work; what it returns is JSON-able, and is the study's result."""

SiteStep = Callable[["Any", Payload], Answer]
"""A site's work: of its :class:`~fyr.learn.federation.site_table.SiteTable` and the question's values."""
