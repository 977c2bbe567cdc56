"""From what was asked on the command line to a validation: the cohort read, the output chosen, the rows judged."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fyr.cli.learn_cohort import SPLIT, read_cohort
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.learn.cohort import Cohort
    from fyr.learn.output_choice import Direction
    from fyr.learn.predictions import Predictions
    from fyr.models.contract import Model

__all__ = ["Question", "ask", "horizon_years"]

_HORIZON: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(y|a|mo|wk|d)\s*")
_YEARS: Final = {"y": 1.0, "a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, as the options of ``fyr learn validate`` have it."""

    model_name: str | None
    table: Path
    mapping: Path | None = None
    outcome: str | None = None
    time_unit: str | None = None
    horizon: str | None = None
    by: str | None = None
    hospital: str | None = None
    which: str | None = None
    output: str | None = None
    risk_column: str | None = None
    percent: bool = False
    direction: Direction | None = None
    threshold: str | None = None
    resamples: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        if (self.model_name is None) == (self.risk_column is None):
            raise UsageError("give either MODEL or --risk-column", mend="fyr models list shows the models")
        if self.percent and self.risk_column is None:
            raise UsageError("--percent goes with --risk-column", mend="a model's card says what its outputs are")
        if self.output is not None and self.risk_column is not None:
            raise UsageError("--output goes with MODEL", mend="a column of the table has no outputs")

    @property
    def groups(self) -> list[str] | None:
        """What results are given by; ``None`` where nothing is said."""
        return None if self.by is None else [name.strip() for name in self.by.split(",") if name.strip() != "none"]


def ask(
    question: Question, begin: Callable[[int], Callable[[int], None]]
) -> tuple[dict[str, Any], Cohort, Predictions]:
    """Read the cohort, predict, and judge.

    Parameters
    ----------
    question : Question
    begin : callable
        Is told how many parts there are to judge; returns what is told of parts done.

    Returns
    -------
    dict
        The document.
    Cohort
    Predictions
        For the cohort's rows.

    Raises
    ------
    UsageError
        If the options contradict each other, or leave open what is asked.
    BadInput
        If the table or its mapping cannot be used.
    Refused
        If the model answers no row.
    """
    from fyr.learn.validation import validate

    years = None if question.horizon is None else horizon_years(question.horizon)
    thresholds = None if question.threshold is None else _thresholds(question.threshold)
    cohort, predictions, years = _read(question, years)
    bars: list[Callable[[int], None]] = []

    def done(_part: int, parts: int) -> None:
        if not bars:
            bars.append(begin(parts))
        bars[0](1)

    document = validate(
        cohort,
        predictions,
        horizon_years=years,
        resamples=question.resamples,
        seed=question.seed,
        thresholds=thresholds,
        sha256=hashlib.sha256(question.table.read_bytes()).hexdigest(),
        by=question.groups,
        done=done,
    )
    return document, cohort, predictions


def _read(question: Question, years: float | None) -> tuple[Cohort, Predictions, float | None]:
    from fyr.learn.predictions import predictions_of_column
    from fyr.models import registry

    model = None if question.model_name is None else registry.model(question.model_name)
    if model is not None and model.card.not_available:
        raise BadInput(f"{model.card.name} is not available, because {model.card.not_available}")
    column = question.risk_column
    cohort = read_cohort(
        question.table,
        question.mapping,
        outcome=question.outcome,
        time_unit=question.time_unit,
        by=[name for name in question.groups or [] if name != "hospital"],
        hospital=question.hospital,
        model=model,
        as_they_are=[] if column is None else [column],
    )
    cohort = _chosen_rows(cohort, question.which, published=model is not None and _is_published(model))
    timed = cohort.outcome.years is not None
    if not timed and years is not None:
        raise UsageError(
            "a horizon needs times", where="--horizon", mend="write --outcome TIME,EVENT, or leave it away"
        )
    if timed and years is None:
        years = _only_horizon(model)
    if model is not None:
        return cohort, _predicted(model, cohort, question, years), years
    given = predictions_of_column(cohort, str(column), percent=question.percent, higher_is=question.direction)
    return cohort, given, years


def _predicted(model: Model, cohort: Cohort, question: Question, years: float | None) -> Predictions:
    from fyr.learn.cohort_doubts import unit_doubts
    from fyr.learn.output_choice import choose_output
    from fyr.learn.predictions import predictions_of_model

    chosen = choose_output(
        model.card,
        horizon_years=years,
        title=cohort.outcome.title,
        competing=cohort.outcome.competing is not None,
        name=question.output,
        higher_is=question.direction,
    )
    found = predictions_of_model(model, cohort, chosen)
    return replace(found, notes=(*found.notes, *unit_doubts(model.card, cohort)))


def _only_horizon(model: Model | None) -> float:
    """Return the one horizon that a model has; refuse to choose where there are several, or none."""
    from fyr.learn.output_choice import horizon_of

    outputs = [] if model is None else model.card.outputs
    given = sorted({years for one in outputs if (years := horizon_of(one.name)) is not None})
    if len(given) == 1:
        return given[0]
    listed = f"; {model.card.name} speaks of {', '.join(f'{one:g}' for one in given)} years" if given and model else ""
    raise UsageError(f"the outcome has times, and no horizon is given{listed}", mend="add --horizon 5y")


def _is_published(model: Model) -> bool:
    """Tell whether a model came with a package: it was not trained here, so no row of a split was shown to it."""
    offered = {entry.name for entry in entry_points(group="fyr.models")}
    return bool(offered & {model.card.name, f"{model.card.name}-{model.card.version}"})


def _chosen_rows(cohort: Cohort, which: str | None, *, published: bool) -> Cohort:
    """Return the rows that were held out of training; all rows for a model that was not trained here."""
    split = cohort.groups.get(SPLIT)
    if split is None:
        if which not in (None, "all"):
            raise UsageError(f"--rows {which} needs a split", mend="add 'split' to the mapping, or leave --rows away")
        return cohort
    wanted = which or ("all" if published else "test")
    if wanted == "all":
        return cohort
    rows = split == wanted
    note = f"only rows of the split '{wanted}' are judged: {int(rows.sum())} of {len(cohort)}"
    taken = cohort.take(rows)
    return replace(taken, notes=(*taken.notes, note))


def horizon_years(text: str) -> float:
    """Read a horizon.

    Raises
    ------
    UsageError
        If it is none.

    Examples
    --------
    >>> horizon_years("60mo")
    5.0
    """
    found = _HORIZON.fullmatch(text)
    if not found or float(found[1]) <= 0:
        raise UsageError(f"'{text}' is no horizon", where="--horizon", mend="write 10y, 60mo, 52wk or 90d")
    return round(float(found[1]) * _YEARS[found[2]], 9)


def _thresholds(text: str) -> list[float]:
    from fyr.learn.judging.net_benefit import DEFAULT_THRESHOLDS

    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise UsageError(f"'{text}' is no threshold", where="--threshold", mend="write a share such as 0.1, or 10%")
    return [share, *DEFAULT_THRESHOLDS]
