"""The small YAML file that says what a table's columns mean: strict, every key explained in ``docs/reference``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fyr.errors import BadInput
from fyr.exchange.tables.mapping_section import Section, hospital_or_column
from fyr.exchange.tables.mapping_yaml import read_yaml
from fyr.record.vocabulary import SIGNALS
from fyr.units import check_unit, is_convertible

__all__ = ["ABSENT", "ColumnRule", "LongForm", "TableMapping", "TimeRule", "fyr_form", "read_mapping"]

ABSENT: Final = "absent"
"""A missing code that means: there is no sample here at all."""
_STATUS_WORDS: Final = ("present", "unknown", "not done", "imputed")
_MISSING_WORDS: Final = ("unknown", "not done", ABSENT)
_BEDSIDE: Final = ("consciousness", "supplemental_oxygen", "spo2_scale")
"""What nurses observe and early warning scores read, by the names that the scores have for it."""
_KINDS: Final = ("number", "text", "boolean")
_EPOCHS: Final = ("epoch_s", "epoch_ms", "epoch_us", "epoch_ns")
_ELAPSED: Final = ("seconds", "minutes", "hours", "days")


@dataclass(frozen=True, slots=True)
class TimeRule:
    """The column of times and how they are written.

    Parameters
    ----------
    column : str
    format : str
        ``iso``; ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``epoch_ns``; ``seconds``, ``minutes``, ``hours``, ``days``
        since `start`; or a pattern of :meth:`datetime.datetime.strptime`.
    time_zone : str or None
        For times that carry none: a name such as ``Europe/Copenhagen``, ``UTC``, or an offset such as ``+01:00``.
    ambiguous : str or None
        ``earlier`` or ``later``: which of the two, where a clock that was set back says the same time twice.
    start : str or None
        ISO 8601 with a time zone.
    """

    column: str
    format: str = "iso"
    time_zone: str | None = None
    ambiguous: str | None = None
    start: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column (or, in the long form, a name) means.

    Parameters
    ----------
    code : str
        A signal of the vocabulary (by name or LOINC code), or the code of an observation.
    signal : str or None
        The signal's name, where the code is one.
    kind : str
        ``number``, ``text`` or ``boolean``.
    unit : str or None
        UCUM.
    period_s : float or None
        The nominal time between samples.
    missing : mapping of str to str
        What stands for a missing value, and what it means.
    true, false : tuple of str
        How a boolean is written.
    words : mapping of str to str
        What the words of a text mean; empty: they are taken as they are.
    """

    code: str
    signal: str | None
    kind: str
    unit: str | None
    period_s: float | None
    missing: Mapping[str, str]
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LongForm:
    """One value a row: the columns that say what it is, and which names mean what.

    `names` is ``None`` in Fyr's own form, where the names are those of the vocabulary.
    """

    name: str
    value: str
    unit: str | None
    status: str | None
    period_s: str | None
    names: Mapping[str, ColumnRule] | None
    units: Mapping[str, str] = field(default_factory=dict)
    status_words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What a table's columns mean; exactly one of `columns` and `long` is given."""

    source: str
    patient: str
    time: TimeRule
    hospital: str | None = None
    hospital_column: str | None = None
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    long: LongForm | None = None
    sort: bool = False
    decimal: str = "."
    separator: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None

    def column_names(self) -> list[str]:
        """Return every column that the mapping reads."""
        long = self.long
        names = [self.patient, self.time.column, self.hospital_column, *self.columns]
        if long is not None:
            names += [long.name, long.value, long.unit, long.status, long.period_s]
        return [name for name in names if name is not None]


def fyr_form(columns: list[str]) -> TableMapping:
    """Return the mapping of Fyr's own form: ``patient``, ``signal``, ``time``, ``value``, in the vocabulary's units.

    The columns ``quality`` (present, unknown, not done, imputed, implausible) and ``period_s`` may be there too.
    """
    return TableMapping(
        source="Fyr's own form",
        patient="patient",
        time=TimeRule("time"),
        long=LongForm(
            name="signal",
            value="value",
            unit=None,
            status="quality" if "quality" in columns else None,
            period_s="period_s" if "period_s" in columns else None,
            names=None,
            status_words={word: word for word in (*_STATUS_WORDS, "implausible")},
        ),
    )


def read_mapping(path: str | Path) -> TableMapping:
    """Read a mapping.

    Raises
    ------
    BadInput
        If the file is absent, not YAML, or has a key, code or unit that is not known; the error names it.
    """
    path = Path(path)
    whole = Section(read_yaml(path), "", str(path))
    missing = whole.words("missing", {"": "unknown"}, _MISSING_WORDS)
    columns = {
        name: _column_rule(section, missing) for name, section in whole.sections("columns", shorthand="code").items()
    }
    long = _long_form(whole.section("long"), missing) if whole.has("long") else None
    if bool(columns) == (long is not None):
        raise whole.problem("give either 'columns' (one column a signal) or 'long' (one value a row)")
    hospital, hospital_column = hospital_or_column(whole)
    mapping = TableMapping(
        source=str(path),
        patient=whole.text("patient"),
        time=_time_rule(whole.section("time", shorthand="column")),
        hospital=hospital,
        hospital_column=hospital_column,
        columns=columns,
        long=long,
        sort=whole.choice("sort", ("false", "true"), "false") == "true",
        decimal=whole.choice("decimal", (".", ","), "."),
        separator=whole.optional("separator"),
        encoding=whole.optional("encoding") or "utf-8",
        sheet=whole.optional("sheet"),
    )
    if mapping.separator is not None and len(mapping.separator) != 1:
        raise whole.problem(f"the separator '{mapping.separator}' is not one character")
    whole.finish()
    return mapping


def _time_rule(section: Section) -> TimeRule:
    rule = TimeRule(
        column=section.text("column"),
        format=section.optional("format") or "iso",
        time_zone=section.optional("time_zone"),
        ambiguous=section.choice("ambiguous", ("earlier", "later"), None),
        start=section.optional("start"),
    )
    section.finish()
    known = rule.format == "iso" or rule.format in _EPOCHS or rule.format in _ELAPSED or "%" in rule.format
    if not known:
        raise section.problem(
            f"'{rule.format}' is not a time format; use iso, {', '.join(_EPOCHS)}, {', '.join(_ELAPSED)}, "
            "or a pattern such as '%d/%m/%Y %H:%M'"
        )
    if (rule.start is not None) != (rule.format in _ELAPSED):
        raise section.problem(f"'start' goes with the formats {', '.join(_ELAPSED)}, and only with them")
    return rule


def _long_form(section: Section, missing: Mapping[str, str]) -> LongForm:
    long = LongForm(
        name=section.text("name"),
        value=section.text("value"),
        unit=section.optional("unit"),
        status=section.optional("status"),
        period_s=None,
        names={
            name: _column_rule(rule, missing, unit_elsewhere=section.has("unit"))
            for name, rule in section.sections("names", shorthand="code").items()
        },
        units=section.words("units", {}, None),
        status_words=section.words("status_words", {word: word for word in _STATUS_WORDS}, _STATUS_WORDS),
    )
    section.finish()
    if not long.names:
        raise section.problem("'names' is missing: say which names mean what")
    for unit in long.units.values():
        check_unit(unit)
    return long


def _column_rule(section: Section, missing: Mapping[str, str], *, unit_elsewhere: bool = False) -> ColumnRule:
    code = section.text("code")
    signal = _signal_of(code)
    if signal is None and ":" not in code and code not in _BEDSIDE:
        near = difflib.get_close_matches(code, (*SIGNALS, *_BEDSIDE), n=1)
        raise section.problem(
            f"there is no signal '{code}'"
            + (f"; did you mean {near[0]}?" if near else "")
            + f"; use one of {', '.join((*SIGNALS, *_BEDSIDE))}, or a coded term such as loinc:2524-7 or fyr:pain"
        )
    kind = section.choice("kind", _KINDS, "number")
    unit = section.optional("unit")
    period = section.optional("period_s")
    rule = ColumnRule(
        code=code,
        signal=signal,
        kind=str(kind),
        unit=unit,
        period_s=section.positive(period) if period is not None else None,
        missing=section.words("missing", dict(missing), _MISSING_WORDS),
        true=section.texts("is_true"),
        false=section.texts("is_false"),
        words=section.words("words", {}, None),
    )
    section.finish()
    if signal is not None and kind != "number":
        raise section.problem(f"the signal {signal} is a number, not a {kind}")
    if kind == "number" and unit is None and not unit_elsewhere:
        raise section.problem("'unit' is missing; write it in UCUM ('1' for pure numbers)")
    if rule.words and kind != "text":
        raise section.problem("'words' goes with kind: text, and only with it")
    if kind != "number" and unit is not None:
        raise section.problem(f"a {kind} has no unit")
    if (kind == "boolean") != bool(rule.true and rule.false):
        raise section.problem("'is_true' and 'is_false' go with kind: boolean, and only with it")
    if unit is not None:
        _check_units(section, unit, SIGNALS[signal].unit if signal else unit)
    return rule


def _check_units(section: Section, unit: str, wanted: str) -> None:
    try:
        check_unit(unit)
    except BadInput as refused:
        raise BadInput(refused.what, where=section.where, mend=refused.mend) from None
    if not is_convertible(unit, wanted):
        raise section.problem(f"the unit '{unit}' cannot be converted to '{wanted}'")


def _signal_of(code: str) -> str | None:
    if code in SIGNALS:
        return code
    return next((name for name, signal in SIGNALS.items() if code == f"loinc:{signal.loinc}"), None)
