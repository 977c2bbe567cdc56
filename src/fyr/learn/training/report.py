"""The report of a training: that of its nested cross-validation, with the rivals and what moved the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from fyr.learn.report.contents import Block, Bullets, Prose, Report, Section, Table, report_of

__all__ = ["training_report"]

_INPUTS: Final = 20
_VERDICTS: Final = {
    "beats": "the new model is better",
    "is beaten": "the rival is better",
    "no difference shown": "no difference shown",
}
_FIGURES: Final = (
    ("c_index", "C", 3),
    ("auc", "AUC", 3),
    ("brier", "Brier score", 4),
    ("net_benefit", "Net benefit", 4),
)


def training_report(document: Mapping[str, Any]) -> Report:
    """Return the report.

    Parameters
    ----------
    document : mapping
        What :func:`fyr.learn.training.making.make_model` gave.
    """
    figures = {**document["nested_cv"], "warnings": document["warnings"]}
    whole = report_of(figures)
    first, *others = whole.sections
    return replace(
        whole,
        title=f"{document['model']['name']}, trained and judged on {document['data']['source']}",
        sections=[_how(document), first, _rivals(document), _moved(document), *others],
    )


def _how(document: Mapping[str, Any]) -> Section:
    data, figures = document["data"], document["nested_cv"]
    chosen = {name: one["chosen"] for name, one in document["tuning"]["final"].items()}
    settings = [f"{name}: {', '.join(f'{key} {value}' for key, value in one.items())}" for name, one in chosen.items()]
    return Section(
        "How it was made and judged",
        [
            Prose(
                f"Trained on {data['rows']:,} rows of {data['patients']:,} patients; {data['events']:,} rows have the "
                "event. "
                f"Every figure here is of patients that the model predicting them had never seen ({figures['how']}; "
                f"tuning, selection and fusion anew in each, by {figures['inner_folds']} inner folds).",
                lead=True,
            ),
            Bullets(settings),
        ],
    )


def _rivals(document: Mapping[str, Any]) -> Section:
    rows = []
    for rival in document["rivals"]:
        for key, title, digits in _FIGURES:
            found = rival.get(key)
            if not found:
                continue
            difference = found["difference"]
            ends = "-"
            if difference["low"] is not None:
                ends = f"{difference['low']:+.{digits}f} to {difference['high']:+.{digits}f}"
            rows.append(
                (
                    rival["name"],
                    title,
                    _VERDICTS[found["verdict"]],
                    f"{found['model']:.{digits}f}",
                    f"{found['rival']:.{digits}f}",
                    f"{difference['estimate']:+.{digits}f}",
                    ends,
                )
            )
    head = ("Rival", "Figure", "Verdict", "New model", "Rival", "Difference", "Interval")
    notes = [f"{rival['name']}: {note}" for rival in document["rivals"] for note in rival["notes"]]
    blocks: list[Block] = [
        Prose(
            "Both are judged on the same held-out patients, and drawn together in each resample. One is called better "
            "only where the interval of the difference leaves out 0."
        ),
        Table("Against its rivals, on the rows that both answer", head, rows, words=3),
    ]
    return Section("Is it better than what there was?", [*blocks, *([Bullets(notes)] if notes else [])])


def _moved(document: Mapping[str, Any]) -> Section:
    explanation = document["explanation"]
    rows = [(one["input"], one["modality"], f"{one['mean_absolute']:.4f}") for one in explanation["inputs"][:_INPUTS]]
    blocks: list[Block] = [Prose(f"{explanation['method']}. They say what moves the model, not what causes the event.")]
    if len(explanation["modalities"]) > 1:
        together = [(name, f"{value:.4f}") for name, value in explanation["modalities"].items()]
        blocks.append(Table("Modalities", ("Modality", "Mean absolute value"), together))
    blocks.append(Table("Inputs", ("Input", "Modality", "Mean absolute value"), rows, words=2))
    return Section("What moves it", blocks)
