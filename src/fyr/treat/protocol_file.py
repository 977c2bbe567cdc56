"""A protocol as YAML: read strictly, so that a typing error is one clear line and never a limit that is not asked."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from fyr.attention.strict_yaml import Section, did_you_mean, read_yaml
from fyr.errors import BadInput, UsageError
from fyr.treat.dvh_metrics import Metric, parse_metric
from fyr.treat.nomenclature.parsed_name import parse_name
from fyr.treat.protocol import Constraint, Fractionation, Limit, Protocol

__all__ = ["load_protocol", "parse_protocol", "shipped_protocols"]

_SHIPPED: Final = "fyr.treat.protocols"
_LIMIT: Final = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(c?Gy|%|cc|cm3|cm³|ml)?", re.IGNORECASE)
_OPERATORS: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


def shipped_protocols() -> list[str]:
    """Return the names of the protocols that come with Fyr."""
    folder = resources.files(_SHIPPED)
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_protocol(name_or_path: str | Path) -> Protocol:
    """Read a protocol: a shipped one by its name, or a YAML file by its path.

    Raises
    ------
    BadInput
        If there is no such protocol or file, or anything in it is not as a protocol must be; says file, line and mend.
    """
    text = str(name_or_path)
    if "/" not in text and not text.endswith((".yaml", ".yml")):
        if text not in shipped_protocols():
            raise BadInput(
                f"there is no protocol '{text}'{did_you_mean(text, shipped_protocols())}",
                mend=f"use one of {', '.join(shipped_protocols())}, or give the path of a YAML file",
            )
        return parse_protocol((resources.files(_SHIPPED) / f"{text}.yaml").read_text(encoding="utf-8"), where=text)
    path = Path(text)
    try:
        return parse_protocol(path.read_text(encoding="utf-8"), where=text)
    except FileNotFoundError:
        raise BadInput("there is no such protocol file", where=text, mend="check the path") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"the protocol cannot be read: {problem}", where=text, mend="give a UTF-8 text file") from None


def parse_protocol(text: str, *, where: str) -> Protocol:
    """Read a protocol from the text of a YAML document; `where` names it in errors.

    Raises
    ------
    BadInput
        If anything in it is not as a protocol must be; says the line and how to mend it.
    """
    top = read_yaml(text, where=where, noun="protocol")
    name, version, title = (top.take(key, _text) for key in ("name", "version", "title"))
    source, notes = top.take("source", _text), top.take("notes", _text, " ").strip()
    usual = _fractionation(top.section("fractionation")) if "fractionation" in top.values else Fractionation()
    constraints = tuple(_constraint(section, usual, source) for section in top.listed("constraints"))
    top.finish()
    if not constraints:
        raise top.error("the protocol has no constraints", mend="add 'constraints:' with at least one")
    return Protocol(name, version, title, source, notes, constraints, hashlib.sha256(text.encode()).hexdigest())


def _constraint(section: Section, usual: Fractionation, source: str) -> Constraint:
    structures = section.take("structure", _structures)
    kind = section.take("type", _kind)
    metric = section.take("metric", _metric)
    limit = section.take("limit", lambda value: _limit(value, metric))
    variation = section.optional("variation", lambda value: _limit(value, metric))
    if variation is not None and not _is_wider(variation, limit):
        raise section.error(
            f"the variation {variation} is no wider than the limit {limit}",
            "variation",
            mend="let it allow more than the limit does",
        )
    fractionation = _fractionation(section.section("fractionation")) if "fractionation" in section.values else usual
    made = Constraint(
        structures=structures,
        kind=kind,
        metric=metric,
        limit=limit,
        variation=variation,
        fractionation=fractionation,
        endpoint=section.take("endpoint", _text, " ").strip(),
        source=section.take("source", _text, source),
        seen=section.take("seen", _text, " ").strip(),
    )
    section.finish()
    return made


def _is_wider(variation: Limit, limit: Limit) -> bool:
    further = variation.value > limit.value if limit.is_upper else variation.value < limit.value
    return variation.is_upper == limit.is_upper and further


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value):
        raise ValueError(f"{value!r} is not a text")
    return " ".join(str(value).split()) or " "


def _structures(value: object) -> tuple[str, ...]:
    names = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one.strip()]
    if not names or len(names) < (len(value) if isinstance(value, list) else 1):
        raise ValueError(f"{value!r} is no structure; write a TG-263 name, or several in [brackets]")
    for one in names:
        issues = parse_name(one).issues
        if issues:
            raise ValueError(f"'{one}' is no TG-263 name ({issues[0]}); ask 'fyr treat names \"{one}\"'")
    return tuple(names)


def _kind(value: object) -> Literal["target", "organ"]:
    if value == "target":
        return "target"
    if value == "organ":
        return "organ"
    raise ValueError(f"{value!r} is no type; write target or organ")


def _metric(value: object) -> Metric:
    try:
        return parse_metric(str(value))
    except UsageError as problem:
        raise ValueError(f"{problem.what}; {problem.mend}") from None


def _limit(value: object, metric: Metric) -> Limit:
    found = _LIMIT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is no limit; write for example '<= 20 Gy', '< 30 %', '>= 95 %' or '< 5 cc'")
    unit = (found[3] or "1").lower()
    number = float(found[2]) / (100 if unit == "cgy" else 1)
    unit = {"gy": "Gy", "cgy": "Gy", "%": "%", "1": "1"}.get(unit, "cm3")
    if unit != metric.unit:
        wanted = {"cm3": "cc (or write the metric as V20Gy)", "1": "no unit"}.get(metric.unit, metric.unit)
        raise ValueError(f"'{value}' does not fit {metric.text}, whose limit has {wanted}")
    return Limit(_OPERATORS[found[1]], number, unit)


def _fractionation(section: Section) -> Fractionation:
    fractions = section.optional("fractions", _counts) or ()
    dose = section.optional("fraction_dose", _doses)
    section.finish()
    made = Fractionation(fractions, dose)
    if made.is_any:
        raise section.error("a fractionation says nothing", mend="give fractions: 3, or fraction_dose: [1.8, 2.0]")
    return made


def _counts(value: object) -> tuple[int, ...]:
    counts = value if isinstance(value, list) else [value]
    if not counts or not all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in counts):
        raise ValueError(f"{value!r} is no number of fractions; write 3, or [3, 5]")
    return tuple(counts)


def _doses(value: object) -> tuple[float, float]:
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(one, int | float) and not isinstance(one, bool) and one > 0 for one in value)
        or value[0] > value[1]
    ):
        raise ValueError(f"{value!r} are no doses of a fraction; write [least, greatest] in Gy")
    return float(value[0]), float(value[1])
