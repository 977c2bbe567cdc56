"""What a hospital's own name for a structure is called in TG-263: proposals with confidence, never a silent guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from fyr.treat.nomenclature.parsed_name import LONGEST, parse_name
from fyr.treat.nomenclature.standard import family, standard_names

if TYPE_CHECKING:
    from fyr.treat.nomenclature.own_names import OwnNames

__all__ = ["Candidate", "Proposal", "propose", "side_of", "words_of"]

_FOLDED: Final = str.maketrans({"ø": "o", "æ": "a", "ß": "ss", "å": "a", "ä": "a", "ö": "o", "ü": "u"})
_SIDES: Final = {
    "L": {"l", "lt", "left", "li", "links", "linke", "linker", "linkes", "v", "va", "vanster", "vanstra", "ve",
          "venstre", "sin", "sinister", "sinistra", "sinistrum", "sn"},
    "R": {"r", "rt", "right", "re", "rechts", "rechte", "rechter", "rechtes", "h", "ho", "hoger", "hogra", "hojre",
          "hoyre", "dx", "dxt", "dex", "dexter", "dextra", "dextrum"},
    "both": {"bilat", "bilateral", "bilateralt", "bil", "both", "bada", "begge", "beide", "bds", "lr", "total", "tot"},
}  # fmt: skip
_HELP: Final = {"opt", "ring", "dummy", "help", "hjalp", "hjelp", "hilfe", "hilfs", "shell", "avoid", "undvik", "norm"}
_WITHOUT: Final = {"minus", "ex", "excl", "exkl", "uten", "uden", "utan", "ohne"}
_TYPES: Final = ("IGTV", "ICTV", "PTV", "CTV", "GTV", "ITV")
_CLASSIFIERS: Final = {
    "n": {"n", "node", "nodes", "nodal", "ln", "lymf", "lk"},
    "p": {"p", "t", "prim", "primary", "primar", "tumor", "tumour"},
    "sb": {"sb", "bed"},
}
_EXACT, _PART, _LEAST, _SURE, _APART = 0.95, 0.6, 0.5, 0.82, 0.1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A standard name, how sure it is (0 to 1), and what speaks for it."""

    name: str
    confidence: float
    because: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a name is called in TG-263.

    Parameters
    ----------
    own : str
        The hospital's own name.
    status : str
        ``standard`` (it is one already), ``confirmed`` (by the hospital), ``proposed``; without a name ``ambiguous``
        (several are as likely), ``unsure`` (one, of which too little speaks) or ``unknown``.
    name : str or None
        The standard name; None where a person must choose.
    confidence : float
        0 to 1.
    candidates : tuple of Candidate
        The best first.
    """

    own: str
    status: str
    name: str | None
    confidence: float
    candidates: tuple[Candidate, ...] = ()


def propose(name: str, own: OwnNames | None = None, *, most: int = 5) -> Proposal:
    """Say what a structure's name is called in TG-263.

    Parameters
    ----------
    name : str
    own : OwnNames, optional
        What the hospital confirmed before: it comes first, and its words are known.
    most : int
        Candidates at most.

    Examples
    --------
    >>> propose("Lunga vä").name
    'Lung_L'
    >>> propose("Parotis").status
    'ambiguous'
    """
    confirmed = own.confirmed(name) if own is not None else {}
    if confirmed:
        total = sum(confirmed.values())
        ranked = sorted(confirmed.items(), key=lambda one: -one[1])
        candidates = tuple(Candidate(one, count / total, f"confirmed {count} times") for one, count in ranked)
        sure = len(ranked) == 1 or ranked[0][1] > ranked[1][1]
        return Proposal(
            name, "confirmed" if sure else "ambiguous", ranked[0][0] if sure else None, ranked[0][1] / total, candidates
        )
    parsed = parse_name(name)
    if parsed.is_standard and parsed.kind != "optimisation":
        return Proposal(name, "standard", name, 1.0, (Candidate(name, 1.0, "it is a standard name"),))
    found = _target(name) or _derived(name, own) or _organ(name, own) + _helping(name)
    ranked_candidates = _ranked(found)[:most]
    if not ranked_candidates or ranked_candidates[0].confidence < _LEAST:
        return Proposal(name, "unknown", None, 0.0, ranked_candidates)
    first = ranked_candidates[0]
    close = [one for one in ranked_candidates[1:] if one.confidence > first.confidence - _APART]
    if close:
        return Proposal(name, "ambiguous", None, first.confidence, ranked_candidates)
    if first.confidence < _SURE:
        return Proposal(name, "unsure", None, first.confidence, ranked_candidates)
    return Proposal(name, "proposed", first.name, first.confidence, ranked_candidates)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name: lower case, without accents, parted at signs, capitals and digits.

    >>> words_of("LtLung_PRV05")
    ('lt', 'lung', 'prv', '05')
    """
    parted = re.sub(r"(?<=[a-zåäöøæü])(?=[A-ZÅÄÖØÆÜ])", " ", name)
    folded = unicodedata.normalize("NFC", parted).lower().translate(_FOLDED)
    folded = "".join(one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))
    return tuple(re.findall(r"[a-z]+|\d+", folded))


def side_of(words: tuple[str, ...], learned: dict[str, str] | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the side that words name, and the words without it; a side is one word, at the end or the beginning."""
    for place in (-1, 0):
        if len(words) > 1:
            word = words[place]
            for side, known in _SIDES.items():
                if word in known or (learned or {}).get(word) == side:
                    return side, words[:-1] if place else words[1:]
    for place in range(1, len(words) - 1):
        for side, known in _SIDES.items():
            if words[place] in known and len(words[place]) > 1:
                return side, (*words[:place], *words[place + 1 :])
    return "", words


@cache
def _plurals() -> frozenset[str]:
    """Return the words that mean both sides."""
    text = (resources.files("fyr.treat.nomenclature") / "words.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t")[1] for line in text.splitlines() if line and not line.startswith("#")]
    phrases = [one.strip() for line in lines for one in line.split(";")]
    return frozenset(" ".join(words_of(one)) for one in phrases if one.endswith("+"))


@cache
def _vocabulary() -> dict[str, str]:
    """Return the base names by what they are called."""
    text = (resources.files("fyr.treat.nomenclature") / "words.tsv").read_text(encoding="utf-8")
    known: dict[str, str] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            base, phrases = line.split("\t")
            if family(base):
                known |= {" ".join(words_of(one)): base for one in phrases.split(";")}
    for name in standard_names():
        base = name.removesuffix("_L").removesuffix("_R")
        if "xx" not in name and family(base):
            known.setdefault(" ".join(words_of(base)), base)
    return known


def _ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    best: dict[str, Candidate] = {}
    for one in found:
        if one.name not in best or best[one.name].confidence < one.confidence:
            best[one.name] = one
    return tuple(sorted(best.values(), key=lambda one: (-one.confidence, one.name)))


def _organ(name: str, own: OwnNames | None) -> list[Candidate]:
    words = words_of(name)
    margin: int | None = None
    if "prv" in words:
        at = words.index("prv")
        digits = next((one for one in words[at + 1 :] if one.isdigit()), "")
        margin = int(digits) if digits else 0
        words = tuple(one for one in words if one not in {"prv", digits, "mm"})
    learned = own.words() if own is not None else {}
    side, rest = side_of(words, own.sides() if own is not None else None)
    found = _bases(rest, learned)
    if side and len(words) > 1:  # 'V cava': the letter may belong to the name
        found += [
            replace(one, confidence=one.confidence - 0.02) for one in _bases(words, learned) if one.confidence > _PART
        ]
        if any(one.confidence >= _EXACT for one in _bases(words, learned)):
            side_found = [one for one in _bases(words, learned) if one.confidence >= _EXACT]
            return [named for one in side_found for named in _sided(one, "", margin)]
    return [named for one in found for named in _sided(one, side, margin)]


def _bases(words: tuple[str, ...], learned: dict[str, str]) -> list[Candidate]:
    """Return base names that words may mean."""
    phrase = " ".join(words)
    if not phrase:
        return []
    known = _vocabulary() | learned
    if phrase in known:
        return [Candidate(known[phrase], _EXACT, f"'{phrase}' is a word for it")]
    joined = {one.replace(" ", ""): base for one, base in known.items()}
    if phrase.replace(" ", "") in joined:
        return [Candidate(joined[phrase.replace(" ", "")], _EXACT, f"'{phrase}' is a word for it")]
    found = []
    wanted = set(words)
    for one, base in known.items():
        parts = set(one.split())
        if parts == wanted:
            found.append(Candidate(base, _EXACT - 0.02, f"'{one}' is a word for it"))
        elif parts < wanted and len(one) > 2:
            share = len(one.replace(" ", "")) / len(phrase.replace(" ", ""))
            found.append(Candidate(base, _PART + 0.25 * share, f"'{one}' is a part of the name"))
        elif len(phrase) > 4 and abs(len(one) - len(phrase)) <= 3:
            alike = SequenceMatcher(None, one, phrase).ratio()
            if alike >= 0.8:
                found.append(Candidate(base, alike * 0.85, f"'{one}' is written much alike"))
    longest = max((len(one.because) for one in found if "a part" in one.because), default=0)
    # Of 'femur head' and 'femur' in one name, the longer says more.
    return [one for one in found if "a part" not in one.because or len(one.because) == longest]


def _sided(base: Candidate, side: str, margin: int | None) -> list[Candidate]:
    names = family(base.name)
    if not side and base.because.split("'")[1] in _plurals():
        side = "both"
    chosen = {side: names[side]} if side in names else {}
    sure = base.confidence
    if not chosen and side in {"", "both"} and "" in names:
        chosen = {"": names[""]}
    if not chosen:
        # A side that is not said, or that the list has no name for: every name, none of them sure.
        chosen = names
        sure = min(sure, 0.75) if not side else sure - 0.3
    return [Candidate(_with_margin(one, margin), sure, base.because) for one in chosen.values()]


def _with_margin(name: str, margin: int | None) -> str:
    if margin is None:
        return name
    root, side = (name[:-2], name[-2:]) if name[-2:] in {"_L", "_R"} else (name, "")
    wide = f"{root}_PRV{margin:02d}{side}" if margin else f"{root}_PRV{side}"
    return wide if len(wide) <= LONGEST else f"{root}_PRV{margin or ''}{side}"


def _derived(name: str, own: OwnNames | None) -> list[Candidate]:
    """Return names of one structure without another."""
    parts = re.split(r"\s*-\s*|\s+(?:" + "|".join(_WITHOUT) + r")\.?\s+", name, maxsplit=1)
    if len(parts) != 2 or not all(part.strip() for part in parts):
        return []
    first, second = (propose(part.strip(), own) for part in parts)
    if first.name is None or second.name is None:
        return []
    made = f"{first.name}-{second.name}"
    sure = min(first.confidence, second.confidence) - 0.05
    because = f"{parts[0].strip()} without {parts[1].strip()}"
    return [Candidate(made, sure if len(made) <= LONGEST else sure - 0.3, because)]


def _target(name: str) -> list[Candidate]:
    words = words_of(name)
    joined = "".join(words)
    kind = next((one for one in _TYPES if joined.startswith(one.lower())), None)
    if kind is None:
        return []
    taken = re.search(r"(?:-|\bminus\b|\bex\b)\s*([A-Za-z]+)", name)
    if taken and not any(taken[1].lower() in known for known in _CLASSIFIERS.values()):
        return []  # one structure without another
    rest = list(words_of(re.sub(kind, f"{kind} ", name, count=1, flags=re.IGNORECASE)))[1:]
    classifier = next((letter for letter, known in _CLASSIFIERS.items() if rest and rest[0] in known), "")
    rest = rest[1:] if classifier else rest
    return _target_numbers(name, f"{kind}{classifier}", rest)


def _target_numbers(name: str, target: str, rest: list[str]) -> list[Candidate]:
    """Return what the numbers in a target's name may mean: a dose, or which target it is."""
    digits = [one for one in rest if one.isdigit()]
    others = [one for one in rest if not one.isdigit() and one not in {"gy", "cgy"}]
    unsure = 0.3 if others else 0.0
    given = re.search(r"(\d+(?:[.,]\d+)?)\s*(c?Gy)", name, re.IGNORECASE)
    parted = re.search(r"(\d{2})[.,p](\d{1,2})(?!\d)", name)
    if given or parted:
        gray = float(given[1].replace(",", ".")) if given else float(f"{parted[1]}.{parted[2]}") if parted else 0.0
        gray = gray / 100 if given and given[2].lower() == "cgy" else gray
        sure = (0.9 if given else 0.85) - unsure
        return [Candidate(f"{target}_{100 * gray:.0f}", sure, f"a dose of {gray:g} Gy")]
    if not digits:
        left = f", '{' '.join(others)}' left out" if others else ""
        return [Candidate(target, 0.9 - unsure, f"a {target}{left}")]
    unsure += 0.2 if len(digits) > 1 else 0.0
    value = int(digits[0])
    if value >= 1000:
        return [Candidate(f"{target}_{value}", 0.9 - unsure, f"a dose of {value} cGy")]
    number = Candidate(f"{target}{value}", (0.85 if value < 10 else 0.6) - unsure, f"{value} may be a number")
    dose = Candidate(f"{target}_{value * 100}", 0.65 - unsure, f"{value} may be a dose in Gy")
    return [number] if value < 10 else [dose, number]


def _helping(name: str) -> list[Candidate]:
    words = words_of(name)
    if not set(words) & _HELP and not re.match(r"z[A-Z_]", name):
        return []
    made = "z" + "".join(one.capitalize() for one in words if one != "z")
    return [Candidate(made[:LONGEST], 0.85, "a structure that helps to plan, which no dose is reported for")]
