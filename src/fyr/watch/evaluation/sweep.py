"""Load against missed events as a policy gets quicker or more patient: every point replayed and judged for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.attention import Policy
from fyr.watch.evaluation.document import Comparison
from fyr.watch.evaluation.strictness import FACTORS, FAMILY, paced
from fyr.watch.evaluation.ward_courses import WardCourses

__all__ = ["Setting", "Swept", "settings", "sweep"]

_OF_THE_POLICY: Final = ("title", "version", "by_rule", "not_assessable_fraction", "not_assessable_by_signal")
"""What does not change with the factor, or is told well enough once."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One member of a policy's family.

    Parameters
    ----------
    name : str
        What the comparison calls the policy.
    factor : float
    policy : Policy
        The policy itself at factor 1.
    """

    name: str
    factor: float
    policy: Policy

    @property
    def key(self) -> str:
        """How the member is told from the others: ``fyr-ward x2``."""
        return f"{self.name} x{self.factor:g}"


def settings(policies: Mapping[str, Policy], factors: Sequence[float] = FACTORS) -> list[Setting]:
    """Return every member of every policy's family, by policy and rising factor.

    >>> settings({}, (1.0,))
    []
    """
    return [
        Setting(name, factor, paced(policy, factor)) for name, policy in policies.items() for factor in sorted(factors)
    ]


@dataclass(frozen=True, slots=True)
class Swept:
    """Every member of every family, judged.

    Parameters
    ----------
    members : tuple of Setting
    judged : Comparison
        Of the members, each under its key, on the same patients and with the same definitions as the policies.
    """

    members: tuple[Setting, ...]
    judged: Comparison

    def document(self) -> dict[str, Any]:
        """Return the curves: `family` in words, `factors`, and by policy the numbers of each member with its factor."""
        numbers = self.judged.document["policies"]
        curves: dict[str, list[dict[str, Any]]] = {}
        for member in self.members:
            said = {name: value for name, value in numbers[member.key].items() if name not in _OF_THE_POLICY}
            curves.setdefault(member.name, []).append({"factor": member.factor, **said})
        return {
            "family": FAMILY,
            "factors": sorted({member.factor for member in self.members}),
            "policies": curves,
        }


def sweep(
    policies: Mapping[str, Policy],
    courses: Sequence[WardCourses],
    *,
    run: Callable[[Sequence[Policy]], Sequence[WardCourses]],
    judge: Callable[[Mapping[str, Policy], Sequence[WardCourses]], Comparison],
    factors: Sequence[float] = FACTORS,
) -> Swept:
    """Replay and judge every member of every policy's family.

    Parameters
    ----------
    policies : mapping of str to Policy
    courses : sequence of WardCourses
        What the policies themselves said, in their order: at factor 1, and where a factor changes no rule, nothing is
        replayed twice.
    run : callable
        Replays policies over the same recordings.
    judge : callable
        :func:`fyr.watch.evaluation.document.compare` with everything else as for the policies.
    factors : sequence of float
    """
    members = settings(policies, factors)
    known = {policy.digest: said for policy, said in zip(policies.values(), courses, strict=True)}
    new = {member.policy.digest: member.policy for member in members if member.policy.digest not in known}
    known |= dict(zip(new, run(list(new.values())), strict=True))
    named = {member.key: member.policy for member in members}
    return Swept(tuple(members), judge(named, [known[member.policy.digest] for member in members]))
