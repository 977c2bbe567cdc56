"""`fyr watch simulate`: patients that are not real, with the truth about them written beside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from fyr.cli.duration import option_duration
from fyr.cli.output import as_json, json_option, progress

if TYPE_CHECKING:
    from fyr.record import Observation, SampleBatch

__all__ = ["simulate"]

_SAMPLES_AT_ONCE: Final = 1_000_000
"""Of one signal: so many, about, are held before they are handed on."""


@click.command()
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
    from fyr.clock import DAY_US, from_iso
    from fyr.exchange.sample_folder import write_sample_folder
    from fyr.watch.simulation import SimulatedWard

    start_us = from_iso("2026-01-01T00:00:00Z")
    end_us = start_us + round(days * DAY_US)
    period_us = option_duration(period, "--period")
    ward = SimulatedWard(patients, seed=seed, start_us=start_us, until_us=end_us, period_us=period_us)
    observations: list[Observation] = []

    def simulated() -> Iterator[SampleBatch]:
        step_us = max(1, _SAMPLES_AT_ONCE // patients) * period_us
        steps = range(start_us, end_us, step_us)
        with progress("simulating", len(steps)) as done:
            for from_us in steps:
                samples, written = ward.advance(min(from_us + step_us, end_us) - 1)
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
