"""What ``fyr learn train`` says to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fyr.learn.spans import span_words

__all__ = ["as_text"]

_INPUTS: Final = 10
_HOSPITALS: Final = 20
_REFUSALS: Final = 5


def as_text(document: Mapping[str, Any]) -> str:
    """Return the result as a page of text."""
    return "\n".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    model, data, figures = document["model"], document["data"], document["nested_cv"]
    signed = "unsigned" if model["key"] is None else f"signed with key {model['key']}"
    yield f"{model['name']} {model['version']} ({model['digest'][:12]}), {model['kind']}, {signed}: {model['folder']}"
    hospitals = len(data["hospitals"])
    yield (
        f"trained on {data['rows']} rows of {data['patients']} patients, {data['events']} with the event, "
        f"{hospitals} hospital{'' if hospitals == 1 else 's'}; {sum(data['predictors'].values())} predictors"
    )
    yield ""
    years = figures["horizon_years"]
    by_when = "" if years is None else f", by {span_words(years)}"
    letter = "AUC" if years is None else "C"
    yield f"Patients it never saw ({figures['how']}){by_when}:"
    yield from _figures(figures)
    if figures["cohort"]["refused"]:
        yield f"  of {figures['cohort']['rows']} rows {figures['cohort']['refused']} were refused:"
        for one in figures["refusals"][:_REFUSALS]:
            yield f"  {one['rows']:>6}  {one['reason']}"
    for name, further in document["horizons"].items():
        yield f"  {name}:"
        yield from _figures(further)
    hospital_figures = figures["by"].get("hospital", {})
    if len(hospital_figures) > 1:
        yield "\nBy hospital:"
        largest = sorted(hospital_figures, key=lambda name: (-hospital_figures[name]["rows"], name))[:_HOSPITALS]
        for name in [one for one in hospital_figures if one in largest]:
            one = hospital_figures[name]
            rank = one.get("c_index") or one.get("auc")
            slope = (one.get("calibration") or {}).get("slope")
            counts = f"{one['rows']:>6} rows {one['events']:>5} events"
            yield f"  {name[:24]:24} {counts}  {letter} {_figure(rank):24} slope {_figure(slope)}"
        if len(hospital_figures) > len(largest):
            yield f"  and {len(hospital_figures) - len(largest)} smaller ones: --json and --report have them"
    yield "\nAgainst its rivals, on the rows that both answer:"
    for rival in document["rivals"]:
        yield from _rival(rival)
    yield f"\nWhat moves it most (mean absolute {_scale(document)}):"
    explanation = document["explanation"]
    if len(explanation["modalities"]) > 1:
        yield "  " + ", ".join(f"{name} {value:.3f}" for name, value in explanation["modalities"].items())
    for one in explanation["inputs"][:_INPUTS]:
        yield f"  {one['input'][:40]:40} {one['mean_absolute']:.4f}"
    if document["warnings"]:
        yield "\nMind:"
        for warning in document["warnings"]:
            yield f"  - {warning}"
    yield "\nResearch use only. Judge it on another hospital's patients before it is believed: fyr learn validate."


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    calibration = figures["calibration"]
    listed = (
        ("C", figures.get("c_index")),
        ("AUC", figures.get("auc")),
        ("Brier score", figures.get("brier")),
        ("scaled Brier score", figures.get("scaled_brier")),
        ("calibration slope", calibration.get("slope")),
        ("calibration error (ICI)", calibration.get("ici")),
        ("expected over observed", calibration.get("e_over_o")),
    )
    for name, value in listed:
        if value is not None:
            yield f"  {name:26} {_figure(value)}"


def _rival(rival: Mapping[str, Any]) -> Iterator[str]:
    rank = "auc" if "auc" in rival else "c_index"
    found = rival.get(rank)
    if found is None:
        yield f"  {rival['name'][:28]:28} not assessable"
        return
    word = {True: "beaten", False: "not beaten"}.get(rival["beats"], "?")
    if found["verdict"] == "is beaten":
        word = "BETTER than the new model"
    letter = "AUC" if rank == "auc" else "C"
    yield (
        f"  {rival['name'][:28]:28} {letter} {found['rival']:.3f} against {found['model']:.3f}, "
        f"difference {_figure(found['difference'])}: {word}"
    )
    others = [
        f"{name.replace('_', ' ')} {_figure(rival[name]['difference'])} ({rival[name]['verdict']})"
        for name in ("brier", "net_benefit")
        if rival.get(name)
    ]
    if others:
        yield f"  {'':28} {'; '.join(others)}"
    for note in rival["notes"]:
        yield f"  {'':28} {note}"


def _figure(value: Mapping[str, Any] | None) -> str:
    """Return ``0.700 (0.650 to 0.750)``."""
    if value is None or value.get("estimate") is None:
        return "not assessable"
    if value.get("low") is None:
        return f"{value['estimate']:.3f}"
    return f"{value['estimate']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def _scale(document: Mapping[str, Any]) -> str:
    return "log odds" if document["nested_cv"]["horizon_years"] is None else "score"
