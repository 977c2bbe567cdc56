"""What a recalibration says to a person: before and after, side by side, and the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fyr.learn.spans import span_words

__all__ = ["as_text"]

_ROWS: Final = (
    ("ici", "ICI: mean distance of predicted from observed"),
    ("e_over_o", "expected over observed events"),
    ("in_the_large", "calibration in the large"),
    ("slope", "calibration slope"),
    ("intercept", "calibration intercept"),
    ("brier", "Brier score"),
    ("c_index", "C-index"),
    ("auc", "AUC"),
)


def as_text(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines."""
    model, cohort = document["model"], document["cohort"]
    horizon = document["horizon_years"]
    by = "" if horizon is None else f" within {span_words(horizon)}"
    yield f"{model['title']} ({model['name']} {model['version']}, {model['digest'][:12]}), output {model['output']}"
    yield (
        f"{document['outcome']}{by}: {cohort['answered']} of {cohort['rows']} rows answered, {cohort['patients']} "
        f"patients, {cohort['events']} events" + ("" if horizon is None else f", {cohort['events_by_horizon']} by then")
    )
    for warning in document["warnings"]:
        yield f"  note: {warning}"
    yield ""
    yield f"Method: {document['method']}"
    if document["choice"]:
        choice = document["choice"]
        yield f"  chosen by {choice['how']}: {choice['reason']}"
        for name, reason in choice["left_out"].items():
            yield f"  not considered, {name}: {reason}"
    for name in ("intercept", "slope"):
        if name in document["parameters"]:
            yield f"  {name} {_interval(document['parameters'][name])}"
    yield ""
    promised = document["promise"]
    yield f"On patients held out ({promised['folds']} folds, {promised['repeats']} repeats)"
    yield from _beside(promised)
    if document["held_out"]:
        yield f"\nOn the {document['held_out']['rows']} rows of the test part"
        yield from _beside(document["held_out"])
    for hospital, figures in promised.get("unseen_hospital", {}).items():
        yield f"\nAt {hospital or 'the hospital without a name'}, had it no outcomes of its own"
        yield from [f"  refused: {figures['refused']}"] if "refused" in figures else _beside(figures)
    if document["conformal"]:
        yield from _conformal(document["conformal"])
    if document["abstention"]:
        yield from _abstention(document["abstention"])
    yield ""
    yield (
        f"Advice: {'recalibrate' if document['advice']['recalibrate'] else 'do not recalibrate'}: "
        + (document["advice"]["reason"])
    )
    if document["written"]:
        written = document["written"]
        yield f"Written to {written['folder']}: {written['name']} {written['version']} ({written['digest'][:12]})"
        yield f"  {'signed with the key ' + written['key'] if written['key'] else 'unsigned'}"


def _beside(figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {'':46} {'as it is':<26} recalibrated"
    for key, title in _ROWS:
        if figures["before"][key] is None and figures["after"][key] is None:
            reason = figures["before"]["not_assessable"].get(key, "")
            yield f"  {title:46} not assessable: {reason}"
            continue
        yield f"  {title:46} {_interval(figures['before'][key]):<26} {_interval(figures['after'][key])}"


def _conformal(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "\nCoverage of conformal sets"
    yield _coverage("patients held out", figures["held_out_patients"])
    for key, title in (
        ("by_hospital", "{}, thresholds of all"),
        ("own_thresholds", "{}, its own thresholds"),
        ("unseen_hospital", "{}, thresholds of the others"),
    ):
        for hospital, found in figures.get(key, {}).items():
            yield _coverage(title.format(hospital), found)


def _coverage(title: str, found: Mapping[str, Any]) -> str:
    if "refused" in found:
        return f"  {title:46} refused: {found['refused']}"
    coverage = found["coverage"]
    classes = ", ".join(
        f"{name} {coverage[key]['estimate']:.1%}"
        for key, name in (("event", "of events"), ("no_event", "of the others"))
        if coverage[key]
    )
    one = found["sets"]["event"] + found["sets"]["no_event"]
    return f"  {title:46} {_interval(coverage['all'])}; {classes}; one answer alone in {one:.0%}"


def _abstention(figures: Mapping[str, Any]) -> Iterator[str]:
    yield "\nThe error with those left out of whom the model is least sure"
    yield _fall("patients held out", figures["held_out_patients"])
    for hospital, found in figures.get("unseen_hospital", {}).items():
        yield _fall(f"{hospital}, the rule of the others", found)


def _fall(title: str, found: Mapping[str, Any]) -> str:
    if found["error_all"] is None or found["error_answered"] is None:
        return f"  {title:46} no error to tell"
    fall = "" if found["fall"]["estimate"] is None else f": less by {_interval(found['fall'])}"
    return (
        f"  {title:46} {found['error_all']:.1%} of all, {found['error_answered']:.1%} of the answered "
        f"({found['left_out']:.0%} left out){fall}"
    )


def _interval(figure: Any) -> str:
    if figure is None:
        return "not assessable"
    if isinstance(figure, float):
        return f"{figure:.3f}"
    if figure["estimate"] is None:
        return "not assessable"
    ends = figure["low"], figure["high"]
    return f"{figure['estimate']:.3f}" + ("" if None in ends else f" ({ends[0]:.3f} to {ends[1]:.3f})")
