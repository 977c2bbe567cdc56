"""What a validation found, in three short sentences, and what would follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fyr.learn.report.numbers import interval_text, percent, plain
from fyr.learn.spans import span_words

__all__ = ["horizon_words", "model_words", "needs_recalibration", "three_sentences"]

_RANKS: Final = ((0.55, "hardly better than chance"), (0.65, "weakly"), (0.75, "fairly well"), (0.85, "well"))


def model_words(document: Mapping[str, Any]) -> str:
    """Return the model as a person calls it: its title up to a colon, what was done to it, and its version."""
    model = document["model"]
    title, *rest = str(model.get("title") or model["name"]).split(": ")
    if rest and rest[-1].startswith("recalibrated"):
        title = f"{title}, {rest[-1]}"
    version = str(model["version"])
    said = re.search(rf"(?<![\w.]){re.escape(version)}(?![\w.])", title)
    return title if said or " " in version else f"{title} ({version})"


def horizon_words(document: Mapping[str, Any]) -> str:
    """Return ``by 10 years``, or nothing for an outcome without times."""
    years = document["horizon_years"]
    if not years:
        return ""
    return f"by {span_words(years)}"


def three_sentences(document: Mapping[str, Any]) -> list[str]:
    """Return what the model did here: for whom it spoke, how right it was, what acting on it would be worth."""
    return [_for_whom(document), _how_right(document), _worth(document)]


def needs_recalibration(document: Mapping[str, Any]) -> bool:
    """Tell whether the intervals rule out that the risks are right as they are."""
    for key in ("slope", "e_over_o"):
        figure = document["calibration"].get(key)
        if figure and figure.get("low") is not None and not figure["low"] <= 1 <= figure["high"]:
            return True
    return False


def _for_whom(document: Mapping[str, Any]) -> str:
    cohort = document["cohort"]
    ranks = document["model"].get("reading") == "rank"
    refused = f"; {cohort['refused']:,} got no answer" if cohort["refused"] else ""
    event = f"{cohort['outcome']} {horizon_words(document)}".strip()
    few = "; too few with it, or too few without it, to judge anything by" if document.get("small") else ""
    verb = "ranked" if ranks else "gave a risk to"
    return (
        f"{model_words(document)} {verb} {cohort['answered']:,} of {cohort['rows']:,} rows{refused}. "
        f"{_events(document)} of those answered had the event ({event}){few}."
    )


def _events(document: Mapping[str, Any]) -> str:
    return f"{document.get('events_by_horizon', document['events']):,}"


def _how_right(document: Mapping[str, Any]) -> str:
    rank = document.get("c_index") or document.get("auc")
    if not rank or rank.get("estimate") is None:
        reasons = document.get("not_assessable") or {}
        why = reasons.get("c_index") or reasons.get("auc") or "the data do not determine it"
        return f"How well it ranks patients cannot be said: {why}."
    value = rank["estimate"]
    how = next((word for limit, word in _RANKS if value < limit), "very well")
    if value < 0.45:
        how = "the wrong way round"
    interval = interval_text(rank)
    said = f"It ranks patients {how}: {_name(document)} {plain(rank)}{f' ({interval})' if interval else ''}"
    return f"{said}. {_calibration(document)}".strip()


def _name(document: Mapping[str, Any]) -> str:
    timed = document.get("horizon_years") is not None
    return "C-index" if timed and document.get("c_index") else "area under the curve"


def _calibration(document: Mapping[str, Any]) -> str:
    ratio, gap = document["calibration"].get("e_over_o"), document["calibration"].get("ici")
    observed = document.get("observed_risk")
    if document["model"].get("reading") == "rank":
        return "It gives no probability, so nothing is said about calibration."
    if not ratio or ratio.get("estimate") is None or not observed or observed.get("estimate") is None:
        return "Whether its risks are right cannot be said here."
    seen = observed["estimate"]
    expected = ratio["estimate"] * seen
    low, high = ratio.get("low"), ratio.get("high")
    verdict = "its risks are right on the whole"
    if low is not None and high is not None and (high < 1 or low > 1):
        verdict = "its risks are too low" if high < 1 else "its risks are too high"
    typical = (
        f", and a typical risk is off by {plain(gap, as_percent=True)}"
        if gap and gap.get("estimate") is not None
        else ""
    )
    typical = typical.replace(" %", " points")
    return f"It expected the event in {percent(expected)}, and {percent(seen)} had it: {verdict}{typical}."


def _worth(document: Mapping[str, Any]) -> str:
    benefit = document["net_benefit"]
    here, at, everyone = benefit.get("estimate"), benefit.get("threshold"), benefit.get("treat_all")
    if here is None or at is None:
        return "What acting on it is worth cannot be said: net benefit needs a probability and followed patients."
    best = max(everyone or 0.0, 0.0)
    against = "treating everybody" if (everyone or 0.0) > 0 else "treating nobody"
    gain = 100 * (here - best)
    if gain < 0.05:
        worth = f"does no better than {against}"
    else:
        worth = f"treats {gain:.1f} more in 100 rightly than {against}, needless treatments weighed in"
    advice = " Recalibrate it here before its risks are shown." if needs_recalibration(document) else ""
    return f"Acting on risks of {percent(at)} and more {worth}.{advice}"
