"""What a report says, in order, before it is known whether it becomes HTML or a PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fyr.learn.report.benefit_plot import benefit_plot
from fyr.learn.report.calibration_plot import calibration_plot
from fyr.learn.report.drawing import Picture
from fyr.learn.report.forest_plot import forest_plot, forest_rows
from fyr.learn.report.headline_plot import HEADLINES, headline_figure, headline_plot
from fyr.learn.report.incidence_plot import incidence_plot
from fyr.learn.report.missing_plot import missing_plot
from fyr.learn.report.numbers import figure_text, percent
from fyr.learn.report.words import horizon_words, model_words, three_sentences

__all__ = ["NOT_A_DEVICE", "Block", "Bullets", "Prose", "Report", "Section", "Table", "report_of"]

NOT_A_DEVICE: Final = "Research software, not a medical device. For groups of patients; it decides nothing about one."


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A short list."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; one that stands behind a plot is folded away on a screen.

    Parameters
    ----------
    caption : str
    head : sequence of str
    rows : sequence of sequence of str
    words : int
        How many columns from the left are words; the rest are numbers.
    behind : bool
        The numbers behind a plot.
    titled : bool
        Whether the caption is printed on paper; where the heading says it already, it is for whoever does not see it.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    behind: bool = False
    titled: bool = True


Block = Prose | Bullets | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Parameters
    ----------
    title, subtitle : str
    facts : sequence of (str, str)
        What exactly was judged, on what.
    sections : sequence of Section
    facts_title : str
        Heading of the facts.
    """

    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    facts_title: str = "What exactly was judged"


def report_of(document: Mapping[str, Any]) -> Report:
    """Return the report of a validation.

    Parameters
    ----------
    document : mapping
        What :func:`fyr.learn.validation.validate` gave.
    """
    cohort = document["cohort"]
    event, horizon = cohort["outcome"], horizon_words(document)
    sections = [
        _summary(document),
        _headline(document),
        _calibration(document, event, horizon),
        _benefit(document),
        _thirds(document, event),
        _groups(document),
        _missing(document),
        _tripod(document),
        _method(document),
    ]
    return Report(
        title=f"{model_words(document)} on {cohort['source']}",
        subtitle=f"{event}{f', {horizon}' if horizon else ''}",
        facts=_facts(document),
        sections=[section for section in sections if section.blocks],
    )


def _facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    model, cohort = document["model"], document["cohort"]
    follow_up = (cohort.get("follow_up_years") or {}).get("median")
    facts = [
        ("Model", f"{model.get('title', model['name'])}"),
        ("Output", f"{model['output']} ({model.get('output_title', '')})"),
        ("Digest", model["digest"]),
        ("Cohort", f"{cohort['source']}, SHA-256 {cohort['sha256'] or 'not taken'}"),
        ("Hospitals", _listed(cohort["hospitals"])),
        ("Patients", f"{cohort['patients']:,} in {cohort['rows']:,} rows; {cohort['events']:,} events"),
    ]
    if cohort["competing"]:
        facts.append(("Competing events", f"{cohort['competing']:,}"))
    if follow_up is not None:
        facts.append(("Median follow-up", f"{follow_up:.1f} years"))
    return facts


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _summary(document: Mapping[str, Any]) -> Section:
    blocks: list[Block] = [Prose(sentence, lead=True) for sentence in three_sentences(document)]
    if document["warnings"]:
        blocks.append(Prose("What a reader must know:"))
        blocks.append(Bullets([_sentence(one) for one in document["warnings"]]))
    return Section("What the model did here", blocks)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", ".", "!")) else ".")


def _headline(document: Mapping[str, Any]) -> Section:
    level = f"{document['level']:.0%}".replace("%", " %")
    blocks: list[Block] = []
    picture = headline_plot(document)
    if picture is not None:
        blocks.append(picture)
    rows = [
        (
            title,
            figure_text(headline_figure(document, key), digits=3, as_percent=as_percent),
            _why(document, key, meaning),
        )
        for key, title, meaning, _, _, as_percent in HEADLINES
    ]
    caption = f"Figures with {level} intervals from {document['resamples']:,} resamples of patients"
    blocks.append(Table(caption, ("Figure", "Estimate", "What it means"), rows, words=3, behind=picture is not None))
    return Section("Figures", blocks)


def _why(document: Mapping[str, Any], key: str, meaning: str) -> str:
    part, _, name = key.rpartition(".")
    reasons = (document[part] if part else document).get("not_assessable") or {}
    return f"not assessable: {reasons[name]}" if name in reasons else meaning


def _calibration(document: Mapping[str, Any], event: str, horizon: str) -> Section:
    calibration = document["calibration"]
    blocks: list[Block] = []
    picture = calibration_plot(calibration, event, horizon)
    if picture is None:
        reasons = calibration.get("not_assessable") or {}
        why = next(iter(reasons.values()), "there is no probability")
        return Section("Calibration", [Prose(f"Not assessable: {why}.")])
    blocks.append(
        Prose(
            "A risk is right if of those given 30 %, 30 in 100 have the event. The line shows what came for each "
            "predicted risk, the dots tenths of the patients; on the dashed line prediction and outcome agree. Above "
            "it the model expected too little, below it too much."
        )
    )
    blocks.append(picture)
    groups = calibration.get("groups") or []
    rows = [
        (
            str(place),
            percent(one["predicted"], 1),
            percent(one["observed"], 1),
            _ends(one),
            str(one["rows"]),
            str(one.get("events", "-")),
        )
        for place, one in enumerate(groups, start=1)
    ]
    head = ("Group", "Predicted", "Observed", "Interval", "Rows", "Events")
    blocks.append(Table("Predicted and observed risk by tenths", head, rows, behind=True))
    return Section("Calibration", blocks)


def _ends(one: Mapping[str, Any]) -> str:
    if one.get("low") is None or one.get("high") is None:
        return "-"
    return f"{100 * one['low']:.1f} to {100 * one['high']:.1f} %"


def _benefit(document: Mapping[str, Any]) -> Section:
    benefit = document["net_benefit"]
    picture = benefit_plot(benefit)
    if picture is None:
        reasons = benefit.get("not_assessable") or {}
        why = next(iter(reasons.values()), "there are too few thresholds")
        return Section("What acting on it is worth", [Prose(f"Not assessable: {why}.")])
    text = (
        "Whoever acts from a risk of 10 % accepts nine needless treatments for one that is needed. At each such "
        "threshold the curve counts patients treated rightly, and takes off those treated needlessly at that price. A "
        "model is worth using where it lies above both treating everybody and treating nobody."
    )
    wanted = [
        one
        for one in {float(one["threshold"]): one for one in benefit["curve"]}.values()
        if one.get("estimate") is not None
        and (round(100 * one["threshold"]) % 10 == 0 or one["threshold"] == benefit.get("threshold"))
    ]
    rows = [
        (percent(one["threshold"]), _per_hundred(one["estimate"]), _between(one), _per_hundred(one.get("treat_all")))
        for one in sorted(wanted, key=lambda one: float(one["threshold"]))
        if abs(one["estimate"]) > 1e-9
    ]
    head = ("Threshold", "This model", "Interval", "Treat everybody")
    table = Table("Net benefit per 100 patients; treating nobody is 0", head, rows, behind=True)
    return Section("What acting on it is worth", [Prose(text), picture, table])


def _per_hundred(value: float | None) -> str:
    if value is None:
        return "-"
    text = f"{100 * value:.1f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else "0.0"


def _between(one: Mapping[str, Any]) -> str:
    if one.get("low") is None or one.get("high") is None:
        return "-"
    return f"{_per_hundred(one['low'])} to {_per_hundred(one['high'])}"


def _thirds(document: Mapping[str, Any], event: str) -> Section:
    groups = document["risk_groups"]
    if not groups:
        return Section("Low, middle and high", [])
    blocks: list[Block] = []
    picture = incidence_plot(groups, document["horizon_years"], event)
    if picture is not None:
        way = "Aalen-Johansen: another event may come first" if document["competing"] else "Kaplan-Meier"
        blocks.append(
            Prose(f"Patients in thirds of what the model said, and how many had the event over time ({way}).")
        )
        blocks.append(picture)
    rows = [
        (
            f"{one['name']} third",
            str(one["rows"]),
            str(one["events"]),
            percent(one.get("predicted"), 1),
            percent(one.get("observed"), 1),
        )
        for one in groups
    ]
    head = ("Group", "Rows", "Events", "Expected", "Observed")
    blocks.append(Table("Thirds of the prediction", head, rows, behind=picture is not None))
    return Section("Low, middle and high", blocks)


def _groups(document: Mapping[str, Any]) -> Section:
    if not document["by"]:
        return Section("By hospital and subgroup", [])
    picture = forest_plot(document)
    blocks: list[Block] = [
        Prose(
            "Rank alone can look alike where calibration does not. Grey dots are small groups: judge nothing by them."
        )
    ]
    if picture is not None:
        blocks.append(picture)
    rows = []
    for row in forest_rows(document):
        if row.judged is None:
            rows.append((row.name, *[""] * 6))
            continue
        calibration = row.judged["calibration"]
        rows.append(
            (
                row.name + (" (small)" if row.judged.get("small") else ""),
                f"{row.judged['events']} / {row.judged['rows']}",
                figure_text(row.judged.get("c_index") or row.judged.get("auc")),
                figure_text(calibration.get("slope")),
                figure_text(calibration.get("ici"), as_percent=True),
                figure_text(calibration.get("e_over_o")),
                _benefit_text(row.judged["net_benefit"]),
            )
        )
    head = ("Group", "Events / rows", "Rank", "Slope", "Gap (ICI)", "Expected / observed", "Net benefit per 100")
    blocks.append(Table("Each group by itself", head, rows, behind=True))
    blocks += _reasons(document)
    return Section("By hospital and subgroup", blocks)


def _benefit_text(benefit: Mapping[str, Any]) -> str:
    if benefit.get("estimate") is None:
        return "-"
    between = _between(benefit)
    return _per_hundred(benefit["estimate"]) + ("" if between == "-" else f" ({between})")


def _reasons(document: Mapping[str, Any]) -> list[Block]:
    """Say why figures of some groups are not there, once a reason; what holds for all is said elsewhere."""
    everywhere = set(_why_not(document).values())
    groups: dict[str, list[str]] = {}
    for name, levels in document["by"].items():
        for level, judged in levels.items():
            for reason in dict.fromkeys(_why_not(judged).values()):
                if reason not in everywhere:
                    groups.setdefault(reason, []).append(f"{name} {level}")
    said = [f"Not assessable in part, because {reason}: {_listed(names)}." for reason, names in groups.items()]
    return [Bullets(said)] if said else []


def _why_not(judged: Mapping[str, Any]) -> dict[str, str]:
    found = {**(judged.get("not_assessable") or {}), **(judged["calibration"].get("not_assessable") or {})}
    return {name: reason for name, reason in found.items() if "." not in name}


def _missing(document: Mapping[str, Any]) -> Section:
    missing, refusals = document["missing"], document["refusals"]
    blocks: list[Block] = []
    picture = missing_plot(missing)
    if picture is not None:
        blocks.append(Prose("Inputs in bold are required: a row without one gets no answer. Nothing was filled in."))
        blocks.append(picture)
    rows = [
        (one["name"], "yes" if one["required"] else "no", one["taken_as"], str(one["missing"]), str(one["unreadable"]))
        for one in missing["inputs"]
    ]
    if rows:
        head = ("Input", "Required", "Where it is missing", "Missing", "Not accepted")
        blocks.append(Table(f"Inputs over {missing['rows']:,} rows", head, rows, words=3, behind=picture is not None))
    if refusals:
        reasons = [(one["reason"], f"{one['rows']:,}") for one in refusals]
        refused = document["cohort"]["refused"]
        caption = f"Why {refused:,} {'row' if refused == 1 else 'rows'} got no answer (a row may count twice)"
        blocks.append(Table(caption, ("Reason", "Rows"), reasons))
        blocks += _compared(document["refused_compared"])
    return Section("Missing values and refusals", blocks)


def _compared(compared: Mapping[str, Any]) -> list[Block]:
    answered, refused = compared["answered"], compared["refused"]
    blocks: list[Block] = [
        Prose(
            f"Of those answered {percent(answered['events_share'])} had the event at some time, of those refused "
            f"{percent(refused['events_share'])}. Where the two differ, the figures here speak of those answered only."
        )
    ]
    rows = [
        (one["name"], f"{one['answered']:.4g}", f"{one['refused']:.4g}", _signed(one["standardised_difference"]))
        for one in compared["columns"]
    ]
    if rows:
        head = ("Column", "Mean, answered", "Mean, refused", "Standardised difference")
        blocks.append(Table("Those answered and those refused; 0.1 and more is worth a look", head, rows, behind=True))
    return blocks


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _tripod(document: Mapping[str, Any]) -> Section:
    items = document["tripod_ai"]
    filled = sum(one["filled"] != "no" for one in items)
    rows = [(one["item"], one["asks"], one["filled"], one["text"]) for one in items]
    text = (
        f"TRIPOD+AI asks 27 things of whoever reports a model (Collins 2024, BMJ 385:e078378). This run fills {filled} "
        "of them, most in part; the rest are open, and are the authors' to write."
    )
    table = Table(
        "TRIPOD+AI", ("Item", "What it asks for", "Filled", "What this run knows"), rows, words=4, behind=True
    )
    return Section("For a publication", [Prose(text), table])


def _method(document: Mapping[str, Any]) -> Section:
    items = [
        f"Intervals: percentiles of {document['resamples']:,} resamples of patients, seed {document['seed']}.",
        "Rank: Harrell's C over the whole follow-up, Uno's C and the area under the curve by the horizon.",
        "Calibration: a smooth curve on the complementary log-log scale (Austin 2020), ICI its mean distance from the "
        "ideal; slope and intercept; expected over observed.",
        "Net benefit: Vickers and Elkin 2006. Censoring is allowed for by inverse weights and Kaplan-Meier, competing "
        "events by Aalen-Johansen and Fine-Gray.",
        "A figure that could not be computed says why; none was filled in.",
    ]
    return Section("How this was done", [Bullets(items)])
