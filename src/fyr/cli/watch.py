"""`fyr watch`: replay recordings, simulate patients, check policies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option, progress
from fyr.errors import UsageError

if TYPE_CHECKING:
    from fyr.attention import AlarmEvent, Policy
    from fyr.record import Observation, SampleBatch
    from fyr.watch.replay import Replay

__all__ = ["watch"]


@click.group()
def watch() -> None:
    """Watch the ward: replay recordings, simulate patients, check policies."""


@watch.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--policy", "policy_name", default="haahr2022", show_default=True, help="A shipped policy or a YAML file."
)
@click.option("--speed", default="max", show_default=True, help="How many times faster than life, or max.")
@click.option(
    "--assume", "assumed", multiple=True, metavar="INPUT=VALUE", help="For score inputs that nobody recorded."
)
@click.option(
    "--response",
    default="2 min",
    show_default=True,
    help="Nobody acts in a replay: take notifications as acknowledged after this time, or never.",
)
@click.option("--mapping", type=click.Path(path_type=Path), help="YAML mapping of a table's columns.")
@click.option("--hospital", help="The patients' hospital, where the file does not name one.")
@click.option("--zero-is-missing/--zero-is-a-value", "zero_is_missing", default=None, help="Of WFDB numerics.")
@json_option
def replay(
    path: Path,
    policy_name: str,
    speed: str,
    assumed: tuple[str, ...],
    response: str,
    mapping: Path | None,
    hospital: str | None,
    zero_is_missing: bool | None,
    json_wanted: bool,
) -> None:
    """Run the ward engine over a recording and print what would have been raised.

    PATH is a WFDB record, a folder of them, or a table of vital signs (CSV, Parquet, XLSX).
    """
    from fyr.attention import load_policy
    from fyr.watch.replay import assume, replay_patient

    assumptions = dict(_assumption(text) for text in assumed)
    policy = assume(load_policy(policy_name), assumptions)
    factor = _speed(speed)
    documents = []
    for patient, recordings in _by_patient(path, hospital, mapping, zero_is_missing).items():
        listener = None
        if factor is not None:
            listener = _paced(factor, None if json_wanted else policy)
        result = replay_patient(
            patient,
            [one for recording in recordings for one in recording.series],
            policy,
            observations=[one for recording in recordings for one in recording.observations],
            assumed_response_us=_response(response),
            listener=listener,
        )
        documents.append(
            {
                **result.as_dict(),
                "sources": [recording.source for recording in recordings],
                "skipped": [{"name": s.name, "reason": s.reason} for r in recordings for s in r.skipped],
                "notes": list(dict.fromkeys(note for recording in recordings for note in recording.notes)),
                "assumed": assumptions,
                "research_use_only": True,
            }
        )
        if not json_wanted:
            _print_replay(result, documents[-1])
    if json_wanted:
        as_json(documents[0] if len(documents) == 1 else {"patients": documents, "research_use_only": True})


def _by_patient(path: Path, hospital: str | None, mapping: Path | None, zero_is_missing: bool | None) -> dict[Any, Any]:
    from fyr.exchange.recordings import read_recordings

    grouped: dict[Any, Any] = {}
    for recording in read_recordings(path, hospital=hospital, mapping=mapping, zero_is_missing=zero_is_missing):
        grouped.setdefault(recording.patient, []).append(recording)
    return grouped


def _assumption(text: str) -> tuple[str, float | str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise UsageError(f"'{text}' is no assumption", mend="write --assume INPUT=VALUE, for example consciousness=A")
    try:
        return name, float(value)
    except ValueError:
        return name, value


def _response(text: str) -> int | None:
    return None if text == "never" else _duration(text, "--response")


def _duration(text: str, option: str) -> int:
    from fyr.attention.policy_file import read_duration

    try:
        duration_us = read_duration(text)
    except ValueError as problem:
        raise UsageError(str(problem), where=option) from None
    if duration_us <= 0:
        raise UsageError(f"'{text}' is no time at all", where=option, mend="give a duration longer than 0 s")
    return duration_us


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        raise UsageError(f"'{text}' is no speed", where="--speed", mend="give a number greater than 0, or max")
    return factor


def _paced(factor: float, policy: Policy | None) -> Callable[[int, Sequence[AlarmEvent]], None]:
    began: list[tuple[float, int]] = []

    def listen(now_us: int, events: Sequence[AlarmEvent]) -> None:
        if not began:
            began.append((time.monotonic(), now_us))
        due = began[0][0] + (now_us - began[0][1]) / 1e6 / factor
        time.sleep(max(0.0, due - time.monotonic()))
        for event in events if policy is not None else ():
            _print_event(event)

    return listen


def _print_event(event: AlarmEvent) -> None:
    from fyr.clock import to_iso

    told = f"{event.detail['title']}  " if "title" in event.detail else ""
    click.echo(f"{to_iso(event.time_us)}  {event.kind.value:<15} {event.subject:<18} {told}{event.reason}".rstrip())


def _print_replay(result: Replay, document: dict[str, Any]) -> None:
    policy = result.policy
    click.echo(f"{result.patient}  {document['start']} to {document['end']} ({result.days * 24:.1f} h recorded)")
    click.echo(f"policy {policy.name} {policy.version}: {policy.title}")
    click.echo("\nsignal      usable samples   assessable")
    minutes = result.monitored_us / 60e6
    for name, count in document["valid_samples"].items():
        share = document["assessable_minutes"][name] / minutes
        click.echo(f"  {name:<9} {count:>14,}   {document['assessable_minutes'][name]:>9,.0f} min ({share:.0%})")
    click.echo("\nrule                onsets   raised")
    for key, count in document["onsets"].items():
        raised = sum(1 for one in document["notifications"] if one["rule"] == key)
        click.echo(f"  {key:<16} {count:>7}  {raised:>7}")
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


@watch.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--patients", default=24, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--days", default=1.0, show_default=True, type=click.FloatRange(0.01, 3660))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0))
@click.option("--period", default="60 s", show_default=True, help="Time between samples of the continuous signals.")
@json_option
def simulate(folder: Path, patients: int, days: float, seed: int, period: str, json_wanted: bool) -> None:
    """Write simulated patients to FOLDER: samples, the truth about their deteriorations, and who they are.

    The same seed gives the same patients. Nothing is fitted to real patients.
    """
    from fyr.clock import DAY_US, HOUR_US, from_iso
    from fyr.exchange.sample_folder import write_sample_folder
    from fyr.watch.simulation import SimulatedWard

    start_us = from_iso("2026-01-01T00:00:00Z")
    end_us = start_us + round(days * DAY_US)
    period_us = _duration(period, "--period")
    ward = SimulatedWard(patients, seed=seed, start_us=start_us, until_us=end_us, period_us=period_us)
    observations: list[Observation] = []

    def simulated() -> Iterator[SampleBatch]:
        steps = range(start_us, end_us, 6 * HOUR_US)
        with progress("simulating", len(steps)) as done:
            for step_us in steps:
                samples, written = ward.advance(min(step_us + 6 * HOUR_US, end_us) - 1)
                observations.extend(written)
                done(1)
                yield samples

    count = write_sample_folder(
        folder,
        samples=simulated(),
        truth=[(patient, one.kind, one.onset_us, one.end_us) for patient, one in ward.truth],
        patients=[{"patient": str(stay.patient), **about, **context} for stay, about, context in ward.patients],
        observations=observations,
        note=f"Simulated patients (fyr watch simulate --patients {patients} --days {days:g} --seed {seed} "
        f"--period '{period}'). Not real, and not fitted to real patients.",
    )
    document = {"folder": str(folder), "patients": patients, "samples": count, "deteriorations": len(ward.truth)}
    if json_wanted:
        as_json({**document, "seed": seed, "simulated": True})
    else:
        click.echo(f"{folder}: {count:,} samples of {patients} simulated patients, {len(ward.truth)} deteriorations")


@watch.group()
def policy() -> None:
    """Look at alarm policies."""


@policy.command("list")
@json_option
def list_policies(json_wanted: bool) -> None:
    """List the policies that come with Fyr."""
    from fyr.attention import load_policy, shipped_policies

    policies = [load_policy(name) for name in shipped_policies()]
    if json_wanted:
        rows = [{"name": p.name, "version": p.version, "title": p.title, "rules": len(p.rules)} for p in policies]
        as_json({"policies": rows})
        return
    for one in policies:
        click.echo(f"{one.name:<20} {one.version:<4} {len(one.rules):>3} rules  {one.title}")


@policy.command()
@click.argument("name_or_path")
@json_option
def check(name_or_path: str, json_wanted: bool) -> None:
    """Check a policy and print what it says."""
    from fyr.attention import load_policy

    found = load_policy(name_or_path)
    if json_wanted:
        as_json(
            {
                "name": found.name,
                "version": found.version,
                "digest": found.digest,
                "rules": {rule.key: {"title": rule.title, "priority": rule.priority.value} for rule in found.rules},
            }
        )
        return
    click.echo(f"{found.name} {found.version}: {found.title}\n{found.source}\ndigest {found.digest}\n")
    for rule in found.rules:
        click.echo(f"  {rule.key:<18} {rule.priority.value:<7} {rule.title}")
