"""Combinations that no patient can have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.names import has_word
from fyr.learn.checks.table import CheckedTable

__all__ = ["contradictions"]

_NOT_ABOVE: Final = (
    (
        r"(?:lymph )?nodes? positive|positive (?:lymph )?nodes?|npos|nodes pos|positive lymfe\w*|"
        r"positiva lymfk\w*|pos nodes|"
        r"involved nodes|nodes involved|metastatic (?:lymph )?nodes",
        r"(?:lymph )?nodes? (?:examined|removed|total|harvested|resected)|(?:examined|removed|total|"
        r"harvested) (?:lymph )?nodes?|"
        r"(?:undersogte|undersokte|fjernede|fjernet|undersokta) lymf\w*|number of nodes|nexam",
        "more positive nodes than examined ones",
    ),
    (
        r"dbp|diastolic\w*(?: \w+)*|diabp|diastolisk\w*(?: \w+)*",
        r"sbp|systolic\w*(?: \w+)*|sysbp|systolisk\w*(?: \w+)*",
        "a diastolic pressure above the systolic one",
    ),
    (
        r"age at menarche|menarche age|age at first birth|age at menopause",
        r"age|age at (?:diagnosis|inclusion|entry|surgery)|alder",
        "an age at an earlier event above the age",
    ),
    (
        r"age at (?:diagnosis|dx)|diagnosis age",
        r"age at (?:death|last \w+)|death age",
        "an age at diagnosis above that at death",
    ),
    (
        r"hdl|ldl|hdl cholesterol|ldl cholesterol",
        r"total cholesterol|totchol|cholesterol total",
        "a part of cholesterol above the whole",
    ),
    (
        r"solid component(?: \w+)?|solid (?:size|part)(?: \w+)?",
        r"nodule (?:diameter|size)(?: \w+)?|tumou?r size(?: \w+)?",
        "a solid part larger than the whole",
    ),
    (
        r"year of diagnosis|diagnosis year|diag year",
        r"year of death|death year|year of last \w+",
        "a diagnosis after the death",
    ),
    (
        r"direct bilirubin|conjugated bilirubin|bili dir",
        r"total bilirubin|bilirubin total|bili",
        "direct bilirubin above the total",
    ),
    (r"min(?:imum)? \w+", r"max(?:imum)? \w+", "a minimum above the maximum"),
)
_BOTH: Final = 0.05
"""More rows than four times this share say that the column does not mean what its name says."""
_FEMALE: Final = frozenset({"f", "female", "woman", "kvinde", "kvinne", "kvinna", "k"})
_MALE: Final = frozenset({"m", "male", "man", "mand", "mann"})
_YES: Final = frozenset({"1", "1.0", "yes", "ja", "true", "y", "positive", "pos"})
_ONLY_MALE: Final = r"prostate\w*|psa|gleason|testi\w*|prostata\w*"
_ONLY_FEMALE: Final = r"pregnan\w*|gravid\w*|ovar\w*|cervi\w*|menopaus\w*|uter\w*|svanger\w*"


def contradictions(table: CheckedTable) -> Iterator[Finding]:
    """Go through the rules whose columns the table has."""
    numbers = table.numbers()
    for low_pattern, high_pattern, what in _NOT_ABOVE:
        lows = [column for column in numbers if _is(column, low_pattern)]
        highs = [column for column in numbers if _is(column, high_pattern) and not _is(column, low_pattern)]
        if len(lows) == 1 and len(highs) == 1:
            yield from _above(table, lows[0], highs[0], what)
    yield from _sexes(table)
    yield from _never_smokers(table)


def _is(column: Column, pattern: str) -> bool:
    import re

    words = re.sub(r" (?:mm|cm|mmhg|years?|n|count|number)$|^(?:number of|no of|antal|antall) ", "", column.words)
    return re.fullmatch(pattern, words) is not None


def _above(table: CheckedTable, low: Column, high: Column, what: str) -> Iterator[Finding]:
    known = low.valid & high.valid
    with np.errstate(invalid="ignore"):
        wrong = known & (low.number > high.number)
    if not wrong.any():
        return
    many = wrong.sum() > 0.5 * known.sum()
    yield _finding(
        table,
        (low.name, high.name),
        wrong,
        int(known.sum()),
        f"{int(wrong.sum())} of {int(known.sum())} rows have {what}"
        + (": the two columns may be swapped" if many else ""),
    )


def _sexes(table: CheckedTable) -> Iterator[Finding]:
    sex = next((column for column in table.columns if has_word(column.name, r"sex|gender|kjonn|kon|kjoenn")), None)
    if sex is None or sex.kind == "number":
        return
    text = np.char.lower(sex.text.to_numpy().astype(str))
    female, male = np.isin(text, sorted(_FEMALE)), np.isin(text, sorted(_MALE))
    for column in table.columns:
        for pattern, rows, who in ((_ONLY_MALE, female, "women"), (_ONLY_FEMALE, male, "men")):
            if column is sex or not has_word(column.name, pattern) or has_word(column.name, "family|mother|father"):
                continue
            said = ~column.missing & ~np.isin(
                np.char.lower(column.text.to_numpy().astype(str)),
                ["0", "no", "nej", "nei", "false", "n", "0.0", "not relevant"],
            )
            wrong = rows & said
            if 0 < wrong.sum() <= _BOTH * 4 * max(1, int(rows.sum())):
                yield _finding(
                    table,
                    (sex.name, column.name),
                    wrong,
                    int(rows.sum()),
                    f"{int(wrong.sum())} of {int(rows.sum())} {who} have a value in '{column.name}'",
                )


def _never_smokers(table: CheckedTable) -> Iterator[Finding]:
    status = next(
        (c for c in table.columns if has_word(c.name, r"smok\w*|royk\w*|ryg\w*|rok\w*") and c.kind == "category"), None
    )
    amount = next(
        (
            c
            for c in table.numbers()
            if has_word(c.name, r"pack ?years?|packyears|pakkear|pakkear|cigarettes\w*(?: \w+)*")
        ),
        None,
    )
    if status is None or amount is None:
        return
    text = np.char.lower(status.text.to_numpy().astype(str))
    never = np.isin(text, ["never", "never smoker", "aldri", "aldrig", "never-smoker", "nonsmoker", "non-smoker"])
    wrong = never & amount.valid & (np.nan_to_num(amount.number) > 0)
    if wrong.any():
        yield _finding(
            table,
            (status.name, amount.name),
            wrong,
            int(never.sum()),
            f"{int(wrong.sum())} of {int(never.sum())} who never smoked have smoked by '{amount.name}'",
        )


def _finding(table: CheckedTable, columns: tuple[str, ...], rows: NDArray[np.bool_], total: int, what: str) -> Finding:
    return Finding(
        "impossible_combination",
        "error",
        columns,
        what,
        "correct these rows at the source",
        int(rows.sum()),
        total,
        table.rows(rows),
    )
