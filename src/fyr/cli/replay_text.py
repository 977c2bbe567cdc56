"""A replay as a page of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from fyr.attention import AlarmEvent
    from fyr.watch.replay import Replay

__all__ = ["print_event", "print_replay"]


def print_event(event: AlarmEvent) -> None:
    """Print one line about what just happened."""
    from fyr.clock import to_iso

    told = f"{event.detail['title']}  " if "title" in event.detail else ""
    click.echo(f"{to_iso(event.time_us)}  {event.kind.value:<15} {event.subject:<18} {told}{event.reason}".rstrip())


def print_replay(result: Replay, document: dict[str, Any]) -> None:
    """Print what was read, what would have been raised, what was suppressed and why."""
    policy = result.policy
    click.echo(f"{result.patient}  {document['start']} to {document['end']} ({result.days * 24:.1f} h recorded)")
    click.echo(f"policy {policy.name} {policy.version}: {policy.title}")
    click.echo("\nsignal      usable samples   assessable")
    minutes = result.monitored_us / 60e6
    for name, count in document["valid_samples"].items():
        share = document["assessable_minutes"][name] / minutes
        click.echo(f"  {name:<9} {count:>14,}   {document['assessable_minutes'][name]:>9,.0f} min ({share:.0%})")
    width = max(16, *(len(key) for key in document["onsets"]))
    click.echo(f"\n{'rule':<{width}}   onsets   raised")
    for key, count in document["onsets"].items():
        raised = sum(1 for one in document["notifications"] if one["rule"] == key)
        click.echo(f"  {key:<{width}} {count:>7}  {raised:>7}")
    click.echo("\nnotifications")
    for one in document["notifications"]:
        end = one["cleared_at"] or "still stands"
        click.echo(f"  {one['raised_at']}  {one['priority']:<6} {one['title']} ({one['rule']}), until {end}")
    if not document["notifications"]:
        click.echo("  none")
    click.echo("\nsuppressed, by reason")
    for reason, count in document["suppressed_by_reason"].items():
        click.echo(f"  {count:>5}  {reason}")
    click.echo(
        f"\n{document['alerts_per_patient_day']:.1f} alerts and "
        f"{document['technical_alerts_per_patient_day']:.1f} technical alerts per patient-day"
    )
    for note in document["notes"]:
        click.echo(f"note: {note}")
    click.echo("Research use; not a medical device.")
