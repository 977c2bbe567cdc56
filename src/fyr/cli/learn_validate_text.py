"""A validation on a terminal: three sentences, the figures, each group in a line, and what a reader must know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

__all__ = ["validation_text"]

_WIDTH = 100


def validation_text(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines."""
    from fyr.learn.report.contents import NOT_A_DEVICE
    from fyr.learn.report.words import horizon_words, model_words, three_sentences

    cohort = document["cohort"]
    yield f"{model_words(document)} on {cohort['source']}: {cohort['outcome']} {horizon_words(document)}".rstrip()
    yield f"digest {document['model']['digest'][:12]}, output {document['model']['output']}"
    yield NOT_A_DEVICE
    yield ""
    for sentence in three_sentences(document):
        yield click.wrap_text(sentence, width=_WIDTH)
    yield ""
    yield from _figures(document)
    yield from _groups(document)
    yield from _refusals(document)
    if document["warnings"]:
        yield "\nWhat a reader must know"
        for warning in document["warnings"]:
            yield click.wrap_text(f"- {warning}", width=_WIDTH, initial_indent="  ", subsequent_indent="    ")


def _figures(document: Mapping[str, Any]) -> Iterator[str]:
    from fyr.learn.report.headline_plot import HEADLINES, headline_figure
    from fyr.learn.report.numbers import figure_text

    absent: dict[str, list[str]] = {}
    for key, title, meaning, _, _, as_percent in HEADLINES:
        figure = headline_figure(document, key)
        if figure is not None:
            yield f"  {title:30} {figure_text(figure, digits=3, as_percent=as_percent):28} {meaning}"
            continue
        part, _, name = key.rpartition(".")
        reasons = (document[part] if part else document).get("not_assessable") or {}
        absent.setdefault(reasons.get(name, "the data do not determine it"), []).append(
            title.partition(" (")[0].lower()
        )
    benefit = document["net_benefit"]
    if benefit.get("estimate") is not None:
        everybody = benefit.get("treat_all")
        other = "" if everybody is None else f" (treat everybody {100 * everybody:.1f})"
        yield f"  {'Net benefit per 100':30} {100 * benefit['estimate']:.1f} at {100 * benefit['threshold']:g} %{other}"
    for reason, titles in absent.items():
        yield click.wrap_text(
            f"Not assessable, because {reason}: {', '.join(titles)}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
    level, resamples = document["level"], document["resamples"]
    yield f"  Intervals: {100 * level:g} %, {resamples} resamples of patients, seed {document['seed']}"


def _groups(document: Mapping[str, Any]) -> Iterator[str]:
    from fyr.learn.report.numbers import figure_text

    ranks_only = document["model"].get("reading") == "rank"
    for name, levels in document["by"].items():
        yield f"\nBy {name}"
        titles = "" if ranks_only else f"{'slope':20} {'gap (ICI)':18} expected/observed"
        yield f"  {'':22} {'events/rows':>13}  {'rank':20} {titles}".rstrip()
        for level, judged in levels.items():
            calibration = judged["calibration"]
            shown = level if len(level) <= 20 else f"{level[:19]}~"
            counted = f"{judged['events']}/{judged['rows']}"
            rank = figure_text(judged.get("c_index") or judged.get("auc"))
            slope, gap = figure_text(calibration.get("slope")), figure_text(calibration.get("ici"), as_percent=True)
            rest = "" if ranks_only else f"{slope:20} {gap:18} {figure_text(calibration.get('e_over_o'))}"
            small = "  (small)" if judged.get("small") else ""
            yield f"  {shown:22} {counted:>13}  {rank:20} {rest}{small}".rstrip()


def _refusals(document: Mapping[str, Any]) -> Iterator[str]:
    if not document["refusals"]:
        return
    refused_rows = document["cohort"]["refused"]
    yield f"\n{refused_rows} {'row' if refused_rows == 1 else 'rows'} got no answer"
    for one in document["refusals"]:
        yield f"  {one['rows']:>7}  {one['reason']}"
    answered, refused = (document["refused_compared"][side]["events_share"] for side in ("answered", "refused"))
    if answered is not None and refused is not None:
        yield f"  {100 * refused:.0f} % of them had the event at some time, {100 * answered:.0f} % of those answered"
