"""What a hospital confirmed about its own names; each confirmation teaches its words and sides too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from fyr.attention.strict_yaml import read_yaml
from fyr.errors import BadInput
from fyr.treat.nomenclature.parsed_name import parse_name
from fyr.treat.nomenclature.proposal import side_of, words_of
from fyr.treat.nomenclature.standard import family

__all__ = ["OWN_NAMES_FILE", "OwnNames", "own_names_text", "parse_own_names", "read_own_names"]

OWN_NAMES_FILE: Final = "structure-names.yaml"
"""In a hospital's home."""


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Standard names by the hospital's own, with how often each pair was confirmed.

    Parameters
    ----------
    pairs : mapping of str to mapping of str to int
    """

    pairs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def confirmed(self, name: str) -> dict[str, int]:
        """Return how often each standard name was confirmed for a name; upper and lower case and signs alike."""
        wanted = words_of(name)
        found: dict[str, int] = {}
        for own, names in self.pairs.items():
            if own == name or words_of(own) == wanted:
                for standard, count in names.items():
                    found[standard] = found.get(standard, 0) + count
        return found

    def with_pair(self, name: str, standard: str) -> OwnNames:
        """Return the names with one more confirmation.

        Raises
        ------
        BadInput
            If the standard name breaks the rules of TG-263.
        """
        issues = parse_name(standard).issues
        if issues:
            raise BadInput(f"'{standard}' is not a name after TG-263: {issues[0]}", where=f"'{name}'")
        pairs = {own: dict(names) for own, names in self.pairs.items()}
        names = pairs.setdefault(name, {})
        names[standard] = names.get(standard, 0) + 1
        return OwnNames(pairs)

    def words(self) -> dict[str, str]:
        """Return what confirmed names teach: base names by the words they are called."""
        taught: dict[str, dict[str, int]] = {}
        for own, names in self.pairs.items():
            for standard, count in names.items():
                base, side = _base(standard)
                if base is None:
                    continue
                said, rest = side_of(words_of(own))
                phrase = " ".join(rest if said or not side else rest[:-1] or rest)
                if phrase:
                    counts = taught.setdefault(phrase, {})
                    counts[base] = counts.get(base, 0) + count
        return {phrase: max(counts, key=lambda one: counts[one]) for phrase, counts in taught.items() if _clear(counts)}

    def sides(self) -> dict[str, str]:
        """Return sides by words of the hospital that only it uses: the last word where no known one names the side."""
        taught: dict[str, dict[str, int]] = {}
        for own, names in self.pairs.items():
            for standard, count in names.items():
                base, side = _base(standard)
                words = words_of(own)
                if base is not None and side and len(words) > 1 and not side_of(words)[0]:
                    counts = taught.setdefault(words[-1], {})
                    counts[side] = counts.get(side, 0) + count
        return {word: max(counts, key=lambda one: counts[one]) for word, counts in taught.items() if _clear(counts)}


def _clear(counts: Mapping[str, int]) -> bool:
    ranked = sorted(counts.values(), reverse=True)
    return len(ranked) == 1 or ranked[0] > ranked[1]


def _base(standard: str) -> tuple[str | None, str]:
    parsed = parse_name(standard)
    if parsed.kind != "organ" or parsed.minus or parsed.prv_mm is not None:
        return None, ""
    if parsed.side:
        return parsed.root, parsed.side
    for base in (parsed.root, parsed.root.removesuffix("s")):
        for side, name in family(base).items():
            if name == standard:
                return base, side
    return None, ""


def parse_own_names(text: str, *, where: str) -> OwnNames:
    """Read the file of a hospital's own names; `where` names it in errors.

    Raises
    ------
    BadInput
        If it is not such a file, or holds a name that breaks the rules; says the line.
    """
    top = read_yaml(text, where=where, noun="file")
    version = top.take("version", int)
    if version != 1:
        raise top.error(f"version {version} of this file is not known", "version", "write version: 1")
    pairs: dict[str, dict[str, int]] = {}
    for own, section in top.sections("names").items():
        pairs[own] = {}
        for standard in section.values:
            issues = parse_name(standard).issues
            if issues:
                raise section.error(f"'{standard}' is not a name after TG-263: {issues[0]}", standard)
            pairs[own][standard] = section.take(standard, _count)
        section.finish()
    top.finish()
    return OwnNames(pairs)


def own_names_text(own: OwnNames) -> str:
    """Return the file of a hospital's own names."""
    head = "# Structure names of this hospital, each with the TG-263 names that were confirmed and how often.\n"
    content = {"version": 1, "names": {name: dict(names) for name, names in sorted(own.pairs.items())}}
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{value!r} is not how often; write a whole number of at least 1")
    return value


def read_own_names(path: Path) -> OwnNames:
    """Read a hospital's own names; none where there is no file yet.

    Raises
    ------
    BadInput
        If the file is not as it must be.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return OwnNames()
    except UnicodeDecodeError:
        raise BadInput("the file of names is no UTF-8 text", where=str(path), mend="save it as UTF-8") from None
    return parse_own_names(text, where=str(path))
