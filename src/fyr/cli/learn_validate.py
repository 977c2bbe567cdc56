"""``fyr learn validate``: how a model does on a cohort, in figures with intervals, plots and plain words."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fyr.cli.home import Home, home_option
from fyr.cli.output import as_json, json_option, progress
from fyr.errors import BadInput, UsageError

if TYPE_CHECKING:
    from fyr.learn.cohort import Cohort
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
    "--rows",
    "which",
    type=click.Choice(["test", "train", "all"]),
    help="Where the mapping has a split. Default: test; all for a model that came with a package.",
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
    reports: tuple[Path, ...], rows_file: Path | None, keep: bool, home: Home, json_wanted: bool, **asked: Any
) -> None:
    """Judge MODEL on a cohort: rank, calibration, error and benefit, by hospital and subgroup.

    MODEL is a name of 'fyr models list' or a folder; --risk-column takes predictions from the table instead. Every
    figure has an interval by patient; what cannot be computed is null, with its reason. A row that the model refuses is
    counted with its reason and compared with the others. If not one row is answered, the exit code is 4.
    """
    from fyr.cli.learn_validate_run import Question, ask

    question = Question(**asked)
    for written in (*reports, *([rows_file] if rows_file else ())):
        if written.exists() and question.table.exists() and written.samefile(question.table):
            raise UsageError("that would overwrite the cohort", where=str(written), mend="give the file another name")
        if not written.parent.is_dir():
            raise BadInput("there is no such folder", where=str(written.parent), mend="make it first")
    for report in reports:
        if report.suffix.lower() not in _REPORTS:
            raise UsageError(f"'{report.name}' is no report that can be written", mend="end it with .html or .pdf")
    with ExitStack() as stack:
        document, cohort, predictions = ask(question, lambda parts: stack.enter_context(progress("judging", parts)))
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
