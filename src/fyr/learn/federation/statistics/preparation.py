"""What hospitals agree on before anything is fitted: the same columns, units and categories, means and spreads.

Means come from sums; spreads from the sums of squares about the agreed mean, in a round of its own, so that a column of
large numbers that differ little loses no digits (Chan, Golub and LeVeque 1983, Am Stat 37:242, the two-pass algorithm
with the correction of its equation 1.7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput, Refused
from fyr.learn.federation.rounds import Answers, Doubted, Question
from fyr.learn.federation.statistics.options import Options
from fyr.learn.federation.statistics.plan import OTHER, Plan
from fyr.learn.federation.study import Study

__all__ = ["COMMON_OPTIONS", "Agreed", "agree", "differing", "named_categories"]

Floats = NDArray[np.float64]

COMMON_OPTIONS = ("minimum_count", "units", "on_mismatch", "rare", "reference")
"""Options of every method that prepares columns."""

_FLAT = 1e-13
_APART = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Agreed:
    """What came of the preparation.

    Parameters
    ----------
    plan : Plan
    sites : tuple of str
        Who answered.
    rows, rows_left_out : int
        Complete rows, and the others.
    weight, log_weight : float
        Sums over the complete rows.
    outcome, outcome_squared, exposure : float
        Weighted sums.
    constant : tuple of str
        Columns of the design with one value at all hospitals together.
    left_out : mapping of str to str
        Hospitals that were left out, and why.
    doubts : tuple of str
        What a person should look at.
    squares : mapping of str to ndarray of float64, shape (1 + columns,)
        By hospital, unless masked: the weighted sums of squares of a 1 and of the standardised columns.
    """

    plan: Plan
    sites: tuple[str, ...]
    rows: int
    rows_left_out: int
    weight: float
    log_weight: float
    outcome: float
    outcome_squared: float
    exposure: float
    constant: tuple[str, ...]
    left_out: Mapping[str, str]
    doubts: tuple[str, ...]
    squares: Mapping[str, Floats]

    def told(self) -> dict[str, Any]:
        """Return what every result says of its rows."""
        return {
            "rows": self.rows,
            "rows_left_out": self.rows_left_out,
            "reference_levels": {name: several[0] for name, several in self.plan.levels.items() if several},
            "sites_left_out": dict(self.left_out),
            "doubts": list(self.doubts),
        }


def agree(study: Study, options: Options, draft: Plan) -> Generator[Question, Answers, Agreed]:
    """Agree on columns, categories, means and spreads.

    Parameters
    ----------
    study : Study
    options : Options
        Reads ``units`` (expected, by column), ``on_mismatch`` (``refuse`` or ``leave_out`` the hospital), ``rare``
        (``merge`` or ``leave_out`` rows of categories that too few have anywhere, or ``refuse``), ``reference`` (a
        level by column; else the first by alphabet) and ``minimum_count``.
    draft : Plan
        Features, roles and strata; the rest is agreed here.

    Raises
    ------
    Doubted
        If hospitals differ in what a column is, and the study does not leave them out.
    Refused
        If no complete row is left.
    """
    rule = options.choice("on_mismatch", ("refuse", "leave_out"))
    rare = options.choice("rare", ("merge", "leave_out", "refuse"))
    expected, wanted = options.mapping("units"), options.mapping("reference")
    answers = yield Question("columns", {"plan": draft.payload(), "minimum": options.minimum})
    wrong = differing(answers, draft, expected)
    if wrong and (rule == "refuse" or len(wrong) == len(answers.sites)):
        raise Doubted(wrong)
    plan = replace(draft, left_out=tuple(wrong))
    words = named_categories(answers, plan)
    if words or plan.left_out:
        if words:
            plan = yield from _categories(study, options.minimum, rare, replace(plan, levels=words), wanted)
        answers = yield Question("moments", {"plan": plan.without_scale().payload()})
    weight = float(answers.total("weight")[0])
    if not weight > 0:
        raise Refused("no hospital has a row with a value in every column", where=study.name)
    mean: Floats = answers.total("first") / weight
    width = len(plan.names)
    if not width:
        return _agreed(replace(plan, mean=mean, spread=np.ones(0)), answers, (), wrong, (), {})
    answers = yield Question("moments", {"plan": replace(plan, mean=mean, spread=np.ones(width)).payload()})
    weight = float(answers.total("weight")[0])
    rest: Floats = answers.total("first") / weight
    spread: Floats = np.sqrt(np.maximum(answers.total("second") / weight - rest**2, 0.0))
    flat = spread <= _FLAT * np.abs(mean)
    doubts = _scales(answers, plan, mean)
    spread[flat] = 1.0
    constant = tuple(name for name, one in zip(plan.names, flat.tolist(), strict=True) if one)
    squares = {
        site: np.append(
            sums["weight"][0], (sums["second"] - 2 * rest * sums["first"] + rest**2 * sums["weight"][0]) / spread**2
        )
        for site, sums in answers.sums.items()
        if sums
    }
    return _agreed(replace(plan, mean=mean + rest, spread=spread), answers, constant, wrong, doubts, squares)


def _agreed(
    plan: Plan,
    answers: Answers,
    constant: tuple[str, ...],
    wrong: Mapping[str, str],
    doubts: tuple[str, ...],
    squares: Mapping[str, Floats],
) -> Agreed:
    rows, of = (round(one) for one in answers.total("rows"))
    weight, log_weight = map(float, answers.total("weight"))
    outcome, squared = map(float, answers.total("outcome"))
    return Agreed(
        plan, answers.sites, rows, of - rows, weight, log_weight, outcome, squared,
        float(answers.total("exposure")[0]), constant, dict(wrong), doubts, squares,
    )  # fmt: skip


def differing(answers: Answers, plan: Plan, expected: Mapping[str, str]) -> dict[str, str]:
    """Return, by site, in what it differs from the study or from most others."""
    found: dict[str, list[str]] = {site: list(answers.said[site]["problems"]) for site in answers.sites}
    kinds, units = answers.each("kinds"), answers.each("units")
    for name in plan.features:
        several = Counter(kinds[site][name] for site in answers.sites if kinds[site][name] in {"number", "text"})
        usual = "number" if several["number"] >= several["text"] else "text"
        for site in answers.sites:
            if kinds[site][name] in {"number", "text"} and kinds[site][name] != usual:
                others = "numbers" if usual == "number" else "text"
                found[site].append(f"column '{name}' holds {_WORDS[kinds[site][name]]}, where others have {others}")
    for name in plan.needed:
        said = {site: str(units[site][name]) for site in answers.sites if name in units[site]}
        if not said:
            continue
        counts = Counter(said.values())
        usual = expected.get(name) or min(counts, key=lambda unit: (-counts[unit], unit))
        tied = name not in expected and list(counts.values()).count(max(counts.values())) > 1
        for site, unit in said.items():
            if unit != usual or tied:
                whose = "the study" if name in expected else "others"
                other = usual if unit != usual else next(one for one in counts if one != unit)
                found[site].append(f"column '{name}' is in '{unit}', at {whose} in '{other}'")
    return {site: "; ".join(several) for site, several in found.items() if several}


_WORDS = {"number": "numbers", "text": "text"}


def named_categories(answers: Answers, plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the union of the named categories of each column of text, by alphabet, and one for the rest."""
    found: dict[str, set[str]] = {}
    for site in answers.sites:
        if site not in plan.left_out:
            for name, several in answers.said[site]["categories"].items():
                found.setdefault(name, set()).update(several)
    return {
        name: (*sorted(found[name] - {OTHER}), OTHER) for name in (*plan.features, *plan.categories) if name in found
    }


def _categories(
    study: Study, minimum: int, rare: str, plan: Plan, wanted: Mapping[str, str]
) -> Generator[Question, Answers, Plan]:
    """Count the categories, and settle what becomes of those that are not named."""
    answers = yield Question("categories", {"plan": plan.payload()})
    levels: dict[str, tuple[str, ...]] = {}
    merge = rare == "merge"
    for name, several in plan.levels.items():
        counts = answers.total(f"levels of {name}")
        there = [level for level, count in zip(several, counts, strict=True) if count > 0 and level != OTHER]
        other = float(counts[-1])
        if other > 0 and rare == "refuse":
            raise Refused(f"{other:.0f} rows have categories of '{name}' that fewer than {minimum} rows have at each "
                          "hospital", where=study.name)  # fmt: skip
        if name in wanted and wanted[name] not in there:
            raise BadInput(
                f"the reference '{wanted[name]}' is no category of '{name}'",
                where=study.name,
                mend=f"its categories are {', '.join(there)}",
            )
        first = wanted.get(name)
        there = ([first] if first else []) + [level for level in there if level != first]
        levels[name] = (*there, OTHER) if merge and other >= minimum else tuple(there)
    return replace(plan, levels=levels, merge=merge)


def _scales(answers: Answers, plan: Plan, mean: Floats) -> tuple[str, ...]:
    """Say where a hospital's mean of a column is many times that of the others: another unit, or a code for missing."""
    if len(answers.sites) < 2 or not all(answers.sums.get(site) for site in answers.sites):
        return ()
    means = {}
    for site in answers.sites:
        weight = float(answers.sums[site]["weight"][0])
        if weight > 0:
            means[site] = mean + answers.sums[site]["first"] / weight
    doubts = []
    for place, name in enumerate(plan.names):
        here = {site: float(one[place]) for site, one in means.items()}
        if all(0 <= one <= 1 for one in here.values()):
            continue
        for site, one in here.items():
            others = float(np.median([value for other, value in here.items() if other != site] or [one]))
            if others > 0 and not others / _APART < one < others * _APART:
                doubts.append(
                    f"{site}: the mean of '{name}' is {one:.4g}, that of the others {others:.4g}: is it the same unit?"
                )
    return tuple(doubts)
