"""What ``fyr learn federate`` says in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fyr.cli.federate_output import model_lines

__all__ = ["federate_text"]

_OURS: Final = frozenset(
    {
        "study",
        "rounds",
        "bytes_per_site_per_round",
        "rows_isolable",
        "sites",
        "rows",
        "rows_left_out",
        "sites_left_out",
        "by_site",
        "transcript",
        "coefficients",
        "standard_errors",
        "confidence_intervals",
        "confidence_level",
        "p_values",
        "method",
        "model",
        "kept",
    }
)
_LISTED: Final = 40


def federate_text(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a result."""
    study = document["study"]
    sites = document["sites"]
    several = "1 hospital" if len(sites) == 1 else f"{len(sites)} hospitals"
    yield f"{study['name']}: {study['method']} over {several} ({', '.join(sites)})"
    for site, reason in document["sites_left_out"].items():
        yield f"  without {site}: {reason}"
    left = document["rows_left_out"]
    yield f"  {document['rows']} rows" + (f", {left} left out for a missing value" if left else "")
    if "coefficients" in document:
        yield from _coefficients(document)
    if "model" in document:
        yield from (f"  {line}" for line in model_lines(document["model"]))
    if "kept" in document:
        yield f"  the model is in {document['kept']['folder']} ({document['kept']['digest'][:12]})"
    for key, value in document.items():
        if key not in _OURS and value not in ({}, [], None, ""):
            yield from _lines(key.replace("_", " "), value, "  ")
    size = document["bytes_per_site_per_round"]
    yield f"  {document['rounds']} rounds, at most {size:,} bytes from a hospital in a round"
    isolable = document["rows_isolable"]
    if isolable is not None:
        yield f"  rows that what was sent would isolate: {isolable}"


def _coefficients(document: Mapping[str, Any]) -> Iterator[str]:
    values, errors = document["coefficients"], document.get("standard_errors", {})
    intervals, chances = document.get("confidence_intervals", {}), document.get("p_values", {})
    width = max(map(len, values), default=0)
    level = f"{100 * document.get('confidence_level', 0.95):g} % interval" if intervals else ""
    yield f"  {'':{width}}  {'coefficient':>12}  {'error':>10}  {'p' if chances else '':>8}  {level}".rstrip()
    for name, value in values.items():
        error = f"{errors[name]:10.4g}" if errors.get(name) is not None else ""
        chance = f"{chances[name]:8.2g}" if chances.get(name) is not None else ""
        low, high = intervals.get(name) or (None, None)
        between = "" if low is None else f"{low:.6g} to {high:.6g}"
        yield f"  {name:{width}}  {value:12.6g}  {error:>10}  {chance:>8}  {between}".rstrip()


def _lines(name: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield f"{indent}{name}:"
        for key, one in value.items():
            yield from _lines(str(key), one, indent + "  ")
    elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
        yield f"{indent}{name}:"
        for one in value[:_LISTED]:
            yield f"{indent}  " + ", ".join(f"{key} {_plain(part)}" for key, part in one.items())
    elif isinstance(value, (list, tuple)):
        shown = ", ".join(_plain(one) for one in value[:_LISTED])
        yield f"{indent}{name}: {shown}" + (f", … ({len(value)} in all)" if len(value) > _LISTED else "")
    else:
        yield f"{indent}{name}: {_plain(value)}"


def _plain(value: Any) -> str:
    return f"{value:.8g}" if isinstance(value, float) else str(value)
