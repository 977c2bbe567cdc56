"""How the rows of every hospital become the same columns of numbers: agreed once, then sent with each question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fyr.errors import BadInput
from fyr.learn.federation.message import Payload
from fyr.learn.federation.site_table import SiteTable
from fyr.learn.logistic import log_odds

__all__ = ["CATEGORY", "OTHER", "Plan", "Rows", "labels", "read_rows"]

Floats = NDArray[np.float64]

OTHER = "(other)"
"""The level of categories that too few rows have anywhere for their names to be told."""

CATEGORY = "category"
"""The kind of a role that is read as text, whatever it is written as."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is read of a table, and how.

    Parameters
    ----------
    features : tuple of str
    roles : mapping of str to str
        Columns by what they are to the method: outcome, weight, offset, exposure, duration, event, entry, group.
    kinds : mapping of str to str
        Of each role: number, binary, not_negative, positive, probability, category.
    strata : tuple of str
        Columns whose values define strata within a hospital; they stay there.
    levels : mapping of str to tuple of str
        Of columns of text, the reference level first.
    merge : bool
        Whether categories that are not named count as :data:`OTHER`; else their rows are left out.
    log_odds : tuple of str
        Columns of probabilities that are read as log odds.
    left_out : tuple of str
        Sites that answer with nothing.
    mean, spread : ndarray of float64, shape (columns,)
        Of the design's columns; empty until they are agreed.
    """

    features: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merge: bool = True
    log_odds: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    spread: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def names(self) -> tuple[str, ...]:
        """The design's columns: a number's own name, ``sex=male`` for a level that is not the reference."""
        found: list[str] = []
        for name in self.features:
            found += [f"{name}={level}" for level in self.levels[name][1:]] if name in self.levels else [name]
        return tuple(found)

    @property
    def needed(self) -> tuple[str, ...]:
        """Every column that a row needs a value in, each once."""
        return tuple(dict.fromkeys([*self.features, *self.roles.values(), *self.strata]))

    @property
    def categories(self) -> tuple[str, ...]:
        """Columns whose role has them read as text."""
        return tuple(column for role, column in self.roles.items() if self.kinds.get(role) == CATEGORY)

    def without_scale(self) -> Plan:
        """Return the plan with columns as they are."""
        width = len(self.names)
        return replace(self, mean=np.zeros(width), spread=np.ones(width))

    def payload(self) -> Payload:
        """Return what is sent."""
        return {
            "features": list(self.features),
            "roles": dict(self.roles),
            "kinds": dict(self.kinds),
            "strata": list(self.strata),
            "levels": {name: list(several) for name, several in self.levels.items()},
            "merge": self.merge,
            "log_odds": list(self.log_odds),
            "left_out": list(self.left_out),
            "mean": self.mean,
            "spread": self.spread,
        }

    @classmethod
    def of(cls, sent: Payload) -> Plan:
        """Return the plan of what was sent.

        Raises
        ------
        BadInput
            If a part is missing or is of another form.
        """
        try:
            return cls(
                tuple(map(str, sent["features"])),
                {str(role): str(column) for role, column in sent["roles"].items()},
                {str(role): str(kind) for role, kind in sent["kinds"].items()},
                tuple(map(str, sent["strata"])),
                {str(name): tuple(map(str, several)) for name, several in sent["levels"].items()},
                bool(sent["merge"]),
                tuple(map(str, sent["log_odds"])),
                tuple(map(str, sent["left_out"])),
                np.asarray(sent["mean"], dtype=np.float64),
                np.asarray(sent["spread"], dtype=np.float64),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise BadInput(f"the plan cannot be read: {problem}", where="federated round") from None


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The complete rows of one hospital.

    Parameters
    ----------
    design : ndarray of float64, shape (rows, columns)
        Standardised as the plan says.
    role : mapping of str to ndarray
        float64, or object (str) for categories; each of shape (rows,).
    stratum : ndarray of int64, shape (rows,)
    kept : ndarray of bool, shape (rows of the table,)
    """

    design: Floats
    role: Mapping[str, NDArray[np.float64]]
    stratum: NDArray[np.int64]
    kept: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.design)

    @property
    def weight(self) -> Floats:
        """Case weights; 1 where there are none."""
        return self.role["weight"] if "weight" in self.role else np.ones(self.count)

    @property
    def with_intercept(self) -> Floats:
        """The design with a column of ones before it."""
        return np.column_stack([np.ones(self.count), self.design])

    @property
    def offset(self) -> Floats:
        """The part of the linear predictor that is known: the offset, and the log of the exposure."""
        offset = self.role.get("offset", np.zeros(self.count))
        return offset + np.log(self.role["exposure"]) if "exposure" in self.role else offset

    def cell(self, place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return a label of these rows as one of all rows of the table; -1 for the others."""
        found = np.full(len(self.kept), -1, dtype=np.int64)
        found[self.kept] = place
        return found


def labels(table: SiteTable, name: str) -> NDArray[np.str_]:
    """Return a column as text; numbers as they are usually written, missing as ""."""
    column = table.column(name)
    if column.dtype.kind not in "fiub":
        return column.astype(np.str_)
    found, place = np.unique(column.astype(np.float64), return_inverse=True)
    words = np.array(["" if np.isnan(one) else f"{one:.12g}" for one in found.tolist()], dtype=np.str_)
    return np.asarray(words[place] if len(words) else np.zeros(0, np.str_))


def read_rows(table: SiteTable, plan: Plan) -> Rows:
    """Return the rows that have all that the plan needs; none of a hospital that is left out.

    Raises
    ------
    BadInput
        If a column is missing, holds text where numbers are needed, or a number is not finite.
    """
    kept = np.zeros(table.rows, dtype=np.bool_)
    if table.site not in plan.left_out:
        kept = table.complete(plan.needed)
        if "weight" in plan.roles and table.rows:
            kept &= table.numbers(plan.roles["weight"]) != 0
        for name, several in plan.levels.items():
            if not (plan.merge and OTHER in several):
                kept &= np.isin(labels(table, name), several)
    here = table.taking(kept)
    parts: list[Floats] = []
    for name in plan.features:
        if name in plan.levels:
            parts += _indicators(here, name, plan.levels[name])
        else:
            parts.append(_numbers(here, name, plan))
    design = np.column_stack(parts) if parts else np.zeros((here.rows, 0))
    if len(plan.mean):
        design = (design - plan.mean) / plan.spread
    role: dict[str, NDArray[np.float64]] = {
        name: _place(here, column, plan.levels[column]) if column in plan.categories else _numbers(here, column, plan)
        for name, column in plan.roles.items()
    }
    return Rows(design, role, _strata(here, plan.strata), kept)


def _numbers(here: SiteTable, name: str, plan: Plan) -> Floats:
    if not here.rows:
        return np.zeros(0)
    column = here.numbers(name)
    if not bool(np.isfinite(column).all()):
        raise BadInput(f"column '{name}' has numbers that are not finite", where=here.site)
    return log_odds(column) if name in plan.log_odds else column


def _place(here: SiteTable, name: str, several: tuple[str, ...]) -> Floats:
    """Return each row's level as its place among the levels."""
    words = labels(here, name) if here.rows else np.zeros(0, dtype=np.str_)
    other = several.index(OTHER) if OTHER in several else -1
    place = np.full(len(words), float(other))
    for code, level in enumerate(several):
        place[words == level] = code
    return place


def _indicators(here: SiteTable, name: str, several: tuple[str, ...]) -> list[Floats]:
    place = _place(here, name, several)
    return [(place == code).astype(np.float64) for code in range(1, len(several))]


def _strata(here: SiteTable, names: tuple[str, ...]) -> NDArray[np.int64]:
    if not names or not here.rows:
        return np.zeros(here.rows, dtype=np.int64)
    words = ["\x1f".join(one) for one in zip(*(labels(here, name).tolist() for name in names), strict=True)]
    codes = np.unique(np.array(words), return_inverse=True)[1]
    return codes.astype(np.int64)
