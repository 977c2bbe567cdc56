"""The YAML file that says which columns of a table are which clinical facts; every key in docs/reference."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.tables.mapping_section import Section, hospital_or_column
from fyr.exchange.tables.mapping_yaml import read_yaml
from fyr.record.clinical import FACTS
from fyr.record.clinical_reading import clinical_value
from fyr.units import check_unit, is_convertible

__all__ = ["ABSENT", "ClinicalMapping", "DateRule", "FactRule", "is_clinical_mapping", "read_clinical_mapping"]

ABSENT: Final = "absent"
"""A missing word that means: nothing was said at all."""
_MISSING_WORDS: Final = ("unknown", "not done", ABSENT)
_KEY: Final = "facts"


@dataclass(frozen=True, slots=True)
class DateRule:
    """When what a row says was true: in a column, or the same for all rows."""

    column: str | None
    format: str = "iso"
    given: str | None = None


@dataclass(frozen=True, slots=True)
class FactRule:
    """What a column means.

    Parameters
    ----------
    fact : str
        A name of the vocabulary.
    unit : str or None
        UCUM.
    unit_column : str or None
        The column that says the unit, row by row.
    words : mapping of str to str
        What the cells mean; empty: they are taken as they are.
    missing : mapping of str to str
        What stands for no value, and what it means.
    date : DateRule or None
        The column's own date.
    """

    fact: str
    unit: str | None
    unit_column: str | None
    words: Mapping[str, str]
    missing: Mapping[str, str]
    date: DateRule | None


@dataclass(frozen=True, slots=True)
class ClinicalMapping:
    """What a table's columns mean."""

    patient: str
    date: DateRule
    facts: Mapping[str, FactRule]
    hospital: str | None = None
    hospital_column: str | None = None
    always: Mapping[str, float | str | bool] = field(default_factory=dict)
    decimal: str = "."
    separator: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None

    def column_names(self) -> list[str]:
        """Return every column that the mapping reads."""
        dates = [self.date, *(rule.date for rule in self.facts.values())]
        names = [self.patient, self.hospital_column, *self.facts, *(one.column for one in dates if one is not None)]
        return [name for name in (*names, *(rule.unit_column for rule in self.facts.values())) if name is not None]


def is_clinical_mapping(path: Path) -> bool:
    """Tell whether a mapping is of facts, and not of signals.

    Raises
    ------
    BadInput
        If the file is absent or not YAML.
    """
    content = read_yaml(path)
    return isinstance(content, dict) and _KEY in content


def read_clinical_mapping(path: Path) -> ClinicalMapping:
    """Read a mapping.

    Raises
    ------
    BadInput
        If a key, a fact or a unit in it is not known, or the date is missing.
    """
    whole = Section(read_yaml(path), "", str(path))
    missing = whole.words("missing", {"": "unknown"}, _MISSING_WORDS)
    facts = {name: _fact_rule(section, missing) for name, section in whole.sections(_KEY, shorthand="fact").items()}
    hospital, hospital_column = hospital_or_column(whole)
    mapping = ClinicalMapping(
        patient=whole.text("patient"),
        date=_date_rule(whole.section("date", shorthand="column")),
        facts=facts,
        hospital=hospital,
        hospital_column=hospital_column,
        always=_always(whole.section("always")) if whole.has("always") else {},
        decimal=whole.choice("decimal", (".", ","), "."),
        separator=whole.optional("separator"),
        encoding=whole.optional("encoding") or "utf-8",
        sheet=whole.optional("sheet"),
    )
    whole.finish()
    names = [rule.fact for rule in facts.values()] + list(mapping.always)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and all(rule.date is None for rule in facts.values() if rule.fact == twice):
        raise whole.problem(f"{twice} is mapped twice; give each of the columns its own date, or leave one out")
    if mapping.separator is not None and len(mapping.separator) != 1:
        raise whole.problem(f"the separator '{mapping.separator}' is not one character")
    return mapping


def _date_rule(section: Section) -> DateRule:
    rule = DateRule(section.optional("column"), section.optional("format") or "iso", section.optional("given"))
    section.finish()
    if (rule.column is None) == (rule.given is None):
        raise section.problem("give either 'column', the column of dates, or 'given', one date for all rows")
    if rule.format != "iso" and not all(part in rule.format for part in ("%Y", "%d")):
        raise section.problem(f"'{rule.format}' is no form of a day; use iso, or a pattern such as '%d.%m.%Y'")
    return rule


def _fact_rule(section: Section, missing: Mapping[str, str]) -> FactRule:
    name = section.text("fact")
    if name not in FACTS:
        near = difflib.get_close_matches(name, FACTS, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise section.problem(
            f"there is no clinical fact '{name}'{meant} (docs/reference/clinical-facts.md lists them)"
        )
    fact = FACTS[name]
    rule = FactRule(
        fact=name,
        unit=section.optional("unit"),
        unit_column=section.optional("unit_column"),
        words=section.words("words", {}, None),
        missing=section.words("missing", dict(missing), _MISSING_WORDS),
        date=_date_rule(section.section("date", shorthand="column")) if section.has("date") else None,
    )
    section.finish()
    if fact.unit is None and (rule.unit or rule.unit_column):
        raise section.problem(f"{name} is a {fact.kind} and has no unit")
    if fact.unit not in (None, "1", "{score}") and not rule.unit and not rule.unit_column:
        raise section.problem(f"'unit' is missing: say in which unit the column is (the record keeps {fact.unit})")
    if rule.unit is not None:
        _check_unit(section, rule.unit, str(fact.unit), by_mass=fact.molar_mass_g_mol is not None)
    for word in rule.words.values():
        _check_word(section, name, word, fact.unit)
    return rule


def _check_unit(section: Section, unit: str, wanted: str, *, by_mass: bool) -> None:
    try:
        check_unit(unit)
    except BadInput as refused:
        raise BadInput(refused.what, where=section.where, mend=refused.mend) from None
    if not is_convertible(unit, wanted) and not (by_mass and is_convertible(unit, "g/L")):
        raise section.problem(f"the unit '{unit}' cannot be converted to '{wanted}'")


def _check_word(section: Section, name: str, word: str, unit: str | None) -> None:
    try:
        clinical_value(name, word, unit)
    except BadInput as refused:
        raise BadInput(refused.what, where=f"{section.where}, words", mend=refused.mend) from None


def _always(section: Section) -> dict[str, float | str | bool]:
    found: dict[str, float | str | bool] = {}
    for name in section.content:
        if name not in FACTS:
            raise section.problem(f"there is no clinical fact '{name}'")
        text = section.text(name)
        try:
            found[name] = clinical_value(name, text, FACTS[name].unit)
        except BadInput as refused:
            raise BadInput(refused.what, where=section.where, mend=refused.mend) from None
    return found
