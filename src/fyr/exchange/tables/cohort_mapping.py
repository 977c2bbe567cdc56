"""The YAML file that says which columns of a table are a cohort: baseline, outcome, hospital, groups; strict."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from fyr.errors import BadInput
from fyr.exchange.tables.mapping_section import Section, hospital_or_column
from fyr.exchange.tables.mapping_yaml import read_yaml
from fyr.record.clinical import FACTS
from fyr.units import check_unit, is_convertible

__all__ = [
    "EVENT_WORDS",
    "MISSING",
    "TIME_UNITS",
    "CohortMapping",
    "ColumnUse",
    "EventRule",
    "GroupRule",
    "HoldOutRule",
    "OutcomeRule",
    "SplitRule",
    "TimeUse",
    "read_cohort_mapping",
]

EVENT_WORDS: Final = ("none", "event", "competing")
"""What a cell of the outcome may mean."""

TIME_UNITS: Final[dict[str, str]] = {"d": "days", "wk": "weeks", "mo": "months", "a": "years"}
"""In what follow-up may be written (UCUM), and how a person calls it."""

MISSING: Final[dict[str, str]] = dict.fromkeys(("", "NA", "N/A", "<NA>", "NaN", "nan", "null", "NULL"), "unknown")
"""What stands for no value where the mapping says nothing else."""

_MISSING_WORDS: Final = ("unknown", "not done", "absent")


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What a column of the baseline is: an input of a model, by its name.

    Parameters
    ----------
    name : str
    unit : str or None
        UCUM; ``None``: in the unit that the input has.
    unit_column : str or None
        The column that says the unit, row by row.
    words : mapping of str to str
        What the cells mean; empty: they are taken as they are.
    missing : mapping of str to str
        What stands for no value.
    """

    name: str
    unit: str | None = None
    unit_column: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=lambda: MISSING)


@dataclass(frozen=True, slots=True)
class TimeUse:
    """The column of follow-up times and its unit (UCUM ``d``, ``wk``, ``mo``, ``a``)."""

    column: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class EventRule:
    """The column that says what happened, and what its cells mean: ``none``, ``event`` or ``competing``."""

    column: str
    words: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=lambda: MISSING)


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What happened, and when; with no time it is an outcome that is simply there or not."""

    event: EventRule | None
    time: TimeUse | None = None
    cause: EventRule | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """A column that results are given by: its words, or the bands between cuts (a cut belongs to the band above it)."""

    column: str
    cuts: tuple[float, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=lambda: MISSING)


@dataclass(frozen=True, slots=True)
class SplitRule:
    """The column that says which rows a model was trained on, and which it was not."""

    column: str
    train: str
    test: str


@dataclass(frozen=True, slots=True)
class HoldOutRule:
    """How many patients are held out by lot, where no column says which: a share between 0 and 1, and a seed."""

    share: float
    seed: int


@dataclass(frozen=True, slots=True)
class CohortMapping:
    """What a table's columns mean."""

    source: str
    patient: str | None = None
    hospital: str | None = None
    hospital_column: str | None = None
    columns: Mapping[str, ColumnUse] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    outcome: OutcomeRule | None = None
    groups: Mapping[str, GroupRule] = field(default_factory=dict)
    split: SplitRule | None = None
    hold_out: HoldOutRule | None = None
    modalities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=lambda: MISSING)
    decimal: str = "."
    separator: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None


class _Lines(Section):
    guide: ClassVar[str] = "docs/reference/cohort-mapping.md"


def read_cohort_mapping(path: str | Path) -> CohortMapping:
    """Read a mapping.

    Raises
    ------
    BadInput
        If the file is absent, not YAML, or has a key, unit or meaning that is not known; the error names it.
    """
    path = Path(path)
    whole = _Lines(read_yaml(path), "", str(path))
    missing = whole.words("missing", MISSING, _MISSING_WORDS)
    hospital, hospital_column = hospital_or_column(whole)
    mapping = CohortMapping(
        source=str(path),
        patient=whole.optional("patient"),
        hospital=hospital,
        hospital_column=hospital_column,
        columns={
            name: _column_use(section, missing) for name, section in whole.sections("columns", shorthand="name").items()
        },
        always=_always(always) if (always := _part(whole, "always")) else {},
        outcome=_outcome(outcome, missing) if (outcome := _part(whole, "outcome")) else None,
        groups={name: _group(part, missing) for name, part in whole.sections("groups", shorthand="column").items()},
        split=_split(split) if (split := _part(whole, "split")) else None,
        hold_out=_hold_out(part) if (part := _part(whole, "hold_out")) else None,
        modalities=_modalities(part) if (part := _part(whole, "modalities")) else {},
        missing=missing,
        decimal=whole.choice("decimal", (".", ","), "."),
        separator=whole.optional("separator"),
        encoding=whole.optional("encoding") or "utf-8",
        sheet=whole.optional("sheet"),
    )
    whole.finish()
    names = [use.name for use in mapping.columns.values()] + list(mapping.always)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise whole.problem(f"{twice} is mapped twice; leave one of the two out")
    for taken in ("hospital", "split"):
        if taken in mapping.groups:
            raise whole.problem(f"a group cannot be called '{taken}'; the mapping has a key of that name")
    if mapping.split is not None and mapping.hold_out is not None:
        raise whole.problem("'split' and 'hold_out' both say who is held out; give one")
    if mapping.separator is not None and len(mapping.separator) != 1:
        raise whole.problem(f"the separator '{mapping.separator}' is not one character")
    return mapping


def _modalities(section: Section) -> dict[str, tuple[str, ...]]:
    """Return the names, or patterns of names (``rna_*``), of the predictors of each modality: what training fuses."""
    return {name: section.texts(name) for name in section.content}


def _part(whole: Section, key: str) -> Section | None:
    whole.asked.append(key)  # so that a key near it is known to be meant
    return whole.section(key) if whole.has(key) else None


def _column_use(section: Section, missing: Mapping[str, str]) -> ColumnUse:
    if section.has("name") and section.has("fact"):
        raise section.problem("'name' and 'fact' are the same thing; give one")
    use = ColumnUse(
        name=section.text("fact") if section.has("fact") else section.text("name"),
        unit=section.optional("unit"),
        unit_column=section.optional("unit_column"),
        words=section.words("words", {}, None),
        missing=section.words("missing", dict(missing), _MISSING_WORDS),
    )
    section.finish()
    if use.unit is not None:
        if use.unit_column is not None:
            raise section.problem("give either 'unit', one for the column, or 'unit_column', one for each row")
        _check_unit(section, use.name, use.unit)
    return use


def _check_unit(section: Section, name: str, unit: str) -> None:
    try:
        check_unit(unit)
    except BadInput as refused:
        raise BadInput(refused.what, where=section.where, mend=refused.mend) from None
    fact = FACTS.get(name)
    if fact is None:
        return
    if fact.unit is None:
        raise section.problem(f"{name} is a {fact.kind} and has no unit")
    if not is_convertible(unit, fact.unit) and not (fact.molar_mass_g_mol is not None and is_convertible(unit, "g/L")):
        raise section.problem(f"the unit '{unit}' cannot be converted to '{fact.unit}'")


def _always(section: Section) -> dict[str, str]:
    return {name: section.text(name) for name in section.content}


def _outcome(section: Section, missing: Mapping[str, str]) -> OutcomeRule:
    rule = OutcomeRule(
        event=_event(section.section("event", shorthand="column"), missing) if section.has("event") else None,
        time=_time(section.section("time", shorthand="column")) if section.has("time") else None,
        cause=_event(section.section("cause", shorthand="column"), missing) if section.has("cause") else None,
        title=section.optional("title") or "",
    )
    section.finish()
    if rule.event is None and rule.cause is None:
        raise section.missing("event")
    return rule


def _time(section: Section) -> TimeUse:
    use = TimeUse(section.text("column"), section.optional("unit"))
    section.finish()
    if use.unit is not None and use.unit not in TIME_UNITS:
        near = _meant_unit(use.unit)
        raise section.problem(
            f"'{use.unit}' is no unit of follow-up; it must be one of "
            f"{', '.join(f'{unit} ({word})' for unit, word in TIME_UNITS.items())}"
            + (f"; did you mean '{near}'?" if near else "")
        )
    return use


def _meant_unit(unit: str) -> str | None:
    word = unit.casefold().rstrip("s")
    found = {name.rstrip("s"): code for code, name in TIME_UNITS.items()} | {"m": "mo", "y": "a", "yr": "a", "w": "wk"}
    return found.get(word) or next((found[near] for near in difflib.get_close_matches(word, found, n=1)), None)


def _event(section: Section, missing: Mapping[str, str]) -> EventRule:
    rule = EventRule(
        section.text("column"),
        section.words("words", {}, EVENT_WORDS),
        section.words("missing", dict(missing), _MISSING_WORDS),
    )
    section.finish()
    return rule


def _group(section: Section, missing: Mapping[str, str]) -> GroupRule:
    cuts = tuple(_number(section, text) for text in section.texts("cuts"))
    rule = GroupRule(
        section.text("column"),
        cuts,
        section.words("words", {}, None),
        section.words("missing", dict(missing), _MISSING_WORDS),
    )
    section.finish()
    if list(cuts) != sorted(set(cuts)):
        raise section.problem("'cuts' must rise")
    if cuts and rule.words:
        raise section.problem("'cuts' goes with numbers and 'words' with texts; give one of the two")
    return rule


def _number(section: Section, text: str, key: str = "cuts") -> float:
    try:
        return float(text)
    except ValueError:
        raise section.problem(f"'{text}' in '{key}' is not a number") from None


def _split(section: Section) -> SplitRule:
    rule = SplitRule(section.text("column"), section.text("train"), section.text("test"))
    section.finish()
    if rule.train == rule.test:
        raise section.problem("'train' and 'test' are the same word")
    return rule


def _hold_out(section: Section) -> HoldOutRule:
    share = _number(section, section.text("share"), "share")
    seed = _number(section, section.optional("seed") or "1", "seed")
    section.finish()
    if not 0 < share < 1:
        raise section.problem(f"'share' is {share:g}; it must lie between 0 and 1, 0.3 for three in ten")
    if seed != int(seed) or seed < 0:
        raise section.problem(f"'seed' is {seed:g}; it must be a whole number from 0 on")
    return HoldOutRule(share, int(seed))
