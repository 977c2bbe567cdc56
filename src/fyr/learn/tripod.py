"""Items of TRIPOD+AI that a validation can fill by itself, and those that its authors must.

Source: Collins GS, Moons KGM, Dhiman P, et al. TRIPOD+AI statement: updated guidance for reporting clinical prediction
models that use regression or machine learning methods. BMJ 2024;385:e078378 (27 items; their letters are theirs). What
an item asks for is said in our own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fyr.learn.spans import span_words

__all__ = ["tripod_items"]

_ITEMS: Final[tuple[tuple[str, str], ...]] = (
    ("1", "Title: that a model is evaluated, in whom, for which outcome"),
    ("2", "Abstract"),
    ("3", "Background: why, for whom, known inequalities"),
    ("4", "Objectives"),
    ("5", "Where the data come from, and from when"),
    ("6", "Setting, who was eligible, treatments received"),
    ("7", "How the data were prepared, in all groups alike"),
    ("8", "The outcome, its horizon and who assessed it"),
    ("9", "The predictors, how and when measured"),
    ("10", "Sample size"),
    ("11", "Missing data"),
    ("12", "Methods of analysis and measures of performance"),
    ("13", "Imbalance of the classes, if anything was done about it"),
    ("14", "Fairness: what was done about it"),
    ("15", "What the model gives, and which thresholds were used"),
    ("16", "Differences between training and evaluation"),
    ("17", "Ethical approval"),
    ("18", "Funding, interests, protocol, registration, data and code"),
    ("19", "Involvement of patients and the public"),
    ("20", "Flow of participants, their characteristics"),
    ("21", "Numbers of participants and events in each analysis"),
    ("22", "The model in full"),
    ("23", "Performance with intervals, by centre and subgroup"),
    ("24", "Updating of the model"),
    ("25", "Interpretation, fairness considered"),
    ("26", "Limitations"),
    ("27", "Use in care: poor or missing inputs, who must interact, what next"),
)


def tripod_items(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every item, with what the run knows of it.

    Parameters
    ----------
    document : mapping
        The validation, all but this.

    Returns
    -------
    list of dict
        ``item`` (its number), ``asks``, ``filled`` (``yes``, ``in part`` or ``no``) and ``text``; an item that is open
        says that the authors must fill it.
    """
    known = _known(document)
    items = []
    for number, asks in _ITEMS:
        filled, text = known.get(number, ("no", "Open: the run knows nothing of it; the authors must say."))
        items.append({"item": number, "asks": asks, "filled": filled, "text": text})
    return items


def _known(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    model, cohort = document["model"], document["cohort"]
    horizon = document["horizon_years"]
    when = f"by {span_words(horizon)}" if horizon else "as it is there or not"
    called = f"{model['name']} {model['version']}"
    places = ", ".join(cohort["hospitals"][:6]) + (" and more" if len(cohort["hospitals"]) > 6 else "")
    follow_up = (cohort.get("follow_up_years") or {}).get("median")
    median = "" if follow_up is None else f"; median follow-up {follow_up:.1f} years"
    missing = [one for one in document["missing"]["inputs"] if one["share"]]
    groups = ", ".join(document["by"]) or "nothing: no group was asked for"
    threshold = document["net_benefit"].get("threshold")
    shown = f"; net benefit at {threshold:g}" if threshold is not None else ""
    known = {
        "1": ("in part", f"An evaluation of {called} for {cohort['outcome']} {when}."),
        "5": (
            "in part",
            f"{cohort['source']} (SHA-256 {cohort['sha256'][:12] if cohort['sha256'] else 'not taken'}{median}).",
        ),
        "6": (
            "in part",
            f"Hospitals: {places}. Eligibility and treatments are the authors' to say.",
        ),
        "8": (
            "in part",
            f"{cohort['outcome']} {when}{', competing events told apart' if cohort['competing'] else ''}.",
        ),
        "9": ("in part", f"{len(document['missing']['inputs'])} inputs, as the model's card defines them."),
        "10": (
            "in part",
            f"All rows with a known outcome and an answer: {document['rows']}, with {document['events']} events.",
        ),
        "11": (
            "yes",
            f"{len(missing)} of {len(document['missing']['inputs'])} inputs were missing somewhere; a row that the "
            f"model refused is left out ({cohort['refused']} of {cohort['rows']}), nothing was imputed by this run.",
        ),
        "12": (
            "yes",
            "Rank, calibration, Brier score and net benefit; percentile intervals from "
            f"{document['resamples']} resamples of patients; censoring by inverse weights.",
        ),
        "15": ("yes", f"Output {model['output']}, read as a {model.get('reading', 'risk')}{shown}."),
        "20": (
            "in part",
            f"{cohort['rows']} rows of {cohort['patients']} patients, {cohort['answered']} answered, "
            f"{cohort['refused']} refused with reasons; those refused are compared with the others.",
        ),
        "21": ("yes", f"{document['rows']} rows, {document['events']} events; by group in the tables."),
        "22": (
            "in part",
            f"Pinned by its digest {model['digest'][:12]}; the card holds its parameters or where they are.",
        ),
        "23": ("yes", f"In the tables and plots, with intervals; by {groups}."),
        "27": ("in part", "What the model does where an input is missing is in the table of missing values."),
    }
    if document["by"]:
        known["14"] = ("in part", f"Performance is shown by {groups}; whether that is fair is for the authors to say.")
    return known
