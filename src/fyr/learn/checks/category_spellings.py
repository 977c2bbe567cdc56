"""One category in several spellings: case, blanks, a slip of the pen, two codings of the same thing in one column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from fyr.learn.checks.column import Column
from fyr.learn.checks.finding import Finding
from fyr.learn.checks.table import CheckedTable

__all__ = ["category_spellings"]

_MOST_LEVELS: Final = 200
"""With more different texts a column is free text."""
_MOST_CODES: Final = 12
"""With more different numbers a column is a measurement, where 4 and 4.0 are one number."""
_SYNONYMS: Final = (
    ("sex", (("m", "male", "man", "mand", "mann", "kar"), ("f", "female", "woman", "kvinde", "kvinne", "kvinna", "k"))),
    ("yes or no", (("y", "yes", "ja", "j", "true", "t"), ("n", "no", "nej", "nei", "false"))),
    ("positive or negative", (("pos", "positive", "positiv", "+"), ("neg", "negative", "negativ", "-"))),
)
_SLIP_SHARE: Final = 0.02
"""A spelling as rare as this, one letter from a frequent one, is taken for a slip."""
_LONG_WORD: Final = 6


def category_spellings(table: CheckedTable) -> Iterator[Finding]:
    """Look at every column of categories."""
    for column in table.columns:
        if column.typed and column.cells.dtype.is_numeric():
            continue
        if column.kind in ("number", "date", "empty") or column.name == table.roles.patient:
            yield from _codes_beside_words(table, column)
            yield from _codes_with_decimals(table, column)
            continue
        if len(column.levels) > _MOST_LEVELS:
            continue
        yield from _variants(table, column)
        yield from _synonyms(table, column)
        yield from _codes_beside_words(table, column)


def _variants(table: CheckedTable, column: Column) -> Iterator[Finding]:
    import polars as pl

    raw = column.cells.cast(pl.String).fill_null("").to_numpy().astype(object)
    present = ~column.missing
    words, counts = np.unique(raw[present].astype(str), return_counts=True)
    groups: dict[str, list[tuple[str, int]]] = {}
    for word, count in zip(words, counts, strict=True):
        groups.setdefault(_folded(str(word)), []).append((str(word), int(count)))
    several = {key: sorted(found, key=lambda one: -one[1]) for key, found in groups.items() if len(found) > 1}
    if several:
        minor = {word for found in several.values() for word, _ in found[1:]}
        rows = np.isin(raw.astype(str), sorted(minor)) & present
        shown = "; ".join(
            " = ".join(f"'{word}' ({count})" for word, count in found[:3]) for found in list(several.values())[:3]
        )
        yield Finding(
            "category_spellings",
            "warning",
            (column.name,),
            f"{len(several)} categories are spelled in several ways: {shown}",
            "write each category one way",
            int(rows.sum()),
            int(present.sum()),
            table.rows(rows),
        )
    slips = _slips(column)
    if slips:
        rows = np.isin(column.text.to_numpy().astype(str), sorted(slips)) & present
        shown = "; ".join(f"'{rare}' for '{word}'" for rare, word in list(slips.items())[:3])
        yield Finding(
            "category_slips",
            "note",
            (column.name,),
            f"rare spellings one letter from a frequent category: {shown}",
            "correct them if they mean the same",
            int(rows.sum()),
            int(present.sum()),
            table.rows(rows),
        )


def _codes_with_decimals(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Find codes that are written 1 in some rows and 1.0 in others: two categories to a program that reads text."""
    if column.kind != "number" or column.typed or not column.whole or len(column.distinct) > _MOST_CODES:
        return
    if column.name == table.roles.patient:
        return
    decimals = np.asarray(column.text.str.contains(r"^[+-]?\d+[.,]0+$").to_numpy())
    plain = np.asarray(column.text.str.contains(r"^[+-]?\d+$").to_numpy())
    both = np.intersect1d(column.number[decimals], column.number[plain])
    if not len(both):
        return
    minor = decimals if decimals.sum() <= plain.sum() else plain
    shown = "; ".join(
        f"'{value:g}' ({int((plain & (column.number == value)).sum())}) = '{value:.1f}' "
        f"({int((decimals & (column.number == value)).sum())})"
        for value in both[:3]
    )
    of = [name for name, rows in table.hospitals.items() if bool((minor[rows] == column.valid[rows]).all())]
    where = f", all of them in {', '.join(of)}" if of and minor[table.hospitals[of[0]]].any() else ""
    yield Finding(
        "category_spellings",
        "warning",
        (column.name,),
        f"{len(both)} codes are written in two ways: {shown}{where}",
        "write each code one way: whole numbers without decimals",
        int(minor.sum()),
        int(column.valid.sum()),
        table.rows(minor),
    )


def _folded(word: str) -> str:
    return re.sub(r"[\s_\-]+", " ", word.casefold().strip()).rstrip(".")


def _slips(column: Column) -> dict[str, str]:
    total = sum(column.levels.values())
    frequent = [word for word, count in column.levels.items() if count >= 0.05 * total and len(word) >= _LONG_WORD]
    found: dict[str, str] = {}
    for rare, count in column.levels.items():
        if count > _SLIP_SHARE * total or len(rare) < _LONG_WORD - 1 or re.search(r"\d", rare):
            continue
        for word in frequent:
            if _folded(word) != _folded(rare) and _one_edit(_folded(word), _folded(rare)):
                found[rare] = word
    return found


def _one_edit(first: str, second: str) -> bool:
    if abs(len(first) - len(second)) > 1:
        return False
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    tails = first[start:], second[start:]
    swapped = len(tails[0]) > 1 and tails[0][:2] == tails[1][1::-1] and tails[0][2:] == tails[1][2:]
    return swapped or tails[0][1:] == tails[1][1:] or tails[0][1:] == tails[1] or tails[0] == tails[1][1:]


def _synonyms(table: CheckedTable, column: Column) -> Iterator[Finding]:
    if len(column.levels) > 10:
        return
    words = {_folded(word): word for word in column.levels}
    for title, groups in _SYNONYMS:
        used = [[word for word in group if word in words] for group in groups]
        if any(len(one) > 1 for one in used) and all(used):
            minor = {words[word] for group in used for word in group} - {
                max((words[word] for word in group), key=lambda word: column.levels[word]) for group in used
            }
            rows = np.isin(column.text.to_numpy().astype(str), sorted(minor)) & ~column.missing
            yield Finding(
                "mixed_coding",
                "error",
                (column.name,),
                f"{title} is coded in several ways: {', '.join(repr(words[w]) for group in used for w in group)}",
                "use one coding",
                int(rows.sum()),
                int((~column.missing).sum()),
                table.rows(rows),
            )


def _codes_beside_words(table: CheckedTable, column: Column) -> Iterator[Finding]:
    """Find a column of which some cells are words and some small codes, such as Male, Female, 1 and 2."""
    if column.typed:
        return
    codes = column.valid & column.as_written["point"]
    words = ~column.valid & ~column.missing
    total = int((~column.missing).sum())
    if min(codes.sum(), words.sum()) < max(3, 0.01 * total) or column.name == table.roles.patient:
        return
    numbers = np.unique(column.number[codes])
    texts = [word for word in column.levels if not word.replace(".", "").replace("-", "").isdigit()]
    if (
        not 2 <= len(numbers) <= 4
        or len(texts) > 6
        or not (numbers == np.floor(numbers)).all()
        or not 0 <= numbers[0] <= 3
    ):
        return
    if any(re.search(r"\d", word) for word in texts) or numbers[-1] > 9 or len(texts) < 2:
        return  # 0, 1+, 2+ or T1, T2: the words are codes of the same kind
    minor = codes if codes.sum() <= words.sum() else words
    yield Finding(
        "mixed_coding",
        "error",
        (column.name,),
        f"{int(codes.sum())} cells are numbers ({', '.join(f'{one:g}' for one in numbers)}) and "
        f"{int(words.sum())} words "
        f"({', '.join(texts[:4])})",
        "use one coding",
        int(minor.sum()),
        total,
        table.rows(minor),
    )
