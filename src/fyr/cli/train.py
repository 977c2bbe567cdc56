"""``fyr watch train``: an early-warning model from hourly intensive-care tables, judged on stays it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.output import as_json, json_option, progress

if TYPE_CHECKING:
    from fyr.watch.risk.cohort import Cohort
    from fyr.watch.risk.targets import Target

__all__ = ["print_table", "read_cohort", "train"]

_SHOWN = (
    "auroc",
    "auprc",
    "calibration_slope",
    "calibration_intercept",
    "brier",
    "utility",
    "auroc_gain",
    "utility_gain",
)


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--target", "target_name", required=True, type=click.Choice(["mortality24", "sepsis"]))
@click.option("--output", "output", required=True, type=click.Path(path_type=Path), help="The folder of the model.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 1_000_000))
@click.option(
    "--resamples", default=500, show_default=True, type=click.IntRange(20, 100_000), help="Of stays, for intervals."
)
@click.option(
    "--repeats", default=3, show_default=True, type=click.IntRange(1, 100), help="Of the cross-validation, other folds."
)
@click.option("--name", help="What the model is called on its card.  [default: early_warning_TARGET]")
@click.option("--credit", help="Whose data these are, and on what terms: said on the card under its licence.")
@json_option
def train(
    data: Path,
    target_name: str,
    output: Path,
    seed: int,
    resamples: int,
    repeats: int,
    name: str | None,
    credit: str | None,
    json_wanted: bool,
) -> None:
    """Train an early-warning model on DATA and say how well it does in stays that it has not seen.

    DATA is a folder with dyn, outc and sta.parquet, or one that holds such folders, one for each site: then the site
    with the most events is trained on, and the others are predicted. The model that is kept in the end is trained on
    all stays of its site; the figures are those of models made in the same way without the stays they are judged on.
    """
    from fyr.watch.risk.report import steps, train_and_judge
    from fyr.watch.risk.targets import TARGETS

    target = TARGETS[target_name]
    home, *others = _cohorts(data, target)
    with progress("training and judging", steps(repeats)) as done:
        made = train_and_judge(
            home, others, name=name, credit=credit, seed=seed, repeats=repeats, resamples=resamples, done=done
        )
    made.write(output)
    document = {
        "target": target.name,
        "seed": seed,
        "model": {
            "folder": str(output),
            "name": made.model.card.name,
            "version": made.model.card.version,
            "digest": made.model.card.digest,
            "threshold": made.model.card.parameters["threshold"],
            "alarm_stands_h": made.model.card.parameters["held_h"],
        },
        **made.figures,
        "research_use_only": True,
    }
    if json_wanted:
        as_json(document)
        return
    click.echo(f"{made.model.card.name} {made.model.card.version} ({made.model.card.digest[:12]}), written to {output}")
    for part in ("held_out", "cross_validation"):
        counts = made.figures["data"][part]
        said = f"{counts['stays']} stays, {counts['stays_with_event']} with the event"
        click.echo(f"\n{part.replace('_', ' ')}: {said}")
        print_table(made.figures["metrics"][part])
    for site, table in made.figures["metrics"]["external"].items():
        click.echo(f"\nanother site, {site}")
        print_table(table)
    click.echo("\nResearch use only: seen were intensive-care patients, not ward patients.")


def read_cohort(folder: Path, target: Target) -> tuple[str, dict[str, Any], Cohort]:
    """Read the tables of one site: its name, the columns of its hours, and the cohort made of them."""
    from fyr.exchange.icu_tables import read_icu_tables
    from fyr.watch.risk.cohort import make_cohort

    tables = read_icu_tables(folder)
    known = [name for name in tables.stays.columns if name == "stay_id" or name not in tables.hours.columns]
    joined = tables.hours.join(tables.stays.select(known), on="stay_id", how="left", maintain_order="left")
    columns = {name: joined[name].to_numpy() for name, kind in joined.schema.items() if kind.is_numeric()}
    cohort = make_cohort(target, columns, tables.source)
    for reason in cohort.left_out:
        click.echo(f"fyr: left out {reason} ({tables.source})", err=True)
    return tables.site, columns, cohort


def _cohorts(data: Path, target: Target) -> list[tuple[str, Cohort]]:
    from fyr.exchange.icu_tables import find_icu_folders

    cohorts = []
    for folder in find_icu_folders(data, target.name):
        site, _, cohort = read_cohort(folder, target)
        cohorts.append((site, cohort))
    return sorted(cohorts, key=lambda one: -int(one[1].stays()[1].sum()))


def print_table(table: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a line a model, a column a measure, with intervals."""
    shown = [measure for measure in _SHOWN if any(measure in row for row in table.values())]
    click.echo(f"{'':14}" + "".join(f"{measure.replace('_', ' '):>24}" for measure in shown))
    for name, row in table.items():
        click.echo(f"{name:14}" + "".join(f"{_figure(row.get(measure)):>24}" for measure in shown))


def _figure(entry: Mapping[str, float | None] | None) -> str:
    if entry is None or entry["value"] is None:
        return "-"
    interval = "" if entry["low"] is None else f" ({entry['low']:.3f} to {entry['high']:.3f})"
    return f"{entry['value']:.3f}{interval}"
