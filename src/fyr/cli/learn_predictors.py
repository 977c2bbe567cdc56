"""Which columns are learned from: names and patterns, by modality, as the names that a model's inputs can have."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from fyr.errors import BadInput, UsageError
from fyr.exchange.tables.mapped_sheet import input_name
from fyr.learn.cohort import Cohort

__all__ = ["chosen_predictors", "parsed_modalities", "with_input_names"]


def parsed_modalities(options: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read ``NAME=column,pattern_*`` of each ``--modality``.

    Raises
    ------
    UsageError
        If one has another form, or a name is there twice.
    """
    found: dict[str, tuple[str, ...]] = {}
    for option in options:
        name, mark, columns = option.partition("=")
        patterns = tuple(one.strip() for one in columns.split(",") if one.strip())
        if not mark or not name.strip() or not patterns:
            raise UsageError(f"--modality '{option}' is not NAME=COLUMN,COLUMN", mend="write --modality rna=rna_*")
        if name.strip() in found:
            raise UsageError(f"the modality '{name.strip()}' is named twice", mend="put its columns in one --modality")
        found[name.strip()] = patterns
    return found


def with_input_names(cohort: Cohort) -> tuple[Cohort, dict[str, str]]:
    """Give columns the names that inputs can have: lower case letters, digits and underscores.

    Returns
    -------
    Cohort
    dict of str to str
        Every old name to its new one.

    Raises
    ------
    BadInput
        If two columns would have one name.
    """
    names = {name: _named(name) for name in cohort.columns}
    before: dict[str, str] = {}
    for old, new in names.items():
        if new in before:
            raise BadInput(
                f"the columns '{before[new]}' and '{old}' would both be the input '{new}'",
                where=cohort.source,
                mend="give them different names in the mapping",
            )
        before[new] = old
    return replace(cohort, columns={names[name]: column for name, column in cohort.columns.items()}), names


def chosen_predictors(patterns: Iterable[str], names: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Return the inputs that names or patterns mean, each once, in the order of the table.

    Parameters
    ----------
    patterns : iterable of str
        Names of columns or inputs; ``*`` stands for anything.
    names : mapping of str to str
        As :func:`with_input_names` gives them.
    where : str
        What an error speaks of.

    Raises
    ------
    BadInput
        If a pattern means no column.
    """
    wanted: set[str] = set()
    for pattern in patterns:
        found = {new for old, new in names.items() if fnmatchcase(old, pattern) or fnmatchcase(new, pattern.casefold())}
        if not found:
            near = difflib.get_close_matches(pattern, [*names, *names.values()], n=1)
            listed = ", ".join(list(names)[:12])
            mend = f"did you mean '{near[0]}'?" if near else f"the cohort has {listed}"
            raise BadInput(f"no column is called '{pattern}'", where=where, mend=mend)
        wanted |= found
    return tuple(new for new in names.values() if new in wanted)


def _named(column: str) -> str:
    name = input_name(column)
    if not name:
        raise BadInput(f"the column '{column}' has no letter in its name", mend="name it in the mapping")
    return name
