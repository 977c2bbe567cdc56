"""A structure's name taken apart after the rules of TG-263, and what in it breaks them.

Mayo et al. 2018, Int J Radiat Oncol Biol Phys 100:1057: sixteen characters at most, no spaces, the side at the end
(``_L``, ``_R``), ``_PRVxx`` with the margin in mm, ``~`` after the root of an organ that is drawn in part, ``z`` or
``_`` before what no dose is reported for, ``^`` before a remark of one's own; targets as type, classifier, number,
image, structure, dose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fyr.treat.nomenclature.standard import standard_name, standard_names

__all__ = ["LONGEST", "ParsedName", "parse_name"]

LONGEST: Final = 16
_TARGET: Final = re.compile(
    r"(?P<type>PTV!?|CTV|GTV|ITV|IGTV|ICTV)(?P<classifier>sb|par|vas|n|p|v)?(?P<number>\d{1,2})?"
    r"(?P<rest>(?:[_-].*)?)"
)
_MODALITY: Final = re.compile(r"_((?:CT|PT|MR|SP)\d+)+")
_RELATIVE: Final = re.compile(r"_(High|Mid|Low)(\d{2})?$")
_DOSE: Final = re.compile(r"_(\d{3,5})(?:x(\d{1,2}))?$|_(\d+(?:[.p]\d+)?)Gy(?:x(\d{1,2}))?$")
_CROPPED: Final = re.compile(r"-(\d{2})$")
_PRV: Final = re.compile(r"_PRV(\d{0,2})$")
_ALLOWED: Final = re.compile(r"[A-Za-z0-9_~^!.\-]+")


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What a name says.

    Parameters
    ----------
    name : str
    kind : str
        ``target``, ``organ`` (with devices and other things that are not targets) or ``optimisation``.
    root : str
        Without side, margin and mark; of a target its type.
    side : str
        ``L``, ``R`` or nothing.
    prv_mm : int or None
        Of a planning organ at risk volume; 0 where no margin is said.
    is_partial : bool
    minus : tuple of str
        What is taken away.
    classifier : str
        Of a target: ``p``, ``n``, ``sb``, ``par``, ``v``, ``vas``.
    number : int or None
        Of a target.
    dose_cgy : float or None
        Of a target; of a fraction where `fractions` is given.
    fractions : int or None
    level : str
        Of a target: ``High``, ``Mid``, ``Low``, with a number where there are several.
    remark : str
        After ``^``.
    issues : tuple of str
        Rules that it breaks.
    """

    name: str
    kind: str
    root: str
    side: str = ""
    prv_mm: int | None = None
    is_partial: bool = False
    minus: tuple[str, ...] = ()
    classifier: str = ""
    number: int | None = None
    dose_cgy: float | None = None
    fractions: int | None = None
    level: str = ""
    remark: str = ""
    issues: tuple[str, ...] = ()

    @property
    def is_standard(self) -> bool:
        """Whether it breaks no rule."""
        return not self.issues


def parse_name(name: str) -> ParsedName:
    """Take a name apart.

    Examples
    --------
    >>> parse_name("Lung_L").is_standard
    True
    >>> parse_name("PTVn1_5040").dose_cgy
    5040.0
    >>> parse_name("Lunga V").issues
    ("'Lunga V' holds ' ', which names do not", "'Lunga V' is not in the list of TG-263")
    """
    issues = _characters(name)
    body, _, remark = name.partition("^")
    if body[:1] in {"z", "_"}:
        if body[:1] == "z" and len(body) > 1 and body[1:2].islower():
            issues.append("what follows 'z' begins with a capital letter")
        return ParsedName(name, "optimisation", body.lstrip("z_"), remark=remark, issues=tuple(issues))
    if found := _TARGET.fullmatch(body):
        return _target(name, found, remark, issues)
    return _organ(name, body, remark, issues)


def _characters(name: str) -> list[str]:
    issues = []
    if len(name) > LONGEST:
        issues.append(f"it has {len(name)} characters; {LONGEST} are allowed")
    odd = sorted({one for one in name if not _ALLOWED.fullmatch(one)})
    if odd:
        issues.append(f"'{name}' holds {', '.join(repr(one) for one in odd)}, which names do not")
    return issues


def _target(name: str, found: re.Match[str], remark: str, issues: list[str]) -> ParsedName:
    rest = found["rest"]
    fractions: int | None = None
    dose: float | None = None
    minus: tuple[str, ...] = ()
    if cropped := _CROPPED.search(rest):
        rest = rest[: cropped.start()]
    if given := _DOSE.search(rest):
        rest = rest[: given.start()]
        dose = float(given[1]) if given[1] else 100 * float(given[3].replace("p", "."))
        fractions = int(given[2] or given[4]) if given[2] or given[4] else None
    level = ""
    if relative := _RELATIVE.search(rest):
        rest, level = rest[: relative.start()], relative[0][1:]
    if images := _MODALITY.match(rest):
        rest = rest[images.end() :]
    if rest.startswith("-") and len(rest) > 1:
        minus, rest = tuple(rest[1:].split("-")), ""
        issues += [f"'{one}', which is taken away, is not in the list of TG-263" for one in minus if not _known(one)]
    if rest and not _known(rest[1:]) and rest[1:] not in {"Boost", "Eval", "Preop", "Postop"}:
        issues.append(f"'{rest}' is neither an image, a structure of TG-263, a dose nor a level")
    return ParsedName(
        name, "target", found["type"], minus=minus, classifier=found["classifier"] or "",
        number=int(found["number"]) if found["number"] else None, dose_cgy=dose, fractions=fractions, level=level,
        remark=remark, issues=tuple(issues),
    )  # fmt: skip


def _known(name: str) -> bool:
    return standard_name(name) is not None or _TARGET.fullmatch(name) is not None


def _organ(name: str, body: str, remark: str, issues: list[str]) -> ParsedName:
    root, *minus = body.split("-") if standard_name(body) is None else [body]
    whole, side, prv = root, "", None
    if root[-2:] in {"_L", "_R"}:
        root, side = root[:-2], root[-1]
    if found := _PRV.search(root):
        root, prv = root[: found.start()], int(found[1] or 0)
        if len(found[1]) == 1 and len(name) < LONGEST:
            issues.append("the margin of a PRV has two digits where sixteen characters allow it")
    partial = root.endswith("~")
    if "~" in root[:-1] or root.endswith(("_L~", "_R~")):
        issues.append("'~' stands after the name of the organ, before margin and side")
    root = root.rstrip("~")
    plain = f"{root}_{side}" if side else root
    known = standard_names()
    if plain not in known and standard_name(whole) is None:
        issues.append(f"'{whole}' is not in the list of TG-263")
        if known.get(plain.capitalize()) or any(plain.casefold() == one.casefold() for one in known):
            issues[-1] += ": mind upper and lower case"
    issues += [f"'{one}', which is taken away, is not in the list of TG-263" for one in minus if not _known(one)]
    return ParsedName(
        name, "organ", root, side=side, prv_mm=prv, is_partial=partial, minus=tuple(minus), remark=remark,
        issues=tuple(issues),
    )  # fmt: skip
