"""What ``fyr learn train`` learns from: the cohort, its predictors by modality, the horizons, and what was left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fyr.cli.learn_cohort import SPLIT, read_cohort
from fyr.cli.learn_predictors import chosen_predictors, parsed_modalities, with_input_names
from fyr.errors import BadInput, UsageError
from fyr.learn.cohort import Cohort
from fyr.learn.training.guards import check_cohort, refuse_disguised_outcomes, usable_predictors
from fyr.learn.training.recipe import ONE_MODALITY

__all__ = ["Training", "read_training"]

_HORIZON: Final = re.compile(r"(\d+(?:\.\d+)?)(y|a|mo|wk|d)")
_YEARS: Final = {"y": 1.0, "a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What is learned from.

    Parameters
    ----------
    raw : Cohort
        Under the names of the table or the mapping: what other models are asked about.
    cohort : Cohort
        Under the names of inputs.
    names : mapping of str to str
        From the one to the other.
    modalities : mapping of str to tuple of str
    horizons_years : tuple of float
    splines : tuple of str
    rival_columns : mapping of str to str
        As they were named, to inputs.
    by : tuple of str or None
        The groups that figures are given by.
    notes : tuple of str
    """

    raw: Cohort
    cohort: Cohort
    names: Mapping[str, str]
    modalities: Mapping[str, tuple[str, ...]]
    horizons_years: tuple[float, ...]
    splines: tuple[str, ...]
    rival_columns: Mapping[str, str]
    by: tuple[str, ...] | None
    notes: tuple[str, ...]

    def columns_of(self, inputs: Collection[str]) -> dict[str, str]:
        """Return the columns that some inputs were made of."""
        return {old: new for old, new in self.names.items() if new in inputs}


def read_training(
    table: Path,
    mapping: Path | None,
    *,
    outcome: str | None,
    time_unit: str | None,
    horizon: str | None,
    by: str | None,
    hospital: str | None,
    predictors: str | None,
    modality: Sequence[str],
    splines: str | None,
    rival_columns: Sequence[str],
    allow: Sequence[str],
) -> Training:
    """Read a cohort and choose its predictors; the parameters are the options of the verb.

    Raises
    ------
    BadInput, UsageError
        If the table, the mapping or an option cannot be used.
    Refused
        If a predictor is the outcome in disguise.
    """
    groups = _listed(by)

    def read(as_they_are: Sequence[str] = ()) -> Cohort:
        return read_cohort(
            table,
            mapping,
            outcome=outcome,
            time_unit=time_unit,
            by=[one for one in groups if one != "hospital"],
            hospital=hospital,
            as_they_are=as_they_are,
        )

    raw = read()
    absent = [one for one in rival_columns if one not in raw.columns]
    raw = read(absent) if absent else raw
    mapped, outcome_columns = _of_mapping(mapping, outcome)
    cohort, names = with_input_names(raw)
    horizons = _horizons(horizon, timed=raw.outcome.years is not None)
    cohort = replace(cohort, outcome=cohort.outcome.at(horizons))
    check_cohort(cohort, horizons)

    offered = {old: new for old, new in names.items() if old not in absent}
    modalities = _modalities(parsed_modalities(modality) or mapped, predictors, offered, str(table))
    columns, kept, notes = usable_predictors(cohort, [one for several in modalities.values() for one in several])
    cohort = replace(cohort, columns=columns, source=table.name)  # a card tells no folder of this machine
    notes += refuse_disguised_outcomes(
        cohort,
        kept,
        outcome_columns=[_as_input(one, names) for one in outcome_columns],
        allowed={_as_input(one, names) for one in allow},
    )
    bent = chosen_predictors(_listed(splines), offered, "--spline") if splines else ()
    by_groups = [*(["hospital"] if len(cohort.hospitals) > 1 else []), *groups]
    return Training(
        raw,
        cohort,
        names,
        {one: usable for one, several in modalities.items() if (usable := tuple(x for x in several if x in set(kept)))},
        horizons,
        bent,
        {one: names[one] for one in rival_columns},
        tuple(dict.fromkeys(by_groups)) if groups else _all_groups(cohort),
        (*cohort.notes, *notes),
    )


def _all_groups(cohort: Cohort) -> tuple[str, ...]:
    """Return every group that has two values; not the split, whose held-out rows are all of one side."""
    columns = {"hospital": cohort.hospital, **cohort.groups}
    return tuple(name for name, column in columns.items() if name != SPLIT and len(set(column.tolist())) > 1)


def _modalities(
    asked: Mapping[str, tuple[str, ...]], predictors: str | None, offered: Mapping[str, str], where: str
) -> dict[str, tuple[str, ...]]:
    if not asked:
        return {ONE_MODALITY: chosen_predictors(_listed(predictors) or ["*"], offered, where)}
    modalities = {one: chosen_predictors(patterns, offered, f"modality {one}") for one, patterns in asked.items()}
    owner: dict[str, str] = {}
    for name, several in modalities.items():
        for one in several:
            if one in owner:
                raise BadInput(
                    f"'{one}' is in the modalities {owner[one]} and {name}",
                    where="--modality",
                    mend="a column belongs to one modality",
                )
            owner[one] = name
    return modalities


def _listed(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]


def _horizons(text: str | None, *, timed: bool) -> tuple[float, ...]:
    if not timed:
        if text:
            raise UsageError("the outcome has no times, so there is no horizon", mend="leave --horizon away")
        return ()
    found = []
    for part in _listed(text):
        read = _HORIZON.fullmatch(part)
        if read is None or float(read[1]) == 0:
            raise UsageError(f"'{part}' is no horizon", mend="write 5y, 18mo, 26wk or 90d; several with commas")
        found.append(round(float(read[1]) * _YEARS[read[2]], 9))
    if not found:
        raise UsageError("the outcome has times: by when is the risk asked for?", mend="add --horizon 5y")
    return tuple(found)


def _of_mapping(mapping: Path | None, outcome: str | None) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the mapping's modalities, and the columns of the outcome."""
    columns = _listed(outcome)
    if mapping is None:
        return {}, columns
    from fyr.exchange.tables.cohort_mapping import read_cohort_mapping

    read = read_cohort_mapping(mapping)
    rule = read.outcome
    if rule is not None:
        columns += [one.column for one in (rule.time, rule.event, rule.cause) if one is not None]
    return dict(read.modalities), columns


def _as_input(column: str, names: Mapping[str, str]) -> str:
    return names.get(column, re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_"))
