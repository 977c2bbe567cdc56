"""A study's options, read with their types: what is missing or out of range is said before anyone is asked."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from fyr.errors import BadInput
from fyr.learn.federation.study import Study

__all__ = ["Options"]


class Options:
    """The options of one study.

    Parameters
    ----------
    study : Study
    known : iterable of str
        Every option that the method reads.

    Raises
    ------
    BadInput
        If the study has an option that the method does not know.
    """

    def __init__(self, study: Study, known: Iterable[str]) -> None:
        self._given, self._where = study.options, study.name
        allowed = sorted(known)
        unknown = sorted(set(study.options) - set(allowed))
        if unknown:
            raise BadInput(
                f"method '{study.method}' has no option '{unknown[0]}'",
                where=study.name,
                mend=f"its options are {', '.join(allowed)}",
            )
        rule = study.rules.get("minimum_count", 3)
        self.minimum = self.whole("minimum_count", rule if isinstance(rule, int) else 3, 1)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; refuse where there is none and no default."""
        found = self._given.get(name, default)
        if not isinstance(found, str) or not found:
            raise BadInput(f"option '{name}' is needed", where=self._where, mend="name a column")
        return found

    def maybe(self, name: str) -> str | None:
        """Return a text, or None where there is none."""
        return None if self._given.get(name) is None else self.text(name)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return one of some words; the first is the default."""
        found = self._given.get(name, choices[0])
        if found not in choices:
            raise BadInput(f"option '{name}' is {found!r}", where=self._where, mend=f"choose {', '.join(choices)}")
        return str(found)

    def texts(self, name: str, *, needed: bool = True) -> list[str]:
        """Return a list of texts, each there once."""
        found = self._given.get(name, [])
        several = list(found) if isinstance(found, (list, tuple)) else None
        if several is None or not all(isinstance(one, str) and one for one in several) or (needed and not several):
            raise BadInput(f"option '{name}' is no list of columns", where=self._where)
        if len(set(several)) != len(several):
            twice = next(one for one in several if several.count(one) > 1)
            raise BadInput(f"option '{name}' names '{twice}' twice", where=self._where)
        return several

    def mapping(self, name: str) -> dict[str, str]:
        """Return texts by text."""
        found = self._given.get(name, {})
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise BadInput(f"option '{name}' is no mapping of columns to text", where=self._where)
        return {str(key): value for key, value in found.items()}

    def number(self, name: str, default: float, low: float, high: float = float("inf")) -> float:
        """Return a number within bounds."""
        found = self._given.get(name, default)
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not low <= found <= high:
            raise BadInput(f"option '{name}' is {found!r}, not a number from {low:g} to {high:g}", where=self._where)
        return float(found)

    def numbers(self, name: str, default: list[float] | None = None) -> list[float]:
        """Return numbers that rise."""
        found = self._given.get(name, default)
        if found is None:
            raise BadInput(
                f"option '{name}' is needed, a list of rising numbers",
                where=self._where,
                mend=f"in the command: --option {name}=100,200,300",
            )
        several = [*found] if hasattr(found, "__iter__") and not isinstance(found, (str, dict)) else []
        plain = all(not isinstance(one, bool) and isinstance(one, (int, float)) for one in several)
        if not several or not plain or any(a >= b for a, b in pairwise(several)):
            raise BadInput(f"option '{name}' is no list of rising numbers", where=self._where)
        return [float(one) for one in several]

    def whole(self, name: str, default: int, low: int, high: int = 1 << 30) -> int:
        """Return a whole number within bounds."""
        found = self._given.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int) or not low <= found <= high:
            raise BadInput(f"option '{name}' is {found!r}, not a whole number of at least {low}", where=self._where)
        return found

    def yes(self, name: str, default: bool) -> bool:
        """Return yes or no."""
        found = self._given.get(name, default)
        if not isinstance(found, bool):
            raise BadInput(f"option '{name}' is {found!r}, not true or false", where=self._where)
        return found
