"""``fyr learn validate``: how a model does on a cohort, in figures with intervals, plots and plain words."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.learn.cohort import Cohort
    from fyr.learn.output_choice import Direction
    from fyr.learn.predictions import Predictions

__all__ = ["validate"]

_PATH = click.Path(path_type=Path)
_REPORTS = (".html", ".pdf")


@click.command()
@click.argument("model_name", metavar="MODEL", required=False)
@click.option("--cohort", "table", required=True, type=_PATH, help="The patients: .csv, .tsv, .parquet or .xlsx.")
@click.option("--mapping", type=_PATH, help="What its columns mean (YAML); without one, columns named as the inputs.")
@click.option("--outcome", metavar="TIME,EVENT[,CAUSE]", help="Columns of the table; EVENT alone: there or not.")
@click.option("--time-unit", type=click.Choice(["d", "wk", "mo", "a"]), help="Of the times.")
@click.option("--horizon", metavar="10y|60mo", help="By when the event is predicted.")
@click.option("--by", metavar="hospital,GROUP", help="Give results by these too; 'none' for none.")
@click.option("--hospital", help="Of all rows, where the mapping names none.")
@click.option(
    "--rows", "which", type=click.Choice(["test", "train", "all"]), help="Where the mapping has a split: test."
)
@click.option("--output", metavar="OUTPUT", help="The output of the model to judge, where several may be meant.")
@click.option("--risk-column", metavar="COLUMN", help="Judge predictions that the table carries, in place of MODEL.")
@click.option("--percent", is_flag=True, help="The risk column is in percent.")
@click.option("--higher-is-worse", "direction", flag_value="worse", help="A higher number means a worse outcome.")
@click.option("--higher-is-better", "direction", flag_value="better", help="A higher number means a better outcome.")
@click.option("--threshold", metavar="SHARE|PERCENT%", help="The risk at which one would act, for the net benefit.")
@click.option("--resamples", type=click.IntRange(0, 100_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the resamples.")
@click.option("--report", "reports", type=_PATH, multiple=True, help="Write a report: .html or .pdf; may be repeated.")
@click.option(
    "--predictions", "rows_file", type=_PATH, help="Write each row's prediction or refusal: .csv or .parquet."
)
@click.option("--keep", is_flag=True, help="Keep the figures in the hospital's home, for its pages.")
@home_option
@json_option
def validate(
    model_name: str | None,
    table: Path,
    mapping: Path | None,
    outcome: str | None,
    time_unit: str | None,
    horizon: str | None,
    by: str | None,
    hospital: str | None,
    which: str | None,
    output: str | None,
    risk_column: str | None,
    percent: bool,
    direction: Direction | None,
    threshold: str | None,
    resamples: int,
    seed: int,
    reports: tuple[Path, ...],
    rows_file: Path | None,
    keep: bool,
    home: Home,
    json_wanted: bool,
) -> None:
    """Judge MODEL on a cohort: rank, calibration, error and benefit, by hospital and subgroup.

    MODEL is a name of 'fyr models list' or a folder; --risk-column takes predictions from the table instead. Every
    figure has an interval by patient; what cannot be computed is null, with its reason. A row that the model refuses is
    counted with its reason and compared with the others. If not one row is answered, the exit code is 4.
    """
    from fyr.learn.validation import validate as judged

    _check_usage(model_name, risk_column, percent, output, reports)
    horizon_years = None if horizon is None else _horizon(horizon)
    thresholds = None if threshold is None else [_threshold(threshold)]
    cohort, predictions, horizon_years = _read(
        model_name,
        table,
        mapping,
        outcome,
        time_unit,
        by,
        hospital,
        which,
        output,
        risk_column,
        percent,
        direction,
        horizon_years,
    )
    names = None if by is None else [name.strip() for name in by.split(",") if name.strip() != "none"]
    with ExitStack() as stack:
        bars: list[Any] = []

        def done(part: int, parts: int) -> None:
            if not bars:
                bars.append(stack.enter_context(progress("judging", parts)))
            bars[0](1 if part else 0)

        document = judged(
            cohort,
            predictions,
            horizon_years=horizon_years,
            resamples=resamples,
            seed=seed,
            thresholds=thresholds,
            sha256=hashlib.sha256(table.read_bytes()).hexdigest(),
            by=names,
            done=done,
        )
    if rows_file is not None:
        _write_rows(rows_file, cohort, predictions)
    for report in reports:
        _write_report(report, document)
    if keep:
        _keep(document, home)
    if json_wanted:
        as_json(document)
    else:
        from fyr.cli.learn_validate_text import validation_text

        click.echo("\n".join(validation_text(document)))


def _check_usage(
    model_name: str | None, risk_column: str | None, percent: bool, output: str | None, reports: tuple[Path, ...]
) -> None:
    if (model_name is None) == (risk_column is None):
        raise UsageError("give either MODEL or --risk-column", mend="fyr models list shows the models")
    if percent and risk_column is None:
        raise UsageError("--percent goes with --risk-column", mend="a model's card says what its outputs are")
    if output is not None and risk_column is not None:
        raise UsageError("--output goes with MODEL", mend="a column of the table has no outputs")
    for report in reports:
        if report.suffix.lower() not in _REPORTS:
            raise UsageError(f"'{report.name}' is no report that can be written", mend="end it with .html or .pdf")


def _read(
    model_name: str | None,
    table: Path,
    mapping: Path | None,
    outcome: str | None,
    time_unit: str | None,
    by: str | None,
    hospital: str | None,
    which: str | None,
    output: str | None,
    risk_column: str | None,
    percent: bool,
    direction: Direction | None,
    horizon_years: float | None,
) -> tuple[Cohort, Predictions, float | None]:
    from dataclasses import replace

    from fyr.cli.learn_cohort import read_cohort
    from fyr.learn.cohort_doubts import unit_doubts
    from fyr.learn.output_choice import choose_output
    from fyr.learn.predictions import predictions_of_column, predictions_of_model
    from fyr.models import registry

    model = None if model_name is None else registry.model(model_name)
    if model is not None and model.card.not_available:
        raise BadInput(f"{model.card.name} is not available, because {model.card.not_available}")
    groups = [] if by is None else [name.strip() for name in by.split(",") if name.strip() not in ("none", "hospital")]
    cohort = read_cohort(
        table,
        mapping,
        outcome=outcome,
        time_unit=time_unit,
        by=groups,
        hospital=hospital,
        model=model,
        as_they_are=[] if risk_column is None else [risk_column],
    )
    cohort = _chosen_rows(cohort, which)
    timed = cohort.outcome.years is not None
    if not timed and horizon_years is not None:
        raise UsageError(
            "a horizon needs times", where="--horizon", mend="write --outcome TIME,EVENT, or leave it away"
        )
    if model is None:
        if timed and horizon_years is None:
            raise UsageError("the outcome has times, and no horizon is given", mend="add --horizon 5y")
        found = predictions_of_column(cohort, str(risk_column), percent=percent, higher_is=direction)
        return cohort, found, horizon_years
    if timed and horizon_years is None:
        horizon_years = _only_horizon(model.card)
    chosen = choose_output(
        model.card,
        horizon_years=horizon_years,
        title=cohort.outcome.title,
        competing=cohort.outcome.competing is not None,
        name=output,
        higher_is=direction,
    )
    found = predictions_of_model(model, cohort, chosen)
    return cohort, replace(found, notes=(*found.notes, *unit_doubts(model.card, cohort))), horizon_years


def _only_horizon(card: Any) -> float:
    from fyr.learn.output_choice import horizon_of

    given = sorted({years for one in card.outputs if (years := horizon_of(one.name)) is not None})
    if len(given) != 1:
        listed = f"; {card.name} speaks of {', '.join(f'{years:g}' for years in given)} years" if given else ""
        raise UsageError(f"the outcome has times, and no horizon is given{listed}", mend="add --horizon 5y")
    return float(given[0])


def _chosen_rows(cohort: Cohort, which: str | None) -> Cohort:
    from dataclasses import replace

    from fyr.cli.learn_cohort import SPLIT

    split = cohort.groups.get(SPLIT)
    if split is None:
        if which not in (None, "all"):
            raise UsageError(f"--rows {which} needs a split", mend="add 'split' to the mapping, or leave --rows away")
        return cohort
    wanted = which or "test"
    if wanted == "all":
        return cohort
    rows = split == wanted
    left = int((~rows).sum())
    taken = cohort.take(rows)
    note = f"only the rows of the split '{wanted}' are judged; {left} others are left aside"
    return replace(taken, notes=(*taken.notes, note))


def _horizon(text: str) -> float:
    import re

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(y|a|mo|wk|d)\s*", text)
    if not found or float(found[1]) <= 0:
        raise UsageError(f"'{text}' is no horizon", where="--horizon", mend="write 10y, 60mo, 52wk or 90d")
    years = {"y": 1.0, "a": 1.0, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25}[found[2]]
    return round(float(found[1]) * years, 9)


def _threshold(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise UsageError(f"'{text}' is no threshold", where="--threshold", mend="write a share such as 0.1, or 10%")
    return share


def _write_rows(path: Path, cohort: Cohort, predictions: Predictions) -> None:
    import numpy as np
    import polars as pl

    from fyr.models.rows import write_rows

    def spread(values: Any) -> Any:
        full = np.full(len(cohort), np.nan)
        if values is not None:
            full[predictions.answered] = values
        return pl.Series(full).fill_nan(None)

    frame = pl.DataFrame(
        {
            "row": cohort.row if cohort.row is not None else np.arange(1, len(cohort) + 1),
            "patient": cohort.patient.tolist(),
            "hospital": cohort.hospital.tolist(),
            "risk": spread(predictions.risk),
            "rank": spread(predictions.rank),
            "event": cohort.outcome.cause,
            "years": cohort.outcome.years if cohort.outcome.years is not None else [None] * len(cohort),
            "refusal": list(predictions.reasons),
        }
    )
    write_rows(path, frame)
    click.echo(f"fyr: predictions of {len(cohort)} rows written to {path}", err=True)


def _write_report(path: Path, document: dict[str, Any]) -> None:
    from fyr.cli.learn_validate_report import write_report

    write_report(path, document)
    click.echo(f"fyr: report written to {path}", err=True)


def _keep(document: dict[str, Any], home: Home) -> None:
    from fyr.clock import SystemClock
    from fyr.learn.validation_store import ValidationStore
    from fyr.record import Access
    from fyr.record.audit import AuditEvent
    from fyr.record.record import Record

    access = Access.of_operating_system_user(purpose="validation of a model")
    with Record.open(home, access=access) as record:
        kept = ValidationStore(record.storage.files).keep(document, kept_us=SystemClock().now_us())
        detail = {"validation": kept.id, "rows": document["cohort"]["rows"]}
        record.audit.append([AuditEvent(access, "keep validation", None, detail)])
    click.echo(f"fyr: kept the validation '{kept.id}' in {home}", err=True)
