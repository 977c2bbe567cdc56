"""``fyr learn check``: what ruins a table, found before it is believed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from fyr.cli.output import as_json, json_option

if TYPE_CHECKING:
    from fyr.learn.checks import CheckedTable, Finding

__all__ = ["check"]

_FOUND: Final = 3
"""The exit code where ``--fail-on`` says that a finding is a failure: the table cannot be used as it is."""
_NAMED: Final = 4
"""Columns and rows that a line of text names; ``--json`` names more."""


@click.command()
@click.argument("table", type=click.Path(path_type=Path))
@click.option(
    "--cohort",
    "--mapping",
    "mapping",
    type=click.Path(path_type=Path),
    help="A cohort mapping (YAML) that says what columns are.",
)
@click.option(
    "--against", type=click.Path(path_type=Path), help="Another table, whose patients must not be in this one."
)
@click.option("--patient", help="The column of the patients' ids.")
@click.option("--hospital-column", "hospital", help="The column of the hospital.")
@click.option("--time", "time", help="The column of the follow-up time.")
@click.option("--event", "event", help="The column of the event.")
@click.option("--split", "split", help="The column that says train or test.")
@click.option("--encoding", help="Of a text file; told from its bytes if not given.")
@click.option("--separator", help="Of a text file; told from its lines if not given.")
@click.option("--sheet", help="One sheet of a spreadsheet; all of them if not given.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="never",
    show_default=True,
    help="From which severity on to end with exit code 3.",
)
@json_option
def check(
    table: Path,
    mapping: Path | None,
    against: Path | None,
    patient: str | None,
    hospital: str | None,
    time: str | None,
    event: str | None,
    split: str | None,
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
    fail_on: str,
    json_wanted: bool,
) -> None:
    """Find what ruins TABLE (.csv, .tsv, .parquet, .xlsx) before it is believed.

    Units, constants, codes for missing, colliding ids, an outcome before its baseline, leakage, duplicates and more.
    What the columns are is guessed from their names and contents unless a mapping or an option says it; every guess is
    shown.
    """
    from fyr.cli.learn_check_reading import Given, given_of, read_checked
    from fyr.learn.checks import check_table

    options = {"patient": patient, "hospital": hospital, "time": time, "event": event, "split": split}
    given = given_of(mapping, {role: name for role, name in options.items() if name})
    given = given.reading(encoding=encoding, separator=separator, sheet=sheet)
    tell = _teller()
    tell(f"reading {table.name}")
    other = None if against is None else read_checked(against, Given(), None)[0]
    tables = read_checked(table, given, other)
    found = [(one, check_table(one, tell)) for one in tables]
    tell("")
    document = _document(table, found)
    if json_wanted:
        as_json(document)
    else:
        for one, findings in found:
            click.echo("\n".join(_as_text(one, findings)))
        click.echo(_summary_line(document["summary"]))
    worst = document["summary"]
    if (fail_on != "never" and worst["error"]) or (fail_on == "warning" and worst["warning"]):
        sys.exit(_FOUND)


def _teller() -> Any:
    """Return what shows on stderr which check runs, where that is a terminal."""

    def tell(what: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r\x1b[K{'checking: ' + what if what else ''}", err=True, nl=False)

    return tell


def _document(path: Path, found: list[tuple[CheckedTable, list[Finding]]]) -> dict[str, Any]:
    findings = [finding for _, several in found for finding in several]
    counts = {
        severity: sum(finding.severity == severity for finding in findings) for severity in ("error", "warning", "note")
    }
    return {
        "table": str(path),
        "rows": sum(len(one) for one, _ in found),
        "columns": len({column.name for one, _ in found for column in one.columns}),
        "roles": [{"table": one.name, "hospitals": sorted(one.hospitals), **_roles(one)} for one, _ in found],
        "findings": [
            {**finding.as_dict(), **({"part": one.name} if len(found) > 1 else {})}
            for one, several in found
            for finding in several
        ],
        "summary": {**counts, "clean": not counts["error"] and not counts["warning"], "text": _summary_line(counts)},
    }


def _roles(one: CheckedTable) -> dict[str, Any]:
    roles = one.roles
    return {
        "patient": roles.patient,
        "hospital": roles.hospital,
        "split": roles.split,
        "times": list(roles.times),
        "events": list(roles.events),
        "dates": dict(roles.dates),
        "given": sorted(roles.given),
    }


def _as_text(one: CheckedTable, findings: list[Finding]) -> list[str]:
    lines = [f"{one.name}: {len(one)} rows, {len(one.columns)} columns"]
    if one.hospitals:
        lines.append(f"  hospitals: {', '.join(one.hospitals)}{' (sheets)' if one.sheets else ''}")
    lines += [f"  {line}" for line in one.roles.words()]
    for finding in findings:
        columns = ", ".join(finding.columns[:_NAMED]) + (", ..." if len(finding.columns) > _NAMED else "")
        where = f" in {finding.hospital}" if finding.hospital else ""
        rows = ", ".join(str(number) for number in finding.row_numbers[:_NAMED])
        if finding.rows_affected > len(finding.row_numbers[:_NAMED]) and rows:
            rows += ", ..."
        place = f" (rows {rows})" if rows else ""
        lines.append(
            f"{finding.severity:7}  {finding.check}  [{columns}]{where}: {finding.evidence}{place}; {finding.mend}"
        )
    return lines


def _summary_line(counts: dict[str, Any]) -> str:
    words = [f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}" for name in ("error", "warning", "note")]
    return ", ".join(words) if any(counts[name] for name in ("error", "warning", "note")) else "nothing found"
