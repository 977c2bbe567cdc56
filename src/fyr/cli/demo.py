"""``fyr demo``: the demonstration hospital."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from fyr.cli.home import set_home
from fyr.cli.output import progress
from fyr.cli.serve import (
    host_option,
    nurses_option,
    port_option,
    say_how_to_sign_in,
    warn_of_exposure,
)
from fyr.cli.serving import serve_until_stopped

if TYPE_CHECKING:
    from fyr.exchange.samples import Archive, Sample
    from fyr.serve.installation import Installation

__all__ = ["demo", "fetch_for_demonstration"]

_SHOWN: Final = 6
"""Open samples that the greeting names."""


@click.command()
@port_option
@host_option
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".fyr-demo"),
    show_default=True,
    help="The demonstration's folder.",
)
@click.option("--beds", type=click.IntRange(1, 500), help="How many beds (24 unless the folder says otherwise).")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed, other simulated patients.")
@click.option(
    "--hours", type=click.FloatRange(0.5, 24), default=5.0, show_default=True, help="How much past a new ward has."
)
@click.option("--new-passwords", is_flag=True, help="Make and print new passwords for the accounts that are there.")
@click.option("--fresh", is_flag=True, help="Erase the demonstration in the folder first.")
@click.option(
    "--speed", type=click.FloatRange(0.1, 600), default=1.0, show_default=True, help="How fast the ward's time runs."
)
@nurses_option
@click.option(
    "--samples",
    "samples_wanted",
    is_flag=True,
    help="Fetch open data of real patients first: cohorts, a breast plan, a CT.",
)
@click.option("--open", "open_browser", is_flag=True, help="Open the page in a browser.")
def demo(
    port: int,
    host: str,
    home: Path,
    beds: int | None,
    seed: int | None,
    hours: float,
    new_passwords: bool,
    fresh: bool,
    speed: float,
    nurses: int | None,
    samples_wanted: bool,
    open_browser: bool,
) -> None:
    """Run the demonstration hospital: a ward of simulated patients, live.

    The first start prints a password for each role, once. A demonstration that was left for more than six hours goes
    on with a new course of the same simulated patients. Where open samples (`fyr samples`) are here, published models
    are judged on the cohorts in the background, and the plan, the CT and the dose reports are shown as patients of
    their own, said to be real ones; nothing is fetched without --samples.
    """
    from fyr.record.record import Record
    from fyr.serve.configuration import LogSettings
    from fyr.serve.demonstration import demonstration_accounts, erase, open_demonstration
    from fyr.serve.demonstration_studies import keep_studies_quietly
    from fyr.serve.host_names import names_of
    from fyr.serve.log_setup import set_up_logs
    from fyr.serve.only_server import only_server
    from fyr.serve.server import bind

    listening = bind(host, port)
    set_home(home)
    warn_of_exposure(host)
    if samples_wanted:
        fetch_for_demonstration()
    if fresh:
        erase(home)
    with Record.open(home) as record, only_server(record.storage.files):
        with progress("simulating the last hours", 100) as step:
            shown = 0

            def show(part: float) -> None:
                nonlocal shown
                step(int(100 * part) - shown)
                shown = int(100 * part)

            here, _ = open_demonstration(
                home,
                record,
                beds=beds,
                seed=seed,
                hours=hours,
                speed=speed,
                nurses=nurses,
                host_names=names_of(host),
                progress=show,
            )
        here = replace(here, patient_words=set_up_logs(LogSettings(), record.patients()))
        made = demonstration_accounts(record, new_passwords=new_passwords)
        url = f"http://{host}:{listening.getsockname()[1]}"

        def started() -> None:
            click.echo(f"The demonstration hospital is open: {url}\n{_who(here)}")
            say_how_to_sign_in(made, "fyr demo --new-passwords")
            click.echo("Stop it with Ctrl-C.")
            sys.stdout.flush()
            if here.validation_maker is not None:
                here.validation_maker.start()
            keep_studies_quietly(record.storage.files)
            if open_browser:
                click.launch(url)

        serve_until_stopped(here, listening, started)


def _who(here: Installation) -> str:
    if not here.open_patients:
        return "Every patient in it is simulated."
    names = sorted(map(str, here.open_patients))
    real = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    return f"Every patient in it is simulated, but for open samples of real people: {real}."


def fetch_for_demonstration() -> None:
    """Fetch the samples that it shows; what cannot be had is said, and the demonstration goes on without."""
    import os

    from fyr.cli.samples import pip_fetch
    from fyr.errors import FyrError
    from fyr.exchange.samples import SAMPLES, SampleCache
    from fyr.exchange.samples.cache import default_cache
    from fyr.exchange.samples.pip_download import NoIndex
    from fyr.serve.demonstration_exposures import DOSE_REPORTS
    from fyr.serve.demonstration_plans import SHOWN_SAMPLES

    cache = SampleCache(default_cache(os.environ))
    by_archive: dict[Archive, list[Sample]] = {}
    for one in SAMPLES.values():
        if (one.is_table or one.name in {*SHOWN_SAMPLES, DOSE_REPORTS}) and not cache.has(one):
            by_archive.setdefault(one.archive, []).append(one)
    no_index = ""
    for samples in by_archive.values():
        try:
            if no_index:
                raise NoIndex(no_index)  # each further try would take as long to fail
            pip_fetch(cache, samples)
        except FyrError as problem:
            if isinstance(problem, NoIndex):
                no_index = "no package index either"
            names = ", ".join(f"'{one.name}'" for one in samples)
            click.echo(f"fyr: {problem}; the demonstration goes on without {names}", err=True)
