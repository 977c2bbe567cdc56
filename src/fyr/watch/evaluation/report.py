"""The comparison of policies as one HTML file: no script, nothing fetched, fit for paper and for dark rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from fyr.attention import Policy
from fyr.record import PatientId, SampleBatch
from fyr.watch.evaluation.course import Course
from fyr.watch.evaluation.document import Compared, Comparison
from fyr.watch.evaluation.report_cases import draw_case, false_alerts, missed_events
from fyr.watch.evaluation.report_plots import hours_plot, pareto_plot
from fyr.watch.evaluation.report_style import STYLE
from fyr.watch.evaluation.report_sweep import sweep_part

__all__ = ["report_page"]

_MOST_FALSE: Final = 60
"""False alerts drawn for a policy; if every tenth are more, so many of them evenly spread, which the page says."""


Look = Callable[[Policy, PatientId], tuple[SampleBatch, Course]]
"""Gives a patient's samples in order of time, and all that a policy said, with the reason of every suppression."""


def report_page(comparison: Comparison, look: Look, document: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    comparison : Comparison
    look : callable
        See :data:`Look`; asked about the patients of the cases drawn, one policy after the other.
    document : mapping
        What ``--json`` prints.
    """
    is_judged = "pareto" in document
    title = "Alarm policies compared" if is_judged else "Alarm load in a silent trial"
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{STYLE}</style></head><body><main><h1>{title}</h1>{_about(document)}",
        f"<h2>Numbers</h2>{_table(document, is_judged=is_judged)}",
    ]
    if is_judged:
        parts.append(
            "<h2>Load against missed events</h2><p>Towards the lower left is better. Circles: no other policy of these "
            "is as good in both and better in one; squares: another one is. In brackets: alerts per patient-day, "
            f"missed events.</p>{pareto_plot(document['pareto'])}"
        )
        parts.append(sweep_part(document["sweep"]) if "sweep" in document else "")
    hours = {name: numbers["load_by_hour"] for name, numbers in document["policies"].items()}
    nurse = document["definitions"]["patients_per_nurse"]
    parts.append(
        f"<h2>Load by hour of the day</h2>{hours_plot(hours)}"
        f"<p class=soft>A nurse with {nurse:g} patients has {nurse:g} times as many an hour.</p>"
    )
    if is_judged:
        parts.append(f"<h2>By kind of event</h2>{_by_event(document)}")
        parts += [_cases(one, look) for one in comparison.policies]
    parts.append(_left_out(document))
    parts.append(_definitions(document["definitions"]))
    return "".join(parts) + "</main></body></html>\n"


def _about(document: Mapping[str, Any]) -> str:
    data = document["data"]
    folders = ", ".join(escape(folder) for folder in document["folders"])
    events = f", {data['events']} true events" if "events" in data else ""
    return (
        f"<p>{data['patients']} patients, {data['patient_days']:g} patient-days{events}, "
        f"{data['start']} to {data['end']}.<br><span class=soft>{folders}</span></p>"
        "<p><strong>Research use only.</strong> Numbers from simulated patients say how policies compare in that "
        "simulation, not what they do on a ward.</p>"
    )


def _table(document: Mapping[str, Any], *, is_judged: bool) -> str:
    heads = ["Policy", "Alerts per patient-day, median [quartiles]", "Mean", "Nine tenths have at most"]
    if is_judged:
        heads += ["Sensitivity", "Missed", "PPV", "Lead time, min", "Added delay, s"]
    heads += ["Not assessable", "Technical per patient-day"]
    rows = "".join(_row(name, numbers, is_judged=is_judged) for name, numbers in document["policies"].items())
    head = "".join(f"<th scope=col>{head}</th>" for head in heads)
    return (
        f"<div class=scroll tabindex=0><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        "<p class=soft>Small: 95 % interval, over resamples of the patients.</p>"
    )


def _row(name: str, numbers: Mapping[str, Any], *, is_judged: bool) -> str:
    load, around = numbers["alerts_per_patient_day"], numbers["interval_95"]
    cells = [
        f"{_number(load['median'])} [{_number(load['q1'])} to {_number(load['q3'])}]"
        f"{_interval(around['alerts_per_patient_day_median'])}",
        f"{_number(load['mean'])}{_interval(around['alerts_per_patient_day_mean'])}",
        _number(load["worst_decile"]),
    ]
    if is_judged:
        lead, delay = numbers["lead_time_min"], numbers["added_delay_s"]
        cells += [
            f"{_percent(numbers['sensitivity'])}{_interval(around['sensitivity'], percent=True)}"
            f"<small>by chance {_percent(numbers['sensitivity_by_chance'])}</small>",
            f"{numbers['missed']} of {numbers['events']}",
            f"{_percent(numbers['ppv'])}{_interval(around['ppv'], percent=True)}",
            f"{_number(lead['median'])} [{_number(lead['q1'])} to {_number(lead['q3'])}]"
            f"{_interval(around['lead_time_min_median'])}",
            f"{_number(delay['median'])}<small>p95 {_number(delay['p95'])}</small>",
        ]
    cells += [_percent(numbers["not_assessable_fraction"]), _number(numbers["technical_alerts_per_patient_day"])]
    head = f"<th scope=row>{escape(name)}<small class=soft> {escape(numbers['title'])}</small></th>"
    return f"<tr>{head}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _by_event(document: Mapping[str, Any]) -> str:
    policies = document["policies"]
    kinds = sorted({kind for numbers in policies.values() for kind in numbers["by_event"]})
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in policies)
    rows = []
    for kind in kinds:
        cells = []
        for numbers in policies.values():
            found = numbers["by_event"][kind]
            lead = found["lead_time_min"]["median"]
            won = f"<small>lead {_number(lead)} min</small>" if lead is not None else ""
            cells.append(f"<td>{found['found']} of {found['events']} found{won}</td>")
        rows.append(f"<tr><th scope=row>{escape(kind)}</th>{''.join(cells)}</tr>")
    return (
        f"<div class=scroll tabindex=0><table><thead><tr><th scope=col>Event</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cases(one: Compared, look: Look) -> str:
    missed = missed_events(one)
    false, count = false_alerts(one, _MOST_FALSE)
    every_tenth = -(-count // 10)
    which = "every tenth is drawn" if len(false) == every_tenth else f"{len(false)} of every tenth are drawn"
    drawn = {
        "missed": "".join(draw_case(case, *look(one.policy, case.patient)) for case in missed),
        "false": "".join(draw_case(case, *look(one.policy, case.patient)) for case in false),
    }
    return (
        f"<h2>{escape(one.name)}: missed events</h2>{drawn['missed'] or '<p>None.</p>'}"
        f"<h2>{escape(one.name)}: false alerts</h2><p>{count} alerts outside every event's window; {which}.</p>"
        f"{drawn['false']}"
    )


def _left_out(document: Mapping[str, Any]) -> str:
    lines = [
        f"{one['event']} of {one['patient']} ({one['onset']}): {one['reason']}" for one in document["events_not_judged"]
    ]
    lines += [f"{patient}: no samples" for patient in document["patients_without_samples"]]
    lines += [
        f"{patient}: nothing in the recording is usable; not counted in the load, its events count as missed"
        for patient in document["patients_without_usable_signal"]
    ]
    if not lines:
        return ""
    return f"<h2>Left out, and why</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _definitions(definitions: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(str(text))}</dd>" for name, text in definitions.items()
    )
    return f"<h2>What the numbers mean</h2><dl>{rows}</dl>"


def _interval(ends: Sequence[float] | None, *, percent: bool = False) -> str:
    if ends is None:
        return ""
    shown = _percent if percent else _number
    return f"<small>{shown(ends[0])} to {shown(ends[1])}</small>"


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{100 * value:.1f} %"
