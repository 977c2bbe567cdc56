"""Trees grown over hospitals: a round for a few splits, and between rounds their choice.

The sums of a round are those of the pooled rows, to the last bit, so the trees are those that the same questions to one
table of all rows would grow. Of two leaves with one parent only the smaller is asked about: the other is what is left.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.boosting.objectives import LOSSES, Start
from fyr.learn.federation.boosting.sketch import Cuts, Sketch
from fyr.learn.federation.boosting.splits import Limits, Split, best_split
from fyr.learn.federation.boosting.trees import Tree, Trees, trees_payload
from fyr.learn.federation.message import Payload
from fyr.learn.federation.rounds import Answers, Question, Rounds
from fyr.learn.federation.study import Study

__all__ = ["Growth", "boosting"]

Floats = NDArray[np.float64]

_WHERE: Final = "boosting"
_MOST_BINS: Final = 255


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees grow.

    Parameters
    ----------
    objective : {"logistic", "squared_error", "poisson", "cox"}
    trees, leaves : int
        Trees; leaves of each at most.
    rate : float
        How far each tree goes.
    bins : int
        Of a column, at most 255.
    width : int
        How many leaves, those of most gain, are split in a round: 1 for the best alone, 0 for all of a level.
    least_bin : int
        Rows of a bin, over all sites.
    least_cell : int
        Rows that a site has in a leaf, unless it has none there; 1 for no such rule.
    limits : Limits
    seed : int
    """

    objective: str = "logistic"
    trees: int = 100
    leaves: int = 31
    rate: float = 0.1
    bins: int = 63
    width: int = 8
    least_bin: int = 5
    least_cell: int = 3
    limits: Limits = field(default_factory=Limits)
    seed: int = 1

    @classmethod
    def of(cls, options: Payload) -> Growth:
        """Return the growth that a study's options ask for.

        Raises
        ------
        BadInput
            If an option is no number, or outside its range.
        """
        objective = str(options.get("objective") or ("cox" if options.get("time") else "logistic"))
        if objective not in LOSSES:
            raise BadInput(f"there is no objective '{objective}'", where=_WHERE, mend=f"choose {', '.join(LOSSES)}")

        def number(name: str, usual: float, low: float, high: float) -> float:
            try:
                value = float(options.get(name, usual))
            except (TypeError, ValueError):
                value = np.nan
            if not low <= value <= high:
                raise BadInput(
                    f"'{name}' is {options.get(name)!r}", where=_WHERE, mend=f"give a number from {low:g} to {high:g}"
                )
            return value

        def whole(name: str, usual: int, low: int, high: int) -> int:
            return int(number(name, usual, low, high))

        return cls(
            objective,
            whole("trees", 100, 1, 10_000),
            whole("leaves", 31, 2, 4096),
            number("learning_rate", 0.1, 1e-6, 1.0),
            whole("bins", 63, 2, _MOST_BINS),
            whole("width", 8, 0, 4096),
            whole("least_bin", 5, 1, 1 << 30),
            whole("least_cell", 3, 1, 1 << 30),
            Limits(
                number("l2", 1.0, 0.0, 1e9),
                whole("least_rows", 20, 1, 1 << 30),
                number("least_curve", 1e-3, 1e-12, 1e9),
                number("least_gain", 0.0, 0.0, 1e12),
            ),
            whole("seed", 1, 0, (1 << 62)),
        )


@dataclass(slots=True, eq=False)
class _Leaf:
    """A leaf that may be split: sums by bin, thin splits, and the best split."""

    sums: Floats
    thin: Floats
    split: Split | None


def boosting(study: Study) -> Rounds:
    """Return the rounds of boosted trees.

    Options: ``features``, ``outcome`` (or ``event``), ``time``, ``objective`` (cox where there is a time, else
    logistic), ``trees`` (100), ``leaves`` (31), ``learning_rate`` (0.1), ``bins`` (63), ``width`` (8), ``least_rows``
    (20), ``least_cell`` (3), ``least_bin`` (5), ``least_curve`` (0.001), ``least_gain`` (0), ``l2`` (1) and ``seed``
    (1); what they mean: :class:`Growth` and :class:`~fyr.learn.federation.boosting.splits.Limits`.

    The result has ``model``, as :meth:`~fyr.learn.federation.boosting.trees.Trees.as_dict` says it.
    """
    growth = Growth.of(study.options)
    features = [str(name) for name in study.options.get("features") or ()]
    outcome = study.options.get("outcome") or study.options.get("event")
    if not features or len(set(features)) != len(features) or not outcome:
        raise BadInput("trees need features, each named once, and an outcome", where=study.name)
    if growth.objective == "cox" and not study.options.get("time"):
        raise BadInput("hazards need a time", where=study.name, mend="name the column of follow-up as time")
    ask: dict[str, Any] = {
        "objective": growth.objective,
        "features": features,
        "outcome": str(outcome),
        "time": str(study.options.get("time") or ""),
        "least_cell": growth.least_cell,
        "seed": growth.seed,
    }
    answers: Answers = yield Question("boosting_outcome", ask)
    rows, events = (float(one) for one in answers.total("outcome")[:2])
    start = Start.of(growth.objective, answers)
    cuts = yield from _agreed(ask, len(features), growth)
    ask |= {
        "cuts": cuts.values,
        "cut_sizes": cuts.sizes,
        "start": [start.score, start.unit, start.slope_levels, start.curve_levels],
    }
    trees: list[Tree] = []
    for _ in range(growth.trees):
        tree = yield from _grown(ask, trees, cuts, start, growth)
        if not tree.splits:
            break
        trees.append(tree)
    unit = start.unit if growth.objective == "squared_error" else 1.0
    kept = Trees.of(trees, features, cuts, start.score * unit, unit)
    return {
        "model": {"form": "trees", "objective": growth.objective, "rate": growth.rate, **kept.as_dict()},
        "trees": len(trees),
        "bins": (cuts.sizes + 1).tolist(),
        "rows": rows,
        "events": events,
    }


def _agreed(ask: Payload, columns: int, growth: Growth) -> Generator[Question, Answers, Cuts]:
    """Return the bins that all sites will use."""
    sketch = Sketch(columns, growth.bins, growth.least_bin)
    while (question := sketch.question()) is not None:
        answers = yield Question("boosting_cells", {**ask, **question})
        sketch.learn(answers.total("counts"))
    cuts = sketch.cuts()
    if not len(cuts.values):
        raise BadInput("no feature has two bins with enough rows", where=_WHERE, mend="lower least_bin")
    return cuts


def _grown(
    ask: Payload, trees: list[Tree], cuts: Cuts, start: Start, growth: Growth
) -> Generator[Question, Answers, Tree]:
    """Grow the next tree."""
    tree = Tree()
    scale = np.array([1.0 / start.slope_levels, 1.0 / start.curve_levels])
    offsets = cuts.offsets
    sent = trees_payload(trees)

    def question(leaves: list[int], siblings: list[int]) -> Question:
        return Question(
            "boosting_histograms",
            {
                **ask,
                "trees": sent,
                "current": np.array(tree.splits, dtype=np.int64).reshape(-1, 4),
                "leaves": np.array(leaves, dtype=np.int64),
                "siblings": np.array(siblings, dtype=np.int64),
            },
        )

    def leaf(sums: Floats, thin: Floats) -> _Leaf:
        return _Leaf(sums, thin, best_split(sums, thin, offsets, scale, growth.limits))

    answers = yield question([0], [-1])
    sums, thin = _parts(answers, 1)
    whole = sums[0][:, : int(offsets[1])].sum(axis=1)
    totals: dict[int, tuple[float, float, float]] = {0: (float(whole[0]), float(whole[1]), float(whole[2]))}
    open_leaves = {0: leaf(sums[0], thin[0, 0])}
    while len(tree.splits) + 1 < growth.leaves:
        room = growth.leaves - 1 - len(tree.splits)
        best = sorted(
            ((one.split.gain, place) for place, one in open_leaves.items() if one.split is not None),
            key=lambda found: (-found[0], found[1]),
        )[: min(room, growth.width or room)]
        if not best:
            break
        pairs: list[tuple[int, int, _Leaf]] = []
        for _, place in best:
            parent = open_leaves.pop(place)
            pairs.append(_split(tree, totals, place, parent))
        if len(tree.splits) + 1 >= growth.leaves:
            break
        wanted = [pair for pair in pairs if max(totals[pair[0]][2], totals[pair[1]][2]) >= 2 * growth.limits.least_rows]
        if not wanted:
            continue
        answers = yield question([small for small, _, _ in wanted], [large for _, large, _ in wanted])
        sums, thin = _parts(answers, len(wanted))
        for place, (small, large, parent) in enumerate(wanted):
            open_leaves[small] = leaf(sums[place], thin[0, place])
            open_leaves[large] = leaf(parent.sums - sums[place], thin[1, place])
    tree.values = np.zeros(2 * len(tree.splits) + 1)
    for one in tree.leaves:
        slope, curve, _ = totals[one]
        tree.values[one] = -growth.rate * (slope * scale[0]) / (curve * scale[1] + growth.limits.l2)
    return tree


def _split(
    tree: Tree, totals: dict[int, tuple[float, float, float]], place: int, parent: _Leaf
) -> tuple[int, int, _Leaf]:
    """Split a leaf; return its smaller child, the larger one and the leaf."""
    split = parent.split
    if split is None:
        raise BadInput("a leaf without a split cannot be split", where=_WHERE)
    left, right = 2 * len(tree.splits) + 1, 2 * len(tree.splits) + 2
    tree.splits.append((place, split.column, split.bin, int(split.missing_left)))
    whole = totals[place]
    totals[left] = split.left
    totals[right] = (whole[0] - split.left[0], whole[1] - split.left[1], whole[2] - split.left[2])
    return (left, right, parent) if totals[left][2] <= totals[right][2] else (right, left, parent)


def _parts(answers: Answers, leaves: int) -> tuple[Floats, Floats]:
    """Return sums, shape (leaves, 3, bins of all columns), and thin splits, shape (2, leaves, bins)."""
    sums = np.stack([answers.total(name) for name in ("slope", "curve", "rows")], axis=1)
    if sums.shape[0] != leaves:
        raise BadInput("the sites answered about other leaves", where=_WHERE)
    thin = answers.totals.get("thin")
    return sums, np.zeros((2, leaves, sums.shape[2])) if thin is None else thin
