"""A comparison of policies as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

__all__ = ["print_comparison"]


def print_comparison(document: Mapping[str, Any]) -> None:
    """Print the data, a line of numbers for each policy, and what they mean."""
    data, definitions = document["data"], document["definitions"]
    click.echo(f"{data['patients']} patients, {data['patient_days']:g} patient-days, truth {data['truth']}")
    if "events" in data:
        kinds = ", ".join(f"{kind} {count}" for kind, count in data["events_by_kind"].items())
        left_out = f"; {data['events_not_judged']} not judged" if data["events_not_judged"] else ""
        click.echo(f"{data['events']} events{left_out}: {kinds or 'none'}")
    click.echo()
    width = max(len(name) for name in document["policies"]) + 2
    click.echo(f"{'':<{width}}{'alerts per patient-day':<36}{_truth_header(document)}not assessable")
    for name, numbers in document["policies"].items():
        load = numbers["alerts_per_patient_day"]
        spread = (
            f"median {_number(load['median'])} [{_number(load['q1'])}-{_number(load['q3'])}] "
            f"mean {_number(load['mean'])}"
        )
        truth = _truth(numbers) if "sensitivity" in numbers else ""
        click.echo(f"{name:<{width}}{spread:<36}{truth}{_percent(numbers['not_assessable_fraction'])}")
    if "pareto" in document:
        front = ", ".join(row["policy"] for row in document["pareto"] if row["on_front"])
        click.echo(f"\nno other policy beats, on mean load and missed events together: {front}")
        click.echo(f"lead time: {definitions['lead_time_min']}\nadded delay: {definitions['added_delay_s']}")
    for place, told in document.get("told_live", {}).items():
        click.echo(f"\n{place} itself told staff of {told['alerts']} alerts and {told['technical']} technical ones")
    for one in document["events_not_judged"]:
        click.echo(f"not judged: {one['event']} of {one['patient']}: {one['reason']}")
    click.echo("Research use only.")


def _truth_header(document: Mapping[str, Any]) -> str:
    if "pareto" not in document:
        return ""
    return f"{'sensitivity':<20}{'PPV':<8}{'lead time (min)':<24}{'added delay (s)':<24}"


def _truth(numbers: Mapping[str, Any]) -> str:
    lead, delay = numbers["lead_time_min"], numbers["added_delay_s"]
    found = f"{_percent(numbers['sensitivity'])} ({numbers['found']}/{numbers['events']})"
    won = f"{_number(lead['median'])} [{_number(lead['q1'])}-{_number(lead['q3'])}]"
    late = f"{_number(delay['median'])}, p95 {_number(delay['p95'])}"
    return f"{found:<20}{_percent(numbers['ppv']):<8}{won:<24}{late:<24}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
