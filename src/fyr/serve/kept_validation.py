"""From a validation that was kept to what a list, a line and a table say of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from fyr.clock import to_iso
from fyr.exchange.samples import SAMPLES
from fyr.learn.spans import span_words
from fyr.learn.validation_store import KeptValidation

__all__ = ["FIGURES", "cohort_name", "figure", "figures_table", "reason_of", "row_of", "sample_of", "words_of"]

FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "c_index": ("c_index",),
    "uno_c": ("uno_c",),
    "auc": ("auc",),
    "brier": ("brier",),
    "scaled_brier": ("scaled_brier",),
    "slope": ("calibration", "slope"),
    "intercept": ("calibration", "intercept"),
    "in_the_large": ("calibration", "in_the_large"),
    "e_over_o": ("calibration", "e_over_o"),
    "ici": ("calibration", "ici"),
    "e50": ("calibration", "e50"),
    "e90": ("calibration", "e90"),
    "net_benefit": ("net_benefit",),
}
"""Where each figure stands in the document."""

Figure = dict[str, float | None]


def figure(judged: Mapping[str, Any], name: str) -> Figure | None:
    """Return a figure's estimate and interval, or ``None`` where it could not be assessed."""
    found: Any = judged
    for key in FIGURES[name]:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or not isinstance(found.get("estimate"), int | float):
        return None
    return {end: found.get(end) for end in ("estimate", "low", "high")}


def reason_of(judged: Mapping[str, Any], name: str) -> str:
    """Return why a figure could not be assessed, or ``""``."""
    *outer, last = FIGURES[name]
    place: Any = judged
    for key in outer:
        place = place.get(key) if isinstance(place, Mapping) else None
    several = [place, judged, judged.get(name)]
    for one in several:
        why = one.get("not_assessable") if isinstance(one, Mapping) else None
        if isinstance(why, Mapping) and isinstance(why.get(last), str):
            return str(why[last])
    return ""


def sample_of(document: Mapping[str, Any]) -> str | None:
    """Return which open sample the cohort is, by the digest of its table; ``None`` for a cohort of one's own."""
    digest = document["cohort"].get("sha256")
    return next((one.name for one in SAMPLES.values() if digest and digest == one.taken[0].sha256), None)


def cohort_name(document: Mapping[str, Any]) -> str:
    """Return what to call the cohort: the sample's name, or the file's without its folder.

    >>> cohort_name({"cohort": {"source": "/srv/tables/breast 2019.csv"}})
    'breast 2019.csv'
    """
    source = str(document["cohort"].get("source") or "a cohort without a name")
    return sample_of(document) or PurePath(source).name or source


def row_of(kept: KeptValidation) -> dict[str, Any]:
    """Return what the list of validations says of one."""
    document, cohort, model = kept.document, kept.document["cohort"], kept.model
    by_hospital = (document.get("by") or {}).get("hospital") or {}
    return {
        "id": kept.id,
        "kept_at": to_iso(kept.kept_us),
        "model": {key: model.get(key) for key in ("name", "version", "digest", "output")},
        "cohort": {
            "source": cohort_name(document),
            "sample": sample_of(document),
            **{key: cohort.get(key) for key in ("rows", "patients", "events", "answered", "refused")},
            "hospitals": _count(cohort.get("hospitals"), len(by_hospital)),
        },
        "horizon_years": document.get("horizon_years"),
        "figures": {name: figure(document, name) for name in FIGURES},
        "warnings": len(document.get("warnings") or ()),
    }


def words_of(kept: KeptValidation) -> str:
    """Say in a line how a model did, on whom, and when."""
    document = kept.document
    cohort = document["cohort"]
    said = [_said("C", document, "c_index") or _said("AUC", document, "auc") or "rank not assessable"]
    calibration = [_said("calibration slope", document, "slope"), _said("E/O", document, "e_over_o")]
    said += [one for one in calibration if one] or ["calibration not assessable"]
    horizon = document.get("horizon_years")
    at = f" at {span_words(horizon)}" if isinstance(horizon, int | float) else ""
    whom = f"{cohort.get('patients', cohort.get('rows', '?'))} patients, {cohort.get('events', '?')} events"
    return f"{', '.join(said)}{at}; {whom}; {cohort_name(document)}; {to_iso(kept.kept_us)[:10]}"


def figures_table(document: Mapping[str, Any]) -> str:
    """Return every figure, of all patients, each hospital and each group, as CSV.

    A figure that could not be assessed has its reason in place of numbers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("by", "group", "figure", "estimate", "low", "high", "not_assessable"))
    for by, group, judged in _judged(document):
        for name in FIGURES:
            found = figure(judged, name)
            ends = ("", "", "") if found is None else tuple(_cell(found[end]) for end in ("estimate", "low", "high"))
            writer.writerow((by, group, name, *ends, "" if found else reason_of(judged, name)))
    return text.getvalue()


def _judged(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    yield "", "", document
    for by, groups in (document.get("by") or {}).items():
        for group, judged in groups.items():
            yield by, str(group), judged


def _cell(value: float | None) -> str:
    return "" if value is None else repr(float(value))


def _said(title: str, document: Mapping[str, Any], name: str) -> str:
    found = figure(document, name)
    if found is None or found["estimate"] is None:
        return ""
    low, high = found["low"], found["high"]
    interval = "" if low is None or high is None else f" ({low:.2f} to {high:.2f})"
    return f"{title} {found['estimate']:.2f}{interval}"


def _count(hospitals: Any, otherwise: int) -> int | None:
    if isinstance(hospitals, list | tuple | dict):
        return len(hospitals)
    return hospitals if isinstance(hospitals, int) else otherwise or None
